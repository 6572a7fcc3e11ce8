"""Submissions: frozen copies of answers with their scores."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, bindparam, exists, insert, literal, select
from sqlalchemy.orm import Session

from compliance.questionnaire.answers import AnswerSheet, BlankWord
from compliance.questionnaire.edition import PEER_GROUP_FIELD, PROFILE_PREFIX, Edition
from compliance.store.answers_and_evidence import SavedAnswer, saved_answers
from compliance.store.assessments import (
    StoredVerdict,
    chosen_portions,
    parse_sheet,
    read_sheet,
    read_verdicts,
    verdicts_of,
)
from compliance.store.audit_trail import TrailEvent, record_events, row_digest, storable_text
from compliance.store.consents import add_consent_change, consent_at_closing, consent_of, effective_consent
from compliance.store.evidence import EvidenceItem, KeptFile, Link, Quotation, RestsOn, is_evidenced, said_of
from compliance.store.exceptions import NotFound, SubmissionSigned, UnreadableAnswers
from compliance.store.models import (
    Assessment,
    Assignment,
    Determination,
    EditionCopy,
    Organisation,
    Submission,
)
from compliance.store.passage_marks import passages_to_freeze
from compliance.store.reopenings import finish_reopening, signed_submission, unfinished_reopening
from compliance.store.submission_figures import is_latest, is_latest_at_closing, overall_columns
from compliance.store.transactions import begin_save, insert_unless_there

#: The consent that counts for a submission at the closing of its period.
PERIOD_CONSENT = effective_consent(at_closing=True)
#: How many submissions are read at a time, since each contains its whole sheet.
BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class FrozenSubmission:
    """One submission, with its frozen answers and scores."""

    id: int
    assessment_id: int
    organisation_id: int
    organisation: str
    demonstration: bool
    edition_id: str
    edition_digest: str
    year: int
    voice: str
    sector: str  # of the submitted profile; "" if it has none
    at: datetime
    consent: str  # private, counted, named: at present or, once the period is closed, at its closing
    sheet: str  # profile, answers and evidence, canonical JSON
    scores: str  # JSON, as computed then
    attested_name: str | None  # who attested that these are the company's answers; None: not asked at that time
    attested_role: str | None
    chosen_portions: str | None  # portions asked by choice, joined by "|"; None: there were none


def submit(
    session: Session,
    assessment_id: int,
    *,
    by: int | None,
    at: datetime,
    edition: Edition,
    consent: str,
    scores: Callable[[AnswerSheet], str],
    attested_name: str | None = None,
    attested_role: str | None = None,
) -> int:
    """Submit an assessment. `scores` is called with the sheet that is frozen. Return the id of the submission.

    Answers to questions that the edition no longer has are left out. An open reopening is finished by it. After the
    closing of its period, the submission is in no figure of that period, and its consent counts from the next closing
    on. Raise NotFound, CompanyMerged, PeriodClosed, SubmissionSigned, or UnreadableAnswers; ValueError for an edition
    other than the assessment's.
    """
    save = begin_save(session, assessment_id)
    reopened = unfinished_reopening(session, assessment_id)
    if signed_submission(session, assessment_id) is not None and not (reopened and reopened.state == "open"):
        raise SubmissionSigned("an auditor signed off what was submitted: it has to be opened for correction first")
    if save.edition_id != edition.id:
        raise ValueError(f"the assessment answers {save.edition_id}, not {edition.id}")
    read = read_sheet(session, assessment_id, edition, on=at.date())
    if read.unreadable:
        raise UnreadableAnswers(read.unreadable)
    store_edition(session, edition, at=at)
    saved = {i: kept for i, kept in saved_answers(session, assessment_id).items() if i not in read.retired}
    passages = passages_to_freeze(session, assessment_id, {i: kept.evidence for i, kept in saved.items()})
    if save.closed_at is not None:  # always later than the closing, even if clocks differ
        at = max(at, save.closed_at + timedelta(microseconds=1))
    before = consent_of(session, assessment_id)
    agreed = consent_at_closing(session, assessment_id) if save.closed else consent
    frozen = {
        "sheet": _frozen_sheet(saved, passages),
        "scores": scores(read.sheet),
        "edition_digest": edition.digest,
        "consent": agreed,
        "sector": str(read.sheet.profile.get(PEER_GROUP_FIELD, "")),
    }
    where_said = {"attested_name": attested_name, "attested_role": attested_role}
    where_said["chosen_portions"] = chosen_portions(session, assessment_id) or None
    frozen |= {column: storable_text(words) for column, words in where_said.items() if words is not None}
    row = {"assessment_id": assessment_id, "at": at, "by": by, **frozen, **overall_columns(frozen["scores"])}
    number = session.execute(insert(Submission).values(row).returning(Submission.id)).scalar_one()
    digest = row_digest({"assessment_id": assessment_id, **frozen})
    entries = [TrailEvent("submission", f"submission/{number}", "", digest)]
    consented = TrailEvent("consent", f"assessment/{assessment_id}/consent", before, consent)
    entries += [consented] if consent != before else []
    if save.closed and {agreed, before} != {consent}:
        entries.append(add_consent_change(session, number, consent, after_closing=True, by=by, at=at))
    entries += finish_reopening(session, assessment_id, number)
    record_events(session, entries, by=by, at=at)
    return number


def submission(session: Session, submission_id: int) -> FrozenSubmission:
    """Return one submission. Raise NotFound."""
    row = session.execute(select_submitted().where(Submission.id == submission_id)).first()
    if row is None:
        raise NotFound(f"no submission {submission_id}")
    return FrozenSubmission(*row)


def submissions_of(session: Session, assessment_id: int) -> tuple[FrozenSubmission, ...]:
    """Return all submissions of an assessment, the latest first."""
    query = select_submitted().where(Submission.assessment_id == assessment_id).order_by(Submission.id.desc())
    return tuple(FrozenSubmission(*row) for row in session.execute(query))


def latest_submission(session: Session, assessment_id: int) -> FrozenSubmission:
    """Return the latest submission of an assessment. Raise NotFound if it was not submitted."""
    row = session.connection().execute(_select_last(), {"assessment": assessment_id}).first()
    if row is None:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    return FrozenSubmission(*row)


def latest_submissions_of(session: Session, assessment_ids: Collection[int]) -> Mapping[int, FrozenSubmission]:
    """Return the latest submissions of those of these assessments that were submitted, by assessment id."""
    query = select_latest().where(Submission.assessment_id.in_(assessment_ids))
    return {row.assessment_id: row for row in (FrozenSubmission(*found) for found in session.execute(query))}


def submission_batches(session: Session, numbers: Sequence[int]) -> Iterator[tuple[FrozenSubmission, ...]]:
    """Yield submissions by id, in this order, in batches of BATCH_SIZE to save memory. Missing ones are left out."""
    for start in range(0, len(numbers), BATCH_SIZE):
        batch = numbers[start : start + BATCH_SIZE]
        rows = session.execute(select_submitted().where(Submission.id.in_(batch)))
        found = {row[0]: FrozenSubmission(*row) for row in rows}
        yield tuple(found[number] for number in batch if number in found)


def submitted_sheet(session: Session, submitted: FrozenSubmission, edition: Edition) -> AnswerSheet:
    """Return the submitted sheet, with the verdicts on its answers. Raise UnreadableAnswers under another edition."""
    return claimed_sheet(submitted, edition, verdicts_of(session, submitted.assessment_id))


def judged_sheets(
    session: Session, submissions: Sequence[FrozenSubmission], edition_of: Callable[[FrozenSubmission], Edition]
) -> Mapping[int, AnswerSheet]:
    """Return the sheets, with verdicts, of those submissions that have any that count, by assessment id."""
    d = Determination
    query = select(d.assessment_id, d.question, d.verdict, d.value, d.answer_digest)
    query = query.where(d.assessment_id.in_([one.assessment_id for one in submissions]))
    given: dict[int, list[StoredVerdict]] = {}
    for number, question, verdict, value, digest in session.execute(query):
        given.setdefault(number, []).append(StoredVerdict(question, verdict, value, digest))
    judged = (one for one in submissions if one.assessment_id in given)
    sheets = {one.assessment_id: claimed_sheet(one, edition_of(one), given[one.assessment_id]) for one in judged}
    return {number: sheet for number, sheet in sheets.items() if sheet.verdicts}


def claimed_sheet(submitted: FrozenSubmission, edition: Edition, given: Iterable[StoredVerdict] = ()) -> AnswerSheet:
    """Return the submitted sheet, with those of the given verdicts that are on its answers, without the database.

    Raise UnreadableAnswers.
    """
    frozen = json.loads(submitted.sheet)
    texts = [(question, a["value"], a["reason"]) for question, a in frozen["answers"].items()]
    texts += [(PROFILE_PREFIX + field, a["value"], a["reason"]) for field, a in frozen["profile"].items()]
    words = {i: BlankWord(blank["word"], blank.get("title", "")) for i, blank in frozen.get("blanks", {}).items()}
    verdicts = read_verdicts(edition, given, lambda question: _frozen_answer(frozen, question))
    pieces = {i: _parse_evidence_list(i, listed) for i, listed in frozen["evidence"].items()}
    evidenced = [i for i, listed in pieces.items() if is_evidenced(listed, submitted.at.date())]
    read = parse_sheet(edition, submitted.organisation, texts, evidenced, verdicts, words)
    if unread := (*read.unreadable, *read.retired):
        raise UnreadableAnswers(unread)
    return read.sheet


def submitted_answers(submitted: FrozenSubmission) -> Mapping[str, SavedAnswer]:
    """Return the submitted answers, reasons and evidence, by question id; the profile is `profile.<field>`."""
    return frozen_answers(submitted.sheet)


@lru_cache(maxsize=64)
def frozen_answers(sheet: str) -> Mapping[str, SavedAnswer]:
    """Return the answers of `submitted_answers` from the stored sheet of a submission. Recent results are cached."""
    frozen = json.loads(sheet)
    given = {PROFILE_PREFIX + field: answer for field, answer in frozen["profile"].items()} | frozen["answers"]
    given |= frozen.get("blanks", {})
    return MappingProxyType(
        {
            question: _parse_frozen_answer(question, given.get(question), frozen["evidence"].get(question, []))
            for question in [*given, *(q for q in frozen["evidence"] if q not in given)]
        }
    )


def _frozen_answer(frozen: Mapping[str, Any], question: str) -> SavedAnswer:
    """Return the answer to one question in a frozen sheet, or a blank."""
    given = frozen["answers"].get(question) or frozen.get("blanks", {}).get(question)
    return _parse_frozen_answer(question, given, frozen["evidence"].get(question, []))


def edition_json(session: Session, digest: str) -> str:
    """Return the canonical JSON of an edition stored at a submission or a closing. Raise NotFound."""
    text = session.scalar(select(EditionCopy.canonical).where(EditionCopy.digest == digest))
    if text is None:
        raise NotFound(f"no edition {digest} was kept")
    return text


@cache  # built once, as building the statement takes as long as reading a submission
def select_submitted(*, content: bool = True) -> Select[*tuple[Any, ...]]:
    """Select the columns of FrozenSubmission for all submissions; without `content`, sheet and scores are empty."""
    return (
        select(
            Submission.id,
            Submission.assessment_id,
            Assessment.organisation_id,
            Organisation.name,
            Organisation.demonstration,
            Assessment.edition_id,
            Submission.edition_digest,
            Assessment.period_year,
            Assessment.voice,
            Submission.sector,
            Submission.at,
            PERIOD_CONSENT,
            Submission.sheet if content else literal(""),
            Submission.scores if content else literal(""),
            Submission.attested_name,
            Submission.attested_role,
            Submission.chosen_portions,
        )
        .join(Assessment, Assessment.id == Submission.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
    )


@cache
def _select_last() -> Select[*tuple[Any, ...]]:
    query = select_submitted().where(Submission.assessment_id == bindparam("assessment"))
    return query.order_by(Submission.id.desc()).limit(1)


@cache
def select_latest(*, content: bool = True, at_closing: bool = False) -> Select[*tuple[Any, ...]]:
    """Select what `select_submitted` does, for the latest submissions only, sorted by company.

    `at_closing`: without corrections submitted after the closing of their period, which are not in its figures.
    """
    latest = is_latest_at_closing() if at_closing else is_latest()
    return select_submitted(content=content).where(latest).order_by(Organisation.name, Submission.id)


def store_edition(session: Session, edition: Edition, *, at: datetime) -> None:
    """Store an edition as it is now, for good, once for each digest."""
    row = {"digest": edition.digest, "edition_id": edition.id, "canonical": edition.canonical, "kept_at": at}
    session.execute(insert_unless_there(session, EditionCopy, ["digest"]).values(row))


def _frozen_sheet(view: Mapping[str, SavedAnswer], passages: Mapping[str, object]) -> str:
    """Return canonical JSON, with sorted keys, so that equal answers have equal texts."""
    answers = {
        question: {"value": k.text, "reason": k.reason, "version": k.version, "by": k.by, "at": str(k.at)}
        for question, k in view.items()
        if k.text
    }
    blanks = {q: {"word": k.word, "version": k.version, "by": k.by, "at": str(k.at)} for q, k in view.items() if k.word}
    blanks |= {q: {**blank, "title": title} for q, blank in blanks.items() if (title := view[q].title)}
    frozen: dict[str, object] = {
        "profile": {q.removeprefix(PROFILE_PREFIX): a for q, a in answers.items() if q.startswith(PROFILE_PREFIX)},
        "answers": {q: a for q, a in answers.items() if not q.startswith(PROFILE_PREFIX)},
        "evidence": {q: [_frozen_evidence(piece) for piece in k.evidence] for q, k in view.items() if k.evidence},
    } | {name: said for name, said in (("blanks", blanks), ("passages", passages)) if said}
    return json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _frozen_evidence(piece: EvidenceItem) -> dict[str, object]:
    said = {name: str(value) for name, value in said_of(piece.rests_on).items() if value is not None}
    if not said["part"]:
        del said["part"]
    kept = {"item": piece.item, "version": piece.version, "ends": str(piece.ends) if piece.ends else ""}
    return {"id": piece.id, "by": piece.by, "at": str(piece.at), **said} | {n: v for n, v in kept.items() if v}


def _parse_frozen_answer(question: str, answer: Mapping[str, Any] | None, pieces: list[dict[str, Any]]) -> SavedAnswer:
    evidence = _parse_evidence_list(question, pieces)
    if answer is None:
        return SavedAnswer(question, "", "", 0, "", None, evidence)
    value, reason, word, title = (answer.get(part, "") for part in ("value", "reason", "word", "title"))
    at = datetime.fromisoformat(answer["at"])
    return SavedAnswer(question, value, reason, answer["version"], answer["by"], at, evidence, word=word, title=title)


def _parse_evidence_list(question: str, pieces: list[dict[str, Any]]) -> tuple[EvidenceItem, ...]:
    return tuple(_parse_frozen_evidence(question, dict(piece)) for piece in pieces)


def _parse_frozen_evidence(question: str, piece: dict[str, Any]) -> EvidenceItem:
    number, by, at = piece.pop("id"), piece.pop("by"), datetime.fromisoformat(piece.pop("at"))
    # Submissions from before there was a library do not refer to its items.
    item, version, ends = piece.pop("item", 0), piece.pop("version", 0), piece.pop("ends", "")
    for day in ("dated", "accessed"):
        if day in piece:
            piece[day] = date.fromisoformat(piece[day])
    kind: type[RestsOn] = Quotation if "document" in piece else KeptFile if "digest" in piece else Link
    last = date.fromisoformat(ends) if ends else None
    return EvidenceItem(number, question, kind(**piece), by, at, item, version, last)


def assessments_for_auditor(
    session: Session, auditor: int, *, organisation: int | None = None, year: int | None = None
) -> tuple[FrozenSubmission, ...]:
    """Return the latest submissions assigned to an auditor, with their content; only of a company or year, if given."""
    query = select_latest().join(Assignment, Assignment.assessment_id == Assessment.id)
    query = query.where(Assignment.auditor_id == auditor)
    if organisation is not None:
        query = query.where(Assessment.organisation_id == organisation)
    if year is not None:
        query = query.where(Assessment.period_year == year)
    return tuple(FrozenSubmission(*row) for row in session.execute(query))


def assigned_submission(session: Session, assessment_id: int, *, auditor: int) -> FrozenSubmission:
    """Return the latest submission of an assessment. Raise NotFound, also unless it is assigned to the auditor."""
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    if not session.scalar(select(assigned)):
        raise NotFound(f"no assessment {assessment_id}")
    return latest_submission(session, assessment_id)

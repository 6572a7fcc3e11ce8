"""Assessments, their answer sheets for scoring, and the scorecards computed from these."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, not_, or_, select, update
from sqlalchemy.orm import Session

from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_profile
from compliance.questionnaire.answers import Adjusted, AnswerSheet, BlankWord, Verdict
from compliance.questionnaire.answers import Answer as GivenAnswer
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.store.answers_and_evidence import SavedAnswer, is_about, saved_answers
from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.evidence_models import Evidence, LibraryItemRow, LibraryVersion
from compliance.store.exceptions import NotFound
from compliance.store.models import AnswerRow, Assessment, Determination, Organisation, Period, Submission
from compliance.store.review_models import Reopening, SignOff
from compliance.store.transactions import begin_save, insert_or_replace, insert_unless_there, refuse_if_closed
from compliance.store.work_models import KeptScorecards

_ANSWERS = (
    select(
        Organisation.name.label("company"),
        AnswerRow.question,
        AnswerRow.value,
        AnswerRow.reason,
        AnswerRow.word,
        AnswerRow.title,
        exists()
        .where(Evidence.assessment_id == AnswerRow.assessment_id, Evidence.question == AnswerRow.question)
        .where(LibraryVersion.id == Evidence.version_id, LibraryItemRow.id == LibraryVersion.item_id)
        .where(LibraryItemRow.withdrawn_at.is_(None))
        .where(or_(LibraryItemRow.expires.is_(None), LibraryItemRow.expires > bindparam("day")))
        .label("evidenced"),
    )
    .select_from(Assessment)
    .join(Organisation, Organisation.id == Assessment.organisation_id)
    .outerjoin(AnswerRow, AnswerRow.assessment_id == Assessment.id)
    .where(Assessment.id == bindparam("assessment"))
)
_VERDICTS = select(
    Determination.question, Determination.verdict, Determination.value, Determination.answer_digest
).where(Determination.assessment_id == bindparam("assessment"))
_REOPENED = exists().where(Reopening.assessment_id == Assessment.id, Reopening.state == "open")
_SUMMARIES = (
    select(
        Assessment.id,
        Assessment.organisation_id,
        Organisation.name,
        Organisation.demonstration,
        Organisation.status,
        func.coalesce(Organisation.merged_into, Organisation.id),
        Assessment.edition_id,
        Assessment.period_year,
        Assessment.voice,
        or_(Organisation.status == "merged", and_(Period.closed_at.is_not(None), not_(_REOPENED))),
        select(func.max(Submission.at)).where(Submission.assessment_id == Assessment.id).scalar_subquery(),
        func.coalesce(Assessment.chosen_portions, ""),
        func.coalesce(Assessment.quick_answers, ""),
        Period.closed_at.is_not(None),
        exists().where(SignOff.assessment_id == Assessment.id, SignOff.revoked_at.is_(None)),
        _REOPENED,
    )
    .join(Organisation, Organisation.id == Assessment.organisation_id)
    .join(Period, Period.year == Assessment.period_year)
    .order_by(Assessment.period_year.desc(), Assessment.id)
)
_KEPT = (
    select(KeptScorecards.cards)
    .where(KeptScorecards.assessment_id == bindparam("assessment"), KeptScorecards.digest == bindparam("digest"))
    .limit(1)
)
_SUMMARY = _SUMMARIES.where(Assessment.id == bindparam("assessment"))
_SUMMARIES_OF = _SUMMARIES.where(func.coalesce(Organisation.merged_into, Organisation.id) == bindparam("organisation"))


@dataclass(frozen=True, slots=True)
class AssessmentSummary:
    """One company's assessment, as lists and headings show it."""

    id: int
    organisation_id: int
    organisation: str
    demonstration: bool
    status: str  # of the company
    held_by: int  # the company whose members may open it: this one, or the one that it was merged into
    edition_id: str
    year: int
    voice: str
    closed: bool  # cannot be changed: the company was merged, or the period is closed and this not open for correction
    submitted_at: datetime | None  # of the latest submission
    chosen_portions: str = ""  # portions of the questionnaire asked by choice, joined by "|"
    quick_answers: str = ""  # of the quick check that it was begun from, as JSON: option ids by question
    period_closed: bool = False
    is_signed: bool = False  # there is a sign-off that was not revoked
    is_reopened: bool = False  # open for correction

    @property
    def is_final(self) -> bool:
        """Whether it was submitted and can only be submitted again as a correction."""
        return self.submitted_at is not None and (self.period_closed or self.is_signed)

    @property
    def takes_submission(self) -> bool:
        """Whether it can be submitted now, for the first time or again."""
        return not self.closed and (not self.is_signed or self.is_reopened)


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet of the stored answers that the edition can read, and the ids of those that it cannot.

    `retired`: ids of questions and profile fields that the edition no longer has. `unreadable`: ids of questions whose
    stored answer is no longer a valid one.
    """

    sheet: AnswerSheet
    unreadable: tuple[str, ...]
    retired: tuple[str, ...] = ()


class StoredVerdict(NamedTuple):
    """A verdict as it is stored."""

    question: str
    verdict: str
    value: str  # the true answer, if adjusted
    answer_digest: str | None  # of the answer judged; None: given before digests were stored


def assessment_for(
    session: Session, organisation_id: int, *, edition: str, year: int, at: datetime, voice: str = "self"
) -> AssessmentSummary:
    """Return a company's assessment, begun if there is none. Raise NotFound, or PeriodClosed if it cannot begin."""
    key = {"organisation_id": organisation_id, "edition_id": edition, "period_year": year, "voice": voice}
    mine = [getattr(Assessment, column) == value for column, value in key.items()]
    if found := _summaries(session, *mine):
        return found[0]
    if not session.scalar(select(exists().where(Organisation.id == organisation_id))):
        raise NotFound(f"no organisation {organisation_id}")
    refuse_if_closed(session, year)
    session.execute(insert_unless_there(session, Assessment, list(key)).values(**key, saves=0, created_at=at))
    return _summaries(session, *mine)[0]


def assessment(session: Session, assessment_id: int) -> AssessmentSummary:
    """Return one assessment. Raise NotFound."""
    found = session.connection().execute(_SUMMARY, {"assessment": assessment_id}).first()
    if found is None:
        raise NotFound(f"no assessment {assessment_id}")
    return AssessmentSummary(*found)


def assessments_of(session: Session, organisation_id: int) -> tuple[AssessmentSummary, ...]:
    """Return all assessments of a company and of those merged into it, the latest period first."""
    rows = session.connection().execute(_SUMMARIES_OF, {"organisation": organisation_id})
    return tuple(AssessmentSummary(*row) for row in rows)


def assessment_counts(session: Session, organisation_ids: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """Count the self-assessments that each of these companies has begun, and those that are submitted."""
    submitted = exists().where(Submission.assessment_id == Assessment.id)
    query = (
        select(Assessment.organisation_id, func.count(), func.count().filter(submitted))
        .where(Assessment.organisation_id.in_(list(organisation_ids)), Assessment.voice == "self")
        .group_by(Assessment.organisation_id)
    )
    return {organisation_id: (begun, done) for organisation_id, begun, done in session.execute(query)}


def chosen_portions(session: Session, assessment_id: int) -> str:
    """Return the portions that a company chose to be asked, joined by "|"; "" if there are none."""
    return session.scalar(select(Assessment.chosen_portions).where(Assessment.id == assessment_id)) or ""


def choose_portions(
    session: Session, assessment_id: int, portions: Collection[str], *, by: int | None, at: datetime
) -> bool:
    """Replace the portions that are asked in addition to the main part. Return whether anything changed.

    Answers to questions that are no longer asked are kept. Raise NotFound, CompanyMerged or PeriodClosed.
    """
    begin_save(session, assessment_id)
    before, after = chosen_portions(session, assessment_id), "|".join(portions)
    if before == after:
        return False
    change = update(Assessment).where(Assessment.id == assessment_id).values(chosen_portions=after or None)
    session.execute(change.execution_options(synchronize_session=False))
    record_events(
        session, [TrailEvent("portions", f"assessment/{assessment_id}/portions", before, after)], by=by, at=at
    )
    return True


def keep_quick_answers(
    session: Session, assessment_id: int, answers: Mapping[str, str], *, by: int | None, at: datetime
) -> None:
    """Store the answers of the quick check that an assessment is continued from, replacing earlier ones.

    They are not answers of the assessment. Raise NotFound, CompanyMerged or PeriodClosed.
    """
    begin_save(session, assessment_id)
    kept = select(Assessment.quick_answers).where(Assessment.id == assessment_id)
    before, after = session.scalar(kept) or "", json.dumps(dict(answers), sort_keys=True)
    if before != after:
        change = update(Assessment).where(Assessment.id == assessment_id).values(quick_answers=after)
        session.execute(change.execution_options(synchronize_session=False))
        event = TrailEvent("carried", f"assessment/{assessment_id}/quick-answers", before, after)
        record_events(session, [event], by=by, at=at)


def answer_sheet(session: Session, assessment_id: int, edition: Edition, *, on: date) -> AnswerSheet:
    """Return the current answers, with the evidence that counts on a day, and verdicts. Unreadable answers are blanks.

    Raise NotFound.
    """
    return read_sheet(session, assessment_id, edition, on=on).sheet


def read_sheet(session: Session, assessment_id: int, edition: Edition, *, on: date) -> ParsedSheet:
    """Return the sheet of `answer_sheet`, with the ids of answers that the edition cannot read. Raise NotFound."""
    company, texts, evidenced = None, [], []
    words: dict[str, BlankWord] = {}
    for row in session.connection().execute(_ANSWERS, {"assessment": assessment_id, "day": on}):
        company = row.company
        if row.question is not None:
            texts.append((row.question, row.value, row.reason))
            evidenced += [row.question] if row.evidenced else []
            words |= {row.question: BlankWord(row.word, row.title or "")} if row.word else {}
    if company is None:
        raise NotFound(f"no assessment {assessment_id}")
    given = verdicts_of(session, assessment_id)
    saved = saved_answers(session, assessment_id) if given else {}
    verdicts = read_verdicts(edition, given, saved.get)
    return parse_sheet(edition, company, texts, evidenced, verdicts, words)


def parse_sheet(
    edition: Edition,
    company: str,
    texts: Iterable[tuple[str, str, str]],
    evidenced: Iterable[str],
    verdicts: Mapping[str, Verdict],
    words: Mapping[str, BlankWord] | None = None,
) -> ParsedSheet:
    """Return the sheet for stored texts: (question id or `profile.<field>`, text, reason).

    `words`: the words of blanks, by question id. Answers to questions that are cut away are skipped.
    """
    profile: dict[str, str | float] = {}
    answers: dict[str, GivenAnswer] = {}
    unreadable: list[str] = []
    retired: list[str] = []
    for question, text, reason in texts:
        if question in edition.cut_away:
            continue
        try:
            if question.startswith(PROFILE_PREFIX):
                field = question.removeprefix(PROFILE_PREFIX)
                value = read_profile(edition.profile[field], text)
                profile |= {} if value is None else {field: value}
            else:
                answer = read_answer(edition.questions[question], text, reason)
                answers |= {} if answer is None else {question: answer}
        except KeyError:
            retired.append(question)
        except AnswerFault:
            unreadable.append(question)
    rests = frozenset(evidenced) & answers.keys()
    known = {i: word for i, word in (words or {}).items() if i in edition.questions and i not in answers}
    sheet = AnswerSheet(company, profile, answers, rests, verdicts, known)
    return ParsedSheet(sheet, tuple(unreadable), tuple(retired))


def verdicts_of(session: Session, assessment_id: int) -> tuple[StoredVerdict, ...]:
    """Return the auditors' verdicts on an assessment, including those on answers that have changed since."""
    return tuple(StoredVerdict(*row) for row in session.connection().execute(_VERDICTS, {"assessment": assessment_id}))


def read_verdicts(
    edition: Edition, given: Iterable[StoredVerdict], answer_of: Callable[[str], SavedAnswer | None]
) -> Mapping[str, Verdict]:
    """Return the verdicts that count for these answers, by question id. `answer_of` returns the answer to a question.

    A verdict on another answer or other evidence does not count, since nobody has judged this one. Verdicts on
    questions that the edition does not have, and adjusted answers that it cannot read, are skipped.
    """
    verdicts: dict[str, Verdict] = {}
    for question, verdict, value, digest in given:
        if question not in edition.questions or not is_about(digest, answer_of(question)):
            continue
        if verdict == "adjusted":
            try:
                answer = read_answer(edition.questions[question], value)
            except AnswerFault:
                continue
            verdicts |= {} if answer is None else {question: Adjusted(answer)}
        else:
            verdicts[question] = "confirmed" if verdict == "confirmed" else "not-shown"
    return verdicts


def keep_scorecards(session: Session, assessment_id: int, state: str, digest: str, cards: str, *, at: datetime) -> None:
    """Store the scorecards of an assessment's draft or submission (`state`), replacing earlier ones."""
    row = {"assessment_id": assessment_id, "state": state, "digest": digest, "computed_at": at, "cards": cards}
    session.execute(insert_or_replace(session, KeptScorecards, ["assessment_id", "state"]).values(row))


def kept_scorecards(session: Session, assessment_id: int, digest: str) -> str | None:
    """Return the scorecards stored under this digest, as JSON, or None if the stored ones have another digest."""
    return session.connection().execute(_KEPT, {"assessment": assessment_id, "digest": digest}).scalar()


def _summaries(session: Session, *conditions: ColumnElement[bool]) -> tuple[AssessmentSummary, ...]:
    return tuple(AssessmentSummary(*row) for row in session.connection().execute(_SUMMARIES.where(*conditions)))

"""Answers of an assessment, saved while the period is open, and read with the evidence they rest on.

Optimistic locking: a save on a stale version is not written but returned as an `EditConflict`.
The profile is kept among the answers, as `profile.<field>`.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from compliance.questionnaire.answers import ELSEWHERE, NOT_KNOWN_YET, blank_text
from compliance.questionnaire.edition import PROFILE_PREFIX
from compliance.store.answer_models import AnswerVersionRow
from compliance.store.audit_trail import TrailEvent, record_events, storable_text, text_digest
from compliance.store.evidence import EvidenceItem, evidence_of, said_of
from compliance.store.models import AnswerRow, Person, TrailEntry, TrailKind, table_of
from compliance.store.named_rows import named_rows
from compliance.store.transactions import begin_save, insert_or_replace

_SAVED = (
    select(
        AnswerRow.question,
        AnswerRow.value,
        AnswerRow.reason,
        AnswerRow.version,
        Person.name,
        AnswerRow.at,
        AnswerRow.carried_from,
        AnswerRow.word,
        AnswerRow.title,
        AnswerRow.ask_whom,
    )
    .outerjoin(Person, Person.id == AnswerRow.by)
    .where(AnswerRow.assessment_id == bindparam("assessment"))
)
# The database itself copies what a save wrote, which is faster than sending it twice.
_VERSION = table_of(AnswerVersionRow)
_KEEP_VERSIONS = insert(_VERSION).from_select(
    [column.name for column in _VERSION.columns],
    select(*(table_of(AnswerRow).columns[column.name] for column in _VERSION.columns)).where(
        AnswerRow.assessment_id == bindparam("assessment"), AnswerRow.version == bindparam("save")
    ),
)
_SAVED_OF_QUESTIONS = _SAVED.where(AnswerRow.question.in_(bindparam("questions", expanding=True)))


@dataclass(frozen=True, slots=True)
class AnswerEdit:
    """An answer to be saved. An empty text is a blank, which can have a word."""

    question: str
    text: str  # in the spelling of `write_answer`
    reason: str = ""
    seen: int = 0  # version that the page showed; 0: it showed a blank
    carried_from: str = ""  # id of the edition that it was carried from; "": given here
    word: str = ""  # reason of a blank, such as `not-known`
    title: str = ""  # of the word `elsewhere`: the document that says it
    ask_whom: str = ""  # of the word `not-known`: who may know


class SavedAnswer(NamedTuple):  # not a frozen dataclass: most pages make, hash and compare all answers
    """A stored answer. Without a text, it is a blank."""

    question: str
    text: str
    reason: str
    version: int
    by: str  # name of the person
    at: datetime | None
    evidence: tuple[EvidenceItem, ...] = ()
    carried_from: str = ""  # id of the edition that it was carried from; "": given here
    word: str = ""  # reason of a blank, such as `not-known`; "": none given
    title: str = ""  # of the word `elsewhere`: the document that says it
    ask_whom: str = ""  # of the word `not-known`: who may know; a note of the company's own, never submitted


@dataclass(frozen=True, slots=True)
class EditConflict:
    """An edit that was not saved because the answer was changed in the meantime, and the stored answer."""

    wanted: AnswerEdit
    kept: SavedAnswer
    by_id: int | None  # of the person who changed it; None: not known any more


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of a save. Each edit is in exactly one of the two fields."""

    versions: Mapping[str, int]  # by question id, of the answers that are now as in the edit; 0: blank
    conflicts: tuple[EditConflict, ...]


def save_answers(
    session: Session, assessment_id: int, changes: Sequence[AnswerEdit], *, by: int | None, at: datetime
) -> SaveResult:
    """Save those answers of a page that nobody else has changed since. Raise NotFound, CompanyMerged or PeriodClosed.

    They are on disk only once the caller has committed.
    """
    save = begin_save(session, assessment_id)
    wanted = {change.question: _cleaned(change) for change in changes}
    kept = _load_saved(session, assessment_id, wanted)
    blank = SavedAnswer("", "", "", 0, "", None)
    versions: dict[str, int] = {}
    stale: list[AnswerEdit] = []
    fresh: list[AnswerEdit] = []
    for question, change in wanted.items():
        now = kept.get(question, blank)
        if _said(change) == _said(now):
            versions[question] = now.version
        elif change.seen != now.version:
            stale.append(change)
        else:
            versions[question] = save.version if _has_row(change) else 0
            fresh.append(change)
    _write(session, assessment_id, fresh, version=save.version, by=by, at=at)
    record_events(session, [_trail_event(assessment_id, kept.get(c.question, blank), c) for c in fresh], by=by, at=at)
    return SaveResult(versions, _conflicts(session, assessment_id, stale, kept))


def answer_digest(kept: SavedAnswer | None) -> str:
    """Return the SHA-256 of what an auditor judges: an answer or blank, its reason, word and title, and its evidence.

    Who gave the answer and when, and the order of the evidence, make no difference.
    """
    said = kept or SavedAnswer("", "", "", 0, "", None)
    evidence = [{name: str(v) for name, v in said_of(piece.rests_on).items() if v} for piece in said.evidence]
    judged = {
        "value": said.text,
        "reason": said.reason,
        "word": said.word,
        "title": said.title,
        "evidence": sorted(evidence, key=canonical_json),
    }
    return text_digest(canonical_json(judged))


def is_about(digest: str | None, kept: SavedAnswer | None) -> bool:
    """Tell whether a verdict on the answer with this digest counts for `kept`. One without a digest always does."""
    return digest is None or digest == answer_digest(kept)


def canonical_json(content: object) -> str:
    """Return JSON that is the same text for equal contents."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def saved_answers(session: Session, assessment_id: int) -> Mapping[str, SavedAnswer]:
    """Return every question with an answer, a word or evidence, by question id; the profile is `profile.<field>`."""
    evidence = evidence_of(session, assessment_id)
    kept = _load_saved(session, assessment_id, evidence=evidence)
    blank = (question for question in evidence if question not in kept)
    return kept | {i: SavedAnswer(i, "", "", 0, "", None, evidence[i]) for i in blank}


def answer_counts(session: Session, assessment_ids: Collection[int]) -> Mapping[int, int]:
    """Count the answered questions, without the profile, of those of these assessments that have any."""
    query = (
        select(AnswerRow.assessment_id, func.count().label("answered"))
        .where(AnswerRow.assessment_id.in_(assessment_ids), AnswerRow.value != "")
        .where(~AnswerRow.question.startswith(PROFILE_PREFIX, autoescape=True))
        .group_by(AnswerRow.assessment_id)
    )
    return {row.assessment_id: row.answered for row in session.execute(query)}


def answer_subject(assessment_id: int, question: str) -> str:
    """Return the trail subject of an answer."""
    return f"assessment/{assessment_id}/answer/{question}"


def _cleaned(change: AnswerEdit) -> AnswerEdit:
    text = storable_text(change.text).strip()
    reason, word = (storable_text(change.reason).strip(), "") if text else ("", change.word)
    title = storable_text(change.title).strip() if word == ELSEWHERE else ""
    whom = storable_text(change.ask_whom).strip() if word == NOT_KNOWN_YET else ""
    return replace(change, text=text, reason=reason, word=word, title=title, ask_whom=whom)


def _said(answer: AnswerEdit | SavedAnswer) -> tuple[str, ...]:
    return answer.text, answer.reason, answer.word, answer.title, answer.ask_whom


def _has_row(change: AnswerEdit) -> bool:
    """Tell whether a row is stored: not for a blank without a word."""
    return bool(change.text or change.word)


def as_saved_answer(row: Any, evidence: tuple[EvidenceItem, ...] = ()) -> SavedAnswer:
    """Return the answer in a row of the answers, or of their versions, joined with the person's name."""
    return SavedAnswer(
        row.question,
        row.value,
        row.reason,
        row.version,
        row.name or "",
        row.at,
        evidence,
        carried_from=row.carried_from or "",
        word=row.word or "",
        title=row.title or "",
        ask_whom=row.ask_whom or "",
    )


def _load_saved(
    session: Session,
    assessment_id: int,
    questions: Iterable[str] | None = None,
    evidence: Mapping[str, tuple[EvidenceItem, ...]] | None = None,
) -> dict[str, SavedAnswer]:
    query, sought = (_SAVED, []) if questions is None else (_SAVED_OF_QUESTIONS, list(questions))
    rows = session.connection().execute(query, {"assessment": assessment_id, "questions": sought})
    pieces = evidence or {}
    return {row.question: as_saved_answer(row, pieces.get(row.question, ())) for row in named_rows(rows)}


def _write(
    session: Session, assessment_id: int, changes: Sequence[AnswerEdit], *, version: int, by: int | None, at: datetime
) -> None:
    rows = [
        {
            "assessment_id": assessment_id,
            "question": change.question,
            "value": change.text,
            "word": change.word or None,
            "title": change.title or None,
            "ask_whom": change.ask_whom or None,
            "reason": change.reason,
            "version": version,
            "by": by,
            "at": at,
            "carried_from": change.carried_from or None,
        }
        for change in changes
    ]
    execute = session.connection().execute
    if standing := [row for row in rows if row["value"] or row["word"]]:
        execute(insert_or_replace(session, AnswerRow, ["assessment_id", "question"]), standing)
        execute(_KEEP_VERSIONS, {"assessment": assessment_id, "save": version})
    if withdrawn := [row["question"] for row in rows if not (row["value"] or row["word"])]:
        execute(insert(_VERSION), [row for row in rows if row["question"] in withdrawn])
        gone = delete(AnswerRow).where(AnswerRow.assessment_id == assessment_id, AnswerRow.question.in_(withdrawn))
        session.execute(gone.execution_options(synchronize_session=False))


def _trail_event(assessment_id: int, before: SavedAnswer, after: AnswerEdit) -> TrailEvent:
    given: TrailKind = "profile" if after.question.startswith(PROFILE_PREFIX) else "answer"
    said = _text_and_reason(_trail_text(after), f"from {after.carried_from}" if after.carried_from else "")
    what = "carried" if after.carried_from else given
    return TrailEvent(what, answer_subject(assessment_id, after.question), _trail_text(before), said)


def _trail_text(said: AnswerEdit | SavedAnswer) -> str:
    """Return what the trail records of an answer. `ask_whom` becomes a digest, as the trail must not keep names."""
    words = _text_and_reason(said.text or blank_text(said.word, said.title), said.reason)
    return _text_and_reason(words, f"ask {text_digest(said.ask_whom)}" if said.ask_whom else "")


def _text_and_reason(text: str, reason: str) -> str:
    return f"{text}\n{reason}" if reason else text


def _conflicts(
    session: Session, assessment_id: int, stale: Sequence[AnswerEdit], kept: Mapping[str, SavedAnswer]
) -> tuple[EditConflict, ...]:
    """Return the conflicts of stale edits. Who changed an answer, and when, is in the trail even if it is blank now."""
    if not stale:
        return ()
    subjects = [answer_subject(assessment_id, change.question) for change in stale]
    columns = (TrailEntry.subject, func.coalesce(Person.name, ""), TrailEntry.at, Person.id)
    query = select(*columns).outerjoin(Person, Person.id == TrailEntry.who).where(TrailEntry.subject.in_(subjects))
    last: dict[str, Any] = {row.subject: row for row in session.execute(query.order_by(TrailEntry.id))}
    found = []
    for change, subject in zip(stale, subjects, strict=True):
        _subject, name, at, who = last.get(subject) or (subject, "", None, None)
        now = kept.get(change.question) or SavedAnswer(change.question, "", "", 0, name, at)
        found.append(EditConflict(change, now, who))
    return tuple(found)

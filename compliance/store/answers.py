"""Answers: saved freely while the period is open, never lost, never merged in silence.

The profile is kept among the answers, as `profile.<field>`, and saved the same way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from compliance.questionnaire.answers import blank_text
from compliance.questionnaire.edition import PROFILE
from compliance.store.evidence import Evidenced, evidence_of
from compliance.store.tables import Answer, Person, TrailEntry
from compliance.store.trail import Entry, note, plain
from compliance.store.writing import begin_save, insert_or_replace

_KEPT = (
    select(
        Answer.question,
        Answer.value,
        Answer.reason,
        Answer.version,
        Person.name,
        Answer.at,
        Answer.carried_from,
        Answer.word,
    )
    .outerjoin(Person, Person.id == Answer.by)
    .where(Answer.assessment_id == bindparam("assessment"))
)
_KEPT_OF = _KEPT.where(Answer.question.in_(bindparam("questions", expanding=True)))


@dataclass(frozen=True, slots=True)
class Change:
    """An answer as somebody wants it saved. An empty text is a blank, with the word it may carry."""

    question: str
    text: str  # in the spelling of `write_answer`
    reason: str = ""
    seen: int = 0  # version that the page showed; 0: it showed a blank
    carried_from: str = ""  # id of the edition whose answers settled it, where nobody gave it here
    word: str = ""  # of a blank: why, as in `not-known`


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept. No text: a blank."""

    question: str
    text: str
    reason: str
    version: int
    by: str  # name of the person
    at: datetime | None
    evidence: tuple[Evidenced, ...] = ()
    carried_from: str = ""  # id of the edition whose answers settled it; "": somebody gave it here
    word: str = ""  # of a blank: why, as in `not-known`; "": nobody said anything


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was not saved, because somebody else changed the answer meanwhile: both, to choose from."""

    wanted: Change
    kept: Kept


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: every change is in exactly one of the two."""

    versions: Mapping[str, int]  # of the answers that are now as wanted; 0: blank
    conflicts: tuple[Conflict, ...]


def save_answers(
    session: Session, assessment_id: int, changes: Sequence[Change], *, by: int | None, at: datetime
) -> Saved:
    """Save a page: all that nobody else has changed since. Raise NotFound or PeriodClosed.

    It is on disk once the caller has committed, not before.
    """
    save = begin_save(session, assessment_id)
    wanted = {change.question: _cleaned(change) for change in changes}
    kept = _kept(session, assessment_id, wanted)
    blank = Kept("", "", "", 0, "", None)
    versions: dict[str, int] = {}
    stale: list[Change] = []
    fresh: list[Change] = []
    for question, change in wanted.items():
        now = kept.get(question, blank)
        if (change.text, change.reason, change.word) == (now.text, now.reason, now.word):
            versions[question] = now.version
        elif change.seen != now.version:
            stale.append(change)
        else:
            versions[question] = save.number if _has_row(change) else 0
            fresh.append(change)
    _write(session, assessment_id, fresh, version=save.number, by=by, at=at)
    note(session, [_entry(assessment_id, kept.get(c.question, blank), c) for c in fresh], by=by, at=at)
    gone = _withdrawn(session, assessment_id, [change.question for change in stale if change.question not in kept])
    return Saved(versions, tuple(Conflict(c, (kept | gone).get(c.question, blank)) for c in stale))


def answers_view(session: Session, assessment_id: int) -> Mapping[str, Kept]:
    """What is kept for every question with an answer, a word or evidence, by id; the profile as `profile.<field>`."""
    evidence = evidence_of(session, assessment_id)
    kept = _kept(session, assessment_id)
    view = {}
    for question in [*kept, *(question for question in evidence if question not in kept)]:
        k = kept.get(question) or Kept(question, "", "", 0, "", None)
        view[question] = replace(k, evidence=evidence.get(question, ()))
    return view


def answer_subject(assessment_id: int, question: str) -> str:
    """How the trail names an answer."""
    return f"assessment/{assessment_id}/answer/{question}"


def _cleaned(change: Change) -> Change:
    text = plain(change.text).strip()
    reason, word = (plain(change.reason).strip(), "") if text else ("", change.word)
    return replace(change, text=text, reason=reason, word=word)


def _has_row(change: Change) -> bool:
    """Whether anything is kept of it: a blank without a word is no row."""
    return bool(change.text or change.word)


def _kept(session: Session, assessment_id: int, questions: Iterable[str] | None = None) -> dict[str, Kept]:
    sought = {"assessment": assessment_id, "questions": list(questions or [])}
    rows = session.connection().execute(_KEPT if questions is None else _KEPT_OF, sought)
    return {
        question: Kept(question, text, reason, version, name or "", at, (), carried_from or "", word or "")
        for question, text, reason, version, name, at, carried_from, word in rows
    }


def _write(
    session: Session, assessment_id: int, changes: Sequence[Change], *, version: int, by: int | None, at: datetime
) -> None:
    rows = [
        {
            "assessment_id": assessment_id,
            "question": change.question,
            "value": change.text,
            "word": change.word or None,
            "reason": change.reason,
            "version": version,
            "by": by,
            "at": at,
            "carried_from": change.carried_from or None,
        }
        for change in changes
        if _has_row(change)
    ]
    if rows:
        session.connection().execute(insert_or_replace(session, Answer, ["assessment_id", "question"]), rows)
    withdrawn = [change.question for change in changes if not _has_row(change)]
    if withdrawn:
        gone = delete(Answer).where(Answer.assessment_id == assessment_id, Answer.question.in_(withdrawn))
        session.execute(gone.execution_options(synchronize_session=False))


def _entry(assessment_id: int, before: Kept, after: Change) -> Entry:
    what = "carried" if after.carried_from else "profile" if after.question.startswith(PROFILE) else "answer"
    subject = answer_subject(assessment_id, after.question)
    words = _words(after.text or blank_text(after.word), after.reason)
    said = _words(words, f"from {after.carried_from}") if after.carried_from else words
    return Entry(what, subject, _words(before.text or blank_text(before.word), before.reason), said)


def _words(text: str, reason: str) -> str:
    return f"{text}\n{reason}" if reason else text


def _withdrawn(session: Session, assessment_id: int, questions: Sequence[str]) -> dict[str, Kept]:
    """Who blanked these answers, and when: there is no row left to say so, only the trail."""
    if not questions:
        return {}
    subjects = {answer_subject(assessment_id, question): question for question in questions}
    columns = (TrailEntry.subject, Person.name, TrailEntry.at)
    query = select(*columns).outerjoin(Person, Person.id == TrailEntry.who).where(TrailEntry.subject.in_(subjects))
    rows = session.execute(query.order_by(TrailEntry.id))  # the last one stays
    return {subjects[s]: Kept(subjects[s], "", "", 0, name or "", at) for s, name, at in rows}

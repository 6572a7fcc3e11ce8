"""A company's own comments on questions, which are never submitted and read by nobody outside.

The trail keeps a digest of a comment, not its words, because trail entries stay for good, and withdrawing a comment
deletes its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.answer_models import QuestionCommentRow
from compliance.store.audit_trail import TrailEvent, record_events, storable_text, text_digest
from compliance.store.company_models import MembershipRow
from compliance.store.exceptions import NotFound
from compliance.store.models import Person, table_of
from compliance.store.transactions import begin_change, begin_save

#: The longest comment, in characters.
MAX_COMMENT_LENGTH = 2000

_C = QuestionCommentRow
_COMMENTS = (
    select(_C.id, _C.question, _C.text, _C.by, Person.name, _C.at, _C.withdrawn_at)
    .join(Person, Person.id == _C.by)
    .where(_C.assessment_id == bindparam("assessment"))
)
# These two statements run for every page of questions, so they are built once and executed without the ORM.
_NUMBERED = (
    _COMMENTS.where(_C.question.in_(bindparam("questions", expanding=True)))
    .add_columns(func.row_number().over(partition_by=_C.question, order_by=_C.id.desc()).label("place"))
    .subquery()
)
_LATEST = select(_NUMBERED).where(_NUMBERED.c.place <= bindparam("most")).order_by(_NUMBERED.c.id.desc())
_COLLEAGUES = (
    select(Person.name)
    .join(MembershipRow, MembershipRow.person_id == Person.id)
    .where(MembershipRow.organisation_id == bindparam("organisation"), Person.active, Person.name != "")
)
_COUNTS = (
    select(_C.question, func.count().label("number"))
    .where(_C.assessment_id == bindparam("assessment"), _C.withdrawn_at.is_(None))
    .group_by(_C.question)
)


@dataclass(frozen=True, slots=True)
class QuestionComment:
    """A comment on a question. A withdrawn comment has no text."""

    id: int
    question: str
    text: str
    person_id: int
    name: str
    at: datetime
    withdrawn_at: datetime | None


def add_comments(
    session: Session, assessment_id: int, written: Sequence[tuple[str, str]], *, by: int, at: datetime
) -> tuple[int, ...]:
    """Save comments (question id, text), skipping empty ones. Return their ids.

    A comment that repeats one of the same person word for word is not added, since the form was sent twice. Raise
    NotFound, CompanyMerged, PeriodClosed, or ValueError for a comment that is too long.
    """
    begin_save(session, assessment_id)
    own = select(_C.id, _C.question, _C.text).where(_C.assessment_id == assessment_id, _C.by == by)
    own = own.where(_C.question.in_([question for question, _ in written]), _C.withdrawn_at.is_(None))
    there = {(row.question, row.text): row.id for row in session.execute(own)}
    ids, events = [], []
    for question, said in written:
        text = storable_text(said).strip()
        if len(text) > MAX_COMMENT_LENGTH:
            raise ValueError(f"a comment has at most {MAX_COMMENT_LENGTH} characters, not {len(text)}")
        if not text:
            continue
        if (question, text) not in there:
            row = {"assessment_id": assessment_id, "question": question, "text": text, "by": by, "at": at}
            new = session.execute(insert(table_of(_C)).values(row).returning(_C.id)).scalar_one()
            there[question, text] = new
            events.append(TrailEvent("comment", _subject(assessment_id, question), "", _vouched(new, text)))
        ids.append(there[question, text])
    if events:
        record_events(session, events, by=by, at=at)
    return tuple(ids)


def withdraw_comment(session: Session, assessment_id: int, comment_id: int, *, by: int, at: datetime) -> str:
    """Withdraw a comment of `by`, even in a closed period, deleting its text. Return the id of its question.

    A comment that is withdrawn already stays as it is. Raise NotFound, also for somebody else's, or CompanyMerged.
    """
    begin_change(session, assessment_id)
    own = select(_C.question, _C.text, _C.withdrawn_at).where(
        _C.id == comment_id, _C.assessment_id == assessment_id, _C.by == by
    )
    row = session.execute(own).first()
    if row is None:
        raise NotFound(f"no comment {comment_id} of person {by}")
    if row.withdrawn_at is None:
        gone = update(table_of(_C)).where(_C.id == comment_id).values(text="", withdrawn_at=at)
        session.execute(gone)
        event = TrailEvent("comment", _subject(assessment_id, row.question), _vouched(comment_id, row.text), "")
        record_events(session, [event], by=by, at=at)
    return str(row.question)


def comments_on(
    session: Session, assessment_id: int, question: str, *, most: int, before: int | None = None
) -> tuple[QuestionComment, ...]:
    """Return the latest comments on a question, or the latest before comment `before`, newest first, `most` at most."""
    query = _COMMENTS.where(_C.question == question)
    if before is not None:
        query = query.where(_C.id < before)
    rows = session.execute(query.order_by(_C.id.desc()).limit(most), {"assessment": assessment_id})
    return tuple(QuestionComment(*row) for row in rows)


def latest_comments(
    session: Session, assessment_id: int, questions: Sequence[str], *, most: int
) -> Mapping[str, tuple[QuestionComment, ...]]:
    """Return the latest comments on these questions, by question id, newest first, at most `most` on each."""
    sought = {"assessment": assessment_id, "questions": [*questions], "most": most}
    found: dict[str, tuple[QuestionComment, ...]] = {}
    for row in session.connection().execute(_LATEST, sought):
        found[row.question] = (*found.get(row.question, ()), QuestionComment(*row[:-1]))
    return found


def colleague_names(session: Session, organisation_id: int) -> tuple[str, ...]:
    """Return the names of a company's active members."""
    return tuple(session.connection().execute(_COLLEAGUES, {"organisation": organisation_id}).scalars())


def comment_counts(session: Session, assessment_id: int) -> Mapping[str, int]:
    """Count the comments on each question that has any, without withdrawn ones."""
    rows = session.connection().execute(_COUNTS, {"assessment": assessment_id})
    return {row.question: row.number for row in rows}


def _subject(assessment_id: int, question: str) -> str:
    return f"assessment/{assessment_id}/comment/{question}"


def _vouched(comment_id: int, text: str) -> str:
    return f"{comment_id}: {text_digest(text)}"

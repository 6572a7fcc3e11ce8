"""Auditors: which submissions are assigned to them, and their determinations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import NotFound
from compliance.store.models import Assessment, Assignment, Determination, Person, PersonRole, Submission
from compliance.store.submissions import FrozenSubmission, latest_submission, select_latest
from compliance.store.transactions import insert_or_replace, insert_unless_there


@dataclass(frozen=True, slots=True)
class AuditorVerdict:
    """An auditor's verdict on one question."""

    question: str
    verdict: str  # confirmed, adjusted, not-shown
    value: str  # the true answer, if adjusted
    comment: str
    by: str  # name of the auditor
    at: datetime


def assign_auditor(session: Session, assessment_id: int, *, auditor: int, by: int | None, at: datetime) -> None:
    """Let an auditor read an assessment, once it is handed in. Raise NotFound."""
    if not session.scalar(select(exists().where(PersonRole.person_id == auditor, PersonRole.role == "auditor"))):
        raise NotFound(f"no auditor {auditor}")
    if not session.scalar(select(exists().where(Assessment.id == assessment_id))):
        raise NotFound(f"no assessment {assessment_id}")
    row = {"assessment_id": assessment_id, "auditor_id": auditor, "at": at, "by": by}
    new = insert_unless_there(session, Assignment, ["assessment_id", "auditor_id"]).values(row)
    if session.execute(new.returning(Assignment.auditor_id)).first():
        record_events(
            session,
            [TrailEvent("assignment", _assignment_subject(assessment_id), "", f"person/{auditor}")],
            by=by,
            at=at,
        )


def unassign_auditor(session: Session, assessment_id: int, *, auditor: int, by: int | None, at: datetime) -> None:
    """Take an assessment from an auditor again. Raise NotFound."""
    gone = delete(Assignment).where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    gone = gone.execution_options(synchronize_session=False)
    if session.execute(gone.returning(Assignment.auditor_id)).first() is None:
        raise NotFound(f"assessment {assessment_id} is not assigned to person {auditor}")
    record_events(
        session, [TrailEvent("assignment", _assignment_subject(assessment_id), f"person/{auditor}", "")], by=by, at=at
    )


def auditors_of(session: Session, year: int) -> Mapping[int, tuple[int, ...]]:
    """The auditors (person ids) of each assessment of a period that has any, by assessment id."""
    query = select(Assignment.assessment_id, Assignment.auditor_id).join(Assessment)
    found: dict[int, tuple[int, ...]] = {}
    for assessment_id, auditor in session.execute(
        query.where(Assessment.period_year == year).order_by(Assignment.assessment_id, Assignment.auditor_id)
    ):
        found[assessment_id] = (*found.get(assessment_id, ()), auditor)
    return found


def assessments_for_auditor(
    session: Session, auditor: int, *, sector: str | None = None, year: int | None = None
) -> tuple[FrozenSubmission, ...]:
    """The latest submissions of the assessments that are assigned to an auditor."""
    query = select_latest().join(Assignment, Assignment.assessment_id == Assessment.id)
    query = query.where(Assignment.auditor_id == auditor)
    if sector is not None:
        query = query.where(Submission.sector == sector)
    if year is not None:
        query = query.where(Assessment.period_year == year)
    return tuple(FrozenSubmission(*row) for row in session.execute(query))


def has_determinations(session: Session, auditor: int) -> bool:
    """True if there is a verdict on any assessment that an auditor may read."""
    judged = exists().where(Determination.assessment_id == Assignment.assessment_id, Assignment.auditor_id == auditor)
    return bool(session.scalar(select(judged)))


def assessments_with_determinations(session: Session, year: int) -> frozenset[int]:
    """The assessments of a period on which an auditor has given a verdict."""
    query = select(Determination.assessment_id).join(Assessment, Assessment.id == Determination.assessment_id)
    return frozenset(session.scalars(query.where(Assessment.period_year == year).distinct()))


def assigned_submission(session: Session, assessment_id: int, *, auditor: int) -> FrozenSubmission:
    """The latest submission of an assessment. Raise NotFound unless it is assigned to the auditor."""
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    if not session.scalar(select(assigned)):
        raise NotFound(f"no assessment {assessment_id}")
    return latest_submission(session, assessment_id)


def record_determination(
    session: Session,
    assessment_id: int,
    question: str,
    *,
    verdict: str,
    by: int,
    at: datetime,
    value: str = "",
    comment: str = "",
) -> None:
    """Give a verdict on one question; the one before stays in the trail. Raise NotFound unless assigned."""
    assigned_submission(session, assessment_id, auditor=by)
    key = {"assessment_id": assessment_id, "question": question}
    said = {"verdict": verdict, "value": storable_text(value).strip(), "comment": storable_text(comment).strip()}
    # Two statements, so that the row is there and ours before what it said is read.
    first = insert_unless_there(session, Determination, list(key)).values(**key, **said, by=by, at=at)
    is_first = session.execute(first.returning(Determination.question)).first() is not None
    before = "" if is_first else _verdict_text(_locked(session, assessment_id, question))
    session.execute(insert_or_replace(session, Determination, list(key)).values(**key, **said, by=by, at=at))
    if before != _verdict_text(said):
        subject = f"assessment/{assessment_id}/determination/{question}"
        record_events(session, [TrailEvent("determination", subject, before, _verdict_text(said))], by=by, at=at)


def determinations(session: Session, assessment_id: int) -> Mapping[str, AuditorVerdict]:
    """Every verdict on an assessment, by question id."""
    d = Determination
    columns = (d.question, d.verdict, d.value, d.comment, func.coalesce(Person.name, ""), d.at)
    query = select(*columns).outerjoin(Person, Person.id == d.by).where(d.assessment_id == assessment_id)
    return {row.question: AuditorVerdict(*row) for row in session.execute(query)}


def _assignment_subject(assessment_id: int) -> str:
    return f"assessment/{assessment_id}/auditors"


def _locked(session: Session, assessment_id: int, question: str) -> Mapping[str, str]:
    query = select(Determination.verdict, Determination.value, Determination.comment).with_for_update()
    query = query.where(Determination.assessment_id == assessment_id, Determination.question == question)
    return dict(session.execute(query).mappings().one())


def _verdict_text(said: Mapping[str, str]) -> str:
    return "\n".join(part for part in (said["verdict"], said["value"], said["comment"]) if part)

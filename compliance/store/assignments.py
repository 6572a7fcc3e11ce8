"""Assignments: which auditor reviews which assessment, and by when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, hold_trail, record_events
from compliance.store.exceptions import NotFound
from compliance.store.independence import assignment_subject, person_subject, require_independence
from compliance.store.models import Assessment, Assignment, Period, PersonRole, Submission
from compliance.store.transactions import insert_unless_there


@dataclass(frozen=True, slots=True)
class AssignedAuditor:
    """An auditor of an assessment, and the day by which the review should be signed off."""

    auditor: int
    due: date | None


def assign_auditor(
    session: Session, assessment_id: int, *, auditor: int, by: int | None, at: datetime, due: date | None = None
) -> bool:
    """Assign an assessment to an auditor, who can read it once it is submitted. Return whether anything changed.

    If it is assigned to them already, only the due date changes, if one is given. Raise NotFound, or NotIndependent if
    the auditor is tied to the company.
    """
    if not session.scalar(select(exists().where(PersonRole.person_id == auditor, PersonRole.role == "auditor"))):
        raise NotFound(f"no auditor {auditor}")
    company = session.scalar(select(Assessment.organisation_id).where(Assessment.id == assessment_id))
    if company is None:
        raise NotFound(f"no assessment {assessment_id}")
    require_independence(session, auditor, company)
    same = (Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    row = {"assessment_id": assessment_id, "auditor_id": auditor, "at": at, "by": by, "due": due}
    new = insert_unless_there(session, Assignment, ["assessment_id", "auditor_id"]).values(row)
    before = ""
    if session.execute(new.returning(Assignment.auditor_id)).first() is None:
        was = session.scalar(select(Assignment.due).where(*same))
        if due is None or was == due:
            return False
        session.execute(update(Assignment).where(*same).values(due=due).execution_options(synchronize_session=False))
        before = _assigned_text(auditor, was)
    event = TrailEvent("assignment", assignment_subject(assessment_id), before, _assigned_text(auditor, due))
    record_events(session, [event], by=by, at=at)
    return True


def unassign_auditor(session: Session, assessment_id: int, *, auditor: int, by: int | None, at: datetime) -> None:
    """End an auditor's assignment to an assessment. Raise NotFound."""
    hold_trail(session)  # first, as in `end_tied_assignments`, so that there is no deadlock
    gone = delete(Assignment).where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == auditor)
    gone = gone.execution_options(synchronize_session=False)
    if session.execute(gone.returning(Assignment.auditor_id)).first() is None:
        raise NotFound(f"assessment {assessment_id} is not assigned to person {auditor}")
    event = TrailEvent("assignment", assignment_subject(assessment_id), person_subject(auditor), "")
    record_events(session, [event], by=by, at=at)


def auditors_of(session: Session, year: int) -> Mapping[int, tuple[AssignedAuditor, ...]]:
    """Return the auditors of a period's assessments, by assessment id."""
    return _auditors(session, Assessment.period_year == year)


def auditors_among(session: Session, assessment_ids: Collection[int]) -> Mapping[int, tuple[AssignedAuditor, ...]]:
    """Return the auditors of these assessments, by assessment id."""
    return _auditors(session, Assessment.id.in_(assessment_ids))


def _auditors(session: Session, which: ColumnElement[bool]) -> Mapping[int, tuple[AssignedAuditor, ...]]:
    query = select(Assignment.assessment_id, Assignment.auditor_id, Assignment.due).join(Assessment)
    found: dict[int, tuple[AssignedAuditor, ...]] = {}
    for assessment_id, auditor, due in session.execute(
        query.where(which).order_by(Assignment.assessment_id, Assignment.auditor_id)
    ):
        found[assessment_id] = (*found.get(assessment_id, ()), AssignedAuditor(auditor, due))
    return found


def due_dates(session: Session, auditor: int) -> Mapping[int, date | None]:
    """Return the days by which an auditor should sign off their assessments, by assessment id."""
    query = select(Assignment.assessment_id, Assignment.due).where(Assignment.auditor_id == auditor)
    return {row.assessment_id: row.due for row in session.execute(query)}


def unassigned_counts(session: Session) -> Mapping[int, int]:
    """Count the submitted assessments without an auditor, by open period that has any, the earliest first."""
    query = (
        select(Assessment.period_year, func.count().label("without"))
        .join(Period, Period.year == Assessment.period_year)
        .where(Period.closed_at.is_(None), Assessment.voice == "self")
        .where(exists().where(Submission.assessment_id == Assessment.id))
        .where(~exists().where(Assignment.assessment_id == Assessment.id))
        .group_by(Assessment.period_year)
        .order_by(Assessment.period_year)
    )
    return {row.period_year: row.without for row in session.execute(query)}


def _assigned_text(auditor: int, due: date | None) -> str:
    return person_subject(auditor) if due is None else f"{person_subject(auditor)}\ndue {due.isoformat()}"

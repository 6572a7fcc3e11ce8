"""Delegations: which member of a company is assigned which theme or question of an assessment, and by when.

A question that is not assigned itself belongs to the holder of its theme. The delegations of a member who leaves the
company, or may no longer answer, are deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.company_models import DelegationRow, MembershipRow
from compliance.store.exceptions import AlreadyDecided, NotFound
from compliance.store.member_roles import ALLOWED
from compliance.store.models import Assessment, Organisation, Person
from compliance.store.transactions import begin_save, insert_or_replace

_ANSWERING = tuple(role for role, actions in ALLOWED.items() if "answer" in actions)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A theme or a question that is assigned to a member."""

    part: str  # id of the theme or of the question
    person_id: int
    name: str
    due: date | None
    note: str


_DELEGATIONS = (
    select(
        *(DelegationRow.part, DelegationRow.person_id, Person.name, Person.email, DelegationRow.due, DelegationRow.note)
    )
    .join(Person, Person.id == DelegationRow.person_id)
    .where(DelegationRow.assessment_id == bindparam("assessment"))
)


@dataclass(frozen=True, slots=True)
class DelegatedTo:
    """The member that a theme or question is to be assigned to, with due date and note."""

    person_id: int
    due: date | None = None
    note: str = ""


def delegations_of(session: Session, assessment_id: int) -> Mapping[str, Delegation]:
    """Return the delegations of an assessment, by id of the theme or question."""
    return {
        part: Delegation(part, person_id, name or email, due, note)
        for part, person_id, name, email, due, note in session.connection().execute(
            _DELEGATIONS, {"assessment": assessment_id}
        )
    }


def delegated_to(session: Session, person_id: int) -> Mapping[int, tuple[int, date | None]]:
    """Count the themes and questions assigned to a person, by assessment, each with the earliest due date."""
    d = DelegationRow
    query = select(d.assessment_id, func.count(), func.min(d.due)).where(d.person_id == person_id)
    return {number: (parts, due) for number, parts, due in session.execute(query.group_by(d.assessment_id))}


def holder_of(delegations: Mapping[str, Delegation], part: str, theme: str) -> Delegation | None:
    """Return the delegation of a question, or else of its theme. For a theme, `part` and `theme` are the same."""
    return delegations.get(part) or delegations.get(theme)


def delegate(
    session: Session,
    assessment_id: int,
    part: str,
    to: DelegatedTo | None,
    *,
    seen: int | None,
    by: int | None,
    at: datetime,
    theme: str = "",
    only_own: bool = False,
) -> bool:
    """Assign a theme or a question to a member, or to nobody. Return whether that changed anything.

    `seen`: the person it was assigned to on the page. `only_own`: `by` must be its holder, directly or through `theme`.
    Raise NotFound if the person is not a member who may answer, or if `by` has to be the holder and is not;
    AlreadyDecided if it was assigned to somebody else meanwhile; CompanyMerged; or PeriodClosed.
    """
    held_by = _lock_company(session, assessment_id)
    begin_save(session, assessment_id)
    there = delegations_of(session, assessment_id)
    before, holder = there.get(part), holder_of(there, part, theme or part)
    wanted = None if to is None else DelegatedTo(to.person_id, to.due, storable_text(to.note).strip())
    if wanted == (DelegatedTo(before.person_id, before.due, before.note) if before else None):
        return False
    if (before.person_id if before else None) != seen:
        raise AlreadyDecided(f"{part} of assessment {assessment_id} was given to somebody else meanwhile")
    if only_own and (holder is None or holder.person_id != by):
        raise NotFound(f"{part} of assessment {assessment_id} is not with person {by}")
    if wanted is None:
        _remove(session, DelegationRow.assessment_id == assessment_id, DelegationRow.part == part)
    else:
        _require_answering(session, held_by, wanted.person_id)
        row = {"assessment_id": assessment_id, "part": part, "person_id": wanted.person_id, "due": wanted.due}
        new = insert_or_replace(session, DelegationRow, ["assessment_id", "part"])
        session.execute(new.values(**row, note=wanted.note, by=by, at=at))
    event = TrailEvent("delegation", _subject(assessment_id, part), _text(before), _text(wanted))
    record_events(session, [event], by=by, at=at)
    return True


def end_delegations(session: Session, organisation_id: int, person_id: int, *, by: int | None, at: datetime) -> None:
    """Delete a person's delegations in a company and in those merged into it."""
    of = select(Assessment.id).join(Organisation, Organisation.id == Assessment.organisation_id)
    of = of.where(or_(Organisation.id == organisation_id, Organisation.merged_into == organisation_id))
    gone = _remove(session, DelegationRow.person_id == person_id, DelegationRow.assessment_id.in_(of))
    events = [
        TrailEvent("delegation", _subject(assessment_id, one.part), _text(one), "") for assessment_id, one in gone
    ]
    record_events(session, events, by=by, at=at)


def _remove(session: Session, *which: ColumnElement[bool]) -> list[tuple[int, Delegation]]:
    d = DelegationRow
    gone = delete(d).where(*which).returning(d.assessment_id, d.part, d.person_id, d.due, d.note)
    rows = session.execute(gone.execution_options(synchronize_session=False)).all()
    return sorted(
        ((number, Delegation(part, person, "", due, note)) for number, part, person, due, note in rows),
        key=lambda pair: (pair[0], pair[1].part),
    )


def _lock_company(session: Session, assessment_id: int) -> int:
    """Return the company of an assessment, and lock its members until the commit. Raise NotFound."""
    query = select(Assessment.organisation_id).where(Assessment.id == assessment_id)
    locked = update(Organisation).where(Organisation.id == query.scalar_subquery()).values(name=Organisation.name)
    locked = locked.returning(Organisation.id).execution_options(synchronize_session=False)
    number = session.scalar(locked)
    if number is None:
        raise NotFound(f"no assessment {assessment_id}")
    return number


def _require_answering(session: Session, organisation_id: int, person_id: int) -> None:
    query = select(MembershipRow.role).join(Person, Person.id == MembershipRow.person_id)
    query = query.where(MembershipRow.organisation_id == organisation_id, MembershipRow.person_id == person_id)
    if session.scalar(query.where(Person.active, MembershipRow.role.in_(_ANSWERING))) is None:
        raise NotFound(f"person {person_id} answers nothing for company {organisation_id}")


def _subject(assessment_id: int, part: str) -> str:
    return f"assessment/{assessment_id}/part/{part}"


def _text(given: Delegation | DelegatedTo | None) -> str:
    if given is None:
        return ""
    due = f"due {given.due.isoformat()}" if given.due else ""
    return "\n".join(filter(None, (f"person/{given.person_id}", due, given.note)))

"""Memberships: who works for which company, with which role; and requests to join.

A company that has members has an owner, who manages them and answers requests. The steward can do the same.
What each role may do is in `member_roles`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.company_models import JoinRequestRow, MembershipRow
from compliance.store.delegations import end_delegations
from compliance.store.exceptions import AlreadyDecided, AlreadyExists, LastOwner, NotFound
from compliance.store.independence import end_tied_assignments
from compliance.store.member_roles import MEMBER_ROLES, USUAL_ROLE, MemberAction, role_may
from compliance.store.models import AnswerRow, Assessment, Organisation, Person, TrailEntry
from compliance.store.transactions import insert_unless_there


@dataclass(frozen=True, slots=True)
class Membership:
    """A company that a person works for."""

    organisation_id: int
    organisation: str
    role: str  # owner, approver, contributor, reader
    status: str  # of the company
    erasure_asked: bool = False  # an owner asked to have the company deleted

    def may(self, action: MemberAction) -> bool:
        """Tell whether the person may do this in the company."""
        return role_may(self.role, action)


@dataclass(frozen=True, slots=True)
class CompanyMember:
    """A person who works for a company."""

    person_id: int
    organisation_id: int
    name: str
    email: str
    language: str
    active: bool
    role: str
    since: datetime
    address_confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A request to join a company."""

    id: int
    person_id: int
    name: str
    email: str
    organisation_id: int
    organisation: str
    at: datetime
    words: str
    state: str  # open, accepted, refused, withdrawn
    decided_at: datetime | None
    reason: str  # of the person who decided it


def add_membership(
    session: Session, person_id: int, organisation_id: int, *, role: str | None = None, by: int | None, at: datetime
) -> None:
    """Make a person a member of a company. Without a role given, they become its owner if it has none yet.

    Auditors who are no longer independent of a company lose their assignments there. Raise NotFound, or AlreadyExists
    if the person is a member already.
    """
    lock_members(session, organisation_id)
    chosen = role or (USUAL_ROLE if _owners(session, organisation_id) else "owner")
    row = {"person_id": person_id, "organisation_id": organisation_id, "role": chosen, "since": at}
    new = insert_unless_there(session, MembershipRow, ["person_id", "organisation_id"]).values(row)
    if session.execute(new.returning(MembershipRow.person_id)).first() is None:
        raise AlreadyExists(f"person {person_id} works for company {organisation_id} already")
    record_events(session, [_membership_event(organisation_id, person_id, "", chosen)], by=by, at=at)
    end_tied_assignments(session, auditors=_tied_by(session, person_id), by=by, at=at)


def change_member_role(
    session: Session, organisation_id: int, person_id: int, role: str, *, by: int | None, at: datetime
) -> None:
    """Give a member another role. If it may not answer, their delegations end.

    Raise ValueError for an unknown role, NotFound, or LastOwner.
    """
    if role not in MEMBER_ROLES:
        raise ValueError(f"no such role in a company: {role}")
    before = _member_to_change(session, organisation_id, person_id, stays_owner=role == "owner")
    if role != before:
        changed = update(MembershipRow).where(*_is(organisation_id, person_id)).values(role=role)
        session.execute(changed.execution_options(synchronize_session=False))
        record_events(session, [_membership_event(organisation_id, person_id, before, role)], by=by, at=at)
        if not role_may(role, "answer"):
            end_delegations(session, organisation_id, person_id, by=by, at=at)
        end_tied_assignments(session, auditors=_tied_by(session, person_id), by=by, at=at)


def remove_member(session: Session, organisation_id: int, person_id: int, *, by: int | None, at: datetime) -> None:
    """Remove a member from a company. What they wrote stays. Raise NotFound, or LastOwner."""
    before = _member_to_change(session, organisation_id, person_id, stays_owner=False)
    gone = delete(MembershipRow).where(*_is(organisation_id, person_id))
    session.execute(gone.execution_options(synchronize_session=False))
    record_events(session, [_membership_event(organisation_id, person_id, before, "")], by=by, at=at)
    end_delegations(session, organisation_id, person_id, by=by, at=at)


def member_addresses(session: Session) -> Mapping[int, Collection[str]]:
    """Return the e-mail addresses of each company's members, by company id."""
    query = select(MembershipRow.organisation_id, Person.email).join(Person, Person.id == MembershipRow.person_id)
    found: dict[int, list[str]] = {}
    for organisation_id, email in session.execute(query):
        found.setdefault(organisation_id, []).append(email)
    return found


def company_members(session: Session, *organisation_ids: int) -> tuple[CompanyMember, ...]:
    """Return the members of some companies, sorted by company and role, owners first."""
    m = MembershipRow
    rank = case({role: place for place, role in enumerate(MEMBER_ROLES)}, value=m.role)
    query = (
        select(
            m.person_id,
            m.organisation_id,
            Person.name,
            Person.email,
            Person.language,
            Person.active,
            m.role,
            m.since,
            Person.confirmed_at,
        )
        .join(Person, Person.id == m.person_id)
        .where(m.organisation_id.in_(organisation_ids))
        .order_by(m.organisation_id, rank, m.since, m.person_id)
    )
    return tuple(CompanyMember(*row) for row in session.execute(query))


def last_saves(session: Session, organisation_id: int) -> Mapping[int, datetime]:
    """Return when each person last saved a current answer of a company or of one merged into it, by person id."""
    query = (
        select(AnswerRow.by, func.max(AnswerRow.at))
        .join(Assessment, Assessment.id == AnswerRow.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
        .where(or_(Organisation.id == organisation_id, Organisation.merged_into == organisation_id))
        .where(AnswerRow.by.is_not(None))
        .group_by(AnswerRow.by)
    )
    return {person: at for person, at in session.execute(query) if person is not None}


def members_by_address(session: Session, organisation_id: int) -> Mapping[str, CompanyMember]:
    """Return the members of a company, by e-mail address."""
    return {one.email: one for one in company_members(session, organisation_id)}


def move_members(session: Session, organisation_id: int, *, into: int, by: int | None, at: datetime) -> None:
    """Move the members of a merged company, and its open join requests, to the remaining company.

    Owners of the merged company become owners of the remaining one only if it has none.
    """
    has_owner = bool(_owners(session, into))
    there = {member.person_id for member in company_members(session, into)}
    events = []
    for member in company_members(session, organisation_id):
        session.execute(delete(MembershipRow).where(*_is(organisation_id, member.person_id)))
        events.append(_membership_event(organisation_id, member.person_id, member.role, ""))
        if member.person_id not in there:
            role = USUAL_ROLE if has_owner and member.role == "owner" else member.role
            row = {"person_id": member.person_id, "organisation_id": into, "role": role, "since": at}
            session.execute(insert(MembershipRow).values(row))
            events.append(_membership_event(into, member.person_id, "", role))
            there.add(member.person_id)
    asked_there = {request.person_id for request in join_requests(session, organisation_id=into, state="open")}
    for request in join_requests(session, organisation_id=organisation_id, state="open"):
        changed = update(JoinRequestRow).where(JoinRequestRow.id == request.id)
        if request.person_id in there | asked_there:
            changed = changed.values(state="withdrawn", decided_by=by, decided_at=at)
        else:
            changed = changed.values(organisation_id=into)
        session.execute(changed.execution_options(synchronize_session=False))
    record_events(session, events, by=by, at=at)


def ask_to_join(session: Session, person_id: int, organisation_id: int, *, words: str, at: datetime) -> int:
    """Request to join a company, or the one that it was merged into. Return the id of the request.

    Raise NotFound, or AlreadyExists if the person is a member or has an open request.
    """
    query = select(func.coalesce(Organisation.merged_into, Organisation.id)).where(Organisation.id == organisation_id)
    target = session.scalar(query)
    if target is None:
        raise NotFound(f"no company {organisation_id}")
    lock_members(session, target)
    if session.scalar(select(exists().where(*_is(target, person_id)))):
        raise AlreadyExists(f"person {person_id} works for company {target} already")
    row = {"person_id": person_id, "organisation_id": target, "at": at, "words": storable_text(words).strip()}
    new = insert_unless_there(session, JoinRequestRow).values(**row, state="open", reason="")
    number = session.execute(new.returning(JoinRequestRow.id)).scalar_one_or_none()
    if number is None:
        raise AlreadyExists(f"person {person_id} has asked company {target} already")
    record_events(session, [_request_event(target, number, "", "open", "")], by=person_id, at=at)
    return int(number)


def answer_request(
    session: Session,
    request_id: int,
    *,
    accept: bool,
    role: str = USUAL_ROLE,
    reason: str,
    by: int | None,
    at: datetime,
) -> JoinRequest:
    """Accept or refuse a join request, and return it as answered. Raise NotFound, or AlreadyDecided."""
    state = "accepted" if accept else "refused"
    answered = _close_request(session, request_id, state, reason=reason, by=by, at=at)
    if accept and not session.scalar(select(exists().where(*_is(answered.organisation_id, answered.person_id)))):
        add_membership(session, answered.person_id, answered.organisation_id, role=role, by=by, at=at)
    return answered


def withdraw_request(session: Session, request_id: int, *, by: int, at: datetime) -> None:
    """Withdraw a join request of `by`. Raise NotFound, also for somebody else's request, or AlreadyDecided."""
    if not session.scalar(select(exists().where(JoinRequestRow.id == request_id, JoinRequestRow.person_id == by))):
        raise NotFound(f"no request {request_id}")
    _close_request(session, request_id, "withdrawn", reason="", by=by, at=at)


def join_requests(
    session: Session,
    *,
    organisation_id: int | None = None,
    person_id: int | None = None,
    request_id: int | None = None,
    state: str | None = None,
) -> tuple[JoinRequest, ...]:
    """Return the join requests that match all arguments given, the oldest first."""
    r = JoinRequestRow
    wanted = ((r.organisation_id, organisation_id), (r.person_id, person_id), (r.id, request_id), (r.state, state))
    return _select_requests(session, *(column == value for column, value in wanted if value is not None))


def requests_concerning(
    session: Session, person_id: int, *, owned: Collection[int]
) -> tuple[tuple[JoinRequest, ...], tuple[JoinRequest, ...]]:
    """Return the join requests that a person made, and the open ones to companies that they own, the oldest first."""
    r = JoinRequestRow
    found = _select_requests(
        session, or_(r.person_id == person_id, and_(r.state == "open", r.organisation_id.in_(owned)))
    )
    made = tuple(one for one in found if one.person_id == person_id)
    return made, tuple(one for one in found if one.state == "open" and one.organisation_id in owned)


def _select_requests(session: Session, *which: ColumnElement[bool]) -> tuple[JoinRequest, ...]:
    r = JoinRequestRow
    query = (
        select(
            r.id,
            r.person_id,
            Person.name,
            Person.email,
            r.organisation_id,
            Organisation.name,
            r.at,
            r.words,
            r.state,
            r.decided_at,
            r.reason,
        )
        .join(Person, Person.id == r.person_id)
        .join(Organisation, Organisation.id == r.organisation_id)
        .where(*which)
        .order_by(r.id)
    )
    return tuple(JoinRequest(*row) for row in session.execute(query))


def _close_request(
    session: Session, request_id: int, state: str, *, reason: str, by: int | None, at: datetime
) -> JoinRequest:
    said = storable_text(reason).strip()
    asked = session.scalar(select(JoinRequestRow.organisation_id).where(JoinRequestRow.id == request_id))
    if asked is not None:
        lock_members(session, asked)  # before the request, as when a company is erased or merged
    closed = update(JoinRequestRow).where(JoinRequestRow.id == request_id, JoinRequestRow.state == "open")
    closed = closed.values(state=state, decided_by=by, decided_at=at, reason=said).returning(JoinRequestRow.id)
    is_closed = session.execute(closed.execution_options(synchronize_session=False)).first() is not None
    found = join_requests(session, request_id=request_id)
    if not found:
        raise NotFound(f"no request {request_id}")
    if not is_closed:
        raise AlreadyDecided(f"the request of {found[0].name} was decided meanwhile: it is {found[0].state}")
    record_events(session, [_request_event(found[0].organisation_id, request_id, "open", state, said)], by=by, at=at)
    return found[0]


def _member_to_change(session: Session, organisation_id: int, person_id: int, *, stays_owner: bool) -> str:
    """Return the role of a member before it is changed, locking the members. Raise NotFound, or LastOwner."""
    lock_members(session, organisation_id)
    role = session.scalar(select(MembershipRow.role).where(*_is(organisation_id, person_id)))
    if role is None:
        raise NotFound(f"person {person_id} does not work for company {organisation_id}")
    if role == "owner" and not stays_owner and len(_owners(session, organisation_id)) == 1:
        raise LastOwner("a company keeps at least one owner: make somebody else an owner first")
    return role


def lock_members(session: Session, organisation_id: int) -> None:
    """Lock the members of a company until the commit. Raise NotFound, also for an erased company."""
    here = Organisation.id == organisation_id, Organisation.erased_at.is_(None)
    locked = update(Organisation).where(*here).values(name=Organisation.name)
    locked = locked.returning(Organisation.id).execution_options(synchronize_session=False)
    if session.execute(locked).first() is None:
        raise NotFound(f"no company {organisation_id}")


def _owners(session: Session, organisation_id: int) -> Sequence[int]:
    query = select(MembershipRow.person_id).where(MembershipRow.organisation_id == organisation_id)
    return session.scalars(query.where(MembershipRow.role == "owner")).all()


def lost_owners(session: Session, organisation_id: int, *, since: datetime) -> tuple[int, ...]:
    """Return the ids of people whose owner role somebody else took away since then, and who are not owners again."""
    e, begin = TrailEntry, f"organisation/{organisation_id}/member/"
    taken = (e.what == "membership", e.before == "owner", e.after != "owner", e.at >= since)
    rows = session.execute(select(e.subject, e.who).where(e.subject.startswith(begin), *taken))
    lost = {(int(row.subject.removeprefix(begin)), row.who) for row in rows}
    return tuple(sorted({person for person, by in lost if person != by} - set(_owners(session, organisation_id))))


def _tied_by(session: Session, person_id: int) -> list[int] | None:
    """Return the people whose independence a change of this person's memberships can end. None: anybody's.

    It is anybody's if the person owns several companies, which are then linked.
    """
    owned = select(func.count()).where(MembershipRow.person_id == person_id, MembershipRow.role == "owner")
    return None if (session.scalar(owned) or 0) > 1 else [person_id]


def _is(organisation_id: int, person_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return MembershipRow.organisation_id == organisation_id, MembershipRow.person_id == person_id


def _membership_event(organisation_id: int, person_id: int, before: str, after: str) -> TrailEvent:
    return TrailEvent("membership", f"organisation/{organisation_id}/member/{person_id}", before, after)


def _request_event(organisation_id: int, request_id: int, before: str, after: str, reason: str) -> TrailEvent:
    said = "\n".join(part for part in (after, reason) if part)
    return TrailEvent("membership", f"organisation/{organisation_id}/request/{request_id}", before, said)

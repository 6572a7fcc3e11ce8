"""Colleagues' invitations: a link with which one person can join a company, once, with a role.

Only the digest of the link's token is stored. An invitation with an e-mail address is for the account of that address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text, text_digest
from compliance.store.company_models import ColleagueInvitationRow
from compliance.store.exceptions import AlreadyDecided, AlreadyExists, NotFound
from compliance.store.member_roles import MEMBER_ROLES
from compliance.store.memberships import (
    add_membership,
    answer_request,
    join_requests,
    lock_members,
    members_by_address,
)
from compliance.store.models import Organisation, Person, PersonRole
from compliance.store.people_and_roles import set_roles

INVITATION_DAYS = 14


@dataclass(frozen=True, slots=True)
class ColleagueInvitation:
    """A stored invitation."""

    id: int
    organisation_id: int
    organisation: str
    status: str  # of the company
    email: str  # "": anybody with the link can accept
    role: str
    words: str
    by_name: str  # "": invited from the command line
    at: datetime
    expires_at: datetime
    state: str  # open, accepted, withdrawn
    decided_by: int | None

    def is_open(self, at: datetime) -> bool:
        """Tell whether it can be accepted."""
        return self.state == "open" and at < self.expires_at


def invite_colleague(
    session: Session,
    organisation_id: int,
    *,
    token: str,
    email: str,
    role: str,
    words: str,
    by: int | None,
    at: datetime,
) -> bool:
    """Invite the person with an e-mail address or, with "", anybody who has the link.

    Return False if this token was used for an invitation before. Raise ValueError for an unknown role, NotFound, or
    AlreadyExists if the person is a member of the company or is invited already.
    """
    if role not in MEMBER_ROLES:
        raise ValueError(f"no such role in a company: {role}")
    lock_members(session, organisation_id)
    if _select(session, ColleagueInvitationRow.digest == text_digest(token)):
        return False
    address = storable_text(email).strip().lower()
    if address and address in members_by_address(session, organisation_id):
        raise AlreadyExists(f"{address} belongs to company {organisation_id} already")
    if address and any(one.email == address for one in colleague_invitations(session, organisation_id, at=at)):
        raise AlreadyExists(f"{address} is invited to company {organisation_id} already")
    row = ColleagueInvitationRow(
        organisation_id=organisation_id,
        digest=text_digest(token),
        email=address,
        role=role,
        words=storable_text(words).strip(),
        by=by,
        at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
        state="open",
    )
    session.add(row)
    session.flush()
    # Without the address, as trail entries stay for good and the row does not.
    _note(session, organisation_id, row.id, "", f"open\n{role}", by=by, at=at)
    return True


def colleague_invitations(session: Session, organisation_id: int, *, at: datetime) -> tuple[ColleagueInvitation, ...]:
    """Return the invitations to a company that can still be accepted, the latest first."""
    c = ColleagueInvitationRow
    return _select(session, c.organisation_id == organisation_id, c.state == "open", c.expires_at > at)


def invitation_of_token(session: Session, token: str) -> ColleagueInvitation:
    """Return the invitation of a link, in whatever state. Raise NotFound."""
    found = _select(session, ColleagueInvitationRow.digest == text_digest(storable_text(token)))
    if not found:
        raise NotFound("no invitation has this token")
    return found[0]


def withdraw_invitation(
    session: Session, organisation_id: int, invitation_id: int, *, by: int | None, at: datetime
) -> None:
    """Withdraw an invitation. Raise NotFound, or AlreadyDecided if it was accepted or withdrawn meanwhile."""
    if not _select(
        session, ColleagueInvitationRow.id == invitation_id, ColleagueInvitationRow.organisation_id == organisation_id
    ):
        raise NotFound(f"no invitation {invitation_id} to company {organisation_id}")
    lock_members(session, organisation_id)
    _close(session, organisation_id, invitation_id, "withdrawn", by=by, at=at)


def accept_invitation(session: Session, token: str, *, person_id: int, at: datetime) -> ColleagueInvitation:
    """Make a person a member of the company that invited them, with the role of the invitation, and return it.

    Raise NotFound if there is none or it is for another address, AlreadyDecided if it is used, withdrawn or expired or
    the company was merged, or AlreadyExists if they are a member already.
    """
    found = invitation_of_token(session, token)
    address = session.scalar(select(Person.email).where(Person.id == person_id))
    if found.email and found.email != address:
        raise NotFound(f"invitation {found.id} is for another address")
    lock_members(session, found.organisation_id)
    if not found.is_open(at) or found.status == "merged":
        raise AlreadyDecided(f"invitation {found.id} is {found.state}, and was open until {found.expires_at}")
    _close(session, found.organisation_id, found.id, "accepted", by=person_id, at=at)
    held = set(session.scalars(select(PersonRole.role).where(PersonRole.person_id == person_id)))
    set_roles(session, person_id, held | {"company"}, by=person_id, at=at)
    add_membership(session, person_id, found.organisation_id, role=found.role, by=person_id, at=at)
    for asked in join_requests(session, organisation_id=found.organisation_id, person_id=person_id, state="open"):
        answer_request(session, asked.id, accept=True, reason="", by=person_id, at=at)
    return found


def _select(session: Session, *which: ColumnElement[bool]) -> tuple[ColleagueInvitation, ...]:
    c = ColleagueInvitationRow
    query = (
        select(
            c.id,
            c.organisation_id,
            Organisation.name,
            Organisation.status,
            c.email,
            c.role,
            c.words,
            func.coalesce(Person.name, ""),
            c.at,
            c.expires_at,
            c.state,
            c.decided_by,
        )
        .join(Organisation, Organisation.id == c.organisation_id)
        .outerjoin(Person, Person.id == c.by)
        .where(*which)
        .order_by(c.id.desc())
    )
    rows: Iterable[Sequence[Any]] = session.execute(query)
    return tuple(ColleagueInvitation(*row) for row in rows)


def _close(
    session: Session, organisation_id: int, invitation_id: int, state: str, *, by: int | None, at: datetime
) -> None:
    c = ColleagueInvitationRow
    closed = update(c).where(c.id == invitation_id, c.state == "open")
    closed = closed.values(state=state, decided_by=by, decided_at=at).returning(c.id)
    if session.execute(closed.execution_options(synchronize_session=False)).first() is None:
        raise AlreadyDecided(f"invitation {invitation_id} was decided meanwhile")
    _note(session, organisation_id, invitation_id, "open", state, by=by, at=at)


def _note(
    session: Session, organisation_id: int, number: int, before: str, after: str, *, by: int | None, at: datetime
) -> None:
    subject = f"organisation/{organisation_id}/invitation/{number}"
    record_events(session, [TrailEvent("membership", subject, before, after)], by=by, at=at)

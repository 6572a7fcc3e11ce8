"""Requests to delete a company that has several owners, which any of them can cancel for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.exceptions import StoreError
from compliance.store.models import Organisation, Person, TrailEntry

#: How long the owners of a company can cancel the deletion that one of them requested.
TIME_TO_UNDO = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class CompanyErasureRequest:
    """An owner's request to delete a company, which nobody has cancelled."""

    organisation_id: int
    by: int | None
    name: str  # of that owner, as it is now
    at: datetime  # of the request
    until: datetime  # the time until which any owner can cancel it


class DeletionDue(StoreError):
    """A company is to be deleted, so it cannot be merged until the deletion is cancelled."""

    def __init__(self, company: str, until: datetime) -> None:
        super().__init__(f"{company} will be deleted on {until.date()}: cancel the deletion before merging")
        self.company, self.until = company, until


def ask_company_erasure(session: Session, organisation_id: int, *, by: int, at: datetime) -> bool:
    """Request that a company be deleted after `TIME_TO_UNDO`. Return False if somebody has requested it already.

    Until then, any owner or a steward can cancel it. If the other owners had to consent instead, one who never answers,
    for example after leaving the company, could prevent the deletion for good.
    """
    here = (Organisation.id == organisation_id, Organisation.erased_at.is_(None), Organisation.merged_into.is_(None))
    return _note_request(session, organisation_id, (*here, Organisation.erasure_asked_at.is_(None)), at, by=by, at=at)


def undo_company_erasure(session: Session, organisation_id: int, *, by: int, at: datetime) -> bool:
    """Cancel the deletion of a company. Return False if none was requested."""
    asked = (Organisation.id == organisation_id, Organisation.erasure_asked_at.is_not(None))
    return _note_request(session, organisation_id, asked, None, by=by, at=at)


def _note_request(
    session: Session, organisation_id: int, where: Sequence[Any], asked_at: datetime | None, *, by: int, at: datetime
) -> bool:
    changed = update(Organisation).where(*where).values(erasure_asked_at=asked_at).returning(Organisation.id)
    if session.execute(changed.execution_options(synchronize_session=False)).first() is None:
        return False
    words = ("", "asked for") if asked_at else ("asked for", "")
    record_events(session, [TrailEvent("erasure", _asked_subject(organisation_id), *words)], by=by, at=at)
    return True


def _asked_subject(organisation_id: int) -> str:
    return f"organisation/{organisation_id}/erasure"


def company_erasure_request(session: Session, organisation_id: int) -> CompanyErasureRequest | None:
    """Return the open request to delete a company, or None. A merged company has none."""
    here = Organisation.id == organisation_id, Organisation.merged_into.is_(None)
    begun = session.scalar(select(Organisation.erasure_asked_at).where(*here))
    if begun is None:
        return None
    noted = select(Person.id, Person.name, TrailEntry.at).join(TrailEntry, TrailEntry.who == Person.id)
    noted = noted.where(TrailEntry.subject == _asked_subject(organisation_id)).order_by(TrailEntry.id.desc()).limit(1)
    who = session.execute(noted).first()
    by, name, at = who or (None, "", begun)
    return CompanyErasureRequest(organisation_id, by, name, at, begun + TIME_TO_UNDO)


def take_due_company_erasure(session: Session, *, at: datetime) -> CompanyErasureRequest | None:
    """Return a deletion request whose time to cancel is over, locked until the commit, or None."""
    o = Organisation
    due = (o.erasure_asked_at <= at - TIME_TO_UNDO, o.erased_at.is_(None), o.merged_into.is_(None))
    number = session.scalar(select(o.id).where(*due).order_by(o.id).limit(1))  # a read, which waits for no writer
    if number is None:
        return None
    held = update(o).where(o.id == number, *due).values(name=o.name).returning(o.id)
    taken = session.execute(held.execution_options(synchronize_session=False)).first()
    return company_erasure_request(session, number) if taken else None


def renew_company_requests(session: Session, *, at: datetime) -> tuple[int, ...]:
    """Restart the time to cancel all open deletion requests. Return the ids of their companies.

    Called after a backup is restored, since a request in it may have been cancelled later.
    """
    o = Organisation
    open_ones = update(o).where(o.erasure_asked_at.is_not(None), o.merged_into.is_(None)).values(erasure_asked_at=at)
    renewed = session.scalars(open_ones.returning(o.id).execution_options(synchronize_session=False)).all()
    events = [TrailEvent("erasure", _asked_subject(number), "asked for", "asked for") for number in sorted(renewed)]
    record_events(session, events, by=None, at=at)
    return tuple(sorted(renewed))

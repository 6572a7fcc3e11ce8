"""The outbox: mails that wait to be sent, taken by lease so that no two processes send the same one.

A mail is queued in the transaction of what it reports, and sent once that is committed. A worker takes what is due
under a lease; if it dies, the lease expires and another worker takes the mail. Mails that are not urgent are collected:
a digest is one mail with everything that waits for an address, at most once in 24 hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import NotFound
from compliance.store.models import Person
from compliance.store.transactions import insert_unless_there, take_lock
from compliance.store.work_models import MailOptOut, OutboxMail

#: How long a digest waits for more mails, and the least time between two digests.
DIGEST_DELAY, DIGEST_INTERVAL = timedelta(hours=1), timedelta(days=1)
#: How long a lease lasts. A worker that has not sent the mail by then is taken to be dead.
LEASE = timedelta(minutes=5)
#: The pause after the first failure, which doubles with each; the longest pause; and when to give up.
FIRST_PAUSE, LONGEST_PAUSE, GIVE_UP_AFTER = timedelta(minutes=1), timedelta(hours=4), timedelta(days=4)
_LOCK = 34_1991

_WAITING = and_(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None))


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A queued mail. Its body does not include the frame that all mails share."""

    id: int
    kind: str
    to: str
    language: str
    person_id: int | None
    subject: str
    text: str
    html: str
    urgency: str  # security, notice, digest
    queued_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Mails taken under one lease to be sent together: a single mail, or those of a digest."""

    mails: tuple[QueuedMail, ...]
    lease: str

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the mails."""
        return tuple(mail.id for mail in self.mails)


def add_mail(
    session: Session,
    *,
    kind: str,
    to: str,
    language: str,
    person_id: int | None,
    subject: str,
    text: str,
    html: str,
    urgency: str,
    optional: bool = True,
    at: datetime,
) -> int | None:
    """Queue a mail and return its id, or None if it is optional and the person has switched this kind off.

    `person_id`: if None, the person with this address, if there is one.
    """
    address = storable_text(to).strip().lower()
    person = person_id if person_id is not None else session.scalar(select(Person.id).where(Person.email == address))
    if optional and urgency != "security" and person is not None and kind in switched_off(session, person):
        return None
    row = {
        "kind": kind,
        "to": address,
        "language": language,
        "person_id": person,
        "subject": storable_text(subject),
        "text": storable_text(text),
        "html": storable_text(html),
        "urgency": urgency,
        "queued_at": at,
        "not_before": at + DIGEST_DELAY if urgency == "digest" else at,
        "tries": 0,
        "last_error": "",
        "lease": "",
    }
    return session.execute(insert(OutboxMail).values(row).returning(OutboxMail.id)).scalar_one()


def take_delivery(session: Session, *, at: datetime) -> Delivery | None:
    """Take what is due next under a lease, or return None if nothing is. Committed by the caller before it is sent."""
    if _next_due(session, at) is None:  # a read, which waits for no writer
        return None
    take_lock(session, _LOCK)
    first = _next_due(session, at)
    if first is None:
        return None
    lease, same = uuid4().hex, OutboxMail.id == first.id
    if first.urgency == "digest":
        same = and_(OutboxMail.urgency == "digest", OutboxMail.to == first.to, _WAITING)
    taken = update(OutboxMail).where(same).values(lease=lease, leased_until=at + LEASE)
    session.execute(taken.execution_options(synchronize_session=False))
    rows = session.execute(_select_mails().where(OutboxMail.lease == lease).order_by(OutboxMail.id))
    return Delivery(tuple(QueuedMail(*row) for row in rows), lease)


def mark_sent(session: Session, delivery: Delivery, *, at: datetime) -> None:
    """Mark a delivery as sent, and delete subject and text of its mails."""
    done = {"sent_at": at, "subject": "", "text": "", "html": "", "last_error": "", "lease": "", "leased_until": None}
    _update(session, delivery.ids, delivery.lease, done)


def mark_failed(session: Session, delivery: Delivery, *, error: str, at: datetime, for_good: bool = False) -> None:
    """Record why a delivery failed. It is tried again after a growing pause, or given up after some days.

    `for_good`: the server has refused it permanently, so it is given up at once.
    """
    for mail in delivery.mails:
        failed = {"tries": mail.tries + 1, "last_error": error, "lease": "", "leased_until": None}
        if for_good or at - mail.queued_at >= GIVE_UP_AFTER:
            failed["given_up_at"] = at
        else:
            failed["not_before"] = at + min(FIRST_PAUSE * 2 ** min(mail.tries, 20), LONGEST_PAUSE)
        _update(session, [mail.id], delivery.lease, failed)


def delete_old_mails(session: Session, *, before: datetime) -> None:
    """Delete the rows of mails that were sent or given up before a moment."""
    ended = or_(OutboxMail.sent_at < before, OutboxMail.given_up_at < before)
    if session.scalar(select(exists().where(ended))):
        session.execute(delete(OutboxMail).where(ended).execution_options(synchronize_session=False))


@dataclass(frozen=True, slots=True)
class UndeliveredMail:
    """A mail that could not be sent so far, without subject and text."""

    id: int
    kind: str
    to: str
    queued_at: datetime
    tries: int
    error: str
    given_up: bool


def undelivered_mails(session: Session) -> tuple[UndeliveredMail, ...]:
    """Return all mails that could not be sent so far, the latest first."""
    m = OutboxMail
    columns = (m.id, m.kind, m.to, m.queued_at, m.tries, m.last_error, m.given_up_at.is_not(None))
    query = select(*columns).where(m.sent_at.is_(None), m.tries > 0).order_by(m.id.desc())
    return tuple(UndeliveredMail(*row) for row in session.execute(query))


def given_up_count(session: Session) -> int:
    """Count the mails that were given up."""
    return session.scalar(select(func.count()).where(OutboxMail.given_up_at.is_not(None))) or 0


def waiting_mail_count(session: Session) -> int:
    """Count the mails that are neither sent nor given up."""
    return session.scalar(select(func.count()).select_from(OutboxMail).where(_WAITING)) or 0


def send_again(session: Session, mail_id: int, *, at: datetime) -> None:
    """Queue a mail again, as if it were new. Raise NotFound if it was sent."""
    again = update(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.sent_at.is_(None))
    again = again.values(given_up_at=None, not_before=at, queued_at=at)
    if session.execute(again.returning(OutboxMail.id).execution_options(synchronize_session=False)).first() is None:
        raise NotFound(f"no mail {mail_id} waits to be sent")


def switched_off(session: Session, person_id: int) -> frozenset[str]:
    """Return the kinds of mail that a person has switched off."""
    return frozenset(session.scalars(select(MailOptOut.kind).where(MailOptOut.person_id == person_id)))


def switch_mail(session: Session, person_id: int, wanted: Mapping[str, bool], *, at: datetime) -> None:
    """Switch kinds of mail on or off for a person, recording each change in the trail. Raise NotFound."""
    known = update(Person).where(Person.id == person_id).values(active=Person.active).returning(Person.id)
    if session.execute(known.execution_options(synchronize_session=False)).first() is None:
        raise NotFound(f"no person {person_id}")
    off = switched_off(session, person_id)
    changed = {kind: on for kind, on in wanted.items() if on == (kind in off)}
    for kind, on in changed.items():
        row = {"person_id": person_id, "kind": kind, "at": at}
        if on:
            gone = delete(MailOptOut).where(MailOptOut.person_id == person_id, MailOptOut.kind == kind)
            session.execute(gone.execution_options(synchronize_session=False))
        else:
            session.execute(insert_unless_there(session, MailOptOut, ["person_id", "kind"]).values(row))
    words = {True: "on", False: "off"}
    entries = [
        TrailEvent("mail", f"person/{person_id}/mail/{kind}", words[not on], words[on]) for kind, on in changed.items()
    ]
    record_events(session, entries, by=person_id, at=at)


def _select_mails() -> Select[*tuple[Any, ...]]:
    m = OutboxMail
    columns = (m.id, m.kind, m.to, m.language, m.person_id, m.subject, m.text, m.html, m.urgency, m.queued_at, m.tries)
    return select(*columns)


def _next_due(session: Session, at: datetime) -> Any:
    """Return the next mail that is due (id, urgency, to), or None. Security mails come first, digests last."""
    m, other = OutboxMail, aliased(OutboxMail)
    under_way = and_(other.sent_at.is_(None), other.leased_until >= at)
    too_soon = exists().where(
        other.to == m.to, other.urgency == "digest", or_(other.sent_at > at - DIGEST_INTERVAL, under_way)
    )
    due = and_(_WAITING, m.not_before <= at, or_(m.leased_until.is_(None), m.leased_until < at))
    query = select(m.id, m.urgency, m.to).where(due, or_(m.urgency != "digest", ~too_soon))
    order = case({"security": 0, "notice": 1}, value=m.urgency, else_=2)
    return session.execute(query.order_by(order, m.not_before, m.id).limit(1)).first()


def _update(session: Session, ids: Sequence[int], lease: str, values: Mapping[str, object]) -> None:
    mine = update(OutboxMail).where(OutboxMail.id.in_(ids), OutboxMail.lease == lease).values(values)
    session.execute(mine.execution_options(synchronize_session=False))

"""Sessions of people who are signed in: how they begin, are seen, listed and ended.

The cookie of a browser holds a random token, and the database only its hash. A session is valid while its row exists,
was last seen within the idle limit, and began within the absolute limit. A change of the person's session mark (by a
new password, or by making them inactive) ends all their sessions.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.models import Person
from compliance.store.people_and_roles import PEOPLE, LoginAccount, first_account
from compliance.store.sign_in_models import SignInSession

#: How long after signing in a session ends in any case.
ABSOLUTE_LIMIT = timedelta(hours=12)
#: The least time between two updates of when a session was last seen.
SEEN_INTERVAL = timedelta(minutes=10)


#: Select of the person with a session mark and a valid session with a token. It runs for every page of a person.
_HAS_SESSION = PEOPLE.where(
    Person.fs_uniquifier == bindparam("mark"),
    Person.id.in_(
        select(SignInSession.person_id)
        .where(SignInSession.token_hash == bindparam("token"))
        .where(SignInSession.created_at >= bindparam("begun"), SignInSession.seen_at >= bindparam("seen"))
    ),
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An open session of a person, in terms that they can recognise."""

    id: int
    created_at: datetime
    seen_at: datetime
    browser: str  # "Firefox, Windows"; "" if unknown
    network: str  # the first part of the network address; "" if unknown
    is_this: bool  # whether it is the session of this request


def begin_session(
    session: Session, person_id: int, token: str, *, browser: str, network: str, at: datetime, idle: timedelta
) -> None:
    """Begin a session with a secret token. Sessions that are over, of anybody, are removed."""
    over = (SignInSession.created_at < at - ABSOLUTE_LIMIT) | (SignInSession.seen_at < at - idle)
    session.execute(delete(SignInSession).where(over).execution_options(synchronize_session=False))
    values = {"token_hash": _hashed(token), "person_id": person_id, "created_at": at, "seen_at": at}
    session.execute(insert(SignInSession).values(values | {"browser": browser, "network": network}))


def session_account(
    session: Session, token: str, session_mark: str, *, at: datetime, idle: timedelta
) -> LoginAccount | None:
    """Return the person of a session, or None if it is over, was ended, or has another mark than the person."""
    values = {"mark": session_mark, "token": _hashed(token), "begun": at - ABSOLUTE_LIMIT, "seen": at - idle}
    return first_account(session, _HAS_SESSION, values)


def note_seen(session: Session, token: str, *, at: datetime) -> None:
    """Update when a session was last seen, unless that was less than `SEEN_INTERVAL` ago."""
    seen = update(SignInSession).where(
        SignInSession.token_hash == _hashed(token), SignInSession.seen_at <= at - SEEN_INTERVAL
    )
    session.execute(seen.values(seen_at=at).execution_options(synchronize_session=False))


def open_sessions(
    session: Session, person_id: int, token: str, *, at: datetime, idle: timedelta
) -> tuple[OpenSession, ...]:
    """Return the open sessions of a person, the most recently used first."""
    rows = session.scalars(
        select(SignInSession)
        .where(SignInSession.person_id == person_id)
        .where(SignInSession.created_at >= at - ABSOLUTE_LIMIT, SignInSession.seen_at >= at - idle)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    )
    own = _hashed(token)
    return tuple(
        OpenSession(row.id, row.created_at, row.seen_at, row.browser, row.network, row.token_hash == own)
        for row in rows
    )


def end_session(session: Session, token: str) -> None:
    """End the session of a token, if there is one."""
    _end(session, SignInSession.token_hash == _hashed(token))


def end_session_of(session: Session, person_id: int, session_id: int) -> None:
    """End one session of a person, if it is theirs."""
    _end(session, (SignInSession.person_id == person_id) & (SignInSession.id == session_id))


def end_other_sessions(session: Session, person_id: int, token: str) -> None:
    """End all sessions of a person except the one of this token."""
    _end(session, (SignInSession.person_id == person_id) & (SignInSession.token_hash != _hashed(token)))


def _end(session: Session, which: object) -> None:
    session.execute(delete(SignInSession).where(which).execution_options(synchronize_session=False))  # type: ignore[arg-type]


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

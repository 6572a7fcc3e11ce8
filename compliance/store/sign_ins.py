"""What signing in needs to know of a person, and what it may change: the password, and the end of all sessions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compliance.store.tables import Organisation, Person, PersonRole
from compliance.store.trail import Entry, note


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as they are met at the door."""

    id: int
    email: str
    name: str
    language: str
    active: bool
    password_hash: str | None  # none: cannot sign in with a password
    session_mark: str  # kept in the session cookie; a new one ends every session
    organisation_id: int | None
    organisation: str
    roles: frozenset[str]


def person_at_door(
    session: Session, *, email: str | None = None, session_mark: str | None = None
) -> KnownPerson | None:
    """The person of an e-mail address, in any case of letters, or of a session; None if there is none."""
    same = Person.email == email.strip().lower() if email is not None else Person.fs_uniquifier == session_mark
    query = (
        select(Person, Organisation.name, PersonRole.role)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(PersonRole, PersonRole.person_id == Person.id)
        .where(same)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    person, organisation, _ = rows[0]
    return KnownPerson(
        person.id,
        person.email,
        person.name,
        person.language,
        person.active,
        person.password_hash,
        person.fs_uniquifier,
        person.organisation_id,
        organisation or "",
        frozenset(role for _, _, role in rows if role),
    )


def set_password(
    session: Session,
    person_id: int,
    *,
    password_hash: str | None,
    session_mark: str,
    at: datetime,
    by: int | None = None,
) -> None:
    """A new password, or the same one hashed anew. Whoever is signed in with another mark is signed out.

    `by`: who set it, if not the person.
    """
    changed = update(Person).where(Person.id == person_id, Person.fs_uniquifier != session_mark)
    changed = changed.values(password_hash=password_hash, fs_uniquifier=session_mark)
    if session.execute(changed.returning(Person.id).execution_options(synchronize_session=False)).first():
        note(session, [Entry("person", f"person/{person_id}/password", "", "changed")], by=by or person_id, at=at)
        return
    again = update(Person).where(Person.id == person_id).values(password_hash=password_hash)
    session.execute(again.execution_options(synchronize_session=False))

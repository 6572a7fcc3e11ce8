"""Companies, the people who sign in for them, their roles and passwords."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.companies import add_organisation
from compliance.store.company_models import MembershipRow
from compliance.store.exceptions import AlreadyExists, NotFound
from compliance.store.memberships import Membership, add_membership
from compliance.store.models import ROLES, Organisation, Person, PersonRole
from compliance.store.sign_in_models import SignInSession
from compliance.store.transactions import insert_unless_there


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their roles and memberships."""

    id: int
    email: str
    name: str
    language: str
    active: bool
    memberships: tuple[Membership, ...]  # the first joined first
    roles: frozenset[str]

    @property
    def organisation_id(self) -> int | None:
        """The company that they joined first, or None."""
        return self.memberships[0].organisation_id if self.memberships else None

    @property
    def organisation(self) -> str:
        """The name of the company that they joined first, or nothing."""
        return self.memberships[0].organisation if self.memberships else ""


@dataclass(frozen=True, slots=True)
class LoginAccount(Member):
    """A person who signs in."""

    password_hash: str | None = field(repr=False)  # none: cannot sign in with a password
    session_mark: str = field(repr=False)  # kept in the session cookie; a new one ends every session
    first_password: bool  # somebody else knows it: to be changed before anything else
    demonstration: bool  # an invented person
    confirmed: bool  # the e-mail address is theirs, as far as anybody knows


def register_company(
    session: Session,
    *,
    organisation: str,
    name: str,
    email: str,
    password_hash: str | None,
    at: datetime,
    language: str = "en",
    demonstration: bool = False,
    status: str = "pending",
    website_domain: str = "",
    lei: str = "",
    address_confirmed: bool = False,
) -> Member:
    """Add a company and its owner. Raise AlreadyExists if the e-mail address is taken."""
    organisation_id = add_organisation(
        session,
        organisation,
        at=at,
        demonstration=demonstration,
        status=status,
        website_domain=website_domain,
        lei=lei,
    )
    return add_person(
        session,
        email=email,
        name=name,
        password_hash=password_hash,
        roles=["company"],
        organisation_id=organisation_id,
        language=language,
        address_confirmed=address_confirmed,
        by=None,
        at=at,
        demonstration=demonstration,
    )


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    roles: Iterable[str],
    by: int | None,
    at: datetime,
    organisation_id: int | None = None,
    language: str = "en",
    first_password: bool = False,
    demonstration: bool = False,
    address_confirmed: bool = False,
) -> Member:
    """Add a person, who becomes the owner of their company if it has none. Raise AlreadyExists if the address is taken.

    `first_password`: somebody else knows the password, so it must be changed at the first sign-in.
    """
    values = {
        "email": storable_text(email).strip().lower(),
        "name": storable_text(name).strip(),
        "language": language,
        "password_hash": password_hash,
        "active": True,
        "fs_uniquifier": new_session_mark(),
        "confirmed_at": at if address_confirmed else None,
        "created_at": at,
        "first_password": first_password,
        "demonstration": demonstration,
    }
    new = insert_unless_there(session, Person, ["email"]).values(values).returning(Person.id)
    person_id = session.execute(new).scalar_one_or_none()
    if person_id is None:
        raise AlreadyExists(f"{values['email']} is registered already")
    set_roles(session, person_id, roles, by=by, at=at)
    if organisation_id is not None:
        add_membership(session, person_id, organisation_id, by=by, at=at)
    return member(session, person_id)


def set_roles(session: Session, person_id: int, roles: Iterable[str], *, by: int | None, at: datetime) -> None:
    """Give a person these roles and no others. Raise NotFound, or ValueError for an unknown role."""
    # The update only takes the lock, so that two stewards cannot both read and then both write.
    locked = update(Person).where(Person.id == person_id).values(active=Person.active).returning(Person.id)
    if session.execute(locked.execution_options(synchronize_session=False)).first() is None:
        raise NotFound(f"no person {person_id}")
    wanted = set(roles)
    if unknown := wanted - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}")
    held = set(session.scalars(select(PersonRole.role).where(PersonRole.person_id == person_id)))
    if held - wanted:
        gone = delete(PersonRole).where(PersonRole.person_id == person_id, PersonRole.role.in_(held - wanted))
        session.execute(gone.execution_options(synchronize_session=False))
    if wanted - held:
        session.execute(insert(PersonRole), [{"person_id": person_id, "role": role} for role in sorted(wanted - held)])
    if wanted != held:
        change = TrailEvent("role", f"person/{person_id}", " ".join(sorted(held)), " ".join(sorted(wanted)))
        record_events(session, [change], by=by, at=at)


def set_active(session: Session, person_id: int, active: bool, *, by: int | None, at: datetime) -> None:
    """Make a person active or inactive, which decides whether they can sign in, and end their sessions.

    Raise NotFound.
    """
    fresh = update(Person).where(Person.id == person_id, Person.active != active)
    fresh = fresh.values(active=active, fs_uniquifier=new_session_mark())
    changed = session.execute(fresh.returning(Person.id).execution_options(synchronize_session=False)).first()
    if changed:
        words = {True: "active", False: "inactive"}
        change = TrailEvent("person", f"person/{person_id}/active", words[not active], words[active])
        _end_sessions(session, person_id)
        record_events(session, [change], by=by, at=at)
    else:
        member(session, person_id)


def new_session_mark() -> str:
    """Return a new session mark of 128 bits. Sessions with a person's earlier mark are over."""
    return token_hex(16)


def _end_sessions(session: Session, person_id: int) -> None:
    """Remove the sessions of a person whose mark has changed, which no longer count."""
    gone = delete(SignInSession).where(SignInSession.person_id == person_id)
    session.execute(gone.execution_options(synchronize_session=False))


def member(session: Session, person_id: int) -> Member:
    """Return one person. Raise NotFound."""
    found = _select_members(session, Person.id == person_id)
    if not found:
        raise NotFound(f"no person {person_id}")
    return found[0]


def members(session: Session, *, role: str | None = None) -> tuple[Member, ...]:
    """Return all people, or those with a role, by name."""
    if role is None:
        return _select_members(session)
    return _select_members(session, Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == role)))


def members_by_id(session: Session, ids: Collection[int]) -> Mapping[int, Member]:
    """Return these people, by id."""
    return {one.id: one for one in _select_members(session, Person.id.in_(ids))} if ids else {}


def is_empty(session: Session) -> bool:
    """Tell whether there are no people and no companies, which demonstration data requires."""
    return not session.scalar(select(exists(select(Person.id)) | exists(select(Organisation.id))))


def login_account(
    session: Session, *, email: str | None = None, session_mark: str | None = None, person_id: int | None = None
) -> LoginAccount | None:
    """Return the person with an e-mail address (ignoring case), a session mark or an id, or None."""
    if email is not None:
        same = Person.email == email.strip().lower()
    else:
        same = Person.fs_uniquifier == session_mark if person_id is None else Person.id == person_id
    return first_account(session, PEOPLE.where(same))


def first_account(
    session: Session, people: Select[*tuple[Any, ...]], values: Mapping[str, object] | None = None
) -> LoginAccount | None:
    """Return the account of the first person selected, or None.

    `people`: PEOPLE with conditions. `values`: its bound parameters.
    """
    for row, known in _each_person(session, people, values):
        return LoginAccount(
            **known,
            password_hash=row.password_hash,
            session_mark=row.fs_uniquifier,
            first_password=row.first_password,
            demonstration=row.demonstration,
            confirmed=row.confirmed_at is not None,
        )
    return None


def _select_members(session: Session, *conditions: ColumnElement[bool]) -> tuple[Member, ...]:
    return tuple(Member(**known) for _row, known in _each_person(session, PEOPLE.where(*conditions)))


_OF_MEMBER = (Person.id, Person.email, Person.name, Person.language, Person.active)
#: Select of all people by name, with a row for each company and role. Building it takes as long as reading a person.
PEOPLE: Select[*tuple[Any, ...]] = (
    select(
        *_OF_MEMBER,
        Person.password_hash,
        Person.fs_uniquifier,
        Person.first_password,
        Person.demonstration,
        Person.confirmed_at,
        PersonRole.role.label("held"),
        Organisation.id.label("organisation_id"),
        Organisation.name.label("organisation"),
        MembershipRow.role.label("role"),
        Organisation.status.label("status"),
        Organisation.erasure_asked_at.is_not(None).label("erasure_asked"),
    )
    .outerjoin(MembershipRow, MembershipRow.person_id == Person.id)
    .outerjoin(Organisation, Organisation.id == MembershipRow.organisation_id)
    .outerjoin(PersonRole, PersonRole.person_id == Person.id)
    .order_by(Person.name, Person.id, MembershipRow.since, MembershipRow.organisation_id)
)


def _each_person(
    session: Session, people: Select[*tuple[Any, ...]], values: Mapping[str, object] | None = None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield one row of each person, and the fields of their Member. `values`: the bound parameters of `people`."""
    found = session.connection().execute(people, values).all()
    for _id, grouped in groupby(found, key=lambda row: row.id):
        rows = list(grouped)
        joined = (row for row in rows if row.organisation_id is not None)
        held = dict.fromkeys(
            Membership(r.organisation_id, r.organisation, r.role, r.status, bool(r.erasure_asked)) for r in joined
        )
        roles = frozenset(row.held for row in rows if row.held is not None)
        known = {column.key: value for column, value in zip(_OF_MEMBER, rows[0], strict=False)}
        yield rows[0], {**known, "memberships": tuple(held), "roles": roles}  # each membership once


def set_password(
    session: Session,
    person_id: int,
    *,
    password_hash: str | None,
    session_mark: str,
    at: datetime,
    by: int | None = None,
    first: bool = False,
) -> None:
    """Store a new password, or a new hash of the same one. Sessions with another mark than `session_mark` are ended.

    `by`: who set it, if not the person. `first`: it was set for them, so they must change it at the next sign-in.
    """
    changed = update(Person).where(Person.id == person_id, Person.fs_uniquifier != session_mark)
    changed = changed.values(password_hash=password_hash, fs_uniquifier=session_mark, first_password=first)
    if session.execute(changed.returning(Person.id).execution_options(synchronize_session=False)).first():
        _end_sessions(session, person_id)
        said = "changed; to be changed again at the next sign-in" if first else "changed"
        noted = TrailEvent("person", f"person/{person_id}/password", "", said)
        record_events(session, [noted], by=by or person_id, at=at)
        return
    again = update(Person).where(Person.id == person_id, Person.password_hash.is_distinct_from(password_hash))
    again = again.values(password_hash=password_hash).returning(Person.id)
    if session.execute(again.execution_options(synchronize_session=False)).first():
        noted = TrailEvent("person", f"person/{person_id}/password", "", "hashed anew")
        record_events(session, [noted], by=by or person_id, at=at)


def confirm_email(session: Session, person_id: int, email: str, *, at: datetime) -> bool:
    """Mark a person's e-mail address as confirmed. Return False if they have another one, or do not exist."""
    same = (Person.id == person_id) & (Person.email == email.strip().lower())
    confirmed = update(Person).where(same, Person.confirmed_at.is_(None)).values(confirmed_at=at)
    if session.execute(confirmed.returning(Person.id).execution_options(synchronize_session=False)).first():
        noted = TrailEvent("person", f"person/{person_id}/e-mail", "unconfirmed", "confirmed")
        record_events(session, [noted], by=person_id, at=at)
        return True
    return bool(session.scalar(select(exists().where(same))))


def holds_demonstration(session: Session) -> bool | None:
    """Tell whether any company here is invented. None if there are no companies."""
    return session.scalar(select(Organisation.demonstration).order_by(Organisation.demonstration.desc()).limit(1))

"""`compliance add-user`, `set-password`: people whom no page can add, such as the first steward."""

from uuid import uuid4

import click
from flask_security import hash_password
from sqlalchemy.orm import Session

from compliance.commands import CommandError
from compliance.store.companies import add_organisation, companies
from compliance.store.exceptions import AlreadyExists
from compliance.store.models import ROLES
from compliance.store.people_and_roles import add_person, login_account
from compliance.store.people_and_roles import set_password as store_password
from compliance.web.accounts import MIN_PASSWORD_LENGTH
from compliance.web.database import now
from compliance.web.serving import installation_transaction


@click.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="how pages call the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="may be given again")
@click.option("--organisation", default="", help="of a company member; made if there is none of that name")
@click.password_option(help="asked for if it is not given")
def add_user(email: str, name: str, roles: tuple[str, ...], organisation: str, password: str) -> None:
    """Let somebody sign in."""
    _check_password_length(password)
    if "company" in roles and not organisation:
        raise CommandError("a company member belongs to an organisation: name it with --organisation")
    with installation_transaction() as session:
        hashed = hash_password(password)
        number = _organisation_id(session, organisation) if organisation else None
        try:
            person = add_person(
                session,
                email=email,
                name=name,
                password_hash=hashed,
                roles=roles,
                organisation_id=number,
                by=None,
                at=now(),
            )
        except AlreadyExists as refusal:
            raise CommandError(str(refusal)) from refusal
    place = f" for {person.organisation}" if person.organisation else ""
    click.echo(f"{person.email} can sign in as {', '.join(sorted(person.roles))}{place}")


@click.command("set-password")
@click.argument("email")
@click.password_option(help="asked for if it is not given")
def set_password(email: str, password: str) -> None:
    """Give somebody a new password."""
    _check_password_length(password)
    with installation_transaction() as session:
        person = login_account(session, email=email)
        if person is None:
            raise CommandError(f"nobody has the address {email}")
        # With a new mark, the person is signed out everywhere.
        hashed, mark = hash_password(password), uuid4().hex
        store_password(session, person.id, password_hash=hashed, session_mark=mark, at=now())
    click.echo(f"{person.email} has a new password")


def _organisation_id(session: Session, name: str) -> int:
    found = [company.id for company in companies(session) if company.name == name.strip()]
    if len(found) > 1:
        raise CommandError(f"{len(found)} organisations are called {name!r}")
    return found[0] if found else add_organisation(session, name, at=now())


def _check_password_length(password: str) -> None:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise CommandError(f"a password has at least {MIN_PASSWORD_LENGTH} characters")

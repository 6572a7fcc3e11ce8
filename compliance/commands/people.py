"""`compliance add-user`, `set-password`, `reset-second-factor`: what pages cannot do, as for the first steward."""

from collections.abc import Iterable

import click
from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from compliance.commands import CommandError
from compliance.store.companies import add_organisation, companies
from compliance.store.exceptions import AlreadyExists
from compliance.store.models import ROLES
from compliance.store.people_and_roles import add_person, login_account, new_session_mark
from compliance.store.people_and_roles import set_password as store_password
from compliance.store.second_factors import reset_second_factor as store_reset
from compliance.web.database import now
from compliance.web.installation import installation_transaction
from compliance.web.signing_in.passwords import new_hash, own_words, password_fault


@click.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="how pages call the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="may be given again")
@click.option("--organisation", default="", help="of a company member; made if there is none of that name")
@click.password_option(help="asked for if it is not given")
def add_user(email: str, name: str, roles: tuple[str, ...], organisation: str, password: str) -> None:
    """Let somebody sign in, with a password that they must change when they do."""
    _check_address(email)
    name, organisation = name.strip(), organisation.strip()
    if not name:
        raise CommandError("say with --name how pages call the person")
    _check_password(password, (email, name, organisation))
    if "company" in roles and not organisation:
        raise CommandError("a company member belongs to an organisation: name it with --organisation")
    with installation_transaction() as session:
        hashed = new_hash(password)
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
                first_password=True,
            )
        except AlreadyExists as refusal:
            raise CommandError(str(refusal)) from refusal
    place = f" for {person.organisation}" if person.organisation else ""
    click.echo(f"{person.email} can sign in as {', '.join(sorted(person.roles))}{place}")


@click.command("set-password")
@click.argument("email")
@click.password_option(help="asked for if it is not given")
def set_password(email: str, password: str) -> None:
    """Give somebody a new password, which they must change when they sign in."""
    with installation_transaction() as session:
        person = login_account(session, email=email)
        if person is None:
            raise CommandError(f"nobody has the address {email}")
        _check_password(password, own_words(person))
        # The new session mark signs the person out everywhere.
        hashed, mark = new_hash(password), new_session_mark()
        store_password(session, person.id, password_hash=hashed, session_mark=mark, at=now(), first=True)
    click.echo(f"{person.email} has a new password")


@click.command("reset-second-factor")
@click.argument("email")
@click.option("--reason", required=True, help="why; it is kept in the trail")
def reset_second_factor(email: str, reason: str) -> None:
    """Remove the second factor of somebody who has lost it, such as the only steward."""
    if not reason.strip():
        raise CommandError("say why with --reason: it is kept in the trail")
    with installation_transaction() as session:
        person = login_account(session, email=email)
        if person is None:
            raise CommandError(f"nobody has the address {email}")
        store_reset(session, person.id, reason=reason.strip(), by=None, at=now())
    click.echo(f"{person.email} sets up a second factor at the next sign-in, if a role asks for one")


def _organisation_id(session: Session, name: str) -> int:
    found = [company.id for company in companies(session) if company.name == name.strip()]
    if len(found) > 1:
        raise CommandError(f"{len(found)} organisations are called {name!r}")
    return found[0] if found else add_organisation(session, name, at=now())


def _check_address(email: str) -> None:
    """Raise CommandError for an address with which nobody could sign in, or that no mail reaches."""
    try:
        validate_email(email.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        raise CommandError(f"{email} is not an e-mail address: {fault}") from fault


def _check_password(password: str, own: Iterable[str]) -> None:
    if fault := password_fault(password, own):
        raise CommandError(fault)

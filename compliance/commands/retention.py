"""`compliance retention`, `erase-person`, `erase-company`: deletes data when their time has come, or on request."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.orm import Session

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.publication import withdraw_company
from compliance.store.company_erasures import given_by_company, require_company
from compliance.store.database_setup import forget_written
from compliance.store.erasures import erase_person, erasure_counts, note_erasure, require_person, unsalted_words
from compliance.store.exceptions import LastOwner, NotFound, StoreError
from compliance.store.file_storage import FileStorageFailed
from compliance.store.given_data import data_of_company
from compliance.store.retention import (
    DeletedData,
    DueData,
    clear_unfinished,
    delete_due,
    due_data,
    remove_files,
    unneeded_files,
)
from compliance.web.database import now
from compliance.web.erasing import IN_FLIGHT
from compliance.web.given_data import zipped_data
from compliance.web.installation import InstallationParts, installation_parts

#: Words for what is deleted, and for what its period is counted from.
_KINDS: Mapping[str, str] = {
    "mails": "mails that were sent, or given up",
    "workbooks": "workbooks that came back and were never applied",
    "invitations": "invitations and requests of colleagues that were decided, or expired",
    "jobs": "jobs that ended",
    "accounts": "accounts that were closed",
    "files": "files that nothing names",
    "unfinished": "files whose writing was cut short",
    "sign-ins": "sessions that are over",
    "attempts": "counts of wrong attempts that mean nothing more",
}
#: Kinds that are files, not rows.
_OUTSIDE = ("files", "unfinished")
_MOST_NAMED = 20


@click.command()
@click.option("--apply", "wanted", is_flag=True, help="delete it; without this, it is only listed")
def retention(wanted: bool) -> None:
    """List the data whose time has come, by the periods of ARTICLE34_RETENTION, and delete them if asked to.

    Answers, evidence, verdicts, submissions, published figures and the audit trail are never among them.
    """
    with installation_parts() as parts:
        parts.check_current()
        storage, days = parts.storage(), parts.config["RETENTION"]
        try:
            with Session(parts.engine) as session:
                found = due_data(session, storage, days, at=now())
            if not wanted:
                _list(found)
                return
            done = [_deleted(parts, due) for due in found if due.kind not in _OUTSIDE and due.keys]
            done.append(clear_unfinished(storage, at=now()))
            # Files come last: the rows deleted above may have been the last to name them.
            with Session(parts.engine) as session, session.begin():
                before = now() - timedelta(days["files"])
                done.append(remove_files(session, storage, unneeded_files(session, storage, before), before=before))
        except FileStorageFailed as fault:
            raise CommandError(str(fault)) from fault
    for each in done:
        if each.number:
            click.echo(f"deleted: {each.number} {_KINDS[each.kind]}")
        for words in each.kept:
            click.echo(f"kept:    {words}")
    if not any(each.number for each in done):
        click.echo("Nothing was deleted.")


def _list(found: tuple[DueData, ...]) -> None:
    for due in found:
        period = f", after {counted(due.days, 'day')}" if due.days else ""
        names = {"accounts": "person/{}", "files": "{}", "unfinished": "{}"}.get(due.kind)
        named = [names.format(key) for key in due.keys[:_MOST_NAMED]] if names else []
        more = ", …" if len(due.keys) > _MOST_NAMED else ""
        click.echo(f"{len(due.keys):>6}  {_KINDS[due.kind]}{period}" + (f": {', '.join(named)}{more}" if named else ""))
    if any(due.keys for due in found):
        click.echo("Nothing was deleted: compliance retention --apply deletes it.")
    else:
        click.echo("Nothing is due.")


def _deleted(parts: InstallationParts, due: DueData) -> DeletedData:
    with Session(parts.engine) as session, session.begin():
        done = delete_due(session, due, at=now())
        for erasure in done.erasures:
            note_erasure(parts.erasures, erasure)
    if done.erasures:
        with Session(parts.engine) as session:
            forget_written(session)
    return done


@click.command("erase-person")
@click.argument("email")
@click.option("--yes", is_flag=True, help="do not ask first")
def erase_person_command(email: str, yes: bool) -> None:
    """Erase the person with the address EMAIL: name, address and sign-in go, and what the trail says of them.

    What they wrote for companies stays.
    """
    with installation_parts() as parts:
        parts.check_current()
        with Session(parts.engine) as session, session.begin():
            before = erasure_counts(session).unsalted
            try:
                number = require_person(session, email)
                if not yes:
                    click.confirm(f"Erase person {number}, {email}? That cannot be undone", abort=True)
                erasure = erase_person(session, number, by=None, at=now())
            except (NotFound, LastOwner) as refusal:
                raise CommandError(str(refusal)) from refusal
            note_erasure(parts.erasures, erasure)
            unsalted = erasure_counts(session).unsalted - before
        with Session(parts.engine) as session:
            forget_written(session)
    click.echo(f"Person {number} is erased, which {parts.erasures} says for when a backup is restored.")
    if unsalted:
        click.echo(unsalted_words(unsalted))


@click.command("erase-company")
@click.argument("organisation")
@click.option(
    "--export",
    "copy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="first write all that it gave into this file, a ZIP, to be handed over to it",
)
@click.option("--yes", is_flag=True, help="do not ask first")
def erase_company_command(organisation: str, copy: Path | None, yes: bool) -> None:
    """Delete all that ORGANISATION gave, a company by its number or its name, and those that were merged into it.

    Figures of closed periods stay as they are. The audit trail stays whole, without the words about the company.
    """
    with installation_parts() as parts:
        parts.check_current()
        with Session(parts.engine) as session, session.begin():
            before = erasure_counts(session).unsalted
            try:
                number = require_company(session, organisation)
                for line in _about_to_go(session, number):
                    click.echo(line)
                if copy is not None:
                    given = zipped_data(data_of_company(session, number), parts.storage())
                    given.seek(0)
                    with given, atomic_write(copy, binary=True, private=True) as file:
                        shutil.copyfileobj(given, file)
                    click.echo(f"{copy}: all that it gave; only you can read it")
                if not yes:
                    click.confirm(f"Delete company {number}? That cannot be undone", abort=True)
                done = withdraw_company(session, number, by=None, at=now())
            except (StoreError, OSError) as refusal:
                raise CommandError(str(refusal)) from refusal
            note_erasure(parts.erasures, *done.erasures)
            unsalted = erasure_counts(session).unsalted - before
        click.echo(f"Company {number} is deleted, which {parts.erasures} says for when a backup is restored.")
        if unsalted:
            click.echo(unsalted_words(unsalted))
        try:
            with Session(parts.engine) as session, session.begin():
                gone = remove_files(session, parts.storage(), done.files, before=now() - IN_FLIGHT).number
            with Session(parts.engine) as session:
                forget_written(session)
        except FileStorageFailed as fault:
            raise CommandError(f"its files are still there ({fault}): compliance retention deletes them") from fault
    others = len(done.files) - gone
    left = f"; {others} that others have too, or that came just now, stay until nobody has them" if others else ""
    click.echo(f"Of its files, {gone} are deleted{left}.")


def _about_to_go(session: Session, number: int) -> Iterator[str]:
    given = given_by_company(session, number)
    answers, items = counted(given.answers, "answer"), counted(given.items, "item of evidence", "items of evidence")
    yield (
        f"What goes of company {number}, {given.name}: its name, {answers}, {items}, "
        f"{counted(given.submissions, 'submission')} with verdicts and sign-offs, memberships of "
        f"{counted(given.people, 'person', 'people')}, invitations, comments, and what the audit trail says of it."
    )
    yield (
        "What stays: figures of closed periods, with its name where it agreed to be named there (the page says that it "
        "withdrew); the accounts of its people; readings of what it publishes; and the chain of the audit trail."
    )

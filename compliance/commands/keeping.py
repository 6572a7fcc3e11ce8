"""`compliance migrate`, `backup`, `restore`: the commands that maintain an installation."""

import os
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy.orm import Session

from compliance.atomic_write import atomic_write, synchronise_folder
from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.package_data import DISTRIBUTION
from compliance.publication import repeat_withdrawals
from compliance.store.backup_archive import ArchiveRefused, Manifest, fingerprint, open_archive
from compliance.store.backups import BrokenTrail, RestoreRefused, restore_backup, write_backup
from compliance.store.company_erasure_requests import TIME_TO_UNDO, renew_company_requests
from compliance.store.company_erasures import is_to_repeat
from compliance.store.database_setup import newest_revision
from compliance.store.erasures import ErasedKind, Erasure, read_erasures, repeat_erasures
from compliance.store.file_storage import FileStorageFailed
from compliance.store.jobs import queue_job
from compliance.store.retention import remove_files
from compliance.store.signed_heads import SignedHead
from compliance.web.database import now
from compliance.web.erasing import RENEWED_DELETION
from compliance.web.installation import InstallationParts, installation_parts, said_in_a_sentence
from compliance.web.readiness import NotReady, is_unused, migrate_installation
from compliance.web.settings import kept_secret, secret_file

#: What stops working, or has to be done again, if a secret is not the one that was in use.
_PRICE = {
    "SECRET_KEY": "whoever is signed in has to sign in again",
    "SECURITY_PASSWORD_SALT": "nobody's password is right",
    "SECURITY_TOTP_SECRETS": "second factors with codes have to be set up anew",
}


@click.command()
@click.option("--anew", is_flag=True, help="make an empty database, although there was another one that is gone")
@click.option("--new-secrets", is_flag=True, help="make new secrets, although people chose passwords with those gone")
def migrate(anew: bool, new_secrets: bool) -> None:
    """Bring the database of this installation up to this version, or make the installation where there is none.

    Make a backup first. If the migration fails, the tables stay as they were.
    """
    with installation_parts() as parts:
        before = parts.state
    with said_in_a_sentence():
        migrate_installation(anew=anew, new_secrets=new_secrets)
    if is_unused(before):
        click.echo(f"{parts.folder}: made, with an empty database (tables {newest_revision()})")
    elif before.condition == "older":
        click.echo(f"{parts.folder}: the tables are {newest_revision()} now, and were {before.revision}")
    else:
        click.echo(f"{parts.folder}: there was nothing to do, the tables are {newest_revision()}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-secrets", is_flag=True, help="put the secrets of the instance folder into it too")
def backup(file: Path, with_secrets: bool) -> None:
    """Write database and files of this installation into one archive FILE, while it is served.

    Only its owner can read FILE. Exit code 1 means that files named by the database could not be found; everything else
    is in the archive.
    """
    with installation_parts() as parts:
        parts.check_usable()
        if is_unused(parts.state):
            raise NotReady(f"there is no installation in {parts.folder}, and nothing to back up")
        secrets = parts.secrets()
        inside = [name for name in secrets if kept_secret(parts.folder, name) == secrets[name]] if with_secrets else []
        with atomic_write(file, binary=True, private=True) as opened:
            manifest = write_backup(
                parts.engine,
                parts.storage(),
                opened,
                made_by=version(DISTRIBUTION),
                at=now(),
                secrets=secrets,
                inside=inside,
                key=parts.trail_key(),
                progress=_Pace("backing up"),
            )
            opened.flush()
            os.fsync(opened.fileno())
        synchronise_folder(file.absolute().parent)
    click.echo(f"{file}: {_contents(manifest)}, {_size(file.stat().st_size)}")
    click.echo(f"The head of its trail is {manifest.trail_head or 'none'}: note it somewhere else.")
    click.echo(
        f"Signed: {manifest.signed_head}" if manifest.signed_head else "It is not signed: see compliance trail-key."
    )
    if apart := [name for name in secrets if name not in inside]:
        places = ", ".join(str(secret_file(parts.folder, name)) for name in apart if kept_secret(parts.folder, name))
        click.echo(
            f"Not in it: {', '.join(apart)}. Keep {places or 'them'} apart from the backups, once, so that nobody who "
            "finds a backup can sign in with it: without these, a restored installation knows nobody's password."
        )
    if manifest.missing_files:
        raise CommandError(
            f"Not in it: {counted(len(manifest.missing_files), 'file')} that the database names and the storage does "
            f"not give as it was kept, such as {manifest.missing_files[0]}; compliance doctor says more"
        )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="only read it through, and say whether it is whole; nothing is restored")
@click.option("--despite-broken-trail", is_flag=True, help="restore it although what was backed up had been altered")
@click.option(
    "--erasures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the file that says who was erased since; by default, that of this installation (ARTICLE34_ERASURES)",
)
def restore(file: Path, check: bool, despite_broken_trail: bool, erasures: Path | None) -> None:
    """Put the archive FILE of a backup into this installation, whose database must be empty: all of it or nothing."""
    try:
        with open_archive(file) as archive:
            manifest = archive.manifest
            if check:
                archive.check(_Pace("reading"))
                click.echo(f"{file}: whole; {_contents(manifest)}, made at {manifest.made_at}")
                click.echo(_about_signature(manifest))
                return
            with installation_parts() as parts:
                parts.check_usable(anew=True)
                secrets = archive.secrets()
                _refuse_other_secrets(parts.folder, secrets)
                parts.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                list_of_erased = erasures or parts.erasures
                erased, again = _erased_in(list_of_erased), _RepeatedErasures()
                restore_backup(
                    archive,
                    parts.engine,
                    parts.storage(),
                    despite_broken_trail=despite_broken_trail,
                    afterwards=lambda session: again.repeat(session, erased),
                    progress=_Pace("restoring"),
                )
                for name, secret in secrets.items():
                    _keep_secret(parts.folder, name, secret)
                files_left = _remove_files(parts, again.files)
    except BrokenTrail as refusal:
        raise CommandError(
            f"{file}: {refusal}: what was backed up had been altered before; nothing was restored. "
            "Take an earlier backup, or go on with --despite-broken-trail."
        ) from refusal
    except (ArchiveRefused, RestoreRefused) as refusal:
        raise CommandError(f"{file}: {refusal}; nothing was restored") from refusal
    click.echo(f"{file}: restored; {_contents(manifest)}; tables {newest_revision()}")
    if not despite_broken_trail:
        click.echo(f"Each entry of its trail is as it was written; its head is {manifest.trail_head or 'none'}.")
    click.echo(_about_signature(manifest))
    for kind, nouns in _ERASED_NOUNS.items():
        if number := sum(1 for each in erased if each.kind == kind):
            click.echo(f"Erased again: {again.done[kind]} of {counted(number, *nouns)} in {list_of_erased}.")
    if not erased:
        click.echo(f"Nobody was erased again: {list_of_erased} names nobody.")
    for number in again.asked:
        click.echo(
            f"Company {number} is to be deleted, as an owner asked before the backup. If somebody has stopped that "
            f"since, it has to be stopped again, for which there are {TIME_TO_UNDO.days} days. Its owners are told so "
            "by e-mail once the installation is served."
        )
    if files_left:
        click.echo(f"Files of what was erased are still there ({files_left}): compliance retention deletes them.")
    for line in _about_secrets(parts, manifest):
        click.echo(line)
    if manifest.missing_files:
        click.echo(f"Missing before already: {counted(len(manifest.missing_files), 'file')} that the database names.")


def _erased_in(file: Path) -> tuple[Erasure, ...]:
    try:
        return read_erasures(file) if file.exists() else ()
    except ValueError as fault:
        raise RestoreRefused(f"{file}: {fault}: without it, what was erased would be back") from fault


_ERASED_NOUNS: Mapping[ErasedKind, tuple[str, str]] = {
    "person": ("person", "people"),
    "company": ("company", "companies"),
    "draft": ("draft", "drafts"),
}


class _RepeatedErasures:
    """What was erased again, the files that may be deleted, and the companies still due for deletion."""

    def __init__(self) -> None:
        self.done: Counter[ErasedKind] = Counter()
        self.files: frozenset[str] = frozenset()
        self.asked: Sequence[int] = ()

    def repeat(self, session: Session, erased: Sequence[Erasure]) -> None:
        """Erase again what was erased since the backup: companies first, so that their owners are not last owners."""
        due = [one for one in dict.fromkeys(erased) if is_to_repeat(session, one)]
        self.files = repeat_withdrawals(session, due, at=now())
        self.done.update(one.kind for one in due)
        self.done["person"] = repeat_erasures(session, erased, at=now())
        self.asked = renew_company_requests(session, at=now())
        for number in self.asked:
            queue_job(session, RENEWED_DELETION, f"organisation/{number}", by=None, at=now())


def _remove_files(parts: InstallationParts, digests: Collection[str]) -> str:
    """Delete the files of what was erased again. Return "", or why they could not be deleted."""
    try:
        with Session(parts.engine) as session, session.begin():  # nobody can upload one again yet
            remove_files(session, parts.storage(), digests, before=now() + timedelta(minutes=1))
    except FileStorageFailed as fault:
        return str(fault)
    return ""


class _Pace:
    """A progress callback that prints at intervals how much is done, how fast, and how long it will take."""

    EVERY = 5.0  # seconds

    def __init__(self, doing: str) -> None:
        self._doing, self._began, self._before = doing, time.monotonic(), 0
        self._next = self._began + self.EVERY

    def __call__(self, done: int, total: int) -> None:
        if done < self._before:  # the next pass over the same rows
            self._began = time.monotonic()
        self._before = done
        seconds = time.monotonic() - self._began
        if time.monotonic() >= self._next and done and seconds:
            self._next = time.monotonic() + self.EVERY
            left = (total - done) * seconds / done
            click.echo(
                f"{self._doing}: {done:,} of {total:,} rows, {done / seconds:,.0f} a second, about {left:.0f} s left",
                err=True,
            )


def _contents(manifest: Manifest) -> str:
    return (
        f"{counted(manifest.rows, 'row')} in {counted(len(manifest.tables), 'table')}, "
        f"{counted(manifest.files, 'file')}, {counted(manifest.trail_entries, 'entry', 'entries')} in the trail"
    )


def _about_signature(manifest: Manifest) -> str:
    if not manifest.signed_head:
        return "The head of its trail is not signed."
    fingerprint = SignedHead.read(manifest.signed_head).fingerprint
    return f"The head of its trail is signed with the key {fingerprint}: compare it with the one that you know."


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def _refuse_other_secrets(folder: Path, secrets: Mapping[str, str]) -> None:
    for name, secret in secrets.items():
        if kept_secret(folder, name) not in ("", secret):
            raise RestoreRefused(
                f"{secret_file(folder, name)} is not the one in it: move it away, or restore into another folder"
            )


def _keep_secret(folder: Path, name: str, secret: str) -> None:
    if not kept_secret(folder, name):
        with os.fdopen(os.open(secret_file(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)


def _about_secrets(parts: InstallationParts, manifest: Manifest) -> list[str]:
    """Return a line for each secret that is missing, or is not the one that was in use."""
    lines = []
    for name, known in manifest.secrets.items():
        here = kept_secret(parts.folder, name) or parts.secrets().get(name, "")
        if not here:
            lines.append(f"{name}: put back {secret_file(parts.folder, name)}, which was kept apart, before you serve.")
        elif fingerprint(name, here) != known:
            lines.append(f"{name}: this is not the one that was in use: with it, {_PRICE[name]}.")
    return lines

"""`compliance trail-key`, `verify-trail`: makes the key that signs the head of the audit trail; checks the trail."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import is_zipfile

import click
from sqlalchemy.orm import Session

from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.store.audit_trail import find_head, trail_head
from compliance.store.backup_archive import ArchiveRefused, open_archive
from compliance.store.erasures import ErasureCounts, erasure_counts, read_erasures, unsalted_words
from compliance.store.signed_heads import SignedHead, kept_signed_heads, key_fingerprint, made_key, read_key
from compliance.store.trail_check import trail_difference
from compliance.web.database import now
from compliance.web.installation import InstallationParts, installation_parts

_STOP = "Stop, keep a copy of the database as it is, and compare it with a backup."
#: More bytes than a file with a head can have.
_MOST_BYTES = 10_000


@click.command("trail-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def trail_key(file: Path) -> None:
    """Make the key that signs the head of the audit trail, as FILE outside of the installation's folder."""
    with installation_parts() as parts:
        if inside := parts.folder_around(file):
            raise CommandError(
                f"{file}: it lies in {inside}, and whoever can rewrite the database there could sign too: "
                "name a file elsewhere, that backups of the database do not take along"
            )
    pem = made_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise CommandError(f"{file}: there is such a file already, and no key is written over another") from fault
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(pem)
    click.echo(f"{file}: made, and readable by its owner alone")
    click.echo(f"Set ARTICLE34_TRAIL_KEY_FILE={file.resolve()} for compliance serve and for the commands.")
    click.echo(f"The SHA-256 of its public key is {key_fingerprint(read_key(pem))}: publish it, and note it elsewhere.")


@click.command("verify-trail")
@click.option(
    "--head",
    default="",
    help="a head noted earlier, which must still be there: a hash, a signed line, a file with either, or a backup",
)
@click.option("--key", "wanted", default="", help="the SHA-256 of the public key that must have signed that head")
def verify_trail_command(head: str, wanted: str) -> None:
    """Check every entry of the audit trail, and the rows that entries vouch for; exit code 1 if one was altered."""
    signed, noted = _noted_head(head) if head else (None, "")
    with installation_parts() as parts:
        parts.check_current()
        key = parts.trail_key()
        expected = "".join(wanted.lower().split()) or (key_fingerprint(key) if key else "")
        if signed is not None:
            _refuse_unless_signed_by(signed, expected, "--key" if wanted else "ARTICLE34_TRAIL_KEY")
        elif wanted:
            raise CommandError("--key: the head that was noted has no signature, or none was given (--head)")
        with Session(parts.engine) as session:
            last, last_hash = trail_head(session)
            found = trail_difference(session, head=noted)
            number = find_head(session, noted) if noted else None
            gone = erasure_counts(session)
            kept = kept_signed_heads(session) if found is None else ()
    if found is not None:
        raise CommandError(f"Broken. {found} {_STOP}")
    click.echo(f"Intact: {counted(last, 'entry', 'entries')}, each as it was written, and the rows they vouch for.")
    for line in _about_erased(gone, parts):
        click.echo(line)
    if number is not None:
        click.echo(f"The head that you noted is that of entry {number}.")
    if signed is not None:
        whose = "the key that was to sign it" if expected else "a key that nothing here names: compare its SHA-256"
        click.echo(f"It was signed at {signed.at.isoformat()} with {whose}, {signed.fingerprint}.")
    own = key_fingerprint(key) if key else ""
    for each in kept:
        whose = "the key of this installation" if each.fingerprint == own else f"the key {each.fingerprint}"
        click.echo(f"Entry {each.entry} was signed at {each.at.isoformat()} with {whose}.")
    click.echo(f"The head is {last_hash or 'none'}.")
    if key and last:
        click.echo(f"Signed: {SignedHead.of(key, last, last_hash, at=now())}")


def _about_erased(gone: ErasureCounts, parts: InstallationParts) -> Iterator[str]:
    """Yield lines about what was erased, and which erasures a backup would undo, as the file does not name them."""
    if not (gone.entries or gone.people):
        return
    people = _numbered(gone.people, "person", "people")
    companies, drafts = _numbered(gone.companies, "company", "companies"), counted(gone.drafts, "draft")
    entries = counted(gone.entries, "entry", "entries")
    yield f"Erased: {people}, {companies} and {drafts}, with the words of {entries}."
    if gone.unsalted:
        yield unsalted_words(gone.unsalted)
    try:
        noted = read_erasures(parts.erasures) if parts.erasures.exists() else ()
    except (OSError, ValueError):
        return  # doctor says so
    known = {(one.kind, one.number) for one in noted}
    found = [("person", number) for number in gone.people] + [("company", number) for number in gone.companies]
    if unnamed := [f"{kind} {number}" for kind, number in found if (kind, number) not in known]:
        yield f"Not in {parts.erasures}: {', '.join(unnamed)}. Find out who did this; an earlier backup would undo it."


def _numbered(numbers: Sequence[int], noun: str, nouns: str) -> str:
    return counted(len(numbers), noun, nouns) + (f" ({', '.join(map(str, numbers))})" if numbers else "")


def _noted_head(head: str) -> tuple[SignedHead | None, str]:
    """Return a noted head as a signed head, or None if it has no signature, and its hash. Raise CommandError."""
    text = _text_of(Path(head)) if os.path.isfile(head) else head  # noqa: PTH113  # Path refuses a long line
    text = " ".join(text.split())
    if " " not in text:
        return None, text.lower()
    try:
        signed = SignedHead.read(text)
    except ValueError as fault:
        raise CommandError(f"--head: {fault}: copy all of it, from “article34-head-1” to the signature") from fault
    if not signed.is_sound:
        raise CommandError("--head: its signature is false: it was altered, or copied with a mistake")
    return signed, signed.hash


def _text_of(file: Path) -> str:
    """Return the text of a file, or the head recorded in a backup. Raise CommandError if it cannot be read."""
    try:
        if is_zipfile(file):
            with open_archive(file) as archive:
                return archive.manifest.signed_head or archive.manifest.trail_head
        with file.open(encoding="utf-8") as opened:
            return opened.read(_MOST_BYTES)
    except ArchiveRefused as refusal:
        raise CommandError(f"{file}: {refusal}") from refusal
    except UnicodeDecodeError as fault:
        raise CommandError(f"{file}: it is neither a text nor a backup") from fault


def _refuse_unless_signed_by(signed: SignedHead, expected: str, setting: str) -> None:
    if expected and signed.fingerprint != expected:
        raise CommandError(
            f"--head: it was signed with the key {signed.fingerprint}, and {setting} names {expected}: if the key was "
            "changed since, name the earlier one with --key"
        )

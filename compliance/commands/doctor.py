"""`compliance doctor`: checks an installation, and reports what is in order, what to know, and what to do."""

import json
import os
import platform
import shutil
import smtplib
import ssl
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypeAlias

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from compliance.commands.terminal import counted
from compliance.package_data import DISTRIBUTION
from compliance.store import FileStorageFailed, given_up_count
from compliance.store.backups import named_files
from compliance.store.database_setup import snapshot, sqlite_file
from compliance.store.database_state import (
    can_check_indexes,
    damage_found,
    database_clock,
    last_entry_at,
    lax_settings,
    unfrozen_tables,
)
from compliance.store.erasures import ErasedKind, read_erasures
from compliance.store.exceptions import NotFound
from compliance.store.jobs import given_up_job_count
from compliance.store.retention import due_data
from compliance.store.signed_heads import key_fingerprint
from compliance.web.database import now
from compliance.web.installation import InstallationError, InstallationParts, installation_parts
from compliance.web.readiness import NotReady, is_unused
from compliance.web.settings import SECRETS, BadSetting, missing_secrets, secret_file, secret_path

Grade: TypeAlias = Literal["ok", "note", "problem"]

#: With fewer free bytes on the disk, saves may soon fail.
LEAST_FREE = 500_000_000
#: If clocks are further apart than the first, times in the trail are misleading; than the second, one-time codes fail.
CLOCKS_APART, CLOCKS_FAR_APART = timedelta(seconds=5), timedelta(seconds=60)
_SERVER_TIMEOUT = 10
#: Settings that the privacy page shows, and what people are not told without them.
_PRIVACY = {
    "CONTROLLER": "who answers for their data (the controller)",
    "PURPOSES": "what their data are used for, and on which legal basis",
    "PRIVACY_CONTACT": "whom to write to about their data",
}
_MOST_NAMED = 5
_MOMENT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """The result of one check."""

    topic: str
    grade: Grade
    words: str
    todo: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="an array of objects: topic, grade, words, todo")
def doctor(as_json: bool) -> None:
    """Look this installation over: settings, disk, permissions, database, files, mail, clocks; exit code 1 with
    problems.

    It changes nothing, and may run while the installation is served. It reads the whole database and every file.
    """
    lines = []
    for line in _all_lines():
        lines.append(line)
        if not as_json:
            click.echo(f"{line.grade:8}{line.topic}: {line.words}" + (f": {line.todo}" if line.todo else ""))
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1))
    problems = sum(line.grade == "problem" for line in lines)
    if not as_json:
        click.echo(f"{counted(problems, 'problem')}, {counted(sum(x.grade == 'note' for x in lines), 'note')}")
    if problems:
        raise SystemExit(1)


def _all_lines() -> Iterator[DoctorLine]:
    yield DoctorLine("version", "ok", f"{version(DISTRIBUTION)} on Python {platform.python_version()}")
    try:
        with installation_parts() as parts:
            yield from _settings(parts)
            yield from _trail_key(parts)
            yield from _erasures(parts)
            yield from _folder(parts)
            yield from _disk(parts)
            yield from _database(parts)
            yield from _mail(parts)
    except InstallationError as fault:
        topic, _, words = str(fault).partition(": ")
        yield DoctorLine(topic if words else "settings", "problem", words or topic)


def _settings(parts: InstallationParts) -> Iterator[DoctorLine]:
    address, proxies = parts.config["ADDRESS"], parts.config["PROXIES"]
    if not address:
        yield DoctorLine("address", "note", "only this machine is answered", "set ARTICLE34_ADDRESS for others")
    elif address.startswith("http:"):
        yield DoctorLine("address", "problem", f"{address} is not encrypted", "put a proxy with HTTPS before the tool")
    elif not proxies:
        todo = "set ARTICLE34_PROXIES to how many there are"
        yield DoctorLine("address", "problem", f"{address} needs a proxy, as the tool speaks no HTTPS itself", todo)
    else:
        yield DoctorLine("address", "ok", f"{address}, behind {counted(proxies, 'proxy', 'proxies')}")
    if proxies and not address:
        yield DoctorLine("address", "problem", "there is a proxy and no public address", "set ARTICLE34_ADDRESS")
    if parts.config["CONTACT"]:
        yield DoctorLine("contact", "ok", parts.config["CONTACT"])
    else:
        yield DoctorLine("contact", "note", "visitors are not told whom to ask", "set ARTICLE34_CONTACT")
    for name, words in _PRIVACY.items():
        if not parts.config[name]:
            yield DoctorLine("privacy", "note", f"people are not told {words}", f"set ARTICLE34_{name}")
    if all(parts.config[name] for name in _PRIVACY):
        yield DoctorLine("privacy", "ok", f"{parts.config['CONTROLLER']} answers for the data, as /privacy says")
    if file := parts.config["BREACHED_PASSWORDS"]:
        yield DoctorLine("passwords", "ok", f"new ones are looked for in {file}, of {file.stat().st_size / 1e9:.1f} GB")
    else:
        todo = "set ARTICLE34_BREACHED_PASSWORDS"
        yield DoctorLine("passwords", "note", "new ones are not looked for among those known by breaches", todo)
    for name in missing_secrets(parts.config):
        place = secret_file(parts.folder, name)
        yield DoctorLine("secrets", "problem", f"{name} is not set", f"put back {place}, or run compliance migrate")


def _trail_key(parts: InstallationParts) -> Iterator[DoctorLine]:
    key, file = parts.trail_key(), secret_path("ARTICLE34_TRAIL_KEY")
    if key is None:
        yield DoctorLine("trail key", "note", "the head of the trail is not signed", "see compliance trail-key")
        return
    if file and (inside := parts.folder_around(file)):
        words = f"{file} lies in {inside}: whoever can rewrite the database there can sign too"
        yield DoctorLine("trail key", "problem", words, "move it elsewhere, and set ARTICLE34_TRAIL_KEY_FILE")
    elif file and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield DoctorLine("trail key", "problem", f"others may read {file}", f"chmod 600 {file}")
    else:
        yield DoctorLine("trail key", "ok", key_fingerprint(key))


_OTHERS_ERASED: Mapping[ErasedKind, str] = {"company": "companies", "draft": "drafts"}


def _erasures(parts: InstallationParts) -> Iterator[DoctorLine]:
    file = parts.erasures
    try:
        erased = read_erasures(file) if file.exists() else ()
    except (OSError, ValueError) as fault:
        words = f"{file} cannot be read ({fault}): what was erased would be back with an earlier backup"
        yield DoctorLine("erasures", "problem", words, "put it back from a copy, or mend that line")
        return
    if parts.folder.is_dir() and not os.access(file if file.exists() else file.parent, os.W_OK):
        words = f"{file} cannot be written to, so that nobody can be erased"
        yield DoctorLine("erasures", "problem", words, "make its folder, or change its owner")
        return
    kinds = Counter(one.kind for one in erased)
    others = [counted(kinds[kind], kind, nouns) for kind, nouns in _OTHERS_ERASED.items() if kinds[kind]]
    named = ", ".join([counted(kinds["person"], "person", "people"), *others])
    words = f"{file} names {named} to be erased again with an earlier backup"
    if parts.folder_around(file):
        todo = "let ARTICLE34_ERASURES name a file elsewhere, which is copied too"
        yield DoctorLine("erasures", "note", f"{words}, and lies with the database", todo)
    else:
        yield DoctorLine("erasures", "ok", words)


def _folder(parts: InstallationParts) -> Iterator[DoctorLine]:
    folder = parts.folder
    if not folder.is_dir():
        yield DoctorLine("folder", "problem", f"there is no folder {folder}", "run compliance migrate")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o022:
        yield DoctorLine("folder", "problem", f"others may write into {folder}", f"chmod 700 {folder}")
    elif mode & 0o077:
        yield DoctorLine("folder", "note", f"others may look into {folder}", f"chmod 700 {folder}")
    elif not os.access(folder, os.W_OK):
        yield DoctorLine("folder", "note", f"{folder} may not be written to by who runs this")
    else:
        yield DoctorLine("folder", "ok", f"{folder}, for its owner alone")
    database = sqlite_file(parts.engine.url)
    private = [secret_file(folder, name) for name in SECRETS] + ([database] if database else [])
    for path in private:
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            grade: Grade = "problem" if mode & 0o077 or path.parent != folder else "note"
            words = f"others may read {path}" + (", were it not for its folder" if grade == "note" else "")
            yield DoctorLine("permissions", grade, words, f"chmod 600 {path}")
        if path.exists() and path.stat().st_uid != folder.stat().st_uid:
            yield DoctorLine("permissions", "problem", f"{path} and its folder belong to two users", f"chown {path}")


def _disk(parts: InstallationParts) -> Iterator[DoctorLine]:
    database = sqlite_file(parts.engine.url)
    for folder in sorted({parts.folder, *([database.absolute().parent] if database else [])}):
        if not folder.is_dir():
            continue
        free = shutil.disk_usage(folder).free
        size = database.stat().st_size if database and database.exists() and database.parent == folder else 0
        words = f"{free / 1e9:,.1f} GB are free in {folder}"
        if free < LEAST_FREE:
            yield DoctorLine("disk", "problem", words, "make room: soon nothing can be saved")
        elif free < 2 * size:
            yield DoctorLine(
                "disk", "note", words, f"a database of {size / 1e9:,.1f} GB needs twice that to be migrated"
            )
        else:
            yield DoctorLine("disk", "ok", words)


def _database(parts: InstallationParts) -> Iterator[DoctorLine]:
    try:
        parts.check_current()
    except NotReady as fault:
        yield DoctorLine("database", "problem", str(fault).removeprefix("DATABASE_URL: "))
        if is_unused(parts.state) or parts.state.condition != "older":
            return
    else:
        yield DoctorLine("database", "ok", f"{parts.engine.dialect.name}, tables {parts.state.revision}")
    try:
        with snapshot(parts.engine) as connection:
            yield from _integrity(connection)
            yield from _durability(connection)
            yield from _clock(connection)
            yield from _files(parts, connection)
            yield from _due(parts, connection)
            if parts.state.condition == "current":
                yield from _given_up(connection)
    except DatabaseError as fault:
        words = f"it could not be read to its end ({' '.join(str(fault.orig).split())[:200]})"
        yield DoctorLine("integrity", "problem", words, "keep a copy, and restore the latest backup")


def _integrity(connection: Connection) -> Iterator[DoctorLine]:
    damage = list(damage_found(connection))
    for words in damage:
        yield DoctorLine("integrity", "problem", words, "keep a copy, and restore the latest backup")
    if not can_check_indexes(connection):
        todo = "CREATE EXTENSION amcheck lets doctor look into them"
        yield DoctorLine("integrity", "note", "references are checked, and indexes are not", todo)
    elif not damage:
        yield DoctorLine("integrity", "ok", "pages, indexes and references are whole")
    if unfrozen := unfrozen_tables(connection):
        words = f"rows of {', '.join(unfrozen)} could be changed: the triggers that refuse it are gone"
        yield DoctorLine("triggers", "problem", words, "find out who removed them, and run compliance verify-trail")


def _durability(connection: Connection) -> Iterator[DoctorLine]:
    if lax := lax_settings(connection):
        words = f"what was saved may be lost with the next power cut ({', '.join(lax)})"
        yield DoctorLine("durability", "problem", words, "set them as they are by default")
    else:
        yield DoctorLine("durability", "ok", "what was acknowledged is on disk")


def _clock(connection: Connection) -> Iterator[DoctorLine]:
    here, there, last = now(), database_clock(connection), last_entry_at(connection)
    apart = abs(here - there) if there else timedelta()
    if last and last > here + CLOCKS_APART:
        words = f"the last entry of the trail is from {last:{_MOMENT}} UTC, and now it is {here:{_MOMENT}}"
        yield DoctorLine("clock", "problem", words, "set the clock of this machine, as with systemd-timesyncd")
    elif apart > CLOCKS_APART:
        grade: Grade = "problem" if apart > CLOCKS_FAR_APART else "note"
        words = f"this machine and the database are {apart.total_seconds():.0f} s apart"
        yield DoctorLine("clock", grade, words, "set both by the same time servers")
    else:
        yield DoctorLine("clock", "ok", f"{here:{_MOMENT}} UTC")


def _files(parts: InstallationParts, connection: Connection) -> Iterator[DoctorLine]:
    try:
        storage = parts.storage()
    except BadSetting as fault:
        yield DoctorLine("files", "problem", str(fault))
        return
    named, bad = set(named_files(connection)), []
    for digest in sorted(named):
        try:
            storage.get(digest)
        except NotFound:
            bad.append(f"{digest} is missing")
        except FileStorageFailed as fault:
            bad.append(str(fault).removeprefix("the file ").partition(":")[0])
    try:
        unused = sum(digest not in named for digest in storage.digests())
    except FileStorageFailed as fault:
        yield DoctorLine("files", "problem", str(fault))
        unused = 0
    for words in bad[:_MOST_NAMED]:
        yield DoctorLine("files", "problem", words, "put it back from a backup: its name is the SHA-256 of its content")
    if len(bad) > _MOST_NAMED:
        yield DoctorLine("files", "problem", f"{len(bad) - _MOST_NAMED} more are missing or altered")
    if not bad:
        yield DoctorLine("files", "ok", f"{counted(len(named), 'file')}, each as it was sent")
    if unused:
        words = f"nothing names {counted(unused, 'file')}, as where a save failed after its file was kept"
        yield DoctorLine("files", "note", words)


def _due(parts: InstallationParts, connection: Connection) -> Iterator[DoctorLine]:
    """Yield a line about data whose retention period has ended. Unreadable storage is reported by `_files`."""
    if parts.state.condition != "current":
        return
    try:
        with Session(connection) as session:
            found = due_data(session, parts.storage(), parts.config["RETENTION"], at=now())
    except (BadSetting, FileStorageFailed):
        return
    if number := sum(len(due.keys) for due in found if due.days):
        words = f"the time of {counted(number, 'row or file', 'rows or files')} has come"
        yield DoctorLine("retention", "note", words, "see compliance retention")


def _given_up(connection: Connection) -> Iterator[DoctorLine]:
    page = "Jobs and e-mails of the steward"
    with Session(connection) as session:
        if jobs := given_up_job_count(session):
            words = f"{counted(jobs, 'job')} given up: the program stopped several times during each"
            yield DoctorLine("jobs", "note", words, f"look at the log, then see {page}")
        if mails := given_up_count(session):
            words = f"{counted(mails, 'mail')} could not be sent and were given up"
            yield DoctorLine("mail", "note", words, f"see {page}")


def _mail(parts: InstallationParts) -> Iterator[DoctorLine]:
    config = parts.config
    server = config.get("MAIL_SERVER")
    if not server:
        place = Path(parts.folder) / "mail"
        yield DoctorLine("mail", "note", f"no mail is sent: each is written to {place}", "set MAIL_SERVER")
        return
    port = config["MAIL_PORT"]
    try:
        with smtplib.SMTP(server, port, timeout=_SERVER_TIMEOUT) as connection:
            connection.ehlo()
            if config["MAIL_USE_TLS"]:
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            if config["MAIL_USERNAME"]:
                connection.login(config["MAIL_USERNAME"], config["MAIL_PASSWORD"] or "")
    except (OSError, smtplib.SMTPException) as fault:
        words = f"the server {server}:{port} does not take mails ({' '.join(str(fault).split())[:200]})"
        yield DoctorLine("mail", "problem", words, "check MAIL_SERVER, MAIL_PORT, MAIL_USE_TLS, MAIL_USERNAME")
        return
    if not config["MAIL_USE_TLS"] and server not in ("localhost", "127.0.0.1", "::1"):
        yield DoctorLine("mail", "note", f"{server}:{port} is spoken to without encryption", "set MAIL_USE_TLS=1")
    else:
        yield DoctorLine("mail", "ok", f"{server}:{port} answers")

"""`compliance export`: the submitted answers of a period, as answers files that the other commands read."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path

import click
from sqlalchemy.orm import Session

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import edition_from_canonical
from compliance.store import (
    FrozenSubmission,
    NotFound,
    edition_json,
    iter_latest_submissions,
    period,
    periods,
    submitted_sheet,
)
from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.models import VOICES
from compliance.web.database import now
from compliance.web.installation import installation_transaction


@dataclass(frozen=True, slots=True)
class _AnswersFile:
    """The answers to one edition, in one voice (companies or desk)."""

    name: str
    edition: Edition
    sheets: Sequence[AnswerSheet]


@click.command()
@click.argument("year", metavar="PERIOD", type=click.IntRange(0, 9999))
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path), help="The folder to write into.")
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="Also companies that count in no figure: unconfirmed, merged, refused, of a group, or private by choice.",
)
def export(year: int, folder: Path, everybody: bool) -> None:
    """Write the submitted answers of PERIOD as answers files, one for each edition, for the other commands.

    Each row has the profile, the answers, the marks of evidence and the auditors' verdicts of one company. The files
    are confidential: only their owner may read them, and the audit trail notes the export.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with installation_transaction() as session:
        files = _answers_files(session, year, everybody=everybody)
        if not files:
            more = "" if everybody else ", or none that counts in figures: --all exports every submission"
            raise CommandError(f"{year}: no company has submitted answers{more}")
        # The export is recorded before anything is written, so that no answers leave the installation unrecorded.
        noted = [
            f"command line, user {_user()}",
            "every submission" if everybody else "companies that count in figures",
        ]
        noted += [f"{file.name}: {counted(len(file.sheets), 'company', 'companies')}" for file in files]
        record_events(session, [TrailEvent("export", f"period/{year}", "", "\n".join(noted))], by=None, at=now())
    for file in files:
        _write(folder / file.name, file)
        companies = counted(len(file.sheets), "company", "companies")
        click.echo(f"{folder / file.name}: {companies}, edition {file.edition.id} ({file.edition.digest[:8]})")


def _answers_files(session: Session, year: int, *, everybody: bool) -> list[_AnswersFile]:
    """Return the answers of a period, by voice and edition. Raise CommandError if there is no such period."""
    try:
        period(session, year)
    except NotFound as unknown:
        known = ", ".join(str(opened.year) for opened in periods(session)) or "none yet"
        raise CommandError(f"there is no period {year}; periods: {known}") from unknown
    files: list[_AnswersFile] = []
    for voice in VOICES:
        by_digest: defaultdict[str, list[FrozenSubmission]] = defaultdict(list)
        for submitted in iter_latest_submissions(session, year, voice=voice, counting=not everybody):
            if everybody or submitted.consent != "private":
                by_digest[submitted.edition_digest].append(submitted)
        editions = {digest: edition_from_canonical(edition_json(session, digest)) for digest in by_digest}
        ids = [edition.id for edition in editions.values()]
        for digest, edition in editions.items():
            sheets = [(s, submitted_sheet(session, s, edition)) for s in by_digest[digest]]
            version = f"-{digest[:8]}" if ids.count(edition.id) > 1 else ""  # a draft that changed during the period
            name = f"answers-{year}-{edition.id}{version}{'-desk' if voice == 'desk' else ''}.csv"
            files.append(_AnswersFile(name, edition, _told_apart(sheets)))
    return files


def _told_apart(sheets: Sequence[tuple[FrozenSubmission, AnswerSheet]]) -> list[AnswerSheet]:
    """Return the sheets, with a number added to equal company names, which an answers file would refuse."""
    alike: defaultdict[str, int] = defaultdict(int)
    for _submitted, sheet in sheets:
        alike[_comparable(sheet.company)] += 1
    return [
        replace(sheet, company=f"{sheet.company} (company {submitted.organisation_id})")
        if alike[_comparable(sheet.company)] > 1
        else sheet
        for submitted, sheet in sheets
    ]


def _comparable(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _write(path: Path, file: _AnswersFile) -> None:
    with atomic_write(path) as opened:
        os.fchmod(opened.fileno(), 0o600)
        write_answers_csv(file.edition, file.sheets, opened)


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a process whose user has no name
        return "unknown"

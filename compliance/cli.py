"""The command `compliance`. Every command works on files; errors say what is wrong, where, and what to do."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from compliance.authoring.commands import COMMANDS
from compliance.authoring.refusal import Refusal
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import AnswerFileFaults, read_csv
from compliance.questionnaire.assembly import EDITION_FILE
from compliance.questionnaire.catalogue import load_law
from compliance.questionnaire.edition import OWN_LANGUAGE, Edition
from compliance.questionnaire.editions import (
    carries_faults,
    edition_path,
    edition_paths,
    find_edition,
    locales_of,
    questionnaires_folder,
)
from compliance.questionnaire.faults import EditionFaults, Fault, Ledger, did_you_mean, either
from compliance.questionnaire.loader import PUBLISHED_FILE, load_edition, published_digests
from compliance.questionnaire.locales import Locale, read_law_locales
from compliance.questionnaire.schema import json_schema
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.plan import compile_edition
from compliance.scoring.score import score as score_sheets
from compliance.scoring.table import Row, score_rows
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.reader import read_answers as read_workbook
from compliance.workbook.scorecard import scorecard_workbook

#: As `compliance.store` has them; the commands that only read files do not load it.
ROLES = ("company", "auditor", "advocate", "steward")


class Failure(click.ClickException):
    """An end with exit code 1 whose lines are printed as they are."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines to standard error."""
        click.echo(self.message, file=file or sys.stderr)


class Commands(click.Group):
    """Turns what can be wrong in files into lines and an exit code, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (EditionFaults, AnswerFileFaults, UnreadableWorkbook, Refusal) as faults:
            raise Failure(str(faults)) from faults
        except OSError as error:
            raise Failure(f"{error.filename or 'a file'}: {error.strerror or error}") from error


@click.group(cls=Commands)
@click.version_option(package_name="compliance")
def main() -> None:
    """Article 34: codes of conduct held against children's law."""


@main.command()
@click.argument("places", metavar="[FOLDER]...", nargs=-1)
def check(places: tuple[str, ...]) -> None:
    """Load law and editions and print a line for each; print every fault and exit 1 if there is one.

    FOLDER is an edition's folder, its .yaml file or its id, a folder of editions, or a folder of law.
    Without it, everything that comes with the tool is checked.
    """
    faults: list[Fault] = []
    for place in places or (str(questionnaires_folder()),):
        try:
            for line in _check(place, faults):
                click.echo(line)
        except EditionFaults as found:
            faults.extend(found.faults)
    if faults:
        count = len(set(faults))
        raise Failure(f"{EditionFaults(faults)}\n{count} {'fault' if count == 1 else 'faults'}")


@main.command()
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The CSV file to write.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
def score(edition: str, answers: Path, out: Path, basis: Basis) -> None:
    """Score an answers file: a row for each company and node, lens values as lens:value.

    EDITION is an id, a folder with edition.yaml or a .yaml file; ANSWERS is a .csv or .xlsx file with a
    column for each question. Scores are on the edition's scale; an empty cell means that there is none.
    """
    plan = compile_edition(find_edition(edition))
    scores = score_sheets(plan, read_answers(plan.edition, answers), basis)
    with whole_file(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(score_rows(scores))
    click.echo(f"{out}: {_count(len(scores.columns.companies), 'sheet')} scored")


@main.command()
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", required=True, help="Whose row of the answers file.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx file to write.")
def scorecard(edition: str, answers: Path, company: str, out: Path) -> None:
    """Write one company's scorecard as a workbook that follows every changed answer."""
    plan = compile_edition(find_edition(edition))
    sheets = {sheet.company: sheet for sheet in read_answers(plan.edition, answers)}
    if company not in sheets:
        hint = did_you_mean(company, sheets) or f": name one of {either(sheets)}"
        raise Failure(f"{answers}: there is no company {company!r}{hint}")
    content = scorecard_workbook(plan, sheets[company])
    with whole_file(out, binary=True) as file:
        file.write(content)
    click.echo(f"{out}: scorecard of {company}")


def read_answers(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    """The answer sheets of a CSV file or a workbook. Raise AnswerFileFaults or UnreadableWorkbook."""
    return read_workbook(edition, path) if path.suffix.lower() == ".xlsx" else read_csv(edition, path)


@contextmanager
def whole_file(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A file that appears when everything is written, and not at all if anything fails."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") if binary else unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@main.command()
def schema() -> None:
    """Print the JSON Schema of editions and law files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@main.command()
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="the first one tried")
@click.option("--demo", is_flag=True, help="fill an empty database with invented companies")
def serve(port: int, demo: bool) -> None:
    """Serve the tool on this machine."""
    from compliance.web.serving import CannotServe
    from compliance.web.serving import serve as serve_until_stopped

    try:
        serve_until_stopped(port, demonstration=demo, say=_say)
    except CannotServe as refusal:
        raise Failure(str(refusal)) from refusal


@main.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="how pages call the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="may be given again")
@click.option("--organisation", default="", help="of a company member; made if there is none of that name")
@click.password_option(help="asked for if it is not given")
def add_user(email: str, name: str, roles: tuple[str, ...], organisation: str, password: str) -> None:
    """Let somebody sign in."""
    from compliance.store import AlreadyThere
    from compliance.web import serving

    try:
        _say(serving.add_user(email, name=name, roles=roles, organisation=organisation, password=password))
    except (serving.CannotServe, AlreadyThere) as refusal:
        raise Failure(str(refusal)) from refusal


@main.command("set-password")
@click.argument("email")
@click.password_option(help="asked for if it is not given")
def set_password(email: str, password: str) -> None:
    """Give somebody a new password."""
    from compliance.web import serving

    try:
        _say(serving.set_password(email, password))
    except serving.CannotServe as refusal:
        raise Failure(str(refusal)) from refusal


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def _check(place: str, faults: list[Fault]) -> Iterator[str]:
    """A line per law catalogue and edition in a place; faults are added to the list."""
    folder = Path(place)
    if folder.is_dir() and folder.name == "law":
        yield _law_line(folder, faults)
        return
    if folder.is_dir() and not (folder / EDITION_FILE).is_file() and (folder / "law").is_dir():
        try:
            yield _law_line(folder / "law", faults)
        except EditionFaults as wrong:
            faults.extend(wrong.faults)
    paths = edition_paths(folder) if folder.is_dir() else (edition_path(place),)
    if not paths:
        raise EditionFaults([Fault(place, 0, f"there is no edition here: no {EDITION_FILE}, no .yaml file")])
    if folder.is_dir() and folder not in paths:
        faults.extend(_withdrawn(folder, {path.name if path.is_dir() else path.stem for path in paths}))
    for path in paths:
        try:
            edition = load_edition(path)
        except EditionFaults as wrong:
            faults.extend(wrong.faults)
            continue
        locales = locales_of(edition, path)
        faults.extend(fault for locale in locales for fault in locale.faults)
        faults.extend(carries_faults(edition, path))
        yield _edition_line(edition, path, locales)


def _withdrawn(folder: Path, there: set[str]) -> Iterator[Fault]:
    """A fault for each edition that was published and is gone: what was published stays readable."""
    for edition_id in published_digests(folder, Ledger()):
        if edition_id not in there:
            message = f"`{edition_id}` is published and its folder {edition_id}/ is gone: put it back"
            yield Fault(str(folder / PUBLISHED_FILE), 0, message)


def _law_line(folder: Path, faults: list[Fault]) -> str:
    instruments = load_law(folder)
    provisions = sum(len(instrument.provisions) for instrument in instruments)
    locales = read_law_locales(instruments, folder)
    faults.extend(fault for locale in locales for fault in locale.faults)
    counts = (_count(len(instruments), "instrument"), _count(provisions, "provision"), _languages(locales))
    return f"law: {', '.join(counts)}"


def _edition_line(edition: Edition, path: Path, locales: Sequence[Locale]) -> str:
    """Id, what is in it, and whether it may still change."""
    law = {provision for requirement in edition.requirements for provision in requirement.law}
    published = edition.id in published_digests(path.resolve().parent, Ledger())
    counts = (
        _count(len(edition.themes), "theme"),
        _count(len(edition.requirements), "requirement"),
        _count(len(edition.questions), "question"),
        _count(len(law), "provision"),
        _languages(locales),
        *(("quick form",) if edition.form == "quick" else ()),
        "published" if published else "draft",
    )
    return f"{edition.id}: {', '.join(counts)}"


def _languages(locales: Sequence[Locale]) -> str:
    """Those that are complete, each with the word draft unless everything in it was reviewed."""
    complete = (locale for locale in locales if not locale.faults)
    states = (f"{locale.code} (draft)" if locale.state == "draft" else locale.code for locale in complete)
    return f"languages {' '.join((OWN_LANGUAGE, *states))}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()

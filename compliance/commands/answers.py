"""Answers files, as every command takes them: a .csv or .xlsx file with a row for each company."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from compliance.commands.failure import Failure
from compliance.commands.progress import watched
from compliance.questionnaire.answer_faults import AnswerFileFaults
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import read_sheets
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import editions_that_have
from compliance.questionnaire.faults import did_you_mean, either
from compliance.questionnaire.text_table import DELIMITERS, read_table
from compliance.workbook.answers import read_answers as read_workbook


def read_answers(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    """The answer sheets of a CSV file or a workbook, at least one. What was not said of the file is said on stderr.

    Raise Failure, AnswerFileFaults or UnreadableWorkbook, each with the place of what is wrong; Failure also for an
    edition that gives no points.
    """
    _refuse_what_earns_nothing(edition)
    _refuse_what_is_no_file(path)
    try:
        sheets = read_workbook(edition, path) if path.suffix.lower() == ".xlsx" else _read_text(edition, path)
    except AnswerFileFaults as faults:
        if not faults.foreign:
            raise
        raise Failure(f"{faults}{_other_edition(edition, path, faults.foreign)}") from faults
    if not sheets:
        raise Failure(f"{path}: there is a header and no company below it")
    return sheets


def refuse_overwriting(out: Path | None, *answers: Path) -> None:
    """Raise Failure if what is to be written would take the place of what is read."""
    for path in answers:
        if out is not None and out.exists() and path.exists() and out.samefile(path):
            raise Failure(f"--out {out}: this is the answers file itself: name another")


def sheet_of(sheets: Sequence[AnswerSheet], company: str, path: Path) -> AnswerSheet:
    """The sheet of one company. Raise Failure if the file has none."""
    named = {sheet.company: sheet for sheet in sheets}
    if company not in named:
        hint = did_you_mean(company, named) or f": name one of {either(named)}"
        raise Failure(f"{path}: there is no company {company!r}{hint}")
    return named[company]


def _refuse_what_earns_nothing(edition: Edition) -> None:
    """A draft may still be all text, as `compliance xlsform-in` leaves it; its answers come to nothing."""
    if not any(question.scored for question in edition.questions.values()):
        remedy = "give a question `options` with points, or a `range`"
        raise Failure(f"{edition.id}: no answer to this edition earns points, so there is no score: {remedy}")


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        raise Failure(f"{path}: this is a folder: name the .csv or .xlsx file in it")
    if not path.exists():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise Failure(f"{path}: there is no such file{did_you_mean(path.name, beside)}")


def _read_text(edition: Edition, path: Path) -> tuple[AnswerSheet, ...]:
    table = read_table(path)
    if table.delimiter != ",":
        click.echo(f"{path}: read with {DELIMITERS[table.delimiter]} between the columns", err=True)
    rows = watched(table.rows, f"reading {path}", "row")
    return read_sheets(edition, table.header, rows, file=str(path), first_row=table.first_row)


def _other_edition(edition: Edition, path: Path, foreign: Iterable[str]) -> str:
    """Which of the editions that come with the tool the columns look like, if they do."""
    ids = list(dict.fromkeys(column.partition("#")[0] for column in foreign))
    fitting = [name for name in editions_that_have(ids) if name != edition.id]
    if not fitting:
        return ""
    return f"\n{path}: these columns look like answers to {either(fitting)}, and {edition.id} was named"

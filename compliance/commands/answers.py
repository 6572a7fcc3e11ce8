"""Answers files, as every command takes them: a .csv or .xlsx file with a row for each company."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import click

from compliance.commands.failure import Failure
from compliance.commands.progress import watched
from compliance.questionnaire.answer_faults import MOST_OF_A_COLUMN, AnswerFileFaults
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import each_sheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import editions_that_have
from compliance.questionnaire.faults import did_you_mean, either
from compliance.questionnaire.text_table import DELIMITERS, read_table
from compliance.scoring.columns import Basis, Columns, columns_of
from compliance.workbook import answers as workbook_answers


def each_answered(edition: Edition, path: Path) -> Iterator[AnswerSheet]:
    """The answer sheets of a CSV file or a workbook, at least one, so that none has to be kept.

    What was not said of the file is said on stderr. Raise Failure, AnswerFileFaults or UnreadableWorkbook, in the end,
    each with the place of what is wrong; Failure also for an edition that gives no points.
    """
    _refuse_what_earns_nothing(edition)
    _refuse_what_is_no_file(path)
    read = _read_workbook if path.suffix.lower() == ".xlsx" else _read_text
    is_empty = True
    try:
        for sheet in read(edition, path):
            is_empty = False
            yield sheet
    except AnswerFileFaults as faults:
        if not faults.foreign:
            raise
        raise Failure(f"{faults}{_other_edition(edition, path, faults.foreign)}") from faults
    if is_empty:
        raise Failure(f"{path}: there is a header and no company below it: add a row for each")


def coded(edition: Edition, path: Path, basis: Basis) -> Columns:
    """The answers of a file as columns, of which no sheet is kept. Raise as `each_answered` does."""
    return columns_of(edition, each_answered(edition, path), basis)


def refuse_overwriting(out: Path | None, *answers: Path) -> None:
    """Raise Failure if what is to be written would take the place of what is read."""
    for path in answers:
        if out is not None and out.exists() and path.exists() and out.samefile(path):
            raise Failure(f"--out {out}: this is the answers file itself: name another")


def sheet_of(edition: Edition, path: Path, company: str) -> AnswerSheet:
    """The sheet of one company, the only one that is kept. Raise as `each_answered` does, and Failure for nobody's."""
    found, names = None, []
    for sheet in each_answered(edition, path):  # to the end, as what is wrong further down is said too
        names.append(sheet.company)
        if sheet.company == company:
            found = sheet
    if found is None:
        raise unknown_company(company, names, path)
    return found


def unknown_company(company: str, names: Iterable[str], path: Path) -> Failure:
    """What to say where a file has no company of that name."""
    hint = did_you_mean(company, names) or f": name one of {either(names)}"
    return Failure(f"{path}: there is no company {company!r}{hint}")


def say_names_alike(first: Path, names: Collection[str], second: Path, others: Collection[str]) -> None:
    """Say on stderr which names of two files differ in spaces, capitals or the coding of letters only.

    Companies are the same if their names are, so each of these counts as two.
    """
    both = set(names) & set(others)
    spelt = {_as_read(name): name for name in names if name not in both}
    new = [name for name in others if name not in both]
    pairs = [(spelt[_as_read(name)], name) for name in new if _as_read(name) in spelt]
    for name, other in pairs[:MOST_OF_A_COLUMN]:
        apart = f"{other!r} is taken for another company than {name!r} in {first}"
        click.echo(f"{second}: {apart}: if it is the same, write its name alike in both", err=True)
    if more := len(pairs[MOST_OF_A_COLUMN:]):
        click.echo(f"{second}: {more} more like these", err=True)


def _as_read(name: str) -> str:
    """A name as somebody reads it aloud: without what spreadsheets and hands write differently."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


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


def _read_workbook(edition: Edition, path: Path) -> Iterator[AnswerSheet]:
    def say_what_is_not_read(sheets: Sequence[str]) -> None:
        first, *others = sheets
        click.echo(f"{path}: read its first sheet, {first}, and not {either(others)}", err=True)

    return workbook_answers.each_sheet(edition, path, lambda rows: _watched(path, rows), say_what_is_not_read)


def _read_text(edition: Edition, path: Path) -> Iterator[AnswerSheet]:
    table = read_table(path)
    if table.delimiter != ",":
        click.echo(f"{path}: read with {DELIMITERS[table.delimiter]} between the columns", err=True)
    rows = _watched(path, table.rows)
    return each_sheet(edition, table.header, rows, file=str(path), first_row=table.first_row)


def _watched(path: Path, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    return watched(rows, f"reading {path}", "row")


def _other_edition(edition: Edition, path: Path, foreign: Iterable[str]) -> str:
    """Which of the editions that come with the tool the columns look like, if they do."""
    ids = list(dict.fromkeys(column.partition("#")[0] for column in foreign))
    fitting = [name for name in editions_that_have(ids) if name != edition.id]
    if not fitting:
        return ""
    return f"\n{path}: these columns look like answers to {either(fitting)}, and {edition.id} was named"

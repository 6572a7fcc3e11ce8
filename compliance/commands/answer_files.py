"""Reading of answers files: CSV or Excel with a row for each company, or a scorecard workbook that came back.

Rows are streamed, so that a million companies take little memory. Faults are reported with file, row and column.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from compliance.commands import CommandError
from compliance.commands.terminal import ProgressLines, with_progress
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.answers_file import iter_sheets
from compliance.questionnaire.csv_table import (
    DELIMITERS,
    MOST_FAULTS_PER_COLUMN,
    AnswerFileFaults,
    CsvTable,
    is_workbook,
    read_table,
)
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.answer_columns import CompanyColumns
from compliance.scoring.coded_answers import Basis, CodedAnswers, code_answers
from compliance.scoring.column_reader import iter_companies

if TYPE_CHECKING:
    from compliance.workbook.returned_scorecard import ReturnedScorecard

Read = TypeVar("Read")


def answer_sheets(
    edition: Edition, path: Path, returned: "Callable[[ReturnedScorecard], object]" = id, *, again: bool = False
) -> Iterator[AnswerSheet]:
    """Yield the answer sheets of a CSV file or a workbook, one by one, so that they need not be held together.

    Remarks on how the file was read go to stderr, unless it is read `again`. `returned` is called with a scorecard that
    came back, which has comments and evidence too. Raise, at the end of the file, CommandError, AnswerFileFaults or
    UnreadableWorkbook, with the place of each fault. Raise CommandError also if there is no company, or if the edition
    gives no points.
    """
    tell = id if again else _remark
    read = _read_workbook(edition, path, returned, tell) if is_workbook(path) else _read_text(edition, path, tell)
    return _checked(edition, path, read)


def read_columns(edition: Edition, path: Path, basis: Basis) -> CodedAnswers:
    """Return the answers of a file as columns, without keeping the sheets. Raise as `answer_sheets` does."""
    if is_workbook(path):
        return code_answers(edition, answer_sheets(edition, path), basis)
    return code_answers(edition, _checked(edition, path, _read_text_by_column(edition, path)), basis)


def _checked(edition: Edition, path: Path, companies: Iterable[Read]) -> Iterator[Read]:
    """Yield what is read from a file. Raise as `answer_sheets` does."""
    _require_scored_question(edition)
    _require_file(path)
    is_empty = True
    try:
        for read in companies:
            is_empty = False
            yield read
    except AnswerFileFaults as faults:
        if not faults.foreign:
            raise
        raise CommandError(f"{faults}{_edition_hint(edition, path, faults.foreign)}") from faults
    if is_empty:
        raise CommandError(f"{path}: there is a header and no company below it: add a row for each")


def refuse_overwriting(out: Path | None, *answers: Path) -> None:
    """Raise CommandError if the file to write is one of the files to read."""
    for path in answers:
        if out is not None and out.exists() and path.exists() and out.samefile(path):
            raise CommandError(f"--out {out}: this is the answers file itself: name another")


def refuse_stream(path: Path) -> None:
    """Raise CommandError for a pipe: the commands that call this read their answers twice."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise CommandError(f"{path}: this is not a file, and it would be read twice: save it to a file, and name that")


def company_sheet(
    edition: Edition, path: Path, company: str, returned: "Callable[[ReturnedScorecard], object]" = id
) -> AnswerSheet:
    """Return one company's sheet, without keeping the others. Raise, and call `returned`, as `answer_sheets` does.

    Raise CommandError also if there is no company of that name.
    """
    found, names = None, []
    for sheet in answer_sheets(edition, path, returned):  # to the end, so that faults further down are reported too
        names.append(sheet.company)
        if sheet.company == company:
            found = sheet
    if found is None:
        raise unknown_company(company, names, path)
    return found


def unknown_company(company: str, names: Iterable[str], path: Path) -> CommandError:
    """Return the error for a file that has no company of that name."""
    hint = did_you_mean(company, names) or f": name one of {one_of(names)}"
    return CommandError(f"{path}: there is no company {company!r}{hint}")


def warn_of_similar_names(first: Path, names: Collection[str], second: Path, others: Collection[str]) -> None:
    """Warn on stderr of names in two files that differ only in spaces, capitals or the coding of letters.

    Companies are matched by name, so each of these counts as two.
    """
    both = set(names) & set(others)
    spelt = {_normalised_name(name): name for name in names if name not in both}
    new = [name for name in others if name not in both]
    pairs = [(spelt[_normalised_name(name)], name) for name in new if _normalised_name(name) in spelt]
    for name, other in pairs[:MOST_FAULTS_PER_COLUMN]:
        apart = f"{other!r} is taken for another company than {name!r} in {first}"
        click.echo(f"{second}: {apart}: if it is the same, write its name alike in both", err=True)
    if more := len(pairs[MOST_FAULTS_PER_COLUMN:]):
        click.echo(f"{second}: {more} more like these", err=True)


def _normalised_name(name: str) -> str:
    """Return a name without differences in spaces, capitals and the coding of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _require_scored_question(edition: Edition) -> None:
    """Raise CommandError if no question earns points, as in a draft that `compliance xlsform-in` has made."""
    if not any(question.scored for question in edition.questions.values()):
        remedy = "give a question `options` with points, or a `range`"
        raise CommandError(f"{edition.id}: no answer to this edition earns points, so there is no score: {remedy}")


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise CommandError(f"{path}: this is a folder: name the .csv, .xlsx or .ods file in it")
    if not path.exists():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise CommandError(f"{path}: there is no such file{did_you_mean(path.name, beside)}")


def _remark(said: str) -> None:
    click.echo(said, err=True)


def _read_workbook(
    edition: Edition, path: Path, returned: "Callable[[ReturnedScorecard], object]", tell: Callable[[str], object]
) -> Iterator[AnswerSheet]:
    from compliance.workbook.answer_import import iter_answer_sheets  # here: openpyxl takes long to import

    def say_what_is_not_read(sheets: Sequence[str]) -> None:
        first, *others = sheets
        tell(f"{path}: read its first sheet, {first}, and not {one_of(others)}")

    def say_what_is_passed_over(scorecard: "ReturnedScorecard") -> None:
        for remark in scorecard.remarks:
            tell(str(remark))
        returned(scorecard)

    yield from iter_answer_sheets(
        edition, path, lambda rows: _rows_with_progress(path, rows), say_what_is_not_read, say_what_is_passed_over
    )


def _read_text(edition: Edition, path: Path, tell: Callable[[str], object]) -> Iterator[AnswerSheet]:
    table = _opened_table(path, tell)
    rows = _rows_with_progress(path, table.rows, table.rows.share_read)
    yield from iter_sheets(edition, table.header, rows, file=str(path), first_row=table.first_row)


def _read_text_by_column(edition: Edition, path: Path) -> Iterator[AnswerSheet | CompanyColumns]:
    table = _opened_table(path, _remark)
    progress = ProgressLines(f"reading {path}", "row", share=table.rows.share_read)
    yield from iter_companies(edition, table, file=str(path), done=progress.add)
    progress.end()


def _opened_table(path: Path, tell: Callable[[str], object]) -> CsvTable:
    table = read_table(path)
    if table.delimiter != ",":
        tell(f"{path}: read with {DELIMITERS[table.delimiter]} between the columns")
    return table


def _rows_with_progress(
    path: Path, rows: Iterable[list[str]], share: Callable[[], float] | None = None
) -> Iterator[list[str]]:
    return with_progress(rows, f"reading {path}", "row", share=share)


def _edition_hint(edition: Edition, path: Path, foreign: Iterable[str]) -> str:
    """Return a hint naming the editions of the tool that have these columns, or "" if there is none."""
    from compliance.questionnaire.edition_companions import editions_with_columns  # here: it loads every edition

    ids = list(dict.fromkeys(column.partition("#")[0] for column in foreign))
    fitting = [name for name in editions_with_columns(ids) if name != edition.id]
    if not fitting:
        return ""
    return f"\n{path}: these columns look like answers to {one_of(fitting)}, and {edition.id} was named"

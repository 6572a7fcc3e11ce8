"""Reports of commands: one set of figures and sentences, on the screen and as .txt, .csv, .xlsx or .json.

A command turns each record into a row once: cells by key. Tables, CSV and JSON select cells from rows by key. A file is
written completely or not at all.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.output_files import checked_ending, write_rows
from compliance.commands.terminal import WIDEST, screen_width
from compliance.questionnaire.edition import Edition
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue, TooManyRows, report_workbook

#: How many losses, gains or questions are shown on the screen. A file has all of them.
MOST_SHOWN = 10
#: The cells of one record, by key. None is an empty cell.
Row: TypeAlias = Mapping[str, ReportValue]
#: Returns the lines of a text, given its width and the most losses, gains or questions to show (None: all).
TextPage: TypeAlias = Callable[[int, int | None], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a command, ready to write in any form."""

    title: str
    sentences: tuple[str, ...]
    metadata: Row  # edition, basis and the like, for programs
    csv_keys: Sequence[str]  # the columns of the one table that holds everything
    csv_rows: Sequence[Row]
    tables: tuple[ReportTable, ...]  # for Excel
    json: Mapping[str, Any]  # in addition to `metadata` and the sentences
    digits: int = 1  # decimals of scores in Excel


def edition_metadata(edition: Edition) -> dict[str, ReportValue]:
    """Return the id and the digest of the edition that figures are about."""
    return {"edition": edition.id, "edition_digest": edition.digest}


def attributes(record: object, *names: str) -> dict[str, Any]:
    """Return some attributes of a record, by name."""
    return {name: getattr(record, name) for name in names}


def keyed_table(
    sheet: str,
    title: str,
    columns: Sequence[ReportColumn],
    rows: Iterable[Row],
    notes: tuple[str, ...] = (),
    depths: Sequence[int] = (),
) -> ReportTable:
    """Return a table for Excel, with the cells of each row whose keys the columns name. Missing cells are empty."""
    cells = [[row.get(column.key) for column in columns] for row in rows]
    return ReportTable(sheet, title, tuple(columns), cells, notes, depths)


def show_or_write(out: Path | None, page: TextPage, report: Callable[[], Report]) -> None:
    """Print a page at screen width, or write it in full as .txt, or write the report. Raise as `write_report` does."""
    if out is None:
        click.echo("\n".join(page(screen_width(), MOST_SHOWN)))
    elif out.suffix.lower() == ".txt":
        with atomic_write(out) as file:
            file.writelines(f"{line}\n" for line in page(WIDEST, None))
    else:
        write_report(report(), out)


def write_report(report: Report, out: Path) -> None:
    """Write a report in the format of the file ending. Raise CommandError or OSError, and leave no unfinished file."""
    ending = checked_ending(out)
    if ending == ".csv":
        keys = report.csv_keys
        write_rows(out, keys, [[row.get(key) for key in keys] for row in report.csv_rows])
    elif ending == ".json":
        with atomic_write(out) as file:
            document = {**report.metadata, "said": list(report.sentences), **report.json}
            json.dump(document, file, ensure_ascii=False, indent=2)
            file.write("\n")
    else:
        try:
            content = report_workbook(report.title, report.sentences, report.tables, report.digits)
        except TooManyRows as fault:
            raise CommandError(f"{out}: {fault}") from fault
        with atomic_write(out, binary=True) as file:
            file.write(content)

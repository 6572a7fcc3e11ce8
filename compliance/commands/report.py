"""Reports of commands: one set of figures and sentences, on the screen and as .txt, .csv, .xlsx or .json.

A command turns each of its records once into a row, which has a cell by key. The columns of a table choose from rows by
their keys, and so do CSV and JSON. A file is written whole or not at all.
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

#: Losses, gains or questions on the screen; a file has them all.
MOST_SHOWN = 10
#: The cells of one record, by key; None: an empty cell.
Row: TypeAlias = Mapping[str, ReportValue]
#: The lines of a text, at a width and with so many losses, gains or questions; None: all.
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
    json: Mapping[str, Any]  # beside `metadata` and the sentences
    digits: int = 1  # decimals that a score is shown with in Excel


def edition_metadata(edition: Edition) -> dict[str, ReportValue]:
    """The edition that figures are about, to the digest."""
    return {"edition": edition.id, "edition_digest": edition.digest}


def attributes(record: object, *names: str) -> dict[str, Any]:
    """These attributes of a record, by name."""
    return {name: getattr(record, name) for name in names}


def keyed_table(
    sheet: str,
    title: str,
    columns: Sequence[ReportColumn],
    rows: Iterable[Row],
    notes: tuple[str, ...] = (),
    depths: Sequence[int] = (),
) -> ReportTable:
    """A table for Excel: of each row the cells that its columns name, empty where it has none of that key."""
    cells = [[row.get(column.key) for column in columns] for row in rows]
    return ReportTable(sheet, title, tuple(columns), cells, notes, depths)


def show_or_write(out: Path | None, page: TextPage, report: Callable[[], Report]) -> None:
    """Print a page as wide as the screen, or write all of it as text, or the report. Raise as `write_report` does."""
    if out is None:
        click.echo("\n".join(page(screen_width(), MOST_SHOWN)))
    elif out.suffix.lower() == ".txt":
        with atomic_write(out) as file:
            file.writelines(f"{line}\n" for line in page(WIDEST, None))
    else:
        write_report(report(), out)


def write_report(report: Report, out: Path) -> None:
    """Write a report in the form that the ending names. Raise CommandError or OSError, and leave no unfinished file."""
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

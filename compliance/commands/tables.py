"""Results as files: CSV, Excel or JSON by the ending, whole or not at all.

A CSV file is one table; Excel and JSON hold several, and what is said of them.
"""

import csv
import errno
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from compliance.commands.failure import Failure
from compliance.commands.progress import watched
from compliance.questionnaire.answers import number_text
from compliance.whole_file import whole_file
from compliance.workbook.tables import Cell, Table, TooManyRows, tables_workbook

ENDINGS = (".csv", ".xlsx", ".json")


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found, ready to write in any form."""

    title: str
    said: tuple[str, ...]  # sentences
    about: Mapping[str, Cell]  # edition, basis and the like, for programs
    flat: Table  # everything in one table, for CSV
    tables: tuple[Table, ...]  # for Excel
    parts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # for JSON; empty: the tables
    round_at: int = 1  # decimals that the edition shows, for Excel


def ending_of(out: Path | None, endings: Sequence[str] = ENDINGS) -> str:
    """The ending of --out in small letters; empty where there is none to write.

    Raise BadParameter for any other, and IsADirectoryError for a folder.
    """
    if out is None:
        return ""
    if out.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file in it", str(out))
    ending = out.suffix.lower()
    if ending not in endings:
        known = " or ".join(", ".join(some) for some in (endings[:-1], endings[-1:]) if some)
        raise click.BadParameter(f"{out}: end it in {known}", param_hint="--out")
    return ending


def write_report(report: Report, out: Path) -> None:
    """Write a report in the form that the ending names. Raise Failure or OSError, and leave nothing half written."""
    ending = ending_of(out)
    if ending == ".csv":
        write_rows(out, [column.key for column in report.flat.columns], report.flat.rows)
    elif ending == ".json":
        with whole_file(out) as file:
            json.dump(_plain(report), file, ensure_ascii=False, indent=2)
            file.write("\n")
    else:
        try:
            content = tables_workbook(report.title, report.said, report.tables, report.round_at)
        except TooManyRows as fault:
            raise Failure(f"{out}: {fault}") from fault
        with whole_file(out, binary=True) as file:
            file.write(content)


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a CSV file in UTF-8, a row at a time; numbers at full precision, nothing where there is none."""
    with whole_file(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_text(cell) for cell in row] for row in watched(rows, f"writing {out}", "row"))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else number_text(float(cell))


def _plain(report: Report) -> Mapping[str, Any]:
    parts = report.parts or {table.key: _dictionaries(table) for table in report.tables}
    return {**report.about, "said": list(report.said), **parts}


def _dictionaries(table: Table) -> list[dict[str, Cell]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]

"""Reports as files: CSV, Excel or JSON by the ending of --out, written whole or not at all.

A CSV file is one table; Excel and JSON hold several tables and the sentences about them.
"""

import csv
import errno
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.terminal import with_progress
from compliance.questionnaire.answers import number_text
from compliance.questionnaire.csv_table import escaped_cell
from compliance.workbook.report_tables import ReportTable, ReportValue, TooManyRows, report_workbook

ENDINGS = (".csv", ".xlsx", ".json")


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found, ready to write in any form."""

    title: str
    said: tuple[str, ...]  # sentences
    about: Mapping[str, ReportValue]  # edition, basis and the like, for programs
    flat: ReportTable  # everything in one table, for CSV
    tables: tuple[ReportTable, ...]  # for Excel
    parts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)  # for JSON; empty: the tables
    digits: int = 1  # decimals that a score is shown with in Excel


def checked_ending(out: Path | None, endings: Sequence[str] = ENDINGS) -> str:
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
    ending = checked_ending(out)
    if ending == ".csv":
        write_rows(out, [column.key for column in report.flat.columns], report.flat.rows)
    elif ending == ".json":
        with atomic_write(out) as file:
            json.dump(_json_document(report), file, ensure_ascii=False, indent=2)
            file.write("\n")
    else:
        try:
            content = report_workbook(report.title, report.said, report.tables, report.digits)
        except TooManyRows as fault:
            raise CommandError(f"{out}: {fault}") from fault
        with atomic_write(out, binary=True) as file:
            file.write(content)


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[ReportValue]]) -> None:
    """Write a CSV file in UTF-8, a row at a time; numbers at full precision, nothing where there is none."""
    with atomic_write(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_csv_text(cell) for cell in row] for row in with_progress(rows, f"writing {out}", "row"))


def _csv_text(cell: ReportValue) -> str:
    if cell is None:
        return ""
    return escaped_cell(cell) if isinstance(cell, str) else number_text(float(cell))


def _json_document(report: Report) -> Mapping[str, Any]:
    parts = report.parts or {table.key: _json_rows(table) for table in report.tables}
    return {**report.about, "said": list(report.said), **parts}


def _json_rows(table: ReportTable) -> list[dict[str, ReportValue]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]

"""Files that commands write: the option --out, file name endings, and rows as CSV."""

import csv
import errno
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from compliance.atomic_write import atomic_write
from compliance.commands.terminal import ProgressLines, with_progress
from compliance.questionnaire.answers import number_text
from compliance.questionnaire.csv_table import escaped_cell

ENDINGS = (".csv", ".xlsx", ".json")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def report_option(command: _Command) -> _Command:
    """Add `--out` to a command: a file for a report, in addition to the screen."""
    return _out_option(ENDINGS, f"A file to write: {', '.join(ENDINGS)}.")(command)


def page_option(command: _Command) -> _Command:
    """Add `--out` to a command: a file for a text or report, instead of the screen."""
    endings = (".txt", *ENDINGS)
    return _out_option(endings, "A .txt, .csv, .json or .xlsx file, instead of the screen.")(command)


def _out_option(endings: Sequence[str], said: str) -> Callable[[_Command], _Command]:
    def check(_context: click.Context, _option: click.Parameter, out: Path | None) -> Path | None:
        checked_ending(out, endings)
        return out

    return click.option("--out", type=click.Path(path_type=Path), callback=check, help=said)


def checked_ending(out: Path | None, endings: Sequence[str] = ENDINGS) -> str:
    """Return the ending of --out in small letters, or "" without --out.

    Raise BadParameter for other endings, and IsADirectoryError for a folder.
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


def write_rows(out: Path, header: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> None:
    """Write a CSV file in UTF-8, row by row. Numbers have full precision; None is an empty cell."""
    with atomic_write(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_csv_text(cell) for cell in row] for row in with_progress(rows, f"writing {out}", "row"))


def write_pieces(out: Path, header: Sequence[str], pieces: Iterable[tuple[int, str]], companies: int) -> None:
    """Write a CSV file in UTF-8 from lines that are already formatted, several companies at a time.

    `pieces`: a number of companies, and their lines. `companies`: the number of all companies.
    """
    progress = ProgressLines(f"writing {out}", "company", "companies", of=companies)
    with atomic_write(out) as file:
        file.write(",".join(header) + "\n")
        for number, lines in pieces:
            file.write(lines)
            progress.add(number)
    progress.end()


def _csv_text(cell: str | float | None) -> str:
    if cell is None:
        return ""
    return escaped_cell(cell) if isinstance(cell, str) else number_text(float(cell))

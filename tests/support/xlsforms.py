"""Forms for the tests: workbooks made from text, with a table below a heading for each sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.questionnaire.edition import Edition, Option, Question
from compliance.questionnaire.loader import load_edition
from tests.support.paths import DATA

FORMS = DATA / "forms"

Table = Sequence[Sequence[str]]


def tables(text: str) -> dict[str, list[list[str]]]:
    """Return the tables of a text by the heading above each."""
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:].strip(), [])
        elif line.startswith("|") and not line.startswith("|---"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return found


def workbook(path: Path, sheets: Mapping[str, Table]) -> Path:
    """Write a workbook of these sheets, with cells as text, and return its path."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        table = book.create_sheet(name)
        for at, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell:
                    table.cell(at, column, cell).data_type = "s"  # even if it looks like a formula
    book.save(path)
    return path


def form(name: str, folder: Path) -> Path:
    """Write one of the forms in `forms/` as a workbook, and return its path."""
    return workbook(folder / f"{name}.xlsx", tables((FORMS / f"{name}.md").read_text(encoding="utf-8")))


def survey(*rows: str) -> Table:
    """Return a survey sheet of rows `type|name|label|relevant|constraint|appearance`."""
    return [row.split("|") for row in ("type|name|label|relevant|constraint|appearance", *rows)]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def imported(path: Path, folder: Path) -> tuple[Edition, str]:
    """Import a form with the command, and return the draft edition and the output."""
    result = run("xlsform-in", path, "draft-1", "--to", folder)
    assert result.exit_code == 0, result.output
    return load_edition(folder / "draft-1"), result.output


def without_flags(question: Question) -> tuple[Option, ...]:
    """Return the options of a question as a form has them, without flags."""
    return tuple(replace(option, flag="") for option in question.options)

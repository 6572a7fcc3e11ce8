"""Steps of an author and a translator with `compliance translate`, each as a function."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import locale_yaml, read_locale
from compliance.questionnaire.translatable_texts import Translation, edition_source_texts, law_source_texts, text_digest
from tests.support.bilingual import made

#: Columns of the sheet Texts.
ID, WHERE, ENGLISH, TEXT, STATE, TO_DO, MARK = range(1, 8)
Change = Callable[[Any], object]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in ("translate", *arguments)])


def in_french(folder: Path) -> Path:
    """Write an edition with French, with files as the tool writes them, and return its folder."""
    made(folder)
    for source, place in (
        (edition_source_texts(load_edition(folder)), folder),
        (law_source_texts(load_edition(folder).instruments), folder / "law"),
    ):
        path = place / "locales" / "fr.yaml"
        marked = {
            key: Translation(one.text, one.state, text_digest(source.all_texts[key]))
            for key, one in read_locale(path, source).written.items()
        }
        path.write_text(locale_yaml(source, "fr", marked), encoding="utf-8")
    return folder


def written(folder: Path, code: str = "fr") -> str:
    return (folder / "locales" / f"{code}.yaml").read_text(encoding="utf-8")


def out(folder: Path, what: object = "", code: str = "fr") -> Path:
    """Write the workbook for the translator, and return its path."""
    path = folder.parent / f"{code}.xlsx"
    path.unlink(missing_ok=True)
    result = run(what or folder, code, "--out", path)
    assert result.exit_code == 0, result.output
    return path


def rows(path: Path) -> dict[str, list[str]]:
    """Return the rows of the sheet Texts by id."""
    sheet = openpyxl.load_workbook(path)["Texts"]
    return {str(row[0]): [str(cell or "") for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)}


def row_of(sheet: Any, text_id: str) -> int:
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, ID).value == text_id)


def changed(path: Path, *changes: Change) -> Path:
    """Apply a translator's changes to the sheet Texts, and return the path of the workbook."""
    book = openpyxl.load_workbook(path)
    for change in changes:
        change(book["Texts"])
    book.save(path)
    return path


def put(text_id: str, column: int, value: object) -> Change:
    return lambda sheet: setattr(sheet.cell(row_of(sheet, text_id), column), "value", value)


def back(folder: Path, path: Path, what: object = "", code: str = "fr") -> Result:
    return run(what or folder, code, "--from", path)


def refused(folder: Path, path: Path, code: str = "fr") -> list[str]:
    """Read back a workbook that is refused, check that nothing has changed, and return the lines of the refusal."""
    before = {file: file.read_bytes() for file in folder.rglob("*.yaml")}
    result = back(folder, path, code=code)
    assert result.exit_code == 1, result.output
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    lines = result.stderr.splitlines()
    assert lines and all(line for line in lines) and "nothing was changed" in lines[-1]
    return lines

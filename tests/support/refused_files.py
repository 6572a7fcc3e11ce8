"""Answers files with errors, and the output of the command that refuses them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openpyxl
from click.testing import CliRunner, Result

from compliance.cli import main
from tests.support.paths import EDITIONS

EXAMPLE = EDITIONS / "example-1.yaml"
HEADER = "company,profile.sector,reach.higher.code,reach.higher.training,acc.channel.who\n"
ASTER = "Aster,travel,stricter,50,staff|children\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def score(folder: Path, answers: Path, edition: object = EXAMPLE) -> str:
    """Score an answers file that is refused, and return the output."""
    before = sorted(folder.iterdir())
    result = run("score", edition, answers, "--out", folder / "scores.csv")
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert sorted(folder.iterdir()) == before, "nothing is written"
    return result.output


def csv_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "answers.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@contextmanager
def piped(content: str) -> Iterator[Path]:
    """Provide the path of a pipe from which a short text comes once."""
    end, beginning = os.pipe()
    os.write(beginning, content.encode())
    os.close(beginning)
    try:
        yield Path(f"/dev/fd/{end}")
    finally:
        os.close(end)


def workbook(folder: Path, rows: Sequence[Sequence[object]], merged: str = "", second: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    if second:
        book.create_sheet(second)
    book.save(folder / "answers.xlsx")
    return folder / "answers.xlsx"

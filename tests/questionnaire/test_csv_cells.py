"""What people write is text in every CSV file that a command writes, and comes back from one as it was written."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.csv_table import escaped_cell, unescaped_cells
from tests.support.examples import examples
from tests.support.refused_files import run

WICKED = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "'=1", "''@x")
EDITION = "child-protection-2026"


def answers_of(folder: Path, names: tuple[str, ...], answer: str = "plain") -> Path:
    path = folder / f"answers-{answer}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("company", "r03.text"))
        writer.writerows((escaped_cell(name), answer) for name in names)
    return path


def cells_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


@pytest.mark.parametrize("name", ["=1+1", "\t=1+1", "\x00=1+1", "+a", "-a", "@a", "-2+3", "'=1"])
def test_what_could_pass_for_a_formula_stands_behind_an_apostrophe(name: str) -> None:
    assert escaped_cell(name).startswith("'")


@pytest.mark.parametrize("text", ["", "Aster", "'t Hooft", "-3", "+4.25", "-1e-09", "A = B", "’=1"])
def test_other_text_and_numbers_stand_as_they_are(text: str) -> None:
    assert escaped_cell(text) == text and unescaped_cells([text]) == [text]


@examples(100)
@given(st.lists(st.text(alphabet="'=+-@\t 1ae.", max_size=6)))
def test_cells_come_back_as_they_were_written(texts: list[str]) -> None:
    assert unescaped_cells([escaped_cell(text) for text in texts]) == texts


@pytest.mark.parametrize(
    "command",
    [
        ("score", EDITION, "FILE"),
        ("benchmark", EDITION, "FILE", "--draws", "100"),
        ("change", EDITION, "FILE", "OTHER"),
        ("explain", EDITION, "FILE", "--company", "=1+1"),
        ("improve", EDITION, "FILE"),
    ],
    ids=lambda command: command[0],
)
def test_no_file_of_a_command_holds_a_formula(tmp_path: Path, command: tuple[str, ...]) -> None:
    places = {"FILE": answers_of(tmp_path, WICKED), "OTHER": answers_of(tmp_path, WICKED, "full")}
    out = tmp_path / "out.csv"
    said = run(*(places.get(word, word) for word in command), "--out", out)
    assert said.exit_code == 0, said.output
    cells = cells_of(out)
    assert [cell for cell in cells if cell != escaped_cell(unescaped_cells([cell])[0])] == []
    assert command[0] == "explain" or {escaped_cell(name) for name in WICKED} <= set(cells)

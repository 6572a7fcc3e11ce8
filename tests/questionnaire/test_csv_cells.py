"""Texts that people wrote stay text in every CSV file of a command, and are read back unchanged."""

import csv
import os
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire import csv_table
from compliance.questionnaire.csv_table import AnswerFileFaults, escaped_cell, read_table, unescaped_cells
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
def test_text_that_looks_like_a_formula_is_written_after_an_apostrophe(name: str) -> None:
    assert escaped_cell(name).startswith("'")


@pytest.mark.parametrize("text", ["", "Aster", "'t Hooft", "-3", "+4.25", "-1e-09", "A = B", "’=1"])
def test_other_text_and_numbers_are_written_unchanged(text: str) -> None:
    assert escaped_cell(text) == text and unescaped_cells([text]) == [text]


@examples(100)
@given(st.lists(st.text(alphabet="'=+-@\t 1ae.", max_size=6)))
def test_cells_are_read_back_unchanged(texts: list[str]) -> None:
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
def test_no_file_of_a_command_contains_a_formula(tmp_path: Path, command: tuple[str, ...]) -> None:
    places = {"FILE": answers_of(tmp_path, WICKED), "OTHER": answers_of(tmp_path, WICKED, "full")}
    out = tmp_path / "out.csv"
    said = run(*(places.get(word, word) for word in command), "--out", out)
    assert said.exit_code == 0, said.output
    cells = cells_of(out)
    assert [cell for cell in cells if cell != escaped_cell(unescaped_cells([cell])[0])] == []
    assert command[0] == "explain" or {escaped_cell(name) for name in WICKED} <= set(cells)


# ── Files that are too large are refused before memory is full


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "_CHUNK_BYTES", 100)
    monkeypatch.setattr(csv_table, "MOST_STREAM_BYTES", 10_000)
    monkeypatch.setattr(csv_table, "MOST_LINE_CHARACTERS", 1_000)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"company,a\n" + b"x" * 5_000, "a line has more than"),
        (b"," * 5_000, "a line has more than"),
        (b"company,a\n" + b"Aster,yes\n" * 2_000 + b"\xff", "this is no text further on, after the first"),
        (b"company,a\n" + b"Aster,yes\n" * 20 + b"\xff", "the byte 0xFF is no UTF-8"),
        (b"PK\x03\x04" + b"x" * 50_000, "this is no text, but a zip file"),
        (b"\n" * 50_000, "the file is empty"),
    ],
    ids=["an endless cell", "endless cells", "no text, far on", "no text", "a large zip file", "blank lines"],
)
def test_a_file_that_would_fill_the_memory_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "answers.csv").write_bytes(content)
    with pytest.raises(AnswerFileFaults, match=said):
        list(read_table(tmp_path / "answers.csv").rows)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("lines", [20, 5_000])
def test_a_stream_is_read_unless_it_is_endless(tmp_path: Path, lines: int) -> None:
    os.mkfifo(pipe := tmp_path / "answers.csv")

    def write() -> None:
        with suppress(BrokenPipeError):
            pipe.write_bytes(b"company,a\n" + b"Aster,yes\n" * lines)

    writer = Thread(target=write)
    writer.start()
    if lines == 20:
        assert len(list(read_table(pipe).rows)) == 20
    else:
        with pytest.raises(AnswerFileFaults, match="this is not a file, and more than 0 MB come out of it"):
            read_table(pipe)
    writer.join(10)


def test_a_file_of_any_size_is_read_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "MOST_STREAM_BYTES", 100)
    (tmp_path / "answers.csv").write_bytes(b"company,a\n" + b"Aster,yes\n" * 1_000)
    assert sum(1 for _ in read_table(tmp_path / "answers.csv").rows) == 1_000

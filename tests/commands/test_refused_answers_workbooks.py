"""Every fault in a workbook of answers is reported in a sentence with its place; nothing is guessed."""

import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from tests.support.hostile_workbooks import ods, ods_cell, ods_row, zipped
from tests.support.refused_files import ASTER, EXAMPLE, HEADER, run, score, workbook


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([], {}, "answers.xlsx: its first sheet is empty"),
        ([HEADER.strip().split(",")], {}, "answers.xlsx: there is a header and no company below it"),
        (
            [["company", "profile.sector", "reach.higher.code"], ["Aster", "travel", "stricter", 50], ["B", "", "", 1]],
            {"merged": "C1:D1"},
            "row 2, column D: '50' stands in a column without a name, and in 1 more below: name each column",
        ),
        (
            [["Who", None, "What"], ["company", "profile.sector", "reach.higher.code"], ["Aster", "travel", "intent"]],
            {"merged": "A1:B1"},
            "row 1, column company: this column is missing: it stands in row 2, so delete the rows above that one",
        ),
        ([["Read me"]], {"second": "Answers"}, "answers.xlsx, sheet Sheet, row 1, column company: this column is"),
        (
            [HEADER.split(",")[:3], ["Aster", "travel", "intent"], ["Birch", None, "intent"]],
            {"merged": "B2:B3"},
            "answers.xlsx: cells are merged, and only the first of them has an answer: B2:B3: unmerge them, fill each",
        ),
        ([["company", "reach.higher.code"], ["Aster", "#N/A"]], {}, "row 2, column B: this cell holds the error #N/A"),
        ([["company", "reach.higher.code"], ["Aster", "intent"], ["Aster", ""]], {}, "'Aster' stands in row 2 already"),
    ],
)  # fmt: skip
def test_a_workbook_with_a_fault_is_refused_with_its_place(
    tmp_path: Path, rows: list[list[object]], options: dict[str, str], said: str
) -> None:
    assert said in score(tmp_path, workbook(tmp_path, rows, **options))


def test_0_5_formatted_as_50_per_cent_is_not_read_as_0_5(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["company", "reach.higher.training"], ["Aster", 0.5]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"].number_format = "0 %"
    book.save(path)
    said = score(tmp_path, path)
    assert "row 2, column reach.higher.training: '50%' is not a number: write it without the sign, 50 for 50 %" in said


def test_50_with_a_literal_per_cent_sign_is_read_as_50(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["company", "profile.sector", "reach.higher.training"], ["Aster", "other", 50]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["C2"].number_format = '0" %"'
    book.save(path)
    assert run("score", EXAMPLE, path, "--out", tmp_path / "scores.csv").exit_code == 0


def test_a_second_sheet_is_not_read_and_the_command_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["company", "reach.higher.code"], ["Aster", "intent"]])
    arguments = ("score", EXAMPLE, path, "--out", tmp_path / "scores.csv")
    assert run(*arguments).stderr == ""
    book = openpyxl.load_workbook(path)
    book.worksheets[0].title = "2025"
    book.create_sheet("2026").append(["company"])
    book.save(path)
    assert run(*arguments).stderr == f"{path}: read its first sheet, 2025, and not 2026\n"


def test_answers_are_not_read_from_hidden_sheets_or_chart_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["company", "reach.higher.code"], ["Aster", "intent"]], second="Answers")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].sheet_state, book.active = "hidden", 1
    book.save(path)
    assert "answers.xlsx: its first sheet, 'Sheet', is hidden: show it, or move" in score(tmp_path, path)
    figure = BarChart()
    figure.add_data(Reference(book.worksheets[0], min_col=1, min_row=1, max_row=2))
    book.create_chartsheet("Figure", 0).add_chart(figure)
    book.save(path)
    assert "answers.xlsx: its first sheet, 'Figure', is a chart: move the sheet with the answers" in score(
        tmp_path, path
    )


def test_warnings_of_openpyxl_are_not_shown(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["company", "reach.higher.code"], ["Aster", "intent"]])
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/styles.xml"] = b"<x/>"  # about which openpyxl warns
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert run("score", EXAMPLE, path, "--out", tmp_path / "scores.csv").exit_code == 0
    assert said == []


def test_a_text_file_named_like_a_workbook_is_refused(tmp_path: Path) -> None:
    for content, said in (
        ((HEADER + ASTER).encode(), "it is text, not a workbook: name it .csv if it is a table, or save it as .xlsx"),
        (
            b"",
            "it is not a workbook, or it is damaged: open it in a spreadsheet program and save it as .xlsx, or take a",
        ),
    ):
        (tmp_path / "answers.xlsx").write_bytes(content)
        assert f"answers.xlsx: {said}" in score(tmp_path, tmp_path / "answers.xlsx")


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("answers.xls", OLD, "answers.xls: it is an old workbook (.xls): save it as .xlsx, without a password\n"),
        ("answers.xlsb", zipped({"xl/workbook.bin": b"x"}), "it is a binary workbook (.xlsb): save it as .xlsx\n"),
        ("answers.xlsm", zipped({"xl/vbaProject.bin": b"x"}), "it carries macros: save it as .xlsx, without them\n"),
        (
            "answers.ods",
            zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "but not a spreadsheet: send",
        ),
        ("answers.fods", b"<?xml version='1.0'?><office:document/>", "it is text, not a workbook: name it .csv"),
    ],
)
def test_a_workbook_of_another_kind_says_which_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said in score(tmp_path, path)


def test_answers_in_an_ods_are_scored_like_those_in_a_csv_file(tmp_path: Path) -> None:
    header, line = HEADER.strip().split(","), ASTER.strip().split(",")
    (tmp_path / "answers.csv").write_text(HEADER + ASTER)
    rows = ods_row(*map(ods_cell, header)) + ods_row(*map(ods_cell, line))
    (tmp_path / "answers.ods").write_bytes(ods({"Answers": rows}))
    for ending in ("csv", "ods"):
        done = run("score", EXAMPLE, tmp_path / f"answers.{ending}", "--out", tmp_path / f"{ending}-scores.csv")
        assert done.exit_code == 0, done.output
    assert (tmp_path / "ods-scores.csv").read_bytes() == (tmp_path / "csv-scores.csv").read_bytes()

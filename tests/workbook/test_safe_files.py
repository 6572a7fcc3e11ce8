"""Workbooks that the tool writes are safe to open, and those it receives are checked first."""

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from compliance.questionnaire.answers import NotApplicable
from compliance.workbook.answer_import import iter_answer_sheets
from compliance.workbook.cell_texts import clean
from compliance.workbook.package_checks import check_package, holds_pictures
from compliance.workbook.reader import UnreadableWorkbook, as_text, read_rows
from compliance.workbook.scorecard_import import read_fingerprint
from compliance.workbook.writer import WorkbookWriter
from tests.support.factories import edition, many, number, one, profile
from tests.support.hostile_workbooks import with_parts

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1+1",
    "@SUM(1)",
    "\x00\x07bell",
    "http://example.org",
    "00123",
    "_x0041_",
)


def saved(rows: list[list[object]], name: str = "Answers") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return package.read(name)


# ── Writing


def written(texts: tuple[str, ...]) -> bytes:
    book = WorkbookWriter(title=texts[0], subject=texts[0])
    sheet = book.sheet("Texts")
    sheet.set_up_page(heading=texts[0], note=texts[0])
    for row, text in enumerate(texts):
        sheet.text(row, 0, text, "text")
        sheet.rich_text(row, 1, [(text, {"bold": True}), (text, {})])
    return book.content()


def test_text_stays_text_whatever_it_begins_with() -> None:
    content = written(HOSTILE)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Texts"]
    for row, text in enumerate(HOSTILE, 1):
        assert sheet.cell(row, 1).data_type == "s"
        assert sheet.cell(row, 1).value == clean(text)
        assert sheet.cell(row, 1).quotePrefix
        assert sheet.cell(row, 2).value == clean(text) * 2
    assert b"<f>" not in part_of(content, "xl/worksheets/sheet1.xml")
    assert "hyperlink" not in part_of(content, "xl/worksheets/sheet1.xml").decode()


def test_control_characters_become_visible_and_line_ends_stay() -> None:
    assert clean("a\x00b\x1bc\ud800d\u202ee") == "a\ufffdb\ufffdc\ufffdd\ufffde"
    assert clean("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree\tfour"


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_a_text_too_long_for_a_cell_says_how_much_is_missing(letter: str) -> None:
    cut = clean(letter * 40_000)
    kept = cut.count(letter) if letter != "x" else cut.index(" [cut")
    assert f"{40_000 - kept:,} characters are missing]" in cut
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert clean("x" * 32_767) == "x" * 32_767


# ── Reading

MADE = edition(
    one("a", 0, 1, na="reason"), many("b"), number("c"), profile=profile(sector=("food", "NA"), staff=())
)  # fmt: skip


def test_answers_are_read_from_a_workbook_as_from_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    header: list[object] = ["company", "profile.sector", "profile.staff", "a", "a#reason", "b", "c"]
    path.write_bytes(
        saved([[], header, ["Example 1", "NA", 12, "n/a", "none there", "o0|o1", 0.1], [], ["=1+1", "food"]])
    )
    with pytest.raises(UnreadableWorkbook, match="row 5, column A: this formula has no value"):
        tuple(iter_answer_sheets(MADE, path))
    path.write_bytes(saved([[], header, ["Example 1", "NA", 12, "n/a", "none there", "o0|o1", 0.1]]))
    (sheet,) = iter_answer_sheets(MADE, path)
    assert sheet.profile == {"sector": "NA", "staff": 12.0}
    assert sheet.answers == {"a": NotApplicable("none there"), "b": ("o0", "o1"), "c": 0.1}


def test_a_table_of_answers_too_large_to_open_as_a_whole_is_read_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.xlsx"
    path.write_bytes(saved([["company", "a"], *([f"Company {n}", "o0"] for n in range(100))]))
    monkeypatch.setattr("compliance.workbook.package_checks.MOST_TAGS", 300)
    assert check_package(path.read_bytes()).is_oversized
    assert read_fingerprint(path.read_bytes()) is None  # so a page refuses it as not a scorecard
    sheets = list(iter_answer_sheets(MADE, path))
    assert [sheet.company for sheet in sheets] == [f"Company {n}" for n in range(100)]
    assert all(sheet.answers == {"a": "o0"} for sheet in sheets)


def test_empty_rows_keep_their_numbers() -> None:
    assert read_rows(saved([["x"], [], [None, 2.50]])) == [["x"], [], ["", "2.5"]]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (True, "TRUE"), (0, "0"), (50.0, "50"), (0.1, "0.1"), ("NA", "NA"), ("n/a", "n/a")]
)
def test_a_cell_has_one_spelling_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


SAVED = saved([["company"], ["Example 1"]])
TYPES = part_of(SAVED, "[Content_Types].xml")
SHEET = part_of(SAVED, "xl/worksheets/sheet1.xml")
MACRO_TYPES = TYPES.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'


def encrypted(content: bytes) -> bytes:
    """The zip with every part marked as encrypted."""
    marked = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(mark)
        while at >= 0:
            struct.pack_into("<H", marked, at + offset, 1)
            at = marked.find(mark, at + 1)
    return bytes(marked)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a workbook, or it is damaged"),
        (b"company\nExample 1\n", "text, not a workbook: name it .csv"),
        (SAVED[: len(SAVED) // 2], "not a workbook, or it is damaged"),
        (SAVED[:100] + b"\xff" * 200 + SAVED[300:], "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (encrypted(SAVED), "password"),
        (with_parts({"xl/worksheets/sheet1.xml": DTD}, SAVED), "entities"),
        (with_parts({"xl/worksheets/sheet1.xml": DTD.decode().encode("utf-16")}, SAVED), "entities"),
        (with_parts({"docProps/core.xml": b" " * 1_000_010 + DTD}, SAVED), "entities|far more"),
        (with_parts({"xl/vbaProject.bin": b"x"}, SAVED), "macros"),
        (with_parts({"[Content_Types].xml": MACRO_TYPES}, SAVED), "macros"),
        (with_parts({"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}, SAVED), "other files"),
        (with_parts({"xl/connections.xml": b"<connections/>"}, SAVED), "data connections"),
        (with_parts({"xl/embeddings/oleObject1.bin": b"x"}, SAVED), "other files inside"),
        (with_parts({"xl/media/zeros.bin": b"\0" * 50_000_000}, SAVED), "far more than it should"),
        (with_parts({f"xl/media/{i}.bin": b"x" for i in range(2100)}, SAVED), "parts inside"),
        (with_parts({"xl/worksheets/sheet1.xml": b"<worksheet><not closed"}, SAVED), "damaged"),
        (with_parts({"xl/worksheets/sheet1.xml": SHEET.replace(b'r="A2"', b'r="ZZZZ2"')}, SAVED), "damaged"),
    ],
)  # fmt: skip
def test_a_workbook_that_could_do_harm_is_refused_with_a_reason(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableWorkbook, match=why):
        read_rows(content)


def test_a_zip_of_something_else_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableWorkbook, match="not a workbook"):
        read_rows(file.getvalue())


def test_the_size_that_a_sheet_claims_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    lying = SHEET.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
    assert lying != SHEET
    assert read_rows(with_parts({"xl/worksheets/sheet1.xml": lying}, SAVED)) == [["company"], ["Example 1"]]
    monkeypatch.setattr("compliance.workbook.reader.MOST_CELLS", 16_000)
    far = SHEET.replace(b'r="A2"', b'r="XFD2"')
    with pytest.raises(UnreadableWorkbook, match="too large"):
        read_rows(with_parts({"xl/worksheets/sheet1.xml": far}, SAVED))


PNG, JPEG, HEIC = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\0\0\0\x18ftypheic"


@pytest.mark.parametrize(
    ("part", "content", "is_picture"),
    [
        ("xl/media/image1.png", PNG, True),
        ("xl/media/image1.svg", b"<svg/>", True),
        ("Pictures/100000.jpg", JPEG, True),
        ("xl/worksheets/sheet9.xml", JPEG, True),  # whatever it is called
        ("customXml/item1.xml", HEIC, True),
        ("content.xml", b"<office:binary-data>iVBO</office:binary-data>", True),
        ("Thumbnails/thumbnail.png", PNG, False),  # a preview that LibreOffice draws
        ("ObjectReplacements/Object 1", PNG, False),  # as for each chart
        ("customXml/item1.xml", b"<text>PNG</text>", False),
    ],
)
def test_pictures_in_a_workbook_are_found_whatever_the_names_of_their_parts(
    part: str, content: bytes, is_picture: bool
) -> None:
    assert not holds_pictures(saved([["a"]]))
    assert holds_pictures(with_parts({part: content}, saved([["a"]]))) == is_picture

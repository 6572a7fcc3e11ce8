"""A scorecard that is damaged, foreign or malicious gives findings with their cells, or one fitting sentence."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import MARK, in_language, mark_english_fallbacks
from compliance.questionnaire.csv_table import AnswerFileFaults, column_letters
from compliance.workbook.answer_import import iter_answer_sheets
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_import import read_scorecard
from compliance.workbook.scorecard_layout import METHOD_SHEET, REVIEW_SHEET
from tests.support.hostile_workbooks import (
    STRINGS,
    STYLES,
    WORKBOOK,
    broken_names,
    marked_as_encrypted,
    names,
    put_before,
    replaced,
    review_part,
    rows,
    sheet_entries,
    unzipped,
    with_parts,
    zipped,
)
from tests.support.review_edits import (
    GIVEN,
    HEAD,
    MADE,
    Change,
    assert_whole,
    back,
    changed,
    lose_names,
    lose_properties,
    put,
    read_sheets,
    rename,
    row_of,
    saved,
    without,
    written,
)

REVIEW = review_part()
PYTHON = re.compile(r"[A-Za-z]*(Error|Exception|Warning)\b|Traceback|BadZipFile|NoneType|openpyxl|lxml|zlib|defusedxml")


def assert_plain(said: str) -> None:
    """Check that this is one sentence or a list of findings, each with advice, and without technical words."""
    assert not PYTHON.search(said), said
    assert ":" in said or "and " in said


# ── One sentence


def _dtd(declared: bytes) -> Callable[[bytes], bytes]:
    return lambda part: part.replace(b"<sst", b"<!DOCTYPE x [" + declared + b"]><sst", 1)


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
TYPES, RELATIONS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
MACRO = replaced(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
LONG = b"<si><t>" + b"x" * 2_500_000 + b"</t></si>"
ANOTHER = replace(MADE, id="another", digest="0ther")
OLDER = replace(MADE, digest="0ther")


def _without_sheets(*kept: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(written()))
    for name in book.sheetnames:
        if name not in kept:
            del book[name]
    return saved(book)


def _twice(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package, pytest.warns(UserWarning, match="Duplicate name"):
        for part, content in [*unzipped(written()).items(), (name, b"<sst/>")]:
            package.writestr(part, content)
    return file.getvalue()


def _cut(share: float) -> bytes:
    return written()[: int(len(written()) * share)]


def _flipped() -> bytes:
    with zipfile.ZipFile(io.BytesIO(written())) as package:
        at = package.getinfo(REVIEW).header_offset + 200
    content = bytearray(written())
    content[at] ^= 255
    return bytes(content)


REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    # the kind of file
    "nothing": (lambda: b"", "it is not a workbook, or it is damaged: open it in a spreadsheet program"),
    "text named .xlsx": (lambda: b"company,a\nExample 1,o1\n", "it is text, not a workbook: name it .csv"),
    "a page": (lambda: b"<!doctype html><p>Sign in</p>", "it is text, not a workbook: name it .csv"),
    "a PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "it is not a workbook, or it is damaged"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "it is not a workbook, or it is damaged"),
    "a zip of pictures": (lambda: zipped({"a.png": b"x"}), "it is a zip file, but not a workbook: save it as .xlsx"),
    "a document": (lambda: zipped({"word/document.xml": b"<w/>"}), "it is a zip file, but not a workbook"),
    "an old .xls": (lambda: OLE + "Workbook".encode("utf-16-le"), r"it is an old workbook \(.xls\): save it as .xlsx"),
    "an .xlsb": (lambda: with_parts({"xl/workbook.bin": b"x"}), r"it is a binary workbook \(.xlsb\): save it as .xlsx"),
    "protected by a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password: save"),
    "parts encrypted": (lambda: marked_as_encrypted(written()), "it is protected by a password: save it without one"),
    # its content
    "macros": (lambda: with_parts({"xl/vbaProject.bin": b"x"}), "it carries macros: save it as .xlsx, without them"),
    "an .xlsm named .xlsx": (lambda: with_parts({TYPES: MACRO}), r"a workbook for macros \(.xlsm\): save it as .xlsx"),
    "macros of Excel 4": (lambda: with_parts({"xl/macrosheets/sheet1.xml": b"<x/>"}), "it carries macros: save it"),
    "controls": (lambda: with_parts({"xl/activeX/activeX1.xml": b"<x/>"}), "it carries controls: save a copy"),
    "links to files": (lambda: with_parts({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "other files: break the"),
    "a connection": (lambda: with_parts({"xl/connections.xml": b"<x/>"}), "delete its data connections and save it"),
    "an object": (lambda: with_parts({"xl/embeddings/o.bin": b"x"}), "delete the embedded objects and save it"),
    # damaged
    "cut after its beginning": (lambda: _cut(0.1), "it is not a workbook, or it is damaged: open it in a"),
    "cut in the middle": (lambda: _cut(0.5), "it is not a workbook, or it is damaged: open it in a"),
    "cut before its end": (lambda: _cut(0.999), "it is not a workbook, or it is damaged: open it in a"),
    "a byte flipped": (_flipped, "damaged"),
    "no styles": (lambda: with_parts({STYLES: None}), "it is damaged: open it in a spreadsheet program, which may"),
    "no texts": (lambda: with_parts({STRINGS: None}), "it is damaged: open it in a spreadsheet program"),
    "no list of sheets": (lambda: with_parts({WORKBOOK: None}), "it is a zip file, but not a workbook"),
    "no relationships": (lambda: with_parts({RELATIONS: None}), "damaged"),
    "no content types": (lambda: with_parts({TYPES: None}), "damaged"),
    "XML cut off": (lambda: with_parts({REVIEW: lambda part: part[: len(part) // 2]}), "it is damaged: open it in a"),
    "no XML": (lambda: with_parts({REVIEW: b"\xff\xfe\xff"}), "it is damaged: open it in a spreadsheet program"),
    "a text that is not there": (lambda: with_parts({STRINGS: b"<sst/>"}), "it is damaged: open it in a"),
    "a column beyond the last": (lambda: with_parts({REVIEW: replaced(b'r="A2"', b'r="ZZZZ2"')}), "it is damaged"),
    "a part twice": (lambda: _twice(STRINGS), "it has the same part twice, so nobody can say what it holds"),
    "the texts elsewhere": (
        lambda: with_parts({TYPES: replaced(b"/xl/sharedStrings.xml", b"/xl/media/1.png")}),
        "it is damaged: open it",
    ),
    # malicious
    "an entity": (lambda: with_parts({STRINGS: _dtd(b'<!ENTITY a "b">')}), "it declares entities, as no spreadsheet"),
    "a billion laughs": (lambda: with_parts({STRINGS: _dtd(LAUGHS)}), "it declares entities, as no spreadsheet"),
    "a file of the server": (
        lambda: with_parts({STRINGS: _dtd(b'<!ENTITY a SYSTEM "file:///etc/passwd">')}),
        "it declares entities, as no spreadsheet",
    ),
    "an entity in UTF-16": (
        lambda: with_parts({REVIEW: '<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'.encode("utf-16")}),
        "it declares entities, as no spreadsheet",
    ),
    "a zip bomb": (lambda: with_parts({"xl/media/1.png": b"\0" * 5_000_000}), "it unpacks to far more than it should"),
    "a long text": (lambda: with_parts({STRINGS: put_before(b"</sst>", LONG)}), "far more than it should|far longer"),
    "many parts": (lambda: with_parts({f"x/{n}": b"" for n in range(2_001)}), "it has more than 2000 parts inside"),
    "6,000 names": (
        lambda: with_parts({WORKBOOK: put_before(b"</definedNames>", names(6_000))}),
        "it has far more defined names than a workbook needs: copy its cells into a new workbook",
    ),
    "1,500 sheets": (lambda: with_parts({WORKBOOK: put_before(b"</sheets>", sheet_entries(1_500))}), "far more sheets"),
    "sheets of one part": (
        lambda: with_parts({WORKBOOK: put_before(b"</sheets>", sheet_entries(2))}),
        "several of its sheets share one part, or have none",
    ),
    "sheets of no part": (
        lambda: with_parts({WORKBOOK: put_before(b"</sheets>", sheet_entries(2, "rId999"))}),
        "several of its sheets share one part, or have none",
    ),
    "6,000 merged cells": (
        lambda: with_parts({REVIEW: put_before(b"</worksheet>", b'<mergeCell ref="X1:Y1"/>' * 6_000)}),
        "it has far more merged cells than a workbook needs",
    ),
    "80,000 formats": (
        lambda: with_parts({REVIEW: put_before(b"</worksheet>", b"<conditionalFormatting/>" * 80_000)}),
        "it has far more conditional formats than a workbook needs",
    ),
    "80,000 rules": (
        lambda: with_parts({REVIEW: put_before(b"</worksheet>", b"<dataValidation/>" * 80_000)}),
        "it has far more rules for what a cell may hold than a workbook needs",
    ),
    "160,000 styles": (
        lambda: with_parts({STYLES: put_before(b"</cellXfs>", b"<xf/>" * 160_000)}),
        "it has far more cell styles than a workbook needs",
    ),
    "more rows than the questionnaire": (
        lambda: with_parts({REVIEW: put_before(b"</sheetData>", rows(2_200, 3))}),
        "sheet Review has far more rows than the questionnaire: restore it, or start from a new scorecard",
    ),
    # another workbook
    "two sheets of one name": (
        lambda: with_parts({WORKBOOK: replaced(b'name="Summary"', b'name="review"')}),
        "several of its sheets are called 'review': rename or delete all but one",
    ),
    "another company": (
        lambda: changed(lambda page: page["A2"].__setattr__("value", "Example 2")),
        "no longer that of the company, '=Example & 1': write it as it was, or start from a new scorecard",
    ),
    "Review deleted": (lambda: without(REVIEW_SHEET), "its sheet Review, or the row of its headings, is missing"),
    "only Method left": (lambda: _without_sheets("Method"), "its sheet Review, or the row of its headings, is missing"),
    "neither Method nor properties": (
        lambda: changed(lose_properties, content=without(METHOD_SHEET)),
        "its sheet Method, which names the edition, is missing or damaged: restore it, or start from a new scorecard",
    ),
    "headings deleted": (
        lambda: changed(lambda page: page.delete_rows(HEAD)),
        "its sheet Review, or the row of its headings, is missing or damaged: restore it",
    ),
    "a heading renamed": (
        lambda: changed(put(HEAD, ReviewColumn.EVIDENCE, "My view")),
        "no column is called Evidence, in any language: restore it, or start from a new scorecard",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_a_scorecard_is_refused_with_one_fitting_sentence(case: str) -> None:
    make, said = REFUSED[case]
    with pytest.raises(UnreadableWorkbook, match=said) as refused:
        read_scorecard(MADE, make(), "scorecard.xlsx")
    assert_plain(str(refused.value))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("case", ["text named .xlsx", "macros", "no styles", "6,000 names", "Review deleted"])
def test_a_command_refuses_the_file_with_the_same_sentence_and_does_not_change_it(case: str, tmp_path: Path) -> None:
    make, said = REFUSED[case]
    path = tmp_path / "scorecard.xlsx"
    path.write_bytes(content := make())
    with pytest.raises(UnreadableWorkbook, match=said) as refused:
        list(iter_answer_sheets(MADE, path))
    assert str(refused.value).startswith(f"{path}: ")
    assert path.read_bytes() == content


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_a_refusal_is_in_the_language_of_its_reader(language: str) -> None:
    for case in ("text named .xlsx", "macros", "6,000 names", "Review deleted"):
        make, said = REFUSED[case]
        with in_language(language), pytest.raises(UnreadableWorkbook) as refused:
            mark_english_fallbacks()
            read_scorecard(MADE, make(), "scorecard.xlsx")
        assert not re.search(said, str(refused.value))
        assert not MARK.search(str(refused.value)), "a part of the message is in English"


@pytest.mark.parametrize(
    ("made", "said"),
    [(ANOTHER, "this scorecard answers the edition made, and another was named"), (OLDER, "made of another version")],
)
def test_a_scorecard_of_another_edition_or_version_is_refused(made: object, said: str) -> None:
    with pytest.raises(UnreadableWorkbook, match=said) as refused:
        read_scorecard(made, written(), "scorecard.xlsx")  # type: ignore[arg-type]
    assert_plain(str(refused.value))


# ── Findings with their cells


def typed(key: str, column: ReviewColumn, value: object) -> Change:
    return lambda page: page.cell(row_of(key), column + 1).__setattr__("value", value)


def _merged(page: Worksheet) -> None:
    page.merge_cells(start_row=row_of("d"), end_row=row_of("e"), start_column=D + 1, end_column=D + 1)


D, A, J = ReviewColumn.DETERMINATION, ReviewColumn.ANSWER, ReviewColumn.ADJUSTED
FOUND: Mapping[str, tuple[Change, str, ReviewColumn, str]] = {
    "a number where a choice belongs": (typed("g", D, 7), "g", D, "'7' is no determination"),
    "a date where a choice belongs": (typed("g", D, date(2026, 3, 1)), "g", D, "'2026-03-01' is no determination"),
    "true where a choice belongs": (typed("g", D, True), "g", D, "'TRUE' is no determination"),
    "a percentage where a choice belongs": (
        lambda page: (typed("g", D, 0.5)(page), page.cell(row_of("g"), D + 1).__setattr__("number_format", "0%"))[0],
        "g", D, "'50%' is no determination",
    ),
    "an unknown answer": (typed("h", A, "o7"), "h", A, "'o7' is not one of these: o0, o1, o2"),
    "an answer in another case": (typed("h", A, "O2 "), "h", A, "is not one of these: o0, o1, o2"),
    "an error in an answer": (typed("h", A, "#N/A"), "h", A, "this cell holds the error #N/A"),
    "a formula as an answer": (typed("h", A, '="o1"'), "h", A, "there is a formula here: type the answer itself"),
    "a number that is none": (typed("c", A, "a half"), "c", A, "'a half' is not a number"),
    "a date that is none": (typed("d", A, "31 February"), "d", A, "'31 February' is not a date"),
    "merged": (_merged, "d", D, "are merged, and only the first of them holds something: unmerge them"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_cells_that_are_not_understood_are_named(case: str) -> None:
    change, key, column, said = FOUND[case]
    with pytest.raises(AnswerFileFaults) as refused:
        back(changed(change))
    assert_plain(str(refused.value))
    found = [fault for fault in refused.value.faults if said in fault.message]
    assert [fault.cell for fault in found] == [f"{column_letters(column)}{row_of(key)}"], str(refused.value)


def _delete_line(page: Worksheet) -> None:
    page.delete_rows(row_of("g"))


def _double_line(page: Worksheet) -> None:
    for cell in page[row_of("g")]:
        page.cell(page.max_row + (cell.column == 1), cell.column).value = cell.value


@pytest.mark.parametrize(
    ("change", "said"), [(_delete_line, "its row is missing: restore it"), (_double_line, "this is already in row")]
)
def test_missing_and_duplicate_rows_are_found(change: Change, said: str) -> None:
    with pytest.raises(AnswerFileFaults, match=said) as refused:
        back(changed(change))
    assert_plain(str(refused.value))


# ── Read correctly all the same


def _lie(part: bytes) -> bytes:
    return re.sub(rb'ref="A1:[A-Z]+\d+"', b'ref="A1:XFD1048576"', part, count=1)


def _extra_sheets(page: Worksheet) -> None:
    book = page.parent
    assert isinstance(book, openpyxl.Workbook)
    book.create_sheet("My notes", 0)["A1"] = "=1+1"
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(page, min_col=5, min_row=HEAD, max_row=HEAD + 4))
    book.create_chartsheet("My chart").add_chart(chart)


READ: Mapping[str, Callable[[], bytes]] = {
    "names of cells stripped": lambda: changed(lose_names),
    "names of cells broken": lambda: with_parts({WORKBOOK: broken_names}),
    "properties stripped": lambda: changed(lose_properties),
    "names and properties stripped": lambda: changed(lose_names, lose_properties),
    "Review renamed": lambda: changed(rename),
    "Method deleted": lambda: without(METHOD_SHEET),
    "sheets and a chart of one's own": lambda: changed(_extra_sheets),
    "only Review and Method left": lambda: _without_sheets("Review", "Method"),
    "a size that is a lie": lambda: with_parts({REVIEW: _lie}),
    "20,000 empty rows": lambda: with_parts({REVIEW: put_before(b"</sheetData>", b'<row r="20000"/>')}),
    "thousands of names": lambda: with_parts({WORKBOOK: put_before(b"</definedNames>", names(3_000))}),
    "no theme": lambda: with_parts({"xl/theme/theme1.xml": None}),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_edits_that_do_not_affect_the_score_are_accepted(case: str) -> None:
    assert_whole(back(READ[case]()))


def test_a_day_is_read_correctly_with_both_date_systems_of_excel() -> None:
    for epoch in (openpyxl.utils.datetime.WINDOWS_EPOCH, openpyxl.utils.datetime.MAC_EPOCH):
        book = openpyxl.load_workbook(io.BytesIO(read_sheets()))
        book.epoch = epoch
        book["Review"].cell(row_of("d"), A + 1).value = date(2025, 2, 28)
        assert back(saved(book)).sheet.answers["d"] == "2025-02-28"


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x","y")', "@SUM(1)", "+1", "-1", "{=A1}", "'=1"])
def test_a_note_that_looks_like_a_formula_is_read_as_a_note(text: str) -> None:
    def change(page: Worksheet) -> None:
        cell = page.cell(row_of("c"), ReviewColumn.COMMENT + 1)
        cell.value, cell.data_type, cell.quotePrefix = text, "s", True  # type: ignore[misc]

    returned = back(changed(change))
    assert returned.comments["c"] == text and returned.sheet == GIVEN

"""Scorecards and answers files saved as .ods are read in the same way as those saved as .xlsx."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from compliance.questionnaire.csv_table import AnswerFileFaults, column_letters
from compliance.workbook.answer_import import iter_answer_sheets
from compliance.workbook.book_reading import as_text
from compliance.workbook.ods_book import OdsBook
from compliance.workbook.reader import UnreadableWorkbook, opened_workbook, read_rows
from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.hostile_workbooks import as_ods, ods, ods_cell, ods_of, ods_row, unzipped, with_parts
from tests.support.recalculation import Recalculator
from tests.support.review_edits import (
    GIVEN,
    MADE,
    OWN,
    assert_whole,
    back,
    changed,
    own_cells,
    put,
    row_of,
    shuffle_columns,
    shuffle_rows,
    written,
)

DETERMINATION = ReviewColumn.DETERMINATION
LETTER = column_letters(DETERMINATION)

# ── As LibreOffice saves them


@pytest.fixture(scope="module")
def libreoffice_saved(recalculate: Recalculator) -> Mapping[str, bytes]:
    """Scorecards saved by LibreOffice: unchanged in two languages, and one with edits."""
    edited = changed(
        put("g", DETERMINATION, "=I12"),
        put("h", DETERMINATION, "=NA()"),
        lambda page: page.merge_cells(
            start_row=row_of("d"), end_row=row_of("e"), start_column=DETERMINATION + 1, end_column=DETERMINATION + 1
        ),
    )
    files = {"en": written(), "ar": written("ar"), "edited": edited, "moved": changed(shuffle_columns, shuffle_rows(3))}
    return recalculate(files, ending="ods")


@pytest.mark.parametrize("name", ["en", "ar", "moved"])
def test_a_scorecard_saved_as_ods_still_has_everything(libreoffice_saved: Mapping[str, bytes], name: str) -> None:
    returned = back(libreoffice_saved[name])
    assert_whole(returned)
    assert own_cells(returned) == OWN and not returned.remarks


def test_formulas_errors_and_merged_cells_of_an_ods_are_found_with_their_cells(
    libreoffice_saved: Mapping[str, bytes],
) -> None:
    with pytest.raises(AnswerFileFaults) as refused:
        back(libreoffice_saved["edited"])
    found = {fault.cell: fault.message for fault in refused.value.faults}
    assert "there is a formula here" in found[f"{LETTER}{row_of('g')}"]
    assert "there is a formula here" in found[f"{LETTER}{row_of('h')}"]
    assert f"the cells {LETTER}{row_of('d')}:{LETTER}{row_of('e')} are merged" in found[f"{LETTER}{row_of('d')}"]


def test_every_cell_is_as_another_library_reads_it(libreoffice_saved: Mapping[str, bytes]) -> None:
    """Calamine reads values of formulas, no percentages, and only some tabs and line breaks."""
    content = libreoffice_saved["en"]
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(content))
    compared = 0
    with opened_workbook(content) as book:
        assert list(book.sheets) == theirs.sheet_names
        for sheet in book.sheets:
            their_rows = theirs.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for row, their_row in zip(book.rows(sheet), their_rows, strict=False):
                for cell, value in zip(row, their_row, strict=False):
                    if not cell.flaw and not cell.text.endswith("%"):
                        compared += 1
                        ours = as_text(float(cell.text)) if isinstance(value, float) else cell.text
                        assert as_text(value).split() == ours.split()
    assert compared > 500


# ── Cells


def read(*rows: str) -> list[list[str]]:
    with opened_workbook(ods({"Review": "".join(rows)})) as book:
        return [[cell.text for cell in row] for row in book.rows("Review")]


def value(kind: str, **attributes: str) -> str:
    told = "".join(f' office:{name.replace("_", "-")}="{text}"' for name, text in attributes.items())
    return f'<table:table-cell office:value-type="{kind}"{told}/>'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (value("float", value="0.50"), "0.5"),
        (value("float", value="12"), "12"),
        (value("percentage", value="0.345"), "34.5%"),
        (value("currency", value="3.10"), "3.1"),
        (value("boolean", boolean_value="true"), "TRUE"),
        (value("date", date_value="2026-03-31"), "2026-03-31"),
        (value("date", date_value="2026-03-31T00:00:00"), "2026-03-31"),
        (value("date", date_value="2026-03-31T10:30:00"), "2026-03-31T10:30:00"),
        (value("time", time_value="PT10H30M00S"), "10:30:00"),
        (value("string", string_value="so"), "so"),
        (ods_cell("two\nlines"), "two\nlines"),
        (ods_cell(inner="<text:p>a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d</text:p>"), "a   b\tc\nd"),
        (ods_cell(inner="<text:p>1\n  <text:span>2 <text:a>3</text:a></text:span> 4</text:p>"), "1 2 3 4"),
        (ods_cell(inner="<office:annotation><text:p>aside</text:p></office:annotation><text:p>told</text:p>"), "told"),
        (
            ods_cell(inner="<text:p><text:a>told\nhttps://example.org/a</text:a></text:p>"),
            "told\nhttps://example.org/a",
        ),
        (ods_cell("=1+1"), "=1+1"),
    ],
)
def test_a_cell_of_each_kind_is_read_as_people_see_it(cell: str, text: str) -> None:
    assert read(ods_row(ods_cell(), cell)) == [["", text]]


def test_repeated_cells_and_rows_are_read_as_often_as_they_say() -> None:
    alike = ods_row(ods_cell("x", number_columns_repeated=2), ods_cell(number_columns_repeated=16_382))
    empty = ods_row(ods_cell(number_columns_repeated=16_384), number_rows_repeated=2)
    twice = ods_row(ods_cell(number_columns_repeated=2), ods_cell("y"), number_rows_repeated=2)
    assert read(alike, empty, twice, empty) == [["x", "x"], [], [], ["", "", "y"], ["", "", "y"]]


def test_rows_in_groups_are_read_and_rows_of_tables_inside_cells_are_not() -> None:
    inner = f"<table:table table:name='in'>{ods_row(ods_cell('inside'))}</table:table>"
    rows = ods_row(ods_cell("a", inner=f"<text:p>a</text:p>{inner}"))
    group = f"<table:table-row-group><table:table-header-rows>{rows}</table:table-header-rows></table:table-row-group>"
    content = ods({"Answers": group + ods_row(ods_cell("b"))})
    with opened_workbook(content) as book:
        assert [cell.text for row in book.rows("Answers") for cell in row] == ["a", "b"]
        assert list(book.sheets) == ["Answers"]


def test_names_of_cells_are_found_quoted_or_broken() -> None:
    def name(title: str, cells: str) -> str:
        return f'<table:named-range table:name="{title}" table:cell-range-address="{cells}"/>'

    names = name("a", "$Review.$C$6:.$C$35") + name("b", "$'Work of ''Ana'''.$AB$2") + name("c", "$#REF!.$A$1")
    with opened_workbook(ods({"Review": ods_row(ods_cell("x"))}, names=names)) as book:
        assert book.named_place("a") == ("Review", 6, 3)
        assert book.named_place("b") == ("Work of 'Ana'", 2, 28)
        assert book.named_place("c") == ("", 1, 1)
        assert book.named_place("d") is None


def test_the_first_sheet_may_not_be_hidden(tmp_path: Path) -> None:
    style = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    table = f'<table:table table:name="Answers" table:style-name="h">{ods_row(ods_cell("company"))}</table:table>'
    path = tmp_path / "answers.ods"
    path.write_bytes(ods_of(table, styles=style))
    with pytest.raises(UnreadableWorkbook, match="its first sheet, 'Answers', is hidden: show it"):
        list(iter_answer_sheets(MADE, path))


# ── Answers files


ERROR = (
    '<table:table-cell calcext:value-type="error" office:value-type="string"><text:p>#N/A</text:p></table:table-cell>'
)
HEADER = ods_row(*map(ods_cell, ("company", "profile.size", "g", "h")))


def answers(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "answers.ods"
    path.write_bytes(ods({"Answers": header + "".join(rows), "Notes": ods_row(ods_cell("mine"))}))
    return path


def test_an_answers_file_may_be_an_ods(tmp_path: Path) -> None:
    told: list[str] = []
    path = answers(
        tmp_path,
        ods_row(*map(ods_cell, ("Example 1", "1-9", "o1", "o2"))),
        ods_row(ods_cell()),
        ods_row(ods_cell("Example 2")),
    )
    first, second = iter_answer_sheets(MADE, path, tell=told.extend)
    assert (first.company, first.profile, first.answers) == ("Example 1", {"size": "1-9"}, {"g": "o1", "h": "o2"})
    assert (second.company, second.answers) == ("Example 2", {})
    assert told == ["Answers", "Notes"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ods_row(ods_cell("A"), ods_cell(), ods_cell("o9")), "row 2, column g: 'o9' is not one of these: o0, o1"),
        (
            ods_row(ods_cell("A"), ods_cell(), ods_cell("o1", number_rows_spanned=2)),
            r"cells are merged, .*: C2:C3: unmerge",
        ),
        (
            ods_row(ods_cell("A"), ods_cell(inner="<text:p></text:p>", formula="of:=1")),
            "row 2, column B: this formula has no value",
        ),
        (ods_row(ods_cell("A"), ERROR), "row 2, column B: this cell holds the error #N/A: put the answer there"),
    ],
)
def test_faults_of_an_answers_file_are_reported_with_their_cells(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises((AnswerFileFaults, UnreadableWorkbook), match=said):
        list(iter_answer_sheets(MADE, answers(tmp_path, rows)))


def test_an_ods_is_recognised_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "scorecard.xlsx"
    path.write_bytes(as_ods(written()))
    assert tuple(iter_answer_sheets(MADE, path)) == (GIVEN,)


# ── Refused

BILLION = 10**9
LINKED = '<table:table-source xlink:href="file:///etc/passwd" xmlns:xlink="x"/>'
ENCRYPTED = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"


def _dtd(content: bytes) -> bytes:
    parts = unzipped(content)
    return with_parts({"content.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + parts["content.xml"]}, content)


REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "a column repeated": (
        lambda: ods({"R": ods_row(ods_cell("x", number_columns_repeated=BILLION))}),
        "sheets are too large: delete empty and",
    ),
    "a row repeated": (
        lambda: ods({"R": ods_row(ods_cell("x"), number_rows_repeated=BILLION)}),
        "its sheets are too large: delete empty and",
    ),
    "a row after the last": (
        lambda: ods({"R": ods_row(number_rows_repeated=BILLION) + ods_row(ods_cell("x"))}),
        "its sheets are too large",
    ),
    "repeated less than once": (
        lambda: ods({"R": ods_row(ods_cell("x", number_columns_repeated=-1))}),
        "it is damaged: open it in a spreadsheet",
    ),
    "a number that is none": (
        lambda: ods({"R": ods_row(value("float", value="twelve"))}),
        "it is damaged: open it in a spreadsheet",
    ),
    "a day that is none": (
        lambda: ods({"R": ods_row(value("date", date_value="2026-02-31"))}),
        "it is damaged: open it in a spreadsheet",
    ),
    "300 sheets": (lambda: ods({f"s{n}": "" for n in range(300)}), "it has far more sheets than a workbook needs"),
    "two sheets of one name": (
        lambda: ods_of('<table:table table:name="R"/>' * 2),
        "several of its sheets are called 'R': rename",
    ),
    "a source elsewhere": (lambda: ods({"R": LINKED}), "it takes values from other files: break the links"),
    "macros": (lambda: ods({"R": ""}, Basic__Standard__a_xml=b"<x/>"), "it carries macros: delete them"),
    "encrypted": (
        lambda: with_parts({"META-INF/manifest.xml": ENCRYPTED}, ods({"R": ""})),
        "it is protected by a password: save it",
    ),
    "an entity": (lambda: _dtd(ods({"R": ""})), "it declares entities, as no spreadsheet program does"),
    "XML cut off": (
        lambda: with_parts({"content.xml": lambda part: part[:-30]}, ods({"R": ods_row(ods_cell("x"))})),
        "it is damaged",
    ),
    "no content": (lambda: with_parts({"content.xml": None}, ods({"R": ""})), "it is a zip file, but not a workbook"),
    "a letter": (
        lambda: with_parts({"mimetype": b"application/vnd.oasis.opendocument.text"}, ods({"R": ""})),
        "but not a spreadsheet: send the spreadsheet",
    ),
    "no spreadsheet in it": (
        lambda: with_parts({"content.xml": b"<x/>"}, ods({"R": ""})),
        "it is damaged: open it in a spreadsheet",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_damaged_or_malicious_ods_is_refused_with_one_sentence(case: str) -> None:
    make, said = REFUSED[case]
    with pytest.raises(UnreadableWorkbook, match=said) as refused, opened_workbook(make()) as book:
        for sheet in book.sheets:
            list(book.rows(sheet))
    assert "\n" not in str(refused.value) and "Error" not in str(refused.value)


def test_an_ods_is_refused_with_a_reason_where_only_xlsx_is_read() -> None:
    with pytest.raises(
        UnreadableWorkbook, match=r"it is an .ods file, and here an .xlsx file is read: save it as .xlsx"
    ):
        read_rows(ods({"Texts": ""}))


def test_entities_are_never_expanded_even_without_the_checks_before() -> None:
    content = _dtd(ods({"R": ods_row(ods_cell(inner="<text:p>&a;</text:p>"))}))
    book = OdsBook(content)
    assert [cell.text for row in book.rows("R") for cell in row if cell.text] == []

"""Cells of the sheet *Review* that are not understood are named, and a wrong workbook is refused."""

import io
from collections.abc import Sequence
from dataclasses import replace

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import LANGUAGES
from compliance.questionnaire.csv_table import AnswerFileFaults, column_letters
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_import import read_returned
from compliance.workbook.scorecard_layout import COMPANY_CELL, METHOD_SHEET
from tests.support.review_edits import (
    LAYOUT,
    MADE,
    Change,
    assert_whole,
    back,
    changed,
    lose_names,
    lose_properties,
    put,
    read_sheets,
    row_of,
    saved,
    without,
    written,
)

# ── Cells


@pytest.mark.parametrize(
    ("changes", "cell", "said"),
    [
        ((put("g", ReviewColumn.DETERMINATION, "=I12"),), "K{g}", "there is a formula here: type the determination"),
        ((put("g", ReviewColumn.DETERMINATION, '="confirmed"'),), "K{g}", "there is a formula here"),
        ((put("g", ReviewColumn.COMMENT, "=A1"),), "M{g}", "there is a formula here: type the auditor’s comment"),
        ((put("g", ReviewColumn.EVIDENCE, "=A1"),), "I{g}", "there is a formula here"),
        ((put("g", ReviewColumn.DETERMINATION, "#N/A"),), "K{g}", "this cell holds the error #N/A"),
        ((put("r1", ReviewColumn.DETERMINATION, "confirmed"),), "K{r1}", "is next to a theme or requirement"),
        ((put("profile.size", ReviewColumn.DETERMINATION, "confirmed"),), "K{profile.size}", "a fact about"),
        ((put("r1", ReviewColumn.ANSWER, "o1"),), "C{r1}", "is next to a theme or requirement"),
        ((put("b", ReviewColumn.ANSWER, "o0,o1"),), "C{b}", "'o0,o1' is not one of these: o0, o1, none; join"),
        ((put("b", ReviewColumn.ADJUSTED, "o0|none"),), "L{b}", "'none' excludes the other choices"),
        ((put("g", ReviewColumn.DETERMINATION, "“Does not apply” refused"),), "K{g}", "is for an answer of n/a"),
        ((put("g", ReviewColumn.DETERMINATION, "looks fine"),), "K{g}", "'looks fine' is no determination: choose"),
        ((put("f", ReviewColumn.DETERMINATION, "confirmed"),), "K{f}", "it is not asked of this company"),
        ((put("g", ReviewColumn.DETERMINATION, "Answer adjusted"),), "L{g}", "write the true answer here"),
        ((put("g", ReviewColumn.ADJUSTED, "o1"),), "L{g}", "'o1' adjusts the answer, and the determination does not"),
        ((put("h", ReviewColumn.DETERMINATION, "confirmed"),), "L{h}", "'o1' adjusts the answer, and the"),
        ((put("h", ReviewColumn.ADJUSTED, "o9"),), "L{h}", "'o9' is not one of these: o0, o1, o2"),
        ((put("h", ReviewColumn.ADJUSTED, "confirmed"),), "L{h}", "write the true answer here, and not 'confirmed'"),
        ((put("g", ReviewColumn.NEXT_REVIEW, "soon"),), "N{g}", "'soon' is no date: write year-month-day"),
        ((put("r1", ReviewColumn.NEXT_REVIEW, "2027-01-31"),), "N{r1}", "is next to a theme or requirement"),
        ((put("g", ReviewColumn.ID, "g2"),), "A{g}", "its id here was 'g'"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_understood_is_named_with_its_cell(changes: Sequence[Change], cell: str, said: str) -> None:
    letter, key = cell.rstrip("}").split("{")
    with pytest.raises(AnswerFileFaults) as refused:
        back(changed(*changes))
    found = [fault for fault in refused.value.faults if said in fault.message]
    assert [fault.cell for fault in found] == [f"{letter}{row_of(key)}"], str(refused.value)
    assert f"scorecard.xlsx, sheet Review, cell {letter}{row_of(key)}, row {row_of(key)}" in str(refused.value)


def test_a_formula_for_several_cells_is_quoted_as_it_was_written() -> None:
    def change(page: Worksheet) -> None:
        for column in (ReviewColumn.DETERMINATION, ReviewColumn.COMMENT):
            cell = page.cell(row_of("g"), column + 1)
            cell.value = ArrayFormula(cell.coordinate, "=A1:A2")

    with pytest.raises(AnswerFileFaults) as refused:
        back(changed(change))
    assert [fault.holds for fault in refused.value.faults] == ["=A1:A2"] * 2


def test_a_verdict_in_an_added_row_is_named() -> None:
    def change(page: Worksheet) -> None:
        page.cell(page.max_row + 2, ReviewColumn.DETERMINATION + 1).value = "confirmed"

    with pytest.raises(AnswerFileFaults, match="'confirmed' is next to a row that is not part of the questionnaire"):
        back(changed(change))


def test_merged_determinations_are_named_and_none_is_used_for_the_others() -> None:
    place = f"K{row_of('d')}:K{row_of('e')}"
    with pytest.raises(AnswerFileFaults, match=f"the cells {place} are merged, and only the first of them holds"):
        back(changed(put("d", ReviewColumn.DETERMINATION, "confirmed"), lambda page: page.merge_cells(place)))


def test_a_heading_merged_over_an_added_row_does_no_harm() -> None:
    def change(page: Worksheet) -> None:
        row = page.max_row + 2
        page.cell(row, 1).value = "Looked at on 3 March"
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=12)

    returned = back(changed(change))
    assert_whole(returned)
    (remark,) = returned.remarks
    assert "this row is not part of the questionnaire, and no new workbook has it" in str(remark)


def test_changed_full_marks_are_named_and_change_nothing() -> None:
    returned = back(changed(put("h", ReviewColumn.FULL_MARKS, "7")))
    assert_whole(returned)
    assert [remark.cell for remark in returned.remarks] == [f"G{row_of('h')}"]
    assert "full marks are 2, and not '7' as here: it is ignored" in str(returned.remarks[0])


@pytest.mark.parametrize(
    ("column", "letter"),
    [(ReviewColumn.TEXT, "B"), (ReviewColumn.ANSWER, "C"), (ReviewColumn.REASON, "H"), (ReviewColumn.EVIDENCE, "I")],
)
def test_a_locked_cell_that_was_changed_is_named(column: ReviewColumn, letter: str) -> None:
    returned = back(changed(put("h", column, "o0")))
    assert [(remark.cell, "was changed" in remark.message) for remark in returned.remarks] == [
        (f"{letter}{row_of('h')}", True)
    ]


def test_a_workbook_of_an_earlier_layout_is_refused_in_one_sentence() -> None:
    book = openpyxl.load_workbook(io.BytesIO(read_sheets()))
    for each in list(book.custom_doc_props.props):
        if each.name == "article34.format":
            each.value = "2"
    for row in book["Method"].iter_rows():
        for cell in row:
            if str(cell.value).startswith('{"article34"'):
                cell.value = str(cell.value).replace('"format": "3"', '"format": "2"')
    with pytest.raises(UnreadableWorkbook, match="made by another version of this program, which laid it out"):
        back(saved(book))


def test_a_formula_in_an_added_column_is_named_and_changes_nothing() -> None:
    content = changed(lambda page: page.cell(row_of("c"), len(ReviewColumn) + 1).__setattr__("value", "=1+1"))
    returned = back(content)
    assert_whole(returned)
    assert [remark.cell for remark in returned.remarks] == [f"R{row_of('c')}"]


# ── Workbooks


def test_a_workbook_of_another_version_of_the_edition_is_refused_in_one_sentence() -> None:
    with pytest.raises(UnreadableWorkbook) as refused:
        back(written(), replace(MADE, digest="0ther"))
    said = "this scorecard was made of another version of made (digest d1ge57, and that of the edition named is 0ther)"
    assert str(refused.value) == f"{said}: start from a new scorecard"


def test_a_digest_that_was_overwritten_is_refused() -> None:
    book = openpyxl.load_workbook(io.BytesIO(read_sheets()))
    for row in book["Method"].iter_rows():
        for cell in row:
            if cell.value == MADE.digest:
                cell.value = "0ther"
    with pytest.raises(UnreadableWorkbook, match="sheet Method: the id or the digest of its edition was changed"):
        back(saved(book), replace(MADE, digest="0ther"))


def test_a_company_that_was_renamed_in_the_file_is_refused() -> None:
    with pytest.raises(UnreadableWorkbook, match="no longer that of the company, '=Example & 1'"):
        back(changed(lambda page: page["A2"].__setattr__("value", "Example 2")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workbook_without_the_sheet_method_is_identified_by_its_properties(language: str) -> None:
    assert_whole(back(without(METHOD_SHEET, language)))


def test_a_workbook_that_lost_both_is_refused_with_that_reason() -> None:
    content = changed(lose_properties, content=without(METHOD_SHEET))
    with pytest.raises(UnreadableWorkbook, match="its sheet Method, which names the edition, is missing or damaged"):
        back(content)


@pytest.mark.parametrize("edit", [lambda page: None, lose_names, lose_properties])
def test_a_workbook_without_review_is_refused_with_that_reason(edit: Change) -> None:
    book = openpyxl.load_workbook(io.BytesIO(read_sheets()))
    edit(book["Review"])
    del book["Review"]
    with pytest.raises(UnreadableWorkbook, match="its sheet Review, or the row of its headings, is missing or damaged"):
        back(saved(book))


def test_of_two_similar_sheets_the_one_named_review_is_read_and_the_other_is_reported() -> None:
    book = openpyxl.load_workbook(io.BytesIO(read_sheets()))
    book.copy_worksheet(book["Review"])
    returned = back(saved(book))
    assert_whole(returned)
    assert [remark.message for remark in returned.remarks] == ["the sheet Review Copy is like it, and was not read"]
    book.defined_names.clear()
    with pytest.raises(UnreadableWorkbook, match="several of its sheets are like Review: Review, Review Copy"):
        back(saved(book))


def test_far_more_rows_than_the_questionnaire_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.workbook.review_lines._SPARE_ROWS", -len(LAYOUT.review_lines) - 1)
    with pytest.raises(UnreadableWorkbook, match="sheet Review has far more rows than the questionnaire"):
        back(written())


def test_with_faults_all_other_verdicts_are_read_and_the_questions_left_out_are_named() -> None:
    verdict, again = (column_letters(column) for column in (ReviewColumn.DETERMINATION, ReviewColumn.NEXT_REVIEW))
    content = changed(
        put("a", ReviewColumn.DETERMINATION, "=1"),
        put("b", ReviewColumn.ANSWER, "=1"),
        put("h", ReviewColumn.NEXT_REVIEW, "soon"),
        lambda page: page.merge_cells(f"{verdict}{row_of('c')}:{verdict}{row_of('d')}"),
    )
    returned = read_returned(MADE, content, "scorecard.xlsx")
    assert returned is not None
    assert {fault.cell for fault in returned.faults} == {
        f"{verdict}{row_of('a')}", f"{again}{row_of('h')}", f"{verdict}{row_of('c')}",
    }  # fmt: skip
    assert {"a", "h", "c", "d"} <= returned.unread and "b" not in returned.unread
    assert returned.verdicts["b"].verdict == "adjusted"
    with pytest.raises(AnswerFileFaults) as refused:
        back(content)
    assert len(refused.value.faults) == len(returned.faults) + len(returned.locked_faults)


def test_a_forged_workbook_without_the_name_of_its_company_is_refused_at_once() -> None:
    def lose_company(page: Worksheet) -> None:
        book = page.parent
        assert isinstance(book, openpyxl.Workbook)
        del book.custom_doc_props["article34.company"]
        _sheet, _mark, cell = book.defined_names[COMPANY_CELL].attr_text.replace("$", "").partition("!")
        page[cell].value = None
        for line in (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row):
            if str(line.value).startswith('{"article34": '):
                line.value = None

    with pytest.raises(UnreadableWorkbook, match="it is damaged") as refused:
        read_returned(MADE, changed(lose_company), "back.xlsx")
    assert isinstance(refused.value.__cause__, AnswerFileFaults)  # and no RecursionError, after seconds of work

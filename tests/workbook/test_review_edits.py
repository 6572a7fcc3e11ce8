"""The sheet *Review* is read fully, whatever was moved, sorted, added or lost, in the words of any language."""

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import LANGUAGES, gettext, in_language
from compliance.questionnaire.answers import Adjusted, Verdict
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.review_words import (
    DETERMINATION_WORDS,
    column_of_heading,
    determination_of,
    determinations_offered,
    normalised,
)
from compliance.workbook.scorecard_columns import CalculationColumn, ChoiceColumn, ReviewColumn
from compliance.workbook.scorecard_layout import REVIEW_SHEET, ScorecardLayout
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.examples import SHARE, sampled, tries
from tests.support.recalculation import Recalculator
from tests.support.review_edits import (
    BESIDE,
    HEAD,
    LAYOUT,
    MADE,
    OWN,
    Change,
    assert_whole,
    back,
    changed,
    hide_rows,
    insert_column,
    insert_rows,
    lay_out,
    lose_names,
    lose_properties,
    own_cells,
    put,
    rename,
    row_of,
    rows_of,
    shuffle_columns,
    shuffle_rows,
    sort_rows,
    written,
)

EDITS: dict[str, tuple[Change, ...]] = {
    "columns moved": (shuffle_columns,),
    "sorted by id": (sort_rows(ReviewColumn.ID),),
    "sorted by determination": (sort_rows(ReviewColumn.DETERMINATION, backwards=True),),
    "sorted by points": (sort_rows(ReviewColumn.POINTS),),
    "rows in no order": (shuffle_rows(1),),
    "rows inserted": (insert_rows,),
    "hidden and filtered": (hide_rows,),
    "names lost": (lose_names,),
    "properties lost": (lose_properties,),
    "renamed": (rename,),
    "all at once": (insert_column(4), shuffle_columns, shuffle_rows(2), insert_rows, lose_names, rename),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_sheet_is_read_back_in_any_language(language: str) -> None:
    returned = back(written(language))
    assert_whole(returned)
    assert own_cells(returned) == OWN
    assert returned.remarks == ()


@pytest.mark.parametrize(("edit", "language"), sampled(product(EDITS, ["en", "ar"])))
def test_moved_cells_are_read_at_their_new_place(edit: str, language: str) -> None:
    assert_whole(back(changed(*EDITS[edit], language=language)))


@pytest.mark.parametrize("seed", range(tries(12)))
def test_any_edits_one_after_the_other_lose_nothing(seed: int) -> None:
    rng = Random(seed)
    moves: list[Change] = [
        shuffle_columns, shuffle_rows(seed), sort_rows(rng.choice(list(ReviewColumn))), lose_names, rename,
    ]  # fmt: skip
    first = insert_column(rng.randrange(len(ReviewColumn)))  # while the headings are at their original place
    assert_whole(back(changed(first, *rng.sample(moves, 4), insert_rows, language=rng.choice(LANGUAGES))))


@pytest.mark.parametrize("place", [*range(len(ReviewColumn) + 1)][:: 1 if SHARE >= 1 else 3])
def test_a_column_may_be_inserted_anywhere(place: int) -> None:
    returned = back(changed(insert_column(place)))
    assert_whole(returned)
    assert own_cells(returned) == OWN | {"Who looked": {"profile.staff": "I did"}}


def test_a_workbook_sorted_and_saved_by_libreoffice_is_read_in_the_same_way(recalculate: Recalculator) -> None:
    edits = {name: changed(*EDITS[name], language="ar") for name in ("all at once", "sorted by id", "properties lost")}
    for content in recalculate({name.replace(" ", "-"): content for name, content in edits.items()}).values():
        assert_whole(back(content))


def column_name(column: ReviewColumn) -> str:
    return column.spec.heading or column.name


@pytest.mark.parametrize(
    "column",
    [
        ReviewColumn.ID, ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE, ReviewColumn.DETERMINATION,
        ReviewColumn.ADJUSTED, ReviewColumn.COMMENT, ReviewColumn.WORD,
    ],
    ids=column_name,
)  # fmt: skip
def test_a_missing_column_is_named_and_never_read_as_blanks(column: ReviewColumn) -> None:
    def delete(page: Worksheet) -> None:
        above, rows, columns = rows_of(page)
        lay_out(page, above + rows, columns[:column] + columns[column + 1 :])

    with pytest.raises(UnreadableWorkbook, match=f"row {HEAD}: no column is called {column.spec.heading}"):
        back(changed(delete))


@pytest.mark.parametrize("column", [ReviewColumn.TEXT, ReviewColumn.STATE, ReviewColumn.POINTS, ReviewColumn.LINE])
def test_a_column_that_nobody_fills_in_may_be_missing(column: ReviewColumn) -> None:
    def delete(page: Worksheet) -> None:
        above, rows, columns = rows_of(page)
        lay_out(page, above + rows, columns[:column] + columns[column + 1 :])

    assert_whole(back(changed(delete)))


def test_a_duplicate_heading_is_refused() -> None:
    with pytest.raises(UnreadableWorkbook, match="several of its columns are called Determination: delete all but one"):
        back(changed(put(HEAD, ReviewColumn.STATE, "Determination")))


# ── Each column survives


@pytest.mark.parametrize(
    ("column", "value", "of"),
    [
        (ReviewColumn.ANSWER, "o1", lambda returned: returned.sheet.answers["h"]),
        (ReviewColumn.REASON, "because:\n=of that", lambda returned: returned.reasons["h"]),
        (ReviewColumn.EVIDENCE, "“Quoted”, page 7\nhttps://example.org", lambda returned: returned.evidence["h"]),
        (ReviewColumn.DETERMINATION, "Answer adjusted", lambda returned: said_of(returned.sheet.verdicts["h"])),
        (ReviewColumn.ADJUSTED, "o0", lambda returned: returned.sheet.verdicts["h"].answer),
        (ReviewColumn.COMMENT, "+ seen on 3 March", lambda returned: returned.comments["h"]),
        (ReviewColumn.WORD, "blank:not-known", lambda returned: returned.sheet.words["h"].text),
    ],
    ids=lambda value: column_name(value) if isinstance(value, ReviewColumn) else "",
)  # fmt: skip
def test_a_column_survives_writing_and_reading_twice(
    column: ReviewColumn, value: str, of: Callable[[ReturnedScorecard], object]
) -> None:
    changes = [put("h", column, value)]
    if column == ReviewColumn.WORD:
        changes.append(put("h", ReviewColumn.ANSWER, None))
    first = back(changed(*changes))
    assert of(first) == value
    again = back(rewritten(first, "ar"))
    assert of(again) == value
    assert (again.sheet, again.reasons, again.evidence) == (first.sheet, first.reasons, first.evidence)
    assert (again.comments, again.own_columns) == (first.comments, first.own_columns)
    assert again.fingerprint == first.fingerprint


def test_each_verdict_is_read_with_the_cells_it_comes_from() -> None:
    found = back(changed(shuffle_rows(1))).verdicts
    assert set(found) == set(MADE.questions)
    assert {q: (said.verdict, said.value) for q, said in found.items() if said.verdict} == {
        "a": ("confirmed", ""), "b": ("adjusted", "o0"), "c": ("not-shown", ""), "h": ("adjusted", "o1"),
    }  # fmt: skip
    assert (found["a"].comment, found["g"].comment) == ("seen", "")
    here = back(written()).verdicts["h"].cells
    row = row_of("h")
    assert here == {
        "verdict": f"Review!K{row}", "value": f"Review!L{row}", "comment": f"Review!M{row}",
        "next_review": f"Review!N{row}",
    }  # fmt: skip


def said_of(verdict: Verdict) -> str:
    return "Answer adjusted" if verdict == Adjusted("o1") else str(verdict)


def rewritten(returned: ReturnedScorecard, language: str) -> bytes:
    beside = replace(
        BESIDE, reasons=returned.reasons, evidence=returned.evidence, comments=returned.comments,
        own_columns=returned.own_columns,
        next_reviews={q: said.next_review for q, said in returned.verdicts.items() if said.next_review},
    )  # fmt: skip
    return scorecard_workbook(compile_edition(MADE), returned.sheet, beside, language=language)


def test_the_note_that_there_is_evidence_is_not_read_as_evidence_and_is_translated() -> None:
    first = back(written("fr"))
    assert "h" in first.sheet.evidenced
    assert "h" not in first.evidence


# ── Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_determinations_are_understood_as_in_the_list_and_in_any_case(language: str) -> None:
    with in_language(language):
        words = {word: book_word(word) for word in DETERMINATION_WORDS}
    assert len(set(words.values())) == len(words)
    for word, said in words.items():
        assert determination_of(said) == word
        assert determination_of(f"  {said.upper()} ") == word
        assert determination_of(word) == word


def book_word(word: str) -> str:
    return gettext(DETERMINATION_WORDS[word])  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "word"),
    [("Confirmed", "confirmed"), ("NOT SHOWN", "not-shown"), ("not-shown", "not-shown"), ("adjusted", "adjusted"),
     ("Not reviewed", "not-reviewed"), ("yes", None), ("", None), ("o1", None)],
)  # fmt: skip
def test_plain_english_words_are_understood_and_others_are_not(text: str, word: str | None) -> None:
    assert determination_of(text) == word


def test_no_heading_means_different_columns_in_two_languages() -> None:
    said: dict[str, set[ReviewColumn]] = {}
    for code in LANGUAGES:
        with in_language(code):
            for column in ReviewColumn:
                if column.spec.heading:
                    said.setdefault(normalised(gettext(column.spec.heading)), set()).add(column)
    assert {heading: columns for heading, columns in said.items() if len(columns) > 1} == {}
    assert all(column_of_heading(heading) in columns for heading, columns in said.items())


def test_an_option_typed_as_determination_is_still_read_as_the_adjusted_answer() -> None:
    returned = back(changed(put("g", ReviewColumn.WORD, None), put("g", ReviewColumn.DETERMINATION, "o1")))
    assert returned.sheet.verdicts["g"] == Adjusted("o1")


def test_not_reviewed_is_not_a_verdict() -> None:
    returned = back(changed(put("c", ReviewColumn.DETERMINATION, "Not reviewed")))
    assert "c" not in returned.sheet.verdicts


# ── Who may write where


def test_claims_are_locked_without_a_password_and_the_auditor_s_columns_are_not_locked() -> None:
    page = openpyxl.load_workbook(io.BytesIO(written()))["Review"]
    assert page.protection.sheet
    assert page.protection.password is None
    assert not page.protection.insertColumns  # the file says what is forbidden
    claim = (ReviewColumn.ID, ReviewColumn.TEXT, ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE)
    auditor = (ReviewColumn.DETERMINATION, ReviewColumn.ADJUSTED, ReviewColumn.COMMENT, ReviewColumn.NEXT_REVIEW)
    for key in ("a", "b", "c", "d"):
        assert all(page.cell(row_of(key), column + 1).protection.locked for column in (*claim, ReviewColumn.WORD))
        assert not any(page.cell(row_of(key), column + 1).protection.locked for column in auditor)
    assert page.cell(row_of("profile.size"), ReviewColumn.ANSWER + 1).protection.locked
    assert not page.cell(row_of("r1"), ReviewColumn.COMMENT + 1).protection.locked
    assert page.cell(row_of("r1"), ReviewColumn.DETERMINATION + 1).protection.locked
    assert page.auto_filter.ref == f"A{HEAD}:O{HEAD + len(LAYOUT.review_lines)}"
    assert not page.protection.autoFilter


def test_rows_can_be_filtered_but_not_sorted_because_of_formulas_and_the_sheet_says_so() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written()))
    page = book["Review"]
    assert page.protection.sort  # forbidden, because the formulas below could not follow
    assert f"Review!$C${row_of('c')}" in str(book["Calculation, claimed"].cell(*calculation_place("c")).value)
    assert "Filter the rows, but do not sort them" in str(page["A3"].value)


def calculation_place(question: str) -> tuple[int, int]:
    place = LAYOUT.part_cell(question, CalculationColumn.ANSWER)
    return place.row + 1, place.column + 1


def test_columns_may_be_added_at_the_end_without_unprotecting() -> None:
    page = openpyxl.load_workbook(io.BytesIO(written()))["Review"]
    after = get_column_letter(len(ReviewColumn) + len(BESIDE.own_columns) + 1)
    assert not page.column_dimensions[after].protection.locked


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_offer_the_determinations_in_the_language_and_the_options_of_the_question(language: str) -> None:
    with in_language(language):
        page = openpyxl.load_workbook(io.BytesIO(written(language)))[ScorecardLayout(MADE).sheet_names[REVIEW_SHEET]]
        words, of_na = (
            ",".join(gettext(DETERMINATION_WORDS[word]) for word in determinations_offered(is_not_applicable=is_na))
            for is_na in (False, True)
        )
        offered = str(ScorecardLayout(MADE).choice_cells(MADE.questions["h"], ChoiceColumn.OFFERED))
    lists = {str(each.sqref): each.formula1 for each in page.data_validations.dataValidation if each.type == "list"}
    for key in ("b", "c", "d", "e", "f"):
        assert lists[f"K{row_of(key)}"] == f'"{words}"'
    assert lists[f"K{row_of('a')}"] == f'"{of_na}"'
    assert lists[f"L{row_of('h')}"] == offered
    assert f"L{row_of('c')}" not in lists  # a number
    dates = [str(each.sqref) for each in page.data_validations.dataValidation if each.type == "date"]
    assert f"N{row_of('c')}" in dates
    given = {key: page.cell(row_of(key), ReviewColumn.DETERMINATION + 1).value for key in ("a", "h")}
    with in_language(language):
        assert given == {"a": gettext("“Does not apply” accepted"), "h": gettext("Answer adjusted")}
    assert page.cell(row_of("h"), ReviewColumn.ADJUSTED + 1).value == "o1"


# ── Appearance


def test_questions_not_asked_are_filtered_out_and_evidence_has_links() -> None:
    page = openpyxl.load_workbook(io.BytesIO(written()))["Review"]
    hidden = {key for key in MADE.questions if page.row_dimensions[row_of(key)].hidden}
    assert hidden == {"f"}
    (filtered,) = page.auto_filter.filterColumn
    assert filtered.colId == ReviewColumn.STATE
    assert [(each.operator, each.val) for each in filtered.customFilters.customFilter] == [("notEqual", "not asked")]
    link = page.cell(row_of("b"), ReviewColumn.LINK + 1)
    assert (link.value, link.hyperlink.target) == ("example.org", "https://example.org/a?b=1")
    assert page.cell(row_of("d"), ReviewColumn.LINK + 1).hyperlink is None
    assert page.cell(row_of("h"), ReviewColumn.WORDS + 1).data_type == "f"
    dates = page.cell(row_of("a"), ReviewColumn.NEXT_REVIEW + 1)
    assert dates.is_date


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_properties_have_the_language_time_and_number_of_the_download(language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(language)), read_only=True)
    assert book.properties.language == language
    assert str(book.properties.created) == "2026-11-01 00:00:00"
    assert book.custom_doc_props["article34.download"].value == "4"

"""The sheet *Passages* is written, filled in, sorted or damaged, and read back, without guessing anything."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import LANGUAGES, gettext, in_language
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.passage_sheet import PASSAGES_HEAD, PassageColumn, read_passages, write_passages
from compliance.workbook.reader import UnreadableWorkbook, opened_workbook
from compliance.workbook.returned_scorecard import ReturnedPassages
from compliance.workbook.review_words import CHECK_WORDS, find_review
from compliance.workbook.scorecard_data import AssessmentMetadata, ScorecardData
from compliance.workbook.scorecard_import import read_scorecard
from compliance.workbook.scorecard_layout import PassageLine
from compliance.workbook.scorecard_workbook import ScorecardTemplate, scorecard_workbook
from compliance.workbook.three_way import compare_sides
from compliance.workbook.writer import WorkbookWriter
from tests.support.examples import tries
from tests.support.hostile_workbooks import as_ods
from tests.support.review_edits import GIVEN, MADE

HEAD = PASSAGES_HEAD + 1
SHOWS, KEY = PassageColumn.SHOWS + 1, PassageColumn.KEY + 1
Change = Callable[[openpyxl.Workbook, Worksheet], object]
STRANGE = ("=1+1", "Nobody “buys” a child.\nNobody sells one.", "شراء الأطفال", "-0.0", "https://example.org/ & more")
LINES = tuple(
    PassageLine(
        f"q{n}/o{n % 3}/{n}/s1.{n}", None, f"q{n}", STRANGE[n % 5], f"Option {n}", STRANGE[n % 4], "Code", "9", ""
    )
    for n in range(6)
)
KEYS = [line.key for line in LINES]
DATA = ScorecardData(compile_edition(MADE), GIVEN, AssessmentMetadata(company="Example"))


def written(said: Mapping[str, bool | None] | None = None, language: str = "en") -> bytes:
    """A workbook with only this sheet."""
    lines = tuple(replace(line, shows=(said or {}).get(line.key)) for line in LINES)
    with in_language(language):
        book = WorkbookWriter("t", "s")
        metadata = replace(DATA.metadata, passages=lines)
        write_passages(book, ScorecardData(DATA.compiled, GIVEN, metadata))
        return book.content()


def changed(content: bytes, *changes: Change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for change in changes:
        change(book, sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def saying(words: Mapping[str, object]) -> Change:
    def change(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        for row in range(HEAD + 1, sheet.max_row + 1):
            if (key := sheet.cell(row, KEY).value) in words:
                sheet.cell(row, SHOWS).value = words[str(key)]  # type: ignore[assignment]

    return change


def back(content: bytes) -> ReturnedPassages:
    with opened_workbook(content) as book:
        read = read_passages(book, "review.xlsx", KEYS)
        assert read is not None
        return read


def messages(read: ReturnedPassages) -> list[tuple[str, str]]:
    return [(fault.cell, fault.message) for fault in read.faults]


def test_an_untouched_sheet_is_read_back_exactly() -> None:
    said = {KEYS[0]: True, KEYS[3]: False}
    read = back(written(said))
    assert read.checks == dict.fromkeys(KEYS) | said
    assert read.lines == tuple(replace(line, shows=said.get(line.key)) for line in LINES)
    assert read.faults == read.remarks == ()
    assert read.cells[KEYS[0]] == "Passages!H6"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_and_its_words_are_read_in_every_language(language: str) -> None:
    with in_language(language):
        yes, no, unsaid = (gettext(CHECK_WORDS[fits]) for fits in (True, False, None))
    words = dict(zip(KEYS, (yes, no, unsaid, f"  {yes.upper()} ", "Shows it", ""), strict=True))
    for content in (written(language=language), written(dict.fromkeys(KEYS, False), language)):
        read = back(changed(content, saying(words)))
        assert list(read.checks.values()) == [True, False, None, True, True, None]
        assert read.faults == read.remarks == ()


def test_an_open_document_is_read_the_same() -> None:
    assert back(as_ods(changed(written(), saying({KEYS[1]: "Shows it"})))).checks == {
        **dict.fromkeys(KEYS),
        KEYS[1]: True,
    }


# ── What people do to sheets


def rename(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.title = "Stellen"


def turn_round(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD + 1, max_col=KEY + 1)]
    for number, row in enumerate(reversed(rows), HEAD + 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value


def turn_columns_round(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    for row in range(HEAD, sheet.max_row + 1):
        values = [sheet.cell(row, column).value for column in range(1, KEY + 2)]
        for column, value in enumerate(reversed(values), 1):
            sheet.cell(row, column).value = value


def add_rows_above(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.insert_rows(1, 3)


def lose_its_name(book: openpyxl.Workbook, _sheet: Worksheet) -> None:
    del book.defined_names["scorecard_passages"]


def add_another(book: openpyxl.Workbook, _sheet: Worksheet) -> None:
    book.create_sheet("My notes", 0).cell(1, 1).value = "Question"


@pytest.mark.parametrize(
    "change",
    [rename, turn_round, turn_columns_round, add_rows_above, lose_its_name, add_another],
    ids=lambda c: c.__name__,
)
def test_the_sheet_is_known_by_headings_and_rows_by_ids(change: Change) -> None:
    read = back(changed(written(), saying({KEYS[1]: "Shows it", KEYS[5]: "Does not show it"}), change))
    assert read.checks == {**dict.fromkeys(KEYS), KEYS[1]: True, KEYS[5]: False}
    assert read.faults == read.remarks == ()


@pytest.mark.parametrize("seed", range(tries(60)))
def test_random_edits_on_both_sides_are_merged_as_a_model_says(seed: int) -> None:
    """A change on one side applies; different changes on both are conflicts. Rows are sorted, and languages mixed."""
    draw = Random(seed)
    values: tuple[bool | None, ...] = (True, False, None)
    base, web, typed = ({key: draw.choice(values) for key in KEYS} for _side in range(3))
    web |= {key: base[key] for key in KEYS if draw.random() < 0.5}
    typed = {key: fits for key, fits in typed.items() if draw.random() < 0.7}
    language = draw.choice(list(LANGUAGES))
    with in_language(language):
        words = {
            key: None if fits is None and draw.random() < 0.5 else gettext(CHECK_WORDS[fits])
            for key, fits in typed.items()
        }
    sorts = [turn_round] if draw.random() < 0.5 else []
    read = back(changed(written(base, draw.choice(list(LANGUAGES))), saying(words), *sorts))
    book = base | typed
    assert read.checks == book
    changes = compare_sides(base, web, read.checks, None)
    moved = {key for key in KEYS if book[key] not in (base[key], web[key])}
    assert {change.question for change in changes.fitting} == {key for key in moved if web[key] == base[key]}
    assert {change.question for change in changes.conflicts} == {key for key in moved if web[key] != base[key]}
    assert changes.applied(dict.fromkeys(KEYS, "workbook")) == {key: book[key] for key in moved}


# ── What is not understood


def delete_a_row(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.delete_rows(HEAD + 1)


def double_a_row(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    values = [sheet.cell(HEAD + 1, column).value for column in range(1, KEY + 2)]
    sheet.append(values)


def speak_of_nothing(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.cell(sheet.max_row + 3, SHOWS).value = "Shows it"


def forge_a_key(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.cell(HEAD + 1, KEY).value = "q9/o9/9/s9"
    sheet.cell(HEAD + 1, SHOWS).value = "Shows it"


def merge_cells(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
    sheet.merge_cells(start_row=HEAD + 1, end_row=HEAD + 2, start_column=SHOWS, end_column=SHOWS)


@pytest.mark.parametrize(
    ("change", "cell", "sentence", "unread"),
    [
        (delete_a_row, "", "the row of a passage is missing", KEYS[:1]),
        (double_a_row, "H12", "this is already in row 6: delete one of them", KEYS[:1]),
        (speak_of_nothing, "H14", "there is no passage of this submission in this row", []),
        (forge_a_key, "H6", "there is no passage of this submission in this row", KEYS[:1]),
        (merge_cells, "H6", "are merged, and only the first of them holds something", KEYS[:2]),
        (saying({KEYS[0]: "perhaps"}), "H6", "'perhaps' is not understood: choose from the list of its cell", KEYS[:1]),
        (saying({KEYS[0]: "=1+1"}), "H6", "there is a formula here", KEYS[:1]),
        (saying({KEYS[0]: "#N/A"}), "H6", "this cell holds the error #N/A", KEYS[:1]),
        (saying({KEYS[0]: 1}), "H6", "'1' is not understood", KEYS[:1]),
    ],
)
def test_a_cell_that_is_not_understood_is_named_and_not_read(
    change: Change, cell: str, sentence: str, unread: list[str]
) -> None:
    read = back(changed(written(dict.fromkeys(KEYS, True)), change))
    assert any(where == cell and sentence in message for where, message in messages(read)), messages(read)
    assert read.checks == {key: True for key in KEYS if key not in unread}


def test_edited_locked_cells_and_added_columns_are_named_and_change_nothing() -> None:
    def change(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.cell(HEAD + 1, PassageColumn.WORDS + 1).value = "Everybody is kind."
        sheet.cell(HEAD, KEY + 3).value = "My thoughts"
        sheet.cell(sheet.max_row + 2, 1).value = "A row of mine"

    read = back(changed(written(), change))
    assert read.faults == () and read.checks == dict.fromkeys(KEYS)
    told = [(remark.cell, remark.message.partition(":")[0].partition(",")[0]) for remark in read.remarks]
    assert told == [
        ("", "a column of yours"),
        ("D6", "this cell is locked and was changed"),
        ("", "this row is not a passage of this submission"),
    ]


def test_of_two_similar_sheets_the_one_with_the_right_name_is_read_or_both_are_refused() -> None:
    twice = changed(written(), lambda book, sheet: book.copy_worksheet(sheet))
    (remark,) = back(twice).remarks
    assert remark.message == "the sheet Passages Copy is like it, and was not read"
    with pytest.raises(UnreadableWorkbook, match="several of its sheets are like Passages"):
        back(changed(twice, lose_its_name))


@pytest.mark.parametrize(
    ("column", "words", "sentence"),
    [
        (SHOWS, None, "no column is called Does it show this?"),
        (KEY, "x", "no column is called Passage id"),
        (1, "Document", "several of its columns are called Document"),
    ],
)
def test_a_missing_or_duplicate_heading_is_refused(column: int, words: str | None, sentence: str) -> None:
    def change(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        sheet.cell(HEAD, column).value = words

    with pytest.raises(UnreadableWorkbook) as refused:
        back(changed(written(), change))
    assert sentence in str(refused.value)


def test_far_more_rows_than_passages_are_refused() -> None:
    def change(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        for _row in range(2_100):
            sheet.append(["x"])

    with pytest.raises(UnreadableWorkbook, match="far more rows"):
        back(changed(written(), change))


# ── In a scorecard


def test_a_scorecard_has_the_sheet_after_review_and_keeps_it_when_written_again() -> None:
    said = tuple(replace(line, shows=True) for line in LINES)
    content = scorecard_workbook(DATA.compiled, GIVEN, replace(DATA.metadata, passages=said))
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[1:3] == ["Review", "Passages"]
    returned = read_scorecard(MADE, content, "scorecard.xlsx")
    assert returned is not None and returned.passages is not None and returned.passages.lines == said
    with opened_workbook(content) as book:
        found = find_review(book)
    assert found is not None and (found.sheet, found.alike) == ("Review", [])


def test_without_passages_no_sheet_is_written_or_expected() -> None:
    content = scorecard_workbook(DATA.compiled, GIVEN, DATA.metadata)
    assert "Passages" not in openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    returned = read_scorecard(MADE, content, "scorecard.xlsx")
    assert returned is not None and returned.passages is None


def test_scorecards_of_one_template_have_the_sheet_if_there_are_passages() -> None:
    template = ScorecardTemplate(DATA.compiled)
    for passages in ((), LINES[:4], (), LINES[::-1], ()):
        metadata = replace(DATA.metadata, passages=passages)
        assert template.workbook(GIVEN, metadata) == scorecard_workbook(DATA.compiled, GIVEN, metadata)

"""A scorecard with values in every column of *Review*, and edits of people before they upload it."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import Adjusted, AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_import import read_scorecard
from compliance.workbook.scorecard_layout import (
    METHOD_SHEET,
    PASSAGES_SHEET,
    REVIEW_HEAD,
    REVIEW_SHEET,
    OwnColumn,
    ScorecardLayout,
)
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.examples import SHARE
from tests.support.factories import edition, many, node, number, one, profile, when

MADE = replace(
    edition(
        node(
            "r1", one("a", 0, 1, na="reason"), many("b", na="reason"), number("c"), title="First", expects="To do it."
        ),
        Question("d", "Day", "date"),
        Question("e", "Where", "countries"),
        one("f", 0, 1, asked_when=when("profile.size", "10-49")),
        one("g", 0, 1),
        one("h", 0, 1, 2),
        many("i"),
        profile=profile(size=("1-9", "10-49"), staff=()),
    ),
    digest="d1ge57",
)
GIVEN = AnswerSheet(
    "=Example & 1",
    {"size": "1-9", "staff": 12.5},
    {
        "a": NotApplicable("There is none."), "b": ("o0", "o1"), "c": 0.1, "d": "2026-01-31", "e": ("FRA", "KHM"),
        "h": "o2", "i": ("none",),
    },
    frozenset({"b", "d", "h"}),
    {"a": "confirmed", "b": Adjusted(("o0",)), "c": "not-shown", "h": Adjusted("o1")},
    {"g": BlankWord("not-known")},
)  # fmt: skip
BESIDE = AssessmentMetadata(
    company=GIVEN.company,
    period="2026",
    law_as_of="2026-02-01",
    voice="desk",
    reasons={"a": "There is none.", "c": "a remark\non two lines"},
    evidence={"b": "“We train all.” Report, page 3 (2026-01-05)\nhttps://example.org/a?b=1", "d": "+1 — law"},
    comments={"a": "seen", "c": "=1+1 is no formula", "profile.size": "by the register", "r1": "weak"},
    next_reviews={"a": date(2027, 1, 31), "g": date(2028, 2, 29)},
    own_columns=(OwnColumn("Sample?", {"a": "yes", "b": "look here", "r1": "no"}), OwnColumn("", {"e": "x"})),
    assessment="17",
    submission="2026-10-01T10:00:00",
    downloaded_by="Auditor 1",
    downloaded_at="2026-11-01",
    download="4",
)
LAYOUT = ScorecardLayout(MADE)
HEAD = REVIEW_HEAD + 1
Change = Callable[[Worksheet], None]


@cache
def written(language: str = "en") -> bytes:
    return scorecard_workbook(compile_edition(MADE), GIVEN, BESIDE, language=language)


@cache
def read_sheets(language: str = "en") -> bytes:
    """Return the scorecard, to be edited."""
    return without_unread_sheets(written(language), MADE, language)


def without_unread_sheets(content: bytes, made: Edition = MADE, language: str = "en") -> bytes:
    """Return a scorecard with all its sheets or, below a share of 1, only those that are read back.

    Opening and saving the others takes more than half of the time of a test.
    """
    if SHARE >= 1:
        return content
    book = openpyxl.load_workbook(io.BytesIO(content))
    remove_unread_sheets(book, made, language)
    return saved(book)


def remove_unread_sheets(book: openpyxl.Workbook, made: Edition = MADE, language: str = "en") -> None:
    """Do the same in a workbook that is open. The names of sheets are the same in every edition."""
    with in_language(language):
        names = ScorecardLayout(made).sheet_names
    kept = {names[sheet] for sheet in (REVIEW_SHEET, PASSAGES_SHEET, METHOD_SHEET)}
    for name in set(book.sheetnames) - kept if SHARE < 1 else ():
        del book[name]


def changed(*changes: Change, language: str = "en", content: bytes = b"") -> bytes:
    """Return the scorecard after edits."""
    book = openpyxl.load_workbook(io.BytesIO(content or read_sheets(language)))
    with in_language(language):
        page = book[ScorecardLayout(MADE).sheet_names[REVIEW_SHEET]]
    for change in changes:
        change(page)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def back(content: bytes, made: Edition = MADE) -> ReturnedScorecard:
    returned = read_scorecard(made, content, "scorecard.xlsx")
    assert returned is not None
    return returned


def assert_whole(returned: ReturnedScorecard) -> None:
    assert returned.sheet == GIVEN
    assert returned.reasons == BESIDE.reasons
    assert returned.evidence == BESIDE.evidence
    assert returned.comments == BESIDE.comments
    assert {q: said.next_review for q, said in returned.verdicts.items() if said.next_review} == BESIDE.next_reviews
    mark = returned.fingerprint
    assert (mark.period, mark.law_as_of, mark.voice) == ("2026", "2026-02-01", "desk")
    assert (mark.assessment, mark.submission, mark.company) == ("17", "2026-10-01T10:00:00", GIVEN.company)


def own_cells(returned: ReturnedScorecard) -> dict[str, dict[str, str]]:
    return {column.heading: dict(column.cells) for column in returned.own_columns}


OWN = {column.heading: dict(column.cells) for column in BESIDE.own_columns}


def lay_out(page: Worksheet, rows: Sequence[int], columns: Sequence[int]) -> None:
    """Put the cells in another order. 0 stands for an empty row or column."""
    values = {(cell.row, cell.column): (cell.value, cell.data_type) for row in page.iter_rows() for cell in row}
    page.delete_rows(1, page.max_row)
    for row, old_row in enumerate(rows, 1):
        for column, old_column in enumerate(columns, 1):
            value, kind = values.get((old_row, old_column), (None, "n"))
            if value is not None:
                cell = page.cell(row, column)
                cell.value = value
                cell.data_type = kind  # as text may begin like a formula


def rows_of(page: Worksheet) -> tuple[list[int], list[int], list[int]]:
    return list(range(1, HEAD + 1)), list(range(HEAD + 1, page.max_row + 1)), list(range(1, page.max_column + 1))


def insert_column(place: int) -> Change:
    def change(page: Worksheet) -> None:
        above, rows, columns = rows_of(page)
        lay_out(page, above + rows, [*columns[:place], 0, *columns[place:]])
        page.cell(HEAD, place + 1).value = "Who looked"
        page.cell(HEAD + 3, place + 1).value = "I did"

    return change


def shuffle_columns(page: Worksheet) -> None:
    above, rows, columns = rows_of(page)
    Random(1).shuffle(columns)
    lay_out(page, above + rows, columns)


def sort_rows(column: ReviewColumn, *, backwards: bool = False) -> Change:
    def change(page: Worksheet) -> None:
        above, rows, columns = rows_of(page)
        rows.sort(key=lambda row: str(page.cell(row, column + 1).value or ""), reverse=backwards)
        lay_out(page, above + rows, columns)

    return change


def shuffle_rows(seed: int) -> Change:
    def change(page: Worksheet) -> None:
        above, rows, columns = rows_of(page)
        Random(seed).shuffle(rows)
        lay_out(page, above + rows, columns)

    return change


def insert_rows(page: Worksheet) -> None:
    above, rows, columns = rows_of(page)
    lay_out(page, [0, 0, *above, 0, *[each for row in rows for each in (row, 0)]], columns)


def hide_rows(page: Worksheet) -> None:
    for row in range(HEAD + 1, page.max_row, 2):
        page.row_dimensions[row].hidden = True
    page.auto_filter.ref = f"A{HEAD}:N{page.max_row}"


def lose_names(page: Worksheet) -> None:
    book = page.parent
    assert isinstance(book, openpyxl.Workbook)
    book.defined_names.clear()


def lose_properties(page: Worksheet) -> None:
    book = page.parent
    assert isinstance(book, openpyxl.Workbook)
    book.custom_doc_props.props.clear()  # type: ignore[attr-defined]  # openpyxl’s types lack it


def rename(page: Worksheet) -> None:
    page.title = "Work of Ana"


def put(row: int | str, column: ReviewColumn, value: str | None) -> Change:
    """Return an edit that fills a cell in a row, given by its number or by the key of its line."""

    def change(page: Worksheet) -> None:
        place = row if isinstance(row, int) else row_of(row)
        page.cell(place, column + 1).value = value

    return change


def row_of(key: str) -> int:
    return LAYOUT.review_rows[key] + 1


def without(sheet: str, language: str = "en") -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(written(language)))
    with in_language(language):
        del book[ScorecardLayout(MADE).sheet_names[sheet]]
    return saved(book)

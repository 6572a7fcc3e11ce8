"""Answers are read from a returned scorecard in any language, or it is refused with all faulty cells."""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import Adjusted, AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.edition import PROFILE_PREFIX, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.answer_import import iter_answer_sheets
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_layout import REVIEW_SHEET, ScorecardLayout
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.examples import SHARE
from tests.support.factories import edition, many, node, number, one, profile
from tests.support.recalculation import Recalculator, saved
from tests.support.review_edits import without_unread_sheets
from tests.support.workbooks import real, real_sheet, scorecard_of

MADE = edition(
    node("theme", one("a", 0, 1, na="reason"), many("b", na="reason"), number("c", unit="%"), title="o0"),
    Question("d", "Day", "date"),
    Question("e", "Where", "countries"),
    many("f"),
    profile=profile(size=("1-9", "10-49"), staff=()),
)  # fmt: skip
GIVEN = AnswerSheet(
    "=Example & 1",
    {"size": "1-9", "staff": 12.5},
    {
        "a": NotApplicable("There is none."), "b": ("o0", "o1"), "c": 0.1, "d": "2026-01-31", "e": ("FRA", "KHM"),
        "f": ("none",),
    },
    frozenset({"b", "d"}),
    {"a": "confirmed", "b": Adjusted(("o0",)), "c": "not-shown"},
)  # fmt: skip
LAYOUT = ScorecardLayout(MADE)


def written(language: str = "en", answers: AnswerSheet = GIVEN) -> bytes:
    return scorecard_of(MADE, answers, language)


def returned(folder: Path, content: bytes) -> AnswerSheet:
    path = folder / "scorecard.xlsx"
    path.write_bytes(content)
    (sheet,) = iter_answer_sheets(MADE, path)
    return sheet


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_a_scorecard_in_any_language_gives_back_its_answer_sheet(tmp_path: Path, language: str) -> None:
    assert returned(tmp_path, written(language)) == GIVEN


@pytest.mark.parametrize("seed", [3, 8, 11] if SHARE >= 1 else [3])
def test_an_arabic_scorecard_of_the_real_edition_can_be_written_again_in_english(tmp_path: Path, seed: int) -> None:
    path, answers = tmp_path / "ar.xlsx", replace(real_sheet(seed), verdicts={"r02.text": "not-shown"})
    path.write_bytes(scorecard_of(real("ar"), answers, "ar"))
    main = real().main.questions  # optional questions are in no scorecard
    assert len(main) < len(real().questions)
    told = replace(
        answers,
        answers={q: answer for q, answer in answers.answers.items() if q in main},
        evidenced=frozenset(q for q in answers.evidenced if q in main),
    )
    assert tuple(iter_answer_sheets(real(), path)) == (told,)


def test_only_the_rows_of_the_main_part_are_required(tmp_path: Path) -> None:
    made = edition(
        one("a", 0, 1, lenses={"portion": "core"}),
        one("b", 0, 1, lenses={"portion": "core"}),
        one("c", 0, 1, lenses={"portion": "deeper"}),
        lenses={"portion": ("core", "deeper")},
        by_choice={"portion": ("deeper",)},
    )
    path = tmp_path / "scorecard.xlsx"
    path.write_bytes(scorecard_workbook(compile_edition(made), AnswerSheet("Example 1", {}, {"a": "o1"})))
    assert [sheet.answers for sheet in iter_answer_sheets(made, path)] == [{"a": "o1"}]
    book = openpyxl.load_workbook(path)
    page = book["Review"]
    (row,) = [cells[0].row for cells in page.iter_rows() if cells[0].value == "b"]
    page.delete_rows(row)
    book.save(path)
    with pytest.raises(AnswerFileFaults, match="column b: its row is missing") as refused:
        list(iter_answer_sheets(made, path))
    assert "column c:" not in str(refused.value)


def test_a_scorecard_saved_by_libreoffice_is_read_in_the_same_way(tmp_path: Path, recalculate: Recalculator) -> None:
    answers = replace(GIVEN, company="Example 1", verdicts={"a": "confirmed"})
    (content,) = recalculate({"s": written("ar", answers)}).values()
    assert returned(tmp_path, content) == answers


#: A question of each kind left open for a reason. One title would be damaged by formulas and cell formats.
TEXTS = edition(
    node(
        "theme",
        one("a", 0, 1, lenses={"aspect": "code"}),
        many("b", lenses={"aspect": "code"}),
        number("c"),
        one("d", 0, 1, lenses={"aspect": "proof"}),
    ),
    lenses={"aspect": ("code", "proof")},
)
OPEN = AnswerSheet(
    "Example 1",
    words={
        "a": BlankWord("elsewhere", "=1+1 | “Supplier code”; سياسة: 2025"),
        "b": BlankWord("elsewhere"),
        "c": BlankWord("not-counted"),
        "d": BlankWord("not-known"),
    },
)


@cache
def with_words(language: str) -> bytes:
    return without_unread_sheets(scorecard_of(TEXTS, OPEN, language), TEXTS, language)


def open_scorecard(change: Callable[[Worksheet, ScorecardLayout], None], language: str = "en") -> bytes:
    """The scorecard of OPEN with some edits."""
    book = openpyxl.load_workbook(io.BytesIO(with_words(language)))
    with in_language(language):
        layout = ScorecardLayout(TEXTS)
        change(book[layout.sheet_names[REVIEW_SHEET]], layout)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def returned_open(folder: Path, content: bytes) -> AnswerSheet:
    path = folder / "scorecard.xlsx"
    path.write_bytes(content)
    (sheet,) = iter_answer_sheets(TEXTS, path)
    return sheet


@pytest.mark.parametrize("language", ["en", "ar"])
def test_reasons_of_blanks_and_their_titles_are_read_back(tmp_path: Path, language: str) -> None:
    assert returned_open(tmp_path, open_scorecard(lambda page, layout: None, language)) == OPEN


def test_reasons_of_blanks_survive_libreoffice_and_change_no_figure(tmp_path: Path, recalculate: Recalculator) -> None:
    files = {"with": scorecard_of(TEXTS, OPEN), "without": scorecard_of(TEXTS, replace(OPEN, words={}))}
    after = recalculate(files)
    assert returned_open(tmp_path, after["with"]) == OPEN
    calculated = [
        {cell: value for cell, value in saved(content).values.items() if cell[0] == "Calculation, claimed"}
        for content in after.values()
    ]
    assert calculated[0] == calculated[1] != {}


@pytest.mark.parametrize(
    ("question", "column", "value", "said"),
    [
        ("a", ReviewColumn.ANSWER, "o1", "it is answered, and 'blank:elsewhere: =1+1 | “Supplier code”; سياسة: 2025'"),
        ("a", ReviewColumn.ANSWER, "blank:not-known", "'blank:not-known' says why it is blank: put it in the"),
        ("a", ReviewColumn.WORD, "not known", "'not known' is no reason for a blank: choose one from the list of its"),
        ("a", ReviewColumn.WORD, "blank:not-counted", "blank:not-counted is not for this question: write blank:not-k"),
        ("c", ReviewColumn.WORD, "blank:unknown", "'blank:unknown' is no answer, and no reason for a blank: write bl"),
    ],
)  # fmt: skip
def test_a_misspelt_reason_or_one_beside_an_answer_is_a_fault_with_its_row(
    tmp_path: Path, question: str, column: ReviewColumn, value: str, said: str
) -> None:
    def work(page: Worksheet, layout: ScorecardLayout) -> None:
        place = layout.review_cell(question, column)
        page.cell(place.row + 1, place.column + 1).value = value

    with pytest.raises(AnswerFileFaults) as caught:
        returned_open(tmp_path, open_scorecard(work))
    (fault,) = caught.value.faults
    assert fault.row > 0 and fault.column == question and said in fault.message


@cache
def without_verdicts(language: str) -> bytes:
    return without_unread_sheets(written(language, replace(GIVEN, verdicts={})), MADE, language)


def changed(change: Callable[[Worksheet], None], language: str = "en") -> bytes:
    """A scorecard with some edits."""
    book = openpyxl.load_workbook(io.BytesIO(without_verdicts(language)))
    with in_language(language):
        change(book[ScorecardLayout(MADE).sheet_names[REVIEW_SHEET]])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def put(part: str, value: object, column: ReviewColumn = ReviewColumn.ANSWER) -> Callable[[Worksheet], None]:
    place = LAYOUT.review_cell(part, column)

    def change(page: Worksheet) -> None:
        page.cell(place.row + 1, place.column + 1).value = value

    return change


def delete(part: str) -> Callable[[Worksheet], None]:
    return lambda page: page.delete_rows(LAYOUT.review_cell(part, ReviewColumn.ID).row + 1)


def test_changes_of_an_auditor_are_read_back(tmp_path: Path) -> None:
    def work(page: Worksheet) -> None:
        for change in (
            put("a", "o1: option 1"), put("b", "o1"), put("c", 40),
            put("c", "confirmed", ReviewColumn.DETERMINATION), put("c", "seen on page 3", ReviewColumn.EVIDENCE),
            put(PROFILE_PREFIX + "size", None), put("f", "o1"),
        ):  # fmt: skip
            change(page)

    found = returned(tmp_path, changed(work, "ar"))
    assert found.answers == {**GIVEN.answers, "a": "o1", "b": ("o1",), "c": 40.0, "f": ("o1",)}
    assert found.profile == {"staff": 12.5}
    assert found.evidenced == {"b", "c", "d"}
    assert found.verdicts == {"c": "confirmed"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("a", "o7"), "row 10, column a: 'o7' is not one of these: o0, o1"),
        (put("a", "=1+1"), "row 10, column a: there is a formula here: type the answer itself"),
        (put("b", "perhaps"), "row 11, column b: 'perhaps' is not one of these: o0, o1, none; join several with |"),
        (put("b", "=1"), "row 11, column b: there is a formula here"),
        (put("b", "none|o1"), "row 11, column b: 'none' excludes the other choices"),
        (put("c", "forty"), "column c: 'forty' is not a number"),
        (put("d", "31.01.2026"), "column d: '31.01.2026' is not a date"),
        (put("c", "looks fine", ReviewColumn.DETERMINATION), "column c#verdict: 'looks fine' is no determination"),
        (put(PROFILE_PREFIX + "size", "small"), "row 7, column profile.size: 'small' is not one of these: 1-9, 10-49"),
        (delete("c"), "column c: its row is missing: restore it, or start from a new scorecard"),
        (put("e", "d", ReviewColumn.ID), "column d: this is already in row"),
    ],
)  # fmt: skip
def test_an_invalid_answer_is_named_with_its_row(
    tmp_path: Path, change: Callable[[Worksheet], None], said: str
) -> None:
    with pytest.raises(AnswerFileFaults) as refused:
        returned(tmp_path, changed(change))
    assert said in str(refused.value)
    assert "scorecard.xlsx, sheet Review" in str(refused.value)


def test_a_scorecard_of_another_edition_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "scorecard.xlsx"
    path.write_bytes(written("fr"))
    with pytest.raises(UnreadableWorkbook, match="this scorecard answers the edition made, and other was named"):
        tuple(iter_answer_sheets(replace(MADE, id="other"), path))


def test_a_damaged_scorecard_is_refused_and_never_misread(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written()))
    del book["Review"]
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(UnreadableWorkbook, match="damaged"):
        returned(tmp_path, file.getvalue())

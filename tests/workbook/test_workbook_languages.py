"""A workbook is in one language, from the names of sheets to the words in formulas, and has its writing direction."""

import io
import re
import zipfile
from dataclasses import replace
from functools import cache

import openpyxl
import pytest
from lxml.etree import fromstring
from openpyxl.workbook import Workbook

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import AnswerSheet, NotApplicable, Verdict
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook import formulas as f
from compliance.workbook.formulas import CellReference, safe_sheet_names
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.factories import bands, edition, many, node, number, one, sheet
from tests.support.workbooks import one_of_ours, real, scorecard_of

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


# ── Writing direction


@cache
def arabic() -> bytes:
    return scorecard_of(*one_of_ours("ar"), "ar")


@cache
def english() -> bytes:
    return scorecard_of(*one_of_ours("en"))


@cache
def arabic_book(*, data_only: bool = False) -> Workbook:
    """The Arabic workbook, opened by openpyxl only once, because it is large."""
    return openpyxl.load_workbook(io.BytesIO(arabic()), data_only=data_only)


def sheet_views(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        roots = [fromstring(package.read(name)) for name in names]
    return [view.get("rightToLeft", "0") for root in roots for view in root.iter(f"{_MAIN}sheetView")]


def test_every_sheet_of_an_arabic_workbook_is_right_to_left_and_none_of_an_english_one() -> None:
    assert set(sheet_views(arabic())) == {"1"}
    assert set(sheet_views(english())) == {"0"}


def test_arabic_text_is_right_aligned_right_to_left_and_in_a_font_that_has_its_letters() -> None:
    for page in arabic_book().worksheets:
        for row in page.iter_rows():
            for cell in row:
                if cell.value is None or cell.data_type == "f":
                    continue
                assert cell.font.name in ("Arial", "Times New Roman"), cell
                has_arabic = isinstance(cell.value, str) and re.search("[\u0600-\u06ff]", cell.value) is not None
                assert cell.alignment.horizontal in ("right", "center"), cell
                assert cell.alignment.readingOrder == (2 if has_arabic else 1), (cell, cell.value)


def test_a_sentence_made_by_a_formula_is_right_to_left_too() -> None:
    made, worth = arabic_book(), arabic_book(data_only=True)
    formulas = [cell for page in made.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    arabic_now = [
        cell for cell in formulas if re.search("[\u0600-\u06ff]", str(worth[cell.parent.title][cell.coordinate].value))
    ]
    assert len(arabic_now) > 3
    assert {cell.alignment.readingOrder for cell in arabic_now} == {2}


def test_an_arabic_chart_begins_at_the_right() -> None:
    def orientations(content: bytes) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return re.findall(r'<c:orientation val="(\w+)"', package.read("xl/charts/chart1.xml").decode())

    assert orientations(arabic()) == ["maxMin", "maxMin"]
    assert orientations(english()) == ["maxMin", "minMax"]


@pytest.mark.parametrize(("language", "form"), [("en", '0" "%'), ("fr", '0"\xa0"%'), ("es", '0"\xa0"%'), ("ar", "0%")])
def test_percentages_are_formatted_as_usual_in_the_language(language: str, form: str) -> None:
    content = scorecard_workbook(compile_edition(edition(one("a"))), sheet(a="o1"), language=language)
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert page["B11"].number_format == form
    assert page["B11"].data_type == "f"


def test_a_translation_in_draft_says_so_and_that_the_english_text_counts() -> None:
    page = arabic_book().worksheets[0]
    with in_language("ar"):
        assert page["A4"].value == "هذه الترجمة مسودة. والنص الإنجليزي هو المعتمد."
    assert openpyxl.load_workbook(io.BytesIO(english()), read_only=True).worksheets[0]["A4"].value is None


def test_an_edition_without_the_language_says_so() -> None:
    content = scorecard_workbook(compile_edition(edition(one("a"))), sheet(a="o1"), language="fr")
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert page["A4"].value == "Ce questionnaire n’existe pas encore dans cette langue. Ses textes sont en anglais."


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no 'tlh'"):
        scorecard_workbook(compile_edition(edition(one("a"))), sheet(a="o1"), language="tlh")


def test_names_of_cells_are_the_same_in_every_language() -> None:
    books = (openpyxl.load_workbook(io.BytesIO(content), read_only=True) for content in (english(), arabic()))
    names = [sorted(book.defined_names) for book in books]
    assert names[0] == names[1]
    assert {"overall_score", "overall_band", "scorecard_answers", "scorecard_edition"} <= set(names[0])


# ── Names of sheets, and sentences inside formulas


def test_every_program_accepts_the_names_of_sheets() -> None:
    wanted = ["Plan d'action [2026]: a/b*c?\\d", "", "History", "x" * 40, "X" * 40, "😀" * 20, "Law", "LAW", "  "]
    found = safe_sheet_names(wanted)
    assert len({name.casefold() for name in found}) == len(wanted)
    for name in found:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\'")
        assert name.casefold() != "history"
    assert found[0] == "Plan d’action 2026 a b c d"
    assert found[6:8] == ["Law", "LAW 2"]
    assert safe_sheet_names(found) == found


@pytest.mark.parametrize(
    ("name", "written"),
    [("Summary", "Summary!$A$1"), ("Law", "'Law'!$A$1"), ("It's", "'It''s'!$A$1"), ("ملخص", "'ملخص'!$A$1")],
)
def test_a_formula_quotes_the_name_of_a_sheet_if_it_has_to(name: str, written: str) -> None:
    assert str(CellReference(name, 0, 0)) == written


def test_the_saved_text_of_a_sentence_equals_the_result_of_its_formula() -> None:
    live: dict[str, tuple[f.Operand, str]] = {
        "score": (CellReference("Summary", 0, 0), "26"),
        "band": ("B1", 'the "best"'),
    }
    formula, now = f.live_sentence('100 %% of “%(band)s” at %(score)s, or "none"', live)
    assert formula == '"100 % of “"&B1&"” at "&Summary!$A$1&", or ""none"""'
    assert now == '100 % of “the "best"” at 26, or "none"'


def test_the_saved_text_of_an_arabic_sentence_equals_the_result_of_its_formula() -> None:
    live: dict[str, tuple[f.Operand, str]] = {"band": ('"Good"', "Good"), "score": ('"26"', "26")}
    with in_language("ar"):
        formula, now = f.live_sentence("“%(band)s” at %(score)s.", live)
    assert now == "“Good” at 26." == "".join(part.strip('"') for part in formula.split("&"))


# ── Three bases, the worked example, and what is claimed and not shown

JUDGED = edition(
    node("r1", one("a", 0, 10), one("b", 0, 10), expects="One", title="First"),
    node("r2", number("c"), expects="Two", title="Second"),
    node("r3", one("d"), expects="Three", title="Third"),
    bands=bands(low=0, high=60),
)  # fmt: skip
GIVEN = AnswerSheet("Example 1", {}, {"a": "o1", "b": "o1", "c": 50.0, "d": "o0"}, frozenset({"a", "d"}))
VERDICTS: dict[str, Verdict] = {"a": "confirmed", "b": "confirmed", "c": "not-shown"}


def pages(answers: AnswerSheet) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(
        io.BytesIO(scorecard_of(JUDGED, answers)), data_only=True
    )  # fmt: skip
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in book.worksheets}


def row_of(rows: list[list[object]], title: str, first: int = 0) -> list[object]:
    return next(row for row in rows[first:] if title in row[:2])


def test_three_bases_are_side_by_side_each_with_its_coverage() -> None:
    judged = replace(GIVEN, verdicts=VERDICTS)
    summary, requirements = pages(judged)["Summary"], pages(judged)["Requirements"]
    assert row_of(summary, "Overall")[1:6] == [
        "Claimed", "At worst", "At best", "Evidenced", "Verified",
    ]  # fmt: skip
    score, coverage = row_of(summary, "Score"), row_of(summary, "Coverage")
    assert [score[1], score[4], score[5]] == pytest.approx([50.0, 50 / 3, 100 / 3])
    assert [coverage[1], coverage[4], coverage[5]] == pytest.approx([1.0, 1.0, 2 / 3])
    first = row_of(requirements, "First")
    assert first[4] == 100 and first[10:14] == [50, 1, 100, 1]


def test_before_any_verdict_no_verified_score_is_shown_and_the_workbook_says_why() -> None:
    summary = pages(GIVEN)["Summary"]
    assert row_of(summary, "Score")[5] == "No auditor has given a verdict yet."
    assert row_of(pages(GIVEN)["Requirements"], "First")[10:14] == [50, 1, None, None]


@pytest.mark.parametrize(("sheet_name", "head"), [("Summary", "Themes"), ("Requirements", "Theme or requirement")])
def test_verified_columns_are_named_once_there_is_a_verdict(sheet_name: str, head: str) -> None:
    before, after = (
        [said for said in row_of(pages(given)[sheet_name], head) if said]
        for given in (GIVEN, replace(GIVEN, verdicts=VERDICTS))
    )
    assert before[-1] != "Verified" and after != before
    assert [said for said in after if said not in before] == ["Verified"]
    assert after.count("Coverage of that score") == before.count("Coverage of that score") + 1


def test_the_summary_says_once_that_nobody_gave_a_verdict() -> None:
    said = [str(cell) for row in pages(GIVEN)["Summary"] for cell in row if "No auditor has given" in str(cell)]
    assert said == ["No auditor has given a verdict yet."]


def test_headings_are_repeated_on_paper_only_over_their_own_columns() -> None:
    book = openpyxl.load_workbook(io.BytesIO(scorecard_of(JUDGED, GIVEN)))
    assert book["Gaps"].print_title_rows is None  # it has three tables, one below another
    for name, head in (("Review", "Question"), ("Requirements", "Weight"), ("Calculation, verified", "Verdict")):
        page = book[name]
        first = int(str(page.print_title_rows).split(":")[0].strip("$"))
        assert head in [cell.value for cell in page[first]]


def test_claims_that_were_not_shown_are_on_the_sheet_of_gaps() -> None:
    gaps = pages(replace(GIVEN, verdicts=VERDICTS, answers={**GIVEN.answers, "b": "o0"}))["Gaps"]
    below = next(i for i, row in enumerate(gaps) if row[0] == "Claimed and shown")
    assert gaps[below + 2][1:7] == [
        "Requirement",
        "Claimed",
        "Evidenced",
        "Evidence gap",
        "Verified",
        "Declaration gap",
    ]
    assert gaps[below + 3][1:7] == ["Second", 50, 0, 50, 0, 0]
    assert [row[1] for row in gaps[below + 3 :] if row[1]] == ["Second", "First", "Third"]


def test_the_worked_example_results_in_the_score_and_its_losses_sum_to_what_is_missing() -> None:
    example = pages(GIVEN)["Worked example"]
    assert row_of(example, "Made")[2:5] == ["Weighted mean.", "(1 × 1 + 1 × 0.5 + 1 × 0) ÷ (1 + 1 + 1)", 0.5]
    below = next(i for i, row in enumerate(example) if row[0] == "Where points are lost")
    lost = [row for row in example[below + 2 :] if row[1]]
    assert [row[1] for row in lost] == ["d", "c"]
    assert sum(float(str(row[4])) for row in lost) == pytest.approx(50.0)


def test_the_worked_example_indents_each_part_by_its_depth() -> None:
    book = openpyxl.load_workbook(io.BytesIO(scorecard_of(JUDGED, GIVEN)))
    depths = {row[0].value: int(row[0].alignment.indent) for row in book["Worked example"].iter_rows(min_row=5)}
    assert (depths["Made"], depths["First"], depths["a"]) == (0, 1, 2)


def test_several_choices_and_not_applicable_are_in_the_language_of_the_workbook() -> None:
    made = edition(many("a"), one("b", na="reason"))
    content = scorecard_workbook(compile_edition(made), sheet(a=("o0",), b=NotApplicable("x")), language="es")
    review = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Revisión"]
    texts = {cell.value for row in review.iter_rows() for cell in row}
    assert {"o0", "option 0", "no procede", "n/a"} <= texts


def test_review_explains_only_values_that_need_it() -> None:
    content = scorecard_of(real(), sheet())
    review = openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Review"]
    texts = [str(row[1].value) for row in review.iter_rows(min_row=6)]
    (size,) = [text for text in texts if text.startswith("How many people work for you")]
    assert "5000-up: 5,000 or more" in size and "1-9:" not in size and "250-4999:" not in size


def test_review_says_how_one_answer_is_chosen() -> None:
    book = openpyxl.load_workbook(io.BytesIO(scorecard_workbook(compile_edition(edition(one("q"))), sheet())))
    assert "choose the last one that is completely true." in str(book["Review"]["A3"].value)

"""Whatever a company is called or writes, its workbooks can be opened and contain only the tool's own formulas."""

import io
import re
import zipfile
from datetime import date
from functools import cache

import openpyxl
import pytest
from lxml.etree import fromstring
from openpyxl import Workbook
from xlsxwriter.worksheet import Worksheet

from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.workbook.cell_texts import clean
from compliance.workbook.scorecard_data import AssessmentMetadata, EarlierSubmission, ScorecardData
from compliance.workbook.scorecard_workbook import (
    prepared_scorecard,
    scorecard_plan,
    scorecard_workbook,
    sheets_of,
    write_scorecard,
)
from compliance.workbook.sector_columns import SubmittedScorecard
from compliance.workbook.sector_workbook import SECTOR_HEAD
from compliance.workbook.writer import WorkbookWriter
from tests.support.card_records import record_scores
from tests.support.factories import bands, edition, many, node, number, one, profile, sheet
from tests.support.ooxml_rules import broken_rules
from tests.support.workbooks import scorecard_of, sector_workbook

NAMES = ('=HYPERLINK("http://x","y")', "+1", "-2+3", "@x", "a\x00\x1b&\ud800<b>", "x" * 40_000, "'=1", "Ünï & Çö\n=1",
         "<r>a & <b></r>", "<r><t>x</t></r>")  # fmt: skip
#: The functions that both Excel 2007 and LibreOffice have.
KNOWN = {
    "ABS", "AND", "CHAR", "CHOOSE", "COUNT", "COUNTIF", "DAY", "DATE", "EXACT", "EXP", "FIND", "FIXED", "IF",
    "IFERROR", "INDEX", "INT", "ISERROR", "ISNUMBER", "LEFT", "LEN", "LN", "LOWER", "MATCH", "MAX", "MID",
    "MIN", "MOD", "MONTH", "N", "NOT", "OR", "RIGHT", "ROW", "SIGN", "SUBSTITUTE", "SUM", "SUMPRODUCT", "TRIM",
    "VALUE", "YEAR",
}  # fmt: skip

MADE = edition(
    node(
        "theme",
        node("r1", one("a", 0, 1, na="reason"), many("b"), number("c"), title='="r"', expects="=1+1", critical=0.4),
        title="+theme",
    ),
    bands=bands(low=0, high=60),
    critical_cap="low",
    lenses={"gap": ("framing",), "prevention": ("primary",)},
    profile=profile(size=("1-9", "10-49")),
)
GIVEN = sheet(about={"size": "1-9"}, a=NotApplicable("=1+1"), b=("o0",), c=50.0)


def beside(name: str) -> AssessmentMetadata:
    texts = {"a": name, "b": name, "c": name}
    earlier = (EarlierSubmission(compile_edition(MADE), sheet(a=NotApplicable(name)), date(2026, 10, 1)),)
    return AssessmentMetadata(
        company=name, period=name, law_as_of=name, voice=name, reasons=texts, evidence=texts, earlier=earlier
    )


def scorecard_named(name: str) -> bytes:
    return scorecard_of(MADE, GIVEN, metadata=beside(name))


def formula_texts(book: Workbook) -> set[str]:
    return {
        str(cell.value) for page in book.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"
    }


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@cache
def ordinary_formulas() -> set[str]:
    """The formulas of a workbook without odd names or texts."""
    return formula_texts(opened(scorecard_named("Example 1")))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_or_text_adds_no_formula_and_breaks_no_file(name: str) -> None:
    content = scorecard_named(name)
    book = opened(content)
    assert formula_texts(book) == ordinary_formulas()
    assert book["Summary"]["A2"].value == clean(name)
    texts = {cell.value for row in book["Review"].iter_rows() for cell in row if cell.data_type == "s"}
    assert clean(name) in texts
    assert broken_rules(content) == []


@pytest.mark.parametrize("said", NAMES)
def test_a_typed_answer_in_a_formula_breaks_no_file(said: str) -> None:
    asked = edition(node("theme", node("r1", one("a", 0, 1), Question("b", "In which words?", "text"))))
    content = scorecard_of(asked, sheet(a="o1", b=said))
    assert broken_rules(content) == []
    there = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Calculation, claimed"]
    assert clean(said) in [cell.value for row in there.iter_rows() for cell in row]


@cache
def sector_list_named(text: str) -> Workbook:
    line = SubmittedScorecard(text, text, text, 2026, record_of(), voice=text, assessment=7, address="http://x/7")
    return opened(sector_workbook(MADE, [line], sector=text))


@pytest.mark.parametrize("name", NAMES)
def test_a_sector_list_contains_only_the_tool_s_formulas(name: str) -> None:
    book = sector_list_named(name)
    assert formula_texts(book) == formula_texts(sector_list_named("Example 1"))
    page = book.worksheets[0]
    row = [page.cell(SECTOR_HEAD + 2, column).value for column in (1, 2, 3, 6)]
    assert row == [clean(name)] * 4


def record_of() -> dict[str, object]:
    compiled = compile_edition(MADE)
    return record_scores([make_scorecard(compiled, GIVEN), make_scorecard(compiled, GIVEN, "evidenced")])


def parts(content: bytes) -> dict[str, str]:
    """The parts of a file, without the spans of rows, and without the type of a formula's empty text."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        found = {name: package.read(name).decode() for name in package.namelist()}
    without_spans = {name: re.sub(r' spans="\d+:\d+"', "", text) for name, text in found.items()}
    return {name: re.sub(r' t="str"(><f>[^<]*</f><v></v>)', r"\1", text) for name, text in without_spans.items()}


def test_cells_written_in_one_go_are_those_that_xlsxwriter_would_write(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = parts(scorecard_named("50 % of =1"))
    monkeypatch.setattr("compliance.workbook.writer.PlainFormulaWorksheet", Worksheet)
    data = ScorecardData(compile_edition(MADE), GIVEN, beside("50 % of =1"))
    book = prepared_scorecard(WorkbookWriter("", ""), scorecard_plan(data.compiled), sheets_of(data.metadata))
    assert parts(write_scorecard(book, data)) == ours


def test_formulas_use_only_functions_that_all_programs_have() -> None:
    used = {name for text in ordinary_formulas() for name in re.findall(r"([A-Z.]+)\(", text)}
    assert used <= KNOWN
    with zipfile.ZipFile(io.BytesIO(scorecard_named("Example 1"))) as package:
        assert not any(b"_xlfn" in package.read(name) for name in package.namelist())


def test_the_same_scorecard_gives_the_same_file() -> None:
    first, second = (scorecard_workbook(compile_edition(MADE), GIVEN, beside("Example 1")) for _ in range(2))
    assert first == second


def test_the_chart_of_a_scorecard_stores_its_numbers_for_programs_that_do_not_recalculate() -> None:
    content, chart = scorecard_named("Example 1"), "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        drawn = fromstring(package.read("xl/charts/chart1.xml"))
    summary = openpyxl.load_workbook(io.BytesIO(content), data_only=True)["Summary"]
    read = list(drawn.iter(*(f"{chart}{name}" for name in ("cat", "val", "plus", "minus"))))
    assert len(read) == 4
    for each in read:
        (place,) = (str(formula.text).removeprefix("Summary!") for formula in each.iter(f"{chart}f"))
        cells = [cell.value for (cell,) in summary[place]]
        kept = [value.text for point in each.iter(f"{chart}pt") for value in point]
        assert [type(value)(text) for text, value in zip(kept, cells, strict=True)] == cells, place


def test_every_answer_has_its_list_and_every_sheet_its_print_settings() -> None:
    book = opened(scorecard_named("Example 1"))
    assert book.sheetnames == [
        "Summary", "Review", "Requirements", "Lenses", "Gaps", "Changes", "Worked example", "Law", "Method",
        "Reconciliation", "Calculation, claimed", "Calculation, evidenced", "Calculation, verified", "Choices",
    ]  # fmt: skip
    validations = book["Review"].data_validations.dataValidation
    lists = [str(each.sqref) for each in validations if each.type == "list"]
    answers = [cells for cells in lists if cells.startswith("C")]
    determinations, adjusted, words = ([cells for cells in lists if cells.startswith(letter)] for letter in "KLO")
    assert len(answers) == 2  # size, a
    assert len(words) == 3  # why a, b or c is blank
    assert len(determinations) == 3
    assert len(adjusted) == 1  # a
    assert len(validations) == 14  # and how b and c are adjusted, and three days of a next review
    assert book["Choices"].sheet_state == "hidden"
    for page in book.worksheets[:-1]:
        assert page.page_setup.paperSize == (8 if page.title == "Review" else 9)  # too small to read on A4
        assert page.sheet_properties.pageSetUpPr.fitToPage
    assert book["Review"].freeze_panes == "C6"
    assert book["Review"].print_title_rows == "$5:$5"
    assert len(book["Summary"]._charts) == 1
    assert book.properties.title == "Scorecard of Example 1"

"""The list of a sector: real dates and numbers, statistics worked out by hand, and rows that are not kept in memory."""

import io
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet as ReadSheet

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import ScoreRecord
from compliance.workbook.sector_columns import SubmittedScorecard
from compliance.workbook.sector_workbook import FIRST_STATISTIC, SECTOR_HEAD
from compliance.workbook.streamed_rows import LinkedNumber, StreamedWorksheet
from compliance.workbook.writer import WorkbookWriter
from tests.support.factories import bands, edition, node, number, sheet
from tests.support.recalculation import Recalculator
from tests.support.workbooks import sector_workbook

MADE = edition(
    node("t1", node("r1", number("a"), title="Rule", expects="All do."), title="Code"),
    node("t2", node("r2", number("b"), title="Practice", expects="All do."), title="People"),
    bands=bands(low=0, high=60),
    lenses={"gap": ("framing",), "prevention": ("primary",)},
)
PLAN = compile_edition(MADE)
#: Overall scores (a + b) / 2: 10, 20, 30, 60, and none.
ANSWERS = ((20.0, 0.0), (20.0, 20.0), (50.0, 10.0), (90.0, 30.0), None)


def answered(pair: tuple[float, float] | None) -> AnswerSheet:
    return sheet(a=NotApplicable(""), b=NotApplicable("")) if pair is None else sheet(a=pair[0], b=pair[1])


def lines(*, judged: bool = False) -> Iterator[SubmittedScorecard]:
    """Five submissions of four companies, the latest first. If judged, question a of the first is not shown."""
    for position, pair in enumerate(ANSWERS):
        (record,) = score_records(PLAN, [answered(pair)])
        if judged and position == 0:
            record |= score_records(PLAN, [replace(answered(pair), verdicts={"a": "not-shown"})], ("verified",))[0]
        yield SubmittedScorecard(
            f"Example {position % 4}", "Food", "10 to 49", 2026, record, date(2026, 10, 9 - position), "by itself",
            position + 7, f"https://example.org/audit/{position + 7}", position % 4,
        )  # fmt: skip


def read(content: bytes, *, values: bool = False) -> ReadSheet:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values).worksheets[0]


def heads(page: ReadSheet) -> list[str]:
    return [str(cell.value) for cell in page[SECTOR_HEAD + 1]]


def column(page: ReadSheet, heading: str) -> list[object]:
    at = heads(page).index(heading) + 1
    return [page.cell(row, at).value for row in range(SECTOR_HEAD + 2, SECTOR_HEAD + 2 + len(ANSWERS))]


def test_days_periods_and_numbers_of_assessments_can_be_sorted() -> None:
    page = read(sector_workbook(MADE, lines()))
    assert column(page, "Submitted") == [datetime(2026, 10, day) for day in (9, 8, 7, 6, 5)]
    assert sorted(column(page, "Submitted")) == column(page, "Submitted")[::-1]
    assert column(page, "Period") == [2026] * 5
    assert page.cell(SECTOR_HEAD + 2, heads(page).index("Submitted") + 1).number_format == "yyyy-mm-dd"
    linked = column(page, "Assessment")
    assert linked[0] == '=HYPERLINK("https://example.org/audit/7",7)'
    assert column(read(sector_workbook(MADE, lines()), values=True), "Assessment") == [7, 8, 9, 10, 11]


def test_every_figure_has_its_own_heading_and_no_score_is_an_empty_cell() -> None:
    page = read(sector_workbook(MADE, lines()))
    assert len(set(heads(page))) == len(heads(page))
    assert heads(page)[7:] == [
        "Claimed", "Claimed: at worst", "Claimed: at best", "Claimed: coverage", "Claimed: band",
        "Evidenced", "Evidenced: coverage", "Evidenced: band", "Verified", "Verified: coverage", "Verified: band",
        "Critical requirements not met, as claimed", "Code", "People", "gap: framing", "prevention: primary",
        "r1 · Rule", "r2 · Practice",
    ]  # fmt: skip
    assert column(page, "Claimed") == [10, 20, 30, 60, None]
    assert column(page, "Claimed: band") == ["low", "low", "low", "high", None]
    assert column(page, "r1 · Rule") == column(page, "Code") == [20, 20, 50, 90, None]
    assert column(page, "Verified") == [None] * 5
    assert "No auditor has given a verdict yet" in str(page["A3"].value)


def test_verified_columns_exist_only_for_parts_with_verdicts() -> None:
    page = read(sector_workbook(MADE, lines(judged=True), judged={"a"}))
    assert [head for head in heads(page) if head.endswith(", verified")] == ["Code, verified", "r1 · Rule, verified"]
    assert column(page, "r1 · Rule, verified") == [0, None, None, None, None]
    assert "follow from the verdicts given so far" in str(page["A3"].value)


def test_statistics_are_as_worked_out_by_hand_and_as_recalculated(recalculate: Recalculator) -> None:
    # Of 10, 20, 30 and 60: median (20 + 30) / 2; lower quartile 10 + 0.75 × 10; upper 30 + 0.25 × 30.
    content = sector_workbook(MADE, lines())
    for file in (content, recalculate({"list": content})["list"]):
        page = read(file, values=True)
        at = heads(page).index("Claimed") + 1
        found = [page.cell(FIRST_STATISTIC + 1 + row, at).value for row in range(4)]
        assert found == pytest.approx([4, 17.5, 25, 37.5])
        none = heads(page).index("Verified") + 1
        assert page.cell(FIRST_STATISTIC + 1, none).value == 0
        assert not page.cell(FIRST_STATISTIC + 3, none).value


def test_a_list_counts_submissions_and_companies() -> None:
    assert "5 submissions of 4 companies" in str(read(sector_workbook(MADE, lines()))["A2"].value)
    assert "One submission of one company" in str(read(sector_workbook(MADE, [next(lines())]))["A2"].value)


@pytest.mark.parametrize(("others", "said"), [(0, None), (1, "1 more submission uses"), (3, "3 more submissions")])
def test_a_list_says_how_many_answer_another_edition(others: int, said: str | None) -> None:
    note = read(sector_workbook(MADE, [], others=others))["A4"].value
    assert note is None if said is None else str(note).startswith(said)


def test_a_list_can_be_sorted_and_filtered_but_not_overwritten() -> None:
    page = read(sector_workbook(MADE, lines()))
    last = page.cell(SECTOR_HEAD + 1 + len(ANSWERS), len(heads(page))).coordinate
    assert page.auto_filter.ref == f"A{SECTOR_HEAD + 1}:{last}"
    assert page.freeze_panes == f"B{SECTOR_HEAD + 2}"
    assert page.protection.sheet and not page.protection.sort and not page.protection.autoFilter
    assert page.cell(SECTOR_HEAD + 1, 1).protection.locked
    assert not page.cell(SECTOR_HEAD + 2, 1).protection.locked  # otherwise a program would refuse to sort
    (rule,) = page.data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("custom", "FALSE", f"A{SECTOR_HEAD + 2}:{last}")


def test_a_list_is_dated_by_the_day_it_was_made() -> None:
    content = sector_workbook(MADE, [], as_of=date(2026, 11, 27))
    assert openpyxl.load_workbook(io.BytesIO(content)).properties.created == datetime(2026, 11, 27)
    assert "as of 27 November 2026" in str(read(content)["A2"].value)


class KeptRecord(dict):  # type: ignore[type-arg]  # a dict that can be watched
    """A record that says whether it is still there."""


def test_no_row_stays_in_memory_once_it_is_written() -> None:
    there: list[weakref.ref[KeptRecord]] = []
    most = 0

    def watched() -> Iterator[SubmittedScorecard]:
        nonlocal most
        (record,) = score_records(PLAN, [answered(ANSWERS[0])])
        for _ in range(50):
            kept: ScoreRecord = KeptRecord(record)  # type: ignore[assignment]
            there.append(weakref.ref(kept))  # type: ignore[arg-type]
            yield SubmittedScorecard("Example", "", "", 2026, kept)
            del kept
            most = max(most, sum(one() is not None for one in there))

    sector_workbook(MADE, watched())
    assert most <= 2


def test_streamed_rows_read_as_the_same_cells_written_one_by_one() -> None:
    cells = ["<a> & b\n\x01", 0.1, -3, 1e-12, None, "", date(2026, 2, 28), LinkedNumber(5, ""), " = 1", "é" * 40_000]
    streamed, plain = (WorkbookWriter(title="t", subject="s") for _ in range(2))
    page = streamed.sheet("List", StreamedWorksheet)
    page.text(0, 0, "Head")
    rows = page.xlsx.stream(1, [streamed.style("text") for _ in cells])
    rows.add(cells)
    rows.add(cells)
    other = plain.sheet("List")
    other.text(0, 0, "Head")
    for row in (1, 2):
        for at, cell in enumerate(["<a> & b\n\x01", 0.1, -3, 1e-12, "", "", 46081, 5, " = 1", "é" * 40_000]):
            if isinstance(cell, str):
                other.text(row, at, cell, "text")
            else:
                other.number(row, at, cell, "text")
    first, second = (list(read(book.content()).iter_rows(values_only=True)) for book in (streamed, plain))
    assert first == second

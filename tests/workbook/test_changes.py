"""The sheet *Changes* lists every difference from the previous submission, with sums that add up. By hand."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet as ReadSheet

from compliance.questionnaire.answers import NOT_KNOWN_YET, Adjusted, AnswerSheet, BlankWord, NotApplicable
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.answer_import import iter_answer_sheets
from compliance.workbook.change_sheet import CHANGES_HEAD, AnswerChangeColumn, ScoreChangeColumn
from compliance.workbook.scorecard_data import AssessmentMetadata, EarlierSubmission
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.factories import bands, edition, node, number, one, profile, sheet
from tests.support.published import snapshot_of_sector

MADE = edition(
    node("r1", one("a", 0, 2, 4), number("b", na="reason"), title="Rule", expects="All do."),
    node("r2", number("c"), title="Practice", expects="All do."),
    bands=bands(low=0, high=60),
    profile=profile(size=("1-9", "10-49")),
)
PLAN = compile_edition(MADE)
BEFORE = replace(sheet(about={"size": "1-9"}, a="o1", b=50.0, c=20.0), evidenced=frozenset({"a"}))


def changes(now: AnswerSheet, *before: AnswerSheet, submission: str = "2026-11-01") -> ReadSheet:
    earlier = tuple(EarlierSubmission(PLAN, one, date(2026, 10, 1)) for one in before)
    metadata = AssessmentMetadata(company="Example 1", submission=submission, earlier=earlier)
    return openpyxl.load_workbook(io.BytesIO(scorecard_workbook(PLAN, now, metadata)))["Changes"]


def scores(page: ReadSheet, basis: str) -> tuple[object, ...]:
    """The figures of each score: before, now, change, answers, evidence, method."""
    rows = page.iter_rows(min_row=CHANGES_HEAD + 2, max_row=CHANGES_HEAD + 4, values_only=True)
    return next(row[ScoreChangeColumn.BEFORE : ScoreChangeColumn.METHOD + 1] for row in rows if row[0] == basis)


def differences(page: ReadSheet) -> list[tuple[object, ...]]:
    """The differences: what changed, the question, before, now, points before and now, and the most points."""
    rows = list(page.iter_rows(values_only=True))
    head = next((at for at, row in enumerate(rows) if row[0] == "What changed"), len(rows))
    at = AnswerChangeColumn
    return [
        (row[at.KIND], row[at.ID], row[at.BEFORE], row[at.NOW], *row[at.POINTS_BEFORE : at.FULL_MARKS + 1])
        for row in rows[head + 1 :]
    ]


def test_scores_and_the_causes_of_their_changes_are_those_worked_out_by_hand() -> None:
    # Before: r1 = (2/4 + 50/100) / 2 = 50, r2 = 20, overall 35. Now: a = 4 of 4, so r1 = 75 and overall 47.5.
    # With evidence: a alone. Before r1 = (50 + 0) / 2 = 25, overall 12.5; now (100 + 0) / 2 = 50 and c shown, 20: 35.
    now = replace(BEFORE, answers={**BEFORE.answers, "a": "o2"}, evidenced=frozenset({"a", "c"}))
    page = changes(now, BEFORE)
    assert scores(page, "Claimed") == pytest.approx((35, 47.5, 12.5, 12.5, 0, 0))
    # 22.5 more with evidence, 12.5 of it from the answer; the rest from the evidence for c.
    assert scores(page, "Evidenced") == pytest.approx((12.5, 35, 22.5, 12.5, 10, 0))
    assert scores(page, "Verified") == (None,) * 6
    assert "Compared with what was submitted on 1 October 2026." in str(page["A2"].value)
    moved = [row for row in page.iter_rows(values_only=True) if row[0] == "r1"]
    assert moved[0][1:3] == ("Rule", pytest.approx(12.5))


def test_exactly_the_differences_are_listed_with_their_points() -> None:
    now = replace(
        BEFORE, profile={"size": "10-49"}, answers={"a": "o2", "b": NotApplicable("We have none."), "c": 20.0},
        evidenced=frozenset({"c"}), verdicts={"a": "confirmed", "c": Adjusted(10.0)},
    )  # fmt: skip
    before = replace(BEFORE, verdicts={"a": "not-shown"})
    assert differences(changes(now, before)) == [
        ("Answer", None, "1-9", "10-49", None, None, None),
        ("Answer", "a", "option 1", "option 2", 2, 4, 4),
        ("Evidence", "a", "There is evidence.", "No evidence", 2, 0, 4),
        ("Determination", "a", "Answer not shown", "Answer confirmed", 0, 4, 4),
        ("Answer", "b", "50", "Does not apply: We have none.", 0.5, None, 1),
        ("Evidence", "c", "No evidence", "There is evidence.", 0, 0.2, 1),
        ("Determination", "c", "Not reviewed", "Answer adjusted: 10", None, 0.1, 1),
    ]


def test_a_blank_and_its_reason_are_distinguished_from_an_answer() -> None:
    left = {question: answer for question, answer in BEFORE.answers.items() if question != "c"}
    now = replace(BEFORE, answers=left, words={"c": BlankWord(NOT_KNOWN_YET)})
    assert [row[:4] for row in differences(changes(now, BEFORE))] == [("Answer", "c", "20", "Not known yet")]


def test_a_new_verified_score_is_called_new() -> None:
    page = changes(replace(BEFORE, verdicts=dict.fromkeys("abc", "confirmed")), BEFORE)
    assert scores(page, "Verified")[:3] == (None, 35, None)
    assert any("had no score before and now has" in str(cell.value) for row in page.iter_rows() for cell in row)


def test_if_nothing_changed_the_sheet_says_so() -> None:
    page = changes(BEFORE, BEFORE)
    assert differences(page) == []
    assert "No answer, evidence or determination has changed." in [row[0] for row in page.iter_rows(values_only=True)]
    assert scores(page, "Claimed") == (35, 35, 0, 0, 0, 0)


def test_a_first_submission_and_a_draft_without_one_are_called_that() -> None:
    assert "This is the first submission" in str(changes(BEFORE)["A2"].value)
    assert "Nothing has been submitted yet" in str(changes(BEFORE, submission="")["A2"].value)


def test_workbooks_of_commands_without_submissions_leave_the_sheet_out() -> None:
    assert "Changes" not in openpyxl.load_workbook(io.BytesIO(scorecard_workbook(PLAN, BEFORE))).sheetnames


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_scorecard_with_peers_and_changes_is_read_like_one_without(tmp_path: Path, language: str) -> None:
    now = replace(BEFORE, company="Example 1", verdicts={"a": "confirmed"})
    earlier = EarlierSubmission(PLAN, replace(BEFORE, answers={"a": "o2"}), date(2026, 10, 1))
    metadata = AssessmentMetadata(earlier=(earlier,), published=snapshot_of_sector(MADE, "food", []))
    path = tmp_path / "back.xlsx"
    path.write_bytes(scorecard_workbook(PLAN, now, metadata, language=language))
    assert len(openpyxl.load_workbook(path).sheetnames) == 15
    assert list(iter_answer_sheets(MADE, path)) == [now]

"""Answers in the order of a standard: cases worked out by hand, and reports about the golden companies."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from compliance.commands.answer_files import company_sheet
from compliance.narrative.crosswalk_report import (
    TABLE_COLUMNS,
    CrosswalkReport,
    ReportedPoint,
    crosswalk_report,
    evidence_words,
    missing_words,
    report_text,
    silent_words,
    source_lines,
    start_words,
    summary_words,
    table_rows,
)
from compliance.questionnaire.answers import NOT_KNOWN_YET, Adjusted, Answer, AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.crosswalk import Crosswalk, CrosswalkPoint, load_crosswalks
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.loader import find_edition, load_edition
from tests.support.factories import edition, node, one, sheet, when
from tests.support.paths import EDITIONS, GOLDEN

MADE = Crosswalk(
    id="made",
    title="A standard",
    short="AS",
    version="The first",
    editions=("example-1",),
    as_of="2026-11-27",
    source="a page",
    licence="It belongs to somebody.",
    points=(
        CrosswalkPoint("M-1", "Which law is followed", ("reach.higher",), "para. 3"),
        CrosswalkPoint("2", "Who may report", ("acc.channel", "reach.higher"), "criterion 2", "Name the channels."),
        CrosswalkPoint("M-3", "What nobody asks", ("gone",)),
    ),
)
#: The code follows standards (2 of 5 points), training is blank, two of four choices (2 of 3 points), with evidence.
SHEET = AnswerSheet(
    "Aster",
    {"sector": "travel"},
    {"reach.higher.code": "intent", "acc.channel.who": ("staff", "children")},
    frozenset({"acc.channel.who"}),
)


@pytest.fixture(scope="module")
def example() -> Edition:
    return load_edition(EDITIONS / "example-1.yaml")


def reported(example: Edition, sheet: AnswerSheet = SHEET, **evidence: str) -> CrosswalkReport:
    return crosswalk_report(MADE, example, sheet, {"acc.channel.who": evidence["who"]} if evidence else None)


def test_each_point_has_the_answers_beside_it_and_what_is_missing(example: Edition) -> None:
    first, second, third = reported(example).points
    (reach,) = first.requirements
    code, training = reach.answers
    assert code.answer == "International standards are mentioned but not which one prevails"
    assert (code.missing, missing_words(code)) == (("rest", "evidence"), "below full marks, no evidence yet")
    assert (training.answer, training.missing) == ("No answer", ("answer",))
    assert reach.gap == (
        "One question is not answered. One answer does not reach full marks. One answer rests on no evidence yet."
    )
    assert reach.closes.startswith("State that the stricter")
    channel, again = second.requirements
    assert again == reach
    assert (channel.answers[0].answer, channel.gap) == ("staff; children", "One answer does not reach full marks.")
    assert (third.requirements, silent_words(third)) == ((), ("Not asked of this company: gone.",))


def test_a_point_is_named_with_its_paragraph_unless_that_is_its_name(example: Edition) -> None:
    assert [point.name for point in reported(example).points] == ["M-1 (para. 3)", "Criterion 2", "M-3"]


def test_full_marks_on_evidence_leave_no_gap(example: Edition) -> None:
    full: dict[str, Answer] = {"reach.higher.code": "stricter", "reach.higher.training": 100.0}
    sheet = AnswerSheet("Fir", {"sector": "other"}, full, frozenset(full))
    first, second, third = (found := reported(example, sheet)).points
    assert (first.requirements[0].gap, first.requirements[0].closes, first.complete) == ("", "", True)
    assert [requirement.id for requirement in second.requirements] == ["reach.higher"], (
        "others are not asked for a channel"
    )
    assert len(second.not_asked) == 1 and not third.answered
    assert second.answered and not second.complete, "the channels are still to be named"
    assert summary_words(found) == "Points: 3. With an answer beside them: 2. With nothing missing: 1."


def test_evidence_is_only_missing_where_there_is_none(example: Edition) -> None:
    def shown(answers: AnswerSheet) -> tuple[str, ...]:
        return reported(example, answers).points[0].requirements[0].answers[0].missing

    assert shown(replace(SHEET, evidenced=frozenset({"reach.higher.code"}))) == ("rest",)
    assert shown(replace(SHEET, answers={"reach.higher.code": "silent"})) == ("rest",), (
        "nothing is claimed, so no evidence is needed"
    )


def test_answers_behind_a_closed_gate_are_not_reported(example: Edition) -> None:
    found = reported(example, replace(SHEET, answers={"reach.higher.code": "silent"}))
    assert [each.question for each in found.points[0].requirements[0].answers] == ["reach.higher.code"]


@pytest.mark.parametrize("gate", ["o0", None])
def test_a_requirement_behind_another_answer_is_not_called_one_that_is_not_asked(gate: str | None) -> None:
    made = edition(
        node("open", one("gate"), one("rest"), expects="O.", title="The open one"),
        node("shut", one("q", counts_when=when("gate", "o1")), expects="S.", title="The one behind it"),
    )
    standard = replace(MADE, points=(CrosswalkPoint("1", "Both", ("open", "shut")),))
    given = {"rest": "o1", "q": "o1", **({"gate": gate} if gate else {})}
    (point,) = crosswalk_report(standard, made, sheet(**given)).points
    if gate is None:
        assert [each.id for each in point.requirements] == ["open", "shut"], "it can still count"
    else:
        assert silent_words(point) == ("Left out because of another answer, given or missing: The one behind it.",)
    assert not point.complete


def test_a_requirement_is_left_out_until_it_is_known_whether_it_is_asked() -> None:
    made = edition(
        node("all", one("gate"), expects="A.", title="Asked of all"),
        node("some", one("q", asked_when=when("gate", "o1")), expects="S.", title="Asked of some"),
    )
    standard = replace(MADE, points=(CrosswalkPoint("1", "Both", ("all", "some")),))
    unknown, never = (crosswalk_report(standard, made, each).points[0] for each in (sheet(), sheet(gate="o0")))
    assert silent_words(unknown) == ("Left out because of another answer, given or missing: Asked of some.",)
    assert silent_words(never) == ("Not asked of this company: Asked of some.",)


def test_not_applicable_is_reported_with_its_reason_and_is_no_gap(example: Edition) -> None:
    answers: dict[str, Answer] = {
        "reach.higher.code": "stricter",
        "reach.higher.training": NotApplicable("We have no staff."),
    }
    sheet = replace(SHEET, answers=answers, evidenced=frozenset(answers))
    (reach,) = reported(example, sheet).points[0].requirements
    assert (reach.answers[1].answer, reach.gap) == ("Does not apply: We have no staff.", "")


def test_the_reason_of_a_blank_is_reported(example: Edition) -> None:
    found = reported(example, replace(SHEET, words={"reach.higher.training": BlankWord(NOT_KNOWN_YET)}))
    said = found.points[0].requirements[0].answers[1]
    assert said.answer != "No answer" and said.missing == ("answer",)


def test_the_evidence_of_an_answer_is_reported_if_known(example: Edition) -> None:
    with_words = reported(example, who="Code, page 4").points[1].requirements[0].answers[0]
    without = reported(example).points[1].requirements[0].answers[0]
    assert (evidence_words(with_words), evidence_words(without)) == ("Code, page 4", "There is evidence.")
    assert evidence_words(reported(example).points[0].requirements[0].answers[0]) == ""


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("confirmed", "An auditor confirmed it."),
        ("not-shown", "An auditor found it not shown."),
        (Adjusted("silent"), "An auditor found another answer: Nothing, or only applicable law"),
    ],
)
def test_the_verdict_of_an_auditor_is_beside_the_claim(example: Edition, verdict: object, said: str) -> None:
    sheet = replace(SHEET, verdicts={"reach.higher.code": verdict})  # type: ignore[dict-item]
    found = reported(example, sheet)
    assert found.points[0].requirements[0].answers[0].verdict == said
    assert said in report_text(found)


def test_every_form_says_that_it_is_a_start_and_no_statement_of_conformity(example: Edition) -> None:
    found = reported(example)
    assert start_words(found) == (
        "This is a start for a report by AS, in its order. It is no statement of conformity. Before you publish "
        "anything, read each point in the standard itself."
    )
    assert f"> {start_words(found)}" in report_text(found)
    assert source_lines(found)[:2] == ("Version: The first", "Read on 27 November 2026 in: a page")


def test_the_table_has_a_row_for_each_answer_beside_each_point(example: Edition) -> None:
    rows = [dict(zip(TABLE_COLUMNS, row, strict=True)) for row in table_rows(reported(example))]
    assert [(row["point"], row["question"]) for row in rows] == [
        ("M-1", "reach.higher.code"),
        ("M-1", "reach.higher.training"),
        ("2", "acc.channel.who"),
        ("2", "reach.higher.code"),
        ("2", "reach.higher.training"),
        ("M-3", ""),
    ]
    assert {row["company"] for row in rows} == {"Aster"}
    assert (rows[2]["evidence"], rows[2]["open"], rows[5]["missing"]) == (
        *("There is evidence.", "Name the channels."),
        "Not asked of this company: gone.",
    )


def test_the_text_says_once_what_closes_a_gap(example: Edition) -> None:
    text = report_text(reported(example))
    assert text.startswith("# Aster: a start for a report by AS\n")
    assert text.count("**What closes it**: State that the stricter") == 1
    assert "What closes it: see M-1 (para. 3) above." in text
    assert text.count("\n### Requirement reach.higher: ") == 2


def test_nothing_that_people_wrote_becomes_markup(example: Edition) -> None:
    reason = "<script>alert(1)</script> [here](http://x) *bold* `code` under_score _em_ &amp; |"
    sheet = replace(SHEET, company="# 1. Co", answers={"reach.higher.training": NotApplicable(reason)})
    sheet = replace(sheet, answers={**sheet.answers, "reach.higher.code": "intent"})
    text = report_text(reported(example, sheet))
    assert not re.search(r"(?<!\\)[<\[`|]", text)
    assert r"under_score \_em\_ \&amp;" in text and r"\*bold\*" in text


# ── The golden companies


@pytest.fixture(scope="module")
def ours() -> Edition:
    return find_edition("child-protection-2026")


def golden(ours: Edition, standard: str, file: str) -> CrosswalkReport:
    path = GOLDEN / file
    with path.open(encoding="utf-8", newline="") as rows:
        company = next(csv.DictReader(rows))["company"]
    (crosswalk,) = (each for each in load_crosswalks(editions_folder() / "crosswalks") if each.id == standard)
    return crosswalk_report(crosswalk, ours, company_sheet(ours, Path(path), company))


def point(found: CrosswalkReport, point_id: str) -> ReportedPoint:
    return next(each for each in found.points if each.id == point_id)


def test_a_reader_of_esrs_s2_finds_the_clause_and_that_no_contract_has_it(ours: Edition) -> None:
    found = point(golden(ours, "esrs", "paper.csv"), "S2-1_06")
    assert found.name == "S2-1_06 (S2 para. 18)"
    assert [requirement.id for requirement in found.requirements] == ["r16", "r17"]
    says, does = found.requirements[1].answers
    assert says.answer.startswith("Partners must keep to a ban on sexual exploitation") and says.missing == ()
    assert does.answer.endswith("no contract contains it.") and does.missing == ("rest",)
    clause = "The zero-tolerance clause covers partners where need is greatest"
    assert found.dependent == (clause,), "there is no contract to count"


def test_a_number_that_is_not_asked_for_is_left_to_the_writer(ours: Edition) -> None:
    found = point(golden(ours, "esrs", "deeds.csv"), "S1-17_08")
    assert found.open.startswith("Give the number.")
    assert found.requirements[0].answers[0].answer == "No answer"


def test_a_reader_of_the_code_finds_six_criteria_in_order(ours: Edition) -> None:
    found = golden(ours, "the-code", "paper.csv")
    assert [each.name for each in found.points] == [f"Criterion {number}" for number in range(1, 7)]
    assert all(each.answered for each in found.points)
    lodges = golden(ours, "the-code", "deeds.csv")
    of_travel = "Travel companies meet all six criteria of The Code everywhere"
    assert of_travel in point(lodges, "1").not_asked, "it is not asked of lodging companies"
    assert point(lodges, "6").by_choice == (
        "The zero-tolerance clause covers partners where need is greatest",
        "Training reaches every country and type of contract",
    )


@pytest.mark.parametrize("standard", ["esrs", "gri", "the-code"])
@pytest.mark.parametrize("file", ["paper.csv", "deeds.csv"])
def test_every_point_says_something_or_why_it_does_not(ours: Edition, standard: str, file: str) -> None:
    found = golden(ours, standard, file)
    assert [each.id for each in found.points if not each.requirements and not silent_words(each)] == []
    assert all(requirement.answers for each in found.points for requirement in each.requirements)

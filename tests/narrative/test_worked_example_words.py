"""A worked example in words: whoever types its sums into a pocket calculator gets its results."""

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.languages.interface_messages import in_language, offered_languages
from compliance.narrative.score_explanation import (
    WorkedExampleLine,
    gain_sentence,
    loss_sentences,
    worked_example_lines,
)
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.worked_example import explain
from tests.support.examples import examples
from tests.support.factories import bands, edition, many, node, number, one, sheet, when
from tests.support.paths import EDITIONS, GOLDEN
from tests.support.random_editions import random_edition, random_sheet

EXAMPLE = load_edition(EDITIONS / "example-1.yaml")
ASTER = AnswerSheet(
    "Aster",
    {"sector": "travel"},
    {"reach.higher.code": "stricter", "reach.higher.training": 50.0, "acc.channel.who": ("staff", "children")},
)
GATE_SHUT = "It earns nothing, because the answer that it depends on (gate) does not let it count."
DOUBTED = "“Does not apply” is not accepted here: it counts as no answer."
randoms = st.randoms(use_true_random=False)


def lines_of(
    made: Edition, answered: AnswerSheet, part: str = "overall", basis: Basis = "claimed"
) -> dict[str, WorkedExampleLine]:
    return {line.id: line for line in worked_example_lines(explain(compile_edition(made), answered, part, basis))}


def calculated(words: str) -> float:
    """What a pocket calculator makes of a sum as it is printed."""
    most = re.fullmatch(r"(.+), at most (\S+), ÷ \S+", words)
    if most:
        return min(calculated(most[1]) / calculated(most[2]), 1.0)
    kept = words.removesuffix(", limited to between 0 and 1")
    plain = kept.replace(",", "").replace(";", ",").replace("×", "*").replace("÷", "/").replace("−", "-")
    plain = re.sub(r"ln (-?[\d.]+)", r"log(\1)", plain).replace("^", "**").replace("min(", "least(")
    plain = plain.replace("max(", "greatest(")
    from math import log

    known = {"log": log, "least": lambda *parts: min(parts), "greatest": lambda *parts: max(parts)}
    value = eval(plain, {"__builtins__": {}}, known)  # noqa: S307  # our own sum
    return min(max(value, 0.0), 1.0) if kept != words else float(value)


def test_a_worked_example_goes_from_the_answers_up_to_the_band() -> None:
    lines = lines_of(EXAMPLE, ASTER)
    assert list(lines) == [
        "reach.higher.code", "reach.higher.training", "reach.higher", "reach",
        "acc.channel.who", "acc.channel", "accountability", "overall", "",
    ]  # fmt: skip
    assert (lines["reach.higher.code"].sum, lines["reach.higher.code"].result) == ("5 ÷ 5", "1")
    assert lines["reach.higher.code"].said == "“The stricter of the two, in every country”."
    assert lines["reach.higher.training"].said == "50 %."
    assert lines["reach.higher.training"].sum == "(50 − 0) ÷ (100 − 0)"
    assert lines["reach.higher"].sum == "(3 × 1 + 1 × 0.5) ÷ (3 + 1)"
    assert lines["acc.channel.who"].sum == "(1 + 1) ÷ 3"
    assert lines["overall"].sum == "(1 × 0.875 + 1 × 0.6667) ÷ (1 + 1)"
    assert lines["overall"].result == "0.7708"
    assert (lines[""].sum, lines[""].result) == ("0.7708 × 100 = 77.1", "solid")


def test_the_band_line_names_the_requirement_that_limits_the_band() -> None:
    fir = replace(
        ASTER,
        answers={
            "reach.higher.code": "intent",
            "reach.higher.training": 0.0,
            "acc.channel.who": ("staff", "suppliers", "public"),
        },
    )
    band = lines_of(EXAMPLE, fir)[""]
    assert "“reach.higher” reaches 30 % and needs 40 %, so the band is at most partial." in band.said
    assert band.result == "partial"


def test_a_figure_that_just_misses_a_minimum_is_not_printed_as_the_minimum() -> None:
    almost = node("r", number("a"), number("b"), number("c"), expects="R.", critical=0.4, min_coverage=0.668)
    made = edition(almost, bands=bands(low=0, high=50), critical_cap="low")
    lines = lines_of(made, sheet(a=60.0, b=59.9))
    assert "Too little is answered for a score here: 66.7 %, and 66.8 % is needed." in lines["r"].said
    assert "“r” reaches 39.97 % and needs 40 %, so the band is at most low." in lines[""].said


def test_a_blank_critical_requirement_is_named_if_blanks_drop_out() -> None:
    critical = node("r", one("a"), expects="R.", critical=0.5)
    made = edition(critical, one("b"), bands=bands(low=0, high=50), critical_cap="low", blank="drop")
    band = lines_of(made, sheet(b="o1"))[""]
    assert band.result == "low"
    assert "Critical: too little of “r” is answered, so the band is at most low." in band.said


def test_a_node_that_drops_out_for_lack_of_answers_says_so_and_has_no_calculation() -> None:
    made = edition(node("t", one("a"), one("b"), one("c"), min_coverage=0.5), one("d"), blank="drop")
    line = lines_of(made, sheet(a="o1", d="o1"))["t"]
    assert "Too little is answered for a score here: 33 %, and 50 % is needed." in line.said
    assert (line.sum, line.result) == ("", "")


@pytest.mark.parametrize(
    ("band_at", "digits", "answer", "said"),
    [  # what is shown would be another band than the one that is found
        (None, 0, 59.6, "The score that determines the band is 59.6."),
        (None, 1, 59.96, "The score that determines the band is 59.96."),
        (0, 1, 59.6, "The score that determines the band is 60."),
        (None, 0, 59.2, ""),
        (1, 1, 60.0, ""),
    ],
)  # fmt: skip
def test_a_band_that_differs_from_that_of_the_score_shown_names_the_score_that_determines_it(
    band_at: int | None, digits: int, answer: float, said: str
) -> None:
    made = edition(number("a"), bands=bands(low=0, high=60), band_at=band_at, round=digits)
    band = lines_of(made, sheet(a=answer))[""]
    assert band.said.removeprefix("Bands: low from 0, high from 60.").strip() == said


def test_the_last_calculation_has_as_many_decimals_as_the_score_shown() -> None:
    made = edition(number("a", 0.0, 7.0), bands=bands(low=0), scale=1000, round=2)
    assert lines_of(made, sheet(a=3.0))[""].sum == "0.42857 × 1,000 = 428.57"
    half = edition(number("a"), bands=bands(low=0), scale=1000, round=0)
    assert lines_of(half, sheet(a=11.6496))[""].sum == "0.116496 × 1,000 = 116", "0.1165 would come to 117"


@pytest.mark.parametrize(
    ("start", "end", "log", "answer", "said"),
    [  # what was answered, as it was
        (0.99, 1.01, False, 1.00055, "1.00055."),
        (1.00001, 1.00009, False, 1.00004, "1.00004."),
        (0.001, 1.0, True, 0.0012345, "0.0012345."),
        (0.0, 3.0, False, 1.23456789, "1.23456789."),
        (0.0, 3e6, False, 1234567.25, "1,234,567.25."),
        (0.0, 100.0, False, 0.1 + 0.2, "0.3."),
    ],
)  # fmt: skip
def test_a_number_is_printed_as_it_was_answered_and_its_calculation_can_be_repeated(
    start: float, end: float, log: bool, answer: float, said: str
) -> None:
    made = edition(number("a", start, end, log=log))
    line = lines_of(made, sheet(a=answer))["a"]
    assert line.said == said
    assert calculated(line.sum) == pytest.approx(float(line.result), abs=1e-4)


@pytest.mark.parametrize("scale", [1.0, 0.002])
def test_weights_and_points_far_below_one_are_printed_precisely_enough_to_recalculate(scale: float) -> None:
    parts = (one("a", 0, 1.2345 * scale, 2.5 * scale), one("b", 0, 1, weight=0.5678 * scale))
    made = edition(node("t", replace(parts[0], weight=0.1234 * scale), parts[1]))
    lines = lines_of(made, sheet(a="o1", b="o1"))
    assert calculated(lines["a"].sum) == pytest.approx(1.2345 / 2.5, abs=1e-4)
    assert calculated(lines["t"].sum) == pytest.approx((0.1234 * 1.2345 / 2.5 + 0.5678) / (0.1234 + 0.5678), abs=1e-4)


def test_points_beyond_full_marks_are_described_beside_the_losses() -> None:
    made = edition(node("t", number("a"), number("b", clip=False)))
    said = loss_sentences(explain(compile_edition(made), sheet(a=20.0, b=150.0)))
    assert said == ("a loses 40.00 points. 20.", "b adds 25.00 points beyond full marks. 150.")


@given(randoms, st.sampled_from(BASES))
@examples(150)
def test_every_printed_calculation_has_its_printed_result(rng: Random, basis: Basis) -> None:
    made = random_edition(rng, blank="zero")
    for line in worked_example_lines(explain(compile_edition(made), random_sheet(rng, made), basis=basis)):
        if line.sum and line.kind != "band":
            assert calculated(line.sum) == pytest.approx(float(line.result), abs=0.002), line


@given(randoms)
@examples(60)
def test_a_worked_example_can_be_written_for_any_sheet_in_any_language(rng: Random) -> None:
    made = random_edition(rng)
    explanation = explain(compile_edition(made), random_sheet(rng, made))
    for code in offered_languages():
        with in_language(code):
            assert all(line.title and (line.said or line.kind == "band") for line in worked_example_lines(explanation))
            assert len(loss_sentences(explanation, 3)) <= 4


def test_the_worked_example_of_the_real_edition_ends_in_the_score_worked_out_by_hand() -> None:
    made = find_edition("child-protection-2026")
    (deeds,) = read_answers_csv(made, GOLDEN / "deeds.csv")
    lines = lines_of(made, deeds)
    assert lines[""].sum.endswith("= 68.9")
    assert calculated(lines["overall"].sum) == pytest.approx(0.689, abs=0.0005)


@pytest.mark.parametrize(
    ("answers", "basis", "said"),
    [  # each in one line, to be read as a table
        ({"gate": "o1"}, "claimed", "Not answered, so it earns nothing."),
        ({"gate": "o0", "q": "o1"}, "claimed", GATE_SHUT),
        ({"q": "o1"}, "claimed", "It earns nothing yet, because what it depends on (gate) is not answered."),
        ({"gate": "o1", "q": NotApplicable("none")}, "claimed", "Does not apply: it drops out, with its weight."),
        ({"gate": "o1", "q": NotApplicable()}, "evidenced", DOUBTED),
        ({"gate": "o1", "q": "o1"}, "evidenced", "There is no evidence for this yet, so it earns nothing here."),
    ],
)  # fmt: skip
def test_each_answer_says_why_it_counts_as_it_does(answers: dict[str, str], basis: Basis, said: str) -> None:
    made = edition(node("t", one("gate"), one("q", counts_when=when("gate", "o1"), na="reason")))
    answered = replace(sheet(**answers), evidenced=frozenset({"gate"}))
    assert lines_of(made, answered, basis=basis)["q"].said.removeprefix("“option 1”. ") == said


def test_more_points_than_full_marks_count_as_full_marks() -> None:
    made = edition(node("t", many("q", 1, 2, 3, full=4)))
    line = lines_of(made, sheet(q=("o1", "o2")))["q"]
    assert (line.sum, line.result) == ("2 + 3, at most 4, ÷ 4", "1")


def test_a_number_beyond_its_range_is_kept_within_it() -> None:
    made = edition(node("t", number("q", 80, 10)))
    line = lines_of(made, sheet(q=100.0))["q"]
    assert (line.sum, line.result) == ("(100 − 80) ÷ (10 − 80), limited to between 0 and 1", "0")


def test_losses_are_listed_largest_first_and_the_rest_are_summed_up() -> None:
    explanation = explain(compile_edition(EXAMPLE), ASTER)
    assert loss_sentences(explanation) == (
        "acc.channel.who loses 16.67 points. “staff”, “children”.",
        "reach.higher.training loses 6.25 points. 50 %.",
    )
    assert loss_sentences(explanation, 1)[1] == "One more question loses 6.25 points."


def test_a_gain_that_differs_from_the_loss_says_why() -> None:
    """Behind a closed gate, the loss is that of the gated question, and opening the gate gains it."""
    made = edition(
        node("r", one("gate"), expects="R."), node("s", one("q", counts_when=when("gate", "o1")), expects="S.")
    )
    card = make_scorecard(compile_edition(made), sheet(gate="o0", q="o1"))
    first = next(gap for gap in card.gaps if gap.requirement.id == "r")
    assert gain_sentence(made, first) == (
        "Closing this gap alone would raise the score by 100.0 points. "
        "That is more than the gap costs now, because it also lets other answers count."
    )


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (
            0.5,
            "Closing this gap alone would raise the score by 33.3 points. "
            "That is less than the gap costs now, because other answers would hold the score down.",
        ),
        (
            1.0,
            "Closing this gap alone would not change the score. "
            "That is less than the gap costs now, because other answers would hold the score down.",
        ),
        (
            3.0,
            "Closing this gap alone would lower the score by 50.0 points. "
            "Other answers, which depend on it, would then cost more than it brings.",
        ),
    ],
)
def test_closing_a_gap_that_takes_the_points_of_another_answer_is_not_called_a_rise(weight: float, said: str) -> None:
    """The other requirement counts only while the gap is open."""
    other = node("s", one("q", counts_when=when("gate", "o0")), expects="S.", weight=weight)
    made = edition(node("r", one("gate"), expects="R."), other)
    card = make_scorecard(compile_edition(made), sheet(gate="o0", q="o1"))
    assert gain_sentence(made, card.gaps[0]) == said


def test_a_gain_never_looks_like_none() -> None:
    made = edition(node("r", one("a"), expects="R.", weight=1e-4), node("s", one("b"), expects="S."))
    card = make_scorecard(compile_edition(made), sheet(a="o0", b="o1"))
    assert gain_sentence(made, card.gaps[0]) == "Closing this gap alone would raise the score by 0.01 points."

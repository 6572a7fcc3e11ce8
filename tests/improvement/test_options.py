"""Alternative answers: pieces of a number and combinations of ticks, each worked out by hand."""

from dataclasses import replace

import pytest

from compliance.improvement.options import NUMBER_STEP, are_options_exhaustive, options_of
from compliance.questionnaire.answers import Answer, NotApplicable
from compliance.questionnaire.conditions_and_law import Condition, Predicate
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.compiled_edition import compile_edition
from tests.support.factories import edition, many, number, one, sheet, when

NO, OPEN, YES = 0, 1, 2


def judged_by(asked: Question, *conditions: Condition) -> Edition:
    """An edition in which these conditions depend on the question."""
    return edition(asked, *(one(f"q{i}", counts_when=condition) for i, condition in enumerate(conditions)))


def from_50(question: str = "n") -> Condition:
    return Predicate(question, at_least=50.0)


def choices(made: Edition, question: str, **answers: Answer) -> list[tuple[Answer | None, float, float]]:
    """The alternatives to the present answer: answer, low and high."""
    found = options_of(compile_edition(made), sheet(**answers))[question]
    return [(choice.answer, choice.lowest, choice.highest) for choice in found[1:]]


# ── Numbers


def test_a_number_that_no_condition_depends_on_is_one_piece_up_to_full_marks() -> None:
    made = edition(number("n"))
    assert choices(made, "n") == [(0.0, 0.0, 1.0)]
    assert choices(made, "n", n=40.0) == [(40.0, 0.4, 1.0)]
    assert choices(made, "n", n=100.0) == []
    assert choices(made, "n", n=250.0) == [], "beyond the range is full marks too"
    assert choices(made, "n", n=NotApplicable("No such thing.")) == []


def test_the_piece_below_the_threshold_of_a_condition_ends_one_step_before_it() -> None:
    made = judged_by(number("n"), from_50())
    found = options_of(compile_edition(made), sheet(n=10.0))["n"]
    assert [(choice.answer, choice.lowest, choice.highest) for choice in found[1:]] == [
        (10.0, 0.1, 0.5 - NUMBER_STEP), (50.0, 0.5, 1.0),
    ]  # fmt: skip
    truths = [choice.condition_truths for choice in found]
    assert truths[0] == truths[1] != truths[2]


def test_a_threshold_that_the_number_has_already_reached_does_not_split_its_range() -> None:
    made = judged_by(number("n"), from_50())
    assert choices(made, "n", n=50.0) == [(50.0, 0.5, 1.0)]
    assert choices(made, "n", n=60.0) == [(60.0, 0.6, 1.0)]


def test_a_single_number_named_by_a_condition_is_a_piece_of_its_own() -> None:
    made = judged_by(number("n"), Predicate("n", (50.0,)))
    assert choices(made, "n", n=10.0) == [
        (10.0, 0.1, 0.5 - NUMBER_STEP), (50.0, 0.5, 0.5), (50.1, 0.5 + NUMBER_STEP, 1.0),
    ]  # fmt: skip


def test_full_marks_named_by_a_condition_are_a_piece_of_their_own() -> None:
    made = judged_by(number("n"), Predicate("n", at_least=100.0))
    assert choices(made, "n", n=10.0) == [(10.0, 0.1, 1.0 - NUMBER_STEP), (100.0, 1.0, 1.0)]


def test_there_is_no_piece_between_two_numbers_less_than_two_steps_apart() -> None:
    made = judged_by(number("n"), Predicate("n", (50.0,)), Predicate("n", (50.1,)))
    assert [answer for answer, _low, _high in choices(made, "n", n=10.0)] == [10.0, 50.0, 50.1, 50.2]


def test_a_condition_splits_the_range_from_the_other_side_if_less_is_better() -> None:
    """80 cases earn nothing and 0 full marks. Fewer than 20 close the gate, which happens above a share of 0.75."""
    made = judged_by(number("n", 80.0, 0.0), Predicate("n", at_least=20.0))
    assert choices(made, "n", n=60.0) == [(60.0, 0.25, 0.75), (pytest.approx(19.92), 0.75 + NUMBER_STEP, 1.0)]


def test_thresholds_on_a_logarithmic_scale_are_placed_by_their_logarithms() -> None:
    made = judged_by(number("n", 1.0, 10_000.0, log=True), Predicate("n", at_least=100.0))
    assert choices(made, "n", n=10.0) == [
        (pytest.approx(10.0), 0.25, 0.5 - NUMBER_STEP), (100.0, 0.5, 1.0),
    ]  # fmt: skip
    nought = judged_by(number("n", 1.0, 10_000.0, log=True), Predicate("n", at_least=0.0))
    assert choices(nought, "n", n=10.0) == [(pytest.approx(10.0), 0.25, 1.0)]


def test_a_number_beyond_full_marks_is_an_option_if_a_condition_requires_it() -> None:
    made = judged_by(number("n"), Predicate("n", at_least=250.0))
    assert choices(made, "n", n=40.0) == [(40.0, 0.4, 1.0), (250.0, 1.0, 1.0)]
    assert choices(made, "n", n=100.0) == [(250.0, 1.0, 1.0)]
    assert choices(made, "n", n=300.0) == [(100.0, 1.0, 1.0)], "it earns as much, and the condition is not met"
    falling = judged_by(number("n", 80.0, 10.0), Predicate("n", at_least=5.0), Predicate("n", (2.0,)))
    assert choices(falling, "n", n=45.0) == [
        (45.0, 0.5, 1.0), (pytest.approx(3.5), 1.0, 1.0), (2.0, 1.0, 1.0),
    ]  # fmt: skip


def test_a_blank_number_can_also_become_a_number_that_earns_nothing() -> None:
    made = judged_by(number("n", 50.0, 100.0), Predicate("n", at_least=20.0))
    assert choices(made, "n") == [(50.0, 0.0, 1.0), (pytest.approx(19.95), 0.0, 0.0)]
    assert choices(made, "n", n=60.0) == [(60.0, 0.2, 1.0)]


def test_numbers_on_a_logarithmic_scale_are_always_above_zero() -> None:
    made = judged_by(number("n", 1.0, 100.0, log=True), Predicate("n", at_least=0.0), Predicate("n", at_least=0.5))
    assert [answer for answer, _low, _high in choices(made, "n")] == [1.0, pytest.approx(0.5 * 100**-0.001)]


def test_a_number_with_negative_points_has_a_separate_piece_up_to_zero() -> None:
    made = edition(number("n", clip=False))
    assert choices(made, "n", n=-50.0) == [(-50.0, -0.5, 0.0), (0.0, 0.0, 1.0)]
    gated = judged_by(number("n", clip=False), Predicate("n", at_least=0.0))
    assert choices(gated, "n", n=-50.0) == [(-50.0, -0.5, -NUMBER_STEP), (0.0, 0.0, 1.0)]


# ── Ticks


def test_the_fewest_changes_are_kept_among_ticks_that_earn_the_same_points() -> None:
    """One point can be earned by o0 alone or by o1 alone. o1 is ticked already, so it stays."""
    made = edition(many("m", 1.0, 1.0, 2.0))
    found = choices(made, "m", m=("o1",))
    assert [answer for answer, _low, _high in found] == [("o0", "o1"), ("o1", "o2"), ("o0", "o1", "o2")]
    assert [low for _answer, low, _high in found] == [0.5, 0.75, 1.0]


def test_ticks_are_listed_in_the_order_of_the_options() -> None:
    made = edition(many("m", 1.0, 2.0, 4.0))
    assert ("o0", "o1", "o2") in [answer for answer, *_ in choices(made, "m", m=("o2",))]


def test_points_beyond_full_marks_are_one_choice_unless_a_condition_counts_them() -> None:
    capped = many("m", 2.0, 2.0, 2.0, full=4.0)
    assert [low for _answer, low, _high in choices(edition(capped), "m")] == [0.0, 0.5, 1.0]
    counted = judged_by(capped, Predicate("m", at_least=6.0))
    assert [answer for answer, *_ in choices(counted, "m")][-1] == ("o0", "o1", "o2")


def test_no_option_is_worse_than_the_present_answer() -> None:
    made = edition(many("m", 3.0, -1.0, -1.0))
    assert [answer for answer, *_ in choices(made, "m", m=("o1", "o2"))] == [
        ("o1",), ("none",), ("o0", "o1", "o2"), ("o0", "o1"), ("o0",),
    ]  # fmt: skip


def test_a_tick_named_by_a_condition_is_a_separate_way_to_the_same_points() -> None:
    made = judged_by(many("m", 1.0, 1.0), when("m", "o1"))
    assert [answer for answer, *_ in choices(made, "m")] == [("none",), ("o0",), ("o1",), ("o0", "o1")]


def test_only_simple_options_are_kept_if_there_are_too_many_combinations() -> None:
    odd = edition(many("m", *(float(2**power) for power in range(22))))
    assert not are_options_exhaustive(odd)
    found = choices(odd, "m", m=("o3",))
    assert len(found) < 100
    assert found[-1] == (tuple(f"o{i}" for i in range(22)), 1.0, 1.0)
    assert {("o3", f"o{i}") if i > 3 else (f"o{i}", "o3") for i in range(22) if i != 3} <= {
        answer for answer, *_ in found
    }
    even = edition(many("m", *(1.0 for _ in range(22))))
    assert are_options_exhaustive(even) and len(choices(even, "m", m=("o3",))) == 21


# ── Proof


def proof(asked: Question) -> Edition:
    """An edition in which the question asks for what shows that something is done."""
    return edition(replace(asked, lenses={"aspect": "proof"}))


def test_proof_below_half_of_its_marks_is_never_proposed() -> None:
    asked, ticks = one("p", 0, 2, 5, 10), many("p", 1, 4, 5)
    assert [answer for answer, *_ in choices(proof(asked), "p")] == ["o2", "o3"]
    assert [answer for answer, *_ in choices(edition(asked), "p")] == ["o0", "o1", "o2", "o3"]
    assert [answer for answer, *_ in choices(proof(asked), "p", p="o1")] == ["o2", "o3"]
    assert {low for _, low, _ in choices(proof(ticks), "p")} == {0.5, 0.6, 0.9, 1.0}


def test_a_number_as_proof_begins_at_half_of_its_marks() -> None:
    assert choices(proof(number("n")), "n") == [(50.0, 0.5, 1.0)]
    assert choices(proof(number("n")), "n", n=20.0) == [(50.0, 0.5, 1.0)]
    assert choices(proof(number("n")), "n", n=80.0) == [(80.0, 0.8, 1.0)]

"""Plans found by searching, without a proof of least effort, each worked out by hand."""

import pytest

from compliance.improvement.options import options_of
from compliance.improvement.plan import improve
from compliance.improvement.problem import band_target, points_target
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from tests.improvement.test_least_effort import assert_the_engine_agrees
from tests.support.factories import bands, edition, many, node, number, one, sheet, when

HALVES = {"a": "o1", "b": "o1", "c": "o1"}


def a_product(**keys: float) -> Edition:
    """Three questions of weights 3, 1 and 1 that multiply: each earns 0, a half or all."""
    parts = (one("a", 0, 5, 10, weight=3.0), one("b", 0, 5, 10), one("c", 0, 5, 10))
    node_of = node("t", *parts, combine="geometric", expects="T.", effort=2.0, **keys)
    return edition(node_of, bands=bands(low=0, middle=60, high=80))


def test_the_search_finds_the_cheapest_plan_for_a_product() -> None:
    """0.5 throughout is 50 points. With a alone 0.5^(2/5) = 75.8, with a and b 0.5^(1/5) = 87.1, with b and c 66.0."""
    found = improve(compile_edition(a_product()), sheet(**HALVES), band_target(a_product(), 2))
    assert (found.is_exact, found.lower_bound, found.reason) == (False, None, "")
    assert sorted(found.change.items()) in ([("a", "o2"), ("b", "o2")], [("a", "o2"), ("c", "o2")])
    assert found.effort == pytest.approx(2 * (0.5**0.2 - 0.5))
    assert found.after.score == pytest.approx(100 * 0.5**0.2)
    middle = improve(compile_edition(a_product()), sheet(**HALVES))
    assert dict(middle.change) == {"b": "o2", "c": "o2"}, "66 points are nearer to 60 than the 75.8 of a alone"
    assert not middle.is_exact


def test_the_search_raises_every_blank_and_every_zero_in_a_product() -> None:
    found = improve(compile_edition(a_product()), sheet(a="o0"), points_target(49.0))
    assert dict(found.change) == {"a": "o1", "b": "o1", "c": "o1"}
    assert found.after.score == pytest.approx(50)
    assert not found.is_exact


def test_a_number_in_a_product_is_no_higher_than_the_target_needs() -> None:
    """sqrt(1 · x) ≥ 0.6 from x = 0.36 on; the places that are tried first, from 10 to 100, lie 11.25 apart."""
    made = edition(node("t", one("a"), number("n"), combine="geometric", expects="T."), bands=bands(low=0, high=60))
    found = improve(compile_edition(made), sheet(a="o1", n=10.0), points_target(60.0))
    assert list(found.change) == ["n"]
    assert found.change["n"] == 36.0
    assert not found.is_exact


def test_a_number_is_no_higher_than_a_critical_requirement_needs_if_blanks_are_dropped() -> None:
    made = edition(
        node("r", number("a"), expects="R.", critical=0.4),
        node("s", number("b", 80.0, 10.0), expects="S."),
        bands=bands(low=0, high=60),
        critical_cap="low",
        band_at=None,
        blank="drop",
    )
    found = improve(compile_edition(made), sheet(a=39.0, b=10.0))
    assert dict(found.change) == {"a": 40.0}
    answered = improve(compile_edition(made), sheet(a=50.0, b=52.0))
    assert dict(answered.change) in ({"a": 80.0}, {"b": 31.0})
    assert not found.is_exact and not answered.is_exact


def test_only_the_lowest_answers_are_raised_if_the_score_is_their_minimum() -> None:
    parts = (one("a", 0, 5, 10), one("b", 0, 5, 10), one("c", 0, 5, 10))
    made = edition(node("t", *parts, combine="min", expects="T."), bands=bands(low=0, high=50))
    found = improve(compile_edition(made), sheet(a="o0", b="o2", c="o0"))
    assert dict(found.change) == {"a": "o1", "c": "o1"}
    assert (found.after.score, found.effort, found.is_exact) == (50, 0.5, False)


def test_a_product_that_cannot_reach_the_target_is_reported_as_not_reached() -> None:
    made = edition(
        node("t", one("a"), one("b", na="reason"), combine="geometric", expects="T.", min_coverage=1.0),
        root={"min_coverage": 1.0},
        bands=bands(low=0, high=60),
    )
    found = improve(compile_edition(made), sheet(a="o0", b=NotApplicable("none here")))
    assert not found.is_reached and not found.is_exact
    assert found.after.score is None


def test_a_product_that_cannot_reach_the_target_shows_the_most_that_it_can_reach() -> None:
    """The best of a earns a quarter, so the most is sqrt(0.25 · 1) = 50 points, which one question alone misses."""
    parts = (one("a", 0, 1, 2, full=8.0), one("b", 0, 5, 10))
    made = edition(node("t", *parts, combine="geometric", expects="T."), bands=bands(low=0, middle=40, high=60))
    found = improve(compile_edition(made), sheet(a="o1", b="o1"), points_target(60.0))
    assert (found.reason, found.steps, found.effort, found.is_exact) == ("not-found", (), 0.0, False)
    assert found.before.score == pytest.approx(25), "sqrt(0.125 · 0.5)"
    assert found.after.score == pytest.approx(50)
    assert found.after.band is not None and found.after.band.id == "middle"


def test_a_list_with_a_gate_on_each_of_its_options_is_searched_and_reaches_its_target() -> None:
    """Each option may be ticked or not, and each combination matters: of a million, only simple ones are tried."""
    follow_ups = [one(f"f{i}", counts_when=when("m", f"o{i}")) for i in range(20)]
    made = edition(
        node("t", many("m", *(1.0 for _ in range(20))), *follow_ups, expects="T."), bands=bands(low=0, high=50)
    )
    answered = sheet(m=("o3",), f3="o1", f7="o1")
    assert len(options_of(compile_edition(made), answered)["m"]) < 100
    found = improve(compile_edition(made), answered)
    assert found.is_reached and not found.is_exact
    assert {"m", "f7"} & {step.question.id for step in found.steps}
    assert_the_engine_agrees(found)


def test_an_unclipped_number_is_not_raised_beyond_full_marks_and_the_plan_is_not_called_exact() -> None:
    """With a at 110 of 100 and b unchanged, the score would be 80. Costlier plans are searched; none is called best."""
    made = edition(node("t", number("a", clip=False), number("b"), expects="T."), bands=bands(low=0, high=80))
    found = improve(compile_edition(made), sheet(a=100.0, b=50.0))
    assert dict(found.change) == {"b": 59.9} and not found.is_exact  # 79.95 is looked up as 80.0
    kept = edition(node("t", number("a"), number("b"), expects="T."), bands=bands(low=0, high=80))
    assert improve(compile_edition(kept), sheet(a=100.0, b=50.0)).is_exact

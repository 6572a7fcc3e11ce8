"""The rules of the arithmetic, each with an edition small enough to calculate by hand."""

import math

import numpy as np
import pytest

from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import Not, Predicate
from compliance.questionnaire.edition import Edition
from compliance.scoring.attribution import losses
from compliance.scoring.bands import ranks_of
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import BEST, SCORE, WORST, rounded, rounded_all, shown
from compliance.scoring.score import Scores, overall_bands, score
from compliance.scoring.scorecard import find_gaps, make_scorecard
from tests.support.factories import bands, edition, many, node, number, one, profile, sheet, when

NA = NotApplicable("there is none")


def scored(made: Edition, *sheets: AnswerSheet, basis: str = "claimed") -> Scores:
    return score(compile_edition(made), sheets, basis)


def overall(made: Edition, given: AnswerSheet, basis: str = "claimed") -> tuple[float, float, float]:
    result = scored(made, given, basis=basis).overall
    return result.score[0], result.worst[0], result.best[0]


@pytest.mark.parametrize(
    ("number_in", "digits", "out"),
    [
        (60.5, 0, 61),
        (-60.5, 0, -61),
        (2.675, 2, 2.68),
        (24.999999999, 0, 25),
        (1.0049, 2, 1.0),
        (60.49999999999999, 0, 61),
    ],
)
def test_a_half_rounds_away_from_zero(number_in: float, digits: int, out: float) -> None:
    assert rounded(number_in, digits) == out
    assert rounded_all(np.array([number_in]), digits)[0] == out


def test_a_missing_score_is_shown_as_an_empty_text() -> None:
    assert (shown(None, 1), shown(math.nan, 1), shown(0.0, 1), shown(-0.01, 1)) == ("", "", "0.0", "0.0")


def test_more_points_than_full_marks_count_as_full_marks() -> None:
    made = edition(many("a", 1, 1, 1, 1, full=3))
    assert overall(made, sheet(a=("o0", "o1", "o2", "o3")))[SCORE] == 1
    assert overall(made, sheet(a=("o0", "o1")))[SCORE] == pytest.approx(2 / 3)


def test_a_lower_number_can_be_the_better_one_and_values_beyond_the_range_count_as_its_ends() -> None:
    made = edition(number("a", 80, 20))
    assert [overall(made, sheet(a=x))[SCORE] for x in (80.0, 50.0, 20.0, 0.0, 99.0)] == [0, 0.5, 1, 1, 0]


def test_a_number_that_is_not_clipped_runs_on() -> None:
    assert overall(edition(number("a", 0, 10, clip=False)), sheet(a=12.0))[SCORE] == pytest.approx(1.2)


def test_a_blank_earns_nothing_and_leaves_the_score_open_to_full_marks() -> None:
    made = edition(one("a"), one("b"))
    assert overall(made, sheet(a="o1")) == (0.5, 0.5, 1.0)


def test_a_blank_never_scores_higher_than_a_bad_answer() -> None:
    made = edition(one("a", -2, 0, 4))
    assert overall(made, sheet()) == (-0.5, -0.5, 1.0)


def test_blanks_that_drop_out_take_their_weight_with_them() -> None:
    made = edition(one("a"), one("b"), blank="drop")
    assert overall(made, sheet(a="o1")) == (1.0, 0.5, 1.0)


def test_not_applicable_leaves_the_score_but_lowers_coverage_and_may_be_refused() -> None:
    made = edition(one("a"), one("b", na="reason"))
    result = scored(made, sheet(a="o1", b=NA)).overall
    assert (result.score[0], result.worst[0], result.best[0], result.coverage[0]) == (1.0, 0.5, 1.0, 0.5)


def test_if_everything_is_not_applicable_there_is_neither_a_score_nor_a_best_score() -> None:
    now, worst, best = overall(edition(one("a", na="reason")), sheet(a=NA))
    assert (np.isnan(now), worst, np.isnan(best)) == (True, 0.0, True)


def test_a_closed_gate_withholds_points_but_not_deductions() -> None:
    made = edition(one("a"), one("b", -1, 1, counts_when=when("a", "o1")))
    assert overall(made, sheet(a="o0", b="o1"))[SCORE] == 0.0
    assert overall(made, sheet(a="o0", b="o0"))[SCORE] == -0.5
    assert overall(made, sheet(a="o1", b="o1"))[SCORE] == 1.0


def test_a_question_behind_a_closed_gate_opens_no_other_gate() -> None:
    made = edition(one("a"), one("b", counts_when=when("a", "o1")), one("c", counts_when=when("b", "o1")))
    assert overall(made, sheet(a="o0", b="o1", c="o1")) == (0.0, 0.0, 0.0)


def test_an_undecided_gate_is_closed_in_the_worst_case_and_open_in_the_best() -> None:
    made = edition(one("a"), one("b", counts_when=when("a", "o1")))
    assert overall(made, sheet(b="o1")) == (0.0, 0.0, 1.0)


def test_a_blank_counts_as_answered_behind_a_closed_gate_but_not_behind_an_undecided_one() -> None:
    made = edition(one("a"), one("b", counts_when=when("a", "o1")))
    assert scored(made, sheet(a="o0")).overall.coverage[0] == 1.0
    assert scored(made, sheet()).overall.coverage[0] == 0.0


def test_a_negated_condition_on_a_question_that_is_not_applicable_is_met() -> None:
    made = edition(one("a", na="reason"), one("b", counts_when=Not(when("a", "o0"))))
    assert overall(made, sheet(a=NA, b="o1"))[SCORE] == 1.0


def test_a_question_that_may_be_asked_affects_the_interval_but_not_the_score() -> None:
    made = edition(one("a"), one("b", asked_when=when("profile.kind", "x")), profile=profile(kind=("x", "y")))
    assert overall(made, sheet(a="o1", b="o0")) == (1.0, 0.5, 1.0)
    assert overall(made, sheet(a="o1", b="o0", about={"kind": "y"})) == (1.0, 1.0, 1.0)
    assert overall(made, sheet(a="o1", b="o0", about={"kind": "x"})) == (0.5, 0.5, 0.5)


def test_in_a_sum_a_node_weighs_all_its_points_even_if_some_are_not_applicable() -> None:
    made = edition(
        node("n", one("a", 0, 30), one("b", 0, 10, na="reason"), combine="sum"),
        one("c", 0, 60),
        root={"combine": "sum"},
    )
    assert overall(made, sheet(a="o1", b=NA, c="o0"))[SCORE] == pytest.approx(40 / 100)


def test_a_geometric_mean_is_zero_if_one_part_is_zero_and_that_part_has_all_of_the_loss() -> None:
    made = edition(one("a"), number("b"), root={"combine": "geometric"})
    assert overall(made, sheet(a="o0", b=64.0))[SCORE] == 0.0
    assert overall(made, sheet(a="o1", b=64.0))[SCORE] == pytest.approx(0.8)
    lost = losses(scored(made, sheet(a="o0", b=64.0)))
    assert (lost["a"][0], lost["b"][0]) == (1.0, 0.0)


def test_the_lowest_parts_share_the_loss_of_a_minimum_by_weight() -> None:
    made = edition(number("a", weight=3.0), number("b"), number("c"), root={"combine": "min"})
    lost = losses(scored(made, sheet(a=20.0, b=20.0, c=90.0)))
    assert [lost[q][0] for q in "abc"] == pytest.approx([0.6, 0.2, 0.0])


def test_a_node_below_its_minimum_coverage_has_no_score_but_counts_unless_blanks_drop_out() -> None:
    inner = node("n", one("a"), one("b"), one("c"), min_coverage=0.5)
    scores = scored(edition(inner, one("d")), sheet(a="o1", d="o1"))
    assert np.isnan(scores.results["n"].score[0])
    assert scores.overall.score[0] == pytest.approx((1 / 3 + 1) / 2)
    dropped = scored(edition(inner, one("d"), blank="drop"), sheet(a="o1", d="o1"))
    assert dropped.overall.score[0] == 1.0


def test_a_part_that_reaches_its_own_minimum_coverage_counts_as_fully_covered_above() -> None:
    inner = node("n", one("a"), one("b"), min_coverage=0.5)
    made = edition(inner, one("c"), root={"min_coverage": 0.9})
    half = scored(made, sheet(a="o1", c="o1"))
    assert half.overall.coverage[0] == 0.75
    assert half.overall.score[0] == 0.75
    assert np.isnan(scored(made, sheet(c="o1")).overall.score[0])


def test_a_band_is_looked_up_for_the_shown_score() -> None:
    made = edition(number("a"), bands=bands(low=0.0, high=25.0), band_at=0)
    assert [make_scorecard(compile_edition(made), sheet(a=x)).overall.band.id for x in (24.5, 24.4)] == ["high", "low"]


CRITICAL = {"expects": "It is forbidden.", "critical": 0.5}


def test_a_failed_critical_requirement_caps_the_band_and_is_named() -> None:
    made = edition(
        node("r", one("a", na="reason"), **CRITICAL),
        node("s", one("b"), weight=9.0),
        bands=bands(low=0.0, mid=40.0, high=80.0),
        critical_cap="mid",
    )
    compiled = compile_edition(made)
    card = make_scorecard(compiled, sheet(a="o0", b="o1"))
    assert card.cap is not None
    assert (card.cap.by_points.id, card.cap.band.id, [r.id for r in card.cap.failed]) == ("high", "mid", ["r"])
    assert make_scorecard(compiled, sheet(b="o1")).cap is not None, "a blank critical requirement fails"
    assert make_scorecard(compiled, sheet(a=NA, b="o1")).cap is None, "one that is not applicable does not"


def test_a_blank_critical_requirement_fails_even_if_blanks_drop_out() -> None:
    made = edition(
        node("r", one("a"), **CRITICAL), one("b"), bands=bands(low=0.0, high=80.0), critical_cap="low", blank="drop"
    )
    assert overall_bands(scored(made, sheet(b="o1"))).capped[SCORE, 0] == 0


def test_worst_and_best_band_depend_on_worst_and_best_of_the_critical_requirements() -> None:
    made = edition(
        node("r", one("a"), **CRITICAL),
        node("s", one("b"), weight=9.0),
        bands=bands(low=0.0, high=80.0),
        critical_cap="low",
    )
    found = overall_bands(scored(made, sheet(b="o1"))).capped[:, 0]
    assert (found[SCORE], found[WORST], found[BEST]) == (0, 0, 1)


def test_ties_share_the_smallest_rank_and_a_company_without_a_score_has_none() -> None:
    shares = np.array([0.5, 0.9, np.nan, 0.5 + 5e-10, 0.1])
    assert list(ranks_of(edition(one("a")), shares)) == [2, 1, 0, 2, 4]


def test_ranks_can_be_based_on_the_rounded_score() -> None:
    made = edition(one("a"), rank_at=0)
    assert list(ranks_of(made, np.array([0.6, 0.6049, 0.601]))) == [1, 1, 1]


def test_scores_are_rounded_on_the_shown_scale_before_they_are_ranked() -> None:
    """70.4 and 69.6 round to 70, and 69.4 to 69. As shares from 0 to 1, all of them would round to 1."""
    made = edition(one("a"), rank_at=0, scale=100.0)
    assert list(ranks_of(made, np.array([0.694, 0.704, 0.696]))) == [3, 1, 1]
    assert list(ranks_of(edition(one("a"), rank_at=1, scale=1.0), np.array([0.61, 0.64, 0.66]))) == [2, 2, 1]


def test_without_companies_there_are_no_ranks() -> None:
    assert list(ranks_of(edition(one("a")), np.array([]))) == []


def test_an_answer_that_needs_no_evidence_counts_without_it() -> None:
    made = edition(one("a"), one("b", evidence="none"))
    bare = AnswerSheet(answers={"a": "o1", "b": "o1"})
    assert overall(made, bare, "evidenced") == (0.5, 0.5, 1.0)


def test_not_applicable_without_a_reason_earns_nothing_as_evidenced_even_if_blanks_drop_out() -> None:
    made = edition(one("a"), one("b", na="reason"), blank="drop")
    given = AnswerSheet(answers={"a": "o1", "b": NotApplicable()}, evidenced=frozenset({"a"}))
    assert overall(made, given, "evidenced") == (0.5, 0.5, 1.0)
    assert overall(made, given, "claimed") == (1.0, 0.5, 1.0)


def test_missing_evidence_does_not_change_which_questions_are_asked() -> None:
    made = edition(one("a"), one("b", asked_when=when("a", "o1")))
    bare = AnswerSheet(answers={"a": "o1", "b": "o1"}, evidenced=frozenset({"b"}))
    assert overall(made, bare, "evidenced")[SCORE] == 0.5


def test_without_any_verdict_there_is_no_verified_score() -> None:
    made = edition(one("a"), root={"min_coverage": 0.5})
    assert np.isnan(overall(made, sheet(a="o1"), "verified")[SCORE])
    assert np.isnan(overall(edition(one("a")), sheet(a="o1"), "verified")[SCORE])


def test_a_verdict_confirms_an_answer_adjusts_it_or_finds_it_not_shown() -> None:
    made = edition(one("a", 0, 5, 10), one("b"), one("c"), one("d"))
    given = AnswerSheet(
        answers={"a": "o1", "b": "o1", "c": "o1", "d": "o1"},
        verdicts={"a": Adjusted("o2"), "b": "confirmed", "c": "not-shown"},
    )
    result = scored(made, given, basis="verified").overall
    assert (result.score[0], result.worst[0], result.best[0], result.coverage[0]) == (0.5, 0.5, 0.75, 0.75)


def test_an_adjusted_answer_decides_the_routing_as_adjusted() -> None:
    made = edition(one("a"), one("b", asked_when=when("a", "o1")))
    given = AnswerSheet(answers={"a": "o0"}, verdicts={"a": Adjusted("o1")})
    assert overall(made, given, "verified") == (0.5, 0.5, 1.0)


def test_closing_the_gap_that_opens_a_gate_also_gains_the_points_behind_it() -> None:
    made = edition(
        node("r", one("a"), expects="The clause is written."),
        node("s", one("b", counts_when=when("a", "o1")), expects="The clause is used."),
    )
    first, second = find_gaps(scored(made, sheet(a="o0", b="o1")))
    assert (first.requirement.id, first.loss, first.gain) == ("r", 50.0, 100.0)
    assert (second.requirement.id, second.loss, second.gain) == ("s", 50.0, 50.0)


def test_critical_gaps_come_first_then_those_that_cost_most() -> None:
    made = edition(
        node("r", one("a"), expects="…"),
        node("s", one("b"), expects="…", weight=5.0),
        node("t", one("c"), weight=0.5, **CRITICAL),
        bands=bands(low=0.0),
        critical_cap="low",
    )
    assert [gap.requirement.id for gap in find_gaps(scored(made, sheet()))] == ["t", "s", "r"]


def test_without_a_score_there_are_no_gaps() -> None:
    made = edition(node("r", one("a"), one("b"), expects="…"), root={"min_coverage": 0.9})
    assert find_gaps(scored(made, sheet(a="o0"))) == ()


def test_a_part_keeps_its_score_if_its_node_lacks_the_coverage_for_one() -> None:
    gated = one("q", counts_when=Predicate("profile.kind", ("a",)))  # undecided, as the profile is blank
    made = edition(node("n", gated, combine="min", min_coverage=0.5), blank="drop", profile=profile(kind=("a", "b")))
    results = score(compile_edition(made), [AnswerSheet("Example")]).results
    assert np.isnan(results["n"].score[0])
    assert results["q"].score[0] == 0


def test_not_applicable_without_a_reason_is_part_of_a_gap_and_with_a_reason_it_is_not() -> None:
    """r has a zero and an N/A. With a reason, N/A is accepted and drops out. Without one, it counts as a blank."""
    made = edition(
        node("r", one("a"), one("b", na="reason", weight=3.0), expects="R."), node("s", one("c"), expects="S.")
    )
    for reason, loss, gain in (("none here", 50, 50), ("", 50, 50)):
        scores = scored(made, sheet(a="o0", b=NotApplicable(reason), c="o1"), basis="evidenced")
        (gap,) = find_gaps(scores)
        assert (gap.requirement.id, gap.loss, gap.gain) == ("r", loss, gain)
    half = sheet(a="o1", b=NotApplicable(""), c="o1")
    (gap,) = find_gaps(scored(made, half, basis="evidenced"))
    assert (gap.score, gap.loss, gap.gain) == (25, 37.5, 37.5), "1 of 4 by weight, and met it is all 4"
    assert find_gaps(scored(made, sheet(a="o1", b=NotApplicable("none here"), c="o1"), basis="evidenced")) == ()

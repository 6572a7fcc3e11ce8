"""Targets: at how many points a band begins, what it requires, and how far away it is."""

from typing import Any

import pytest

from compliance.improvement.problem import Target, band_target, failing_critical, points_target, reaches, shortfall_from
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import Scores, score
from tests.support.factories import bands, edition, node, number, sheet

EXPECTED = {"expects": "Something is expected."}
LOW, MIDDLE, HIGH = range(3)


def made(**keys: Any) -> Edition:
    """Two requirements of the same weight, of which the first fails below 60 of 100 and caps at the middle band."""
    first, second = node("r", number("a", na="reason"), critical=0.6, **EXPECTED), node("s", number("b"), **EXPECTED)
    defaults: dict[str, Any] = {"bands": bands(low=0, middle=40, high=70), "critical_cap": "middle"}
    return edition(first, second, **{**defaults, **keys})


def scored(*sheets: AnswerSheet, **keys: object) -> Scores:
    return score(compile_edition(made(**keys)), sheets)


# ── Where a band begins


def test_a_band_begins_at_the_lowest_score_that_rounds_to_its_bound() -> None:
    assert band_target(made(band_at=1), HIGH).points == pytest.approx(69.95, abs=1e-6)
    assert band_target(made(band_at=0), HIGH).points == pytest.approx(69.5, abs=1e-6)
    assert band_target(made(band_at=None), HIGH).points == pytest.approx(70, abs=1e-6)


def test_a_bound_between_two_rounded_scores_is_first_reached_by_the_higher_one() -> None:
    for at, begins in ((69.9, 69.85), (69.94, 69.95), (69.96, 69.95)):  # that is shown as 69.9, as 70.0, as 70.0
        odd = bands(low=0, middle=40, high=at)
        assert band_target(made(band_at=1, bands=odd), HIGH).points == pytest.approx(begins, abs=1e-6)


def test_halves_round_away_from_zero_so_they_reach_a_positive_bound_but_not_a_bound_of_zero() -> None:
    begins = [band_target(made(band_at=0, bands=bands(low=-9, middle=at, high=99)), MIDDLE).points for at in (70, 1, 0)]
    assert 69.499999 < begins[0] < 69.5 and 0.499999 < begins[1] < 0.5  # 69.5 is shown as 70, and 0.5 as 1
    assert -0.5 < begins[2] < -0.499999  # -0.5 is shown as -1
    assert 69.999999 < band_target(made(band_at=None), HIGH).points < 70, "a sum of shares may miss it by rounding"


@pytest.mark.parametrize(("at", "decimals"), [(40.0, 0), (40.0, 1), (33.37, 2), (33.37, None), (1.0, 0)])
def test_the_points_of_a_band_target_are_enough_and_slightly_fewer_are_not(at: float, decimals: int | None) -> None:
    known = {"bands": bands(low=0, middle=at, high=99), "band_at": decimals}
    goal = band_target(made(**known), MIDDLE)
    enough, short = goal.points + 1e-8, goal.points - 1e-7
    scores = scored(sheet(a=enough, b=enough), sheet(a=short, b=short), **known)
    assert list(reaches(scores, goal)) == [True, False]


def test_a_band_target_is_named_by_its_id_and_a_points_target_by_its_points() -> None:
    goal = band_target(made(), MIDDLE)
    assert (goal.name, goal.position, goal.band) == ("middle", 1, made().bands[1])
    assert points_target(62.5) == Target(None, 62.5)
    assert (points_target(62.5).name, points_target(60.0).name) == ("62.5", "60")


# ── What a band requires


def test_only_a_band_above_the_cap_needs_critical_requirements() -> None:
    assert [band_target(made(), position).needs_critical for position in (LOW, MIDDLE, HIGH)] == [False, False, True]
    assert not band_target(made(critical_cap="high"), HIGH).needs_critical
    nothing = edition(node("r", number("a"), **EXPECTED), bands=bands(low=0, high=70), critical_cap="low")
    assert not band_target(nothing, 1).needs_critical, "a cap without anything critical holds nobody"
    assert not band_target(made(critical_cap=""), HIGH).needs_critical


def test_a_failing_critical_requirement_blocks_only_a_band_above_the_cap() -> None:
    scores = scored(sheet(a=50.0, b=100.0), sheet(a=60.0, b=100.0))  # 75 and 80 points
    assert list(reaches(scores, band_target(made(), HIGH))) == [False, True]
    assert [r.id for r in failing_critical(scores, band_target(made(), HIGH))] == ["r"]
    assert failing_critical(scores, band_target(made(), MIDDLE)) == ()
    assert failing_critical(scored(sheet(a=60.0, b=100.0)), band_target(made(), HIGH)) == ()


def test_a_points_target_is_reached_regardless_of_the_cap_and_without_rounding() -> None:
    scores = scored(sheet(a=50.0, b=100.0), sheet(a=49.98, b=100.0), sheet(), root={"min_coverage": 0.5})
    assert list(reaches(scores, points_target(75.0))) == [True, False, False]
    assert not reaches(scores, points_target(0.0))[2], "no score is below every number of points"


# ── The distance


def test_the_shortfall_is_the_missing_share_and_is_never_negative() -> None:
    scores = scored(sheet(a=20.0, b=60.0), sheet(a=80.0, b=100.0))  # 40 and 90 points
    assert shortfall_from(scores, points_target(50.0)) == pytest.approx([0.1, 0.0])
    assert shortfall_from(scores, band_target(made(), MIDDLE)) == pytest.approx([0.0, 0.0])


def test_the_shortfall_above_the_cap_includes_what_a_critical_requirement_lacks() -> None:
    scores = scored(sheet(a=20.0, b=60.0), sheet(a=50.0, b=100.0), sheet(a=90.0, b=10.0))  # 40, 75 and 50 points
    high = band_target(made(band_at=None), HIGH)
    assert shortfall_from(scores, high) == pytest.approx([0.3 + 0.4, 0.1, 0.2])
    assert shortfall_from(scores, points_target(70.0)) == pytest.approx([0.3, 0.0, 0.2]), (
        "points ask for nothing critical"
    )


def test_a_critical_requirement_that_does_not_apply_adds_no_shortfall() -> None:
    scores = scored(sheet(a=NotApplicable("there is none"), b=60.0))
    assert shortfall_from(scores, band_target(made(band_at=None), HIGH)) == pytest.approx([0.1])


def test_a_missing_score_has_a_greater_shortfall_than_any_score() -> None:
    scores = scored(sheet(b=60.0), root={"min_coverage": 0.75})  # half is answered; a blank earns 0: 30 points
    assert shortfall_from(scores, points_target(50.0)) == pytest.approx([0.2 + 1.0])


def test_a_critical_requirement_without_scored_questions_adds_no_shortfall() -> None:
    told = node("told", Question("why", "why", "text"), critical=0.6, **EXPECTED)
    whole = edition(node("r", number("a"), **EXPECTED), told, bands=bands(low=0, high=70), critical_cap="low")
    scores = score(compile_edition(whole), [sheet(a=60.0)])
    assert band_target(whole, 1).needs_critical
    assert shortfall_from(scores, band_target(whole, 1)) == pytest.approx([0.0995])  # of 69.95, where 70.0 is shown

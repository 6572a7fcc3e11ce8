"""Findings used as headlines: simple rules, applied to scorecards of the engine."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from compliance.disclosure.published import ScoreRange
from compliance.narrative import scorecard_headlines
from compliance.narrative.score_wording import ScorecardsByBasis, exact_score_words
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.profile_fields import LabelSet
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, Standing, make_scorecard
from compliance.web.presenters.scorecard import scorecard_view
from tests.support.factories import bands, edition, node, number, when

GAPS, ASPECTS = ("framing", "reach", "accountability"), ("code", "practice", "proof")
LEVELS = ("pre-primary", "primary", "secondary", "tertiary")

LABELS = {
    "gap": LabelSet(values={"framing": "Framing", "reach": "Reach", "accountability": "Accountability"}),
    "aspect": LabelSet(values={"code": "What the code says", "practice": "What is done", "proof": "What shows it"}),
    "prevention": LabelSet(
        values={"pre-primary": "Root causes", "primary": "Everyone", "secondary": "At risk", "tertiary": "After harm"}
    ),
}


def by_lens(lens: str, values: tuple[str, ...]) -> Edition:
    """A theme with one question, worth 0 to 100 points, for each lens value."""
    parts = [node(f"t-{value}", number(value, lenses={lens: value}), title=value.title()) for value in values]
    return edition(*parts, lenses={lens: values}, lens_labels={lens: LABELS[lens]})


def card(made: Edition, *points: float | None, basis: str = "claimed", shown: bool = True) -> Scorecard:
    answers = {q: p for q, p in zip(made.questions, points, strict=True) if p is not None}
    sheet = AnswerSheet("Example 1", {}, answers, frozenset(answers) if shown else frozenset())
    return make_scorecard(compile_edition(made), sheet, basis)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((60, 30, 50), "Reach is the widest gap"),
        ((60, 30, 34.4), "Reach and accountability are the widest gaps"),
        ((60, 30, 35), "Reach is the widest gap"),
        ((50, 52, 54), "No gap is clearly the widest: they score 50 to 54"),
    ],
)
def test_the_widest_gap_is_named_with_all_that_are_not_clearly_smaller(points: tuple[float, ...], says: str) -> None:
    assert scorecard_headlines.widest_gap_headline(card(by_lens("gap", GAPS), *points)) == says


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((20, 60, 0, 70), "Acts more after harm than before it"),
        ((70, 60, 0, 20), "Acts more before harm than after it"),
        ((50, 40, 0, 49), "Action before and after harm is about level: 45 and 49 points"),
        ((50, 40, 0, 50), "Acts more after harm than before it"),
    ],
)
def test_acting_after_harm_is_compared_with_acting_before_it(points: tuple[float, ...], says: str) -> None:
    assert scorecard_headlines.levels_headline(card(by_lens("prevention", LEVELS), *points)) == says


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((22, 60, 40, 70), "Root causes, where harm can be prevented altogether, score 22."),
        ((60, 60, 12, 70), "“At risk” is furthest behind, at 12."),
        ((70, 12, 12, 70), "“Everyone” and “At risk” are furthest behind, at 12."),
        ((12, 60, 60, 12), "“Root causes” and “After harm” are furthest behind, at 12."),
        ((None, 60, 20, 20),
         "Of what is answered, “At risk” and “After harm” are furthest behind, at 20. "
         "Too little is answered on: Root causes."),
        ((60, 60, 58, 62), "No level is far behind the others."),
    ],
)  # fmt: skip
def test_the_weakest_level_is_named_with_all_that_are_equally_weak(points: tuple[float | None, ...], says: str) -> None:
    assert scorecard_headlines.levels_sentence(card(by_lens("prevention", LEVELS), *points)) == says


def test_the_strongest_and_weakest_themes_are_named_if_they_clearly_differ() -> None:
    made = by_lens("gap", GAPS)
    assert scorecard_headlines.themes_headline(card(made, 80, 20, 50)) == "Strongest: framing. Weakest: reach"
    assert scorecard_headlines.themes_headline(card(made, 50, 51, 52)) == "No theme stands out: they score 50 to 52"
    assert scorecard_headlines.themes_headline(card(made, 80, 20, 20)).startswith(
        "Strongest: framing. Weakest: reach and "
    )
    assert scorecard_headlines.themes_headline(card(made, 80, 80, 20)).startswith(
        "Strongest: framing and reach. Weakest: "
    )


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ((60, 30, 10), "Strongest: what the code says. Weakest: what shows it"),
        ((60, 30, None), "Of what is answered, strongest: what the code says; weakest: what is done. "
         "Too little is answered on: what shows it"),
        ((50, 52, 54), "Said, done and shown are about level: they score 50 to 54"),
        ((50, None, None), "Too little is answered to compare what is said, done and shown"),
    ],
)  # fmt: skip
def test_the_aspects_said_done_and_shown_are_compared(points: tuple[float | None, ...], says: str) -> None:
    assert scorecard_headlines.aspects_headline(card(by_lens("aspect", ASPECTS), *points)) == says


def test_if_nothing_stands_out_parts_left_out_are_still_named() -> None:
    made = by_lens("gap", GAPS)
    assert scorecard_headlines.widest_gap_headline(card(made, 50, 52, None)) == (
        "No gap is clearly the widest: they score 50 to 52. Too little is answered on: Accountability"
    )
    assert scorecard_headlines.themes_headline(card(made, 50, 50, None)) == (
        "No theme stands out: they score 50. Too little is answered on: accountability"
    )


@pytest.mark.parametrize(
    ("headline", "lens", "value", "says"),
    [
        (scorecard_headlines.widest_gap_headline, "gap", "reach", "Reach scores 40"),
        (scorecard_headlines.aspects_headline, "aspect", "practice", "What is done scores 40"),
        (scorecard_headlines.themes_headline, "prevention", "primary", "Primary scores 40"),
    ],
)
def test_a_theme_aspect_or_gap_that_alone_is_asked_about_is_compared_with_nothing(
    headline: Callable[[Scorecard], str], lens: str, value: str, says: str
) -> None:
    made = by_lens(lens, (value,))
    assert headline(card(made, 40)) == says
    assert headline(card(made, None)) == "Too little is answered for a score"
    of_others = number("other", lenses={lens: "other"}, asked_when=when(value, "none"))
    with_another = edition(*made.root.parts, node("t-other", of_others), lenses={lens: (value, "other")})
    with_another = replace(with_another, lens_labels=made.lens_labels)
    assert headline(card(with_another, 40, None)) == says
    assert headline(card(with_another, None, None)) == "Too little is answered for a score"


def test_without_a_score_nothing_is_compared() -> None:
    made = by_lens("gap", GAPS)
    silent = card(replace(made, root=replace(made.root, min_coverage=0.9), blank="drop"), 50, None, None)
    assert silent.overall.score is None
    assert scorecard_headlines.themes_headline(silent) == "Too little is answered to compare the themes"
    assert scorecard_headlines.levels_sentence(silent) == ""
    assert "claims and evidence cannot be compared" in scorecard_headlines.evidence_gap_headline(silent, silent)


@pytest.mark.parametrize(
    ("claimed", "shown", "says"),
    [
        ((60.0,), True, "Every point claimed has evidence"),
        ((60.0,), False, "60 points are claimed without evidence"),
        ((1.0,), False, "One point is claimed without evidence"),
        ((0.4,), False, "Less than one point is claimed without evidence"),
    ],
)
def test_claimed_and_shown_are_compared_as_pages_show_them(claimed: tuple[float, ...], shown: bool, says: str) -> None:
    made = edition(node("t", number("q")))
    both = [card(made, *claimed, basis=basis, shown=shown) for basis in ("claimed", "evidenced")]
    assert scorecard_headlines.evidence_gap_headline(*both) == says


@pytest.mark.parametrize(
    ("first", "every", "says"),
    [
        (0, 0, "No gap is left"),
        (1, 1, "One gap is left"),
        (3, 3, "3 gaps are left"),
        (1, 16, "The gap to close first, of 16"),
        (5, 16, "The 5 gaps to close first, of 16"),
    ],
)
def test_gaps_are_counted(first: int, every: int, says: str) -> None:
    assert scorecard_headlines.gaps_headline(first, every) == says


@pytest.mark.parametrize(
    ("first", "says"),
    [
        (1, "It accounts for 12.5 of the 12.5 missing points."),
        (2, "Together they account for 12.5 of the 12.5 missing points."),
    ],
)
def test_one_gap_or_several_account_for_the_missing_points(first: int, says: str) -> None:
    assert scorecard_headlines.first_gaps_sentence(first, 12.5, 12.5) == says


def standing(score: float | None, worst: float | None = None, best: float | None = None) -> Standing:
    return card(by_lens("gap", GAPS), 50, 50, 50).overall._replace(score=score, worst=worst, best=best)


@pytest.mark.parametrize(
    ("score", "says"),
    [(48.6, "At the median"), (49.5, "Above the median"), (48.4, "Below the median"), (None, "Half the companies")],
)
def test_a_company_stands_above_at_or_below_the_median_of_its_sector(score: float | None, says: str) -> None:
    assert scorecard_headlines.peer_median_headline(standing(score, score, score), ScoreRange(49, 49)).startswith(says)


@pytest.mark.parametrize(
    ("worst", "best", "says"),
    [(49, 88, "Around the median"), (40, 56, "Around"), (56, 70, "Around"), (57, 88, "Above"), (20, 55.4, "Below")],
)
def test_no_side_of_the_median_is_named_if_the_interval_contains_it(worst: float, best: float, says: str) -> None:
    assert scorecard_headlines.peer_median_headline(standing(55, worst, best), ScoreRange(56, 56)).startswith(says)


@pytest.mark.parametrize(
    ("worst", "best", "says"),
    [
        (40, 44, "In the range that contains the median"), (35, 50, "In the range"), (34, 44, "Around"),
        (44, 51, "Around"), (30, 60, "Around"), (51, 60, "Above"), (20, 34, "Below"),
    ],
)  # fmt: skip
def test_a_company_is_within_the_range_of_the_median_or_on_one_side_of_it(worst: float, best: float, says: str) -> None:
    said = scorecard_headlines.peer_median_headline(standing(44, worst, best), ScoreRange(35, 50))
    assert said.startswith(says)


def test_a_part_with_too_few_answers_is_not_called_a_weakness() -> None:
    made = by_lens("gap", GAPS)
    silent = card(made, 80, 20, None)
    left_out = "Too little is answered on: "
    assert scorecard_headlines.themes_headline(silent) == (
        f"Of what is answered, strongest: framing; weakest: reach. {left_out}accountability"
    )
    assert scorecard_headlines.widest_gap_headline(silent) == (
        f"Reach is the widest gap in what is answered. {left_out}Accountability"
    )


def test_a_level_without_answers_is_not_called_strong_or_weak() -> None:
    made = by_lens("prevention", LEVELS)
    silent = card(made, None, 60, 40, 20)
    assert scorecard_headlines.levels_headline(silent) == "Too little is answered on: Root causes"
    assert scorecard_headlines.levels_sentence(silent) == (
        "Of what is answered, “After harm” is furthest behind, at 20. Too little is answered on: Root causes."
    )
    assert scorecard_headlines.levels_headline(card(made, 70, 60, None, 20)) == "Acts more before harm than after it"


@pytest.mark.parametrize(
    ("score", "says"),
    [(62.46, "62.46"), (62.4, "62.4"), (62.5, "62.5"), (62.44999, "62.4"), (100.0, "100.0"), (None, "")],
)
def test_the_exact_score_has_enough_decimals_to_explain_the_rounded_one(score: float | None, says: str) -> None:
    assert exact_score_words(score) == says


def test_the_exact_score_is_not_rounded_up_to_a_band_that_it_misses() -> None:
    below = card(replace(edition(node("t", number("q"))), bands=bands(low=0, high=60), band_at=None), 59.96)
    view = scorecard_view(ScorecardsByBasis(below, below, None))
    assert view.just_below is not None and view.just_below.at == 60
    assert (view.exact, view.row.decimals) == ("59.96", 2)


def test_levels_with_too_few_answers_are_named_and_if_all_are_nothing_is_compared() -> None:
    made = by_lens("prevention", LEVELS)
    said = scorecard_headlines.levels_headline(card(made, None, 60, 40, None))
    assert said == "Too little is answered on: Root causes, After harm"
    assert scorecard_headlines.levels_headline(card(made, 50, 60, 40, None)) == "Too little is answered on: After harm"
    nothing = card(made, None, None, None, None)
    assert scorecard_headlines.levels_headline(nothing) == "Too little is answered to compare the levels"

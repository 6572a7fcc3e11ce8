"""How well questions work: counted by hand, consistent with scores, and no figures from too few answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.routing import NO
from compliance.questionnaire.themes import theme_of
from compliance.scoring.coded_answers import CodedAnswers, code_answers, route_answers
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import SCORE
from compliance.scoring.score import score_columns
from compliance.statistics import item_analysis as quality_module
from compliance.statistics.correlation import InternalConsistency, WeightedItem, internal_consistency
from compliance.statistics.inter_rater import RaterComparison, compare_raters
from compliance.statistics.item_analysis import ItemAnalysis, analyse_items
from tests.support.examples import examples, tries
from tests.support.factories import edition, many, node, number, one, profile, sheet, when
from tests.support.random_editions import random_edition, random_sheet

NA = NotApplicable("there is none")
MUST = {"expects": "Something is expected."}


def looked_at(made: Edition, sheets: Sequence[AnswerSheet], theme: str | None = None) -> ItemAnalysis:
    return analyse_items(compile_edition(made), code_answers(made, sheets), theme)


def sheets_of(columns: Mapping[str, Sequence[Answer | None]]) -> list[AnswerSheet]:
    """A company for each position of the lists; None is a blank."""
    n = len(next(iter(columns.values())))
    given = [{q: answers[i] for q, answers in columns.items() if answers[i] is not None} for i in range(n)]
    return [AnswerSheet(f"Example {i:02}", {}, answers, frozenset(answers)) for i, answers in enumerate(given)]


def two_duties(**keys: object) -> Edition:
    """A theme of two requirements with a question each: a (0, 1, 2 points) and b (0 to 100)."""
    first = node("r1", one("a", 0, 1, 2, na="reason"), **MUST)
    return edition(node("t", first, node("r2", number("b"), **MUST), **keys))


# ── One question


def test_answers_blanks_na_and_distribution_of_a_question_match_a_count_by_hand() -> None:
    a = ["o0", "o0", "o1", "o2", "o2", "o2", None, NA]
    found = looked_at(two_duties(), sheets_of({"a": a, "b": [50.0] * 8})).questions["a"]
    assert found.asked == 8
    assert found.gated_out == 0
    assert found.answered == 6
    assert found.blank == 1
    assert found.na == 1
    assert [found.share_of_asked(n) for n in (found.answered, found.blank, found.na)] == [0.75, 0.125, 0.125]
    assert found.option_counts == {"o0": 2, "o1": 1, "o2": 3}
    assert found.mode == ("o2", 3)
    worths = found.distribution
    assert worths is not None  # 0, 0, ½, 1, 1, 1
    assert worths.mean == pytest.approx(3.5 / 6)
    assert worths.standard_deviation == pytest.approx(
        np.sqrt((2 * (3.5 / 6) ** 2 + (0.5 / 6) ** 2 + 3 * (2.5 / 6) ** 2) / 5)
    )
    assert worths.lower == 0.125
    assert worths.median == 0.75
    assert worths.upper == 1.0
    assert (worths.ceiling, worths.floor) == (0.5, pytest.approx(2 / 6))


def test_an_option_that_nobody_chooses_is_listed_with_a_count_of_zero() -> None:
    made = edition(node("t", many("ticks", 1, 1, 1), one("a", 0, 1, 2)))
    found = looked_at(made, sheets_of({"ticks": [("o0", "o1"), ("o0",), ("none",)], "a": ["o1"] * 3})).questions
    assert found["ticks"].option_counts == {"o0": 2, "o1": 1, "o2": 0, "none": 1}
    assert found["a"].option_counts == {"o0": 0, "o1": 3, "o2": 0}


def test_a_question_behind_a_closed_gate_is_neither_asked_nor_blank() -> None:
    made = edition(node("t", one("a", 0, 1, 2), one("proof", 0, 1, counts_when=when("a", "o1", "o2"))))
    answers: dict[str, list[Answer | None]] = {"a": ["o0", "o1", "o2", None], "proof": [None, "o1", None, None]}
    found = looked_at(made, sheets_of(answers)).questions["proof"]
    assert (found.asked, found.gated_out, found.answered, found.blank) == (
        3,
        1,
        1,
        2,
    )  # open: the gate's own answer is blank


def test_companies_that_were_not_asked_are_not_counted() -> None:
    kind = profile(kind=("hotel", "bank"))
    made = edition(node("t", one("a"), one("b", asked_when=when("profile.kind", "hotel"))), profile=kind)
    sheets = [sheet(f"E{i}", about={"kind": "hotel" if i < 3 else "bank"}, a="o1") for i in range(8)]
    assert (looked_at(made, sheets).questions["b"].asked, looked_at(made, sheets).questions["a"].asked) == (3, 8)


def test_a_company_that_stopped_early_is_left_out_of_every_figure() -> None:
    made = edition(node("t", one("a"), one("b"), one("c")), root={"min_coverage": 0.5})
    gave_up, went_on = sheet("E1", a="o1"), [sheet(f"E{i}", a="o1", b="o0") for i in range(2, 5)]
    found = looked_at(made, [gave_up, *went_on])
    assert (found.companies, found.without_score) == (3, 1)
    assert found.questions["a"].asked == 3
    assert found.questions["b"].blank == 0
    assert found.questions["c"].blank == 3


def test_a_question_that_nobody_answered_has_no_distribution_mode_share_or_correlation() -> None:
    found = looked_at(two_duties(), sheets_of({"a": [None] * 12, "b": [40.0] * 12})).questions["a"]
    assert (found.distribution, found.mode, found.item_rest, found.share_of_answered(0)) == (None, None, None, None)
    assert found.option_counts == {"o0": 0, "o1": 0, "o2": 0}
    nobody = looked_at(two_duties(), [])
    assert nobody.questions["a"].share_of_asked(0) is None and nobody.companies == 0


# ── With its theme


def test_fit_is_the_rank_correlation_of_a_question_with_the_rest_of_its_theme() -> None:
    # b is a's theme without a. Ranks of a: four share 2.5, three share 6, three share 9; of b: 1 to 10, with two swaps.
    a = ["o0"] * 4 + ["o1"] * 3 + ["o2"] * 3
    b = [2.0, 1.0, 3.0, 5.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    fit = looked_at(two_duties(), sheets_of({"a": a, "b": b})).questions["a"].item_rest
    ranks_a = np.array([2.5] * 4 + [6.0] * 3 + [9.0] * 3)
    assert fit is not None and fit.n == 10
    assert fit.rho == pytest.approx(np.corrcoef(ranks_a, b)[0, 1])
    assert fit.low < fit.rho < fit.high


def test_the_rest_of_a_theme_is_weighted_like_the_score() -> None:
    # without a, (1·b + 9·c)/10 rises with a, while b alone falls and a plain mean of b and c is the same throughout
    parts = (one("a", *range(12)), number("b", weight=1.0), number("c", weight=9.0))
    made = edition(node("t", *parts))
    steps = range(12)
    answers = {"a": [f"o{i}" for i in steps], "b": [50.0 - i for i in steps], "c": [50.0 + i for i in steps]}
    found = looked_at(made, sheets_of(answers)).questions
    assert found["a"].item_rest is not None and found["a"].item_rest.rho == 1.0
    assert found["b"].item_rest is not None and found["b"].item_rest.rho == -1.0


def test_questions_gated_by_a_question_are_not_part_of_its_rest() -> None:
    gated = one("proof", 0, 1, counts_when=when("a", "o1"))
    made = edition(node("t", node("r1", one("a"), gated, **MUST), node("r2", number("b"), **MUST)))
    answers: dict[str, list[Answer | None]] = {
        "a": ["o0", "o1"] * 6,
        "proof": [None, "o1"] * 6,
        "b": [float(i // 2) for i in range(12)],
    }
    fit = looked_at(made, sheets_of(answers)).questions["a"].item_rest
    assert fit is not None and fit.rho == 0.0  # b is not correlated with a; the proof, which only a can open, would be


@pytest.mark.parametrize("key", ["counts_when", "asked_when"])  # of the question in between
def test_questions_gated_indirectly_by_a_question_are_not_part_of_its_rest(key: str) -> None:
    way = Question("way", "Which way?", "text", **{key: when("a", "o1")})
    far = one("far", 0, 1, counts_when=when("way", "there"))
    made = edition(node("t", node("r1", one("a"), way, far, **MUST), node("r2", number("b"), **MUST)))
    answers: dict[str, list[Answer | None]] = {
        "a": ["o0", "o1"] * 6,
        "way": [None, "there"] * 6,
        "far": [None, "o1"] * 6,
        "b": [float(i // 2) for i in range(12)],
    }
    fit = looked_at(made, sheets_of(answers)).questions["a"].item_rest
    assert fit is not None and fit.rho == 0.0  # b is not correlated with a; far, which only a can open, would be


@pytest.mark.parametrize("seed", range(tries(25)))
def test_the_rest_equals_the_score_when_nobody_is_asked_the_question(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng, blank="zero")
    compiled = compile_edition(made)
    columns = code_answers(made, [random_sheet(rng, made) for _ in range(12)])
    routes = route_answers(made, columns)
    scores = score_columns(compiled, columns, routes)
    nobody = np.full(12, NO, np.int8)
    for question in compiled.points_ranges:
        without = replace(routes, asked={**routes.asked, question: nobody})
        expected = score_columns(compiled, columns, without).overall.value[SCORE]
        found = quality_module._rest_score(scores, made.root, frozenset((question,)))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)  # summed in another order


def test_a_question_alone_in_its_theme_has_no_correlation_with_the_rest() -> None:
    made = edition(node("t", one("a")), node("u", number("b")))
    answers = {"a": ["o0", "o1"] * 6, "b": [float(i) for i in range(12)]}
    assert looked_at(made, sheets_of(answers)).questions["a"].item_rest is None


def test_no_correlation_is_given_for_nine_companies_or_for_equal_answers() -> None:
    a, b = ["o0", "o1", "o2"] * 3, [float(i) for i in range(9)]
    assert looked_at(two_duties(), sheets_of({"a": a, "b": b})).questions["a"].item_rest is None
    alike = looked_at(two_duties(), sheets_of({"a": ["o1"] * 12, "b": [float(i) for i in range(12)]}))
    assert alike.questions["a"].item_rest is None and alike.questions["b"].item_rest is None


def test_a_requirement_outside_any_theme_belongs_to_the_whole_and_is_not_a_theme() -> None:
    made = edition(node("r1", one("a"), **MUST), node("r2", one("b"), **MUST), node("t", node("r3", one("c"), **MUST)))
    assert [theme_of(made, q).id for q in "abc"] == ["overall", "overall", "t"]
    assert looked_at(made, [sheet(a="o1", b="o0", c="o1")], "t").questions.keys() == {"c"}
    with pytest.raises(KeyError):
        looked_at(made, [], "r1")


@examples(15)
@given(st.integers(0, 10_000))
def test_the_order_of_companies_changes_nothing(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    sheets = [replace(random_sheet(rng, made), company=f"E{i}") for i in range(14)]
    second = [replace(random_sheet(rng, made), company=f"E{i}") for i in range(2, 16)]
    shuffled = rng.sample(sheets, len(sheets))
    here, there = looked_at(made, sheets), looked_at(made, shuffled)
    assert plain(here) == pytest.approx(plain(there), nan_ok=False)
    compiled = compile_edition(made)
    once, again = (
        compare_raters(compiled, code_answers(made, one), code_answers(made, other), 1)
        for one, other in ((sheets, second), (rng.sample(second, len(second)), shuffled))
    )
    assert once.questions == again.questions and once.companies == again.companies == 12
    assert once.only_first == ("E0", "E1") and sorted(once.only_second) == ["E14", "E15"]


def plain(found: ItemAnalysis) -> dict[str, float]:
    """All its numbers, without those that do not exist."""
    numbers: dict[str, float] = {}
    for q, each in found.questions.items():
        numbers |= {f"{q}.{key}": getattr(each, key) for key in ("asked", "gated_out", "answered", "blank", "na")}
        if each.distribution is not None:
            numbers |= {f"{q}.mean": each.distribution.mean, f"{q}.upper": each.distribution.upper}
        if each.item_rest is not None:
            numbers |= {f"{q}.rho": each.item_rest.rho, f"{q}.low": each.item_rest.low}
    return numbers | {theme: c.alpha for theme, c in found.themes.items() if c.alpha is not None}


# ── A theme


def test_internal_consistency_matches_a_calculation_by_hand() -> None:
    # alpha = k/(k - 1) · (1 - sum of the variances / variance of the sum), here with k = 2
    first, second = np.arange(1.0, 11.0), np.repeat(np.arange(1.0, 6.0), 2)
    found = internal_consistency([WeightedItem("x", 1.0), WeightedItem("y", 1.0)], np.stack([first, second]))
    own = first.var(ddof=1) + second.var(ddof=1)
    assert found == InternalConsistency(pytest.approx(2 * (1 - own / (first + second).var(ddof=1))), ("x", "y"), (), 10)
    weighted = internal_consistency([WeightedItem("x", 1.0), WeightedItem("y", 3.0)], np.stack([first, second])).alpha
    own = first.var(ddof=1) + 9 * second.var(ddof=1)
    assert weighted == pytest.approx(2 * (1 - own / (first + 3 * second).var(ddof=1)))


def test_identical_requirements_have_an_alpha_of_one_and_unrelated_ones_an_alpha_of_zero() -> None:
    same = np.tile(np.arange(10.0), (3, 1))
    items = [WeightedItem(name, 1.0) for name in "xyz"]
    assert internal_consistency(items, same).alpha == pytest.approx(1.0)
    crossed = np.stack([np.tile([0.0, 1.0], 6), np.repeat([0.0, 1.0], 6)])
    assert internal_consistency(items[:2], crossed).alpha == pytest.approx(0.0, abs=1e-12)


def test_a_requirement_with_too_few_companies_is_left_out_and_named() -> None:
    shares = np.tile(np.arange(12.0), (3, 1))
    shares[1, :5] = np.nan  # seven companies have it
    found = internal_consistency([WeightedItem(name, 1.0) for name in "xyz"], shares)
    assert found.used == ("x", "z")
    assert found.left_out == ("y",)
    assert found.min_pairs == 12
    shares[2, 3:] = np.nan
    assert internal_consistency([WeightedItem(name, 1.0) for name in "xyz"], shares) == InternalConsistency(
        None, (), ("x", "y", "z"), 0
    )
    assert internal_consistency([WeightedItem("x", 1.0), WeightedItem("y", 1.0)], np.ones((2, 12))).alpha is None


def test_a_company_is_not_counted_for_a_requirement_that_it_left_mostly_blank() -> None:
    parts = [node(r, one(f"{r}.a"), one(f"{r}.b"), one(f"{r}.c"), **MUST) for r in ("r1", "r2")]
    made = edition(node("t", *parts))
    full = {f"{r}.{q}": ["o0", "o1"] * 6 for r in ("r1", "r2") for q in "abc"}
    assert looked_at(made, sheets_of(full)).themes["t"].min_pairs == 12
    sparse = {**full, "r2.a": ["o0", "o1"] * 5 + [None] * 2, "r2.b": ["o0", "o1"] * 5 + [None] * 2}
    assert looked_at(made, sheets_of(sparse)).themes["t"].min_pairs == 10


# ── Two readings


def read(
    made: Edition, first: Mapping[str, Sequence[Answer | None]], second: Mapping[str, Sequence[Answer | None]]
) -> RaterComparison:
    compiled = compile_edition(made)
    columns: list[CodedAnswers] = [code_answers(made, sheets_of(answers)) for answers in (first, second)]
    return compare_raters(compiled, *columns, 1)


def test_two_readings_are_compared_by_the_values_of_their_answers() -> None:
    a = ["o0", "o1", "o2"] * 4
    other = ["o0", "o1", "o1", *a[3:]]
    found = read(two_duties(), {"a": a, "b": [1.0] * 12}, {"a": other, "b": [1.0] * 12})
    reading = found.questions["a"]
    assert (reading.answers.n, reading.exact_agreement, reading.applicability_disagreements) == (
        12,
        pytest.approx(11 / 12),
        0,
    )
    # 24 values: eight 0, nine ½, seven 1. Inside: 2 · ¼. All with all: 2 · (8·9·¼ + 8·7·1 + 9·7·¼) = 179.5
    assert reading.answers.alpha == pytest.approx(1 - 23 * 0.5 / 179.5)
    assert found.questions["b"].answers.alpha is None and found.questions["b"].exact_agreement == 1.0  # all equal
    assert found.scores["t"].n == 12


def test_a_blank_is_not_a_reading_and_na_counts_only_for_applicability() -> None:
    a: list[Answer | None] = ["o0", "o1"] * 6
    other: list[Answer | None] = [None, None, NA, NA, *a[4:]]
    reading = read(two_duties(), {"a": [*a[:3], NA, *a[4:]]}, {"a": other}).questions["a"]
    assert reading.answers.n == 8
    assert reading.applicability.n == 10
    assert reading.applicability_disagreements == 1
    # applicability: the raters agree on nine, one of them N/A, and differ on one. 20 values, three of them N/A
    assert reading.applicability.alpha == pytest.approx(1 - 19 * 2 / (2 * 3 * 17))
    assert reading.answers.alpha is None  # fewer than ten


def test_ticks_agree_only_if_the_whole_sets_are_equal() -> None:
    made = edition(node("t", many("ticks", 1, 1, 1)))
    first = [("o0", "o1"), ("o2",)] * 6
    other = [("o0", "o2"), ("o2",), *first[2:]]  # the same points, but not the same options
    reading = read(made, {"ticks": first}, {"ticks": other}).questions["ticks"]
    assert reading.exact_agreement == pytest.approx(11 / 12)
    # 24 values: eleven, twelve and one
    assert reading.answers.alpha == pytest.approx(1 - 23 * 2 / (24**2 - 11**2 - 12**2 - 1))


def test_companies_asked_a_question_in_only_one_reading_are_not_compared_on_it() -> None:
    made = edition(node("t", one("a"), one("b", asked_when=when("a", "o1"))))
    first = {"a": ["o1"] * 12, "b": ["o0", "o1"] * 6}
    found = read(made, first, {**first, "a": ["o0"] * 2 + ["o1"] * 10}).questions["b"]
    assert found.answers.n == 10

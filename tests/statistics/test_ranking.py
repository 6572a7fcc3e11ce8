"""How certain a rank is: intervals and tie groups over draws of weights, blanks, N/A and the rule of aggregation."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node
from compliance.scoring.bands import ranks_of
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import score
from compliance.statistics.ranking import (
    Ranking,
    RankInterval,
    SimulationSettings,
    rank_interval_of_one,
    rankings,
    simulated_ranks_of_one,
    tie_groups,
)
from compliance.statistics.simulation import rank_rows, simulate_scores
from compliance.statistics.uncertainty_model import (
    UNCERTAINTY_FACTORS,
    DrawNumbers,
    FactorSelection,
    UncertaintyFactor,
    random_streams,
    uncertainty_model,
    uniform_numbers,
)
from tests.support import slow_ranks
from tests.support.examples import examples, tries
from tests.support.factories import edition, node, number, one, sheet, when
from tests.support.random_editions import random_edition, random_sheet

NA = NotApplicable("there is none")
NOTHING = FactorSelection.only()


def league(made: Edition | CompiledEdition, sheets: Sequence[AnswerSheet], setting: SimulationSettings) -> Ranking:
    compiled = made if isinstance(made, CompiledEdition) else compile_edition(made)
    return rankings(score(compiled, sheets), [np.arange(len(sheets))], setting)[0]


def by_profile_alone(condition: Condition | None) -> Condition | None:
    """The condition if it depends only on the profile. Others would see the answers of a draw, unlike in the engine."""

    def terms(part: Condition) -> list[Predicate]:
        if isinstance(part, Predicate):
            return [part]
        if isinstance(part, Not):
            return terms(part.part)
        assert isinstance(part, AllOf | AnyOf)
        return [term for below in part.parts for term in terms(below)]

    if condition is None or any(not term.id.startswith("profile.") for term in terms(condition)):
        return None
    return condition


def plainer(part: Node) -> Node:
    """The node without conditions on answers and minimum coverages, whose outcome stays the same in every draw."""
    parts = tuple(
        plainer(p)
        if isinstance(p, Node)
        else replace(p, asked_when=by_profile_alone(p.asked_when), counts_when=by_profile_alone(p.counts_when))
        for p in part.parts
    )
    return replace(part, parts=parts, asked_when=by_profile_alone(part.asked_when), min_coverage=None)


def random_case(seed: int, moves: FactorSelection) -> tuple[CompiledEdition, list[AnswerSheet]]:
    """A random edition, and those of four random companies that get a score."""
    rng = Random(seed)
    made = random_edition(rng)
    if moves.names():
        made = replace(made, root=plainer(made.root))
    compiled = compile_edition(made)
    sheets = [
        replace(random_sheet(rng, made, about={"kind": rng.choice("ab")}), company=f"Example {i}") for i in range(4)
    ]
    shares = score(compiled, sheets).overall.score
    return compiled, [s for s, share in zip(sheets, shares, strict=True) if not np.isnan(share)]


@pytest.mark.parametrize("on", [("weights",), ("blanks",), ("na",), ("mean",), UNCERTAINTY_FACTORS])
def test_draws_match_a_plain_simulation(on: tuple[UncertaintyFactor, ...]) -> None:
    moves, compared = FactorSelection.only(*on), 0
    for case in range(7):
        compiled, sheets = random_case(case, moves)
        if len(sheets) < 2:
            continue
        model = uncertainty_model(score(compiled, sheets), case, moves)
        shares = simulate_scores(model, DrawNumbers.same(np.arange(3)))
        setting = SimulationSettings(draws=3, seed=case, factors=moves)
        for column, position in enumerate(model.companies):
            slow = [slow_ranks.drawn_score(compiled, sheets[position], setting, draw) for draw in range(3)]
            assert shares[:, column] == pytest.approx(slow, abs=1e-12, nan_ok=True), (case, position)
            compared += not np.isnan(slow).all()
    assert compared > 10


@pytest.mark.parametrize("case", range(tries(3)))
def test_rank_intervals_and_tie_groups_match_a_plain_simulation(case: int) -> None:
    parts = [node(f"t{t}", *(number(f"q{t}{q}", na="reason", weight=q + 1.0) for q in range(3))) for t in range(3)]
    compiled, rng = compile_edition(edition(*parts)), Random(case)
    sheets = [replace(random_sheet(rng, compiled.edition, blanks=0.1, about={}), company=f"E{i}") for i in range(6)]
    setting = SimulationSettings(draws=20, seed=case)
    found = league(compiled, sheets, setting)
    slow = slow_ranks.ranks_by_draw(compiled, [sheets[place.position] for place in found.companies], setting)
    over_draws = [[ranks[i] for ranks in slow] for i in range(len(sheets))]
    assert [place.interval for place in found.companies] == [slow_ranks.range_of(own) for own in over_draws]
    assert [place.tie_group for place in found.companies] == slow_ranks.tie_groups(over_draws)
    assert [place.stays_ahead for place in found.companies[:-1]] == [
        sum(a < b for a, b in zip(own, following, strict=True)) / 20 for own, following in pairwise(over_draws)
    ]


# ── What a draw may and may not do

THEMES = edition(
    node("a", number("a1", na="reason"), number("a2", weight=3)),
    node("b", number("b1"), number("b2"), weight=2),
)
SHEETS = [
    sheet("Even", a1=50.0, a2=50.0, b1=50.0, b2=50.0),
    sheet("Uneven", a1=0.0, a2=12.0, b1=90.0, b2=80.0),
    sheet("Excused", a1=NA, a2=48.0, b1=55.0, b2=50.0),
    sheet("Silent in part", a1=60.0, b1=60.0, b2=60.0),
    sheet("Like even", a1=50.0, a2=50.0, b1=50.0, b2=50.0),
]


def test_ranks_follow_the_scores_and_intervals_are_single_ranks_if_nothing_is_drawn() -> None:
    for case in range(10):
        compiled, sheets = random_case(case, NOTHING)
        scores = score(compiled, sheets)
        ranks = ranks_of(compiled.edition, scores.overall.score)
        found = league(compiled, sheets, SimulationSettings(draws=5, seed=1, factors=NOTHING))
        assert {place.position: place.rank for place in found.companies} == dict(enumerate(ranks))
        assert all(place.interval == RankInterval(place.rank, place.rank) for place in found.companies)


def test_the_order_of_the_companies_changes_nothing() -> None:
    setting = SimulationSettings(draws=50, seed=3)
    found = league(THEMES, SHEETS, setting)
    for seed in range(5):
        turned = Random(seed).sample(SHEETS, len(SHEETS))
        again = league(THEMES, turned, setting)
        assert [replace(place, position=0) for place in again.companies] == [
            replace(place, position=0) for place in found.companies
        ]


def test_draws_for_a_company_do_not_depend_on_which_others_are_compared() -> None:
    scores = score(compile_edition(THEMES), SHEETS)
    all_of_them, two = (
        uncertainty_model(scores, 1, FactorSelection()),
        uncertainty_model(scores, 1, FactorSelection(), np.array([3, 2])),
    )
    numbers = DrawNumbers.same(np.arange(20))
    by_position = dict(zip(all_of_them.companies, simulate_scores(all_of_them, numbers).T, strict=True))
    assert set(two.companies) == {2, 3}
    for position, shares in zip(two.companies, simulate_scores(two, numbers).T, strict=True):
        assert shares == pytest.approx(by_position[position], abs=1e-12)


def test_draws_do_not_depend_on_how_many_are_made_at_a_time() -> None:
    model = uncertainty_model(score(compile_edition(THEMES), SHEETS), 1, FactorSelection())
    together = simulate_scores(model, DrawNumbers.same(np.arange(30)))
    single = [simulate_scores(model, DrawNumbers.same(np.array([draw])))[0] for draw in range(30)]
    assert together == pytest.approx(np.array(single), abs=1e-12)


@pytest.mark.parametrize("move", UNCERTAINTY_FACTORS)
def test_each_uncertainty_factor_moves_only_the_companies_it_concerns(move: UncertaintyFactor) -> None:
    model = uncertainty_model(score(compile_edition(THEMES), SHEETS), 1, FactorSelection.only(move))
    shares = simulate_scores(model, DrawNumbers.same(np.arange(40)))
    moving = {SHEETS[p].company for p, column in zip(model.companies, shares.T, strict=True) if np.ptp(column) > 1e-9}
    assert (
        moving
        == {
            "weights": {
                "Uneven",
                "Excused",
                "Silent in part",
            },  # the even score is the same with any weights
            "blanks": {"Silent in part"},
            "na": {"Excused"},
            "mean": {"Uneven", "Excused", "Silent in part"},
        }[move]
    )


def test_an_uncertainty_factor_draws_the_same_with_or_without_other_factors() -> None:
    scores = score(compile_edition(THEMES), SHEETS)
    numbers = DrawNumbers.same(np.arange(40))
    alone = simulate_scores(uncertainty_model(scores, 1, FactorSelection.only("weights")), numbers)
    both = uncertainty_model(scores, 1, FactorSelection.only("weights", "na"))
    column = [SHEETS[p].company for p in both.companies].index("Uneven")
    own = [SHEETS[p].company for p in uncertainty_model(scores, 1, FactorSelection.only("weights")).companies].index(
        "Uneven"
    )
    assert simulate_scores(both, numbers)[:, column] == pytest.approx(alone[:, own], abs=1e-12)


def test_draws_of_blanks_and_na_span_the_range_from_the_worst_to_the_best_score() -> None:
    scores = score(compile_edition(THEMES), SHEETS)
    model = uncertainty_model(scores, 1, FactorSelection.only("blanks", "na"))
    shares = simulate_scores(model, DrawNumbers.same(np.arange(400)))
    for position, column in zip(model.companies, shares.T, strict=True):
        worst, best = scores.overall.worst[position], scores.overall.best[position]
        assert (worst - 1e-12 <= column).all() and (column <= best + 1e-12).all()
        assert column.min() - worst < 0.02 * (best - worst) + 1e-12
        assert best - column.max() < 0.02 * (best - worst) + 1e-12
    excused = shares[:, list(model.companies).index(2)]
    assert len(np.unique(excused.round(12))) == 2, "all stand, or all are refused"


def test_draws_also_vary_questions_that_are_gated_by_a_blank() -> None:
    made = edition(
        one("gate"), number("behind", counts_when=when("gate", "o1")), number("asked", asked_when=when("gate", "o1"))
    )
    scores = score(compile_edition(made), [sheet("A", behind=80.0), sheet("B", gate="o1", behind=40.0, asked=40.0)])
    model = uncertainty_model(scores, 1, FactorSelection.only("blanks"))
    shares = simulate_scores(model, DrawNumbers.same(np.arange(200)))
    open_one = shares[:, list(model.companies).index(0)]
    assert open_one.min() == pytest.approx(scores.overall.worst[0], abs=0.02)
    assert open_one.max() == pytest.approx(scores.overall.best[0], abs=0.02)


def test_a_node_left_out_for_low_coverage_stays_out_in_every_draw() -> None:
    made = edition(
        node("a", number("a1"), number("a2"), number("a3"), min_coverage=0.5), node("b", number("b1")), blank="drop"
    )
    scores = score(compile_edition(made), [sheet("A", a1=100.0, b1=30.0)])
    shares = simulate_scores(uncertainty_model(scores, 1, FactorSelection()), DrawNumbers.same(np.arange(20)))
    assert shares == pytest.approx(np.full((20, 1), 0.3))


def test_companies_without_a_score_have_no_rank_and_are_named() -> None:
    made = replace(THEMES, root=replace(THEMES.root, min_coverage=0.5))
    found = league(made, [sheet("Nothing"), *SHEETS, sheet("Empty")], SimulationSettings(draws=10, seed=1))
    assert found.without_score == ("Empty", "Nothing")
    assert {place.company for place in found.companies} == {s.company for s in SHEETS}
    assert league(made, [sheet("Nothing")], SimulationSettings(draws=10, seed=1)).companies == ()


def test_the_rank_interval_of_one_company_equals_its_interval_in_the_whole_ranking() -> None:
    rng = Random(7)
    plain = edition(*(node(f"t{t}", *(number(f"q{t}{q}") for q in range(4)), weight=t + 1.0) for t in range(3)))
    for made, moves in (
        (THEMES, FactorSelection()),
        (plain, FactorSelection.only("weights")),
        (plain, FactorSelection.only("weights", "mean")),
    ):
        compiled = compile_edition(made)
        sheets = [replace(random_sheet(rng, made, blanks=0, about={}), company=f"E{i}") for i in range(40)]
        sheets += [replace(sheets[0], company="Like the first"), replace(sheets[3], company="Like the fourth")]
        scores, setting, everybody = (
            score(compiled, sheets),
            SimulationSettings(draws=70, seed=1, factors=moves),
            np.arange(len(sheets)),
        )
        for place in rankings(scores, [everybody], setting)[0].companies:
            assert rank_interval_of_one(scores, everybody, place.position, setting) == place.interval


def test_the_ranks_of_one_company_include_ties_through_a_chain_of_nearly_equal_scores() -> None:
    made = edition(*(node(f"t{t}", *(number(f"q{t}{q}") for q in range(4)), weight=t + 1.0) for t in range(3)))
    rng = Random(1)
    sheets = [replace(random_sheet(rng, made, blanks=0, about={}), company=f"E{i}") for i in range(600)]
    model = uncertainty_model(score(compile_edition(made), sheets), 1, FactorSelection.only("weights"))
    for beyond in (0.0, 6e-10, -6e-10, 3e-9, 1e-6, -1e-6):  # far apart in the list, near in every draw
        model.base[:, 500 + np.arange(4)] = model.base[:, [3]] + np.arange(1, 5) * beyond
        shares = simulate_scores(model, DrawNumbers.same(np.arange(30)))
        expected = rank_rows(made, shares)
        for own in (3, 254, 255, 501, 503):
            assert list(simulated_ranks_of_one(model, own, [np.arange(20), np.arange(20, 30)])) == list(
                expected[:, own]
            )


def test_scores_in_a_draw_are_ranked_like_any_other_scores() -> None:
    rng = np.random.default_rng(1)
    shares = rng.random((20, 300))
    shares[:, 100:200] = shares[:, :100] + rng.choice([0.0, 4e-10, -9e-10, 3e-9], (20, 100))
    shares[3] = 0.25
    for made in (THEMES, replace(THEMES, rank_at=1)):
        assert (rank_rows(made, shares) == [ranks_of(made, row) for row in shares]).all()
        assert (rank_rows(made, shares * 3000 - 2000) == [ranks_of(made, row) for row in shares * 3000 - 2000]).all()


@examples(100)
@given(st.lists(st.sampled_from([0.0, 0.5, 0.5 + 5e-10, 0.5 + 2e-9, 1.0, -0.25]), min_size=1, max_size=12))
def test_nearly_equal_scores_tie_in_draws_as_they_do_in_ranks(shares: list[float]) -> None:
    row = np.array(shares)
    assert list(rank_rows(THEMES, row[np.newaxis])[0]) == list(ranks_of(THEMES, row))


# ── Tie groups, by hand


def test_a_tie_group_ends_where_its_first_company_is_ahead_in_ninety_percent_of_draws() -> None:
    # Ranks over ten draws. A is ahead of B in nine: settled. B is ahead of C in eight: not settled. B is ahead of D in
    # nine: settled, although C and D never are.
    ranks = np.array(
        [
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 2],
            [2, 2, 2, 2, 2, 2, 2, 3, 4, 1],
            [3, 3, 4, 4, 4, 3, 3, 2, 3, 4],
            [4, 4, 3, 3, 3, 4, 4, 4, 2, 3],
        ]
    )
    groups, keeps = tie_groups(ranks)
    assert groups == [1, 2, 2, 3]
    assert keeps == [0.9, 0.8, 0.5, None]
    assert tie_groups(np.array([[1] * 8 + [3] * 2, [2] * 8 + [1] * 2, [3] * 8 + [2] * 2])) == ([1] * 3, [0.8, 1, None])


def test_a_company_that_ties_in_a_draw_does_not_count_as_ahead() -> None:
    assert tie_groups(np.array([[1] * 10, [2] * 8 + [1] * 2])) == ([1, 1], [0.8, None])
    assert tie_groups(np.array([[1] * 10, [2] * 9 + [1]])) == ([1, 2], [0.9, None])


# ── Random numbers


def test_random_numbers_are_those_of_the_published_splitmix64_generator() -> None:
    # SplitMix64 from the state 1234567: the first numbers of its authors' own program.
    first = (
        np.array([6457827717110365317, 3203168211198807973, 9817491932198370423], np.uint64) >> np.uint64(11)
    ) * 2.0**-53
    assert list(uniform_numbers(np.array([1234567], np.uint64), np.arange(3))[:, 0]) == list(first)


@pytest.mark.parametrize("name", ["Example 1", "Crèche Äpfel", ""])
def test_a_stream_starts_at_the_digest_of_seed_purpose_and_name(name: str) -> None:
    """The digest is BLAKE2b of eight bytes, read as one number with the most significant byte first."""
    begun = blake2b(f"7\x1fblanks\x1f{name}".encode(), digest_size=8).hexdigest()
    assert [int(start) for start in random_streams(7, "blanks", ["Other", name])][1:] == [int(begun, 16)]


def test_random_numbers_are_uniform_and_differ_by_seed_purpose_and_name() -> None:
    drawn = uniform_numbers(random_streams(1, "blanks", [f"Example {i}" for i in range(50)]), np.arange(400))
    assert (drawn >= 0).all() and (drawn < 1).all()
    assert drawn.mean() == pytest.approx(0.5, abs=0.01) and drawn.var() == pytest.approx(1 / 12, abs=0.002)
    apart = np.corrcoef(drawn.T)[np.triu_indices(50, 1)]
    assert np.abs(apart).max() < 0.25
    begun = {int(random_streams(s, p, [n])[0]) for s in (1, 2) for p in ("blanks", "na") for n in ("A", "B")}
    assert len(begun) == 8

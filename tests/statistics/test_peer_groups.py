"""Peer groups: companies alike, their quartiles, what all of them were asked, and how score goes with need."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import Floats
from compliance.scoring.score import Scores, score
from compliance.statistics.correlation import spearman
from compliance.statistics.internal_comparison import (
    companies_by_need_class,
    mean_need_by_company,
    need_score_correlation,
)
from compliance.statistics.peer_groups import PeerGroup, grouping_fields, peer_groups, position_among_peers
from tests.support.factories import edition, node, number, one, profile, sheet

WHERE = node(
    "about",
    Question("about.headquarters", "Where is it led from?", "countries", evidence="none"),
    Question("about.operations", "Where do people work for you?", "countries", evidence="none"),
)
MADE = edition(WHERE, node("t", number("q")), profile=profile(sector=("travel", "lodging"), size=("small", "large")))


def company(name: str, points: float | None, sector: str = "", size: str = "", **where: tuple[str, ...]) -> AnswerSheet:
    about = {key: said for key, said in (("sector", sector), ("size", size)) if said}
    answers = {f"about.{key}": said for key, said in where.items()} | ({} if points is None else {"q": points})
    return AnswerSheet(name, about, answers)


def scored(*sheets: AnswerSheet, made: Edition = MADE) -> Scores:
    return score(compile_edition(made), sheets)


def by_labels(groups: tuple[PeerGroup, ...]) -> dict[tuple[str, ...], PeerGroup]:
    return {tuple(group.labels.values()): group for group in groups}


def test_groups_follow_the_order_of_the_profile_and_companies_without_a_label_come_last() -> None:
    scores = scored(
        company("A", 10), company("B", 20, "lodging"), company("C", 30, "travel"), company("D", 40, "lodging")
    )
    groups = peer_groups(scores, ["sector"])
    assert [group.labels for group in groups] == [{"sector": "travel"}, {"sector": "lodging"}, {"sector": ""}]
    assert [list(group.members) for group in groups] == [[2], [1, 3], [0]]


def test_a_group_by_several_fields_holds_the_companies_that_match_in_all_of_them() -> None:
    scores = scored(
        company("A", 10, "travel", "small"), company("B", 20, "travel", "large"), company("C", 30, "travel", "small")
    )
    groups = by_labels(peer_groups(scores, ["sector", "size"]))
    assert {labels: group.scored for labels, group in groups.items()} == {
        ("travel", "small"): 2,
        ("travel", "large"): 1,
    }


def test_the_region_is_that_of_the_headquarters() -> None:
    scores = scored(
        company("A", 10, headquarters=("KHM",)),
        company("B", 20, headquarters=("DEU",)),
        company("C", 30, headquarters=("DEU", "KHM")),
    )
    labels = [group.labels["region"] for group in peer_groups(scores, ["region"])]
    assert labels[-1] == "", "with two countries nobody knows which one counts"
    assert len(set(labels)) == 3


def test_quartiles_are_of_type_seven_as_in_spreadsheets() -> None:
    (group,) = peer_groups(scored(*(company(str(i), x) for i, x in enumerate([10, 20, 30, 40, 100]))))
    overall = group.figures["overall"]
    assert overall.n == 5
    assert overall.lower == 20
    assert overall.median == 30
    assert overall.upper == 40
    (group,) = peer_groups(scored(*(company(str(i), x) for i, x in enumerate([10, 20, 30, 41]))))
    assert group.figures["overall"].lower == pytest.approx(17.5)
    assert group.figures["overall"].upper == pytest.approx(32.75)
    assert group.figures["overall"].spread == pytest.approx(15.25)


def test_a_company_without_a_score_is_in_its_group_but_in_none_of_its_figures() -> None:
    made = edition(node("t", number("q"), number("r")), root={"min_coverage": 1.0})
    (group,) = peer_groups(scored(sheet("A", q=50.0, r=50.0), sheet("B", q=90.0), made=made))
    assert (len(group.members), group.scored) == (2, 1)
    assert group.figures["t"].median == 50


def test_a_group_whose_companies_have_different_routes_is_also_compared_on_common_questions() -> None:
    made = edition(
        node("t", number("q"), number("extra", asked_when=Predicate("profile.sector", ("travel",)))),
        profile=profile(sector=("travel", "lodging")),
    )
    one_more = AnswerSheet("A", {"sector": "travel"}, {"q": 80.0, "extra": 0.0})
    (group,) = peer_groups(scored(one_more, AnswerSheet("B", {"sector": "lodging"}, {"q": 60.0}), made=made))
    assert (group.questions, group.common_questions) == (2, 1)
    assert group.figures["overall"].median == 50
    assert group.on_common_questions is not None
    assert group.on_common_questions["overall"].median == 70


def test_a_company_without_a_score_is_left_out_of_the_comparison_on_common_questions() -> None:
    """C answered only q, too little for a score, so the second median is also that of A and B only."""
    made = edition(
        node("t", number("q"), number("r", asked_when=Predicate("profile.sector", ("travel",)))),
        profile=profile(sector=("travel", "lodging")),
        root={"min_coverage": 0.75},
    )
    sheets = (
        AnswerSheet("A", {"sector": "travel"}, {"q": 80.0, "r": 0.0}),
        AnswerSheet("B", {"sector": "lodging"}, {"q": 60.0}),
        AnswerSheet("C", {"sector": "travel"}, {"q": 10.0}),
    )
    (group,) = peer_groups(scored(*sheets, made=made))
    assert group.on_common_questions is not None
    assert (group.figures["overall"].n, group.on_common_questions["overall"].n) == (2, 2)
    assert group.on_common_questions["overall"].median == 70


def test_there_is_no_comparison_on_common_questions_if_all_companies_are_asked_the_same() -> None:
    (group,) = peer_groups(scored(company("A", 10), company("B", 20)))
    assert group.on_common_questions is None
    assert group.questions == group.common_questions == 1


def test_a_position_counts_the_companies_above_tied_and_below() -> None:
    scores = scored(company("A", 10), company("B", 20), company("C", 20), company("D", 30), company("E", 30))
    (group,) = peer_groups(scores)
    where = position_among_peers(scores, group, 1)
    assert where is not None
    assert where.above == 2
    assert where.tied == 1
    assert where.below == 1


def test_grouping_fields_are_listed_and_an_unknown_one_is_reported_by_name() -> None:
    assert grouping_fields(MADE) == ("sector", "size", "region")
    assert grouping_fields(edition(one("q"))) == ()
    with pytest.raises(KeyError, match="colour"):
        peer_groups(scored(company("A", 10)), ["colour"])


# ── Need


def floats(numbers: Iterable[float]) -> Floats:
    return np.array(list(numbers), float)


def test_the_need_of_a_company_is_the_mean_need_of_its_countries() -> None:
    """Cambodia is high and weighs 3, Germany is unknown and weighs 2, Chile is lower and weighs 1."""
    scores = scored(
        company("A", 10, operations=("CHL", "DEU", "KHM")), company("B", 20, operations=("CHL",)), company("C", 30)
    )
    assert list(mean_need_by_company(scores)[:2]) == [2, 1]
    assert np.isnan(mean_need_by_company(scores)[2])
    assert companies_by_need_class(scores) == {"high": 1, "elevated": 0, "unknown": 1, "lower": 2}


def test_no_need_is_given_if_the_edition_does_not_ask_where_companies_work() -> None:
    scores = scored(sheet("A", q=10.0), sheet("B", q=20.0), made=edition(node("t", number("q"))))
    needs = mean_need_by_company(scores)
    assert needs.shape == (2,)
    assert np.isnan(needs).all()
    assert companies_by_need_class(scores) == {"high": 0, "elevated": 0, "unknown": 0, "lower": 0}
    assert need_score_correlation(scores) is None


def test_need_classes_can_be_counted_for_companies_with_a_score_only() -> None:
    made = replace(MADE, root=replace(MADE.root, min_coverage=1.0))
    scores = scored(company("A", 10, operations=("KHM",)), company("B", None, operations=("KHM", "CHL")), made=made)
    assert companies_by_need_class(scores) == {"high": 2, "elevated": 0, "unknown": 0, "lower": 1}
    assert companies_by_need_class(scores, with_score=True) == {"high": 1, "elevated": 0, "unknown": 0, "lower": 0}


def test_a_group_without_any_scores_has_no_figures_and_no_positions() -> None:
    made = edition(node("t", number("q"), number("r")), root={"min_coverage": 1.0})
    (group,) = peer_groups(scored(sheet("A", q=50.0), made=made))
    assert (group.scored, dict(group.figures)) == (0, {})
    assert position_among_peers(scored(sheet("A", q=50.0), made=made), group, 0) is None


def test_an_unknown_country_is_in_no_region() -> None:
    (group,) = peer_groups(scored(company("A", 10, headquarters=("XXX",))), ["region"])
    assert group.labels == {"region": ""}


def test_the_rank_correlation_matches_a_published_worked_example() -> None:
    """Ten pairs of IQ and hours of television: rho = −29/165 = −0.1758 (Wikipedia, Spearman's rank correlation)."""
    ranks_of_need = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    ranks_of_score = [1, 6, 8, 7, 10, 9, 3, 5, 2, 4]
    found = spearman(floats(ranks_of_need), floats(ranks_of_score))
    assert found is not None
    assert found.rho == pytest.approx(-29 / 165)
    assert found.low == pytest.approx(
        np.tanh(np.arctanh(-29 / 165) - 1.959964 * np.sqrt((1 + (29 / 165) ** 2 / 2) / 7)), abs=1e-6
    )
    assert not found.is_significant


def test_scores_that_differ_only_by_rounding_error_tie_in_a_correlation_as_they_do_in_a_rank() -> None:
    """0.1 + 0.2 is 0.30000000000000004, which must not decide an order, for scores as for ranks (FORMAT 2.8)."""
    need = floats(range(12))
    noise = floats([0.3, 0.1 + 0.2] * 6)
    assert spearman(need, noise) is None
    exact, nearly = floats([0.3, 0.3, 0.7, 0.7] * 3), floats([0.3, 0.1 + 0.2, 0.7, 0.7 - 1e-16] * 3)
    assert spearman(need, nearly) == spearman(need, exact)
    apart = spearman(need, floats([0.3 + 1e-8 * i for i in range(12)]))
    assert apart is not None and apart.rho == 1.0


def test_there_is_no_correlation_for_nine_companies_or_for_equal_values() -> None:
    assert spearman(floats(range(1, 10)), floats(range(1, 10))) is None
    assert spearman(floats([1] * 12), floats(range(12))) is None


def test_about_95_percent_of_intervals_contain_zero_if_there_is_no_association() -> None:
    """Of 400 seeded draws without any association, about 95 % of the intervals hold 0."""
    rng, held = Random(7), 0
    for _ in range(400):
        found = spearman(floats(rng.random() for _ in range(25)), floats(rng.random() for _ in range(25)))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 400 <= 0.98

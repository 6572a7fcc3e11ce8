"""Internal comparison: companies grouped on every basis, one company among its peers, and need beside score."""

from dataclasses import replace

import pytest

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.statistics.internal_comparison import InternalComparison, compare_companies
from tests.support.factories import edition, node, number, profile

WHERE = node("about", Question("about.operations", "Where do people work for you?", "countries", evidence="none"))
MADE = edition(WHERE, node("t", number("q")), profile=profile(sector=("travel", "lodging")))
PLAN = compile_edition(MADE)


def company(name: str, points: float | None, sector: str = "travel", *countries: str) -> AnswerSheet:
    """A company with one answer, which has evidence."""
    answers = ({} if points is None else {"q": points}) | ({"about.operations": countries} if countries else {})
    return AnswerSheet(name, {"sector": sector}, answers, frozenset({"q"}))


def unproven(name: str, points: float, sector: str = "travel") -> AnswerSheet:
    return replace(company(name, points, sector), evidenced=frozenset())


def medians(desk: InternalComparison, basis: str) -> list[float]:
    return [group.by_basis[basis].figures["overall"].median for group in (desk.together, *desk.groups)]


def test_each_group_and_all_companies_together_are_compared_on_claimed_and_evidenced_scores() -> None:
    sheets = [company("A", 10), unproven("B", 30), company("C", 80, "lodging")]
    desk = compare_companies(PLAN, sheets, ["sector"])
    assert (desk.by, desk.bases) == (("sector",), ("claimed", "evidenced"))
    assert desk.together.labels == {}
    assert [group.labels for group in desk.groups] == [{"sector": "travel"}, {"sector": "lodging"}]
    assert [group.companies for group in (desk.together, *desk.groups)] == [3, 2, 1]
    assert medians(desk, "claimed") == [30, 20, 80]
    assert medians(desk, "evidenced") == [10, 5, 80]


def test_without_grouping_fields_all_companies_are_compared_and_there_are_no_groups() -> None:
    desk = compare_companies(PLAN, [company("A", 10), company("B", 30)])
    assert desk.by == ()
    assert desk.groups == ()
    assert desk.company_scores == {}
    assert desk.together.positions is None


def test_the_verified_basis_is_compared_once_an_auditor_has_given_a_verdict() -> None:
    judged = replace(company("A", 10, "travel", "KHM"), verdicts={"q": "confirmed"})
    desk = compare_companies(PLAN, [judged, company("B", 30, "travel", "KHM"), company("C", 50)])
    assert desk.bases == ("claimed", "evidenced", "verified")
    assert desk.together.by_basis["verified"].scored == 1
    assert {basis: need.pairs for basis, need in desk.need.items()} == {"claimed": 2, "evidenced": 2, "verified": 1}


def test_a_company_has_a_position_on_every_basis_but_only_in_its_own_groups() -> None:
    sheets = [company("A", 10), unproven("B", 30), company("C", 80, "lodging"), company("D", 20)]
    desk = compare_companies(PLAN, sheets, ["sector"], "B")
    assert desk.company_scores == {"claimed": 30, "evidenced": 0}
    assert desk.together.positions is not None
    here = desk.together.positions["claimed"]
    assert here is not None
    assert here.above == 1
    assert here.tied == 0
    assert here.below == 2
    travel, lodging = desk.groups
    assert lodging.positions is None
    assert travel.positions is not None
    shown = travel.positions["evidenced"]
    assert shown is not None
    assert shown.above == 2
    assert shown.tied == 0
    assert shown.below == 0


def test_the_first_company_has_a_position_like_any_other() -> None:
    desk = compare_companies(PLAN, [company("A", 10), company("B", 30)], company="A")
    assert desk.company_scores["claimed"] == 10
    assert desk.together.positions is not None


def test_an_unknown_company_is_an_error() -> None:
    with pytest.raises(KeyError, match="Nobody"):
        compare_companies(PLAN, [company("A", 10)], company="Nobody")


def test_a_company_without_a_score_is_shown_with_no_score_and_no_position() -> None:
    made = edition(WHERE, node("t", number("q"), number("r")), root={"min_coverage": 1.0})
    where = {"about.operations": ("KHM",)}
    sheets = [AnswerSheet("A", {}, {"q": 50.0, **where}), AnswerSheet("B", {}, {"q": 50.0, "r": 50.0, **where})]
    desk = compare_companies(compile_edition(made), sheets, company="A")
    assert desk.company_scores == {"claimed": None, "evidenced": None}
    assert desk.together.positions == {"claimed": None, "evidenced": None}
    assert desk.need["claimed"].pairs == 1, "both say where they work, but only B has a score"


def test_need_has_no_pairs_if_companies_are_not_asked_where_they_work() -> None:
    found = compare_companies(compile_edition(edition(node("t", number("q")))), [AnswerSheet("A", {}, {"q": 50.0})])
    assert found.together.by_basis["claimed"].scored == 1
    assert found.need["claimed"].pairs == 0


def test_groups_with_fewer_than_five_scores_are_below_the_publication_threshold() -> None:
    for number_of, alone in ((4, True), (5, False)):
        desk = compare_companies(PLAN, [company(str(i), 10.0 * i) for i in range(number_of)])
        assert desk.together.is_below_threshold("claimed") is alone


def test_need_counts_companies_and_scored_companies_by_class_of_country() -> None:
    """Need is high in Cambodia and lower in Chile."""
    made = replace(MADE, root=replace(MADE.root, min_coverage=1.0))
    sheets = [company("A", 10, "travel", "KHM"), company("B", None, "travel", "KHM", "CHL"), company("C", 30)]
    need = compare_companies(compile_edition(made), sheets).need["claimed"]
    assert need.pairs == 1, "one of two that say where they work has a score"
    assert (need.companies["high"], need.companies["lower"]) == (2, 1)
    assert (need.scored["high"], need.scored["lower"]) == (1, 0)
    assert need.correlation is None


def test_ten_companies_are_enough_for_a_correlation_of_score_and_need() -> None:
    countries = ["CHL", "KHM"]
    sheets = [company(str(i), 100.0 - i - 50 * (i % 2), "travel", countries[i % 2]) for i in range(10)]
    found = compare_companies(PLAN, sheets).need["claimed"].correlation
    assert found is not None
    assert (found.n, found.rho < -0.8, found.is_significant) == (10, True, True)

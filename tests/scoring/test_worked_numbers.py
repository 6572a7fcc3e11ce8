"""Editions written as data reproduce every published number and every number worked out by hand."""

import csv
from functools import cache

import pytest

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.loader import load_edition
from compliance.scoring.attribution import losses
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.numeric import rounded
from compliance.scoring.score import score
from compliance.scoring.scorecard import make_scorecard
from tests.support.paths import EDITIONS, GOLDEN

NA = NotApplicable("none")


@cache
def plan_of(name: str) -> CompiledEdition:
    return compile_edition(load_edition(EDITIONS / f"{name}.yaml"))


def given(sector: str, code: str, training: object, who: object) -> AnswerSheet:
    answers = {"reach.higher.code": code, "reach.higher.training": training, "acc.channel.who": who}
    return AnswerSheet(
        "Example",
        {"sector": sector} if sector else {},
        {q: a for q, a in answers.items() if a is not None},
        frozenset(answers),
    )


EXAMPLE_1 = {
    "Aster": (given("travel", "stricter", 50.0, ("staff", "children")), 77.08, 77.08, 77.08, 1, "solid"),
    "Birch": (given("travel", "intent", None, ("none",)), 15.00, 15.00, 27.50, 0.875, "absent"),
    "Cedar": (given("other", "silent", 80.0, None), 0.00, 0.00, 0.00, 1, "absent"),
    "Dahlia": (given("online-platforms", "stricter", NA, NA), None, 37.50, 100.0, 0.375, None),
    "Elder": (given("", "stricter", 100.0, None), 100.0, 50.0, 100.0, 1, "solid"),
    "Fir": (given("travel", "intent", 0.0, ("staff", "suppliers", "public")), 65.0, 65.0, 65.0, 1, "partial"),
}


@pytest.mark.parametrize("company", EXAMPLE_1)
def test_the_six_companies_of_the_first_example_have_the_scores_worked_out_by_hand(company: str) -> None:
    sheet, now, worst, best, coverage, band = EXAMPLE_1[company]
    overall = make_scorecard(plan_of("example-1"), sheet).overall
    got = [None if x is None else rounded(x, 2) for x in (overall.score, overall.worst, overall.best)]
    assert got == [now, worst, best]
    assert overall.coverage == pytest.approx(coverage, abs=1e-12)
    assert (overall.band and overall.band.id) == band


def test_the_cap_of_the_first_example_names_the_requirement_that_limits_the_band() -> None:
    cap = make_scorecard(plan_of("example-1"), EXAMPLE_1["Fir"][0]).cap
    assert cap is not None
    assert (cap.by_points.id, cap.band.id, [r.id for r in cap.failed]) == ("solid", "partial", ["reach.higher"])
    elder = make_scorecard(plan_of("example-1"), EXAMPLE_1["Elder"][0]).overall
    assert [band and band.id for band in elder.bands] == ["solid", "partial", "solid"]


def test_the_losses_of_the_first_example_are_those_worked_out_by_hand() -> None:
    lost = losses(score(plan_of("example-1"), [EXAMPLE_1["Aster"][0]]))
    assert [round(float(lost[q][0]), 4) for q in ("reach.higher.code", "reach.higher.training", "acc.channel.who")] == [
        0.0,
        0.0625,
        0.1667,
    ]


def test_without_evidence_for_training_and_channel_the_first_example_scores_37_5() -> None:
    sheet = EXAMPLE_1["Aster"][0]
    bare = AnswerSheet(sheet.company, sheet.profile, sheet.answers, frozenset({"reach.higher.code"}))
    overall = make_scorecard(plan_of("example-1"), bare, "evidenced").overall
    assert overall.score is not None
    assert rounded(overall.score, 2) == 37.50


def hdi_sheets() -> tuple[AnswerSheet, ...]:
    """Return the inputs of the index for 17 countries, read from an answers file."""
    return read_answers_csv(plan_of("hdi-2021").edition, GOLDEN / "hdi-2021-answers.csv")


def hdi_published() -> dict[str, float]:
    """Return the index of the Human Development Report 2021/22 (UNDP, CC BY 3.0 IGO), to 3 decimals."""
    with (GOLDEN / "hdi-2021-published.csv").open(encoding="utf-8") as file:
        return {row["company"]: float(row["published"]) for row in csv.DictReader(file)}


def test_the_human_development_index_is_reproduced_for_all_seventeen_countries() -> None:
    scores, published = score(plan_of("hdi-2021"), hdi_sheets()), hdi_published()
    found = {name: rounded(float(s), 3) for name, s in zip(scores.columns.companies, scores.overall.score, strict=True)}
    assert found == published
    assert len(published) == 17


def test_the_losses_of_niger_are_those_worked_out_by_hand() -> None:
    niger = next(sheet for sheet in hdi_sheets() if sheet.company == "Niger")
    scores = score(plan_of("hdi-2021"), [niger])
    lost = losses(scores)
    assert round(float(scores.overall.score[0]), 6) == 0.400358
    assert [round(float(lost[p][0]), 6) for p in ("life_expectancy", "education", "gni_per_capita_ppp")] == [
        0.097573,
        0.290963,
        0.211106,
    ]


def test_the_french_index_divides_by_the_points_of_indicators_that_can_be_calculated() -> None:
    compiled = plan_of("egalite-fr")
    answers = {"pay": 29.0, "raises": 35.0, "maternity": NA, "top10": 5.0}
    assert make_scorecard(compiled, AnswerSheet("A", {}, answers)).overall.score == pytest.approx(100 * 69 / 85)
    at_the_limit = {"pay": 29.0, "raises": 35.0, "maternity": NA, "top10": NA}
    assert make_scorecard(compiled, AnswerSheet("B", {}, at_the_limit)).overall.score == pytest.approx(100 * 64 / 75)
    too_little = {"pay": 29.0, "raises": NA, "maternity": 15.0, "top10": 5.0}
    assert make_scorecard(compiled, AnswerSheet("C", {}, too_little)).overall.score is None

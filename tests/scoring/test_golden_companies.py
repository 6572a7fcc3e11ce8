"""Two companies that answered the main part of `child-protection-2026`, with sums worked out by hand."""

import csv

import pytest

from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.loader import find_edition
from compliance.questionnaire.routing import NO, route_questions
from compliance.scoring.attribution import scores_by_lens
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from compliance.scoring.serialisation import ScoreRow, score_rows
from tests.support.paths import GOLDEN
from tests.support.routes import asked_questions

HALF_A_DIGIT = 5.1e-5  # the sums have 4 decimals
NUMBERS = ("score", "worst", "best", "coverage")


def hand_sums(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scored(name: str, basis: Basis) -> dict[tuple[str, str], ScoreRow]:
    edition = find_edition("child-protection-2026")
    rows = score_rows(score(compile_edition(edition), read_answers_csv(edition, GOLDEN / name), basis))
    return {(row.company, row.node): row for row in rows}


@pytest.mark.parametrize(("basis", "sums"), [("claimed", "expected.csv"), ("evidenced", "expected_evidenced.csv")])
@pytest.mark.parametrize(("sheet", "company"), [("paper.csv", "Example Tours 01"), ("deeds.csv", "Example Lodges 02")])
def test_every_node_has_the_score_worked_out_by_hand(basis: Basis, sums: str, sheet: str, company: str) -> None:
    rows = scored(sheet, basis)
    expected = [line for line in hand_sums(sums) if line["company"] == company]
    assert len(expected) == 1 + 8 + len(find_edition("child-protection-2026").main.requirements)
    for line in expected:
        row = rows[company, line["node"]]
        assert row.band == line["band"], line["node"]
        for number in NUMBERS:
            worked, computed = line[number], getattr(row, number)
            assert bool(worked) == bool(computed), (line["node"], number)
            if worked:
                assert float(computed) == pytest.approx(float(worked), abs=HALF_A_DIGIT), (line["node"], number)


@pytest.mark.parametrize("sheet", ["paper.csv", "deeds.csv"])
def test_every_lens_value_has_the_score_worked_out_by_hand(sheet: str) -> None:
    edition = find_edition("child-protection-2026")
    scores = score(compile_edition(edition), read_answers_csv(edition, GOLDEN / sheet))
    company = scores.columns.companies[0]
    for line in (line for line in hand_sums("expected_lenses.csv") if line["company"] == company):
        group = scores_by_lens(scores)[line["lens"]][line["value"]]
        assert float(group.weight[0]) == pytest.approx(float(line["share"]), abs=HALF_A_DIGIT)
        if line["score"]:
            assert float(group.value[0][0]) * 100 == pytest.approx(float(line["score"]), abs=HALF_A_DIGIT)
        else:
            assert float(group.weight[0]) == 0


def test_a_perfect_text_alone_is_in_the_lowest_band_and_good_practice_with_thin_texts_is_higher() -> None:
    paper, deeds = scored("paper.csv", "claimed"), scored("deeds.csv", "claimed")
    assert paper["Example Tours 01", "overall"].band == "beginning"
    assert deeds["Example Lodges 02", "overall"].band == "substantial"


def test_the_company_with_only_a_good_text_leads_in_the_code_and_trails_in_practice_and_proof() -> None:
    scores: dict[str, dict[str, float]] = {line["company"]: {} for line in hand_sums("expected_lenses.csv")}
    for line in (line for line in hand_sums("expected_lenses.csv") if line["lens"] == "aspect"):
        scores[line["company"]][line["value"]] = float(line["score"])
    paper, deeds = scores["Example Tours 01"], scores["Example Lodges 02"]
    assert paper["code"] > 95 > 50 > deeds["code"]
    assert paper["practice"] < 15 < 75 < deeds["practice"]
    assert paper["proof"] < 10 < 55 < deeds["proof"]


@pytest.mark.parametrize("sheet", ["paper.csv", "deeds.csv"])
def test_a_golden_sheet_leaves_at_most_five_questions_blank_that_could_earn_points(sheet: str) -> None:
    edition = find_edition("child-protection-2026").main
    (answers,) = read_answers_csv(edition, GOLDEN / sheet)
    blank = [i for i in asked_questions(route_questions(edition, answers)) if i not in answers.answers]
    open_blanks = [i for i in blank if route_questions(edition, answers)[i].counts != NO]
    assert len(open_blanks) <= 5

"""Published methods of others, written as editions, give their published figures with `compliance score`.

Each edition names its source, and says how rule and figures were verified.
"""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from tests.support.paths import EDITIONS, GOLDEN


def scored(
    tmp_path: Path, edition: str, answers: str = "", basis: str = "claimed"
) -> dict[tuple[str, str], dict[str, str]]:
    """Run the command, and return its rows by company and node. `answers`: CSV, or "" for the golden file."""
    source, out = GOLDEN / f"{edition}-answers.csv", tmp_path / "scores.csv"
    if answers:
        source = tmp_path / "answers.csv"
        source.write_text(answers, encoding="utf-8")
    command = ["score", str(EDITIONS / f"{edition}.yaml"), str(source), "--out", str(out), "--basis", basis]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        return {(row["company"], row["node"]): row for row in csv.DictReader(file)}


def overall(rows: dict[tuple[str, str], dict[str, str]]) -> dict[str, tuple[str, str]]:
    """Return score shown and band of each company."""
    return {company: (row["shown"], row["band"]) for (company, node), row in rows.items() if node == "overall"}


def test_three_years_of_the_global_hunger_index_are_reproduced_to_the_published_decimal(tmp_path: Path) -> None:
    # Sources of scores and indicators: business-standard.com 2024-10-12, livemint.com 2023-10-12, and, for 2022,
    # trendtoreview.com and ommcomnews.com.
    assert overall(scored(tmp_path, "ghi")) == {
        "India, report of 2022": ("29.1", "serious"),
        "India, report of 2023": ("28.7", "serious"),
        "India, report of 2024": ("27.3", "serious"),
    }


def test_without_one_indicator_the_hunger_index_has_no_score_rather_than_a_better_one(tmp_path: Path) -> None:
    answers = "company,undernourished,stunted,wasted,deaths\nIndia,16.3,,19.3,3.3\n"
    assert overall(scored(tmp_path, "ghi", answers)) == {"India": ("", "")}


def test_the_hunger_index_is_the_same_without_evidence(tmp_path: Path) -> None:
    assert overall(scored(tmp_path, "ghi", basis="evidenced")) == overall(scored(tmp_path, "ghi"))


def test_the_worked_example_of_the_system_usability_scale_scores_55(tmp_path: Path) -> None:
    header = ",".join(["company", *(f"s{n:02}" for n in range(1, 11))])
    rows = f"{header}\nExample,5,4,2,1,2,3,2,4,5,2\nBest,5,1,5,1,5,1,5,1,5,1\nAlways agrees,5,5,5,5,5,5,5,5,5,5\n"
    shown = {company: score for company, (score, _) in overall(scored(tmp_path, "sus-1996", rows)).items()}
    assert shown == {"Example": "55.0", "Best": "100.0", "Always agrees": "50.0"}


def test_the_worked_example_of_the_rand_survey_leaves_the_blank_item_out_of_its_scale(tmp_path: Path) -> None:
    energy = scored(tmp_path, "rand-36", "company,q23,q27,q29,q31\nExample,4,3,3,\n")["Example", "energy"]
    assert (energy["shown"], energy["coverage"]) == ("46.7", "0.75")


def test_a_scale_of_the_rand_survey_without_any_answer_has_no_score(tmp_path: Path) -> None:
    rows = scored(tmp_path, "rand-36", "company,q21,q22\nExample,1,5\n")
    assert rows["Example", "pain"]["shown"] == "50.0"
    assert rows["Example", "general-health"]["shown"] == ""


def test_four_households_that_just_reach_a_third_are_poor_and_one_step_less_is_not(tmp_path: Path) -> None:
    assert overall(scored(tmp_path, "mpi")) == {
        "Malnourished child and little schooling": ("33", "poor"),
        "Child death and three of living standards": ("33", "poor"),
        "Not at school and the other three": ("33", "poor"),
        "All six of living standards": ("33", "poor"),
        "Five of living standards": ("28", "vulnerable"),
        "Three of living standards": ("17", "not-poor"),
        "One of each of health and education and three of living standards": ("50", "severe"),
    }


@pytest.mark.parametrize(
    ("fish", "macrophytes", "invertebrates", "diatoms", "status"),
    [("bad", "moderate", "moderate", "good", "bad"), ("good", "moderate", "moderate", "poor", "poor")],
)
def test_the_worst_element_decides_the_status_of_a_river(
    tmp_path: Path, fish: str, macrophytes: str, invertebrates: str, diatoms: str, status: str
) -> None:
    answers = f"company,fish,macrophytes,invertebrates,diatoms\nRiver,{fish},{macrophytes},{invertebrates},{diatoms}\n"
    assert overall(scored(tmp_path, "wfd-rivers", answers))["River"][1] == status


def test_an_element_that_is_not_applicable_leaves_the_status_of_a_river_to_the_others(tmp_path: Path) -> None:
    answers = "company,fish,macrophytes,invertebrates,diatoms\nRiver,n/a,good,high,high\n"
    assert overall(scored(tmp_path, "wfd-rivers", answers)) == {"River": ("3", "good")}

"""`compliance benchmark`: scores of similar companies, the position of one of them, and whether scores go with need."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.narrative.peer_comparison import need_and_score_sentence
from compliance.questionnaire.countries import NEED_CLASSES
from compliance.statistics.correlation import RankCorrelation
from compliance.statistics.internal_comparison import NeedAndScore
from tests.commands.benchmark_files import HEADER
from tests.statistics.test_peer_groups import WHERE
from tests.support.factories import edition, node, number
from tests.support.paths import DATA


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def figures(path: Path) -> dict[tuple[str, ...], str]:
    """The value of each row of a CSV file, by the cells before it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return {tuple(row[:-2]): row[-2] for row in rows[1:]}


def test_groups_have_quartiles_as_claimed_evidenced_and_for_questions_asked_of_all(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    result = run("benchmark", *files, "--by", "sector", "--out", out)
    assert result.exit_code == 0, result.output
    found = figures(out)
    assert found["travel", "companies", "", "", ""] == "5"
    assert found["lodging", "scored", "overall", "claimed", ""] == "2", "a company without a score is in no figure"
    median = {
        (sector, basis, over): found.get((sector, "median", "overall", basis, over))
        for sector in ("all", "travel", "lodging")
        for basis in ("claimed", "evidenced")
        for over in ("all", "common")
    }
    assert median["travel", "claimed", "all"] == "50", "the middle of 30, 40, 50, 50 and 60"
    assert median["travel", "evidenced", "all"] == "5", "only q has evidence: 5, 10, 0, 0, 50"
    assert median["lodging", "claimed", "all"] == "70"
    assert median["travel", "claimed", "common"] is None, "all of them are asked the same"
    assert (median["all", "claimed", "all"], median["all", "claimed", "common"]) == ("50", "40")
    assert found["travel", "lower_quartile", "overall", "claimed", "all"] == "40"
    assert found["travel", "spread", "t", "claimed", "all"] == "10"


def test_the_screen_says_what_is_not_for_publication(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    lines = run("benchmark", *files, "--by", "sector").output.splitlines()
    assert lines[0] == "Claimed, overall score"
    table = {line[:18].strip(): line[18:].split() for line in lines[2:5]}
    assert table["All companies"] == ["8", "7", "45.0", "50.0", "60.0", "15.0", "40.0", "5.0"]
    assert table["Travel and tours"][:2] == ["5", "5"]
    assert lines[4].startswith("Hotels and lodging *          3             2 "), (
        "two scores are those of two companies"
    )
    assert "* not for publication" in lines
    assert "For internal use only: nothing here has been checked against the rules for publication." in lines
    assert "Verified: No auditor has given a verdict yet." in lines


def test_one_company_has_a_position_in_each_of_its_groups(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = run("benchmark", *files, "--by", "sector,size", "--company", "D", "--out", out)
    said = " ".join(result.output.split())
    assert (
        "D, 60.0, among the other companies in “All companies” that have a score: 1 above it, 1 level with it, "
        "4 below it." in said
    )
    assert (
        "among the other companies in “Travel and tours, large” that have a score: 0 above it, 0 level with it, "
        "2 below it." in said
    )
    data = json.loads(out.read_text(encoding="utf-8"))
    assert data["company_scores"] == pytest.approx({"claimed": 60, "evidenced": 0})
    own = [group for group in data["groups"] if group["labels"] == {"sector": "travel", "size": "large"}]
    assert own[0]["bases"]["claimed"]["position"] == {"above": 0, "level": 0, "below": 2}
    assert own[0]["bases"]["claimed"]["for_the_desk_only"] is True


def test_a_company_without_a_score_has_no_position(files: tuple[Path, Path]) -> None:
    result = run("benchmark", *files, "--company", "H")
    assert "H has no score, so it has no place among its peers." in result.output


def test_companies_are_grouped_by_the_region_of_their_headquarters(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run("benchmark", *files, "--by", "region", "--out", out).exit_code == 0
    companies = {key[0]: value for key, value in figures(out).items() if key[1] == "companies"}
    assert companies == {"all": "8", "Americas": "4", "Asia": "1", "Europe": "3"}


def test_verified_scores_are_beside_claimed_ones(files: tuple[Path, Path], tmp_path: Path) -> None:
    made, answers = files
    out = tmp_path / "out.csv"
    assert run("benchmark", made, answers, "--basis", "verified").exit_code == 1
    answers.write_text("company,q,q#verdict\nA,80,20\nB,60,\n", encoding="utf-8")
    result = run("benchmark", made, answers, "--basis", "verified", "--out", out)
    assert result.exit_code == 0, result.output
    assert figures(out)["median", "overall", "verified", "all"] == "20"


def test_a_group_with_few_verdicts_is_not_for_publication(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six companies have a score, and beside their median is that of the two that an auditor has judged."""
    monkeypatch.setenv("COLUMNS", "140")
    made, answers = files
    rows = "".join(f"{name},{10 * i},{'confirmed' if i < 2 else ''}\n" for i, name in enumerate("ABCDEF"))
    answers.write_text("company,q,q#verdict\n" + rows, encoding="utf-8")
    out = tmp_path / "out.xlsx"
    output = run("benchmark", made, answers, "--out", out).output
    assert "All companies * 6 6" in " ".join(output.split()) and "* not for publication" in output
    groups = {row[0]: row for row in openpyxl.load_workbook(out)["Groups"].iter_rows(values_only=True)}
    assert groups["All companies"][-1] == "no: fewer than 5"


def test_a_workbook_has_groups_parts_and_need_and_no_formula(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    assert run("benchmark", *files, "--by", "sector", "--company", "D", "--out", out).exit_code == 0
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Groups", "Parts", "Need"]
    groups = {row[0]: row for row in book["Groups"].iter_rows(values_only=True)}
    assert groups["Sector"][:5] == ("Sector", "Companies", "With a score", "Lower quartile", "Median")
    assert groups["Travel and tours"][1:7] == (5, 5, 40, 50, 50, 10)
    assert groups["Hotels and lodging"][-1] == "no: fewer than 5"
    need = {row[0]: row[1:] for row in book["Need"].iter_rows(values_only=True)}
    assert need["High need (priority)"] == (2, 2)
    assert need["Lower need"] == (4, 3)
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


def test_a_workbook_shows_scores_with_the_decimals_of_the_edition(tmp_path: Path) -> None:
    """On a scale of 0 to 1, one decimal made 1.0 of Norway's 0.961 and of Switzerland's 0.962."""
    out, here = tmp_path / "out.xlsx", DATA
    answers = here / "golden" / "hdi-2021-answers.csv"
    edition = here / "editions" / "hdi-2021.yaml"
    assert run("benchmark", edition, answers, "--draws", 100, "--out", out).exit_code == 0
    cells = [cell for sheet in openpyxl.load_workbook(out) for row in sheet for cell in row]
    scores = {cell.number_format for cell in cells if isinstance(cell.value, float) and cell.column_letter != "I"}
    assert scores == {"0.000"}  # column I has shares of draws


def test_the_screen_says_if_scores_are_high_where_need_is_low(tmp_path: Path, files: tuple[Path, Path]) -> None:
    """The same companies with scores that fall with need, rise with it, or do neither."""
    made, answers = files
    scores = {"KHM": (5, 10, 15, 20), "DEU": (40, 45, 50, 55), "CHL": (80, 85, 90, 95)}

    def said(scores: dict[str, Sequence[float]]) -> str:
        rows = [
            f"{where}{score},lodging,small,DEU,{where},{score},,"
            for where, all_of in scores.items()
            for score in all_of
        ]
        answers.write_text(HEADER + "\n".join(rows), encoding="utf-8")
        return " ".join(run("benchmark", made, answers).output.split())

    falling = said(scores)
    assert "Claimed: Responsibility sits where it is least needed: the higher the need" in falling
    assert "n = 12)" in falling
    rising = said(dict(zip(scores, reversed(scores.values()), strict=True)))
    assert "Claimed: The higher the need of the countries that companies work in, the higher their scores (" in rising
    mixed = said({where: (5, 45, 55, 95 + i) for i, where in enumerate(scores)})
    assert (
        "Claimed: These figures do not show whether scores rise or fall with the need of the countries that companies "
        "work in (" in mixed
    )


@pytest.mark.parametrize(
    ("known", "association", "said"),
    [
        (
            87,
            RankCorrelation(n=87, rho=-0.42, low=-0.58, high=-0.22),
            "Responsibility sits where it is least needed: the higher the need",
        ),
        (
            87,
            RankCorrelation(n=87, rho=-0.2, low=-0.4, high=0.01),
            "These figures do not show whether scores rise or fall with the need of the countries that companies work "
            "in (rank correlation -0.20, 95 %",
        ),
        (9, None, "known for only 9 companies; at least 10 are needed to say anything about them."),
        (1, None, "known for only one company; at least 10 are needed"),
        (40, None, "is the same for all companies"),
    ],
)  # fmt: skip
def test_a_direction_is_named_only_if_the_interval_excludes_zero(
    known: int, association: RankCorrelation | None, said: str
) -> None:
    none = dict.fromkeys(NEED_CLASSES, 0)
    assert said in need_and_score_sentence(
        edition(WHERE, node("t", number("q"))), NeedAndScore(known, association, none, none)
    )


def test_an_edition_that_does_not_ask_where_companies_work_says_so() -> None:
    none = dict.fromkeys(NEED_CLASSES, 0)
    assert need_and_score_sentence(edition(node("t", number("q"))), NeedAndScore(0, None, none, none)).startswith(
        "The edition does not ask"
    )


def test_an_edition_that_does_not_ask_where_companies_work_counts_nobody_by_need(tmp_path: Path) -> None:
    """It must not say that nobody works in a country of high need if companies were never asked."""
    made, answers, out = tmp_path / "made.yaml", tmp_path / "answers.csv", tmp_path / "out.csv"
    made.write_text("{id: made, parts: [{id: q, range: [0, 100]}]}", encoding="utf-8")
    answers.write_text("company,q\nA,80\nB,60\n", encoding="utf-8")
    output = run("benchmark", made, answers, "--out", out).output
    assert "The edition does not ask in which countries" in output and "High need" not in output
    assert not any("works_in" in key for key in figures(out))
    assert run("benchmark", made, answers, "--out", out.with_suffix(".json")).exit_code == 0
    need = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["need"]["claimed"]
    assert (need["companies"], need["scored"]) == (None, None)
    assert run("benchmark", made, answers, "--out", out.with_suffix(".xlsx")).exit_code == 0
    sheet = openpyxl.load_workbook(out.with_suffix(".xlsx"))["Need"]
    assert not any(row[0] == "High need (priority)" for row in sheet.iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--by", "sector,sice"], 1, "--by sice: companies of made cannot be grouped by that; did you mean `size`?"),
        (["--company", "Z"], 1, "there is no company 'Z'"),
        (["--basis", "verified"], 1, "answers.csv has no verdict of an auditor, in a column #verdict"),
        (["--out", "out.pdf"], 2, "out.pdf: end it in .csv, .xlsx or .json"),
        (["--out", "no/out.csv"], 1, "no: there is no such folder"),
    ],
)
def test_impossible_requests_are_refused_and_nothing_is_written(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("benchmark", *files, *more)
    assert result.exit_code == code
    assert said in result.output
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_a_quick_form_ranks_nobody(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("company\nA\n", encoding="utf-8")
    result = run("benchmark", "child-protection-quick", answers, "--company", "A")
    assert result.exit_code == 1
    assert "is a quick form, a first look, which ranks nobody" in result.output

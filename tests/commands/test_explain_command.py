"""`compliance explain`: what a reader needs to redo a score by hand, on the screen and in every kind of file."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.worked_example import explain
from tests.support.paths import EDITIONS, GOLDEN
from tests.support.random_editions import random_sheet

EXAMPLE = EDITIONS / "example-1.yaml"
DEEDS = GOLDEN / "deeds.csv"
ANSWERS = (
    "company,profile.sector,reach.higher.code,reach.higher.code#evidence,reach.higher.training,acc.channel.who\n"
    "Aster,travel,stricter,p. 6,50,staff|children\n"
    "Fir,travel,intent,,0,staff|suppliers|public\n"
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def test_without_a_score_there_are_no_points_to_lose_or_gain(tmp_path: Path) -> None:
    answers = tmp_path / "few.csv"
    answers.write_text("company,r03.text\nFew,full\n", encoding="utf-8")
    output = run("explain", "child-protection-2026", answers, "--company", "Few").output
    assert "No score" in output
    assert "Where points are lost" not in output and "What would gain points" not in output


def test_the_screen_shows_sums_that_a_reader_can_check(answers: Path) -> None:
    result = run("explain", EXAMPLE, answers, "--company", "Aster")
    assert result.exit_code == 0, result.output
    for line in (
        "Claimed: 77.1, between 77.1 and 77.1; 100 % covered; solid",
        "Evidenced: 37.5, between 37.5 and 77.1; 100 % covered; absent",
        "Verified: No auditor has given a verdict yet.",
        "Claimed without evidence: 39.6.",
        "(3 × 1 + 1 × 0.5) ÷ (3 + 1) = 0.875",
        "(1 × 0.875 + 1 × 0.6667) ÷ (1 + 1) = 0.7708",
        "0.7708 × 100 = 77.1: solid",
        "acc.channel.who loses 16.67 points. “staff”, “children”.",
        "Closing this gap alone would raise the score by 16.7 points.",
    ):
        assert line in [printed.strip() for printed in result.output.splitlines()], result.output


def test_lines_are_no_wider_than_the_screen_and_indented_by_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    result = run("explain", "child-protection-2026", DEEDS, "--company", _company(DEEDS))
    assert max(map(len, result.output.splitlines())) <= 60
    assert "\n  Protection of children from sexual exploitation, 2026\n" in result.output


def test_each_loss_and_gain_is_shown_with_its_law_and_marks(tmp_path: Path) -> None:
    result = run("explain", "child-protection-2026", DEEDS, "--company", _company(DEEDS), "--node", "r05")
    assert "    - OPSC art. 3(2) (Binds States; Wording checked)" in result.output
    assert "    - OPSC art. 3(2) (Binds States; Wording checked): Attempt and complicity" in result.output


def test_the_screen_shows_the_ten_largest_and_a_file_all(tmp_path: Path) -> None:
    made, source = find_edition("child-protection-2026"), tmp_path / "answers.csv"
    about = {name: field.values[0] for name, field in made.profile.items()}
    sheet = replace(random_sheet(Random(35), made, about=about), company="Example 1")
    with source.open("w", encoding="utf-8", newline="") as file:
        write_answers_csv(made, [sheet], file)
    losses = explain(compile_edition(made), sheet).lost
    result = run("explain", made.id, source, "--company", "Example 1")
    assert f"  {len(losses) - 10} more are left out here; use --out to write all of them to a file." in result.output
    out = tmp_path / "example.txt"
    assert run("explain", made.id, source, "--company", "Example 1", "--out", out).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert len(re.findall(r"loses\s+[\d.]+\s+points\.", text)) == len(losses)
    assert "left out here" not in text


def test_a_part_is_explained_with_the_path_to_the_root_and_only_its_own_losses(answers: Path) -> None:
    result = run("explain", EXAMPLE, answers, "--company", "Aster", "--node", "accountability")
    assert "accountability: worked out from all answers" in result.output
    assert "Claimed: 66.7, between 66.7 and 66.7; 100 % covered; solid" in result.output
    assert "reach.higher.training" not in result.output
    assert "= 0.7708" in result.output


def test_answers_without_evidence_earn_nothing_on_the_evidenced_basis(answers: Path) -> None:
    result = run("explain", EXAMPLE, answers, "--company", "Aster", "--basis", "evidenced")
    assert "There is no evidence for this yet, so it earns nothing here." in " ".join(result.output.split())
    assert "0.375 × 100 = 37.5: absent" in result.output


def test_without_a_verdict_there_is_no_verified_score_to_explain(answers: Path) -> None:
    result = run("explain", EXAMPLE, answers, "--company", "Aster", "--basis", "verified")
    assert result.exit_code == 1
    assert "answers.csv has no verdict of an auditor on Aster, in a column #verdict" in result.output


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_every_kind_of_file_has_the_same_example(answers: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"example.{ending}"
    result = run("explain", EXAMPLE, answers, "--company", "Fir", "--out", out)
    assert result.output == f"{out}: overall of Fir worked out\n"
    if ending == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        lines = [(row["id"], row["sum"], row["result"]) for row in rows if row["kind"] not in ("loss", "gain")]
        lost = {row["id"]: float(row["points"]) for row in rows if row["kind"] == "loss"}
    elif ending == "json":
        data = json.loads(out.read_text(encoding="utf-8"))
        assert (data["company"], data["edition"], data["basis"]) == ("Fir", "example-1", "claimed")
        lines = [(line["id"], line["sum"], line["result"]) for line in data["example"]]
        lost = {loss["id"]: loss["points"] for loss in data["losses"]}
        assert data["gains"][0]["law"][0].keys() == {"id", "title", "authority", "because", "mark", "paraphrase"}
    else:
        book = openpyxl.load_workbook(out)
        assert book.sheetnames == ["Worked example", "Losses", "Gains"]
        lines = [(row[1] or "", row[3] or "", row[4]) for row in _below(book["Worked example"], "Id")]
        assert lines[-2][2] == 0.65  # a number
        lines[-2] = (*lines[-2][:2], "0.65")
        lost = {str(row[1]): float(str(row[2])) for row in _below(book["Losses"], "Id")}
    assert lines[-2:] == [("overall", "(1 × 0.3 + 1 × 1) ÷ (1 + 1)", "0.65"), ("", "0.65 × 100 = 65.0", "partial")]
    assert lost == pytest.approx({"reach.higher.code": 22.5, "reach.higher.training": 12.5})


def test_text_of_a_company_never_becomes_a_formula(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "example.xlsx"
    answers.write_text(ANSWERS.replace("Aster", "=1+1"), encoding="utf-8")
    assert run("explain", EXAMPLE, answers, "--company", "=1+1", "--out", out).exit_code == 0
    assert all(cell.data_type != "f" for sheet in openpyxl.load_workbook(out) for row in sheet for cell in row)


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--company", "Astre"], 1, "there is no company 'Astre'; did you mean `Aster`?"),
        (["--company", "Aster", "--node", "reach.hihger"], 1, "part that is scored; did you mean `reach.higher`?"),
        (["--company", "Aster", "--node", "about"], 1, "name one of overall, reach, reach.higher, accountability, acc"),
        (["--company", "Aster", "--language", "xx"], 1, "--language xx: there is no such language"),
        (["--company", "Aster", "--out", "example.pdf"], 2, "example.pdf: end it in .txt, .csv, .xlsx or .json"),
        (["--company", "Aster", "--out", "no/example.csv"], 1, "no: there is no such folder"),
    ],
)  # fmt: skip
def test_impossible_requests_are_refused_and_nothing_is_written(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("explain", EXAMPLE, answers, *more)
    assert result.exit_code == code
    assert said in result.output
    assert list(tmp_path.iterdir()) == [answers]


def test_another_language_has_the_texts_of_the_edition_in_it_and_says_that_they_are_a_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("compliance.commands.shared_options.offered_languages", lambda: ("en", "fr"))
    made = ("child-protection-2026", DEEDS, "--company", _company(DEEDS), "--node", "r05")
    result = run("explain", *made, "--language", "fr")
    assert result.exit_code == 0, result.output
    assert "exploitation sexuelle" in result.stdout
    assert "fr: a draft; nobody has read it over yet" in result.stderr


def test_if_an_edition_lacks_a_language_its_own_is_used_and_the_screen_says_so(
    answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.commands.shared_options.offered_languages", lambda: ("en", "fr"))
    result = run("explain", EXAMPLE, answers, "--company", "Aster", "--language", "fr")
    assert result.exit_code == 0, result.output
    assert "example-1: it is not offered in fr, so its own texts stand in en" in result.stderr


def _company(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["company"]


def _below(sheet: object, head: str) -> list[tuple[object, ...]]:
    """The rows of a sheet below the row with this heading."""
    rows = list(sheet.iter_rows(values_only=True))
    start = next(i for i, row in enumerate(rows) if head in row)
    return [row for row in rows[start + 1 :] if any(row)]


def test_losses_and_gains_on_an_index_from_0_to_1_have_enough_decimals(tmp_path: Path) -> None:
    edition, answers = tmp_path / "e.yaml", tmp_path / "a.csv"
    edition.write_text(
        "id: e\nscale: 1\nround: 3\nparts: [{id: r, expects: Schooling is equal, parts: [{id: a, range: [0, 1],"
        " weight: 0.995}, {id: b, range: [0, 1], weight: 0.005}]}]\n",
        encoding="utf-8",
    )
    answers.write_text("company,a,b\nX,0.622,0.5\n", encoding="utf-8")
    result = run("explain", edition, answers, "--company", "X")
    for line in (
        "Claimed: 0.621, between 0.621 and 0.621; 100 % covered",
        "Claimed without evidence: 0.621.",
        "a loses 0.3761 points. 0.622.",
        "b loses 0.0025 points. 0.5.",
        "Closing this gap alone would raise the score by 0.379 points.",
    ):
        assert line in [printed.strip() for printed in result.output.splitlines()], result.output
    better = run("improve", edition, answers, "--company", "X", "--to", "0.623")
    assert "It adds 0.0016 points" in " ".join(better.output.split()), better.output


@pytest.mark.parametrize("command", [["explain"], ["improve", "--to", "0.623"], ["improve", "--set", "a=0.63"]])
def test_a_workbook_for_an_index_from_0_to_1_shows_its_decimals(command: list[str], tmp_path: Path) -> None:
    edition, answers = tmp_path / "e.yaml", tmp_path / "a.csv"
    edition.write_text("id: e\nscale: 1\nround: 3\nparts: [{id: a, range: [0, 1]}]\n", encoding="utf-8")
    answers.write_text("company,a\nX,0.622\n", encoding="utf-8")
    name, *more = command
    assert run(name, edition, answers, "--company", "X", *more, "--out", tmp_path / "o.xlsx").exit_code == 0
    sheets = openpyxl.load_workbook(tmp_path / "o.xlsx").worksheets
    numbers = [c for sheet in sheets for row in sheet for c in row if isinstance(c.value, float) and abs(c.value) < 1]
    assert numbers and {cell.number_format for cell in numbers} <= {"0.000", "0.0000", "#,##0.000", "#,##0.0000"}


def test_a_range_in_millionths_is_explained_with_numbers_that_can_be_checked(tmp_path: Path) -> None:
    edition, answers = tmp_path / "e.yaml", tmp_path / "a.csv"
    edition.write_text("id: e\nparts: [{id: lead, range: [0.00004, 0.000002]}]\n", encoding="utf-8")
    answers.write_text("company,lead\nX,0.000021\n", encoding="utf-8")
    said = " ".join(run("explain", edition, answers, "--company", "X").output.split())
    assert "0.000021. (0.000021 − 0.00004) ÷ (0.000002 − 0.00004) = 0.5" in said

"""`compliance crosswalk` writes a first draft of a report, or reports faults and writes nothing."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from openpyxl.worksheet.worksheet import Worksheet

from compliance.cli import main
from compliance.narrative.crosswalk_report import TABLE_COLUMNS
from tests.support.paths import EDITIONS, GOLDEN, ROOT
from tests.support.refused_files import piped

OURS, DEEDS, PAPER = "child-protection-2026", GOLDEN / "deeds.csv", GOLDEN / "paper.csv"
START = "It is no statement of conformity."


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["crosswalk", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """An answers file of two companies."""
    path = tmp_path / "both.csv"
    path.write_text("company,r13.text\nFir,board\nAster,\n", encoding="utf-8")
    return path


def test_without_a_file_the_text_is_printed() -> None:
    result = run(OURS, DEEDS, "--to", "the-code")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("# Example Lodges 02: a start for a report by The Code\n")
    assert START in result.stdout and result.stdout.count("\n## Criterion ") == 6


def test_the_only_company_that_comes_out_of_a_pipe_needs_no_name() -> None:
    with piped("company,r13.text\nFir,board\n") as pipe:
        result = run(OURS, pipe, "--to", "the-code")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("# Fir: a start")


def test_a_text_and_a_table_say_the_same(tmp_path: Path) -> None:
    text, table = tmp_path / "start.md", tmp_path / "start.csv"
    for out in (text, table):
        result = run(OURS, PAPER, "--to", "gri", "--company", "Example Tours 01", "--out", out)
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{out}: answers of Example Tours 01 beside 20 points of GRI\n"
    found = rows(table)
    assert list(found[0]) == list(TABLE_COLUMNS)
    assert text.read_text(encoding="utf-8").count("\n- ") == sum(bool(row["question"]) for row in found)
    assert {row["point"] for row in found} >= {"2-23", "408-1", "416-1"}


def test_a_table_without_a_name_has_every_company(both: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.csv"
    result = run(OURS, both, "--to", "esrs", "--out", out)
    assert result.exit_code == 0 and "answers of every company" in result.stdout
    assert list(dict.fromkeys(row["company"] for row in rows(out))) == ["Fir", "Aster"]


def test_a_workbook_and_json_have_the_same_rows(tmp_path: Path) -> None:
    for ending in ("xlsx", "json"):
        assert run(OURS, DEEDS, "--to", "the-code", "--out", tmp_path / f"start.{ending}").exit_code == 0
    document = json.loads((tmp_path / "start.json").read_text(encoding="utf-8"))
    assert document["standard"]["id"] == "the-code" and any(START in said for said in document["said"])
    sheet = openpyxl.load_workbook(tmp_path / "start.xlsx").active
    assert isinstance(sheet, Worksheet)
    cells = [[cell for cell in row if cell] for row in sheet.iter_rows(values_only=True)]
    assert any(START in str(row) for row in cells)
    heads = next(position for position, row in enumerate(cells) if row and row[0] == "Point")
    assert len(cells[heads + 1 :]) == len(document["answers"])


def test_a_cut_is_reported_as_far_as_its_questions_go() -> None:
    result = run("child-protection-code-2026", EDITIONS / "none.csv", "--to", "esrs")
    assert result.exit_code == 1 and "there is no such file" in result.output
    both = run("child-protection-quick", DEEDS, "--to", "esrs")
    assert both.exit_code == 1 and "there is no crosswalk for this edition" in both.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "gry"], "--to gry: child-protection-2026 has no crosswalk to it; did you mean `gri`?"),
        (["--to", "sasb"], "has no crosswalk to it: name one of esrs, gri, the-code"),
        (["--to", "gri", "--company", "Example Lodge 02"], "did you mean `Example Lodges 02`?"),
        (["--to", "gri", "--out", "start.docx"], "end it in .md, .csv, .xlsx or .json"),
        (["--to", "gri", "--language", "xx"], "--language xx: there is no such language"),
        ([], "Missing option '--to'"),
    ],
    ids=str,
)
def test_invalid_input_is_reported_with_a_remedy(arguments: list[str], said: str) -> None:
    result = run(OURS, DEEDS, *arguments)
    assert result.exit_code != 0 and said in result.output
    assert "Traceback" not in result.output


def test_with_several_companies_a_text_needs_a_name(both: Path, tmp_path: Path) -> None:
    out = tmp_path / "start.md"
    result = run(OURS, both, "--to", "gri", "--out", out)
    assert result.exit_code == 1 and not out.exists()
    assert "there are 2 companies: name one with --company (Fir, Aster), or write a .csv file of all" in result.output


def test_the_answers_file_is_never_overwritten(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_bytes(DEEDS.read_bytes())
    result = run(OURS, answers, "--to", "gri", "--out", answers)
    assert result.exit_code == 1 and answers.read_bytes() == DEEDS.read_bytes()


def test_a_faulty_crosswalk_beside_the_edition_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "example-1.yaml").write_bytes((EDITIONS / "example-1.yaml").read_bytes())
    (tmp_path / "crosswalks" / "made.yaml").write_text("id: made\ntitel: A standard\n", encoding="utf-8")
    answers = tmp_path / "answers.csv"
    answers.write_text("company,reach.higher.code\nFir,intent\n", encoding="utf-8")
    result = run(tmp_path / "example-1.yaml", answers, "--to", "made")
    assert (
        result.exit_code == 1 and "made.yaml:2: a crosswalk has no key `titel`; did you mean `title`?" in result.output
    )


def test_the_readme_of_the_commands_names_it_and_its_columns() -> None:
    readme = (ROOT / "compliance/commands/README.md").read_text(encoding="utf-8")
    assert "| `compliance crosswalk EDITION ANSWERS --to STANDARD` |" in readme
    assert f"`{','.join(TABLE_COLUMNS)}`" in readme

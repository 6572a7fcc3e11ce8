"""`compliance questions`: how well the questions work, on the screen and in every kind of file."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from tests.support.paths import EDITIONS

EXAMPLE = EDITIONS / "example-1.yaml"
HEAD = "company,profile.sector,reach.higher.code,reach.higher.training,acc.channel.who"
CODES = ("stricter", "intent", "stricter", "intent")
WHO = ("staff", "staff|children", "none", "public")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows(*, blanks: int = 0, na: int = 0) -> list[list[str]]:
    """Twelve companies, some of which leave the training blank, while some others say that it does not apply."""
    made = [[f"Example {i:02}", "travel", CODES[i % 4], str(5 * i), WHO[i % 4]] for i in range(12)]
    for row in made[:blanks]:
        row[3] = ""
    for row in made[blanks : blanks + na]:
        row[3] = "n/a"
    return made


def write(path: Path, table: list[list[str]]) -> Path:
    path.write_text("\n".join([HEAD, *(",".join(row) for row in table)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return write(tmp_path / "answers.csv", rows(blanks=4))


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A second reader, who answers one question differently for all, lacks one company and has another one."""
    table = [[*row[:2], CODES[(i + 1) % 4], *row[3:]] for i, row in enumerate(rows(blanks=4))][1:]
    return write(tmp_path / "second.csv", [*table, ["Example 99", *table[0][1:]]])


def test_the_screen_first_says_which_questions_to_review_and_why(answers: Path) -> None:
    result = run("questions", EXAMPLE, answers)
    assert result.exit_code == 0, result.output
    printed = " ".join(result.output.split())
    assert result.output.startswith("One question to review, out of 3\n")
    assert "33 % of those asked left it blank (n = 12). Ask for something that a company can look up" in printed
    assert "A low alpha is not a fault in a theme" in printed
    line = next(line for line in result.output.splitlines() if line.startswith("reach.higher.training "))
    assert line.split()[1:8] == ["12", "67", "%", "33", "%", "0", "%"]


def test_two_readers_are_compared_and_companies_that_only_one_has_are_named(answers: Path, second: Path) -> None:
    result = run("questions", EXAMPLE, answers, "--second", second)
    assert result.exit_code == 0, result.output
    printed = " ".join(result.output.split())
    assert "11 companies were read twice." in printed
    assert "Only in the first file, so left out: Example 00." in printed
    assert "Only in the second file, so left out: Example 99." in printed
    assert "Two readers of the same company often answer differently (alpha -" in printed
    assert "Of these, reliable: 1; tentative: 0; not reliable: 1." in printed


def test_a_company_whose_name_the_second_reader_spells_differently_is_named(answers: Path, second: Path) -> None:
    second.write_text(second.read_text(encoding="utf-8").replace("Example 99", "EXAMPLE  00"), encoding="utf-8")
    said = run("questions", EXAMPLE, answers, "--second", second).stderr
    assert f"'EXAMPLE  00' is taken for another company than 'Example 00' in {answers}" in said


def test_the_same_seed_writes_the_same_file(answers: Path, second: Path, tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("a.json", "b.json")]
    for out in outs:
        assert run("questions", EXAMPLE, answers, "--second", second, "--seed", 5, "--out", out).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_every_kind_of_file_has_the_same_figures(answers: Path, second: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"questions.{ending}"
    result = run("questions", EXAMPLE, answers, "--second", second, "--out", out)
    assert result.output == f"{out}: 3 questions looked at\n"
    if ending == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            found = {row["id"]: row for row in csv.DictReader(file)}
    elif ending == "json":
        data = json.loads(out.read_text(encoding="utf-8"))
        assert data["edition"] == "example-1" and data["companies_read_twice"] == 11
        counts = (data["companies"], data["companies_read_twice"], data["seed"], data["look_again"][0]["gravity"])
        assert all(isinstance(count, int) for count in counts), "a count is written as a whole number: 11, not 11.0"
        assert data["readings"]["only_second"] == ["Example 99"]
        assert [look["id"] for look in data["look_again"]] == ["reach.higher.code", "reach.higher.training"]
        found = {row["id"]: row for row in data["questions"]}
        assert found["reach.higher.code"]["options"]["stricter"] == 6
    else:
        book = openpyxl.load_workbook(out)
        assert book.sheetnames == ["To review", "Questions", "Options", "Themes"]
        head, *lines = [
            [cell.value for cell in row] for row in book["Questions"].iter_rows() if row[1].value is not None
        ]
        keys = {"Id": "id", "Asked of": "put", "Blank": "blank", "Blank, share": "blank_share", "Alpha": "alpha"}
        found = {line[0]: {keys[t]: v for t, v in zip(head, line, strict=True) if t in keys} for line in lines}
    training = found["reach.higher.training"]
    assert (float(training["put"]), float(training["blank"]), float(training["blank_share"])) == (12, 4, 4 / 12)
    assert float(found["reach.higher.code"]["alpha"]) < 0
    assert training["alpha"] in ("", None)  # seven were read twice, so the cell is empty and not 0


def test_a_single_theme_can_be_chosen(answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "theme.csv"
    assert run("questions", EXAMPLE, answers, "--theme", "accountability", "--out", out).exit_code == 0
    assert [line.partition(",")[0] for line in out.read_text(encoding="utf-8").splitlines()] == [
        "id",
        "acc.channel.who",
    ]


def test_nothing_is_said_about_few_companies(tmp_path: Path) -> None:
    few = write(tmp_path / "few.csv", rows(blanks=5)[:6])
    result = run("questions", EXAMPLE, few)
    assert result.exit_code == 0
    assert result.output.startswith(
        "Too few companies to say anything about single questions\nOnly 6 companies have a score;"
    )


def test_the_output_can_be_in_other_languages(answers: Path) -> None:
    result = run("questions", EXAMPLE, answers, "--language", "xx")
    assert result.exit_code == 1 and "--language xx: there is no such language" in result.output
    assert run("questions", EXAMPLE, answers, "--language", "fr").exit_code == 0


def test_impossible_requests_are_refused_with_advice(answers: Path, tmp_path: Path) -> None:
    others = write(tmp_path / "others.csv", [["Somebody", *row[1:]] for row in rows()[:1]])
    for arguments, said in (
        (["--theme", "accountabilty"], "has no such theme; did you mean `accountability`?"),
        (["--second", tmp_path / "none.csv"], "there is no such file"),
        (["--second", answers], "this is the answers file itself: name what somebody else answered"),
        (["--second", others], "no company in it is in"),
        (["--seed", "-1"], "--seed -1: name 0 or a whole number above it"),
        (["--out", answers], "this is the answers file itself: name another"),
        (["--out", tmp_path / "nowhere" / "a.csv"], "there is no such folder"),
    ):
        result = run("questions", EXAMPLE, answers, *arguments)
        assert result.exit_code == 1, arguments
        assert said in result.output
    assert run("questions", EXAMPLE, answers, "--out", tmp_path / "a.pdf").exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "others.csv"]


def test_a_second_file_with_faults_writes_nothing(answers: Path, tmp_path: Path) -> None:
    wrong = write(tmp_path / "wrong.csv", [[*rows()[0][:2], "no-such-option", *rows()[0][3:]]])
    out = tmp_path / "out.csv"
    result = run("questions", EXAMPLE, answers, "--second", wrong, "--out", out)
    assert result.exit_code == 1 and "wrong.csv" in result.output and "no-such-option" in result.output
    assert not out.exists()

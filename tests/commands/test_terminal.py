"""The terminal: the output of every command fits its width."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from compliance.cli import COMMANDS, main
from compliance.commands.terminal import aligned_table, screen_width, wrapped_table
from tests.commands.test_explain_command import DEEDS

HEAD = ("", "Companies", "With a score", "Lower quartile", "Median", "Median, asked of all")
ROWS = [("Travel and tours", "9", "8", "25.0", "26.6", "25.8"), ("Hotels, Asia *", "4", "4", "3.1", "4.2", "5.3")]


@pytest.mark.parametrize(("columns", "width"), [("20", 40), ("60", 60), ("80", 80), ("300", 100)])
def test_lines_are_as_wide_as_the_screen_within_what_can_be_read(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert screen_width() == width


def test_the_help_of_every_command_that_reads_answers_says_what_it_takes() -> None:
    reading = {
        name
        for name in COMMANDS
        if (command := main.get_command(click.Context(main), name))
        and {parameter.name for parameter in command.params} & {"answers", "before"}
    }
    assert reading == {
        "score",
        "score-parts",
        "scorecard",
        "explain",
        "improve",
        "benchmark",
        "questions",
        "change",
        "crosswalk",
    } | {"questionnaire"}
    for name in reading:
        said = " ".join(CliRunner().invoke(main, [name, "--help"]).output.split())
        assert "An EDITION is an id, a folder with edition.yaml or a .yaml file." in said
        assert "a row for each company and a column for each question" in said


@pytest.mark.parametrize("command", [["benchmark"], ["questions"], ["change", str(DEEDS)]])
def test_what_commands_say_about_many_companies_fits_the_screen(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    name, *before = command
    result = CliRunner().invoke(main, [name, "child-protection-2026", *before, str(DEEDS)])
    assert result.exit_code == 0, result.output
    prose = [
        line for line in result.output.splitlines() if "  " not in line.strip()
    ]  # tables separate their columns in this way
    assert len(prose) > 5
    assert max(map(len, prose)) <= 60


def test_every_line_of_every_table_fits_the_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answers = tmp_path / "answers.csv"
    again = tmp_path / "again.csv"
    header, row = DEEDS.read_text(encoding="utf-8").splitlines()
    names = ["A company whose name is a good deal longer than a column", *(f"Example Lodges {n:02}" for n in range(7))]
    for path in (answers, again):
        path.write_text("\n".join([header, *(row.replace("Example Lodges 02", name) for name in names)]))
    for command in (
        ["benchmark", "child-protection-2026", str(answers), "--by", "sector,size,region", "--draws", "100"],
        ["change", "child-protection-2026", str(answers), str(again), "--by", "sector,size,region"],
        ["questions", "child-protection-2026", str(answers), "--second", str(again), "--theme", "code"],
    ):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        assert max(map(len, result.output.splitlines())) <= 80


def test_a_heading_is_in_one_line_if_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert list(wrapped_table(HEAD, ROWS)) == [
        "                  Companies  With a score  Lower quartile  Median  Median, asked of all",
        "Travel and tours          9             8            25.0    26.6                  25.8",
        "Hotels, Asia *            4             4             3.1     4.2                   5.3",
    ]


def test_the_words_of_a_heading_are_below_each_other_if_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "64")
    assert list(wrapped_table(HEAD, ROWS)) == [
        "                  Companies   With     Lower  Median  Median,",
        "                                 a  quartile            asked",
        "                             score                     of all",
        "Travel and tours          9      8      25.0    26.6     25.8",
        "Hotels, Asia *            4      4       3.1     4.2      5.3",
    ]


def test_columns_that_do_not_fit_follow_below_with_the_names_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "48")
    assert list(wrapped_table(HEAD, ROWS)) == [
        "                  Companies   With     Lower",
        "                                 a  quartile",
        "                             score",
        "Travel and tours          9      8      25.0",
        "Hotels, Asia *            4      4       3.1",
        "",
        "                  Median  Median, asked of all",
        "Travel and tours    26.6                  25.8",
        "Hotels, Asia *       4.2                   5.3",
    ]


def test_names_are_shortened_if_that_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    head, rows = ("", "Score", "Least"), [("A company with a rather long name 01", "9.5", "8.5")]
    monkeypatch.setenv("COLUMNS", "40")
    for table in (aligned_table, wrapped_table):
        assert list(table(head, rows)) == [
            "                            Score  Least",
            "A company with a rather l…    9.5    8.5",
        ]
    *_, line = wrapped_table((*head, "Most"), [(*rows[0], "9.9")])
    assert line == "A company with a rather long name…   9.9", "a name keeps enough letters to tell whose it is"

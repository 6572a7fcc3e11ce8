"""The table of commands: each entry leads to its command, and nothing is imported before it is called."""

import pkgutil
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

import compliance.commands
from compliance.cli import COMMANDS, main
from tests.support.paths import ROOT

CONTEXT = click.Context(main)
#: Modules that take long to import: arithmetic, workbooks, the web and the database.
HEAVY = {"numpy", "scipy", "pandas", "openpyxl", "xlsxwriter", "pyxform", "flask", "sqlalchemy", "babel", "yaml"}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_entry_leads_to_the_command_of_that_name_with_the_first_sentence_of_its_help(name: str) -> None:
    command = main.get_command(CONTEXT, name)
    assert command is not None and command.name == name
    assert command.get_short_help_str(limit=1_000) == COMMANDS[name].short_help


def test_every_command_below_commands_is_in_the_table() -> None:
    found = {
        (module.name, command.name)
        for module in pkgutil.iter_modules(compliance.commands.__path__)
        for command in vars(import_module(f"compliance.commands.{module.name}")).values()
        if isinstance(command, click.Command)
    }
    assert found == {(lazy.module, name) for name, lazy in COMMANDS.items()}


def test_help_lists_every_command_as_click_would() -> None:
    commands = [main.get_command(CONTEXT, name) for name in main.list_commands(CONTEXT)]
    eager = click.Group("compliance", help=main.help, params=main.params, commands=[c for c in commands if c])
    runner = CliRunner()
    assert runner.invoke(main, ["--help"]).output == runner.invoke(eager, ["--help"], prog_name="main").output


def test_a_command_that_does_not_exist_is_refused_with_those_like_it() -> None:
    result = CliRunner().invoke(main, ["scor"])
    assert result.exit_code == 2
    assert "No such command 'scor'. (Did you mean one of: 'doctor', 'score', 'scorecard'?)" in result.output


def loaded_by(program: str) -> set[str]:
    """The modules that a program has imported when it ends, in a separate interpreter."""
    program = f"import sys\n{program}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stderr.split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_command_line_itself_loads_nothing_that_takes_long(option: str) -> None:
    loaded = loaded_by(f"from compliance.cli import main\nmain([{option!r}], standalone_mode=False)")
    assert "compliance.cli" in loaded
    assert not HEAVY & loaded


def test_validating_editions_loads_neither_arithmetic_nor_workbooks() -> None:
    loaded = loaded_by("import compliance.commands.check")
    assert not (HEAVY - {"yaml", "babel"}) & loaded


@pytest.mark.parametrize("module", ["check", "authoring", "xlsform"])
def test_a_command_that_scores_nothing_loads_no_engine_and_no_sentences(module: str) -> None:
    loaded = loaded_by(f"import compliance.commands.{module}")
    assert not {"compliance.scoring.score", "compliance.narrative", "compliance.statistics", "sqlalchemy"} & loaded


def test_scoring_a_file_loads_neither_workbooks_nor_statistics_nor_plans() -> None:
    loaded = loaded_by("import compliance.commands.score")
    assert not {"openpyxl", "xlsxwriter", "scipy", "compliance.statistics", "compliance.improvement"} & loaded


def test_a_command_on_answers_loads_neither_web_nor_database() -> None:
    of_installations = {
        "serve",
        "preview",
        "people",
        "export",
        "keeping",
        "trail",
        "retention",
        "doctor",
        "review",
        "questionnaire_import",
        "authoring",
    }
    modules = sorted({lazy.module for lazy in COMMANDS.values()} - of_installations)
    loaded = loaded_by("\n".join(f"import compliance.commands.{module}" for module in modules))
    assert not {"flask", "sqlalchemy", "pandas"} & loaded

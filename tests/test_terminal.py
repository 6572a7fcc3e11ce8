"""The screen: text is as wide as it is, whichever command speaks."""

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.commands.terminal import screen_width
from tests.test_explain_command import DEEDS


@pytest.mark.parametrize(("columns", "width"), [("20", 40), ("60", 60), ("80", 80), ("300", 100)])
def test_lines_are_as_wide_as_the_screen_within_what_can_be_read(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert screen_width() == width


@pytest.mark.parametrize("command", [["benchmark"], ["questions"], ["change", str(DEEDS)]])
def test_what_a_command_says_of_many_companies_is_as_wide_as_the_screen(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    name, *before = command
    result = CliRunner().invoke(main, [name, "child-protection-2026", *before, str(DEEDS)])
    assert result.exit_code == 0, result.output
    prose = [line for line in result.output.splitlines() if "  " not in line.strip()]  # a table parts its columns so
    assert len(prose) > 5
    assert max(map(len, prose)) <= 60

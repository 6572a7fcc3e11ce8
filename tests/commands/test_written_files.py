"""The tables that commands write for programs have the columns that the README of the commands says."""

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from tests.commands.test_explain_command import DEEDS
from tests.support.paths import ROOT

README = (ROOT / "compliance/commands/README.md").read_text(encoding="utf-8")
SECTION = README.split("\n### What they write\n")[1].split("\n## ")[0]
EDITION = "child-protection-2026"
COMPANY = ["--company", "Example Lodges 02"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("score", ["score", EDITION, "ANSWERS"]),
        ("explain", ["explain", EDITION, "ANSWERS", *COMPANY]),
        ("improve", ["improve", EDITION, "ANSWERS", *COMPANY]),
        ("improve --set", ["improve", EDITION, "ANSWERS", *COMPANY, "--set", "r02.text=sexual"]),
        ("benchmark", ["benchmark", EDITION, "ANSWERS", "--by", "sector", *COMPANY]),
        ("benchmark", ["benchmark", EDITION, "ANSWERS", "--by", "sector", "--draws", "100"]),
        ("questions", ["questions", EDITION, "ANSWERS"]),
        ("questions", ["questions", EDITION, "ANSWERS", "--second", "AGAIN"]),
        ("change", ["change", EDITION, "ANSWERS", "AGAIN", "--by", "sector"]),
    ],
)
def test_the_readme_names_every_column_in_order(line: str, command: list[str], tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    again.write_bytes(DEEDS.read_bytes())
    files = {"ANSWERS": str(DEEDS), "AGAIN": str(again)}
    out = tmp_path / "out.csv"
    result = CliRunner().invoke(main, [*(files.get(word, word) for word in command), "--out", str(out)])
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    described = next(row for row in SECTION.splitlines() if row.startswith(f"| `{line}` |")).split(" | ", 2)[2]
    named = [name for code in re.findall(r"`([a-z_,]+)`", described) for name in code.split(",")]
    columns = [column for column in rows[0] if column != "sector"]  # a label, which README names as such
    assert set(columns) <= set(named)
    assert [name for name in dict.fromkeys(named) if name in columns] == columns or "--second" in command
    if line == "benchmark":
        assert {row["figure"] for row in rows} <= set(re.findall(r"`([a-z_]+)`", SECTION))

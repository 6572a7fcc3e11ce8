"""The papers tell the truth: README names every room and setting, and `make help` every target."""

import re
import subprocess

from tests.support.paths import ROOT
from tests.support.source_files import python_files, source


def test_the_readme_opens_with_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    assert "make run" in first_screen
    assert "make test" in first_screen
    assert "children's law" in first_screen


def test_the_readme_draws_every_room() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (ROOT / "compliance").iterdir() if not path.name.startswith(("_", "."))}
    assert [room for room in sorted(rooms - {"py"}) if room not in readme] == []


def test_the_readme_names_every_setting_that_the_code_reads() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    read = {
        name
        for path in python_files("compliance", "tests")
        for name in re.findall(
            r"\b(?:environ(?:\.get\(|\[)|read_(?:setting|secret)\(|envvar=)\"([A-Z0-9_]+)\"", source(path)
        )
    }
    assert "ARTICLE34_REQUIRE_ALL" in read
    assert sorted(name for name in read if f"`{name}`" not in readme) == []


def test_make_help_lists_every_target_people_use() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"help", "run", "test", "check", "bench"} <= targets
    assert set(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE)) == targets

"""The papers tell the truth: README names every room and setting, and `make help` every target."""

import re
import subprocess
import tomllib

import pytest
import yaml

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


def test_the_citation_says_what_the_package_says() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == project["version"] and cited["title"] == project["description"]
    assert " AND ".join(cited["license"]) == project["license"] and cited["cff-version"] == "1.2.0"


@pytest.mark.parametrize(
    "name", ["README.md", "OPERATING.md", "SECURITY.md", "THREATS.md", "ASVS.md", "CONTRIBUTING.md"]
)
def test_a_paper_links_what_is_there(name: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert links
    for link in (link for link in links if not link.startswith("https://")):
        file, _, place = link.partition("#")
        path = ROOT / (file or name)
        assert path.exists(), link
        if place:
            titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], link


def test_make_help_lists_every_target_people_use() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"help", "run", "test", "check", "bench"} <= targets
    assert set(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE)) == targets

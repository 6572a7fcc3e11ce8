"""The documents are true and say each thing once. README names every room and setting, `make help` every target."""

import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.source_files import python_files, source

#: Sums worked out by hand, in which lines may be repeated.
SUMS = ROOT / "tests/data/golden"
#: Lines, and beginnings of bullets and table rows, that are no longer than this may be equal by chance.
ALIKE_BY_CHANCE = 40
#: The most characters of a line of text.
LONGEST_LINE = 132


def papers() -> list[Path]:
    """Return every Markdown file of the project except the sums."""
    folders = ("compliance", "questionnaires", "tests", "deploy")
    found = [*ROOT.glob("*.md"), *(path for folder in folders for path in (ROOT / folder).rglob("*.md"))]
    return sorted(path for path in found if not path.is_relative_to(SUMS))


def merge_damage(text: str) -> Iterator[str]:
    """Yield traces of a merge that kept both sides of a text: repetitions, halves of sentences, unwrapped lines."""
    before, in_code = "", False
    lines, starts = Counter[str](), Counter[str]()
    for line in text.splitlines():
        words = line.strip()
        if words.startswith("```"):
            in_code = not in_code
        if in_code or line.startswith("    "):
            before = ""
            continue
        if words.startswith("|"):
            starts[words[2:].partition(" |")[0]] += 1
            before = ""
            continue
        lines[words] += 1
        if words.startswith("- "):
            starts[words[: ALIKE_BY_CHANCE + 1]] += 1
        if before.endswith((".", ".)")) and re.match("[a-z]", words):
            yield f"half a sentence: {words}"
        if len(line) > LONGEST_LINE:
            yield f"not wrapped: {words}"
        before = words
    for kind, counted in (("twice", lines), ("begins alike", starts)):
        yield from (
            f"{kind}: {words}" for words, count in counted.items() if count > 1 and len(words) > ALIKE_BY_CHANCE
        )


@pytest.mark.parametrize("path", papers(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_says_each_thing_once_and_in_whole_sentences(path: Path) -> None:
    assert list(merge_damage(path.read_text(encoding="utf-8"))) == []


ALIKE = ["begins alike"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- one bullet of quite a few words, as there are\n" * 2, ["twice", *ALIKE]),
        ("- a bullet that begins like the next does: 1\n- a bullet that begins like the next does: 2", ALIKE),
        ("| a figure in a table, and what it is about | 1 |\n| a figure in a table, and what it is about | 2 |", ALIKE),
        ("The first sentence ends.\nof which only this is left\n", ["half a sentence"]),
        ("word " * 27, ["not wrapped"]),
        ("```\n" + "a line of code may be there more than once, or long\n" * 2 + "```\nShort.\nShort.\n", []),
    ],
)  # fmt: skip
def test_traces_of_a_careless_merge_in_a_document_are_found(text: str, found: list[str]) -> None:
    assert [fault.partition(":")[0] for fault in merge_damage(text)] == found


def test_the_readme_opens_with_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    assert "make run" in first_screen
    assert "make test" in first_screen
    assert "children's law" in first_screen


def test_the_readme_mentions_every_room() -> None:
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


def test_the_citation_agrees_with_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == project["version"] and cited["title"] == project["description"]
    assert " AND ".join(cited["license"]) == project["license"] and cited["cff-version"] == "1.2.0"


@pytest.mark.parametrize(
    "name", ["README.md", "OPERATING.md", "SECURITY.md", "THREATS.md", "ASVS.md", "CONTRIBUTING.md"]
)
def test_links_in_a_document_lead_to_existing_files_and_headings(name: str) -> None:
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

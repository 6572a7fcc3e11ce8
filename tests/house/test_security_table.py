"""ASVS.md is right: its files and tests exist, its counts are correct, and no requirement is missing."""

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from tests.support.paths import ROOT

TABLE = (ROOT / "ASVS.md").read_text(encoding="utf-8")
#: The number of requirements of each level in version 5.0.0 of the standard.
IN_THE_STANDARD = {"1": 70, "2": 183}


class Row(NamedTuple):
    """A requirement, and how it is met."""

    number: str
    level: str
    asks: str
    how: str
    test: str

    @property
    def state(self) -> str:
        """Whether the requirement is met: "gap", "does not apply" or "met"."""
        return next((state for state in ("gap", "does not apply") if self.how.startswith(f"{state}: ")), "met")


def rows() -> list[Row]:
    found = [re.split(r" \| ", line.strip("| ")) for line in TABLE.splitlines() if re.match(r"\| V\d", line)]
    assert {len(cells) for cells in found} == {5}
    return [Row(*cells) for cells in found]


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_requirement_of_both_levels_has_one_row_that_says_something() -> None:
    assert Counter(row.level for row in rows()) == IN_THE_STANDARD
    numbers = [tuple(map(int, row.number[1:].split("."))) for row in rows()]
    assert numbers == sorted(set(numbers))
    assert [row.number for row in rows() if not 1 <= len(row.asks.split()) <= 10 or len(row.how) < 10] == []


def test_every_file_and_document_named_in_the_table_exists() -> None:
    named = {name for row in rows() for name in re.findall(r"`([\w./-]+)`", row.how)}
    paths = {
        name
        for name in named
        if re.match(r"(compliance|deploy|templates|questionnaires)/|[\w-]+\.(md|txt|toml)$", name)
    }
    assert len(paths) > 50
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_every_section_named_in_the_table_exists() -> None:
    for row in rows():
        for paper, places in re.findall(r"`(OPERATING|THREATS)\.md`: ([^;|]+)", row.how):
            titles = re.findall(r"^## (.*)$", text_of(f"{paper}.md"), re.MULTILINE)
            said = re.sub(r" \(.*?\)|, with .*", "", places)
            assert [place for place in said.split(", ") if place.capitalize() not in titles] == [], row.number


def test_every_test_named_in_the_table_exists() -> None:
    missing = []
    for row in rows():
        for named in () if row.test == "—" else row.test.split("<br>"):
            found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", named)
            if not found or not (ROOT / found[1]).exists() or f"\ndef {found[2]}(" not in text_of(found[1]):
                missing.append((row.number, named))
    assert missing == []


def test_the_summary_counts_what_is_in_the_table() -> None:
    told = {
        name: tuple(map(int, counts))
        for name, *counts in re.findall(r"^\| ([a-z ,]+) \| (\d+) \| (\d+) \| (\d+) \|$", TABLE, re.M)
    }
    with_test = {row.number for row in rows() if row.state == "met" and row.test != "—"}
    kinds = {
        "met": lambda row: row.state == "met",
        "of these, with a test": lambda row: row.number in with_test,
        "gap": lambda row: row.state == "gap",
        "does not apply": lambda row: row.state == "does not apply",
        "all": lambda row: True,
    }
    counted = {}
    for name, fits in kinds.items():
        levels = Counter(row.level for row in rows() if fits(row))
        counted[name] = (levels["1"], levels["2"], levels.total())
    assert told == counted


def test_the_summary_lists_every_gap() -> None:
    listed = re.findall(r"^- (V[\d.]+) \(level (\d)\): (.*)$", TABLE, re.M)
    assert listed == [(row.number, row.level, row.asks) for row in rows() if row.state == "gap"]

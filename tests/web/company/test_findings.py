"""An answer that is a finding: pages say so wherever the answer is shown, without needing JavaScript."""

import io

import openpyxl
import pytest

from tests.support.page_lint import faults_of
from tests.support.rendering import words
from tests.support.sites import EDITIONS, Site, begin, save

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "flags"])
FINDING = "A rule punishes children. Change it."


def answer(site: Site, number: int, version: int, *chosen: str) -> None:
    fields = {"breach": list(chosen), "breach#version": str(version), "told": "yes", "told#version": str(version)}
    assert save(site, f"/assessments/{number}/rules", fields).status_code == 302


def read(site: Site, where: str) -> str:
    page = site.client("ana").get(where).text
    assert faults_of(page) == []
    return words(page)


def test_a_finding_is_shown_with_its_answer_on_every_page_and_disappears_with_it(sqlite_site: Site) -> None:
    site, number = sqlite_site, begin(sqlite_site)
    pages = [f"/assessments/{number}/{part}" for part in ("rules", "check", "scorecard?as=draft", "explain/rules")]
    answer(site, number, 0, "staff")
    for where in pages:
        assert FINDING not in read(site, where), where
    answer(site, number, 1, "staff", "punish")
    rules, check, scorecard, explained = (read(site, where) for where in pages)
    assert f"Finding: {FINDING}" in rules and f"Finding: {FINDING}" in explained
    assert "One finding" in check and FINDING in check
    assert "Findings These answers call for attention, whatever the score." in scorecard and FINDING in scorecard
    answer(site, number, 2, "staff")
    for where in pages:
        assert FINDING not in read(site, where), where


def test_the_workbook_lists_findings_below_the_gaps(sqlite_site: Site) -> None:
    site, number = sqlite_site, begin(sqlite_site)
    answer(site, number, 0, "punish")
    content = site.client("ana").get(f"/assessments/{number}/scorecard.xlsx?as=draft").data
    cells = [
        cell for row in openpyxl.load_workbook(io.BytesIO(content))["Gaps"].iter_rows(values_only=True) for cell in row
    ]
    at = cells.index("Findings")
    assert FINDING in cells[at:] and "Which consequences do your rules name?" in cells[at:]

"""The whole journey in Chromium, with JavaScript and without: a company answers, an auditor downloads the workbook, the
steward closes the year, and a visitor reads the page of the sector."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from compliance.questionnaire.edition import Edition
from tests.support.browsers import JAVASCRIPT, follow, register, sign_in, sign_out, visit
from tests.support.company_walk import answer_page, begin, describe_company
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import demonstrate
from tests.support.examples import SHARE, ways
from tests.support.sites import YEAR, Site

COMPANY = "Example Journeys 99"
MOST_PAGES = 20
#: How many boxes are ticked in each list: all, or in `make test` only the first.
BOXES = None if SHARE >= 1 else 1


@pytest.fixture
def site(sqlite_files: SqliteFolder, demonstrated_file: str, tmp_path: Path) -> Iterator[Site]:
    """The demonstration, whose year YEAR is still open."""
    site = demonstrate(sqlite_files.copy_of(demonstrated_file), tmp_path)
    yield site
    site.close()


def come_in(page: Page, email: str) -> None:
    """Sign in, and wait until that is done."""
    sign_in(page, email)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def leave(page: Page) -> None:
    """Sign out, and wait until that is done."""
    sign_out(page)
    expect(page.get_by_role("link", name="Your account")).to_be_visible()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).text_content() or ""


def a_company_answers_and_submits(page: Page, edition: Edition) -> str:
    """From registering to the scorecard and its workbook; returns the score it shows."""
    register(page, COMPANY, "Maya", "maya@example.org")
    begin(page)
    describe_company(page, edition, sector="travel", travel="yes", lodging="no")
    for _page in range(MOST_PAGES):
        if heading(page) == "Check your answers":
            break
        answer_page(page, BOXES)
        follow(page.get_by_role("button", name="Save and continue").last)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    page.get_by_label("Count us, and name us").check()
    page.get_by_label(f"Your role in {COMPANY}").fill("Head of compliance")
    page.get_by_label(f"I am authorised to answer for {COMPANY}").check()
    follow(page.get_by_role("button", name=f"Submit for {YEAR}"))
    expect(page.get_by_role("status")).to_contain_text("Your assessment is submitted.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    expect(page.get_by_text("Maya, Head of compliance").first).to_be_visible()
    follow(page.get_by_role("link", name="Read the scorecard"))
    expect(page.get_by_role("heading", level=1)).to_have_text(COMPANY)
    expect(page.locator(".big-score")).to_have_text(re.compile(r"^\d+$"))
    expect(page.get_by_text("No auditor has given a verdict yet.").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel with live formulas").click()
    assert download.value.suggested_filename == f"scorecard-{COMPANY.replace(' ', '_')}-{YEAR}.xlsx"
    return page.locator(".big-score").text_content() or ""


def the_steward_confirms_it_and_gives_it_to_an_auditor(page: Page) -> None:
    come_in(page, "steward@demo.example")
    follow(page.get_by_role("link", name="Companies to confirm"))
    case = page.get_by_role("article", name=COMPANY)
    case.get_by_label("Decision").select_option(label="Confirm")
    case.get_by_label("Reason").fill("Its web site names Maya.")
    follow(case.get_by_role("button", name="Decide"))
    follow(page.get_by_role("main").get_by_role("link", name="Steward"))
    follow(page.get_by_role("link", name="Submitted assessments, and who audits them"))
    page.get_by_label("Sector").select_option("travel")
    follow(page.get_by_role("button", name="Show"))
    page.get_by_label(COMPANY).check()
    page.locator("#auditor").select_option(label="Example Auditor")
    follow(page.get_by_role("button", name="Assign the ticked ones", exact=True))
    expect(page.get_by_role("status")).to_contain_text("1 assessment assigned.")
    leave(page)


def the_auditor_reads_it_and_takes_the_workbook(page: Page, score: str) -> None:
    come_in(page, "auditor@demo.example")
    page.get_by_label("Sector").select_option("travel")
    page.get_by_label("Period").select_option(str(YEAR))
    follow(page.get_by_role("button", name="Show"))
    row = page.get_by_role("row").filter(has_text=COMPANY)
    expect(row).to_contain_text(score)
    follow(row.get_by_role("link", name=COMPANY))
    requirements = page.get_by_role("region", name="Requirements by theme")
    follow(requirements.get_by_role("link", name="What the code says", exact=True))
    expect(page.get_by_text("Nobody who works for us buys, sells or harms a child.").first).to_be_visible()
    follow(page.get_by_role("link", name="All requirements"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Workbook with live formulas").click()
    book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()), data_only=True, read_only=True)
    assert COMPANY in {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    leave(page)


def the_steward_closes_the_year(page: Page) -> None:
    come_in(page, "steward@demo.example")
    follow(page.get_by_role("link", name=f"Preview what closing would publish {YEAR}"))
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    expect(page.get_by_text(COMPANY)).to_be_visible()
    page.get_by_label("I have checked this.").check()
    follow(page.get_by_role("button", name="Close and publish"))
    expect(page.get_by_role("status")).to_contain_text(f"The period {YEAR} is closed")
    leave(page)


def anybody_reads_the_sector(page: Page, score: str) -> None:
    page.goto("/")
    follow(page.get_by_role("link", name="See the sectors"))
    expect(page).to_have_title(f"Sectors {YEAR} · Article 34")
    follow(page.get_by_role("link", name="Travel and tours").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Travel and tours")
    named = page.get_by_role("row").filter(has_text=COMPANY).first
    expect(named).to_contain_text(score)
    with page.expect_download() as download:
        page.get_by_role("link", name="Every figure as CSV").click()
    assert COMPANY in Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("javascript", ways((True, False), False), ids=JAVASCRIPT.get)
def test_from_registering_to_the_sector_page(
    browser: Browser, address: str, edition: Edition, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        score = a_company_answers_and_submits(page, edition)
        leave(page)
        the_steward_confirms_it_and_gives_it_to_an_auditor(page)
        the_auditor_reads_it_and_takes_the_workbook(page, score)
        the_steward_closes_the_year(page)
        anybody_reads_the_sector(page, score)

"""The whole way in Chromium, with JavaScript and without: a company answers, an auditor takes the workbook, the
steward closes the year, and everybody reads the sector."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from compliance.questionnaire.loader import find_edition
from tests.support.browsers import browsing, follow, register, served, sign_in, sign_out, visit
from tests.support.demonstrations import demonstrate
from tests.support.sites import YEAR, Site
from tests.web.browser.test_company_browser import answer_page, begin, describe_company

COMPANY = "Example Journeys 99"
MOST_PAGES = 20
PAGES = {
    "": (
        "/",
        "/sectors",
        "/sectors/lodging",
        "/sectors/guards",
        "/method",
        "/method/reach",
        "/law",
        "/law/crc",
        "/privacy",
    ),
    "auditor": ("/audit", "/audit/7", "/audit/7/reach"),
    "steward": (
        "/steward",
        f"/steward/periods/{YEAR}/close",
        "/steward/assessments",
        "/steward/people",
        "/steward/people/add",
        "/steward/people/1",
        "/steward/organisations",
        "/steward/questions",
        "/steward/trail",
    ),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demonstration, whose year YEAR is still open."""
    site = demonstrate(f"sqlite:///{tmp_path / 'journey.db'}", tmp_path)
    yield site
    site.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as browser:
        yield browser


def come_in(page: Page, email: str) -> None:
    """Sign in, and wait until one is."""
    sign_in(page, email)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def leave(page: Page) -> None:
    """Sign out, and wait until one is."""
    sign_out(page)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).text_content() or ""


def a_company_answers_and_submits(page: Page) -> str:
    """From registering to the scorecard; returns the score it shows."""
    register(page, COMPANY, "Maya", "maya@example.org")
    begin(page)
    describe_company(page, find_edition("child-protection-2026"), sector="travel", travel="yes", lodging="no")
    for _page in range(MOST_PAGES):
        if heading(page) == "Check and submit":
            break
        answer_page(page)
    page.get_by_label("Count us, and name us").check()
    page.get_by_label(f"Your role in {COMPANY}").fill("Head of compliance")
    page.get_by_label(f"I am authorised to answer for {COMPANY}").check()
    follow(page.get_by_role("button", name=f"Submit for {YEAR}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(COMPANY)
    return page.locator(".big-score").text_content() or ""


def the_steward_gives_it_to_an_auditor(page: Page) -> None:
    come_in(page, "steward@demo.example")
    follow(page.get_by_role("link", name="Submitted assessments"))
    page.get_by_label("Sector").select_option("travel")
    follow(page.get_by_role("button", name="Show"))
    page.get_by_label(COMPANY).check()
    page.locator("#auditor").select_option(label="Example Auditor")
    follow(page.get_by_role("button", name="Give them the ticked"))
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
    follow(page.get_by_role("link", name="What the code says", exact=True))
    expect(page.get_by_text("Nobody who works for us buys, sells or harms a child.").first).to_be_visible()
    follow(page.get_by_role("link", name="All requirements"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Workbook with live formulas").click()
    book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()), data_only=True)
    assert COMPANY in {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    leave(page)


def the_steward_closes_the_year(page: Page) -> None:
    come_in(page, "steward@demo.example")
    follow(page.get_by_role("link", name=f"Look at what closing would publish {YEAR}"))
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    expect(page.get_by_text(COMPANY)).to_be_visible()
    page.get_by_label("I have looked at it.").check()
    follow(page.get_by_role("button", name="Close and publish"))
    expect(page.get_by_role("status")).to_contain_text(f"The period {YEAR} is closed")
    leave(page)


def anybody_reads_the_sector(page: Page, score: str) -> None:
    page.goto("/")
    follow(page.get_by_role("link", name="Open the sectors"))
    expect(page).to_have_title(f"Sectors {YEAR} · Article 34")
    follow(page.get_by_role("link", name="Travel and tours").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Travel and tours")
    named = page.get_by_role("row").filter(has_text=COMPANY).first
    expect(named).to_contain_text(score)
    with page.expect_download() as download:
        page.get_by_role("link", name="Every figure as CSV").click()
    assert COMPANY in Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_registering_to_the_sector_page(site: Site, browser: Browser, javascript: bool) -> None:
    with served(site) as address, visit(browser, address, javascript=javascript) as page:
        score = a_company_answers_and_submits(page)
        leave(page)
        the_steward_gives_it_to_an_auditor(page)
        the_auditor_reads_it_and_takes_the_workbook(page, score)
        the_steward_closes_the_year(page)
        anybody_reads_the_sector(page, score)


def test_no_public_page_scrolls_sideways(site: Site, browser: Browser) -> None:
    addresses = ("/", "/sectors", "/sectors/lodging", "/method", "/method/reach", "/law", "/law/crc", "/contact")
    wide = []
    with served(site) as start:
        for width in (320, 360, 1280):
            with visit(browser, start, javascript=False, width=width) as page:
                for address in addresses:
                    page.goto(address)
                    if page.evaluate("document.documentElement.scrollWidth") > width:
                        wide.append((address, width))
    assert wide == []


def test_the_accessibility_checker_finds_nothing(site: Site, browser: Browser) -> None:
    found = {}
    with served(site) as start, visit(browser, start, javascript=True) as page:
        for who, addresses in PAGES.items():
            if who:
                come_in(page, f"{who}@demo.example")
            for address in addresses:
                page.goto(address)
                violations = Axe().run(page).response["violations"]
                found |= {(address, v["id"]): v["nodes"][0]["html"] for v in violations}
            if who:
                leave(page)
    assert found == {}

"""The printed board view, in English and Arabic: one page with the scores, and a second one if there are gaps."""

import re
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers import served, take_session, visit
from tests.support.examples import sampled
from tests.support.sites import YEAR, Site, post


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration, whose company has two assessments submitted and one begun."""
    return demonstration


def pages_on_paper(page: Page, where: str) -> int:
    """How many A4 sheets a page takes when printed."""
    answer = page.goto(where)
    assert answer is not None and answer.ok, where
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))


def test_the_board_view_fits_on_two_pages_of_a4(browser: Browser, site: Site) -> None:
    client = site.client("company")
    numbers = sorted(set(re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)))
    assert len(numbers) == 3
    with served(site) as address, visit(browser, address, javascript=False) as page:
        take_session(page, site.client("company"))
        for language, number in sampled(product(("", "/ar"), numbers)):
            where = f"{language}/assessments/{number}/board"
            assert pages_on_paper(page, where) == 2, where
            packed = client.get(where, headers={"Accept-Encoding": "gzip"})
            assert len(packed.data) < 15_000, where


def test_without_gaps_the_board_view_fits_on_one_page(browser: Browser, sqlite_site: Site, sqlite_address: str) -> None:
    begun = post(sqlite_site.client("ana"), "/assessments", year=YEAR).headers["Location"].removesuffix("/start")
    with visit(browser, sqlite_address, javascript=False) as page:
        take_session(page, sqlite_site.client("ana"))
        assert pages_on_paper(page, f"{begun}/board") == pages_on_paper(page, f"/ar{begun}/board") == 1

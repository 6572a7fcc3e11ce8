"""Pages of sectors on paper: the brief is one sheet in every language, and no sheet but the last is a third empty."""

import re
from itertools import product

import numpy as np
import pypdfium2
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from compliance.disclosure.snapshot import PublishedSnapshot
from tests.support.browsers import served, visit
from tests.support.demonstrations import CLOSED
from tests.support.examples import sampled
from tests.support.published import published_snapshot
from tests.support.sites import Site
from tests.web.public.test_public_pages import text_of

LANGUAGES = ("", "/fr", "/es", "/ar")
#: Which part of a sheet may stay blank below the last thing printed on it, with the lower margin of 0.04.
MOST_EMPTY = 1 / 3


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration."""
    return demonstration


@pytest.fixture(scope="module")
def snapshot(site: Site) -> PublishedSnapshot:
    """The figures that the demonstration published last."""
    with site.store() as session:
        return published_snapshot(session, CLOSED)


@pytest.fixture(scope="module")
def shown(snapshot: PublishedSnapshot) -> list[str]:
    """The sectors that have figures."""
    return [group.sector for group in snapshot.sectors if group.shows_scores]


def empty_parts(page: Page, where: str) -> list[float]:
    """For each A4 sheet that a page takes, the part of it below the last thing printed on it."""
    answer = page.goto(where)
    assert answer is not None and answer.ok, where
    sheets = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    return [empty_part(np.asarray(sheet.render(scale=0.5, grayscale=True).to_pil())) for sheet in sheets]


def empty_part(picture: np.ndarray) -> float:
    printed = np.flatnonzero((picture < 250).any(axis=1))
    return float(1 - (printed.max(initial=-1) + 1) / picture.shape[0])


def test_the_brief_of_a_sector_is_one_sheet_in_every_language(browser: Browser, site: Site, shown: list[str]) -> None:
    with served(site) as address, visit(browser, address, javascript=False) as page:
        for language, sector in sampled(product(LANGUAGES, shown)):
            assert len(empty_parts(page, f"{language}/sectors/{sector}/brief")) == 1, (language, sector)


def test_no_sheet_of_a_sector_but_the_last_is_a_third_empty(browser: Browser, site: Site, shown: list[str]) -> None:
    with served(site) as address, visit(browser, address, javascript=False) as page:
        for language, where in sampled(
            product(("", "/ar"), (*(f"/{sector}" for sector in shown), "", "/requirements"))
        ):
            parts = empty_parts(page, f"{language}/sectors{where}")
            assert all(part < MOST_EMPTY for part in parts[:-1]), (language, where, parts)


def test_nothing_is_printed_beyond_the_edge_of_the_sheet(browser: Browser, site: Site) -> None:
    """Two charts beside each other, each with a table of eight columns, once lay over each other and were cut off."""
    with served(site) as address, visit(browser, address, javascript=False) as page:
        page.goto("/sectors/lodging")
        sheets = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
        for sheet in sheets:
            picture = np.asarray(sheet.render(scale=0.5, grayscale=True).to_pil())
            assert (picture[:, -8:] > 250).all(), "the margin is white"


# ── The content of the brief


def words(client: FlaskClient, where: str) -> str:
    return " ".join(text_of(client.get(where).text).split())


def test_the_brief_says_what_the_page_of_the_sector_says(site: Site, shown: list[str]) -> None:
    client = site.client()
    for sector in shown:
        brief, page = words(client, f"/sectors/{sector}/brief"), words(client, f"/sectors/{sector}")
        listed = client.get(f"/sectors/{sector}/brief").text
        finding = re.search(r"<h1>(.*?)</h1>", listed)
        assert finding and text_of(finding[1]).strip() in page
        for row in re.findall(r"<li>(.*?): <b>(.*?)</b></li>", listed):
            title, how_many = (text_of(part).strip() for part in row)
            assert title in page and how_many in page, row
        assert "Cite this page" in brief and f"/sectors/{sector}?period={CLOSED}" in brief
        assert "not a finding of wrongdoing" in brief or "None of this is a finding of wrongdoing" in brief


def test_requirements_that_the_brief_lists_as_missing_are_proven_to_be_met_by_fewer_than_half(
    site: Site, shown: list[str]
) -> None:
    client, rows = site.client(), 0
    for sector in shown:
        for how_many in re.findall(r"<li>[^<]*: <b>(.*?)</b></li>", client.get(f"/sectors/{sector}/brief").text):
            count = re.match(r"(?:fewer than (5)|(\d+)) of (\d+)", text_of(how_many).strip())
            assert count is not None, how_many
            most = int(count[1]) - 1 if count[1] else int(count[2])
            assert 2 * most < int(count[3])
            rows += 1
    assert rows > 5


def test_a_sector_without_figures_has_no_brief(site: Site, snapshot: PublishedSnapshot) -> None:
    [small] = [group.sector for group in snapshot.sectors if not group.shows_scores]
    assert site.client().get(f"/sectors/{small}/brief").status_code == 404
    assert "/brief" not in site.client().get(f"/sectors/{small}").text

"""A public list of invited companies in Chromium: imported by the steward, and then read on the page of its sector."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers import JAVASCRIPT, follow, take_session, visit
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import demonstrate
from tests.support.examples import ways
from tests.support.sites import YEAR, Site

LIST = "Coach operators"


@pytest.fixture
def site(sqlite_files: SqliteFolder, demonstrated_file: str, tmp_path: Path) -> Iterator[Site]:
    """The demonstration, whose year YEAR is still open."""
    site = demonstrate(sqlite_files.copy_of(demonstrated_file), tmp_path)
    yield site
    site.close()


def the_steward_imports_a_public_list(page: Page) -> None:
    """Preview the list in the guessed encoding, and import it: eleven of its companies are registered, four are not."""
    names = [
        *(f"Example Coaches {number:02}" for number in range(1, 12)),
        "Müller Busse",
        "Reisen Süd",
        "Ligne Été",
        "Rápido",
    ]
    text = "Firma;Name;Land;Country\n" + "".join(f";{name};;DEU\n" for name in names)
    follow(page.get_by_role("link", name="Invited companies, and which of them answered"))
    follow(page.get_by_role("link", name="Import a list"))
    page.get_by_label("File").set_input_files(
        {"name": "coaches.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    )
    page.get_by_label("Name of the list").fill(LIST)
    page.get_by_label("Sector of all companies on it").select_option("transport")
    page.get_by_label("The list is public").check()
    page.get_by_label("The companies were invited publicly").check()
    follow(page.get_by_role("button", name="Preview the list"))
    expect(page.get_by_text("Read as Windows-1252; first names: Example Coaches 01")).to_be_visible()
    expect(page.get_by_text("Columns that are not read: Firma, Land.")).to_be_visible()
    follow(page.get_by_role("button", name="Import this list"))
    expect(page.get_by_role("heading", level=1)).to_have_text(LIST)


def the_steward_closes_the_year(page: Page) -> None:
    page.goto(f"/steward/periods/{YEAR}/close")
    expect(page.get_by_text(f"companies on the list “{LIST}”")).to_be_visible()
    page.get_by_label(f"Close {YEAR} and publish").check()
    follow(page.get_by_role("button", name="Close and publish"))


@pytest.mark.parametrize("javascript", ways((True, False), False), ids=JAVASCRIPT.get)
def test_an_imported_list_becomes_participation_on_the_page_of_its_sector(
    browser: Browser, address: str, site: Site, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("steward"))
        page.goto("/steward")
        the_steward_imports_a_public_list(page)
        the_steward_closes_the_year(page)
    with visit(browser, address, javascript=javascript, width=360) as page:
        page.goto("/sectors/transport")
        expect(page.get_by_role("heading", name="15 invited companies are silent")).to_be_visible()
        page.get_by_text("Companies that were invited publicly and did not answer").click()
        expect(page.get_by_text("Müller Busse", exact=True)).to_be_visible()
        page.goto("/ar/sectors/transport")
        expect(page.get_by_role("heading", name="من الشركات المدعوة صامتة")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")

"""A table of questions of places in a real browser: filled in with JavaScript and without, narrow, right to left."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browsers import JAVASCRIPT, follow, take_session, visit
from tests.support.examples import ways
from tests.support.sites import Site, begin, kept, save
from tests.web.browser.test_autosave_browser import saved
from tests.web.browser.test_kinds_of_pages import too_wide, wrong_with

pytestmark = pytest.mark.site(EDITIONS=None, TESTING=False)
TRIED, AGREED, PRACTISED = "r44.practice.b", "r45.practice.b", "r47.practice.b"


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A company of 50 people in four countries, of which two are priority countries."""
    number = begin(sqlite_site)
    fields = {"profile.size#version": "0", "profile.size": "50-249", "about.operations#version": "0"}
    save(sqlite_site, f"/assessments/{number}/profile", fields | {"about.operations": ["BRA", "FRA", "KHM", "LBN"]})
    return sqlite_site


@contextmanager
def at_the_table(
    browser: Browser, address: str, site: Site, *, language: str = "", javascript: bool = True, width: int = 1280
) -> Iterator[Page]:
    """The page with the table, for Ana, who has signed in."""
    with visit(browser, address, javascript=javascript, width=width) as page:
        take_session(page, site.client("ana"))
        page.goto(f"{language}/assessments/1/response")
        yield page


def box(page: Page, question: str, value: str) -> Locator:
    return page.locator(f'#table-contacts input[name="{question}"][value="{value}"]')


@pytest.mark.parametrize("language", ways(("", "/ar"), "/ar"), ids={"": "en", "/ar": "ar"}.get)
def test_nothing_is_wider_than_a_narrow_screen_and_axe_finds_nothing(
    browser: Browser, address: str, site: Site, language: str
) -> None:
    save(site, "/assessments/1/response", {f"{TRIED}#version": "0", TRIED: ["none", "BRA"]})
    with at_the_table(browser, address, site, language=language) as page:
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language else "ltr")
        assert list(wrong_with(page, (1280, 360, 320))) == []


@pytest.mark.parametrize(
    ("language", "width"), [("", 320), ("", 360), ("/ar", 320)], ids=["en 320", "en 360", "ar 320"]
)
def test_the_table_scrolls_in_its_own_box_beside_its_countries(
    browser: Browser, address: str, site: Site, language: str, width: int
) -> None:
    with at_the_table(browser, address, site, language=language, width=width) as page:
        around = page.locator("#table-contacts .scrollable")
        country = page.locator("#table-contacts tbody th").first
        last = box(page, PRACTISED, "BRA")
        before = country.bounding_box()
        last.scroll_into_view_if_needed()
        now, shown, frame = country.bounding_box(), last.bounding_box(), around.bounding_box()
        assert before and now and shown and frame
        assert abs(now["x"] - before["x"]) < 3, "the countries stay"
        assert frame["x"] >= 0 and frame["x"] + frame["width"] <= width
        assert shown["x"] >= frame["x"] and shown["x"] + shown["width"] <= frame["x"] + frame["width"]
        assert (shown["x"] > now["x"]) == (not language), "right to left in Arabic"


@pytest.mark.parametrize("javascript", ways((True, False), False), ids=JAVASCRIPT.get)
def test_checkboxes_are_found_by_column_and_row_and_saved_by_the_button(
    browser: Browser, address: str, site: Site, javascript: bool
) -> None:
    with at_the_table(browser, address, site, javascript=javascript, width=360) as page:
        grid = page.get_by_role("table", name="Readiness by country")
        assert [each.inner_text() for each in grid.get_by_role("columnheader").all()][1:] == [
            "Authority’s number tried", "Second contact agreed", "Response practised",
        ]  # fmt: skip
        assert grid.get_by_role("rowheader").count() == 7
        grid.get_by_role("checkbox", name="Authority’s number tried: Brazil").check()
        grid.get_by_role("checkbox", name="Second contact agreed: In none of them").check()
        grid.get_by_role("checkbox", name="Response practised: A date is set for the next check").focus()
        page.keyboard.press("Space")
        for place in ("Brazil", "Cambodia", "France", "Lebanon"):
            grid.get_by_role("checkbox", name=f"Response practised: {place}").check()
        follow(page.get_by_role("button", name="Save and continue").last)
        page.goto("/assessments/1/response")
        expect(box(page, TRIED, "BRA")).to_be_checked()
        expect(page.locator(f'[id="at-{TRIED}"]')).to_contain_text("In 1 of your 4 countries")
    answers = kept(site, 1)
    assert (answers[TRIED], answers[AGREED], answers[PRACTISED]) == ("BRA", "none", "BRA|FRA|KHM|LBN|+dated")


def test_a_checkbox_is_saved_when_it_is_ticked_and_a_mistake_is_shown_above_the_table(
    browser: Browser, address: str, site: Site
) -> None:
    with at_the_table(browser, address, site) as page:
        box(page, AGREED, "FRA").check()
        saved(page)
        assert kept(site, 1)[AGREED] == "FRA"
        box(page, AGREED, "none").check()
        note = page.locator(f'[id="q-{AGREED}-err"]')
        expect(note).to_have_text(re.compile("^Second contact agreed: Choose from the list."))
        assert page.locator("#table-contacts table").locator(note).count() == 0
        expect(page.locator("#table-contacts fieldset")).to_have_attribute("aria-describedby", f"q-{AGREED}-err")
        box(page, AGREED, "FRA").uncheck()
        expect(note).to_have_count(0)
        saved(page)
    assert kept(site, 1)[AGREED] == "none"


@pytest.mark.parametrize("javascript", ways((True, False), True), ids=JAVASCRIPT.get)
def test_a_mistake_that_was_sent_leads_to_its_column(
    browser: Browser, address: str, site: Site, javascript: bool
) -> None:
    with at_the_table(browser, address, site, javascript=javascript, width=320) as page:
        box(page, TRIED, "none").check()
        box(page, TRIED, "KHM").check()
        follow(page.get_by_role("button", name="Save and stop here"))
        expect(page).to_have_title(re.compile("^Error: "))
        page.locator("#errors a", has_text="Authority’s number tried").click()
        expect(box(page, TRIED, "BRA")).to_be_focused()
        expect(box(page, TRIED, "KHM")).to_be_checked()
        expect(box(page, TRIED, "KHM")).to_have_attribute("aria-invalid", "true")
        assert list(wrong_with(page, (320,)) if javascript else too_wide(page, (320,))) == []  # axe is a script

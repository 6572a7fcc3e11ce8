"""The pages of questions in a real browser: faults, unsaved text, the keyboard, groups.

The whole journey, from registering to the scorecard, is in test_journey.py.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browsers import follow, take_session, visit
from tests.support.sites import Site, begin, save_profile

pytestmark = pytest.mark.site(EDITIONS=None, TESTING=False)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site without answers."""
    return sqlite_site


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_fault_takes_the_focus_and_leads_to_its_field(
    browser: Browser, address: str, site: Site, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        number = start(page, site)
        # The journey does this in the browser.
        save_profile(site, number, size="50-249", sector="lodging", lodging="yes")
        page.goto(f"/assessments/{number}/sector")
        with_na = page.locator("section.question").filter(has=page.get_by_label("Does not apply to us"))
        with_na.first.get_by_label("Does not apply to us").check()
        follow(page.get_by_role("button", name="Save and continue").last)
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.locator("#errors")).to_be_focused()
        expect(page.locator("#errors")).to_contain_text("Everything you wrote is saved.")
        page.locator("#errors a").first.click()
        expect(page.locator("textarea:focus")).to_have_count(1)
        page.keyboard.type("We have no partners there.")
        follow(page.get_by_role("button", name="Save and continue").last)
        expect(page).not_to_have_title(re.compile("^Error: "))


def start(page: Page, site: Site) -> int:
    """Begin an assessment as Ana, and return its number."""
    take_session(page, site.client("ana"))
    return begin(site)


def test_evidence_that_was_typed_and_not_saved_is_not_lost_by_accident(
    browser: Browser, address: str, site: Site
) -> None:
    with visit(browser, address, javascript=True) as page:
        number = start(page, site)
        page.goto(f"/assessments/{number}/code")
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        first = page.locator("section.question").first
        first.get_by_role("radio").first.check()
        follow(page.get_by_role("link", name="Your questionnaire"))
        page.wait_for_url(f"**/assessments/{number}")
        assert asked == [], "an answer is saved as it is given"
        page.goto(f"/assessments/{number}/code")
        expect(first.get_by_role("radio").first).to_be_checked()
        first.get_by_text("Add evidence: from your library").click()
        first.get_by_label("Document", exact=True).press_sequentially("Code")
        expect(page.locator("#saved")).to_contain_text("Evidence is saved only when you press a button here.")
        follow(page.get_by_role("link", name="Your questionnaire"))
        page.wait_for_url(f"**/assessments/{number}")
        assert asked == ["beforeunload"]
        page.goto(f"/assessments/{number}/code")
        first.get_by_text("Add evidence: from your library").click()
        first.get_by_label("Document", exact=True).press_sequentially("Code")
        first.get_by_label("The sentence, word for word").fill("We obey.")
        follow(page.get_by_role("button", name="Save and stop here"))
        page.wait_for_url(f"**/assessments/{number}")
        assert asked == ["beforeunload"], "saving asks nothing"


def test_enter_in_a_field_saves_the_page(browser: Browser, address: str, site: Site) -> None:
    with visit(browser, address, javascript=False) as page:
        number = start(page, site)
        page.goto(f"/assessments/{number}/code")
        first = page.locator("section.question").first
        first.get_by_role("radio").first.check()
        first.get_by_text("Add evidence: from your library").click()
        with page.expect_navigation():
            first.get_by_label("Document", exact=True).press("Enter")
        page.goto(f"/assessments/{number}/code")
        expect(page.locator("section.question").first.get_by_role("radio").first).to_be_checked()


def test_questions_are_groups_with_a_name(browser: Browser, address: str, site: Site) -> None:
    with visit(browser, address, javascript=True) as page:
        page.goto(f"/assessments/{start(page, site)}/charge")
        radios = page.get_by_role("radio").all()
        assert radios
        for radio in radios:
            legend = radio.evaluate(
                "element => element.closest('fieldset')?.querySelector('legend')?.textContent ?? ''"
            )
            assert len(legend) > 20

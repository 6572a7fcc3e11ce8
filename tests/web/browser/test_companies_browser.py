"""A company registers twice, its colleague asks to join, the owner answers, and the steward confirms and merges.

In English and in Arabic, with JavaScript and without it: controls are found by their names in the form.
"""

from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from compliance import store
from tests.support.browsers import JAVASCRIPT, follow, take_session, visit
from tests.support.examples import ways
from tests.support.sites import PASSWORD, Site


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site with two companies."""
    return sqlite_site


def register(page: Page, code: str, organisation: str, name: str, email: str) -> None:
    page.goto(f"{code}/register")
    for field, value in {"organisation": organisation, "name": name, "email": email, "password": PASSWORD}.items():
        page.locator(f"input[name={field}]").fill(value)
    follow(page.locator("main form button"))


def answer_whether_it_is_here(page: Page, choice: str) -> None:
    expect(page.locator("#here")).to_be_visible()
    page.locator(f"input[name=same][value='{choice}']").check()
    page.locator("input[name=password]").fill(PASSWORD)
    follow(page.locator("main form button"))


def decide(page: Page, number: int, decision: str) -> None:
    form = page.locator(f"form[action$='/companies/{number}/decision']")
    form.locator("select").select_option(decision)
    form.locator("input[name=reason]").fill("Looked up.")
    follow(form.locator("button"))


@pytest.mark.parametrize(("code", "javascript"), ways(product(("", "/ar"), (True, False)), ("/ar", False)))
def test_a_twin_is_joined_or_merged_and_a_new_company_confirmed(
    browser: Browser, address: str, site: Site, code: str, javascript: bool
) -> None:
    here = site.people["ana"].organisation_id
    assert here is not None
    with visit(browser, address, javascript=javascript) as page:
        register(page, code, "Example Travel 1 Ltd", "Nia", "nia@gmail.example")
        answer_whether_it_is_here(page, str(here))
        expect(page.locator("form[action$='/account/requests']")).to_have_count(1)
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("ana"))
        page.goto(f"{code}/companies/{here}")
        follow(page.locator("button[name=do][value=accept]"))
        expect(page.get_by_role("main")).to_contain_text("nia@gmail.example")
    with visit(browser, address, javascript=javascript) as page:
        register(page, code, "Example Travel 1", "Kim", "kim@gmail.example")
        answer_whether_it_is_here(page, "another")
    with visit(browser, address, javascript=javascript) as page:
        register(page, code, "Example Ferries", "Lee", "lee@gmail.example")
    with site.store() as session:
        known = {one.name: one.id for one in store.companies(session)}
    twin, new = known["Example Travel 1"], known["Example Ferries"]
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("stella"))
        page.goto(f"{code}/steward/companies")
        decide(page, new, "confirmed")
        decide(page, twin, f"merge-{here}")
        expect(page.locator("article")).to_have_count(0)
    with site.store() as session:
        assert store.company(session, twin).merged_into == here
        assert store.company(session, new).status == "confirmed"
        assert {m.name for m in store.company_members(session, here)} == {"Ana", "Jon", "Nia", "Kim"}


@pytest.mark.parametrize("javascript", ways((True, False), True), ids=JAVASCRIPT.get)
def test_enter_adds_a_person_and_finds_companies_only_where_their_words_are_typed(
    browser: Browser, address: str, site: Site, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("stella"))
        page.goto("/steward/people/add")
        page.locator("input[name=name]").fill("Nils")
        page.locator("input[name=role][value=company]").check()
        page.locator("input[name=find_company]").fill("travel")
        press_enter(page, "find_company")
        expect(page.locator("input[name=name]")).to_have_value("Nils")
        expect(page.locator("#errors")).to_have_count(0)
        page.locator("select[name=organisation]").select_option(label="Example Travel 01")
        press_enter(page, "email")
        expect(page.locator("#errors")).to_contain_text("Enter an e-mail address.")  # it is the form that was sent
        page.locator("input[name=email]").fill("nils@example.org")
        press_enter(page, "email")
        expect(page.get_by_role("main")).to_contain_text("nils@example.org")
        expect(page.locator("input[name=find_company]")).to_have_count(0)


def press_enter(page: Page, field: str) -> None:
    with page.expect_navigation():
        page.locator(f"input[name={field}]").press("Enter")

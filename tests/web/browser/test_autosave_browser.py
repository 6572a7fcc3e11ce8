"""Answers are saved as they are given, kept while there is no connection, and sent when it is back; none is lost.

What the server does with them is in tests/web/company/test_autosave.py.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browsers import PATIENCE, follow, sign_out, take_session, visit
from tests.support.sites import Site, answers, begin, kept, save, send

#: What this device keeps for the tool.
KEPT = "Object.entries(localStorage).filter(([key]) => key.startsWith('article34:'))"


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site without answers."""
    return sqlite_site


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company."""
    return begin(site)


@contextmanager
def code_page(
    browser: Browser, address: str, site: Site, number: int, *, javascript: bool = True, before: str = ""
) -> Iterator[Page]:
    """A page of questions, for Ana, who has signed in. `before`: a script that runs before those of the page."""
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("ana"))
        if before:
            page.add_init_script(before)
        page.goto(f"/assessments/{number}/code")
        yield page


def question(page: Page, name: str) -> Locator:
    return page.locator(f'[id="at-{name}"]')


def option(page: Page, value: str, name: str = "r1.code") -> Locator:
    return page.locator(f'input[name="{name}"][value="{value}"]')


def said(page: Page) -> Locator:
    return page.locator("#saved")


def saved(page: Page) -> None:
    """Wait until everything given on this page is acknowledged."""
    expect(said(page)).to_have_text(re.compile(r"^\s*Saved \d\d:\d\d\.?\s*$"))
    nothing_kept(page)


def nothing_kept(page: Page) -> None:
    """Wait until nothing is kept on this device. The test polls, as the pages let no script of a test wait."""
    assert until(page, lambda: page.evaluate(KEPT) == []), page.evaluate(KEPT)


def until(page: Page, holds: Callable[[], bool]) -> bool:
    """Wait until something holds, while the page goes on. Return whether it does."""
    for _ in range(PATIENCE // 50):
        if holds():
            return True
        page.wait_for_timeout(50)
    return False


def test_each_answer_is_saved_as_it_is_given_and_the_save_button_then_causes_no_conflict(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        expect(said(page)).to_have_attribute("role", "status")
        option(page, "intent").check()
        saved(page)
        assert kept(site, number) == {"r1.code": "intent"}
        option(page, "silent").check()
        words = page.locator('[id="q-r2.words"]')
        words.fill("Nobody harms a child.")
        words.blur()
        nothing_kept(page)
        assert kept(site, number) == {"r1.code": "silent", "r2.words": "Nobody harms a child."}
        follow(page.get_by_role("button", name="Save and stop here"))
        page.wait_for_url(f"**/assessments/{number}")


def test_a_fault_is_shown_at_its_field_until_it_is_corrected(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    send(site, f"/assessments/{number}/code", r1__code="intent")
    with code_page(browser, address, site, number) as page:
        share = page.locator('[id="q-r1.practice"]')
        share.fill("forty")
        share.blur()
        expect(share).to_have_attribute("aria-invalid", "true")
        expect(page.locator('[id="q-r1.practice-err"]')).to_contain_text("Enter a number")
        expect(share).to_have_attribute("aria-describedby", re.compile("q-r1.practice-err"))
        expect(said(page)).to_contain_text("Some answers are not saved")
        option(page, "sale", "r2.code").check()
        option(page, "none", "r2.code").check()
        expect(page.locator('[id="q-r2.code-err"]')).to_contain_text("cannot be combined")
        option(page, "none", "r2.code").uncheck()
        share.fill("40")
        share.blur()
        saved(page)
        expect(page.locator(".error")).to_have_count(0)
        assert kept(site, number) == {"r1.code": "intent", "r1.practice": "40", "r2.code": "sale"}


def test_a_newer_answer_is_shown_and_not_overwritten(browser: Browser, address: str, site: Site, number: int) -> None:
    with code_page(browser, address, site, number) as page:
        send(site, f"/assessments/{number}/code", who="jon", r1__code="stricter")
        option(page, "intent").check()
        note = page.locator('[id="q-r1.code-err"]')
        expect(note).to_contain_text("Jon saved a different answer at")
        assert kept(site, number) == {"r1.code": "stricter"}
        follow(page.get_by_role("button", name="Save and continue").last)
        expect(page.locator("#errors")).to_contain_text("Jon saved a different answer at")
        expect(option(page, "intent")).to_be_checked()
        nothing_kept(page)
        page.goto(f"/assessments/{number}/code")
        option(page, "silent").check()
        saved(page)
        with page.context.expect_page() as opened:
            page.evaluate("window.open(location.href)")
        other = opened.value
        option(other, "stricter").check()
        saved(other)
        option(page, "intent").check()
        expect(note).to_contain_text("You saved a different answer at")
        page.on("dialog", lambda dialog: dialog.accept())
        follow(note.get_by_role("link", name="Show the saved answer"))
        page.reload()
        expect(option(page, "stricter")).to_be_checked()
        assert kept(site, number) == {"r1.code": "stricter"}


def test_without_a_connection_answers_are_kept_and_sent_once_it_is_back(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.context.set_offline(True)
        option(page, "intent").check()
        expect(said(page)).to_contain_text("Not saved yet: no connection. Your answers are kept on this device.")
        question(page, "r1.code").get_by_text("Add evidence: from your library").click()
        question(page, "r1.code").get_by_label("The sentence, word for word").fill("We obey.")
        question(page, "r1.code").get_by_label("Document", exact=True).fill("Code 2025")
        page.get_by_role("button", name="Save and continue").last.click()
        expect(said(page)).to_contain_text("Not saved yet: no connection.")
        expect(option(page, "intent")).to_be_checked()
        assert kept(site, number) == {}
        page.context.set_offline(False)
        saved(page)
        assert kept(site, number) == {"r1.code": "intent"}
        expect(question(page, "r1.code").get_by_label("Document", exact=True)).to_have_value("")
        page.reload()
        expect(question(page, "r1.code").locator("blockquote")).to_have_count(1)


def test_what_was_kept_is_sent_when_a_page_opens_again_and_never_over_a_newer_answer(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.context.clear_cookies()  # also refuses what Chromium sends after the page has been left
        option(page, "intent").check()
        words = page.locator('[id="q-r2.words"]')
        words.fill("written on a train")
        expect(said(page)).to_contain_text("you are signed out")
        page.goto("about:blank")  # so that nothing is sent yet
        take_session(page, site.client("ana"))
        send(site, f"/assessments/{number}/code", who="jon", r1__code="stricter")
        page.goto(f"/assessments/{number}/people")
        expect(said(page)).to_contain_text("Jon saved a different answer at")
        assert kept(site, number) == {"r1.code": "stricter", "r2.words": "written on a train"}
        follow(said(page).get_by_role("link", name="Open the question"))
        expect(option(page, "intent")).to_be_checked()
        expect(page.locator('[id="q-r1.code-err"]')).to_contain_text("Jon saved a different answer at")
        assert kept(site, number)["r1.code"] == "stricter"


def test_after_a_session_expires_answers_are_kept_until_the_person_signs_in_again(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.context.clear_cookies()
        option(page, "intent").check()
        expect(said(page)).to_contain_text("Not saved yet: you are signed out. Your answers are kept on this device.")
        assert kept(site, number) == {}
        follow(said(page).get_by_role("link", name="Sign in"))
        page.get_by_label("Your e-mail address").fill("ana@example.org")
        page.get_by_label("Your password").fill("correct horse battery")
        follow(page.get_by_role("main").get_by_role("button", name="Sign in"))
        saved(page)
        assert kept(site, number) == {"r1.code": "intent"}


def test_nobody_else_on_the_machine_gets_the_answers_kept_there(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.context.clear_cookies()
        option(page, "intent").check()
        expect(said(page)).to_contain_text("you are signed out")
        page.goto("about:blank")
        take_session(page, site.client("jon"))
        page.goto(f"/assessments/{number}/code")
        nothing_kept(page)
        assert kept(site, number) == {}, "the answer of one person is not saved by another"
        option(page, "silent").check()
        saved(page)
        page.evaluate("localStorage.setItem('article34:left/over', '{}')")
        sign_out(page)
        page.goto("/sign-in")
        assert page.evaluate(KEPT) == [], "signing out clears the device"


def test_signing_out_asks_before_it_deletes_what_is_not_saved(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.route("**/autosave", lambda route: route.abort())
        option(page, "intent").check()
        expect(said(page)).to_contain_text("no connection")
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.get_by_role("button", name="Sign out").click()
        assert len(asked) == 1 and "Signing out deletes them" in asked[0]
        assert len(page.evaluate(KEPT)) == 1


def test_a_browser_that_keeps_nothing_says_so(browser: Browser, address: str, site: Site, number: int) -> None:
    refused = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused') }})"
    with code_page(browser, address, site, number, before=refused) as page:
        page.context.set_offline(True)
        option(page, "intent").check()
        expect(said(page)).to_contain_text("Keep this page open: this browser does not keep your answers.")
        page.context.set_offline(False)
        expect(said(page)).to_contain_text(re.compile(r"^\s*Saved"))
        assert kept(site, number) == {"r1.code": "intent"}


def test_a_server_that_fails_is_named_and_what_it_refused_is_kept(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        page.route(
            "**/autosave", lambda route: route.fulfill(status=503, content_type="text/html", body="<h1>Down</h1>")
        )
        option(page, "intent").check()
        expect(said(page)).to_contain_text("Down. Your answers are kept on this device.")
        page.unroute("**/autosave")
        option(page, "silent").check()
        saved(page)
        assert kept(site, number) == {"r1.code": "silent"}


def test_a_save_on_a_slow_line_does_not_conflict_with_itself(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number) as page:
        held = []
        page.route("**/autosave", lambda route: held.append(route) if not held else route.continue_())
        option(page, "intent").check()
        option(page, "stricter").check()
        page.get_by_role("button", name="Save and stop here").click()
        assert page.url.endswith("/code")
        held[0].continue_()
        page.wait_for_url(f"**/assessments/{number}")
        assert kept(site, number) == {"r1.code": "stricter"}


# ── Without JavaScript


def click_twice(button: Locator, site: Site, number: int) -> None:
    """Click a button again while the server has the form of the first click, and let it answer both at once.

    Two quicker clicks would be one for the server, as Chromium drops a form that it has not sent yet. Chromium gives up
    the first page for the second, which Playwright may report as a failed navigation: wait for the address, therefore.
    """
    both, serve = threading.Barrier(2, timeout=PATIENCE / 1000), site.app.wsgi_app

    def serve_together(asked: Any, start_response: Any) -> Any:
        if asked["REQUEST_METHOD"] == "POST":
            both.wait()
        return serve(asked, start_response)

    with patch.object(site.app, "wsgi_app", serve_together):
        button.click(no_wait_after=True)
        assert until(button.page, lambda: both.n_waiting == 1)
        button.page.mouse.down(click_count=2)  # where the mouse is: a button would wait for the page of the first click
        button.page.mouse.up(click_count=2)
        expect(button.page).to_have_url(re.compile(f"/assessments/{number}$"))


def test_back_reload_and_double_click_neither_lose_nor_duplicate_anything(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with code_page(browser, address, site, number, javascript=False) as page:
        option(page, "intent").check()
        question(page, "r1.code").get_by_text("Add evidence: from your library").click()
        question(page, "r1.code").get_by_label("The sentence, word for word").fill("We obey.")
        question(page, "r1.code").get_by_label("Document", exact=True).fill("Code 2025")
        click_twice(page.get_by_role("button", name="Save and stop here"), site, number)
        page.go_back()
        page.reload()
        expect(option(page, "intent")).to_be_checked()
        expect(question(page, "r1.code").locator("blockquote")).to_have_count(1)
        follow(page.get_by_role("button", name="Save and stop here"))
        assert kept(site, number) == {"r1.code": "intent"}


def test_a_conflict_between_two_tabs_of_one_person_is_called_that(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    save(site, f"/assessments/{number}/code", answers(r1__code="intent"))
    with code_page(browser, address, site, number, javascript=False) as page:
        other = page.context.new_page()
        other.goto(page.url)
        for tab, value in ((other, "stricter"), (page, "silent")):
            option(tab, value).check()
            follow(tab.get_by_role("button", name="Save and stop here"))
        expect(page.locator("#errors")).to_contain_text("You saved a different answer at")
        expect(page.locator("#errors")).to_contain_text("in another tab")
        assert kept(site, number) == {"r1.code": "stricter"}

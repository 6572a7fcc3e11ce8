"""A real browser in front of a real server, with JavaScript or without."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import waitress
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from waitress.wasyncore import close_all

from compliance.web.serving import bind_listener
from tests.support.sites import PASSWORD, Site

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # no spare process for a next page, which most tests do not open
    "--js-flags=--no-opt,--no-maglev",  # pages close before optimised code pays: with axe, a tenth less CPU
)

#: What a case with JavaScript, and one without, is called.
JAVASCRIPT = {True: "with JavaScript", False: "without JavaScript"}

#: How many milliseconds a page, or an element of one, may take to appear: a busy machine is slow, not wrong.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve the site, and yield its address."""
    listener = bind_listener(0)
    sockets: dict[int, Any] = {}
    server = waitress.create_server(site.app, map=sockets, sockets=[listener], threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.task_dispatcher.shutdown()
        # Closed by the thread that polls these sockets, as it would fail on a closed one. It ends once there are none.
        server.trigger.pull_trigger(lambda: close_all(sockets, ignore_all=True))
        thread.join(10)
        assert not thread.is_alive(), "the server does not stop"


@contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """Start Chromium, and yield it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, address: str, *, javascript: bool, width: int = 1280) -> Iterator[Page]:
    """Yield a page of this width in a new browser context, without cookies."""
    context: BrowserContext = browser.new_context(
        base_url=address, java_script_enabled=javascript, viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def follow(control: Locator) -> None:
    """Click a control that leads to another page, and wait until that page has loaded.

    A bare click returns at once, so that what follows might still look at the old page, or at a new one that is empty.
    """
    with control.page.expect_navigation():
        control.click()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in through the form."""
    page.goto("/sign-in")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your password").fill(password)
    follow(page.get_by_role("main").get_by_role("button", name="Sign in"))


def take_session(page: Page, client: FlaskClient) -> None:
    """Take over the session of a client of the same site, for tests that are not about signing in."""
    name = client.application.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    at = {"domain": "127.0.0.1", "path": "/"}
    page.context.add_cookies([{"name": name, "value": cookie.value, "httpOnly": True, **at}])


def sign_out(page: Page) -> None:
    """Sign out from the account page, as public pages have no button for it."""
    page.goto("/account")
    follow(page.get_by_role("button", name="Sign out"))


def register(page: Page, organisation: str, name: str, email: str) -> None:
    """Register a company and its first member."""
    page.goto("/register")
    page.get_by_label("Name of the organisation").fill(organisation)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("A password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Register"))

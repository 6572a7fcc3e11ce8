"""A real browser before a real server: for the walks through the tool, with JavaScript and without it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import waitress
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from compliance.web.serving import listen
from tests.sites import PASSWORD, Site

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The site at an address of this machine."""
    listener = listen(0)
    server = waitress.create_server(site.app, sockets=[listener], threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.close()
        thread.join(10)


@contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, address: str, *, javascript: bool, width: int = 1280) -> Iterator[Page]:
    """A page of a browser that has never been here, as wide as said."""
    context: BrowserContext = browser.new_context(
        base_url=address, java_script_enabled=javascript, viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in as somebody."""
    page.goto("/sign-in")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    """Leave."""
    page.get_by_role("button", name="Sign out").click()


def register(page: Page, organisation: str, name: str, email: str) -> None:
    """Register a company and its first member."""
    page.goto("/register")
    page.get_by_label("Name of the organisation").fill(organisation)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()

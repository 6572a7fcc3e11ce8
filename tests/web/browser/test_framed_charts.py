"""Chromium shows a chart in a frame on another site, and opens the files of charts, without refusing anything."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.accessibility import violations
from tests.support.browsers import visit
from tests.support.demonstrations import CLOSED
from tests.support.examples import ways
from tests.support.sites import Site

SECTOR = f"/sectors/lodging?period={CLOSED}"


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration."""
    return demonstration


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """A page from another origin, on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_about: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def complaints(page: Page) -> list[str]:
    """Collect everything that the browser refuses or reports."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    return said


def test_the_code_to_copy_shows_the_chart_on_another_site_and_no_other_page_can_be_framed(
    site: Site, browser: Browser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.app.config, "ADDRESS", address)
    with visit(browser, address, javascript=True) as page:
        said = complaints(page)
        page.goto(SECTOR)
        assert page.locator("script[type='application/ld+json']").count() == 1
        copied = page.locator("textarea").first.input_value()
        finding = page.locator("#evid").inner_text()
        assert said == []
    itself = f"<iframe src='{address}{SECTOR}'></iframe>"
    with (
        another_site(f"<!doctype html><title>Another site</title>{copied}{itself}") as elsewhere,
        visit(browser, elsewhere, javascript=True) as page,
    ):
        said = complaints(page)
        page.goto("/")
        framed = page.frame_locator("iframe").first
        assert framed.locator("svg[role=img] > title").text_content() == finding
        width = framed.locator("svg").bounding_box()
        assert width is not None and width["width"] > 500
        assert framed.locator("a").get_attribute("href") == SECTOR
        refused = [words for words in said if "frame-ancestors" in words]
        assert len(refused) == 1 and "'none'" in refused[0]  # the page itself, not its chart
        assert refused == said


@pytest.mark.parametrize("prefix", ways(("", "/ar"), "/ar"))
def test_the_files_of_charts_open_in_a_browser(browser: Browser, address: str, prefix: str) -> None:
    with visit(browser, address, javascript=True) as page:
        said = complaints(page)
        for kind in (".svg", ".png", ""):
            page.goto(f"{prefix}/charts/{CLOSED}/lodging/evid{kind}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wide = page.evaluate(
            "[...document.querySelectorAll('svg text')].filter(text => {"
            " const box = text.getBBox(); return box.x < 0 || box.x + box.width > 1200 }).map(text => text.textContent)"
        )
        assert wide == [] and said == []
        found = violations(page)
        assert [fault["id"] for fault in found] == []

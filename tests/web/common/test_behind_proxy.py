"""On real sockets: what proxies say about a request is believed only of the proxies that the settings count."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
import waitress
from flask import request
from waitress import wasyncore

from compliance.web.access_control import public
from compliance.web.serving import bind_listener, proxy_options
from compliance.web.settings import make_secrets
from tests.support.databases import SqliteFolder
from tests.support.real_servers import Proxy, SocketBrowser, caddying, free_port, mailbox, proxying, serving
from tests.support.sites import PASSWORD, SALT, make_site

HOST = "figures.example.org"


# ── Which hops are trusted


@contextmanager
def listening(folder: Path, proxies: int) -> Iterator[SocketBrowser]:
    """An app that returns the client address, served as by `compliance serve` behind this number of proxies."""
    site = make_site(f"sqlite:///{folder / 'article34.db'}", folder, PROXIES=proxies)
    site.app.add_url_rule("/who", "who", public(lambda: f"{request.remote_addr} {request.scheme}"))
    listener, watched = bind_listener(0), dict[int, Any]()
    options = proxy_options(proxies)
    server: Any = waitress.create_server(site.app, map=watched, sockets=[listener], threads=1, **options)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield SocketBrowser(listener.getsockname()[1], "localhost")
    finally:
        with suppress(
            OSError
        ):  # a worker thread may have woken the server already, which then closes everything at once
            server.trigger.pull_trigger(lambda: wasyncore.close_all(watched))
        thread.join(30)
        site.close()


CHAINS = {
    "no header": ("", "127.0.0.1", "127.0.0.1", "127.0.0.1"),
    "one hop": ("203.0.113.1", "127.0.0.1", "203.0.113.1", "203.0.113.1"),
    "one forged": ("10.0.0.1, 203.0.113.1", "127.0.0.1", "203.0.113.1", "10.0.0.1"),
    "two forged": ("10.9.9.9, 10.0.0.1, 203.0.113.1", "127.0.0.1", "203.0.113.1", "10.0.0.1"),
    "IPv6": ("2001:db8::1", "127.0.0.1", "2001:db8::1", "2001:db8::1"),
}


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_exactly_as_many_hops_are_trusted_as_there_are_proxies(tmp_path: Path, proxies: int) -> None:
    with listening(tmp_path, proxies) as browser:
        for name, (forwarded, *expected) in CHAINS.items():
            headers = {"X-Forwarded-For": forwarded} if forwarded else {}
            assert browser.ask("/who", **headers).text == f"{expected[proxies]} http", name
        scheme = browser.ask("/who", **{"X-Forwarded-Proto": "https"}).text.split()[1]
        assert scheme == ("https" if proxies else "http")
        for never in ("X-Forwarded-Host", "Forwarded", "X-Real-IP", "X-Forwarded-Port"):
            assert browser.ask("/who", **{never: "evil.example"}).text == "127.0.0.1 http", never


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_other_servers_trust_the_same_hops(sqlite_url: str, tmp_path: Path, proxies: int) -> None:
    site = make_site(sqlite_url, tmp_path, PROXIES=proxies)
    site.app.add_url_rule("/who", "who", public(lambda: str(request.remote_addr)))
    forged = {"X-Forwarded-For": "10.9.9.9, 10.0.0.1, 203.0.113.1"}
    assert site.client().get("/who", headers=forged).text == ("127.0.0.1", "203.0.113.1", "10.0.0.1")[proxies]
    site.close()


# ── Behind nginx


@dataclass(frozen=True)
class Installation:
    """The tool behind an nginx, sending its mails to a mailbox."""

    proxy: Proxy
    mails: "Queue[str]"
    access_log: Path
    upstream: int

    def browser(self, address: str, *, secure: bool = True, host: str = HOST) -> SocketBrowser:
        """A client with an IP address of its own."""
        port = self.proxy.secure if secure else self.proxy.plain
        return SocketBrowser(port, host, secure=secure, address=address)


@pytest.fixture(scope="module")
def installation(
    nginx: str, sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    folder, served = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("served")
    make_secrets(served, {})
    settings = {
        "DATABASE_URL": sqlite_files.copy_of(settled_sqlite_url),
        "SECURITY_PASSWORD_SALT": SALT,
        "ARTICLE34_ADDRESS": f"https://{HOST}",
        "ARTICLE34_PROXIES": "1",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_SENDER": "article34@example.org",
    }
    with (
        mailbox() as (port, mails),
        serving(served, **settings, MAIL_PORT=str(port)) as upstream,
        proxying(nginx, folder, upstream) as proxy,
    ):
        yield Installation(proxy, mails, folder / "access.log", upstream)


def sign_in(browser: SocketBrowser, password: str = PASSWORD, email: str = "ana@example.org") -> int:
    return browser.post("/sign-in", email=email, password=password).status


def test_twelve_correct_sign_ins_from_one_address_all_succeed(installation: Installation) -> None:
    assert [sign_in(installation.browser("127.0.1.1")) for _ in range(12)] == [302] * 12


def test_a_stranger_behind_the_proxy_locks_nobody_out_and_gains_nothing_by_a_forged_header(
    installation: Installation,
) -> None:
    stranger, codes = installation.browser("127.0.2.1"), []
    page = stranger.ask("/sign-in").text
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    for number in range(40):
        fields = {"csrf_token": token, "email": f"person{number}@example.org", "password": "guess"}
        codes.append(stranger.ask("/sign-in", fields, **{"X-Forwarded-For": f"203.0.113.{number}"}).status)
        if codes[-1] == 429:
            break
    assert codes[-1] == 429 and codes.count(200) >= 20
    assert sign_in(installation.browser("127.0.2.2")) == 302


def test_a_hundred_guesses_at_one_account_from_ten_addresses_are_slowed_down_and_its_owner_can_sign_in(
    installation: Installation,
) -> None:
    holder = installation.browser("127.0.7.99")
    assert sign_in(holder, email="jon@example.org") == 302
    del holder.cookies["__Host-article34"]
    strangers, codes = [installation.browser(f"127.0.7.{n}") for n in range(1, 11)], []
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', each.ask("/sign-in").text)[0] for each in strangers]
    for number in range(100):
        fields = {"csrf_token": tokens[number % 10], "email": "jon@example.org", "password": f"guess {number}"}
        codes.append(strangers[number % 10].ask("/sign-in", fields).status)
    assert set(codes) == {200, 429} and codes.count(429) > 80
    assert sign_in(holder, email="jon@example.org") == 302
    assert "jon@example.org" in holder.ask("/account").text


def test_a_reset_link_leads_to_the_installation_whatever_host_was_requested(installation: Installation) -> None:
    visitor = installation.browser("127.0.3.1")
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', visitor.ask("/account/forgotten").text)
    fields = {"csrf_token": token, "email": "stella@example.org"}
    poisoned = visitor.ask("/account/forgotten", fields, Host="evil.example")
    assert poisoned.status == 400 and "does not respond under that host name" in poisoned.text
    assert installation.mails.empty()
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert visitor.ask("/account/forgotten", fields, **forged).status == 200
    mail = installation.mails.get(timeout=60)
    assert f"https://{HOST}/account/forgotten/" in mail and "evil.example" not in mail


def test_over_https_cookies_stay_with_this_host_and_browsers_stay_with_https(installation: Installation) -> None:
    browser = installation.browser("127.0.4.1")
    assert sign_in(browser, email="olga@example.org") == 302
    assert {"__Host-article34", "__Host-article34_device"} <= set(browser.cookies)
    page = browser.ask("/account")
    assert page.status == 200 and page.header("Cache-Control") == "no-store"
    assert page.header("Strict-Transport-Security") == "max-age=31536000"
    assert f'href="https://{HOST}/law"' in browser.ask("/law").text


def test_a_copied_cookie_is_worthless_after_signing_out(installation: Installation) -> None:
    browser, thief = (installation.browser(address) for address in ("127.0.7.1", "127.0.7.2"))
    assert sign_in(browser, email="olga@example.org") == 302
    thief.cookies |= browser.cookies
    assert thief.ask("/account").status == 200
    [token, *_rest] = re.findall(r'name="csrf_token" value="([^"]+)"', browser.ask("/account").text)
    assert browser.ask("/sign-out", {"csrf_token": token}).status == 302
    assert thief.ask("/account").status == 302, "led to the page for signing in"


def test_the_proxy_logs_client_addresses_but_no_answers_of_the_quick_check(installation: Installation) -> None:
    visitor = installation.browser("127.0.6.1")
    for where in ("/quick/r/secret", "/fr/quick/r/secret", "/law"):
        visitor.ask(where)
    log = installation.access_log.read_text()
    assert "GET /law " in log and "secret" not in log


def test_health_can_be_checked_over_http_from_this_machine(installation: Installation) -> None:
    assert installation.browser("127.0.5.1", secure=False, host="localhost").ask("/").status == 200


def test_pages_for_operators_cannot_be_reached_from_outside(installation: Installation) -> None:
    visitor = installation.browser("127.0.8.1")
    for inside in ("/healthz", "/readyz", "/metrics"):
        assert visitor.ask(inside).status == 404, inside
    assert SocketBrowser(installation.upstream, "10.0.0.1").ask("/readyz").text == "ready\n"


def test_over_plain_http_pages_redirect_to_https_and_the_api_refuses(caddy: str, tmp_path: Path) -> None:
    with caddying(caddy, tmp_path, free_port()) as proxy:
        visitor = SocketBrowser(proxy.plain, "localhost")
        page = visitor.ask("/fr/law?at=4")
        assert page.status == 301 and dict(page.headers)["Location"] == "https://localhost/fr/law?at=4"
        for where in ("/api/v1/sectors", "/fr/api/v1/sectors", "/api/v1/"):
            refused = visitor.ask(where)
            assert (refused.status, refused.text) == (403, "Ask over https."), where
            assert "Location" not in dict(refused.headers)


def test_caddy_serves_the_tool_as_nginx_does(installation: Installation, caddy: str, tmp_path: Path) -> None:
    with caddying(caddy, tmp_path, installation.upstream) as proxy:
        browser = SocketBrowser(proxy.secure, "localhost", secure=True)
        assert browser.ask("/law").status == 200
        for inside in ("/healthz", "/readyz", "/metrics"):
            refused = browser.ask(inside)
            assert refused.status == 404 and refused.text == "", inside
        large = browser.ask("/sign-in", {"email": "x" * 500_000})
        assert large.status == 413 and "This is too large to be saved" in large.text

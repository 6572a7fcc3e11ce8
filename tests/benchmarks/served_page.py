"""A page of ten questions under the server of `compliance serve`: CPU of the server's process per request.

Run: python -m tests.benchmarks.served_page
The pages are those of `page_and_save`, ours and a straightforward one, compared with a plain response of as many bytes
and with the door alone (sign-in, access, token). Requests are sent one after the other, over one connection, from
another process.
"""

import os
import signal
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import psutil
from flask import Flask, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from compliance.web.database import store_engine
from compliance.web.serving import LOOPBACK, THREADS, bind_listener, freeze_garbage_collector, make_server
from tests.benchmarks.page_and_save import alternating, prepared
from tests.support.sites import Site

REQUESTS, ROUNDS = 100, 3


@dataclass(frozen=True)
class Answered:
    """A response."""

    status_code: int
    text: str


class Browser:
    """A signed-in client that keeps one connection open."""

    def __init__(self, port: int, cookie: str) -> None:
        self._connection = HTTPConnection(LOOPBACK, port)
        self._headers = {"Cookie": cookie, "Host": "localhost"}

    def get(self, address: str) -> Answered:
        return self._send("GET", address, None)

    def post(self, address: str, data: Mapping[str, str]) -> Answered:
        return self._send("POST", address, urlencode(data))

    def _send(self, method: str, address: str, body: str | None) -> Answered:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self._connection.request(method, address, body, {**self._headers, **form})
        response = self._connection.getresponse()
        return Answered(response.status, response.read().decode())

    def close(self) -> None:
        self._connection.close()


def cookie_of(site: Site) -> str:
    """Return the cookie of Ana's session."""
    client = site.client("ana")
    client.get("/account")
    name = site.app.config["SESSION_COOKIE_NAME"]
    found = client.get_cookie(name)
    assert found is not None
    return f"{name}={found.value}"


def serve_in_child(site: Site, empty: bytes) -> tuple[int, int]:
    """Serve the site in a child process, and return its process id and port."""
    bare = Flask("bare")
    bare.add_url_rule("/", "empty", lambda: Response(empty, mimetype="text/html"))
    both = DispatcherMiddleware(site.app.wsgi_app, {"/empty": bare})
    site.app.wsgi_app = both  # type: ignore[method-assign]
    listener = bind_listener(0, LOOPBACK, others=0)
    store_engine(site.app).dispose()
    child = os.fork()
    if not child:
        freeze_garbage_collector()
        make_server(site.app, listener, threads=THREADS).run()
        os._exit(0)
    return child, listener.getsockname()[1]


def milliseconds(process: psutil.Process, work: Callable[[], object]) -> float:
    """Return CPU milliseconds of the server per request, the least of some rounds."""
    rounds = []
    for _round in range(ROUNDS):
        before = process.cpu_times()
        for _request in range(REQUESTS):
            work()
        after = process.cpu_times()
        rounds.append((after.user - before.user + after.system - before.system) * 1000 / REQUESTS)
    return min(rounds)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        site, number = prepared(Path(folder))
        theme, plain = f"/assessments/{number}/theme", f"/plain/{number}"
        size, cookie = len(site.client("ana").get(theme).data), cookie_of(site)
        child, port = serve_in_child(site, b"x" * size)
        try:
            with closing(Browser(port, cookie)) as browser:
                measure(psutil.Process(child), browser, theme, plain)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        site.close()


def measure(process: psutil.Process, browser: Browser, theme: str, plain: str) -> None:
    """Print the cost of each page."""
    cost: dict[str, float] = {}
    for address in ("/empty/", "/door", theme, plain):
        assert browser.get(address).status_code == 200, address
        cost[address] = milliseconds(process, partial(browser.get, address))
    empty, door, ours, theirs = cost.values()
    size = f"{len(browser.get(theme).text) / 1e3:.1f} kB"
    print(f"ten questions, {size}; CPU of the server in ms for each request, least of {ROUNDS} x {REQUESTS}")
    print(f"an answer of as many bytes {empty:.2f}, the door {door:.2f}")
    print(f"the page {ours:.2f}, {ours / empty:.1f} x the answer")
    print(f"a straightforward page {theirs:.2f}; the page takes {ours / theirs:.2f} of it")
    saves = [alternating(browser, address) for address in (theme, plain)]  # type: ignore[arg-type]
    ours, theirs = (milliseconds(process, save) for save in saves)
    print(f"a save of ten answers {ours:.2f}; straightforward {theirs:.2f}: {ours / theirs:.2f} of it")


if __name__ == "__main__":
    main()

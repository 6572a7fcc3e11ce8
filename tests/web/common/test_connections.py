"""On real sockets: clients that send slowly, or too much, do not keep others from being answered."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from threading import Thread
from typing import Any

import pytest
from waitress import wasyncore

from compliance.web.serving import LIMITS, ConnectionLimits, bind_listener, make_server
from compliance.web.settings import MAX_FORM_BYTES
from tests.support.real_servers import SocketBrowser
from tests.support.sites import Site

SHORT = ConnectionLimits(connections=40, idle=1, header=1, request=2, header_bytes=4_096, body_bytes=1_000_000)
ASKED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@contextmanager
def listening(site: Site, limits: ConnectionLimits) -> Iterator[int]:
    """The app, served as `compliance serve` does it, with these limits; gives its port."""
    listener = bind_listener(0)
    server: Any = make_server(site.app, listener, threads=2, limits=limits)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(
            OSError
        ):  # a worker thread may have woken the server already, which then closes everything at once
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(30)


@pytest.fixture
def port(sqlite_site: Site) -> Iterator[int]:
    with listening(sqlite_site, SHORT) as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def seconds_until_closed(port: int, first: bytes, then: bytes) -> float:
    """After how many seconds the server closes the connection of a client that sends only a little at a time."""
    began = time.monotonic()
    with closing(connected(port)) as slow:
        slow.sendall(first)
        slow.settimeout(0.2)
        while time.monotonic() - began < 30:
            try:
                if then:
                    slow.sendall(then)
                if slow.recv(1000) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


def answers(port: int) -> bool:
    return SocketBrowser(port, "localhost").ask("/healthz").text == "alive\n"


#: What slow clients send first, what they then send again and again, and how long they may.
SLOW = {
    "says nothing": (b"", b"", SHORT.idle),
    "stops in a header": (ASKED, b"", SHORT.idle),
    "sends a header line by line": (ASKED, b"X-A: b\r\n", SHORT.header),
    "sends a body by bytes": (
        ASKED.replace(b"GET", b"POST") + b"Content-Length: 9000\r\n\r\n",
        b"a",
        SHORT.request,
    ),
}


@pytest.mark.fault("a client sends slowly, or nothing", "any request", "it is disconnected")
def test_slow_clients_are_cut_off(port: int) -> None:
    with ThreadPoolExecutor(len(SLOW)) as clients:  # at the same time, as each waits for seconds
        waits = {who: clients.submit(seconds_until_closed, port, *sent) for who, (*sent, _allowed) in SLOW.items()}
    took = {who: (allowed, waits[who].result()) for who, (_first, _then, allowed) in SLOW.items()}
    assert {who: times for who, times in took.items() if not times[0] - 0.5 < times[1] < times[0] + 5} == {}
    assert answers(port)


def test_a_client_that_waits_between_requests_is_still_served(port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as kept:
        kept.connect()
        first = kept.sock
        for _ in range(4):
            kept.request("GET", "/healthz")
            assert kept.getresponse().read() == b"alive\n" and kept.sock is first
            time.sleep(SHORT.header / 3)


def test_half_open_connections_of_one_client_do_not_block_others(sqlite_site: Site) -> None:
    with listening(sqlite_site, LIMITS) as port, ExitStack() as crowd:
        for _ in range(150):
            crowd.enter_context(closing(connected(port))).sendall(b"GET / HTTP/1.1\r\nHo")
        began = time.monotonic()
        assert answers(port) and time.monotonic() - began < 10


def test_more_connections_than_are_allowed_wait_until_others_are_cut_off(port: int) -> None:
    with ExitStack() as crowd:
        for _ in range(SHORT.connections + 10):
            crowd.enter_context(closing(connected(port))).sendall(b"GET / HTTP/1.1\r\nHo")
        assert answers(port)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000000\r\n\r\n", b"413"),
        (b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
        (ASKED + b"X-Long: " + b"a" * 8_000 + b"\r\n\r\n", b"431"),
        (b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"400"),
    ],
    ids=["a huge body", "a body without end", "a huge header", "less than nothing"],
)
def test_a_request_that_is_too_large_is_refused_before_it_is_read(port: int, sent: bytes, status: bytes) -> None:
    with closing(connected(port)) as client:
        client.sendall(sent)
        assert client.recv(1000).split()[1] == status
    assert answers(port)


def test_a_form_that_is_too_large_is_refused_with_a_page(port: int) -> None:
    browser = SocketBrowser(port, "localhost")
    refused = browser.ask("/sign-in", {"email": "x" * (MAX_FORM_BYTES + 1)})
    assert refused.status == 413 and "This is too large to be saved" in refused.text


def test_every_file_that_a_page_takes_fits_into_a_request(sqlite_site: Site) -> None:
    views = sqlite_site.app.view_functions.values()
    largest = max(int(getattr(view, "article34_largest_file", 0)) for view in views)
    assert 1_000_000 < largest + MAX_FORM_BYTES < LIMITS.body_bytes

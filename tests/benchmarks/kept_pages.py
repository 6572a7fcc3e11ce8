"""Pages that are the same for everybody, under the real server, compared with a Flask page of as many bytes.

Both are served by waitress as in `compliance serve`, each in its own process. One client requests them in turns over
one connection, which waitress closes after a 304. CPU of the server per request is compared, summed over its threads.
Only the ratios mean something.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from compliance.web.serving import THREADS, bind_listener, freeze_garbage_collector, make_server
from tests.support.demonstrations import demonstrate, fill_once

ROUNDS, REPEATS = 7, 400
PAGES = ("/law", "/sectors/lodging", "/ar/sectors/lodging", "/privacy")
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = fill_once(Path(folder))
        print(f"CPU of the server per request in ms, least of {ROUNDS} rounds of {REPEATS}; Brotli, SQLite")
        with serving(lambda: demonstrate(url, Path(folder)).app) as ours:
            for page in PAGES:
                compare(ours, page)


def compare(ours: "Server", page: str) -> None:
    """Print a line: the page, a page of as many bytes, and a 304 for a client that has the page."""
    body, etag = ours.get(page, BROWSER)
    with serving(lambda: empty_app(body)) as plain:
        known = {**BROWSER, "If-None-Match": etag}
        asked = [(ours, page, BROWSER), (plain, "/", BROWSER), (ours, page, known)]
        rounds = [[server.cpu(where, headers) for server, where, headers in asked] for _ in range(ROUNDS)]
    kept, empty, not_modified = (1000 * min(each) for each in zip(*rounds, strict=True))
    print(
        f"{page}: {len(body):,} bytes, {kept:.2f}, an empty page of that size {empty:.2f}: {kept / empty:.1f} of it; "
        f"304 {not_modified:.2f}: {not_modified / empty:.1f}"
    )


def empty_app(body: bytes) -> Flask:
    """Return an app with one page, which returns these bytes."""
    app = Flask(__name__)
    app.config["PROXIES"] = 0
    app.add_url_rule("/", "page", lambda: body)
    return app


class Server:
    """A server in its own process, and a client of it."""

    def __init__(self, process: int, port: int) -> None:
        self.port = port
        self._process, self._client = process, HTTPConnection("127.0.0.1", port)

    def get(self, page: str, headers: dict[str, str]) -> tuple[bytes, str]:
        """Request a page, and return its body and ETag."""
        self._client.request("GET", page, headers=headers)
        response = self._client.getresponse()
        body = response.read()
        assert response.status in (200, 304), response.status
        return body, response.headers.get("ETag", "")

    def cpu(self, page: str, headers: dict[str, str]) -> float:
        """Return CPU seconds per request, averaged over REPEATS requests."""
        before = self.seconds()
        for _ in range(REPEATS):
            self.get(page, headers)
        return (self.seconds() - before) / REPEATS

    def seconds(self) -> float:
        """Return CPU seconds of the process so far, summed over its threads."""
        threads = Path(f"/proc/{self._process}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9


@contextmanager
def serving(make_app: Callable[[], Flask]) -> Iterator[Server]:
    """Serve an app with waitress, as `compliance serve` does, and yield the server."""
    listener = bind_listener(0)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(make_app, listener), daemon=True)
    process.start()
    assert process.pid is not None
    try:
        yield Server(process.pid, listener.getsockname()[1])
    finally:
        process.kill()
        process.join()
        listener.close()


def _serve(make_app: Callable[[], Flask], listener: object) -> None:
    server = make_server(make_app(), listener, threads=THREADS)  # type: ignore[arg-type]  # a socket
    freeze_garbage_collector()
    server.run()


if __name__ == "__main__":
    main()

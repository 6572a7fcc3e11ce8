"""Six people of a company who save at the same time, under the real server, compared with one of them alone.

Each saves answers to their own question, one after another, as fast as the server responds. There are no conflicts,
since each reads the stored version first. Rounds of one person and of six take turns, on SQLite. The worker that
computes scorecards after saves does not run.
"""

import itertools
import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from compliance.web.database import store_engine
from tests.benchmarks.kept_pages import Server, serving
from tests.benchmarks.page_and_save import EDITION, PARTS, QUESTION, QUESTIONS
from tests.support.sites import begin, make_site, settle, token

ROUNDS, SECONDS = 5, 3
OPTIONS = ("none", "planned", "some", "most", "all")


@dataclass(frozen=True)
class Person:
    """A person who saves answers to one question."""

    page: str
    headers: Mapping[str, str]
    token: str
    question: str
    database: Path
    assessment: int

    def save_until(self, end: float, server: Server) -> int:
        """Save answers until `end`, and return how many were saved."""
        client, saved = HTTPConnection("127.0.0.1", server.port), 0
        with sqlite3.connect(self.database) as rows:
            for option in itertools.cycle(OPTIONS):
                if time.monotonic() >= end:
                    return saved
                client.request("POST", self.page, self._form(option, self._version(rows)), dict(self.headers))
                response = client.getresponse()
                response.read()
                assert response.status == 302, response.status
                saved += 1
        raise AssertionError("options never end")

    def _version(self, rows: sqlite3.Connection) -> int:
        query = "SELECT version FROM answer WHERE assessment_id = ? AND question = ?"
        found = rows.execute(query, (self.assessment, self.question)).fetchone()
        return int(found[0]) if found else 0

    def _form(self, option: str, version: int) -> str:
        fields = {"csrf_token": self.token, self.question: option, f"{self.question}#version": version}
        return urlencode(fields | {f"{self.question}#{part}": "" for part in PARTS})


def main() -> None:
    """Measure and print."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, people_and_server(Path(folder)) as (people, server):
        together(people[:1], server, 1)
        rounds = [(together(people[:1], server), together(people, server)) for _ in range(ROUNDS)]
    (one, one_cpu), (six, six_cpu) = (
        map(statistics.median, zip(*each, strict=True)) for each in zip(*rounds, strict=True)
    )
    print(
        f"saves a second, median of {ROUNDS} rounds of {SECONDS} s: one client {one:.0f}, {len(people)} clients "
        f"{six:.0f}: {six / one:.2f} of it; CPU of the server per save {one_cpu * 1e3:.1f} and {six_cpu * 1e3:.1f} ms"
    )


def together(people: list[Person], server: Server, seconds: float = SECONDS) -> tuple[float, float]:
    """Let people save for some seconds. Return saves per second, and CPU seconds of the server per save."""
    began, cpu = time.monotonic(), server.seconds()
    with ThreadPoolExecutor(len(people)) as pool:
        saved = sum(pool.map(lambda person: person.save_until(began + seconds, server), people))
    return saved / (time.monotonic() - began), (server.seconds() - cpu) / saved


@contextmanager
def people_and_server(folder: Path) -> Iterator[tuple[list[Person], Server]]:
    """Serve a site, and yield six people in Ana's session, each with their own question, and the server."""
    edition, database = folder / "ten.yaml", folder / "article34.db"
    edition.write_text(EDITION + "".join(QUESTION.format(id=name) for name in QUESTIONS))
    site = settle(make_site(f"sqlite:///{database}", folder, EDITIONS=[edition], TESTING=False))
    number = begin(site)
    client, page = site.client("ana"), f"/assessments/{number}/theme"
    form = token(client.get(page).text)
    cookie = client.get_cookie("article34")
    assert cookie is not None
    headers = {"Cookie": f"{cookie.key}={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
    store_engine(site.app).dispose()
    people = [Person(page, headers, form, question, database, number) for question in QUESTIONS[:6]]
    with serving(lambda: site.app) as server:
        yield people, server


if __name__ == "__main__":
    main()

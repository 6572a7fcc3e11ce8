"""Many people who answer at once, as in the last week of a period: errors, lost answers, times, and the knee.

Each person has their own company, and repeats: open a page of questions, pause to think, save. `postgresql` is the
large set-up of `deploy/without_containers.py` (two web processes, PostgreSQL, Caddy with HTTPS), and `sqlite` is one
`compliance serve`. The first round has one person without pauses, for comparison, and the second has all of them. Then
short rounds with more and more people look for the knee, at which the 95th percentile of times is five times that of
one person. People, server and database share the processors of one machine, so the CPU of the people themselves is
printed too.
"""

import argparse
import os
import random
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from flask_security import hash_password
from sqlalchemy.orm import Session

from compliance import store
from compliance.web.settings import make_secrets
from tests.support.answering import QUESTION, AnsweringBrowser
from tests.support.large_setup import database_of, large_setup
from tests.support.real_servers import serving
from tests.support.sites import NOON, PASSWORD, SALT, YEAR, make_site

THINKING = 20.0  # seconds between a page and its save, in the mean
WORST = 5.0  # times the time of one person
EDITION = "child-protection-2026"


@dataclass
class Measured:
    """The requests of a round: seconds of each, by kind, errors, and lost answers."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "save": []})
    wrong: list[str] = field(default_factory=list)
    lost: int = 0

    def slow(self, kind: str) -> float:
        """Return the 95th percentile of the times of these requests, in seconds."""
        times = self.seconds[kind]
        return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else 0.0


@dataclass(frozen=True)
class Served:
    """A server with people in its database."""

    port: int
    secure: bool
    database: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["sqlite", "postgresql"], nargs="?", default="sqlite")
    parser.add_argument("people", type=int, nargs="?", default=5)
    parser.add_argument("minutes", type=float, nargs="?", default=0.25)
    parser.add_argument("--thinking", type=float, default=THINKING, help="seconds between a page and its save")
    parser.add_argument("--most", type=int, default=0, help="to find the knee, so many people at most")
    asked = parser.parse_args()
    with served(asked.kind, max(asked.people, asked.most)) as server:
        alone = answer_at_once(server, 1, seconds=20, thinking=0)
        report("one person, without pauses", alone, alone)
        report(
            f"{asked.people} people, {asked.thinking:g} s between page and save, {asked.minutes:g} minutes",
            answer_at_once(server, asked.people, seconds=asked.minutes * 60, thinking=asked.thinking),
            alone,
        )
        people = asked.people
        while people * 1.5 <= asked.most:
            people = round(people * 1.5)
            found = answer_at_once(server, people, seconds=60, thinking=asked.thinking)
            report(f"knee: {people} people", found, alone)
            if found.wrong or any(found.slow(kind) > WORST * alone.slow(kind) for kind in found.seconds):
                break


def report(what: str, found: Measured, alone: Measured) -> None:
    """Print the results of a round."""
    print(f"{what}: {len(found.wrong)} errors, {found.lost} answers lost")
    for kind, times in found.seconds.items():
        if times:
            ratio = found.slow(kind) / alone.slow(kind) if alone.slow(kind) else 0.0
            print(
                f"  {kind}: {len(times)} requests, median {statistics.median(times) * 1000:.0f} ms, "
                f"95 % below {found.slow(kind) * 1000:.0f} ms, {ratio:.1f} times one person"
            )
    for sentence in found.wrong[:5]:
        print(f"  {sentence}")


def answer_at_once(server: Served, people: int, *, seconds: float, thinking: float) -> Measured:
    """Let the first `people` answer for some seconds, and count saved answers that are not in the database as lost."""
    found, lock = Measured(), threading.Lock()
    ends = threading.Event()
    ready = threading.Barrier(people + 1)
    browsers = [AnsweringBrowser(server.port, secure=server.secure) for _ in range(people)]
    threads = [
        threading.Thread(target=_answer, args=(browser, number, found, lock, ready, ends, thinking))
        for number, browser in enumerate(browsers, 1)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    began, own = time.monotonic(), time.process_time()
    ends.wait(seconds)
    ends.set()
    for thread in threads:
        thread.join()
    share = (time.process_time() - own) / (time.monotonic() - began) / (os.cpu_count() or 1)
    print(f"  (the people themselves took {share:.1%} of the processors)")
    engine = store.open_database(server.database)
    with Session(engine) as session:
        for number, browser in enumerate(browsers, 1):
            if browser.acknowledged:
                kept = store.saved_answers(session, number)[QUESTION].text
                found.lost += kept not in (browser.acknowledged[-1], browser.asked[-1])
    engine.dispose()
    return found


def _answer(
    browser: AnsweringBrowser,
    number: int,
    found: Measured,
    lock: threading.Lock,
    ready: threading.Barrier,
    ends: threading.Event,
    thinking: float,
) -> None:
    draw = random.Random(number)
    try:
        browser.sign_in(f"person{number}@example.org")
    except Exception as fault:  # counted whatever it is, and the others do not wait for this person
        found.wrong.append(f"signing in: {fault!r}")
        ready.wait()
        return
    ready.wait()
    ends.wait(draw.uniform(0, thinking))  # so that not all begin at the same moment
    while not ends.is_set():
        try:
            began = time.perf_counter()
            page = browser.show(number)
            shown = time.perf_counter()
            ends.wait(draw.uniform(0.5, 1.5) * thinking)
            asked = time.perf_counter()
            browser.save(number, page)
            saved = time.perf_counter()
        except Exception as fault:
            with lock:
                found.wrong.append(repr(fault))
            browser.connection.close()
            continue
        with lock:
            found.seconds["page"].append(shown - began)
            found.seconds["save"].append(saved - asked)
    browser.connection.close()


@contextmanager
def served(kind: str, people: int) -> Iterator[Served]:
    """Run a server of this kind with people, each of whose companies has begun its questionnaire, and yield it."""
    folder = Path(mkdtemp(prefix="article34-people-"))
    folder.chmod(0o711)
    try:
        if kind == "sqlite":
            database = f"sqlite:///{folder / 'people.db'}"
            make_secrets(folder, {})
            make_site(database, folder).close()
            settle_people(database, people)
            with serving(folder, DATABASE_URL=database, SECURITY_PASSWORD_SALT=SALT) as port:
                yield Served(port, secure=False, database=database)
            return
        with large_setup(folder) as port:
            settle_people(database_of(folder), people)
            yield Served(port, secure=True, database=database_of(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle_people(database: str, people: int) -> None:
    """Add companies with one member each, and their assessments, with the same numbers."""
    with TemporaryDirectory() as elsewhere:
        site = make_site(f"sqlite:///{elsewhere}/article34.db", Path(elsewhere))
        with site.app.app_context():
            hashed = hash_password(PASSWORD)
        site.close()
    engine = store.open_database(database)
    with Session(engine) as session, session.begin():
        store.open_period(session, YEAR, opens=date(YEAR, 1, 1), by=None, at=NOON)
        for number in range(1, people + 1):
            member = store.register_company(
                session,
                organisation=f"Example Travel {number}",
                name=f"Person {number}",
                email=f"person{number}@example.org",
                password_hash=hashed,
                at=NOON,
                status="confirmed",
            )
            assert member.organisation_id is not None
            made = store.assessment_for(session, member.organisation_id, edition=EDITION, year=YEAR, at=NOON)
            assert made.id == number
    engine.dispose()


if __name__ == "__main__":
    main()

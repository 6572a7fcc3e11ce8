"""A page of the audit trail with many entries, unfiltered and by each filter: seconds by the clock, the least of seven.

Run: python -m tests.benchmarks.trail_filters [entries] [sqlite|postgresql]
Entries are spread over five years, 1,500 companies and 2,000 people. Four in five are about answers. They have no valid
hashes.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.list_pages import PageRequest, TrailQuery, trail_page
from compliance.store.models import Assessment, Organisation, Period, Person, TrailEntry, table_of
from tests.support.databases import PostgresCluster

ENTRIES, COMPANIES, PEOPLE, YEARS = 20_000, 1_500, 2_000, 5
BEGAN = datetime(2021, 1, 1, tzinfo=UTC)
ROUNDS = 7
#: Rows inserted at once.
_ROWS = 10_000


def main() -> None:
    """Fill a database, and print a line for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=ENTRIES)
    parser.add_argument("database", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    with empty_database(asked.database) as engine:
        fill(engine, asked.entries)
        with Session(engine) as session:
            measure(session, asked.entries)


@contextmanager
def empty_database(kind: str) -> Iterator[Engine]:
    """Make a database with tables and no rows, and yield its engine."""
    if kind == "postgresql":
        cluster = PostgresCluster()
        engine = store.open_database(cluster.empty())
        store.upgrade(engine)
        yield engine
        engine.dispose()
        cluster.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        engine = store.open_database(f"sqlite:///{Path(folder) / 'trail.db'}")
        store.upgrade(engine)
        yield engine
        engine.dispose()


def fill(engine: Engine, entries: int) -> None:
    """Add companies with an assessment for each year, people, and trail entries."""
    with engine.begin() as connection:

        def add(table: Any, rows: list[dict[str, Any]]) -> None:
            connection.execute(insert(table_of(table)), rows)

        add(Person, [_person(number) for number in range(1, PEOPLE + 1)])
        add(Organisation, [_company(number) for number in range(1, COMPANIES + 1)])
        add(Period, [{"year": 2021 + year, "opens": date(2021 + year, 1, 1)} for year in range(YEARS)])
        add(Assessment, [_assessment(number) for number in range(COMPANIES * YEARS)])
        made = _entries(entries)
        while rows := [row for _, row in zip(range(_ROWS), made, strict=False)]:
            add(TrailEntry, rows)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def measure(session: Session, entries: int) -> None:
    """Print, for each filter, the entries found, and the seconds of the first page and of one far back."""
    day = BEGAN + timedelta(days=900)
    filters = {
        "everything": TrailQuery(),
        "kind: answer": TrailQuery(kind="answer"),
        "kind: sign-off": TrailQuery(kind="sign-off"),
        "person": TrailQuery(people=(77,)),
        "company": TrailQuery(companies=(77,)),
        "person and company": TrailQuery(people=(77,), companies=(77,)),
        "one day": TrailQuery(since=day, until=day + timedelta(days=1)),
        "since a day": TrailQuery(since=day),
    }
    print(f"{entries} entries, {session.get_bind().dialect.name}")
    print(f"{'page':<24}{'found':>10}{'s':>8}{'later s':>10}")
    for name, wanted in filters.items():
        _line(session, name, wanted, PageRequest(order="latest"), entries // 2)
    _line(session, "subject", TrailQuery(), PageRequest("assessment/300/", order="latest"), entries // 2)
    _line(session, "subject, no such", TrailQuery(), PageRequest("nowhere", order="latest"), entries // 2)


def _line(session: Session, name: str, wanted: TrailQuery, request: PageRequest, middle: int) -> None:
    taken = []
    for asked in (request, PageRequest(request.find, request.order, after=(middle,))):
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            page = trail_page(session, wanted, asked)
            rounds.append(time.perf_counter() - began)
            session.rollback()
        taken.append(min(rounds))
    print(f"{name:<24}{page.found:>10}{taken[0]:>8.3f}{taken[1]:>10.3f}", flush=True)


def _entries(count: int) -> Iterator[dict[str, Any]]:
    draws = random.Random(1)
    step = timedelta(days=365 * YEARS) / count
    for number in range(1, count + 1):
        company = draws.randrange(COMPANIES)
        assessment = company * YEARS + number * YEARS // (count + 1) + 1
        what, subject = _about(draws, company + 1, assessment, number)
        yield {
            "id": number,
            "at": BEGAN + number * step,
            "who": 1 + (company + draws.randrange(2) * COMPANIES) % PEOPLE,
            "what": what,
            "subject": subject,
            "before": "",
            "after": f"organisation/{company + 1}" if what == "invitation" else "partly: words of an answer " * 3,
            "previous": f"{number:064}",
            "hash": f"{number + 1:064}",
            "state": f'{{"answer/{assessment}/reach.higher.code": "{number:064}"}}',
            "salt": f"{number:032}",
            "erased": None,
        }


def _about(draws: random.Random, company: int, assessment: int, number: int) -> tuple[str, str]:
    drawn = draws.random()
    if drawn < 0.8:
        return "answer", f"assessment/{assessment}/answer/theme{draws.randrange(9)}.question{draws.randrange(20)}"
    if drawn < 0.9:
        return "evidence", f"assessment/{assessment}/evidence/{number}"
    if drawn < 0.94:
        return "membership", f"organisation/{company}/member/{1 + draws.randrange(PEOPLE)}"
    if drawn < 0.97:
        return "person", f"person/{1 + draws.randrange(PEOPLE)}/sign-in"
    if drawn < 0.99:
        return "invitation", f"invitation-list/1/line/{number}"
    if drawn < 0.998:
        return "assignment", f"assessment/{assessment}/auditor"
    return "sign-off", f"assessment/{assessment}/sign-off"


def _person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "email": f"person{number}@example.org",
        "name": f"Person {number}",
        "active": True,
        "language": "en",
        "created_at": BEGAN,
        "fs_uniquifier": f"{number:064}",
        "first_password": False,
        "demonstration": False,
    }


def _company(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Company {number}",
        "registered_at": BEGAN,
        "status": "pending",
        "website_domain": "",
        "lei": "",
        "demonstration": False,
        "counts_apart": False,
    }


def _assessment(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "organisation_id": number // YEARS + 1,
        "period_year": 2021 + number % YEARS,
        "edition_id": "made",
        "voice": "self",
        "saves": 0,
        "created_at": BEGAN,
    }


if __name__ == "__main__":
    main()

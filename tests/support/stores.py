"""Databases with tables, a small world in them, and a record of the statements sent to them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Protocol

from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.edition import Edition, Question
from compliance.store.audit_trail import text_digest
from compliance.store.review_models import SignOff
from tests.support import factories

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """One company with two members, a steward, an auditor, and a started assessment."""

    company: store.Member
    colleague: store.Member
    steward: store.Member
    auditor: store.Member
    assessment: int


def made_edition() -> Edition:
    """Return an edition with questions q1 to q12, a number, and a text, and with sector and staff in the profile."""
    questions: list[Question] = [factories.one(f"q{i}", 0, 1, 2, na="reason") for i in range(1, 13)]
    questions += [factories.number("share"), Question("words", "words", "text")]
    profile = factories.profile(sector=("travel", "retail"), staff=())
    made = factories.edition(factories.node("theme", *questions), profile=profile)
    canonical = '{"id":"made"}'
    return Edition(made.id, made.title, made.root, text_digest(canonical), canonical, profile=profile)


def settle(session: Session) -> World:
    """Make the small world, and return it."""
    company = store.register_company(
        session,
        organisation="Example Travel 01",
        name="Ana",
        email="ana@example.org",
        password_hash="x",
        at=NOON,
        status="confirmed",
    )
    people = [
        store.add_person(
            session,
            email=f"{name}@example.org",
            name=name.title(),
            password_hash="x",
            roles=[role],
            organisation_id=company.organisation_id if role == "company" else None,
            by=None,
            at=NOON,
        )
        for name, role in (("ben", "company"), ("stella", "steward"), ("audun", "auditor"))
    ]
    store.open_period(session, 2026, opens=date(2026, 1, 1), by=people[1].id, at=NOON)
    begun = begin(session, company, 2026)
    return World(company, *people, begun)


class Databases(Protocol):
    """A source of databases, as in `tests.support.databases`."""

    def empty(self) -> str:
        """Return the URL of a new, empty database."""

    def copy_of(self, url: str) -> str:
        """Return the URL of a copy of another database."""


@cache
def with_tables(databases: Databases) -> str:
    """Return the URL of a database with tables and no rows, made once. Copy it, do not connect to it."""
    url = databases.empty()
    engine = store.open_database(url)
    store.upgrade(engine)
    engine.dispose()
    return url


def later_world(
    databases: Databases, before: tuple[str, World], happen: Callable[[Session, World], object]
) -> tuple[str, World]:
    """Return the URL of a copy in which more has happened, and its World. Copy it again, do not connect to it."""
    url, world = databases.copy_of(before[0]), before[1]
    engine = store.open_database(url)
    with Session(engine) as session:
        happen(session, world)
        session.commit()
    engine.dispose()
    return url, world


def begin(session: Session, member: store.Member, year: int) -> int:
    """Begin the assessment of a member's company for a year, and return its id."""
    assert member.organisation_id is not None
    return store.assessment_for(session, member.organisation_id, edition="made", year=year, at=NOON).id


def save(
    session: Session, world: World, *changes: store.AnswerEdit, by: store.Member | None = None
) -> store.SaveResult:
    """Save answers as the company's first member or as `by`."""
    return store.save_answers(session, world.assessment, changes, by=(by or world.company).id, at=NOON)


def hand_in(session: Session, assessment: int, *, by: int | None, consent: str = "counted", hours: int = 0) -> int:
    """Submit an assessment, with the number of answers as its scores, and return the id of the submission."""
    return store.submit(
        session,
        assessment,
        by=by,
        at=NOON + timedelta(hours=hours),
        edition=made_edition(),
        consent=consent,
        scores=lambda sheet: f'{{"answered": {len(sheet.answers)}}}',
    )


def sign_off(session: Session, assessment: int, submission: int, *, by: int) -> None:
    """Insert a sign-off on a submission."""
    row = {"assessment_id": assessment, "submission_id": submission, "by": by, "at": NOON, "name": "Audun"}
    said = {"statement": "I looked at every answer.", "card": "{}", "digest": "d" * 64, "revoked_why": ""}
    session.execute(insert(SignOff).values(row | said))


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Yield a list to which every statement sent to the database meanwhile is added."""
    sent: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", remember)

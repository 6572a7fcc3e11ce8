"""Periods: opened and closed by the steward, with what the public may see frozen at closing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from compliance.questionnaire.edition import PROFILE
from compliance.store.refusals import AlreadyThere, NotFound, PeriodClosed
from compliance.store.tables import Answer, Assessment, Organisation, Period, Snapshot, Submission
from compliance.store.trail import Entry, note, text_digest
from compliance.store.writing import insert_unless_there


@dataclass(frozen=True, slots=True)
class Year:
    """A period."""

    year: int
    opens: date
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Published:
    """What the public may see of a closed period."""

    year: int
    content: str  # JSON
    digest: str
    created_at: datetime
    places: str | None  # JSON: who rests in which cell, for the next closing alone; None: closed before it was kept


@dataclass(frozen=True, slots=True)
class Silent:
    """A registered company that has handed nothing in for a period."""

    organisation_id: int
    organisation: str
    demonstration: bool
    sector: str  # as it last said in any profile; "" if it never did


def open_period(session: Session, year: int, *, opens: date, by: int | None, at: datetime) -> None:
    """Begin a period. Raise AlreadyThere."""
    new = insert_unless_there(session, Period, ["year"]).values(year=year, opens=opens).returning(Period.year)
    if session.execute(new).first() is None:
        raise AlreadyThere(f"there is a period {year} already")
    note(session, [Entry("period", f"period/{year}", "", "open")], by=by, at=at)


def close_period(
    session: Session,
    year: int,
    *,
    by: int | None,
    at: datetime,
    snapshot: Callable[[], str],
    places: Callable[[], str | None] = lambda: None,
) -> None:
    """Close a period for good, and freeze what the public may see of it.

    `snapshot` is called once nobody can submit any more, so that it sees every
    submission; `places` after it: who rests in which of its cells, which is not
    public. Raise NotFound or PeriodClosed.
    """
    close = update(Period).where(Period.year == year, Period.closed_at.is_(None)).values(closed_at=at, closed_by=by)
    close = close.returning(Period.year).execution_options(synchronize_session=False)
    if session.execute(close).first() is None:
        period(session, year)
        raise PeriodClosed(f"the period {year} is closed already")
    content = snapshot()
    digest = text_digest(content)
    row = {"period_year": year, "content": content, "digest": digest, "places": places(), "created_at": at}
    session.execute(insert(Snapshot).values(row))
    entries = [Entry("period", f"period/{year}", "open", "closed"), Entry("snapshot", f"snapshot/{year}", "", digest)]
    note(session, entries, by=by, at=at)


def period(session: Session, year: int) -> Year:
    """One period. Raise NotFound."""
    row = session.execute(select(Period.year, Period.opens, Period.closed_at).where(Period.year == year)).first()
    if row is None:
        raise NotFound(f"there is no period {year}")
    return Year(*row)


def periods(session: Session) -> tuple[Year, ...]:
    """Every period, latest first."""
    rows = session.execute(select(Period.year, Period.opens, Period.closed_at).order_by(Period.year.desc()))
    return tuple(Year(*row) for row in rows)


def published(session: Session, year: int) -> Published:
    """What the public may see of a period. Raise NotFound while it is open."""
    row = session.scalars(select(Snapshot).where(Snapshot.period_year == year)).first()
    if row is None:
        raise NotFound(f"nothing is published for {year}")
    return Published(row.period_year, row.content, row.digest, row.created_at, row.places)


def published_years(session: Session) -> tuple[int, ...]:
    """The periods of which something is published, latest first."""
    return tuple(session.scalars(select(Snapshot.period_year).order_by(Snapshot.period_year.desc())))


def silent_companies(session: Session, year: int) -> tuple[Silent, ...]:
    """Companies registered by the end of the year that have handed nothing in for it, by name."""
    sector = (
        select(Answer.value)
        .join(Assessment, Assessment.id == Answer.assessment_id)
        .where(Assessment.organisation_id == Organisation.id, Answer.question == f"{PROFILE}sector")
        .order_by(Assessment.period_year.desc(), Assessment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    handed_in = (
        exists()
        .where(Submission.assessment_id == Assessment.id)
        .where(
            Assessment.organisation_id == Organisation.id, Assessment.period_year == year, Assessment.voice == "self"
        )
    )
    query = (
        select(Organisation.id, Organisation.name, Organisation.demonstration, sector)
        .where(~handed_in, Organisation.registered_at < datetime(year + 1, 1, 1, tzinfo=UTC))
        .order_by(Organisation.name, Organisation.id)
    )
    return tuple(Silent(i, name, invented, said or "") for i, name, invented, said in session.execute(query))

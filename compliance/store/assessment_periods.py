"""Assessment periods, which the steward opens and closes; the snapshot published at closing, and its corrections.

A published snapshot never changes. Corrections are published next to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.questionnaire.edition import PROFILE_PREFIX
from compliance.store.audit_trail import TrailEvent, record_events, row_digest, storable_text, text_digest
from compliance.store.companies import counts_in_figures
from compliance.store.exceptions import AlreadyExists, NotFound, PeriodClosed
from compliance.store.models import AnswerRow, Assessment, Correction, Organisation, Period, SnapshotRow, Submission
from compliance.store.transactions import insert_or_replace, insert_unless_there
from compliance.store.work_models import ClosingPreview

_DIGESTS = select(SnapshotRow.period_year, SnapshotRow.digest).order_by(SnapshotRow.period_year.desc())


@dataclass(frozen=True, slots=True)
class PeriodStatus:
    """A period."""

    year: int
    opens: date
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Publication:
    """The published snapshot of a closed period."""

    year: int
    content: str  # JSON
    digest: str
    created_at: datetime
    places: str | None  # contributions (company and cell) as JSON, for the next closing only; None: not stored then


@dataclass(frozen=True, slots=True)
class KeptPreview:
    """The figures that closing a period would publish, as last computed."""

    content: str  # JSON
    inputs: str  # SHA-256 of everything that they were computed from
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class NonRespondent:
    """A registered company that has submitted nothing for a period."""

    organisation_id: int
    organisation: str
    demonstration: bool
    sector: str  # from its latest profile that gives one; "": none


def open_period(session: Session, year: int, *, opens: date, by: int | None, at: datetime) -> None:
    """Open a period. Raise AlreadyExists."""
    new = insert_unless_there(session, Period, ["year"]).values(year=year, opens=opens).returning(Period.year)
    if session.execute(new).first() is None:
        raise AlreadyExists(f"there is a period {year} already")
    record_events(session, [TrailEvent("period", f"period/{year}", "", "open")], by=by, at=at)


def hold_period(session: Session, year: int) -> None:
    """Lock a period until the commit, so that nobody can submit or change what counts.

    Raise NotFound or PeriodClosed.
    """
    held = update(Period).where(Period.year == year).values(opens=Period.opens).returning(Period.closed_at)
    row = session.execute(held.execution_options(synchronize_session=False)).first()
    if row is None:
        raise NotFound(f"there is no period {year}")
    if row.closed_at is not None:
        raise PeriodClosed(f"the period {year} is closed already")


def close_period(
    session: Session,
    year: int,
    *,
    by: int | None,
    at: datetime,
    snapshot: Callable[[], str],
    places: Callable[[], str | None] = lambda: None,
) -> None:
    """Close a period for good, and freeze its published snapshot.

    `snapshot` returns its content, and is called once nobody can submit any more, so that it sees every submission.
    `places`, called after it, returns the contributions to its cells, which are not public. Raise NotFound or
    PeriodClosed.
    """
    close = update(Period).where(Period.year == year, Period.closed_at.is_(None)).values(closed_at=at, closed_by=by)
    close = close.returning(Period.year).execution_options(synchronize_session=False)
    if session.execute(close).first() is None:
        period(session, year)
        raise PeriodClosed(f"the period {year} is closed already")
    content = snapshot()
    digest = text_digest(content)
    row = {"period_year": year, "content": content, "digest": digest, "places": places(), "created_at": at}
    session.execute(insert(SnapshotRow).values(row))
    entries = [
        TrailEvent("period", f"period/{year}", "open", "closed"),
        TrailEvent("snapshot", f"snapshot/{year}", "", digest),
    ]
    record_events(session, entries, by=by, at=at)


def period(session: Session, year: int) -> PeriodStatus:
    """Return one period. Raise NotFound."""
    row = session.execute(select(Period.year, Period.opens, Period.closed_at).where(Period.year == year)).first()
    if row is None:
        raise NotFound(f"there is no period {year}")
    return PeriodStatus(*row)


def periods(session: Session) -> tuple[PeriodStatus, ...]:
    """Return all periods, the latest first."""
    rows = session.execute(select(Period.year, Period.opens, Period.closed_at).order_by(Period.year.desc()))
    return tuple(PeriodStatus(*row) for row in rows)


def published(session: Session, year: int) -> Publication:
    """Return the published snapshot of a period. Raise NotFound while it is open."""
    row = session.scalars(select(SnapshotRow).where(SnapshotRow.period_year == year)).first()
    if row is None:
        raise NotFound(f"nothing is published for {year}")
    return Publication(row.period_year, row.content, row.digest, row.created_at, row.places)


def snapshot_digests(session: Session) -> Mapping[int, str]:
    """Return the digest of each published snapshot by the year of its period, the latest first."""
    return dict(session.connection().execute(_DIGESTS).all())


def published_years(session: Session) -> tuple[int, ...]:
    """Return the years of periods with a published snapshot, the latest first."""
    return tuple(snapshot_digests(session))


def keep_preview(session: Session, year: int, content: str, *, inputs: str, at: datetime) -> None:
    """Store the figures that closing a period would publish, replacing earlier ones."""
    row = {"period_year": year, "content": content, "inputs": inputs, "computed_at": at}
    session.connection().execute(insert_or_replace(session, ClosingPreview, ["period_year"]), [row])


def kept_preview(session: Session, year: int) -> KeptPreview | None:
    """Return the preview figures last stored for a period, or None."""
    p = ClosingPreview
    row = session.execute(select(p.content, p.inputs, p.computed_at).where(p.period_year == year)).first()
    return None if row is None else KeptPreview(*row)


def nonrespondent_count(session: Session, year: int) -> int:
    """Count the `nonrespondents`."""
    return session.scalar(_silent(year, func.count())) or 0


def nonrespondents(session: Session, year: int) -> tuple[NonRespondent, ...]:
    """Return the companies that count, were registered by the end of the year and submitted nothing for it, by name."""
    sector = (
        select(AnswerRow.value)
        .join(Assessment, Assessment.id == AnswerRow.assessment_id)
        .where(Assessment.organisation_id == Organisation.id, AnswerRow.question == f"{PROFILE_PREFIX}sector")
        .order_by(Assessment.period_year.desc(), Assessment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (Organisation.id, Organisation.name, Organisation.demonstration, sector)
    query = _silent(year, *columns).order_by(Organisation.name, Organisation.id)
    return tuple(NonRespondent(i, name, invented, said or "") for i, name, invented, said in session.execute(query))


def _silent(year: int, *columns: Any) -> Select[*tuple[Any, ...]]:
    # A subquery evaluated once. As a condition on each company, SQLite would read the whole year for each of them.
    handed_in = select(Assessment.organisation_id).join(Submission, Submission.assessment_id == Assessment.id)
    handed_in = handed_in.where(Assessment.period_year == year, Assessment.voice == "self")
    until = datetime(year + 1, 1, 1, tzinfo=UTC)
    return select(*columns).where(
        counts_in_figures(), Organisation.id.not_in(handed_in), Organisation.registered_at < until
    )


@dataclass(frozen=True, slots=True)
class PublishedCorrection:
    """A correction of the published figures of a period."""

    year: int
    at: datetime
    what: str
    why: str


def add_correction(
    session: Session, year: int, *, what: str, why: str, by: int | None, at: datetime
) -> PublishedCorrection:
    """Add a correction of the published figures of a period. Raise NotFound if nothing is published."""
    published(session, year)
    corrected = PublishedCorrection(year, at, storable_text(what), storable_text(why))
    row = {"period_year": year, "what": corrected.what, "why": corrected.why, "at": at, "by": by}
    number = session.execute(insert(Correction).values(row).returning(Correction.id)).scalar_one()
    record_events(session, [TrailEvent("correction", f"correction/{number}", "", row_digest(row))], by=by, at=at)
    return corrected


def corrections(session: Session, year: int | None = None) -> tuple[PublishedCorrection, ...]:
    """Return the corrections of one period, or of all, the oldest first."""
    c = Correction
    query = select(c.period_year, c.at, c.what, c.why).order_by(c.id)
    rows = session.execute(query if year is None else query.where(c.period_year == year))
    return tuple(PublishedCorrection(*row) for row in rows)

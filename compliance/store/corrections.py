"""Corrections of published figures: what was found wrong, and why. The figures themselves never move."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compliance.store.periods import published
from compliance.store.tables import Correction
from compliance.store.trail import Entry, note, plain, row_digest


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction of what was published of a period."""

    year: int
    at: datetime
    what: str
    why: str


def add_correction(session: Session, year: int, *, what: str, why: str, by: int | None, at: datetime) -> Corrected:
    """Say what is wrong in the published figures of a period. Raise NotFound where nothing is published."""
    published(session, year)
    corrected = Corrected(year, at, plain(what), plain(why))
    row = {"period_year": year, "what": corrected.what, "why": corrected.why, "at": at, "by": by}
    number = session.execute(insert(Correction).values(row).returning(Correction.id)).scalar_one()
    note(session, [Entry("correction", f"correction/{number}", "", row_digest(row))], by=by, at=at)
    return corrected


def corrections(session: Session, year: int | None = None) -> tuple[Corrected, ...]:
    """The corrections of one period, or of all; oldest first."""
    c = Correction
    query = select(c.period_year, c.at, c.what, c.why).order_by(c.id)
    rows = session.execute(query if year is None else query.where(c.period_year == year))
    return tuple(Corrected(*row) for row in rows)

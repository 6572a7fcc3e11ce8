"""How a change begins: row locks, the check that the period is still open, and upserts on both databases.

Every change of an assessment first increments its save counter. This locks its row, so that saves of one assessment
come one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, case, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from compliance.store.exceptions import CompanyMerged, NotFound, PeriodClosed
from compliance.store.models import Assessment, Base, Organisation, Period, table_of

#: Key in `Session.info` of the ids of assessments that are being changed.
CHANGED = "changed_assessments"

# The statements of every save are built once and executed without the ORM, as building them took half of its time.
_COUNT = (
    update(table_of(Assessment))
    .where(Assessment.id == bindparam("assessment"))
    .values(saves=Assessment.saves + 1)
    .returning(
        Assessment.saves,
        Assessment.edition_id,
        Assessment.period_year,
        select(case((Organisation.erased_at.is_not(None), "erased"), else_=Organisation.status))
        .where(Organisation.id == Assessment.organisation_id)
        .scalar_subquery(),
    )
)
_PERIOD = select(Period.closed_at).where(Period.year == bindparam("year")).with_for_update(read=True)
# By name, as this module cannot import the models of reviews.
_REOPENED = text("SELECT id FROM reopening WHERE assessment_id = :assessment AND state = 'open'")


@dataclass(frozen=True, slots=True)
class Save:
    """A save of an assessment that has begun. Others wait until it is committed."""

    assessment_id: int
    version: int  # of the answers that this save writes: its number in the assessment, from 1
    edition_id: str
    year: int
    closed_at: datetime | None  # when the period was closed

    @property
    def closed(self) -> bool:
        """Whether the period is closed."""
        return self.closed_at is not None


def begin_save(session: Session, assessment_id: int) -> Save:
    """Begin a change of an assessment. Raise NotFound, CompanyMerged, or PeriodClosed unless it is reopened."""
    save = begin_change(session, assessment_id)
    if save.closed and session.connection().execute(_REOPENED, {"assessment": assessment_id}).first() is None:
        raise _closed(save.year)
    return save


def begin_change(session: Session, assessment_id: int) -> Save:
    """Begin a change that is also allowed in a closed period. Raise NotFound, or CompanyMerged."""
    # The first statement is a write, so that on both databases saves of the same assessment come one after the
    # other, and each reads what the one before has written.
    row = session.connection().execute(_COUNT, {"assessment": assessment_id}).first()
    if row is None or row[3] == "erased":
        raise NotFound(f"no assessment {assessment_id}")
    if row[3] == "merged":
        raise CompanyMerged("the company was merged into another one: what it answered can be read, not changed")
    session.info.setdefault(CHANGED, set()).add(assessment_id)
    closed_at = _closed_at(session, row.period_year)
    return Save(assessment_id, row.saves, row.edition_id, row.period_year, closed_at)


def refuse_if_closed(session: Session, year: int) -> None:
    """Keep the period open until the commit. Raise PeriodClosed, or NotFound."""
    if _closed_at(session, year) is not None:
        raise _closed(year)


def _closed_at(session: Session, year: int) -> datetime | None:
    """Return when a period was closed, or None. An open period stays open until the commit. Raise NotFound."""
    period = session.connection().execute(_PERIOD, {"year": year}).first()
    if period is None:
        raise NotFound(f"there is no period {year}")
    closed_at: datetime | None = period.closed_at
    return closed_at


def _closed(year: int) -> PeriodClosed:
    return PeriodClosed(f"the period {year} is closed: its assessments can be read, not changed")


def take_lock(session: Session, number: int, of: int | None = None) -> None:
    """Wait for the lock with this number, and hold it until the commit.

    `of`: the number of a row, if each row has a lock of its own. SQLite has only one lock for all writes.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql" and of is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": number})
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock, :row)"), {"lock": number, "row": of})
    elif not getattr(connection.connection.dbapi_connection, "in_transaction", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def insert_unless_there(
    session: Session, table: type[Base], key: Sequence[str] | None = None, where: Any = None
) -> Any:
    """Return an insert that does nothing, and returns no row, if a row with the same key exists.

    Without a key, any unique index counts. `where`: the condition of a partial index.
    """
    new = _insert(session.get_bind().dialect.name, table)
    return new.on_conflict_do_nothing(index_elements=key, index_where=where)


def insert_or_replace(session: Session, table: type[Base], key: Sequence[str]) -> Any:
    """Return an insert that, if a row with the same key exists, replaces all its other columns."""
    return _insert_or_replace(session.get_bind().dialect.name, table, tuple(key))


@lru_cache
def _insert_or_replace(dialect: str, table: type[Base], key: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    others = {c.name: statement.excluded[c.name] for c in table.__table__.columns if c.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def _insert(dialect: str, table: type[Base]) -> Any:
    dialects: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}
    return dialects[dialect].insert(table.__table__)

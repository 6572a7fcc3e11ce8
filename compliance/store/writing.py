"""How a change begins: take the one row that all changes of a thing go through, then write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from compliance.store.refusals import NotFound, PeriodClosed
from compliance.store.tables import Assessment, Base, Period


@dataclass(frozen=True, slots=True)
class Save:
    """One save of one assessment, begun: until it is committed, others wait."""

    assessment_id: int
    number: int  # of this save in its assessment, from 1
    edition_id: str
    year: int


def begin_save(session: Session, assessment_id: int) -> Save:
    """Begin a change of an assessment. Raise NotFound, or PeriodClosed."""
    # The first statement is a write, so that on both databases two saves of the same
    # assessment come one after the other, each reading what the other left.
    count = update(Assessment).where(Assessment.id == assessment_id).values(saves=Assessment.saves + 1)
    count = count.execution_options(synchronize_session=False)
    row = session.execute(count.returning(Assessment.saves, Assessment.edition_id, Assessment.period_year)).first()
    if row is None:
        raise NotFound(f"no assessment {assessment_id}")
    refuse_if_closed(session, row.period_year)
    return Save(assessment_id, row.saves, row.edition_id, row.period_year)


def refuse_if_closed(session: Session, year: int) -> None:
    """Keep the period open until the commit. Raise PeriodClosed, or NotFound."""
    period = session.execute(select(Period.closed_at).where(Period.year == year).with_for_update(read=True)).first()
    if period is None:
        raise NotFound(f"there is no period {year}")
    if period.closed_at is not None:
        raise PeriodClosed(f"the period {year} is closed: its assessments can be read, not changed")


def insert_unless_there(session: Session, table: type[Base], key: Sequence[str]) -> Any:
    """An insert that leaves an equal row alone: it returns no row then."""
    return _insert(session, table).on_conflict_do_nothing(index_elements=key)


def insert_or_replace(session: Session, table: type[Base], key: Sequence[str]) -> Any:
    """An insert that replaces everything but the key of an equal row."""
    statement = _insert(session, table)
    others = {c.name: statement.excluded[c.name] for c in table.__table__.columns if c.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=others)


def _insert(session: Session, table: type[Base]) -> Any:
    dialects: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}
    return dialects[session.get_bind().dialect.name].insert(table.__table__)

"""The trail as somebody reads it: the latest entries first, a page at a time, with the names of people."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance.store.tables import Person, TrailEntry
from compliance.store.trail import Noted


@dataclass(frozen=True, slots=True)
class Line(Noted):
    """One entry with its number, and the name of who did it."""

    number: int
    name: str  # "": nobody signed in, such as the command line


def latest_entries(session: Session, *, most: int, before: int | None = None) -> tuple[Line, ...]:
    """The latest entries, or the latest before entry number `before`; at most so many."""
    e = TrailEntry
    columns = (e.what, e.subject, e.before, e.after, e.at, e.who, e.id, Person.name)
    query = select(*columns).outerjoin(Person, Person.id == e.who).order_by(e.id.desc()).limit(most)
    if before is not None:
        query = query.where(e.id < before)
    return tuple(Line(*row[:-1], row[-1] or "") for row in session.execute(query))

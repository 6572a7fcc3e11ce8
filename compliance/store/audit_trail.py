"""The audit trail: every change in one hash chain, so that altering or removing an entry shows.

Whoever can rewrite the database can also rewrite the whole chain, or cut off its end: note `trail_head` somewhere
else now and then (a backup does).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from compliance.store.models import (
    ConsentChange,
    Correction,
    Person,
    SnapshotRow,
    Submission,
    TrailEntry,
    TrailKind,
    table_of,
)
from compliance.store.review_models import SignOff, WorkbookDownload
from compliance.store.transactions import take_lock

#: Any number, as long as nothing else in the database takes the same lock.
_CHAIN_LOCK = 34_1989
#: Frozen rows that the trail vouches for: how an entry calls them, and the columns that it vouches for.
_FROZEN_COLUMNS: Mapping[Any, tuple[str, tuple[str, ...]]] = {
    Submission: (
        "submission",
        (
            "assessment_id",
            "sheet",
            "scores",
            "edition_digest",
            "consent",
            "sector",
            "attested_name",
            "attested_role",
            "chosen_portions",
        ),
    ),
    ConsentChange: ("consent-change", ("submission_id", "consent", "after_closing", "by", "at")),
    WorkbookDownload: ("workbook-download", ("assessment_id", "submission_id", "verdicts", "by", "at")),
    Correction: ("correction", ("period_year", "what", "why", "at", "by")),
    SignOff: (  # but for its revocation
        "sign-off",
        ("assessment_id", "submission_id", "by", "at", "name", "statement", "card", "digest"),
    ),
}
_FROZEN_KINDS = {"snapshot", *(name for name, _columns in _FROZEN_COLUMNS.values())}
_UNSTORABLE = re.compile("[\0\ufdd0-\ufdef]")
_APPEND = insert(table_of(TrailEntry))
_LAST_ENTRY = select(TrailEntry.id, TrailEntry.hash).order_by(TrailEntry.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One change to be noted."""

    what: TrailKind
    subject: str  # "assessment/7/answer/reach.higher.code"
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RecordedEvent(TrailEvent):
    """One change as noted."""

    at: datetime
    who: int | None


def storable_text(words: str) -> str:
    """Text from people without what no database keeps, the zero character and half characters.

    Nor does it keep the characters that are for use inside programs: pages mark languages with them.
    """
    return _UNSTORABLE.sub("", words).encode("utf-8", "ignore").decode("utf-8")


def text_digest(content: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


def record_events(session: Session, entries: Sequence[TrailEvent], *, by: int | None, at: datetime) -> None:
    """Append to the chain, last thing in a command: from here to the commit, others wait."""
    if not entries:
        return
    hold_trail(session)  # on SQLite, a command's own first write has the one write lock already, as a rule
    last, previous = trail_head(session)
    rows: list[dict[str, object]] = []
    for number, entry in enumerate(entries, last + 1):
        row = {
            "id": number,
            "at": at,
            "who": by,
            "what": entry.what,
            "subject": storable_text(entry.subject),
            "before": storable_text(entry.before),
            "after": storable_text(entry.after),
            "previous": previous,
        }
        previous = _hash(row.values())
        rows.append({**row, "hash": previous})
    session.connection().execute(_APPEND, rows)


def hold_trail(session: Session) -> None:
    """Let nobody else note a change until the commit: what those changes say stays true until then."""
    take_lock(session, _CHAIN_LOCK)


def trail_head(session: Session) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and nothing before the first."""
    row = session.connection().execute(_LAST_ENTRY).first()
    return (row.id, row.hash) if row else (0, "")


def last_event_but(session: Session, kinds: Collection[TrailKind]) -> str:
    """The hash of the last entry that is of none of these kinds: it changes with every other change. "" if none is."""
    query = select(TrailEntry.hash).where(TrailEntry.what.not_in(kinds)).order_by(TrailEntry.id.desc()).limit(1)
    return session.scalar(query) or ""


def find_head(session: Session, head: str) -> int | None:
    """Number of the entry with this hash, which was the last one once; None if there is none, or no longer."""
    return session.scalar(select(TrailEntry.id).where(TrailEntry.hash == head))


def verify_trail(session: Session) -> int | None:
    """Number of the first entry that is not as it was written, or None.

    An entry is broken too if what it vouches for was altered: a submission, a change of consent, a snapshot, a
    correction, or what a workbook showed when it went out.
    """
    last, _ = trail_head(session)  # what is added meanwhile is not looked at
    vouched = dict(_frozen_digests(session))
    entries = select(*TrailEntry.__table__.columns).where(TrailEntry.id <= last).order_by(TrailEntry.id)
    with session.execute(entries.execution_options(yield_per=1000)) as rows:  # closed also when one of them is broken
        return _first_broken(rows, vouched)


def _first_broken(rows: Iterable[Any], vouched: Mapping[str, Sequence[str]]) -> int | None:
    previous = ""
    for number, row in enumerate(rows, 1):
        if row.id != number or row.previous != previous or row.hash != _hash(row[:-1]):
            return number
        if row.subject.partition("/")[0] in _FROZEN_KINDS and row.after not in vouched.get(row.subject, ()):
            return number
        previous = row.hash
    return None


def history(session: Session, subject: str) -> tuple[RecordedEvent, ...]:
    """Every change of one thing, oldest first."""
    rows = select(TrailEntry).where(TrailEntry.subject == subject).order_by(TrailEntry.id)
    return tuple(RecordedEvent(e.what, e.subject, e.before, e.after, e.at, e.who) for e in session.scalars(rows))


def _hash(parts: Iterable[object]) -> str:
    return text_digest(json.dumps([_json_value(part) for part in parts], ensure_ascii=False, separators=(",", ":")))


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _frozen_digests(session: Session) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The texts that may vouch for each frozen row: its digest, or the text of an earlier version."""
    for table, (name, columns) in _FROZEN_COLUMNS.items():
        query = select(table.id, *(getattr(table, column) for column in columns))
        for number, *values in session.execute(query.execution_options(yield_per=100)):
            row = dict(zip(columns, values, strict=True))
            yield f"{name}/{number}", (row_digest(row), *_earlier_digests(name, row))
    for year, content in session.execute(select(SnapshotRow.period_year, SnapshotRow.content)):
        yield f"snapshot/{year}", (text_digest(content),)


def row_digest(row: Mapping[str, object]) -> str:
    """One digest over what a frozen row holds, by name of the column; what is not there is left out."""
    told = {column: _json_value(value) for column, value in row.items() if value is not None}
    return text_digest(json.dumps(told, ensure_ascii=False, sort_keys=True))


def _earlier_digests(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    """The texts that vouched for a row before columns were named: values in order, or the words of a correction."""
    if name == "submission":
        yield text_digest(json.dumps([value for value in row.values() if value is not None], ensure_ascii=False))
    elif name == "correction":
        yield f"{row['period_year']}: {row['what']} ({row['why']})"


@dataclass(frozen=True, slots=True)
class AttributedEvent(RecordedEvent):
    """One entry with its number, and the name of who did it."""

    number: int
    name: str  # "": nobody signed in, such as the command line


def latest_events(session: Session, *, most: int, before: int | None = None) -> tuple[AttributedEvent, ...]:
    """The latest entries, or the latest before entry number `before`; at most so many."""
    e = TrailEntry
    columns = (e.what, e.subject, e.before, e.after, e.at, e.who, e.id, Person.name)
    query = select(*columns).outerjoin(Person, Person.id == e.who).order_by(e.id.desc()).limit(most)
    if before is not None:
        query = query.where(e.id < before)
    return tuple(AttributedEvent(*row[:-1], row[-1] or "") for row in session.execute(query))

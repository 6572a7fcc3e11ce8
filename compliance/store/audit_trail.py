"""The audit trail: every change in one hash chain, so that altering or removing an entry shows.

An entry also keeps a digest of the rows that it is about (`vouched_rows`). Whether chain and rows are as they were
written: `trail_check`.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.orm import Session

from compliance.store.models import Person, TrailEntry, TrailKind, table_of
from compliance.store.transactions import take_lock
from compliance.store.vouched_rows import RowsKey, all_row_digests, row_digests, vouched_keys

#: Any number, as long as nothing else in the database takes the same lock.
_CHAIN_LOCK = 34_1989
_STATES_AN_ENTRY = 500
#: So many entries are read at once by whoever follows the trail.
MOST_STEPS = 1_000
_UNSTORABLE = re.compile("[\0\ufdd0-\ufdef]")
_APPEND = insert(table_of(TrailEntry))
_LAST_ENTRY = select(TrailEntry.id, TrailEntry.hash).order_by(TrailEntry.id.desc()).limit(1)
_STEPS = select(TrailEntry.id, TrailEntry.hash, TrailEntry.what)
_FROM = _STEPS.where(TrailEntry.id >= bindparam("number")).order_by(TrailEntry.id).limit(MOST_STEPS)
_END = _STEPS.order_by(TrailEntry.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One change to be noted."""

    what: TrailKind
    subject: str  # "assessment/7/answer/reach.higher.code"
    before: str
    after: str
    about: tuple[str, ...] = field(default=(), kw_only=True)  # more subjects whose rows it vouches for


@dataclass(frozen=True, slots=True)
class TrailStep:
    """An entry of the chain: its number, its hash and what kind of change it is."""

    number: int
    hash: str
    what: TrailKind


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
    about = [vouched_keys(entry.subject, *entry.about) for entry in entries]
    digests = row_digests(session, (key for keys in about for key in keys))
    rows: list[dict[str, object]] = []
    for number, (entry, keys) in enumerate(zip(entries, about, strict=True), last + 1):
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
        state = state_text({key: digests[key] for key in keys})
        previous = entry_hash(row.values(), state)
        rows.append({**row, "hash": previous, "state": state})
    session.connection().execute(_APPEND, rows)


def record_states(session: Session, *, at: datetime) -> None:
    """Note the digests of all rows as they stand: after an upgrade of the tables, which may change each of them."""
    digests = iter(all_row_digests(session))
    while some := dict(islice(digests, _STATES_AN_ENTRY)):
        hold_trail(session)
        last, previous = trail_head(session)
        row = {
            "id": last + 1,
            "at": at,
            "who": None,
            "what": "state",
            "subject": "state",
            "before": "",
            "after": str(len(some)),
            "previous": previous,
        }
        state = state_text(some)
        session.connection().execute(_APPEND, [{**row, "hash": entry_hash(row.values(), state), "state": state}])


def hold_trail(session: Session) -> None:
    """Let nobody else note a change until the commit: what those changes say stays true until then."""
    take_lock(session, _CHAIN_LOCK)


def trail_head(session: Session) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and nothing before the first."""
    row = session.connection().execute(_LAST_ENTRY).first()
    return (row.id, row.hash) if row else (0, "")


def trail_from(connection: Connection, number: int) -> Sequence[TrailStep]:
    """The entries from one on, it among them, in order: `MOST_STEPS` at most."""
    return [TrailStep(*row) for row in connection.execute(_FROM, {"number": number})]


def trail_end(connection: Connection) -> Sequence[TrailStep]:
    """The last entry alone; nothing while there is none."""
    return [TrailStep(*row) for row in connection.execute(_END)]


def last_event_but(session: Session, kinds: Collection[TrailKind]) -> str:
    """The hash of the last entry that is of none of these kinds: it changes with every other change. "" if none is."""
    query = select(TrailEntry.hash).where(TrailEntry.what.not_in(kinds)).order_by(TrailEntry.id.desc()).limit(1)
    return session.scalar(query) or ""


def find_head(session: Session, head: str) -> int | None:
    """Number of the entry with this hash, which was the last one once; None if there is none, or no longer."""
    return session.scalar(select(TrailEntry.id).where(TrailEntry.hash == head))


def last_entry_about(session: Session, subject: str) -> tuple[int, str] | None:
    """Number and hash of the last entry about a subject; None if there is none."""
    query = select(TrailEntry.id, TrailEntry.hash).where(TrailEntry.subject == subject).order_by(TrailEntry.id.desc())
    row = session.execute(query.limit(1)).first()
    return (row.id, row.hash) if row else None


def history(session: Session, subject: str) -> tuple[RecordedEvent, ...]:
    """Every change of one thing, oldest first."""
    rows = select(TrailEntry).where(TrailEntry.subject == subject).order_by(TrailEntry.id)
    return tuple(RecordedEvent(e.what, e.subject, e.before, e.after, e.at, e.who) for e in session.scalars(rows))


def state_text(digests: Mapping[RowsKey, str]) -> str | None:
    """What an entry keeps of the rows that it is about; None: it is about none."""
    return json.dumps([[list(key), digest] for key, digest in digests.items()], ensure_ascii=False) if digests else None


def entry_hash(parts: Iterable[object], state: str | None) -> str:
    """The hash of an entry, given all before `hash` in the order of the columns. Earlier entries have no state."""
    told = [*map(_json_value, parts), *([] if state is None else [state])]
    return text_digest(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def row_digest(row: Mapping[str, object]) -> str:
    """One digest over what a frozen row holds, by name of the column; what is not there is left out."""
    told = {column: _json_value(value) for column, value in row.items() if value is not None}
    return text_digest(json.dumps(told, ensure_ascii=False, sort_keys=True))


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

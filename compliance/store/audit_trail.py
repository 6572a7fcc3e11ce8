"""The audit trail: every change in one hash chain, so that altering or removing an entry shows.

An entry also keeps a digest of the rows that it is about (`vouched_rows`). Whether chain and rows are as they were
written: `trail_check`.

The hash of an entry is made of digests of what it says, salted with random bytes that stand beside it. So its words and
its salt can be erased, and the chain still holds; nobody can guess from the digests what it said (`erased_entries`).
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.orm import Session

from compliance.store.models import TrailEntry, TrailKind, table_of
from compliance.store.transactions import take_lock
from compliance.store.vouched_rows import RowsKey, all_row_digests, row_digests, vouched_keys

#: Any number, as long as nothing else in the database takes the same lock.
_CHAIN_LOCK = 34_1989
_STATES_AN_ENTRY = 500
_SALT_BYTES = 16
#: So many entries are read at once by whoever follows the trail.
MOST_STEPS = 1_000
_UNSTORABLE = re.compile("[\0\ufdd0-\ufdef]")
#: Made once: `json.dumps` makes an encoder at every call, and there are some calls for each entry.
_READABLE = json.JSONEncoder(ensure_ascii=False)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
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
        rows.append(_sealed(row, {key: digests[key] for key in keys}))
        previous = str(rows[-1]["hash"])
    session.connection().execute(_APPEND, rows)


def record_states(session: Session, *, at: datetime) -> None:
    """Note the digests of all rows as they stand: after an upgrade of the tables, which may change each of them."""
    record_digests(session, all_row_digests(session), at=at)


def record_digests(session: Session, digests: Iterable[tuple[RowsKey, str]], *, at: datetime) -> None:
    """Note digests of rows, in as many entries as they need."""
    left = iter(digests)
    while some := dict(islice(left, _STATES_AN_ENTRY)):
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
        session.connection().execute(_APPEND, [_sealed(row, some)])


def _sealed(row: Mapping[str, object], digests: Mapping[RowsKey, str]) -> dict[str, object]:
    """An entry with its salt, the digests of the rows that it is about, and its hash."""
    salt = made_salt()
    state = state_text({key: salted_digest(salt, digest) for key, digest in digests.items()})
    said = said_digests(salt, str(row["before"]), str(row["after"])) if salt else None
    return {**row, "hash": entry_hash(row.values(), state, said), "state": state, "salt": salt}


def made_salt() -> str | None:
    """Random bytes, in hexadecimal. None only where an entry is written as before 0028."""
    return secrets.token_hex(_SALT_BYTES)


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
    """Every change of one thing, oldest first; without those of which the words were erased."""
    rows = select(TrailEntry).where(TrailEntry.subject == subject, TrailEntry.erased.is_(None)).order_by(TrailEntry.id)
    return tuple(RecordedEvent(e.what, e.subject, e.before, e.after, e.at, e.who) for e in session.scalars(rows))


@dataclass(frozen=True, slots=True)
class StatedDigest:
    """What an entry says of some rows: their digest, with its salt; "" if it says that there are none."""

    entry: int  # its number
    digest: str
    salt: str | None

    def is_of(self, digest: str) -> bool:
        """Tell if it is that of rows which have this digest now."""
        return self.digest == salted_digest(self.salt, digest)


def last_states(session: Session, after: int, last: int | None = None) -> dict[RowsKey, StatedDigest]:
    """What the last entry about each key says of its rows, of entries after one, up to `last`.

    Entries whose words were erased say nothing any more: what they were about is gone, or in a later entry.
    """
    found: dict[RowsKey, StatedDigest] = {}
    columns = (TrailEntry.id, TrailEntry.state, TrailEntry.salt, TrailEntry.erased)
    entries = select(*columns).where(TrailEntry.id > after, TrailEntry.state.is_not(None))
    if last is not None:
        entries = entries.where(TrailEntry.id <= last)
    with session.execute(entries.order_by(TrailEntry.id).execution_options(yield_per=1000)) as rows:
        for number, state, salt, erased in rows:
            for key, digest in json.loads(state or "[]"):
                found[tuple(key)] = StatedDigest(number, digest if erased is None else "", salt)
    return found


def state_text(digests: Mapping[RowsKey, str]) -> str | None:
    """What an entry keeps of the rows that it is about; None: it is about none."""
    return _READABLE.encode([[list(key), digest] for key, digest in digests.items()]) if digests else None


def entry_hash(parts: Iterable[object], state: str | None, said: Sequence[str] | None) -> str:
    """The hash of an entry, given all before `hash` in the order of the columns. Earlier entries have no state.

    `said`: digests of `before` and `after`, in their place. None: written before 0028, over the words themselves.
    """
    told: list[Any] = [*map(_json_value, parts), *([] if state is None else [state])]
    if said is not None:
        told[_SAID] = said
        told = ["salted", *told]
    return text_digest(_COMPACT.encode(told))


#: Where `before` and `after` stand among the columns.
_SAID = slice(5, 7)


def said_digests(salt: str, before: str, after: str) -> list[str]:
    """Digests of what an entry says, from which nobody can guess it without the salt."""
    return [salted_digest(salt, f"before {before}"), salted_digest(salt, f"after {after}")]


def salted_digest(salt: str | None, digest: str) -> str:
    """A digest with a salt (HMAC-SHA-256), "" of nothing; the same without a salt, as in entries from before 0028."""
    if salt is None or not digest:
        return digest
    return hmac.digest(bytes.fromhex(salt), digest.encode(), "sha256").hex()


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def row_digest(row: Mapping[str, object]) -> str:
    """One digest over what a frozen row holds, by name of the column; what is not there is left out."""
    told = {column: _json_value(value) for column, value in row.items() if value is not None}
    return text_digest(json.dumps(told, ensure_ascii=False, sort_keys=True))

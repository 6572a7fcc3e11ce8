"""The audit trail: every change in one hash chain, so that altering or removing an entry is detected.

An entry also stores a digest of the rows that it is about (`vouched_rows`). `trail_check` checks whether chain and rows
are as they were written.

The hash of an entry is computed from digests of its words, salted with random bytes that are stored with it. If words
and salt are erased, the chain remains valid, and nobody can guess the words from the digests (`erased_entries`).
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

#: Any number that no other lock in the database has.
_CHAIN_LOCK = 34_1989
_STATES_AN_ENTRY = 500
_SALT_BYTES = 16
#: How many entries `trail_from` reads at most.
MOST_STEPS = 1_000
_UNSTORABLE = re.compile("[\0\ufdd0-\ufdef]")
#: Made once, since `json.dumps` makes an encoder at every call, and each entry needs several.
_READABLE = json.JSONEncoder(ensure_ascii=False)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_APPEND = insert(table_of(TrailEntry))
_LAST_ENTRY = select(TrailEntry.id, TrailEntry.hash).order_by(TrailEntry.id.desc()).limit(1)
_STEPS = select(TrailEntry.id, TrailEntry.hash, TrailEntry.what)
_FROM = _STEPS.where(TrailEntry.id >= bindparam("number")).order_by(TrailEntry.id).limit(MOST_STEPS)
_END = _STEPS.order_by(TrailEntry.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One change to be recorded."""

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
    """One change as recorded."""

    at: datetime
    who: int | None


def storable_text(words: str) -> str:
    """Return people's text without characters that no database stores: the zero character and lone surrogates.

    Noncharacters (U+FDD0 to U+FDEF) are also removed, since pages use them to mark languages.
    """
    return _UNSTORABLE.sub("", words).encode("utf-8", "ignore").decode("utf-8")


def text_digest(content: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


def record_events(session: Session, entries: Sequence[TrailEvent], *, by: int | None, at: datetime) -> None:
    """Append entries to the chain. Called last in a transaction, since others wait from here to the commit."""
    if not entries:
        return
    hold_trail(session)  # on SQLite, the transaction usually has the one write lock already
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
    """Record the digests of all rows after an upgrade of the tables, which may have changed them."""
    record_digests(session, all_row_digests(session), at=at)


def record_digests(session: Session, digests: Iterable[tuple[RowsKey, str]], *, at: datetime) -> None:
    """Record digests of rows, in as many entries as needed."""
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
    """Return an entry with its salt, the digests of the rows that it is about, and its hash."""
    salt = made_salt()
    state = state_text({key: salted_digest(salt, digest) for key, digest in digests.items()})
    said = said_digests(salt, str(row["before"]), str(row["after"])) if salt else None
    return {**row, "hash": entry_hash(row.values(), state, said), "state": state, "salt": salt}


def made_salt() -> str | None:
    """Return random bytes, in hexadecimal. None only to write an entry as before migration 0028."""
    return secrets.token_hex(_SALT_BYTES)


def hold_trail(session: Session) -> None:
    """Lock the trail until the commit, so that nobody else can record a change."""
    take_lock(session, _CHAIN_LOCK)


def trail_head(session: Session) -> tuple[int, str]:
    """Return the number and hash of the last entry, or 0 and "" if there is none."""
    row = session.connection().execute(_LAST_ENTRY).first()
    return (row.id, row.hash) if row else (0, "")


def trail_from(connection: Connection, number: int) -> Sequence[TrailStep]:
    """Return the entries from this number on, in order, `MOST_STEPS` at most."""
    return [TrailStep(*row) for row in connection.execute(_FROM, {"number": number})]


def trail_end(connection: Connection) -> Sequence[TrailStep]:
    """Return the last entry in a list, which is empty if there is none."""
    return [TrailStep(*row) for row in connection.execute(_END)]


def last_event_but(session: Session, kinds: Collection[TrailKind]) -> str:
    """Return the hash of the last entry that is not of these kinds, or "". Every change of another kind changes it."""
    query = select(TrailEntry.hash).where(TrailEntry.what.not_in(kinds)).order_by(TrailEntry.id.desc()).limit(1)
    return session.scalar(query) or ""


def find_head(session: Session, head: str) -> int | None:
    """Return the number of the entry with this hash, or None if the trail does not have it."""
    return session.scalar(select(TrailEntry.id).where(TrailEntry.hash == head))


def last_entry_about(session: Session, subject: str) -> tuple[int, str] | None:
    """Return the number and hash of the last entry about a subject, or None."""
    query = select(TrailEntry.id, TrailEntry.hash).where(TrailEntry.subject == subject).order_by(TrailEntry.id.desc())
    row = session.execute(query.limit(1)).first()
    return (row.id, row.hash) if row else None


def history(session: Session, subject: str) -> tuple[RecordedEvent, ...]:
    """Return the recorded changes of a subject, oldest first, without emptied entries."""
    rows = select(TrailEntry).where(TrailEntry.subject == subject, TrailEntry.erased.is_(None)).order_by(TrailEntry.id)
    return tuple(RecordedEvent(e.what, e.subject, e.before, e.after, e.at, e.who) for e in session.scalars(rows))


@dataclass(frozen=True, slots=True)
class StatedDigest:
    """The digest of some rows as recorded in an entry, with its salt. "" if it records that there are none."""

    entry: int  # number of the entry
    digest: str
    salt: str | None

    def is_of(self, digest: str) -> bool:
        """Tell whether it is the digest of rows that have this unsalted digest now."""
        return self.digest == salted_digest(self.salt, digest)


def last_states(session: Session, after: int, last: int | None = None) -> dict[RowsKey, StatedDigest]:
    """Return the digest in the last entry about each key, among entries later than `after`, up to `last`.

    An emptied entry counts as recording no rows: they are gone, or in a later entry.
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
    """Return what an entry stores of the rows that it is about, or None if it is about none."""
    return _READABLE.encode([[list(key), digest] for key, digest in digests.items()]) if digests else None


def entry_hash(parts: Iterable[object], state: str | None, said: Sequence[str] | None) -> str:
    """Return the hash of an entry, given its values before `hash` in the order of the columns.

    `state`: None in early entries. `said`: the digests of `before` and `after`, which take their place. None: written
    before migration 0028, so the hash is over the words themselves.
    """
    told: list[Any] = [*map(_json_value, parts), *([] if state is None else [state])]
    if said is not None:
        told[_SAID] = said
        told = ["salted", *told]
    return text_digest(_COMPACT.encode(told))


#: The positions of `before` and `after` among the columns.
_SAID = slice(5, 7)


def said_digests(salt: str, before: str, after: str) -> list[str]:
    """Return digests of an entry's words, which nobody can guess from them without the salt."""
    return [salted_digest(salt, f"before {before}"), salted_digest(salt, f"after {after}")]


def salted_digest(salt: str | None, digest: str) -> str:
    """Return a salted digest (HMAC-SHA-256). An empty digest, or one without a salt, is returned as it is."""
    if salt is None or not digest:
        return digest
    return hmac.digest(bytes.fromhex(salt), digest.encode(), "sha256").hex()


def _json_value(value: object) -> object:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def row_digest(row: Mapping[str, object]) -> str:
    """Return one digest of a frozen row's values, by column name. Columns that are None are left out."""
    told = {column: _json_value(value) for column, value in row.items() if value is not None}
    return text_digest(json.dumps(told, ensure_ascii=False, sort_keys=True))

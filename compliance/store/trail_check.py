"""Checking the audit trail: first its chain, then whether every row is as its last entry recorded it.

Somebody who can rewrite the database can also rewrite the whole chain, or cut off its end together with the rows that
it vouched for. Only a head noted elsewhere shows that (`trail_difference(head=…)`). If the words of entries were erased
(`erased_entries`), an erasure lists these entries, and the rows that they were about are deleted too.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import StatedDigest, hold_trail, last_states, row_digest, text_digest, trail_head
from compliance.store.desk_models import PublishedReadingRow, ReadingCorrectionRow
from compliance.store.erased_entries import ErasedEntries, hash_holds
from compliance.store.models import ConsentChange, Correction, EditionCopy, SnapshotRow, Submission, TrailEntry
from compliance.store.review_models import SignOff, WorkbookDownload
from compliance.store.signed_heads import unsound_signed_head
from compliance.store.vouched_rows import VOUCHED, RowsKey, all_row_digests, row_digests

#: Frozen rows that the trail vouches for: their name in subjects of entries, and the columns vouched for.
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
    WorkbookDownload: ("workbook-download", ("assessment_id", "submission_id", "verdicts", "checks", "by", "at")),
    Correction: ("correction", ("period_year", "what", "why", "at", "by")),
    SignOff: (  # without its revocation
        "sign-off",
        ("assessment_id", "submission_id", "by", "at", "name", "statement", "card", "digest"),
    ),
    ReadingCorrectionRow: ("reading-correction", ("reading_id", "what", "why", "by", "at")),
}
_FROZEN_KINDS = {"snapshot", "published-reading", *(name for name, _columns in _FROZEN_COLUMNS.values())}


@dataclass(frozen=True, slots=True)
class TrailDifference:
    """The first difference between the trail and what it vouches for."""

    #: `head`: no entry has the noted hash; `entry`: an entry is not as it was written; `changed`, `removed`: rows are
    #: not as their last entry recorded them; `unknown`: rows without an entry; `edition`: a copy does not have its
    #: digest; `signature`: a signed head does not fit its entry, or its signature is invalid.
    kind: Literal["head", "entry", "changed", "removed", "unknown", "edition", "signature"]
    entry: int | None = None  # number of the entry, or of the last entry about the rows
    rows: str = ""  # the rows: "answer/7/r02.code"

    def __str__(self) -> str:
        """Return a sentence for the person who runs the command."""
        match self.kind:
            case "head":
                return "No entry has the hash that you noted: entries were cut off, or written anew."
            case "entry":
                return f"Entry {self.entry} is not as it was written, or what it is about."
            case "signature":
                return f"What was signed as entry {self.entry} is not that entry, or its signature is false."
            case "edition":
                return f"The copy of the edition with the digest {self.rows} was altered."
            case "unknown":
                return f"No entry records {self.rows}."
            case "removed":
                return f"Rows that entry {self.entry} records are gone: {self.rows}."
        return f"{self.rows}: the rows are not as entry {self.entry} recorded them."


def trail_difference(session: Session, *, head: str = "") -> TrailDifference | None:
    """Return the first difference between the trail and what it vouches for, or None.

    `head`: the hash of an entry, noted elsewhere. Rows without an entry are found in tables of which the trail records
    every row (`VouchedTable.is_complete`).
    """
    if head and session.scalar(select(TrailEntry.id).where(TrailEntry.hash == head)) is None:
        return TrailDifference("head")
    if (broken := verify_trail(session)) is not None:
        return TrailDifference("entry", broken)
    if (unsound := unsound_signed_head(session)) is not None:
        return TrailDifference("signature", unsound)
    last, _ = trail_head(session)
    stated = last_states(session, 0, last)
    suspects = _unlike(session, stated)
    if suspects and (still := _still_unlike(session, stated, suspects, last)):
        return min(still, key=lambda one: (one.entry is None, one.entry or 0, one.rows))
    return _altered_edition(session)


def _unlike(session: Session, stated: Mapping[RowsKey, StatedDigest]) -> set[RowsKey]:
    """Return the keys whose rows seem not to be as recorded. Nothing is locked, so others may just be saving them."""
    left = {key for key, known in stated.items() if known.digest}
    unlike: set[RowsKey] = set()
    for key, digest in all_row_digests(session):
        left.discard(key)
        known = stated.get(key)
        if known is None and not VOUCHED[key[0]].is_complete:
            continue
        if known is None or not known.is_of(digest):
            unlike.add(key)
    return unlike | left


def _still_unlike(
    session: Session, stated: dict[RowsKey, StatedDigest], suspects: Collection[RowsKey], last: int
) -> list[TrailDifference]:
    """Return the differences of those suspects whose rows still are not as recorded while nobody can save."""
    hold_trail(session)
    now = stated | last_states(session, last)
    digests = row_digests(session, suspects)
    return [
        _difference(key, now.get(key), digests[key])
        for key in suspects
        if (not now[key].is_of(digests[key]) if key in now else digests[key])
    ]


def _difference(key: RowsKey, known: StatedDigest | None, digest: str) -> TrailDifference:
    rows = "/".join(map(str, key))
    if known is None or not known.digest:
        return TrailDifference("unknown", known.entry if known else None, rows)
    return TrailDifference("changed" if digest else "removed", known.entry, rows)


def _altered_edition(session: Session) -> TrailDifference | None:
    copies = select(EditionCopy.digest, EditionCopy.canonical).order_by(EditionCopy.digest)
    with session.execute(copies.execution_options(yield_per=1)) as rows:  # closed even if one is altered
        for digest, canonical in rows:
            if text_digest(canonical) != digest:
                return TrailDifference("edition", rows=digest)
    return None


def verify_trail(session: Session) -> int | None:
    """Return the number of the first entry that is not as it was written, or None.

    An entry also counts as broken if the frozen row that it vouches for was altered (a submission, a change of consent,
    a snapshot, a sign-off, a published desk reading, a correction, or a workbook download), or if its words are gone
    and no erasure lists it.
    """
    last, _ = trail_head(session)  # entries added meanwhile are not checked
    vouched = dict(_frozen_digests(session))
    entries = select(*TrailEntry.__table__.columns).where(TrailEntry.id <= last).order_by(TrailEntry.id)
    with session.execute(entries.execution_options(yield_per=1000)) as rows:  # closed even if one is broken
        return _first_broken(rows, vouched)


def _first_broken(rows: Iterable[Any], vouched: Mapping[str, Sequence[str]]) -> int | None:
    previous, erased = "", ErasedEntries()
    for number, row in enumerate(rows, 1):
        if row.id != number or row.previous != previous or not hash_holds(row) or not erased.take_in(row):
            return number
        is_frozen = row.erased is None and row.subject.partition("/")[0] in _FROZEN_KINDS
        if is_frozen and row.after not in vouched.get(row.subject, ()):
            return number
        previous = row.hash
    return erased.first_unnamed()


def _frozen_digests(session: Session) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the texts that an entry may have for each frozen row: its digest, or what earlier versions recorded."""
    for table, (name, columns) in _FROZEN_COLUMNS.items():
        query = select(table.id, *(getattr(table, column) for column in columns))
        with session.execute(query.execution_options(yield_per=100)) as rows:
            for number, *values in rows:
                row = dict(zip(columns, values, strict=True))
                yield f"{name}/{number}", (row_digest(row), *_earlier_digests(name, row))
    for year, content in session.execute(select(SnapshotRow.period_year, SnapshotRow.content)):
        yield f"snapshot/{year}", (text_digest(content),)
    for number, content in session.execute(select(PublishedReadingRow.reading_id, PublishedReadingRow.content)):
        yield f"published-reading/{number}", (text_digest(content),)


def _earlier_digests(name: str, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what earlier versions recorded of a row: a digest of its values in order, or the words of a correction."""
    if name == "submission":
        yield text_digest(json.dumps([value for value in row.values() if value is not None], ensure_ascii=False))
    elif name == "correction":
        yield f"{row['period_year']}: {row['what']} ({row['why']})"

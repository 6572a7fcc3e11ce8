"""The evidence that the answers of an assessment rest on, saved while the period is open.

Evidence is stored in the library of the company (`evidence_library`): it is picked there, or typed with the answer and
then stored there, once, however often it is typed. It stays if its answer is withdrawn.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import bindparam, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text, text_digest
from compliance.store.evidence_models import Evidence, LibraryItemRow, LibraryVersion
from compliance.store.exceptions import NotFound
from compliance.store.models import Assessment, Base, Organisation, Person, table_of
from compliance.store.named_rows import named_rows
from compliance.store.transactions import begin_save

_EVIDENCE = (
    select(
        Evidence.id,
        Evidence.question,
        Evidence.at,
        Evidence.version_id,
        Evidence.part,
        Evidence.note,
        Evidence.accessed,
        LibraryVersion.dated,
        LibraryVersion.digest,
        LibraryVersion.file_name,
        LibraryVersion.url,
        LibraryVersion.document,
        LibraryVersion.page,
        LibraryVersion.passage,
        LibraryVersion.item_id,
        LibraryItemRow.kind,
        LibraryItemRow.title,
        LibraryItemRow.expires,
        LibraryItemRow.withdrawn_at,
        Person.name.label("person"),
    )
    .join(LibraryVersion, LibraryVersion.id == Evidence.version_id)
    .join(LibraryItemRow, LibraryItemRow.id == LibraryVersion.item_id)
    .outerjoin(Person, Person.id == Evidence.by)
    .where(Evidence.assessment_id == bindparam("assessment"))
    .order_by(Evidence.id)
)
#: How many digests are looked up at a time, since databases limit the number of parameters.
_DIGESTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage of a document, such as the code of conduct."""

    document: str
    page: str = ""  # as printed: 12, iv, annex 2
    dated: date | None = None
    passage: str = ""
    note: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and the day on which it was read."""

    url: str
    accessed: date | None = None
    note: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the library, in the version that supports an answer."""

    title: str
    file_name: str
    digest: str  # SHA-256 of the file
    dated: date | None = None
    part: str = ""  # page 4, sheet Spain, clause 14.2
    note: str = ""


@dataclass(frozen=True, slots=True)
class LibraryUse:
    """New evidence for an answer: the latest version of an item that is in the library already."""

    item: int
    part: str = ""
    note: str = ""


RestsOn: TypeAlias = Quotation | Link | KeptFile
NewEvidence: TypeAlias = Quotation | Link | LibraryUse


class EvidenceItem(NamedTuple):  # not a frozen dataclass, as `SavedAnswer` explains
    """A stored piece of evidence for an answer."""

    id: int
    question: str
    rests_on: RestsOn
    by: str  # name of the person
    at: datetime
    item: int = 0  # id in the library; 0: submitted before there was a library
    version: int = 0  # id of the item's version
    ends: date | None = None  # first day on which it no longer counts: it expired or was withdrawn

    def counts_on(self, day: date) -> bool:
        """Tell whether it still counts as evidence on a day."""
        return self.ends is None or day < self.ends


def said_of(piece: RestsOn | LibraryUse) -> dict[str, str | int | date | None]:
    """Return the fields of a piece of evidence, by name."""
    return {field.name: getattr(piece, field.name) for field in fields(piece)}  # `asdict` copies each value: it is slow


def is_evidenced(pieces: Iterable[EvidenceItem], day: date) -> bool:
    """Tell whether any of these pieces counts as evidence on a day."""
    return any(piece.counts_on(day) for piece in pieces)


def add_evidence(
    session: Session, assessment_id: int, question: str, rests_on: NewEvidence, *, by: int | None, at: datetime
) -> int:
    """Add a passage, a link or an item of the library as evidence for an answer. Return its id.

    Raise as `add_all_evidence` does.
    """
    return add_all_evidence(session, assessment_id, [(question, rests_on)], by=by, at=at)[0]


def add_all_evidence(
    session: Session, assessment_id: int, pieces: Sequence[tuple[str, NewEvidence]], *, by: int | None, at: datetime
) -> tuple[int, ...]:
    """Add evidence for several answers, as pairs of question id and evidence. Return the ids of the evidence.

    Typed evidence that is not in the library yet is added to it. Raise NotFound, also for an item that is withdrawn or
    not in the library; CompanyMerged; PeriodClosed; or ValueError for a quotation without a document or a link without
    an address.
    """
    begin_save(session, assessment_id)
    if not pieces:
        return ()
    whose = select(Assessment.organisation_id).where(Assessment.id == assessment_id)
    organisation: int = session.connection().execute(whose).scalar_one()
    said = [piece if isinstance(piece, LibraryUse) else _cleaned(piece) for _, piece in pieces]
    typed = [piece for piece in said if not isinstance(piece, LibraryUse)]
    of_words, new = _keep_words(session, organisation, typed, by=by, at=at)
    picked = _latest_versions(session, organisation, {piece.item for piece in said if isinstance(piece, LibraryUse)})
    rows = [
        {
            "assessment_id": assessment_id,
            "question": question,
            "version_id": picked[piece.item] if isinstance(piece, LibraryUse) else of_words[words_digest(piece)],
            "part": storable_text(piece.part).strip(),
            "accessed": piece.accessed if isinstance(piece, Link) else None,
            "note": storable_text(piece.note).strip(),
            "by": by,
            "at": at,
        }
        for (question, _), piece in zip(pieces, said, strict=True)
    ]
    ids = _insert(session, Evidence, rows, ("question", "version_id", "part", "note"))
    entries = [
        TrailEvent("evidence", _evidence_subject(assessment_id, question), "", _evidence_text(evidence_id, piece))
        for evidence_id, (question, _), piece in zip(ids, pieces, said, strict=True)
    ]
    items = tuple(item_subject(organisation, item) for item in new)
    record_events(session, [replace(entries[0], about=items), *entries[1:]], by=by, at=at)
    return ids


def remove_evidence(session: Session, assessment_id: int, evidence_id: int, *, by: int | None, at: datetime) -> None:
    """Remove a piece of evidence. The trail keeps its words, and the library its item.

    Raise NotFound, CompanyMerged or PeriodClosed.
    """
    begin_save(session, assessment_id)
    found = session.connection().execute(_EVIDENCE.where(Evidence.id == evidence_id), {"assessment": assessment_id})
    row = found.first()
    if row is None:
        raise NotFound(f"no evidence {evidence_id}")
    gone = delete(Evidence).where(Evidence.id == evidence_id).execution_options(synchronize_session=False)
    session.execute(gone)
    before = _evidence_text(evidence_id, _rests_on(row))
    record_events(
        session, [TrailEvent("evidence", _evidence_subject(assessment_id, row.question), before, "")], by=by, at=at
    )


def evidence_of(session: Session, assessment_id: int) -> Mapping[str, tuple[EvidenceItem, ...]]:
    """Return all evidence of an assessment by question id, oldest first, including expired and withdrawn evidence."""
    found: dict[str, tuple[EvidenceItem, ...]] = {}
    for row in named_rows(session.connection().execute(_EVIDENCE, {"assessment": assessment_id})):
        withdrawn = row.withdrawn_at.date() if row.withdrawn_at else None
        ends = min(row.expires, withdrawn) if row.expires and withdrawn else row.expires or withdrawn
        piece = EvidenceItem(
            row.id, row.question, _rests_on(row), row.person or "", row.at, row.item_id, row.version_id, ends
        )
        found[row.question] = (*found.get(row.question, ()), piece)
    return found


def withdrawn_among(session: Session, items: Collection[int]) -> frozenset[int]:
    """Return the ids of those of these library items that are withdrawn."""
    withdrawn = LibraryItemRow.id.in_(items), LibraryItemRow.withdrawn_at.is_not(None)
    return frozenset(session.scalars(select(LibraryItemRow.id).where(*withdrawn))) if items else frozenset()


def words_digest(piece: Quotation | Link) -> str:
    """Return the SHA-256 of a passage or link, regardless of white space and of the day on which a link was read."""
    if isinstance(piece, Link):
        said = [piece.url]
    else:
        said = [piece.document, piece.page, piece.passage, str(piece.dated or "")]
    return text_digest(json.dumps([" ".join(part.split()) for part in said], ensure_ascii=False))


def version_columns(piece: Quotation | Link | KeptFile) -> dict[str, object]:
    """Return the columns of an item's version with this content; for a file, without media type and size."""
    columns: dict[str, object] = {
        **dict.fromkeys(("digest", "file_name", "media_type", "url", "document", "page", "passage"), ""),
        "size": 0,
        "dated": None,
        "accessed": None,
    }
    said = {name: value for name, value in said_of(piece).items() if name in columns}
    digest = piece.digest if isinstance(piece, KeptFile) else words_digest(piece)
    return columns | said | {"words_digest": digest}


def new_items(session: Session, rows: Sequence[Mapping[str, object]]) -> tuple[int, ...]:
    """Insert items of a library and return their ids."""
    unsaid = dict.fromkeys(("expires", "rule_text", "language", "public_url", "published"))
    filled = [{**unsaid, "seen_by": "everyone", "versions": 1, **row} for row in rows]
    return _insert(session, LibraryItemRow, filled, ("kind", "title"))


def new_versions(session: Session, rows: Sequence[Mapping[str, object]]) -> tuple[int, ...]:
    """Insert versions of items and return their ids."""
    return _insert(session, LibraryVersion, rows, ("item_id",))


def _insert(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]], tell_apart: Sequence[str]
) -> tuple[int, ...]:
    """Insert rows in one statement, and return their ids in the order of the rows.

    `tell_apart`: columns in which any two different rows differ. They are needed as SQLite returns the ids of such a
    statement in no particular order.
    """
    columns = [table_of(table).c[name] for name in ("id", *tell_apart)]
    given: dict[tuple[object, ...], list[int]] = {}
    for number, *key in session.connection().execute(insert(table_of(table)).returning(*columns), [*map(dict, rows)]):
        given.setdefault(tuple(key), []).append(number)
    left = {key: iter(sorted(numbers)) for key, numbers in given.items()}
    return tuple(next(left[tuple(row[name] for name in tell_apart)]) for row in rows)


def _keep_words(
    session: Session, organisation: int, pieces: Sequence[Quotation | Link], *, by: int | None, at: datetime
) -> tuple[Mapping[str, int], tuple[int, ...]]:
    """Return the version ids of these pieces, by `words_digest`, and the ids of items that had to be added."""
    wanted = {words_digest(piece): piece for piece in reversed(pieces)}
    known = _known_words(session, organisation, list(wanted), by=by, day=at.date())
    new = {digest: piece for digest, piece in wanted.items() if digest not in known}
    if not new:
        return known, ()
    about = {"by": by, "at": at}
    items = [
        {
            "organisation_id": organisation,
            "kind": "link" if isinstance(piece, Link) else "passage",
            "title": piece.url if isinstance(piece, Link) else piece.document,
            **about,
        }
        for piece in new.values()
    ]
    numbers = new_items(session, items)
    versions = [
        {"item_id": number, "number": 1, **about, **version_columns(piece)}
        for number, piece in zip(numbers, new.values(), strict=True)
    ]
    return {**known, **dict(zip(new, new_versions(session, versions), strict=True))}, numbers


def _known_words(
    session: Session, organisation: int, digests: Sequence[str], *, by: int | None, day: date
) -> dict[str, int]:
    """Return the ids of latest versions with these digests, of items that count on a day and that `by` may see."""
    i, v = LibraryItemRow, LibraryVersion
    query = select(v.words_digest, v.id).join(i, (i.id == v.item_id) & (i.versions == v.number))
    query = query.where(i.organisation_id == organisation, i.kind != "file", i.withdrawn_at.is_(None))
    query = query.where(or_(i.expires.is_(None), i.expires > day), or_(i.seen_by == "everyone", i.by == by))
    found: dict[str, int] = {}
    for start in range(0, len(digests), _DIGESTS_AT_ONCE):
        some = query.where(v.words_digest.in_(digests[start : start + _DIGESTS_AT_ONCE])).order_by(v.id.desc())
        found |= {row.words_digest: row.id for row in session.connection().execute(some)}
    return found


def _latest_versions(session: Session, organisation: int, items: Iterable[int]) -> Mapping[int, int]:
    """Return the id of each item's latest version. Raise NotFound for an item that is withdrawn or not there."""
    wanted = set(items)
    if not wanted:
        return {}
    i, o, v = LibraryItemRow, Organisation, LibraryVersion
    query = select(i.id, v.id.label("version")).join(v, (v.item_id == i.id) & (v.number == i.versions))
    query = query.join(o, o.id == i.organisation_id).where(func.coalesce(o.merged_into, o.id) == organisation)
    query = query.where(i.id.in_(wanted), i.withdrawn_at.is_(None))
    found = {row.id: row.version for row in session.connection().execute(query)}
    if gone := wanted - found.keys():
        raise NotFound(f"no item {min(gone)} in the library of company {organisation}")
    return found


def _cleaned(piece: Quotation | Link) -> Quotation | Link:
    said: dict[str, Any] = {
        name: storable_text(value).strip() for name, value in said_of(piece).items() if isinstance(value, str)
    }
    if not said.get("document") and not said.get("url"):
        raise ValueError("a quotation names its document, a link its address")
    return replace(piece, **said)


def item_subject(organisation_id: int, item_id: int) -> str:
    """Return the trail subject of a library item."""
    return f"organisation/{organisation_id}/evidence/{item_id}"


def _evidence_subject(assessment_id: int, question: str) -> str:
    return f"assessment/{assessment_id}/evidence/{question}"


def _rests_on(row: Any) -> RestsOn:
    if row.kind == "file":
        return KeptFile(row.title, row.file_name, row.digest, row.dated, row.part, row.note)
    if row.kind == "link":
        return Link(row.url, row.accessed, row.note, row.part)
    return Quotation(row.document, row.page, row.dated, row.passage, row.note, row.part)


def _evidence_text(evidence_id: int, piece: RestsOn | LibraryUse) -> str:
    kinds = {Quotation: "quotation", Link: "link", KeptFile: "file", LibraryUse: "from the library"}
    given = {name: str(value) for name, value in said_of(piece).items() if value}
    return json.dumps({"id": evidence_id, "kind": kinds[type(piece)], **given}, ensure_ascii=False)

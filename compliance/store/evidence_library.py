"""The evidence library of a company: files, links and passages, stored once and used by any number of answers.

If an item is replaced by a new version, the old one stays in its history. Answers that can still be changed then rest
on the new version; those of a closed period, and submissions, keep the old one. An item that has expired or was
withdrawn no longer counts as evidence; the answers stay.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.evidence import KeptFile, Link, Quotation, item_subject, new_items, new_versions, version_columns
from compliance.store.evidence_models import Evidence, LibraryItemRow, LibraryVersion
from compliance.store.exceptions import AlreadyDecided, CompanyMerged, NotFound, PeriodClosed
from compliance.store.models import Assessment, Organisation, Person
from compliance.store.transactions import begin_save, take_lock

#: How long before an item expires it is listed as needing attention, and a mail is sent about it.
NOTICE = timedelta(days=30)
_LOCK = 34_2027  # any number that no other lock has; each company has one of its own


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the file storage."""

    digest: str  # SHA-256
    file_name: str
    media_type: str
    size: int  # in bytes
    dated: date | None = None


Content: TypeAlias = StoredFile | Quotation | Link


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """The details of an item that are the same for all its versions."""

    title: str
    seen_by: str = "everyone"  # or `few`: the person who added it, owners and approvers; auditors see both
    expires: date | None = None  # first day on which it no longer counts as evidence
    rule_text: str = ""  # kind of text with rules: code, supplier-code, policy, other; "": not such a text
    language: str = ""  # of a text with rules
    public_url: str = ""
    published: bool | None = None


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """One version of an item. The fields of other kinds are empty."""

    id: int
    item_id: int
    number: int
    by: str  # name of the person
    at: datetime
    dated: date | None
    digest: str
    file_name: str
    media_type: str
    size: int
    url: str
    accessed: date | None
    document: str
    page: str
    passage: str


@dataclass(frozen=True, slots=True)
class LibraryItem:
    """An item with its latest version."""

    id: int
    organisation_id: int  # the company whose library it is in; after a merger, the remaining one
    organisation: str
    kind: str  # file, link, passage
    details: ItemDetails
    added_by: int | None
    withdrawn_at: datetime | None
    uses: int  # answers that rest on it, in any version
    latest: ItemVersion

    @property
    def ends(self) -> date | None:
        """The first day on which it no longer counts as evidence, or None."""
        withdrawn = self.withdrawn_at.date() if self.withdrawn_at else None
        return min((day for day in (self.details.expires, withdrawn) if day), default=None)

    def needs_look(self, day: date) -> bool:
        """Tell whether on a day it has expired or expires soon."""
        return self.withdrawn_at is None and self.details.expires is not None and self.details.expires <= day + NOTICE


class ItemName(NamedTuple):
    """The words by which an item is offered for picking. The last three fields are of a passage."""

    id: int
    kind: str
    title: str
    document: str
    page: str
    passage: str


@dataclass(frozen=True, slots=True)
class ItemUse:
    """An answer that rests on an item."""

    assessment_id: int
    edition_id: str
    year: int
    question: str
    number: int  # of the version
    part: str
    note: str


_owner: ColumnElement[int] = func.coalesce(Organisation.merged_into, Organisation.id)
_VERSION_COLUMNS: tuple[Any, ...] = (
    LibraryVersion.id,
    LibraryVersion.item_id,
    LibraryVersion.number,
    func.coalesce(Person.name, ""),
    LibraryVersion.at,
    LibraryVersion.dated,
    LibraryVersion.digest,
    LibraryVersion.file_name,
    LibraryVersion.media_type,
    LibraryVersion.size,
    LibraryVersion.url,
    LibraryVersion.accessed,
    LibraryVersion.document,
    LibraryVersion.page,
    LibraryVersion.passage,
)
_of_version = aliased(LibraryVersion)
_USES = (
    select(func.count())
    .select_from(Evidence)
    .join(_of_version, _of_version.id == Evidence.version_id)
    .where(_of_version.item_id == LibraryItemRow.id)
    .correlate(LibraryItemRow)
    .scalar_subquery()
)


def library_of(session: Session, organisation_id: int) -> tuple[LibraryItem, ...]:
    """Return the library of a company and of those merged into it, the latest items first, including withdrawn ones."""
    query = _select_items(with_uses=True).where(_owner == organisation_id).order_by(LibraryItemRow.id.desc())
    return tuple(_item(row) for row in session.execute(query))


def rule_texts_of(session: Session, organisation_id: int) -> tuple[LibraryItem, ...]:
    """Return the texts with rules in that library that were not withdrawn, the latest first. `uses` is not counted."""
    rows = session.connection().execute(_select_rule_texts(), {"organisation": organisation_id})
    return tuple(_item(row) for row in rows)


def items_to_pick(session: Session, organisation_id: int, *, on: date) -> tuple[LibraryItem, ...]:
    """Return the items that count as evidence on a day, passages last, the latest first. `uses` is not counted."""
    rows = session.connection().execute(_select_to_pick(), {"organisation": organisation_id, "day": on})
    return tuple(_item(row) for row in rows)


def names_to_offer(session: Session, organisation_id: int, *, on: date, most: int) -> tuple[ItemName, ...]:
    """Return the names of the first `most` items that `items_to_pick` would return."""
    sought = {"organisation": organisation_id, "day": on, "most": most}
    return tuple(ItemName(*row) for row in session.connection().execute(_select_names(), sought))


def library_item(session: Session, organisation_id: int, item_id: int) -> LibraryItem:
    """Return one item of a company's library. Raise NotFound."""
    query = _select_items(with_uses=True).where(LibraryItemRow.id == item_id, _owner == organisation_id)
    if (row := session.execute(query).first()) is None:
        raise NotFound(f"no item {item_id} in the library of company {organisation_id}")
    return _item(row)


def item_of_version(session: Session, version_id: int) -> tuple[LibraryItem, ItemVersion]:
    """Return the item of a version, and the version. Raise NotFound."""
    v = LibraryVersion
    row = session.execute(select(*_VERSION_COLUMNS).outerjoin(Person, Person.id == v.by).where(v.id == version_id))
    if (found := row.first()) is None:
        raise NotFound(f"no version {version_id} of anything")
    version = ItemVersion(*found)
    item = session.execute(_select_items(with_uses=False).where(LibraryItemRow.id == version.item_id)).one()
    return _item(item), version


def item_versions(session: Session, item_id: int) -> tuple[ItemVersion, ...]:
    """Return all versions of an item, the latest first."""
    v = LibraryVersion
    query = select(*_VERSION_COLUMNS).outerjoin(Person, Person.id == v.by).where(v.item_id == item_id)
    return tuple(ItemVersion(*row) for row in session.execute(query.order_by(v.number.desc())))


def item_uses(session: Session, item_id: int) -> tuple[ItemUse, ...]:
    """Return all answers that rest on an item, the latest year first."""
    a, v = Assessment, LibraryVersion
    query = (
        select(a.id, a.edition_id, a.period_year, Evidence.question, v.number, Evidence.part, Evidence.note)
        .join(Evidence, Evidence.assessment_id == a.id)
        .join(v, v.id == Evidence.version_id)
        .where(v.item_id == item_id)
        .order_by(a.period_year.desc(), Evidence.id)
    )
    return tuple(ItemUse(*row) for row in session.execute(query))


def hidden_items(session: Session, person_id: int, organisation_ids: Sequence[int]) -> frozenset[int]:
    """Return the ids of these companies' items that a person may not see unless they are an owner or approver there."""
    i = LibraryItemRow
    query = select(i.id).join(Organisation, Organisation.id == i.organisation_id).where(_owner.in_(organisation_ids))
    return frozenset(session.scalars(query.where(i.seen_by == "few", or_(i.by.is_(None), i.by != person_id))))


def add_item(
    session: Session, organisation_id: int, details: ItemDetails, content: Content, *, by: int | None, at: datetime
) -> int:
    """Add an item, unless the same person has added it already. Return its id. Raise NotFound or CompanyMerged."""
    take_lock(session, _LOCK, organisation_id)  # a second press of the button waits, and finds what the first added
    _refuse_merged(session, organisation_id)
    kind = {StoredFile: "file", Link: "link", Quotation: "passage"}[type(content)]
    row = {"organisation_id": organisation_id, "kind": kind, **_detail_columns(details), "by": by}
    said, i, v = _content_columns(details, content), LibraryItemRow, LibraryVersion
    same = (i.withdrawn_at.is_(None), *(getattr(i, name) == value for name, value in row.items()))
    latest = v.item_id == i.id, v.number == i.versions, *(getattr(v, name) == value for name, value in said.items())
    if there := session.scalar(select(i.id).where(*same, *latest).limit(1)):
        return there
    (number,) = new_items(session, [row | {"at": at}])
    new_versions(session, [{"item_id": number, "number": 1, "by": by, "at": at, **said}])
    _refuse_merged(session, organisation_id)  # again: it may have been erased or merged while this waited
    _note(session, organisation_id, number, "", _words(details, content), by=by, at=at)
    return number


def replace_item(
    session: Session, item: LibraryItem, content: Content, *, seen: int, expires: date | None, by: int, at: datetime
) -> int:
    """Add a new version of an item and return its number. Answers that can still be changed rest on it from now on.

    `seen`: the version to replace. Raise NotFound, CompanyMerged, or AlreadyDecided if it was replaced meanwhile.
    """
    _refuse_merged(session, item.organisation_id)
    i = LibraryItemRow
    change = update(i).where(i.id == item.id, i.versions == seen).values(versions=i.versions + 1, expires=expires)
    counted = session.execute(change.returning(i.versions).execution_options(synchronize_session=False)).first()
    if counted is None:
        raise AlreadyDecided(f"item {item.id} was replaced meanwhile")
    said = _content_columns(item.details, content)
    row = {"item_id": item.id, "number": counted.versions, "by": by, "at": at, **said}
    (version,) = new_versions(session, [row])
    older = select(LibraryVersion.id).where(LibraryVersion.item_id == item.id, LibraryVersion.id != version)
    for number in sorted({use.assessment_id for use in item_uses(session, item.id)}):
        try:
            begin_save(session, number)
        except (PeriodClosed, CompanyMerged):
            continue  # its answers keep the version that they rest on
        moved = update(Evidence).where(Evidence.assessment_id == number, Evidence.version_id.in_(older))
        session.execute(moved.values(version_id=version).execution_options(synchronize_session=False))
    before, after = _words(item.details, item.latest), _words(replace(item.details, expires=expires), content)
    _note(session, item.organisation_id, item.id, before, after, by=by, at=at)
    return int(counted.versions)


def change_item(session: Session, item: LibraryItem, details: ItemDetails, *, by: int, at: datetime) -> None:
    """Change the details of an item, such as when it expires. Raise NotFound, CompanyMerged, or ValueError."""
    _refuse_merged(session, item.organisation_id)
    if details == item.details:
        return
    i = LibraryItemRow
    change = update(i).where(i.id == item.id).values(_detail_columns(details))
    session.execute(change.execution_options(synchronize_session=False))
    before, after = _words(item.details), _words(details)
    _note(session, item.organisation_id, item.id, before, after, by=by, at=at)


def withdraw_item(session: Session, item: LibraryItem, *, withdrawn: bool, by: int, at: datetime) -> None:
    """Withdraw an item, or undo that, unless it is so already. Raise NotFound or CompanyMerged."""
    _refuse_merged(session, item.organisation_id)
    i = LibraryItemRow
    now_is = {"withdrawn_at": at, "withdrawn_by": by} if withdrawn else {"withdrawn_at": None, "withdrawn_by": None}
    change = update(i).where(i.id == item.id, i.withdrawn_at.is_(None) if withdrawn else i.withdrawn_at.is_not(None))
    done = session.execute(change.values(now_is).returning(i.id).execution_options(synchronize_session=False)).first()
    if done is not None:
        before, after = ("", "withdrawn") if withdrawn else ("withdrawn", "")
        _note(session, item.organisation_id, item.id, before, after, by=by, at=at)


def take_expiring(session: Session, *, on: date) -> tuple[LibraryItem, ...]:
    """Return the items that expire soon and have had no reminder yet, and mark them as reminded of."""
    i = LibraryItemRow
    soon = and_(i.withdrawn_at.is_(None), i.expires > on, i.expires <= on + NOTICE)
    due = and_(soon, or_(i.reminded_of.is_(None), i.reminded_of != i.expires))
    if session.execute(select(i.id).where(due).limit(1)).first() is None:
        return ()  # without a write, for which others would have to wait
    taken = update(i).where(due).values(reminded_of=i.expires).returning(i.id)
    numbers = session.execute(taken.execution_options(synchronize_session=False)).scalars().all()
    found = session.execute(_select_items(with_uses=True).where(i.id.in_(numbers)).order_by(i.expires, i.id))
    return tuple(_item(row) for row in found)


@cache  # built once, as building a statement takes as long as reading some items
def _select_to_pick() -> Select[*tuple[Any, ...]]:
    i = LibraryItemRow
    query = _select_items(with_uses=False).where(_owner == bindparam("organisation"))
    query = query.where(i.withdrawn_at.is_(None), or_(i.expires.is_(None), i.expires > bindparam("day")))
    return query.order_by(case((i.kind == "passage", 1), else_=0), i.id.desc())


@cache
def _select_names() -> Select[*tuple[Any, ...]]:
    i, v = LibraryItemRow, LibraryVersion
    columns = (i.id, i.kind, i.title, v.document, v.page, v.passage)
    return _select_to_pick().with_only_columns(*columns).limit(bindparam("most", type_=Integer))


@cache
def _select_rule_texts() -> Select[*tuple[Any, ...]]:
    i = LibraryItemRow
    query = _select_items(with_uses=False).where(_owner == bindparam("organisation"), i.withdrawn_at.is_(None))
    return query.where(i.rule_text != "").order_by(i.id.desc())


@cache
def _select_items(*, with_uses: bool) -> Select[*tuple[Any, ...]]:
    i = LibraryItemRow
    about = (i.rule_text, i.language, i.public_url, i.published, i.withdrawn_at)
    query = select(_owner.label("own"), i.by.label("added_by"), i.kind, i.title, i.seen_by, i.expires, *about)
    query = query.add_columns(*_VERSION_COLUMNS, Organisation.name.label("organisation"))
    if with_uses:
        query = query.add_columns(_USES.label("uses"))
    return (
        query.join(LibraryVersion, and_(LibraryVersion.item_id == i.id, LibraryVersion.number == i.versions))
        .join(Organisation, Organisation.id == i.organisation_id)
        .outerjoin(Person, Person.id == LibraryVersion.by)
    )


def _item(row: Any) -> LibraryItem:
    said = row.title, row.seen_by, row.expires, row.rule_text or "", row.language or "", row.public_url or ""
    version = ItemVersion(*row[11 : 11 + len(_VERSION_COLUMNS)])
    uses = row.uses if hasattr(row, "uses") else 0
    details = ItemDetails(*said, row.published)
    whose = row.own, row.organisation
    return LibraryItem(version.item_id, *whose, row.kind, details, row.added_by, row.withdrawn_at, uses, version)


def _detail_columns(details: ItemDetails) -> dict[str, object]:
    texts = {name: storable_text(getattr(details, name)).strip() for name in ("title", "language", "public_url")}
    if not texts["title"]:
        raise ValueError("an item has a title")
    return {
        **{name: text or None for name, text in texts.items()},
        "seen_by": details.seen_by,
        "expires": details.expires,
        "rule_text": details.rule_text or None,
        "published": details.published,
    }


def _content_columns(details: ItemDetails, content: Content) -> dict[str, object]:
    if not isinstance(content, StoredFile):
        return version_columns(content)
    file = KeptFile(details.title, storable_text(content.file_name), content.digest, content.dated)
    return version_columns(file) | {"media_type": content.media_type, "size": content.size}


def _refuse_merged(session: Session, organisation_id: int) -> None:
    """Raise CompanyMerged, or NotFound, also for an erased company."""
    here = Organisation.id == organisation_id, Organisation.erased_at.is_(None)
    if (status := session.scalar(select(Organisation.status).where(*here))) is None:
        raise NotFound(f"no company {organisation_id}")
    if status == "merged":
        raise CompanyMerged("the company was merged into another one: its library can be read, not changed")


def _words(details: ItemDetails, content: Content | ItemVersion | None = None) -> str:
    """Return what the trail records of an item."""
    said = asdict(details) | (asdict(content) if content else {})
    unsaid = {"id", "item_id", "number", "by", "at"}
    given = {name: str(value) for name, value in said.items() if value not in ("", None, 0) and name not in unsaid}
    return json.dumps(given, ensure_ascii=False)


def _note(
    session: Session, organisation_id: int, item_id: int, before: str, after: str, *, by: int | None, at: datetime
) -> None:
    record_events(
        session, [TrailEvent("evidence", item_subject(organisation_id, item_id), before, after)], by=by, at=at
    )

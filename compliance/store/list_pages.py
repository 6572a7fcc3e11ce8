"""Pages of long lists by keyset pagination, so that each page costs the same, however long the list is.

A page begins after a key: the values by which the list is ordered, of the last row before it. So rows that are added or
removed in the meantime do not shift the rows that follow.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from compliance.store.audit_trail import RecordedEvent
from compliance.store.companies import COMPANY_COLUMNS, Company
from compliance.store.desk_models import DeskReadingRow, ReadCompanyRow
from compliance.store.desk_readings import DeskReading, reading_of, select_readings
from compliance.store.erased_entries import numbers_of_rows
from compliance.store.exceptions import NotFound
from compliance.store.independence import InterestOfAuditor, person_subject
from compliance.store.models import (
    Assessment,
    Assignment,
    Organisation,
    Person,
    PersonRole,
    Submission,
    TrailEntry,
    TrailKind,
)
from compliance.store.people_and_roles import Member, members_by_id
from compliance.store.review_models import DeclaredInterest
from compliance.store.submissions import FrozenSubmission, select_latest

T = TypeVar("T")
U = TypeVar("U")
#: Values of the columns by which a list is ordered. The last is an id, so that each row has its own key.
ListKey: TypeAlias = tuple[str | int | float, ...]

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list to show."""

    find: str = ""  # words to search for; "": all rows
    order: str = "name"  # one of the orders of the list
    after: ListKey = ()  # begin after the row with this key; (): with the first
    before: ListKey = ()  # end before the row with this key


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """Some rows of a list, in its order."""

    rows: tuple[T, ...]
    found: int  # number of rows on all pages
    earlier: ListKey = ()  # key before which the previous page ends; (): this is the first page
    later: ListKey = ()  # key after which the next page begins; (): this is the last page

    def of(self, make: Callable[[T], U]) -> "ListPage[U]":
        """Return the same page with `make` applied to each row."""
        return ListPage(tuple(make(row) for row in self.rows), self.found, self.earlier, self.later)


@dataclass(frozen=True, slots=True)
class ListOrder:
    """An order of a list: columns without nulls, the last of them an id, all ascending or all descending (`falls`)."""

    columns: tuple[Any, ...]
    falls: bool = False

    def in_words(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """Return the ORDER BY expressions, or those of the reverse order."""
        return [column.desc() if self.falls != backwards else column.asc() for column in self.columns]

    def check(self, key: ListKey) -> None:
        """Raise NotFound unless the values of a key fit the columns of this order."""
        kinds = [column.type.python_type for column in self.columns]
        if len(kinds) != len(key):
            raise NotFound(f"a key of this list has {len(kinds)} values")
        for kind, value in zip(kinds, key, strict=True):
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise NotFound(f"{value!r} is no value of this list")

    def beyond(self, key: ListKey, *, backwards: bool = False) -> ColumnElement[bool]:
        """Return a condition: a row comes after the row with this key, or, if `backwards`, before it."""
        here, there = tuple_(*self.columns), tuple_(*(literal(value) for value in key))
        return here < there if self.falls != backwards else here > there


def find_page(
    session: Session, query: Select[*tuple[Any, ...]], order: ListOrder, request: PageRequest
) -> ListPage[tuple[Any, ...]]:
    """Return the page of a query's rows, each a tuple of its columns. Raise NotFound for a key of another order."""
    backwards, key = bool(request.before), request.before or request.after
    if key:
        order.check(key)
    counted = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True)
    found = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    wanted = query.add_columns(*order.columns).order_by(None).order_by(*order.in_words(backwards=backwards))
    if key:
        wanted = wanted.where(order.beyond(key, backwards=backwards))
    rows = [tuple(row) for row in session.execute(wanted.limit(PAGE_ROWS + 1))]
    more, shown = len(rows) > PAGE_ROWS, rows[:PAGE_ROWS]
    if backwards:
        shown.reverse()
    width = len(order.columns)
    first, last = (shown[0][-width:], shown[-1][-width:]) if shown else ((), ())
    has_earlier, has_later = (more, True) if backwards else (bool(key), more)
    return ListPage(
        tuple(row[:-width] for row in shown), found, first if has_earlier else (), last if has_later else ()
    )


def text_matches(find: str, columns: Sequence[Any]) -> list[ColumnElement[bool]]:
    """Return conditions: each word of `find` occurs in one of these columns, ignoring case."""
    text: Any = func.lower(columns[0])
    for column in columns[1:]:
        text = text + " " + func.lower(column)
    return [text.contains(word, autoescape=True) for word in find.lower().split()]


def ignoring_case(column: Any) -> ColumnElement[str]:
    """Return the expression by which a list of names is ordered."""
    return func.lower(column, type_=String)


_BY_NAME = ListOrder((ignoring_case(Organisation.name), Organisation.id))
_COMPANY_ORDERS: Mapping[str, ListOrder] = {
    "name": _BY_NAME,
    "latest": ListOrder((Organisation.id,), falls=True),
}
_PEOPLE_ORDERS: Mapping[str, ListOrder] = {
    "name": ListOrder((ignoring_case(Person.name), Person.id)),
    "latest": ListOrder((Person.id,), falls=True),
}
_SUBMISSION_ORDERS: Mapping[str, ListOrder] = {
    "name": ListOrder((ignoring_case(Organisation.name), Submission.id)),
    "latest": ListOrder((Submission.id,), falls=True),
}
_READING_ORDERS: Mapping[str, ListOrder] = {
    "name": ListOrder((ignoring_case(ReadCompanyRow.name), DeskReadingRow.id)),
    "latest": ListOrder((DeskReadingRow.id,), falls=True),
}


def companies_page(session: Session, request: PageRequest, *, present: bool = False) -> ListPage[Company]:
    """Return a page of companies, found by words of name, web domain and LEI. Orders: `name`; `latest` registered.

    `present`: without erased and merged companies.
    """
    wanted = text_matches(request.find, [Organisation.name, Organisation.website_domain, Organisation.lei])
    wanted += [Organisation.erased_at.is_(None), Organisation.merged_into.is_(None)] if present else []
    page = find_page(session, select(*COMPANY_COLUMNS).where(*wanted), _COMPANY_ORDERS[request.order], request)
    return page.of(lambda row: Company(*row))


def members_page(session: Session, request: PageRequest, *, role: str = "") -> ListPage[Member]:
    """Return a page of people (with a role, if given), by words of name and address. Orders: `name`; `latest` added."""
    conditions = text_matches(request.find, [Person.name, Person.email])
    if role:
        conditions.append(Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == role)))
    page = find_page(session, select(Person.id).where(*conditions), _PEOPLE_ORDERS[request.order], request)
    known = members_by_id(session, [number for (number,) in page.rows])
    return page.of(lambda row: known[row[0]])


def interests_page(session: Session, auditor: int, request: PageRequest) -> ListPage[InterestOfAuditor]:
    """Return a page of an auditor's declared interests, by name of the company."""
    i = DeclaredInterest
    query = (
        select(i.organisation_id, Organisation.name, i.what, i.at, i.by, func.coalesce(Person.name, ""))
        .join(Organisation, Organisation.id == i.organisation_id)
        .outerjoin(Person, Person.id == i.by)
        .where(i.person_id == auditor)
    )
    return find_page(session, query, _BY_NAME, request).of(lambda row: InterestOfAuditor(*row))


def submissions_page(
    session: Session, year: int, request: PageRequest, *, sector: str | None = None, unassigned: bool = False
) -> ListPage[FrozenSubmission]:
    """Return a page of a period's latest submissions, without content. Orders: `name` of the company; `latest`.

    `sector`: only submissions of this sector ("": without one). `unassigned`: only submissions without an auditor.
    """
    query = select_latest(content=False, at_closing=True)
    query = query.where(Assessment.period_year == year, Assessment.voice == "self")
    query = query.where(*text_matches(request.find, [Organisation.name]))
    if sector is not None:
        query = query.where(Submission.sector == sector)
    if unassigned:
        query = query.where(~exists().where(Assignment.assessment_id == Submission.assessment_id))
    page = find_page(session, query, _SUBMISSION_ORDERS[request.order], request)
    return page.of(lambda row: FrozenSubmission(*row))


def readings_page(
    session: Session, request: PageRequest, *, state: str = "", campaign_id: int | None = None
) -> ListPage[DeskReading]:
    """Return a page of desk readings, found by words of the company's name, web domain and LEI.

    Orders: `name`; `latest` begun. `state`, `campaign_id`: only readings in this state, or of this campaign.
    """
    company = ReadCompanyRow
    wanted = text_matches(request.find, [company.name, company.website_domain, company.lei])
    wanted += [DeskReadingRow.state == state] if state else []
    wanted += [] if campaign_id is None else [DeskReadingRow.campaign_id == campaign_id]
    return find_page(session, select_readings().where(*wanted), _READING_ORDERS[request.order], request).of(reading_of)


def submitted_sectors(session: Session, year: int) -> list[tuple[str, str]]:
    """Return the sectors of a period's submissions, each with the digest of the edition of one of them."""
    query = select(Submission.sector, func.max(Submission.edition_digest)).join(Assessment)
    query = query.where(Assessment.period_year == year, Assessment.voice == "self").group_by(Submission.sector)
    return [(row[0], row[1]) for row in session.execute(query)]


# ── The audit trail


@dataclass(frozen=True, slots=True)
class AttributedEvent(RecordedEvent):
    """One entry of the trail with its number, and the name of who did it."""

    number: int
    name: str  # "": nobody was signed in, for example on the command line
    is_erased: bool  # whether its words were erased


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """Which entries of the trail to show."""

    kind: TrailKind | None = None
    people: Collection[int] = ()  # changes by or about one of them; (): anybody
    companies: Collection[int] = ()  # changes about one of them, or about its assessments; (): any
    since: datetime | None = None
    until: datetime | None = None  # this moment included


_TRAIL_ORDER = ListOrder((TrailEntry.id,), falls=True)
_ENTRIES_AT_ONCE = 1_000


def trail_page(session: Session, wanted: TrailQuery, request: PageRequest) -> ListPage[AttributedEvent]:
    """Return a page of trail entries, the latest first, found by words of their subjects."""
    return find_page(session, _trail(session, wanted, request.find), _TRAIL_ORDER, request).of(_event)


def trail_batches(session: Session, wanted: TrailQuery, find: str = "") -> Iterator[tuple[AttributedEvent, ...]]:
    """Yield all these entries in batches. No transaction is open while the caller uses a batch."""
    query = _trail(session, wanted, find).order_by(TrailEntry.id.desc()).limit(_ENTRIES_AT_ONCE)
    some = session.execute(query).all()
    while some:
        session.rollback()
        batch = tuple(map(_event, some))
        yield batch
        some = session.execute(query.where(TrailEntry.id < batch[-1].number)).all()


def _trail(session: Session, wanted: TrailQuery, find: str) -> Select[Any]:
    e = TrailEntry
    said: tuple[Any, ...] = (e.what, e.subject, e.before, e.after, e.at, e.who)
    columns = (*said, e.id, func.coalesce(Person.name, ""), e.erased.is_not(None))
    query = select(*columns).outerjoin(Person, Person.id == e.who).where(*text_matches(find, [e.subject]))
    query = query.where(e.what == wanted.kind) if wanted.kind else query
    query = query.where(_by_or_about(wanted.people)) if wanted.people else query
    query = query.where(_about_companies(session, wanted.companies)) if wanted.companies else query
    query = query.where(e.at >= wanted.since) if wanted.since else query
    return query.where(e.at <= wanted.until) if wanted.until else query


def _event(row: Sequence[Any]) -> AttributedEvent:
    return AttributedEvent(*row)


def _by_or_about(people: Collection[int]) -> ColumnElement[bool]:
    e, subjects = TrailEntry, [person_subject(person) for person in people]
    return or_(
        e.who.in_(people),
        e.subject.in_(subjects),
        *(e.subject.startswith(f"{subject}/") for subject in subjects),
        *(and_(e.what == "membership", e.subject.endswith(f"/member/{person}")) for person in people),
        and_(e.what == "assignment", or_(*(_begins(e.before, one) | _begins(e.after, one) for one in subjects))),
    )


def _about_companies(session: Session, companies: Collection[int]) -> ColumnElement[bool]:
    """Return the condition of `erased_entries.entries_about`, without decisions on others with the same reason."""
    e, links = TrailEntry, [f"organisation/{company}" for company in companies]
    assessments = session.scalars(select(Assessment.id).where(Assessment.organisation_id.in_(companies))).all()
    mine = numbers_of_rows(session, companies, assessments)
    subjects = [f"{kind}/{number}" for kind, numbers in mine.items() for number in numbers]
    roots = [*links, *(f"assessment/{number}" for number in assessments)]
    return or_(
        e.subject.in_(subjects),
        *_below(roots),
        and_(e.what == "interest", or_(*(e.subject.endswith(f"/interest/{link}") for link in links))),
        and_(
            e.what.in_(("group", "invitation")),
            or_(*(_begins(e.before, link) | _begins(e.after, link) for link in links)),
        ),
    )


def _below(roots: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return conditions: the subject of an entry is below one of these roots.

    There is one condition for each length of root, and not for each root, since SQLite refuses a thousand conditions.
    """
    heads = sorted((f"{root}/" for root in roots), key=len)
    subject = TrailEntry.subject
    return [func.substr(subject, 1, length, type_=String).in_(tuple(some)) for length, some in groupby(heads, key=len)]


def _begins(words: Any, line: str) -> ColumnElement[bool]:
    """Return a condition: the first line of an entry's words is this line."""
    return or_(words == line, words.startswith(f"{line}\n"))

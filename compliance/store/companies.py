"""Companies: how they are registered, and then confirmed, refused, left out, renamed, merged or grouped by the steward.

`counts_in_figures` is the one rule that says which companies count. Every decision has a reason, which the trail keeps:
`after` of its entry is the decision, a line break, and the reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.identity.matching import CompanyIdentity
from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.company_erasure_requests import DeletionDue, company_erasure_request
from compliance.store.company_links import counts_beside_others
from compliance.store.company_models import CompanyGroupRow
from compliance.store.exceptions import AlreadyDecided, NotFound
from compliance.store.independence import end_tied_assignments
from compliance.store.invitation_matching import match_registered
from compliance.store.memberships import move_members
from compliance.store.models import Organisation, Person, TrailEntry


@dataclass(frozen=True, slots=True)
class Company:
    """A registered company."""

    id: int
    name: str
    demonstration: bool
    registered_at: datetime
    status: str  # one of COMPANY_STATUSES
    confirmed_at: datetime | None  # for the first time
    merged_into: int | None
    group_id: int | None
    website_domain: str  # "" if none was given
    lei: str  # "" if none was given
    counts_apart: bool  # by the steward's decision, although it shares an owner or a domain with other companies
    erased_at: datetime | None = None  # when everything that it gave was deleted


@dataclass(frozen=True, slots=True)
class CompanyGroup:
    """Companies of one owner. They count once: by `counting`, as `counts_in_figures` finds it."""

    id: int
    name: str
    companies: tuple[Company, ...]
    counting: int | None  # the company whose answers count; None: none of them is confirmed
    named: bool  # whether the steward chose it; otherwise, it is the first that was confirmed


COMPANY_COLUMNS = (
    Organisation.id,
    Organisation.name,
    Organisation.demonstration,
    Organisation.registered_at,
    Organisation.status,
    Organisation.confirmed_at,
    Organisation.merged_into,
    Organisation.group_id,
    Organisation.website_domain,
    Organisation.lei,
    Organisation.counts_apart,
    Organisation.erased_at,
)


def counts_in_figures() -> ColumnElement[bool]:
    """Return a condition on Organisation: the company counts in figures and in participation.

    A confirmed company counts if it is the counting one of its group (the one that the steward named, or else the first
    confirmed). Outside groups, it counts if it was the first confirmed of the companies with its owner or web domain,
    or if the steward lets it count apart.
    """
    first, named = aliased(Organisation), aliased(Organisation)
    first_confirmed = (
        select(first.id)
        .where(first.group_id == Organisation.group_id, first.status == "confirmed")
        .order_by(first.confirmed_at, first.id)
        .limit(1)
        .correlate(Organisation)
        .scalar_subquery()
    )
    chosen = (
        select(named.id)
        .join(CompanyGroupRow, CompanyGroupRow.counting_organisation_id == named.id)
        .where(
            CompanyGroupRow.id == Organisation.group_id,
            named.group_id == Organisation.group_id,
            named.status == "confirmed",
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    alone = and_(Organisation.group_id.is_(None), counts_beside_others())
    return and_(
        Organisation.status == "confirmed", or_(alone, Organisation.id == func.coalesce(chosen, first_confirmed))
    )


def add_organisation(
    session: Session,
    name: str,
    *,
    at: datetime,
    demonstration: bool = False,
    status: str = "pending",
    website_domain: str = "",
    lei: str = "",
) -> int:
    """Add a company without members, match it with invited companies, and return its id."""
    values = {
        "name": storable_text(name).strip(),
        "demonstration": demonstration,
        "registered_at": at,
        "status": status,
        "confirmed_at": at if status == "confirmed" else None,
        "website_domain": storable_text(website_domain),
        "lei": storable_text(lei),
    }
    number = session.execute(insert(Organisation).values(values).returning(Organisation.id)).scalar_one()
    match_registered(session, CompanyIdentity.of(number, name, (website_domain,), lei), at=at)
    return number


def companies(session: Session) -> tuple[Company, ...]:
    """Return all registered companies of any status, sorted by name, without erased ones."""
    return _select_companies(session, Organisation.erased_at.is_(None))


def company(session: Session, organisation_id: int) -> Company:
    """Return one company, also an erased one. Raise NotFound."""
    found = _select_companies(session, Organisation.id == organisation_id)
    if not found:
        raise NotFound(f"no company {organisation_id}")
    return found[0]


def present_company(session: Session, organisation_id: int | None) -> Company | None:
    """Return the company with this id, or None if there is none or it was erased."""
    found = _select_companies(session, Organisation.id == organisation_id, Organisation.erased_at.is_(None))
    return found[0] if found else None


def counting_companies(session: Session, among: Collection[int] | None = None) -> frozenset[int]:
    """Return the ids of companies that count in figures and in participation. `among`: only these ids."""
    query = select(Organisation.id).where(counts_in_figures())
    return frozenset(session.scalars(query if among is None else query.where(Organisation.id.in_(among))))


def company_names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of these companies, by id."""
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


def company_groups(session: Session) -> tuple[CompanyGroup, ...]:
    """Return all groups with their companies, sorted by name."""
    counting = counting_companies(session)
    of_groups = _select_companies(session, Organisation.group_id.is_not(None))
    found = []
    for group in session.scalars(select(CompanyGroupRow).order_by(CompanyGroupRow.name, CompanyGroupRow.id)):
        members = tuple(company for company in of_groups if company.group_id == group.id)
        chosen = next((company.id for company in members if company.id in counting), None)
        is_named = chosen is not None and chosen == group.counting_organisation_id
        found.append(CompanyGroup(group.id, group.name, members, chosen, is_named))
    return tuple(found)


def change_status(
    session: Session, organisation_id: int, status: str, *, seen: str, reason: str, by: int | None, at: datetime
) -> None:
    """Confirm a company, refuse it, leave it out, or make it pending again.

    `seen`: the status that the page showed. Raise NotFound, or AlreadyDecided if the status has changed since.
    """
    if status == "merged":
        raise ValueError("a company is merged by merge_company, which says into which")
    (before,) = _lock_companies(session, organisation_id)
    if before.status != seen or before.status == "merged":
        _refuse_decided(before)
    values: dict[str, object] = {"status": status}
    if status == "confirmed":
        values["confirmed_at"] = before.confirmed_at or at
    _change(session, organisation_id, values)
    _record_decision(session, before, "status", before.status, status, reason, by=by, at=at)


def count_apart(
    session: Session, organisation_id: int, *, apart: bool = True, reason: str, by: int | None, at: datetime
) -> None:
    """Let a company count apart from those that share an owner or web domain with it, or end that. Raise NotFound."""
    (before,) = _lock_companies(session, organisation_id)
    if apart != before.counts_apart:
        words = {True: "apart", False: "once"}
        _change(session, organisation_id, {"counts_apart": apart})
        _record_decision(session, before, "counts", words[not apart], words[apart], reason, by=by, at=at)


def rename_company(
    session: Session, organisation_id: int, name: str, *, reason: str, by: int | None, at: datetime
) -> None:
    """Rename a company. What is published keeps the old name. Raise NotFound."""
    (before,) = _lock_companies(session, organisation_id)
    new = storable_text(name).strip()
    if new != before.name:
        _change(session, organisation_id, {"name": new})
        _record_decision(session, before, "name", before.name, new, reason, by=by, at=at)


def merge_company(
    session: Session, organisation_id: int, *, into: int, seen: str, reason: str, by: int | None, at: datetime
) -> None:
    """Merge a company into another one, for good. Its members join that one, and only that one's answers count.

    They can still read what the merged company answered and submitted, which never changes again. `seen`: the status
    that the page showed. Raise NotFound, AlreadyDecided if that has changed or the other company was merged, or
    DeletionDue: the deletion would take the other company's data, or be forgotten.
    """
    if into == organisation_id:
        raise ValueError("a company is merged into another one")
    before, remaining = _lock_companies(session, organisation_id, into)
    if before.status != seen or before.status == "merged":
        _refuse_decided(before)
    if remaining.status == "merged":
        _refuse_decided(remaining)
    for one in (before, remaining):
        if asked := company_erasure_request(session, one.id):
            raise DeletionDue(one.name, asked.until)
    _change(session, organisation_id, {"status": "merged", "merged_into": into, "group_id": None})
    earlier = update(Organisation).where(Organisation.merged_into == organisation_id).values(merged_into=into)
    session.execute(earlier.execution_options(synchronize_session=False))
    named = update(CompanyGroupRow).where(CompanyGroupRow.counting_organisation_id == organisation_id)
    named = named.values(counting_organisation_id=into if remaining.group_id == before.group_id else None)
    session.execute(named.execution_options(synchronize_session=False))
    move_members(session, organisation_id, into=into, by=by, at=at)
    _record_decision(session, before, "status", before.status, f"merged into organisation/{into}", reason, by=by, at=at)
    end_tied_assignments(session, by=by, at=at)


def group_companies(
    session: Session,
    organisation_id: int,
    other_id: int,
    *,
    counting: int | None = None,
    reason: str,
    by: int | None,
    at: datetime,
) -> int:
    """Put a company into the group of another one, which is created if there is none. Return the id of the group.

    `counting`: the company of the group whose answers count. None: as before, or the first that was confirmed. Raise
    NotFound, or AlreadyDecided if either company was merged meanwhile.
    """
    if organisation_id == other_id:
        raise ValueError("a group has at least two companies")
    here, other = _lock_companies(session, organisation_id, other_id)
    for one in (here, other):
        if one.status == "merged":
            _refuse_decided(one)
    group_id = other.group_id
    if group_id is None:
        group_id = session.execute(
            insert(CompanyGroupRow).values(name=other.name).returning(CompanyGroupRow.id)
        ).scalar_one()
    for one in (here, other):
        if one.group_id != group_id:
            _change(session, one.id, {"group_id": group_id})
            _record_decision(
                session, one, "group", _group_subject(one.group_id), _group_subject(group_id), reason, by=by, at=at
            )
    if counting is not None:
        name_counting_company(session, group_id, counting, reason=reason, by=by, at=at)
    end_tied_assignments(session, by=by, at=at)
    return group_id


def name_counting_company(
    session: Session, group_id: int, organisation_id: int, *, reason: str, by: int | None, at: datetime
) -> None:
    """Choose the company of a group whose answers count. Raise NotFound if it is not in the group."""
    (chosen,) = _lock_companies(session, organisation_id)
    if chosen.group_id != group_id:
        raise NotFound(f"company {organisation_id} is not in group {group_id}")
    before = session.scalar(select(CompanyGroupRow.counting_organisation_id).where(CompanyGroupRow.id == group_id))
    if before != organisation_id:
        named = update(CompanyGroupRow).where(CompanyGroupRow.id == group_id)
        named = named.values(counting_organisation_id=organisation_id)
        session.execute(named.execution_options(synchronize_session=False))
        was = "" if before is None else f"organisation/{before}"
        after = f"organisation/{organisation_id}\n{storable_text(reason).strip()}"
        record_events(session, [TrailEvent("group", f"group/{group_id}/counts", was, after)], by=by, at=at)


def leave_group(session: Session, organisation_id: int, *, reason: str, by: int | None, at: datetime) -> None:
    """Take a company out of its group, so that it counts by itself. Raise NotFound if it is in no group."""
    (before,) = _lock_companies(session, organisation_id)
    if before.group_id is None:
        raise NotFound(f"company {organisation_id} is in no group")
    named = update(CompanyGroupRow).where(CompanyGroupRow.counting_organisation_id == organisation_id)
    session.execute(named.values(counting_organisation_id=None).execution_options(synchronize_session=False))
    _change(session, organisation_id, {"group_id": None})
    _record_decision(session, before, "group", _group_subject(before.group_id), "", reason, by=by, at=at)


def count_pending_companies(session: Session) -> int:
    """Count the companies that wait for the steward's confirmation, and do not count in figures until then."""
    return session.scalar(select(func.count()).where(Organisation.status == "pending")) or 0


def _group_subject(group_id: int | None) -> str:
    return "" if group_id is None else f"group/{group_id}"


def _lock_companies(session: Session, *ids: int) -> tuple[Company, ...]:
    """Lock companies until the commit, and return them in this order. Raise NotFound, or AlreadyDecided if erased."""
    # An update, so that on both databases a second decision waits for the first. Always in the same order, so that
    # two decisions on the same two companies do not end in a deadlock.
    for organisation_id in sorted(ids):
        same = update(Organisation).where(Organisation.id == organisation_id).values(name=Organisation.name)
        session.execute(same.execution_options(synchronize_session=False))
    found = tuple(company(session, organisation_id) for organisation_id in ids)
    if erased := next((one for one in found if one.erased_at), None):
        raise AlreadyDecided(f"all that company {erased.id} gave was deleted: nothing is decided about it any more")
    return found


def _select_companies(session: Session, *conditions: ColumnElement[bool]) -> tuple[Company, ...]:
    query: Select[*tuple[Any, ...]] = (
        select(*COMPANY_COLUMNS).where(*conditions).order_by(Organisation.name, Organisation.id)
    )
    return tuple(Company(*row) for row in session.execute(query))


def _change(session: Session, organisation_id: int, values: dict[str, object]) -> None:
    changed = update(Organisation).where(Organisation.id == organisation_id).values(values)
    session.execute(changed.execution_options(synchronize_session=False))


def _record_decision(
    session: Session,
    decided: Company,
    column: str,
    before: str,
    after: str,
    reason: str,
    *,
    by: int | None,
    at: datetime,
) -> None:
    subject, said = f"organisation/{decided.id}/{column}", f"{after}\n{storable_text(reason).strip()}"
    groups = tuple(f"{group}/counts" for group in (before, after) if column == "group" and group)
    record_events(session, [TrailEvent("organisation", subject, before, said, about=groups)], by=by, at=at)


def _refuse_decided(now: Company) -> NoReturn:
    raise AlreadyDecided(f"somebody decided on {now.name} meanwhile: it is {now.status} now")


@dataclass(frozen=True, slots=True)
class CompanyDecision:
    """A decision about a company, from the trail."""

    at: datetime
    organisation_id: int
    organisation: str  # its name now
    what: str  # status, name, group, counts
    after: str  # the new value; "": taken out of its group
    reason: str
    by: str  # name of who decided


def company_decisions(
    session: Session, *, most: int, organisation_id: int | None = None
) -> tuple[CompanyDecision, ...]:
    """Return the latest decisions about companies, or about one, the latest first, `most` at most."""
    query = (
        select(TrailEntry.at, TrailEntry.subject, TrailEntry.after, Person.name)
        .outerjoin(Person, Person.id == TrailEntry.who)
        .where(TrailEntry.what == "organisation", TrailEntry.erased.is_(None))
        .order_by(TrailEntry.id.desc())
        .limit(most)
    )
    if organisation_id is not None:
        query = query.where(TrailEntry.subject.startswith(f"organisation/{organisation_id}/", autoescape=True))
    rows = [(*row, int(row.subject.split("/")[1])) for row in session.execute(query)]
    names = company_names(session, {number for *_row, number in rows})
    found = []
    for at, subject, after, by, number in rows:
        decision, _line, reason = after.partition("\n")
        what = subject.split("/")[2]
        found.append(CompanyDecision(at, number, names.get(number, ""), what, decision, reason, by or ""))
    return tuple(found)

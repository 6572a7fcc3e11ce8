"""Matching invited companies with registered ones, by LEI, web domain and name, or else by the steward's decision.

A match is certain if exactly one registered company has the same LEI, or the same domain and a similar name, or the
same name and no different domain. A different LEI rules a company out. Any other similar company is a possible match,
about which the steward decides.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from compliance.identity.matching import CompanyIdentity, IdentityMatch, KnownCompanies, matches_of
from compliance.identity.web_domains import own_domain
from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.invitation_models import InvitationListRow, InvitedCompanyRow
from compliance.store.models import Organisation, Period, table_of

#: How a certain match was found.
MatchGround: TypeAlias = Literal["lei", "domain", "name"]


@dataclass(frozen=True, slots=True)
class InvitationMatch:
    """The registered company that an invited one is, or may be."""

    organisation_id: int
    ground: MatchGround | None  # None: the match is not certain


def find_match(
    invited: CompanyIdentity, registered: KnownCompanies, without: Collection[int] = ()
) -> InvitationMatch | None:
    """Return the certain match of an invited company, or else the likeliest possible one, or None.

    `without`: ids of registered companies that are ruled out.
    """
    possible = (match for match in matches_of(invited, registered) if match.other.id not in without)
    found = [match for match in possible if not _leis_differ(invited, match.other)]
    grounds: tuple[tuple[MatchGround, list[IdentityMatch]], ...] = (
        ("lei", [match for match in found if match.same_lei]),
        ("domain", [match for match in found if match.same_domain and match.like_name]),
        ("name", [match for match in found if _has_same_name(invited, match.other)]),
    )
    for ground, matches in grounds:
        if len(matches) == 1:
            return InvitationMatch(matches[0].other.id, ground)
        if matches:
            return InvitationMatch(matches[0].other.id, None)
    return InvitationMatch(found[0].other.id, None) if found else None


def match_all(session: Session, list_id: int, *, by: int | None, at: datetime) -> None:
    """Match the companies of a new list with those that are registered."""
    columns = (Organisation.id, Organisation.name, Organisation.website_domain, Organisation.lei)
    query = select(*columns).where(Organisation.status != "refused").order_by(Organisation.id)
    registered = KnownCompanies(
        CompanyIdentity.of(id, name, (domain,), lei) for id, name, domain, lei in session.execute(query)
    )
    rows = session.execute(select(table_of(InvitedCompanyRow)).where(InvitedCompanyRow.list_id == list_id)).all()
    _match(session, rows, registered, by=by, at=at)


def match_registered(session: Session, registered: CompanyIdentity, *, at: datetime) -> None:
    """Match a newly registered company with invited companies of open periods that have no match yet."""
    query = (
        select(table_of(InvitedCompanyRow))
        .join(InvitationListRow, InvitationListRow.id == InvitedCompanyRow.list_id)
        .join(Period, Period.year == InvitationListRow.period_year)
        .where(Period.closed_at.is_(None), InvitedCompanyRow.organisation_id.is_(None))
        .where(InvitedCompanyRow.possible_organisation_id.is_(None))
    )
    _match(session, session.execute(query).all(), KnownCompanies([registered]), by=None, at=at)


def invited_identity(name: str, website_domain: str, email: str, lei: str) -> CompanyIdentity:
    """Return the identity of an invited company for matching. Its id is 0, as it is not a registered company's."""
    return CompanyIdentity.of(0, name, (website_domain, own_domain(email)), lei)


def match_event(list_id: int, line: int, before: int | None, after: int | None, why: str = "") -> TrailEvent:
    """Return the audit trail event for a change of an invited company's match."""
    was, now = ("" if one is None else f"organisation/{one}" for one in (before, after))
    said = "\n".join(part for part in (now, why) if part)
    return TrailEvent("invitation", f"invitation-list/{list_id}/line/{line}", was, said)


def _match(
    session: Session,
    rows: Sequence[Row[Any]],
    registered: KnownCompanies,
    *,
    by: int | None,
    at: datetime,
) -> None:
    events = []
    for row in rows:
        match = find_match(invited_identity(row.name, row.website_domain, row.email, row.lei), registered)
        if match is None:
            continue
        values: dict[str, object] = {"possible_organisation_id": match.organisation_id}
        if match.ground is not None:
            values = {"organisation_id": match.organisation_id, "matched_by": match.ground}
            events.append(match_event(row.list_id, row.line, None, match.organisation_id, match.ground))
        here = (InvitedCompanyRow.list_id == row.list_id, InvitedCompanyRow.line == row.line)
        changed = update(InvitedCompanyRow).where(*here).values(values)
        session.execute(changed.execution_options(synchronize_session=False))
    record_events(session, events, by=by, at=at)


def _leis_differ(one: CompanyIdentity, other: CompanyIdentity) -> bool:
    return bool(one.lei and other.lei) and one.lei != other.lei


def _has_same_name(one: CompanyIdentity, other: CompanyIdentity) -> bool:
    domains_differ = bool(one.domains and other.domains) and one.domains.isdisjoint(other.domains)
    return bool(one.comparable) and one.comparable == other.comparable and not domains_differ

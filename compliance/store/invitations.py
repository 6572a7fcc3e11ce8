"""Lists of companies that were invited to answer for a period, and the progress of each company.

An invited company has opened once one of its members signs in or its assessment is begun, and answered once it has
submitted. Until then it is silent. Only companies that count are known to be the invited ones, so a company whose
registration the steward has not confirmed is counted as if it had done nothing yet.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.companies import Company, companies, counting_companies
from compliance.store.company_models import MembershipRow
from compliance.store.consents import effective_consent, nonrespondent_consents
from compliance.store.desk_models import ReadingCampaignRow
from compliance.store.exceptions import AlreadyDecided, AlreadyExists, NotFound
from compliance.store.invitation_matching import match_all, match_event
from compliance.store.invitation_models import InvitationListRow, InvitedCompanyRow
from compliance.store.memberships import lock_members
from compliance.store.models import Assessment, Period, Submission, table_of
from compliance.store.submission_figures import is_latest
from compliance.store.transactions import insert_unless_there, refuse_if_closed

#: The progress of an invited company.
InvitationProgress: TypeAlias = Literal["unopened", "opened", "answered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyToInvite:
    """A company as it is on a list. Fields that are not given are empty."""

    line: int  # of the file, counted from 1
    name: str
    country: str = ""  # ISO 3166 alpha-3
    sector: str = ""
    website_domain: str = ""  # as registered: example.org
    lei: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class InvitationList:
    """A list of invited companies."""

    id: int
    year: int
    closed: bool  # the period
    name: str
    is_public: bool
    names_silent: bool
    sector: str  # of all companies on it; "": each has its own
    file_name: str
    digest: str  # SHA-256 of the file
    encoding: str  # in which the file was read; "" for a workbook
    imported_at: datetime
    companies: int
    unsettled: int  # companies with a possible match that the steward has to decide about


@dataclass(frozen=True, slots=True)
class InvitedCompany:
    """A company on a list, and its progress."""

    line: int
    name: str
    country: str
    sector: str
    website_domain: str
    lei: str
    email: str
    registered: Company | None  # the matched company; None: not registered, or not found
    matched_by: str  # one of MATCH_GROUNDS
    possible: Company | None  # a possible match, which the steward has to decide about
    stands_for: int | None  # whose answers count for it, after mergers and groups: a company id
    counts: bool  # whether that company counts in figures
    opened_at: datetime | None
    answered: bool
    is_private: bool  # its consent is to be in no figure

    @property
    def progress(self) -> InvitationProgress:
        """Its progress, whether or not its registration is confirmed."""
        if self.answered:
            return "answered"
        return "unopened" if self.opened_at is None else "opened"

    @property
    def is_left_out(self) -> bool:
        """Whether the steward left it out of all counts."""
        return self.registered is not None and self.registered.status == "left-out"


def add_invitation_list(
    session: Session,
    year: int,
    name: str,
    invited: Sequence[CompanyToInvite],
    *,
    is_public: bool = False,
    names_silent: bool = False,
    sector: str = "",
    file_name: str = "",
    digest: str = "",
    encoding: str = "",
    by: int | None,
    at: datetime,
) -> int:
    """Save a list of invited companies, match them with registered companies, and return the id of the list.

    Raise NotFound or PeriodClosed for the period, or AlreadyExists if the period has a list of that name.
    """
    refuse_if_closed(session, year)
    row = {
        "period_year": year,
        "name": storable_text(name).strip(),
        "is_public": is_public,
        "names_silent": names_silent,
        "sector": sector,
        "file_name": storable_text(file_name),
        "digest": digest,
        "encoding": encoding,
        "imported_at": at,
        "imported_by": by,
    }
    new = insert_unless_there(session, InvitationListRow, ["period_year", "name"]).values(row)
    list_id = session.execute(new.returning(InvitationListRow.id)).scalar_one_or_none()
    if list_id is None:
        raise AlreadyExists(f"there is a list {row['name']!r} for {year} already")
    session.execute(insert(InvitedCompanyRow), [_row(list_id, one) for one in invited])
    switches = [word for word, is_on in (("public", is_public), ("names silent companies", names_silent)) if is_on]
    said = [str(row["name"]), f"{len(invited)} companies", *switches, f"{row['file_name']} {digest}".strip()]
    record_events(session, [TrailEvent("invitation", _subject(list_id), "", "\n".join(said))], by=by, at=at)
    match_all(session, list_id, by=by, at=at)
    return int(list_id)


def remove_invitation_list(session: Session, list_id: int, *, reason: str, by: int | None, at: datetime) -> None:
    """Delete a list of an open period. Campaigns of readings remain. Raise NotFound, or PeriodClosed."""
    taken = invitation_list(session, list_id)
    refuse_if_closed(session, taken.year)
    unlinked = update(ReadingCampaignRow).where(ReadingCampaignRow.list_id == list_id).values(list_id=None)
    session.execute(unlinked.execution_options(synchronize_session=False))
    session.execute(delete(InvitedCompanyRow).where(InvitedCompanyRow.list_id == list_id))
    session.execute(delete(InvitationListRow).where(InvitationListRow.id == list_id))
    before, after = f"{taken.name}\n{taken.companies} companies", f"withdrawn\n{storable_text(reason).strip()}"
    record_events(session, [TrailEvent("invitation", _subject(list_id), before, after)], by=by, at=at)


def invitation_lists(session: Session, year: int | None = None) -> tuple[InvitationList, ...]:
    """Return the lists of a period, or of all, the latest period first, then in the order of import."""
    return _lists(session, *(() if year is None else (InvitationListRow.period_year == year,)))


def invitation_list(session: Session, list_id: int) -> InvitationList:
    """Return one list. Raise NotFound."""
    found = _lists(session, InvitationListRow.id == list_id)
    if not found:
        raise NotFound(f"no list {list_id}")
    return found[0]


def invited_companies(session: Session, list_id: int) -> tuple[InvitedCompany, ...]:
    """Return the companies of a list in its order, each with its progress. Raise NotFound."""
    year = invitation_list(session, list_id).year
    return _invited(session, year, InvitedCompanyRow.list_id == list_id).get(list_id, ())


def invited_by_list(session: Session, year: int) -> Mapping[int, tuple[InvitedCompany, ...]]:
    """Return the companies of all lists of a period, by list id."""
    of_year = select(InvitationListRow.id).where(InvitationListRow.period_year == year)
    return _invited(session, year, InvitedCompanyRow.list_id.in_(of_year))


def settle_match(
    session: Session, list_id: int, line: int, organisation_id: int | None, *, by: int | None, at: datetime
) -> None:
    """Record the steward's decision which registered company an invited company is. None: not registered.

    Raise NotFound, PeriodClosed, or AlreadyDecided if somebody decided the same meanwhile.
    """
    refuse_if_closed(session, invitation_list(session, list_id).year)
    if organisation_id is not None:
        lock_members(session, organisation_id)  # before the line, as when a company is erased
    here = (InvitedCompanyRow.list_id == list_id, InvitedCompanyRow.line == line)
    # Written before it is read, so that on both databases a second decision waits for the first.
    locked = update(InvitedCompanyRow).where(*here).values(line=line).returning(InvitedCompanyRow.organisation_id)
    row = session.execute(locked.execution_options(synchronize_session=False)).first()
    if row is None:
        raise NotFound(f"no line {line} on list {list_id}")
    if organisation_id is not None and row.organisation_id == organisation_id:
        raise AlreadyDecided("somebody settled this line in the same way meanwhile")
    values = {
        "organisation_id": organisation_id,
        "matched_by": "" if organisation_id is None else "steward",
        "possible_organisation_id": None,
    }
    changed = update(InvitedCompanyRow).where(*here).values(values)
    session.execute(changed.execution_options(synchronize_session=False))
    why = "steward" if organisation_id is not None else "another company"
    record_events(session, [match_event(list_id, line, row.organisation_id, organisation_id, why)], by=by, at=at)


def note_opening(session: Session, person_id: int, *, at: datetime) -> bool:
    """Note a sign-in for the person's companies on the lists of open periods. Return whether any had not opened yet."""
    of_person = select(MembershipRow.organisation_id).where(MembershipRow.person_id == person_id)
    is_open = select(InvitationListRow.id).join(Period, Period.year == InvitationListRow.period_year)
    is_open = is_open.where(Period.closed_at.is_(None))
    unopened = (
        InvitedCompanyRow.opened_at.is_(None),
        InvitedCompanyRow.organisation_id.in_(of_person),
        InvitedCompanyRow.list_id.in_(is_open),
    )
    # Checked first, so that most sign-ins write nothing and wait for no other writer.
    if not session.scalar(select(exists().where(*unopened))):
        return False
    noted = update(InvitedCompanyRow).where(*unopened).values(opened_at=at)
    session.execute(noted.execution_options(synchronize_session=False))
    return True


@dataclass(frozen=True, slots=True)
class _YearOfCompany:
    """What a company did for a year: when it began, and the consent of its submission ("" if it has not submitted)."""

    began_at: datetime
    consent: str


def _invited(session: Session, year: int, condition: ColumnElement[bool]) -> Mapping[int, tuple[InvitedCompany, ...]]:
    """Return the companies on some lists of a period, by list id, in a fixed number of statements."""
    known = {one.id: one for one in companies(session)}
    counting = counting_companies(session)
    stands_for = _stands_for(known, counting)
    done, others = _done(session, year), nonrespondent_consents(session, year)
    found: dict[int, list[InvitedCompany]] = {}
    lines = select(table_of(InvitedCompanyRow)).where(condition)
    for row in session.execute(lines.order_by(InvitedCompanyRow.list_id, InvitedCompanyRow.line)):
        target = None if row.organisation_id is None else stands_for[row.organisation_id]
        did = done.get(target or 0)
        opened = [at for at in (row.opened_at, did.began_at if did else None) if at is not None]
        consent = did.consent if did and did.consent else others.get(target or 0, "")
        found.setdefault(row.list_id, []).append(
            InvitedCompany(
                line=row.line,
                name=row.name,
                country=row.country,
                sector=row.sector,
                website_domain=row.website_domain,
                lei=row.lei,
                email=row.email,
                registered=known.get(row.organisation_id or 0),
                matched_by=row.matched_by,
                possible=known.get(row.possible_organisation_id or 0),
                stands_for=target,
                counts=target in counting,
                opened_at=min(opened, default=None),
                answered=bool(did and did.consent),
                is_private=consent == "private",
            )
        )
    return {list_id: tuple(those) for list_id, those in found.items()}


def _done(session: Session, year: int) -> Mapping[int, _YearOfCompany]:
    """Return what each company did for a year. Among several editions, the latest submission's consent counts."""
    submitted = (Submission.assessment_id == Assessment.id) & is_latest()
    query = (
        select(Assessment.organisation_id, Assessment.created_at, Submission.id, effective_consent(at_closing=True))
        .select_from(Assessment)
        .outerjoin(Submission, submitted)
        .where(Assessment.period_year == year, Assessment.voice == "self")
        .order_by(Submission.id)
    )
    found: dict[int, _YearOfCompany] = {}
    for organisation, began_at, submission, consent in session.execute(query):
        before = found.get(organisation)
        given = consent if submission is not None else before.consent if before else ""
        found[organisation] = _YearOfCompany(min(began_at, before.began_at) if before else began_at, given)
    return found


def _stands_for(known: Mapping[int, Company], counting: Collection[int]) -> Mapping[int, int]:
    """Map each company id to the id of the company whose answers count for it, after mergers and groups."""
    of_groups = {known[id].group_id: id for id in counting if known[id].group_id is not None}
    remaining = {one.id: one.merged_into or one.id for one in known.values()}
    return {id: of_groups.get(known[target].group_id, target) for id, target in remaining.items()}


def _lists(session: Session, *conditions: ColumnElement[bool]) -> tuple[InvitationList, ...]:
    here = InvitedCompanyRow.list_id == InvitationListRow.id
    count = select(func.count()).select_from(InvitedCompanyRow).where(here)
    unsettled = count.where(InvitedCompanyRow.possible_organisation_id.is_not(None))
    i = InvitationListRow
    query: Select[*tuple[Any, ...]] = (
        select(
            i.id,
            i.period_year,
            Period.closed_at.is_not(None),
            i.name,
            i.is_public,
            i.names_silent,
            i.sector,
            i.file_name,
            i.digest,
            i.encoding,
            i.imported_at,
            count.scalar_subquery(),
            unsettled.scalar_subquery(),
        )
        .join(Period, Period.year == i.period_year)
        .where(*conditions)
        .order_by(i.period_year.desc(), i.id)
    )
    return tuple(InvitationList(*row) for row in session.execute(query))


def _row(list_id: int, one: CompanyToInvite) -> dict[str, object]:
    return {
        "list_id": list_id,
        "line": one.line,
        "name": storable_text(one.name).strip(),
        "country": one.country,
        "sector": one.sector,
        "website_domain": one.website_domain,
        "lei": one.lei,
        "email": storable_text(one.email),
    }


def _subject(list_id: int) -> str:
    return f"invitation-list/{list_id}"

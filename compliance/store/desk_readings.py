"""Readings of what companies publish, and campaigns of readings.

A reading begins in the state `reading`, in which two people answer, each without the other. Once both have finished, it
is `deciding`. Its documents and readers are in `reading_documents.py`, their answers in `desk_answers.py`. Nobody reads
a company that they are tied to (`independence.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.desk_models import DeskReadingRow, ReadCompanyRow, ReadingCampaignRow
from compliance.store.exceptions import AlreadyExists, NotFound, ReadingMovedOn
from compliance.store.invitations import invited_companies
from compliance.store.models import table_of
from compliance.store.read_companies import (
    COMPANY_COLUMNS,
    CompanyToRead,
    ReadCompany,
    found_or_added,
    hold_companies,
    read_company,
)

#: The states in which a reading is under way.
UNFINISHED = ("reading", "deciding", "hearing")


@dataclass(frozen=True, slots=True)
class ReadingCampaign:
    """Companies that are read together, and how many of their readings are in each state."""

    id: int
    title: str
    edition_id: str
    list_id: int | None
    due: date | None
    at: datetime
    closed_at: datetime | None
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DeskReading:
    """A reading of a company's published documents."""

    id: int
    company: ReadCompany
    version: int  # 1, 2, 3 … among the company's readings
    campaign_id: int | None
    edition_id: str
    size: str
    state: str
    at: datetime
    stopped_why: str
    draft_sent_at: datetime | None
    reply_until: date | None
    reply_ended_at: datetime | None  # when the company said that it has nothing to add


_C, _R = ReadCompanyRow, DeskReadingRow
_READING = (
    *(_R.version, _R.campaign_id, _R.edition_id, _R.size, _R.state, _R.at, _R.stopped_why),
    *(_R.draft_sent_at, _R.reply_until, _R.reply_ended_at),
)


# ── Campaigns


def add_campaign(
    session: Session,
    title: str,
    edition_id: str,
    *,
    list_id: int | None = None,
    due: date | None = None,
    by: int | None,
    at: datetime,
) -> int:
    """Open a campaign and return its id. Raise NotFound for an unknown list.

    With an invitation list, begin a reading of each of its companies that has none under way.
    """
    row = {
        "title": storable_text(title).strip(),
        "edition_id": edition_id,
        "list_id": list_id,
        "due": due,
        "by": by,
        "at": at,
    }
    number: int = session.execute(insert(ReadingCampaignRow).values(row).returning(ReadingCampaignRow.id)).scalar_one()
    said = "\n".join(filter(None, (str(row["title"]), edition_id, f"invitation-list/{list_id}" if list_id else "")))
    events = [TrailEvent("reading", f"reading-campaign/{number}", "", said)]
    if list_id is not None:
        invited = invited_companies(session, list_id)
        companies = [CompanyToRead(**{name: getattr(one, name) for name in CompanyToRead.__slots__}) for one in invited]
        numbers, before = found_or_added(session, companies, by=by, at=at), _readings_so_far(session)
        versions = {one: before[one].latest + 1 for one in numbers if not before[one].under_way}
        begun = _insert_readings(session, versions, edition_id, campaign_id=number, by=by, at=at)
        events += begun.values()
    record_events(session, events, by=by, at=at)
    return number


def close_campaign(session: Session, campaign_id: int, *, by: int | None, at: datetime) -> None:
    """Close a campaign to new readings; those under way continue. Raise NotFound, or ReadingMovedOn if it is closed."""
    k = ReadingCampaignRow
    change = update(k).where(k.id == campaign_id, k.closed_at.is_(None)).values(closed_at=at).returning(k.id)
    if session.execute(change.execution_options(synchronize_session=False)).first() is None:
        campaign(session, campaign_id)
        raise ReadingMovedOn("the campaign is closed already")
    record_events(session, [TrailEvent("reading", f"reading-campaign/{campaign_id}", "open", "closed")], by=by, at=at)


def campaigns(session: Session) -> tuple[ReadingCampaign, ...]:
    """Return all campaigns, the latest first."""
    return _campaigns(session)


def campaign(session: Session, campaign_id: int) -> ReadingCampaign:
    """Return one campaign. Raise NotFound."""
    for found in _campaigns(session, ReadingCampaignRow.id == campaign_id):
        return found
    raise NotFound(f"no campaign {campaign_id}")


def _campaigns(session: Session, *conditions: Any) -> tuple[ReadingCampaign, ...]:
    k = ReadingCampaignRow
    columns = (k.id, k.title, k.edition_id, k.list_id, k.due, k.at, k.closed_at)
    rows = session.execute(select(*columns).where(*conditions).order_by(k.id.desc())).all()
    numbers: list[int] = [row.id for row in rows]
    counted = select(_R.campaign_id, _R.state, func.count()).where(_R.campaign_id.in_(numbers))
    states: dict[int | None, Counter[str]] = {number: Counter() for number in numbers}
    for number, state, count in session.execute(counted.group_by(_R.campaign_id, _R.state)):
        states[number][state] = count
    return tuple(ReadingCampaign(*row, states[row.id]) for row in rows)


# ── Readings


def begin_reading(
    session: Session,
    company_id: int,
    edition_id: str,
    *,
    size: str = "",
    campaign_id: int | None = None,
    by: int | None,
    at: datetime,
) -> int:
    """Begin the next reading of a company and return its id.

    Raise NotFound, AlreadyExists while another reading of the company is under way, or ReadingMovedOn for a closed
    campaign.
    """
    hold_companies(session, [company_id])
    read_company(session, company_id)
    if campaign_id is not None and campaign(session, campaign_id).closed_at is not None:
        raise ReadingMovedOn("the campaign is closed: no reading is added")
    before = _readings_so_far(session, _R.company_id == company_id)[company_id]
    if before.under_way:
        raise AlreadyExists("a reading of this company is under way")
    versions = {company_id: before.latest + 1}
    begun = _insert_readings(session, versions, edition_id, size=size, campaign_id=campaign_id, by=by, at=at)
    record_events(session, list(begun.values()), by=by, at=at)
    return next(iter(begun))


class _ReadingsSoFar(NamedTuple):
    """The latest version of a company's readings, and whether one is under way."""

    latest: int = 0
    under_way: bool = False


def _readings_so_far(session: Session, *conditions: Any) -> Mapping[int, _ReadingsSoFar]:
    """Return the readings so far by company. A company without readings is found too, with version 0."""
    columns = (_R.company_id, func.max(_R.version), func.max(case((_R.state.in_(UNFINISHED), 1), else_=0)))
    rows = session.execute(select(*columns).where(*conditions).group_by(_R.company_id))
    found = {company: _ReadingsSoFar(latest, bool(unfinished)) for company, latest, unfinished in rows}
    return defaultdict(_ReadingsSoFar, found)


def _insert_readings(
    session: Session,
    versions: Mapping[int, int],
    edition_id: str,
    *,
    size: str = "",
    campaign_id: int | None,
    by: int | None,
    at: datetime,
) -> Mapping[int, TrailEvent]:
    """Insert a reading of each company. `versions`: by company id. Return the trail events to record, by reading id."""
    rows = [
        {
            "company_id": company_id,
            "version": version,
            "campaign_id": campaign_id,
            "edition_id": edition_id,
            "size": size,
            "state": "reading",
            "by": by,
            "at": at,
        }
        for company_id, version in versions.items()
    ]
    if not rows:
        return {}
    new = insert(table_of(_R)).returning(_R.id, sort_by_parameter_order=True)
    numbers = session.connection().execute(new, rows).scalars().all()
    return {
        number: TrailEvent("reading", reading_subject(number), "", f"reading\nread-company/{company_id}\n{edition_id}")
        for number, company_id in zip(numbers, versions, strict=True)
    }


def desk_reading(session: Session, reading_id: int) -> DeskReading:
    """Return one reading. Raise NotFound."""
    for found in _readings(session, _R.id == reading_id):
        return found
    raise NotFound(f"no reading {reading_id}")


def desk_readings(
    session: Session, *, company_id: int | None = None, campaign_id: int | None = None
) -> tuple[DeskReading, ...]:
    """Return all readings, or those of a company or campaign, by company name, the latest of each company first."""
    about = [] if company_id is None else [_R.company_id == company_id]
    about += [] if campaign_id is None else [_R.campaign_id == campaign_id]
    return _readings(session, *about)


def stop_reading(session: Session, reading_id: int, why: str, *, by: int | None, at: datetime) -> None:
    """Stop a reading that is under way. Raise NotFound, ReadingMovedOn, or ValueError without a reason."""
    said = storable_text(why).strip()
    if not said:
        raise ValueError("say why the reading is given up")
    begin_reading_change(session, reading_id, *UNFINISHED)
    move_reading(session, reading_id, "stopped", by=by, at=at, stopped_why=said)


def begin_reading_change(session: Session, reading_id: int, *states: str) -> str:
    """Lock a reading until the commit and return its state, which must be one of these.

    Raise NotFound, or ReadingMovedOn for a reading in any other state.
    """
    locked = update(_R).where(_R.id == reading_id).values(state=_R.state).returning(_R.state)
    state = session.scalar(locked.execution_options(synchronize_session=False))
    if state is None:
        raise NotFound(f"no reading {reading_id}")
    if state not in states:
        raise ReadingMovedOn(f"the reading is {state} by now: this can be done while it is {' or '.join(states)}")
    return str(state)


def move_reading(
    session: Session, reading_id: int, state: str, *, by: int | None, at: datetime, **more: object
) -> None:
    """Change the state of a reading that `begin_reading_change` has locked. `more`: other columns to set."""
    before = desk_reading(session, reading_id).state
    change = update(_R).where(_R.id == reading_id).values(state=state, **more)
    session.execute(change.execution_options(synchronize_session=False))
    said = "\n".join([state, *(str(value) for value in more.values() if value is not None)])
    record_events(session, [TrailEvent("reading", reading_subject(reading_id), before, said)], by=by, at=at)


def reading_subject(reading_id: int, *parts: object) -> str:
    """Return the trail subject of a reading, or of a part of it."""
    return "/".join(map(str, ("reading", reading_id, *parts)))


def _readings(session: Session, *conditions: Any) -> tuple[DeskReading, ...]:
    query = select_readings().where(*conditions).order_by(_C.name, _C.id, _R.version.desc())
    return tuple(map(reading_of, session.execute(query)))


def select_readings() -> Select[Any]:
    """Select the columns of readings and their companies that `reading_of` takes."""
    return select(_R.id, *COMPANY_COLUMNS, *_READING).join(_C, _C.id == _R.company_id)


def reading_of(row: Sequence[Any]) -> DeskReading:
    """Return the reading in a row of `select_readings`."""
    split = 1 + len(COMPANY_COLUMNS)
    return DeskReading(row[0], ReadCompany(*row[1:split]), *row[split:])

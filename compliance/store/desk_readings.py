"""Readings of what companies publish, and campaigns of them.

A reading begins with the state `reading`: two people answer, each without the other. Once both have finished it is
`deciding`. Who reads which documents is in `reading_documents.py`, what they answer in `desk_answers.py`. Whoever is
tied to a company reads nothing of it (`independence.py`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.desk_models import DeskReadingRow, ReadCompanyRow, ReadingCampaignRow
from compliance.store.exceptions import AlreadyExists, NotFound, ReadingMovedOn
from compliance.store.invitations import invited_companies
from compliance.store.read_companies import COMPANY_COLUMNS, CompanyToRead, ReadCompany, found_or_added

#: The states of a reading that is under way.
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
    """A reading of what a company publishes."""

    id: int
    company: ReadCompany
    version: int  # of the company's readings: 1, 2, 3 …
    campaign_id: int | None
    edition_id: str
    size: str
    state: str
    at: datetime
    stopped_why: str
    draft_sent_at: datetime | None
    reply_until: date | None
    reply_ended_at: datetime | None  # when the company said that it has no more to add


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
    """Open a campaign; its id. With a list of invited companies, a reading begins of each that is not being read.

    Raise NotFound for an unknown list.
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
    record_events(session, [TrailEvent("reading", f"reading-campaign/{number}", "", said)], by=by, at=at)
    invited = invited_companies(session, list_id) if list_id is not None else ()
    companies = [CompanyToRead(**{name: getattr(one, name) for name in CompanyToRead.__slots__}) for one in invited]
    for company in found_or_added(session, companies, by=by, at=at):
        if _unfinished_of(session, company.id) is None:
            begin_reading(session, company.id, edition_id, campaign_id=number, by=by, at=at)
    return number


def close_campaign(session: Session, campaign_id: int, *, by: int | None, at: datetime) -> None:
    """Add no more readings to it; those under way go on. Raise NotFound, or ReadingMovedOn if it is closed."""
    k = ReadingCampaignRow
    change = update(k).where(k.id == campaign_id, k.closed_at.is_(None)).values(closed_at=at).returning(k.id)
    if session.execute(change.execution_options(synchronize_session=False)).first() is None:
        campaign(session, campaign_id)
        raise ReadingMovedOn("the campaign is closed already")
    record_events(session, [TrailEvent("reading", f"reading-campaign/{campaign_id}", "open", "closed")], by=by, at=at)


def campaigns(session: Session) -> tuple[ReadingCampaign, ...]:
    """Every campaign, the latest first."""
    return _campaigns(session)


def campaign(session: Session, campaign_id: int) -> ReadingCampaign:
    """One campaign. Raise NotFound."""
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
    """Begin a reading of a company, its next version; the id.

    Raise NotFound, AlreadyExists while one is under way, or ReadingMovedOn for a campaign that is closed.
    """
    # The update is there for its lock: two must not both find that none is under way.
    locked = update(_C).where(_C.id == company_id).values(name=_C.name).returning(_C.id)
    if session.execute(locked.execution_options(synchronize_session=False)).first() is None:
        raise NotFound("no such company is read")
    if campaign_id is not None and campaign(session, campaign_id).closed_at is not None:
        raise ReadingMovedOn("the campaign is closed: no reading is added")
    if _unfinished_of(session, company_id) is not None:
        raise AlreadyExists("a reading of this company is under way")
    latest = session.scalar(select(func.max(_R.version)).where(_R.company_id == company_id))
    row = {
        "company_id": company_id,
        "version": (latest or 0) + 1,
        "campaign_id": campaign_id,
        "edition_id": edition_id,
        "size": size,
        "state": "reading",
        "by": by,
        "at": at,
    }
    number: int = session.execute(insert(_R).values(row).returning(_R.id)).scalar_one()
    said = f"reading\nread-company/{company_id}\n{edition_id}"
    record_events(session, [TrailEvent("reading", reading_subject(number), "", said)], by=by, at=at)
    return number


def desk_reading(session: Session, reading_id: int) -> DeskReading:
    """One reading. Raise NotFound."""
    for found in _readings(session, _R.id == reading_id):
        return found
    raise NotFound(f"no reading {reading_id}")


def desk_readings(
    session: Session, *, company_id: int | None = None, campaign_id: int | None = None
) -> tuple[DeskReading, ...]:
    """Every reading, or those of a company or a campaign, by name of the company, its latest first."""
    about = [] if company_id is None else [_R.company_id == company_id]
    about += [] if campaign_id is None else [_R.campaign_id == campaign_id]
    return _readings(session, *about)


def stop_reading(session: Session, reading_id: int, why: str, *, by: int | None, at: datetime) -> None:
    """Give up a reading that is not published, with a reason. Raise NotFound, ReadingMovedOn, or ValueError."""
    said = storable_text(why).strip()
    if not said:
        raise ValueError("say why the reading is given up")
    begin_reading_change(session, reading_id, *UNFINISHED)
    move_reading(session, reading_id, "stopped", by=by, at=at, stopped_why=said)


def begin_reading_change(session: Session, reading_id: int, *states: str) -> str:
    """Begin a change of a reading that is in one of these states, which it returns: others wait until the commit.

    Raise NotFound, or ReadingMovedOn.
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
    """Bring a reading into another state, once its change was begun. `more`: other columns that change with it."""
    before = desk_reading(session, reading_id).state
    change = update(_R).where(_R.id == reading_id).values(state=state, **more)
    session.execute(change.execution_options(synchronize_session=False))
    said = "\n".join([state, *(str(value) for value in more.values() if value is not None)])
    record_events(session, [TrailEvent("reading", reading_subject(reading_id), before, said)], by=by, at=at)


def reading_subject(reading_id: int, *parts: object) -> str:
    """How the trail calls a reading, or a part of it."""
    return "/".join(map(str, ("reading", reading_id, *parts)))


def _unfinished_of(session: Session, company_id: int) -> int | None:
    return session.scalar(select(_R.id).where(_R.company_id == company_id, _R.state.in_(UNFINISHED)))


def _readings(session: Session, *conditions: Any) -> tuple[DeskReading, ...]:
    query = select_readings().where(*conditions).order_by(_C.name, _C.id, _R.version.desc())
    return tuple(map(reading_of, session.execute(query)))


def select_readings() -> Select[Any]:
    """The columns that `reading_of` takes, of readings and their companies."""
    return select(_R.id, *COMPANY_COLUMNS, *_READING).join(_C, _C.id == _R.company_id)


def reading_of(row: Sequence[Any]) -> DeskReading:
    """A row of `select_readings` as a reading."""
    split = 1 + len(COMPANY_COLUMNS)
    return DeskReading(row[0], ReadCompany(*row[1:split]), *row[split:])

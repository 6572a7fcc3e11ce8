"""Erasing a company, or the draft of one of its assessments: everything given is deleted, and ids stay.

A company's row stays, with a number in place of its name, and so do the rows that say for which years it began an
assessment. What the trail says about it is erased too, and the hash chain remains valid (`erased_entries`). Figures of
closed periods do not change. The people who worked for the company keep their accounts. Each erasure is noted in the
file of erasures, like the erasure of a person.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, hold_trail, record_events, text_digest
from compliance.store.company_models import (
    ColleagueInvitationRow,
    CompanyGroupRow,
    MembershipRow,
)
from compliance.store.company_rows import (
    OF_DRAFT,
    UNSYNCHRONISED,
    delete_of_assessments,
    delete_rows,
    files_of,
    forget_texts,
    hold_company,
    hold_of_assessments,
    hold_rows,
    returned_files,
    row_numbers,
    unlink_companies,
    with_merged,
)
from compliance.store.erased_entries import (
    ERASED,
    entries_about,
    erase_words,
    last_said,
    numbers_of_rows,
    state_anew,
)
from compliance.store.erasures import Erasure
from compliance.store.evidence_models import (
    LibraryItemRow,
)
from compliance.store.exceptions import AlreadyDecided, CompanyMerged, NotFound, StoreError
from compliance.store.models import (
    AnswerRow,
    Assessment,
    Organisation,
    Person,
    Submission,
    TrailEntry,
)
from compliance.store.sign_offs import names_of_companies
from compliance.store.transactions import begin_change
from compliance.store.work_models import OutboxMail

#: Trail entries of a draft that are not erased: they are about its auditors, and contain nothing that the company gave.
_KEPT_OF_DRAFT = "auditors"
_NO_NAME = "#{}"


class DraftSubmitted(StoreError):
    """The assessment was submitted, so it is only deleted together with its company."""


@dataclass(frozen=True, slots=True)
class ErasedCompany:
    """An erased company or draft: the erasures to note, and the files that may be deleted after the commit."""

    erasures: tuple[Erasure, ...]  # also of companies merged into it, since a backup may be older than the merger
    files: frozenset[str] = frozenset()  # SHA-256 digests


@dataclass(frozen=True, slots=True)
class GivenByCompany:
    """How much would be deleted with a company."""

    name: str
    submissions: int
    answers: int
    items: int
    people: int


def given_by_company(session: Session, organisation_id: int) -> GivenByCompany:
    """Count what a company has given, including companies that were merged into it."""
    companies = with_merged(session, organisation_id)
    mine = select(Assessment.id).where(Assessment.organisation_id.in_(companies))

    def count(model: Any, *which: Any) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*which)) or 0

    return GivenByCompany(
        name=session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or "",
        submissions=count(Submission, Submission.assessment_id.in_(mine)),
        answers=count(AnswerRow, AnswerRow.assessment_id.in_(mine), AnswerRow.value != ""),
        items=count(LibraryItemRow, LibraryItemRow.organisation_id.in_(companies)),
        people=count(MembershipRow, MembershipRow.organisation_id.in_(companies)),
    )


def require_company(session: Session, named: str) -> int:
    """Return the id of a company, given its id or its name. Raise NotFound unless exactly one company fits."""
    known = or_(Organisation.name == named.strip(), cast(Organisation.id, Text) == named.strip())
    found = row_numbers(session, Organisation.id, known, Organisation.erased_at.is_(None))
    if len(found) != 1:
        several = f"{len(found)} companies are called {named}: give the number of one of them"
        raise NotFound(several if found else f"there is no company {named}")
    return int(found[0])


def erase_company(
    session: Session,
    organisation_id: int,
    *,
    by: int | None,
    at: datetime,
    named_in: Callable[[], Iterable[tuple[int, str]]] = tuple,
) -> ErasedCompany:
    """Erase a company and those that were merged into it, for good.

    `named_in`: the closed periods that name it, as year and `name_mark`; called once nobody else can close one. Raise
    NotFound; CompanyMerged if it was merged into another company, which has to be erased instead; or AlreadyDecided if
    it is erased already.
    """
    companies = hold_company(session, organisation_id)
    known = session.get(Organisation, organisation_id, populate_existing=True)
    if known is None:
        raise NotFound(f"no company {organisation_id}")
    if known.merged_into is not None:
        raise CompanyMerged(f"company {organisation_id} was merged into company {known.merged_into}: delete that one")
    if known.erased_at is not None:
        raise AlreadyDecided(f"company {organisation_id} is deleted already")
    registered = select(Organisation.id, Organisation.registered_at).where(Organisation.id.in_(companies))
    erasures = tuple(Erasure(*row, at, "company") for row in session.execute(registered.order_by(Organisation.id)))
    groups = row_numbers(
        session, Organisation.group_id, Organisation.id.in_(companies), Organisation.group_id.is_not(None)
    )
    assessments = hold_rows(session, companies, groups)
    hold_trail(session)
    marks = list(named_in())
    entries = entries_about(session, companies, assessments)
    stated = last_said(session, entries, numbers_of_rows(session, companies, assessments))
    _forget_mails(session, companies)
    files = files_of(session, companies, assessments)
    for number in companies:
        _blank(session, number, at=at)  # first: only then does the database allow submissions to be deleted
    delete_rows(session, companies, assessments)
    begun = update(Assessment).where(Assessment.id.in_(assessments))
    session.execute(begun.values(**_NOTHING_CHOSEN), **UNSYNCHRONISED)
    _leave_groups(session, companies, groups)
    unlink_companies(session, companies)
    forget_texts(session, files)
    said = erase_words(session, entries)
    about = (*(f"organisation/{number}{ERASED}" for number in companies), *(f"group/{each}/counts" for each in groups))
    events = [TrailEvent("erasure", _withdrawn_subject(year), "", mark) for year, mark in marks]
    events.append(TrailEvent("erasure", f"organisation/{organisation_id}{ERASED}", said, "erased", about=about))
    state_anew(session, stated, at=at)
    record_events(session, events, by=by, at=at)
    session.expire_all()
    return ErasedCompany(erasures, frozenset(files))


def erase_draft(session: Session, assessment_id: int, *, by: int | None, at: datetime) -> ErasedCompany:
    """Erase the answers of an assessment that was never submitted. It can be begun again.

    Evidence stays in the company's library. Raise NotFound, CompanyMerged, or DraftSubmitted.
    """
    begin_change(session, assessment_id)
    created_at = session.scalar(select(Assessment.created_at).where(Assessment.id == assessment_id))
    assert created_at is not None
    if session.scalar(select(exists().where(Submission.assessment_id == assessment_id))):
        raise DraftSubmitted("what was submitted is only deleted together with its company")
    hold_of_assessments(session, OF_DRAFT, [assessment_id])
    hold_trail(session)
    entries = entries_about(session, (), [assessment_id], but=f"assessment/{assessment_id}/{_KEPT_OF_DRAFT}")
    stated = last_said(session, entries, numbers_of_rows(session, (), [assessment_id]))
    files = returned_files(session, [assessment_id])
    delete_of_assessments(session, OF_DRAFT, [assessment_id])
    blank = update(Assessment).where(Assessment.id == assessment_id).values(**_NOTHING_CHOSEN)
    session.execute(blank, **UNSYNCHRONISED)
    said, subject = erase_words(session, entries), f"assessment/{assessment_id}{ERASED}"
    state_anew(session, stated, at=at)
    event = TrailEvent("erasure", subject, said, "erased", about=(f"assessment/{assessment_id}/portions",))
    record_events(session, [event], by=by, at=at)
    session.expire_all()
    return ErasedCompany((Erasure(assessment_id, created_at, at, "draft"),), frozenset(files))


_NOTHING_CHOSEN: dict[str, Any] = {"chosen_portions": None, "quick_answers": None}


def _blank(session: Session, number: int, *, at: datetime) -> None:
    nothing: dict[str, Any] = {
        "name": _NO_NAME.format(number),
        "website_domain": "",
        "lei": "",
        "group_id": None,
        "counts_apart": False,
        "erasure_asked_at": None,
        "erased_at": at,
    }
    here = update(Organisation).where(Organisation.id == number)
    session.execute(here.values(nothing), **UNSYNCHRONISED)
    refused = update(Organisation).where(Organisation.id == number, Organisation.status != "merged")
    session.execute(refused.values(status="refused"), **UNSYNCHRONISED)


def _leave_groups(session: Session, companies: Collection[int], groups: Collection[int]) -> None:
    """Name these groups after a remaining company, and let no erased company count for its group."""
    for group in groups:
        first = select(Organisation.name).where(Organisation.group_id == group).order_by(Organisation.id).limit(1)
        name = session.scalar(first) or _NO_NAME.format(group)
        session.execute(update(CompanyGroupRow).where(CompanyGroupRow.id == group).values(name=name), **UNSYNCHRONISED)
    counted = update(CompanyGroupRow).where(CompanyGroupRow.counting_organisation_id.in_(companies))
    session.execute(counted.values(counting_organisation_id=None), **UNSYNCHRONISED)


def _forget_mails(session: Session, companies: Collection[int]) -> None:
    """Delete stored mails that name the company, and mails to people without an account whom it invited.

    Security mails about a person's account stay: they name no company, but may contain its name as an ordinary word.
    """
    m, invited = OutboxMail, ColleagueInvitationRow
    theirs = (
        invited.organisation_id.in_(companies),
        invited.email != "",
        ~exists().where(Person.email == invited.email),
    )
    strangers = set(session.scalars(select(invited.email).where(*theirs)))
    names = (re.escape(" ".join(name.split())) for name in names_of_companies(session, companies))
    named = re.compile(rf"(?<!\w)({'|'.join(names)})(?!\w)")
    kept = session.execute(select(m.id, m.to, m.subject, m.text).where(m.urgency != "security")).all()
    gone = [row.id for row in kept if row.to in strangers or named.search(" ".join([row.subject, *row.text.split()]))]
    session.execute(delete(m).where(m.id.in_(gone)), **UNSYNCHRONISED)


# ── Published names


def name_mark(sector: str, name: str) -> str:
    """Return the digest by which a withdrawn company is recognised among the published names of a sector."""
    return text_digest(f"{sector}\n{name}")


def withdrawn_names(session: Session, year: int) -> dict[str, datetime]:
    """Return when companies that are published by name for a year withdrew, by `name_mark`."""
    query = select(TrailEntry.after, TrailEntry.at).where(TrailEntry.subject == _withdrawn_subject(year))
    return {row.after: row.at for row in session.execute(query)}


def _withdrawn_subject(year: int) -> str:
    return f"period/{year}/withdrawn"


# ── After a backup was restored


def is_to_repeat(session: Session, erasure: Erasure) -> bool:
    """Tell whether a restored backup brought back a company or draft that was erased in this installation."""
    if erasure.kind == "company":
        here = select(Organisation.erased_at).where(
            Organisation.id == erasure.number, Organisation.registered_at == erasure.created_at
        )
        return session.execute(here).all() == [(None,)]
    if erasure.kind == "draft":
        same = exists().where(Assessment.id == erasure.number, Assessment.created_at == erasure.created_at)
        same = same.where(Assessment.organisation_id == Organisation.id, Organisation.erased_at.is_(None))
        # If it was erased then or later, what it contains now is a new draft.
        done = exists().where(TrailEntry.subject == f"assessment/{erasure.number}{ERASED}", TrailEntry.at >= erasure.at)
        return bool(session.scalar(select(same & ~done)))
    return False

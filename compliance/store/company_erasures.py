"""Erasing a company, or the draft of one of its assessments: everything given is deleted, and ids stay.

A company's row stays, with a number in place of its name, and so do the rows that say for which years it began an
assessment. What the trail says about it is erased too, and the hash chain remains valid (`erased_entries`). Figures of
closed periods do not change. The people who worked for the company keep their accounts. Each erasure is noted in the
file of erasures, like the erasure of a person.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.answer_models import AnswerVersionRow, QuestionCommentRow
from compliance.store.audit_trail import TrailEvent, hold_trail, record_events, text_digest
from compliance.store.backups import named_files
from compliance.store.company_models import (
    ColleagueInvitationRow,
    CompanyGroupRow,
    DelegationRow,
    JoinRequestRow,
    MembershipRow,
)
from compliance.store.desk_models import ReadCompanyRow
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
    DocumentTextRow,
    Evidence,
    KeptSuggestionsRow,
    LibraryItemRow,
    LibraryVersion,
    PassageMarkRow,
    PassageOutcomeRow,
)
from compliance.store.exceptions import AlreadyDecided, CompanyMerged, NotFound, StoreError
from compliance.store.invitation_models import InvitedCompanyRow
from compliance.store.models import (
    AnswerRow,
    Assessment,
    Assignment,
    ConsentChange,
    Determination,
    Organisation,
    Person,
    Submission,
    TrailEntry,
)
from compliance.store.review_models import (
    DeclaredInterest,
    PassageCheckRow,
    Reopening,
    ReviewProgress,
    SignOff,
    WorkbookDownload,
    WorkbookUpload,
)
from compliance.store.sign_offs import names_of_companies
from compliance.store.transactions import begin_change
from compliance.store.work_models import ClosingPreview, Job, KeptScorecards, OutboxMail

#: Tables of an assessment whose rows are deleted with a draft. A table comes before those that its rows refer to.
OF_DRAFT: tuple[Any, ...] = (
    PassageCheckRow,
    PassageMarkRow,
    Evidence,
    DelegationRow,
    QuestionCommentRow,
    AnswerRow,
    AnswerVersionRow,
    KeptScorecards,
)
#: Tables of an assessment whose rows are deleted with its company.
OF_ASSESSMENT: tuple[Any, ...] = (
    *OF_DRAFT,
    Determination,
    Assignment,
    WorkbookUpload,
    WorkbookDownload,
    SignOff,
    Reopening,
    Submission,
)
OF_COMPANY: tuple[Any, ...] = (
    LibraryItemRow,
    MembershipRow,
    JoinRequestRow,
    ColleagueInvitationRow,
    DeclaredInterest,
)
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
    found = _numbers(session, Organisation.id, known, Organisation.erased_at.is_(None))
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
    here = update(Organisation).where(Organisation.id == organisation_id).values(name=Organisation.name)
    session.execute(here, **_UNSYNCHRONISED)  # on SQLite, other writers wait from here on
    locked = select(Organisation).where(Organisation.id == organisation_id).with_for_update()
    known = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if known is None:
        raise NotFound(f"no company {organisation_id}")
    if known.merged_into is not None:
        raise CompanyMerged(f"company {organisation_id} was merged into company {known.merged_into}: delete that one")
    if known.erased_at is not None:
        raise AlreadyDecided(f"company {organisation_id} is deleted already")
    companies = with_merged(session, organisation_id)
    registered = select(Organisation.id, Organisation.registered_at).where(Organisation.id.in_(companies))
    erasures = tuple(Erasure(*row, at, "company") for row in session.execute(registered.order_by(Organisation.id)))
    assessments = _numbers(session, Assessment.id, Assessment.organisation_id.in_(companies))
    for assessment_id in assessments:  # waits for a save under way; later saves find nothing
        held = update(Assessment).where(Assessment.id == assessment_id)
        session.execute(held.values(saves=Assessment.saves + 1), **_UNSYNCHRONISED)
    hold_trail(session)
    marks = list(named_in())
    entries = entries_about(session, companies, assessments)
    stated = last_said(session, entries, numbers_of_rows(session, companies, assessments))
    groups = _numbers(
        session, Organisation.group_id, Organisation.id.in_(companies), Organisation.group_id.is_not(None)
    )
    _forget_mails(session, companies)
    files = _files(session, companies, assessments)
    for number in companies:
        _blank(session, number, at=at)  # first: only then does the database allow submissions to be deleted
    _delete_rows(session, companies, assessments)
    begun = update(Assessment).where(Assessment.id.in_(assessments))
    session.execute(begun.values(**_NOTHING_CHOSEN), **_UNSYNCHRONISED)
    _leave_groups(session, companies, groups)
    for column in (InvitedCompanyRow.organisation_id, InvitedCompanyRow.possible_organisation_id):
        unlinked = {column.key: None} | ({"matched_by": ""} if column.key == "organisation_id" else {})
        session.execute(update(InvitedCompanyRow).where(column.in_(companies)).values(unlinked), **_UNSYNCHRONISED)
    read = update(ReadCompanyRow).where(ReadCompanyRow.organisation_id.in_(companies)).values(organisation_id=None)
    session.execute(read, **_UNSYNCHRONISED)
    session.execute(delete(ClosingPreview), **_UNSYNCHRONISED)
    _forget_texts(session, files)
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
    hold_trail(session)
    entries = entries_about(session, (), [assessment_id], but=f"assessment/{assessment_id}/{_KEPT_OF_DRAFT}")
    stated = last_said(session, entries, numbers_of_rows(session, (), [assessment_id]))
    files = _returned_files(session, [assessment_id])
    _delete_of_assessments(session, OF_DRAFT, [assessment_id])
    blank = update(Assessment).where(Assessment.id == assessment_id).values(**_NOTHING_CHOSEN)
    session.execute(blank, **_UNSYNCHRONISED)
    said, subject = erase_words(session, entries), f"assessment/{assessment_id}{ERASED}"
    state_anew(session, stated, at=at)
    event = TrailEvent("erasure", subject, said, "erased", about=(f"assessment/{assessment_id}/portions",))
    record_events(session, [event], by=by, at=at)
    session.expire_all()
    return ErasedCompany((Erasure(assessment_id, created_at, at, "draft"),), frozenset(files))


_UNSYNCHRONISED: dict[str, Any] = {"execution_options": {"synchronize_session": False}}
_NOTHING_CHOSEN: dict[str, Any] = {"chosen_portions": None, "quick_answers": None}


def with_merged(session: Session, organisation_id: int) -> list[int]:
    """Return the ids of a company and of those that were merged into it."""
    one = or_(Organisation.id == organisation_id, Organisation.merged_into == organisation_id)
    return _numbers(session, Organisation.id, one)


def _numbers(session: Session, column: Any, *which: Any) -> list[Any]:
    return list(session.scalars(select(column).where(*which).distinct().order_by(column)))


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
    session.execute(here.values(nothing), **_UNSYNCHRONISED)
    refused = update(Organisation).where(Organisation.id == number, Organisation.status != "merged")
    session.execute(refused.values(status="refused"), **_UNSYNCHRONISED)


def _delete_of_assessments(session: Session, models: Sequence[Any], assessments: Collection[int]) -> None:
    marks = select(PassageMarkRow.id).where(PassageMarkRow.assessment_id.in_(assessments))
    session.execute(delete(PassageOutcomeRow).where(PassageOutcomeRow.mark_id.in_(marks)), **_UNSYNCHRONISED)
    for model in models:
        session.execute(delete(model).where(model.assessment_id.in_(assessments)), **_UNSYNCHRONISED)
    about = or_(*(Job.subject == f"assessment/{number}" for number in assessments)) if assessments else None
    if about is not None:
        session.execute(delete(Job).where(about), **_UNSYNCHRONISED)


def _delete_rows(session: Session, companies: Collection[int], assessments: Collection[int]) -> None:
    submissions = select(Submission.id).where(Submission.assessment_id.in_(assessments))
    for model in (ReviewProgress, ConsentChange):
        session.execute(delete(model).where(model.submission_id.in_(submissions)), **_UNSYNCHRONISED)
    _delete_of_assessments(session, OF_ASSESSMENT, assessments)
    items = select(LibraryItemRow.id).where(LibraryItemRow.organisation_id.in_(companies))
    session.execute(delete(LibraryVersion).where(LibraryVersion.item_id.in_(items)), **_UNSYNCHRONISED)
    for model in OF_COMPANY:
        session.execute(delete(model).where(model.organisation_id.in_(companies)), **_UNSYNCHRONISED)


def _leave_groups(session: Session, companies: Collection[int], groups: Collection[int]) -> None:
    """Name these groups after a remaining company, and let no erased company count for its group."""
    for group in groups:
        first = select(Organisation.name).where(Organisation.group_id == group).order_by(Organisation.id).limit(1)
        name = session.scalar(first) or _NO_NAME.format(group)
        session.execute(update(CompanyGroupRow).where(CompanyGroupRow.id == group).values(name=name), **_UNSYNCHRONISED)
    counted = update(CompanyGroupRow).where(CompanyGroupRow.counting_organisation_id.in_(companies))
    session.execute(counted.values(counting_organisation_id=None), **_UNSYNCHRONISED)


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
    session.execute(delete(m).where(m.id.in_(gone)), **_UNSYNCHRONISED)


# ── Files


def _files(session: Session, companies: Collection[int], assessments: Collection[int]) -> set[str]:
    """Return the digests of the files that these companies uploaded, and of uploaded workbooks and questionnaires."""
    versions = (
        select(LibraryVersion.digest)
        .join(LibraryItemRow, LibraryItemRow.id == LibraryVersion.item_id)
        .where(LibraryItemRow.organisation_id.in_(companies), LibraryVersion.digest != "")
    )
    uploads = select(WorkbookUpload.digest).where(WorkbookUpload.assessment_id.in_(assessments))
    return {*session.scalars(versions), *session.scalars(uploads), *_returned_files(session, assessments)}


def _returned_files(session: Session, assessments: Collection[int]) -> set[str]:
    """Return the digests of uploaded questionnaires, which only the trail contains."""
    found = set()
    for number in assessments:
        begin = f"assessment/{number}/questionnaire/"
        subjects = select(TrailEntry.subject).where(TrailEntry.subject.startswith(begin, autoescape=True))
        found |= {subject.removeprefix(begin) for subject in session.scalars(subjects)}
    return found


def _forget_texts(session: Session, files: Collection[str]) -> None:
    """Delete the texts and suggestions of those files that nothing in the database refers to any more."""
    gone = sorted(set(files) - set(named_files(session.connection())))
    for column in (DocumentTextRow.digest, KeptSuggestionsRow.digest):
        session.execute(delete(column.class_).where(column.in_(gone)), **_UNSYNCHRONISED)


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

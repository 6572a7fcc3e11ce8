"""Reopenings: a final submission is corrected, with a reason, by a further submission.

A submission is final once the assessment is signed off or its period is closed. Until then, the company can submit
again at any time. After that, it has to request a reopening, or the steward or an assigned auditor opens one. While a
reopening is open, answers can be changed and submitted again, even after the period is closed. The first submission and
what was published do not change: figures of a closed period rest on what was submitted by its closing
(`submissions.select_latest`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.consents import effective_consent
from compliance.store.exceptions import AlreadyDecided, NotFound, NothingToReopen
from compliance.store.models import Assessment, Assignment, Organisation, Period, Person, PersonRole, Submission
from compliance.store.review_models import Reopening, SignOff
from compliance.store.transactions import Save, begin_change

_Asking, _Deciding, _Following = aliased(Person), aliased(Person), aliased(Submission)


@dataclass(frozen=True, slots=True)
class SubmissionReopening:
    """The reopening of a submission, requested or decided."""

    id: int
    assessment_id: int
    submission_id: int  # the one to be corrected, which itself does not change
    state: str  # asked, open, refused, withdrawn, done
    reason: str
    asked_by: str  # name; "": it was not requested
    asked_at: datetime | None
    decided_by: str  # name of who opened, refused or withdrew it; "": nobody yet
    decided_at: datetime | None
    refused_why: str
    followed_at: datetime | None  # when the corrected answers were submitted; None: not yet

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits for a decision or for the corrected answers."""
        return self.state in ("asked", "open")


def ask_to_reopen(session: Session, assessment_id: int, *, reason: str, by: int, at: datetime) -> SubmissionReopening:
    """Request, for the company, the reopening of a final submission.

    Raise NotFound, CompanyMerged, NothingToReopen, or AlreadyDecided if one is requested or open already.
    """
    return _begin(session, assessment_id, {"state": "asked", "asked_by": by, "asked_at": at}, reason, by=by, at=at)


def open_reopening(session: Session, assessment_id: int, *, reason: str, by: int, at: datetime) -> SubmissionReopening:
    """Reopen a final submission without a request.

    Raise as `ask_to_reopen` does, and NotFound unless `by` is a steward or an auditor of the assessment.
    """
    _check_decider(session, assessment_id, by)
    opened = {"state": "open", "decided_by": by, "decided_at": at}
    return _begin(session, assessment_id, opened, reason, by=by, at=at)


def answer_reopening(
    session: Session, assessment_id: int, reopening_id: int, *, by: int, at: datetime, refused_why: str = ""
) -> SubmissionReopening:
    """Open a requested reopening or, if `refused_why` is given, refuse it.

    Raise NotFound, also unless `by` is a steward or an auditor of the assessment, CompanyMerged or AlreadyDecided.
    """
    _check_decider(session, assessment_id, by)
    begin_change(session, assessment_id)
    asked = _one(session, Reopening.id == reopening_id, Reopening.assessment_id == assessment_id)
    if asked.state != "asked":
        raise AlreadyDecided("somebody else has answered this already")
    why = storable_text(refused_why).strip()
    state = "refused" if why else "open"
    _change(session, reopening_id, state=state, refused_why=why, decided_by=by, decided_at=at)
    record_events(session, [_event(asked, "asked", "\n".join(filter(None, (state, why))))], by=by, at=at)
    return _one(session, Reopening.id == reopening_id)


def withdraw_reopening(
    session: Session, assessment_id: int, reopening_id: int, *, by: int, at: datetime
) -> SubmissionReopening:
    """Withdraw, for the company, an unanswered request. Raise NotFound, CompanyMerged, or AlreadyDecided."""
    begin_change(session, assessment_id)
    asked = _one(session, Reopening.id == reopening_id, Reopening.assessment_id == assessment_id)
    if asked.state != "asked":
        raise AlreadyDecided("this was answered or withdrawn already")
    _change(session, reopening_id, state="withdrawn", decided_by=by, decided_at=at)
    record_events(session, [_event(asked, "asked", "withdrawn")], by=by, at=at)
    return _one(session, Reopening.id == reopening_id)


def finish_reopening(session: Session, assessment_id: int, followed_by: int) -> list[TrailEvent]:
    """Link the unfinished reopening of an assessment, if any, to its corrected submission. Return the trail events."""
    unfinished = unfinished_reopening(session, assessment_id)
    if unfinished is None:
        return []
    _change(session, unfinished.id, state="done", followed_by=followed_by)
    return [_event(unfinished, unfinished.state, f"done\nsubmission/{followed_by}")]


def reopenings_of(session: Session, assessment_id: int) -> tuple[SubmissionReopening, ...]:
    """Return all reopenings of an assessment, the latest first."""
    query = _select().where(Reopening.assessment_id == assessment_id).order_by(Reopening.id.desc())
    return tuple(SubmissionReopening(*row) for row in session.execute(query))


def latest_reopenings(session: Session, assessment_ids: Collection[int]) -> Mapping[int, SubmissionReopening]:
    """Return the latest reopening of each of these assessments that has one, by assessment id."""
    query = _select().where(Reopening.assessment_id.in_(assessment_ids)).order_by(Reopening.id)
    return {row.assessment_id: SubmissionReopening(*row) for row in session.execute(query)}


def unfinished_reopening(session: Session, assessment_id: int) -> SubmissionReopening | None:
    """Return the reopening of an assessment that is requested or open, or None."""
    row = session.execute(_select_unfinished(), {"assessment": assessment_id}).first()
    return None if row is None else SubmissionReopening(*row)


def asked_reopenings(session: Session) -> tuple[SubmissionReopening, ...]:
    """Return the requested reopenings that wait for a decision, the oldest first."""
    query = _select().where(Reopening.state == "asked").order_by(Reopening.id)
    return tuple(SubmissionReopening(*row) for row in session.execute(query))


def assigned_requests(session: Session, auditor: int) -> frozenset[int]:
    """Return the ids of an auditor's assessments with a requested reopening."""
    assigned = exists().where(Assignment.assessment_id == Reopening.assessment_id, Assignment.auditor_id == auditor)
    return frozenset(session.scalars(select(Reopening.assessment_id).where(Reopening.state == "asked", assigned)))


def signed_submission(session: Session, assessment_id: int) -> int | None:
    """Return the id of the submission with an unrevoked sign-off, or None."""
    query = select(SignOff.submission_id).where(SignOff.assessment_id == assessment_id, SignOff.revoked_at.is_(None))
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class NamedCorrection:
    """A correction, after publication, by a company that is published by name."""

    organisation: str
    sector: str  # in which it is published; "" if it has none
    at: datetime


def named_corrections(session: Session, year: int) -> tuple[NamedCorrection, ...]:
    """Return the latest corrections after a period's closing of companies that agreed, and still agree, to be named."""
    published, later = aliased(Submission), aliased(Submission)
    is_latest = ~exists().where(later.assessment_id == Submission.assessment_id, later.id > Submission.id)
    sector = (
        select(published.sector)
        .where(published.assessment_id == Assessment.id, published.at <= Period.closed_at)
        .order_by(published.id.desc())
        .limit(1)
        .correlate(Assessment, Period)
        .scalar_subquery()
    )
    query = (
        select(Organisation.name, sector, Submission.at)
        .select_from(Submission)
        .join(Assessment, Assessment.id == Submission.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
        .join(Period, Period.year == Assessment.period_year)
        .where(Assessment.period_year == year, Assessment.voice == "self")
        .where(Submission.at > Period.closed_at, is_latest)
        .where(effective_consent(at_closing=True) == "named", effective_consent(at_closing=False) == "named")
        .order_by(Organisation.name, Assessment.id)
    )
    return tuple(NamedCorrection(name, said or "", at) for name, said, at in session.execute(query))


def _begin(
    session: Session, assessment_id: int, said: Mapping[str, Any], reason: str, *, by: int, at: datetime
) -> SubmissionReopening:
    save, why = begin_change(session, assessment_id), storable_text(reason).strip()
    latest = session.scalar(select(func.max(Submission.id)).where(Submission.assessment_id == assessment_id))
    if latest is None:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    if not _is_final(session, save):
        raise NothingToReopen("the company can submit again without a reopening: nothing is final yet")
    if unfinished_reopening(session, assessment_id):
        raise AlreadyDecided("a correction is asked for or open already")
    row = {"assessment_id": assessment_id, "submission_id": latest, "reason": why, "refused_why": "", **said}
    number = session.execute(insert(Reopening).values(row).returning(Reopening.id)).scalar_one()
    begun = _one(session, Reopening.id == number)
    record_events(session, [_event(begun, "", f"{begun.state}\n{why}")], by=by, at=at)
    return begun


def _is_final(session: Session, save: Save) -> bool:
    return save.closed or signed_submission(session, save.assessment_id) is not None


def _check_decider(session: Session, assessment_id: int, person: int) -> None:
    """Raise NotFound unless a person may open and refuse reopenings: stewards, and auditors of the assessment."""
    steward = exists().where(PersonRole.person_id == person, PersonRole.role == "steward")
    assigned = exists().where(Assignment.assessment_id == assessment_id, Assignment.auditor_id == person)
    if not session.scalar(select(or_(steward, assigned))):
        raise NotFound(f"no assessment {assessment_id}")


def _change(session: Session, reopening_id: int, **values: object) -> None:
    change = update(Reopening).where(Reopening.id == reopening_id).values(values)
    session.execute(change.execution_options(synchronize_session=False))


def _one(session: Session, *conditions: Any) -> SubmissionReopening:
    row = session.execute(_select().where(*conditions)).first()
    if row is None:
        raise NotFound("no such reopening")
    return SubmissionReopening(*row)


def _select() -> Select[*tuple[Any, ...]]:
    """Select the columns of SubmissionReopening."""
    r = Reopening
    return (
        select(
            r.id,
            r.assessment_id,
            r.submission_id,
            r.state,
            r.reason,
            func.coalesce(_Asking.name, ""),
            r.asked_at,
            func.coalesce(_Deciding.name, ""),
            r.decided_at,
            r.refused_why,
            _Following.at,
        )
        .outerjoin(_Asking, _Asking.id == r.asked_by)
        .outerjoin(_Deciding, _Deciding.id == r.decided_by)
        .outerjoin(_Following, _Following.id == r.followed_by)
    )


@cache  # built once, as building the statement takes longer than reading the row
def _select_unfinished() -> Select[*tuple[Any, ...]]:
    return _select().where(Reopening.assessment_id == bindparam("assessment"), Reopening.state.in_(("asked", "open")))


def _event(reopening: SubmissionReopening, before: str, after: str) -> TrailEvent:
    subject = f"assessment/{reopening.assessment_id}/reopening/{reopening.id}"
    return TrailEvent("reopening", subject, before, after)

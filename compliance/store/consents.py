"""Consent to publication: given with each submission, and changed later without submitting again.

While a period is open, a change takes effect at once. After it is closed, what was published stays, and a change only
affects later closings. A later choice for another year can narrow a consent, and never widen it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, exists, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events, row_digest
from compliance.store.exceptions import NotFound
from compliance.store.models import CONSENTS, Assessment, ConsentChange, Period, Submission
from compliance.store.submission_figures import is_latest
from compliance.store.transactions import begin_change

_Elsewhere, _OtherSubmission, _OtherAssessment = aliased(ConsentChange), aliased(Submission), aliased(Assessment)


@dataclass(frozen=True, slots=True)
class ConsentWithdrawal:
    """A choice made later for another, closed year, which narrows the consent for this year too."""

    year: int
    at: datetime


def change_consent(session: Session, assessment_id: int, consent: str, *, by: int | None, at: datetime) -> bool:
    """Change what may be published of a submitted assessment. Return whether the change takes effect at once.

    If not, its period is closed, and the change takes effect at the next closing. Raise NotFound or CompanyMerged.
    """
    save = begin_change(session, assessment_id)
    before = consent_of(session, assessment_id)
    if not before:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    if consent != before:
        latest = select(func.max(Submission.id)).where(Submission.assessment_id == assessment_id)
        number = session.execute(latest).scalar_one()
        entries = [
            TrailEvent("consent", f"assessment/{assessment_id}/consent", before, consent),
            add_consent_change(session, number, consent, after_closing=save.closed, by=by, at=at),
        ]
        record_events(session, entries, by=by, at=at)
    return not save.closed


def add_consent_change(
    session: Session, submission_id: int, consent: str, *, after_closing: bool, by: int | None, at: datetime
) -> TrailEvent:
    """Store a later choice of what may be published of a submission. Return the trail event to record."""
    row = {"submission_id": submission_id, "consent": consent, "after_closing": after_closing, "by": by, "at": at}
    changed = session.execute(insert(ConsentChange).values(row).returning(ConsentChange.id)).scalar_one()
    return TrailEvent("consent", f"consent-change/{changed}", "", row_digest(row))


def consent_at_closing(session: Session, assessment_id: int) -> str:
    """Return the consent of an assessment when its period was closed, or "" if it was not submitted."""
    return session.scalar(_select_consent(at_closing=True), {"assessment": assessment_id}) or ""


def consent_of(session: Session, assessment_id: int) -> str:
    """Return the present consent of an assessment, or "" if it was not submitted."""
    return session.scalar(_select_consent(at_closing=False), {"assessment": assessment_id}) or ""


def withdrawal_for(session: Session, assessment_id: int) -> ConsentWithdrawal | None:
    """Return the choice for another year that narrows the assessment's own consent, or None."""
    other = _later_choice_elsewhere(_own_change(at_closing=False))
    columns = (_OtherAssessment.period_year, _Elsewhere.at)
    year, at = (other.with_only_columns(column).scalar_subquery() for column in columns)
    own, effective = _own_consent(at_closing=False), effective_consent(at_closing=False)
    row = session.execute(_latest(assessment_id, year, at, own, effective)).first()
    return None if row is None or row[2] == row[3] else ConsentWithdrawal(row[0], row[1])


def effective_consent(*, at_closing: bool) -> ColumnElement[str]:
    """Return an expression for the consent that counts for a Submission and its Assessment.

    A later choice for another, closed year can narrow it. It never widens it, as nobody was shown what that would
    publish. `at_closing`: choices made after the submission's own period was closed are ignored.
    """
    own = _own_consent(at_closing=at_closing)
    other = _later_choice_elsewhere(_own_change(at_closing=at_closing))
    if at_closing:
        too_late = exists().where(Period.year == Assessment.period_year, Period.closed_at < _Elsewhere.at)
        other = other.where(~too_late.correlate(Assessment, _Elsewhere))
    since = other.with_only_columns(_Elsewhere.consent).scalar_subquery()
    narrowest_first = [(or_(own == choice, since == choice), choice) for choice in CONSENTS[:-1]]
    return case((since.is_(None), own), *narrowest_first, else_=CONSENTS[-1])


def nonrespondent_consents(session: Session, year: int) -> Mapping[int, str]:
    """Return each company's last choice, by company id, which applies if it submits nothing for a year."""
    query = _last_choices().where(or_(Assessment.period_year <= year, ConsentChange.after_closing.is_(True)))
    return {row.organisation_id: row.consent for row in session.execute(query)}


@cache  # built once, as building the statement takes longer than reading the row
def _select_consent(*, at_closing: bool) -> Select[*tuple[Any, ...]]:
    return _latest(bindparam("assessment"), effective_consent(at_closing=at_closing))


def _latest(assessment_id: int | BindParameter[int], *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    query = select(*columns).select_from(Submission).join(Assessment, Assessment.id == Submission.assessment_id)
    return query.where(Submission.assessment_id == assessment_id).order_by(Submission.id.desc()).limit(1)


def _own_change(*, at_closing: bool) -> Select[*tuple[Any, ...]]:
    """Select the last choice made for a submission after it was submitted."""
    query = select(ConsentChange).where(ConsentChange.submission_id == Submission.id)
    if at_closing:
        query = query.where(ConsentChange.after_closing.is_(False))
    return query.order_by(ConsentChange.id.desc()).limit(1).correlate(Submission)


def _own_consent(*, at_closing: bool) -> ColumnElement[str]:
    changed = _own_change(at_closing=at_closing).with_only_columns(ConsentChange.consent).scalar_subquery()
    return func.coalesce(changed, Submission.consent)


def _later_choice_elsewhere(own_change: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Select the company's last choice for another, closed year that is later than its own choice for this one."""
    since = func.coalesce(own_change.with_only_columns(ConsentChange.at).scalar_subquery(), Submission.at)
    return (
        select(_Elsewhere)
        .select_from(_Elsewhere)
        .join(_OtherSubmission, _OtherSubmission.id == _Elsewhere.submission_id)
        .join(_OtherAssessment, _OtherAssessment.id == _OtherSubmission.assessment_id)
        .where(
            _OtherAssessment.organisation_id == Assessment.organisation_id,
            _OtherAssessment.voice == Assessment.voice,
            _OtherAssessment.id != Assessment.id,
            _Elsewhere.after_closing.is_(True),
            _Elsewhere.at > since,
        )
        .order_by(_Elsewhere.at.desc(), _Elsewhere.id.desc())
        .limit(1)
        .correlate(Submission, Assessment)
    )


def _last_choices() -> Select[*tuple[Any, ...]]:
    """Select the last choice for each self-assessment, the latest choice at the end."""
    later = select(func.max(ConsentChange.id)).where(ConsentChange.submission_id == Submission.id)
    last_change = later.correlate(Submission).scalar_subquery()
    at = func.coalesce(ConsentChange.at, Submission.at)
    return (
        select(
            Assessment.organisation_id,
            func.coalesce(ConsentChange.consent, Submission.consent).label("consent"),
        )
        .join(Submission, Submission.assessment_id == Assessment.id)
        .outerjoin(ConsentChange, ConsentChange.id == last_change)
        .where(is_latest(), Assessment.voice == "self")
        .order_by(at, Submission.id)
    )

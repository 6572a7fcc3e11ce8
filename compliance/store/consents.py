"""What may be published of a company: chosen with each submission, and changed later without submitting anew.

While a period is open, a change counts at once. Once it is closed, what was
published stays, and a change counts for the closings that come after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, or_, select
from sqlalchemy.orm import Session

from compliance.store.refusals import NotFound
from compliance.store.tables import CONSENTS, Assessment, ConsentChange, Submission
from compliance.store.trail import Entry, note, row_digest
from compliance.store.writing import begin_change


@dataclass(frozen=True, slots=True)
class Earlier:
    """What companies chose for other years, by organisation."""

    last: Mapping[int, str]  # for an earlier year, or after a closing: what a company that stays silent keeps to
    since: Mapping[int, str]  # after a closing, and after they submitted for the year in question


def change_consent(session: Session, assessment_id: int, consent: str, *, by: int | None, at: datetime) -> bool:
    """Change what may be published of an assessment that was handed in. Returns whether that counts at once.

    If not, its period is closed, and the change counts from the next closing on. Raise NotFound.
    """
    save = begin_change(session, assessment_id)
    before = consent_of(session, assessment_id)
    if not before:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    if consent != before:
        latest = select(func.max(Submission.id)).where(Submission.assessment_id == assessment_id)
        number = session.execute(latest).scalar_one()
        row = {"submission_id": number, "consent": consent, "after_closing": save.closed, "by": by, "at": at}
        changed = session.execute(insert(ConsentChange).values(row).returning(ConsentChange.id)).scalar_one()
        entries = [
            Entry("consent", f"assessment/{assessment_id}/consent", before, consent),
            Entry("consent", f"consent-change/{changed}", "", row_digest(row)),
        ]
        note(session, entries, by=by, at=at)
    return not save.closed


def consent_of(session: Session, assessment_id: int) -> str:
    """What a company last chose for an assessment; "" if it was not handed in."""
    query = (
        select(Submission.consent, ConsentChange.consent.label("changed"))
        .outerjoin(ConsentChange, ConsentChange.submission_id == Submission.id)
        .where(Submission.assessment_id == assessment_id)
        .order_by(Submission.id.desc(), ConsentChange.id.desc())
    )
    row = session.execute(query.limit(1)).first()
    return "" if row is None else row.changed or row.consent


def earlier_consents(session: Session, year: int) -> Earlier:
    """What companies chose apart from what they submitted for a year that is about to be closed."""
    last: dict[int, str] = {}
    since: dict[int, str] = {}
    submitted: set[int] = set()
    query = _choices().where(or_(Assessment.period_year <= year, ConsentChange.after_closing.is_(True)))
    for organisation, of_year, consent, after_closing in session.execute(query):
        if of_year == year:
            submitted.add(organisation)
            since.pop(organisation, None)
        else:
            last[organisation] = consent
            if after_closing:
                since[organisation] = consent
    return Earlier(last, {i: consent for i, consent in since.items() if i in submitted})


def narrower(first: str, second: str) -> str:
    """The one of two choices that publishes less."""
    return min(first, second, key=CONSENTS.index)


def _choices() -> Select[*tuple[Any, ...]]:
    """What was last chosen for each assessment of a company's own, the latest choice at the end."""
    latest = select(func.max(Submission.id)).group_by(Submission.assessment_id)
    later = select(func.max(ConsentChange.id)).where(ConsentChange.submission_id == Submission.id)
    last_change = later.correlate(Submission).scalar_subquery()
    at = func.coalesce(ConsentChange.at, Submission.at)
    return (
        select(
            Assessment.organisation_id,
            Assessment.period_year,
            func.coalesce(ConsentChange.consent, Submission.consent),
            ConsentChange.after_closing,
        )
        .join(Submission, Submission.assessment_id == Assessment.id)
        .outerjoin(ConsentChange, ConsentChange.id == last_change)
        .where(Submission.id.in_(latest), Assessment.voice == "self")
        .order_by(at, Submission.id)
    )

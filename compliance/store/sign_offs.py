"""Sign-offs: an auditor's signature on the verdicts on a submission, with the verified card as it was.

While the latest submission is signed off, its verdicts cannot be changed (`determinations` refuses that): the sign-off
has to be revoked first, with a reason. When the company submits again, the sign-off stays with the submission that it
is about. Verdicts can then be given on the new submission, and the next sign-off replaces this one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events, row_digest, storable_text, text_digest
from compliance.store.consents import effective_consent
from compliance.store.determinations import AuditorVerdict, determinations, latest_assigned, verdicts_on
from compliance.store.exceptions import AlreadyDecided, NotFound, SignOffRefused
from compliance.store.models import Assessment, Organisation, Person, Submission, TrailEntry
from compliance.store.review_models import SignOff
from compliance.store.submission_figures import is_latest
from compliance.store.transactions import begin_change


@dataclass(frozen=True, slots=True)
class SignedReview:
    """A sign-off, in force or revoked."""

    id: int
    assessment_id: int
    submission_id: int
    submission_number: int  # 1 for the first submission of the assessment
    submitted_at: datetime
    is_of_latest: bool  # whether the company has not submitted again since
    name: str  # as signed
    at: datetime
    statement: str
    card: str  # canonical JSON, see scoring.verified_card
    digest: str  # SHA-256 of the card
    revoked_at: datetime | None
    revoked_by: str  # name; "" if it was not revoked
    revoked_why: str
    replaced_by: int | None = None  # submission number of the next sign-off, if that revoked this one

    @property
    def stands(self) -> bool:
        """Whether it is in force, that is, was not revoked."""
        return self.revoked_at is None


#: Makes the card from the stored verdicts, while nobody else can change them. Raises SignOffRefused.
CardMaker = Callable[[Mapping[str, AuditorVerdict]], str]


def sign_off(
    session: Session,
    assessment_id: int,
    *,
    submission: int,
    seen: str,
    card: CardMaker,
    name: str,
    statement: str,
    by: int,
    at: datetime,
) -> int:
    """Sign off the verdicts on a submission, given by id, and freeze the card. Return the id of the sign-off.

    `seen`: digest of the card that the auditor read. Raise NotFound unless the assessment is assigned to them,
    CompanyMerged, SignOffRefused if the card or the latest submission has changed or the card cannot be signed, or
    AlreadyDecided if it is signed off already.
    """
    begin_change(session, assessment_id)
    latest, answers = latest_assigned(session, assessment_id, by)
    if latest != submission:
        raise SignOffRefused("the company has submitted again since you read this")
    standing = next((one for one in sign_offs_of(session, assessment_id) if one.stands), None)
    if standing is not None and standing.submission_id == submission:
        raise AlreadyDecided(f"{standing.name} has signed this off already")
    signed = card(verdicts_on(determinations(session, assessment_id), answers))
    if text_digest(signed) != seen:
        raise SignOffRefused("verdicts were changed since you read this")
    events = []
    if standing is not None:
        why = f"replaced: submission {submission} was signed off"
        events.append(_revoke(session, standing, why, by=by, at=at))
    row = {
        "assessment_id": assessment_id,
        "submission_id": submission,
        "by": by,
        "at": at,
        "name": storable_text(name).strip(),
        "statement": storable_text(statement).strip(),
        "card": signed,
        "digest": seen,
    }
    number = session.execute(insert(SignOff).values(**row, revoked_why="").returning(SignOff.id)).scalar_one()
    events.append(TrailEvent("sign-off", f"sign-off/{number}", "", row_digest(row)))
    record_events(session, events, by=by, at=at)
    return number


def revoke_sign_off(
    session: Session, assessment_id: int, *, sign_off: int, why: str, by: int | None, at: datetime
) -> None:
    """Revoke a sign-off, so that verdicts can be changed again. What was signed is kept.

    Raise NotFound, CompanyMerged, AlreadyDecided if it was revoked already, or ValueError without a reason. The caller
    checks who may do so.
    """
    begin_change(session, assessment_id)
    found = next((one for one in sign_offs_of(session, assessment_id) if one.id == sign_off), None)
    if found is None:
        raise NotFound(f"assessment {assessment_id} has no sign-off {sign_off}")
    if not found.stands:
        raise AlreadyDecided("this sign-off was revoked already")
    record_events(session, [_revoke(session, found, why, by=by, at=at)], by=by, at=at)


def _revoke(session: Session, signed: SignedReview, why: str, *, by: int | None, at: datetime) -> TrailEvent:
    said = storable_text(why).strip()
    if not said:
        raise ValueError("a sign-off is revoked with a reason")
    revoked = update(SignOff).where(SignOff.id == signed.id).values(revoked_at=at, revoked_by=by, revoked_why=said)
    session.execute(revoked.execution_options(synchronize_session=False))
    return TrailEvent(
        "sign-off",
        f"assessment/{signed.assessment_id}/sign-off",
        f"sign-off/{signed.id}",
        f"revoked\n{said}",
        about=(f"sign-off/{signed.id}",),
    )


def sign_offs_of(session: Session, assessment_id: int) -> tuple[SignedReview, ...]:
    """Return all sign-offs of an assessment, the latest first."""
    rows = session.connection().execute(_signed_of_assessment(), {"assessment": assessment_id})
    return _by_assessment(rows).get(assessment_id, ())


def sign_offs_of_period(session: Session, year: int) -> Mapping[int, tuple[SignedReview, ...]]:
    """Return the sign-offs of a period, by assessment id, the latest first."""
    return _by_assessment(session.connection().execute(_signed().where(Assessment.period_year == year)))


@dataclass(frozen=True, slots=True)
class CompanySignOff:
    """The latest sign-off of a company's assessment, with the company's present and earlier names."""

    organisation_id: int
    names: frozenset[str]
    signed: SignedReview


def sign_offs_to_publish(session: Session, year: int) -> tuple[CompanySignOff, ...]:
    """Return the latest sign-off of each self-assessment of a period whose company now agrees to be named."""
    agreed = (
        select(Assessment.id, Assessment.organisation_id, Organisation.name)
        .select_from(Submission)
        .join(Assessment, Assessment.id == Submission.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
        .where(
            is_latest(),
            Assessment.period_year == year,
            Assessment.voice == "self",
            exists().where(SignOff.assessment_id == Assessment.id),
            effective_consent(at_closing=False) == "named",
        )
        .order_by(Assessment.id)
    )
    rows = session.execute(agreed).all()
    signed = sign_offs_of_period(session, year) if rows else {}
    names = _earlier_names(session, [row.organisation_id for row in rows])
    return tuple(
        CompanySignOff(company, frozenset({name, *names.get(company, ())}), signed[number][0])
        for number, company, name in rows
    )


def names_of_companies(session: Session, companies: Collection[int]) -> frozenset[str]:
    """Return the present and earlier names of companies."""
    now = session.scalars(select(Organisation.name).where(Organisation.id.in_(companies)))
    return frozenset(now).union(*_earlier_names(session, companies).values())


def name_when_published(session: Session, organisation_id: int, year: int) -> str:
    """Return the name that a company had when the figures of a period were published."""
    published = select(func.max(TrailEntry.id)).where(TrailEntry.subject == f"snapshot/{year}").scalar_subquery()
    renamed = select(TrailEntry.before).where(
        TrailEntry.subject == f"organisation/{organisation_id}/name", TrailEntry.id > published
    )
    later = session.scalar(renamed.order_by(TrailEntry.id).limit(1))
    return later or session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""


def _earlier_names(session: Session, companies: Collection[int]) -> Mapping[int, Collection[str]]:
    """Return the earlier names of companies, by company id. What was published keeps them."""
    subjects = {f"organisation/{number}/name": number for number in companies}
    query = select(TrailEntry.subject, TrailEntry.before).where(TrailEntry.subject.in_(subjects))
    found: dict[int, set[str]] = {}
    for subject, name in session.execute(query) if subjects else ():
        found.setdefault(subjects[subject], set()).add(name)
    return found


@cache  # built once, as building the statement takes longer than reading a sign-off
def _signed() -> Select[*tuple[Any, ...]]:
    """Select the columns of SignedReview for all sign-offs, by assessment, the latest first."""
    earlier, later, revoker = aliased(Submission), aliased(Submission), aliased(Person)
    number = select(func.count()).where(
        earlier.assessment_id == SignOff.assessment_id, earlier.id <= SignOff.submission_id
    )
    again = exists().where(later.assessment_id == SignOff.assessment_id, later.id > SignOff.submission_id)
    s = SignOff
    return (
        select(
            s.id,
            s.assessment_id,
            s.submission_id,
            number.scalar_subquery(),
            Submission.at,
            ~again,
            s.name,
            s.at,
            s.statement,
            s.card,
            s.digest,
            s.revoked_at,
            func.coalesce(revoker.name, ""),
            s.revoked_why,
        )
        .join(Submission, Submission.id == s.submission_id)
        .join(Assessment, Assessment.id == s.assessment_id)
        .outerjoin(revoker, revoker.id == s.revoked_by)
        .order_by(s.assessment_id, s.id.desc())
    )


@cache
def _signed_of_assessment() -> Select[*tuple[Any, ...]]:
    return _signed().where(SignOff.assessment_id == bindparam("assessment"))


def _by_assessment(rows: Iterable[Sequence[Any]]) -> dict[int, tuple[SignedReview, ...]]:
    found: dict[int, tuple[SignedReview, ...]] = {}
    for row in rows:
        one = SignedReview(*row)
        before = found.get(one.assessment_id, ())
        if before and before[-1].at == one.revoked_at:
            one = replace(one, replaced_by=before[-1].submission_number)
        found[one.assessment_id] = (*before, one)
    return found

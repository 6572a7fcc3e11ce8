"""What lists show of submissions and reviews, as columns of their own: a list reads neither sheets nor scores.

The overall results of a submission are frozen with it. What verdicts have come to is kept for each submission that has
any, by whoever can score; it is forgotten with every change of a verdict, and computed anew.
"""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.questionnaire.edition import OVERALL
from compliance.store.models import Assessment, Assignment, Determination, Period, Submission
from compliance.store.review_models import ReviewProgress
from compliance.store.transactions import insert_or_replace

#: In the order in which a review goes through them.
ReviewState: TypeAlias = Literal["to-do", "in-review", "ready", "signed", "revoked", "again"]
REVIEW_STATES: tuple[ReviewState, ...] = get_args(ReviewState)
#: The bases of which a submission keeps scores.
_BASES = ("claimed", "evidenced")


@dataclass(frozen=True, slots=True)
class OverallFigures:
    """The overall result of a submission on one basis, on the edition's scale; None: there is none."""

    score: float | None
    worst: float | None
    best: float | None
    band: str | None  # id; the capped one
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """What the verdicts on a submission have come to."""

    asked: int  # questions that count
    judged: int  # of those, the ones with a verdict
    can_be_signed: bool
    score: float | None  # verified, on the edition's scale
    worst: float | None
    best: float | None
    band: str | None


_OVERALL = [f"{basis}_{figure.name}" for basis in _BASES for figure in fields(OverallFigures)]


def overall_columns(scores: str) -> dict[str, Any]:
    """The columns of a submission with its overall results, out of its scores as they are stored."""
    record = json.loads(scores)
    found: dict[str, Any] = {}
    for basis in _BASES:
        standing = record.get(basis, {}).get("standings", {}).get(OVERALL) or {}
        found |= {f"{basis}_{figure.name}": standing.get(figure.name) for figure in fields(OverallFigures)}
    return found


def select_overall() -> list[Any]:
    """The columns of both `OverallFigures` of a submission."""
    return [getattr(Submission, name) for name in _OVERALL]


def select_progress() -> list[Any]:
    """The columns of `ReviewFigures`, to be selected with ReviewProgress joined; all None where nothing is kept."""
    return [getattr(ReviewProgress, figure.name) for figure in fields(ReviewFigures)]


def is_latest() -> ColumnElement[bool]:
    """Whether a submission is the latest of its assessment.

    Asked of each by the index: SQLite would look through a list of the latest of all for each submission.
    """
    later = aliased(Submission)
    return ~exists().where(later.assessment_id == Submission.assessment_id, later.id > Submission.id)


def is_latest_at_closing() -> ColumnElement[bool]:
    """Whether it is the latest of its assessment by the closing of its period, beside Submission and its Assessment.

    What was submitted later is in no figure of the period.
    """
    later, open_period = aliased(Submission), aliased(Period)

    def in_time(submitted: Any) -> ColumnElement[bool]:
        return exists().where(
            open_period.year == Assessment.period_year,
            or_(open_period.closed_at.is_(None), submitted.at <= open_period.closed_at),
        )

    newer = exists().where(
        later.assessment_id == Submission.assessment_id,
        later.id > Submission.id,
        in_time(later).correlate(Assessment, later),
    )
    return and_(in_time(Submission), ~newer.correlate(Submission, Assessment))


def unkept_reviews(session: Session, which: ColumnElement[bool]) -> Mapping[int, int]:
    """The latest submissions with verdicts of which nothing is kept, and the assessment of each.

    `which`: a condition on Assessment and Assignment.
    """
    judged = exists().where(Determination.assessment_id == Submission.assessment_id)
    kept = exists().where(ReviewProgress.submission_id == Submission.id)
    query = select(Submission.id, Submission.assessment_id).join(Assessment).where(judged, ~kept, is_latest(), which)
    return {row.id: row.assessment_id for row in session.execute(query.order_by(Submission.id))}


def assigned_to(auditor: int) -> ColumnElement[bool]:
    """Whether an assessment is assigned to an auditor."""
    return exists().where(Assignment.assessment_id == Assessment.id, Assignment.auditor_id == auditor)


def saves_of(session: Session, assessment_id: int) -> int:
    """How often an assessment was changed. Whoever computes from it says later what this was."""
    return session.scalar(select(Assessment.saves).where(Assessment.id == assessment_id)) or 0


def keep_review(session: Session, assessment_id: int, submission: int, found: ReviewFigures, *, saves: int) -> bool:
    """Keep what the verdicts on a submission have come to; not where the assessment was changed since `saves`."""
    # Written, so that a change which is under way is waited for, and seen.
    same = update(Assessment).where(Assessment.id == assessment_id, Assessment.saves == saves)
    same = same.values(saves=saves).returning(Assessment.id).execution_options(synchronize_session=False)
    if session.execute(same).first() is None:
        return False
    row = {"submission_id": submission}
    row |= dict(zip((figure.name for figure in fields(ReviewFigures)), astuple(found), strict=True))
    session.connection().execute(insert_or_replace(session, ReviewProgress, ["submission_id"]), [row])
    return True


def forget_review(session: Session, assessment_id: int) -> None:
    """Forget what the verdicts on an assessment had come to: some of them are others now."""
    of_assessment = select(Submission.id).where(Submission.assessment_id == assessment_id)
    gone = delete(ReviewProgress).where(ReviewProgress.submission_id.in_(of_assessment))
    session.execute(gone.execution_options(synchronize_session=False))

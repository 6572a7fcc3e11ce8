"""The figures of submissions and reviews that lists show, in columns of their own: lists read no sheets or scores.

The overall results of a submission are frozen with it. The sum of its verdicts is computed outside this room and stored
for each submission that has any. It is deleted whenever a verdict changes, and computed again.
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

#: The states of a review, in the order in which it goes through them.
ReviewState: TypeAlias = Literal["to-do", "in-review", "ready", "signed", "revoked", "again"]
REVIEW_STATES: tuple[ReviewState, ...] = get_args(ReviewState)
#: The bases for which a submission has scores.
_BASES = ("claimed", "evidenced")


@dataclass(frozen=True, slots=True)
class OverallFigures:
    """The overall result of a submission on one basis, on the edition's scale. None: there is none."""

    score: float | None
    worst: float | None
    best: float | None
    band: str | None  # id; the capped one
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """The sum of the verdicts on a submission."""

    asked: int  # questions that count
    judged: int  # of those, the ones with a verdict
    can_be_signed: bool
    score: float | None  # verified, on the edition's scale
    worst: float | None
    best: float | None
    band: str | None


_OVERALL = [f"{basis}_{figure.name}" for basis in _BASES for figure in fields(OverallFigures)]


def overall_columns(scores: str) -> dict[str, Any]:
    """Return the columns of a submission for its overall results, taken from its scores as JSON."""
    record = json.loads(scores)
    found: dict[str, Any] = {}
    for basis in _BASES:
        standing = record.get(basis, {}).get("standings", {}).get(OVERALL) or {}
        found |= {f"{basis}_{figure.name}": standing.get(figure.name) for figure in fields(OverallFigures)}
    return found


def select_overall() -> list[Any]:
    """Return the columns of both `OverallFigures` of a submission."""
    return [getattr(Submission, name) for name in _OVERALL]


def select_progress() -> list[Any]:
    """Return the columns of `ReviewFigures`, for a query that joins ReviewProgress; all None if nothing is stored."""
    return [getattr(ReviewProgress, figure.name) for figure in fields(ReviewFigures)]


def is_latest() -> ColumnElement[bool]:
    """Return a condition: a Submission is the latest of its assessment.

    It uses an index for each row. With a list of all latest ids, SQLite would go through that list for each row.
    """
    later = aliased(Submission)
    return ~exists().where(later.assessment_id == Submission.assessment_id, later.id > Submission.id)


def is_latest_at_closing() -> ColumnElement[bool]:
    """Return a condition: a Submission is the latest of its Assessment by the closing of the period.

    What was submitted later is not in the figures of the period.
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
    """Return the latest submissions whose sum of verdicts is not stored, as assessment id by submission id.

    `which`: a condition on Assessment and Assignment.
    """
    judged = exists().where(Determination.assessment_id == Submission.assessment_id)
    kept = exists().where(ReviewProgress.submission_id == Submission.id)
    query = select(Submission.id, Submission.assessment_id).join(Assessment).where(judged, ~kept, is_latest(), which)
    return {row.id: row.assessment_id for row in session.execute(query.order_by(Submission.id))}


def assigned_to(auditor: int) -> ColumnElement[bool]:
    """Return a condition: an Assessment is assigned to this auditor."""
    return exists().where(Assignment.assessment_id == Assessment.id, Assignment.auditor_id == auditor)


def saves_of(session: Session, assessment_id: int) -> int:
    """Return the save counter of an assessment, which `keep_review` compares after the computation."""
    return session.scalar(select(Assessment.saves).where(Assessment.id == assessment_id)) or 0


def keep_review(session: Session, assessment_id: int, submission: int, found: ReviewFigures, *, saves: int) -> bool:
    """Store the sum of verdicts on a submission. Return False if the assessment has changed since `saves`."""
    # An update, so that it waits for a change that is under way, and sees it.
    same = update(Assessment).where(Assessment.id == assessment_id, Assessment.saves == saves)
    same = same.values(saves=saves).returning(Assessment.id).execution_options(synchronize_session=False)
    if session.execute(same).first() is None:
        return False
    row = {"submission_id": submission}
    row |= dict(zip((figure.name for figure in fields(ReviewFigures)), astuple(found), strict=True))
    session.connection().execute(insert_or_replace(session, ReviewProgress, ["submission_id"]), [row])
    return True


def forget_review(session: Session, assessment_id: int) -> None:
    """Delete the stored sums of verdicts on an assessment, because verdicts have changed."""
    of_assessment = select(Submission.id).where(Submission.assessment_id == assessment_id)
    gone = delete(ReviewProgress).where(ReviewProgress.submission_id.in_(of_assessment))
    session.execute(gone.execution_options(synchronize_session=False))

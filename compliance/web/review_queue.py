"""Results of verdicts, for lists of reviews: kept by a worker after each change, or computed now.

A list computes those that are not kept yet, and has them kept for the next request. Reading a list never writes.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement

from compliance.scoring.score import score
from compliance.scoring.standing import ScoreWithBounds, overall_bounds
from compliance.scoring.verified_card import ReviewCoverage, review_coverage
from compliance.store import FrozenSubmission, judged_sheets, submission_batches
from compliance.store.models import Assessment
from compliance.store.submission_figures import (
    ReviewFigures,
    assigned_to,
    keep_review,
    saves_of,
    unkept_reviews,
)
from compliance.web.accounts import me
from compliance.web.database import db, tell_changed
from compliance.web.edition_registry import edition_by_digest

_NOTHING = ReviewCoverage(asked=0, judged=0, critical=0, critical_judged=0)


def my_unkept() -> Mapping[int, ReviewFigures]:
    """Return the results of the auditor's reviews that have no kept ones, by submission."""
    return _unkept(assigned_to(me().id))


def unkept_among(assessment_ids: Collection[int]) -> Mapping[int, ReviewFigures]:
    """Return the results of these assessments that have no kept ones, by submission."""
    return _unkept(Assessment.id.in_(assessment_ids)) if assessment_ids else {}


def _unkept(which: ColumnElement[bool]) -> Mapping[int, ReviewFigures]:
    waiting = unkept_reviews(db(), which)
    if waiting:
        tell_changed({*waiting.values()})
    found: dict[int, ReviewFigures] = {}
    for batch in submission_batches(db(), [*waiting]):
        found |= _figures(batch)
    return found


def _figures(batch: Collection[FrozenSubmission]) -> dict[int, ReviewFigures]:
    sheets = judged_sheets(db(), [*batch], lambda one: edition_by_digest(one.edition_digest).edition)
    found = {one.id: _review(_NOTHING, None) for one in batch}
    for digest in dict.fromkeys(one.edition_digest for one in batch if one.assessment_id in sheets):
        compiled = edition_by_digest(digest).compiled
        judged = [one for one in batch if one.edition_digest == digest and one.assessment_id in sheets]
        scores = score(compiled, [sheets[one.assessment_id] for one in judged], "verified")
        for place, one in enumerate(judged):
            # Only of the main part: questions by choice are in no score and in no sign-off.
            coverage = review_coverage(compiled.edition, sheets[one.assessment_id])
            found[one.id] = _review(coverage, overall_bounds(scores, place))
    return found


def _review(coverage: ReviewCoverage, verified: ScoreWithBounds | None) -> ReviewFigures:
    band = verified.band.id if verified and verified.band else None
    bounds = (verified.score, verified.worst, verified.best, band) if verified else (None,) * 4
    return ReviewFigures(coverage.asked, coverage.judged, coverage.can_be_signed, *bounds)


def keep_reviews(assessment_id: int) -> None:
    """Keep the results of the verdicts on an assessment, if none are kept. A worker calls it after a change."""
    saves = saves_of(db(), assessment_id)
    found = [*_unkept_of(assessment_id).items()]
    db().rollback()  # nothing has changed: ends the transaction, so that no lock is held
    for submission, figures in found:
        keep_review(db(), assessment_id, submission, figures, saves=saves)
        db().commit()


def _unkept_of(assessment_id: int) -> Mapping[int, ReviewFigures]:
    waiting = unkept_reviews(db(), Assessment.id == assessment_id)
    return {number: one for batch in submission_batches(db(), [*waiting]) for number, one in _figures(batch).items()}


def unkept_assessments() -> Collection[int]:
    """Return the assessments with verdicts but without kept results, as after an upgrade."""
    return {*unkept_reviews(db(), Assessment.id.is_not(None)).values()}

"""Lists of reviews: the submissions assigned to an auditor, or a selection, with state, due date and scores.

Nothing here reads an answer sheet, computes scores or reads the card of a sign-off.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, null, or_, select
from sqlalchemy.orm import Session

from compliance.store.list_pages import ListOrder, ListPage, PageRequest, find_page, ignoring_case, text_matches
from compliance.store.models import Assessment, Assignment, Organisation, Submission
from compliance.store.review_models import ReviewProgress, SignOff
from compliance.store.submission_figures import (
    REVIEW_STATES,
    OverallFigures,
    ReviewFigures,
    ReviewState,
    is_latest,
    select_overall,
    select_progress,
)


@dataclass(frozen=True, slots=True)
class ListedReview:
    """The latest submission of an assessment in a list of reviews, without its content."""

    submission: int  # id
    assessment_id: int
    organisation: str
    edition_id: str
    edition_digest: str
    year: int
    sector: str
    at: datetime
    due: date | None  # of the auditor's assignment; None in a list that is not of an auditor
    was_signed: bool  # also if the sign-off was revoked
    state: ReviewState
    claimed: OverallFigures
    evidenced: OverallFigures
    progress: ReviewFigures | None  # None: there is no verdict, or the sum is not stored yet


@dataclass(frozen=True, slots=True)
class ReviewQuery:
    """Which reviews of an auditor to list."""

    auditor: int
    sector: str | None = None  # "": reviews without a sector; None: all
    year: int | None = None
    states: Collection[ReviewState] = ()  # (): any
    find: str = ""  # words of the company's name


#: The sums of verdicts that are not stored yet, by submission id.
UnkeptReviews: TypeAlias = Mapping[int, ReviewFigures]


def reviews_page(
    session: Session, wanted: ReviewQuery, request: PageRequest, unkept: UnkeptReviews
) -> ListPage[ListedReview]:
    """Return a page of an auditor's reviews.

    Orders: `due`, the earliest first, with signed reviews at the end; `name`; `latest`, by submission; `score`, the
    highest first, with submissions without a score at the end.
    """
    query = _reviews_of(wanted, unkept)
    return find_page(session, query, review_orders(unkept)[request.order], request).of(_listed)


def all_reviews(session: Session, wanted: ReviewQuery, unkept: UnkeptReviews) -> tuple[ListedReview, ...]:
    """Return all of an auditor's reviews, sorted by company."""
    query = _reviews_of(wanted, unkept).order_by(Organisation.name, Submission.id)
    return tuple(_listed(row) for row in session.execute(query))


def reviews_among(
    session: Session, assessment_ids: Collection[int], unkept: UnkeptReviews
) -> Mapping[int, ListedReview]:
    """Return the reviews of these assessments, by assessment id. They are not of an auditor, so have no due date."""
    if not assessment_ids:
        return {}
    query = _reviews(unkept, null()).where(Assessment.id.in_(assessment_ids))
    return {one.assessment_id: one for one in (_listed(row) for row in session.execute(query))}


@dataclass(frozen=True, slots=True)
class ReviewsOverview:
    """A summary of all reviews of an auditor."""

    states: Mapping[ReviewState, int]  # how many are in each
    judged: bool  # whether any has a verdict
    sectors: tuple[tuple[str, str], ...]  # each with the digest of the edition of one of its submissions
    years: tuple[int, ...]  # the latest first


def reviews_overview(session: Session, auditor: int, unkept: UnkeptReviews) -> ReviewsOverview:
    """Count the reviews of an auditor, in one statement."""
    state = _state(unkept)
    query = _reviews_of(ReviewQuery(auditor), unkept).with_only_columns(
        state, Submission.sector, Assessment.period_year, func.count(), func.max(Submission.edition_digest),
        func.max(func.coalesce(ReviewProgress.judged, 0)),
    )  # fmt: skip
    states = dict.fromkeys(REVIEW_STATES, 0)
    sectors: dict[str, str] = {}
    years, judged = set[int](), any(one.judged for one in unkept.values())
    for found, sector, year, count, digest, most_judged in session.execute(
        query.order_by(None).group_by(state, Submission.sector, Assessment.period_year)
    ):
        states[found] += count  # type: ignore[index]  # it is one of them
        sectors[sector] = digest
        years.add(year)
        judged = judged or most_judged > 0
    return ReviewsOverview(states, judged, tuple(sectors.items()), tuple(sorted(years, reverse=True)))


def review_orders(unkept: UnkeptReviews) -> Mapping[str, ListOrder]:
    """Return the orders of a list of reviews, by name."""
    name = ignoring_case(Organisation.name)
    signed = case((_state(unkept) == "signed", 1), else_=0)
    due = func.coalesce(cast(Assignment.due, String), _NO_DAY)
    return {
        "due": ListOrder((signed, due, name, Submission.id)),
        "name": ListOrder((name, Submission.id)),
        "latest": ListOrder((Submission.id,), falls=True),
        "score": ListOrder((func.coalesce(Submission.claimed_score, _NO_SCORE), Submission.id), falls=True),
    }


#: In place of a missing due date or score, so that it sorts last.
_NO_DAY, _NO_SCORE = "9999-12-31", -1.0
_LATEST_SIGN_OFF = (
    select(func.max(SignOff.id))
    .where(SignOff.assessment_id == Submission.assessment_id)
    .correlate(Submission)
    .scalar_subquery()
)


def _reviews_of(wanted: ReviewQuery, unkept: UnkeptReviews) -> Select[*tuple[Any, ...]]:
    query = _reviews(unkept, Assignment.due).join(Assignment, Assignment.assessment_id == Assessment.id)
    query = query.where(Assignment.auditor_id == wanted.auditor, *text_matches(wanted.find, [Organisation.name]))
    if wanted.sector is not None:
        query = query.where(Submission.sector == wanted.sector)
    if wanted.year is not None:
        query = query.where(Assessment.period_year == wanted.year)
    return query.where(_state(unkept).in_(wanted.states)) if wanted.states else query


def _reviews(unkept: UnkeptReviews, due: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Submission.id, Submission.assessment_id, Organisation.name, Assessment.edition_id),
            *(Submission.edition_digest, Assessment.period_year, Submission.sector, Submission.at, due),
            *(SignOff.id.is_not(None), _state(unkept), *select_overall(), *select_progress()),
        )
        .select_from(Submission)
        .join(Assessment, Assessment.id == Submission.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
        .outerjoin(SignOff, SignOff.id == _LATEST_SIGN_OFF)
        .outerjoin(ReviewProgress, ReviewProgress.submission_id == Submission.id)
        .where(is_latest())
    )


def _state(unkept: UnkeptReviews) -> ColumnElement[str]:
    """Return the expression for a review's state, from its latest sign-off and its verdicts."""
    stands, of_latest = SignOff.revoked_at.is_(None), SignOff.submission_id == Submission.id
    begun = [number for number, one in unkept.items() if one.judged and not one.can_be_signed]
    ready = [number for number, one in unkept.items() if one.can_be_signed]
    return case(
        (and_(SignOff.id.is_not(None), stands, of_latest), "signed"),
        (and_(SignOff.id.is_not(None), stands), "again"),
        (and_(SignOff.id.is_not(None), of_latest), "revoked"),
        (or_(ReviewProgress.can_be_signed, Submission.id.in_(ready)), "ready"),
        (or_(ReviewProgress.judged > 0, Submission.id.in_(begun)), "in-review"),
        else_="to-do",
    )


def _listed(row: Sequence[Any]) -> ListedReview:
    said, figures = tuple[Any, ...](row[:11]), row[11:]
    width = len(fields(OverallFigures))
    claimed, evidenced = OverallFigures(*figures[:width]), OverallFigures(*figures[width : 2 * width])
    progress = figures[2 * width :]
    kept = ReviewFigures(*progress) if progress[0] is not None else None
    said += (claimed, evidenced, kept)
    return ListedReview(*said)

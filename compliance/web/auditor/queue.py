"""An auditor's reviews: those that the query of a list asks for, and the tasks in them."""

from collections.abc import Collection, Iterable, Mapping

from flask import request, url_for

from compliance.languages.formats import number
from compliance.publication import UNSTATED_SECTOR
from compliance.store import FrozenSubmission
from compliance.store.list_pages import ListPage, PageRequest
from compliance.store.passage_marks import PassageMark, outdated_marks
from compliance.store.passage_outcomes import assigned_with_changes, changed_since
from compliance.store.reopenings import assigned_requests
from compliance.store.review_lists import (
    ListedReview,
    ReviewQuery,
    ReviewsOverview,
    UnkeptReviews,
    all_reviews,
    reviews_among,
    reviews_page,
)
from compliance.store.submission_figures import REVIEW_STATES, ReviewState
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.page_text import listed, own
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext
from compliance.web.presenters import WaitingTask
from compliance.web.presenters.review_states import due_words, state_words
from compliance.web.review_queue import my_unkept


def changed_words(submissions: Iterable[FrozenSubmission | ListedReview]) -> Mapping[int, tuple[PassageMark, ...]]:
    """Return, by assessment, marks of submitted answers whose words a later version of the text changed or left out,
    without assessments that have none."""
    every = {one.assessment_id: one.at for one in submissions}
    found = outdated_marks(db(), every).items()
    changed = ((number, changed_since(marks, every[number])) for number, marks in found)
    return {number: marks for number, marks in changed if marks}


def reviews_wanted(find: str = "") -> ReviewQuery | None:
    """Return the query for reviews by sector, period and state. None: a parameter is invalid, so nothing matches."""
    sector, period, state = (request.args.get(key, "") for key in ("sector", "period", "state"))
    year = small_number(period, digits=4)
    states: tuple[ReviewState, ...] = tuple(one for one in REVIEW_STATES if one == state)
    if (period and year is None) or (state and not states):
        return None
    return ReviewQuery(
        me().id, sector.replace(UNSTATED_SECTOR, "") if sector else None, year if period else None, states, find
    )


def my_reviews(asked: PageRequest, unkept: UnkeptReviews) -> ListPage[ListedReview]:
    """Return a page of the reviews that the query asks for."""
    wanted = reviews_wanted(asked.find)
    return ListPage((), 0) if wanted is None else reviews_page(db(), wanted, asked, unkept)


def reviews_asked_for() -> tuple[ListedReview, ...]:
    """Return all reviews that the query asks for, by company."""
    wanted = reviews_wanted(" ".join(request.args.get("find", "").split()))
    if wanted is None:
        return ()
    return all_reviews(db(), wanted, my_unkept() if wanted.states else {})


def waiting_reviews(
    first: Collection[ListedReview], overview: ReviewsOverview, unkept: UnkeptReviews
) -> list[WaitingTask]:
    """Return an auditor's tasks: the review that is due first, requests to correct, and how many are in each state.

    `first`: the auditor's reviews, those due first on top.
    """
    open_reviews = [one for one in first if one.state != "signed"]
    tasks = [_next_review(one) for one in open_reviews[:1]]
    if asked := assigned_requests(db(), me().id):
        words = ngettext(
            "One company has asked to correct what it submitted.",
            "%(num)s companies have asked to correct what they submitted.",
            len(asked),
        )
        tasks.append(WaitingTask(words, url_for("audit.reopening", assessment_id=min(asked))))
    outdated = reviews_among(db(), assigned_with_changes(db(), me().id), unkept).values()
    if changed := changed_words(one for one in outdated if one.state != "signed"):
        words = ngettext(
            "In one review, a later version of a document changes or drops words that an answer rests on.",
            "In %(num)s reviews, a later version of a document changes or drops words that an answer rests on.",
            len(changed),
        )
        tasks.append(WaitingTask(words, url_for("audit.assessment", assessment_id=min(changed), _anchor="words")))
    for state in REVIEW_STATES:
        if state != "signed" and (count := overview.states.get(state)):
            words = _("%(name)s: %(value)s", name=state_words(state), value=number(count))
            tasks.append(WaitingTask(words, url_for("audit.index", state=state)))
    return tasks


def _next_review(one: ListedReview) -> WaitingTask:
    words = _("%(company)s, %(year)s", company=own(one.organisation), year=one.year)
    due = due_words(one.due, now().date(), one.state)
    said = listed([words, state_words(one.state), *([due] if due else [])])
    return WaitingTask(said, url_for("audit.assessment", assessment_id=one.assessment_id))

"""My reviews: where each is, and those that the query of a list asks for."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from flask import request, url_for

from compliance.languages.formats import number
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.answers import AnswerSheet
from compliance.store import FrozenSubmission, assessments_for_auditor
from compliance.store.assignments import due_dates
from compliance.store.passage_marks import PassageMark, outdated_marks
from compliance.store.passage_outcomes import changed_since
from compliance.store.reopenings import SubmissionReopening
from compliance.store.sign_offs import sign_offs_for_auditor
from compliance.web.accounts import me
from compliance.web.database import db
from compliance.web.page_text import listed, own
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext
from compliance.web.presenters import WaitingTask
from compliance.web.presenters.review_states import REVIEW_STATES, state_words
from compliance.web.review_queue import QueuedReview, queued_reviews, sheets_with_verdicts


def my_queue(mine: Iterable[FrozenSubmission], sheets: Mapping[int, AnswerSheet]) -> Mapping[int, QueuedReview]:
    """By assessment, where my review of it is. `sheets`: of those with verdicts."""
    auditor = me().id
    return queued_reviews(mine, sheets, sign_offs_for_auditor(db(), auditor), due_dates(db(), auditor).get)


def changed_words(submissions: Iterable[FrozenSubmission]) -> Mapping[int, tuple[PassageMark, ...]]:
    """By assessment, the marks on which submitted answers rest and whose words a later version of the text changed or
    left out; nothing of those without any."""
    every = {one.assessment_id: one.at for one in submissions}
    found = outdated_marks(db(), every).items()
    changed = ((number, changed_since(marks, every[number])) for number, marks in found)
    return {number: marks for number, marks in changed if marks}


def by_due_date(review: QueuedReview) -> tuple[bool, date]:
    """The key to sort reviews by: by due date, and what is signed off below what is not."""
    return review.state == "signed", review.due or date.max


def waiting_reviews(
    mine: Collection[FrozenSubmission],
    queue: Mapping[int, QueuedReview],
    reopened: Mapping[int, SubmissionReopening],
) -> list[WaitingTask]:
    """What waits for an auditor: the review that is due first, requests to correct, and how many are in each state."""
    open_reviews = [one for one in mine if queue[one.assessment_id].state != "signed"]
    tasks = [_next_review(one, queue[one.assessment_id]) for one in _first_due(open_reviews, queue)]
    asked = [number for number, one in reopened.items() if one.state == "asked"]
    if asked:
        words = ngettext(
            "One company asks to correct what it submitted.",
            "%(num)s companies ask to correct what they submitted.",
            len(asked),
        )
        tasks.append(WaitingTask(words, url_for("audit.reopening", assessment_id=min(asked))))
    counts = Counter(queue[one.assessment_id].state for one in open_reviews)
    if changed := changed_words(open_reviews):
        words = ngettext(
            "In one review, a later version of a document changes or drops words that an answer rests on.",
            "In %(num)s reviews, a later version of a document changes or drops words that an answer rests on.",
            len(changed),
        )
        tasks.append(WaitingTask(words, url_for("audit.assessment", assessment_id=min(changed), _anchor="words")))
    for state in REVIEW_STATES:
        if counts[state]:
            words = _("%(name)s: %(value)s", name=state_words(state), value=number(counts[state]))
            tasks.append(WaitingTask(words, url_for("audit.index", state=state)))
    return tasks


def _first_due(reviews: Sequence[FrozenSubmission], queue: Mapping[int, QueuedReview]) -> list[FrozenSubmission]:
    return sorted(reviews, key=lambda one: by_due_date(queue[one.assessment_id]))[:1]


def _next_review(one: FrozenSubmission, review: QueuedReview) -> WaitingTask:
    words = _("%(company)s, %(year)s", company=own(one.organisation), year=one.year)
    said = listed([words, review.state_words, *([review.due_words] if review.due_words else [])])
    return WaitingTask(said, url_for("audit.assessment", assessment_id=one.assessment_id))


def filtered_submissions(
    mine: Iterable[FrozenSubmission], queue: Mapping[int, QueuedReview]
) -> tuple[FrozenSubmission, ...]:
    """The submissions of the sector, the period and the state in the query. Without a state, the queue is not read."""
    sector, period, state = (request.args.get(key, "") for key in ("sector", "period", "state"))
    return tuple(
        one
        for one in mine
        if sector in ("", one.sector or UNSTATED_SECTOR)
        and period in ("", str(one.year))
        and (not state or queue[one.assessment_id].state == state)
    )


def submissions_asked_for() -> tuple[FrozenSubmission, ...]:
    """My submissions that the query asks for, without their sheets unless a state is asked for, which needs them."""
    if not request.args.get("state"):
        return filtered_submissions(assessments_for_auditor(db(), me().id, content=False), {})
    mine = assessments_for_auditor(db(), me().id)
    return filtered_submissions(mine, my_queue(mine, sheets_with_verdicts(mine)))

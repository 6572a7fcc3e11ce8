"""My reviews: where each is, and those that the query of a list asks for."""

from collections.abc import Iterable, Mapping

from flask import request

from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.answers import AnswerSheet
from compliance.store import FrozenSubmission, assessments_for_auditor
from compliance.store.assignments import due_dates
from compliance.store.sign_offs import sign_offs_for_auditor
from compliance.web.accounts import me
from compliance.web.database import db
from compliance.web.review_queue import QueuedReview, queued_reviews, sheets_with_verdicts


def my_queue(mine: Iterable[FrozenSubmission], sheets: Mapping[int, AnswerSheet]) -> Mapping[int, QueuedReview]:
    """By assessment, where my review of it is. `sheets`: of those with verdicts."""
    auditor = me().id
    return queued_reviews(mine, sheets, sign_offs_for_auditor(db(), auditor), due_dates(db(), auditor).get)


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

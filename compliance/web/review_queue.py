"""Where each review is: its state and due date, for the auditor's list and the steward's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.verified_card import review_coverage
from compliance.store import FrozenSubmission, judged_sheets
from compliance.store.sign_offs import SignedReview
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest
from compliance.web.presenters.review_states import ReviewState, due_words, review_state, state_words


@dataclass(frozen=True, slots=True)
class QueuedReview:
    """One review in a list."""

    state: ReviewState
    state_words: str
    due: date | None
    due_words: str


def queued_reviews(
    submissions: Iterable[FrozenSubmission],
    judged: Mapping[int, AnswerSheet],
    sign_offs: Mapping[int, tuple[SignedReview, ...]],
    due: Callable[[int], date | None],
) -> Mapping[int, QueuedReview]:
    """By assessment, the state and the due date of each review. `judged`: the sheets of those with verdicts."""
    today, found = now().date(), {}
    for one in submissions:
        number, coverage = one.assessment_id, None
        if number in judged:
            # Of what everybody is asked: what is asked by choice is in no score, and in no sign-off.
            coverage = review_coverage(edition_by_digest(one.edition_digest).compiled.edition, judged[number])
        state = review_state(coverage, next(iter(sign_offs.get(number, ())), None))
        found[number] = QueuedReview(state, state_words(state), due(number), due_words(due(number), today, state))
    return found


def sheets_with_verdicts(submissions: Sequence[FrozenSubmission]) -> Mapping[int, AnswerSheet]:
    """By assessment, the sheets with verdicts of those submissions that have any."""
    return judged_sheets(db(), submissions, lambda one: edition_by_digest(one.edition_digest).edition)

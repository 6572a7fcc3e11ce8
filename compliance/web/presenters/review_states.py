"""The state of a review, from its counts and its latest sign-off; and its due date, in words."""

from datetime import date
from typing import Literal, TypeAlias, get_args

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.scoring.verified_card import ReviewCoverage
from compliance.store.sign_offs import SignedReview

#: In the order in which a review goes through them.
ReviewState: TypeAlias = Literal["to-do", "in-review", "ready", "signed", "revoked", "again"]
REVIEW_STATES: tuple[ReviewState, ...] = get_args(ReviewState)
STATE_LABELS: dict[ReviewState, str] = {
    "to-do": N_("To do"),
    "in-review": N_("In review"),
    "ready": N_("Ready to sign"),
    "signed": N_("Signed off"),
    "revoked": N_("Sign-off revoked"),
    "again": N_("Submitted again since"),
}


def review_state(coverage: ReviewCoverage | None, latest: SignedReview | None) -> ReviewState:
    """The state of a review. `coverage`: None, if there is no verdict; `latest`: the latest sign-off, None for none."""
    if latest is not None and latest.stands:
        return "signed" if latest.is_of_latest else "again"
    if latest is not None and latest.is_of_latest:
        return "revoked"
    if coverage is None or not coverage.judged:
        return "to-do"
    return "ready" if coverage.can_be_signed else "in-review"


def due_words(due: date | None, today: date, state: ReviewState) -> str:
    """The due date; once it is past, by how many days, unless the review is signed off. Nothing where there is none."""
    if due is None:
        return ""
    late = (today - due).days
    if late <= 0 or state == "signed":
        return long_date(due)
    return ngettext("%(day)s, overdue by one day", "%(day)s, overdue by %(num)s days", late, day=long_date(due))


def state_words(state: ReviewState) -> str:
    """A state, as lists show it."""
    return _(STATE_LABELS[state])

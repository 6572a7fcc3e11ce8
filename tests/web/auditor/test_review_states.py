"""The state of a review, as a table: from its counts and its latest sign-off."""

from datetime import date, datetime

import pytest

from compliance.scoring.verified_card import ReviewCoverage
from compliance.store.sign_offs import SignedReview
from compliance.web.presenters.review_states import REVIEW_STATES, due_words, review_state, state_words
from tests.support.sites import NOON, Site

NOTHING = ReviewCoverage(asked=9, judged=0, critical=2, critical_judged=0)
SOME = ReviewCoverage(asked=9, judged=3, critical=2, critical_judged=1)
ENOUGH = ReviewCoverage(asked=9, judged=3, critical=2, critical_judged=2)
ALL = ReviewCoverage(asked=9, judged=9, critical=2, critical_judged=2)


def signed(*, latest: bool = True, revoked: datetime | None = None) -> SignedReview:
    why = "Page 4." if revoked else ""
    return SignedReview(1, 7, 9, 1, NOON, latest, "Audun", NOON, "I did.", "{}", "0" * 64, revoked, "", why)


STANDING, OF_EARLIER = signed(), signed(latest=False)
REVOKED, REVOKED_EARLIER = signed(revoked=NOON), signed(latest=False, revoked=NOON)


@pytest.mark.parametrize(
    ("coverage", "latest", "state"),
    [
        (None, None, "to-do"),
        (NOTHING, None, "to-do"),
        (SOME, None, "in-review"),
        (ENOUGH, None, "ready"),
        (ALL, None, "ready"),
        (ENOUGH, STANDING, "signed"),
        (ALL, STANDING, "signed"),
        (NOTHING, REVOKED, "revoked"),
        (SOME, REVOKED, "revoked"),
        (ALL, REVOKED, "revoked"),
        (None, OF_EARLIER, "again"),
        (ALL, OF_EARLIER, "again"),
        (None, REVOKED_EARLIER, "to-do"),
        (SOME, REVOKED_EARLIER, "in-review"),
        (ALL, REVOKED_EARLIER, "ready"),
    ],
)
def test_the_state_of_a_review(coverage: ReviewCoverage | None, latest: SignedReview | None, state: str) -> None:
    assert review_state(coverage, latest) == state


def test_a_due_date_says_by_how_much_it_is_past_unless_the_review_is_signed_off(site: Site) -> None:
    due = date(2026, 6, 1)
    with site.app.test_request_context():
        assert due_words(None, due, "to-do") == ""
        assert due_words(due, due, "to-do") == "1 June 2026"
        assert due_words(due, date(2026, 6, 2), "ready") == "1 June 2026, overdue by one day"
        assert due_words(due, date(2026, 7, 1), "revoked") == "1 June 2026, overdue by 30 days"
        assert due_words(due, date(2026, 7, 1), "signed") == "1 June 2026"
        assert len({state_words(state) for state in REVIEW_STATES}) == len(REVIEW_STATES)

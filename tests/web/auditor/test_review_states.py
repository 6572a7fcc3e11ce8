"""The due date and the state of a review in words. tests/store/test_review_lists.py tests which state it is in."""

from datetime import date

from compliance.store.submission_figures import REVIEW_STATES
from compliance.web.presenters.review_states import due_words, state_words
from tests.support.sites import Site


def test_a_due_date_says_by_how_much_it_is_past_unless_the_review_is_signed_off(site: Site) -> None:
    due = date(2026, 6, 1)
    with site.app.test_request_context():
        assert due_words(None, due, "to-do") == ""
        assert due_words(due, due, "to-do") == "1 June 2026"
        assert due_words(due, date(2026, 6, 2), "ready") == "1 June 2026, overdue by one day"
        assert due_words(due, date(2026, 7, 1), "revoked") == "1 June 2026, overdue by 30 days"
        assert due_words(due, date(2026, 7, 1), "signed") == "1 June 2026"
        assert len({state_words(state) for state in REVIEW_STATES}) == len(REVIEW_STATES)

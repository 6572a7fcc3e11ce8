"""The state of a review and its due date, in words."""

from datetime import date

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.store.submission_figures import ReviewState

STATE_LABELS: dict[ReviewState, str] = {
    "to-do": N_("To do"),
    "in-review": N_("In review"),
    "ready": N_("Ready to sign"),
    "signed": N_("Signed off"),
    "revoked": N_("Sign-off revoked"),
    "again": N_("Submitted again since"),
}


def due_words(due: date | None, today: date, state: ReviewState) -> str:
    """Return the due date in words, and by how many days it has passed unless the review is signed off; "" for none."""
    if due is None:
        return ""
    late = (today - due).days
    if late <= 0 or state == "signed":
        return long_date(due)
    return ngettext("%(day)s, overdue by one day", "%(day)s, overdue by %(num)s days", late, day=long_date(due))


def state_words(state: ReviewState) -> str:
    """Return a state in words, for lists."""
    return _(STATE_LABELS[state])

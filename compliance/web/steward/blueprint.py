"""The steward blueprint, and the edition with which a period is published."""

from collections.abc import Iterable

from flask import Blueprint

from compliance.questionnaire.edition import Edition
from compliance.store.period_submissions import SubmissionCount
from compliance.web.edition_registry import edition_by_digest, newest_edition

bp = Blueprint("steward", __name__)


def edition_of_period(submitted: Iterable[SubmissionCount]) -> Edition:
    """Return the edition of a period's last submission, if it has the id of the newest edition, or else the newest."""
    asked = newest_edition().edition
    same = [one for one in submitted if one.edition_id == asked.id]
    latest = max(same, key=lambda one: one.latest, default=None)
    return edition_by_digest(latest.edition_digest).edition if latest else asked

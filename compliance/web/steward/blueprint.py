"""The steward blueprint, what was submitted for a period, and the edition that it is published by."""

from flask import Blueprint

from compliance.questionnaire.edition import Edition
from compliance.store import FrozenSubmission, latest_submissions
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest, newest_edition

bp = Blueprint("steward", __name__)


def without_content(year: int) -> tuple[FrozenSubmission, ...]:
    """Submissions of companies that count, without their sheets and scores, which are long and not read."""
    return latest_submissions(db(), year, content=False, counting=True)


def edition_of_period(submitted: tuple[FrozenSubmission, ...]) -> Edition:
    """The questionnaire of a period as it was last submitted to, which is kept for good; else the one asked now."""
    asked = newest_edition().edition
    same = [one for one in submitted if one.edition_id == asked.id]
    latest = max(same, key=lambda one: one.id, default=None)
    return edition_by_digest(latest.edition_digest).edition if latest else asked

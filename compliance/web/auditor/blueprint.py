"""The auditor's blueprint, and the one way to a submission: it is assigned to whoever asks."""

from collections.abc import Iterable

from flask import Blueprint, request

from compliance.publication import UNSTATED_SECTOR
from compliance.store import FrozenSubmission, assigned_submission
from compliance.web.accounts import me
from compliance.web.database import db

bp = Blueprint("audit", __name__)


def assigned_review(assessment_id: int) -> FrozenSubmission:
    """The latest submission of an assessment that is assigned to me. Raise NotFound."""
    return assigned_submission(db(), assessment_id, auditor=me().id)


def filtered_submissions(mine: Iterable[FrozenSubmission]) -> tuple[FrozenSubmission, ...]:
    """The submissions of the sector and the period in the query."""
    sector, period = request.args.get("sector", ""), request.args.get("period", "")
    return tuple(one for one in mine if sector in ("", one.sector or UNSTATED_SECTOR) and period in ("", str(one.year)))

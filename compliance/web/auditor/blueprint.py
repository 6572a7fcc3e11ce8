"""The auditor's blueprint, and the one way to a submission: it is assigned to whoever asks."""

from flask import Blueprint

from compliance.store import FrozenSubmission, assigned_submission
from compliance.web.accounts import me
from compliance.web.database import db

bp = Blueprint("audit", __name__)


def assigned_review(assessment_id: int) -> FrozenSubmission:
    """The latest submission of an assessment that is assigned to me. Raise NotFound."""
    return assigned_submission(db(), assessment_id, auditor=me().id)

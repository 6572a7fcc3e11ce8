"""The auditor's blueprint, and the only access to a submission: it must be assigned to the auditor."""

from flask import Blueprint

from compliance.store import FrozenSubmission, assigned_submission
from compliance.web.accounts import me
from compliance.web.database import db

bp = Blueprint("audit", __name__)


def assigned_review(assessment_id: int) -> FrozenSubmission:
    """Return the latest submission of an assessment assigned to the auditor signed in. Raise NotFound."""
    return assigned_submission(db(), assessment_id, auditor=me().id)

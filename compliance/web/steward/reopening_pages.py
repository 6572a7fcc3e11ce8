"""The page on which the steward opens a submission for correction, or refuses the company's request."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import NotFound, assessment
from compliance.web.access_control import readers
from compliance.web.database import db
from compliance.web.reopenings import ReopeningView, decide_reopening, reopening_view
from compliance.web.steward.blueprint import bp


@bp.get("/steward/assessments/<int:assessment_id>/reopening")
@readers("steward")
def reopening(assessment_id: int) -> str:
    """Show the submissions of an assessment, and how they are corrected. Raise NotFound if there is none."""
    view = reopening_view(assessment(db(), assessment_id))
    if not view.submissions:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    return _show(view)


@bp.post("/steward/assessments/<int:assessment_id>/reopening")
@readers("steward")
def decide_on_reopening(assessment_id: int) -> str | BaseResponse:
    """Open or refuse a reopening. Raise BadRequest, NotFound, NothingToReopen, AlreadyDecided or CompanyMerged."""
    if again := decide_reopening(assessment_id):
        return _show(again)
    flash(_("Saved. The company has been informed."))
    return redirect(url_for("steward.reopening", assessment_id=assessment_id))


def _show(view: ReopeningView) -> str:
    return render_template("steward/reopening.html", view=view)

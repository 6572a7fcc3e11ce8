"""The page on which an auditor opens a submission for correction, or refuses the company's request."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import assessment
from compliance.web.access_control import readers
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.database import db
from compliance.web.reopenings import ReopeningView, decide_reopening, reopening_view


@bp.get("/audit/<int:assessment_id>/reopening")
@readers("auditor")
def reopening(assessment_id: int) -> str:
    """Show the submissions, and how they are corrected. Raise NotFound unless assigned."""
    assigned_review(assessment_id)
    return _show(reopening_view(assessment(db(), assessment_id)))


@bp.post("/audit/<int:assessment_id>/reopening")
@readers("auditor")
def decide(assessment_id: int) -> str | BaseResponse:
    """Open or refuse a reopening. Raise NotFound unless assigned, or as `decide_reopening`."""
    assigned_review(assessment_id)
    if again := decide_reopening(assessment_id):
        return _show(again)
    flash(_("Saved. The company has been informed."))
    return redirect(url_for("audit.reopening", assessment_id=assessment_id))


def _show(view: ReopeningView) -> str:
    return render_template("audit/reopening.html", view=view)

"""The page on which a company asks to correct what it submitted, once that is final."""

from dataclasses import replace

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import NotFound
from compliance.store.reopenings import ask_to_reopen
from compliance.web.access_control import readers
from compliance.web.accounts import me, require
from compliance.web.company.blueprint import bp, own_assessment
from compliance.web.database import db, now
from compliance.web.reopenings import ReopeningForm, ReopeningView, reopening_view, tell_deciders


@bp.get("/assessments/<int:assessment_id>/reopening")
@readers("company")
def reopening(assessment_id: int) -> str:
    """What was submitted, and how it is corrected. Raise NotFound unless it was submitted."""
    return _show(_own_view(assessment_id))


@bp.post("/assessments/<int:assessment_id>/reopening")
@readers("company")
def ask(assessment_id: int) -> str | BaseResponse:
    """Ask to correct what was submitted. Raise NotFound, NothingToReopen, AlreadyDecided or CompanyMerged."""
    view, form = _own_view(assessment_id), ReopeningForm()
    require("submit", view.assessed.held_by, [(_("What you wrote"), form.reason.data)] if form.reason.data else ())
    form.validate()
    if form.do.data != "ask":
        raise BadRequest
    if error := form.reason_error(_("Say what is wrong. The steward and your auditor will read it.")):
        return _show(replace(view, reason=form.reason.data or "", error=error))
    asked = ask_to_reopen(db(), assessment_id, reason=form.reason.data or "", by=me().id, at=now())
    tell_deciders(view.assessed, asked)
    db().commit()
    flash(_("Your request was sent. You will get an e-mail when it is answered."))
    return redirect(url_for("company.reopening", assessment_id=assessment_id))


def _own_view(assessment_id: int) -> ReopeningView:
    view = reopening_view(own_assessment(assessment_id))
    if not view.submissions:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    return view


def _show(view: ReopeningView) -> str:
    return render_template("company/reopening.html", view=view)

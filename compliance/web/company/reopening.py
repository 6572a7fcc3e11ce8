"""The page where a company requests to correct a final submission, or withdraws its request."""

from dataclasses import replace

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import NotFound
from compliance.store.reopenings import ask_to_reopen, withdraw_reopening
from compliance.web.access_control import readers
from compliance.web.accounts import me, require
from compliance.web.company.blueprint import bp, own_assessment
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.reopenings import ReopeningForm, ReopeningView, reopening_view, tell_deciders, tell_of_withdrawal


@bp.get("/assessments/<int:assessment_id>/reopening")
@readers("company")
def reopening(assessment_id: int) -> str:
    """Show the submissions, and how to correct them. Raise NotFound, also if nothing was submitted."""
    return _show(_own_view(assessment_id))


@bp.post("/assessments/<int:assessment_id>/reopening")
@readers("company")
def ask(assessment_id: int) -> str | BaseResponse:
    """Request to correct a submission, or withdraw the request.

    Raise NotFound, NothingToReopen, AlreadyDecided or CompanyMerged.
    """
    view, form = _own_view(assessment_id), ReopeningForm()
    require("submit", view.assessed.held_by, [(_("What you wrote"), form.reason.data)] if form.reason.data else ())
    form.validate()
    if form.do.data == "withdraw":
        return _withdraw(view, form)
    if form.do.data != "ask":
        raise BadRequest
    if error := form.reason_error(_("Say what is wrong. The steward and your auditor will read it.")):
        return _show(replace(view, reason=form.reason.data or "", error=error))
    asked = ask_to_reopen(db(), assessment_id, reason=form.reason.data or "", by=me().id, at=now())
    tell_deciders(view.assessed, asked)
    db().commit()
    flash(_("Your request was sent. You will get an e-mail when it is answered."))
    return redirect(url_for("company.reopening", assessment_id=assessment_id))


def _withdraw(view: ReopeningView, form: ReopeningForm) -> str | BaseResponse:
    if (asked := small_number(form.request.data)) is None:
        raise BadRequest
    if view.waits and not form.sure.data:
        return _show(replace(view, error=_("Tick the box if you are sure.")))
    withdrawn = withdraw_reopening(db(), view.assessed.id, asked, by=me().id, at=now())
    tell_of_withdrawal(view.assessed, withdrawn)
    db().commit()
    flash(_("Your request is withdrawn. What you submitted stays as it is."))
    return redirect(url_for("company.reopening", assessment_id=view.assessed.id))


def _own_view(assessment_id: int) -> ReopeningView:
    view = reopening_view(own_assessment(assessment_id))
    if not view.submissions:
        raise NotFound(f"assessment {assessment_id} was not handed in")
    return view


def _show(view: ReopeningView) -> str:
    return render_template("company/reopening.html", view=view)

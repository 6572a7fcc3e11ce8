"""An auditor's own interests in companies, declared and withdrawn. They exclude assignments for these companies."""

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.identity.names import comparable_name
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.store import AlreadyExists, companies
from compliance.store.independence import declare_interest, ended_assignments, withdraw_interest
from compliance.store.list_pages import interests_page
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import bp
from compliance.web.database import db, now
from compliance.web.forms import as_stored, reason_fault, small_number
from compliance.web.list_requests import list_request, list_view
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.sign_offs import ended_words


class InterestForm(FlaskForm):
    """An interest to declare (the company by its name) or to withdraw (by its id)."""

    company = StringField()
    what = StringField()
    withdraw = StringField()


@bp.get("/audit/interests")
@readers("auditor")
def interests() -> str:
    """Show the auditor's declared interests, and assignments that ended because of a tie to a company."""
    return _page()


@bp.post("/audit/interests")
@readers("auditor")
def change_interests() -> str | BaseResponse:
    """Declare an interest, or withdraw one. Raise NotFound."""
    form = InterestForm()
    if form.withdraw.data:
        withdraw_interest(db(), me().id, small_number(form.withdraw.data) or 0, by=me().id, at=now())
        db().commit()
        flash(_("The interest is withdrawn. Assignments that ended because of it are not restored automatically."))
        return redirect(url_for("audit.interests"))
    company, what = as_stored(form.company.data), as_stored(form.what.data)
    if error := _declare(company, what):
        return _page(error, company, what)
    return redirect(url_for("audit.interests"))


def _declare(company: str, what: str) -> ErrorLink | None:
    """Declare an interest in each company with a name. Return the error, or None."""
    if fault := reason_fault(what, _("Say what your interest is.")):
        return ErrorLink("what", fault)
    wanted = comparable_name(company)
    found = [one for one in companies(db()) if wanted and comparable_name(one.name) == wanted]
    if not found:
        said = _(
            "No company of this name is registered here. Write the name as it was registered, or tell the steward."
        )
        return ErrorLink("company", said)
    ended = 0
    for one in found:
        try:
            ended += len(declare_interest(db(), me().id, one.id, what=what, by=me().id, at=now()))
        except AlreadyExists:
            db().rollback()
            return ErrorLink("company", _("You have declared an interest in this company already."))
    db().commit()
    flash(
        ngettext(
            "The interest is declared.", "The interest is declared for %(num)s companies of this name.", len(found)
        )
    )
    if ended:
        flash(ngettext("One assignment of yours has ended.", "%(num)s assignments of yours have ended.", ended))
    return None


def _page(error: ErrorLink | None = None, company: str = "", what: str = "") -> str:
    orders = {"name": _("by name")}
    asked = list_request(list(orders))
    page = interests_page(db(), me().id, asked)
    return render_template(
        "audit/interests.html",
        interests=page.rows,
        view=list_view(page, asked, orders, "audit.interests"),
        ended=[ended_words(one) for one in ended_assignments(db(), auditor=me().id)],
        me=me().id,
        error=error,
        faults={error.target: error.text} if error else {},
        company=company,
        what=what,
    )

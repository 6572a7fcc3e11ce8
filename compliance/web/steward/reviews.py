"""The steward's view of reviews: the interests of an auditor, and the sign-offs of an assessment, to be revoked."""

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.store import AlreadyExists, Member, assessment, member
from compliance.store.independence import declare_interest, ended_assignments, withdraw_interest
from compliance.store.list_pages import interests_page
from compliance.store.sign_offs import revoke_sign_off, sign_offs_of
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import as_stored, reason_fault, small_number
from compliance.web.list_requests import company_choice, list_request, list_view
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.sign_offs import ended_words, sign_off_views
from compliance.web.steward.blueprint import bp


class InterestOfPersonForm(FlaskForm):
    """An interest to record for a person or to withdraw, or words to find its company (`do` is `find`)."""

    find_company = StringField()
    do = StringField()
    company = SelectField(coerce=small_number, validate_choice=False)
    what = StringField()
    withdraw = StringField()


@bp.get("/steward/people/<int:person_id>/interests")
@readers("steward")
def interests(person_id: int) -> str:
    """Show the interests of a person who is, or may become, an auditor. Raise NotFound."""
    return _interests(member(db(), person_id))


@bp.post("/steward/people/<int:person_id>/interests")
@readers("steward")
def change_interests(person_id: int) -> str | BaseResponse:
    """Record an interest for a person, withdraw one, or find the company of one. Raise NotFound."""
    known, form = member(db(), person_id), InterestOfPersonForm()
    here = redirect(url_for("steward.interests", person_id=person_id))
    if form.withdraw.data:
        withdraw_interest(db(), known.id, small_number(form.withdraw.data) or 0, by=me().id, at=now())
        db().commit()
        flash(_("The interest is withdrawn. Assignments that ended because of it are not restored automatically."))
        return here
    company, what = form.company.data, as_stored(form.what.data)
    if form.do.data == "find":
        return _interests(known, form=form)
    if company is None:
        return _interests(known, ErrorLink("company", _("Choose a company.")), form)
    if fault := reason_fault(what, _("Say what the interest is.")):
        return _interests(known, ErrorLink("what", fault), form)
    try:
        ended = declare_interest(db(), known.id, company, what=what, by=me().id, at=now())
    except AlreadyExists:
        db().rollback()
        said = _("An interest in this company is declared already.")
        return _interests(known, ErrorLink("company", said), form)
    db().commit()
    flash(_("Saved."))
    if ended:
        flash(ngettext("One assignment has ended.", "%(num)s assignments have ended.", len(ended)))
    return here


def _interests(known: Member, error: ErrorLink | None = None, form: InterestOfPersonForm | None = None) -> str:
    orders = {"name": _("by name")}
    asked = list_request(list(orders))
    page = interests_page(db(), known.id, asked)
    return render_template(
        "steward/interests.html",
        person=known,
        interests=page.rows,
        view=list_view(page, asked, orders, "steward.interests", person_id=known.id),
        own_number=known.id if known.id == me().id else None,
        ended=[ended_words(one) for one in ended_assignments(db(), auditor=known.id)],
        companies=company_choice(form.find_company.data, form.company.data) if form else company_choice("", None),
        error=error,
        faults={error.target: error.text} if error else {},
        what=(form.what.data or "") if form else "",
    )


@bp.get("/steward/assessments/<int:assessment_id>/sign-off")
@readers("steward")
def sign_off(assessment_id: int) -> str:
    """Show the sign-offs of an assessment. Raise NotFound."""
    return _sign_off(assessment_id)


@bp.post("/steward/assessments/<int:assessment_id>/sign-off")
@readers("steward")
def revoke_sign_off_of(assessment_id: int) -> str | BaseResponse:
    """Revoke a sign-off with a reason. Raise NotFound, or AlreadyDecided."""
    why = as_stored(request.form.get("why"))
    if fault := reason_fault(why, _("Give a reason. The company will read it.")):
        return _sign_off(assessment_id, ErrorLink("why", fault), why)
    number = small_number(request.form.get("sign_off")) or 0
    revoke_sign_off(db(), assessment_id, sign_off=number, why=why, by=me().id, at=now())
    db().commit()
    flash(_("The sign-off was revoked. Verdicts can be changed again."))
    return redirect(url_for("steward.sign_off", assessment_id=assessment_id))


def _sign_off(assessment_id: int, error: ErrorLink | None = None, why: str = "") -> str:
    about, signed = assessment(db(), assessment_id), sign_offs_of(db(), assessment_id)
    return render_template(
        "steward/sign_off.html",
        about=about,
        signed=sign_off_views(signed),
        standing=next((one.id for one in signed if one.stands), None),
        error=error,
        why=why,
    )

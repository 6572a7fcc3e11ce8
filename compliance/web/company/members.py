"""A company's own page: what identifies it, who works for it, and requests to join it, which its owners answer."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import AnyOf, Length

from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    LastOwner,
    Membership,
    NotFound,
    answer_request,
    change_member_role,
    company,
    company_members,
    counting_companies,
    join_requests,
    member,
    remove_member,
    withdraw_request,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company
from compliance.web.company.blueprint import bp
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.mail import queue_mail
from compliance.web.page_text import lazy as _l


class MemberForm(FlaskForm):
    """What becomes of a member."""

    person = StringField()
    do = StringField(validators=[AnyOf(["owner", "member", "remove"])])


class RequestForm(FlaskForm):
    """The answer to a request to join."""

    request = StringField()
    do = StringField(validators=[AnyOf(["accept", "refuse"])])
    reason = StringField(validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))])


class WithdrawForm(FlaskForm):
    """One's own request, to be withdrawn."""

    request = StringField()


@bp.get("/companies/<int:organisation_id>")
@readers("company")
def members(organisation_id: int) -> str:
    """A company of one's own, its people, and the requests to join it. Raise NotFound for others."""
    return _page(own_company(organisation_id))


@bp.post("/companies/<int:organisation_id>/members")
@readers("company")
def change_member(organisation_id: int) -> str | BaseResponse:
    """Make a member an owner, an owner a member, or remove one. Raise NotFound unless one is an owner."""
    here, form = _owned(organisation_id), MemberForm()
    person_id = small_number(form.person.data)
    if not form.validate() or person_id is None:
        raise BadRequest
    try:
        if form.do.data == "remove":
            remove_member(db(), organisation_id, person_id, by=me().id, at=now())
        else:
            change_member_role(db(), organisation_id, person_id, str(form.do.data), by=me().id, at=now())
    except LastOwner:
        db().rollback()
        return _page(here, member_fault=_("A company needs at least one owner. Make somebody else an owner first."))
    db().commit()
    flash(_("Saved."))
    gone = form.do.data == "remove" and person_id == me().id
    return redirect(url_for("company.mine") if gone else url_for("company.members", organisation_id=organisation_id))


@bp.post("/companies/<int:organisation_id>/requests")
@readers("company")
def answer_join_request(organisation_id: int) -> str | BaseResponse:
    """Let somebody in who asked, or refuse. Raise NotFound unless one is an owner, or AlreadyDecided."""
    here, form = _owned(organisation_id), RequestForm()
    number = small_number(form.request.data)
    if form.do.data not in ("accept", "refuse") or number is None:
        raise BadRequest
    if number not in {request.id for request in join_requests(db(), organisation_id=organisation_id)}:
        raise NotFound(f"no request {number}")
    accept, reason = form.do.data == "accept", (form.reason.data or "").strip()
    if not form.validate():
        return _page(here, request_faults={number: str(form.reason.errors[0]) if form.reason.errors else ""})
    if not accept and not reason:
        return _page(here, request_faults={number: _("Give a reason. The person who asked will read it.")})
    answered = answer_request(db(), number, accept=accept, reason=reason, by=me().id, at=now())
    asking = member(db(), answered.person_id)
    words: dict[str, Any] = {"company": answered.organisation, "accepted": accept, "reason": reason}
    link = url_for("company.mine", _external=True)
    queue_mail("join-answer", asking.email, language=asking.language, person_id=asking.id, link=link, **words)
    db().commit()
    if accept:
        flash(_("%(name)s is now a member of %(company)s.", name=answered.name, company=answered.organisation))
    else:
        flash(_("The request from %(name)s was refused.", name=answered.name))
    return redirect(url_for("company.members", organisation_id=organisation_id))


@bp.post("/account/requests")
@readers("company")
def withdraw() -> BaseResponse:
    """Take back one's own request to join. Raise NotFound, or AlreadyDecided."""
    form = WithdrawForm()
    number = small_number(form.request.data)
    if not form.validate() or number is None:
        raise BadRequest
    withdraw_request(db(), number, by=me().id, at=now())
    db().commit()
    flash(_("Your request was withdrawn."))
    return redirect(url_for("company.mine"))


def _owned(organisation_id: int) -> Membership:
    """A company of which one is an owner. Raise NotFound."""
    found = own_company(organisation_id)
    if not found.is_owner:
        raise NotFound(f"no company {organisation_id} of this owner")
    return found


def _page(here: Membership, *, member_fault: str = "", request_faults: dict[int, str] | None = None) -> str:
    return render_template(
        "company/members.html",
        counts=here.organisation_id in counting_companies(db()),
        company=company(db(), here.organisation_id),
        is_owner=here.is_owner,
        people=company_members(db(), here.organisation_id),
        requests=join_requests(db(), organisation_id=here.organisation_id, state="open") if here.is_owner else (),
        member_fault=member_fault,
        request_faults=request_faults or {},
        own_id=me().id,
    )

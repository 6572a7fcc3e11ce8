"""A company's own page: its identity, its members and their roles, invitations, and requests to join.

Owners manage all of these. Other members can read the page, and leave the company.
"""

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import AnyOf, Length, Optional

from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    Membership,
    NotFound,
    answer_request,
    company,
    counting_companies,
    join_requests,
    member,
    withdraw_request,
)
from compliance.store.member_roles import MEMBER_ROLES, USUAL_ROLE
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company, require
from compliance.web.colleagues import (
    InvitationForm,
    invitation_errors,
    invite,
    invited_page,
    invited_words,
    people_page,
)
from compliance.web.colleagues import (
    change_member as change_role_or_remove,
)
from compliance.web.colleagues import (
    withdraw as take_invitation_back,
)
from compliance.web.company.blueprint import bp
from compliance.web.database import db, now
from compliance.web.forms import as_stored, small_number
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l


class RequestForm(FlaskForm):
    """The answer to a request to join."""

    request = StringField()
    do = StringField(validators=[AnyOf(["accept", "refuse"])])
    role = StringField(validators=[Optional(), AnyOf(MEMBER_ROLES)])
    reason = StringField(validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))])


class WithdrawForm(FlaskForm):
    """The id of one's own request to join, to be withdrawn."""

    request = StringField()


@bp.get("/companies/<int:organisation_id>")
@readers("company")
def members(organisation_id: int) -> str:
    """Show one's own company, its members and, to owners, requests to join. Raise NotFound for others."""
    return _page(own_company(organisation_id))


@bp.post("/companies/<int:organisation_id>/members")
@readers("company")
def change_member(organisation_id: int) -> str | BaseResponse:
    """Change a member's role, or remove a member. Everybody may leave. Raise NotFound, or NotAllowed."""
    here = own_company(organisation_id)
    leaves = request.form.get("do") == "remove" and request.form.get("person") == str(me().id)
    require("read" if leaves else "manage", organisation_id)
    gone, fault = change_role_or_remove(organisation_id)
    if fault:
        return _page(here, member_fault=fault)
    if gone == me().id:
        flash(_("You no longer belong to %(company)s.", company=here.organisation))
        return redirect(url_for("company.mine"))
    flash(_("Saved."))
    return redirect(url_for("company.members", organisation_id=organisation_id))


@bp.post("/companies/<int:organisation_id>/invitations")
@readers("company")
def invite_somebody(organisation_id: int) -> str | BaseResponse:
    """Invite a colleague. Raise NotFound, or NotAllowed."""
    here, form = own_company(organisation_id), InvitationForm()
    require("manage", organisation_id, [(_("Message"), form.words.data)] if form.words.data else ())
    sent = invite(organisation_id, form)
    if sent is None:
        return _page(here, inviting=form)
    back = url_for("company.members", organisation_id=organisation_id)
    if sent.link:
        return invited_page(organisation_id, sent, back)
    flash(invited_words(sent.email))
    return redirect(back)


@bp.post("/companies/<int:organisation_id>/invitations/withdraw")
@readers("company")
def withdraw_colleague_invitation(organisation_id: int) -> BaseResponse:
    """Withdraw an invitation. Raise NotFound, NotAllowed, or AlreadyDecided."""
    own_company(organisation_id)
    require("manage", organisation_id)
    take_invitation_back(organisation_id)
    flash(_("The invitation was withdrawn. Its link no longer works."))
    return redirect(url_for("company.members", organisation_id=organisation_id))


@bp.post("/companies/<int:organisation_id>/requests")
@readers("company")
def answer_join_request(organisation_id: int) -> str | BaseResponse:
    """Accept or refuse a request to join. Raise NotFound, NotAllowed unless one is an owner, or AlreadyDecided."""
    here, form = own_company(organisation_id), RequestForm()
    require("manage", organisation_id, [(_("Reason"), form.reason.data)] if form.reason.data else ())
    number = small_number(form.request.data)
    if form.do.data not in ("accept", "refuse") or number is None:
        raise BadRequest
    if number not in {request.id for request in join_requests(db(), organisation_id=organisation_id)}:
        raise NotFound(f"no request {number}")
    accept, reason = form.do.data == "accept", as_stored(form.reason.data)
    if not form.validate():
        if form.role.errors:
            raise BadRequest
        return _page(here, request_faults={number: str(form.reason.errors[0]) if form.reason.errors else ""})
    if not accept and not reason:
        return _page(here, request_faults={number: _("Give a reason. The person who asked will read it.")})
    role = form.role.data or USUAL_ROLE
    answered = answer_request(db(), number, accept=accept, role=role, reason=reason, by=me().id, at=now())
    asking = member(db(), answered.person_id)
    words: dict[str, Any] = {"company": answered.organisation, "accepted": accept, "reason": reason}
    link = partial(whole_url, "company.mine")
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
    """Withdraw one's own request to join. Raise NotFound, or AlreadyDecided."""
    form = WithdrawForm()
    number = small_number(form.request.data)
    if not form.validate() or number is None:
        raise BadRequest
    withdraw_request(db(), number, by=me().id, at=now())
    db().commit()
    flash(_("Your request was withdrawn."))
    return redirect(url_for("company.mine"))


def _page(
    here: Membership,
    *,
    member_fault: str = "",
    request_faults: dict[int, str] | None = None,
    inviting: InvitationForm | None = None,
) -> str:
    manages = here.may("manage")
    return render_template(
        "company/members.html",
        counts=here.organisation_id in counting_companies(db()),
        company=company(db(), here.organisation_id),
        manages=manages,
        requests=join_requests(db(), organisation_id=here.organisation_id, state="open") if manages else (),
        member_fault=member_fault,
        request_faults=request_faults or {},
        invitation_errors=invitation_errors(inviting),
        **people_page(here.organisation_id, inviting),
    )

"""Joining a company by the link of an invitation, with a new account or an existing one.

A link that was mailed proves the address. A link that was passed on does not: if the site sends mails, an account is
only created once a second link, mailed to the address, is followed, so that nobody learns which addresses have one.
"""

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_security import current_user, login_user
from itsdangerous import BadData
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import AlreadyDecided, AlreadyExists, NotFound, add_person
from compliance.store.colleague_invitations import ColleagueInvitation, accept_invitation, invitation_of_token
from compliance.store.people_and_roles import login_account
from compliance.web.access_control import public
from compliance.web.accounts import me
from compliance.web.colleagues import is_for
from compliance.web.company.blueprint import bp
from compliance.web.database import db, now
from compliance.web.mail import mail_is_set, queue_mail, site_address, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.signatures import timed_serializer
from compliance.web.signing_in.passwords import LINK_DAYS, NewAccountForm, NewPasswordForm, new_hash
from compliance.web.signing_in.users import StoreUserDatastore
from compliance.web.throttling import (
    INVITATION_LINKS,
    begin_attempt,
    waiting_sentence,
)
from compliance.web.urls import reads_query

_TOO_LONG = _l("Use at most 200 characters.")
#: The purpose that links of this module are signed with.
_PURPOSE = "colleague"


class JoinForm(NewAccountForm, NewPasswordForm):
    """A new account for a person who was invited. Fields whose values are known are removed."""


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
@reads_query("as")
def join(token: str) -> str | tuple[str, int] | BaseResponse:
    """Show an invitation, and accept it. The status is 403, 404, 410 or 429 if that is not possible."""
    looking = begin_attempt(INVITATION_LINKS)
    if looking.wait:
        return _refusal(waiting_sentence(INVITATION_LINKS, looking.wait), 429)
    try:
        invitation = invitation_of_token(db(), token)
    except NotFound:
        looking.wrong()
        return _refusal(
            _("This link does not work: part of it may be missing. Copy the whole link, or ask for a new one."), 404
        )
    looking.undo()
    if _is_mine(invitation):
        return redirect(url_for("company.mine"))  # the link was opened, or its button pressed, again
    if fault := _fault(invitation):
        return _refusal(fault, 410, invitation)
    if not current_user.is_authenticated:
        return _join_with_new_account(token, invitation)
    if not is_for(invitation, me().email):
        return _passed_on(token, invitation)
    if any(one.organisation_id == invitation.organisation_id for one in me().person.memberships):
        flash(_("You belong to %(company)s already. An owner can change your role.", company=invitation.organisation))
        return redirect(url_for("company.members", organisation_id=invitation.organisation_id))
    if request.method == "POST":
        return _accepted(token, me().id) or _decided_meanwhile(token)
    return render_template("company/join.html", invitation=invitation, token=token, form=None)


def _is_mine(invitation: ColleagueInvitation) -> bool:
    accepted = current_user.is_authenticated and invitation.state == "accepted"
    return accepted and invitation.decided_by == me().id


def _fault(invitation: ColleagueInvitation) -> str:
    """Return why an invitation can no longer be accepted; "" if it can."""
    if invitation.state == "accepted":
        return _(
            "This invitation has been used. If it was you, sign in. If not, tell the person who sent you the link."
        )
    if invitation.state == "withdrawn" or invitation.status == "merged":
        return _("This invitation was withdrawn.")
    if not invitation.is_open(now()):
        return _("This invitation was open until %(day)s.", day=long_date(invitation.expires_at.date()))
    return ""


def _refusal(fault: str, status: int, invitation: ColleagueInvitation | None = None) -> tuple[str, int]:
    return render_template("company/join_refused.html", fault=fault, invitation=invitation, token=""), status


def _passed_on(token: str, invitation: ColleagueInvitation) -> tuple[str, int]:
    words = {"email": invitation.email, "yours": me().email}
    fault = _("This invitation is for %(email)s, and you are signed in as %(yours)s.", **words)
    return render_template("company/join_refused.html", fault=fault, invitation=invitation, token=token), 403


def _decided_meanwhile(token: str) -> tuple[str, int] | BaseResponse:
    """Return the response for an invitation that was accepted or withdrawn at the same moment."""
    invitation = invitation_of_token(db(), token)
    return redirect(url_for("company.mine")) if _is_mine(invitation) else _refusal(_fault(invitation), 410, invitation)


def _accepted(token: str, person_id: int) -> BaseResponse | None:
    """Accept an invitation, and commit. None if it is no longer open, or the person is a member already."""
    try:
        invitation = accept_invitation(db(), token, person_id=person_id, at=now())
    except (AlreadyDecided, AlreadyExists):
        db().rollback()
        return None
    db().commit()
    flash(_("You now belong to %(company)s.", company=invitation.organisation))
    return redirect(url_for("company.mine"))


def _join_with_new_account(token: str, invitation: ColleagueInvitation) -> str | tuple[str, int] | BaseResponse:
    """Show the form for a new account. Once it is posted, create the account and join, or mail a link first."""
    known = _signed_details(token)
    email = invitation.email or known.get("email", "")
    has_account = bool(email) and login_account(db(), email=email) is not None
    by_mail = not email and mail_is_set()
    form = JoinForm()
    form.own_words = (email or form.email.data, known.get("name") or form.name.data, invitation.organisation)
    for name, is_known in (("email", email), ("name", known.get("name")), ("password", by_mail)):
        if is_known:
            delattr(form, name)
    if not has_account and form.validate_on_submit():
        name = known.get("name") or str(form.name.data)
        if by_mail:
            return _send_link(token, invitation, name, str(form.email.data).strip())
        confirmed = mail_is_set()  # the link was mailed to the address
        details = {"email": email or str(form.email.data), "name": name, "password": str(form.password.data)}
        joined = _new_account(token, details, address_confirmed=confirmed)
        if joined is not None:
            return joined
        if email or _fault(invitation_of_token(db(), token)):
            return _decided_meanwhile(token)
        form.email.errors = [_("This address already has an account. Sign in, or use another address.")]
    return render_template(
        "company/join.html",
        invitation=invitation,
        token=token,
        form=form,
        email=email,
        name=known.get("name", ""),
        has_account=has_account,
        signed=request.args.get("as"),
        by_mail=by_mail,
    )


def _new_account(token: str, details: dict[str, str], *, address_confirmed: bool) -> BaseResponse | None:
    """Create an account in the company, and sign it in. None if the address is taken or the invitation is not open."""
    try:
        person = add_person(
            db(),
            email=details["email"],
            name=details["name"],
            password_hash=new_hash(details["password"]),
            roles=["company"],
            language=current_language(),
            by=None,
            at=now(),
            address_confirmed=address_confirmed,
        )
    except AlreadyExists:
        db().rollback()
        return None
    joined, visitor = _accepted(token, person.id), StoreUserDatastore().find_user(email=person.email)
    if joined is not None and visitor is not None:
        login_user(visitor, authn_via=["register"])
    return joined


def _send_link(token: str, invitation: ColleagueInvitation, name: str, email: str) -> str:
    """Mail an address a link to finish joining, or, if it has an account, a link to sign in."""
    known = login_account(db(), email=email)
    if known is None:
        signed = timed_serializer(_PURPOSE).dumps({"token": token, "email": email, "name": name})
        link = url_for("company.join", token=token, **{"as": signed}, _external=True)
        words: dict[str, Any] = {"link": link, "days": LINK_DAYS, "name": name, "organisation": invitation.organisation}
        queue_mail("registration", email, language=current_language(), **words)
    else:
        sign_in = partial(_sign_in_url, token)
        queue_mail("registered-already", known.email, language=known.language, person_id=known.id, link=sign_in)
    db().commit()
    return render_template("company/register_sent.html", email=email, days=LINK_DAYS)


def _sign_in_url(token: str) -> str:
    """Return the address of the sign-in page that leads to the page of an invitation, for a mail."""
    joining = whole_url("company.join", token=token).removeprefix(site_address())
    return whole_url("security.login", next=joining)


def _signed_details(token: str) -> dict[str, str]:
    """Return the name and address signed in the second link; empty without such a link, or if it is not valid."""
    try:
        said = timed_serializer(_PURPOSE).loads(request.args.get("as", ""), max_age=LINK_DAYS * 24 * 3600)
    except BadData:
        return {}
    return said if said["token"] == token else {}

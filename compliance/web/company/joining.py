"""Where the link of an invitation leads: into the company, with a new account or the one that somebody has.

A link that was mailed shows whose address it is. One that was passed on does not: where mails are sent, a new account
is made only once a second link, to the address, is followed, so that nobody learns here which addresses have one.
"""

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
from compliance.web.mail import mail_is_set, queue_mail
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
#: What links of this module are signed for.
_PURPOSE = "colleague"


class JoinForm(NewAccountForm, NewPasswordForm):
    """A new account for somebody who was invited; what is known already is not asked."""


@bp.route("/join/<token>", methods=["GET", "POST"])
@public
@reads_query("as")
def join(token: str) -> str | tuple[str, int] | BaseResponse:
    """Join the company of an invitation."""
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
        return redirect(url_for("company.mine"))  # the link opened, or its button pressed, once more
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
    """Why nobody can accept an invitation any more; "" if somebody can."""
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
    """What became of an invitation that somebody else took, or took back, at the same moment."""
    invitation = invitation_of_token(db(), token)
    return redirect(url_for("company.mine")) if _is_mine(invitation) else _refusal(_fault(invitation), 410, invitation)


def _accepted(token: str, person_id: int) -> BaseResponse | None:
    """Into the company; None if the invitation is open no more."""
    try:
        invitation = accept_invitation(db(), token, person_id=person_id, at=now())
    except (AlreadyDecided, AlreadyExists):
        db().rollback()
        return None
    db().commit()
    flash(_("You now belong to %(company)s.", company=invitation.organisation))
    return redirect(url_for("company.mine"))


def _join_with_new_account(token: str, invitation: ColleagueInvitation) -> str | tuple[str, int] | BaseResponse:
    """Ask for what a new account needs; with it, into the company, or first by a mail to the address."""
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
        confirmed = mail_is_set()  # the link came to the address
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
    """A new account that belongs to the company, signed in; None if the address is taken or the invitation used."""
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
    """Write to the address of somebody who has the link: to go on, or that they have an account to sign in with."""
    known = login_account(db(), email=email)
    if known is None:
        signed = timed_serializer(_PURPOSE).dumps({"token": token, "email": email, "name": name})
        link = url_for("company.join", token=token, **{"as": signed}, _external=True)
        words: dict[str, Any] = {"link": link, "days": LINK_DAYS, "name": name, "organisation": invitation.organisation}
        queue_mail("registration", email, language=current_language(), **words)
    else:
        link = url_for("security.login", next=url_for("company.join", token=token), _external=True)
        queue_mail("registered-already", known.email, language=known.language, person_id=known.id, link=link)
    db().commit()
    return render_template("company/register_sent.html", email=email, days=LINK_DAYS)


def _signed_details(token: str) -> dict[str, str]:
    """Name and address of whoever followed the second link; empty where there is none, or it does not work."""
    try:
        said = timed_serializer(_PURPOSE).loads(request.args.get("as", ""), max_age=LINK_DAYS * 24 * 3600)
    except BadData:
        return {}
    return said if said["token"] == token else {}

"""The people of a company, as its owners and the steward manage them: forms, changes, and sending invitations."""

import hmac
from dataclasses import dataclass
from functools import partial
from secrets import token_urlsafe
from typing import Any

from flask import current_app, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, Email, Length, Optional

from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    AlreadyExists,
    LastOwner,
    change_member_role,
    company,
    company_members,
    member,
    remove_member,
)
from compliance.store.colleague_invitations import (
    INVITATION_DAYS,
    ColleagueInvitation,
    colleague_invitations,
    invite_colleague,
    withdraw_invitation,
)
from compliance.store.member_roles import MEMBER_ROLES, USUAL_ROLE
from compliance.store.memberships import last_saves
from compliance.store.people_and_roles import login_account
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.mail import mail_is_set, queue_mail, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.throttling import INVITATIONS, begin_attempt, waiting_sentence


class MemberForm(FlaskForm):
    """Change of a member's role, or removal of the member."""

    person = StringField()
    role = StringField(validators=[Optional(), AnyOf(MEMBER_ROLES)])
    do = StringField(validators=[AnyOf(["role", "remove"])])


class InvitationForm(FlaskForm):
    """The invitation of a colleague: address, role and message."""

    email = StringField(
        _l("E-mail address"),
        [
            Optional(strip_whitespace=True),
            Email(_l("Enter an e-mail address, such as name@example.org, or leave this empty."), allow_smtputf8=False),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
        filters=[lambda text: (text or "").strip()],
    )
    role = StringField(_l("Role"), [AnyOf(MEMBER_ROLES, _l("Choose a role."))], default=USUAL_ROLE)
    words = TextAreaField(
        _l("Message (optional)"), [Length(max=1000, message=_l("Use at most 1,000 characters."))], default=""
    )
    once = StringField()  # one value for each page shown, so that a form sent twice invites once


class WithdrawalForm(FlaskForm):
    """The invitation to withdraw."""

    invitation = StringField()


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """An invitation just made: the link to pass on, or the address to which it was mailed."""

    email: str
    link: str  # "" if it was mailed


def change_member(organisation_id: int) -> tuple[int, str]:
    """Apply the posted form of a member. Return the id of a removed person (0: none), and an error message, or "".

    The member is told by mail, unless they did it themselves. Raise BadRequest, or NotFound.
    """
    form = MemberForm()
    person_id = small_number(form.person.data)
    if not form.validate() or person_id is None or (form.do.data == "role" and not form.role.data):
        raise BadRequest
    before = {one.person_id: one.role for one in company_members(db(), organisation_id)}.get(person_id, "")
    after = "" if form.do.data == "remove" else str(form.role.data)
    try:
        if form.do.data == "remove":
            remove_member(db(), organisation_id, person_id, by=me().id, at=now())
        else:
            change_member_role(db(), organisation_id, person_id, after, by=me().id, at=now())
    except LastOwner:
        db().rollback()
        return 0, _("A company needs at least one owner. Make somebody else an owner first.")
    if before != after and person_id != me().id:
        _tell_member(organisation_id, person_id, after)
    db().commit()
    return person_id if form.do.data == "remove" else 0, ""


def _tell_member(organisation_id: int, person_id: int, role: str) -> None:
    """Queue the mail that tells a member of their new role, or, with an empty role, of their removal."""
    told = member(db(), person_id)
    words: dict[str, Any] = {"company": company(db(), organisation_id).name, "name": me().person.name, "role": role}
    link = partial(whole_url, "company.mine")
    queue_mail("membership-changed", told.email, language=told.language, person_id=told.id, link=link, **words)


def invite(organisation_id: int, form: InvitationForm) -> SentInvitation | None:
    """Invite somebody by mail, or with a link to pass on. Return None if the form has errors, which are set in it."""
    if not form.validate():
        return None
    token = _token(organisation_id, form.once.data or token_urlsafe())
    email, role, words = str(form.email.data), str(form.role.data), form.words.data or ""
    known = {"email": email, "role": role, "words": words}
    attempt = begin_attempt(INVITATIONS, me().email)
    if attempt.wait:
        form.email.errors = [waiting_sentence(INVITATIONS, attempt.wait)]
        return None
    if email:
        attempt.wrong()  # it sends a mail, so it counts towards the limit
    else:
        attempt.undo()
    try:
        is_new = invite_colleague(db(), organisation_id, token=token, **known, by=me().id, at=now())
    except AlreadyExists:
        db().rollback()
        form.email.errors = [_("This person belongs to the company already, or has an invitation that is still open.")]
        return None
    link, mailed = url_for("company.join", token=token, _external=True), bool(email) and mail_is_set()
    if is_new and email:
        said: dict[str, Any] = {"company": company(db(), organisation_id).name, "name": me().person.name}
        known_person = login_account(db(), email=email)
        queue_mail(
            "colleague-invited",
            email,
            language=known_person.language if known_person else current_language(),
            **said,
            link=partial(whole_url, "company.join", token=token),
            role=role,
            words=words,
            days=INVITATION_DAYS,
        )
    db().commit()
    return SentInvitation(email, "" if mailed else link)


def withdraw(organisation_id: int) -> None:
    """Withdraw the posted invitation. Raise BadRequest, NotFound, or AlreadyDecided."""
    form = WithdrawalForm()
    number = small_number(form.invitation.data)
    if not form.validate() or number is None:
        raise BadRequest
    withdraw_invitation(db(), organisation_id, number, by=me().id, at=now())
    db().commit()


def people_page(organisation_id: int, form: InvitationForm | None = None) -> dict[str, Any]:
    """Return the context of `parts/colleagues.html` for a company. `form`: an invitation with errors."""
    return {
        "people": company_members(db(), organisation_id),
        "saved": last_saves(db(), organisation_id),
        "invitations": colleague_invitations(db(), organisation_id, at=now()),
        "inviting": form or InvitationForm(formdata=None),
        "once": token_urlsafe(),
        "mail_is_set": mail_is_set(),
        "own_id": me().id,
        "roles": MEMBER_ROLES,
        "days": INVITATION_DAYS,
    }


def invitation_errors(form: InvitationForm | None) -> list[ErrorLink]:
    """Return the errors of an invitation, each linked to its field."""
    fields = ("email", "role", "words")
    return [ErrorLink(f"invite-{name}", str(form[name].errors[0])) for name in fields if form and form[name].errors]


def invited_words(email: str) -> str:
    """Return what an invitation by mail is followed by. It does not tell whether the person wants such mails."""
    return _(
        "The invitation is on its way to %(email)s, unless they have switched off such e-mails. If nothing arrives, "
        "leave the address empty and pass the link on yourself.",
        email=email,
    )


def invited_page(organisation_id: int, sent: SentInvitation, back: str) -> str:
    """Return the page with the link of an invitation, which is shown only once."""
    named = company(db(), organisation_id).name
    return render_template("company/invited.html", company=named, sent=sent, back=back, days=INVITATION_DAYS)


def is_for(invitation: ColleagueInvitation, email: str) -> bool:
    """Tell if an invitation is for the person with this address."""
    return invitation.email in ("", email)


def _token(organisation_id: int, once: str) -> str:
    """Return the unguessable token of a link. A page that is sent twice gets the same token."""
    said = f"colleague-invitation\n{organisation_id}\n{me().id}\n{once}".encode("utf-8", "replace")
    return hmac.new(current_app.config["SECRET_KEY"].encode(), said, "sha256").hexdigest()[:40]

"""Confirmed e-mail addresses: if mail is set, a link is sent that opens a page with a button to press.

The link is signed and contains the person and the address, so that one for an earlier address confirms nothing.
Opening it is not enough, because mail filters open links too. Choosing a password by a mailed link confirms as well.
"""

from functools import partial

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from flask_security import password_reset
from itsdangerous import BadSignature, SignatureExpired
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import Member
from compliance.store.people_and_roles import confirm_email, login_account
from compliance.web.access_control import public, signed_in
from compliance.web.accounts import me, mine
from compliance.web.database import db, now
from compliance.web.mail import mail_is_set, queue_mail, whole_url
from compliance.web.signatures import timed_serializer
from compliance.web.signing_in.users import SignedInUser
from compliance.web.throttling import CONFIRMATION_REQUESTS, begin_attempt, waiting_sentence

bp = Blueprint("confirmation", __name__)

#: How long a link works, in days.
LINK_DAYS = 7
#: The purpose for which links of this module are signed.
_PURPOSE = "confirm-address"


def init_confirmation(app: Flask) -> None:
    """Let a password chosen by a mailed link confirm the address."""
    password_reset.connect(_confirm_by_reset, app)


def send_confirmation(person: Member) -> None:
    """Queue the mail with the link for a person, unless no mail is set."""
    if mail_is_set():
        token = timed_serializer(_PURPOSE).dumps([person.id, person.email])
        link = partial(whole_url, "confirmation.confirm", token=token)
        queue_mail(
            "confirm-address", person.email, language=person.language, person_id=person.id, link=link, days=LINK_DAYS
        )


@bp.post("/account/confirmation")
@signed_in
def send_link() -> str | BaseResponse:
    """Send the link once more."""
    if mail_is_set() and not me().person.confirmed:
        request = begin_attempt(CONFIRMATION_REQUESTS, me().email)
        if request.wait:
            flash(waiting_sentence(CONFIRMATION_REQUESTS, request.wait))
            return mine()
        request.wrong()  # it sends a mail, so it counts towards the limit
        send_confirmation(me().person)
        db().commit()
        flash(_("A link is on its way to %(email)s.", email=me().email))
    return redirect(url_for("account.mine"))


@bp.get("/confirm/<token>")
@public
def confirm(token: str) -> str | tuple[str, int]:
    """Show the page of a link: its button, or what is wrong with the link."""
    return _page(token)


@bp.post("/confirm/<token>")
@public
def confirmed(token: str) -> str | tuple[str, int] | BaseResponse:
    """Confirm the address of a link."""
    address, fault = _read(token)
    if fault or not confirm_email(db(), *address, at=now()):
        return _page(token)
    db().commit()
    flash(_("Your e-mail address is confirmed."))
    return redirect(url_for("account.start"))


def _page(token: str) -> str | tuple[str, int]:
    address, fault = _read(token)
    page = render_template("signing_in/confirm.html", token=token, email=address[1], fault=fault)
    return (page, 400) if fault else page


def _read(token: str) -> tuple[tuple[int, str], str]:
    """Return the person and address of a link, and what is wrong with it, or ""."""
    try:
        person_id, email = timed_serializer(_PURPOSE).loads(token, max_age=LINK_DAYS * 24 * 3600)
    except SignatureExpired:
        over = N_("This link was valid for %(days)s days and has expired. Sign in and ask for a new one.")
        return (0, ""), _(over, days=LINK_DAYS)
    except (BadSignature, ValueError):
        said = _("This link does not work: part of it may be missing. Copy the whole link, or ask for a new one.")
        return (0, ""), said
    known = login_account(db(), person_id=int(person_id))
    if known is None or known.email != email:  # the account was deleted since
        return (0, ""), _("There is no account with this address.")
    return (known.id, known.email), ""


def _confirm_by_reset(_app: Flask, user: SignedInUser, **_about: object) -> None:
    confirm_email(db(), user.id, user.email, at=now())

"""Accounts: signing in with Flask-Security over the people of the store, registration, and one's own page.

Sessions, passwords and second factors are in `compliance.web.signing_in`.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_mail import Mail
from flask_security import Security, current_user, hash_password, login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Email, Length, ValidationError

from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import AlreadyExists, register_company
from compliance.store.models import ROLES
from compliance.web.access_control import (
    PUBLIC,
    declare_readers,
    public,
    replay_after_sign_in,
    replayed_fields,
    signed_in,
)
from compliance.web.database import db, now
from compliance.web.mail import mail_is_set
from compliance.web.page_text import lazy as _l
from compliance.web.signing_in.messages import PlainTextMail, security_messages
from compliance.web.signing_in.passwords import MIN_PASSWORD_LENGTH, ExaminedPasswords, password_fault
from compliance.web.signing_in.second_factor import (
    CODE_ENDPOINTS,
    HashedRecoveryCodes,
    PasskeysOfThisSite,
    SingleUseCodes,
    second_factor_settings,
)
from compliance.web.signing_in.users import SignedInUser, StoreUserDatastore
from compliance.web.urls import is_local, reads_query

#: Attempts at a password or a new account, from one address.
CREDENTIALS_RATE_LIMIT = "10 per minute; 100 per hour"

limiter = Limiter(get_remote_address, strategy="moving-window")


def me() -> SignedInUser:
    """The person signed in; only for views whose readers are signed in."""
    visitor = current_user._get_current_object()
    assert isinstance(visitor, SignedInUser)
    return visitor


def init_authentication(app: Flask) -> None:
    """Sign in, out, change the password; have a new one sent only where a mail server is configured."""
    if mail := bool(app.config.get("MAIL_SERVER")):
        Mail(app)
    ours = {**_security_settings(mail), **second_factor_settings(app)}
    app.config.from_mapping({**ours, **{k: v for k, v in app.config.items() if k.startswith("SECURITY_")}})
    limiter.init_app(app)
    Security(
        app,
        StoreUserDatastore(),
        mail_util_cls=PlainTextMail,
        password_util_cls=ExaminedPasswords,
        totp_cls=SingleUseCodes,
        webauthn_util_cls=PasskeysOfThisSite,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    limited = limiter.shared_limit(CREDENTIALS_RATE_LIMIT, scope="password", methods=["POST"])
    for endpoint in (
        "security.login",
        "security.change_password",
        *CODE_ENDPOINTS,
        *(_RESET_ENDPOINTS if mail else ()),
    ):
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])  # type: ignore[assignment]  # still a view
    for endpoint in ("security.login", "security.logout", *(_RESET_ENDPOINTS if mail else ())):
        declare_readers(app, endpoint, PUBLIC)
    declare_readers(app, "security.change_password", *ROLES)
    app.after_request(replay_after_sign_in)
    app.extensions["security"].login_context_processor(_sign_in_page)


_RESET_ENDPOINTS = ("security.forgot_password", "security.reset_password")


def _security_settings(mail: bool) -> dict[str, Any]:
    return {
        **security_messages(),
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_RESET_URL": "/account/forgotten",
        "SECURITY_LOGIN_USER_TEMPLATE": "account/sign_in.html",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "account/password.html",
        "SECURITY_FORGOT_PASSWORD_TEMPLATE": "account/forgotten.html",
        "SECURITY_RESET_PASSWORD_TEMPLATE": "account/reset.html",
        "SECURITY_LOGOUT_USER_TEMPLATE": "account/sign_in.html",
        "SECURITY_POST_LOGIN_VIEW": "account.start",
        "SECURITY_POST_LOGOUT_VIEW": "about.home",
        "SECURITY_POST_CHANGE_VIEW": "account.start",
        "SECURITY_POST_RESET_VIEW": "security.login",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_RECOVERABLE": mail,
        "SECURITY_REGISTERABLE": False,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": mail,
        "SECURITY_EMAIL_SENDER": "",
        # An address is looked up here, not in the name servers of the world.
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {"argon2__type": "ID"},
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_PASSWORD_LENGTH,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_STATIC_FOLDER": None,
        # No page asks for the password again, so Flask-Security needs no address for it.
        "SECURITY_FRESHNESS": timedelta(seconds=-1),
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _sign_in_page() -> dict[str, Any]:
    return {"carried": replayed_fields() if request.method == "POST" else []}


bp = Blueprint("account", __name__)

#: Where each role begins, the first that a person has.
START_PAGES = (
    ("steward", "steward.index"),
    ("auditor", "audit.index"),
    ("company", "company.mine"),
    ("advocate", "sectors.index"),
)
_TOO_LONG = _l("Use at most 200 characters.")


class RegisterForm(FlaskForm):
    """A company and its first member."""

    organisation = StringField(
        _l("Name of the organisation"),
        [DataRequired(_l("Write the name of the organisation.")), Length(max=200, message=_TOO_LONG)],
    )
    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Write your name.")), Length(max=200, message=_TOO_LONG)],
    )
    email = StringField(
        _l("Your e-mail address"),
        [
            DataRequired(_l("Write your e-mail address.")),
            Email(_l("Write an e-mail address, as in name@example.org.")),
            Length(max=200, message=_TOO_LONG),
        ],
    )
    password = PasswordField(
        _l("A password"),
        [
            DataRequired(_l("Choose a password.")),
            Length(max=128, message=_l("Use at most 128 characters.")),
        ],
    )

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too short, or the first that anybody would try."""
        own = (self.email.data, self.name.data, self.organisation.data)
        if field.data and (fault := password_fault(field.data, filter(None, own))):
            raise ValidationError(fault)


@bp.route("/register", methods=["GET", "POST"])
@public
@reads_query("next")
@limiter.limit(CREDENTIALS_RATE_LIMIT, methods=["POST"])
def register() -> str | BaseResponse:
    """Register a company."""
    wanted = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(_after_sign_in_url(wanted))
    form = RegisterForm()
    if form.validate_on_submit() and (page := _registered(form, wanted)) is not None:
        return page
    return render_template("account/register.html", form=form, wanted=wanted)


def _after_sign_in_url(wanted: str) -> str:
    """The page somebody wanted before signing in, else the start page."""
    return wanted if is_local(wanted) else url_for("account.start")


def _registered(form: RegisterForm, wanted: str) -> BaseResponse | None:
    """Keep the new company and sign its member in; None, with the fault on the form, if the address is taken."""
    try:
        member = register_company(
            db(),
            organisation=str(form.organisation.data),
            name=str(form.name.data),
            email=str(form.email.data),
            password_hash=hash_password(str(form.password.data)),
            at=now(),
            language=current_language(),
        )
    except AlreadyExists:
        db().rollback()
        form.email.errors = [_("This address has an account already. Sign in, or use another address.")]
        return None
    db().commit()
    visitor = StoreUserDatastore().find_user(email=member.email)
    assert visitor is not None
    login_user(visitor, authn_via=["register"])
    flash(_("Your organisation is registered, and you are signed in."))
    return redirect(_after_sign_in_url(wanted))


@bp.get("/account")
@signed_in
def mine() -> str:
    """One's own account."""
    return render_template("account/mine.html", person=me().person, mail_is_set=mail_is_set())


@bp.get("/account/start")
@signed_in
def start() -> BaseResponse:
    """The page one begins with."""
    for role, endpoint in START_PAGES:
        if role in me().roles_held and endpoint in current_app.view_functions:
            return redirect(url_for(endpoint))
    return redirect(url_for("about.home"))


def own_organisation_id() -> int:
    """The organisation of the person who is signed in."""
    organisation = me().person.organisation_id
    assert organisation is not None, "a company member belongs to an organisation"
    return organisation

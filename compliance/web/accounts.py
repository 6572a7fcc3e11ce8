"""Accounts: signing in with Flask-Security and the people of the store, and the page of one's own account.

Sessions, passwords and second factors are in `compliance.web.signing_in`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask_security import Security, auth_required, current_user
from werkzeug.wrappers import Response as BaseResponse

from compliance.store import Membership, NotFound
from compliance.store.member_roles import MemberAction
from compliance.store.models import ROLES
from compliance.web.access_control import (
    PUBLIC,
    NotAllowed,
    View,
    declare_readers,
    replay_after_sign_in,
    replayed_fields,
    signed_in,
)
from compliance.web.mail import QueueingMailUtil, mail_is_set
from compliance.web.signatures import sign_with_present_key
from compliance.web.signing_in.messages import security_messages
from compliance.web.signing_in.passwords import MIN_PASSWORD_LENGTH, ExaminedPasswords
from compliance.web.signing_in.second_factor import (
    CodeForm,
    HashedRecoveryCodes,
    PasskeysOfThisSite,
    RecoveryCodeForm,
    SingleUseCodes,
    second_factor_settings,
)
from compliance.web.signing_in.users import SignedInUser, StoreUserDatastore
from compliance.web.throttling import (
    PasswordAgainForm,
    PasswordChangeForm,
    ResetRequestForm,
    SignInForm,
    init_throttling,
)
from compliance.web.urls import current_path, is_local


def me() -> SignedInUser:
    """Return the person signed in. Only for views whose readers are signed in."""
    visitor = current_user._get_current_object()
    assert isinstance(visitor, SignedInUser)
    return visitor


def init_authentication(app: Flask) -> None:
    """Set up signing in and out and changing the password, and resetting it if a mail server is configured."""
    mail = bool(app.config.get("MAIL_SERVER"))
    ours = {**_security_settings(mail), **second_factor_settings()}
    app.config.from_mapping({**ours, **{k: v for k, v in app.config.items() if k.startswith("SECURITY_")}})
    Security(
        app,
        StoreUserDatastore(),
        mail_util_cls=QueueingMailUtil,
        login_form=SignInForm,
        change_password_form=PasswordChangeForm,
        verify_form=PasswordAgainForm,
        forgot_password_form=ResetRequestForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryCodeForm,
        password_util_cls=ExaminedPasswords,
        totp_cls=SingleUseCodes,
        webauthn_util_cls=PasskeysOfThisSite,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    with app.app_context():
        sign_with_present_key(app.extensions["security"])
    init_throttling(app)
    for endpoint in ("security.login", "security.logout", *(_RESET_ENDPOINTS if mail else ())):
        declare_readers(app, endpoint, PUBLIC)
    for endpoint in ("security.change_password", "security.verify"):
        declare_readers(app, endpoint, *ROLES)
    app.extensions["security"].reauthn_handler(_ask_again)
    app.after_request(replay_after_sign_in)
    app.extensions["security"].login_context_processor(_sign_in_page)
    app.jinja_env.globals["may"] = may


def after_recent_sign_in(view: View) -> View:
    """Declare that a view first asks for the password again, unless the person signed in or gave it recently."""
    recent: Callable[[View], View] = auth_required(
        "session",
        within=lambda: current_app.config["SECURITY_FRESHNESS"],
        grace=lambda: current_app.config["SECURITY_FRESHNESS_GRACE_PERIOD"],
    )
    return recent(view)


def _ask_again(_within: timedelta, _grace: timedelta) -> BaseResponse:
    """Redirect to the page that asks for the password again, and from there to the current one."""
    return redirect(url_for("security.verify", next=current_path()))


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
        # The syntax of an address is checked, but no DNS query is made.
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {"argon2__type": "ID"},
        # Also for links to a new password, which are made only for accounts: a request for an address without one is
        # made to take as long as hashing a password. The second scheme opens links that were sent before.
        "SECURITY_HASHING_SCHEMES": ["argon2", "sha256_crypt"],
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_PASSWORD_LENGTH,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CACHE_CONTROL": {},  # `responses` sends no-store
        # Changing how one signs in, or ending sessions, requires a sign-in or the password this recently.
        "SECURITY_FRESHNESS": timedelta(minutes=15),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=5),  # from one such page to the next
        "SECURITY_VERIFY_URL": "/account/password-again",
        "SECURITY_VERIFY_TEMPLATE": "signing_in/password_again.html",
        "SECURITY_POST_VERIFY_VIEW": "account.mine",
        "SECURITY_WAN_ALLOW_AS_VERIFY": None,  # a passkey is asked for beside a password, never instead of it
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _sign_in_page() -> dict[str, Any]:
    return {"carried": replayed_fields() if request.method == "POST" else []}


bp = Blueprint("account", __name__)

#: The start page of each role. A person with several roles gets the first in this order.
START_PAGES = (
    ("steward", "steward.index"),
    ("auditor", "audit.index"),
    ("company", "company.mine"),
    ("advocate", "advocate.index"),
)


def after_sign_in_url(wanted: str) -> str:
    """Return the page that was requested before signing in, or else the start page."""
    return wanted if is_local(wanted) else url_for("account.start")


@bp.get("/account")
@signed_in
def mine() -> str:
    """Show the account of the person signed in."""
    return render_template("account/mine.html", person=me().person, mail_is_set=mail_is_set())


@bp.get("/account/start")
@signed_in
def start() -> BaseResponse:
    """Redirect to the start page of the person signed in."""
    for role, endpoint in START_PAGES:
        if role in me().roles_held and endpoint in current_app.view_functions:
            return redirect(url_for(endpoint))
    return redirect(url_for("account.mine"))


def own_company(organisation_id: int | None = None) -> Membership:
    """Return the person's membership in a company, by default in their first. Raise NotFound if there is none."""
    for membership in me().person.memberships:
        if organisation_id in (None, membership.organisation_id):
            return membership
    raise NotFound("no company of this person")


def may(action: MemberAction, organisation_id: int) -> bool:
    """Tell if the person signed in may do this in a company. Templates use it to show only what is allowed."""
    return any(one.organisation_id == organisation_id and one.may(action) for one in me().person.memberships)


def require(action: MemberAction, organisation_id: int, given_back: Sequence[tuple[str, str]] = ()) -> None:
    """Raise NotAllowed unless the person signed in may do this in a company of theirs.

    `given_back`: texts that they wrote, as pairs of label and text, so that they can copy them.
    """
    if not may(action, organisation_id):
        raise NotAllowed(action, organisation_id, given_back)

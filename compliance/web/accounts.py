"""Accounts: signing in with Flask-Security over the people of the store, and one's own page.

The messages of Flask-Security are replaced by ours, since its own have no Arabic; they are named as in its
settings.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import user_logged_out
from flask_mail import Mail
from flask_security import (
    MailUtil,
    RoleMixin,
    Security,
    UserMixin,
    current_user,
    user_authenticated,
)
from flask_security.datastore import UserDatastore
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import and_list
from compliance.languages.interface_messages import N_, gettext, ngettext, without_marks
from compliance.store import Membership, NotFound
from compliance.store.people_and_roles import LoginAccount, login_account, set_password
from compliance.web.access_control import (
    PUBLIC,
    declare_readers,
    replay_after_sign_in,
    replayed_fields,
    signed_in,
)
from compliance.web.database import db, now
from compliance.web.settings import SESSION_RENEWAL_INTERVAL
from compliance.web.urls import is_local

_MESSAGES = {
    "EMAIL_NOT_PROVIDED": N_("Write your e-mail address."),
    "INVALID_EMAIL_ADDRESS": N_("Write an e-mail address, as in name@example.org."),
    "GENERIC_AUTHN_FAILED": N_("Address and password do not belong together here. Check both and try again."),
    "GENERIC_RECOVERY": N_("If that address has an account here, a link to choose a new password is on its way to it."),
    "USER_DOES_NOT_EXIST": N_("Nobody has an account with this address."),
    "DISABLED_ACCOUNT": N_("This account may not sign in at present. Ask whoever runs this installation."),
    "PASSWORD_NOT_PROVIDED": N_("Write your password."),
    "INVALID_PASSWORD": N_("This is not the password you have."),
    "PASSWORD_INVALID_LENGTH": N_("Use at least %(length)s characters; three or four words do well."),
    "PASSWORD_IS_THE_SAME": N_("Choose a password that is not the one you have."),
    "RETYPE_PASSWORD_MISMATCH": N_("This is not the same password once more."),
    "PASSWORD_CHANGE": N_("Your password is changed."),
    "PASSWORD_RESET": N_("Your password is changed, and you are signed in."),
    "PASSWORD_RESET_NO_LOGIN": N_("Your password is changed. Sign in with the new one."),
    "PASSWORD_RESET_REQUEST": N_("A link to choose a new password is on its way to %(email)s."),
    "PASSWORD_RESET_EXPIRED": N_("The link worked for %(within)s, and that is over. Have a new one sent."),
    "INVALID_RESET_PASSWORD_TOKEN": N_("The link does not work, or was used before. Have a new one sent."),
    "INVALID_REDIRECT": N_("That address is not on this site."),
    "UNAUTHENTICATED": N_("Sign in to read this page."),
    "UNAUTHORIZED": N_("There is no such page here"),
}
_SUBJECTS = {
    "PASSWORD_RESET": N_("A link to choose a new password"),
    "PASSWORD_NOTICE": N_("Your password was changed"),
    "PASSWORD_CHANGE_NOTICE": N_("Your password was changed"),
}


def security_messages() -> dict[str, Any]:
    """The settings that hold its messages and the subjects of its letters, which are plain text."""
    return {
        **{f"SECURITY_MSG_{name}": (message, "info") for name, message in _MESSAGES.items()},
        **{f"SECURITY_EMAIL_SUBJECT_{name}": subject for name, subject in _SUBJECTS.items()},
        "SECURITY_EMAIL_HTML": False,
    }


def init_security_messages(app: Flask) -> None:
    """Let it look its messages up where ours are."""
    app.extensions["security"].i18n_domain = SimpleNamespace(gettext=gettext, ngettext=ngettext, format_list=and_list)
    app.jinja_env.globals["_fsdomain"] = gettext


#: Attempts at a password or a new account, from one address.
CREDENTIALS_RATE_LIMIT = "10 per minute; 100 per hour"
MIN_PASSWORD_LENGTH = 10

_RENEWED_AT_KEY = "renewed"

limiter = Limiter(get_remote_address, strategy="moving-window")


@dataclass(eq=False)
class SignedInUser(UserMixin):
    """Somebody signed in, as Flask-Security wants them. Its own `roles` stay empty: ours are `roles_held`."""

    id: int
    email: str
    active: bool
    password: str | None
    person: LoginAccount
    fs_uniquifier: str = ""
    roles: list[RoleMixin] = field(default_factory=list)

    @property
    def roles_held(self) -> frozenset[str]:
        """The roles that the store knows."""
        return self.person.roles


class StoreUserDatastore(UserDatastore):
    """The people of the store, met and changed through the session of the request."""

    def __init__(self) -> None:
        super().__init__(SignedInUser, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **by: Any) -> SignedInUser | None:
        """The person of an `email` or of a `fs_uniquifier`."""
        known = login_account(db(), email=by.get("email"), session_mark=by.get("fs_uniquifier"))
        if known is None:
            return None
        return SignedInUser(known.id, known.email, known.active, known.password_hash, known, known.session_mark)

    def put(self, visitor: Any) -> Any:
        """Keep a changed password."""
        set_password(db(), visitor.id, password_hash=visitor.password, session_mark=visitor.fs_uniquifier, at=now())
        return visitor

    def commit(self) -> None:
        """Make it last."""
        db().commit()

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        """End every session of a person, once the password that comes with it is kept."""
        user.fs_uniquifier = uniquifier or uuid4().hex


class PlainTextMail(MailUtil):
    """Letters are plain text, without the marks of what stands in English on a page."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **more: Any
    ) -> None:
        """Send one."""
        words = without_marks(body or "")
        super().send_mail(template, without_marks(subject), recipient, sender, words, html, **more)


def me() -> SignedInUser:
    """The person signed in; only for views whose readers are signed in."""
    visitor = current_user._get_current_object()
    assert isinstance(visitor, SignedInUser)
    return visitor


def init_authentication(app: Flask) -> None:
    """Sign in, out, change the password; have a new one sent only where a mail server is configured."""
    if mail := bool(app.config.get("MAIL_SERVER")):
        Mail(app)
    app.config.from_mapping(
        {**_security_settings(mail), **{k: v for k, v in app.config.items() if k.startswith("SECURITY_")}}
    )
    limiter.init_app(app)
    Security(app, StoreUserDatastore(), mail_util_cls=PlainTextMail)
    init_security_messages(app)
    limited = limiter.shared_limit(CREDENTIALS_RATE_LIMIT, scope="password", methods=["POST"])
    for endpoint in ("security.login", "security.change_password", *(_RESET_ENDPOINTS if mail else ())):
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])  # type: ignore[assignment]  # still a view
    for endpoint in ("security.login", "security.logout", *(_RESET_ENDPOINTS if mail else ())):
        declare_readers(app, endpoint, PUBLIC)
    declare_readers(app, "security.change_password", *_ANY_ROLE)
    user_authenticated.connect(_begin_session, app)
    user_logged_out.connect(_end_session, app)
    app.before_request(_renew_session)
    app.after_request(replay_after_sign_in)
    app.extensions["security"].login_context_processor(_sign_in_page)


_ANY_ROLE = ("company", "auditor", "advocate", "steward")
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
        "SECURITY_POST_CHANGE_VIEW": "account.mine",
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


def _begin_session(_app: Flask, **_about: Any) -> None:
    session.permanent = True  # it ends after IDLE, however long the browser stays open
    session[_RENEWED_AT_KEY] = int(now().timestamp())


def _end_session(_app: Flask, **_about: Any) -> None:
    session.permanent = False
    session.pop(_RENEWED_AT_KEY, None)


def _renew_session() -> None:
    """Keep a session alive with the page asked for.

    Not with every answer: one that comes late (a style sheet, a workbook) would bring back the session it was asked
    with, and so undo a sign-out or a token given since.
    """
    if request.endpoint in (None, "static") or not session.permanent:
        return
    at = int(now().timestamp())
    if at - session.get(_RENEWED_AT_KEY, 0) >= SESSION_RENEWAL_INTERVAL.total_seconds():
        session[_RENEWED_AT_KEY] = at


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


def after_sign_in_url(wanted: str) -> str:
    """The page somebody wanted before signing in, else the start page."""
    return wanted if is_local(wanted) else url_for("account.start")


@bp.get("/account")
@signed_in
def mine() -> str:
    """One's own account."""
    return render_template("account/mine.html", person=me().person)


@bp.get("/account/start")
@signed_in
def start() -> BaseResponse:
    """The page one begins with."""
    for role, endpoint in START_PAGES:
        if role in me().roles_held and endpoint in current_app.view_functions:
            return redirect(url_for(endpoint))
    return redirect(url_for("about.home"))


def own_company(organisation_id: int | None = None) -> Membership:
    """One of the companies that the person signed in works for; by default the first. Raise NotFound if none is."""
    for membership in me().person.memberships:
        if organisation_id in (None, membership.organisation_id):
            return membership
    raise NotFound("no company of this person")

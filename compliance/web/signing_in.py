"""Signing in: Flask-Security over the people of the store, with our own pages and plain addresses."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import user_logged_out
from flask_mail import Mail
from flask_security import MailUtil, RoleMixin, Security, UserMixin, current_user, user_authenticated
from flask_security.datastore import UserDatastore

from compliance.languages.fallback import unmarked
from compliance.store.sign_ins import KnownPerson, person_at_door, set_password
from compliance.web.access import PUBLIC, declare
from compliance.web.carried_post import after_signing_in, carried_fields
from compliance.web.database import db, now
from compliance.web.settings import RENEWED
from compliance.web.signing_in_words import speak_for_security, words

#: Attempts at a password or a new account, from one address.
ATTEMPTS = "10 per minute; 100 per hour"
SHORTEST_PASSWORD = 10

_RENEWED_AT = "renewed"

limiter = Limiter(get_remote_address, strategy="moving-window")


@dataclass(eq=False)
class Visitor(UserMixin):
    """Somebody signed in, as Flask-Security wants them. Its own `roles` stay empty: ours are `roles_held`."""

    id: int
    email: str
    active: bool
    password: str | None
    person: KnownPerson
    fs_uniquifier: str = ""
    roles: list[RoleMixin] = field(default_factory=list)

    @property
    def roles_held(self) -> frozenset[str]:
        """The roles that the store knows."""
        return self.person.roles


class Door(UserDatastore):
    """The people of the store, met and changed through the session of the request."""

    def __init__(self) -> None:
        super().__init__(Visitor, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **by: Any) -> Visitor | None:
        """The person of an `email` or of a `fs_uniquifier`."""
        known = person_at_door(db(), email=by.get("email"), session_mark=by.get("fs_uniquifier"))
        if known is None:
            return None
        return Visitor(known.id, known.email, known.active, known.password_hash, known, known.session_mark)

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


class PlainMail(MailUtil):
    """Letters are plain text, without the marks of what stands in English on a page."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **more: Any
    ) -> None:
        """Send one."""
        words = unmarked(body or "")
        super().send_mail(template, unmarked(subject), recipient, sender, words, html, **more)


def me() -> Visitor:
    """Who is signed in; only asked where a view's readers are signed in."""
    visitor = current_user._get_current_object()
    assert isinstance(visitor, Visitor)
    return visitor


def let_people_sign_in(app: Flask) -> None:
    """Sign in, out, change the password; have a new one sent only where a mail server is configured."""
    if mail := bool(app.config.get("MAIL_SERVER")):
        Mail(app)
    app.config.from_mapping({**_settings(mail), **{k: v for k, v in app.config.items() if k.startswith("SECURITY_")}})
    limiter.init_app(app)
    Security(app, Door(), mail_util_cls=PlainMail)
    speak_for_security(app)
    limited = limiter.shared_limit(ATTEMPTS, scope="password", methods=["POST"])
    for endpoint in ("security.login", "security.change_password", *(_RESETTING if mail else ())):
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])  # type: ignore[assignment]  # still a view
    for endpoint in ("security.login", "security.logout", *(_RESETTING if mail else ())):
        declare(app, endpoint, PUBLIC)
    declare(app, "security.change_password", *_ANY_ROLE)
    user_authenticated.connect(_begin_session, app)
    user_logged_out.connect(_end_session, app)
    app.before_request(_renew_session)
    app.after_request(after_signing_in)
    app.extensions["security"].login_context_processor(_sign_in_page)


_ANY_ROLE = ("company", "auditor", "advocate", "steward")
_RESETTING = ("security.forgot_password", "security.reset_password")


def _settings(mail: bool) -> dict[str, Any]:
    return {
        **words(),
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
        "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST_PASSWORD,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_STATIC_FOLDER": None,
        # No page asks for the password again, so Flask-Security needs no address for it.
        "SECURITY_FRESHNESS": timedelta(seconds=-1),
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _begin_session(_app: Flask, **_about: Any) -> None:
    session.permanent = True  # it ends after IDLE, however long the browser stays open
    session[_RENEWED_AT] = int(now().timestamp())


def _end_session(_app: Flask, **_about: Any) -> None:
    session.permanent = False
    session.pop(_RENEWED_AT, None)


def _renew_session() -> None:
    """Keep a session alive with the page asked for.

    Not with every answer: one that comes late (a style sheet, a workbook) would bring back the session it was asked
    with, and so undo a sign-out or a token given since.
    """
    if request.endpoint in (None, "static") or not session.permanent:
        return
    at = int(now().timestamp())
    if at - session.get(_RENEWED_AT, 0) >= RENEWED.total_seconds():
        session[_RENEWED_AT] = at


def _sign_in_page() -> dict[str, Any]:
    return {"carried": carried_fields() if request.method == "POST" else []}

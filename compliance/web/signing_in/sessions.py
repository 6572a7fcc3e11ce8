"""Sessions kept on the server: one that has ended or expired lets nobody in, even with its cookie.

The signed cookie contains a random token and the person's session mark; the store keeps the token's hash. Signing in
makes new tokens, for the session and for forms, so that none known before is valid afterwards.
"""

import re
import secrets
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from flask import Blueprint, Flask, after_this_request, flash, g, redirect, render_template, request, session, url_for
from flask_login import user_logged_out
from flask_security import user_authenticated
from flask_security.utils import set_request_attr
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.languages.interface_messages import gettext as _
from compliance.store.sign_ins import (
    ABSOLUTE_LIMIT,
    begin_session,
    end_other_sessions,
    end_session,
    end_session_of,
    note_seen,
    open_sessions,
    session_account,
)
from compliance.web.access_control import signed_in
from compliance.web.accounts import after_recent_sign_in, me
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.logs import note_event
from compliance.web.settings import SESSION_IDLE_TIMEOUT, SESSION_RENEWAL_INTERVAL
from compliance.web.signing_in.users import SignedInUser, signed_in_user

bp = Blueprint("sessions", __name__)

_TOKEN = "sign_in"  # noqa: S105  # the key of the token in the cookie
_RENEWED_AT = "renewed"
#: How long a session lasts without a page. Requests for pages are recorded at most every ten minutes.
_IDLE = SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL
#: Words in user agents, and the names of browsers. The first match counts.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def init_sessions(app: Flask) -> None:
    """Begin a session at sign-in, and end it at sign-out. Call it after Flask-Security is set up."""
    app.login_manager.user_loader(_session_user)  # type: ignore[attr-defined]  # set by Flask-Security
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_renew)


def _session_user(mark: str) -> SignedInUser | None:
    """Return the person signed in by this request's cookie, or None if their session has ended."""
    token = session.get(_TOKEN)
    known = session_account(db(), token, mark, at=now(), idle=_IDLE) if token else None
    user = None if known is None else signed_in_user(known)
    if user is None or not user.active:
        return None
    set_request_attr("fs_authn_via", "session")  # as Flask-Security's own loader, which this one replaces, does
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return user


def _begin(_app: Flask, user: SignedInUser, *, authn_via: Iterable[str] | None = None, **_about: object) -> None:
    note_event("sign-in", " by ".join(filter(None, ("done", ", ".join(authn_via or ())))))
    if before := session.get(_TOKEN):
        end_session(db(), before)  # signed in again, as after a change of password
    at = now()
    session.permanent = True  # the cookie outlives the browser; the session in the store decides
    session[_TOKEN], session[_RENEWED_AT] = secrets.token_urlsafe(32), int(at.timestamp())
    # A form token from before the sign-in may be known to somebody else. The new one is made now, so that no late
    # response has to set a cookie for it.
    for holder in (session, g):
        holder.pop("csrf_token", None)
    generate_csrf()
    begin_session(
        db(),
        user.id,
        session[_TOKEN],
        browser=browser_name(request.user_agent.string),
        network=coarse_network(request.remote_addr or ""),
        at=at,
        idle=_IDLE,
    )
    db().commit()


def _end(_app: Flask, **_about: object) -> None:
    note_event("sign-out", "done")
    after_this_request(_clear_device)
    if token := session.pop(_TOKEN, None):
        end_session(db(), token)
        db().commit()
    session.permanent = False
    session.pop(_RENEWED_AT, None)


def _clear_device(response: BaseResponse) -> BaseResponse:
    """Make the browser forget the answers that it keeps while offline."""
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _renew() -> None:
    """Keep a session alive when a page is requested.

    Other responses do not: one that arrives late (a style sheet, a workbook) would bring back the session it was
    requested with, and undo a sign-out or a newer token.
    """
    if request.endpoint in (None, "static") or not session.permanent or _TOKEN not in session:
        return
    at = now()
    if at.timestamp() - session.get(_RENEWED_AT, 0) >= SESSION_RENEWAL_INTERVAL.total_seconds():
        session[_RENEWED_AT] = int(at.timestamp())
        note_seen(db(), session[_TOKEN], at=at)
        db().commit()


def browser_name(said: str) -> str:
    """Return the browser and system that a user agent names, as in "Firefox, Windows", or "" if it names none."""
    found = [next((name for sign, name in table if sign in said), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def coarse_network(address: str) -> str:
    """Return a network that does not identify a household or office, or "" if the address is not valid."""
    try:
        kind = ip_address(re.sub(r"%.*", "", address))
    except ValueError:
        return ""
    return str(ip_network((kind, 24 if kind.version == 4 else 48), strict=False))


class EndSessionForm(FlaskForm):
    """The session to end, by its number, or all others."""

    session = StringField()


@bp.get("/account/sessions")
@signed_in
def sessions() -> str:
    """Show the sessions of the person signed in."""
    mine = open_sessions(db(), me().id, session[_TOKEN], at=now(), idle=_IDLE)
    hours = int(ABSOLUTE_LIMIT.total_seconds() // 3600)
    idle = int(SESSION_IDLE_TIMEOUT.total_seconds() // 3600)
    return render_template("signing_in/sessions.html", sessions=mine, hours=hours, idle=idle)


@bp.post("/account/sessions")
@signed_in
@after_recent_sign_in
def end_sessions() -> BaseResponse:
    """End another session, or all others."""
    asked = str(EndSessionForm().session.data or "")
    if asked == "others":
        end_other_sessions(db(), me().id, session[_TOKEN])
        flash(_("You are signed out everywhere else."))
    elif (number := small_number(asked)) is not None:
        end_session_of(db(), me().id, number)
        flash(_("That session has ended."))
    db().commit()
    return redirect(url_for("sessions.sessions"))

"""Sessions are kept on the server: one that was ended, or is over, lets nobody in, whatever cookie is sent.

The signed cookie holds a random token beside the person's mark; the store holds its hash. Signing in makes a new
token, also for forms, so that nothing from before it is worth anything after it.
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
#: How long a session lasts without a page: a page is noted no more often than every ten minutes.
_IDLE = SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL
#: What a browser says of itself, and what people call it; the first that fits.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def init_sessions(app: Flask) -> None:
    """Let a session begin with signing in, and end with signing out; after Flask-Security is there."""
    app.login_manager.user_loader(_session_user)  # type: ignore[attr-defined]  # set by Flask-Security
    user_authenticated.connect(_begin, app)
    user_logged_out.connect(_end, app)
    app.before_request(_renew)


def _session_user(mark: str) -> SignedInUser | None:
    """Who is signed in by the cookie of this request, if their session has not ended."""
    token = session.get(_TOKEN)
    known = session_account(db(), token, mark, at=now(), idle=_IDLE) if token else None
    user = None if known is None else signed_in_user(known)
    if user is None or not user.active:
        return None
    set_request_attr("fs_authn_via", "session")  # as the loader of Flask-Security does, whose place this takes
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return user


def _begin(_app: Flask, user: SignedInUser, *, authn_via: Iterable[str] | None = None, **_about: object) -> None:
    note_event("sign-in", " by ".join(filter(None, ("done", ", ".join(authn_via or ())))))
    if before := session.get(_TOKEN):
        end_session(db(), before)  # signed in anew, as after a change of the password
    at = now()
    session.permanent = True  # the cookie outlives the browser; the session in the store ends it
    session[_TOKEN], session[_RENEWED_AT] = secrets.token_urlsafe(32), int(at.timestamp())
    # A token for forms from before signing in may be known to somebody else. The new one is made at once, so that no
    # answer that comes late has to send a cookie for it.
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
    """Let the browser forget the answers that it keeps while there is no connection."""
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _renew() -> None:
    """Keep a session alive with the page asked for.

    Not with every answer: one that comes late (a style sheet, a workbook) would bring back the session it was asked
    with, and so undo a sign-out or a token given since.
    """
    if request.endpoint in (None, "static") or not session.permanent or _TOKEN not in session:
        return
    at = now()
    if at.timestamp() - session.get(_RENEWED_AT, 0) >= SESSION_RENEWAL_INTERVAL.total_seconds():
        session[_RENEWED_AT] = int(at.timestamp())
        note_seen(db(), session[_TOKEN], at=at)
        db().commit()


def browser_name(said: str) -> str:
    """The browser and system that a user agent names, as in "Firefox, Windows"; "" where it names none."""
    found = [next((name for sign, name in table if sign in said), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def coarse_network(address: str) -> str:
    """The network of an address, without the part that tells one household or office from another; "" for none."""
    try:
        kind = ip_address(re.sub(r"%.*", "", address))
    except ValueError:
        return ""
    return str(ip_network((kind, 24 if kind.version == 4 else 48), strict=False))


class EndSessionForm(FlaskForm):
    """Which session to end: one of them by its number, or all others."""

    session = StringField()


@bp.get("/account/sessions")
@signed_in
def sessions() -> str:
    """Where one is signed in."""
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

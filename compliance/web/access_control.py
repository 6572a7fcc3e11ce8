"""Access control: each view declares its readers, and a post made after the session ended is replayed.

A view without a declaration answers nobody (and fails the tests). A visitor who is not signed in is sent to sign in;
other people get 404, because a page that they may not read must not reveal that it exists. Only a member of a company
who asks for something that their role does not allow gets 403 (`NotAllowed`), as they know that it exists.

A post whose session has ended is carried through signing in. Nothing is saved on the way: the page that follows
asks the person to save what they wrote, with a token of the new session, so that a forged post gains nothing.
A post from another site is not carried at all.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from flask_login import current_user, user_logged_in
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store.member_roles import MemberAction
from compliance.store.models import ROLES
from compliance.web.logs import note_event
from compliance.web.urls import current_path, is_local, reads_no_query

#: Hidden fields of the sign-in form that hold an unsaved post.
REPLAY_PREFIX = "carried:"
REPLAY_TARGET = "carried_to"
_NEVER_REPLAYED = frozenset({"csrf_token", "password", "new_password", "new_password_confirm", "credential"})
#: The pages of signing in, with their templates: the password, then a second factor.
SIGN_IN_STEPS = {
    "security.login": "account/sign_in.html",
    "security.tf_select": "signing_in/choice.html",
    "security.two_factor_token_validation": "signing_in/code.html",
    "security.mf_recovery": "signing_in/recovery_code.html",
    "security.wan_signin": "signing_in/passkey.html",
    "security.wan_signin_response": "signing_in/passkey.html",
}


class NotAllowed(Exception):
    """A member of a company is not allowed to do this. An owner can do it, or change the member's role."""

    def __init__(self, action: MemberAction, organisation_id: int, given_back: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"this member of company {organisation_id} may not {action}")
        self.action = action
        self.organisation_id = organisation_id
        self.given_back = given_back  # texts that the member wrote, as pairs of label and text


def page_to_replay_post(do_first: str = "") -> str | None:
    """Return a page with the values of this post, for signing in or confirming, or None if there is nothing to carry.

    `do_first`: the address of a page where something has to be done before the post is accepted.
    """
    fields = _own_fields()
    if not fields or not _from_this_site():
        return None
    return _replay_page(current_path(), fields, do_first)


def replay_after_sign_in(response: Response) -> Response:
    """Once signing in has worked, show the carried post instead of the page that would have followed.

    If a second factor comes first, show its page at once, with the carried fields.
    """
    if request.endpoint not in SIGN_IN_STEPS or request.method != "POST" or response.status_code != 302:
        return response
    response.headers["Location"] = _without_whole_next(response.headers["Location"])
    fields = [
        (name.removeprefix(REPLAY_PREFIX), value) for name, value in _all_fields() if name.startswith(REPLAY_PREFIX)
    ]
    where = request.form.get(REPLAY_TARGET, "")
    if not fields or not is_local(where):
        return response
    if current_user.is_authenticated:
        page = _replay_page(where, fields)
    elif template := _step_at(urlsplit(response.headers["Location"]).path):
        page = render_template(template, carried=replayed_fields(), action=response.headers["Location"])
    else:
        return response
    response.status_code = 200
    response.headers.pop("Location")
    response.set_data(page)
    return response


def _without_whole_next(location: str) -> str:
    """Return an address without its `next` parameter if that is an absolute URL, as Flask-Security makes it."""
    parts = urlsplit(location)
    return location if all(map(is_local, parse_qs(parts.query).get("next", []))) else parts.path


def _step_at(path: str) -> str:
    """Return the template of the sign-in step at a path, or "" for any other page."""
    steps = (step for step in SIGN_IN_STEPS.items() if step[0] != "security.wan_signin_response")
    return next((template for endpoint, template in steps if url_for(endpoint) == path), "")


def replayed_fields() -> list[tuple[str, str]]:
    """Return the hidden fields, names and values, that the sign-in form sends again if the password was wrong."""
    return [(name, value) for name, value in _all_fields() if name.startswith(REPLAY_PREFIX) or name == REPLAY_TARGET]


def _replay_page(where: str, fields: list[tuple[str, str]], do_first: str = "") -> str:
    if current_user.is_authenticated:
        heading = _("Your answers are still here")
        return render_template("account/carried.html", heading=heading, where=where, fields=fields, do_first=do_first)
    carried = [(REPLAY_PREFIX + name, value) for name, value in fields] + [(REPLAY_TARGET, where)]
    return render_template("account/sign_in.html", carried=carried, expired=True, next=where, faults=[], email="")


def fields_to_send_again() -> list[tuple[str, str]]:
    """Return the fields of a failed post, with its token: only from pages for people signed in, and no secrets."""
    allowed = readers_of(current_app, request.endpoint) if request.endpoint else None
    secret = any(name in request.form for name in _NEVER_REPLAYED - {"csrf_token"})
    if request.method != "POST" or allowed is None or PUBLIC in allowed or secret or largest_file():
        return []
    return _all_fields() if _own_fields() and _from_this_site() else []


def _own_fields() -> list[tuple[str, str]]:
    return [(name, value) for name, value in _all_fields() if name not in _NEVER_REPLAYED]


def _all_fields() -> list[tuple[str, str]]:
    return list(request.form.items(multi=True))


def _from_this_site() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
_DECLARED = "article34_readers"
_TOKENLESS = "article34_tokenless"
_SIGNED_ADDRESS = "article34_signed_address"
_LARGEST_FILE = "article34_largest_file"
_METHODS_THAT_WRITE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def readers(*roles: str) -> Callable[[View], View]:
    """Declare that a view is for people with one of these roles."""
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    return _mark_readers(frozenset(roles))


def signed_in(view: View) -> View:
    """Declare that a view is for everybody who is signed in, with any role."""
    return _mark_readers(frozenset(ROLES))(view)


def public(view: View) -> View:
    """Declare that a view is for everybody. It reads only those query parameters that `reads_query` declares."""
    return _mark_readers(frozenset({PUBLIC}))(reads_no_query(view))


def csrf_by_origin(view: View) -> View:
    """Declare that posts to a view carry no token, because the pages that send them set no cookie to hold one.

    Forged posts are recognised by the headers with which the browser names their origin. A post without these headers
    is refused. Only for views that change nothing except the visitor's own cookie.
    """
    setattr(view, _TOKENLESS, True)
    return view


def csrf_by_signed_address(view: View) -> View:
    """Declare that posts to a view carry no token, because its address is signed: anybody who has the address may post.

    Mail programs post to such an address without having loaded a page. Only for what needs no session.
    """
    setattr(view, _SIGNED_ADDRESS, True)
    return view


def takes_file(most: int) -> Callable[[View], View]:
    """Declare that posts to a view include a file of at most `most` bytes, beside a form of the usual size.

    Only its readers can send that much. A file is not carried through signing in.
    """

    def mark(view: View) -> View:
        setattr(view, _LARGEST_FILE, most)
        return view

    return mark


def largest_file() -> int:
    """Return how large a file the view of this request takes, in bytes, or 0 if it takes none."""
    return int(getattr(current_app.view_functions.get(request.endpoint or ""), _LARGEST_FILE, 0))


def declare_readers(app: Flask, endpoint: str, *who: str) -> None:
    """Declare the readers of a view that an extension adds."""
    app.extensions.setdefault(_DECLARED, {})[endpoint] = frozenset(who)


def readers_of(app: Flask, endpoint: str) -> frozenset[str] | None:
    """Return the readers of an endpoint, or None if it declares none."""
    declared: frozenset[str] | None = app.extensions.get(_DECLARED, {}).get(endpoint)
    return declared or getattr(app.view_functions[endpoint], _DECLARED, None)


def init_access_control(app: Flask) -> None:
    """Check each request before its view: declared readers, signed in, role, and then whether a post is forged."""
    app.before_request(_check_access)
    user_logged_in.connect(_renew_csrf_token, app)


def _renew_csrf_token(_app: Flask, **_about: Any) -> None:
    """Replace the CSRF token at sign-in, so that one known before is not accepted afterwards."""
    name = current_app.config["WTF_CSRF_FIELD_NAME"]
    session.pop(name, None)
    g.pop(name, None)
    generate_csrf()  # now, so that the next pages need not set the cookie again


def _check_access() -> AnyResponse | str | None:
    if request.endpoint is None:
        return None  # no such page: 404 or 405 follow
    allowed = readers_of(current_app, request.endpoint)
    if allowed is None:
        raise RuntimeError(f"{request.endpoint} does not declare its readers")
    if PUBLIC not in allowed:
        if not current_user.is_authenticated:
            return _sign_in_first()
        if not current_user.roles_held & allowed:
            note_event("access", "refused to this role")
            abort(404)
    if most := largest_file():
        request.max_content_length = most + int(current_app.config["MAX_CONTENT_LENGTH"])
    return _refuse_forged_post()


def _sign_in_first() -> AnyResponse | str:
    writes = request.method in _METHODS_THAT_WRITE and not largest_file()
    if writes and (page := page_to_replay_post()) is not None:
        return Response(page, 401)
    wanted = current_path() if request.method == "GET" else None
    return redirect(url_for("security.login", next=wanted))


def _refuse_forged_post() -> AnyResponse | None:
    if request.method not in _METHODS_THAT_WRITE or not current_app.config.get("WTF_CSRF_ENABLED", True):
        return None
    view = current_app.view_functions[str(request.endpoint)]
    if getattr(view, _SIGNED_ADDRESS, False):
        return None
    if getattr(view, _TOKENLESS, False):
        if not is_same_origin():
            note_event("post", "refused as forged")
            raise CSRFError
        return None
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        note_event("post", "refused as forged")
        replayable = current_user.is_authenticated and not largest_file()
        if replayable and (page := page_to_replay_post()) is not None:
            return Response(page, 400)
        raise
    return None


def is_same_origin() -> bool:
    """Tell by the browser's headers if a request comes from a page of this site."""
    if (said := request.headers.get("Sec-Fetch-Site")) is not None:
        return said == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _mark_readers(who: frozenset[str]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _DECLARED, who)
        return view

    return mark

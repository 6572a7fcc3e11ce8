"""Who may read what: every route declares its readers, and what a role may not see does not exist for it.

A view without a declaration answers nobody (and fails the tests). Whoever is not
signed in is sent to sign in; everybody else gets 404, never 403: a page that may
not be read must not tell that it is there.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from compliance.store.tables import ROLES
from compliance.web.addresses import here, reads_nothing_else
from compliance.web.carried_post import carry

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
_DECLARED = "article34_readers"
_TOKENLESS = "article34_tokenless"
_METHODS_THAT_WRITE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def readers(*roles: str) -> Callable[[View], View]:
    """Declare that a view is for people with one of these roles."""
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    return _declare(frozenset(roles))


def signed_in(view: View) -> View:
    """Declare that a view is for everybody who is signed in, whatever their role."""
    return _declare(frozenset(ROLES))(view)


def public(view: View) -> View:
    """Declare that a view is for everybody. It reads nothing of its query but what `reads` below declares."""
    return _declare(frozenset({PUBLIC}))(reads_nothing_else(view))


def from_own_pages(view: View) -> View:
    """Declare that posts to a view carry no token, since the pages that send them set no cookie to hold one.

    They are told from forged ones by what the browser says of where they come from; a browser that says nothing is
    refused. Only for what changes nothing but the visitor's own cookie.
    """
    setattr(view, _TOKENLESS, True)
    return view


def declare(app: Flask, endpoint: str, *who: str) -> None:
    """Declare the readers of a view that an extension brings along."""
    app.extensions.setdefault(_DECLARED, {})[endpoint] = frozenset(who)


def readers_of(app: Flask, endpoint: str) -> frozenset[str] | None:
    """Who may read an endpoint, or None if it does not say."""
    declared: frozenset[str] | None = app.extensions.get(_DECLARED, {}).get(endpoint)
    return declared or getattr(app.view_functions[endpoint], _DECLARED, None)


def guard_every_route(app: Flask) -> None:
    """Judge each request before its view: declared, signed in, role, and then whether a post is forged."""
    app.before_request(_judge)


def _judge() -> AnyResponse | str | None:
    if request.endpoint is None:
        return None  # no such page: 404 or 405 follow
    allowed = readers_of(current_app, request.endpoint)
    if allowed is None:
        raise RuntimeError(f"{request.endpoint} does not declare its readers")
    if PUBLIC not in allowed:
        if not current_user.is_authenticated:
            return _sign_in_first()
        if not current_user.roles_held & allowed:
            abort(404)
    return _refuse_forged_post()


def _sign_in_first() -> AnyResponse | str:
    if request.method in _METHODS_THAT_WRITE and (page := carry()) is not None:
        return Response(page, 401)
    wanted = here() if request.method == "GET" else None
    return redirect(url_for("security.login", next=wanted))


def _refuse_forged_post() -> AnyResponse | None:
    if request.method not in _METHODS_THAT_WRITE or not current_app.config.get("WTF_CSRF_ENABLED", True):
        return None
    if getattr(current_app.view_functions[str(request.endpoint)], _TOKENLESS, False):
        if not comes_from_here():
            raise CSRFError
        return None
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        if current_user.is_authenticated and (page := carry()) is not None:
            return Response(page, 400)
        raise
    return None


def comes_from_here() -> bool:
    """Whether the browser says that a request comes from a page of this site."""
    if (said := request.headers.get("Sec-Fetch-Site")) is not None:
        return said == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _declare(who: frozenset[str]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _DECLARED, who)
        return view

    return mark

"""Obligations after signing in, before anything else: a password of one's own, and a second factor.

Somebody else has seen a first password. Stewards and auditors can read texts of many companies, so a password alone is
not enough for them, nor for roles that a setting adds. Until an obligation is met, every page that is not public
leads to the page where it can be met.
"""

from flask import Flask, Response, current_app, redirect, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from compliance.store.second_factors import has_second_factor
from compliance.web.access_control import PUBLIC, page_to_replay_post, readers_of
from compliance.web.database import db
from compliance.web.signing_in.users import SignedInUser, is_exempt

_FIRST_PASSWORD = "security.change_password"  # noqa: S105  # an endpoint
#: The pages where a second factor is set up.
SECOND_FACTOR_PAGES = (
    "security.two_factor_setup",
    "security.two_factor_setup_validate",
    "security.wan_register",
    "security.wan_register_response",
)
_ALWAYS_OPEN = frozenset({_FIRST_PASSWORD, "security.verify", "security.logout", "static"})


def init_obligations(app: Flask) -> None:
    """Lead people to their obligations. Call it after access control is set up."""
    app.before_request(_do_first)


def next_obligation(user: SignedInUser) -> str:
    """Return the endpoint of the page where a person has an obligation to meet, or "" if there is none."""
    if user.person.first_password and not is_exempt(user.person):
        return _FIRST_PASSWORD
    if user.check_tf_required_setup() and not has_second_factor(db(), user.id):
        return SECOND_FACTOR_PAGES[0]
    return ""


def _do_first() -> AnyResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in _ALWAYS_OPEN or PUBLIC in (readers_of(current_app, endpoint) or ()):
        return None
    if not current_user.is_authenticated or not (where := next_obligation(current_user)):
        return None
    if where == SECOND_FACTOR_PAGES[0] and endpoint in SECOND_FACTOR_PAGES:
        return None
    if request.method == "POST" and (page := page_to_replay_post(do_first=url_for(where))):
        return Response(page, 409)
    return redirect(url_for(where))

"""A post whose session had ended is not lost: what was written is carried through signing in.

Nothing is saved on the way. The page that follows asks the signed-in person to
save what they wrote, with a token of the new session, so a forged post gains
nothing; and a post from another site is not carried at all.
"""

from urllib.parse import urlsplit

from flask import Response, render_template, request
from flask_login import current_user

from compliance.languages.speaking import gettext as _
from compliance.web.addresses import here

#: Hidden fields of the sign-in form that hold somebody's unsaved post.
PREFIX = "carried:"
WHERE = "carried_to"
_NEVER = frozenset({"csrf_token", "password", "new_password", "new_password_confirm"})


def carry() -> str | None:
    """A page that holds the values of this post, to sign in with or to confirm; None if there is nothing to carry."""
    fields = _own_fields()
    if not fields or not _from_this_site():
        return None
    return _page(here(), fields)


def after_signing_in(response: Response) -> Response:
    """Once signing in has worked, show what was carried along instead of the page that would have followed."""
    if request.endpoint != "security.login" or request.method != "POST" or response.status_code != 302:
        return response
    fields = [(name.removeprefix(PREFIX), value) for name, value in _all_fields() if name.startswith(PREFIX)]
    where = request.form.get(WHERE, "")
    if not fields or not is_local(where) or not current_user.is_authenticated:
        return response
    response.status_code = 200
    response.headers.pop("Location")
    response.set_data(_page(where, fields))
    return response


def carried_fields() -> list[tuple[str, str]]:
    """What the sign-in form has to carry on if the password was wrong: its hidden fields, names and values."""
    return [(name, value) for name, value in _all_fields() if name.startswith(PREFIX) or name == WHERE]


def is_local(address: str) -> bool:
    """Whether an address is a plain path of this site."""
    parts = urlsplit(address)
    return address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc


def _page(where: str, fields: list[tuple[str, str]]) -> str:
    if current_user.is_authenticated:
        heading = _("Your answers are still here")
        return render_template("account/carried.html", heading=heading, where=where, fields=fields)
    carried = [(PREFIX + name, value) for name, value in fields] + [(WHERE, where)]
    return render_template("account/sign_in.html", carried=carried, expired=True, next=where, faults=[], email="")


def _own_fields() -> list[tuple[str, str]]:
    return [(name, value) for name, value in _all_fields() if name not in _NEVER]


def _all_fields() -> list[tuple[str, str]]:
    return list(request.form.items(multi=True))


def _from_this_site() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host

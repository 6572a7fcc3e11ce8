"""Every request is checked before anything answers it: its host has to be ours, and its address well formed.

What fails gets a plain 400, so that no view, and no query to the database behind one, ever meets it. Nor does a view
meet a parameter twice that it reads once. Parameters that it does not read are ignored.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from compliance.languages.speaking import gettext as _
from compliance.web.addresses import keys_read

#: The names of this machine to itself. A link that begins with one leads nobody else anywhere.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: In bytes, percent-encoded. Our own addresses stay far below.
LONGEST_PATH = 2_000
LONGEST_QUERY = 4_000
MOST_PARAMETERS = 20
#: The largest number that a column of the database takes.
LARGEST_NUMBER = 2**31 - 1

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_requests(app: Flask) -> None:
    """Refuse other hosts and malformed addresses with 400; a number in a path that no column holds is a 404."""
    answer = app.wsgi_app
    known = trusted_hosts(app.config)

    def refuse_or_answer(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = _fault(asked, known)
        return _refusal(said)(asked, start_response) if said else answer(asked, start_response)

    app.wsgi_app = refuse_or_answer  # type: ignore[method-assign, assignment]
    app.url_map.converters["int"] = _SmallNumber
    app.before_request(_refuse_repeats)


def trusted_hosts(config: Mapping[str, Any]) -> frozenset[str]:
    """The host names that are answered: that of ADDRESS, and those of this machine."""
    name = urlsplit(config.get("ADDRESS") or "").hostname
    return LOOPBACK_NAMES | {name} if name else LOOPBACK_NAMES


class _SmallNumber(IntegerConverter):
    def __init__(self, map: Map, fixed_digits: int = 0) -> None:
        super().__init__(map, fixed_digits, max=LARGEST_NUMBER)


def _fault(asked: Mapping[str, Any], known: frozenset[str]) -> str:
    """What to say of a request that is not answered; empty: it is."""
    if not _is_trusted(asked.get("HTTP_HOST", ""), known):
        return _(
            "This site does not answer under that host name. Whoever runs it sets its public address in "
            "ARTICLE34_ADDRESS."
        )
    if not (_is_sound_path(asked.get("PATH_INFO", "")) and _is_sound_query(asked.get("QUERY_STRING", ""))):
        return _unreadable()
    return ""


def _refuse_repeats() -> Response | None:
    """Refuse an address that says twice what the page reads once: which of the two is meant, nobody can tell."""
    repeated = any(len(request.args.getlist(key)) > 1 for key in keys_read() or ())
    return _refusal(_unreadable()) if repeated else None


def _unreadable() -> str:
    return _(
        "This address cannot be read: it is too long, repeats a parameter, or contains characters that are not "
        "allowed. Nothing was changed. Check the link, or begin at the start page."
    )


def _is_trusted(host: str, known: frozenset[str]) -> bool:
    return host_is_trusted(host) and urlsplit(f"//{host}").hostname in known


def _is_sound_path(path: str) -> bool:
    raw = path.encode("latin-1", "replace")  # WSGI hands over bytes as if they were Latin-1
    return len(raw) <= LONGEST_PATH and _is_text(raw)


def _is_sound_query(query: str) -> bool:
    if len(query) > LONGEST_QUERY:
        return False
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    keys, values = ([_decoded(pair[part]) for pair in pairs] for part in (0, 2))
    return len(keys) <= MOST_PARAMETERS and all(map(_is_text, (*keys, *values)))


def _decoded(part: str) -> bytes:
    return unquote_to_bytes(part.replace("+", " ").encode("latin-1", "replace"))


def _is_text(raw: bytes) -> bool:
    """UTF-8 without control characters."""
    try:
        return _CONTROL.search(raw.decode("utf-8")) is None
    except UnicodeDecodeError:
        return False


def _refusal(said: str) -> Response:
    response = Response(f"{said}\n", 400, mimetype="text/plain")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response

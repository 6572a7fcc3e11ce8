"""What is asked, looked at before anything answers: to whom it is addressed, and whether it can be meant.

What no page of ours links to and no form of ours sends gets a plain 400 here, so that no view, and no query behind
one, ever meets it. Everything else is the views' own: a key that a page does not know is ignored.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask
from werkzeug.routing import IntegerConverter, Map
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from compliance.languages.speaking import gettext as _

#: This machine, as it calls itself. Whoever can say so is on it, or writes a link that leads to their own machine.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: Bytes, as they travel. The longest of our own: a link to a result of the quick check, and to sign in and go on there.
LONGEST_PATH = 2_000
LONGEST_QUERY = 4_000
MOST_KEYS = 20
#: The largest number that a column of the database takes.
LARGEST_NUMBER = 2**31 - 1

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def keep_the_door(app: Flask) -> None:
    """Refuse what is addressed to another host, and addresses that nobody can mean. Numbers in a path stay small."""
    answer = app.wsgi_app
    known = trusted_hosts(app.config)

    def refuse_or_answer(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = _fault(asked, known)
        return _refusal(said)(asked, start_response) if said else answer(asked, start_response)

    app.wsgi_app = refuse_or_answer  # type: ignore[method-assign, assignment]
    app.url_map.converters["int"] = _SmallNumber


def trusted_hosts(config: Mapping[str, Any]) -> frozenset[str]:
    """The names by which this installation may be asked: that of ADDRESS, and those of this machine."""
    name = urlsplit(config.get("ADDRESS") or "").hostname
    return LOOPBACK_NAMES | {name} if name else LOOPBACK_NAMES


class _SmallNumber(IntegerConverter):
    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST_NUMBER)


def _fault(asked: Mapping[str, Any], known: frozenset[str]) -> str:
    """What to say of a request that is not answered; empty: it is."""
    if not _is_trusted(asked.get("HTTP_HOST", ""), known):
        return _(
            "This installation is not known by the host name that you asked for. Whoever runs it names its public "
            "address in ARTICLE34_ADDRESS."
        )
    if not (_can_be_meant(asked.get("PATH_INFO", "")) and _query_can_be_meant(asked.get("QUERY_STRING", ""))):
        return _(
            "This address cannot be read: it is too long, says something twice, or holds characters that no address "
            "holds. Nothing was changed. Check the link, or begin at the start page."
        )
    return ""


def _is_trusted(host: str, known: frozenset[str]) -> bool:
    return host_is_trusted(host) and urlsplit(f"//{host}").hostname in known


def _can_be_meant(path: str) -> bool:
    raw = path.encode("latin-1", "replace")  # WSGI hands over bytes as if they were Latin-1
    return len(raw) <= LONGEST_PATH and _is_text(raw)


def _query_can_be_meant(query: str) -> bool:
    if len(query) > LONGEST_QUERY:
        return False
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    keys, values = ([_decoded(pair[part]) for pair in pairs] for part in (0, 2))
    return len(keys) <= MOST_KEYS and len(keys) == len(set(keys)) and all(map(_is_text, (*keys, *values)))


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

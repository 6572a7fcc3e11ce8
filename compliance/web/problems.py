"""Errors of the API: problem details (RFC 9457), each with a plain sentence in the requested language.

Everything that refuses a request below `API_PREFIX` answers with `problem`, even code outside Flask.
"""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from compliance.languages.interface_messages import N_, SOURCE_LANGUAGE, offered_languages
from compliance.languages.interface_messages import gettext as _

#: The path of the API, in every language.
API_PREFIX = "/api/v1"
#: The parameter for the language of labels and sentences.
API_LANGUAGE = "language"
PROBLEM_TYPE = "application/problem+json"
#: Headers of responses sent before the application, or made for programs: they are not pages.
BARE_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
#: Pages of any site may read what is public anyway. No cookie is sent with such a request, and none is read.
CORS_HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After",
}
#: The sentences used if there is no more specific one.
SENTENCES: Mapping[int, str] = {
    400: N_("The request cannot be read. Check it against the documentation of the API."),
    404: N_("There is nothing at this address. Check it against the documentation of the API."),
    405: N_("The API is read-only: send GET, HEAD or OPTIONS."),
    429: N_("Too many requests in a short time. Wait for the seconds given in “Retry-After”, then go on."),
    500: N_("Something failed on our side. Try again later; if it fails again, tell the administrator of this site."),
    503: N_("Nothing can be read at the moment. Wait for the seconds given in “Retry-After”, then try again."),
}


def is_api(path: str) -> bool:
    """Tell if a path, without a language prefix, belongs to the API."""
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


def language_asked(query: str) -> str:
    """Return the language that a query of the API asks for, if pages are offered in it, or else English."""
    wanted = parse_qs(query, errors="replace").get(API_LANGUAGE, [SOURCE_LANGUAGE])[0]
    return wanted if wanted in offered_languages() else SOURCE_LANGUAGE


def problem(status: int, detail: str = "") -> Response:
    """Return the response to a request that fails: what is wrong and what to do, in one or two sentences."""
    known = status if status in SENTENCES else 400 if status < 500 else 500
    told = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, HTTP_STATUS_CODES[known]),
        "status": status,
        "detail": detail or _(SENTENCES[known]),
    }
    headers = {**CORS_HEADERS, **BARE_HEADERS}
    return Response(json.dumps(told, ensure_ascii=False), status, headers, content_type=PROBLEM_TYPE)

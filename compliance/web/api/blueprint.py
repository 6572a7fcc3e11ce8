"""How the API answers: endpoints as a table, parameters, paged lists, caching, and limits on requests.

`@endpoint` serves a view and puts it into `ENDPOINTS`, from which `document` makes the OpenAPI document, so that the
description matches the service. A view returns a record, or a list of records with `page_of`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGES, N_, current_language, offered_languages
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.web.access_control import public
from compliance.web.forms import small_number
from compliance.web.logs import note_event
from compliance.web.problems import API_LANGUAGE, API_PREFIX, CORS_HEADERS, problem
from compliance.web.responses import public_response
from compliance.web.throttling import network_of
from compliance.web.urls import reads_query

bp = Blueprint("api", __name__, url_prefix=API_PREFIX)

MOST_ITEMS, USUAL_ITEMS = 1000, 100
#: How many requests a network may make in a minute, even all at once.
REQUESTS_PER_MINUTE = 120

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


def about(description: str, **more: Any) -> msgspec.Meta:
    """Return the description of a field for the OpenAPI document: a message that is translated there."""
    return msgspec.Meta(description=description, **more)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The response of an endpoint. Its annotations are its schema."""


Links = Annotated[
    dict[str, str], about(N_("Absolute URLs of what belongs to it: in the API, on the website, as files."))
]


class RecordPage(Record, Generic[T], frozen=True, kw_only=True):
    """A page of a list."""

    items: Annotated[tuple[T, ...], about(N_("The records on this page of the list."))]
    total: Annotated[int, about(N_("The number of records in the whole list."), ge=0)]
    limit: Annotated[int, about(N_("The largest number of records on a page."), ge=1)]
    offset: Annotated[int, about(N_("The number of records before this page."), ge=0)]
    next: Annotated[str | None, about(N_("URL of the next page; null at the end."))]
    previous: Annotated[str | None, about(N_("URL of the previous page; null at the beginning."))]


class CorrectionJson(Record, frozen=True, kw_only=True):
    """An error found in something published, which itself stays unchanged."""

    day: date
    what: Annotated[str, about(N_("What is wrong, as it was written down."))]
    why: str


class EditionJson(Record, frozen=True, kw_only=True):
    """The questionnaire that other data are based on."""

    id: str
    title: str
    digest: Annotated[str, about(N_("SHA-256 of the edition as canonical JSON, which is at “url”."))]
    draft: Annotated[bool, about(N_("True while the edition may still change."))]
    url: str


def address_of(name: str, **values: Any) -> str:
    """Return the absolute URL of an endpoint of the API or of pages."""
    return url_for(name, **values, _external=True)


def edition_record(edition: Edition, title: str = "") -> EditionJson:
    """Return the record of an edition. `title`: its title at the time of a publication."""
    url = address_of("method.edition_file", digest=edition.digest)
    return EditionJson(id=edition.id, title=title or edition.title, digest=edition.digest, draft=edition.draft, url=url)


# ── Endpoints


@dataclass(frozen=True, slots=True)
class ApiParameter:
    """A parameter of a path or a query."""

    name: str
    description: str
    kind: Literal["string", "integer"] = "string"
    values: tuple[str, ...] = ()  # the allowed values; (): any
    least: int | None = None
    most: int | None = None
    usual: int | str | None = None  # the default
    example: int | str | None = None
    is_id: bool = True  # of strings: spelt like ids of editions and law, and not like names

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        told: dict[str, Any] = {"enum": list(self.values) or None, "minimum": self.least, "maximum": self.most}
        if self.kind == "string" and not self.values:
            told |= {"pattern": _ID if self.is_id else _NAME, "maxLength": _LONGEST}
        told["default"] = self.usual
        return {"type": self.kind, **{key: value for key, value in told.items() if value is not None}}


#: Patterns of ids and names. Addresses contain no control characters.
_ID, _NAME, _LONGEST = f"^{ID_SYNTAX.pattern}$", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$", 200
LANGUAGE = ApiParameter(
    API_LANGUAGE,
    N_("The language of labels and sentences; ids are the same in all. What is not translated is in English."),
    values=LANGUAGES,
    usual="en",
)
PAGING = (
    ApiParameter(
        "limit",
        N_("The largest number of records on a page."),
        "integer",
        least=1,
        most=MOST_ITEMS,
        usual=USUAL_ITEMS,
    ),
    ApiParameter("offset", N_("The number of records before this page."), "integer", least=0, most=999_999, usual=0),
)


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """An address of the API: its record and its parameters."""

    name: str
    path: str  # below the prefix, in Flask's syntax
    summary: str
    record: Any  # a type that msgspec can describe
    path_parameters: tuple[ApiParameter, ...]
    query: tuple[ApiParameter, ...]

    @property
    def is_paged(self) -> bool:
        """True for a list, which comes in pages."""
        return set(PAGING) <= set(self.query)


#: Every endpoint, in the order of description.
ENDPOINTS: list[ApiEndpoint] = []


def endpoint(
    path: str,
    summary: str,
    record: Any,
    *,
    path_parameters: Sequence[ApiParameter] = (),
    query: Sequence[ApiParameter] = (),
    paged: bool = False,
) -> Callable[[View], View]:
    """Serve a view at a path of the API. It is public, and reads only these parameters of the query."""

    def serve(view: View) -> View:
        asked = (*query, *(PAGING if paged else ()), LANGUAGE)
        told = ApiEndpoint(view.__name__, path, summary, record, tuple(path_parameters), asked)
        ENDPOINTS.append(told)

        def answer(**values: Any) -> AnyResponse:
            return answer_with(view(**values))

        shown = public(reads_query(*(each.name for each in asked))(answer))
        bp.add_url_rule(path, view.__name__, shown, strict_slashes=False)
        return view

    return serve


def answer_with(record: Any) -> AnyResponse:
    """Return a record as JSON, cacheable by everybody. A page of a list links to its neighbours in Link (RFC 8288)."""
    response = public_response(msgspec.json.encode(record), "application/json")
    response.content_language = current_language()
    if isinstance(record, RecordPage):
        neighbours = (("next", record.next), ("prev", record.previous))
        response.headers.extend([("Link", f'<{address}>; rel="{rel}"') for rel, address in neighbours if address])
    return response


def asked_part(found: Sequence[Any]) -> Sequence[Any]:
    """Return the requested part of a list."""
    limit, offset = asked_number("limit", USUAL_ITEMS), asked_number("offset", 0)
    return found[offset : offset + limit]


def page_of(
    kind: Callable[..., RecordPage[T]], found: Sequence[Any], record: Callable[[Any], T], **more: Any
) -> RecordPage[T]:
    """Return the requested page of a list. Records are made only of the entries on it."""
    limit, offset = asked_number("limit", USUAL_ITEMS), asked_number("offset", 0)
    following = offset + limit if offset + limit < len(found) else None
    # Beyond the end, the page before is the last one.
    before = max(min(offset, len(found)) - limit, 0) if offset and found else None
    return kind(
        items=tuple(map(record, asked_part(found))),
        total=len(found),
        limit=limit,
        offset=offset,
        next=_address_of_part(limit, following),
        previous=_address_of_part(limit, before),
        **more,
    )


def asked_number(name: str, usual: int) -> int:
    """Return a number of the query, which was checked before."""
    return int(request.args.get(name, usual))


def asked_id(name: str, known: Iterable[str]) -> str:
    """Return an id of the query, or "" without one. Abort with 404 if it is unknown."""
    wanted = request.args.get(name)
    if wanted is None:
        return ""
    if wanted not in known:
        abort(404, _("There is nothing with this “%(name)s” here. Check the spelling.", name=name))
    return wanted


def _address_of_part(limit: int, offset: int | None) -> str | None:
    if offset is None:
        return None
    wanted: dict[str, Any] = {**request.args.to_dict(), "limit": limit, "offset": offset}
    return url_for(str(request.endpoint), **(request.view_args or {}), **wanted, _external=True)


def _check_query(asked: ApiEndpoint) -> None:
    """Refuse a query with parameters or values that the endpoint does not read, as a mistake would go unnoticed."""
    known = {each.name: each for each in asked.query}
    names = comma_list(f"“{name}”" for name in known)
    for name, text in request.args.items():
        if name not in known:
            abort(400, _("Unknown parameter. This address takes: %(names)s.", names=names))
        if (said := _fault(known[name], text)) is not None:
            abort(400, said)


def _fault(parameter: ApiParameter, text: str) -> str | None:
    allowed = offered_languages() if parameter is LANGUAGE else parameter.values
    if allowed and text not in allowed:
        return _("“%(name)s” must be one of: %(values)s.", name=parameter.name, values=comma_list(allowed))
    if parameter.kind == "integer":
        number, least, most = small_number(text), parameter.least or 0, parameter.most or 0
        if number is None or not least <= number <= most:
            return _(
                "“%(name)s” must be a whole number from %(least)s to %(most)s.",
                name=parameter.name,
                least=least,
                most=most,
            )
    return None


# ── How much one may ask, and from where


class RequestLimit:
    """How many requests each network may make in a minute, over a sliding window.

    They are counted in the memory of each process, or, with a URL, in a Redis shared by all processes. In the database,
    every request would be a write. While Redis is away, each process counts for itself.
    """

    def __init__(self, per_minute: int, url: str = "") -> None:
        """`url`: of a Redis, as in redis://localhost:6379/0. It needs the extra `redis`."""
        self._limit = RateLimitItemPerMinute(per_minute)
        own = MemoryStorage()
        stores = (storage_from_string(url, wrap_exceptions=True), own) if url else (own,)
        self._counts = [MovingWindowRateLimiter(store) for store in stores]

    def wait(self, network: str) -> int:
        """Count a request and return 0, or, if the network has reached its limit, return the seconds to wait."""
        for counts in self._counts:
            with suppress(StorageError):
                if counts.hit(self._limit, "api", network):
                    return 0
                opens = counts.get_window_stats(self._limit, "api", network).reset_time
                return max(1, ceil(opens - time.time()))
        return 0


_LIMIT = "article34_api_limit"


def init_api(app: Flask) -> None:
    """Check each request to the API before its view is called."""
    app.before_request(_admit)


def _admit() -> AnyResponse | None:
    """Refuse a network beyond its limit, and a query that the endpoint does not read."""
    if request.blueprint != bp.name or request.method == "OPTIONS":
        return None
    most = int(current_app.config.get("API_REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE))
    limit: RequestLimit | None = current_app.extensions.get(_LIMIT)
    if limit is None:
        limit = current_app.extensions.setdefault(_LIMIT, RequestLimit(most, current_app.config["API_LIMITS"]))
    if seconds := limit.wait(network_of(request.remote_addr or "")):
        note_event("api request", "has to wait")
        refused = problem(429)
        refused.headers["Retry-After"] = str(seconds)
        return refused
    for each in ENDPOINTS:
        if request.endpoint == f"{bp.name}.{each.name}":
            _check_query(each)
    return None


@bp.after_request
def _open_to_other_sites(response: Response) -> Response:
    """Let pages of any site read the API (CORS), without cookies."""
    response.headers.update(CORS_HEADERS)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def known_id(name: str, known: Mapping[str, T], wanted: str) -> T:
    """Return what an id of the path names. Abort with 404 if it is unknown."""
    if wanted not in known:
        abort(404, _("There is nothing with this “%(name)s” here. Check the spelling.", name=name))
    return known[wanted]

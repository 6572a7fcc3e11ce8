"""How the API answers: endpoints as a table, parameters, lists cut into pages, caching, and how much one may ask.

`@endpoint` serves a view and puts it into `ENDPOINTS`, from which `document` makes the OpenAPI document: what is
described is what is served. A view returns a record, or a list of them with `page_of`.
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
#: So many answers in a minute for each network, also all at once.
REQUESTS_PER_MINUTE = 120

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


def about(description: str, **more: Any) -> msgspec.Meta:
    """What a field says, for the OpenAPI document: a message, translated there."""
    return msgspec.Meta(description=description, **more)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint answers with. Its annotations are its schema."""


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
    """What was found to be wrong in something published, which itself stays as it is."""

    day: date
    what: Annotated[str, about(N_("What is wrong, as it was written down."))]
    why: str


class EditionJson(Record, frozen=True, kw_only=True):
    """The questionnaire that something rests on."""

    id: str
    title: str
    digest: Annotated[str, about(N_("SHA-256 of the edition as canonical JSON, which is at “url”."))]
    draft: Annotated[bool, about(N_("True while the edition may still change."))]
    url: str


def address_of(name: str, **values: Any) -> str:
    """The whole address of an endpoint, of the API or of pages."""
    return url_for(name, **values, _external=True)


def edition_record(edition: Edition, title: str = "") -> EditionJson:
    """An edition; `title`: as it was when something was published."""
    url = address_of("method.edition_file", digest=edition.digest)
    return EditionJson(id=edition.id, title=title or edition.title, digest=edition.digest, draft=edition.draft, url=url)


# ── Endpoints


@dataclass(frozen=True, slots=True)
class ApiParameter:
    """A parameter of a path or of a query."""

    name: str
    description: str
    kind: Literal["string", "integer"] = "string"
    values: tuple[str, ...] = ()  # all that it may be, or any where there are none
    least: int | None = None
    most: int | None = None
    usual: int | str | None = None  # what holds without it
    example: int | str | None = None
    is_id: bool = True  # of text: as ids are spelt in editions and in law, which is no name

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        told: dict[str, Any] = {"enum": list(self.values) or None, "minimum": self.least, "maximum": self.most}
        if self.kind == "string" and not self.values:
            told |= {"pattern": _ID if self.is_id else _NAME, "maxLength": _LONGEST}
        told["default"] = self.usual
        return {"type": self.kind, **{key: value for key, value in told.items() if value is not None}}


#: What an id and a name look like. Addresses hold no control characters.
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
    """An address of the API: what it answers, and what may be asked of it."""

    name: str
    path: str  # below the prefix, as Flask writes it
    summary: str
    record: Any  # a type that msgspec knows
    path_parameters: tuple[ApiParameter, ...]
    query: tuple[ApiParameter, ...]

    @property
    def is_paged(self) -> bool:
        """True for a list, which comes in parts."""
        return set(PAGING) <= set(self.query)


#: Every endpoint, in the order in which they are described.
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
    """Serve a view at a path of the API. It is public, and reads nothing of the query but these parameters."""

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
    """A record as JSON, for everybody alike. A part of a list has its neighbours in the header Link (RFC 8288)."""
    response = public_response(msgspec.json.encode(record), "application/json")
    response.content_language = current_language()
    if isinstance(record, RecordPage):
        neighbours = (("next", record.next), ("prev", record.previous))
        response.headers.extend([("Link", f'<{address}>; rel="{rel}"') for rel, address in neighbours if address])
    return response


def asked_part(found: Sequence[Any]) -> Sequence[Any]:
    """The part of a list that was asked for."""
    limit, offset = asked_number("limit", USUAL_ITEMS), asked_number("offset", 0)
    return found[offset : offset + limit]


def page_of(
    kind: Callable[..., RecordPage[T]], found: Sequence[Any], record: Callable[[Any], T], **more: Any
) -> RecordPage[T]:
    """The part of a list that was asked for, of which alone records are made."""
    limit, offset = asked_number("limit", USUAL_ITEMS), asked_number("offset", 0)
    following = offset + limit if offset + limit < len(found) else None
    before = max(offset - limit, 0) if offset and found else None
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
    """A number of the query, which was checked."""
    return int(request.args.get(name, usual))


def asked_id(name: str, known: Iterable[str]) -> str:
    """An id of the query; "" without one. 404 for one that is not known."""
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
    """Refuse a query that says something else than the endpoint reads: a mistake in it would go unnoticed."""
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

    Counted in the memory of each process, or where a URL says so in a Redis that all processes share. In the database,
    every look would be a write. While Redis is away, each process counts for itself.
    """

    def __init__(self, per_minute: int, url: str = "") -> None:
        """`url`: of a Redis, as in redis://localhost:6379/0; needs the extra `redis`."""
        self._limit = RateLimitItemPerMinute(per_minute)
        own = MemoryStorage()
        stores = (storage_from_string(url, wrap_exceptions=True), own) if url else (own,)
        self._counts = [MovingWindowRateLimiter(store) for store in stores]

    def wait(self, network: str) -> int:
        """Count a request; or, if the network made its share of them, say for how many seconds to wait."""
        for counts in self._counts:
            with suppress(StorageError):
                if counts.hit(self._limit, "api", network):
                    return 0
                opens = counts.get_window_stats(self._limit, "api", network).reset_time
                return max(1, ceil(opens - time.time()))
        return 0


_LIMIT = "article34_api_limit"


def init_api(app: Flask) -> None:
    """Judge each request to the API before anything is worked out for it."""
    app.before_request(_admit)


def _admit() -> AnyResponse | None:
    """Refuse a network that asks more than its share, and a query that the endpoint does not read."""
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
    """What an id of the path names. 404 for one that is not known."""
    if wanted not in known:
        abort(404, _("There is nothing with this “%(name)s” here. Check the spelling.", name=name))
    return known[wanted]

"""Pages that are the same for everybody: drawn once, and kept until something changes what they show.

Every visitor gets the same bytes: no name, no token, no cookie, and one link for all to their own pages. Browsers and
proxies may keep a page too, and revalidate it (`If-None-Match`). The audit trail tells whether it is still valid: every
publication, correction and sign-off is an entry in it, from any process. Editions, settings and code are read at the
start, and nothing is kept from before it.

A kept page is sent before Flask is called, so no session is opened and no account is looked up.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, make_response, request
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_etags, quote_etag

from compliance.store.audit_trail import MOST_STEPS, trail_end, trail_from
from compliance.store.models import TrailKind
from compliance.web.access_control import public
from compliance.web.caches import cache_of
from compliance.web.database import store_engine
from compliance.web.monitoring import ROUTE
from compliance.web.page_text import begin_page, replace_marks
from compliance.web.responses import coding_for, compressed_to_keep, set_headers
from compliance.web.urls import has_repeats, query_keys

View = TypeVar("View", bound=Callable[..., Any])

_SAME_FOR_EVERYBODY, _KEPT = "article34_same_for_everybody", "article34_kept_pages"
#: Kinds of entries that are written all day and that no page for everybody shows before publication. Any other entry
#: of the trail makes these pages outdated.
NEVER_SHOWN: frozenset[TrailKind] = frozenset(
    {
        *("answer", "carried", "profile", "evidence", "comment", "portions", "delegation", "workbook"),
        *("determination", "assignment", "interest", "mail", "job", "export"),
    }
)
#: Headers that a 304 does not need.
_OF_THE_BODY = frozenset({"content-type", "content-disposition"})


def same_for_everybody(view: View) -> View:
    """Declare that a view is public and shows the same to everybody. Its page is drawn once and kept.

    It reads its address, the query parameters that `reads_query` declares, and published data. The first request raises
    RuntimeError if the view makes a form token, or answers with anything but a page.
    """
    setattr(view, _SAME_FOR_EVERYBODY, True)
    return public(view)


def is_same_for_everybody(app: Flask, endpoint: str | None) -> bool:
    """Tell if the page of an endpoint is the same for everybody."""
    return hasattr(app.view_functions.get(endpoint or ""), _SAME_FOR_EVERYBODY)


def init_kept_pages(app: Flask) -> None:
    """Send kept pages, and keep drawn ones. Call it before any other layer is put around the application."""
    kept = app.extensions[_KEPT] = KeptPages(app)
    answer = app.wsgi_app

    def kept_or_answer(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        page = kept.find(asked) if asked["REQUEST_METHOD"] in ("GET", "HEAD") else None
        if page is None:
            return answer(asked, start_response)
        asked[ROUTE] = page.route
        status, headers, body = kept.sent(page, asked)
        start_response(status, headers)
        return [body if asked["REQUEST_METHOD"] == "GET" else b""]

    app.wsgi_app = kept_or_answer  # type: ignore[method-assign, assignment]
    app.before_request(_keep)


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page or file as it is sent to everybody, before it is compressed."""

    version: str  # of the published data that it was drawn from
    route: str
    body: bytes
    digest: str  # of the body
    mimetype: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrailSeen:
    """The point up to which a process has read the trail."""

    number: int
    hash: str
    version: str  # the hash of the last entry that may have changed a page


class KeptPages:
    """The pages that this process keeps."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._seen = TrailSeen(0, "", "")

    def find(self, asked: dict[str, Any]) -> KeptPage | None:
        """Return the page of a request, or None if none is kept, or it is outdated, or the database does not answer."""
        page: KeptPage | None = cache_of(self._app, "pages").find(self._address(asked, asked["QUERY_STRING"]))
        try:
            return page if page is not None and page.version == self._version() else None
        except SQLAlchemyError:
            return None

    def once(self, asked: dict[str, Any], query: str, draw: Callable[[str], KeptPage]) -> KeptPage:
        """Return the page of an address with the query that it reads, kept or drawn now from a version.

        Raise the exceptions of `draw`, and SQLAlchemyError.
        """
        address, version = self._address(asked, query), self._version()
        page: KeptPage | None = cache_of(self._app, "pages").find(address)
        if page is None or page.version != version:
            page = draw(version)
            cache_of(self._app, "pages").put(address, page)
        return page

    def _address(self, asked: dict[str, Any], query: str) -> tuple[str, ...]:
        """Return the whole address of a request. Without ADDRESS, pages link to the host that was requested."""
        said = self._app.config["ADDRESS"]
        site = (said,) if said else (asked["wsgi.url_scheme"], asked.get("HTTP_HOST", ""))
        return (*site, asked.get("SCRIPT_NAME", ""), asked.get("PATH_INFO", ""), query)

    def sent(self, page: KeptPage, asked: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body, compressed once for each coding, or a 304 if the visitor has the page."""
        body, etag = page.body, page.digest
        coding = coding_for(page.mimetype, len(page.body), asked.get("HTTP_ACCEPT_ENCODING", ""))
        if coding:
            body = cache_of(self._app, "pages").once(
                (page.digest, coding), lambda: compressed_to_keep(page.body, coding)
            )
            etag = f"{page.digest}-{coding}"  # other bytes need another tag
        headers = [*page.headers, ("ETag", quote_etag(etag))]
        if (known := asked.get("HTTP_IF_NONE_MATCH")) and parse_etags(known).contains_weak(etag):
            return "304 NOT MODIFIED", [each for each in headers if each[0].lower() not in _OF_THE_BODY], b""
        if coding:
            headers.append(("Content-Encoding", coding))
        return "200 OK", [*headers, ("Content-Length", str(len(body)))], body

    def _version(self) -> str:
        """Return a value that changes with everything these pages may show, in one query that follows the trail."""
        seen = self._seen
        with store_engine(self._app).connect() as connection:
            steps = trail_from(connection, seen.number)
            # The first request, one after a long pause, or another database, as after a restore.
            if not steps or steps[0].hash != seen.hash or len(steps) == MOST_STEPS:
                steps = trail_end(connection)
                shown = [step.hash for step in steps]
            else:
                shown = [step.hash for step in steps[1:] if step.what not in NEVER_SHOWN]
        if steps:
            self._seen = TrailSeen(steps[-1].number, steps[-1].hash, shown[-1] if shown else seen.version)
        return self._seen.version


def _keep() -> Response | None:
    if request.method not in ("GET", "HEAD") or not is_same_for_everybody(current_app, request.endpoint):
        return None
    if has_repeats():
        return None
    kept: KeptPages = current_app.extensions[_KEPT]
    query = urlencode([(key, request.args[key]) for key in query_keys() or () if key in request.args])
    status, headers, body = kept.sent(kept.once(request.environ, query, _drawn), request.environ)
    g.is_same_for_everybody = True
    return Response(body, status, headers)


def _drawn(version: str) -> KeptPage:
    begin_page()
    g.for_everybody, g._login_user = True, AnonymousUserMixin()  # nobody is signed in while the page is drawn
    try:
        response = make_response(current_app.view_functions[str(request.endpoint)](**(request.view_args or {})))
        if "csrf_token" in g or response.status_code != 200:
            raise RuntimeError(f"{request.endpoint} is said to show everybody the same page")
        response.headers.setdefault("Cache-Control", "public, no-cache")
        body = set_headers(replace_marks(response)).get_data()
    finally:
        g.pop("for_everybody")
        g.pop("_login_user")
    headers = tuple((name, value) for name, value in response.headers if name != "Content-Length")
    digest = hashlib.sha256(body).hexdigest()[:32]
    return KeptPage(version, str(request.url_rule), body, digest, response.mimetype or "", headers)

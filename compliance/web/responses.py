"""HTTP responses: security headers, caching, compression, and files to download."""

import csv
import gzip
import hashlib
import io
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import brotli
import rcssmin
from flask import Flask, Response, current_app, g, request, send_file, stream_with_context
from werkzeug.http import parse_accept_header

from compliance.questionnaire.csv_table import escaped_cell

#: Only our own scripts and style sheets are loaded, so nothing that people write on a page can become code.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",  # answers are saved while a page of questions is filled in
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
A_YEAR = 365 * 24 * 3600
TEN_MINUTES = 600
_COMPRESSIBLE = (
    "text/html",
    "text/css",
    "text/csv",
    "application/json",
    "text/javascript",
    "image/svg+xml",
    "application/xml",
    "application/atom+xml",
)
_SMALLEST_COMPRESSED = 600
_CSV_MARK = "\ufeff"  # tells Excel that the file is UTF-8
_ROWS_A_PIECE = 500
#: The window of Brotli, as a power of two. By default it is 4 MB, for which each page of more than 64 kB takes memory
#: from the system anew, three times as slow as compressing. Pages of more than 1 MB only become larger.
_WINDOW = 20
#: Functions that compress a response, the best one first. Brotli of this quality is smaller than any gzip, and faster.
_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=7, lgwin=_WINDOW),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}
#: The same for responses compressed once and sent to many: at most 2 % smaller, in more time.
_CODINGS_TO_KEEP: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=8, lgwin=_WINDOW),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}


def init_response_headers(app: Flask) -> None:
    """Serve static files under names that depend on their content, set headers, and compress responses."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def name_by_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["v"] = _version(folder / values["filename"])

    def send_static_file(filename: str) -> Response:
        path = folder / filename
        return _style_sheet_response(path) if path in _style_sheets(folder) else app.send_static_file(filename)

    app.view_functions["static"] = send_static_file
    app.after_request(_compress)
    app.after_request(set_headers)


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A style sheet as served: minified, and compressed once rather than for each request."""

    text: bytes
    compressed: bytes


@cache
def style_sheet(path: Path) -> StyleSheet:
    """Return the style sheet of a file, read once in a process. Raise OSError if it cannot be read."""
    text = rcssmin.cssmin(path.read_text("utf-8")).encode()
    return StyleSheet(text, gzip.compress(text, 9, mtime=0))


@cache
def _style_sheets(folder: Path) -> frozenset[Path]:
    return frozenset(folder.glob("*.css"))


@cache
def _version(path: Path) -> str:
    """Return a short hash of a static file as served, or "0" if it does not exist."""
    if path in _style_sheets(path.parent):
        content = style_sheet(path).text
    else:
        content = path.read_bytes() if path.is_file() else b""
    return hashlib.sha256(content).hexdigest()[:10] if content else "0"


def _style_sheet_response(path: Path) -> Response:
    sheet = style_sheet(path)
    response = Response(sheet.text, mimetype="text/css")
    response.set_etag(_version(path))
    if request.accept_encodings["gzip"] > 0:
        response.set_data(sheet.compressed)
        response.headers["Content-Encoding"] = "gzip"
        response.set_etag(f"{_version(path)}-gzip")
    response.make_conditional(request)
    return response


def set_headers(response: Response) -> Response:
    """Return the response with the headers of every page and file, and with its rules for caching."""
    response.vary.update(("Accept-Encoding",) if response.mimetype in _COMPRESSIBLE else ())
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if current_app.config["ADDRESS"].startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    if request.endpoint == "static" and "v" in request.args:
        headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif _is_private():
        headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-cache, private"
    return response


def _is_private() -> bool:
    """Tell if this response is for one person: they are signed in, or it contains the form token of a session."""
    visitor = g.get("_login_user")  # only if Flask-Login has loaded it: doing so now would read the cookie
    return "csrf_token" in g or (visitor is not None and visitor.is_authenticated)


def coding_for(mimetype: str, size: int, accepted: str) -> str:
    """Return the best coding in `Accept-Encoding` for a body of this size, or "" if it should not be compressed."""
    return _best_coding(accepted) if size >= _SMALLEST_COMPRESSED and mimetype in _COMPRESSIBLE else ""


@lru_cache
def _best_coding(accepted: str) -> str:
    read = parse_accept_header(accepted)
    return next((name for name in _CODINGS if read[name] > 0), "")


def compressed_to_keep(plain: bytes, coding: str) -> bytes:
    """Return a body compressed for sending to many."""
    return _CODINGS_TO_KEEP[coding](plain)


def _compress(response: Response) -> Response:
    if response.mimetype not in _COMPRESSIBLE:
        return response
    if response.is_streamed and not response.direct_passthrough:  # `get_data` would make all of it first
        return response
    if (
        "Content-Encoding" in response.headers
        or not 200 <= response.status_code < 500
        or response.status_code in (204, 206, 304)
    ):
        return response
    response.direct_passthrough = False
    plain = response.get_data()
    if not (coding := coding_for(response.mimetype, len(plain), request.headers.get("Accept-Encoding", ""))):
        return response
    response.set_data(_CODINGS[coding](plain))
    response.headers["Content-Encoding"] = coding
    if response.headers.get("ETag"):
        response.headers["ETag"] = response.headers["ETag"].rstrip('"') + f'-{coding}"'
    return response


def public_response(content: bytes, kind: str, policy: str = CONTENT_SECURITY_POLICY) -> Response:
    """Return a response that is the same for everybody: proxies may cache it, and an unchanged one is not sent again.

    `policy`: its Content-Security-Policy.
    """
    response, mark = Response(content, mimetype=kind), hashlib.sha256(content).hexdigest()[:32]
    coding = coding_for(kind, len(content), request.headers.get("Accept-Encoding", ""))
    marked = f"{mark}-{coding}" if coding else mark  # a compressed response has a tag of its own
    response.headers["Cache-Control"] = f"public, max-age={TEN_MINUTES}"
    response.headers["Content-Security-Policy"] = policy
    if request.if_none_match.contains_weak(marked):  # not compressed if the client has it
        response.set_etag(marked)
    else:
        response.set_etag(mark)
        response = _compress(response)
    response.make_conditional(request)
    return response


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as CSV: a row of names, then the rows."""
    return _csv_lines(chain([header], rows))


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([escaped_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def csv_response(name: str, text: str) -> Response:
    """Return a CSV file to download under a name, with a byte order mark that tells Excel it is UTF-8."""
    return download(name, _CSV_MARK + text, "text/csv")


def streamed_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Return a CSV file of any length to download: rows are sent before the next ones are read."""
    left = iter(rows)
    first = (_CSV_MARK + csv_text(header, ())).encode()
    pieces = iter(lambda: _csv_lines(islice(left, _ROWS_A_PIECE)).encode(), b"")
    return streamed_download(name, chain([first], pieces), "text/csv")


def download(name: str, content: str | bytes, kind: str) -> Response:
    """Return a file to download under a name."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def file_download(name: str, file: IO[bytes], kind: str) -> Response:
    """Return a file just written, to download under a name. It is sent in pieces and then closed."""
    file.seek(0)
    response = send_file(file, mimetype=kind, as_attachment=True, download_name=name)
    weakref.finalize(response.response, file.close)  # even if the client does not read it to the end
    return response


def streamed_download(name: str, pieces: Iterable[bytes], kind: str) -> Response:
    """Return a file to download under a name. Each piece is sent before the next one is read.

    If a piece fails, the connection is closed, so that no browser takes the file for complete.
    """
    response = Response(stream_with_context(iter(pieces)), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

"""HTTP responses: security headers, caching, compression, and files to download."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from compliance.questionnaire.csv_table import escaped_cell

#: No script runs but our own files, and no style but ours: what is written on a page can never become code.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
A_YEAR = 365 * 24 * 3600
_COMPRESSIBLE = ("text/html", "text/css", "text/csv", "application/json", "text/javascript", "image/svg+xml")
_SMALLEST_COMPRESSED = 600


def init_response_headers(app: Flask) -> None:
    """Set the headers, name static files by their content, compress."""
    marks: dict[str, str] = {}

    @app.url_defaults
    def name_by_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            name = values["filename"]
            if name not in marks:
                marks[name] = _content_hash(Path(str(app.static_folder)) / name)
            values["v"] = marks[name]

    app.after_request(_compress)
    app.after_request(_set_headers)


def _set_headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    if request.endpoint == "static" and "v" in request.args:
        headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    elif "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-cache, private"
    return response


def _compress(response: Response) -> Response:
    if response.mimetype not in _COMPRESSIBLE:
        return response
    response.vary.add("Accept-Encoding")
    if (
        "Content-Encoding" in response.headers
        or not 200 <= response.status_code < 500
        or response.status_code in (204, 206, 304)
        or request.accept_encodings["gzip"] <= 0
    ):
        return response
    response.direct_passthrough = False
    plain = response.get_data()
    if len(plain) < _SMALLEST_COMPRESSED:
        return response
    response.set_data(gzip.compress(plain, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    if response.headers.get("ETag"):
        response.headers["ETag"] = response.headers["ETag"].rstrip('"') + '-gzip"'
    return response


def _content_hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    except FileNotFoundError:
        return "0"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table: a row of names, then the rows."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([escaped_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def csv_response(name: str, text: str) -> Response:
    """The file, to be saved under that name and opened in Excel: it begins with a mark that says it is UTF-8."""
    return download(name, "\ufeff" + text, "text/csv")


def download(name: str, content: str | bytes, kind: str) -> Response:
    """A file to be saved under that name."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

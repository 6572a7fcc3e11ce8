"""Monitoring for operators: health pages, metrics for Prometheus, and a log line and an id for each request.

All of it wraps the application, so that it depends on nothing that may have failed. `/healthz`, `/readyz` and
`/metrics` are answered under any host name, since load balancers ask by address. They read no cookie, open no session
and show only a word or counts.
"""

import hmac
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from compliance.package_data import how_to_install
from compliance.store.database_setup import has_present_tables
from compliance.store.file_storage import FileStorageFailed
from compliance.store.jobs import waiting_job_count
from compliance.store.outbox import waiting_mail_count
from compliance.web.database import store_engine
from compliance.web.files import file_storage
from compliance.web.logs import access_log, request_id
from compliance.web.problems import BARE_HEADERS
from compliance.web.settings import BadSetting

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

#: The response header with the id of its request, as in the log.
REQUEST_ID_HEADER = "X-Request-ID"
#: The key in the environment of a request for the rule of its address, such as /quick/r/<code>.
ROUTE = "article34.route"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def init_monitoring(app: Flask) -> None:
    """Answer health pages, and measure every other request. Raise BadSetting if metrics are wanted but not possible.

    Call it after everything else is wrapped around the application, so that all of that is measured.
    """
    token = app.config["METRICS_TOKEN"]
    figures = RequestFigures(app) if token else None
    answer = app.wsgi_app

    def watched(asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match asked.get("PATH_INFO"), figures:
            case "/healthz", _:
                return _word("alive", 200)(asked, start_response)
            case "/readyz", _:
                fault = what_is_not_ready(app)
                return _word(fault or "ready", 503 if fault else 200)(asked, start_response)
            case "/metrics", RequestFigures():
                known = hmac.compare_digest(asked.get("HTTP_AUTHORIZATION", "").encode(), f"Bearer {token}".encode())
                return (figures.response() if known else _word("not found", 404))(asked, start_response)
        return MeasuredAnswer(answer, asked, start_response, figures)

    app.wsgi_app = watched  # type: ignore[method-assign, assignment]
    app.url_value_preprocessor(_note_route)


def what_is_not_ready(app: Flask) -> str:
    """Return why no page can be answered now: `database`, `schema` or `files`, or "" if one can."""
    try:
        with store_engine(app).connect() as connection:
            if not has_present_tables(connection):
                return "schema"
        file_storage(app).try_out()
    except SQLAlchemyError:
        return "database"
    except FileStorageFailed:
        return "files"
    return ""


def _word(said: str, status: int) -> Response:
    return Response(f"{said}\n", status, BARE_HEADERS, mimetype="text/plain")


def _note_route(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else ""


class MeasuredAnswer:
    """The response to one request. When its last piece is sent, it is logged and counted."""

    def __init__(
        self,
        answer: Callable[..., Iterable[bytes]],
        asked: dict[str, Any],
        start: Any,
        figures: "RequestFigures | None",
    ) -> None:
        self._asked, self._start, self._figures = asked, start, figures
        self._began, self._status, self._bytes = time.perf_counter(), 500, 0
        self._told = False
        self._id = secrets.token_hex(16)
        request_id.set(self._id)
        self._pieces: Iterable[bytes] = ()
        try:
            self._pieces = answer(asked, self._start_response)
        except BaseException:
            self.close()
            raise

    def _start_response(self, status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        self._status = int(status[:3])
        return self._start(status, [*headers, (REQUEST_ID_HEADER, self._id)], *more)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._bytes += len(piece)
            yield piece
        self._tell()

    def close(self) -> None:
        """End the response: the server has sent it, or the visitor has gone."""
        if close := getattr(self._pieces, "close", None):
            close()
        self._tell()

    def _tell(self) -> None:
        """Count and log this request, once."""
        if self._told:
            return
        self._told = True
        seconds = time.perf_counter() - self._began
        method = self._asked.get("REQUEST_METHOD", "")
        method = method if method in _METHODS else "other"
        route = self._asked.get(ROUTE, "") or "none"
        if self._figures is not None:
            self._figures.count(method, route, self._status, seconds)
        if access_log.isEnabledFor(logging.INFO):
            told = {"status": self._status, "ms": round(seconds * 1000, 1), "bytes": self._bytes}
            access_log.info("%s %s", method, route, extra={"fields": {"method": method, "route": route, **told}})
        request_id.set("")


class RequestFigures:
    """Metrics of this process for Prometheus: requests, their duration, and waiting work."""

    def __init__(self, app: Flask) -> None:
        try:
            import prometheus_client as prometheus
        except ModuleNotFoundError as fault:
            raise BadSetting(f"ARTICLE34_METRICS_TOKEN needs {fault.name}: {how_to_install('metrics')}") from fault
        self._write, self.content_type = prometheus.generate_latest, prometheus.CONTENT_TYPE_LATEST
        self._registry: CollectorRegistry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        labels = ("method", "route", "status")
        self._requests = prometheus.Counter("article34_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = prometheus.Histogram(
            "article34_request_seconds", "Seconds until an answer was sent", labels[:2], buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Waiting(app))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def response(self) -> Response:
        """Return all metrics so far."""
        return Response(self._write(self._registry), headers=BARE_HEADERS, content_type=self.content_type)


class _Waiting:
    """Work that waits in the database, counted when Prometheus asks. There are no counts while the database is away."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterable["Metric"]:
        """Yield the counts."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        try:
            with Session(store_engine(self._app)) as session:
                jobs, mails = waiting_job_count(session), waiting_mail_count(session)
        except SQLAlchemyError:
            return
        yield GaugeMetricFamily("article34_jobs_waiting", "Jobs that nobody has begun", value=jobs)
        yield GaugeMetricFamily("article34_mails_waiting", "Mails that are not sent and not given up", value=mails)

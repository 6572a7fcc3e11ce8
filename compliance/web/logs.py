"""Logs without personal data: lines as text or JSON, tracebacks without values, addresses without codes.

Texts that people wrote, their e-mail addresses, and links that let them in are values in a program: in addresses, in
parameters of SQL and in messages of exceptions. So log lines contain none of these. A failure is described by its
kind, the code that the database or the system gives it, and its place in the program.
"""

import errno
import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask import Flask

#: The id of the current request, which every log line about it contains.
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: One line for each request. Its data are in the record's attribute `fields`.
access_log = logging.getLogger("compliance.access")
#: One line whenever somebody gets in or is refused. Its data are in `fields` too.
security_log = logging.getLogger("compliance.security")

#: The servers that write addresses into a log.
_SERVERS = ("waitress", "werkzeug")
#: Links to results of the quick check, in any language: their codes are answers.
_RESULT_LINK = re.compile(r"(/quick/r/)[^\s\"'<>]+")
_SERVED = re.compile(r"(Exception while serving) \S+")


def init_logs(app: Flask) -> None:
    """Remove values from every log line of an app and its server before it is handled."""
    for name in (app.logger.name, *_SERVERS):
        logging.getLogger(name).addFilter(without_values)


def start_logging(wanted: str) -> None:
    """Write the log of this process to stderr: only failures (""), or every request too, as "text" or "json"."""
    handler = logging.StreamHandler()
    handler.addFilter(without_values)
    handler.setFormatter(JsonLine() if wanted == "json" else TextLine())
    logging.getLogger().addHandler(handler)
    if wanted:
        for log in (access_log, security_log):
            log.setLevel(logging.INFO)


def note_event(event: str, outcome: str) -> None:
    """Log that somebody got in or was refused, as in "password: wrong", if such lines are wanted.

    Both arguments are words of the program: no name, address or text of a person.
    """
    security_log.info("%s: %s", event, outcome, extra={"fields": {"event": event, "outcome": outcome}})


def without_values(record: logging.LogRecord) -> bool:
    """Remove codes of links from a record's message, and messages from its traceback. Return True, to keep it."""
    message = _SERVED.sub(r"\1 a page", record.getMessage())
    record.msg, record.args = _RESULT_LINK.sub(r"\1…", message), ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = _told(record.exc_info[1])
    return True


def _told(fault: BaseException) -> str:
    """Return a traceback: the places in the program and the kind of each exception, without their messages."""
    lines: list[str] = []
    for each in _chain(fault):
        lines += traceback.format_tb(each.__traceback__)
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}{_code(each)}\n")
    return "".join(lines).rstrip()


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """Yield the causes of an exception, the first cause first, and then the exception."""
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield fault


def _code(fault: BaseException) -> str:
    """Return the code that the database or the system gives a failure, such as SQLITE_FULL, 53100 or ENOSPC."""
    for name in ("sqlite_errorname", "sqlstate"):
        if code := getattr(fault, name, None):
            return f" ({code})"
    number = fault.errno if isinstance(fault, OSError) else None
    return f" ({errno.errorcode.get(number, number)})" if number is not None else ""


def _line(record: logging.LogRecord) -> dict[str, Any]:
    """Return the data of a line, by name."""
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    told = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        "request": request_id.get(),
        **fields,
        "traceback": record.exc_text or "",
    }
    return {name: value for name, value in told.items() if value != ""}


class JsonLine(logging.Formatter):
    """A line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(_line(record), ensure_ascii=False)


class TextLine(logging.Formatter):
    """A line of text for each record, and its traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with its traceback below."""
        told = _line(record)
        below = told.pop("traceback", "")
        line = " ".join((told.pop("time"), told.pop("level"), told.pop("logger"), told.pop("message")))
        return "\n".join(filter(None, (" ".join((line, *(f"{name}={value}" for name, value in told.items()))), below)))

"""Logs without personal data: lines as text or JSON, tracebacks without values, addresses without codes.

What somebody wrote, their e-mail address, or a link that lets them in stands in the values of a program: in addresses,
in the parameters of SQL and in the messages of exceptions. So no line has any of these. A failure is told by its kind,
the code that the database or the system gives it, and where in the program it happened.
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

#: The number of the request that is being answered, which every line about it has.
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: One line for each request. What it tells is in its field `fields`.
access_log = logging.getLogger("compliance.access")
#: One line whenever somebody comes in or is kept out. What it tells is in its field `fields` too.
security_log = logging.getLogger("compliance.security")

#: Who writes addresses into a log: the application where a page fails, and the servers it runs on.
_SERVERS = ("waitress", "werkzeug")
#: Where result links of the quick check lead, whatever language comes before it: their codes are answers.
_RESULT_LINK = re.compile(r"(/quick/r/)[^\s\"'<>]+")
_SERVED = re.compile(r"(Exception while serving) \S+")


def init_logs(app: Flask) -> None:
    """Take values out of every line of an app and its server before anything is done with it."""
    for name in (app.logger.name, *_SERVERS):
        logging.getLogger(name).addFilter(without_values)


def start_logging(wanted: str) -> None:
    """Write the log of this process to stderr: failures as text, or with every request, as "text" or "json"."""
    handler = logging.StreamHandler()
    handler.addFilter(without_values)
    handler.setFormatter(JsonLine() if wanted == "json" else TextLine())
    logging.getLogger().addHandler(handler)
    if wanted:
        for log in (access_log, security_log):
            log.setLevel(logging.INFO)


def note_event(event: str, outcome: str) -> None:
    """Log that somebody came in or was kept out, as in "password: wrong", where such lines are wanted.

    Both are words of the program: nobody's name or address, and nothing that was written.
    """
    security_log.info("%s: %s", event, outcome, extra={"fields": {"event": event, "outcome": outcome}})


def without_values(record: logging.LogRecord) -> bool:
    """The same record, its message without codes of links and its traceback without messages."""
    message = _SERVED.sub(r"\1 a page", record.getMessage())
    record.msg, record.args = _RESULT_LINK.sub(r"\1…", message), ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = _told(record.exc_info[1])
    return True


def _told(fault: BaseException) -> str:
    """A traceback: where in the program, and the kind of each exception, but nothing that it says."""
    lines: list[str] = []
    for each in _chain(fault):
        lines += traceback.format_tb(each.__traceback__)
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}{_code(each)}\n")
    return "".join(lines).rstrip()


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """What came of what, the cause first."""
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield fault


def _code(fault: BaseException) -> str:
    """What the database or the system calls a failure, as in SQLITE_FULL, 53100 or ENOSPC."""
    for name in ("sqlite_errorname", "sqlstate"):
        if code := getattr(fault, name, None):
            return f" ({code})"
    number = fault.errno if isinstance(fault, OSError) else None
    return f" ({errno.errorcode.get(number, number)})" if number is not None else ""


def _line(record: logging.LogRecord) -> dict[str, Any]:
    """What a line tells, by name."""
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
        """The line."""
        return json.dumps(_line(record), ensure_ascii=False)


class TextLine(logging.Formatter):
    """A line of text for each record, and its traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and what is below it."""
        told = _line(record)
        below = told.pop("traceback", "")
        line = " ".join((told.pop("time"), told.pop("level"), told.pop("logger"), told.pop("message")))
        return "\n".join(filter(None, (" ".join((line, *(f"{name}={value}" for name, value in told.items()))), below)))

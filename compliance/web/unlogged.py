"""A result link holds somebody's answers in its address: whatever this process logs, it never logs that."""

import logging
import re

from flask import Flask

#: Where result links lead, whatever language comes before it.
_LINK = re.compile(r"(/quick/r/)[^\s\"'<>]+")
#: Who writes addresses into a log: the application where a page fails, and the servers it runs on.
_SERVERS = ("waitress", "werkzeug")


def keep_links_out_of_the_log(app: Flask) -> None:
    """Take the codes of result links out of every line before anything is done with it."""
    for name in (app.logger.name, *_SERVERS):
        logging.getLogger(name).addFilter(without_links)


def without_links(record: logging.LogRecord) -> bool:
    """The same record without codes, in its line and in its traceback."""
    record.msg, record.args = _cut(record.getMessage()), ()
    if record.exc_info:
        record.exc_text = _cut(logging.Formatter().formatException(record.exc_info))
    return True


def _cut(text: str) -> str:
    return _LINK.sub(r"\1…", text)

"""One map from what went wrong to the page that says what to do. No page shows how the tool is built."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import AnonymousUserMixin
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from compliance.store import AlreadyThere, NotFound, PeriodClosed, Unreadable


@dataclass(frozen=True, slots=True)
class Page:
    """A plain page: what happened, what is safe, what to do."""

    status: int
    heading: LazyString
    safe: LazyString | str
    todo: LazyString


_NOTHING_CHANGED = _l("Nothing was changed.")
_AGAIN = _l("Go back, load the page again and send it again.")

MISSING = Page(
    404,
    _l("There is no such page here"),
    "",
    _l("Check the address. If somebody sent it to you, it may be meant for another account than yours."),
)
PAGES: dict[int, Page] = {
    400: Page(400, _l("This could not be read"), _NOTHING_CHANGED, _AGAIN),
    404: MISSING,
    405: Page(
        405, _l("This address is not opened like this"), _NOTHING_CHANGED, _l("Go back and use the page's own buttons.")
    ),
    413: Page(
        413,
        _l("This is too large to take in"),
        _l("Nothing that was saved before is changed. What you just sent is not saved."),
        _l("Go back, shorten the longest passage and save again. A sentence or two and its page do as evidence."),
    ),
    429: Page(
        429,
        _l("Too many attempts in a short time"),
        _NOTHING_CHANGED,
        _l("Wait a minute, then try once more. The limit keeps others from guessing your password."),
    ),
    500: Page(
        500,
        _l("Something failed on our side"),
        _l("What was saved before is safe."),
        _l("Go back and try again. If it fails again, tell whoever runs this installation when it happened."),
    ),
}
FORGED = Page(
    400,
    _l("This page was open for too long, or came from somewhere else"),
    _NOTHING_CHANGED,
    _AGAIN,
)
REFUSALS: dict[type[Exception], Page] = {
    NotFound: MISSING,
    PeriodClosed: Page(
        409,
        _l("This year is closed"),
        _l("Everything that was saved before is kept. What you just sent is not saved."),
        _l("Its assessments can be read, not changed. You can answer for a year that is open."),
    ),
    AlreadyThere: Page(409, _l("This exists already"), _NOTHING_CHANGED, _l("Go back and choose another name.")),
    Unreadable: Page(
        409,
        _l("Some answers do not fit this questionnaire any more"),
        _l("Everything that was saved before is kept."),
        _l("Open the questionnaire, answer the questions that are shown as blank, and submit again."),
    ),
}


def map_errors(app: Flask) -> None:
    """Register a page for everything that may go wrong."""
    for refusal, page in REFUSALS.items():
        app.register_error_handler(refusal, _shows(page))
    app.register_error_handler(CSRFError, _shows(FORGED))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _shows(PAGES[500]))


def _shows(page: Page) -> Any:
    def show(_error: Exception) -> tuple[str, int]:
        return _render(page)

    return show


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error  # a redirect
    page = PAGES.get(error.code, PAGES[400 if error.code < 500 else 500])
    body, _ = _render(page)
    return body, error.code, [(k, v) for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")]


def _render(page: Page) -> tuple[str, int]:
    if page.status == 500:  # a page about a failure asks the database nothing, not even who is there
        g.plain_frame, g._login_user = True, AnonymousUserMixin()
    steps: list[dict[str, object]] = [{"label": page.todo, "url": ""}]
    steps.append({"label": _l("Go to the start page"), "url": "/"})
    if page is MISSING and not current_user.is_authenticated:
        steps.append({"label": _l("Sign in"), "url": url_for("security.login", next=request.path)})
    return render_template("error.html", heading=page.heading, safe=page.safe, next_steps=steps), page.status

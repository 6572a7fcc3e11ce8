"""One map from what went wrong to the page that says what to do. No page shows how the tool is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.localedata import exists
from flask import Flask, g, render_template, request, url_for
from flask_login import AnonymousUserMixin
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from compliance.languages.catalogues import OWN_NAMES, offered
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.store import AlreadyThere, NotFound, PeriodClosed, Unreadable
from compliance.web.addresses import here, home_in
from compliance.web.releases import NotPublished


@dataclass(frozen=True, slots=True)
class Page:
    """A plain page: what happened, what is safe, what to do."""

    status: int
    heading: str
    safe: str
    todo: str


_NOTHING_CHANGED = N_("Nothing was changed.")
_AGAIN = N_("Go back, load the page again and send it again.")

MISSING = Page(
    404,
    N_("There is no such page here"),
    "",
    N_("Check the address. If somebody sent it to you, it may be meant for another account than yours."),
)
NO_LANGUAGE = Page(
    404, N_("This tool does not speak that language"), "", N_("Choose one of those it speaks, or check the address.")
)
UNPUBLISHED = Page(
    404, N_("Nothing is published for that year"), "", N_("Choose a year for which figures are published.")
)
PAGES: dict[int, Page] = {
    400: Page(400, N_("This could not be read"), _NOTHING_CHANGED, _AGAIN),
    404: MISSING,
    405: Page(
        405, N_("This address is not opened like this"), _NOTHING_CHANGED, N_("Go back and use the page's own buttons.")
    ),
    413: Page(
        413,
        N_("This is too large to take in"),
        N_("Nothing that was saved before is changed. What you just sent is not saved."),
        N_("Go back, shorten the longest passage and save again. A sentence or two and its page do as evidence."),
    ),
    429: Page(
        429,
        N_("Too many attempts in a short time"),
        _NOTHING_CHANGED,
        N_("Wait a minute, then try once more. The limit keeps others from guessing your password."),
    ),
    500: Page(
        500,
        N_("Something failed on our side"),
        N_("What was saved before is safe."),
        N_("Go back and try again. If it fails again, tell whoever runs this installation when it happened."),
    ),
}
FORGED = Page(
    400,
    N_("This page was open for too long, or came from somewhere else"),
    _NOTHING_CHANGED,
    _AGAIN,
)
REFUSALS: dict[type[Exception], Page] = {
    NotFound: MISSING,
    PeriodClosed: Page(
        409,
        N_("This year is closed"),
        N_("Everything that was saved before is kept. What you just sent is not saved."),
        N_("Its answers can be read, not changed. Go back to copy what you wrote, and answer for a year that is open."),
    ),
    AlreadyThere: Page(409, N_("This exists already"), _NOTHING_CHANGED, N_("Go back and choose another name.")),
    Unreadable: Page(
        409,
        N_("Some answers do not fit this questionnaire any more"),
        N_("Everything that was saved before is kept."),
        N_("Open the questionnaire, answer the questions that are shown as blank, and submit again."),
    ),
}


def map_errors(app: Flask) -> None:
    """Register a page for everything that may go wrong."""
    for refusal, page in REFUSALS.items():
        app.register_error_handler(refusal, _shows(page))
    app.register_error_handler(CSRFError, _shows(FORGED))
    app.register_error_handler(NotPublished, _unpublished)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _shows(PAGES[500]))


def _shows(page: Page) -> Any:
    def show(_error: Exception) -> tuple[str, int]:
        return _render(page)

    return show


def _unpublished(error: NotPublished) -> tuple[str, int]:
    """The same page of the periods of which something is published."""
    if not error.years:
        return _render(MISSING)
    endpoint, values = request.endpoint or "", request.view_args or {}
    key = "year" if "year" in values else "period"
    links = [{"label": str(year), "url": url_for(endpoint, **{**values, key: year})} for year in error.years]
    return _render(UNPUBLISHED, links)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error  # a redirect
    page = PAGES.get(error.code, PAGES[400 if error.code < 500 else 500])
    if page is MISSING and _asks_for_a_language():
        page = NO_LANGUAGE
    body, _status = _render(page)
    return body, error.code, [(k, v) for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")]


def _render(page: Page, links: Sequence[Mapping[str, object]] = ()) -> tuple[str, int]:
    g.failed = True
    if page.status == 500:  # a page about a failure asks the database nothing, not even who is there
        g.plain_frame, g._login_user = True, AnonymousUserMixin()
    steps: list[Mapping[str, object]] = [{"label": _(page.todo), "url": ""}, *links]
    if page is NO_LANGUAGE:
        steps += [{"label": OWN_NAMES[code], "url": home_in(code), "lang": code} for code in offered()]
    else:
        steps.append({"label": _("Go to the start page"), "url": url_for("about.home")})
    if page is MISSING and not current_user.is_authenticated:
        steps.append({"label": _("Sign in"), "url": url_for("security.login", next=here())})
    return render_template("error.html", heading=_(page.heading), safe=_(page.safe), next_steps=steps), page.status


def _asks_for_a_language() -> bool:
    """Whether an address that leads nowhere begins with the code of a language, as in /de/law."""
    head = request.path.split("/")[1].replace("-", "_")
    return request.endpoint is None and len(head) > 1 and exists(head)

"""Error pages: a table from exceptions and status codes to what happened, what is safe and what to do.

No page reveals how the tool is built, and the page for a failure makes no database query.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.localedata import exists
from flask import Flask, current_app, g, render_template, request, url_for
from flask_login import AnonymousUserMixin
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGE_NAMES, N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    AlreadyDecided,
    AlreadyExists,
    CompanyMerged,
    FileStorageFailed,
    LastOwner,
    NotFound,
    NothingToReopen,
    PeriodClosed,
    SignedOff,
    SubmissionSigned,
    UnreadableAnswers,
    company,
    company_members,
)
from compliance.store.database_faults import Outage, outage
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.member_roles import MemberAction
from compliance.web.access_control import NotAllowed, fields_to_send_again, largest_file
from compliance.web.database import db
from compliance.web.logs import note_event
from compliance.web.problems import is_api, problem
from compliance.web.releases import NotPublished
from compliance.web.urls import current_path, home_urls_by_language


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A plain page: what happened, what is safe, what to do."""

    status: int
    heading: str
    safe: str
    todo: str


_NOTHING_CHANGED = N_("Nothing was changed.")
_AGAIN = N_("Go back, reload the page and send it again.")

NOT_FOUND = ErrorPage(
    404,
    N_("This page does not exist"),
    "",
    N_("Check the address. If somebody sent it to you, it may be meant for a different account."),
)
UNKNOWN_LANGUAGE = ErrorPage(
    404,
    N_("This tool is not available in that language"),
    "",
    N_("Choose one of the languages offered, or check the address."),
)
UNPUBLISHED = ErrorPage(
    404, N_("Nothing is published for that year"), "", N_("Choose a year for which figures are published.")
)
PAGES_BY_STATUS: dict[int, ErrorPage] = {
    400: ErrorPage(400, N_("This could not be read"), _NOTHING_CHANGED, _AGAIN),
    404: NOT_FOUND,
    405: ErrorPage(
        405, N_("This page cannot be opened this way"), _NOTHING_CHANGED, N_("Go back and use the page's own buttons.")
    ),
    413: ErrorPage(
        413,
        N_("This is too large to be saved"),
        N_("Nothing that was saved before is changed. What you just sent is not saved."),
        N_(
            "Go back, shorten the longest passage and save again. A sentence or two with the page number is "
            "enough as evidence."
        ),
    ),
    429: ErrorPage(
        429,
        N_("Too many attempts in a short time"),
        _NOTHING_CHANGED,
        N_("Wait a minute, then try once more. The limit keeps others from guessing your password."),
    ),
    500: ErrorPage(
        500,
        N_("Something failed on our side"),
        N_("What was saved before is safe."),
        N_("Go back and try again. If it fails again, tell the administrator of this site when it happened."),
    ),
}
_LATER = N_("Wait a minute and try again. If it fails again, tell the administrator of this site when it happened.")
#: The pages shown while the database or the disk does not work.
OUTAGES: Mapping[Outage, ErrorPage] = {
    "busy": ErrorPage(503, N_("Too much is being saved at the moment"), N_("What was saved before is safe."), _LATER),
    "away": ErrorPage(
        503, N_("Nothing can be read or saved at the moment"), N_("What was saved before is safe."), _LATER
    ),
}
#: Seconds after which a program that received a 503 may try again.
_RETRY_AFTER = 30
FILE_TOO_LARGE = ErrorPage(
    413,
    N_("This file is too large"),
    _NOTHING_CHANGED,
    N_("Go back and choose a smaller file, without pictures or other files in it."),
)
INVALID_CSRF_TOKEN = ErrorPage(
    400,
    N_("This page was open for too long, or came from somewhere else"),
    _NOTHING_CHANGED,
    _AGAIN,
)
PAGES_BY_EXCEPTION: dict[type[Exception], ErrorPage] = {
    NotFound: NOT_FOUND,
    PeriodClosed: ErrorPage(
        409,
        N_("This year is closed"),
        N_("Everything that was saved before is kept. What you just sent is not saved."),
        N_(
            "Its answers can be read but not changed. Go back to copy what you wrote, and answer for a year "
            "that is open."
        ),
    ),
    SubmissionSigned: ErrorPage(
        409,
        N_("An auditor has signed off what you submitted"),
        N_("Your answers are saved, but not submitted again."),
        N_("Go back to your questionnaire and ask to correct what you submitted."),
    ),
    NothingToReopen: ErrorPage(
        409,
        N_("Nothing is final yet"),
        _NOTHING_CHANGED,
        N_("Answers can still be changed and submitted again without asking."),
    ),
    ReadingMovedOn: ErrorPage(
        409,
        N_("This reading has moved on"),
        _NOTHING_CHANGED,
        N_("Go back to the reading to see how far it is."),
    ),
    CompanyMerged: ErrorPage(
        409,
        N_("This company was merged into another one"),
        N_("Everything that was saved before is kept. What you just sent is not saved."),
        N_(
            "Its answers can be read but not changed. Go back to copy what you wrote, and answer for the other company."
        ),
    ),
    SignedOff: ErrorPage(
        409,
        N_("These verdicts are signed off"),
        N_("Everything that was saved before is kept. What you just sent is not saved."),
        N_("Go back to copy what you wrote. Revoke the sign-off with a reason, then change the verdicts."),
    ),
    AlreadyDecided: ErrorPage(
        409, N_("Somebody else has already decided this"), _NOTHING_CHANGED, N_("Reload the page to see the decision.")
    ),
    LastOwner: ErrorPage(
        409,
        N_("A company needs at least one owner"),
        _NOTHING_CHANGED,
        N_("Go back and make somebody else an owner first."),
    ),
    AlreadyExists: ErrorPage(409, N_("This already exists"), _NOTHING_CHANGED, N_("Go back and choose another name.")),
    UnreadableAnswers: ErrorPage(
        409,
        N_("Some answers no longer fit this questionnaire"),
        N_("Everything that was saved before is kept."),
        N_("Open the questionnaire, answer the questions that are shown as blank, and submit again."),
    ),
}


#: Headings for a member who may not do something. Each is followed by the advice to ask an owner.
REFUSED_ACTIONS: Mapping[MemberAction, str] = {
    "read": N_("You cannot read this"),
    "answer": N_("You can read these answers, but not change them"),
    "hand-on": N_("You can read these answers, but not assign questions"),
    "assign": N_("You can hand on only what is assigned to you"),
    "submit": N_("You cannot submit for this company, or choose what may be published"),
    "manage": N_("You do not manage the people of this company"),
}


def init_error_pages(app: Flask) -> None:
    """Register a page for everything that can go wrong."""
    for refusal, page in PAGES_BY_EXCEPTION.items():
        app.register_error_handler(refusal, _shows(page))
    app.register_error_handler(CSRFError, _shows(INVALID_CSRF_TOKEN))
    app.register_error_handler(NotPublished, _unpublished)
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(HTTPException, _http)
    for failed in (SQLAlchemyError, OSError, FileStorageFailed):
        app.register_error_handler(failed, _outage)
    app.register_error_handler(500, _shows(PAGES_BY_STATUS[500]))


def _shows(page: ErrorPage) -> Any:
    def show(_error: Exception) -> tuple[str | Response, int]:
        return _render(page)

    return show


def _outage(error: Exception) -> tuple[str | Response, int, dict[str, str]]:
    """Return the page for a database or disk that does not work at present. Raise any other error again."""
    why = outage(error)
    if why is None:
        raise error
    current_app.log_exception(sys.exc_info())
    return *_render(OUTAGES[why]), {"Retry-After": str(_RETRY_AFTER)}


def _unpublished(error: NotPublished) -> tuple[str | Response, int]:
    """Return the page of a period without publication, with links to those that have one."""
    if not error.years:
        return _render(NOT_FOUND)
    if is_api(request.path):
        years = comma_list(map(str, error.years))
        said = _("Nothing is published for that year. There are figures for: %(years)s.", years=years)
        return problem(404, said), 404
    endpoint, values = request.endpoint or "", request.view_args or {}
    key = "year" if "year" in values else "period"
    links = [{"label": str(year), "url": url_for(endpoint, **{**values, key: year})} for year in error.years]
    return _render(UNPUBLISHED, links)


def _not_allowed(error: NotAllowed) -> tuple[str | Response, int]:
    """Return the page for an action that the role forbids: whom to ask, and what was written, to be copied."""
    note_event("access", "refused to a member of this role")
    names = [one.name or one.email for one in company_members(db(), error.organisation_id) if one.role == "owner"]
    ask = _("Ask an owner of %(company)s: %(names)s.", company=company(db(), error.organisation_id).name,
            names=comma_list(names))  # fmt: skip
    page = ErrorPage(403, REFUSED_ACTIONS[error.action], _NOTHING_CHANGED, "")
    people = {"label": _("Who may do what"), "url": url_for("company.members", organisation_id=error.organisation_id)}
    return _render(page, [{"label": ask, "url": ""}, people], error.given_back)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error  # a redirect
    headers = [(k, v) for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")]
    if is_api(request.path):
        said = "" if error.description == type(error).description else error.description or ""
        return problem(error.code, said), error.code, headers
    page = PAGES_BY_STATUS.get(error.code, PAGES_BY_STATUS[400 if error.code < 500 else 500])
    if page is NOT_FOUND and _asks_for_a_language():
        page = UNKNOWN_LANGUAGE
    if error.code == 413 and largest_file():
        page = FILE_TOO_LARGE
    body, _status = _render(page)
    return body, error.code, headers


def _render(
    page: ErrorPage, links: Sequence[Mapping[str, object]] = (), given_back: Sequence[tuple[str, str]] = ()
) -> tuple[str | Response, int]:
    if is_api(request.path):
        return problem(page.status), page.status
    g.failed = True
    failed = page.status >= 500
    again = fields_to_send_again() if failed else []
    if failed:  # the page of a failure makes no database query, not even about who is signed in
        g.plain_frame, g._login_user = True, AnonymousUserMixin()
    steps: list[Mapping[str, object]] = [*([{"label": _(page.todo), "url": ""}] if page.todo else []), *links]
    if page is UNKNOWN_LANGUAGE:
        steps += [
            {"label": LANGUAGE_NAMES[code], "url": url, "lang": code} for code, url in home_urls_by_language().items()
        ]
    else:
        steps.append({"label": _("Go to the start page"), "url": url_for("about.home")})
    if page is NOT_FOUND and not current_user.is_authenticated:
        steps.append({"label": _("Sign in"), "url": url_for("security.login", next=current_path())})
    about = {"heading": _(page.heading), "safe": _(page.safe), "next_steps": steps, "given_back": given_back}
    return render_template("error.html", **about, again=again, where=current_path()), page.status


def _asks_for_a_language() -> bool:
    """Tell if an address without a page begins with a language code, as in /de/law."""
    head = request.path.split("/")[1].replace("-", "_")
    return request.endpoint is None and len(head) > 1 and exists(head)

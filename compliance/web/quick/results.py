"""The result at once: of one's own answers, or of those that a result link holds. As page and as workbook."""

from dataclasses import dataclass
from datetime import date

from flask import Response, g, redirect, render_template, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.formats import day
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import language
from compliance.web.access import from_own_pages, public
from compliance.web.company.scorecard import XLSX, law_as_of
from compliance.web.editions import Asked
from compliance.web.quick.blueprint import asked, bp, given, keep, read_link, sheet_of
from compliance.web.quick.link_code import Answers, BadCode, Wrong, write_code
from compliance.web.quick.result_shapes import result_shapes
from compliance.workbook.scorecard import scorecard_workbook

_OFFERED = "quick_offered"


@dataclass(frozen=True)
class Result:
    """Answers to a quick form, and whose they are."""

    asked: Asked
    answers: Answers
    own: bool

    @property
    def code(self) -> str:
        """All of it, as the end of a result link."""
        return write_code(self.asked.edition, self.answers)


@bp.get("/quick/result")
@public
def result() -> str | AnyResponse:
    """The result of one's own answers; the first question where there are none."""
    answers = given()
    if not answers:
        return redirect(url_for("quick.question", number=1))
    return _page(Result(asked(), answers, own=True))


@bp.get("/quick/result.xlsx")
@public
def workbook() -> AnyResponse:
    """The result of one's own answers as a workbook with live formulas."""
    answers = given()
    if not answers:
        return redirect(url_for("quick.question", number=1))
    return _workbook(Result(asked(), answers, own=True))


@bp.get("/quick/r/<path:code>")
@public
def shared(code: str) -> str | tuple[str, int]:
    """The result that a link holds, or what is wrong with the link."""
    try:
        here, answers = read_link(code)
    except BadCode as bad:
        return _refused(bad.wrong)
    return _page(Result(here, answers, own=False))


@bp.get("/quick/r/<code>.xlsx")
@public
def shared_workbook(code: str) -> AnyResponse | tuple[str, int]:
    """The same as a workbook."""
    try:
        here, answers = read_link(code)
    except BadCode as bad:
        return _refused(bad.wrong)
    return _workbook(Result(here, answers, own=False))


@bp.get("/quick/r/<code>/take")
@public
def offer(code: str) -> AnyResponse | tuple[str, int]:
    """Go where the answers of a link can be taken over. That page does not have them in its address."""
    try:
        read_link(code)
    except BadCode as bad:
        return _refused(bad.wrong)
    session[_OFFERED] = code
    return redirect(url_for("quick.offered"), 303)


@bp.get("/quick/take")
@public
def offered() -> str | AnyResponse:
    """Whether to go on with the answers of a link, in place of one's own."""
    try:
        here, answers = read_link(session.get(_OFFERED, ""))
    except BadCode:
        return redirect(url_for("quick.question", number=1))
    return render_template(
        "quick/take.html", edition=here.edition, answered=len(answers), mine=len(given()), same=_is_asked(here)
    )


@bp.post("/quick/take")
@public
@from_own_pages
def take() -> AnyResponse:
    """Take over the answers that a link offered."""
    try:
        here, answers = read_link(session.pop(_OFFERED, ""))
    except BadCode:
        return redirect(url_for("quick.question", number=1), 303)
    if _is_asked(here):
        keep(answers)
    return redirect(url_for("quick.result"), 303)


def _is_asked(here: Asked) -> bool:
    return here.edition.digest == asked().edition.digest


def _page(read: Result) -> str:
    edition, as_of = read.asked.edition, law_as_of(read.asked.edition)
    g.leads_home = False  # it was read: the page may be had in another language
    return render_template(
        "quick/result.html",
        edition=edition,
        mine=read.own,
        code=read.code,
        link=url_for("quick.shared", code=read.code, _external=True),
        as_of=day(date.fromisoformat(as_of)) if as_of else "",
        goes_on=current_user.is_authenticated and "company" in current_user.roles_held,
        **result_shapes(read.asked.plan, read.answers),
    )


def _workbook(read: Result) -> AnyResponse:
    edition = read.asked.edition
    sheet = sheet_of(read.answers)
    content = scorecard_workbook(
        read.asked.plan, sheet, company=_("Quick check"), as_of=law_as_of(edition), language=language()
    )
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="quick-check.xlsx"'
    return response


def _refused(wrong: Wrong) -> tuple[str, int]:
    """A page on a link that cannot be read. It never repeats the link."""
    steps = [
        {"label": _wrong_words(wrong), "url": ""},
        {"label": _("Answer the quick check yourself"), "url": url_for("quick.question", number=1)},
    ]
    heading, safe = _("This result link cannot be read"), _("A link holds its answers itself, so nothing is lost here.")
    page = render_template("error.html", heading=heading, safe=safe, next_steps=steps)
    return page, 410 if wrong == "other" else 400


def _wrong_words(wrong: Wrong) -> str:
    if wrong == "cut":
        return _("The end of it is missing. Copy the whole link, up to its last character, and open it again.")
    if wrong == "changed":
        return _(
            "Something in it was changed: its last characters do not fit the rest. Copy it again where it was made."
        )
    return _("It answers another edition of the quick check than this installation has, and means nothing in this one.")

"""The result of the quick check, for the visitor's own answers or a result link, as page and workbook."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import g, redirect, render_template, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_wording import scorecards_by_basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.web.access_control import csrf_by_origin, public
from compliance.web.edition_registry import ServedEdition
from compliance.web.presenters import fields_of
from compliance.web.presenters.provisions import (
    ProvisionView,
    law_as_of,
    law_as_of_words,
    law_by_requirement,
    provision_views,
)
from compliance.web.presenters.scorecard import GapView, ScorecardView, gap_view, scorecard_view
from compliance.web.quick.link_code import LinkFault, QuickAnswers, UnreadableLink, write_code
from compliance.web.quick.quick_check import (
    answers_of_link,
    bp,
    keep_answers,
    quick_answer_sheet,
    quick_form,
    visitor_answers,
)
from compliance.web.responses import XLSX, download
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import scorecard_workbook

#: Number of gaps that are shown at once; the others are one click away.
QUICK_FIRST_GAPS = 3


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A question of the quick check with its answer, and the law behind it."""

    ask: str
    answer: str
    points: float | None
    full: float
    provisions: Sequence[ProvisionView]
    names: str  # of the provisions


@dataclass(frozen=True, kw_only=True)
class QuickResultView(ScorecardView):
    """The result of a quick check: a scorecard, its gaps by gain, and the answers."""

    by_gain: Sequence[GapView]  # the first gaps
    more_by_gain: Sequence[GapView]
    lines: Sequence[AnswerLine]


def quick_result_view(compiled: CompiledEdition, answers: QuickAnswers) -> QuickResultView:
    """Return the view model of a result, with gaps ordered by the points gained by meeting each."""
    edition = compiled.edition
    cards, law = scorecards_by_basis(compiled, quick_answer_sheet(answers)), law_by_requirement(edition)
    # Only the claimed score is shown: a quick check does not ask for evidence.
    gaps = [replace(gap_view(cards, gap, law[gap.requirement.id]), beside="") for gap in cards.claimed.gaps]
    gaps.sort(key=lambda gap: (-gap.gain, not gap.critical))
    lines = [_answer_line(compiled, question, answers.get(question, "")) for question in edition.questions]
    first, more = gaps[:QUICK_FIRST_GAPS], gaps[QUICK_FIRST_GAPS:]
    return QuickResultView(**fields_of(scorecard_view(cards)), by_gain=first, more_by_gain=more, lines=lines)


def _answer_line(compiled: CompiledEdition, question_id: str, chosen: str) -> AnswerLine:
    question = compiled.edition.questions[question_id]
    requirement = compiled.edition.requirement_of(question_id)
    option = question.option(chosen) if chosen else None
    provisions = provision_views(compiled.edition, requirement.law) if requirement else []
    return AnswerLine(
        ask=question.ask,
        answer=option.text if option else "",
        points=option.points if option else None,
        full=question.full,
        provisions=provisions,
        names=comma_list(f"{provision.short} {provision.provision}" for provision in provisions),
    )


_OFFERED = "quick_offered"


@dataclass(frozen=True)
class QuickCheckAnswers:
    """Answers to a quick form, and whether they are the visitor's own."""

    served_edition: ServedEdition
    answers: QuickAnswers
    is_own: bool

    @property
    def code(self) -> str:
        """The code of the answers, which ends a result link."""
        return write_code(self.served_edition.edition, self.answers)


@bp.get("/quick/result")
@public
def result() -> str | AnyResponse:
    """The result of the visitor's own answers; without answers, redirect to the first question."""
    answers = visitor_answers()
    if not answers:
        return redirect(url_for("quick.question", number=1))
    return _page(QuickCheckAnswers(quick_form(), answers, is_own=True))


@bp.get("/quick/result.xlsx")
@public
def workbook() -> AnyResponse:
    """The result of the visitor's own answers as a workbook with live formulas."""
    answers = visitor_answers()
    if not answers:
        return redirect(url_for("quick.question", number=1))
    return _workbook(QuickCheckAnswers(quick_form(), answers, is_own=True))


@bp.get("/quick/r/<path:code>")
@public
def shared(code: str) -> str | tuple[str, int]:
    """The result of a link, or what is wrong with the link."""
    try:
        here, answers = answers_of_link(code)
    except UnreadableLink as bad:
        return _refused(bad.fault)
    return _page(QuickCheckAnswers(here, answers, is_own=False))


@bp.get("/quick/r/<code>.xlsx")
@public
def shared_workbook(code: str) -> AnyResponse | tuple[str, int]:
    """The result of a link as a workbook, or what is wrong with the link."""
    try:
        here, answers = answers_of_link(code)
    except UnreadableLink as bad:
        return _refused(bad.fault)
    return _workbook(QuickCheckAnswers(here, answers, is_own=False))


@bp.get("/quick/r/<code>/take")
@public
def offer(code: str) -> AnyResponse | tuple[str, int]:
    """Redirect to the page that offers to take over a link's answers, without them in its address."""
    try:
        answers_of_link(code)
    except UnreadableLink as bad:
        return _refused(bad.fault)
    session[_OFFERED] = code
    return redirect(url_for("quick.offered"), 303)


@bp.get("/quick/take")
@public
def offered() -> str | AnyResponse:
    """The offer to continue with the answers of a link, in place of the visitor's own."""
    try:
        here, answers = answers_of_link(session.get(_OFFERED, ""))
    except UnreadableLink:
        return redirect(url_for("quick.question", number=1))
    return render_template(
        "quick/take.html",
        edition=here.edition,
        answered=len(answers),
        mine=len(visitor_answers()),
        same=_is_asked(here),
    )


@bp.post("/quick/take")
@public
@csrf_by_origin
def take() -> AnyResponse:
    """Take over the answers of a link, if it is of the current edition."""
    try:
        here, answers = answers_of_link(session.pop(_OFFERED, ""))
    except UnreadableLink:
        return redirect(url_for("quick.question", number=1), 303)
    if _is_asked(here):
        keep_answers(answers)
    return redirect(url_for("quick.result"), 303)


def _is_asked(here: ServedEdition) -> bool:
    return here.edition.digest == quick_form().edition.digest


def _page(read: QuickCheckAnswers) -> str:
    edition = read.served_edition.edition
    g.leads_home = False  # the code was read, so the page may link to itself in other languages
    return render_template(
        "quick/result.html",
        edition=edition,
        mine=read.is_own,
        code=read.code,
        link=url_for("quick.shared", code=read.code, _external=True),
        as_of=law_as_of_words(edition),
        goes_on=current_user.is_authenticated and "company" in current_user.roles_held,
        **fields_of(quick_result_view(read.served_edition.compiled, read.answers)),
    )


def _workbook(read: QuickCheckAnswers) -> AnyResponse:
    edition = read.served_edition.edition
    sheet = quick_answer_sheet(read.answers)
    metadata = AssessmentMetadata(company=_("Quick check"), law_as_of=law_as_of(edition))
    content = scorecard_workbook(read.served_edition.compiled, sheet, metadata, language=current_language())
    return download("quick-check.xlsx", content, XLSX)


def _refused(fault: LinkFault) -> tuple[str, int]:
    """Return the page about a link that cannot be read. It never repeats the link."""
    steps = [
        {"label": _fault_words(fault), "url": ""},
        {"label": _("Answer the quick check yourself"), "url": url_for("quick.question", number=1)},
    ]
    heading, safe = (
        _("This result link cannot be read"),
        _("The link itself holds the answers, so nothing is lost here."),
    )
    page = render_template("error.html", heading=heading, safe=safe, next_steps=steps)
    return page, 410 if fault == "other" else 400


def _fault_words(fault: LinkFault) -> str:
    if fault == "cut":
        return _("The end of it is missing. Copy the whole link, up to its last character, and open it again.")
    if fault == "changed":
        return _(
            "Something in it was changed: its last characters do not match the rest. Copy it again from "
            "where it was made."
        )
    return _("It was made with a different edition of the quick check and cannot be shown with this one.")

"""The questions of the quick check, one per page or all for print. Answers are stored only in the visitor's cookie."""

from collections.abc import Iterable

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Question
from compliance.web.access_control import csrf_by_origin, public
from compliance.web.answer_forms import read_answer_fields
from compliance.web.edition_registry import ServedEdition, editions, quick_edition
from compliance.web.forms import choice_of
from compliance.web.presenters.question_views import quick_question_view
from compliance.web.quick.link_code import QuickAnswers, UnreadableLink, read_code, write_code

bp = Blueprint("quick", __name__)

_ANSWERS_KEY = "quick"
_NOT_KNOWN_KEY = "quick-left-open"
#: Pages that show answers, which search engines should not index.
_RESULTS = frozenset({"quick.result", "quick.workbook", "quick.shared", "quick.shared_workbook"})
#: Pages with the answers in their address, which must not be passed on to other sites.
_SHARED = frozenset({"quick.shared", "quick.shared_workbook", "quick.offer"})


def quick_form() -> ServedEdition:
    """Return the current quick form; 404 if there is none."""
    return quick_edition() or abort(404)


def visitor_answers() -> dict[str, str]:
    """Return the answers of this visitor: option ids by question. Answers to an earlier edition do not count."""
    try:
        _edition, answers = read_code(session.get(_ANSWERS_KEY, ""), [quick_form().edition])
    except UnreadableLink:
        return {}
    return answers


def not_known_yet() -> frozenset[str]:
    """Return the questions that this visitor marked "Not known yet". They are blanks, and their pages show the mark."""
    return frozenset(session.get(_NOT_KNOWN_KEY, ()))


def keep_answers(answers: QuickAnswers, left_open: Iterable[str] = ()) -> None:
    """Store answers in the cookie of this visitor, as the short code of a result link."""
    session[_ANSWERS_KEY] = write_code(quick_form().edition, answers)
    session[_NOT_KNOWN_KEY] = sorted(left_open)


def forget_answers() -> None:
    """Delete this visitor's answers from the cookie."""
    session.pop(_ANSWERS_KEY, None)
    session.pop(_NOT_KNOWN_KEY, None)


def answers_of_link(code: str) -> tuple[ServedEdition, dict[str, str]]:
    """Return the quick form and the answers of a result link. Raise UnreadableLink if no form here fits the code."""
    forms = {one.edition.digest: one for one in editions().values() if one.edition.form == "quick"}
    edition, answers = read_code(code, (one.edition for one in forms.values()))
    return forms[edition.digest], answers


def quick_answer_sheet(answers: QuickAnswers) -> AnswerSheet:
    """Return the answers as an answer sheet."""
    return AnswerSheet(answers=dict(answers))


@bp.before_request
def _keep_link() -> None:
    """Keep pages from repeating the code in their address, until it was read and is shown."""
    g.leads_home = "code" in (request.view_args or {})


@bp.after_request
def _set_privacy_headers(response: Response) -> Response:
    if request.endpoint in _RESULTS | _SHARED:
        response.headers["X-Robots-Tag"] = "noindex"
    if request.endpoint in _SHARED:
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


#: The next page after an answer that was changed from the result.
RESULT = "result"


class ThenForm(FlaskForm):
    """The next page after an answer of the quick check. Showing a question sets no cookie, so there is no token."""

    class Meta:
        """Settings of the form."""

        csrf = False

    then = StringField()


@bp.get("/quick", defaults={"number": 1})
@bp.get("/quick/<int:number>")
@public
def question(number: int) -> str:
    """One question."""
    return _show(quick_form(), number, choice_of("then", (RESULT,), ""))


@bp.post("/quick", defaults={"number": 1})
@bp.post("/quick/<int:number>")
@public
@csrf_by_origin
def answer(number: int) -> BaseResponse | tuple[str, int]:
    """Store an answer, and continue with the next question, or with the result if it was changed from there."""
    here = quick_form()
    question = _numbered(here, number)
    field = read_answer_fields([question], request.form)[question.id]
    then = RESULT if ThenForm().then.data == RESULT else ""
    if field.errors:
        return _show(here, number, then, _("Choose one of the answers shown.")), 400
    said, open_now = ("", {question.id}) if field.blank else (field.data, set())
    keep_answers({**visitor_answers(), question.id: said}, not_known_yet() - {question.id} | open_now)
    if then == RESULT or number == len(here.edition.questions):
        return redirect(url_for("quick.result"), 303)
    return redirect(url_for("quick.question", number=number + 1), 303)


@bp.get("/quick/print")
@public
def on_paper() -> str:
    """All questions on one page, with the answers so far."""
    here, answers = quick_form(), visitor_answers()
    questions = [quick_question_view(here.edition, q, answers.get(q.id, "")) for q in here.edition.questions.values()]
    offered = {question.options for question in questions}
    shared = offered.pop() if len(offered) == 1 else ()
    return render_template("quick/print.html", edition=here.edition, questions=questions, shared=shared)


@bp.post("/quick/forget")
@public
@csrf_by_origin
def forgotten() -> BaseResponse:
    """Delete the answers."""
    quick_form()
    forget_answers()
    flash(_("Your answers were deleted."))
    return redirect(url_for("quick.question", number=1), 303)


def _show(here: ServedEdition, number: int, then: str, error: str = "") -> str:
    """Return the page of a question. `then`: the page after its answer."""
    question, answers = _numbered(here, number), visitor_answers()
    not_known = question.id in not_known_yet()
    view = quick_question_view(here.edition, question, answers.get(question.id, ""), not_known=not_known, error=error)
    return render_template(
        "quick/question.html",
        edition=here.edition,
        number=number,
        of=len(here.edition.questions),
        question=view,
        then=then,
        answered=len(answers),
    )


def _numbered(here: ServedEdition, number: int) -> Question:
    questions = list(here.edition.questions.values())
    return questions[number - 1] if 1 <= number <= len(questions) else abort(404)

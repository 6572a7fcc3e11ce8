"""The walk: a question a page, back and forth as one likes; all of them on one page for paper; forgetting them."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import AnswerFault, read_answer
from compliance.questionnaire.edition import Edition, Question
from compliance.web.access import from_own_pages, public
from compliance.web.editions import Asked
from compliance.web.question_forms import NOT_KNOWN_TEXT
from compliance.web.quick.blueprint import asked, bp, forget, given, keep, left_open
from compliance.web.shapes import Shape, provision_shapes

RESULT = "result"


@bp.get("/quick", defaults={"number": 1})
@bp.get("/quick/<int:number>")
@public
def question(number: int) -> str:
    """One question."""
    return _show(asked(), number)


@bp.post("/quick", defaults={"number": 1})
@bp.post("/quick/<int:number>")
@public
@from_own_pages
def answer(number: int) -> Response | tuple[str, int]:
    """Keep an answer, and go on to the next question, or to the result from where it is changed."""
    here = asked()
    question = _numbered(here, number)
    text = request.form.get(question.id, "")
    said, open_now = ("", {question.id}) if text == NOT_KNOWN_TEXT else (text, set())
    try:
        read_answer(question, said)
    except AnswerFault:
        return _show(here, number, _("Choose one of the answers shown.")), 400
    keep({**given(), question.id: said}, left_open() - {question.id} | open_now)
    if _then() == RESULT or number == len(here.edition.questions):
        return redirect(url_for("quick.result"), 303)
    return redirect(url_for("quick.question", number=number + 1), 303)


@bp.get("/quick/print")
@public
def on_paper() -> str:
    """Every question on one page, with the answers so far."""
    here, answers = asked(), given()
    questions = [question_shape(here.edition, q, answers.get(q.id, "")) for q in here.edition.questions.values()]
    return render_template("quick/print.html", edition=here.edition, questions=questions)


@bp.post("/quick/forget")
@public
@from_own_pages
def forgotten() -> Response:
    """Forget the answers."""
    asked()
    forget()
    flash(_("Your answers are forgotten."))
    return redirect(url_for("about.home"), 303)


def question_shape(edition: Edition, question: Question, chosen: str = "", *, not_known: bool = False) -> Shape:
    """A question as `parts/question.html` reads it; `not_known`: "I don't know yet" is chosen."""
    requirement = edition.requirement_of(question.id)
    return {
        "id": question.id,
        "kind": question.kind,
        "ask": question.ask,
        "help": question.help,
        "expects": requirement.expects if requirement else "",
        "options": [{"id": o.id, "text": o.text, "points": o.points} for o in question.options],
        "scored": question.scored,
        "full": question.full,
        "na": question.na,
        "chosen": [chosen] if chosen else [],
        "unknown": not_known,
        "not_applicable": False,
        "errors": {},
        "provisions": provision_shapes(edition, requirement.law) if requirement else [],
    }


def _show(here: Asked, number: int, error: str = "") -> str:
    question, answers = _numbered(here, number), given()
    not_known = question.id in left_open()
    shape = question_shape(here.edition, question, answers.get(question.id, ""), not_known=not_known)
    return render_template(
        "quick/question.html",
        edition=here.edition,
        number=number,
        of=len(here.edition.questions),
        question=shape | {"errors": {"value": error} if error else {}},
        then=_then(),
        answered=len(answers),
    )


def _numbered(here: Asked, number: int) -> Question:
    questions = list(here.edition.questions.values())
    return questions[number - 1] if 1 <= number <= len(questions) else abort(404)


def _then() -> str:
    """Where the answer leads: to the result, if it is from there that one came to change it."""
    return RESULT if request.values.get("then") == RESULT else ""

"""From the quick check into a full assessment: what it settled is filled in, and nothing that is there is touched."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.questionnaire.answers import write_answer
from compliance.questionnaire.edition import PROFILE
from compliance.questionnaire.mapping import Carried, carry
from compliance.store import Change, Kept, answers_view, assessment_for, assessments_of, periods, save_answers
from compliance.web.access import readers
from compliance.web.company.blueprint import with_answers
from compliance.web.company.questions import answer_words
from compliance.web.database import db, now
from compliance.web.editions import Asked, newest_edition, rules_between
from compliance.web.quick.blueprint import asked, bp, given, sheet_of
from compliance.web.shapes import Shape
from compliance.web.signing_in import me


@dataclass(frozen=True, slots=True)
class Year:
    """One year for which one may go on."""

    year: int
    there: int  # questions of the full form that are answered already
    fills: int  # questions that the quick check would fill in


@bp.get("/quick/full")
@readers("company")
def full() -> str | Response:
    """What the quick check settles, and for which year to take it along."""
    if not given():
        return redirect(url_for("company.mine"))
    into = newest_edition()
    carried = _carried(into)
    return render_template(
        "quick/full.html",
        edition=into.edition,
        organisation=me().person.organisation,
        unsettled=len({left.question for left in carried.left}),
        settled=[_settled(into, carried, question) for question in carried.sheet.answers],
        years=[_year(into, carried, p.year) for p in periods(db()) if p.closed_at is None],
    )


@bp.post("/quick/full")
@readers("company")
def go_on() -> Response:
    """Fill in what is settled, in an assessment that is begun if there is none. Raise NotFound or PeriodClosed."""
    text, into = request.form.get("year", ""), newest_edition()
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise BadRequest
    if not given():
        return redirect(url_for("company.mine"), 303)
    carried, at = _carried(into), now()
    begun = assessment_for(db(), _organisation(), edition=into.edition.id, year=int(text), at=at)
    there = answers_view(db(), begun.id)
    wanted = _blanks(carried, there)
    source = asked().edition.id
    seen = {question: kept.version for question, kept in there.items()}
    changes = [
        Change(i, write_answer(carried.sheet.answers[i]), seen=seen.get(i, 0), carried_from=source) for i in wanted
    ]
    saved = save_answers(db(), begun.id, changes, by=me().id, at=at)
    db().commit()
    _say(len(saved.versions), len(carried.sheet.answers) - len(saved.versions))
    described = any(question.startswith(PROFILE) for question in there)
    return redirect(url_for("company.tasks" if described else "company.profile", assessment_id=begun.id), 303)


def _carried(into: Asked) -> Carried:
    quick = asked().edition
    return carry(quick, into.edition, rules_between(quick, into.edition), sheet_of(given()))


def _blanks(carried: Carried, there: Mapping[str, Kept]) -> list[str]:
    """What would be filled in: questions without an answer. One that only has evidence has none."""
    return [question for question in carried.sheet.answers if question not in there or not there[question].text]


def _year(into: Asked, carried: Carried, year: int) -> Year:
    mine = [a for a in assessments_of(db(), _organisation()) if a.voice == "self" and a.year == year]
    begun = next((a for a in mine if a.edition_id == into.edition.id), None)
    there = answers_view(db(), begun.id) if begun else {}
    answered = with_answers(begun, into, dict(there)).progress.answered if begun else 0
    return Year(year, answered, len(_blanks(carried, there)))


def _settled(into: Asked, carried: Carried, question_id: str) -> Shape:
    quick = asked().edition
    question = into.edition.questions[question_id]
    words = answer_words(into.edition, question_id, write_answer(carried.sheet.answers[question_id]))
    return {
        "ask": question.ask,
        "answer": words,
        "sources": [quick.questions[source].ask for source in carried.sources[question_id]],
    }


def _say(filled: int, left_alone: int) -> None:
    if filled:
        flash(ngettext(
            "One answer from your quick check is filled in. It is marked, and you can change it.",
            "%(num)s answers from your quick check are filled in. Each is marked, and you can change it.",
            filled,
        ))  # fmt: skip
    else:
        flash(_("Nothing was filled in from your quick check."))
    if left_alone:
        flash(ngettext(
            "One question was answered here already, and stays as it is.",
            "%(num)s questions were answered here already, and stay as they are.",
            left_alone,
        ))  # fmt: skip


def _organisation() -> int:
    organisation = me().person.organisation_id
    assert organisation is not None, "a company member belongs to an organisation"
    return organisation

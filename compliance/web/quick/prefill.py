"""Prefilling a full assessment from the quick check. Existing answers are never changed.

Quick answers that do not settle a question are shown next to the questions that they are about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import saved_answer_words
from compliance.questionnaire.answer_mapping import MappedSheet, map_answers
from compliance.questionnaire.answers import write_answer
from compliance.questionnaire.edition import PROFILE_PREFIX
from compliance.store import (
    AnswerEdit,
    SavedAnswer,
    assessment_for,
    assessments_of,
    keep_quick_answers,
    periods,
    save_answers,
    saved_answers,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company, require
from compliance.web.assessment_context import context_with_answers
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, answer_mapping_between, newest_edition
from compliance.web.forms import YearForm
from compliance.web.quick.quick_check import bp, quick_answer_sheet, quick_form, visitor_answers


@dataclass(frozen=True, slots=True)
class FilledQuestionView:
    """A question that the quick check fills in, with the quick questions that its answer follows from."""

    ask: str
    answer: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrefillYear:
    """One open year, to whose assessment the quick check can be transferred."""

    year: int
    there: int  # number of questions of the full form with an answer
    fills: int  # number of questions that the quick check would fill in


@bp.get("/quick/full")
@readers("company")
def full() -> str | BaseResponse:
    """The questions that the quick check fills in, and a choice of years."""
    if not visitor_answers() or not me().person.memberships:
        return redirect(url_for("company.mine"))
    require("answer", own_company().organisation_id)
    into = newest_edition()
    carried = _mapped_answers(into)
    return render_template(
        "quick/full.html",
        edition=into.edition,
        organisation=own_company().organisation,
        unsettled=len({answer.question for answer in carried.unmapped}),
        settled=[_filled_question_view(into, carried, question) for question in carried.sheet.answers],
        years=[_prefill_year(into, carried, p.year) for p in periods(db()) if p.closed_at is None],
    )


@bp.post("/quick/full")
@readers("company")
def go_on() -> BaseResponse:
    """Fill in the settled answers, in an assessment that is begun if there is none. Raise NotFound or PeriodClosed."""
    form, into = YearForm(), newest_edition()
    if not form.validate():
        raise BadRequest
    if not visitor_answers():
        return redirect(url_for("company.mine"), 303)
    require("answer", own_company().organisation_id)
    carried, at = _mapped_answers(into), now()
    begun = assessment_for(db(), own_company().organisation_id, edition=into.edition.id, year=form.number, at=at)
    there = saved_answers(db(), begun.id)
    wanted = _questions_to_fill(carried, there)
    source = quick_form().edition.id
    seen = {question: kept.version for question, kept in there.items()}
    changes = [
        AnswerEdit(i, write_answer(carried.sheet.answers[i]), seen=seen.get(i, 0), carried_from=source) for i in wanted
    ]
    saved = save_answers(db(), begun.id, changes, by=me().id, at=at)
    keep_quick_answers(db(), begun.id, visitor_answers(), by=me().id, at=at)
    db().commit()
    _flash_outcome(len(saved.versions), len(carried.sheet.answers) - len(saved.versions))
    described = any(question.startswith(PROFILE_PREFIX) for question in there)
    return redirect(url_for("company.tasks" if described else "company.profile", assessment_id=begun.id), 303)


def _mapped_answers(into: ServedEdition) -> MappedSheet:
    quick = quick_form().edition
    return map_answers(
        quick, into.complete, answer_mapping_between(quick, into.complete), quick_answer_sheet(visitor_answers())
    )


def _questions_to_fill(carried: MappedSheet, there: Mapping[str, SavedAnswer]) -> list[str]:
    """Return the questions to fill in: those without an answer, even if they have evidence."""
    return [question for question in carried.sheet.answers if question not in there or not there[question].text]


def _prefill_year(into: ServedEdition, carried: MappedSheet, year: int) -> PrefillYear:
    mine = [a for a in assessments_of(db(), own_company().organisation_id) if a.voice == "self" and a.year == year]
    begun = next((a for a in mine if a.edition_id == into.edition.id), None)
    there = saved_answers(db(), begun.id) if begun else {}
    answered = context_with_answers(begun, into, dict(there)).progress.answered if begun else 0
    return PrefillYear(year, answered, len(_questions_to_fill(carried, there)))


def _filled_question_view(into: ServedEdition, carried: MappedSheet, question_id: str) -> FilledQuestionView:
    quick = quick_form().edition
    question = into.complete.questions[question_id]
    words = saved_answer_words(into.complete, question_id, write_answer(carried.sheet.answers[question_id]))
    sources = tuple(quick.questions[source].ask for source in carried.sources[question_id])
    return FilledQuestionView(question.ask, words, sources)


def _flash_outcome(filled: int, left_alone: int) -> None:
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
            "One question was already answered here and stays as it is.",
            "%(num)s questions were already answered here and stay as they are.",
            left_alone,
        ))  # fmt: skip

"""The small form in which answers are tried out: what stands in it, and what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from compliance.findings.answers import answer_words
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import (
    NOT_APPLICABLE_TEXT,
    Answer,
    AnswerSheet,
    NotApplicable,
    read_answer,
    write_answer,
)
from compliance.questionnaire.edition import NONE_OF_THESE, Question
from compliance.scoring.changes import Change
from compliance.web.question_forms import fields_of
from compliance.web.shapes import Shape


@dataclass(frozen=True, slots=True)
class Tried:
    """What was sent, and what of it is no answer."""

    answers: Mapping[str, Answer | None]
    errors: Mapping[str, str]
    typed: Mapping[str, str]


def read_tried(questions: Sequence[Question], posted: MultiDict[str, str]) -> Tried:
    """The answers that a post spells to these questions; what is left empty is a blank."""
    form = BaseForm({question.id: fields_of(question)[question.id] for question in questions})
    form.process(posted)
    form.validate()
    errors = {question.id: str(form[question.id].errors[0]) for question in questions if form[question.id].errors}
    return Tried(
        {
            question.id: read_answer(question, form[question.id].data)
            for question in questions
            if question.id not in errors
        },
        errors,
        {question.id: form[question.id].data for question in questions},
    )


def texts_of(questions: Sequence[Question], answers: Change, sheet: AnswerSheet) -> dict[str, str]:
    """What stands in each control at first: the answer of a step, or else the one that stands."""
    return {q.id: write_answer(answers.get(q.id, sheet.answers.get(q.id))) for q in questions}


def fields_shape(
    questions: Sequence[Question], texts: Mapping[str, str], sheet: AnswerSheet, errors: Mapping[str, str]
) -> list[Shape]:
    """A control for each question, holding its text."""
    return [_field(question, texts[question.id], sheet, errors.get(question.id, "")) for question in questions]


def _field(question: Question, text: str, sheet: AnswerSheet, error: str) -> Shape:
    now = sheet.answers.get(question.id)
    chosen = text.split("|")
    options = [{"value": option.id, "label": option.text or option.id} for option in question.options]
    if question.kind == "many":
        options.append({"value": NONE_OF_THESE, "label": _("None of these")})
    if isinstance(now, NotApplicable):
        options.append({"value": NOT_APPLICABLE_TEXT, "label": _("Does not apply")})
    return {
        "id": f"w-{question.id}",
        "name": question.id,
        "kind": question.kind,
        "label": question.ask,
        "value": text,
        "options": [{**o, "selected": o["value"] in chosen, "checked": o["value"] in chosen} for o in options],
        "hint": " · ".join([*_measure(question), _("Now: %(answer)s", answer=answer_words(question, now))]),
        "error": error,
    }


def _measure(question: Question) -> list[str]:
    """What a number is counted in: it stands nowhere else beside the control."""
    return [_("Your answer, in %(unit)s", unit=question.unit)] if question.unit else []

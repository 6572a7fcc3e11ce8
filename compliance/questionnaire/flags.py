"""Flags: what an option says about the company, beside its points. It is a finding wherever the answer is shown.

Flags do not affect scores. A flag counts as a finding while its question is asked, whether or not the question counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet
from compliance.questionnaire.edition import Edition, Option, Question
from compliance.questionnaire.routing import NO, Route, route_questions


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    """A finding: the chosen option that has the `flag`, and its question."""

    question: Question
    option: Option


def flagged_options(question: Question, answer: Answer | None) -> tuple[Option, ...]:
    """Return the options with a flag that an answer has chosen, in the order of the question."""
    if answer is None or not question.options or question.places:
        return ()
    chosen = answer if isinstance(answer, tuple) else (answer,)
    return tuple(option for option in question.options if option.flag and option.id in chosen)


def raised_flags(
    edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route] | None = None
) -> tuple[RaisedFlag, ...]:
    """Return the findings of a sheet, in the order of the questions. Adjusted answers replace the company's own.

    `routes`: the routes of the sheet, if already known.
    """
    if not edition.flagged_questions:
        return ()
    routed = routes if routes is not None else route_questions(edition, sheet)
    return tuple(
        RaisedFlag(question, option)
        for question in edition.flagged_questions
        if routed[question.id].asked != NO
        for option in flagged_options(question, _standing_answer(sheet, question.id))
    )


def _standing_answer(sheet: AnswerSheet, question_id: str) -> Answer | None:
    verdict = sheet.verdicts.get(question_id)
    return verdict.answer if isinstance(verdict, Adjusted) else sheet.answers.get(question_id)

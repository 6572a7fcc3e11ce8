"""Many changes to one sheet, scored at once: what each brings, and the effort it costs.

Effort is counted where advice is given, at the requirement: its `effort` times the share of its points that a change
adds, gates included. A question outside every requirement counts by itself, with an effort of 1. What falls, because
a change brings in questions that are not answered yet, gives no effort back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.scoring.columns import BELIEVED, BLANK, FIRST_VALUE, NA, UNSHOWN, Column, Columns, codes_for
from compliance.scoring.plan import Plan
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score_columns
from compliance.scoring.types import SCORE, Floats

#: What is answered anew, by question.
Change = Mapping[str, Answer | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """What effort is counted of: a requirement, or a question outside every requirement."""

    part: Node | Question

    @property
    def effort(self) -> float:
        """Of bringing it from nothing to full marks."""
        return self.part.effort if isinstance(self.part, Node) else 1.0


def units_of(edition: Edition) -> tuple[Unit, ...]:
    """Every requirement with a scored question, then every scored question outside them, in file order."""
    inside = [r for r in edition.requirements if any(question.scored for question in r.questions())]
    alone = [q for q in edition.questions.values() if q.scored and edition.requirement_of(q.id) is None]
    return (*(Unit(part) for part in inside), *(Unit(part) for part in alone))


def changed(sheet: AnswerSheet, change: Change) -> AnswerSheet:
    """The sheet with these answers; what is answered anew counts as shown, as it would have to be."""
    answers = {**sheet.answers, **change}
    given = {question: answer for question, answer in answers.items() if answer is not None}
    shown = {question for question, answer in change.items() if answer is not None}
    return replace(sheet, answers=given, evidenced=sheet.evidenced | shown)


def score_changes(plan: Plan, columns: Columns, changes: Sequence[Change]) -> Scores:
    """The scores of one company after each change by itself. `columns`: its answers, as coded for a basis."""
    many = columns.repeated(np.zeros(len(changes), np.int64))
    answers, belief = dict(many.answers), dict(many.belief)
    touched = dict.fromkeys(question for change in changes for question in change)
    for question in touched:
        where = [position for position, change in enumerate(changes) if question in change]
        answers[question] = _with(answers[question], where, [changes[position][question] for position in where])
        if question in belief:
            belief[question] = belief[question].copy()
            belief[question][where] = [_belief(changes[position][question]) for position in where]
    after = replace(many, answers=answers, belief=belief)
    return score_columns(plan, after, routes_of(plan.edition, after))


def _belief(answer: Answer | None) -> int:
    return UNSHOWN if isinstance(answer, NotApplicable) and not answer.reason else BELIEVED


def _with(column: Column, where: Sequence[int], answers: Sequence[Answer | None]) -> Column:
    values = list(column.values)
    known = {value: FIRST_VALUE + position for position, value in enumerate(values)}
    new = []
    for answer in answers:
        if answer is None or isinstance(answer, NotApplicable):
            new.append(BLANK if answer is None else NA)
            continue
        if answer not in known:
            known[answer] = FIRST_VALUE + len(values)
            values.append(answer)
        new.append(known[answer])
    codes = column.codes.astype(codes_for(len(values)))
    codes[list(where)] = new
    return Column(codes, tuple(values))


def shares_of(scores: Scores, units: Sequence[Unit]) -> Floats:
    """The share of each unit after each change, units × changes; 0 where one is off."""
    shares: Floats = np.stack([scores.results[unit.part.id].value[SCORE] for unit in units])
    return np.where(np.isnan(shares), 0.0, shares)


def efforts_of(units: Sequence[Unit], before: Floats, after: Floats) -> Floats:
    """What each change costs. `before`: units × 1; `after`: units × changes."""
    added = np.maximum(after - before, 0.0)
    total: Floats = np.zeros(after.shape[1])
    for unit, of_unit in zip(units, added, strict=True):
        total += unit.effort * of_unit
    return total

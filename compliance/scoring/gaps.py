"""Gaps: the requirements not fully met, what each costs, the law behind it and what would close it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from compliance.questionnaire.answers import Value
from compliance.questionnaire.edition import NONE_OF_THESE, Node, Question
from compliance.scoring.bands import overall_bands
from compliance.scoring.columns import BELIEVED, FIRST_VALUE, NA, Column, Columns, codes_for
from compliance.scoring.descend import losses
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score_columns
from compliance.scoring.types import SCORE, Flags


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement not fully met. Points are on the edition's scale."""

    requirement: Node
    score: float
    loss: float  # where the missing points are: losses add up to what is missing
    gain: float  # what the whole would rise by if this requirement alone were met; gains do not add up
    fails_critical: bool  # it caps the band


def find_gaps(scores: Scores, company: int = 0) -> tuple[Gap, ...]:
    """The gaps of one company: those that cap its band first, then by points lost; none without a score."""
    if np.isnan(scores.overall.score[company]):
        return ()
    scale, lost = scores.plan.edition.scale, losses(scores)
    failed = overall_bands(scores).failed
    unmet = [r for r in scores.plan.edition.requirements if _is_unmet(scores, r, company)]
    gained = _gains(scores, unmet, company)
    gaps = [
        Gap(
            requirement,
            float(scores.results[requirement.id].value[SCORE, company]) * scale,
            float(sum(lost[q.id][company] for q in requirement.questions() if q.scored)) * scale,
            gain * scale,
            requirement.id in failed and bool(failed[requirement.id][SCORE, company]),
        )
        for requirement, gain in zip(unmet, gained, strict=True)
    ]
    return tuple(sorted(gaps, key=lambda gap: (not gap.fails_critical, -gap.loss)))


def _is_unmet(scores: Scores, requirement: Node, company: int) -> bool:
    """On, below full marks, and with a score at every level above it."""
    node: Node | None = requirement
    while node is not None:
        result = scores.results.get(node.id)
        if result is None or np.isnan(result.score[company]):
            return False
        node = scores.plan.edition.parents.get(node.id)
    return bool(scores.results[requirement.id].value[SCORE, company] < 1.0 - TOLERANCE)


def _gains(scores: Scores, requirements: Sequence[Node], company: int) -> list[float]:
    """Score the sheet once per requirement, with that requirement alone met.

    Its questions get their best answers and its gates are taken as open; gates
    elsewhere that hang on those answers follow. What is asked stays as it is.
    """
    same = np.full(len(requirements), company, np.int64)
    columns = scores.columns.repeated(same)
    answers, belief = dict(columns.answers), dict(columns.belief)
    opened: dict[str, Flags] = {}
    for position, requirement in enumerate(requirements):
        for question in requirement.questions():
            if question.scored and not _drops_out(columns, question, position):
                answers[question.id] = _with_best(answers[question.id], question, position)
                opened[question.id] = _only(position, len(requirements))
                if question.id in belief:
                    belief[question.id] = np.where(opened[question.id], np.int8(BELIEVED), belief[question.id])
    asked = {question: truths[same] for question, truths in scores.routes.asked.items()}
    met = replace(columns, answers=answers, belief=belief)
    routes = routes_of(scores.plan.edition, met, asked=asked, opened=opened)
    after = score_columns(scores.plan, met, routes).overall.value[SCORE]
    return [float(gain) for gain in after - scores.overall.value[SCORE, company]]


def _drops_out(columns: Columns, question: Question, position: int) -> bool:
    """Not applicable, and believed."""
    belief = columns.belief.get(question.id)
    believed = belief is None or belief[position] == BELIEVED
    return bool(columns.answers[question.id].codes[position] == NA) and bool(believed)


def _with_best(column: Column, question: Question, position: int) -> Column:
    codes = column.codes.astype(codes_for(len(column.values) + 1))
    codes[position] = FIRST_VALUE + len(column.values)
    return Column(codes, (*column.values, best_answer(question)))


def _only(position: int, length: int) -> Flags:
    flags = np.zeros(length, bool)
    flags[position] = True
    return flags


def best_answer(question: Question) -> Value:
    """The answer of a scored question that earns most; the first of equals."""
    if question.range is not None:
        return question.range[1]
    if question.kind == "many":
        return tuple(option.id for option in question.options if option.points > 0) or (NONE_OF_THESE,)
    return max(question.options, key=lambda option: option.points).id

"""What-if calculation: one sheet with some answers changed, scored before and after. Nothing is stored."""

from dataclasses import dataclass

from compliance.improvement.problem import SheetChange, score_changes
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Node, Question
from compliance.questionnaire.routing import YES, counted_change
from compliance.scoring.coded_answers import Basis, code_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.standing import ScoreWithBounds, overall_bounds, part_bounds


@dataclass(frozen=True, slots=True)
class RequirementMove:
    """A requirement's score before and after."""

    requirement: Node
    before: ScoreWithBounds
    after: ScoreWithBounds


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One sheet's scores before and after some answers are changed."""

    before: ScoreWithBounds
    after: ScoreWithBounds
    changed_requirements: tuple[RequirementMove, ...]  # those whose score or interval changes, in file order
    not_asked: tuple[Question, ...]  # changed questions that are not, or not certainly, asked after the change
    gate_shut: tuple[Question, ...]  # changed questions that are asked, but whose gate is not open


def what_if(compiled: CompiledEdition, sheet: AnswerSheet, change: SheetChange, basis: Basis = "claimed") -> WhatIf:
    """Score a sheet as it is and with some answers changed. None as an answer stands for a blank.

    On the basis `evidenced`, new answers count as shown.
    """
    counted = counted_change(compiled.edition, sheet, change)
    scores = score_changes(compiled, code_answers(compiled.edition, [sheet], basis), [{}, counted])
    moved = [
        RequirementMove(requirement, *(part_bounds(scores, requirement.id, row, with_band=False) for row in (0, 1)))
        for requirement in compiled.edition.requirements
        if requirement.id in scores.results
    ]
    new = [compiled.edition.questions[question] for question in change]
    asked = [question for question in new if scores.routes.asked[question.id][1] == YES]
    return WhatIf(
        overall_bounds(scores, 0),
        overall_bounds(scores, 1),
        tuple(one for one in moved if _differ(one.before, one.after)),
        not_asked=tuple(question for question in new if question not in asked),
        gate_shut=tuple(question for question in asked if scores.routes.counts[question.id][1] != YES),
    )


def _differ(before: ScoreWithBounds, after: ScoreWithBounds) -> bool:
    return (before.score, before.worst, before.best) != (after.score, after.worst, after.best)

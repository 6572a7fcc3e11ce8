"""Improve: the least effort that takes one sheet to the next band, or to any band or number of points.

The solver proposes, the engine decides: whatever is proposed is scored like any sheet before it is handed on, and a
result that does not reach its target is never one. See `exact` for where the effort is the least there is, `search`
for where it may not be, `choices` for what may change, `changes` for what effort is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.scoring.bands import overall_bands
from compliance.scoring.changes import (
    Change,
    changed,
    efforts_of,
    score_changes,
    shares_of,
    units_of,
)
from compliance.scoring.choices import FINENESS, are_all_known, choices_of, written_number
from compliance.scoring.columns import Basis, columns_of
from compliance.scoring.exact import is_linear, least_effort
from compliance.scoring.gaps import best_answer
from compliance.scoring.plan import Plan, share
from compliance.scoring.program import SHARPER
from compliance.scoring.score import Scores
from compliance.scoring.search import search
from compliance.scoring.sheet_program import Least, Task
from compliance.scoring.steps import Step, steps_of
from compliance.scoring.target import Target, band_target, failing, reaches
from compliance.scoring.types import SCORE, Flags, Floats
from compliance.scoring.what_if import Stand, whole_of

#: Why there is no way up. "": there is one. "not-found": only a search failed, which proves nothing.
Reason: TypeAlias = Literal["", "top", "no-bands", "coverage", "critical", "points", "not-found"]
#: What a company can change: claims, and what shows them. What an auditor finds is not its own to choose.
BASES: tuple[Basis, ...] = ("claimed", "evidenced")
#: Efforts that differ by less are the same: so exact is exact.
CLOSE = 1e-6
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Improvement:
    """The way from one sheet to a target, or why there is none."""

    edition: Edition
    sheet: AnswerSheet
    basis: Basis
    target: Target | None  # None: there is no band above
    before: Stand
    after: Stand  # as the engine scores the changed sheet; without a way, with every answer at its best
    effort: float
    bound: float | None  # no way costs less; None: not known
    is_exact: bool  # the least effort there is; False: a search found it, or the solver was stopped
    steps: tuple[Step, ...]
    reason: Reason
    failing: tuple[Node, ...]  # critical requirements that cannot be met, where that is the reason

    @property
    def is_reached(self) -> bool:
        """There is a way, which may be no step long."""
        return not self.reason

    @property
    def change(self) -> Change:
        """What is answered anew, in the order of the steps."""
        return {step.question.id: step.after for step in self.steps}

    @property
    def changed_sheet(self) -> AnswerSheet:
        """The sheet after the last step."""
        return changed(self.sheet, self.change)


def next_target(scores: Scores) -> Target | None:
    """The band above the one that a sheet has; the lowest where it has none; None at the top or without bands."""
    edition = scores.plan.edition
    position = int(overall_bands(scores).capped[SCORE][0]) + 1 if edition.bands else 0
    return band_target(edition, position) if position < len(edition.bands) else None


def improve(plan: Plan, sheet: AnswerSheet, target: Target | None = None, basis: Basis = "claimed") -> Improvement:
    """The least effort that reaches a target, by default the next band.

    `basis` is `claimed` or `evidenced`; what an auditor finds is not the company's to choose.
    """
    columns, units = columns_of(plan.edition, [sheet], basis), units_of(plan.edition)
    now = score_changes(plan, columns, [{}])
    goal = target or next_target(now)
    task = Task(plan, columns, choices_of(plan, sheet, basis), units, shares_of(now, units))
    if goal is None:
        why: Reason = "top" if plan.edition.bands else "no-bands"
        stand = whole_of(now, 0)
        return Improvement(plan.edition, sheet, basis, None, stand, stand, 0.0, None, True, (), why, ())
    change, bound, is_exact = _found(task, goal, now)
    if change is None:
        return _no_way(task, sheet, basis, goal, now, proven=is_exact)
    scores, efforts = _scored(task, [{}, change])
    return Improvement(
        edition=plan.edition,
        sheet=sheet,
        basis=basis,
        target=goal,
        before=whole_of(now, 0),
        after=whole_of(scores, 1),
        effort=float(efforts[1]),
        bound=bound,
        is_exact=is_exact,
        steps=steps_of(task, change, sheet.answers, failing(now, goal)),
        reason="",
        failing=(),
    )


def _found(task: Task, target: Target, now: Scores) -> tuple[Change | None, float | None, bool]:
    """A change that the engine finds enough, what nothing costs less than, and whether that is proven to be the least.

    Without a change, whether it is proven that there is none.
    """
    if reaches(now, target)[0]:
        return {}, 0.0, True
    is_exact = is_linear(task.plan.edition) and are_all_known(task.plan.edition)
    least = least_effort(task, target) if is_exact else None
    if least is not None and least.outcome == "impossible":
        return None, None, True
    if least is not None and not _is_enough(task, target, least):
        least = least_effort(task, target, SHARPER) or least
    if least is not None and _is_enough(task, target, least):
        tidy = _tidied(task, target, least.change)
        effort = float(_scored(task, [tidy])[1][0])
        return tidy, least.bound, effort <= least.bound + CLOSE * max(1.0, effort) + _rounding(task, tidy)
    found = search(task, target)
    bound = None if least is None else least.bound
    return (None if found is None else _lowest(task, target, _tidied(task, target, found))), bound, False


def _rounding(task: Task, change: Change) -> float:
    """What writing numbers in steps may cost beside the least there is."""
    owners = [task.plan.edition.requirement_of(q) for q, answer in change.items() if isinstance(answer, float)]
    return sum(owner.effort if owner else 1.0 for owner in owners) / FINENESS


def _is_enough(task: Task, target: Target, least: Least) -> bool:
    """Whether the engine says so, with numbers as people write them."""
    return bool(reaches(_scored(task, [_written(task, least.change)])[0], target)[0])


def _scored(task: Task, changes: Sequence[Change]) -> tuple[Scores, Floats]:
    scores = score_changes(task.plan, task.columns, changes)
    return scores, efforts_of(task.units, task.before, shares_of(scores, task.units))


# ── Tidying: numbers as people write them, and no step that nothing needs


def _written(task: Task, change: Change) -> Change:
    """The same, with each number in steps that people write, no worse than it was; one that only is shown stays."""
    questions = task.plan.edition.questions
    return {q: _as_written(questions[q], answer, task.choices[q][0].answer) for q, answer in change.items()}


def _as_written(question: Question, answer: Answer | None, now: Answer | None) -> Answer | None:
    if question.range is None or not isinstance(answer, float) or answer == now:
        return answer
    if question.clip and not min(question.range) <= answer <= max(question.range):
        return answer  # it stands where a condition wants it, and earns what the end of the range earns
    return written_number(question, share(question, answer))


def _tidied(task: Task, target: Target, change: Change) -> Change:
    """The change with written numbers, each as low as will do, and without what brings nothing."""
    tidy: Change = _written(task, change)
    if not reaches(_scored(task, [tidy])[0], target)[0]:
        tidy = change  # a written number may meet a condition that the exact one does not
    places = list(task.plan.edition.questions)
    order = sorted(tidy, key=places.index, reverse=True)  # what hangs on something goes before it
    tidy = _less(task, target, tidy, order, lambda _question, _answer: None)
    numbers = [q for q in order if isinstance(tidy.get(q), float)]
    if not numbers:
        return tidy
    return _less(task, target, tidy, numbers, lambda question, answer: _lower(task, question, answer))


def _less(
    task: Task,
    target: Target,
    change: Change,
    order: Sequence[str],
    less: Callable[[str, Answer | None], Change | None],
) -> Change:
    """The change with as many answers made less as still reach the target at no more effort."""
    for _ in range(len(order) + 1):
        tried = [(q, _but(change, q, less(q, change[q]))) for q in order if q in change]
        scores, efforts = _scored(task, [change, *(each for _q, each in tried)])
        good = reaches(scores, target)[1:] & (efforts[1:] <= efforts[0] + _SAME)
        able = [q for (q, each), fine in zip(tried, good, strict=True) if fine and each != change]
        if not able:
            return change
        steps: list[Change] = [change]
        for question in able:
            steps.append(_but(steps[-1], question, less(question, change[question])))
        scores, efforts = _scored(task, steps)
        fits: Flags = reaches(scores, target) & (np.diff(efforts, prepend=efforts[0]) <= _SAME)
        change = steps[max((len(steps) if fits.all() else int(np.argmin(fits))) - 1, 1)]
    return change


def _but(change: Change, question: str, part: Change | None) -> Change:
    """The change without a question, or with another answer to it."""
    rest = {q: answer for q, answer in change.items() if q != question}
    return rest if part is None else {**change, **part}


def _lower(task: Task, question_id: str, answer: Answer | None) -> Mapping[str, Answer | None]:
    """A number one written step lower, down to where it stood; any other answer as it is."""
    question = task.plan.edition.questions[question_id]
    if question.range is None or not isinstance(answer, float):
        return {question_id: answer}
    now = task.choices[question_id][0].answer
    worth, floor = share(question, answer), share(question, now) if isinstance(now, float) else 0.0
    lower = written_number(question, max(worth - 1 / FINENESS, floor))
    return {question_id: lower if floor <= share(question, lower) < worth else answer}


def _lowest(task: Task, target: Target, change: Change) -> Change:
    """The change with each number in turn the least of all written ones that will do, at no more effort."""
    for question_id, answer in change.items():
        question = task.plan.edition.questions[question_id]
        now = task.choices[question_id][0].answer
        if question.range is None or not isinstance(answer, float) or answer == now:
            continue
        start = share(question, now) if isinstance(now, float) else 0.0
        steps = int((share(question, answer) - start) * FINENESS)
        lower = [written_number(question, start + step / FINENESS) for step in range(max(steps, 0) + 1)]
        tried: list[Change] = [*({**change, question_id: number} for number in lower), change]
        scores, efforts = _scored(task, tried)
        fine: Flags = reaches(scores, target) & (efforts <= efforts[-1] + _SAME)
        change = next(each for each, is_fine in zip(tried, fine, strict=True) if is_fine)
    return change


# ── No way


def _no_way(task: Task, sheet: AnswerSheet, basis: Basis, target: Target, now: Scores, *, proven: bool) -> Improvement:
    """Why the target cannot be reached, read from the sheet with every answer at its best."""
    best: Change = {
        question.id: best_answer(question)
        for question in task.plan.edition.questions.values()
        if question.scored and len(task.choices[question.id]) > 1
    }
    scores = score_changes(task.plan, task.columns, [best])
    after, held = whole_of(scores, 0), tuple(failing(scores, target))
    reason: Reason = "coverage" if after.score is None else "critical" if held else "points"
    return Improvement(
        edition=task.plan.edition,
        sheet=sheet,
        basis=basis,
        target=target,
        before=whole_of(now, 0),
        after=after,
        effort=0.0,
        bound=None,
        is_exact=proven,
        steps=(),
        reason=reason if proven else "not-found",
        failing=held if proven else (),
    )

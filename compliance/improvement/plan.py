"""The improvement plan: the least effort that takes one sheet to the next band, or to a given target, in steps.

The solver proposes, and the engine decides: every proposal is scored like any sheet, and a result that misses its
target is never a plan. Steps are in an order in which they can be taken: critical ones first, then those with the most
points for the effort, gates before the questions they open. The gain of a step is what it adds in that order, so gains
and efforts add up.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from compliance.improvement.milp import CONSTRAINT_SCALE
from compliance.improvement.options import are_options_exhaustive, options_of
from compliance.improvement.problem import (
    EffortUnit,
    ImprovementProblem,
    SheetChange,
    Target,
    band_target,
    change_efforts,
    effort_units,
    failing_critical,
    reaches,
    score_changes,
    unit_scores,
)
from compliance.improvement.search import (
    lowest_numbers,
    reduce_change,
    score_and_effort,
    search_change,
    with_written_numbers,
)
from compliance.improvement.sheet_milp import ProposedChange, is_linear_edition, solve_least_effort
from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import counted_sheet, predicates
from compliance.scoring.coded_answers import Basis, code_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import SCORE, Floats
from compliance.scoring.question_outcomes import NUMBER_STEPS, best_answer
from compliance.scoring.score import Scores, overall_bands
from compliance.scoring.standing import ScoreWithBounds, overall_bounds

_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One question answered better. Points are on the edition's scale."""

    requirement: Node | None  # None: the question is outside every requirement
    question: Question
    before: Answer | None
    after: Answer | None
    effort: float
    gain: float  # what the overall score gains by this step, taken in order
    score: float  # the overall score after it
    lifts_critical: bool  # it is part of a minimum standard that caps the band
    opens: tuple[str, ...]  # ids of questions among the steps that depend on it

    @property
    def only_shows(self) -> bool:
        """True if the answer stays the same and only evidence for it is added."""
        return self.before == self.after


def order_steps(
    problem: ImprovementProblem, change: SheetChange, now: Mapping[str, Answer], critical: Sequence[Node | Question]
) -> tuple[PlanStep, ...]:
    """Return the change in steps. `now`: the sheet's answers. `critical`: the parts that cap the band."""
    if not change:
        return ()
    edition, needs = problem.compiled.edition, _prerequisites(problem.compiled.edition, change)
    order = _order(change, needs, _priorities(problem, change, critical), list(edition.questions))
    prefixes: list[SheetChange] = [{q: change[q] for q in order[:length]} for length in range(len(order) + 1)]
    scores = score_changes(problem.compiled, problem.answers, prefixes)
    whole = np.nan_to_num(scores.overall.value[SCORE]) * edition.scale
    efforts = _step_efforts(problem.units, problem.before, unit_scores(scores, problem.units))
    held = _questions_of(critical)
    return tuple(
        PlanStep(
            requirement=edition.requirement_of(question),
            question=edition.questions[question],
            before=now.get(question),
            after=change[question],
            effort=float(efforts[position]),
            gain=float(whole[position + 1] - whole[position]),
            score=float(whole[position + 1]),
            lifts_critical=question in held,
            opens=tuple(other for other in order if question in _direct_prerequisites(edition, other)),
        )
        for position, question in enumerate(order)
    )


def _questions_of(parts: Sequence[Node | Question]) -> set[str]:
    """Return the ids of these questions, and of the questions below these nodes."""
    return {q.id for part in parts for q in (part.questions() if isinstance(part, Node) else (part,))}


def _step_efforts(units: Sequence[EffortUnit], before: Floats, after: Floats) -> Floats:
    """Return the effort of each step, from unit scores after 0, 1, 2 … steps. Their sum is the change's effort."""
    total = np.zeros(after.shape[1] - 1)
    for unit, start, shares in zip(units, before[:, 0], after, strict=True):
        rises = np.maximum(np.diff(shares), 0.0)
        added = max(float(shares[-1] - start), 0.0)
        if rises.sum() > _EPSILON:
            total += unit.effort * added * rises / rises.sum()
    return total


# ── The order


def _priorities(
    problem: ImprovementProblem, change: SheetChange, critical: Sequence[Node | Question]
) -> dict[str, tuple[bool, float, int]]:
    """Return a sort key for each question: its unit is critical first, then by the unit's own gain for its effort."""
    edition = problem.compiled.edition
    owners = {q: (edition.requirement_of(q) or edition.questions[q]).id for q in change}
    together = list(dict.fromkeys(owners[q] for q in edition.questions if q in change))
    changes: list[SheetChange] = [{q: a for q, a in change.items() if owners[q] == unit} for unit in together]
    scores = score_changes(problem.compiled, problem.answers, [{}, *changes])
    efforts = change_efforts(problem.units, problem.before, unit_scores(scores, problem.units))[1:]
    whole = np.nan_to_num(scores.overall.value[SCORE])
    held = {owners[question] for question in _questions_of(critical) if question in change}
    ratios = (whole[1:] - whole[0]) / np.maximum(efforts, 1e-9)
    ranks = {
        unit: (unit not in held, -round(float(ratio), 9), place)
        for place, (unit, ratio) in enumerate(zip(together, ratios, strict=True))
    }
    return {question: ranks[owners[question]] for question in change}


def _order(
    change: SheetChange,
    needs: Mapping[str, set[str]],
    ranks: Mapping[str, tuple[bool, float, int]],
    places: Sequence[str],
) -> list[str]:
    """Return the questions by rank, then in file order, each after those that it depends on."""
    place = {question: position for position, question in enumerate(places)}
    open_needs = {question: set(needs[question]) for question in change}
    ready = [(ranks[q], place[q], q) for q in change if not open_needs[q]]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        *_rank, question = heapq.heappop(ready)
        order.append(question)
        for other, missing in open_needs.items():
            if question in missing:
                missing.discard(question)
                if not missing:
                    heapq.heappush(ready, (ranks[other], place[other], other))
    return order


def _prerequisites(edition: Edition, change: SheetChange) -> dict[str, set[str]]:
    """Return, by changed question, the changed questions that it directly or indirectly depends on."""
    known: dict[str, set[str]] = {}
    for question in edition.questions:  # conditions look upward, so what it depends on is known
        directly = {term for term in _direct_prerequisites(edition, question) if term in edition.questions}
        known[question] = directly.union(*(known[term] for term in directly))
    return {question: known[question] & change.keys() for question in change}


def _direct_prerequisites(edition: Edition, question: str) -> set[str]:
    """Return the ids that the conditions of the question, and of the nodes that hold it, look at."""
    asked = edition.questions[question]
    conditions: list[Condition | None] = [asked.asked_when, asked.counts_when]
    node = edition.parents.get(question)
    while node is not None:
        conditions.append(node.asked_when)
        node = edition.parents.get(node.id)
    return {term.id for condition in conditions for term in predicates(condition)}


#: Why there is no plan. "": there is one. "not-found": a search failed, which proves nothing.
UnreachableReason: TypeAlias = Literal["", "top", "no-bands", "coverage", "critical", "points", "not-found"]
#: The bases that a company can improve: claims, and evidence for them. An auditor's findings are not its own to choose.
IMPROVABLE_BASES: tuple[Basis, ...] = ("claimed", "evidenced")
#: Efforts that differ by less are equal: the tolerance of exact plans.
EFFORT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class ImprovementPlan:
    """The plan from one sheet to a target, or why there is none."""

    edition: Edition
    sheet: AnswerSheet
    basis: Basis
    target: Target | None  # None: there is no higher band
    before: ScoreWithBounds
    after: ScoreWithBounds  # as scored for the changed sheet; without a plan, for every answer at its best
    effort: float
    lower_bound: float | None  # no change takes less effort; None: unknown
    is_exact: bool  # it takes the least possible effort; False: found by a search, or the solver stopped
    steps: tuple[PlanStep, ...]
    reason: UnreachableReason
    failing_critical: tuple[Node | Question, ...]  # minimum standards that cannot be met, if they are the reason

    @property
    def is_reached(self) -> bool:
        """True if there is a plan, which may have no steps."""
        return not self.reason

    @property
    def change(self) -> SheetChange:
        """The new answers, in the order of the steps."""
        return {step.question.id: step.after for step in self.steps}


def next_target(scores: Scores) -> Target | None:
    """Return the band above the sheet's band, the lowest if it has none, or None at the top or without bands."""
    edition = scores.compiled.edition
    position = int(overall_bands(scores).capped[SCORE][0]) + 1 if edition.bands else 0
    return band_target(edition, position) if position < len(edition.bands) else None


def improve(
    compiled: CompiledEdition, sheet: AnswerSheet, target: Target | None = None, basis: Basis = "claimed"
) -> ImprovementPlan:
    """Return the plan with the least effort that reaches a target, by default the next band.

    `basis` is `claimed` or `evidenced`: an auditor's findings are not the company's to choose.
    """
    columns, units = code_answers(compiled.edition, [sheet], basis), effort_units(compiled.edition)
    now = score_changes(compiled, columns, [{}])
    goal = target or next_target(now)
    problem = ImprovementProblem(compiled, columns, options_of(compiled, sheet, basis), units, unit_scores(now, units))
    if goal is None:
        why: UnreachableReason = "top" if compiled.edition.bands else "no-bands"
        stand = overall_bounds(now, 0)
        return ImprovementPlan(compiled.edition, sheet, basis, None, stand, stand, 0.0, None, True, (), why, ())
    change, bound, is_exact = _find_change(problem, goal, now)
    if change is None:
        return _unreachable_plan(problem, sheet, basis, goal, now, proven=is_exact)
    scores, efforts = score_and_effort(problem, [{}, change])
    return ImprovementPlan(
        edition=compiled.edition,
        sheet=sheet,
        basis=basis,
        target=goal,
        before=overall_bounds(now, 0),
        after=overall_bounds(scores, 1),
        effort=float(efforts[1]),
        lower_bound=bound,
        is_exact=is_exact,
        steps=order_steps(problem, change, counted_sheet(compiled.edition, sheet).answers, failing_critical(now, goal)),
        reason="",
        failing_critical=(),
    )


def _find_change(
    problem: ImprovementProblem, target: Target, now: Scores
) -> tuple[SheetChange | None, float | None, bool]:
    """Return a change that the engine finds sufficient, a lower bound of effort, and whether it is proven the least.

    Without a change, return whether it is proven that there is none.
    """
    if reaches(now, target)[0]:
        return {}, 0.0, True
    is_exact = is_linear_edition(problem.compiled.edition) and are_options_exhaustive(problem.compiled.edition)
    least = solve_least_effort(problem, target) if is_exact else None
    if least is not None and least.outcome == "impossible":
        return None, None, True
    if least is not None and not _reaches_target(problem, target, least):
        least = solve_least_effort(problem, target, CONSTRAINT_SCALE) or least
    if least is not None and _reaches_target(problem, target, least):
        tidy = reduce_change(problem, target, least.change)
        effort = float(score_and_effort(problem, [tidy])[1][0])
        return (
            tidy,
            least.bound,
            effort <= least.bound + EFFORT_TOLERANCE * max(1.0, effort) + _rounding_allowance(problem, tidy),
        )
    found = search_change(problem, target)
    bound = None if least is None else least.bound
    return (
        (None if found is None else lowest_numbers(problem, target, reduce_change(problem, target, found))),
        bound,
        False,
    )


def _rounding_allowance(problem: ImprovementProblem, change: SheetChange) -> float:
    """Return the effort that rounding to written numbers may add to the least effort."""
    owners = [problem.compiled.edition.requirement_of(q) for q, answer in change.items() if isinstance(answer, float)]
    return sum(owner.effort if owner else 1.0 for owner in owners) / NUMBER_STEPS


def _reaches_target(problem: ImprovementProblem, target: Target, least: ProposedChange) -> bool:
    """Tell whether the change, with numbers as people write them, reaches the target when scored by the engine."""
    return bool(reaches(score_and_effort(problem, [with_written_numbers(problem, least.change)])[0], target)[0])


# ── No plan


def _unreachable_plan(
    problem: ImprovementProblem, sheet: AnswerSheet, basis: Basis, target: Target, now: Scores, *, proven: bool
) -> ImprovementPlan:
    """Return a plan without steps that gives the reason, from the scores with every answer at its best."""
    best: SheetChange = {
        question.id: best_answer(question)
        for question in problem.compiled.edition.questions.values()
        if question.scored and len(problem.options[question.id]) > 1
    }
    scores = score_changes(problem.compiled, problem.answers, [best])
    after, held = overall_bounds(scores, 0), tuple(failing_critical(scores, target))
    reason: UnreachableReason = "coverage" if after.score is None else "critical" if held else "points"
    return ImprovementPlan(
        edition=problem.compiled.edition,
        sheet=sheet,
        basis=basis,
        target=target,
        before=overall_bounds(now, 0),
        after=after,
        effort=0.0,
        lower_bound=None,
        is_exact=proven,
        steps=(),
        reason=reason if proven else "not-found",
        failing_critical=held if proven else (),
    )

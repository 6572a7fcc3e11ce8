"""The improvement problem of one sheet as a MILP: binary options, continuous amounts, effort as the objective.

Gates are logical constraints. It is exact if every node is a mean or a sum and blanks keep their weight. Scores are
linear only for a known set of questions asked, as parts that drop out take their weight along. If answers that may
change decide what is asked, each routing is a program of its own (branch).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from compliance.improvement.milp import ONE, ZERO, LinearExpression, MilpModel, MilpSolution, SolverStatus, weighted_sum
from compliance.improvement.problem import (
    AnswerOption,
    AnswerOptions,
    EffortUnit,
    ImprovementProblem,
    SheetChange,
    Target,
    score_changes,
    terms_by_question,
)
from compliance.questionnaire.answers import Answer, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, Condition, Not, Predicate
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.routing import NO, YES, predicates
from compliance.scoring.aggregation import is_linear
from compliance.scoring.coded_answers import CREDITED, profile_truth
from compliance.scoring.numeric import TOLERANCE
from compliance.scoring.question_outcomes import number_at

#: Whether a condition is met, and whether it is not met: each 0 or 1, and both 0 if it is open.
LogicalPair: TypeAlias = tuple[LinearExpression, LinearExpression]


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """The cheapest change found. `bound`: no change costs less."""

    outcome: SolverStatus
    change: SheetChange
    cost: float
    bound: float


class SheetMilp:
    """The program for one sheet, with a known set of questions asked."""

    def __init__(self, problem: ImprovementProblem, options: AnswerOptions, constraint_scale: float = 1.0) -> None:
        self.problem, self.model, self.constraint_scale = problem, MilpModel(), constraint_scale
        self.edition = problem.compiled.edition
        self.terms = terms_by_question(self.edition)
        steered = {q: chosen[0].answer for q, chosen in options.items() if chosen[0] is not problem.options[q][0]}
        self.routes = score_changes(problem.compiled, problem.answers, [steered]).routes
        # Questions that are not asked cannot be answered.
        self.options = {q: chosen if self._asked(q) == YES else chosen[:1] for q, chosen in options.items()}
        self.option_variables = {q: self._add_option_variables(chosen) for q, chosen in self.options.items()}
        self.amount_variables = {q: self._add_amount_variables(q) for q in self.options}
        self.gates: dict[str, LogicalPair] = {}
        self.shares: dict[str, LinearExpression | None] = {}

    def solve(self, target: Target) -> ProposedChange:
        """Return the solution for a target. The engine has to score it before it is used."""
        whole = self._part_score(self.edition.root)
        if whole is None:
            return ProposedChange("impossible", {}, math.inf, math.inf)
        self._require(whole, target.points / self.edition.scale)
        for standard in target.standards:
            share = self._part_score(standard.part)
            if share is not None:
                self._require(share, standard.share - TOLERANCE)
        if self.edition.root.min_coverage is not None:
            self._require(self._counted(self.edition.root), self.edition.root.min_coverage - TOLERANCE)
        for unit, before in zip(self.problem.units, self.problem.before[:, 0], strict=True):
            self._add_effort_to_objective(unit, float(before))
        found = self.model.solve()
        return ProposedChange(found.outcome, dict(self._changes(found)), found.cost, found.bound)

    def _require(self, line: LinearExpression, least: float) -> None:
        self.model.require_at_least(line, LinearExpression({}, least), self.constraint_scale)

    def _add_effort_to_objective(self, unit: EffortUnit, before: float) -> None:
        """Add the gain of a unit to the objective. A loss gives nothing back."""
        share = self._part_score(unit.part)
        if share is not None and not (share.is_constant and share.constant <= before):
            cost = self.model.add_variable(0.0, math.inf, cost=1.0)
            self.model.require_at_least(
                cost, weighted_sum([(unit.effort, share), (-unit.effort, LinearExpression({}, before))])
            )

    # ── Answers

    def _add_option_variables(self, options: tuple[AnswerOption, ...]) -> tuple[LinearExpression, ...]:
        """Return a variable for each option, exactly one of which is 1."""
        if len(options) == 1:
            return (ONE,)
        picks = tuple(self.model.add_variable(whole=True) for _ in options)
        total = weighted_sum([(1.0, pick) for pick in picks])
        self.model.require_at_least(total, ONE)
        self.model.require_at_least(ONE, total)
        return picks

    def _add_amount_variables(self, question: str) -> tuple[LinearExpression, LinearExpression]:
        """Return the amounts by which a number exceeds the lowest of its option, for options below 0 and from 0."""
        options = list(zip(self.options[question], self.option_variables[question], strict=True))
        below = [(option.highest - option.lowest, pick) for option, pick in options if option.lowest < 0]
        above = [(option.highest - option.lowest, pick) for option, pick in options if option.lowest >= 0]
        return self._add_amount_variable(below), self._add_amount_variable(above)

    def _add_amount_variable(self, widths: list[tuple[float, LinearExpression]]) -> LinearExpression:
        widest = max((width for width, _pick in widths), default=0.0)
        if widest <= 0:
            return ZERO
        run = self.model.add_variable(0.0, widest)
        self.model.require_at_least(weighted_sum(widths), run)
        return run

    def _changes(self, found: MilpSolution) -> Iterator[tuple[str, Answer | None]]:
        """Yield the new answers by question."""
        for question, picks in self.option_variables.items() if found.values is not None else ():
            taken = max((found.of(pick), -k) for k, pick in enumerate(picks))[1] * -1
            option = self.options[question][taken]
            if option is self.problem.options[question][0]:
                continue
            normalised = min(
                option.lowest + max(sum(found.of(run) for run in self.amount_variables[question]), 0.0), option.highest
            )
            moved = normalised > option.lowest
            yield question, number_at(self.edition.questions[question], normalised) if moved else option.answer

    # ── Scores and coverage of the parts that are on

    def _part_score(self, part: Node | Question) -> LinearExpression | None:
        """Return the score of a part, as it enters its node, or None if it is missing."""
        if part.id not in self.shares:
            self.shares[part.id] = self._question_score(part) if isinstance(part, Question) else self._node_score(part)
        return self.shares[part.id]

    def _node_score(self, node: Node) -> LinearExpression | None:
        weights, counted = self.problem.compiled.weights[node.id], self.problem.compiled.counted[node.id]
        parts = [(part.id, self._part_score(part)) for part in node.parts if weights.get(part.id)]
        present = [(part, share) for part, share in parts if share is not None]
        total = sum(counted[part] for part, _share in present)
        return weighted_sum([(weights[part] / total, share) for part, share in present]) if total else None

    def _question_score(self, question: Question) -> LinearExpression | None:
        """Return the score of a question: its gains if its gate is open, and its deductions in any case."""
        if self._asked(question.id) != YES or self._drops_out(question):
            return None
        options, (below, above) = self.options[question.id], self.amount_variables[question.id]
        picked = list(zip(options, self.option_variables[question.id], strict=True))
        harms = weighted_sum([(min(option.lowest, 0.0), pick) for option, pick in picked]).plus(below)
        gains = weighted_sum([(max(option.lowest, 0.0), pick) for option, pick in picked]).plus(above)
        opened = self._gate(question)[0]
        if opened.is_constant:
            return harms.plus(gains, opened.constant)
        most = max(option.highest for option in options)
        if most <= 0:
            return harms
        credited = self.model.add_variable(0.0, most)
        shut = ONE.plus(opened, -1.0)
        self.model.require_at_least(gains, credited)
        self.model.require_at_least(ZERO.plus(opened, most), credited)
        self.model.require_at_least(credited.plus(shut, most), gains)
        return harms.plus(credited)

    def _counted(self, part: Node | Question) -> LinearExpression:
        """Return the coverage of a part that is asked, as a minimum coverage above counts it, or a lower bound."""
        if isinstance(part, Question):
            return self._covered(part)
        weights, skipped = self.problem.compiled.weights[part.id], self.problem.compiled.only_deducting
        weighing = [p for p in part.parts if weights.get(p.id) and p.id not in skipped]
        asked = [(weights[p.id], p) for p in weighing if self._is_asked(p)]
        counted = _weighted_mean_expression([(weight, self._counted(p)) for weight, p in asked]) or ZERO
        if part.min_coverage is None or part is self.edition.root:
            return counted
        if self._part_score(part) is None:
            return ZERO
        if counted.is_constant:
            return ONE if counted.constant >= part.min_coverage - TOLERANCE else ZERO
        has_score = self.model.add_variable(whole=True)
        self.model.require_at_least(counted, ZERO.plus(has_score, part.min_coverage - TOLERANCE), self.constraint_scale)
        return has_score

    def _covered(self, question: Question) -> LinearExpression:
        """Return an expression that is 1 if the question is answered, or blank behind a shut gate."""
        stays = self.options[question.id][0].answer
        if isinstance(stays, NotApplicable):
            return ZERO
        if stays is not None:
            return ONE
        blank = self.option_variables[question.id][0]
        nothing_to_answer = self.model.logical_and([blank, self._gate(question)[1]])
        return ONE.plus(blank, -1.0).plus(nothing_to_answer)

    def _is_asked(self, part: Node | Question) -> bool:
        if isinstance(part, Question):
            return self._asked(part.id) == YES
        return any(question.scored and self._asked(question.id) == YES for question in part.questions())

    def _asked(self, question: str) -> int:
        return int(self.routes.asked[question][0])

    def _drops_out(self, question: Question) -> bool:
        """Tell whether it is not applicable, and this is credited."""
        credit = self.problem.answers.credit.get(question.id)
        stays = self.options[question.id][0].answer
        return isinstance(stays, NotApplicable) and (credit is None or bool(credit[0] == CREDITED))

    # ── Conditions

    def _gate(self, question: Question) -> LogicalPair:
        if question.id not in self.gates:
            gate = question.counts_when
            self.gates[question.id] = (ONE, ZERO) if gate is None else self._truth(gate)
        return self.gates[question.id]

    def _truth(self, condition: Condition) -> LogicalPair:
        if isinstance(condition, Predicate):
            return self._term(condition)
        if isinstance(condition, Not):
            met, unmet = self._truth(condition.part)
            return unmet, met
        parts = [self._truth(part) for part in condition.parts]
        all_met, all_unmet = [met for met, _ in parts], [unmet for _, unmet in parts]
        if isinstance(condition, AllOf):
            return self.model.logical_and(all_met), self.model.logical_or(all_unmet)
        return self.model.logical_or(all_met), self.model.logical_and(all_unmet)

    def _term(self, term: Predicate) -> LogicalPair:
        """Return whether a term is met and whether not. Only an answer to a question asked and counting meets it."""
        if term.id.startswith(PROFILE_PREFIX):
            return _constant(profile_truth(term, self.problem.answers))
        asked = self._asked(term.id)
        opened, shut = self._gate(self.edition.questions[term.id])
        position = self.terms[term.id].index(term)
        picked = list(zip(self.options[term.id], self.option_variables[term.id], strict=True))
        met = weighted_sum([(1.0, pick) for option, pick in picked if option.condition_truths[position] == YES])
        unmet = weighted_sum([(1.0, pick) for option, pick in picked if option.condition_truths[position] == NO])
        return (
            self.model.logical_and([_constant(asked)[0], opened, met]),
            self.model.logical_or([_constant(asked)[1], shut, unmet]),
        )


def _constant(truth: int) -> LogicalPair:
    return (ONE if truth == YES else ZERO), (ONE if truth == NO else ZERO)


def _weighted_mean_expression(parts: list[tuple[float, LinearExpression]]) -> LinearExpression | None:
    total = sum(weight for weight, _line in parts)
    return weighted_sum([(weight / total, line) for weight, line in parts]) if parts else None


#: The most routings that are solved one by one. If there are more, search instead.
MAX_BRANCHES = 24


def is_linear_edition(edition: Edition) -> bool:
    """Tell whether every rule of aggregation is linear and blanks keep their weight."""
    return edition.blank == "zero" and all(map(is_linear, edition.nodes.values()))


def solve_least_effort(
    problem: ImprovementProblem, target: Target, constraint_scale: float = 1.0
) -> ProposedChange | None:
    """Return the cheapest change found by the solver, or None if there are too many routings, so that search is needed.

    `constraint_scale`: the factor by which constraints that must hold exactly are scaled.
    """
    found: list[ProposedChange] = []
    for branch in _branches(problem):
        if branch is None:
            return None
        found.append(SheetMilp(problem, branch, constraint_scale).solve(target))
    best = min(found, key=lambda least: (least.outcome == "impossible", least.cost))
    return replace(best, bound=min(least.bound for least in found))


# ── Routings


def _branches(problem: ImprovementProblem) -> Iterator[AnswerOptions | None]:
    """Yield the options for each possible routing, or only None if there are too many."""
    groups = _steering_groups(problem)
    if math.prod(len(group) for group in groups.values()) > MAX_BRANCHES:
        yield None
        return
    for combination in product(*groups.values()):
        yield {**problem.options, **dict(zip(groups, combination, strict=True))}


def _steering_groups(problem: ImprovementProblem) -> dict[str, list[tuple[AnswerOption, ...]]]:
    """Return the options of each question that decides what is asked, grouped by the terms that they meet."""
    edition, terms = problem.compiled.edition, terms_by_question(problem.compiled.edition)
    steering = _steering_terms(edition)
    groups = {}
    for question, named in steering.items():
        alike: dict[tuple[int, ...], list[AnswerOption]] = {}
        for option in problem.options[question]:
            key = tuple(option.condition_truths[terms[question].index(term)] for term in named)
            alike.setdefault(key, []).append(option)
        if len(alike) > 1:
            groups[question] = [tuple(options) for options in alike.values()]
    return groups


def _steering_terms(edition: Edition) -> dict[str, list[Predicate]]:
    """Return the terms that directly or indirectly decide which scored questions are asked, by question."""
    found: dict[str, list[Predicate]] = {}
    waiting = [
        part.asked_when
        for part in edition.root.walk()
        if (part.scored if isinstance(part, Question) else any(q.scored for q in part.questions()))
    ]
    while waiting:
        for term in predicates(waiting.pop()):
            if not term.id.startswith(PROFILE_PREFIX) and term not in found.setdefault(term.id, []):
                found[term.id].append(term)
                waiting += [edition.questions[term.id].counts_when, *_conditions_above(edition, term.id)]
    return found


def _conditions_above(edition: Edition, question: str) -> Iterator[Condition | None]:
    part: Node | Question | None = edition.questions[question]
    while part is not None:
        yield part.asked_when
        part = edition.parents.get(part.id)

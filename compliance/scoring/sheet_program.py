"""One sheet as a linear program, for one way of asking: answers are picked, gates are logic, shares are sums."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from compliance.questionnaire.answers import Answer, NotApplicable
from compliance.questionnaire.edition import PROFILE, AllOf, Condition, Node, Not, Question, Term
from compliance.questionnaire.routing import NO, YES
from compliance.scoring.changes import Change, Unit, score_changes
from compliance.scoring.choices import Choice, Choices, number_at, terms_on
from compliance.scoring.columns import BELIEVED, Columns
from compliance.scoring.plan import Plan
from compliance.scoring.program import ONE, ZERO, Line, Outcome, Program, Solution, weighed
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.routes import profile_truth
from compliance.scoring.target import Target
from compliance.scoring.types import Floats

#: Whether a condition is met, and whether it is not: each 0 or 1, and both 0 where it is open.
Truth: TypeAlias = tuple[Line, Line]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be improved, coded once."""

    plan: Plan
    columns: Columns  # one company
    choices: Choices
    units: tuple[Unit, ...]
    before: Floats  # shares of the units, units × 1


@dataclass(frozen=True, slots=True)
class Least:
    """The cheapest change found. `bound`: nothing costs less."""

    outcome: Outcome
    change: Change
    cost: float
    bound: float


class SheetProgram:
    """The lines of one sheet; what is asked is known."""

    def __init__(self, task: Task, choices: Choices, sharper: float = 1.0) -> None:
        self.task, self.program, self.sharper = task, Program(), sharper
        self.edition = task.plan.edition
        self.looked = terms_on(self.edition)
        steered = {q: chosen[0].answer for q, chosen in choices.items() if chosen[0] is not task.choices[q][0]}
        self.routes = score_changes(task.plan, task.columns, [steered]).routes
        # What is not asked cannot be answered.
        self.choices = {q: chosen if self._asked(q) == YES else chosen[:1] for q, chosen in choices.items()}
        self.picks = {q: self._pick(chosen) for q, chosen in self.choices.items()}
        self.runs = {q: self._runs(q) for q in self.choices}
        self.gates: dict[str, Truth] = {}
        self.shares: dict[str, Line | None] = {}

    def least(self, target: Target) -> Least:
        """Solve for a target. What it proposes is to be scored by the engine before it is believed."""
        whole = self._share(self.edition.root)
        if whole is None:
            return Least("impossible", {}, math.inf, math.inf)
        self._demand(whole, target.points / self.edition.scale)
        for requirement in self.edition.requirements if target.needs_critical else ():
            share = self._share(requirement)
            if requirement.critical is not None and share is not None:
                self._demand(share, requirement.critical - TOLERANCE)
        if self.edition.root.min_coverage is not None:
            self._demand(self._counted(self.edition.root), self.edition.root.min_coverage - TOLERANCE)
        for unit, before in zip(self.task.units, self.task.before[:, 0], strict=True):
            self._pay(unit, float(before))
        found = self.program.solve()
        return Least(found.outcome, dict(self._changes(found)), found.cost, found.bound)

    def _demand(self, line: Line, least: float) -> None:
        self.program.at_least(line, Line({}, least), self.sharper)

    def _pay(self, unit: Unit, before: float) -> None:
        """What a unit gains is paid for; what it loses gives nothing back."""
        share = self._share(unit.part)
        if share is not None and not (share.is_constant and share.constant <= before):
            cost = self.program.variable(0.0, math.inf, cost=1.0)
            self.program.at_least(cost, weighed([(unit.effort, share), (-unit.effort, Line({}, before))]))

    # ── Answers

    def _pick(self, choices: tuple[Choice, ...]) -> tuple[Line, ...]:
        """A variable for each choice, of which one is 1."""
        if len(choices) == 1:
            return (ONE,)
        picks = tuple(self.program.variable(whole=True) for _ in choices)
        total = weighed([(1.0, pick) for pick in picks])
        self.program.at_least(total, ONE)
        self.program.at_least(ONE, total)
        return picks

    def _runs(self, question: str) -> tuple[Line, Line]:
        """How far a number lies above the least of its piece, below nothing and above nothing."""
        choices = list(zip(self.choices[question], self.picks[question], strict=True))
        below = [(choice.high - choice.low, pick) for choice, pick in choices if choice.low < 0]
        above = [(choice.high - choice.low, pick) for choice, pick in choices if choice.low >= 0]
        return self._run(below), self._run(above)

    def _run(self, widths: list[tuple[float, Line]]) -> Line:
        widest = max((width for width, _pick in widths), default=0.0)
        if widest <= 0:
            return ZERO
        run = self.program.variable(0.0, widest)
        self.program.at_least(weighed(widths), run)
        return run

    def _changes(self, found: Solution) -> Iterator[tuple[str, Answer | None]]:
        """What is answered anew."""
        for question, picks in self.picks.items() if found.values is not None else ():
            taken = max((found.of(pick), -k) for k, pick in enumerate(picks))[1] * -1
            choice = self.choices[question][taken]
            if choice is self.task.choices[question][0]:
                continue
            worth = min(choice.low + max(sum(found.of(run) for run in self.runs[question]), 0.0), choice.high)
            moved = worth > choice.low
            yield question, number_at(self.edition.questions[question], worth) if moved else choice.answer

    # ── Shares and coverage, over what is on

    def _share(self, part: Node | Question) -> Line | None:
        """The share of a part, as it enters its node; None: off."""
        if part.id not in self.shares:
            self.shares[part.id] = self._credit(part) if isinstance(part, Question) else self._mean(part)
        return self.shares[part.id]

    def _mean(self, node: Node) -> Line | None:
        weights = self.task.plan.weights[node.id]
        parts = [(weights[part.id], self._share(part)) for part in node.parts if part.id in weights]
        return _weighted_mean([(weight, share) for weight, share in parts if share is not None])

    def _credit(self, question: Question) -> Line | None:
        """What a question brings: what it earns where its gate is open, what it takes away in any case."""
        if self._asked(question.id) != YES or self._drops_out(question):
            return None
        choices, (below, above) = self.choices[question.id], self.runs[question.id]
        picked = list(zip(choices, self.picks[question.id], strict=True))
        harms = weighed([(min(choice.low, 0.0), pick) for choice, pick in picked]).plus(below)
        gains = weighed([(max(choice.low, 0.0), pick) for choice, pick in picked]).plus(above)
        opened = self._gate(question)[0]
        if opened.is_constant:
            return harms.plus(gains, opened.constant)
        most = max(choice.high for choice in choices)
        if most <= 0:
            return harms
        credited = self.program.variable(0.0, most)
        shut = ONE.plus(opened, -1.0)
        self.program.at_least(gains, credited)
        self.program.at_least(ZERO.plus(opened, most), credited)
        self.program.at_least(credited.plus(shut, most), gains)
        return harms.plus(credited)

    def _counted(self, part: Node | Question) -> Line:
        """Coverage as a minimum above sees it, or less; of a part that is asked."""
        if isinstance(part, Question):
            return self._covered(part)
        weights = self.task.plan.weights[part.id]
        asked = [(weights[p.id], p) for p in part.parts if p.id in weights and self._is_asked(p)]
        counted = _weighted_mean([(weight, self._counted(p)) for weight, p in asked]) or ZERO
        if part.min_coverage is None or part is self.edition.root:
            return counted
        if self._share(part) is None:
            return ZERO
        if counted.is_constant:
            return ONE if counted.constant >= part.min_coverage - TOLERANCE else ZERO
        has_score = self.program.variable(whole=True)
        self.program.at_least(counted, ZERO.plus(has_score, part.min_coverage - TOLERANCE), self.sharper)
        return has_score

    def _covered(self, question: Question) -> Line:
        """1 where it is answered, or blank with nothing to answer."""
        stays = self.choices[question.id][0].answer
        if isinstance(stays, NotApplicable):
            return ZERO
        if stays is not None:
            return ONE
        blank = self.picks[question.id][0]
        nothing_to_answer = self.program.all_of([blank, self._gate(question)[1]])
        return ONE.plus(blank, -1.0).plus(nothing_to_answer)

    def _is_asked(self, part: Node | Question) -> bool:
        if isinstance(part, Question):
            return self._asked(part.id) == YES
        return any(question.scored and self._asked(question.id) == YES for question in part.questions())

    def _asked(self, question: str) -> int:
        return int(self.routes.asked[question][0])

    def _drops_out(self, question: Question) -> bool:
        """Not applicable, and believed."""
        belief = self.task.columns.belief.get(question.id)
        stays = self.choices[question.id][0].answer
        return isinstance(stays, NotApplicable) and (belief is None or bool(belief[0] == BELIEVED))

    # ── Conditions

    def _gate(self, question: Question) -> Truth:
        if question.id not in self.gates:
            gate = question.counts_when
            self.gates[question.id] = (ONE, ZERO) if gate is None else self._truth(gate)
        return self.gates[question.id]

    def _truth(self, condition: Condition) -> Truth:
        if isinstance(condition, Term):
            return self._term(condition)
        if isinstance(condition, Not):
            met, unmet = self._truth(condition.part)
            return unmet, met
        parts = [self._truth(part) for part in condition.parts]
        all_met, all_unmet = [met for met, _ in parts], [unmet for _, unmet in parts]
        if isinstance(condition, AllOf):
            return self.program.all_of(all_met), self.program.any_of(all_unmet)
        return self.program.any_of(all_met), self.program.all_of(all_unmet)

    def _term(self, term: Term) -> Truth:
        """Met only by the answer to a question that is asked and counts; open where that may still come."""
        if term.id.startswith(PROFILE):
            return _constant(profile_truth(term, self.task.columns))
        asked = self._asked(term.id)
        opened, shut = self._gate(self.edition.questions[term.id])
        position = self.looked[term.id].index(term)
        picked = list(zip(self.choices[term.id], self.picks[term.id], strict=True))
        met = weighed([(1.0, pick) for choice, pick in picked if choice.truths[position] == YES])
        unmet = weighed([(1.0, pick) for choice, pick in picked if choice.truths[position] == NO])
        return (
            self.program.all_of([_constant(asked)[0], opened, met]),
            self.program.any_of([_constant(asked)[1], shut, unmet]),
        )


def _constant(truth: int) -> Truth:
    return (ONE if truth == YES else ZERO), (ONE if truth == NO else ZERO)


def _weighted_mean(parts: list[tuple[float, Line]]) -> Line | None:
    total = sum(weight for weight, _line in parts)
    return weighed([(weight / total, line) for weight, line in parts]) if parts else None

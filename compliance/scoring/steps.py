"""A change as steps in an order one can take: critical first, then most points for the effort, gates before what they
open. What each brings is what it adds when taken in this order, so that gains and efforts add up."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.answers import Answer
from compliance.questionnaire.edition import Condition, Edition, Node, Question
from compliance.questionnaire.routing import terms
from compliance.scoring.changes import Change, Unit, efforts_of, score_changes, shares_of
from compliance.scoring.sheet_program import Task
from compliance.scoring.types import SCORE, Floats

_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Step:
    """One question answered better. Points are on the edition's scale."""

    requirement: Node | None  # None: the question is in no requirement
    question: Question
    before: Answer | None
    after: Answer | None
    effort: float
    gain: float  # what the whole gains when this step is taken in its turn
    score: float  # the whole after it
    lifts_critical: bool  # its requirement is critical, and keeps the band down until it is met
    opens: tuple[str, ...]  # ids of the questions among the steps that count only after it

    @property
    def only_shows(self) -> bool:
        """The answer stays: what is new is that something bears it out."""
        return self.before == self.after


def steps_of(task: Task, change: Change, now: Mapping[str, Answer], critical: Sequence[Node]) -> tuple[Step, ...]:
    """The change in steps. `now`: the answers of the sheet; `critical`: the requirements that keep the band down."""
    if not change:
        return ()
    edition, needs = task.plan.edition, _needs(task.plan.edition, change)
    order = _order(change, needs, _ranks(task, change, critical), list(edition.questions))
    prefixes: list[Change] = [{q: change[q] for q in order[:length]} for length in range(len(order) + 1)]
    scores = score_changes(task.plan, task.columns, prefixes)
    whole = np.nan_to_num(scores.overall.value[SCORE]) * edition.scale
    efforts = _efforts(task.units, task.before, shares_of(scores, task.units))
    held = {requirement.id for requirement in critical}
    return tuple(
        Step(
            requirement=(requirement := edition.requirement_of(question)),
            question=edition.questions[question],
            before=now.get(question),
            after=change[question],
            effort=float(efforts[position]),
            gain=float(whole[position + 1] - whole[position]),
            score=float(whole[position + 1]),
            lifts_critical=requirement is not None and requirement.id in held,
            opens=tuple(other for other in order if question in _directly(edition, other)),
        )
        for position, question in enumerate(order)
    )


def _efforts(units: Sequence[Unit], before: Floats, after: Floats) -> Floats:
    """What each step costs, of shares after none, one, two … of them: in all, what the change costs."""
    total = np.zeros(after.shape[1] - 1)
    for unit, start, shares in zip(units, before[:, 0], after, strict=True):
        rises = np.maximum(np.diff(shares), 0.0)
        added = max(float(shares[-1] - start), 0.0)
        if rises.sum() > _NOTHING:
            total += unit.effort * added * rises / rises.sum()
    return total


# ── The order


def _ranks(task: Task, change: Change, critical: Sequence[Node]) -> dict[str, tuple[bool, float, int]]:
    """Where the steps of each unit stand: critical first, then by what the unit alone gains for its effort."""
    edition = task.plan.edition
    owners = {q: (edition.requirement_of(q) or edition.questions[q]).id for q in change}
    together = list(dict.fromkeys(owners[q] for q in edition.questions if q in change))
    changes: list[Change] = [{q: a for q, a in change.items() if owners[q] == unit} for unit in together]
    scores = score_changes(task.plan, task.columns, [{}, *changes])
    efforts = efforts_of(task.units, task.before, shares_of(scores, task.units))[1:]
    whole = np.nan_to_num(scores.overall.value[SCORE])
    held = {requirement.id for requirement in critical}
    ratios = (whole[1:] - whole[0]) / np.maximum(efforts, 1e-9)
    ranks = {
        unit: (unit not in held, -round(float(ratio), 9), place)
        for place, (unit, ratio) in enumerate(zip(together, ratios, strict=True))
    }
    return {question: ranks[owners[question]] for question in change}


def _order(
    change: Change, needs: Mapping[str, set[str]], ranks: Mapping[str, tuple[bool, float, int]], places: Sequence[str]
) -> list[str]:
    """By rank, then as in the file, each after what it needs."""
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


def _needs(edition: Edition, change: Change) -> dict[str, set[str]]:
    """The changed questions on which each hangs, also at second hand."""
    known: dict[str, set[str]] = {}
    for question in edition.questions:  # conditions look upward, so what it hangs on is known
        directly = {term for term in _directly(edition, question) if term in edition.questions}
        known[question] = directly.union(*(known[term] for term in directly))
    return {question: known[question] & change.keys() for question in change}


def _directly(edition: Edition, question: str) -> set[str]:
    """The ids that the question's own conditions, and those above it, look at."""
    asked = edition.questions[question]
    conditions: list[Condition | None] = [asked.asked_when, asked.counts_when]
    node = edition.parents.get(question)
    while node is not None:
        conditions.append(node.asked_when)
        node = edition.parents.get(node.id)
    return {term.id for condition in conditions for term in terms(condition)}

"""Lenses: the same questions grouped another way, by CSR gap, prevention level, aspect, audience, demand, law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.scoring.boards import WIDTH
from compliance.scoring.descend import carried
from compliance.scoring.score import Scores
from compliance.scoring.types import BEST, COVERAGE, SCORE, WORST, Flags, Floats, Triple


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a lens over all companies; NaN where nothing of it is on."""

    value: Triple  # score, worst, best
    coverage: Floats
    weight: Floats  # its part of the overall score: shown beside it, as it depends on what dropped out


def lens_groups(scores: Scores) -> dict[str, dict[str, Group]]:
    """Every value of every lens that the edition declares."""
    edition, unjudged = scores.plan.edition, scores.columns.unjudged
    sums = {(lens, value): _Sum(scores, unjudged) for lens, values in edition.lenses.items() for value in values}
    _add_up(scores, {q.id: [sums[at] for at in q.lenses.items() if at in sums] for q in edition.questions.values()})
    return {lens: {value: sums[lens, value].group() for value in values} for lens, values in edition.lenses.items()}


def law_groups(scores: Scores) -> dict[str, Group]:
    """Every provision that a requirement rests on. Groups overlap, as a requirement may rest on several."""
    sums: dict[str, _Sum] = {}
    unjudged = scores.columns.unjudged
    resting: dict[str, list[_Sum]] = {}
    for requirement in scores.plan.edition.requirements:
        for provision in requirement.law:
            of_provision = sums.setdefault(provision, _Sum(scores, unjudged))
            for question in requirement.questions():
                resting.setdefault(question.id, []).append(of_provision)
    _add_up(scores, resting)
    return {provision: found.group() for provision, found in sums.items()}


def _add_up(scores: Scores, sums: Mapping[str, Sequence["_Sum"]]) -> None:
    """Add every scored question, in file order, to the sums that it is in."""
    weights = carried(scores)
    for question, its_sums in sums.items():
        if its_sums and question in scores.plan.tree.slots:
            weight = weights.of(question)
            earned = scores.board.share(scores.plan.tree.slots[question]) * weight
            for each in its_sums:
                each.add(earned, weight)


class _Sum:
    """A weighted mean that grows: score, worst, best and coverage of each company."""

    def __init__(self, scores: Scores, unjudged: Flags | None) -> None:
        self.unjudged = unjudged  # verified only: companies without any verdict
        self.earned = np.zeros((len(scores.columns.companies), WIDTH))
        self.weight = np.zeros((1, 1))

    def add(self, earned: Floats, weight: Floats) -> None:
        """One more question, times its weight."""
        self.earned += earned
        if self.weight.shape == earned.shape:
            self.weight += weight
        else:
            self.weight = self.weight + weight

    def group(self) -> Group:
        """The mean, where anything is on."""
        nothing = np.full_like(self.earned, np.nan)
        rows = np.divide(self.earned, self.weight, out=nothing, where=self.weight > 0)
        rows[:, WORST] = np.fmin(rows[:, WORST], rows[:, SCORE])
        rows[:, BEST] = np.fmax(rows[:, BEST], rows[:, SCORE])
        if self.unjudged is not None:
            rows[self.unjudged] = np.nan
            rows[rows[:, COVERAGE] == 0, SCORE] = np.nan  # no verdict on anything of it: no score, and never 0
        weight = np.broadcast_to(self.weight, rows.shape)
        return Group(rows.T[:COVERAGE], rows[:, COVERAGE], weight[:, SCORE])

"""Integrated or isolated: whether what a company does works at every level and with everybody, and is joined.

A reading beside the score, never inside it, since practice would count twice.
A *cell* is a level of prevention with an audience, where at least one question
on practice is on. The requirements that show whether measures are joined are
named by the edition (`joined`): which they are is content, and is frozen and
known by its digest like everything else that is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.descend import effective_weights
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.score import Scores
from compliance.scoring.types import BEST, SCORE, WORST, Floats

Reading: TypeAlias = Literal["integrated", "partly-joined", "isolated", "reactive"]
READINGS: tuple[Reading, ...] = get_args(Reading)

#: The lenses and values that the reading goes by; an edition without them has no such reading.
LEVEL, AUDIENCE, ASPECT = "prevention", "audience", "aspect"
PRACTICE, LATE = "practice", "tertiary"

FILLED = 0.5
INTEGRATED_BREADTH, INTEGRATED_LEVEL, INTEGRATED_JOINED = 0.6, 1 / 3, 0.6
ISOLATED = 0.25
REACTIVE = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """One level of prevention with one audience, and the share of its practice that is in place."""

    level: str
    audience: str
    value: float

    @property
    def is_filled(self) -> bool:
        """At least half of it is in place."""
        return self.value >= FILLED - TOLERANCE


@dataclass(frozen=True, slots=True)
class Integration:
    """How integrated measures are, as shares from 0 to 1. There is at least one cell."""

    cells: tuple[Cell, ...]
    joined: float | None  # None: none of the joining requirements is on

    @property
    def filled(self) -> int:
        """How many cells are filled."""
        return sum(cell.is_filled for cell in self.cells)

    @property
    def breadth(self) -> float:
        """The share of the cells that is filled."""
        return self.filled / len(self.cells)

    @property
    def levels(self) -> dict[str, tuple[int, int]]:
        """Filled cells and cells of each level that has any, in order."""
        found: dict[str, tuple[int, int]] = {}
        for cell in self.cells:
            filled, cells = found.get(cell.level, (0, 0))
            found[cell.level] = (filled + cell.is_filled, cells + 1)
        return found

    @property
    def late(self) -> float:
        """The share of the filled cells that acts after harm only."""
        return self.levels.get(LATE, (0, 0))[0] / self.filled if self.filled else 0.0

    @property
    def reading(self) -> Reading:
        """The first line that is true."""
        if not self.filled:
            return "isolated"
        if self._is_integrated():
            return "integrated"
        if self.late > REACTIVE + TOLERANCE:
            return "reactive"
        if self.breadth < ISOLATED - TOLERANCE or (self.joined is not None and self.joined < ISOLATED - TOLERANCE):
            return "isolated"
        return "partly-joined"

    def _is_integrated(self) -> bool:
        every_level = all(filled / cells >= INTEGRATED_LEVEL - TOLERANCE for filled, cells in self.levels.values())
        joined = self.joined is not None and self.joined >= INTEGRATED_JOINED - TOLERANCE
        return self.breadth >= INTEGRATED_BREADTH - TOLERANCE and every_level and joined


@dataclass(frozen=True, slots=True)
class Integrations:
    """The reading as it stands, and as it would be if everything open turned out badly, or well."""

    now: Integration | None  # None: too little is answered for a score, or nothing of it is on
    worst: Integration | None
    best: Integration | None


def integration_of(scores: Scores, company: int = 0) -> Integrations | None:
    """How integrated the measures of one company are; None where the edition has no such reading."""
    edition = scores.plan.edition
    cells = _practice_by_cell(edition)
    if not cells or not edition.joined:
        return None
    weights, values = effective_weights(scores), {}
    for cell, questions in cells.items():
        values[cell] = _cell_value(scores, weights, questions, company)
    joined = _joined(scores, company)
    withheld = bool(np.isnan(scores.overall.score[company]))

    def row(number: int) -> Integration | None:
        on = tuple(Cell(*cell, float(v[number])) for cell, v in values.items() if not np.isnan(v[number]))
        return Integration(on, None if np.isnan(joined[number]) else float(joined[number])) if on else None

    return Integrations(None if withheld else row(SCORE), row(WORST), row(BEST))


def _practice_by_cell(edition: Edition) -> dict[tuple[str, str], list[Question]]:
    """The questions on practice of every level and audience, in the order of the lenses."""
    cells: dict[tuple[str, str], list[Question]] = {
        (level, audience): []
        for level in edition.lenses.get(LEVEL, ())
        for audience in edition.lenses.get(AUDIENCE, ())
    }
    for question in edition.questions.values():
        place = question.lenses.get(LEVEL, ""), question.lenses.get(AUDIENCE, "")
        if question.scored and question.lenses.get(ASPECT) == PRACTICE and place in cells:
            cells[place].append(question)
    return {place: questions for place, questions in cells.items() if questions}


def _cell_value(scores: Scores, weights: dict[str, Floats], questions: Sequence[Question], company: int) -> Floats:
    """Score, worst and best of a cell: the mean of its questions by what each weighs in the whole; NaN = off."""
    return _held(
        _mean(
            np.stack([weights[question.id][:, company] for question in questions]),
            np.stack([scores.results[question.id].value[:, company] for question in questions]),
        )
    )


def _joined(scores: Scores, company: int) -> Floats:
    """Score, worst and best of the joining requirements: their mean by weight; NaN = none is on."""
    nodes = [scores.plan.edition.nodes[i] for i in scores.plan.edition.joined if i in scores.results]
    if not nodes:
        return np.full(3, np.nan)
    values = np.stack([scores.results[node.id].value[:, company] for node in nodes])
    return _held(_mean(np.stack([np.full(3, node.weight) for node in nodes]), values))


def _mean(weights: Floats, values: Floats) -> Floats:
    """Over what is on, one row a part."""
    on = ~np.isnan(values) & (weights > 0)
    total = np.where(on, weights, 0.0).sum(axis=0)
    earned = np.where(on, weights * np.where(on, values, 0.0), 0.0).sum(axis=0)
    mean: Floats = np.divide(earned, total, out=np.full(3, np.nan), where=total > 0)
    return mean


def _held(triple: Floats) -> Floats:
    """Worst not above the score, best not below it, though other parts are on in them."""
    triple[WORST] = np.fmin(triple[WORST], triple[SCORE])
    triple[BEST] = np.fmax(triple[BEST], triple[SCORE])
    return triple

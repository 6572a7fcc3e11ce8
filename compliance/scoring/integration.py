"""Integrated or isolated: the reading of a company's measures by prevention level and audience, with its thresholds.

It is shown in addition to the score and never part of it, since practice would count twice. A cell is a prevention
level with an audience, for which at least one question on practice is on. The edition names the requirements that show
whether measures are joined (`joined`). `attribution.integration_of` computes the integration.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, get_args

from compliance.scoring.numeric import TOLERANCE

IntegrationReading: TypeAlias = Literal["integrated", "partly-joined", "isolated", "reactive"]
READINGS: tuple[IntegrationReading, ...] = get_args(IntegrationReading)

#: The lens values that the reading depends on. An edition without them has no such reading.
PRACTICE, TERTIARY = "practice", "tertiary"

FILLED = 0.5
INTEGRATED_BREADTH, INTEGRATED_LEVEL, INTEGRATED_JOINED = 0.6, 1 / 3, 0.6
ISOLATED = 0.25
REACTIVE = 0.5


@dataclass(frozen=True, slots=True)
class IntegrationCell:
    """One prevention level with one audience, and the share of its practice that is in place."""

    level: str
    audience: str
    value: float

    @property
    def is_filled(self) -> bool:
        """Whether at least half of the practice is in place."""
        return self.value >= FILLED - TOLERANCE


@dataclass(frozen=True)
class Integration:
    """The integration of measures, as shares from 0 to 1. There is at least one cell."""

    cells: tuple[IntegrationCell, ...]
    joined: float | None  # None: none of the joining requirements is on

    @cached_property
    def filled(self) -> int:
        """The number of filled cells."""
        return sum(cell.is_filled for cell in self.cells)

    @property
    def breadth(self) -> float:
        """The share of cells that are filled."""
        return self.filled / len(self.cells)

    @cached_property
    def levels(self) -> dict[str, tuple[int, int]]:
        """The numbers of filled cells and of all cells, by level with any cells, in order."""
        found: dict[str, tuple[int, int]] = {}
        for cell in self.cells:
            filled, cells = found.get(cell.level, (0, 0))
            found[cell.level] = (filled + cell.is_filled, cells + 1)
        return found

    @property
    def late(self) -> float:
        """The share of filled cells that are about acting after harm."""
        return self.levels.get(TERTIARY, (0, 0))[0] / self.filled if self.filled else 0.0

    @property
    def reading(self) -> IntegrationReading:
        """The reading, by the first of these rules that applies."""
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
    """The integration now, and as it would be at worst and at best."""

    now: Integration | None  # None: too little is answered for a score, or no cell is on
    worst: Integration | None
    best: Integration | None

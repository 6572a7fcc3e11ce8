"""Integrated or isolated: the reading of a company's measures by prevention level and audience, with its thresholds.

It stands beside the score and never in it, since practice would count twice. A cell is a prevention level with an
audience in which at least one question on practice is present. The requirements that show whether measures are
joined are named by the edition (`joined`). `attribution.integration_of` computes it.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from compliance.scoring.numeric import TOLERANCE

IntegrationReading: TypeAlias = Literal["integrated", "partly-joined", "isolated", "reactive"]
READINGS: tuple[IntegrationReading, ...] = get_args(IntegrationReading)

#: The lenses and values that the reading goes by; an edition without them has no such reading.
PRACTICE, TERTIARY = "practice", "tertiary"

FILLED = 0.5
INTEGRATED_BREADTH, INTEGRATED_LEVEL, INTEGRATED_JOINED = 0.6, 1 / 3, 0.6
ISOLATED = 0.25
REACTIVE = 0.5


@dataclass(frozen=True, slots=True)
class IntegrationCell:
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
    """The integration of measures, as shares from 0 to 1. There is at least one cell."""

    cells: tuple[IntegrationCell, ...]
    joined: float | None  # None: none of the joining requirements is on

    @property
    def filled(self) -> int:
        """The number of cells that are filled."""
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
        return self.levels.get(TERTIARY, (0, 0))[0] / self.filled if self.filled else 0.0

    @property
    def reading(self) -> IntegrationReading:
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

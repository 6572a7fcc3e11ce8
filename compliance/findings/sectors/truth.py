"""What a sentence about published figures is true of: the scores that stand behind them."""

from collections.abc import Collection, Mapping
from typing import Literal, Protocol, TypeAlias

from compliance.findings import sentence
from compliance.scoring.columns import Basis

#: A region or a size within a sector: its kind and value.
Cut: TypeAlias = tuple[str, str]
#: How companies of a sector take part.
Taking: TypeAlias = Literal["registered", "scored", "without_score", "silent", "resting"]


class Truth(Protocol):
    """What stands behind the published figures of one period, unrounded. `sector` "all": the sectors shown together."""

    def median(self, sector: str, figure: str, basis: Basis, cut: Cut | None = None) -> float:
        """The median, on the edition's scale, of the companies that the figure rests on."""

    def companies(self, sector: str, figure: str, cut: Cut | None = None) -> int:
        """How many companies the figure rests on."""

    def meeting(self, sector: str, share: str) -> int:
        """Of the companies that the figures rest on, how many meet at least half of a requirement or provision."""

    def asked(self, sector: str, share: str) -> int:
        """Of the companies that the figures rest on, how many a requirement or provision is asked of."""

    def taking(self, sector: str, how: Taking) -> int:
        """How many companies take part in that way; companies that are private are in none of them."""

    def in_bands(self, sector: str, bands: Collection[str]) -> int:
        """How many of the companies that the figures rest on stand in any of these bands."""

    def capped(self, sector: str, bands: Collection[str]) -> int:
        """Of those, how many have the points of a higher band than theirs."""

    def named(self, sector: str, basis: Basis) -> Mapping[str, float]:
        """The score of every company that stands there by its name, where it has one on the basis."""


#: A statement about published figures. Pages show no other.
Sentence: TypeAlias = sentence.Sentence[Truth]


def agrees(published: int, true: float) -> bool:
    """Whether a figure in whole points is what a true one rounds to."""
    return abs(published - true) <= 0.5 + 1e-9

"""What may be shown of a sector: every figure a number or *withheld*, never a 0 or an empty place instead."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from compliance.benchmark.tally import Named

#: The sector id under which the sectors together stand.
ALL_SECTORS = "all"


class Withheld(StrEnum):
    """A figure that is not shown, and what is said instead."""

    FEW = "few"  # fewer than five, none included
    NEARLY_ALL = "nearly-all"  # all but fewer than five
    NOT_SHOWN = "withheld"  # too few companies, or it could be worked out from other figures


Cell: TypeAlias = int | Withheld


@dataclass(frozen=True, slots=True)
class Participation:
    """How many took part: registered = submitted + silent, submitted = scored + without_score."""

    registered: Cell
    submitted: Cell
    scored: Cell
    without_score: Cell
    silent: Cell
    unscored: Cell  # without a score, or silent: shown also where the two are not shown apart


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of the companies, in whole points on the edition's scale; quartiles by linear interpolation."""

    lower: Cell
    median: Cell
    upper: Cell


@dataclass(frozen=True, slots=True)
class Figure:
    """How a sector stands on the whole, one CSR gap, one prevention level or one theme."""

    id: str  # "overall", "gap:reach", "prevention:tertiary", or a theme
    n: Cell
    claimed: Spread
    evidenced: Spread


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many stand in a band, or in neighbouring bands joined."""

    bands: tuple[str, ...]
    count: Cell


@dataclass(frozen=True, slots=True)
class Share:
    """Of n companies, how many meet at least half of a requirement, or of what a provision asks."""

    id: str
    n: Cell
    meeting: Cell


@dataclass(frozen=True, slots=True)
class Group:
    """One sector, or all sectors that show figures together."""

    sector: str
    sectors: tuple[str, ...]  # whose companies are in it
    participation: Participation
    figures: tuple[Figure, ...]
    bands: tuple[BandCount, ...]  # lowest first; empty where none may be shown
    requirements: tuple[Share, ...]
    provisions: tuple[Share, ...]
    named: tuple[Named, ...]  # by consent, best first

    @property
    def shows_scores(self) -> bool:
        """Enough companies have a score for the sector to show how it stands."""
        return not isinstance(self.participation.scored, Withheld)

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id. Raise KeyError."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)

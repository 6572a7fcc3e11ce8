"""What may be shown of a sector: every figure a number or *withheld*, never a 0 or an empty place instead."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from compliance.benchmark.ground import Move
from compliance.benchmark.tally import Named
from compliance.benchmark.thresholds import MIN_COMPANIES
from compliance.scoring.columns import Basis

#: The sector id under which the sectors together stand.
ALL_SECTORS = "all"


class Withheld(StrEnum):
    """A figure that is not shown, and what is said instead."""

    FEW = "few"  # fewer than five, none included
    NEARLY_ALL = "nearly-all"  # all but fewer than five
    NOT_SHOWN = "withheld"  # too few companies, or it could be worked out from other figures


Cell: TypeAlias = int | Withheld


def bounds(count: Cell, n: Cell) -> tuple[int, int] | None:
    """The least and the most that a count of n companies can be, by what is published; None: nothing is known."""
    if not isinstance(count, Withheld):
        return count, count
    known = None if isinstance(n, Withheld) else n
    if count == Withheld.FEW:
        return 0, MIN_COMPANIES - 1 if known is None else min(MIN_COMPANIES - 1, known)
    if count == Withheld.NEARLY_ALL and known is not None:
        return max(0, known - MIN_COMPANIES + 1), known
    return None


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
    """Of n companies, of how many something holds: they meet at least half of a requirement or provision, say."""

    id: str
    n: Cell
    meeting: Cell


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where a named company stands among the named of its sector."""

    company: str
    first: int  # the ranks it takes in the middle 90 of 100 draws
    last: int
    tie: int  # number of its tie group, the first is 1


@dataclass(frozen=True, slots=True)
class NamedLeague:
    """The ranked companies of a sector in the order of their scores, and how that was drawn."""

    draws: int
    seed: int
    moves: tuple[Move, ...]
    places: tuple[NamedPlace, ...]
    basis: Basis = "verified"


@dataclass(frozen=True, slots=True)
class CutFigures:
    """A region or a size within a sector. All of the vocabulary are listed, shown or not, so that listing says nothing.

    Nothing of it can be subtracted: no counts of bands, no shares, order statistics only.
    """

    kind: str  # "region" or "size"
    value: str
    figures: tuple[Figure, ...]  # the whole alone, withheld, where it may not be shown


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
    named: tuple[Named, ...]  # by consent, in alphabetical order
    #: Of those whose score an auditor verified. None: fewer than two, or the period was closed before ranks were drawn.
    league: NamedLeague | None = None
    waiting: int = 0  # with a score, but in no figure this time: those who came or left could be worked out
    cuts: tuple[CutFigures, ...] = ()
    #: Of the companies in the band that failed critical requirements cap at, joined as in `bands`: how many have the
    #: points of a higher band. Its id names these bands, joined by "+"; "" where nothing of it may be shown. None: the
    #: edition has no such cap, or the period was closed before this was counted.
    capped: Share | None = None

    @property
    def shows_scores(self) -> bool:
        """Enough companies have a score for the sector to show how it stands."""
        return not isinstance(self.participation.scored, Withheld)

    @property
    def resting(self) -> Cell:
        """How many companies its figures rest on: those with a score, without those that wait."""
        scored = self.participation.scored
        return scored if isinstance(scored, Withheld) else scored - self.waiting

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id. Raise KeyError."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)

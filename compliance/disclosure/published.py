"""Published figures of a sector: every cell a number or suppressed, never a 0 or an empty place instead.

A cell that is not filled is suppressed. The keys of the sealed JSON are in `snapshot`, and nowhere else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from compliance.languages.interface_messages import N_
from compliance.scoring.coded_answers import Basis
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

#: The uncertainty factors of `statistics.uncertainty_model` by their ids, as things that move ranks.
UNCERTAINTY_FACTOR_LABELS: Mapping[str, str] = {
    "weights": N_("the weights"),
    "blanks": N_("the value of blanks"),
    "na": N_("whether “does not apply” is accepted"),
    "mean": N_("whether the overall score is a mean or a geometric mean"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedScore:
    """Score of a named company on one basis, in whole points on the edition's scale."""

    score: int
    worst: int
    best: int
    band: str  # id; "" in an edition without bands
    by_points: str = ""  # the band that its points would give, where a failed critical requirement caps it


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCompany:
    """A company that agreed to be named, on each basis. None: it has no score there, or nobody looked."""

    company: str
    claimed: NamedScore
    evidenced: NamedScore | None = None
    verified: NamedScore | None = None

    def scores(self) -> dict[Basis, NamedScore]:
        """The scores that there are, by basis."""
        of_bases: dict[Basis, NamedScore | None] = {
            "claimed": self.claimed,
            "evidenced": self.evidenced,
            "verified": self.verified,
        }
        return {basis: score for basis, score in of_bases.items() if score is not None}


def alphabetically(named: Iterable[NamedCompany]) -> tuple[NamedCompany, ...]:
    """In alphabetical order: a claim that nobody checked gives no place."""
    return tuple(sorted(named, key=lambda one: (one.company.casefold(), one.company, -one.claimed.score)))


#: The sector id under which the sectors together stand.
ALL_SECTORS = "all"


class Suppressed(StrEnum):
    """A figure that is not shown, and what is said instead."""

    FEW = "few"  # fewer than five, none included
    NEARLY_ALL = "nearly-all"  # all but fewer than five
    NOT_SHOWN = "withheld"  # too few companies, or it could be worked out from other figures


PublishedCell: TypeAlias = int | Suppressed


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Range in which a score of a group lies, both ends in whole points; one number where it was published as one."""

    low: int
    high: int

    @property
    def middle(self) -> float:
        """Half-way between its ends."""
        return (self.low + self.high) / 2

    def is_below(self, other: "ScoreRange") -> bool:
        """Return whether every score that this range was published for is below every one of the other."""
        return self.high <= other.low and self.middle < other.middle


PublishedRange: TypeAlias = ScoreRange | Suppressed


def count_bounds(count: PublishedCell, n: PublishedCell) -> tuple[int, int] | None:
    """The least and the most that a count of n companies can be, by what is published; None: nothing is known."""
    if not isinstance(count, Suppressed):
        return count, count
    total = None if isinstance(n, Suppressed) else n
    if count == Suppressed.FEW:
        return 0, MIN_CONTRIBUTORS - 1 if total is None else min(MIN_CONTRIBUTORS - 1, total)
    if count == Suppressed.NEARLY_ALL and total is not None:
        return max(0, total - MIN_CONTRIBUTORS + 1), total
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """Participation in counts: registered = submitted + nonrespondents, submitted = scored + without_score."""

    registered: PublishedCell = Suppressed.NOT_SHOWN
    submitted: PublishedCell = Suppressed.NOT_SHOWN
    scored: PublishedCell = Suppressed.NOT_SHOWN
    without_score: PublishedCell = Suppressed.NOT_SHOWN
    nonrespondents: PublishedCell = Suppressed.NOT_SHOWN
    unscored: PublishedCell = (
        Suppressed.NOT_SHOWN
    )  # without a score, or nonrespondents: shown also where these are not told apart

    def counts(self) -> dict[str, PublishedCell]:
        """The counts by the ids of their figures."""
        return {
            "registered": self.registered,
            "submitted": self.submitted,
            "scored": self.scored,
            "without_score": self.without_score,
            "silent": self.nonrespondents,
            "unscored": self.unscored,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quartiles:
    """Ranges in which median and quartiles (type 7) of some companies lie, on the edition's scale."""

    lower: PublishedRange = Suppressed.NOT_SHOWN
    median: PublishedRange = Suppressed.NOT_SHOWN
    upper: PublishedRange = Suppressed.NOT_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Figure of a sector: the quartiles of the whole, one CSR gap, one prevention level or one theme."""

    id: str  # "overall", "gap:reach", "prevention:tertiary", or a theme
    n: PublishedCell = Suppressed.NOT_SHOWN
    claimed: Quartiles = Quartiles()
    evidenced: Quartiles = Quartiles()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCount:
    """Number of companies in a band, or in neighbouring bands joined."""

    bands: tuple[str, ...]
    count: PublishedCell


@dataclass(frozen=True, slots=True, kw_only=True)
class MetShare:
    """Share of n companies: the number that meets at least half of a requirement or provision."""

    id: str
    n: PublishedCell = Suppressed.NOT_SHOWN
    meeting: PublishedCell = Suppressed.NOT_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRank:
    """Rank interval and tie group of a named company among the named of its sector."""

    company: str
    first: int  # the ranks it takes in the middle 90 of 100 draws
    last: int
    tie_group: int  # number of its tie group, the first is 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRanking:
    """The ranked companies of a sector in the order of their scores, and how that was drawn."""

    draws: int
    seed: int
    factors: tuple[str, ...]  # ids of the uncertainty factors that were drawn
    companies: tuple[NamedRank, ...]
    basis: Basis = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMedians:
    """Medians of the whole on the way from one published period to the next, on one basis."""

    before: PublishedRange = Suppressed.NOT_SHOWN  # of all in the figures of the earlier period
    same_before: PublishedRange = Suppressed.NOT_SHOWN  # of those in the figures of both, with their earlier scores
    same_after: PublishedRange = Suppressed.NOT_SHOWN  # of the same, with their later scores
    after: PublishedRange = Suppressed.NOT_SHOWN  # of all in the figures of the later period


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodChange:
    """Change of a sector since the last published period. All of it is withheld, or nothing."""

    since: int
    is_one_edition: bool = True  # False: the periods asked different questions, and are not compared
    n_before: PublishedCell = Suppressed.NOT_SHOWN
    n_both: PublishedCell = Suppressed.NOT_SHOWN
    n_after: PublishedCell = Suppressed.NOT_SHOWN
    claimed: ChangeMedians = ChangeMedians()
    evidenced: ChangeMedians = ChangeMedians()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownFigures:
    """A region or a size within a sector; or a size or a group by need over all sectors.

    All of the vocabulary are listed, shown or not, so that listing says nothing. Nothing of it can be subtracted: no
    counts of bands, no shares, order statistics only.
    """

    kind: str  # "region", "size" or "need"
    value: str
    figures: tuple[Figure, ...]  # the whole alone, withheld, where it may not be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorFigures:
    """One sector, or all sectors that show figures together."""

    sector: str
    sectors: tuple[str, ...]  # whose companies are in it
    participation: Participation
    figures: tuple[Figure, ...]
    bands: tuple[BandCount, ...]  # lowest first; empty where none may be shown
    requirements: tuple[MetShare, ...]
    provisions: tuple[MetShare, ...]
    named: tuple[NamedCompany, ...]  # by consent, in alphabetical order
    #: Of those whose score an auditor verified. None: fewer than two, or the period was closed before ranks were drawn.
    ranking: NamedRanking | None = None
    embargoed: int = 0  # with a score, but in no figure this time: those who came or left could be worked out
    breakdowns: tuple[BreakdownFigures, ...] = ()
    #: Of the companies in the band that failed critical requirements cap at, joined as in `bands`: how many have the
    #: points of a higher band. Its id names these bands, joined by "+"; "" where nothing of it may be shown. None: the
    #: edition has no such cap, or the period was closed before this was counted.
    capped: MetShare | None = None
    #: None: nothing was published before, or the period was closed before changes were.
    change: PeriodChange | None = None

    @property
    def shows_scores(self) -> bool:
        """True if enough companies have a score for the sector to show its figures."""
        return not isinstance(self.participation.scored, Suppressed)

    @property
    def contributors(self) -> PublishedCell:
        """Number of contributors to its figures: companies with a score that are not embargoed."""
        scored = self.participation.scored
        return scored if isinstance(scored, Suppressed) else scored - self.embargoed

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id. Raise KeyError."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)


def cell_from_json(cell: object) -> PublishedCell:
    """A count as it stands in sealed figures: a number, or why it is suppressed."""
    return cell if isinstance(cell, int) else Suppressed(str(cell))

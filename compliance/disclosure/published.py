"""Published figures of a sector: every cell is a number or suppressed, which is never shown as 0 or empty.

Cells are suppressed by default. The keys of the sealed JSON are only in `snapshot` and `invitations`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from compliance.languages.interface_messages import N_
from compliance.scoring.coded_answers import Basis
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

#: Labels of the uncertainty factors of `statistics.uncertainty_model`, by id, as things that change ranks.
UNCERTAINTY_FACTOR_LABELS: Mapping[str, str] = {
    "weights": N_("the weights"),
    "blanks": N_("the value of blanks"),
    "na": N_("whether “does not apply” is accepted"),
    "mean": N_("whether the overall score is a mean or a geometric mean"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedScore:
    """The score of a named company on one basis, in whole points on the edition's scale."""

    score: int
    worst: int
    best: int
    band: str  # id; "" in an edition without bands
    by_points: str = ""  # the band of its points, if a failed critical requirement caps it


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCompany:
    """A company that agreed to be named, with its score on each basis. None: no score, or not verified."""

    company: str
    claimed: NamedScore
    evidenced: NamedScore | None = None
    verified: NamedScore | None = None

    def scores(self) -> dict[Basis, NamedScore]:
        """Return the existing scores by basis."""
        of_bases: dict[Basis, NamedScore | None] = {
            "claimed": self.claimed,
            "evidenced": self.evidenced,
            "verified": self.verified,
        }
        return {basis: score for basis, score in of_bases.items() if score is not None}


def alphabetically(named: Iterable[NamedCompany]) -> tuple[NamedCompany, ...]:
    """Return named companies in alphabetical order: unverified claims are not ranked."""
    return tuple(sorted(named, key=lambda one: (one.company.casefold(), one.company, -one.claimed.score)))


#: The sector id of all sectors together.
ALL_SECTORS = "all"


class Suppressed(StrEnum):
    """What is shown instead of a suppressed figure."""

    FEW = "few"  # fewer than five, possibly none
    NEARLY_ALL = "nearly-all"  # all but fewer than five
    NOT_SHOWN = "withheld"  # too few companies, or it would disclose other figures


PublishedCell: TypeAlias = int | Suppressed


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """A range that contains a score of a group, in whole points. Equal ends: it was published as one number."""

    low: int
    high: int

    @property
    def middle(self) -> float:
        """The number half-way between the ends."""
        return (self.low + self.high) / 2

    def is_below(self, other: "ScoreRange") -> bool:
        """Tell whether any score in this range is below any score in the other."""
        return self.high <= other.low and self.middle < other.middle


PublishedRange: TypeAlias = ScoreRange | Suppressed


def count_bounds(count: PublishedCell, n: PublishedCell) -> tuple[int, int] | None:
    """Return the lowest and the highest possible value of a published count of n companies, or None if not known."""
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
    """Counts of participation: registered = submitted + nonrespondents, submitted = scored + without_score."""

    registered: PublishedCell = Suppressed.NOT_SHOWN
    submitted: PublishedCell = Suppressed.NOT_SHOWN
    scored: PublishedCell = Suppressed.NOT_SHOWN
    without_score: PublishedCell = Suppressed.NOT_SHOWN
    nonrespondents: PublishedCell = Suppressed.NOT_SHOWN
    unscored: PublishedCell = (
        Suppressed.NOT_SHOWN
    )  # without a score + nonrespondents; may be shown even if the two are not

    def counts(self) -> dict[str, PublishedCell]:
        """Return the counts by the ids of their figures."""
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
    """Ranges that contain the median and the quartiles (type 7) of some companies, on the edition's scale."""

    lower: PublishedRange = Suppressed.NOT_SHOWN
    median: PublishedRange = Suppressed.NOT_SHOWN
    upper: PublishedRange = Suppressed.NOT_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a sector: the quartiles of the overall score, a CSR gap, a prevention level or a theme."""

    id: str  # "overall", "gap:reach", "prevention:tertiary", or a theme
    n: PublishedCell = Suppressed.NOT_SHOWN
    claimed: Quartiles = Quartiles()
    evidenced: Quartiles = Quartiles()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandCount:
    """The number of companies in a band, or in neighbouring bands joined."""

    bands: tuple[str, ...]
    count: PublishedCell


@dataclass(frozen=True, slots=True, kw_only=True)
class MetShare:
    """The number of n companies that meet at least half of a requirement or provision."""

    id: str
    n: PublishedCell = Suppressed.NOT_SHOWN
    meeting: PublishedCell = Suppressed.NOT_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRank:
    """Rank interval and tie group of a named company among the named companies of its sector."""

    company: str
    first: int  # first and last rank in the middle 90 of 100 draws
    last: int
    tie_group: int  # number of its tie group, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRanking:
    """The ranked companies of a sector in the order of their scores, and the settings of the simulation."""

    draws: int
    seed: int
    factors: tuple[str, ...]  # ids of the uncertainty factors that varied
    companies: tuple[NamedRank, ...]
    basis: Basis = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMedians:
    """Medians of the overall score that lead from one published period to the next, on one basis."""

    before: PublishedRange = Suppressed.NOT_SHOWN  # of all companies in the figures of the earlier period
    same_before: PublishedRange = Suppressed.NOT_SHOWN  # of companies in the figures of both, with their earlier scores
    same_after: PublishedRange = Suppressed.NOT_SHOWN  # of the same companies, with their later scores
    after: PublishedRange = Suppressed.NOT_SHOWN  # of all companies in the figures of the later period


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodChange:
    """Change of a sector since the last published period. All of it is shown, or all withheld."""

    since: int
    is_one_edition: bool = True  # False: the periods asked different questions, and are not compared
    n_before: PublishedCell = Suppressed.NOT_SHOWN
    n_both: PublishedCell = Suppressed.NOT_SHOWN
    n_after: PublishedCell = Suppressed.NOT_SHOWN
    claimed: ChangeMedians = ChangeMedians()
    evidenced: ChangeMedians = ChangeMedians()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownFigures:
    """A region or sizes within a sector, or sizes or a group by need over all sectors.

    All values are listed, shown or not, so that listing reveals nothing. There are only order statistics, and no counts
    of bands or shares, which could be subtracted.
    """

    kind: str  # "region", "size" or "need"
    value: str
    figures: tuple[Figure, ...]  # if it may not be shown: only the overall figure, withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorFigures:
    """One sector, or all sectors that show figures together."""

    sector: str
    sectors: tuple[str, ...]  # the sectors included
    participation: Participation
    figures: tuple[Figure, ...]
    bands: tuple[BandCount, ...]  # lowest first; empty if none may be shown
    requirements: tuple[MetShare, ...]
    provisions: tuple[MetShare, ...]
    named: tuple[NamedCompany, ...]  # by consent, in alphabetical order
    #: The ranks of companies with a verified score. None: fewer than two, or closed before the tool published ranks.
    ranking: NamedRanking | None = None
    embargoed: int = 0  # companies with a score in no figure this time, as those that came or left could be identified
    breakdowns: tuple[BreakdownFigures, ...] = ()
    #: The number of companies, in the band of the critical cap (joined as in `bands`), that have the points of a higher
    #: band. The id is the ids of these bands joined by "+", or "" if it may not be shown. None: the edition has no such
    #: cap, or the period was closed before the tool counted this.
    capped: MetShare | None = None
    #: None: nothing was published before, or the period was closed before the tool published changes.
    change: PeriodChange | None = None

    @property
    def shows_scores(self) -> bool:
        """Whether enough companies have a score for the sector to show its figures."""
        return not isinstance(self.participation.scored, Suppressed)

    @property
    def contributors(self) -> PublishedCell:
        """The number of contributors to the figures: companies with a score that are not embargoed."""
        scored = self.participation.scored
        return scored if isinstance(scored, Suppressed) else scored - self.embargoed

    def figure(self, figure_id: str) -> Figure:
        """Return the figure with an id. Raise KeyError if there is none."""
        for figure in self.figures:
            if figure.id == figure_id:
                return figure
        raise KeyError(figure_id)


def cell_from_json(cell: object) -> PublishedCell:
    """Return a cell of sealed figures: a count, or why it is suppressed."""
    return cell if isinstance(cell, int) else Suppressed(str(cell))

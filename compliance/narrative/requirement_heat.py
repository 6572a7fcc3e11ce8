"""Requirements by sector in one table: what the published counts of single sectors, and of all sectors, prove.

Every cell is a share that is published anyway, in its sector or over all sectors. Nothing more is counted or shown:
groups within a sector have no counts here, as they could be subtracted from those of the sector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.disclosure.published import ALL_SECTORS, SectorFigures
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import and_list, number
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.published_counts import ShareBounds, share_bounds_by_id, share_bounds_together
from compliance.narrative.sector_shares import (
    HALF,
    MOST_NAMED,
    QUARTER,
    ShareMeeting,
    true_share,
)
from compliance.narrative.sentence import SectorSentence, UnderlyingScores
from compliance.questionnaire.edition import Edition

#: Levels of the share of those asked that provably meets a requirement, from lowest to highest.
PROVEN_LEVELS: Sequence[str] = (
    N_("fewer than a quarter"),
    N_("fewer than half"),
    N_("half or more"),
    N_("three quarters or more"),
)
NOT_PROVEN = N_("not proven whether fewer than half")


@dataclass(frozen=True)
class ShareOfSectors(ShareMeeting):
    """Share over all sectors in which it is published."""

    sectors: tuple[str, ...]

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the sum of the true counts is within the bounds."""
        count = sum(truth.meeting(sector, self.bounds.id) for sector in self.sectors)
        return self.bounds.least <= count <= self.bounds.most


@dataclass(frozen=True)
class BelowHalfInSectors(SectorSentence):
    """The requirements proven to be met by fewer than half in the most sectors, and the number of those sectors."""

    rows: tuple[tuple[str, tuple[tuple[str, ShareBounds], ...]], ...]  # name; sectors with the bounds that prove it
    shown: tuple[str, ...]  # sectors

    def words(self) -> str:
        """State the requirements by name if they are few, and their number otherwise."""
        sectors = {"num": len(self.rows[0][1]), "all": number(len(self.shown))}
        names = and_list(_("“%(name)s”", name=name) for name, _proofs in self.rows)
        if len(self.rows) == 1:
            return _(
                "%(name)s: met by fewer than half of the companies asked, as claimed, in %(num)s of %(all)s sectors",
                name=names,
                **sectors,
            )
        if len(self.rows) <= MOST_NAMED:
            return _(
                "%(names)s: each met by fewer than half of the companies asked, as claimed, in %(num)s of %(all)s "
                "sectors",
                names=names,
                **sectors,
            )
        return _(
            "%(count)s requirements: each met by fewer than half of the companies asked, as claimed, in %(num)s of "
            "%(all)s sectors",
            count=number(len(self.rows)),
            **sectors,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether in each of these sectors fewer than half of those asked meet the requirement."""
        return all(true_share(truth, sector, k) < HALF for _name, proofs in self.rows for sector, k in proofs)


@dataclass(frozen=True)
class CellsProven(SectorSentence):
    """The numbers of cells of single sectors that prove fewer than half, half or more, and neither."""

    below: tuple[tuple[str, ShareBounds], ...]  # by sector
    half_or_more: tuple[tuple[str, ShareBounds], ...]
    unsettled: tuple[tuple[str, str], ...]  # sector, id
    withheld: tuple[tuple[str, str], ...]

    def words(self) -> str:
        """State the four counts and their sum."""
        below, above, open_, hidden = map(len, (self.below, self.half_or_more, self.unsettled, self.withheld))
        return _(
            "Of the %(all)s cells of single sectors, %(below)s prove that fewer than half of the companies asked meet "
            "the requirement, as claimed, and %(above)s that half or more do. %(open)s prove neither, because a count "
            "is suppressed; %(hidden)s are withheld, because too few companies were asked.",
            all=number(below + above + open_ + hidden),
            below=number(below),
            above=number(above),
            open=number(open_),
            hidden=number(hidden),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether all shares counted as proven are truly below half, or half or more."""
        return all(true_share(truth, sector, k) < HALF for sector, k in self.below) and all(
            true_share(truth, sector, k) >= HALF for sector, k in self.half_or_more
        )


@dataclass(frozen=True, slots=True)
class RequirementInSectors:
    """One requirement, with a cell for each column of the table. None: withheld."""

    id: str
    name: str
    cells: tuple[ShareMeeting | None, ...]


@dataclass(frozen=True, slots=True)
class RequirementHeat:
    """A table with a row for each requirement, by theme, and columns for all sectors together and each sector."""

    sectors: tuple[str, ...]  # ids of the columns
    companies: tuple[int, ...]  # number of companies in the figures of each column
    themes: tuple[tuple[str, str, tuple[RequirementInSectors, ...]], ...]  # id, title, rows
    headline: SectorSentence | None
    lead: SectorSentence
    too_few: tuple[str, ...]  # sectors with too few companies for a column


def requirement_heat(edition: Edition, snapshot: PublishedSnapshot) -> RequirementHeat | None:
    """Return the table of one closed period, or None if no sector shows figures."""
    shown = [group for group in snapshot.sectors if group.shows_scores]
    if not shown:
        return None
    known = {group.sector: dict(share_bounds_by_id(edition, group, group.requirements)) for group in shown}
    together = {share.id: share for share in snapshot.together.requirements}
    rows: dict[str, RequirementInSectors] = {}
    for id_ in known[shown[0].sector]:
        cells = [_cell(group.sector, known[group.sector].get(id_)) for group in shown]
        found = [cell for cell in cells if cell is not None]
        bounds = share_bounds_together(together[id_], [cell.bounds for cell in found]) if id_ in together else None
        of_all = bounds and ShareOfSectors(ALL_SECTORS, bounds, tuple(cell.sector for cell in found))
        rows[id_] = RequirementInSectors(id_, edition.nodes[id_].title or id_, (of_all or None, *cells))
    themes = ((t.id, t.title or t.id, tuple(rows[n.id] for n in t.nodes() if n.id in rows)) for t in edition.themes)
    return RequirementHeat(
        (ALL_SECTORS, *(group.sector for group in shown)),
        (_companies(snapshot.together), *map(_companies, shown)),
        tuple((id_, title, of_theme) for id_, title, of_theme in themes if of_theme),
        _headline(tuple(rows.values()), tuple(known)),
        _cells_proven(known),
        tuple(group.sector for group in snapshot.sectors if not group.shows_scores),
    )


def proven_level(cell: ShareMeeting) -> int | None:
    """Return the index in PROVEN_LEVELS that a cell proves, or None if not even the side of half is proven."""
    low, high = cell.bounds.low, cell.bounds.high
    if high < HALF:
        return 0 if high < QUARTER else 1
    if low >= HALF:
        return 3 if low >= 3 * QUARTER else 2
    return None


def level_words(level: int | None) -> str:
    """Return the level that a cell proves, in words."""
    return _(NOT_PROVEN if level is None else PROVEN_LEVELS[level])


def _cell(sector: str, bounds: ShareBounds | None) -> ShareMeeting | None:
    return None if bounds is None else ShareMeeting(sector, bounds)


def _companies(group: SectorFigures) -> int:
    return group.contributors if isinstance(group.contributors, int) else 0


def _headline(rows: Sequence[RequirementInSectors], shown: tuple[str, ...]) -> SectorSentence | None:
    proofs = [
        (row.name, tuple((c.sector, c.bounds) for c in row.cells[1:] if c is not None and c.bounds.high < HALF))
        for row in rows
    ]
    most = max((len(of_row) for _name, of_row in proofs), default=0)
    if not most:
        return None
    return BelowHalfInSectors(tuple((name, of_row) for name, of_row in proofs if len(of_row) == most), shown)


def _cells_proven(known: Mapping[str, Mapping[str, ShareBounds | None]]) -> CellsProven:
    cells = [(sector, id_, k) for sector, of_sector in known.items() for id_, k in of_sector.items()]
    return CellsProven(
        below=tuple((sector, k) for sector, _id, k in cells if k is not None and k.high < HALF),
        half_or_more=tuple((sector, k) for sector, _id, k in cells if k is not None and k.low >= HALF),
        unsettled=tuple((sector, id_) for sector, id_, k in cells if k is not None and k.low < HALF <= k.high),
        withheld=tuple((sector, id_) for sector, id_, k in cells if k is None),
    )

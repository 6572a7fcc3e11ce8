"""Published figures as rows of the charts in `parts/sector_charts.html`, with positions in per cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from compliance.disclosure.published import (
    Figure,
    NamedCompany,
    NamedRank,
    NamedScore,
    PublishedCell,
    Quartiles,
    ScoreRange,
    SectorFigures,
)
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import number, or_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_note, lens_value_label, sector_label
from compliance.narrative.peer_comparison import rank_interval_words
from compliance.narrative.published_counts import ShareBounds, count_if_shown, range_if_shown
from compliance.narrative.sector_comparisons import breakdown_label
from compliance.narrative.sector_findings import SectorLawGaps, ShareListing
from compliance.narrative.sector_participation import NamedCompanies
from compliance.narrative.sector_scores import capped_words
from compliance.narrative.sector_shares import ShareMeeting, order_words
from compliance.questionnaire.edition import GAP_LENS, OVERALL, PREVENTION_LENS, Edition
from compliance.statistics.ranking import RankInterval
from compliance.web.presenters.provisions import ProvisionView, provision_views
from compliance.web.presenters.scores import BandView, band_views

#: How many requirements and provisions a page or a picture lists; a link leads to all of them.
MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class MedianWithQuartiles:
    """A median with its quartiles on one basis, each as a range on the edition's scale; None: suppressed."""

    median: ScoreRange | None
    low: ScoreRange | None
    high: ScoreRange | None

    @property
    def middles(self) -> tuple[float | None, float | None, float | None]:
        """The positions of marks in a chart: the middle of each range."""
        median, low, high = (None if score is None else score.middle for score in (self.median, self.low, self.high))
        return median, low, high


@dataclass(frozen=True, slots=True)
class BasesRow:
    """A figure as claimed and as evidenced; see the macro `bases`."""

    id: str
    title: str
    n: PublishedCell  # number of companies behind both medians
    claimed: MedianWithQuartiles
    evidenced: MedianWithQuartiles
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ParticipationRow:
    """Participation of companies; see the macro `participation`."""

    title: str
    registered: PublishedCell
    submitted: PublishedCell
    scored: PublishedCell
    unscored: PublishedCell  # submitted, but too little for a score
    silent: PublishedCell
    rest: PublishedCell  # without a score or silent, if only published together


@dataclass(frozen=True, slots=True)
class BandRow:
    """A band, or several joined bands, with its count; see the macro `bands`."""

    band: BandView | None  # None: joined bands
    title: str
    count: PublishedCell
    part: float  # count in per cent of the largest count
    held: int | None  # how many of these the critical cap limits; None: not shown, or not the capped band
    held_part: float  # `held` in per cent of the largest count
    held_words: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """The known bounds of the share that meets a requirement or provision; see the macro `shares`."""

    id: str
    title: str
    href: str
    how_many: ShareMeeting
    low: float  # lower bound in per cent
    high: float  # upper bound in per cent
    note: str = ""
    provisions: Sequence[ProvisionView] = ()

    @property
    def is_exact(self) -> bool:
        """Whether the count itself is published."""
        return self.how_many.bounds.is_exact


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A named company with its score on each basis; see the macros `verified` and `unverified`."""

    title: str
    claimed: NamedScore
    evidenced: NamedScore | None
    verified: NamedScore | None
    band: BandView | None  # of the verified score, or else of the claimed one
    cap: str  # why the band is lower than points alone would give; "": it is not
    ranks: str = ""
    tie: int = 0
    corrected: datetime | None = None  # when the company corrected its submission after publication
    withdrawn: datetime | None = None  # when the company's data were erased


def sector_rows(edition: Edition, snapshot: PublishedSnapshot) -> tuple[BasesRow, ...]:
    """Return the overall figure of every sector, by evidenced median, highest first; suppressed ones last."""
    rows = [_sector_row(edition, snapshot, group) for group in snapshot.sectors]
    return tuple(
        sorted(rows, key=lambda row: -1 if row.evidenced.median is None else row.evidenced.median.middle)[::-1]
    )


def _sector_row(edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures) -> BasesRow:
    href = url_for("sectors.sector", sector=group.sector, period=snapshot.period)
    return bases_row(group.figure(OVERALL), sector_label(edition, group.sector), href=href)


def bases_row(figure: Figure, title: str, *, href: str = "", note: str = "") -> BasesRow:
    """Return the row of one figure, claimed and evidenced."""
    return BasesRow(
        figure.id,
        title,
        figure.n,
        _median_with_quartiles(figure.claimed),
        _median_with_quartiles(figure.evidenced),
        href,
        note,
    )


def _median_with_quartiles(spread: Quartiles) -> MedianWithQuartiles:
    return MedianWithQuartiles(
        range_if_shown(spread.median), range_if_shown(spread.lower), range_if_shown(spread.upper)
    )


def lens_median_rows(edition: Edition, group: SectorFigures, lens: str) -> tuple[BasesRow, ...]:
    """Return the figures of a sector by value of a lens."""
    figures = {figure.id: figure for figure in group.figures}
    return tuple(
        bases_row(
            figures[f"{lens}:{value}"], lens_value_label(edition, lens, value), note=lens_note(edition, lens, value)
        )
        for value in edition.lenses.get(lens, ())
        if f"{lens}:{value}" in figures
    )


def theme_median_rows(edition: Edition, group: SectorFigures) -> tuple[BasesRow, ...]:
    """Return the figures of a sector by theme."""
    figures = {figure.id: figure for figure in group.figures}
    return tuple(bases_row(figures[t.id], t.title or t.id) for t in edition.themes if t.id in figures)


def subgroup_rows(edition: Edition, group: SectorFigures, kind: str) -> tuple[BasesRow, ...]:
    """Return the overall figures of a sector's regions, or sizes, without suppressed ones."""
    shown = [cut for cut in group.breakdowns if cut.kind == kind and count_if_shown(cut.figures[0].n) is not None]
    return tuple(bases_row(cut.figures[0], breakdown_label(edition, kind, cut.value)) for cut in shown)


def participation_row(edition: Edition, group: SectorFigures) -> ParticipationRow:
    """Return the participation in one sector, or in all together."""
    p = group.participation
    title = sector_label(edition, group.sector)
    return ParticipationRow(title, p.registered, p.submitted, p.scored, p.without_score, p.nonrespondents, p.unscored)


def band_rows(edition: Edition, group: SectorFigures) -> tuple[BandRow, ...]:
    """Return the bands of a sector, lowest first; empty if none are published."""
    views = {band.id: band for band in band_views(edition)}
    most = max((count_if_shown(band.count) or 0 for band in group.bands), default=0) or 1
    rows = []
    for shown in group.bands:
        held = _held_down(group, shown.bands)
        count = count_if_shown(shown.count) or 0
        rows.append(
            BandRow(
                views[shown.bands[0]] if len(shown.bands) == 1 else None,
                or_list(views[band].title for band in shown.bands),
                shown.count,
                100 * count / most,
                held,
                100 * (held or 0) / most,
                capped_words(count, held),
            )
        )
    return tuple(rows)


def _held_down(group: SectorFigures, bands: Sequence[str]) -> int | None:
    if group.capped is None or group.capped.id != "+".join(bands):
        return None
    return count_if_shown(group.capped.meeting)


@dataclass(frozen=True, slots=True)
class HeatmapColumn:
    """A lens value. `apart`: set apart as the first value of the second lens."""

    title: str
    apart: bool


@dataclass(frozen=True, slots=True)
class HeatmapCell:
    """A published median, and the number of companies behind it."""

    score: ScoreRange | None
    n: int | None
    band: BandView | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class HeatmapRow:
    """A sector with its cells for both lenses."""

    title: str
    href: str
    cells: tuple[HeatmapCell, ...]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Sectors by CSR gap and prevention level; see the macro `heat`."""

    columns: Sequence[HeatmapColumn]
    rows: Sequence[HeatmapRow]


def lens_heatmap(snapshot: PublishedSnapshot, edition: Edition) -> Heatmap:
    """Return the claimed median of every sector for each value of both lenses, with the number of companies."""
    keys = [(lens, value) for lens in (GAP_LENS, PREVENTION_LENS) for value in edition.lenses.get(lens, ())]
    columns = [
        HeatmapColumn(
            lens_value_label(edition, lens, value),
            apart=lens == PREVENTION_LENS and keys[place - 1][0] == GAP_LENS,
        )
        for place, (lens, value) in enumerate(keys)
    ]
    rows = []
    for group in snapshot.sectors:
        figures = {figure.id: figure for figure in group.figures}
        cells = tuple(_heatmap_cell(edition, figures.get(f"{lens}:{value}")) for lens, value in keys)
        href = url_for("sectors.sector", sector=group.sector, period=snapshot.period)
        rows.append(HeatmapRow(sector_label(edition, group.sector), href, cells))
    return Heatmap(columns, rows)


def _heatmap_cell(edition: Edition, figure: Figure | None) -> HeatmapCell:
    median = None if figure is None else range_if_shown(figure.claimed.median)
    reached = [band for band in band_views(edition) if median is not None and band.at <= median.middle]
    n = None if figure is None else count_if_shown(figure.n)
    return HeatmapCell(median, n, reached[-1] if reached else None, withheld=median is None)


# ── Requirements and law


@dataclass(frozen=True, slots=True)
class ShareBlock:
    """Rows whose order relative to other blocks is proven; see the macro `shares`."""

    rows: Sequence[ShareRow]
    order: str  # what is not known about the order within the block; "": all is known


def listed_rows(edition: Edition, listing: ShareListing, sector: str, most: int | None = None) -> list[ShareBlock]:
    """Return shares proven to be below half, lowest first, in blocks: all shares before a block are proven lower.

    `most`: the greatest number of rows. The last block is cut if necessary: the page links to all rows.
    """
    blocks: list[ShareBlock] = []
    left = len(listing.found.settled.below) if most is None else most
    for block in listing.found.listed.blocks:
        if left > 0:
            blocks.append(share_block(edition, listing, sector, block[:left]))
            left -= len(blocks[-1].rows)
    return blocks


def share_block(edition: Edition, listing: ShareListing, sector: str, rows: Sequence[ShareBounds]) -> ShareBlock:
    """Return rows as a block, with what is not known about their order."""
    return ShareBlock([share_row(edition, listing, sector, one) for one in rows], order_words(rows) if rows else "")


def share_row(edition: Edition, listing: ShareListing, sector: str, one: ShareBounds) -> ShareRow:
    """Return the known bounds of the share that meets a requirement or provision."""
    href, note, provisions = _link_note_and_law(edition, one.id)
    return ShareRow(
        one.id,
        listing.names[one.id],
        href,
        ShareMeeting(sector, one),
        float(100 * one.low),
        float(100 * one.high),
        note,
        provisions,
    )


def _link_note_and_law(edition: Edition, id_: str) -> tuple[str, str, Sequence[ProvisionView]]:
    """Return the address of a requirement or provision, the paraphrase of a provision, the law of a requirement."""
    if id_ in edition.nodes:
        theme = next((t.id for t in edition.themes if id_ in {node.id for node in t.nodes()}), "")
        href = url_for("method.theme", theme=theme, _anchor=id_) if theme else ""
        return href, "", provision_views(edition, edition.nodes[id_].law)
    for provision in provision_views(edition, [id_]):
        return provision.href, provision.paraphrase, ()
    return "", "", ()


@dataclass(frozen=True, slots=True)
class LawGapRow:
    """A provision of children's law that few companies of a sector meet; see `SectorLawGaps`."""

    sector: str  # title
    id: str  # of the sector
    name: str  # of the provision
    href: str
    said: ShareMeeting
    more: int  # number of further provisions of the sector, on its last row


def law_rows(edition: Edition, law: Sequence[SectorLawGaps]) -> list[LawGapRow]:
    """Return the gaps of sectors in children's law, for the overview."""
    rows = []
    for sector in law:
        for place, row in enumerate(sector.rows):
            href = next((provision.href for provision in provision_views(edition, [row.id])), "")
            title = sector_label(edition, sector.sector)
            last = place == len(sector.rows) - 1
            rows.append(LawGapRow(title, sector.sector, row.name, href, row.how_many, sector.more if last else 0))
    return rows


# ── Named companies


def named_rows(edition: Edition, group: SectorFigures, found: NamedCompanies) -> tuple[list[NamedRow], list[NamedRow]]:
    """Return the verified companies as ranked, and the others in alphabetical order."""
    places = list(group.ranking.companies) if group.ranking and group.ranking.basis == "verified" else []
    ranked = []
    for named in found.ranked:
        place = next((one for one in places if one.company == named.company), None)
        if place is not None:
            places.remove(place)  # two companies may share a name: take the ranks in order
        ranked.append(named_row(edition, named, place))
    return ranked, [named_row(edition, named) for named in found.others]


def named_row(edition: Edition, named: NamedCompany, place: NamedRank | None = None) -> NamedRow:
    """Return a named company as it is published."""
    stands = named.verified or named.claimed
    bands = {band.id: band for band in band_views(edition)}
    return NamedRow(
        named.company,
        named.claimed,
        named.evidenced,
        named.verified,
        bands.get(stands.band),
        _cap(bands, stands),
        rank_interval_words(RankInterval(place.first, place.last)) if place else "",
        place.tie_group if place else 0,
    )


def _cap(bands: Mapping[str, BandView], score: NamedScore) -> str:
    if not score.by_points or score.by_points not in bands or score.band not in bands:
        return ""
    return _(
        "%(score)s points would normally mean %(by_points)s. The rating is limited to %(band)s because at least one "
        "critical requirement is not met.",
        score=number(score.score),
        by_points=bands[score.by_points].title,
        band=bands[score.band].title,
    )

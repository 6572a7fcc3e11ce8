"""Primary and complementary suppression of sector figures.

1. Threshold rule: a figure rests on at least 5 companies, a quartile on 10. Companies that agreed to be named can
   be subtracted by anyone, so where figures count some that did not agree, they count at least 5 of those.
2. A count of fewer than 5 is not shown, and neither is one that leaves fewer than 5 of its group over: bands are
   collapsed, shares say "fewer than 5" or "all but fewer than 5". 0 is shown for participation only: it is
   nobody's.
3. The sectors together hold only what the sectors show: a sector too small to show is in no total, and cannot be
   subtracted from one. A total from which `suppression_audit` could narrow a withheld count to fewer than 5
   candidates gives way itself: its bands are collapsed further, its counts withheld.
4. Who contributes to which figures, and which regions and sizes of a sector are shown, is decided in
   `equivalence_classes`. What is counted of participation stays as it is: that is known without us.

No sum and no mean is published anywhere, only counts and order statistics: no company can dominate a figure, and
no dominance rule is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.disclosure.aggregates import BreakdownAggregates, MetCount, SectorAggregates
from compliance.disclosure.collapsing import (
    BandFrequencies,
    BandGrouping,
    CollapsedSector,
    collapse_bands,
    collapse_total_bands,
)
from compliance.disclosure.published import (
    ALL_SECTORS,
    BandCount,
    BreakdownFigures,
    Figure,
    MetShare,
    Participation,
    PublishedCell,
    Quartiles,
    SectorFigures,
    Suppressed,
    alphabetically,
)
from compliance.disclosure.suppression_audit import (
    UNPUBLISHED,
    WithheldCount,
    are_protected_from_total,
    is_protected,
    remainders_meet_threshold,
)
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.numeric import Floats, rounded
from compliance.statistics.thresholds import (
    MIN_CONTRIBUTORS,
    MIN_FOR_QUARTILES,
    is_publishable_count,
    is_publishable_part,
    meets_threshold,
)

NOT_SHOWN = Suppressed.NOT_SHOWN
#: The scores of no company.
NO_SCORES: Floats = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class PublishableFigures:
    """Everything that may be shown of one period."""

    together: SectorFigures
    sectors: tuple[SectorFigures, ...]


def suppress(edition: Edition, counted: Mapping[str, SectorAggregates]) -> PublishableFigures:
    """Decide what may be shown of every sector, and of all together, once it is decided who contributes to them."""
    sectors = tuple(_sector(edition, sector, aggregates) for sector, aggregates in counted.items())
    return PublishableFigures(
        _all_sectors(edition, [(g, counted[g.sector]) for g in sectors if g.shows_scores]), sectors
    )


def _sector(edition: Edition, sector: str, aggregates: SectorAggregates) -> SectorFigures:
    contributors = aggregates.contributors
    shows = contributors >= MIN_CONTRIBUTORS and meets_threshold(aggregates.unnamed)
    counts = _band_frequencies(edition, aggregates)
    bands, capped = _bands(edition, counts, collapse_bands(counts) if shows and edition.bands else ())
    return SectorFigures(
        sector=sector,
        sectors=(sector,),
        participation=_participation(aggregates) if shows else _participation_of_few(aggregates),
        figures=_figures(aggregates, contributors)
        if shows
        else tuple(_figure(i, NO_SCORES, False) for i in aggregates.scores),
        bands=bands,
        requirements=_shares(aggregates.requirements, contributors if shows else 0),
        provisions=_shares(aggregates.provisions, contributors if shows else 0),
        named=alphabetically(aggregates.named),
        embargoed=aggregates.embargoed if shows else 0,
        breakdowns=tuple(_breakdown_figures(part, shows) for part in aggregates.breakdowns),
        capped=capped,
    )


def _breakdown_figures(aggregates: BreakdownAggregates, shows: bool) -> BreakdownFigures:
    """Figures of a breakdown; NOT_SHOWN for every reason why it is not shown, an empty one included."""
    part = aggregates.breakdown
    if not shows or aggregates.scored < MIN_CONTRIBUTORS:
        return BreakdownFigures(kind=part.kind, value=part.value, figures=(_figure(OVERALL, NO_SCORES, False),))
    return BreakdownFigures(kind=part.kind, value=part.value, figures=_figures(aggregates, aggregates.scored))


def _all_sectors(edition: Edition, shown: Sequence[tuple[SectorFigures, SectorAggregates]]) -> SectorFigures:
    groups, counted = [group for group, _ in shown], [aggregates for _, aggregates in shown]
    bands, capped = _bands_together(edition, shown)
    return SectorFigures(
        sector=ALL_SECTORS,
        sectors=tuple(group.sector for group in groups),
        participation=_participation_together(groups, counted),
        figures=_figures_together(groups, counted),
        bands=bands,
        requirements=_shares_together([(g.requirements, t.requirements) for g, t in shown]),
        provisions=_shares_together([(g.provisions, t.provisions) for g, t in shown]),
        named=alphabetically(named for aggregates in counted for named in aggregates.named),
        embargoed=sum(aggregates.embargoed for aggregates in counted),
        capped=capped,
    )


# ── Participation


def _participation(aggregates: SectorAggregates) -> Participation:
    """Participation in a sector that shows its scores, so that `scored` is known to everybody."""
    submitted, unscored = aggregates.scored + aggregates.without_score, aggregates.unscored
    registered = aggregates.scored + unscored
    if is_publishable_count(aggregates.without_score) and is_publishable_count(aggregates.nonrespondents):
        return Participation(
            registered=registered,
            submitted=submitted,
            scored=aggregates.scored,
            without_score=aggregates.without_score,
            nonrespondents=aggregates.nonrespondents,
            unscored=unscored,
        )
    if unscored >= MIN_CONTRIBUTORS:
        return Participation(registered=registered, scored=aggregates.scored, unscored=unscored)
    return Participation(scored=aggregates.scored)


def _participation_of_few(aggregates: SectorAggregates) -> Participation:
    """Participation in a sector too small to show its scores; it is in no total."""
    submitted = aggregates.scored + aggregates.without_score
    registered = submitted + aggregates.nonrespondents
    if registered < MIN_CONTRIBUTORS:
        few = Suppressed.FEW
        return Participation(
            registered=few, submitted=few, scored=few, without_score=few, nonrespondents=few, unscored=few
        )
    scored = Suppressed.FEW if aggregates.scored < MIN_CONTRIBUTORS else NOT_SHOWN
    if is_publishable_count(submitted) and is_publishable_count(aggregates.nonrespondents):
        return Participation(
            registered=registered, submitted=submitted, scored=scored, nonrespondents=aggregates.nonrespondents
        )
    return Participation(registered=registered, scored=scored)


def _participation_together(groups: Sequence[SectorFigures], counted: Sequence[SectorAggregates]) -> Participation:
    scored = sum(aggregates.scored for aggregates in counted)
    without_score, nonrespondents = sum(t.without_score for t in counted), sum(t.nonrespondents for t in counted)
    unscored, registered = without_score + nonrespondents, scored + without_score + nonrespondents
    if scored == 0:
        return Participation()
    hidden = [
        (g.participation, t) for g, t in zip(groups, counted, strict=True) if isinstance(_nonrespondents(g), Suppressed)
    ]
    if (
        is_publishable_count(without_score)
        and is_publishable_count(nonrespondents)
        and _passes_audit(_unknown_parts(hidden))
        and _splits_pass_audit(hidden)
    ):
        return Participation(
            registered=registered,
            submitted=scored + without_score,
            scored=scored,
            without_score=without_score,
            nonrespondents=nonrespondents,
            unscored=unscored,
        )
    if is_publishable_count(unscored) and _passes_audit(_unknown_sums(hidden)):
        return Participation(registered=registered, scored=scored, unscored=unscored)
    return Participation(scored=scored)


def _nonrespondents(group: SectorFigures) -> PublishedCell:
    return group.participation.nonrespondents


def _unknown_parts(hidden: Sequence[tuple[Participation, SectorAggregates]]) -> list[WithheldCount]:
    """List the withheld counts if the totals of those without a score and of nonrespondents are both shown."""
    unknowns = []
    for sector, (shown, aggregates) in enumerate(hidden):
        most = aggregates.unscored
        if isinstance(shown.unscored, Suppressed):
            most = MIN_CONTRIBUTORS - 1
            unknowns.append(WithheldCount(tail=UNPUBLISHED, head=sector, least=1, value=aggregates.unscored, most=most))
        unknowns.append(
            WithheldCount(tail=sector, head="without a score", least=0, value=aggregates.without_score, most=most)
        )
        unknowns.append(WithheldCount(tail=sector, head="silent", least=0, value=aggregates.nonrespondents, most=most))
    return unknowns


def _splits_pass_audit(hidden: Sequence[tuple[Participation, SectorAggregates]]) -> bool:
    """Return whether the two totals leave open how each sector that was not split would have been split."""
    candidates = [_not_split(shown, aggregates.unscored) for shown, aggregates in hidden]
    return are_protected_from_total(candidates, sum(t.without_score for _, t in hidden)) and are_protected_from_total(
        candidates, sum(t.nonrespondents for _, t in hidden)
    )


def _not_split(shown: Participation, unscored: int) -> list[int]:
    if isinstance(shown.unscored, Suppressed):
        return list(range(MIN_CONTRIBUTORS))
    return [
        part
        for part in range(unscored + 1)
        if not (is_publishable_count(part) and is_publishable_count(unscored - part))
    ]


def _unknown_sums(hidden: Sequence[tuple[Participation, SectorAggregates]]) -> list[WithheldCount]:
    """List the withheld counts if only the total of both together is shown."""
    return [
        WithheldCount(tail=UNPUBLISHED, head="unscored", least=1, value=aggregates.unscored, most=MIN_CONTRIBUTORS - 1)
        for shown, aggregates in hidden
        if isinstance(shown.unscored, Suppressed)
    ]


def _passes_audit(unknowns: Sequence[WithheldCount]) -> bool:
    columns = [u for u in unknowns if isinstance(u.head, str)]
    return remainders_meet_threshold(columns) and all(is_protected(unknowns, i) for i in range(len(unknowns)))


# ── How a sector stands


def _figures(aggregates: SectorAggregates | BreakdownAggregates, contributors: int) -> tuple[Figure, ...]:
    """Figures of a sector, or of a breakdown of one, that shows any."""
    return tuple(
        _figure(
            i, pairs, is_publishable_part(len(pairs), contributors) and meets_threshold(aggregates.unnamed_scores[i])
        )
        for i, pairs in aggregates.scores.items()
    )


def _figure(figure_id: str, pairs: Floats, shows: bool) -> Figure:
    if not shows:
        return Figure(id=figure_id)
    return Figure(id=figure_id, n=len(pairs), claimed=_quartiles(pairs[:, 0]), evidenced=_quartiles(pairs[:, 1]))


def _quartiles(scores: Floats) -> Quartiles:
    lower, median, upper = (int(rounded(float(q), 0)) for q in np.quantile(scores, [0.25, 0.5, 0.75]))
    if len(scores) < MIN_FOR_QUARTILES:
        return Quartiles(median=median)
    return Quartiles(lower=lower, median=median, upper=upper)


def _figures_together(groups: Sequence[SectorFigures], counted: Sequence[SectorAggregates]) -> tuple[Figure, ...]:
    figures = []
    for figure_id in counted[0].scores if counted else ():
        of_sectors = zip(groups, counted, strict=True)
        shown = [t.scores[figure_id] for g, t in of_sectors if not isinstance(g.figure(figure_id).n, Suppressed)]
        figures.append(_figure(figure_id, np.concatenate(shown) if shown else NO_SCORES, bool(shown)))
    return tuple(figures)


# ── Bands


def _band_frequencies(edition: Edition, aggregates: SectorAggregates) -> BandFrequencies:
    """By band, and after the band of the cap those that have the points of a higher one."""
    if not edition.critical_cap or not edition.bands:
        return BandFrequencies(aggregates.bands, aggregates.unnamed_bands)
    at = [band.id for band in edition.bands].index(edition.critical_cap)
    everyone = _with_capped(aggregates.bands, at, aggregates.capped)
    return BandFrequencies(everyone, _with_capped(aggregates.unnamed_bands, at, aggregates.unnamed_capped), at + 1)


def _with_capped(bands: tuple[int, ...], at: int, capped: int) -> tuple[int, ...]:
    return (*bands[:at], bands[at] - capped, capped, *bands[at + 1 :])


def _bands(
    edition: Edition, counts: BandFrequencies, grouping: BandGrouping
) -> tuple[tuple[BandCount, ...], MetShare | None]:
    """The bands as they are joined; and of those in the band of the cap, how many have the points of a higher one."""
    ids = [band.id for band in edition.bands]
    if counts.capped is not None:
        ids.insert(counts.capped, "")  # no band of its own
    shown: list[BandCount] = []
    capped = None if counts.capped is None else MetShare(id="")
    for start, stop in grouping:
        count, bands = sum(counts.everyone[start:stop]), tuple(band for band in ids[start:stop] if band)
        if bands:
            shown.append(BandCount(bands=bands, count=count))
        else:
            around = shown.pop()
            assert not isinstance(around.count, Suppressed)
            shown.append(BandCount(bands=around.bands, count=around.count + count))
            capped = MetShare(id="+".join(around.bands), n=around.count + count, meeting=count)
    return tuple(shown), capped


def _bands_together(
    edition: Edition, shown: Sequence[tuple[SectorFigures, SectorAggregates]]
) -> tuple[tuple[BandCount, ...], MetShare | None]:
    if not shown or not edition.bands:
        return (), None
    of_sectors = [_band_frequencies(edition, aggregates) for _, aggregates in shown]
    rows = [CollapsedSector(counts, collapse_bands(counts)) for counts in of_sectors]
    return _bands(edition, of_sectors[0].together(of_sectors[1:]), collapse_total_bands(rows))


# ── Requirements and provisions


def _shares(met: Mapping[str, MetCount], contributors: int) -> tuple[MetShare, ...]:
    return tuple(_share(share_id, m, contributors) for share_id, m in met.items())


def _share(share_id: str, met: MetCount, contributors: int) -> MetShare:
    """Out of those asked; where that would single out fewer than 5 that were not, out of all in the figures."""
    if met.asked < MIN_CONTRIBUTORS or not meets_threshold(met.unnamed) or not contributors:
        return MetShare(id=share_id)
    n = met.asked if is_publishable_part(met.asked, contributors) else contributors
    return MetShare(id=share_id, n=n, meeting=_met_or_suppressed(met.meeting, n))


def _met_or_suppressed(meeting: int, n: int) -> PublishedCell:
    if meeting < MIN_CONTRIBUTORS:
        return Suppressed.FEW
    return Suppressed.NEARLY_ALL if n - meeting < MIN_CONTRIBUTORS else meeting


def _shares_together(shown: Sequence[tuple[tuple[MetShare, ...], Mapping[str, MetCount]]]) -> tuple[MetShare, ...]:
    ids = [share.id for share in shown[0][0]] if shown else []
    together = []
    for position, share_id in enumerate(ids):
        of_sectors = [(shares[position], met[share_id].meeting) for shares, met in shown]
        together.append(_share_together(share_id, [(s, m) for s, m in of_sectors if not isinstance(s.n, Suppressed)]))
    return tuple(together)


def _share_together(share_id: str, sectors: Sequence[tuple[MetShare, int]]) -> MetShare:
    if not sectors:
        return MetShare(id=share_id)
    n, meeting = sum(int(share.n) for share, _ in sectors), sum(meeting for _, meeting in sectors)
    said = _met_or_suppressed(meeting, n)
    hidden = [(s, m) for s, m in sectors if isinstance(s.meeting, Suppressed)]
    if isinstance(said, Suppressed) or _shares_pass_audit(hidden):
        return MetShare(id=share_id, n=n, meeting=said)
    return MetShare(id=share_id, n=n)


def _shares_pass_audit(hidden: Sequence[tuple[MetShare, int]]) -> bool:
    """Return whether the total leaves open all that is said of each sector: fewer than 5, or all but fewer than 5."""
    unknowns = []
    for sector, (share, meeting) in enumerate(hidden):
        n, few = int(share.n), share.meeting == Suppressed.FEW
        least, most = (0, MIN_CONTRIBUTORS - 1) if few else (n - MIN_CONTRIBUTORS + 1, n)
        unknowns.append(WithheldCount(tail=sector, head="meeting", least=least, value=meeting, most=most))
        unknowns.append(
            WithheldCount(tail=sector, head="not meeting", least=n - most, value=n - meeting, most=n - least)
        )
    return _passes_audit(unknowns)

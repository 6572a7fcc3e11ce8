"""Primary and complementary suppression of sector figures.

1. Threshold rule: a figure rests on at least 5 companies, a quartile on 10. Anyone can subtract named companies, so if
   a figure rests on companies that did not agree to be named, it rests on at least 5 of them.
2. A count below 5 is suppressed, and so is one that leaves fewer than 5 of its group. Bands are collapsed, and shares
   say "fewer than 5" or "all but fewer than 5". 0 is shown for participation only, where it is about nobody.
3. Only the class of a score enters figures (`score_classes`): medians and quartiles are published as the ranges that
   follow from the companies' classes.
4. The total of all sectors contains only what sectors show: a sector too small to show is in no total, and cannot be
   found by subtraction. A total is withheld if with it an outsider could narrow a withheld count to fewer than 5
   candidates. Bands are not counted over sectors.
5. `equivalence_classes` decides which companies contribute to which figures, and which regions and sizes of a sector
   are shown. Counts of participation are not changed by it, as participation is known from elsewhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.disclosure.aggregates import BreakdownAggregates, MetCount, SectorAggregates
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
from compliance.disclosure.score_classes import (
    BandFrequencies,
    BandGrouping,
    ScoreClasses,
    collapse_bands,
    score_classes,
)
from compliance.disclosure.totals import are_protected_from_total, is_shown_total
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.numeric import TOLERANCE, Codes
from compliance.statistics.thresholds import (
    MIN_CONTRIBUTORS,
    MIN_FOR_QUARTILES,
    is_publishable_count,
    is_publishable_part,
    meets_threshold,
)

NOT_SHOWN = Suppressed.NOT_SHOWN
#: The classes of no company.
NO_CLASSES: Codes = np.empty((0, 2), np.int8)


@dataclass(frozen=True, slots=True)
class PublishableFigures:
    """Everything that may be shown of one period."""

    together: SectorFigures
    sectors: tuple[SectorFigures, ...]


def suppress(
    edition: Edition, counted: Mapping[str, SectorAggregates], together: Sequence[BreakdownAggregates] = ()
) -> PublishableFigures:
    """Decide what may be shown of every sector and of all together, from the aggregates of their contributors.

    `together`: the aggregates of groups over all sectors.
    """
    classes = score_classes(edition)
    sectors = tuple(_sector(edition, classes, sector, aggregates) for sector, aggregates in counted.items())
    shown = [(group, counted[group.sector]) for group in sectors if group.shows_scores]
    return PublishableFigures(_all_sectors(edition, classes, shown, together), sectors)


def _sector(edition: Edition, classes: ScoreClasses, sector: str, aggregates: SectorAggregates) -> SectorFigures:
    contributors = aggregates.contributors
    shows = contributors >= MIN_CONTRIBUTORS and meets_threshold(aggregates.unnamed)
    counts = _band_frequencies(edition, classes, aggregates)
    bands, capped = _bands(edition, counts, collapse_bands(counts) if shows and edition.bands else ())
    return SectorFigures(
        sector=sector,
        sectors=(sector,),
        participation=_participation(aggregates) if shows else _participation_of_few(aggregates),
        figures=_figures(classes, aggregates, contributors)
        if shows
        else tuple(Figure(id=figure) for figure in aggregates.classes),
        bands=bands,
        requirements=_shares(aggregates.requirements, contributors if shows else 0),
        provisions=_shares(aggregates.provisions, contributors if shows else 0),
        named=alphabetically(aggregates.named),
        embargoed=aggregates.embargoed if shows else 0,
        breakdowns=tuple(_breakdown_figures(classes, part, shows) for part in aggregates.breakdowns),
        capped=capped,
    )


def _breakdown_figures(classes: ScoreClasses, aggregates: BreakdownAggregates, shows: bool) -> BreakdownFigures:
    """Return the figures of a breakdown. NOT_SHOWN is used whatever the reason, even for an empty breakdown."""
    part = aggregates.breakdown
    if not shows or aggregates.scored < MIN_CONTRIBUTORS:
        return BreakdownFigures(kind=part.kind, value=part.value, figures=(Figure(id=OVERALL),))
    return BreakdownFigures(kind=part.kind, value=part.value, figures=_figures(classes, aggregates, aggregates.scored))


def _all_sectors(
    edition: Edition,
    classes: ScoreClasses,
    shown: Sequence[tuple[SectorFigures, SectorAggregates]],
    parts: Sequence[BreakdownAggregates],
) -> SectorFigures:
    groups, counted = [group for group, _ in shown], [aggregates for _, aggregates in shown]
    return SectorFigures(
        sector=ALL_SECTORS,
        sectors=tuple(group.sector for group in groups),
        participation=_participation_together(groups, counted),
        figures=_figures_together(classes, groups, counted),
        bands=(),
        requirements=_shares_together([(g.requirements, t.requirements) for g, t in shown]),
        provisions=_shares_together([(g.provisions, t.provisions) for g, t in shown]),
        named=alphabetically(named for aggregates in counted for named in aggregates.named),
        embargoed=sum(aggregates.embargoed for aggregates in counted),
        breakdowns=tuple(_breakdown_figures(classes, part, bool(shown)) for part in parts),
        capped=MetShare(id="") if shown and edition.bands and edition.critical_cap else None,
    )


# ── Participation


def _participation(aggregates: SectorAggregates) -> Participation:
    """Return participation in a sector that shows its scores, so that `scored` is public."""
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
    """Return participation in a sector too small to show its scores, which is in no total."""
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
    if not (is_publishable_count(unscored) and _sums_are_protected(groups, unscored)):
        return Participation(scored=scored)
    if not (
        is_publishable_count(without_score)
        and is_publishable_count(nonrespondents)
        and _splits_are_protected(groups, without_score, nonrespondents)
    ):
        return Participation(registered=registered, scored=scored, unscored=unscored)
    return Participation(
        registered=registered,
        submitted=scored + without_score,
        scored=scored,
        without_score=without_score,
        nonrespondents=nonrespondents,
        unscored=unscored,
    )


def _sums_are_protected(groups: Sequence[SectorFigures], unscored: int) -> bool:
    """Tell whether the total of companies without a score protects the numbers of sectors that withhold them."""
    shown = [count for g in groups if not isinstance(count := g.participation.unscored, Suppressed)]
    withheld = [range(1, MIN_CONTRIBUTORS)] * (len(groups) - len(shown))
    rest = unscored - sum(shown)
    return is_publishable_count(rest) and are_protected_from_total(withheld, rest)


def _splits_are_protected(groups: Sequence[SectorFigures], without_score: int, nonrespondents: int) -> bool:
    """Tell whether the two totals protect the split of each sector that does not show it.

    They do not if a sector withholds even the sum of both.
    """
    parts = [g.participation for g in groups if isinstance(g.participation.nonrespondents, Suppressed)]
    sums = [count for p in parts if not isinstance(count := p.unscored, Suppressed)]
    if len(sums) < len(parts):
        return False
    candidates = [_not_split(unscored) for unscored in sums]
    split = [p for g in groups if not isinstance((p := g.participation).nonrespondents, Suppressed)]
    return all(
        is_publishable_count(rest) and are_protected_from_total(candidates, rest)
        for rest in (
            without_score - sum(p.without_score for p in split if not isinstance(p.without_score, Suppressed)),
            nonrespondents - sum(p.nonrespondents for p in split if not isinstance(p.nonrespondents, Suppressed)),
        )
    )


def _not_split(unscored: int) -> list[int]:
    """Return the possible values of one part of a split that would have been withheld, given the sum of both."""
    return [
        part
        for part in range(unscored + 1)
        if not (is_publishable_count(part) and is_publishable_count(unscored - part))
    ]


# ── Medians and quartiles


def _figures(
    classes: ScoreClasses, aggregates: SectorAggregates | BreakdownAggregates, contributors: int
) -> tuple[Figure, ...]:
    """Return the figures of a sector or breakdown that may be shown. Single figures may still be suppressed."""
    return tuple(
        _figure(
            classes,
            figure,
            pairs,
            is_publishable_part(len(pairs), contributors) and meets_threshold(aggregates.unnamed_scores[figure]),
        )
        for figure, pairs in aggregates.classes.items()
    )


def _figure(classes: ScoreClasses, figure: str, pairs: Codes, shows: bool) -> Figure:
    if not shows:
        return Figure(id=figure)
    claimed, evidenced = (_quartiles(classes, pairs[:, basis]) for basis in (0, 1))
    return Figure(id=figure, n=len(pairs), claimed=claimed, evidenced=evidenced)


def _quartiles(classes: ScoreClasses, found: Codes) -> Quartiles:
    lower, median, upper = classes.quantile_ranges(found, [0.25, 0.5, 0.75])
    if len(found) < MIN_FOR_QUARTILES:
        return Quartiles(median=median)
    return Quartiles(lower=lower, median=median, upper=upper)


def _figures_together(
    classes: ScoreClasses, groups: Sequence[SectorFigures], counted: Sequence[SectorAggregates]
) -> tuple[Figure, ...]:
    figures = []
    for figure in counted[0].classes if counted else ():
        of_sectors = zip(groups, counted, strict=True)
        shown = [t.classes[figure] for g, t in of_sectors if not isinstance(g.figure(figure).n, Suppressed)]
        figures.append(_figure(classes, figure, np.concatenate(shown) if shown else NO_CLASSES, bool(shown)))
    return tuple(figures)


# ── Bands


def _band_frequencies(edition: Edition, classes: ScoreClasses, aggregates: SectorAggregates) -> BandFrequencies:
    """Return counts by band, with an extra place after the band of the cap for companies that it caps."""
    inside = {
        place
        for place, band in enumerate(edition.bands)
        if place and all(abs(band.at - edge) > TOLERANCE for edge in classes.edges)
    }
    if not edition.critical_cap or not edition.bands:
        return BandFrequencies(aggregates.bands, aggregates.unnamed_bands, joined=frozenset(inside))
    at = [band.id for band in edition.bands].index(edition.critical_cap)
    everyone = _with_capped(aggregates.bands, at, aggregates.capped)
    unnamed = _with_capped(aggregates.unnamed_bands, at, aggregates.unnamed_capped)
    moved = {place + (place > at) for place in inside} | ({at + 1} & inside)
    return BandFrequencies(everyone, unnamed, at + 1, frozenset(moved))


def _with_capped(bands: tuple[int, ...], at: int, capped: int) -> tuple[int, ...]:
    return (*bands[:at], bands[at] - capped, capped, *bands[at + 1 :])


def _bands(
    edition: Edition, counts: BandFrequencies, grouping: BandGrouping
) -> tuple[tuple[BandCount, ...], MetShare | None]:
    """Return the joined bands, and how many companies in the band of the cap have the points of a higher band."""
    ids = [band.id for band in edition.bands]
    if counts.capped is not None:
        ids.insert(counts.capped, "")  # capped companies have no band of their own
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


# ── Requirements and provisions


def _shares(met: Mapping[str, MetCount], contributors: int) -> tuple[MetShare, ...]:
    return tuple(_share(share_id, m, contributors) for share_id, m in met.items())


def _share(share_id: str, met: MetCount, contributors: int) -> MetShare:
    """Return a share of those asked, or of all contributors if fewer than 5 of them were not asked."""
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
    hidden = [share for share, _ in sectors if isinstance(share.meeting, Suppressed)]
    of_hidden = sum(int(share.n) for share in hidden)
    shown = sum(share.meeting for share, _ in sectors if not isinstance(share.meeting, Suppressed))

    def said(rest: int) -> PublishedCell:
        """Return what would be shown for all sectors if `rest` companies of the hidden shares met it."""
        total = _met_or_suppressed(shown + rest, n)
        few = not is_publishable_part(rest, of_hidden) or rest == of_hidden
        return NOT_SHOWN if hidden and few and not isinstance(total, Suppressed) else total

    candidates = [_candidates(share) for share in hidden]
    is_shown = is_shown_total(candidates, said, meeting - shown)
    return MetShare(id=share_id, n=n, meeting=said(meeting - shown) if is_shown else NOT_SHOWN)


def _candidates(share: MetShare) -> Collection[int]:
    """Return the counts that would be suppressed in the same way: fewer than 5, or all but fewer than 5."""
    n = int(share.n)
    few = range(MIN_CONTRIBUTORS)
    return few if share.meeting == Suppressed.FEW else range(max(few.stop, n - few.stop + 1), n + 1)

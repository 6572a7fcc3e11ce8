"""What may be shown: the one function that everything published passes through.

1. A figure rests on at least 5 companies, a quartile on 10. Companies that agreed
   to be named can be subtracted by anyone, so where figures count some that did not
   agree, they count at least 5 of those.
2. A count of fewer than 5 is not shown, and neither is one that leaves fewer than 5
   of its group over: bands are joined with their neighbours, shares say "fewer than
   5" or "all but fewer than 5". 0 is shown for participation only: it is nobody's.
3. The sectors together hold only what the sectors show: a sector too small to show
   is in no total, and cannot be subtracted from one. A total from which a withheld
   count could be narrowed to fewer than 5 candidates gives way itself: its bands are
   joined further, its counts withheld.
4. Who rests in which figures, and which regions and sizes of a sector are shown, is
   decided in `cells`, so that everyone hides among five over two periods. What is
   counted of participation stays as it is: that is known without us.

No sum and no mean is published anywhere, only counts and order statistics. So no
company can dominate a figure, and no rule of dominance is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.benchmark.cells import KINDS, Part, choose
from compliance.benchmark.inference import UNPUBLISHED, Unknown, remainders_hold, stay_open, stays_open
from compliance.benchmark.joining import Counts, Grouping, Row, join, join_together
from compliance.benchmark.places import Place
from compliance.benchmark.published import (
    ALL_SECTORS,
    BandCount,
    Cell,
    CutFigures,
    Figure,
    Group,
    Participation,
    Share,
    Spread,
    Withheld,
)
from compliance.benchmark.tally import Entry, Met, Named, PartTally, Tally, by_sector, enter
from compliance.benchmark.thresholds import MIN_COMPANIES, QUARTILES_FROM, hides, is_cell, splits
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.steering import HEADQUARTERS
from compliance.scoring.rounding import rounded
from compliance.scoring.types import Floats

NOT_SHOWN = Withheld.NOT_SHOWN
#: The scores of no company.
NOBODY: Floats = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Everything that may be shown of one period."""

    together: Group
    sectors: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What may be shown of a period, and what the next closing has to know about it."""

    disclosed: Disclosed
    places: Mapping[str, Place]  # by company: kept, never shown
    demonstration: bool  # some companies are invented


def decide(
    edition: Edition, period: int, entries: Iterable[Entry], neighbours: Sequence[Mapping[str, Place]] = ()
) -> Decided:
    """The one function that everything published passes through. The order of the entries does not matter.

    `neighbours`: the places of the nearest periods before and after of which something is published.
    """
    entered, words = enter(edition, entries), vocabulary(edition)
    cells = choose(entered.ledger, period, neighbours, words)
    parts = [Part(kind, value) for kind in KINDS for value in words.get(kind, ())]
    disclosed = disclose(edition, by_sector(edition, entered, cells, parts))
    return Decided(disclosed, cells.places(entered.ledger), entered.demonstration)


def vocabulary(edition: Edition) -> Mapping[str, tuple[str, ...]]:
    """The regions and sizes that each sector is cut into, where the edition asks for them."""
    regions = sorted({country.region for country in countries().values()} - {""})
    size = edition.profile.get("size")
    words = {
        "region": tuple(regions) if HEADQUARTERS in edition.questions else (),
        "size": size.values if size else (),
    }
    return {kind: values for kind, values in words.items() if values}


def disclose(edition: Edition, tallies: Mapping[str, Tally]) -> Disclosed:
    """Decide what may be shown of every sector, and of all of them together, once it is decided who rests in them."""
    sectors = tuple(_sector(edition, sector, tally) for sector, tally in tallies.items())
    return Disclosed(_together(edition, [(g, tallies[g.sector]) for g in sectors if g.shows_scores]), sectors)


def _sector(edition: Edition, sector: str, tally: Tally) -> Group:
    resting = tally.resting
    shows = resting >= MIN_COMPANIES and hides(tally.unnamed)
    counts = _counts(edition, tally)
    bands, capped = _bands(edition, counts, join(counts) if shows and edition.bands else ())
    return Group(
        sector=sector,
        sectors=(sector,),
        participation=_participation(tally) if shows else _participation_of_few(tally),
        figures=_figures(tally, resting) if shows else tuple(_figure(i, NOBODY, False) for i in tally.scores),
        bands=bands,
        requirements=_shares(tally.requirements, resting if shows else 0),
        provisions=_shares(tally.provisions, resting if shows else 0),
        named=by_name(tally.named),
        waiting=tally.waiting if shows else 0,
        cuts=tuple(_cut(part, shows) for part in tally.parts),
        capped=capped,
    )


def by_name(named: Iterable[Named]) -> tuple[Named, ...]:
    """In alphabetical order: a claim that nobody checked gives no place."""
    return tuple(sorted(named, key=lambda one: (one.company.casefold(), one.company, -one.claimed.score)))


def _cut(tally: PartTally, shows: bool) -> CutFigures:
    """One word for all reasons why a region or a size is not shown, an empty one included."""
    part = tally.part
    if not shows or tally.scored < MIN_COMPANIES:
        return CutFigures(part.kind, part.value, (_figure(OVERALL, NOBODY, False),))
    return CutFigures(part.kind, part.value, _figures(tally, tally.scored))


def _together(edition: Edition, shown: Sequence[tuple[Group, Tally]]) -> Group:
    groups, tallies = [group for group, _ in shown], [tally for _, tally in shown]
    bands, capped = _bands_together(edition, shown)
    return Group(
        sector=ALL_SECTORS,
        sectors=tuple(group.sector for group in groups),
        participation=_participation_together(groups, tallies),
        figures=_figures_together(groups, tallies),
        bands=bands,
        requirements=_shares_together([(g.requirements, t.requirements) for g, t in shown]),
        provisions=_shares_together([(g.provisions, t.provisions) for g, t in shown]),
        named=by_name(named for tally in tallies for named in tally.named),
        waiting=sum(tally.waiting for tally in tallies),
        capped=capped,
    )


# ── Participation


def _participation(tally: Tally) -> Participation:
    """Of a sector that shows its scores, so that `scored` is known to everybody."""
    submitted, unscored = tally.scored + tally.without_score, tally.without_score + tally.silent
    registered = tally.scored + unscored
    if is_cell(tally.without_score) and is_cell(tally.silent):
        return Participation(registered, submitted, tally.scored, tally.without_score, tally.silent, unscored)
    if unscored >= MIN_COMPANIES:
        return Participation(registered, NOT_SHOWN, tally.scored, NOT_SHOWN, NOT_SHOWN, unscored)
    return Participation(NOT_SHOWN, NOT_SHOWN, tally.scored, NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)


def _participation_of_few(tally: Tally) -> Participation:
    """Of a sector too small to show its scores; it is in no total."""
    submitted = tally.scored + tally.without_score
    registered = submitted + tally.silent
    if registered < MIN_COMPANIES:
        return Participation(*[Withheld.FEW] * 6)
    scored = Withheld.FEW if tally.scored < MIN_COMPANIES else NOT_SHOWN
    if is_cell(submitted) and is_cell(tally.silent):
        return Participation(registered, submitted, scored, NOT_SHOWN, tally.silent, NOT_SHOWN)
    return Participation(registered, NOT_SHOWN, scored, NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)


def _participation_together(groups: Sequence[Group], tallies: Sequence[Tally]) -> Participation:
    scored = sum(tally.scored for tally in tallies)
    without_score, silent = sum(t.without_score for t in tallies), sum(t.silent for t in tallies)
    unscored, registered = without_score + silent, scored + without_score + silent
    if scored == 0:
        return Participation(*[NOT_SHOWN] * 6)
    hidden = [(g.participation, t) for g, t in zip(groups, tallies, strict=True) if isinstance(_silent(g), Withheld)]
    if is_cell(without_score) and is_cell(silent) and _hold(_unknown_parts(hidden)) and _keep_apart(hidden):
        return Participation(registered, scored + without_score, scored, without_score, silent, unscored)
    if is_cell(unscored) and _hold(_unknown_sums(hidden)):
        return Participation(registered, NOT_SHOWN, scored, NOT_SHOWN, NOT_SHOWN, unscored)
    return Participation(NOT_SHOWN, NOT_SHOWN, scored, NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)


def _silent(group: Group) -> Cell:
    return group.participation.silent


def _unknown_parts(hidden: Sequence[tuple[Participation, Tally]]) -> list[Unknown]:
    """What is hidden if the total of those without a score and of the silent are both shown."""
    unknowns = []
    for sector, (shown, tally) in enumerate(hidden):
        most = tally.without_score + tally.silent
        if isinstance(shown.unscored, Withheld):
            most = MIN_COMPANIES - 1
            unknowns.append(Unknown(UNPUBLISHED, sector, 1, tally.without_score + tally.silent, most))
        unknowns.append(Unknown(sector, "without a score", 0, tally.without_score, most))
        unknowns.append(Unknown(sector, "silent", 0, tally.silent, most))
    return unknowns


def _keep_apart(hidden: Sequence[tuple[Participation, Tally]]) -> bool:
    """Whether the two totals leave open how each sector that was not split would have been split."""
    candidates = [_not_split(shown, tally.without_score + tally.silent) for shown, tally in hidden]
    return stay_open(candidates, sum(t.without_score for _, t in hidden)) and stay_open(
        candidates, sum(t.silent for _, t in hidden)
    )


def _not_split(shown: Participation, unscored: int) -> list[int]:
    if isinstance(shown.unscored, Withheld):
        return list(range(MIN_COMPANIES))
    return [part for part in range(unscored + 1) if not (is_cell(part) and is_cell(unscored - part))]


def _unknown_sums(hidden: Sequence[tuple[Participation, Tally]]) -> list[Unknown]:
    """What is hidden if only the total of both together is shown."""
    return [
        Unknown(UNPUBLISHED, "unscored", 1, tally.without_score + tally.silent, MIN_COMPANIES - 1)
        for shown, tally in hidden
        if isinstance(shown.unscored, Withheld)
    ]


def _hold(unknowns: Sequence[Unknown]) -> bool:
    columns = [u for u in unknowns if isinstance(u.head, str)]
    return remainders_hold(columns) and all(stays_open(unknowns, i) for i in range(len(unknowns)))


# ── How a sector stands


def _figures(tally: Tally | PartTally, resting: int) -> tuple[Figure, ...]:
    """Those of a sector, or of a part of one, that shows any."""
    return tuple(
        _figure(i, pairs, splits(len(pairs), resting) and hides(tally.unnamed_scores[i]))
        for i, pairs in tally.scores.items()
    )


def _figure(figure_id: str, pairs: Floats, shows: bool) -> Figure:
    if not shows:
        return Figure(figure_id, NOT_SHOWN, *[Spread(NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)] * 2)
    return Figure(figure_id, len(pairs), _spread(pairs[:, 0]), _spread(pairs[:, 1]))


def _spread(scores: Floats) -> Spread:
    lower, median, upper = (int(rounded(float(q), 0)) for q in np.quantile(scores, [0.25, 0.5, 0.75]))
    if len(scores) < QUARTILES_FROM:
        return Spread(NOT_SHOWN, median, NOT_SHOWN)
    return Spread(lower, median, upper)


def _figures_together(groups: Sequence[Group], tallies: Sequence[Tally]) -> tuple[Figure, ...]:
    figures = []
    for figure_id in tallies[0].scores if tallies else ():
        of_sectors = zip(groups, tallies, strict=True)
        shown = [t.scores[figure_id] for g, t in of_sectors if not isinstance(g.figure(figure_id).n, Withheld)]
        figures.append(_figure(figure_id, np.concatenate(shown) if shown else NOBODY, bool(shown)))
    return tuple(figures)


# ── Bands


def _counts(edition: Edition, tally: Tally) -> Counts:
    """By band, and after the band of the cap those that have the points of a higher one."""
    if not edition.critical_cap or not edition.bands:
        return Counts(tally.bands, tally.unnamed_bands)
    at = [band.id for band in edition.bands].index(edition.critical_cap)
    everyone = _with_capped(tally.bands, at, tally.capped)
    return Counts(everyone, _with_capped(tally.unnamed_bands, at, tally.unnamed_capped), at + 1)


def _with_capped(bands: tuple[int, ...], at: int, capped: int) -> tuple[int, ...]:
    return (*bands[:at], bands[at] - capped, capped, *bands[at + 1 :])


def _bands(edition: Edition, counts: Counts, grouping: Grouping) -> tuple[tuple[BandCount, ...], Share | None]:
    """The bands as they are joined; and of those in the band of the cap, how many have the points of a higher one."""
    ids = [band.id for band in edition.bands]
    if counts.capped is not None:
        ids.insert(counts.capped, "")  # no band of its own
    shown: list[BandCount] = []
    capped = None if counts.capped is None else Share("", NOT_SHOWN, NOT_SHOWN)
    for start, stop in grouping:
        count, bands = sum(counts.everyone[start:stop]), tuple(band for band in ids[start:stop] if band)
        if bands:
            shown.append(BandCount(bands, count))
        else:
            around = shown.pop()
            assert not isinstance(around.count, Withheld)
            shown.append(BandCount(around.bands, around.count + count))
            capped = Share("+".join(around.bands), around.count + count, count)
    return tuple(shown), capped


def _bands_together(
    edition: Edition, shown: Sequence[tuple[Group, Tally]]
) -> tuple[tuple[BandCount, ...], Share | None]:
    if not shown or not edition.bands:
        return (), None
    of_sectors = [_counts(edition, tally) for _, tally in shown]
    rows = [Row(counts, join(counts)) for counts in of_sectors]
    return _bands(edition, of_sectors[0].together(of_sectors[1:]), join_together(rows))


# ── Requirements and provisions


def _shares(met: Mapping[str, Met], resting: int) -> tuple[Share, ...]:
    return tuple(_share(share_id, m, resting) for share_id, m in met.items())


def _share(share_id: str, met: Met, resting: int) -> Share:
    """Out of those asked; where that would single out fewer than 5 that were not, out of all in the figures."""
    if met.asked < MIN_COMPANIES or not hides(met.unnamed) or not resting:
        return Share(share_id, NOT_SHOWN, NOT_SHOWN)
    n = met.asked if splits(met.asked, resting) else resting
    return Share(share_id, n, _of(met.meeting, n))


def _of(meeting: int, n: int) -> Cell:
    if meeting < MIN_COMPANIES:
        return Withheld.FEW
    return Withheld.NEARLY_ALL if n - meeting < MIN_COMPANIES else meeting


def _shares_together(shown: Sequence[tuple[tuple[Share, ...], Mapping[str, Met]]]) -> tuple[Share, ...]:
    ids = [share.id for share in shown[0][0]] if shown else []
    together = []
    for position, share_id in enumerate(ids):
        of_sectors = [(shares[position], met[share_id].meeting) for shares, met in shown]
        together.append(_share_together(share_id, [(s, m) for s, m in of_sectors if not isinstance(s.n, Withheld)]))
    return tuple(together)


def _share_together(share_id: str, sectors: Sequence[tuple[Share, int]]) -> Share:
    if not sectors:
        return Share(share_id, NOT_SHOWN, NOT_SHOWN)
    n, meeting = sum(int(share.n) for share, _ in sectors), sum(meeting for _, meeting in sectors)
    said = _of(meeting, n)
    hidden = [(s, m) for s, m in sectors if isinstance(s.meeting, Withheld)]
    if isinstance(said, Withheld) or _shares_hold(hidden):
        return Share(share_id, n, said)
    return Share(share_id, n, NOT_SHOWN)


def _shares_hold(hidden: Sequence[tuple[Share, int]]) -> bool:
    """Whether the total leaves open all that is said of each sector: fewer than 5, or all but fewer than 5."""
    unknowns = []
    for sector, (share, meeting) in enumerate(hidden):
        n, few = int(share.n), share.meeting == Withheld.FEW
        least, most = (0, MIN_COMPANIES - 1) if few else (n - MIN_COMPANIES + 1, n)
        unknowns.append(Unknown(sector, "meeting", least, meeting, most))
        unknowns.append(Unknown(sector, "not meeting", n - most, n - meeting, n - least))
    return _hold(unknowns)

"""Collapsing bands: neighbours joined until each joined count may be shown, in a sector and over all of them.

Companies that a failed critical requirement caps stand between the band that it caps at and the next: who has the
points of a higher band is so counted under the same rules as the bands are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, combinations_with_replacement, pairwise, product
from typing import TypeAlias

from compliance.disclosure.suppression_audit import (
    WithheldCount,
    are_protected_from_total,
    is_protected,
    remainders_meet_threshold,
)
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

#: Neighbouring bands as (first, one past the last); a grouping covers them all.
BandRange: TypeAlias = tuple[int, int]
BandGrouping: TypeAlias = tuple[BandRange, ...]


@dataclass(frozen=True, slots=True)
class BandFrequencies:
    """Companies by band, lowest first; and of these, the ones that did not agree to be named."""

    everyone: tuple[int, ...]
    unnamed: tuple[int, ...]
    #: The place of those that a failed critical requirement caps, just after the band that it caps at; None: there are
    #: none to be told apart. They are shown by themselves, or within that band, and never within the band above it.
    capped: int | None = None

    def together(self, others: "Sequence[BandFrequencies]") -> "BandFrequencies":
        """The sum of these and others."""
        rows = [self, *others]
        return BandFrequencies(
            tuple(map(sum, zip(*(row.everyone for row in rows), strict=True))),
            tuple(map(sum, zip(*(row.unnamed for row in rows), strict=True))),
            self.capped,
        )


@dataclass(frozen=True, slots=True)
class CollapsedSector:
    """A sector's counts, and how they are shown."""

    counts: BandFrequencies
    shown: BandGrouping


def collapse_bands(counts: BandFrequencies) -> BandGrouping:
    """The finest grouping of one sector's bands that may be shown; none if even all together are too few."""
    return next((g for g in _finest_first(counts) if _may_show(counts, g)), ())


def collapse_total_bands(rows: Sequence[CollapsedSector]) -> BandGrouping:
    """The finest grouping of the sum of sectors that gives no sector's hidden counts away."""
    if not rows:
        return ()
    total = rows[0].counts.together([row.counts for row in rows[1:]])
    hiding = [row for row in rows if any(row.counts.unnamed)]  # of the others, anyone knows all
    return next((g for g in _finest_first(total) if _may_show(total, g) and _protects_sectors(hiding, g)), ())


def _finest_first(counts: BandFrequencies) -> list[BandGrouping]:
    """Every grouping, the most groups first; among equals the one whose smallest group is largest."""
    groupings = [g for g in _groupings(len(counts.everyone)) if _keeps_in_band(g, counts.capped)]
    return sorted(groupings, key=lambda g: (-len(g), -min(_sum(counts.everyone, b) for b in g), g))


def _keeps_in_band(grouping: BandGrouping, capped: int | None) -> bool:
    return all(start != capped or stop == start + 1 for start, stop in grouping)


def _groupings(bands: int) -> Iterator[BandGrouping]:
    for cuts in range(bands):
        for inner in combinations(range(1, bands), cuts):
            bounds = (0, *inner, bands)
            yield tuple(pairwise(bounds))


def _may_show(counts: BandFrequencies, grouping: BandGrouping) -> bool:
    threshold_of_unnamed = MIN_CONTRIBUTORS if any(counts.unnamed) else 0
    return all(
        _sum(counts.everyone, block) >= MIN_CONTRIBUTORS and _sum(counts.unnamed, block) >= threshold_of_unnamed
        for block in grouping
    )


def _protects_sectors(rows: Sequence[CollapsedSector], total: BandGrouping) -> bool:
    """No count within a group of a sector, nor any union of them, can be narrowed down by the total."""
    cut = [(block, row.counts.unnamed, _overlaps(block, total)) for row in rows for block in row.shown]
    parts = [
        [(column, _sum(unnamed, overlap)) for column, overlap in overlaps.items()]
        for _, unnamed, overlaps in cut
        if len(overlaps) > 1
    ]
    return (
        remainders_meet_threshold([u for i, part in enumerate(parts) for u in _edges(i, part)])
        and all(_protects_cut(rows, start) for start, _ in total[1:])
        and all(
            is_protected(_withheld_counts(parts, i, some), 0)
            for i in range(len(parts))
            for some in _unions(len(parts[i]))
        )
    )


def _protects_cut(rows: Sequence[CollapsedSector], at: int) -> bool:
    """The total below a band leaves open how each group that was not split there would have been split."""
    cut = [row for row in rows if any(start < at < stop for start, stop in row.shown)]
    below = [{sum(unnamed[:at]) for unnamed in _indistinguishable_counts(row)} for row in cut]
    return are_protected_from_total(below, sum(sum(row.counts.unnamed[:at]) for row in cut))


@lru_cache(maxsize=1024)  # each cut of each grouping of a total asks again
def _indistinguishable_counts(row: CollapsedSector) -> tuple[tuple[int, ...], ...]:
    """Every count of those not named that would have been shown in the same way: the outsider knows the rules."""
    named = [all_ - unnamed for all_, unnamed in zip(row.counts.everyone, row.counts.unnamed, strict=True)]
    of_groups = [_not_split(_sum(row.counts.unnamed, (a, b)), b - a) for a, b in row.shown]
    found = []
    for parts in product(*of_groups):
        unnamed = tuple(count for part in parts for count in part)
        counts = BandFrequencies(tuple(n + u for n, u in zip(named, unnamed, strict=True)), unnamed, row.counts.capped)
        if collapse_bands(counts) == row.shown:
            found.append(unnamed)
    return tuple(found)


def _not_split(group: int, bands: int) -> list[tuple[int, ...]]:
    """The ways a group can lie in its bands so that no band splits it: one side always holds too few."""
    below = [count for count in range(group + 1) if min(count, group - count) < MIN_CONTRIBUTORS]
    chains = combinations_with_replacement(below, bands - 1)
    return [tuple(b - a for a, b in pairwise((0, *chain, group))) for chain in chains]


def _withheld_counts(parts: Sequence[Sequence[tuple[int, int]]], i: int, some: Sequence[int]) -> list[WithheldCount]:
    """All that is unknown, first what a few columns of part i come to: that sum has a node of its own."""
    chosen = [parts[i][c] for c in some]
    rest = [parts[i][c] for c in range(len(parts[i])) if c not in some]
    most = sum(value for _, value in parts[i])
    asked = WithheldCount(tail=i, head=("some of", i), least=0, value=sum(value for _, value in chosen), most=most)
    inside = [
        WithheldCount(tail=("some of", i), head=("total", column), least=0, value=value, most=most)
        for column, value in chosen
    ]
    outside = [WithheldCount(tail=i, head=("total", column), least=0, value=value, most=most) for column, value in rest]
    others = [u for j, part in enumerate(parts) if j != i for u in _edges(j, part)]
    return [asked, *inside, *outside, *others]


def _edges(i: int, part: Sequence[tuple[int, int]]) -> list[WithheldCount]:
    most = sum(value for _, value in part)
    return [WithheldCount(tail=i, head=("total", column), least=0, value=value, most=most) for column, value in part]


def _unions(columns: int) -> Iterator[tuple[int, ...]]:
    """Some of the columns, not all; of each choice and its complement one, as they are equally open."""
    for more in range(columns - 1):
        for others in combinations(range(1, columns), more):
            yield (0, *others)


def _overlaps(block: BandRange, total: BandGrouping) -> dict[int, BandRange]:
    return {
        column: (max(block[0], start), min(block[1], stop))
        for column, (start, stop) in enumerate(total)
        if max(block[0], start) < min(block[1], stop)
    }


def _sum(counts: Sequence[int], block: BandRange) -> int:
    return sum(counts[block[0] : block[1]])

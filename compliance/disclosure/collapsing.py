"""Collapsing bands: neighbouring bands of a sector joined until each joined count may be shown.

Companies that a failed critical requirement caps stand between the band that it caps at and the next: who has the
points of a higher band is so counted under the same rules as the bands are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

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
    #: Places that are always joined with the one before: no class of scores begins there.
    joined: frozenset[int] = frozenset()


def collapse_bands(counts: BandFrequencies) -> BandGrouping:
    """The finest grouping of one sector's bands that may be shown; none if even all together are too few."""
    return next((g for g in _finest_first(counts) if _may_show(counts, g)), ())


def _finest_first(counts: BandFrequencies) -> list[BandGrouping]:
    """Every grouping, the most groups first; among equals the one whose smallest group is largest."""
    groupings = [
        g
        for g in _groupings(len(counts.everyone))
        if _keeps_in_band(g, counts.capped) and counts.joined.isdisjoint(start for start, _ in g)
    ]
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


def _sum(counts: Sequence[int], block: BandRange) -> int:
    return sum(counts[block[0] : block[1]])

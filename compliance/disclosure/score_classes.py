"""Classes of scores: the only form in which a score enters the figures (global recoding).

No class is narrower than a tenth of the scale, and the bands begin at edges of classes. Whatever is published of scores
is a function of the classes of the companies: move one score to the other end of its class, and nothing published
changes. Nobody's score on a figure is therefore bounded to less than a class by that figure, by anybody, however many
companies work together and however many groups and periods they compare.

Counts of bands are coarsened too: neighbouring bands are joined until each joined count may be shown. Companies that a
failed critical requirement caps stand between the band that it caps at and the next: who has the points of a higher
band is so counted under the same rules as the bands are.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np

from compliance.disclosure.published import ScoreRange
from compliance.questionnaire.edition import Edition
from compliance.scoring.numeric import TOLERANCE, Codes, Floats, rounded_all
from compliance.statistics.thresholds import ATTRIBUTE_DISCLOSURE_THRESHOLD, MIN_CONTRIBUTORS

#: The class of a company without a score.
NO_CLASS = -1
#: Edges that are no bound of a band lie at multiples of this part of the scale.
EDGE_STEP = ATTRIBUTE_DISCLOSURE_THRESHOLD / 2


@dataclass(frozen=True, slots=True)
class ScoreClasses:
    """Classes that cover a scale from 0, lowest first."""

    edges: tuple[float, ...]  # both ends included
    decimals: int | None  # of a score when its class is looked up, as those of bands; None: all

    def classes_of(self, scores: Floats) -> Codes:
        """The class of each score, NO_CLASS for NaN."""
        points = scores if self.decimals is None else rounded_all(scores, self.decimals)
        found = np.searchsorted(np.array(self.edges[1:-1]) - TOLERANCE, np.nan_to_num(points), side="right")
        classes: Codes = np.where(np.isnan(points), NO_CLASS, found).astype(np.int8)
        return classes

    def quantile_ranges(self, classes: Codes, parts: Sequence[float]) -> list[ScoreRange]:
        """For each quantile, the range in which it lies by the classes of some companies, outwards in whole points.

        A quantile of type 7 rises with every score: it lies between that of the lower and that of the upper edges.
        """
        ordered = np.sort(classes).tolist()
        ranges = []
        for part in parts:
            place = part * (len(ordered) - 1)
            before = math.floor(place)
            first, second = ordered[before], ordered[math.ceil(place)]
            low, high = (
                self.edges[first + end] + (place - before) * (self.edges[second + end] - self.edges[first + end])
                for end in (0, 1)
            )
            ranges.append(ScoreRange(math.floor(low + TOLERANCE), math.ceil(high - TOLERANCE)))
        return ranges


def score_classes(edition: Edition) -> ScoreClasses:
    """The classes of an edition, nearly as narrow as they may be; a band begins at an edge if all stay wide enough.

    With bands from 25, 50 and 75 of 100, the edges are 0, 15, 25, 35, 50, 60, 75, 85 and 100. A band that is narrower
    than a tenth of the scale has no edge of its own: it is counted together with the one below it.
    """
    scale, width, step = edition.scale, edition.scale * ATTRIBUTE_DISCLOSURE_THRESHOLD, edition.scale * EDGE_STEP
    # A score is rounded up to the edge that it is just below, so that only the lowest class loses by it.
    lost = 0.0 if edition.band_at is None else 0.5 * 10.0**-edition.band_at
    edges = [0.0]
    for end in (*(band.at for band in edition.bands), scale):
        if end < scale and min(end - _earliest(edges, width, lost), scale - end - width) < -TOLERANCE:
            continue
        while end - (edge := step * math.ceil(_earliest(edges, width, lost) / step - TOLERANCE)) >= width - TOLERANCE:
            edges.append(edge)
        edges.append(end)
    return ScoreClasses(tuple(edges), edition.band_at)


def _earliest(edges: Sequence[float], width: float, lost: float) -> float:
    """Where the next class may begin."""
    return edges[-1] + width + (lost if len(edges) == 1 else 0)


# ── Neighbouring bands, joined until each joined count may be shown

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

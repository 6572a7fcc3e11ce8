"""Classes of scores: the only form in which a score enters the figures (global recoding).

No class is narrower than a tenth of the scale, and bands begin at edges of classes. Everything published about scores
is a function of the companies' classes: if a score moves to the other end of its class, nothing published changes. So
no figure bounds any company's score on it to less than a class, however many companies work together, and however many
groups and periods they compare.

Counts of bands are coarsened too: neighbouring bands are joined until each joined count may be shown. Companies capped
by a failed critical requirement have a place between the band of the cap and the next, so that the same rules apply to
their number as to bands.
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
#: Edges that are not bounds of bands are at multiples of this part of the scale.
EDGE_STEP = ATTRIBUTE_DISCLOSURE_THRESHOLD / 2


@dataclass(frozen=True, slots=True)
class ScoreClasses:
    """Classes that cover a scale from 0, lowest first."""

    edges: tuple[float, ...]  # both ends included
    decimals: int | None  # to which scores are rounded to find their class, as for bands; None: not rounded

    def classes_of(self, scores: Floats) -> Codes:
        """Return the class of each score (on the edition's scale), or NO_CLASS for NaN."""
        points = scores if self.decimals is None else rounded_all(scores, self.decimals)
        found = np.searchsorted(np.array(self.edges[1:-1]) - TOLERANCE, np.nan_to_num(points), side="right")
        classes: Codes = np.where(np.isnan(points), NO_CLASS, found).astype(np.int8)
        return classes

    def quantile_ranges(self, classes: Codes, parts: Sequence[float]) -> list[ScoreRange]:
        """Return for each quantile the range that follows from the classes of companies, outwards in whole points.

        A quantile of type 7 rises with every score, so it is between the quantiles of the lower and the upper edges.
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
    """Return the classes of an edition, nearly as narrow as allowed. Bands begin at edges if classes stay wide enough.

    With bands from 25, 50 and 75 of 100, the edges are 0, 15, 25, 35, 50, 60, 75, 85 and 100. A band that is narrower
    than a tenth of the scale has no edge of its own: it is counted together with the band below it.
    """
    scale, width, step = edition.scale, edition.scale * ATTRIBUTE_DISCLOSURE_THRESHOLD, edition.scale * EDGE_STEP
    # Scores just below an edge are rounded up to it. This narrows only the lowest class: other classes lose at one end
    # what they gain at the other.
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
    """Return the lowest score at which the next class may begin."""
    return edges[-1] + width + (lost if len(edges) == 1 else 0)


# ── Neighbouring bands, joined until each joined count may be shown

#: Neighbouring bands as (first, one past the last). A grouping covers all bands.
BandRange: TypeAlias = tuple[int, int]
BandGrouping: TypeAlias = tuple[BandRange, ...]


@dataclass(frozen=True, slots=True)
class BandFrequencies:
    """Numbers of companies by band, lowest first: all, and those that did not agree to be named."""

    everyone: tuple[int, ...]
    unnamed: tuple[int, ...]
    #: The place of capped companies, just after the band of the critical cap. They are shown separately or within that
    #: band, and never within the band above. None: the edition has no such cap.
    capped: int | None = None
    #: Places that are always joined with the one before, as no class of scores begins there.
    joined: frozenset[int] = frozenset()


def collapse_bands(counts: BandFrequencies) -> BandGrouping:
    """Return the finest grouping of a sector's bands that may be shown, or () if even all together are too few."""
    return next((g for g in _finest_first(counts) if _may_show(counts, g)), ())


def _finest_first(counts: BandFrequencies) -> list[BandGrouping]:
    """Return all groupings, those with the most groups first. Among equals, the largest smallest group is first."""
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

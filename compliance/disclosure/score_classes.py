"""Classes of scores: the only form in which a score enters the figures (global recoding).

No class is narrower than a tenth of the scale, and the bands begin at edges of classes. Whatever is published of scores
is a function of the classes of the companies: move one score to the other end of its class, and nothing published
changes. Nobody's score on a figure is therefore bounded to less than a class by that figure, by anybody, however many
companies work together and however many groups and periods they compare.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compliance.disclosure.published import ScoreRange
from compliance.questionnaire.edition import Edition
from compliance.scoring.numeric import TOLERANCE, Codes, Floats, rounded_all
from compliance.statistics.thresholds import ATTRIBUTE_DISCLOSURE_THRESHOLD

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
        edges = np.array(self.edges)
        lower, upper = (np.quantile(edges[classes.astype(np.int64) + end], parts) for end in (0, 1))
        return [
            ScoreRange(math.floor(low + TOLERANCE), math.ceil(high - TOLERANCE))
            for low, high in zip(lower.tolist(), upper.tolist(), strict=True)
        ]


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

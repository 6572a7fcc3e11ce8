"""Correlation and internal consistency: Spearman's rho with its interval, and Cronbach's alpha.

Spearman's interval is Fisher's z with the variance of Bonett and Wright (2000), which keeps its level for ranks.

Cronbach's alpha (1951) is computed for the weighted sum that is a theme's score. Its items are requirements rather than
questions, which their gates make dependent by construction. As companies are asked different things, covariances are
pairwise. Requirements that too few companies share with the others are left out and reported. A theme aggregated by
`geometric` or `min` is treated as a weighted mean. A theme is a formative index (Diamantopoulos and Winklhofer 2001): a
low alpha is not a fault, but shows that companies do these things independently of each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.scoring.numeric import TOLERANCE, Floats
from compliance.statistics.thresholds import MIN_PAIRS, MIN_UNITS

_NORMAL_975 = 1.959963984540054  # 97.5 % of the normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class RankCorrelation:
    """Spearman's rank correlation of need and score, with its 95 % interval."""

    n: int
    rho: float
    low: float
    high: float

    @property
    def is_significant(self) -> bool:
        """True if the interval excludes 0."""
        return self.low > 0 or self.high < 0


def spearman(need: Floats, score: Floats) -> RankCorrelation | None:
    """Return Spearman's rho over pairs without NaN, or None with fewer than 10 pairs or without variation.

    The interval is Fisher's z with the variance (1 + rho²/2)/(n − 3) of Bonett and Wright (2000), which keeps its level
    for rank correlations.
    """
    both = ~(np.isnan(need) | np.isnan(score))
    n = int(both.sum())
    if n < MIN_PAIRS:
        return None
    ranks, other = _centred_ranks(need[both]), _centred_ranks(score[both])
    spread = float(np.sum(ranks**2)) * float(np.sum(other**2))
    if not spread:  # no variation
        return None
    rho = float(np.sum(ranks * other)) / math.sqrt(spread)
    if abs(rho) > 1 - 1e-12:  # perfect correlation: z is infinite
        one = math.copysign(1.0, rho)
        return RankCorrelation(n=n, rho=one, low=one, high=one)
    z, wide = math.atanh(rho), _NORMAL_975 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return RankCorrelation(n=n, rho=rho, low=math.tanh(z - wide), high=math.tanh(z + wide))


def _centred_ranks(numbers: Floats) -> Floats:
    """Return twice the mid-ranks less their mean: twice, so that the mean rank of ties stays a whole number.

    Sorted neighbours within 1e-9 tie, as in every rank.
    """
    order = np.argsort(numbers, kind="stable")
    level = np.empty(len(numbers), np.intp)
    level[order] = np.concatenate([[0], np.cumsum(np.diff(numbers[order]) > TOLERANCE)])
    tied = np.bincount(level)
    mid_ranks: Floats = (2 * np.cumsum(tied) - tied - len(numbers)).astype(float)
    return mid_ranks[level]


@dataclass(frozen=True, slots=True)
class WeightedItem:
    """One requirement, and its share of the theme's weight."""

    id: str
    weight: float


@dataclass(frozen=True, slots=True)
class InternalConsistency:
    """Internal consistency of the requirements of one theme."""

    alpha: float | None  # None: fewer than two requirements with enough companies in common, or no variance
    used: tuple[str, ...]  # ids of the requirements included
    left_out: tuple[str, ...]  # ids of requirements with too few companies in common with the others
    min_pairs: int  # the least number of companies that two requirements have in common; 0: none


def internal_consistency(items: Sequence[WeightedItem], shares: npt.NDArray[np.floating[Any]]) -> InternalConsistency:
    """Return Cronbach's alpha over items. `shares`: a row for each item, a column for each company, NaN = no score."""
    rows = [row.astype(np.float64) for row in shares]
    both = np.array([[int(np.sum(~np.isnan(a) & ~np.isnan(b))) for b in rows] for a in rows])
    kept = _shared_items(both)
    used = tuple(items[i].id for i in kept)
    left_out = tuple(item.id for i, item in enumerate(items) if i not in kept)
    if len(kept) < 2:
        return InternalConsistency(None, (), tuple(item.id for item in items), 0)
    return InternalConsistency(
        _cronbach_alpha([rows[i] for i in kept], [items[i].weight for i in kept]),
        used,
        left_out,
        int(both[np.ix_(kept, kept)].min()),
    )


def _shared_items(both: npt.NDArray[np.int64]) -> list[int]:
    """Return the items with enough companies in common with every other. The one lacking most is dropped first."""
    kept = list(range(len(both)))
    while kept:
        lacks = (both[np.ix_(kept, kept)] < MIN_UNITS).sum(axis=1)
        if not lacks.any():
            break
        kept.pop(max(range(len(kept)), key=lambda i: (lacks[i], i)))
    return kept


def _cronbach_alpha(rows: Sequence[Floats], weights: Sequence[float]) -> float | None:
    own = sum(w * w * _covariance(row, row) for w, row in zip(weights, rows, strict=True))
    between = sum(
        2.0 * weights[i] * weights[j] * _covariance(rows[i], rows[j]) for i in range(len(rows)) for j in range(i)
    )
    whole = own + between
    if whole <= TOLERANCE * sum(weights) ** 2:
        return None
    return len(rows) / (len(rows) - 1.0) * (1.0 - own / whole)


def _covariance(one: Floats, other: Floats) -> float:
    both = ~(np.isnan(one) | np.isnan(other))
    a, b = one[both], other[both]
    return float(np.sum((a - a.mean()) * (b - b.mean())) / (len(a) - 1.0))

"""Correlation and internal consistency: Spearman's rho with its interval, and Cronbach's alpha.

Spearman's interval is Fisher's z with the variance of Bonett and Wright (2000), which keeps its level for ranks.

Cronbach's alpha (1951) is that of the very weighted sum that a theme's score is. Its items are requirements, not
questions, which their gates bind together by construction. Companies are asked different things, so covariances
are pairwise; requirements that too few companies share with the others are left out, and that is said. A theme
aggregated by `geometric` or `min` is treated as a weighted mean. A theme is a formative index (Diamantopoulos and
Winklhofer 2001): a low alpha is no fault of it, and says that companies do these things apart from each other.
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
        """The interval leaves out 0: more than chance."""
        return self.low > 0 or self.high < 0


def spearman(need: Floats, score: Floats) -> RankCorrelation | None:
    """Spearman's rho where neither is NaN; None with fewer than 10 pairs, or if all are alike.

    The interval is Fisher's z with the variance (1 + rho²/2)/(n − 3) of Bonett and Wright (2000), which keeps
    its level for rank correlations.
    """
    both = ~(np.isnan(need) | np.isnan(score))
    n = int(both.sum())
    if n < MIN_PAIRS:
        return None
    ranks, other = _centred_ranks(need[both]), _centred_ranks(score[both])
    spread = float(np.sum(ranks**2)) * float(np.sum(other**2))
    if not spread:  # all alike
        return None
    rho = float(np.sum(ranks * other)) / math.sqrt(spread)
    if abs(rho) > 1 - 1e-12:  # every pair in order: z is infinite
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
    """One requirement, and its part of the theme's weight."""

    id: str
    weight: float


@dataclass(frozen=True, slots=True)
class InternalConsistency:
    """Internal consistency of the requirements of one theme."""

    alpha: float | None  # None: fewer than two requirements that enough companies share, or no spread
    used: tuple[str, ...]  # ids of the requirements it is over
    left_out: tuple[str, ...]  # those that too few companies share with the others
    min_pairs: int  # companies that share the two requirements that fewest share; 0: none are shared


def internal_consistency(items: Sequence[WeightedItem], shares: npt.NDArray[np.floating[Any]]) -> InternalConsistency:
    """Cronbach's alpha over items: a row an item, a column a company, NaN = it does not stand for this company."""
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
    """The items that enough companies share with every other; what lacks most goes first, the later of equals."""
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

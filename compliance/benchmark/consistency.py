"""Whether the requirements of a theme go together: Cronbach's alpha of the very sum that the theme's score is.

Requirements are the items, not questions: the questions of a requirement are bound to each other by their gates, and
would go together by construction. Each is weighted as it weighs in the theme. Companies are asked different things,
so each covariance is taken over the companies that have both (pairwise); requirements that too few companies share
with the others are left out, and that is said. A theme joined by `geometric` or `min` is looked at as if it were a
weighted mean.

A theme is a list of what law asks, not one trait that is measured many times over (a formative index: Diamantopoulos
and Winklhofer 2001). So a low alpha is no fault of a theme; it says that companies do these things apart from each
other. Cronbach (1951), as alpha of a weighted sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from compliance.benchmark.agreement import MIN_UNITS
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.types import Floats


@dataclass(frozen=True, slots=True)
class Item:
    """One requirement, and its part of the theme's weight."""

    id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Consistency:
    """How the requirements of one theme go together."""

    alpha: float | None  # None: fewer than two requirements that enough companies share, or no spread
    used: tuple[str, ...]  # ids of the requirements it is over
    left_out: tuple[str, ...]  # those that too few companies share with the others
    least: int  # companies that share the two requirements that fewest share; 0: none are shared


def consistency(items: Sequence[Item], shares: npt.NDArray[np.floating[Any]]) -> Consistency:
    """Cronbach's alpha over items: a row an item, a column a company, NaN = it does not stand for this company."""
    rows = [row.astype(np.float64) for row in shares]
    both = np.array([[int(np.sum(~np.isnan(a) & ~np.isnan(b))) for b in rows] for a in rows])
    kept = _shared(both)
    used = tuple(items[i].id for i in kept)
    left_out = tuple(item.id for i, item in enumerate(items) if i not in kept)
    if len(kept) < 2:
        return Consistency(None, (), tuple(item.id for item in items), 0)
    return Consistency(
        _alpha([rows[i] for i in kept], [items[i].weight for i in kept]),
        used,
        left_out,
        int(both[np.ix_(kept, kept)].min()),
    )


def _shared(both: npt.NDArray[np.int64]) -> list[int]:
    """The items that enough companies share with every other; what lacks most goes first, the later of equals."""
    kept = list(range(len(both)))
    while kept:
        lacks = (both[np.ix_(kept, kept)] < MIN_UNITS).sum(axis=1)
        if not lacks.any():
            break
        kept.pop(max(range(len(kept)), key=lambda i: (lacks[i], i)))
    return kept


def _alpha(rows: Sequence[Floats], weights: Sequence[float]) -> float | None:
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

"""Whether several readers of the same thing come to the same answer: Krippendorff's alpha, with its interval.

1 is full agreement, 0 what chance alone would give, below 0 less than that. Blanks are missing and cost nobody
anything. From Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): values of one unit are paired with
each other, each pair weighing 1/(m - 1) where m readers read the unit, and the disagreement inside the pairs is
divided by the disagreement of all values with all others.

Two metrics are used here. *interval*: answers worth points are as far apart as their points, since points are the
scale that the score is made on; taken as ordinal, two readers who are one point apart would disagree as much as two
who are ten apart, wherever nobody stands between them. *nominal*: sets of ticks have no order, so they are the same
or they are not. *ordinal* is there because the published example has it. *ratio* is not: no share of full marks is
twice as far from nothing in a way that a score knows of.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np

from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.types import Floats

Metric: TypeAlias = Literal["nominal", "ordinal", "interval"]
#: Fewer units read twice say nothing: among ten, a single disagreement takes a fifth away.
MIN_UNITS = 10
#: Resamples of the units for an interval.
DRAWS = 1_000
#: More resamples than this without any difference between values: no interval.
_MOST_UNDEFINED = 0.05
#: Cells times draws that are held at once.
_AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two readings of the same units agree."""

    n: int  # units read by both
    alpha: float | None  # None: fewer than MIN_UNITS, or all values alike
    low: float | None  # 95 % interval; None: no alpha, or too few different values
    high: float | None


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The different pairs of values that units were given, each with its weight."""

    first: Floats
    second: Floats
    weights: Floats


def alpha(readings: Floats, metric: Metric) -> float | None:
    """Krippendorff's alpha of any number of readers: a row a reader, a column a unit, NaN = not read.

    None where no unit is read twice, or where all values are alike: there is nothing to agree on.
    """
    pairs = _pairs(readings)
    if metric == "ordinal":
        pairs = _ranked(pairs)
    return _number(_alphas(pairs, pairs.weights[np.newaxis], metric)[0])


def agreement(first: Floats, second: Floats, metric: Metric, seed: int | tuple[int, ...]) -> Agreement:
    """How two readings agree, unit by unit; NaN = not read.

    The interval is that of the middle 95 % of DRAWS resamples of the units, stretched to the alpha where these miss it:
    a resample has units twice, so where hardly two values are alike chance agrees more often in it. It does not depend
    on the order of the units, nor on which reading comes first.
    """
    if metric == "ordinal":  # its distances would have to be worked out anew for each resample
        raise ValueError("agreement is nominal or interval")
    pairs = _pairs(np.stack([first, second]))
    n = int(pairs.weights.sum())
    if n < MIN_UNITS:
        return Agreement(n, None, None, None)
    found = _number(_alphas(pairs, pairs.weights[np.newaxis], metric)[0])
    low, high = (None, None) if found is None else _interval(pairs, n, metric, seed)
    if found is None or low is None or high is None:
        return Agreement(n, found, None, None)
    return Agreement(n, found, min(low, found), max(high, found))


def _pairs(readings: Floats) -> _Pairs:
    """Every unit's values in pairs, the lower first, so that it does not matter who gave which."""
    read = (~np.isnan(readings)).sum(axis=0)
    rows = []
    for one, other in combinations(readings, 2):
        both = ~(np.isnan(one) | np.isnan(other))
        rows.append(np.stack([np.fmin(one, other)[both], np.fmax(one, other)[both], read[both]], axis=1))
    cells, counts = np.unique(np.concatenate(rows), axis=0, return_counts=True)
    return _Pairs(cells[:, 0], cells[:, 1], counts / (cells[:, 2] - 1.0))


def _alphas(pairs: _Pairs, weights: Floats, metric: Metric) -> Floats:
    """Alpha for each row of weights of the pairs; NaN where all values are alike.

    With n values, n_c of them c: 1 - (n - 1) · Σ pairs 2wδ² / Σ over c and k of n_c n_k δ². That last sum is
    n² - Σ n_c² where δ² is 1 for any difference, and 2n · Σ n_c (c - mean)² where it is the squared difference.
    """
    n = 2.0 * weights.sum(axis=1)
    if metric == "nominal":
        observed = 2.0 * weights @ (pairs.first != pairs.second).astype(float)
        _values, codes = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
        margins = _margins(codes.reshape(2, -1), weights)
        expected = n**2 - (margins**2).sum(axis=1)
    else:
        centre = (pairs.weights @ (pairs.first + pairs.second)) / (2.0 * pairs.weights.sum() or 1.0)
        one, other = pairs.first - centre, pairs.second - centre
        observed = 2.0 * weights @ (one - other) ** 2
        expected = 2.0 * (n * (weights @ (one**2 + other**2)) - (weights @ (one + other)) ** 2)
    alike = expected <= (TOLERANCE * np.maximum(n, 1.0) * _largest(pairs, metric)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(alike, np.nan, 1.0 - (n - 1.0) * observed / expected)
    return found


def _margins(codes: np.ndarray[tuple[int, ...], np.dtype[np.intp]], weights: Floats) -> Floats:
    """How often each value was given, for each row of weights."""
    first, second = codes
    holds = np.zeros((weights.shape[1], int(codes.max(initial=-1)) + 1))
    cells = np.arange(weights.shape[1])
    np.add.at(holds, (cells, first), 1.0)
    np.add.at(holds, (cells, second), 1.0)
    found: Floats = weights @ holds
    return found


def _largest(pairs: _Pairs, metric: Metric) -> float:
    """The size of the values: below a billionth of it they do not differ."""
    if metric == "nominal":
        return 1.0
    return float(max(np.abs(pairs.first).max(initial=0.0), np.abs(pairs.second).max(initial=0.0)))


def _ranked(pairs: _Pairs) -> _Pairs:
    """Values as ordinal ones: the middle of the places that they take up, so that distance is how many lie between."""
    values, codes = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
    counts = _margins(codes.reshape(2, -1), pairs.weights[np.newaxis])[0]
    middles = np.cumsum(counts) - counts / 2.0
    first, second = middles[codes.reshape(2, -1)] if len(values) else (pairs.first, pairs.second)
    return _Pairs(first, second, pairs.weights)


def _interval(pairs: _Pairs, n: int, metric: Metric, seed: int | tuple[int, ...]) -> tuple[float | None, float | None]:
    chance = np.random.default_rng(seed)
    share, step = pairs.weights / n, max(1, _AT_ONCE // len(pairs.weights))
    found = np.concatenate(
        [
            _alphas(pairs, chance.multinomial(n, share, size=min(step, DRAWS - done)).astype(float), metric)
            for done in range(0, DRAWS, step)
        ]
    )
    defined = found[~np.isnan(found)]
    if len(defined) < (1.0 - _MOST_UNDEFINED) * DRAWS:
        return None, None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def _number(found: float) -> float | None:
    return None if np.isnan(found) else float(found)

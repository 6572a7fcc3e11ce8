"""Aggregation rules: how a node combines the normalised scores of its parts, and how its loss divides among them.

Works on rows of scores with NaN for missing. Sums run in file order, column by column and without BLAS, so that
one company and a million agree to the bit.
"""

from collections.abc import Sequence

import numpy as np

from compliance.questionnaire.edition import AggregationMethod
from compliance.scoring.numeric import Floats

#: Rules under which more of a part is never less of the whole, in the same measure everywhere.
LINEAR_RULES: tuple[AggregationMethod, ...] = ("mean", "sum")


def combine(rule: AggregationMethod, weights: Sequence[float], shares: Sequence[Floats]) -> Floats:
    """The share of a node over its parts that are on; off where none is."""
    if rule == "geometric":
        return _geometric_mean(weights, shares)
    if rule == "min":
        return _minimum(shares)
    return weighted_mean(weights, shares)


def weighted_mean(weights: Sequence[float], shares: Sequence[Floats]) -> Floats:
    """Sum of weight times share over sum of weights, over the parts that are on."""
    of_parts = np.stack(shares)
    carried = _weights_present(weights, of_parts)
    return _ratio(_sum(np.where(np.isnan(of_parts), 0.0, of_parts) * _weight_column(weights, of_parts)), _sum(carried))


def _weights_present(weights: Sequence[float], of_parts: Floats) -> Floats:
    """The weights of the parts that are on; 0 where off."""
    return np.where(np.isnan(of_parts), 0.0, _weight_column(weights, of_parts))


def _weight_column(weights: Sequence[float], of_parts: Floats) -> Floats:
    return np.array(weights, float).reshape(-1, *(1,) * (of_parts.ndim - 1))


def _sum(of_parts: Floats) -> Floats:
    """The sum over parts, one after the other in file order."""
    total = np.zeros(of_parts.shape[1:])
    for of_part in of_parts:
        total += of_part
    return total


def _geometric_mean(weights: Sequence[float], shares: Sequence[Floats]) -> Floats:
    total, weight = np.zeros_like(shares[0]), np.zeros_like(shares[0])
    empty = np.zeros(shares[0].shape, bool)
    for w, s in zip(weights, shares, strict=True):
        on, positive = ~np.isnan(s), s > 0
        total += np.where(positive, w * np.log(np.where(positive, s, 1.0)), 0.0)
        weight += np.where(on, w, 0.0)
        empty |= on & ~positive
    return np.where(empty, 0.0, np.exp(_ratio(total, weight)))


def _minimum(shares: Sequence[Floats]) -> Floats:
    result: Floats = shares[0].copy()  # a node may lose its score where its only part keeps it
    for s in shares[1:]:
        result = np.fmin(result, s)
    return result


def weight_shares(weights: Sequence[float], shares: Sequence[Floats]) -> list[Floats]:
    """The part of its node's weight that each part has, over the parts that are on; 0 where off."""
    carried = _weights_present(weights, np.stack(shares))
    return list(np.nan_to_num(_ratio(carried, np.broadcast_to(_sum(carried), carried.shape))))


def loss_factors(
    rule: AggregationMethod, weights: Sequence[float], shares: Sequence[Floats], whole: Floats
) -> list[Floats]:
    """The factors c with 1 - whole = sum of c * (1 - share), over the parts that are on; 0 where off.

    Mean and sum are linear. Geometric: 1 - S = -L(S) ln S, -ln S = sum of (w/W)(-ln s)
    and -ln s = (1 - s)/L(s) with L(x) = (x - 1)/ln x; where some share is 0, the limit of
    putting a small number in its place: the zeros carry it all. Min: the lowest carry it all.
    """
    if rule == "geometric":
        zeros = weight_shares(weights, [np.where(s <= 0, s, np.nan) for s in shares])
        any_zero = sum((z for z in zeros), np.zeros_like(whole)) > 0
        even = weight_shares(weights, shares)
        slopes = [np.where(e > 0, e * _slope(whole) / _slope(s), 0.0) for e, s in zip(even, shares, strict=True)]
        return [np.where(any_zero, z, c) for z, c in zip(zeros, slopes, strict=True)]
    if rule == "min":
        return weight_shares(weights, [np.where(s == whole, s, np.nan) for s in shares])
    return weight_shares(weights, shares)


def _slope(x: Floats) -> Floats:
    """L(x) = (x - 1)/ln x, continued by L(1) = 1; only asked where x > 0."""
    usable = (x > 0) & (x != 1)
    inside = np.where(usable, x, 0.5)
    return np.where(usable, (inside - 1.0) / np.log(inside), 1.0)


def _ratio(total: Floats, weight: Floats) -> Floats:
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)

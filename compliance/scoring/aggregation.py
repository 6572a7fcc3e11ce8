"""Aggregation arithmetic: how a node combines the normalised scores of its parts, and how its loss divides among them.

Scores are arrays of any one shape with NaN for missing. Sums run in file order, part by part and without BLAS, so
that one company and a million agree to the bit. The weight of a part is a number, or an array that broadcasts
against its scores, as in a simulation that draws weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, AggregationMethod, exhaustive_table
from compliance.scoring.numeric import Floats

#: One entry a part.
Weights: TypeAlias = Sequence[float | Floats]


def weighted_mean(weights: Weights, scores: Sequence[Floats]) -> Floats:
    """Sum of weight times score over sum of weights, over the parts that are present; NaN where none is."""
    total, weight = np.zeros_like(scores[0]), np.zeros_like(scores[0])
    for w, s in zip(weights, scores, strict=True):
        present = ~np.isnan(s)
        total += np.where(present, w * s, 0.0)
        weight += np.where(present, w, 0.0)
    return _ratio(total, weight)


def _geometric_mean(weights: Weights, scores: Sequence[Floats]) -> Floats:
    """exp of the weighted mean of logarithms; 0 where a part is at 0 or below."""
    logarithms = [np.log(np.where(s > 0, s, np.where(np.isnan(s), np.nan, 1.0))) for s in scores]
    has_zero = np.logical_or.reduce([s <= 0 for s in scores])
    return np.where(has_zero, 0.0, np.exp(weighted_mean(weights, logarithms)))


def _minimum(_weights: Weights, scores: Sequence[Floats]) -> Floats:
    lowest: Floats = np.fmin.reduce(scores)
    return lowest


def weight_shares(weights: Sequence[float], scores: Sequence[Floats]) -> list[Floats]:
    """The part of its node's weight that each part has, over the parts that are present; 0 where it is missing."""
    present = [np.where(np.isnan(s), 0.0, w) for w, s in zip(weights, scores, strict=True)]
    total = np.zeros_like(scores[0])
    for weight in present:
        total += weight
    return [np.nan_to_num(_ratio(weight, total)) for weight in present]


def _linear_loss_factors(weights: Sequence[float], scores: Sequence[Floats], _of_node: Floats) -> list[Floats]:
    return weight_shares(weights, scores)


def _geometric_loss_factors(weights: Sequence[float], scores: Sequence[Floats], of_node: Floats) -> list[Floats]:
    """1 - S = -L(S) ln S, -ln S = sum of (w/W)(-ln s) and -ln s = (1 - s)/L(s), with L(x) = (x - 1)/ln x.

    Where some score is 0, the limit of putting a small number in its place: the zeros carry the whole loss.
    """
    zeros = weight_shares(weights, [np.where(s <= 0, s, np.nan) for s in scores])
    any_zero = sum((z for z in zeros), np.zeros_like(of_node)) > 0
    even = weight_shares(weights, scores)
    slopes = [
        np.where(e > 0, e * _logarithmic_slope(of_node) / _logarithmic_slope(s), 0.0)
        for e, s in zip(even, scores, strict=True)
    ]
    return [np.where(any_zero, z, c) for z, c in zip(zeros, slopes, strict=True)]


def _minimum_loss_factors(weights: Sequence[float], scores: Sequence[Floats], of_node: Floats) -> list[Floats]:
    """The lowest parts carry the whole loss, by weight."""
    return weight_shares(weights, [np.where(s == of_node, s, np.nan) for s in scores])


def _logarithmic_slope(x: Floats) -> Floats:
    """L(x) = (x - 1)/ln x, continued by L(1) = 1; only used where x > 0."""
    usable = (x > 0) & (x != 1)
    inside = np.where(usable, x, 0.5)
    return np.where(usable, (inside - 1.0) / np.log(inside), 1.0)


def _ratio(total: Floats, weight: Floats) -> Floats:
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)


@dataclass(frozen=True, slots=True)
class AggregationArithmetic:
    """One rule as arithmetic."""

    #: The score of a node from the weights and scores of its parts; NaN where no part is present.
    score: Callable[[Weights, Sequence[Floats]], Floats]
    #: The factors c with 1 - S = sum of c * (1 - s), from weights, scores s of the parts and score S of the node,
    #: over the parts that are present; 0 for a missing one.
    loss_factors: Callable[[Sequence[float], Sequence[Floats], Floats], list[Floats]]
    #: A part adds its share of the weight, whatever the other parts have: sums, matrix products and the solver do.
    is_linear: bool = False
    #: The rule that the sensitivity analysis puts in its place; None: it keeps this one.
    alternative: AggregationMethod | None = None


ARITHMETIC: Mapping[AggregationMethod, AggregationArithmetic] = exhaustive_table(
    "scoring.aggregation.ARITHMETIC",
    AGGREGATION_METHODS,
    {
        "mean": AggregationArithmetic(weighted_mean, _linear_loss_factors, is_linear=True, alternative="geometric"),
        "sum": AggregationArithmetic(weighted_mean, _linear_loss_factors, is_linear=True),
        "geometric": AggregationArithmetic(_geometric_mean, _geometric_loss_factors, alternative="mean"),
        "min": AggregationArithmetic(_minimum, _minimum_loss_factors),
    },
)

"""Aggregation arithmetic: how a node combines the normalised scores of its parts, and divides its loss among them.

Scores are arrays of the same shape, with NaN for off. Sums run in file order, part by part and without BLAS, so that
one company and a million give the same bits. The weight of a part is a number, or an array that broadcasts against its
scores, as in a simulation that draws weights. A part with weight 0 is a prerequisite, and does not enter the score.

A part that only takes points away has a weight for deductions, but not in the sum of weights: its *counted* weight is
0. For all other parts, the counted weight is the weight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.edition import Node
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, AggregationMethod, exhaustive_table
from compliance.scoring.numeric import Floats

#: The weights of parts, one entry for each.
Weights: TypeAlias = Sequence[float | Floats]


def weighted_mean(weights: Weights, scores: Sequence[Floats]) -> Floats:
    """Return the sum of weight × score over the sum of weights, of the parts that are on. NaN where none is."""
    total = np.zeros_like(scores[0])
    for w, s in zip(weights, scores, strict=True):
        total += np.where(np.isnan(s), 0.0, w * s)
    return _ratio(total, weight_present(weights, scores))


def weight_present(weights: Weights, scores: Sequence[Floats]) -> Floats:
    """Return the sum of the weights of the parts that are on."""
    weight = np.zeros_like(scores[0])
    for w, s in zip(weights, scores, strict=True):
        weight += np.where(np.isnan(s), 0.0, w)
    return weight


def _without_prerequisites(weights: Weights, scores: Sequence[Floats]) -> tuple[Weights, Sequence[Floats]]:
    """Return the parts with a weight above 0, or, if there are none, a single part that is off."""
    pairs = [(w, s) for w, s in zip(weights, scores, strict=True) if np.any(w)]
    pairs = pairs or [(1.0, np.full_like(scores[0], np.nan))]
    return [w for w, _ in pairs], [s for _, s in pairs]


def _geometric_mean(weights: Weights, scores: Sequence[Floats]) -> Floats:
    """Return exp of the weighted mean of logarithms, or 0 where a part is at 0 or below."""
    weights, scores = _without_prerequisites(weights, scores)
    logarithms = [np.log(np.where(s > 0, s, np.where(np.isnan(s), np.nan, 1.0))) for s in scores]
    has_zero = np.logical_or.reduce([s <= 0 for s in scores])
    return np.where(has_zero, 0.0, np.exp(weighted_mean(weights, logarithms)))


def _minimum(weights: Weights, scores: Sequence[Floats]) -> Floats:
    lowest: Floats = np.fmin.reduce(_without_prerequisites(weights, scores)[1])
    return lowest


def weight_shares(weights: Weights, scores: Sequence[Floats]) -> list[Floats]:
    """Return each part's share of the weights of the parts that are on, or 0 where it is off."""
    total = weight_present(weights, scores)
    present = [np.where(np.isnan(s), 0.0, w) for w, s in zip(weights, scores, strict=True)]
    return [np.nan_to_num(_ratio(weight, total)) for weight in present]


def _linear_loss_factors(weights: Weights, scores: Sequence[Floats], _of_node: Floats) -> list[Floats]:
    return weight_shares(weights, scores)


def _geometric_loss_factors(weights: Weights, scores: Sequence[Floats], of_node: Floats) -> list[Floats]:
    """Use 1 - S = -L(S) ln S, -ln S = sum of (w/W)(-ln s) and -ln s = (1 - s)/L(s), with L(x) = (x - 1)/ln x.

    If some score is 0, use the limit for a small number in its place: the zeros account for the whole loss.
    """
    zeros = weight_shares(weights, [np.where(s <= 0, s, np.nan) for s in scores])
    any_zero = sum((z for z in zeros), np.zeros_like(of_node)) > 0
    even = weight_shares(weights, scores)
    slopes = [
        np.where(e > 0, e * _logarithmic_slope(of_node) / _logarithmic_slope(s), 0.0)
        for e, s in zip(even, scores, strict=True)
    ]
    return [np.where(any_zero, z, c) for z, c in zip(zeros, slopes, strict=True)]


def _minimum_loss_factors(weights: Weights, scores: Sequence[Floats], of_node: Floats) -> list[Floats]:
    """Attribute the whole loss to the lowest parts, by weight."""
    return weight_shares(weights, [np.where(s == of_node, s, np.nan) for s in scores])


def _logarithmic_slope(x: Floats) -> Floats:
    """Return L(x) = (x - 1)/ln x, with L(1) = 1. Only meaningful where x > 0."""
    usable = (x > 0) & (x != 1)
    inside = np.where(usable, x, 0.5)
    return np.where(usable, (inside - 1.0) / np.log(inside), 1.0)


def _ratio(total: Floats, weight: Floats) -> Floats:
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)


@dataclass(frozen=True, slots=True)
class AggregationArithmetic:
    """The arithmetic of one aggregation rule."""

    #: Returns the score of a node from the weights and scores of its parts; NaN where all parts are off.
    score: Callable[[Weights, Sequence[Floats]], Floats]
    #: Returns the factors c with 1 - S = sum of c * (1 - s), from weights, scores s of the parts and score S of the
    #: node; 0 where a part is off.
    loss_factors: Callable[[Weights, Sequence[Floats], Floats], list[Floats]]
    #: Whether each part contributes by its share of the weight, independently of the scores of other parts.
    is_linear: bool = False
    #: The rule that the sensitivity analysis uses instead; None: it keeps this rule.
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


def is_linear(node: Node) -> bool:
    """Tell whether each part contributes to the node by its share of the weight, independently of other scores."""
    return ARITHMETIC[node.combine].is_linear and node.max is None and not node.floor


def aggregate(
    node: Node, weights: Weights, scores: Sequence[Floats], counted: Weights, rule: AggregationMethod | None = None
) -> Floats:
    """Return the score of a node from its parts, within its limits. `rule`: used instead of the node's own."""
    found = ARITHMETIC[rule or node.combine].score(weights, scores) * _per_counted(weights, scores, counted)
    if node.max is not None:  # full marks are `max`, unless fewer points can be earned
        found = found * np.fmax(weight_present(counted, scores) / node.max, 1.0)
        found = np.where(found > 1, 1.0, found)
    return np.where(found < 0, 0.0, found) if node.floor else found


def loss_factors(
    node: Node, weights: Weights, scores: Sequence[Floats], of_node: Floats, counted: Weights
) -> list[Floats]:
    """Return the factors c with 1 - S = sum of c * (f - s), where f is 1, or 0 for parts that only take points away.

    The effect of `max` and `floor` is divided among all parts in proportion to their losses.
    """
    rule, per_counted = ARITHMETIC[node.combine], _per_counted(weights, scores, counted)
    has_limits = node.max is not None or node.floor
    found = rule.score(weights, scores) * per_counted if has_limits else of_node
    factors = [np.nan_to_num(factor * per_counted) for factor in rule.loss_factors(weights, scores, found)]
    if not has_limits:
        return factors
    lost = np.where(found < 1, 1.0 - found, 1.0)
    kept = np.where(found == of_node, 1.0, np.where(found < 1, (1.0 - of_node) / lost, 0.0))
    return [factor * kept for factor in factors]


def _per_counted(weights: Weights, scores: Sequence[Floats], counted: Weights) -> Floats | float:
    """Return the sum of weights over the sum of counted weights: 1, unless some part only takes points away."""
    if counted is weights or all(np.array_equal(w, c) for w, c in zip(weights, counted, strict=True)):
        return 1.0
    return _ratio(weight_present(weights, scores), weight_present(counted, scores))

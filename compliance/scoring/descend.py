"""From the whole down to its questions: what each weighs in the score, and what each loses of it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.edition import Node
from compliance.scoring.combine import parts_of_loss, parts_of_weight
from compliance.scoring.score import Result, Scores
from compliance.scoring.types import SCORE, Floats

#: How a node divides what reached it among its parts: (node, their weights, their results).
Division: TypeAlias = Callable[[Node, Sequence[float], Sequence[Result]], list[Floats]]


def effective_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall score that each question and node carries (rows: score, worst, best).

    The product of weight over sum of weights down its path, over the parts that are on;
    over all questions they sum to 1.
    """
    start = np.ones_like(scores.overall.value)
    return _descend(scores, start, lambda node, weights, parts: parts_of_weight(weights, [p.value for p in parts]))


def coverage_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall coverage that each question and node carries, over the parts that are asked."""
    start = np.ones_like(scores.overall.coverage)
    return _descend(scores, start, lambda node, weights, parts: parts_of_weight(weights, [p.coverage for p in parts]))


def losses(scores: Scores) -> dict[str, Floats]:
    """The share of full marks that each question and node loses; over all questions they sum to 1 - overall."""

    def divide(node: Node, weights: Sequence[float], parts: Sequence[Result]) -> list[Floats]:
        whole = scores.results[node.id].value[SCORE]
        return parts_of_loss(node.combine, weights, [p.value[SCORE] for p in parts], whole)

    carried = _descend(scores, np.ones_like(scores.overall.score), divide)
    return {
        part: np.where(carried[part] > 0, carried[part] * (1.0 - result.value[SCORE]), 0.0)
        for part, result in scores.results.items()
    }


def _descend(scores: Scores, start: Floats, divide: Division) -> dict[str, Floats]:
    edition, results = scores.plan.edition, scores.results
    carried: dict[str, Floats] = {}

    def visit(node: Node, here: Floats) -> None:
        carried[node.id] = here
        weights = scores.plan.weights[node.id]
        factors = divide(node, list(weights.values()), [results[i] for i in weights]) if weights else []
        for part_id, factor in zip(weights, factors, strict=True):
            if part_id in edition.nodes:
                visit(edition.nodes[part_id], here * factor)
            else:
                carried[part_id] = here * factor

    visit(edition.root, start)
    return carried

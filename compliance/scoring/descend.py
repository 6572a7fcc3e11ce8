"""From the whole down to its questions: what each weighs in the score, and what each loses of it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.edition import OVERALL, Node
from compliance.scoring.combine import parts_of_loss, parts_of_weight
from compliance.scoring.score import Result, Scores
from compliance.scoring.types import SCORE, Floats

#: How a node divides what reached it among its parts: (node, their weights, their results, its own result).
Division: TypeAlias = Callable[[Node, Sequence[float], Sequence[Result], Result], list[Floats]]


def effective_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall score that each question and node carries (rows: score, worst, best).

    The product of weight over sum of weights down its path, over the parts that are on;
    over all questions they sum to 1.
    """
    return _descend(scores, lambda node, weights, parts, whole: parts_of_weight(weights, [p.value for p in parts]))


def coverage_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall coverage that each question and node carries, over the parts that are asked."""
    return _descend(scores, lambda node, weights, parts, whole: parts_of_weight(weights, [p.coverage for p in parts]))


def losses(scores: Scores) -> dict[str, Floats]:
    """The share of full marks that each question and node loses; over all questions they sum to 1 - overall."""

    def divide(node: Node, weights: Sequence[float], parts: Sequence[Result], whole: Result) -> list[Floats]:
        return parts_of_loss(node.combine, weights, [p.value[SCORE] for p in parts], whole.value[SCORE])

    carried = _descend(scores, divide)
    return {
        part: np.where(carried[part] > 0, carried[part] * (1.0 - result.value[SCORE]), 0.0)
        for part, result in scores.results.items()
    }


def _descend(scores: Scores, divide: Division) -> dict[str, Floats]:
    edition, results = scores.plan.edition, scores.results
    carried: dict[str, Floats] = {}

    def visit(node: Node, here: Floats) -> None:
        carried[node.id] = here
        weights = scores.plan.weights[node.id]
        factors = divide(node, list(weights.values()), [results[i] for i in weights], results[node.id])
        for part_id, factor in zip(weights, factors, strict=True):
            if part_id in edition.nodes:
                visit(edition.nodes[part_id], here * factor)
            else:
                carried[part_id] = here * factor

    visit(edition.root, np.ones(1))  # widens to the rows of what is divided
    return {part: np.broadcast_to(c, results[part].value.shape[-c.ndim :]) for part, c in carried.items()}

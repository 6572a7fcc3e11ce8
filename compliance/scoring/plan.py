"""An edition compiled once for scoring: what each answer is worth, and the weight of each part."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compliance.questionnaire.answers import Value
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import points_of
from compliance.scoring.levels import Tree, tree_of


@dataclass(frozen=True, slots=True)
class Worth:
    """What a question can earn, as shares of its full marks."""

    least: float  # of a blank: 0, or what its worst options take away
    most: float  # the most its options can give


@dataclass(frozen=True, slots=True)
class Plan:
    """An edition with everything worked out that does not depend on answers."""

    edition: Edition
    worth: Mapping[str, Worth]  # of every scored question
    weights: Mapping[str, Mapping[str, float]]  # of every node: the weight of each part that can score
    tree: Tree  # the same, in the order in which it is worked out


def compile_edition(edition: Edition) -> Plan:
    """Work out the worth of every question and the weights under every node."""
    weights = {node.id: _weights(node) for node in edition.nodes.values()}
    worth = {question.id: _worth(question) for question in edition.questions.values() if question.scored}
    return Plan(edition, worth, weights, tree_of(edition.root, weights))


def share(question: Question, value: Value) -> float:
    """What a given answer earns, as a share of full marks: 1 is full, below 0 takes away."""
    if question.range is not None:
        return _share_of_range(question, float(value))  # type: ignore[arg-type]  # a number question holds numbers
    points = points_of(question, value) or 0.0
    return min(points, question.full) / question.full


def shares(question: Question, values: Iterable[Value]) -> list[float]:
    """`share` of many answers to one question."""
    points = {} if question.range is not None else {option.id: option.points for option in question.options}
    return [
        min(points[value], question.full) / question.full
        if isinstance(value, str) and value in points
        else share(question, value)
        for value in values
    ]


def _share_of_range(question: Question, number: float) -> float:
    assert question.range is not None
    start, end = question.range
    if question.log:
        number, start, end = math.log(number), math.log(start), math.log(end)
    earned = (number - start) / (end - start)
    return min(max(earned, 0.0), 1.0) if question.clip else earned


def _worth(question: Question) -> Worth:
    points = [option.points for option in question.options]
    if question.range is not None:
        return Worth(0.0, 1.0)
    if question.kind == "many":
        lowest, highest = sum(p for p in points if p < 0), sum(p for p in points if p > 0)
    else:
        lowest, highest = min(points), max(points)
    return Worth(min(0.0, lowest / question.full), min(highest, question.full) / question.full)


def _weights(node: Node) -> Mapping[str, float]:
    """Under `sum` a part weighs its maximum points, elsewhere its own weight."""
    return {
        part.id: _maximum(part) if node.combine == "sum" else part.weight for part in node.parts if _maximum(part) > 0
    }


def _maximum(part: Node | Question) -> float:
    """Full marks in points; of a node, the sum over its parts, always all of them."""
    if isinstance(part, Question):
        return part.full if part.scored else 0.0
    return sum(_maximum(below) for below in part.parts)

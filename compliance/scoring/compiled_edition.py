"""An edition compiled once for scoring (points ranges and weights), and the normalised scores of answers."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.answers import AnswerValue
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import option_points
from compliance.questionnaire.vocabulary import AGGREGATION_RULES
from compliance.scoring.numeric import Floats
from compliance.scoring.result_store import NodeWeights, ScoringTree, scoring_tree


@dataclass(frozen=True, slots=True)
class PointsRange:
    """The lowest and the highest normalised score that an answer can give."""

    least: float  # what a blank may turn out to be: 0, or the deductions of the worst options
    most: float  # the most that the options can give
    full: float = 1.0  # the score at full marks; 0 for a question that only takes points away


@dataclass(frozen=True, slots=True)
class CompiledEdition:
    """An edition with everything computed that does not depend on answers."""

    edition: Edition
    points_ranges: Mapping[str, PointsRange]  # of every scored question
    weights: NodeWeights  # of every node: the weight of each part that can score; 0 for a prerequisite
    counted: NodeWeights  # counted weights: those in the divisor of scores; 0 also for parts that only take points away
    tree: ScoringTree  # nodes and weights in the order of computation
    only_deducting: frozenset[str]  # parts that only take points away: their full marks are 0

    def has_plain_weights(self, node: Node) -> bool:
        """Tell whether no part of a node is a prerequisite or only takes points away."""
        return all(
            part.id not in self.only_deducting and (part is node or not part.prerequisite) for part in node.walk()
        )


def compile_edition(edition: Edition) -> CompiledEdition:
    """Compute the points range of every scored question, and the weights under every node.

    Only the main part is compiled, on which every score shown rests, without questions by choice.
    """
    return _compile(edition.main, edition.main.root)


def compile_by_choice(edition: Edition, values: Collection[str] | None = None) -> CompiledEdition | None:
    """Compile the questions by choice, of these lens values or all. Return None if there are no scored ones.

    Conditions look at the whole edition. Only questions by choice, and the nodes that contain them, have results.
    """
    root = edition.chosen(values)
    return None if root is None or not any(q.scored for q in root.questions()) else _compile(edition, root)


def _compile(edition: Edition, root: Node) -> CompiledEdition:
    weights = {node.id: _weights(node) for node in root.nodes()}
    deducting = frozenset(part.id for part in root.walk() if part.only_deducts)
    counted = {node: _counted_weights(of_node, deducting) for node, of_node in weights.items()}
    points_ranges = {question.id: _points_range(question) for question in root.questions() if question.scored}
    tree = scoring_tree(root, weights, counted)
    return CompiledEdition(edition, points_ranges, weights, counted, tree, deducting)


#: Added to scores, so that none is -0: results are kept by scores, and -0 equals 0 but is written differently.
_UNSIGNED = 0.0


def normalised_score(question: Question, value: AnswerValue) -> float:
    """Return the score of an answer as a share of full marks. 1 is full marks; below 0 it takes points away."""
    if question.range is not None:
        return _normalised_number(question, float(value))  # type: ignore[arg-type]  # a number question holds numbers
    points = option_points(question, value) or 0.0
    return min(points, question.full) / question.unit_points + _UNSIGNED


def normalised_scores(question: Question, values: Iterable[AnswerValue]) -> list[float]:
    """Return the `normalised_score` of many answers to one question."""
    points = {} if question.range is not None else {option.id: option.points for option in question.options}
    return [
        min(points[value], question.full) / question.unit_points + _UNSIGNED
        if isinstance(value, str) and value in points
        else normalised_score(question, value)
        for value in values
    ]


def _normalised_number(question: Question, number: float) -> float:
    earned = unclipped_score(question, number)
    return min(max(earned, 0.0), 1.0) if question.clip else earned


def unclipped_score(question: Question, number: float) -> float:
    """Return the normalised score of a number: 0 and 1 at the ends of the range, and below 0 or above 1 outside it."""
    assert question.range is not None
    start, end = question.range
    if question.log:
        number, start, end = math.log(number), math.log(start), math.log(end)
    return (number - start) / (end - start) + _UNSIGNED


def normalised_numbers(question: Question, numbers: Floats) -> Floats:
    """Return the `normalised_score` of every number of a column, with the same bits. NaN stays NaN."""
    assert question.range is not None
    start, end = question.range
    if question.log:  # by `math.log`, as NumPy's logarithm sometimes differs in the last bit
        numbers = np.array([math.log(number) for number in numbers.tolist()])
        start, end = math.log(start), math.log(end)
    earned: Floats = (numbers - start) / (end - start) + _UNSIGNED
    return np.minimum(np.maximum(earned, 0.0), 1.0) if question.clip else earned


def _points_range(question: Question) -> PointsRange:
    points = [option.points for option in question.options]
    if question.range is not None:
        return PointsRange(0.0, 1.0)
    if question.is_multiple_choice:
        lowest, highest = sum(p for p in points if p < 0), sum(p for p in points if p > 0)
    else:
        lowest, highest = min(points), max(points)
    unit = question.unit_points
    full = 0.0 if question.only_deducts else 1.0
    return PointsRange(min(0.0, lowest / unit), min(highest, question.full) / unit, full)


def _weights(node: Node) -> Mapping[str, float]:
    """Return the weight of each part that can score: its full marks if the rule says so, otherwise its own weight.

    If weights are full marks, a part that only takes points away weighs the most that it can take. A prerequisite, and
    a node that contains nothing else, weighs 0.
    """
    by_full_marks = AGGREGATION_RULES[node.combine].weighs_full_marks
    found = {}
    for part in node.parts:
        if part.scored if isinstance(part, Question) else any(question.scored for question in part.questions()):
            points = 0.0 if part.prerequisite else part.unit_points
            found[part.id] = points if by_full_marks or not points else part.weight
    return found


def _counted_weights(weights: Mapping[str, float], deducting: frozenset[str]) -> Mapping[str, float]:
    """Return the counted weights of a node's parts: 0 for those that only take points away, unless all do."""
    counted = {part: 0.0 if part in deducting else weight for part, weight in weights.items()}
    return counted if any(counted.values()) else weights

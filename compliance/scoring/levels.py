"""The tree in the order in which it is worked out: nodes of one height together, or one by one.

Every question and node that can score has a *slot*, its position from the leaves up. A level knows, step by step, the
first parts of its nodes, then the second ones and so on: each node adds up its parts in file order, whichever way
the nodes are taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.types import Codes, Floats

Weights = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The next part of each node of a level that has one more: a prefix of its nodes."""

    parts: Codes  # slots
    weights: Floats  # (parts, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Nodes that none of the others is part of, those with the most parts first."""

    nodes: tuple[Node, ...]
    slots: Codes
    steps: tuple[Step, ...]
    parts: tuple[int, ...]  # the slots of them all; of one node, in file order


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """What scores, from the leaves up; the root also where nothing is scored."""

    slots: Mapping[str, int]  # every part comes before its node
    questions: tuple[Question, ...]
    levels: tuple[Level, ...]  # few sheets: everything of one height at once
    singly: tuple[Level, ...]  # many sheets: one node at a time, so that it stays in the cache
    #: Nodes whose coverage is not all that a minimum above them sees: they have one, or a part has.
    counting_otherwise: frozenset[str]


def tree_of(root: Node, weights: Weights) -> Tree:
    """Arrange an edition's tree by the weights under each node."""
    parts = list(_leaves_first(root, weights))
    slots = {part.id: position for position, part in enumerate(parts)}
    nodes = [part for part in parts if isinstance(part, Node) and weights[part.id]]
    heights: dict[str, int] = {}
    otherwise: set[str] = set()
    for node in nodes:
        heights[node.id] = 1 + max(heights.get(part, 0) for part in weights[node.id])
        if node.min_coverage is not None or not otherwise.isdisjoint(weights[node.id]):
            otherwise.add(node.id)
    together = [[n for n in nodes if heights[n.id] == height] for height in sorted(set(heights.values()))]
    return Tree(
        slots=slots,
        questions=tuple(part for part in parts if isinstance(part, Question)),
        levels=tuple(_level(level, slots, weights) for level in together),
        singly=tuple(_level([node], slots, weights) for node in nodes),
        counting_otherwise=frozenset(otherwise),
    )


def side_by_side(levels: Sequence[Level]) -> Level:
    """Nodes with the same number of parts as one level."""
    return Level(
        nodes=tuple(node for level in levels for node in level.nodes),
        slots=np.concatenate([level.slots for level in levels]),
        steps=tuple(
            Step(np.concatenate([step.parts for step in steps]), np.concatenate([step.weights for step in steps]))
            for steps in zip(*(level.steps for level in levels), strict=True)
        ),
        parts=tuple(part for level in levels for part in level.parts),
    )


def _leaves_first(node: Node, weights: Weights) -> Iterator[Node | Question]:
    for part in node.parts:
        if part.id in weights[node.id]:
            if isinstance(part, Node):
                yield from _leaves_first(part, weights)
            else:
                yield part
    yield node


def _level(nodes: Sequence[Node], slots: Mapping[str, int], weights: Weights) -> Level:
    ordered = sorted(nodes, key=lambda node: -len(weights[node.id]))
    most = len(weights[ordered[0].id])
    steps = [[list(weights[n.id].items())[j] for n in ordered if len(weights[n.id]) > j] for j in range(most)]
    return Level(
        nodes=tuple(ordered),
        slots=np.array([slots[node.id] for node in ordered]),
        steps=tuple(
            Step(np.array([slots[part] for part, _ in step]), np.array([[weight] for _, weight in step], float))
            for step in steps
        ),
        parts=tuple(slots[part] for step in steps for part, _ in step),
    )

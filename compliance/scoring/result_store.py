"""The scoring tree, and the stores that keep the results of its parts: score, worst, best and coverage.

Every question and node that can score has a slot, its position from the leaves up. A level lists, column by
column, the first parts of its nodes, then the second ones and so on: each node adds up its parts in file order,
whichever way the nodes are taken.

The dense store keeps everything in one array: for few companies, where time goes into the number of parts. The
memoised store keeps a short table of the outcomes that occur and an index per company: for many companies, where
memory counts. Results are the same to the bit.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.numeric import Codes, Floats

Weights = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class PartColumn:
    """The next part of each node of a level that has one more: a prefix of its nodes."""

    parts: Codes  # slots
    weights: Floats  # (parts, 1)


@dataclass(frozen=True, slots=True, eq=False)
class TreeLevel:
    """Nodes that none of the others is part of, those with the most parts first."""

    nodes: tuple[Node, ...]
    slots: Codes
    steps: tuple[PartColumn, ...]
    parts: tuple[int, ...]  # the slots of them all; of one node, in file order


@dataclass(frozen=True, slots=True, eq=False)
class ScoringTree:
    """What scores, from the leaves up; the root also where nothing is scored."""

    slots: Mapping[str, int]  # every part comes before its node
    questions: tuple[Question, ...]
    levels: tuple[TreeLevel, ...]  # few sheets: everything of one height at once
    singly: tuple[TreeLevel, ...]  # many sheets: one node at a time, so that it stays in the cache
    #: Nodes whose coverage is not all that a minimum above them sees: they have one, or a part has.
    counting_otherwise: frozenset[str]


def scoring_tree(root: Node, weights: Weights) -> ScoringTree:
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
    return ScoringTree(
        slots=slots,
        questions=tuple(part for part in parts if isinstance(part, Question)),
        levels=tuple(_level(level, slots, weights) for level in together),
        singly=tuple(_level([node], slots, weights) for node in nodes),
        counting_otherwise=frozenset(otherwise),
    )


def stack_levels(levels: Sequence[TreeLevel]) -> TreeLevel:
    """Nodes with the same number of parts as one level."""
    return TreeLevel(
        nodes=tuple(node for level in levels for node in level.nodes),
        slots=np.concatenate([level.slots for level in levels]),
        steps=tuple(
            PartColumn(np.concatenate([step.parts for step in steps]), np.concatenate([step.weights for step in steps]))
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


def _level(nodes: Sequence[Node], slots: Mapping[str, int], weights: Weights) -> TreeLevel:
    ordered = sorted(nodes, key=lambda node: -len(weights[node.id]))
    most = len(weights[ordered[0].id])
    steps = [[list(weights[n.id].items())[j] for n in ordered if len(weights[n.id]) > j] for j in range(most)]
    return TreeLevel(
        nodes=tuple(ordered),
        slots=np.array([slots[node.id] for node in ordered]),
        steps=tuple(
            PartColumn(np.array([slots[part] for part, _ in step]), np.array([[weight] for _, weight in step], float))
            for step in steps
        ),
        parts=tuple(slots[part] for step in steps for part, _ in step),
    )


#: Numbers a part and company.
OUTCOME_WIDTH = 4
#: Up to so many companies, going through the parts one by one would cost more than the arithmetic.
DENSE_LIMIT = 64


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeTable:
    """Rows of score, worst, best and coverage."""

    rows: Floats  # NaN = off
    earned: Floats  # the same, 0 where off: what is added up
    on: Floats  # 1, and 0 where off: what weighs

    def part(self, here: slice) -> "OutcomeTable":
        """Some of its rows, without copying."""
        return OutcomeTable(self.rows[here], self.earned[here], self.on[here])


def outcome_table(rows: Floats) -> OutcomeTable:
    """The table with these rows."""
    off = np.isnan(rows)
    return OutcomeTable(rows, np.where(off, 0.0, rows), 1.0 - off)


@dataclass(frozen=True, slots=True, eq=False)
class IndexedOutcomes:
    """A part that every company looks up."""

    table: OutcomeTable
    codes: Codes  # which row each company has
    is_whole: bool  # nobody is off anywhere

    def of_all(self, numbers: Floats) -> Floats:
        """A row of the table's numbers for each company."""
        return numbers.take(self.codes, axis=0)

    @property
    def rows(self) -> Floats:
        """A row a company; NaN = off."""
        return self.of_all(self.table.rows)

    @property
    def earned(self) -> Floats:
        """The same, 0 where off."""
        return self.of_all(self.table.earned)

    def weighed(self, weight: Floats) -> Floats:
        """What it earns times its weight: the table is multiplied, which is short."""
        return self.of_all(self.table.earned * weight)

    def weighing(self, weight: Floats) -> Floats:
        """Its weight where it is on."""
        return self.of_all(self.table.on * weight)


@dataclass(frozen=True, slots=True, eq=False)
class DenseOutcomes:
    """A part with a row of its own for each company, and nothing beside: of these there may be many."""

    rows: Floats  # NaN = off
    is_whole: bool  # nobody is off anywhere

    @property
    def earned(self) -> Floats:
        """The rows, 0 where off."""
        return self.rows if self.is_whole else np.where(np.isnan(self.rows), 0.0, self.rows)

    def weighed(self, weight: Floats) -> Floats:
        """What it earns times its weight."""
        return self.earned * weight

    def weighing(self, weight: Floats) -> Floats:
        """Its weight where it is on."""
        return (1.0 - np.isnan(self.rows)) * weight


class PartResults(Protocol):
    """Parts by their slots, worked out. Blocks are (parts, companies * 4)."""

    companies: int

    def are_whole(self, level: TreeLevel) -> bool:
        """Nobody is off in any part of a level."""
        ...

    def earned(self, step: PartColumn) -> Floats:
        """What some parts earn times their weights; 0 where off."""
        ...

    def weight(self, step: PartColumn) -> Floats:
        """Their weights where they are on; 0 elsewhere."""
        ...

    def rows(self, slot: int) -> Floats:
        """One part, a row a company; NaN = off."""
        ...

    def share(self, slot: int) -> Floats:
        """The same, 0 where off."""
        ...


class ResultStore(PartResults, Protocol):
    """The same, with room for what is still to be worked out."""

    def put(self, level: TreeLevel, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the nodes of a level come to: (nodes, companies, 4)."""
        ...

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot: (slots, companies); NaN = off."""
        ...


class MemoisedStore:
    """Part by part: its blocks are of one part."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.parts: list[IndexedOutcomes | DenseOutcomes | None] = [None] * parts

    def part(self, slot: int) -> IndexedOutcomes | DenseOutcomes:
        """A part that is worked out."""
        found = self.parts[slot]
        assert found is not None
        return found

    def lookup(self, slot: int) -> IndexedOutcomes:
        """A question, or a node that is looked up."""
        found = self.parts[slot]
        assert isinstance(found, IndexedOutcomes)
        return found

    def are_whole(self, level: TreeLevel) -> bool:
        """Nobody is off in any part of a level."""
        return all(self.part(slot).is_whole for slot in level.parts)

    def earned(self, step: PartColumn) -> Floats:
        """What the part earns times its weight."""
        return self.part(step.parts[0]).weighed(step.weights).reshape(1, -1)

    def weight(self, step: PartColumn) -> Floats:
        """Its weight where it is on; one number if that is everywhere."""
        part = self.part(step.parts[0])
        return step.weights if part.is_whole else part.weighing(step.weights).reshape(1, -1)

    def rows(self, slot: int) -> Floats:
        """One part, a row a company."""
        return self.part(slot).rows

    def share(self, slot: int) -> Floats:
        """One part, 0 where off."""
        return self.part(slot).earned

    def put(self, level: TreeLevel, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the one node of a level comes to."""
        (of_node,) = rows
        self.parts[level.slots[0]] = DenseOutcomes(of_node, is_whole)

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot."""
        return np.stack([self.rows(slot)[:, number] for slot in range(len(self.parts))])


class ResponsePatternResults:
    """Every way in which the questions of a node can be answered, as if each were a company; of nodes of one shape."""

    def __init__(self, many: MemoisedStore, level: TreeLevel) -> None:
        sizes = [len(many.lookup(step.parts[0]).table.rows) for step in level.steps]
        self.companies = math.prod(sizes)
        ways = np.unravel_index(np.arange(self.companies), sizes)
        self._many = many
        self._codes = {slot: codes for step, codes in zip(level.steps, ways, strict=True) for slot in step.parts}

    def are_whole(self, level: TreeLevel) -> bool:
        """Some way leaves something out, nearly always."""
        return False

    def earned(self, step: PartColumn) -> Floats:
        """What a question of each node earns times its weight."""
        return self._spread(step, [self._many.lookup(slot).table.earned for slot in step.parts])

    def weight(self, step: PartColumn) -> Floats:
        """Its weight where it is on."""
        return self._spread(step, [self._many.lookup(slot).table.on for slot in step.parts])

    def _spread(self, step: PartColumn, numbers: Sequence[Floats]) -> Floats:
        weighed = np.stack(numbers) * step.weights[..., np.newaxis]
        return weighed.take(self._codes[step.parts[0]], axis=1).reshape(len(numbers), -1)

    def rows(self, slot: int) -> Floats:
        """One question in every way."""
        return self._many.lookup(slot).table.rows.take(self._codes[slot], axis=0)

    def share(self, slot: int) -> Floats:
        """One question in every way, 0 where off."""
        return self._many.lookup(slot).table.earned.take(self._codes[slot], axis=0)


class DenseStore:
    """Everything in one array."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.values = np.full((parts, companies, OUTCOME_WIDTH), np.nan)
        self._earned = np.zeros((parts, companies * OUTCOME_WIDTH))
        self._on = np.zeros((parts, companies * OUTCOME_WIDTH))

    def are_whole(self, level: TreeLevel) -> bool:
        """It would cost more to find out."""
        return False

    def earned(self, step: PartColumn) -> Floats:
        """What some parts earn times their weights."""
        return self._earned.take(step.parts, axis=0) * step.weights

    def weight(self, step: PartColumn) -> Floats:
        """Their weights where they are on."""
        return self._on.take(step.parts, axis=0) * step.weights

    def rows(self, slot: int) -> Floats:
        """One part, a row a company."""
        found: Floats = self.values[slot]
        return found

    def share(self, slot: int) -> Floats:
        """One part, 0 where off."""
        found: Floats = self._earned[slot].reshape(self.companies, OUTCOME_WIDTH)
        return found

    def put(self, level: TreeLevel, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the nodes of a level come to."""
        self.fill(level.slots, rows)

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot."""
        return self.values[:, :, number]

    def fill(self, slots: Codes, rows: Floats) -> None:
        """Keep what some parts come to: (parts, companies, 4)."""
        off = np.isnan(rows)
        self.values[slots] = rows
        self._earned[slots] = np.where(off, 0.0, rows).reshape(len(rows), -1)
        self._on[slots] = (1.0 - off).reshape(len(rows), -1)

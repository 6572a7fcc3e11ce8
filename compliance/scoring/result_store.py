"""The scoring tree, and the stores that keep the results of its parts: score, worst, best and coverage.

Every question and node that can score has a slot, its position from the leaves up. A level lists, column by
column, the first parts of its nodes, then the second ones and so on: each node adds up its parts in file order,
however nodes are grouped.

The dense store keeps everything in one array: for few companies, where the number of parts determines the time. The
memoised store keeps a short table of the outcomes that occur and an index per company: for many companies, where
memory matters. Both give the same bits.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.numeric import Codes, Floats

#: A number for each part that can score, by node.
NodeWeights: TypeAlias = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class PartColumn:
    """The k-th part of each node of a level with at least k parts, which are the first nodes of the level."""

    parts: Codes  # slots
    weights: Floats  # (parts, 1)
    counted: Floats  # (parts, 1): counted weights, 0 for parts that only take points away


@dataclass(frozen=True, slots=True, eq=False)
class TreeLevel:
    """Nodes that are not parts of each other, those with the most parts first."""

    nodes: tuple[Node, ...]
    slots: Codes
    steps: tuple[PartColumn, ...]
    parts: tuple[int, ...]  # the slots of all parts; for a single node, in file order
    has_weight: bool = True  # False: some node has only prerequisites, and so never a score


@dataclass(frozen=True, slots=True, eq=False)
class ScoringTree:
    """The nodes that can score, from the leaves up, and always the root."""

    slots: Mapping[str, int]  # every part comes before its node
    questions: tuple[Question, ...]
    levels: tuple[TreeLevel, ...]  # for few sheets: all nodes of one height at once
    levels_by_node: tuple[TreeLevel, ...]  # for many sheets: one node at a time, so that it stays in the cache
    #: Nodes with a minimum coverage, or with one below: a minimum above uses their counted coverage.
    with_minimum_coverage: frozenset[str]


def scoring_tree(root: Node, weights: NodeWeights, counted: NodeWeights) -> ScoringTree:
    """Return the tree of an edition for computation, from the weights and counted weights of its nodes."""
    parts = list(_leaves_first(root, weights))
    slots = {part.id: position for position, part in enumerate(parts)}
    nodes = [part for part in parts if isinstance(part, Node) and weights[part.id]]
    heights: dict[str, int] = {}
    with_minimum: set[str] = set()
    for node in nodes:
        heights[node.id] = 1 + max(heights.get(part, 0) for part in weights[node.id])
        if node.min_coverage is not None or not with_minimum.isdisjoint(weights[node.id]):
            with_minimum.add(node.id)
    together = [[n for n in nodes if heights[n.id] == height] for height in sorted(set(heights.values()))]
    return ScoringTree(
        slots=slots,
        questions=tuple(part for part in parts if isinstance(part, Question)),
        levels=tuple(_level(level, slots, weights, counted) for level in together),
        levels_by_node=tuple(_level([node], slots, weights, counted) for node in nodes),
        with_minimum_coverage=frozenset(with_minimum),
    )


def stack_levels(levels: Sequence[TreeLevel]) -> TreeLevel:
    """Return levels, whose nodes all have the same number of parts, as one level."""
    return TreeLevel(
        nodes=tuple(node for level in levels for node in level.nodes),
        slots=np.concatenate([level.slots for level in levels]),
        steps=tuple(
            PartColumn(
                np.concatenate([step.parts for step in steps]),
                np.concatenate([step.weights for step in steps]),
                np.concatenate([step.counted for step in steps]),
            )
            for steps in zip(*(level.steps for level in levels), strict=True)
        ),
        parts=tuple(part for level in levels for part in level.parts),
        has_weight=all(level.has_weight for level in levels),
    )


def _leaves_first(node: Node, weights: NodeWeights) -> Iterator[Node | Question]:
    for part in node.parts:
        if part.id in weights[node.id]:
            if isinstance(part, Node):
                yield from _leaves_first(part, weights)
            else:
                yield part
    yield node


def _level(nodes: Sequence[Node], slots: Mapping[str, int], weights: NodeWeights, counted: NodeWeights) -> TreeLevel:
    ordered = sorted(nodes, key=lambda node: -len(weights[node.id]))
    most = len(weights[ordered[0].id])
    triples = {n.id: [(part, weight, counted[n.id][part]) for part, weight in weights[n.id].items()] for n in ordered}
    steps = [[triples[n.id][j] for n in ordered if len(triples[n.id]) > j] for j in range(most)]
    return TreeLevel(
        nodes=tuple(ordered),
        slots=np.array([slots[node.id] for node in ordered]),
        steps=tuple(
            PartColumn(
                np.array([slots[part] for part, _, _ in step]),
                np.array([[weight] for _, weight, _ in step], float),
                np.array([[weight] for _, _, weight in step], float),
            )
            for step in steps
        ),
        parts=tuple(slots[part] for step in steps for part, _, _ in step),
        has_weight=all(any(counted[node.id].values()) for node in nodes),
    )


#: How many numbers a part has for each company.
OUTCOME_WIDTH = 4
#: Up to this number of companies, handling parts one by one would take longer than the arithmetic.
DENSE_LIMIT = 64


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeTable:
    """Rows of score, worst, best and coverage."""

    rows: Floats  # NaN = off
    earned: Floats  # the same, 0 where off: for sums
    present: Floats  # 1, and 0 where off: for sums of weights

    def part(self, here: slice) -> "OutcomeTable":
        """Return a table of some rows, without copying."""
        return OutcomeTable(self.rows[here], self.earned[here], self.present[here])


def outcome_table(rows: Floats) -> OutcomeTable:
    """Return a table with these rows."""
    off = np.isnan(rows)
    return OutcomeTable(rows, np.where(off, 0.0, rows), 1.0 - off)


@dataclass(frozen=True, slots=True, eq=False)
class IndexedOutcomes:
    """The outcomes of a part as a table of distinct rows, with a row index for each company."""

    table: OutcomeTable
    codes: Codes  # the row of each company
    is_complete: bool  # whether no company has NaN

    def expand(self, numbers: Floats) -> Floats:
        """Return numbers for the rows of the table, expanded to a row for each company."""
        return numbers.take(self.codes, axis=0)

    @property
    def rows(self) -> Floats:
        """The outcomes, (companies, 4); NaN = off."""
        return self.expand(self.table.rows)

    @property
    def earned(self) -> Floats:
        """The outcomes, (companies, 4), 0 where off."""
        return self.expand(self.table.earned)

    def weighted(self, weight: Floats) -> Floats:
        """Return the outcomes times a weight, 0 where off. Only the table is multiplied, as it is short."""
        return self.expand(self.table.earned * weight)

    def weight_present(self, weight: Floats) -> Floats:
        """Return the weight, 0 where the part is off."""
        return self.expand(self.table.present * weight)


@dataclass(frozen=True, slots=True, eq=False)
class DenseOutcomes:
    """The outcomes of a part, with a row for each company."""

    rows: Floats  # NaN = off
    is_complete: bool  # whether no company has NaN

    @property
    def earned(self) -> Floats:
        """The rows, 0 where off."""
        return self.rows if self.is_complete else np.where(np.isnan(self.rows), 0.0, self.rows)

    def weighted(self, weight: Floats) -> Floats:
        """Return the outcomes times a weight, 0 where off."""
        return self.earned * weight

    def weight_present(self, weight: Floats) -> Floats:
        """Return the weight, 0 where the part is off."""
        return (1.0 - np.isnan(self.rows)) * weight


class PartResults(Protocol):
    """The outcomes of parts, by slot. Blocks of several parts are (parts, companies * 4)."""

    companies: int

    def is_complete(self, level: TreeLevel) -> bool:
        """Tell whether no part of a level is off for any company."""
        ...

    def earned(self, step: PartColumn) -> Floats:
        """Return the outcomes of some parts times their weights, 0 where off."""
        ...

    def weight(self, step: PartColumn) -> Floats:
        """Return the weights of some parts, 0 where off."""
        ...

    def counted(self, step: PartColumn) -> Floats:
        """Return the counted weights of some parts, 0 where off."""
        ...

    def rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4); NaN = off."""
        ...

    def filled_rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4), 0 where off."""
        ...


class ResultStore(PartResults, Protocol):
    """Part results that are computed and added level by level."""

    def put(self, level: TreeLevel, rows: Floats, *, is_complete: bool) -> None:
        """Keep the outcomes of the nodes of a level: (nodes, companies, 4)."""
        ...

    def figure_by_slot(self, number: int) -> Floats:
        """Return one of the four figures of every part: (slots, companies); NaN = off."""
        ...


class MemoisedStore:
    """A result store that keeps each part separately. Its blocks are of one part."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.parts: list[IndexedOutcomes | DenseOutcomes | None] = [None] * parts

    def part(self, slot: int) -> IndexedOutcomes | DenseOutcomes:
        """Return the outcomes of a part that is already computed."""
        found = self.parts[slot]
        assert found is not None
        return found

    def lookup(self, slot: int) -> IndexedOutcomes:
        """Return the outcomes of a question, or of a node with few response patterns."""
        found = self.parts[slot]
        assert isinstance(found, IndexedOutcomes)
        return found

    def is_complete(self, level: TreeLevel) -> bool:
        """Tell whether no part of a level is off for any company."""
        return level.has_weight and all(self.part(slot).is_complete for slot in level.parts)

    def earned(self, step: PartColumn) -> Floats:
        """Return the outcomes of the part times its weight."""
        return self.part(step.parts[0]).weighted(step.weights).reshape(1, -1)

    def weight(self, step: PartColumn) -> Floats:
        """Return the weight of the part, 0 where off, or one number if it is off for no company."""
        return self._present(step, step.weights)

    def counted(self, step: PartColumn) -> Floats:
        """Return the counted weight of the part, 0 where off, or one number if it is off for no company."""
        return self._present(step, step.counted)

    def _present(self, step: PartColumn, weights: Floats) -> Floats:
        part = self.part(step.parts[0])
        return weights if part.is_complete else part.weight_present(weights).reshape(1, -1)

    def rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4); NaN = off."""
        return self.part(slot).rows

    def filled_rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4), 0 where off."""
        return self.part(slot).earned

    def put(self, level: TreeLevel, rows: Floats, *, is_complete: bool) -> None:
        """Keep the outcomes of the only node of a level."""
        (of_node,) = rows
        self.parts[level.slots[0]] = DenseOutcomes(of_node, is_complete)

    def figure_by_slot(self, number: int) -> Floats:
        """Return one of the four figures of every part: (slots, companies); NaN = off."""
        return np.stack([self.rows(slot)[:, number] for slot in range(len(self.parts))])


class ResponsePatternResults:
    """Part results for all response patterns of nodes of the same shape, as if each pattern were a company."""

    def __init__(self, outcomes: MemoisedStore, level: TreeLevel) -> None:
        sizes = [len(outcomes.lookup(step.parts[0]).table.rows) for step in level.steps]
        self.companies = math.prod(sizes)
        patterns = np.unravel_index(np.arange(self.companies), sizes)
        self._outcomes = outcomes
        self._codes = {slot: codes for step, codes in zip(level.steps, patterns, strict=True) for slot in step.parts}

    def is_complete(self, level: TreeLevel) -> bool:
        """Return False: nearly always some part is off in some response pattern."""
        return False

    def earned(self, step: PartColumn) -> Floats:
        """Return the outcomes of a question of each node times its weight."""
        return self._spread(step, [self._outcomes.lookup(slot).table.earned for slot in step.parts], step.weights)

    def weight(self, step: PartColumn) -> Floats:
        """Return the weight of a question of each node, 0 where off."""
        return self._spread(step, [self._outcomes.lookup(slot).table.present for slot in step.parts], step.weights)

    def counted(self, step: PartColumn) -> Floats:
        """Return the counted weight of a question of each node, 0 where off."""
        return self._spread(step, [self._outcomes.lookup(slot).table.present for slot in step.parts], step.counted)

    def _spread(self, step: PartColumn, numbers: Sequence[Floats], weights: Floats) -> Floats:
        weighed = np.stack(numbers) * weights[..., np.newaxis]
        return weighed.take(self._codes[step.parts[0]], axis=1).reshape(len(numbers), -1)

    def rows(self, slot: int) -> Floats:
        """Return the outcomes of one question in every pattern; NaN = off."""
        return self._outcomes.lookup(slot).table.rows.take(self._codes[slot], axis=0)

    def filled_rows(self, slot: int) -> Floats:
        """Return the outcomes of one question in every pattern, 0 where off."""
        return self._outcomes.lookup(slot).table.earned.take(self._codes[slot], axis=0)


class DenseStore:
    """A result store that keeps everything in one array."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.values = np.full((parts, companies, OUTCOME_WIDTH), np.nan)
        self.effective_weights: dict[str, Floats] = {}  # by part, once they have been requested
        self._earned = np.zeros((parts, companies * OUTCOME_WIDTH))
        self._present = np.zeros((parts, companies * OUTCOME_WIDTH))

    def of(self, company: int) -> "DenseStore":
        """Return the results of one company, without copying."""
        one, columns = DenseStore(0, 1), slice(company * OUTCOME_WIDTH, (company + 1) * OUTCOME_WIDTH)
        one.values, one._earned = self.values[:, company : company + 1], self._earned[:, columns]
        one._present = self._present[:, columns]
        one.effective_weights = {part: rows[company : company + 1] for part, rows in self.effective_weights.items()}
        return one

    def is_complete(self, level: TreeLevel) -> bool:
        """Return False: to find out would take longer than it saves."""
        return False

    def earned(self, step: PartColumn) -> Floats:
        """Return the outcomes of some parts times their weights, 0 where off."""
        return self._earned.take(step.parts, axis=0) * step.weights

    def weight(self, step: PartColumn) -> Floats:
        """Return the weights of some parts, 0 where off."""
        return self._present.take(step.parts, axis=0) * step.weights

    def counted(self, step: PartColumn) -> Floats:
        """Return the counted weights of some parts, 0 where off."""
        return self._present.take(step.parts, axis=0) * step.counted

    def rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4); NaN = off."""
        found: Floats = self.values[slot]
        return found

    def filled_rows(self, slot: int) -> Floats:
        """Return the outcomes of one part, (companies, 4), 0 where off."""
        found: Floats = self._earned[slot].reshape(self.companies, OUTCOME_WIDTH)
        return found

    def put(self, level: TreeLevel, rows: Floats, *, is_complete: bool) -> None:
        """Keep the outcomes of the nodes of a level: (nodes, companies, 4)."""
        self.fill(level.slots, rows)

    def figure_by_slot(self, number: int) -> Floats:
        """Return one of the four figures of every part: (slots, companies); NaN = off."""
        return self.values[:, :, number]

    def fill(self, slots: Codes, rows: Floats) -> None:
        """Keep the outcomes of some parts: (parts, companies, 4)."""
        off = np.isnan(rows)
        self.values[slots] = rows
        self._earned[slots] = np.where(off, 0.0, rows).reshape(len(rows), -1)
        self._present[slots] = (1.0 - off).reshape(len(rows), -1)

"""From the whole down to its questions: what each weighs in the score, and what each loses of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from compliance.questionnaire.edition import OVERALL, Node
from compliance.scoring.boards import WIDTH, FewBoard, Lookup, ManyBoard, WaysBoard, Worked
from compliance.scoring.combine import LINEAR, parts_of_loss
from compliance.scoring.levels import Level, side_by_side
from compliance.scoring.score import Scores
from compliance.scoring.types import COVERAGE, SCORE, Floats


def effective_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall score that each question and node carries (rows: score, worst, best).

    The product of weight over sum of weights down its path, over the parts that are on;
    over all questions they sum to 1.
    """
    return {part: rows.T[:COVERAGE] for part, rows in _of_all(scores).items()}


def coverage_weights(scores: Scores) -> dict[str, Floats]:
    """The part of the overall coverage that each question and node carries, over the parts that are asked."""
    return {part: rows[:, COVERAGE] for part, rows in _of_all(scores).items()}


@dataclass(frozen=True, slots=True, eq=False)
class Portions:
    """What each part has of its own node: (slots, companies); 0 where off, and 1 for the whole."""

    of_weight: Floats  # of the weights that are on
    of_loss: Floats  # the c of 1 - S = sum of c * (1 - s)


def portions(scores: Scores) -> Portions:
    """What every part has of the node above it."""
    slots = scores.plan.tree.slots
    of_weight = np.ones((len(slots), len(scores.columns.companies)))
    for level in _downwards(scores):
        for step, factors in zip(level.steps, _factors(level, scores.board), strict=True):
            of_weight[step.parts] = factors[:, SCORE::WIDTH]
    of_loss = of_weight.copy()
    for level in _downwards(scores):
        for node in level.nodes:
            if node.combine not in LINEAR:
                of_loss[[slots[part] for part in scores.plan.weights[node.id]]] = _of_loss(scores, node)
    return Portions(of_weight, of_loss)


def losses(scores: Scores) -> dict[str, Floats]:
    """The share of full marks that each question and node loses; over all questions they sum to 1 - overall."""
    return dict(zip(scores.plan.tree.slots, lost_by_slot(scores, portions(scores)), strict=True))


def lost_by_slot(scores: Scores, found: Portions) -> Floats:
    """The losses of these scores, from their portions: (slots, companies)."""
    shares, whole = scores.board.of_every_part(SCORE), scores.plan.tree.slots[OVERALL]
    reaching = found.of_loss.copy()
    reaching[whole] = np.where(np.isnan(shares[whole]), 0.0, 1.0)  # of a whole that is off nothing is lost
    for level in _downwards(scores):
        for step in level.steps:
            reaching[step.parts] *= reaching[level.slots[: len(step.parts)]]
    return np.where(reaching > 0, reaching * (1.0 - shares), 0.0)


def carried(scores: Scores) -> "Carried":
    """What each question and node carries, of many companies without holding it for all of them."""
    return _ManyCarried(scores, scores.board) if isinstance(scores.board, ManyBoard) else _FewCarried(scores)


class Carried(Protocol):
    """The effective weights of score, worst, best and coverage beside each other."""

    def of(self, part: str) -> Floats:
        """A row a company, or one number where nobody is off anywhere: (companies, 4) or (1, 1)."""
        ...


class _FewCarried:
    def __init__(self, scores: Scores) -> None:
        self._rows = _of_all(scores)

    def of(self, part: str) -> Floats:
        return self._rows[part]


class _ManyCarried:
    """Worked out when it is asked for; below a node that is looked up, by the ways to answer it."""

    def __init__(self, scores: Scores, board: ManyBoard) -> None:
        self._edition, self._board = scores.plan.edition, board
        self._steps = {
            part: (level, number)
            for level in scores.plan.tree.singly
            for number, part in enumerate(scores.plan.weights[level.nodes[0].id])
        }
        self._kept: dict[str, Floats] = {OVERALL: np.ones((1, 1))}  # of nodes that have nodes below
        self._last: tuple[str, Floats] = ("", np.ones((1, 1)))  # of the other node that was asked for last
        self._totals: dict[str, Floats] = {}  # of nodes that have nodes below: the weights that are on
        self._by_way = dict(_factors_by_way(scores, board))

    def of(self, part: str) -> Floats:
        """What a part carries; of a question nothing is kept."""
        if part in self._kept:
            return self._kept[part]
        if part == self._last[0]:
            return self._last[1]
        level, number = self._steps[part]
        (node,) = level.nodes
        found = self.of(node.id) * self._factor(level, number)
        if part in self._edition.nodes:
            self._last = (part, found)
            if any(isinstance(below, Node) for below in self._edition.nodes[part].parts):
                self._kept[part] = found
        return found

    def _factor(self, level: Level, number: int) -> Floats:
        (node,) = level.nodes
        if self._board.are_whole(level):
            return _ratio(level.steps[number].weights, _total(level, self._board))
        if node.id in self._by_way:
            return self._board.lookup(level.slots[0]).of_all(self._by_way[node.id][number])
        if node.id not in self._totals:
            self._totals[node.id] = _total(level, self._board)
        return _ratio(self._board.weight(level.steps[number]), self._totals[node.id]).reshape(-1, WIDTH)


def _factors_by_way(scores: Scores, board: ManyBoard) -> Iterator[tuple[str, list[Floats]]]:
    """Of each node that is looked up, what its parts carry of it: a row for each way to answer it."""
    looked_up = [
        level
        for level in scores.plan.tree.singly
        if isinstance(board.part(level.slots[0]), Lookup) and not board.are_whole(level)
    ]
    shapes: dict[tuple[int, ...], list[Level]] = {}
    for level in looked_up:
        shapes.setdefault(tuple(len(board.lookup(slot).table.rows) for slot in level.parts), []).append(level)
    for alike in shapes.values():
        together = side_by_side(alike)
        factors = _factors(together, WaysBoard(board, together))
        for position, node in enumerate(together.nodes):
            yield node.id, [of_step[position].reshape(-1, WIDTH) for of_step in factors]


def _of_all(scores: Scores) -> dict[str, Floats]:
    """What every part carries, (companies, 4)."""
    found: dict[str, Floats] = {OVERALL: np.ones((len(scores.columns.companies), WIDTH))}
    for level in _downwards(scores):
        factors = [_for_each(of_step, scores) for of_step in _factors(level, scores.board)]
        for position, node in enumerate(level.nodes):
            for number, part in enumerate(scores.plan.weights[node.id]):
                found[part] = found[node.id] * factors[number][position].reshape(-1, WIDTH)
    return found


def _downwards(scores: Scores) -> Iterator[Level]:
    """Every node after those that it is a part of."""
    tree = scores.plan.tree
    return reversed(tree.levels if isinstance(scores.board, FewBoard) else tree.singly)


def _factors(level: Level, board: Worked) -> list[Floats]:
    """Step by step, what each part carries of its node: its weight over the weights that are on; 0 where off."""
    if board.are_whole(level):
        return [_ratio(step.weights, _total(level, board)[: len(step.parts)]) for step in level.steps]
    total = _total(level, board)
    return [_ratio(board.weight(step), total[: len(step.parts)]) for step in level.steps]


def _total(level: Level, board: Worked) -> Floats:
    """The weights that are on, of each node of a level; one number where nobody is off."""
    is_whole = board.are_whole(level)
    total = np.zeros((len(level.nodes), 1 if is_whole else board.companies * WIDTH))
    for step in level.steps:
        total[: len(step.parts)] += step.weights if is_whole else board.weight(step)
    return total


def _ratio(weight: Floats, total: Floats) -> Floats:
    """Weight over total; 0 where nothing is on."""
    return np.divide(weight, total, out=np.zeros(np.broadcast_shapes(weight.shape, total.shape)), where=total > 0)


def _for_each(factors: Floats, scores: Scores) -> Floats:
    """The same for every company, where one number stands for all."""
    return np.broadcast_to(factors, (len(factors), len(scores.columns.companies) * WIDTH))


def _of_loss(scores: Scores, node: Node) -> list[Floats]:
    """What each part has of what its node loses, where the parts are not simply added up."""
    weights, slots = scores.plan.weights[node.id], scores.plan.tree.slots
    shares = [scores.board.rows(slots[part])[:, SCORE] for part in weights]
    return parts_of_loss(node.combine, list(weights.values()), shares, scores.board.rows(slots[node.id])[:, SCORE])

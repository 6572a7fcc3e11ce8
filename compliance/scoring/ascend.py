"""From answers up to the whole: what every question comes to, then every node, a level at a time.

Many companies answer the few questions of one requirement in far fewer ways than there are companies. There the
requirement is worked out once for each way, by the very rules that a company follows, and every company looks its own
up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Node
from compliance.scoring.boards import FEW, WIDTH, Board, FewBoard, Lookup, ManyBoard, WaysBoard, Worked, table_of
from compliance.scoring.columns import Columns
from compliance.scoring.combine import LINEAR, combine, weighted_mean
from compliance.scoring.levels import Level, side_by_side
from compliance.scoring.plan import Plan
from compliance.scoring.questions import Tables, lookups_of
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.routes import Routes
from compliance.scoring.types import BEST, COVERAGE, SCORE, WORST, Codes, Floats

#: So many ways to answer one requirement are worked out beforehand, if there are more companies than that.
MOST_WAYS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Withheld:
    """Of a node that has a minimum coverage, or whose parts have."""

    reported: Floats  # its score; NaN = none
    counted: Floats  # its coverage, as a minimum above sees it


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """Everything worked out."""

    board: Board
    withheld: Mapping[str, Withheld]


def ascend(plan: Plan, columns: Columns, routes: Routes, tables: Tables) -> Ascent:
    """Work out every question and node of some companies."""
    lookups = lookups_of(plan, columns, routes, tables)
    few = len(columns.companies) <= FEW or not plan.tree.levels
    board, levels = _few(plan, columns, lookups) if few else _many(plan, columns, lookups, tables)
    withheld: dict[str, Withheld] = {}
    for level in levels:
        is_whole = board.are_whole(level)
        rows = _joined(plan, level, board, is_whole=is_whole)
        for node, of_node in zip(level.nodes, rows, strict=True):
            if node.id in plan.tree.counting_otherwise:
                withheld[node.id] = _withheld(plan, node, of_node, board, withheld, columns)
                if node.min_coverage is not None and plan.edition.blank == "drop":
                    of_node[:, SCORE] = withheld[node.id].reported
                    is_whole = False
        board.put(level, rows, is_whole=is_whole)
    return Ascent(board, withheld)


def _few(plan: Plan, columns: Columns, lookups: Sequence[Lookup]) -> tuple[Board, Sequence[Level]]:
    board = FewBoard(len(plan.tree.slots), len(columns.companies))
    if lookups:
        starts = np.cumsum([0, *(len(part.table.rows) for part in lookups)])[:-1]
        rows = np.concatenate([part.table.rows for part in lookups])
        codes = np.stack([part.codes for part in lookups]) + starts[:, np.newaxis]
        slots = np.array([plan.tree.slots[question.id] for question in plan.tree.questions])
        board.fill(slots, rows.take(codes, axis=0))
    return board, plan.tree.levels


def _many(plan: Plan, columns: Columns, lookups: Sequence[Lookup], tables: Tables) -> tuple[Board, Sequence[Level]]:
    """The board with the questions, and every node that is looked up; the nodes that are left."""
    board = ManyBoard(len(plan.tree.slots), len(columns.companies))
    for question, lookup in zip(plan.tree.questions, lookups, strict=True):
        board.parts[plan.tree.slots[question.id]] = lookup
    few_ways = [level for level in plan.tree.singly if _has_few_ways(plan, level, board)]
    _work_out(plan, [level for level in few_ways if _key(level, board) not in tables], board, tables)
    for level in few_ways:
        parts = [board.lookup(slot) for slot in level.parts]
        is_whole = all(part.is_whole for part in parts)
        board.parts[level.slots[0]] = Lookup(tables[_key(level, board)], _ways(parts), is_whole)
    return board, [level for level in plan.tree.singly if board.parts[level.slots[0]] is None]


def _has_few_ways(plan: Plan, level: Level, board: ManyBoard) -> bool:
    """Whether only questions are below a node, and fewer ways to answer them than there are companies."""
    (node,) = level.nodes
    if node.id in plan.tree.counting_otherwise or any(isinstance(part, Node) for part in node.parts):
        return False
    return math.prod(_sizes(level, board)) <= min(MOST_WAYS, board.companies)


def _sizes(level: Level, board: ManyBoard) -> tuple[int, ...]:
    return tuple(len(board.lookup(slot).table.rows) for slot in level.parts)


def _key(level: Level, board: ManyBoard) -> tuple[object, ...]:
    return level.nodes[0].id, *(id(board.lookup(slot).table) for slot in level.parts)


def _ways(parts: Sequence[Lookup]) -> Codes:
    """The number of the way in which each company answers some questions."""
    found: Codes = np.zeros(1, np.uint16)
    for part in parts:
        found = found * np.uint16(len(part.table.rows))
        found = np.add(found, part.codes, casting="unsafe", dtype=np.uint16)  # each is below the size of its table
    return found


def _work_out(plan: Plan, levels: Sequence[Level], board: ManyBoard, tables: Tables) -> None:
    """Nodes in every way of answering their questions, as if each were a company; those of one shape together."""
    shapes: dict[tuple[int, ...], list[Level]] = {}
    for level in levels:
        shapes.setdefault(_sizes(level, board), []).append(level)
    for alike in shapes.values():
        together = side_by_side(alike)
        rows = _joined(plan, together, WaysBoard(board, together), is_whole=False)
        for level, of_node in zip(alike, rows, strict=True):
            tables[_key(level, board)] = table_of(of_node)


def _joined(plan: Plan, level: Level, board: Worked, *, is_whole: bool) -> Floats:
    """What the nodes of a level come to: (nodes, companies, 4); NaN = off.

    Where nobody is off, the weights are the same for all, and the sums are the same to the bit.
    """
    nodes, numbers = len(level.nodes), board.companies * WIDTH
    total = np.zeros((nodes, numbers))
    weight = np.zeros((nodes, 1 if is_whole else numbers))
    for step in level.steps:
        total[: len(step.parts)] += board.earned(step)
        weight[: len(step.parts)] += step.weights if is_whole else board.weight(step)
    if is_whole:
        total /= weight
    else:
        total = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)
    rows = total.reshape(nodes, board.companies, WIDTH)
    is_linear = True
    for node, of_node in zip(level.nodes, rows, strict=True):
        if node.combine not in LINEAR:
            is_linear = False
            weights = plan.weights[node.id]
            triples = [board.rows(plan.tree.slots[part])[:, :COVERAGE] for part in weights]
            of_node[:, :COVERAGE] = combine(node.combine, list(weights.values()), triples)
    if not (is_whole and is_linear):  # there the order of the three holds of itself
        rows[..., WORST] = np.fmin(rows[..., WORST], rows[..., SCORE])
        rows[..., BEST] = np.fmax(rows[..., BEST], rows[..., SCORE])
    return rows


def _withheld(
    plan: Plan, node: Node, rows: Floats, board: Board, below: Mapping[str, Withheld], columns: Columns
) -> Withheld:
    """The score as far as enough is answered for one."""
    weights = plan.weights[node.id]
    counted = rows[:, COVERAGE].copy()
    if any(part in below for part in weights):
        parts = [
            below[part].counted if part in below else board.rows(plan.tree.slots[part])[:, COVERAGE] for part in weights
        ]
        counted = weighted_mean(list(weights.values()), parts)
    reported = where_judged(node, rows[:, SCORE].copy(), columns)
    if node.min_coverage is None:
        return Withheld(reported, counted)
    reported = np.where(counted >= node.min_coverage - TOLERANCE, reported, np.nan)
    counted = np.where(np.isnan(rows[:, COVERAGE]), np.nan, np.where(np.isnan(reported), 0.0, 1.0))
    return Withheld(reported, counted)


def where_judged(node: Node, shares: Floats, columns: Columns) -> Floats:
    """Where there is something to go by: of answers always, of verdicts where an auditor gave one below."""
    if columns.judged is None:
        return shares
    verdicts = [columns.judged[question.id] for question in node.questions() if question.scored]
    return np.where(np.any(np.stack(verdicts), axis=0), shares, np.nan)

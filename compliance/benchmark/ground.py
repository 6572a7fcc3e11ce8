"""Scores as they might have been: the overall score of many companies under many draws of what is open to doubt.

Four things are drawn, each of which can be left as it stands (Handbook on Constructing Composite Indicators, OECD and
JRC 2008, step 7; Saisana, Saltelli and Tarantola 2005, *Uncertainty and sensitivity analysis techniques as tools for
the quality assessment of composite indicators*, J. R. Statist. Soc. A 168):

weights  Every part of every node weighs its weight times a number spread evenly over 0.75 to 1.25. One number for
         each part and draw, the same for all companies; what counts is the share among siblings, so they are brought
         back to 1 of themselves. Under `min` weights mean nothing.
blanks   What is blank, what a blank leaves open and, where evidence or verdicts count, what nothing bears out yet is
         worth something between its least and its most, evenly spread. One place on that way for each
         company and draw: were each blank drawn for itself, many would even out, and the more a company leaves blank
         the surer its score would look.
na       Every "not applicable" of a company stands, or every one is refused and earns the least of its question: a
         coin for each company and draw. One reader judges a company's reasons, and judges them alike.
mean     The whole is a mean of its parts, or their geometric mean: a coin for each draw. Only at the top, as the Human
         Development Index has it: further down, where a single question is often 0, it would leave nothing of most
         companies. A whole that is a sum or a least stays so.

What is asked, gated, covered and dropped for too little coverage stays as it is scored. Without holes a tree of means
is linear, and all draws of weights are one matrix product; elsewhere each node has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args

import numpy as np

from compliance.benchmark.chance import Streams, streams
from compliance.questionnaire.edition import Combine, Node, Question
from compliance.scoring.combine import LINEAR
from compliance.scoring.plan import Plan
from compliance.scoring.score import Scores
from compliance.scoring.types import BEST, SCORE, WORST, Codes, Flags, Floats

Move: TypeAlias = Literal["weights", "blanks", "na", "mean"]
MOVES: tuple[Move, ...] = get_args(Move)
#: How far a weight may be off, as a part of itself: a setting of ours, stated wherever its results are.
WEIGHT_NOISE = 0.25
#: Under which a coin changes the rule of the whole, and into what.
OTHER_RULE: Mapping[Combine, Combine] = {"mean": "geometric", "geometric": "mean"}


@dataclass(frozen=True, slots=True)
class Moves:
    """What is drawn; the rest stays as it is scored."""

    weights: bool = True
    blanks: bool = True
    na: bool = True
    mean: bool = True

    def names(self) -> tuple[Move, ...]:
        """Those that are on, in their order."""
        return tuple(move for move in MOVES if getattr(self, move))

    @classmethod
    def only(cls, *names: Move) -> "Moves":
        """These and no others."""
        return cls(**{field.name: field.name in names for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which draw of each kind makes up a draw; all the same, but where single kinds are exchanged."""

    weights: Codes
    blanks: Codes
    na: Codes
    mean: Codes

    @classmethod
    def same(cls, draws: Codes) -> "Numbers":
        """The n-th of everything is the n-th draw."""
        return cls(draws, draws, draws, draws)


@dataclass(frozen=True, slots=True)
class Ground:
    """What draws start from. A row a scored question, in file order; a column a company, whole ones first."""

    plan: Plan
    moves: Moves
    companies: Codes  # their positions in the scores, column by column
    whole: int  # so many of them, the first, are asked everything and have no N/A: nothing is ever off
    known: Floats  # what a question is worth at the least; 0 where it is off
    span: Floats | None  # how much more a blank may be worth; None: nothing is blank, or blanks stay
    on: Flags  # in the score as it stands
    na: Flags | None  # off by an N/A that may be refused
    refused: Floats | None  # what it is worth then; None: 0 for all
    dropped: Mapping[str, Flags]  # nodes that drop out for too little coverage
    rows: Mapping[str, int]  # of each question
    holes: Mapping[str, Flags]  # nodes of which some part may be off
    below: Mapping[str, slice]  # the rows of each node
    flat: frozenset[str]  # nodes that are linear all the way down
    parts: Mapping[str, slice]  # of each node, among all parts
    weights: Floats  # of all parts, node by node
    of_parts: Streams
    of_blanks: Streams
    of_na: Streams
    of_mean: Streams

    @property
    def swaps(self) -> bool:
        """Whether the rule of the whole is drawn."""
        return self.moves.mean and self.plan.edition.root.combine in OTHER_RULE


def ground_of(scores: Scores, seed: int, moves: Moves, who: Codes | None = None) -> Ground:
    """Sort what is known from what is open, for the companies that have a score (of those at `who`)."""
    plan, overall = scores.plan, scores.overall.score
    candidates = np.arange(len(overall)) if who is None else who
    companies = candidates[~np.isnan(overall[candidates])]
    triple = np.stack([scores.results[question].value[:, companies] for question in plan.worth])
    now, worst, best = triple[:, SCORE], triple[:, WORST], triple[:, BEST]
    is_na = np.isnan(now) & ~np.isnan(worst) & np.isnan(best)
    is_open = ~is_na & (best > worst) if moves.blanks else np.zeros(now.shape, bool)
    on = np.where(is_open, True, ~np.isnan(now))
    may_be_refused = is_na if moves.na else np.zeros(now.shape, bool)
    dropped = _dropped(scores, companies) if plan.edition.blank == "drop" else {}
    is_whole: Flags = on.all(axis=0) & ~np.logical_or.reduce([*dropped.values(), np.zeros(len(companies), bool)])
    order: Codes = np.argsort(~is_whole, kind="stable")
    known = np.where(is_open, worst, np.nan_to_num(now))[:, order]
    span = np.where(is_open, best - worst, 0.0)[:, order]
    refused = np.where(may_be_refused, np.nan_to_num(worst), 0.0)[:, order]
    names = [scores.columns.companies[company] for company in companies[order]]
    ends = np.cumsum([len(weights) for weights in plan.weights.values()]).tolist()
    rows = {question: row for row, question in enumerate(plan.worth)}
    dropped = {node: flags[order] for node, flags in dropped.items()}
    return Ground(
        plan=plan,
        moves=moves,
        companies=companies[order],
        whole=int(is_whole.sum()),
        known=np.ascontiguousarray(known),
        span=span if span.any() else None,
        on=on[:, order],
        na=may_be_refused[:, order] if may_be_refused.any() else None,
        refused=refused if refused.any() else None,
        dropped=dropped,
        rows=rows,
        holes=_holes(plan, rows, ~on[:, order], dropped),
        below=_rows_below(plan, rows),
        flat=_flat_nodes(plan),
        parts=dict(zip(plan.weights, map(slice, [0, *ends[:-1]], ends), strict=True)),
        weights=np.array([w for weights in plan.weights.values() for w in weights.values()], np.float64),
        of_parts=streams(seed, "weights", (part for weights in plan.weights.values() for part in weights)),
        of_blanks=streams(seed, "blanks", names),
        of_na=streams(seed, "na", names),
        of_mean=streams(seed, "mean", ("",)),
    )


def scored_parts(plan: Plan, node: Node) -> list[Node | Question]:
    """The parts of a node that can score, in file order."""
    return [part for part in node.parts if part.id in plan.weights[node.id]]


# ── Worked out once


def _dropped(scores: Scores, companies: Codes) -> Mapping[str, Flags]:
    """Where a node with a minimum coverage is off because it is below it."""
    return {
        node.id: np.isnan(scores.results[node.id].value[SCORE, companies])
        for node in scores.plan.edition.nodes.values()
        if node.min_coverage is not None and node.id in scores.results
    }


def _rows_below(plan: Plan, rows: Mapping[str, int]) -> Mapping[str, slice]:
    """The rows of each node's questions: they follow each other, as both are in file order."""
    found = {}
    for node in plan.edition.nodes.values():
        own = [rows[question.id] for question in node.questions() if question.id in rows]
        found[node.id] = slice(own[0], own[-1] + 1) if own else slice(0, 0)
    return found


def _flat_nodes(plan: Plan) -> frozenset[str]:
    nodes = plan.edition.nodes.values()
    return frozenset(node.id for node in nodes if all(below.combine in LINEAR for below in node.nodes()))


def _holes(plan: Plan, rows: Mapping[str, int], off: Flags, dropped: Mapping[str, Flags]) -> Mapping[str, Flags]:
    """Of each node, where a part may be off in some draw."""
    found: dict[str, Flags] = {}

    def may_be_off(part: Node | Question) -> Flags:
        if isinstance(part, Question):
            of_question: Flags = off[rows[part.id]]
            return of_question
        parts = [may_be_off(below) for below in scored_parts(plan, part)]
        found[part.id] = np.logical_or.reduce(parts)
        all_off: Flags = np.logical_and.reduce(parts)
        return all_off | dropped[part.id] if part.id in dropped else all_off

    may_be_off(plan.edition.root)
    return found

"""Uncertainty model: the four uncertainty factors of a score, and the random number streams they are drawn from.

Each factor can be switched off (Handbook on Constructing Composite Indicators, OECD and JRC 2008, step 7;
Saisana, Saltelli and Tarantola 2005, J. R. Statist. Soc. A 168):

weights  Every part of every node weighs its weight times a uniform number from 0.75 to 1.25: one for each part
         and draw, the same for all companies, normalised among siblings. Under `min` weights mean nothing.
blanks   What is blank, what a blank leaves open and, where evidence or verdicts count, what nothing supports yet
         scores something uniform between its worst and best case. One position for each company and draw: were
         each blank drawn for itself, many would even out, and the more a company leaves blank the surer its
         score would look.
na       Every "not applicable" of a company stands, or every one is refused and earns the least of its question:
         a coin for each company and draw. One reader judges a company's reasons, and judges them alike.
mean     The whole is a mean of its parts, or their geometric mean: a coin for each draw. Only at the top, as in
         the Human Development Index: further down, where a single question is often 0, it would leave nothing of
         most companies. A whole that is a sum or a least stays so.

What is asked, gated, covered and dropped for too little coverage stays as it is scored. Where nothing is missing,
a tree of means is linear and all draws of weights are one matrix product; elsewhere each node has its own.

A random number depends on seed, factor, name and draw alone, so a company draws the same in whatever group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.aggregation import ARITHMETIC, is_linear
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import BEST, SCORE, WORST, Codes, Flags, Floats
from compliance.scoring.score import Scores

#: Where the stream of each name begins.
RandomStreams: TypeAlias = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIXED = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST = np.uint64(31)
_DROPPED, _UNIT = np.uint64(11), 2.0**-53  # a float64 holds 53 bits


def random_streams(seed: int, purpose: str, names: Iterable[str]) -> RandomStreams:
    """A stream for each name."""
    begun = (blake2b(f"{seed}\x1f{purpose}\x1f{name}".encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "big") for digest in begun], np.uint64)


def uniform_numbers(of: RandomStreams, draws: Codes) -> Floats:
    """A row a draw, a column a stream: evenly spread over 0 up to, not including, 1. Draws count from 0."""
    mixed = of[np.newaxis, :] + ((draws.astype(np.uint64) + np.uint64(1)) * _STEP)[:, np.newaxis]
    for shift, factor in _MIXED:
        mixed ^= mixed >> shift
        mixed *= factor
    mixed ^= mixed >> _LAST
    return (mixed >> _DROPPED).astype(np.float64) * _UNIT


UncertaintyFactor: TypeAlias = Literal["weights", "blanks", "na", "mean"]
UNCERTAINTY_FACTORS: tuple[UncertaintyFactor, ...] = get_args(UncertaintyFactor)
#: How far a weight may be off, as a part of itself: a setting of ours, stated wherever its results are.
WEIGHT_NOISE = 0.25


@dataclass(frozen=True, slots=True)
class FactorSelection:
    """Selection of the factors that are drawn; the rest stays as it is scored."""

    weights: bool = True
    blanks: bool = True
    na: bool = True
    mean: bool = True

    def names(self) -> tuple[UncertaintyFactor, ...]:
        """The factors that are drawn, in their order."""
        return tuple(factor for factor in UNCERTAINTY_FACTORS if getattr(self, factor))

    @classmethod
    def only(cls, *names: UncertaintyFactor) -> "FactorSelection":
        """A selection of these factors and no others."""
        return cls(**{field.name: field.name in names for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class DrawNumbers:
    """The number of the draw that each factor takes; all the same, but where single factors are exchanged."""

    weights: Codes
    blanks: Codes
    na: Codes
    mean: Codes

    @classmethod
    def same(cls, draws: Codes) -> "DrawNumbers":
        """Draw numbers that are the same for every factor."""
        return cls(draws, draws, draws, draws)


@dataclass(frozen=True, slots=True)
class UncertaintyModel:
    """Starting point of all draws. A row a scored question, in file order; a column a company, complete ones first."""

    compiled: CompiledEdition
    factors: FactorSelection
    companies: Codes  # their positions in the scores, column by column
    complete: int  # so many of them, the first, are asked everything and have no N/A: nothing is ever off
    base: Floats  # the worst-case score of a question; 0 where it is missing
    blank_range: Floats | None  # best case less worst case of a blank; None: nothing is blank, or blanks stay
    present: Flags  # has a score, and counts, as things are
    na: Flags | None  # missing by an N/A that may be refused
    refused_score: Floats | None  # its score when refused; None: 0 for all
    below_coverage: Mapping[str, Flags]  # nodes that drop out for too little coverage
    rows: Mapping[str, int]  # of each question
    may_be_missing: Mapping[str, Flags]  # nodes of which some part may be missing
    node_rows: Mapping[str, slice]  # the rows of each node
    linear_nodes: frozenset[str]  # nodes that are linear all the way down
    part_columns: Mapping[str, slice]  # of each node, among all parts
    weights: Floats  # of all parts, node by node
    counts: Mapping[str, Floats]  # by node: 1 for each part that its score is divided by, else 0
    weight_streams: RandomStreams
    blank_streams: RandomStreams
    na_streams: RandomStreams
    rule_streams: RandomStreams

    @property
    def varies_rule(self) -> bool:
        """Return whether the rule of the whole is drawn."""
        return self.factors.mean and ARITHMETIC[self.compiled.edition.root.combine].alternative is not None


def uncertainty_model(
    scores: Scores, seed: int, factors: FactorSelection, who: Codes | None = None
) -> UncertaintyModel:
    """Separate known from open answers, for the companies that have a score (of those at `who`)."""
    compiled, overall = scores.compiled, scores.overall.score
    candidates = np.arange(len(overall)) if who is None else who
    companies = candidates[~np.isnan(overall[candidates])]
    triple = np.stack([scores.results[question].value[:, companies] for question in compiled.points_ranges])
    now, worst, best = triple[:, SCORE], triple[:, WORST], triple[:, BEST]
    is_na = np.isnan(now) & ~np.isnan(worst) & np.isnan(best)
    is_open = ~is_na & (best > worst) if factors.blanks else np.zeros(now.shape, bool)
    on = np.where(is_open, True, ~np.isnan(now))
    may_be_refused = is_na if factors.na else np.zeros(now.shape, bool)
    dropped = _below_coverage(scores, companies) if compiled.edition.blank == "drop" else {}
    is_whole: Flags = on.all(axis=0) & ~np.logical_or.reduce([*dropped.values(), np.zeros(len(companies), bool)])
    order: Codes = np.argsort(~is_whole, kind="stable")
    known = np.where(is_open, worst, np.nan_to_num(now))[:, order]
    span = np.where(is_open, best - worst, 0.0)[:, order]
    refused = np.where(may_be_refused, np.nan_to_num(worst), 0.0)[:, order]
    names = [scores.columns.companies[company] for company in companies[order]]
    ends = np.cumsum([len(weights) for weights in compiled.weights.values()]).tolist()
    rows = {question: row for row, question in enumerate(compiled.points_ranges)}
    dropped = {node: flags[order] for node, flags in dropped.items()}
    return UncertaintyModel(
        compiled=compiled,
        factors=factors,
        companies=companies[order],
        complete=int(is_whole.sum()),
        base=np.ascontiguousarray(known),
        blank_range=span if span.any() else None,
        present=on[:, order],
        na=may_be_refused[:, order] if may_be_refused.any() else None,
        refused_score=refused if refused.any() else None,
        below_coverage=dropped,
        rows=rows,
        may_be_missing=_may_be_missing(compiled, rows, ~on[:, order], dropped),
        node_rows=_rows_below(compiled, rows),
        linear_nodes=_linear_nodes(compiled),
        part_columns=dict(zip(compiled.weights, map(slice, [0, *ends[:-1]], ends), strict=True)),
        weights=np.array([w for weights in compiled.weights.values() for w in weights.values()], np.float64),
        counts={
            node: np.array([float(weight > 0) for weight in counted.values()])
            for node, counted in compiled.counted.items()
        },
        weight_streams=random_streams(
            seed, "weights", (part for weights in compiled.weights.values() for part in weights)
        ),
        blank_streams=random_streams(seed, "blanks", names),
        na_streams=random_streams(seed, "na", names),
        rule_streams=random_streams(seed, "mean", ("",)),
    )


def scored_parts(compiled: CompiledEdition, node: Node) -> list[Node | Question]:
    """The parts of a node that can score, in file order."""
    return [part for part in node.parts if part.id in compiled.weights[node.id]]


# ── Worked out once


def _below_coverage(scores: Scores, companies: Codes) -> Mapping[str, Flags]:
    """Flag the companies for which a node with a minimum coverage is off because it is below it."""
    return {
        node.id: np.isnan(scores.results[node.id].value[SCORE, companies])
        for node in scores.compiled.edition.nodes.values()
        if node.min_coverage is not None and node.id in scores.results
    }


def _rows_below(compiled: CompiledEdition, rows: Mapping[str, int]) -> Mapping[str, slice]:
    """The rows of each node's questions: they follow each other, as both are in file order."""
    found = {}
    for node in compiled.edition.nodes.values():
        own = [rows[question.id] for question in node.questions() if question.id in rows]
        found[node.id] = slice(own[0], own[-1] + 1) if own else slice(0, 0)
    return found


def _linear_nodes(compiled: CompiledEdition) -> frozenset[str]:
    nodes = compiled.edition.nodes.values()
    return frozenset(
        node.id for node in nodes if compiled.has_plain_weights(node) and all(map(is_linear, node.nodes()))
    )


def _may_be_missing(
    compiled: CompiledEdition, rows: Mapping[str, int], off: Flags, dropped: Mapping[str, Flags]
) -> Mapping[str, Flags]:
    """Flags, by node, of the companies for which a part may be missing in some draw."""
    found: dict[str, Flags] = {}

    def may_be_off(part: Node | Question) -> Flags:
        if isinstance(part, Question):
            of_question: Flags = off[rows[part.id]]
            return of_question
        parts = [may_be_off(below) for below in scored_parts(compiled, part)]
        found[part.id] = np.logical_or.reduce(parts)
        all_off: Flags = np.logical_and.reduce(parts)
        return all_off | dropped[part.id] if part.id in dropped else all_off

    may_be_off(compiled.edition.root)
    return found

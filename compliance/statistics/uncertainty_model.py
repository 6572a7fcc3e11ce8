"""Uncertainty model: the four uncertainty factors of a score, and the random number streams they are drawn from.

Each factor can be switched off (Handbook on Constructing Composite Indicators, OECD and JRC 2008, step 7;
Saisana, Saltelli and Tarantola 2005, J. R. Statist. Soc. A 168):

weights  The weight of every part of every node is multiplied by a uniform number from 0.75 to 1.25: one for each
         part and draw, the same for all companies, normalised among siblings. Under `min`, weights have no effect.
blanks   Blanks, questions that a blank leaves open and, if evidence or verdicts count, answers without support yet
         score a uniform value between their worst and best case, at one position for each company and draw. If
         each blank were drawn separately, many would even out, and more blanks would make a score look surer.
na       Either every "not applicable" of a company is accepted, or every one is refused and earns the least of its
         question: a coin toss for each company and draw. One reader judges a company's reasons, all in one way.
mean     The overall score is the mean of its parts, or their geometric mean: a coin toss for each draw. Only at the
         top, as in the Human Development Index: further down, where single questions are often 0, most companies
         would score nothing. An overall score that is a sum or a minimum stays one.

Which questions are asked, gates, coverage, and parts dropped for lack of coverage stay as scored. Where nothing is
missing, a tree of means is linear, and all draws of weights are one matrix product. Elsewhere each node has its own.

A random number depends only on seed, factor, name and draw, so a company has the same draws in any group.
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

#: The start of each name's random number stream.
RandomStreams: TypeAlias = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIXED = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST = np.uint64(31)
_DROPPED, _UNIT = np.uint64(11), 2.0**-53  # a float64 holds 53 bits


def random_streams(seed: int, purpose: str, names: Iterable[str]) -> RandomStreams:
    """Return a stream for each name."""
    begun = (blake2b(f"{seed}\x1f{purpose}\x1f{name}".encode(), digest_size=8).digest() for name in names)
    return np.array([int.from_bytes(digest, "big") for digest in begun], np.uint64)


def uniform_numbers(of: RandomStreams, draws: Codes) -> Floats:
    """Return uniform numbers in [0, 1): a row for each draw, a column for each stream. Draws count from 0."""
    mixed = of[np.newaxis, :] + ((draws.astype(np.uint64) + np.uint64(1)) * _STEP)[:, np.newaxis]
    for shift, factor in _MIXED:
        mixed ^= mixed >> shift
        mixed *= factor
    mixed ^= mixed >> _LAST
    return (mixed >> _DROPPED).astype(np.float64) * _UNIT


UncertaintyFactor: TypeAlias = Literal["weights", "blanks", "na", "mean"]
UNCERTAINTY_FACTORS: tuple[UncertaintyFactor, ...] = get_args(UncertaintyFactor)
#: The largest relative error of a weight: a setting of ours, stated wherever its results are.
WEIGHT_NOISE = 0.25


@dataclass(frozen=True, slots=True)
class FactorSelection:
    """The factors that are drawn. Everything else stays as scored."""

    weights: bool = True
    blanks: bool = True
    na: bool = True
    mean: bool = True

    def names(self) -> tuple[UncertaintyFactor, ...]:
        """Return the factors that are drawn, in order."""
        return tuple(factor for factor in UNCERTAINTY_FACTORS if getattr(self, factor))

    @classmethod
    def only(cls, *names: UncertaintyFactor) -> "FactorSelection":
        """Return a selection of only these factors."""
        return cls(**{field.name: field.name in names for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class DrawNumbers:
    """The number of the draw for each factor. They differ only where single factors are exchanged."""

    weights: Codes
    blanks: Codes
    na: Codes
    mean: Codes

    @classmethod
    def same(cls, draws: Codes) -> "DrawNumbers":
        """Return draw numbers that are the same for every factor."""
        return cls(draws, draws, draws, draws)


@dataclass(frozen=True, slots=True)
class UncertaintyModel:
    """The data behind all draws: a row for each scored question, a column for each company, complete ones first.

    Questions are in file order.
    """

    compiled: CompiledEdition
    factors: FactorSelection
    companies: Codes  # their positions in the scores, by column
    complete: int  # how many at the beginning are asked everything and have no N/A, so that nothing is ever off
    base: Floats  # scores of questions, in the worst case for blanks; 0 if missing
    blank_range: Floats | None  # best less worst case of a blank; None: no blanks, or not drawn
    present: Flags  # has a score that counts at present
    na: Flags | None  # missing because of an N/A that may be refused; None: none is
    refused_score: Floats | None  # its score if refused; None: 0 for all
    below_coverage: Mapping[str, Flags]  # by node: companies for which it is off for lack of coverage
    rows: Mapping[str, int]  # by question
    may_be_missing: Mapping[str, Flags]  # by node: companies for which a part may be missing
    node_rows: Mapping[str, slice]  # by node
    linear_nodes: frozenset[str]  # nodes that are linear, as are all nodes below
    part_columns: Mapping[str, slice]  # by node, among the parts of all nodes
    weights: Floats  # of the parts of all nodes
    counts: Mapping[str, Floats]  # by node: 1 for each part whose weight counts in the divisor, else 0
    weight_streams: RandomStreams
    blank_streams: RandomStreams
    na_streams: RandomStreams
    rule_streams: RandomStreams

    @property
    def varies_rule(self) -> bool:
        """True if the rule of the root is drawn."""
        return self.factors.mean and ARITHMETIC[self.compiled.edition.root.combine].alternative is not None


def uncertainty_model(
    scores: Scores, seed: int, factors: FactorSelection, who: Codes | None = None
) -> UncertaintyModel:
    """Return the model for companies that have a score (of those at `who`): known and open answers separated."""
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
    """Return the parts of a node that can have a score, in file order."""
    return [part for part in node.parts if part.id in compiled.weights[node.id]]


# ── Computed once


def _below_coverage(scores: Scores, companies: Codes) -> Mapping[str, Flags]:
    """Return flags, by node with a minimum coverage, of the companies for which it is off because of it."""
    return {
        node.id: np.isnan(scores.results[node.id].value[SCORE, companies])
        for node in scores.compiled.edition.nodes.values()
        if node.min_coverage is not None and node.id in scores.results
    }


def _rows_below(compiled: CompiledEdition, rows: Mapping[str, int]) -> Mapping[str, slice]:
    """Return the rows of each node's questions. They are contiguous, as both are in file order."""
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
    """Return flags, by node, of the companies for which a part may be missing in some draw."""
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

"""The score: from answers to questions to nodes to the whole, with its worst and best, for all companies at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Node, Question
from compliance.scoring.columns import Basis, Columns, columns_of
from compliance.scoring.combine import LINEAR, combine, weighted_mean
from compliance.scoring.plan import Plan
from compliance.scoring.questions import Tables, worth_of
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.routes import Routes, routes_of
from compliance.scoring.types import BEST, COVERAGE, SCORE, WORST, Floats, Triple

#: So many companies at a time stay in the cache of a processor.
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Result:
    """A node or question over all companies, in shares of full marks."""

    #: A row a company: score, worst and best as they enter the parent, NaN = off; coverage, NaN = not asked.
    rows: Floats
    score: Floats  # NaN = no score: off, or below the minimum coverage
    #: Coverage as a minimum above it sees it: 1 or 0 for a part that has its own minimum.
    counted: Floats
    is_whole: bool  # nobody is off or not asked: a shorter sum gives the same
    counts_otherwise: bool = False  # `counted` is not its coverage: it has a minimum, or a part has one

    @property
    def value(self) -> Triple:
        """Score, worst and best, as they enter the parent; NaN = off."""
        return self.rows.T[:COVERAGE]

    @property
    def coverage(self) -> Floats:
        """The share that is answered; NaN = not asked."""
        return self.rows[:, COVERAGE]

    @property
    def worst(self) -> Floats:
        """The least it can become; NaN = none."""
        return self.rows[:, WORST]

    @property
    def best(self) -> Floats:
        """The most it can become; NaN = none."""
        return self.rows[:, BEST]


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything computed from many sheets: a Result for each scored question and each node that holds one."""

    plan: Plan
    columns: Columns
    routes: Routes
    results: Mapping[str, Result]

    @property
    def overall(self) -> Result:
        """The whole tree."""
        return self.results[OVERALL]


def score(plan: Plan, sheets: Sequence[AnswerSheet], basis: Basis = "claimed") -> Scores:
    """Score many sheets of one edition on one basis; one sheet is a batch of one."""
    columns = columns_of(plan.edition, sheets, basis)
    return score_columns(plan, columns, routes_of(plan.edition, columns))


def score_blocks(
    plan: Plan, columns: Columns, companies: int = BLOCK, *, nodes_only: bool = False
) -> Iterator[tuple[slice, Scores]]:
    """Score many sheets a block at a time: which companies, and everything computed from theirs.

    Nothing is kept of a block that is done, so memory does not grow with the number of companies; with
    `nodes_only` nothing is kept of a question once its node is worked out.
    """
    tables: Tables = {}
    for start in range(0, len(columns.companies), companies):
        stop = min(start + companies, len(columns.companies))
        here = columns.part(start, stop)
        yield (
            slice(start, stop),
            score_columns(plan, here, routes_of(plan.edition, here), tables, nodes_only=nodes_only),
        )


def score_columns(
    plan: Plan, columns: Columns, routes: Routes, tables: Tables | None = None, *, nodes_only: bool = False
) -> Scores:
    """Score answers that are coded and routed already; `tables`: what is worked out of the same answers elsewhere."""
    results: dict[str, Result] = {}
    known: Tables = {} if tables is None else tables

    def question(part: Question) -> Result:
        rows, is_whole = worth_of(plan, part, columns, routes, known)
        result = Result(rows, rows[:, SCORE], rows[:, COVERAGE], is_whole)
        if not nodes_only:
            results[part.id] = result
        return result

    def node(part: Node) -> Result:
        below = [p for p in part.parts if p.id in plan.weights[part.id]]
        parts = [question(p) if isinstance(p, Question) else node(p) for p in below]
        results[part.id] = _node(plan, part, parts, columns)
        return results[part.id]

    if plan.weights[OVERALL]:
        node(plan.edition.root)
    else:  # nothing is scored: a draft whose answers nobody has given points yet
        nothing = np.full((len(columns.companies), COVERAGE + 1), np.nan)
        results[OVERALL] = Result(nothing, nothing[:, SCORE], nothing[:, COVERAGE], is_whole=False)
    return Scores(plan, columns, routes, results)


def _node(plan: Plan, node: Node, parts: Sequence[Result], columns: Columns) -> Result:
    weights = list(plan.weights[node.id].values())
    is_whole = all(part.is_whole for part in parts)
    rows = weighted_mean(weights, [part.rows for part in parts], is_whole=is_whole)
    if node.combine not in LINEAR:
        rows[:, :COVERAGE] = combine(node.combine, weights, [part.rows[:, :COVERAGE] for part in parts])
    if not (is_whole and node.combine in LINEAR):  # there the order of the three holds of itself
        rows[:, WORST] = np.fmin(rows[:, WORST], rows[:, SCORE])
        rows[:, BEST] = np.fmax(rows[:, BEST], rows[:, SCORE])
    counted, counts_otherwise = rows[:, COVERAGE], any(part.counts_otherwise for part in parts)
    if counts_otherwise:
        counted = weighted_mean(weights, [part.counted for part in parts])
    reported = _where_judged(node, rows[:, SCORE], columns)
    if node.min_coverage is None:
        return Result(rows, reported, counted, is_whole, counts_otherwise)
    reported = np.where(counted >= node.min_coverage - TOLERANCE, reported, np.nan)
    counted = np.where(np.isnan(rows[:, COVERAGE]), np.nan, np.where(np.isnan(reported), 0.0, 1.0))
    if plan.edition.blank == "drop":
        rows[:, SCORE] = reported
        is_whole = False
    return Result(rows, reported, counted, is_whole, counts_otherwise=True)


def _where_judged(node: Node, shares: Floats, columns: Columns) -> Floats:
    """Where there is something to go by: of answers always, of verdicts where an auditor gave one below."""
    if columns.judged is None:
        return shares
    verdicts = [columns.judged[question.id] for question in node.questions() if question.scored]
    return np.where(np.any(np.stack(verdicts), axis=0), shares, np.nan)

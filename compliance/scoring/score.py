"""The scoring engine: from answers to questions to nodes to the overall score, worst case and best case, for all
companies at once; and the overall band under its cap.

The few questions of one requirement have far fewer response patterns than there are companies. Such a requirement is
scored once per response pattern, by the same rules as for a company, and looked up.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, MinimumStandard, Node, Question
from compliance.questionnaire.routing import YES
from compliance.scoring.aggregation import aggregate, is_linear, weighted_mean
from compliance.scoring.answer_columns import BLANK
from compliance.scoring.bands import bands_of
from compliance.scoring.coded_answers import Basis, CodedAnswers, Routing, code_answers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import BEST, COVERAGE, SCORE, TOLERANCE, WORST, Codes, Flags, Floats, Triple
from compliance.scoring.question_outcomes import OutcomeCache, question_outcomes
from compliance.scoring.result_store import (
    DENSE_LIMIT,
    OUTCOME_WIDTH,
    DenseOutcomes,
    DenseStore,
    IndexedOutcomes,
    MemoisedStore,
    PartResults,
    ResponsePatternResults,
    ResultStore,
    TreeLevel,
    outcome_table,
    stack_levels,
)


@dataclass(frozen=True, slots=True)
class OverallBands:
    """Overall bands as positions in the edition's bands, lowest 0, or NO_BAND. Rows: score, worst, best."""

    by_points: Codes  # without caps
    capped: Codes
    failed: Mapping[str, Flags]  # by critical requirement or prerequisite: where it fails
    unmet: tuple[tuple[MinimumStandard, Flags], ...]  # every minimum standard of a part that scores: where it fails

    def of(self, company: int) -> "OverallBands":
        """Return the bands of one company."""
        here = slice(company, company + 1)
        failed = {part: fails[:, here] for part, fails in self.failed.items()}
        unmet = tuple([(standard, fails[:, here]) for standard, fails in self.unmet])
        return OverallBands(self.by_points[:, here], self.capped[:, here], failed, unmet)


class PartScores(NamedTuple):  # not a frozen dataclass, as many are made, and those take three times as long
    """The results of a node or question for all companies, in shares of full marks."""

    #: One row per company: score, worst and best as they enter the parent, NaN = off; coverage, NaN = not asked.
    rows: Floats
    score: Floats  # NaN = no score: off, or below the minimum coverage
    #: Coverage as used by a minimum coverage above: 1 or 0 for a part with a minimum of its own.
    counted_coverage: Floats

    @property
    def value(self) -> Triple:
        """Score, worst and best, as they enter the parent; NaN = off."""
        return self.rows.T[:COVERAGE]

    @property
    def reported(self) -> Triple:
        """A copy of score, worst and best, without a score where the minimum coverage is not reached."""
        triple = self.value.copy()
        triple[SCORE] = self.score
        return triple

    @property
    def coverage(self) -> Floats:
        """The coverage; NaN = not asked."""
        return self.rows[:, COVERAGE]

    @property
    def worst(self) -> Floats:
        """The worst case; NaN = none."""
        return self.rows[:, WORST]

    @property
    def best(self) -> Floats:
        """The best case; NaN = none."""
        return self.rows[:, BEST]


@dataclass(frozen=True, slots=True)
class Scores:
    """All results of many sheets: PartScores for each scored question and each node that contains one."""

    compiled: CompiledEdition
    columns: CodedAnswers
    routes: Routing
    results: Mapping[str, PartScores]
    store: ResultStore  # from which `results` are expanded

    def of(self, company: int) -> "Scores":
        """Return the scores of one of few companies, as if it had been scored alone."""
        assert isinstance(self.store, DenseStore), "many are expanded part by part"
        here = slice(company, company + 1)
        results = {
            part: PartScores(each.rows[here], each.score[here], each.counted_coverage[here])
            for part, each in self.results.items()
        }
        columns, routes = self.columns.of(company), self.routes.of(company)
        return Scores(self.compiled, columns, routes, results, self.store.of(company))

    @property
    def overall(self) -> PartScores:
        """The results of the whole tree."""
        return self.results[OVERALL]


def overall_bands(scores: Scores) -> OverallBands:
    """Return the overall bands, capped by the minimum standards that are not met."""
    edition = scores.compiled.edition
    by_points = bands_of(edition, scores.overall.reported)
    standards = [standard for standard in edition.minimum_standards if standard.part.id in scores.results]
    unmet = tuple((standard, _is_unmet(scores, standard.part, standard.share)) for standard in standards)
    capped = by_points.copy()
    for standard, fails in unmet:
        capped = np.where(fails, np.minimum(capped, standard.highest), capped)
    failed = {standard.part.id: fails for standard, fails in unmet if standard.band is None}
    return OverallBands(by_points, capped, failed, unmet)


def _is_unmet(scores: Scores, part: Node | Question, share: float) -> Flags:
    """Flag where a part is below a share. A blank part fails even where blanks drop out; n/a or not asked does not."""
    value: Triple = scores.results[part.id].value
    below: Flags = value < share - TOLERANCE
    has_blank = np.zeros(value.shape[1], bool)
    for question in part.questions() if isinstance(part, Node) else (part,):
        if question.scored:
            blank = scores.columns.answers[question.id].codes == BLANK
            has_blank |= blank & (scores.routes.asked[question.id] == YES)
    below[SCORE] |= np.isnan(value[SCORE]) & has_blank
    return below


#: The most response patterns of a tabulated node. It must also have no more patterns than there are companies.
MAX_TABULATED_PATTERNS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ReportedScore:
    """The score of a node that has a minimum coverage, or contains a part with one."""

    reported: Floats  # score; NaN = none
    counted_coverage: Floats  # coverage as used by a minimum coverage above


@dataclass(frozen=True, slots=True, eq=False)
class AggregatedTree:
    """The results of the whole tree."""

    store: ResultStore
    withheld: Mapping[str, ReportedScore]


def aggregate_tree(
    compiled: CompiledEdition, columns: CodedAnswers, routes: Routing, tables: OutcomeCache
) -> AggregatedTree:
    """Return the results of every question and node for some companies."""
    outcomes = question_outcomes(compiled, columns, routes, tables)
    is_dense = len(columns.companies) <= DENSE_LIMIT or not compiled.tree.levels
    store, levels = (
        _dense_store(compiled, columns, outcomes) if is_dense else _memoised_store(compiled, columns, outcomes, tables)
    )
    withheld: dict[str, ReportedScore] = {}
    for level in levels:
        is_complete = store.is_complete(level)
        rows = _aggregate_level(compiled, level, store, is_complete=is_complete)
        for node, of_node in zip(level.nodes, rows, strict=True):
            if node.id in compiled.tree.with_minimum_coverage:
                withheld[node.id] = _apply_minimum_coverage(compiled, node, of_node, store, withheld, columns)
                if node.min_coverage is not None and compiled.edition.blank == "drop":
                    of_node[:, SCORE] = withheld[node.id].reported
                    is_complete = False
        store.put(level, rows, is_complete=is_complete)
    return AggregatedTree(store, withheld)


def _dense_store(
    compiled: CompiledEdition, columns: CodedAnswers, outcomes: Sequence[IndexedOutcomes | DenseOutcomes]
) -> tuple[ResultStore, Sequence[TreeLevel]]:
    store = DenseStore(len(compiled.tree.slots), len(columns.companies))
    lookups = [part for part in outcomes if isinstance(part, IndexedOutcomes)]
    if lookups:
        starts = np.cumsum([0, *(len(part.table.rows) for part in lookups)])[:-1]
        rows = np.concatenate([part.table.rows for part in lookups])
        codes = np.stack([part.codes for part in lookups]) + starts[:, np.newaxis]
        slots = np.array([compiled.tree.slots[question.id] for question in compiled.tree.questions])
        store.fill(slots, rows.take(codes, axis=0))
    return store, compiled.tree.levels


def _memoised_store(
    compiled: CompiledEdition,
    columns: CodedAnswers,
    outcomes: Sequence[IndexedOutcomes | DenseOutcomes],
    tables: OutcomeCache,
) -> tuple[ResultStore, Sequence[TreeLevel]]:
    """Return a store with the questions and every tabulated node, and the levels left to aggregate."""
    store = MemoisedStore(len(compiled.tree.slots), len(columns.companies))
    for question, outcome in zip(compiled.tree.questions, outcomes, strict=True):
        store.parts[compiled.tree.slots[question.id]] = outcome
    tabulated = [level for level in compiled.tree.levels_by_node if _can_tabulate(compiled, level, store)]
    _tabulate_nodes(compiled, [level for level in tabulated if _cache_key(level, store) not in tables], store, tables)
    for level in tabulated:
        parts = [store.lookup(slot) for slot in level.parts]
        is_complete = level.has_weight and all(part.is_complete for part in parts)
        store.parts[level.slots[0]] = IndexedOutcomes(
            tables[_cache_key(level, store)], _pattern_index(parts), is_complete
        )
    return store, [level for level in compiled.tree.levels_by_node if store.parts[level.slots[0]] is None]


def _can_tabulate(compiled: CompiledEdition, level: TreeLevel, store: MemoisedStore) -> bool:
    """Tell whether a node has only questions, with no more response patterns than there are companies."""
    (node,) = level.nodes
    if node.id in compiled.tree.with_minimum_coverage or any(isinstance(part, Node) for part in node.parts):
        return False
    if any(isinstance(store.part(slot), DenseOutcomes) for slot in level.parts):  # numbers: as many as companies
        return False
    return math.prod(_outcome_counts(level, store)) <= min(MAX_TABULATED_PATTERNS, store.companies)


def _outcome_counts(level: TreeLevel, store: MemoisedStore) -> tuple[int, ...]:
    return tuple(len(store.lookup(slot).table.rows) for slot in level.parts)


def _cache_key(level: TreeLevel, store: MemoisedStore) -> tuple[object, ...]:
    return level.nodes[0].id, *(id(store.lookup(slot).table) for slot in level.parts)


def _pattern_index(parts: Sequence[IndexedOutcomes]) -> Codes:
    """Return the number of each company's response pattern over some questions."""
    index: Codes = np.zeros(1, np.uint16)
    for part in parts:
        index = index * np.uint16(len(part.table.rows))
        index = np.add(index, part.codes, casting="unsafe", dtype=np.uint16)  # codes are below their table's size
    return index


def _tabulate_nodes(
    compiled: CompiledEdition, levels: Sequence[TreeLevel], store: MemoisedStore, tables: OutcomeCache
) -> None:
    """Score nodes for all response patterns, as if each were a company, with all nodes of the same shape at once."""
    shapes: dict[tuple[int, ...], list[TreeLevel]] = {}
    for level in levels:
        shapes.setdefault(_outcome_counts(level, store), []).append(level)
    for same_shape in shapes.values():
        stacked = stack_levels(same_shape)
        rows = _aggregate_level(compiled, stacked, ResponsePatternResults(store, stacked), is_complete=False)
        for level, of_node in zip(same_shape, rows, strict=True):
            tables[_cache_key(level, store)] = outcome_table(of_node)


def _aggregate_level(compiled: CompiledEdition, level: TreeLevel, store: PartResults, *, is_complete: bool) -> Floats:
    """Return the results of the nodes of a level: (nodes, companies, 4); NaN = off.

    If no part is off, the weights are the same for all companies, with the same bits in the sums.
    """
    nodes, numbers = len(level.nodes), store.companies * OUTCOME_WIDTH
    total = np.zeros((nodes, numbers))
    weight = np.zeros((nodes, 1 if is_complete else numbers))
    for step in level.steps:
        total[: len(step.parts)] += store.earned(step)
        weight[: len(step.parts)] += step.counted if is_complete else store.counted(step)
    if is_complete:
        total /= weight
    else:
        total = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)
    rows = total.reshape(nodes, store.companies, OUTCOME_WIDTH)
    all_linear = True
    for node, of_node in zip(level.nodes, rows, strict=True):
        if not is_linear(node):
            all_linear = False
            weights, counted = compiled.weights[node.id], compiled.counted[node.id]
            triples = [store.rows(compiled.tree.slots[part])[:, :COVERAGE] for part in weights]
            of_node[:, :COVERAGE] = aggregate(node, list(weights.values()), triples, list(counted.values()))
    if not (is_complete and all_linear):  # in that case worst ≤ score ≤ best anyway
        rows[..., WORST] = np.fmin(rows[..., WORST], rows[..., SCORE])
        rows[..., BEST] = np.fmax(rows[..., BEST], rows[..., SCORE])
    return rows


def _apply_minimum_coverage(
    compiled: CompiledEdition,
    node: Node,
    rows: Floats,
    store: ResultStore,
    below: Mapping[str, ReportedScore],
    columns: CodedAnswers,
) -> ReportedScore:
    """Return the score of a node where its minimum coverage is reached, and its counted coverage."""
    weights = compiled.weights[node.id]
    counted = rows[:, COVERAGE].copy()
    if any(part in below for part in weights):
        parts = [
            below[part].counted_coverage if part in below else store.rows(compiled.tree.slots[part])[:, COVERAGE]
            for part in weights
        ]
        counted = weighted_mean(list(weights.values()), parts)
    reported = mask_without_verdicts(node, rows[:, SCORE].copy(), columns)
    if node.min_coverage is None:
        return ReportedScore(reported, counted)
    reported = np.where(counted >= node.min_coverage - TOLERANCE, reported, np.nan)
    counted = np.where(np.isnan(rows[:, COVERAGE]), np.nan, np.where(np.isnan(reported), 0.0, 1.0))
    return ReportedScore(reported, counted)


def mask_without_verdicts(node: Node, shares: Floats, columns: CodedAnswers) -> Floats:
    """Return scores; on the verified basis, only where an auditor gave a verdict below the node."""
    if columns.judged is None:
        return shares
    verdicts = [columns.judged[question.id] for question in node.questions() if question.scored]
    return np.where(np.any(np.stack(verdicts), axis=0), shares, np.nan)


#: The most companies in a block, so that their numbers stay in the processor's cache.
BLOCK_SIZE = 16384


class ScoresByPart(Mapping[str, PartScores]):
    """PartScores of each scored question and each node that contains one, expanded to all companies on access."""

    def __init__(
        self,
        compiled: CompiledEdition,
        columns: CodedAnswers,
        store: ResultStore,
        withheld: Mapping[str, ReportedScore],
    ) -> None:
        self._compiled, self._columns, self._store, self._withheld = compiled, columns, store, withheld
        self._spread: dict[str, PartScores] = {}  # only for few companies
        self._unjudged = columns.unjudged

    def __getitem__(self, part: str) -> PartScores:
        result = self._spread.get(part)
        if result is None:
            result = self._result(part)
            if len(self._columns.companies) <= DENSE_LIMIT:
                self._spread[part] = result
        return result

    def _result(self, part: str) -> PartScores:
        rows = self._store.rows(self._compiled.tree.slots[part])
        if self._unjudged is not None:
            rows = np.where(self._unjudged[:, np.newaxis], np.nan, rows)
        found = self._withheld.get(part)
        if found is not None:
            return PartScores(rows, found.reported, found.counted_coverage)
        node = self._compiled.edition.nodes.get(part)
        reported = rows[:, SCORE] if node is None else mask_without_verdicts(node, rows[:, SCORE], self._columns)
        return PartScores(rows, reported, rows[:, COVERAGE])

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled.tree.slots)

    def __len__(self) -> int:
        return len(self._compiled.tree.slots)


def score(compiled: CompiledEdition, sheets: Sequence[AnswerSheet], basis: Basis = "claimed") -> Scores:
    """Score sheets of one edition on one basis."""
    columns = code_answers(compiled.edition, sheets, basis)
    return score_columns(compiled, columns, route_answers(compiled.edition, columns))


def score_blocks(
    compiled: CompiledEdition, columns: CodedAnswers, companies: int = BLOCK_SIZE
) -> Iterator[tuple[slice, Scores]]:
    """Score many sheets in blocks, yielding the slice of companies and their scores.

    Blocks are not kept, so memory does not grow with the number of companies.
    """
    tables: OutcomeCache = {}
    number = len(columns.companies)
    blocks = -(-number // companies)  # all of about the same size
    for start, stop in pairwise(number * block // blocks for block in range(blocks + 1)) if blocks else ():
        here = columns.part(start, stop)
        yield slice(start, stop), score_columns(compiled, here, route_answers(compiled.edition, here), tables)


def score_columns(
    compiled: CompiledEdition, columns: CodedAnswers, routes: Routing, tables: OutcomeCache | None = None
) -> Scores:
    """Score answers that are coded and routed already. `tables`: the cache shared by blocks of the same answers."""
    tree = aggregate_tree(compiled, columns, routes, {} if tables is None else tables)
    return Scores(compiled, columns, routes, ScoresByPart(compiled, columns, tree.store, tree.withheld), tree.store)

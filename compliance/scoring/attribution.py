"""Attribution: each part's weight in the overall score, its loss, and scores by lens and provision.

The effective weight of a part is the product of its weight shares up to the root, over the parts that are on. The
effective weights of all questions that can earn points sum to exactly 1, and all losses to 1 − overall. A lens score is
the mean of its questions by effective weight, less deductions, and so is each cell of the integration reading.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from compliance.questionnaire.edition import (
    ASPECT_LENS,
    AUDIENCE_LENS,
    OVERALL,
    PREVENTION_LENS,
    Edition,
    Node,
    Question,
)
from compliance.scoring.aggregation import is_linear, loss_factors
from compliance.scoring.integration import PRACTICE, Integration, IntegrationCell, Integrations
from compliance.scoring.numeric import BEST, COVERAGE, SCORE, WORST, Floats, Triple
from compliance.scoring.result_store import (
    OUTCOME_WIDTH,
    DenseStore,
    IndexedOutcomes,
    MemoisedStore,
    PartResults,
    ResponsePatternResults,
    TreeLevel,
    stack_levels,
)
from compliance.scoring.score import Scores


def effective_weights(scores: Scores) -> dict[str, Floats]:
    """Return the effective weight of each question and node (rows: score, worst, best).

    It is the product of weight over sum of weights down its path, over the parts that are on. Over all questions that
    can earn points they sum to 1. For a question that only takes points away, it is the share that it can take.
    """
    return {part: rows.T[:COVERAGE] for part, rows in all_effective_weights(scores).items()}


@dataclass(frozen=True, slots=True, eq=False)
class AttributionFactors:
    """The share of each part in its node, (slots, companies): 0 where it is off, and 1 for the whole."""

    of_weight: Floats  # of the weights of the parts that are on
    of_loss: Floats  # the c in 1 - S = sum of c * (f - s); f is 1, or 0 for parts that only take points away


def attribution_factors(scores: Scores) -> AttributionFactors:
    """Return the share of every part in the weight and in the loss of the node above it."""
    slots = scores.compiled.tree.slots
    of_weight = np.ones((len(slots), len(scores.columns.companies)))
    for level in _root_first(scores):
        for step, factors in zip(level.steps, _weight_shares_by_column(level, scores.store), strict=True):
            of_weight[step.parts] = factors[:, SCORE::OUTCOME_WIDTH]
    of_loss = of_weight.copy()
    for level in _root_first(scores):
        for node in level.nodes:
            if not is_linear(node):
                of_loss[[slots[part] for part in scores.compiled.weights[node.id]]] = _node_loss_factors(scores, node)
    return AttributionFactors(of_weight, of_loss)


def losses(scores: Scores) -> dict[str, Floats]:
    """Return the share of full marks that each question and node loses. Over all questions they sum to 1 - overall."""
    return dict(zip(scores.compiled.tree.slots, losses_by_slot(scores, attribution_factors(scores)), strict=True))


def losses_by_slot(scores: Scores, factors: AttributionFactors) -> Floats:
    """Return losses from scores and their attribution factors: (slots, companies)."""
    shares, whole = scores.store.figure_by_slot(SCORE), scores.compiled.tree.slots[OVERALL]
    carried = factors.of_loss.copy()
    carried[whole] = np.where(np.isnan(shares[whole]), 0.0, 1.0)  # a whole without a score loses nothing
    for level in _root_first(scores):
        for step in level.steps:
            carried[step.parts] *= carried[level.slots[: len(step.parts)]]
    full = np.array([[0.0 if part in scores.compiled.only_deducting else 1.0] for part in scores.compiled.tree.slots])
    return np.where(carried > 0, carried * (full - shares), 0.0)


def effective_weight_reader(scores: Scores) -> "EffectiveWeightReader":
    """Return a reader of effective weights, which for many companies does not hold all of them."""
    return _MemoisedWeights(scores, scores.store) if isinstance(scores.store, MemoisedStore) else _DenseWeights(scores)


class EffectiveWeightReader(Protocol):
    """A reader of effective weights for score, worst, best and coverage."""

    def of(self, part: str) -> Floats:
        """Return the effective weights of a part: (companies, 4), or (1, 1) if no part is off for any company."""
        ...


class _DenseWeights:
    def __init__(self, scores: Scores) -> None:
        self._rows = all_effective_weights(scores)

    def of(self, part: str) -> Floats:
        return self._rows[part]


class _MemoisedWeights:
    """Effective weights computed on request. Below a tabulated node, they are computed by response pattern."""

    def __init__(self, scores: Scores, store: MemoisedStore) -> None:
        self._edition, self._store = scores.compiled.edition, store
        self._steps = {
            part: (level, number)
            for level in scores.compiled.tree.levels_by_node
            for number, part in enumerate(scores.compiled.weights[level.nodes[0].id])
        }
        self._cached: dict[str, Floats] = {OVERALL: np.ones((1, 1))}  # of nodes with nodes below
        self._last: tuple[str, Floats] = ("", np.ones((1, 1)))  # of the other node requested last
        self._totals: dict[str, Floats] = {}  # of nodes with nodes below: the sums of counted weights
        self._by_pattern = dict(_weight_shares_by_pattern(scores, store))

    def of(self, part: str) -> Floats:
        """Return the effective weights of a part, (companies, 4). Those of questions are not cached."""
        if part in self._cached:
            return self._cached[part]
        if part == self._last[0]:
            return self._last[1]
        level, number = self._steps[part]
        (node,) = level.nodes
        found = self.of(node.id) * self._factor(level, number)
        if part in self._edition.nodes:
            self._last = (part, found)
            if any(isinstance(below, Node) for below in self._edition.nodes[part].parts):
                self._cached[part] = found
        return found

    def _factor(self, level: TreeLevel, number: int) -> Floats:
        (node,) = level.nodes
        if self._store.is_complete(level):
            return _ratio(level.steps[number].weights, _counted_weight(level, self._store))
        if node.id in self._by_pattern:
            return self._store.lookup(level.slots[0]).expand(self._by_pattern[node.id][number])
        if node.id not in self._totals:
            self._totals[node.id] = _counted_weight(level, self._store)
        return _ratio(self._store.weight(level.steps[number]), self._totals[node.id]).reshape(-1, OUTCOME_WIDTH)


def _weight_shares_by_pattern(scores: Scores, store: MemoisedStore) -> Iterator[tuple[str, list[Floats]]]:
    """Yield each tabulated node with the weight shares of its parts, which have a row for each response pattern."""
    tabulated = [
        level
        for level in scores.compiled.tree.levels_by_node
        if isinstance(store.part(level.slots[0]), IndexedOutcomes) and not store.is_complete(level)
    ]
    shapes: dict[tuple[int, ...], list[TreeLevel]] = {}
    for level in tabulated:
        shapes.setdefault(tuple(len(store.lookup(slot).table.rows) for slot in level.parts), []).append(level)
    for same_shape in shapes.values():
        stacked = stack_levels(same_shape)
        factors = _weight_shares_by_column(stacked, ResponsePatternResults(store, stacked))
        for position, node in enumerate(stacked.nodes):
            yield node.id, [of_step[position].reshape(-1, OUTCOME_WIDTH) for of_step in factors]


def all_effective_weights(scores: Scores) -> dict[str, Floats]:
    """Return the effective weights of every part, by id: (companies, 4). For few companies they are cached."""
    if not isinstance(scores.store, DenseStore):
        return _worked_out_weights(scores)
    kept = scores.store.effective_weights
    if not kept:
        kept |= _worked_out_weights(scores)
    return kept


def _worked_out_weights(scores: Scores) -> dict[str, Floats]:
    weights: dict[str, Floats] = {OVERALL: np.ones((len(scores.columns.companies), OUTCOME_WIDTH))}
    for level in _root_first(scores):
        factors = [
            _broadcast_to_companies(of_step, scores) for of_step in _weight_shares_by_column(level, scores.store)
        ]
        for position, node in enumerate(level.nodes):
            for number, part in enumerate(scores.compiled.weights[node.id]):
                weights[part] = weights[node.id] * factors[number][position].reshape(-1, OUTCOME_WIDTH)
    return weights


def _root_first(scores: Scores) -> Iterator[TreeLevel]:
    """Return the levels of the tree from the root down."""
    tree = scores.compiled.tree
    return reversed(tree.levels if isinstance(scores.store, DenseStore) else tree.levels_by_node)


def _weight_shares_by_column(level: TreeLevel, store: PartResults) -> list[Floats]:
    """Return for each step the parts' weights over the counted weights of the node, or 0 where a part is off."""
    if store.is_complete(level):
        return [_ratio(step.weights, _counted_weight(level, store)[: len(step.parts)]) for step in level.steps]
    total = _counted_weight(level, store)
    return [_ratio(store.weight(step), total[: len(step.parts)]) for step in level.steps]


def _counted_weight(level: TreeLevel, store: PartResults) -> Floats:
    """Return the weight that scores of each node of a level are divided by, as one number if no part is off."""
    is_complete = store.is_complete(level)
    total = np.zeros((len(level.nodes), 1 if is_complete else store.companies * OUTCOME_WIDTH))
    for step in level.steps:
        total[: len(step.parts)] += step.counted if is_complete else store.counted(step)
    return total


def _ratio(weight: Floats, total: Floats) -> Floats:
    """Return weight over total, or 0 where the total is 0."""
    return np.divide(weight, total, out=np.zeros(np.broadcast_shapes(weight.shape, total.shape)), where=total > 0)


def _broadcast_to_companies(factors: Floats, scores: Scores) -> Floats:
    """Return factors with columns for every company, where they may have one number for all."""
    return np.broadcast_to(factors, (len(factors), len(scores.columns.companies) * OUTCOME_WIDTH))


def _node_loss_factors(scores: Scores, node: Node) -> list[Floats]:
    """Return the share of each part in the loss of a node with a rule that is not linear."""
    weights, slots = scores.compiled.weights[node.id], scores.compiled.tree.slots
    counted = list(scores.compiled.counted[node.id].values())
    shares = [scores.store.rows(slots[part])[:, SCORE] for part in weights]
    of_node = scores.store.rows(slots[node.id])[:, SCORE]
    return loss_factors(node, list(weights.values()), shares, of_node, counted)


@dataclass(frozen=True, slots=True)
class GroupScores:
    """The scores of a lens value or provision over all companies. NaN where none of its questions is on."""

    value: Triple  # score, worst, best
    coverage: Floats
    weight: Floats  # its share of the overall score, which depends on the parts that are on


def scores_by_lens(scores: Scores) -> dict[str, dict[str, GroupScores]]:
    """Return the scores of every value of every lens that the edition declares."""
    edition = scores.compiled.edition
    places = {(lens, value): None for lens, values in edition.lenses.items() for value in values}
    means = _RunningMeans(scores, list(places))
    means.accumulate({q.id: [at for at in q.lenses.items() if at in places] for q in edition.questions.values()})
    groups = means.groups()
    return {lens: {value: groups[lens, value] for value in values} for lens, values in edition.lenses.items()}


def scores_by_provision(scores: Scores) -> dict[str, GroupScores]:
    """Return the scores of every provision that a requirement is based on. A requirement may have several."""
    provisions: dict[str, None] = {}
    of_question: dict[str, list[str]] = {}
    for requirement in scores.compiled.edition.requirements:
        for provision in requirement.law:
            provisions[provision] = None
            for question in requirement.questions():
                of_question.setdefault(question.id, []).append(provision)
    means = _RunningMeans(scores, list(provisions))
    means.accumulate(of_question)
    return means.groups()


Key = TypeVar("Key", bound=Hashable)


class _RunningMeans(Generic[Key]):
    """Running weighted means of groups of questions: score, worst, best and coverage of each company."""

    def __init__(self, scores: Scores, keys: Sequence[Key]) -> None:
        self._scores = scores
        self._place = {key: place for place, key in enumerate(keys)}
        self._earned = np.zeros((len(keys), len(scores.columns.companies), OUTCOME_WIDTH))
        self._weight = np.zeros((len(keys), 1, 1))  # one number for all companies as long as it is the same

    def accumulate(self, groups_of: Mapping[str, Sequence[Key]]) -> None:
        """Add every scored question, in file order, to its groups."""
        scores, weights = self._scores, effective_weight_reader(self._scores)
        for question, groups in groups_of.items():
            if groups and question in scores.compiled.tree.slots:
                weight = weights.of(question)
                earned = scores.store.filled_rows(scores.compiled.tree.slots[question]) * weight
                deducts = question in scores.compiled.only_deducting  # it takes points from the others
                self._add(
                    [self._place[group] for group in groups], earned, np.zeros_like(weight) if deducts else weight
                )

    def _add(self, places: Sequence[int], earned: Floats, weight: Floats) -> None:
        if weight.shape != (1, 1) and self._weight.shape[1:] == (1, 1):
            self._weight = np.broadcast_to(self._weight, self._earned.shape).copy()
        for place in places:
            self._earned[place] += earned
            self._weight[place] += weight

    def groups(self) -> dict[Key, GroupScores]:
        """Return the means, with NaN where no question is on."""
        nothing = np.full_like(self._earned, np.nan)
        rows = np.divide(self._earned, self._weight, out=nothing, where=self._weight > 0)
        rows[..., WORST] = np.fmin(rows[..., WORST], rows[..., SCORE])
        rows[..., BEST] = np.fmax(rows[..., BEST], rows[..., SCORE])
        unjudged = self._scores.columns.unjudged
        if unjudged is not None:  # verified only: companies without any verdict
            rows[:, unjudged] = np.nan
            rows[rows[..., COVERAGE] == 0, SCORE] = np.nan  # without any verdict there is no score, rather than 0
        weight = np.broadcast_to(self._weight, rows.shape)[..., SCORE]
        return {
            key: GroupScores(rows[place].T[:COVERAGE], rows[place, :, COVERAGE], weight[place])
            for key, place in self._place.items()
        }


def integration_of(scores: Scores, company: int = 0) -> Integrations | None:
    """Return the integration of one company's measures, or None if the edition has no such reading."""
    edition = scores.compiled.edition
    cells = _practice_by_cell(edition)
    if not cells or not edition.joined:
        return None
    weights, values = effective_weights(scores), {}
    for cell, questions in cells.items():
        values[cell] = _cell_value(scores, weights, questions, company)
    joined = _joining_score(scores, company)
    withheld = bool(np.isnan(scores.overall.score[company]))

    def row(number: int) -> Integration | None:
        present = tuple(
            IntegrationCell(*cell, float(v[number])) for cell, v in values.items() if not np.isnan(v[number])
        )
        return Integration(present, None if np.isnan(joined[number]) else float(joined[number])) if present else None

    return Integrations(None if withheld else row(SCORE), row(WORST), row(BEST))


def _practice_by_cell(edition: Edition) -> dict[tuple[str, str], list[Question]]:
    """Return the questions on practice by level and audience, in the order of the lenses."""
    cells: dict[tuple[str, str], list[Question]] = {
        (level, audience): []
        for level in edition.lenses.get(PREVENTION_LENS, ())
        for audience in edition.lenses.get(AUDIENCE_LENS, ())
    }
    for question in edition.questions.values():
        place = question.lenses.get(PREVENTION_LENS, ""), question.lenses.get(AUDIENCE_LENS, "")
        if question.scored and question.lenses.get(ASPECT_LENS) == PRACTICE and place in cells:
            cells[place].append(question)
    return {place: questions for place, questions in cells.items() if questions}


def _cell_value(scores: Scores, weights: dict[str, Floats], questions: Sequence[Question], company: int) -> Floats:
    """Return score, worst and best of a cell: the mean of its questions by effective weight; NaN = off."""
    return _order_bounds(
        _mean_of_present(
            np.stack([weights[question.id][:, company] for question in questions]),
            np.stack([scores.results[question.id].value[:, company] for question in questions]),
        )
    )


def _joining_score(scores: Scores, company: int) -> Floats:
    """Return score, worst and best of the joining requirements: their mean by weight; NaN = none is on."""
    nodes = [scores.compiled.edition.nodes[i] for i in scores.compiled.edition.joined if i in scores.results]
    if not nodes:
        return np.full(3, np.nan)
    values = np.stack([scores.results[node.id].value[:, company] for node in nodes])
    return _order_bounds(_mean_of_present(np.stack([np.full(3, node.weight) for node in nodes]), values))


def _mean_of_present(weights: Floats, values: Floats) -> Floats:
    """Return the weighted mean over the parts that are on. Arrays have one row per part."""
    on = ~np.isnan(values) & (weights > 0)
    total = np.where(on, weights, 0.0).sum(axis=0)
    earned = np.where(on, weights * np.where(on, values, 0.0), 0.0).sum(axis=0)
    mean: Floats = np.divide(earned, total, out=np.full(3, np.nan), where=total > 0)
    return mean


def _order_bounds(triple: Floats) -> Floats:
    """Put worst not above the score and best not below it, as different parts may be on in them. Changes `triple`."""
    triple[WORST] = np.fmin(triple[WORST], triple[SCORE])
    triple[BEST] = np.fmax(triple[BEST], triple[SCORE])
    return triple

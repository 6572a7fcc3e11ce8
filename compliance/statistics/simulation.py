"""Monte Carlo simulation: the overall scores, and the ranks, of many companies in many draws.

`uncertainty_model` describes what is drawn and why. Scores are aggregated up the tree for some draws and companies at a
time, so that a block stays in the processor's cache.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.scoring.aggregation import ARITHMETIC, aggregate
from compliance.scoring.aggregation import is_linear as is_linear_node
from compliance.scoring.bands import ranks_of
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import TOLERANCE, Codes, Flags, Floats, rounded_all
from compliance.statistics.uncertainty_model import (
    WEIGHT_NOISE,
    DrawNumbers,
    UncertaintyModel,
    scored_parts,
    uniform_numbers,
)

#: Draws in a block. Blocks are larger for few companies.
DRAWS_PER_BLOCK = 64
_CELLS_PER_BLOCK = 2**17
#: Draws ranked at a time, few enough for the processor's cache.
_DRAWS_RANKED_AT_ONCE = 8

#: A function that passes blocks of draw numbers through, to report progress.
ProgressHook = Callable[[Iterable[Codes]], Iterable[Codes]]


def draw_blocks(draws: int, companies: int) -> list[Codes]:
    """Return the numbers of the draws, from 0, in blocks that stay small for this number of companies."""
    size = max(DRAWS_PER_BLOCK, _CELLS_PER_BLOCK // max(companies, 1))
    return [np.arange(start, min(start + size, draws), dtype=np.int64) for start in range(0, draws, size)]


def rank_rows(edition: Edition, shares: Floats) -> Codes:
    """Return the ranks in each row of shares, as by `ranks_of`. No share may be missing.

    Sorting integers is much faster than an argsort. So each key to sort is the share in steps of at most 1e-12, the
    best first, with the company in the lowest bits.
    """
    compared = ranked_values(edition, shares)
    companies = compared.shape[1]
    if companies == 0:
        return np.zeros(compared.shape, np.int64)
    bits = max(int(companies - 1).bit_length(), 1)
    step = max(float(np.abs(compared).max()), 1.0) / 2.0 ** (61 - bits)
    if step > TOLERANCE / 1000:
        return np.stack([ranks_of(edition, row) for row in shares])
    ranks = np.empty(compared.shape, rank_dtype(companies))
    company = np.arange(companies)
    for start in range(0, len(compared), _DRAWS_RANKED_AT_ONCE):
        here = slice(start, start + _DRAWS_RANKED_AT_ONCE)
        keys = (compared[here] * (-1.0 / step)).astype(np.int64)
        keys <<= bits
        keys |= company
        keys.sort(axis=1)
        _write_ranks(ranks[here], keys, bits, int(TOLERANCE / step))
    return ranks


def _write_ranks(ranks: Codes, keys: Codes, bits: int, level: int) -> None:
    """Write ranks from sorted keys. A company at most `level` steps from the one before shares its rank."""
    ties: Flags = (keys[:, 1:] - keys[:, :-1]) < (level + 1) << bits
    keys &= (1 << bits) - 1
    places = np.arange(1, keys.shape[1] + 1, dtype=ranks.dtype)
    for row, tied in enumerate(np.logical_or.reduce(ties, axis=1).tolist()):
        if not tied:
            ranks[row, keys[row]] = places
        else:
            starts = np.where(np.concatenate([[False], ties[row]]), 0, places)
            ranks[row, keys[row]] = np.maximum.accumulate(starts)


def ranked_values(edition: Edition, shares: Floats) -> Floats:
    """Return the values that are ranked: the shares, or their points at `rank_at` decimals, as shares."""
    if edition.rank_at is None:
        return shares
    return rounded_all(shares * edition.scale, edition.rank_at) / edition.scale


def rank_dtype(companies: int) -> type[np.unsignedinteger[Any]]:
    """Return the smallest unsigned integer type for ranks among this number of companies."""
    return np.uint16 if companies < 2**16 else np.uint32


#: Companies in a chunk, few enough to stay in the processor's cache with a block of draws.
_COMPANIES_PER_CHUNK = 2048


def simulate_scores(model: UncertaintyModel, numbers: DrawNumbers) -> Floats:
    """Return overall shares of full marks, never NaN: a row for each draw, a column for each company of the model."""
    drawn = _draw(model, numbers)
    chunks = _chunks(model)
    if len(chunks) == 1:
        here, whole = chunks[0]
        return _whole_tree(_Chunk(model, drawn, here, whole))
    result = np.empty((len(numbers.mean), len(model.companies)))
    for here, whole in chunks:
        result[:, here] = _whole_tree(_Chunk(model, drawn, here, whole))
    return result


def is_linear(model: UncertaintyModel) -> bool:
    """Tell whether every score is a sum of known shares with weights that vary by draw, and nothing else."""
    return _is_one_product(model) and model.blank_range is None


def linear_weights(model: UncertaintyModel, draws: Codes) -> Floats:
    """Return the weights of the questions in the overall score, a row for each draw.

    In a linear tree, scores are the product of these weights with `base`.
    """
    return _effective_weights(model.compiled, model.compiled.edition.root, _weights(model, draws))


def _is_one_product(model: UncertaintyModel) -> bool:
    return OVERALL in model.linear_nodes and model.complete == len(model.companies) and not model.varies_rule


def _chunks(model: UncertaintyModel) -> Sequence[tuple[slice, bool]]:
    if _is_one_product(model):
        return [(slice(0, model.complete), True)]  # one matrix product, which manages the cache itself
    ends = ((0, model.complete, True), (model.complete, len(model.companies), False))
    return [
        (slice(start, min(start + _COMPANIES_PER_CHUNK, stop)), whole)
        for first, stop, whole in ends
        for start in range(first, stop, _COMPANIES_PER_CHUNK)
    ]


# ── One block of draws


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The random numbers of some draws."""

    weights: Mapping[str, Floats]  # by node: a row for each draw, a column for each part
    effective: dict[str, Floats]  # by linear node, computed on demand: a column for each question below
    blanks: Floats | None  # a row for each draw, a column for each company
    refuses: Floats | None  # 1 if N/A is refused, 0 if it is accepted
    swapped: Flags  # draws in which the alternative rule aggregates the root


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some draws for some companies."""

    model: UncertaintyModel
    drawn: _Drawn
    here: slice
    whole: bool


def _draw(model: UncertaintyModel, numbers: DrawNumbers) -> _Drawn:
    swapped = np.zeros(len(numbers.mean), bool)
    if model.varies_rule:
        swapped = uniform_numbers(model.rule_streams, numbers.mean)[:, 0] < 0.5
    return _Drawn(
        weights=_weights(model, numbers.weights),
        effective={},
        blanks=None if model.blank_range is None else uniform_numbers(model.blank_streams, numbers.blanks),
        refuses=None if model.na is None else (uniform_numbers(model.na_streams, numbers.na) < 0.5).astype(np.float64),
        swapped=swapped,
    )


def _weights(model: UncertaintyModel, draws: Codes) -> Mapping[str, Floats]:
    """Return weights by node: a row for each draw, a column for each part."""
    if model.factors.weights:
        drawn = model.weights * (1.0 + WEIGHT_NOISE * (2.0 * uniform_numbers(model.weight_streams, draws) - 1.0))
    else:
        drawn = np.tile(model.weights, (len(draws), 1))
    return {node: drawn[:, parts] for node, parts in model.part_columns.items()}


def _effective_weights(compiled: CompiledEdition, node: Node, weights: Mapping[str, Floats]) -> Floats:
    """Return the weights of the questions below a node with nothing off, a row for each draw."""
    own = weights[node.id] / weights[node.id].sum(axis=1, keepdims=True)
    columns = [
        _effective_weights(compiled, part, weights) * own[:, [place]] if isinstance(part, Node) else own[:, [place]]
        for place, part in enumerate(scored_parts(compiled, node))
    ]
    return np.concatenate(columns, axis=1)


# ── Up the tree


def _whole_tree(chunk: _Chunk) -> Floats:
    """Return the overall scores, aggregated by the root's own rule or by the alternative."""
    root, drawn = chunk.model.compiled.edition.root, chunk.drawn
    if not drawn.swapped.any():
        return _node(chunk, root)
    parts, weights = _parts(chunk, root), drawn.weights[root.id]
    result = np.empty((len(weights), chunk.here.stop - chunk.here.start))
    for draws, rule in ((~drawn.swapped, root.combine), (drawn.swapped, ARITHMETIC[root.combine].alternative)):
        columns, counted = _weight_columns(chunk.model, root, weights[draws])
        result[draws] = aggregate(root, columns, [part[draws] for part in parts], counted, rule)
    return result


def _weight_columns(model: UncertaintyModel, node: Node, weights: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return each part's weights, and what they count in the divisor: (draws, 1), for scores (draws, companies)."""
    columns = [weights[:, [part]] for part in range(weights.shape[1])]
    return columns, [column * counts for column, counts in zip(columns, model.counts[node.id], strict=True)]


def _node(chunk: _Chunk, node: Node) -> Floats:
    """Return the scores of a node; NaN = missing."""
    if chunk.whole and node.id in chunk.model.linear_nodes:
        return _flat(chunk, node)
    weights = chunk.drawn.weights[node.id]
    result = _weighted_mean(chunk, node) if is_linear_node(node) else _aggregate(chunk, node, weights)
    if node.id in chunk.model.below_coverage:
        result[:, chunk.model.below_coverage[node.id][chunk.here]] = np.nan
    return result


def _aggregate(chunk: _Chunk, node: Node, weights: Floats) -> Floats:
    columns, counted = _weight_columns(chunk.model, node, weights)
    return aggregate(node, columns, _parts(chunk, node), counted)


def _flat(chunk: _Chunk, node: Node) -> Floats:
    """Return the scores of a linear node with nothing missing: one product over all questions below."""
    known = chunk.drawn.effective
    if node.id not in known:
        known[node.id] = _effective_weights(chunk.model.compiled, node, chunk.drawn.weights)
    return _sums(chunk, known[node.id], chunk.model.node_rows[node.id])


def _sums(chunk: _Chunk, weights: Floats, rows: slice | list[int]) -> Floats:
    """Return the weighted sums of the scores of some questions. A missing score adds nothing."""
    model, drawn, here = chunk.model, chunk.drawn, chunk.here
    total: Floats = weights @ model.base[rows, here]
    if model.blank_range is not None and drawn.blanks is not None:
        _add(total, drawn.blanks[:, here], weights, model.blank_range[rows, here])
    if model.refused_score is not None and drawn.refuses is not None and not chunk.whole:
        _add(total, drawn.refuses[:, here], weights, model.refused_score[rows, here])
    return total


def _add(total: Floats, factor: Floats, weights: Floats, scores: Floats) -> None:
    """Add a factor times weighted scores, for the companies that have such scores."""
    some = np.flatnonzero(scores.any(axis=0))
    if 2 * len(some) > scores.shape[1]:
        total += factor * (weights @ scores)
    elif len(some):
        total[:, some] += factor[:, some] * (weights @ scores[:, some])


def _weighted_mean(chunk: _Chunk, node: Node) -> Floats:
    """Return a weighted mean over the parts present, using one product for the questions among them.

    Where nothing can be missing, the divisor is known beforehand. Other companies are divided by the weight present in
    each draw.
    """
    model, weights = chunk.model, chunk.drawn.weights[node.id]
    counted = weights * model.counts[node.id]
    parts = scored_parts(model.compiled, node)
    own = [place for place, part in enumerate(parts) if isinstance(part, Question)]
    rows = [model.rows[parts[place].id] for place in own]
    holes = np.flatnonzero(model.may_be_missing[node.id][chunk.here])
    total = _sums(chunk, weights[:, own], rows)
    weight = _weight_on(chunk, counted[:, own], rows, holes)
    for place, part in enumerate(parts):
        if isinstance(part, Node):
            share, w = _node(chunk, part), weights[:, [place]]
            if len(holes):
                on = ~np.isnan(share[:, holes])
                weight += counted[:, [place]] * on
                share[:, holes] = np.where(on, share[:, holes], 0.0)
            share *= w
            total += share
    with_holes = np.divide(total[:, holes], weight, out=np.full_like(weight, np.nan), where=weight > 0)
    whole = counted.sum(axis=1, keepdims=True)
    result: Floats = np.divide(total, whole, out=np.full_like(total, np.nan), where=whole > 0)
    result[:, holes] = with_holes
    return result


def _weight_on(chunk: _Chunk, weights: Floats, rows: list[int], columns: Codes) -> Floats:
    """Return the weight of the questions present for some companies of the chunk, including refused N/A."""
    model, refuses = chunk.model, chunk.drawn.refuses
    weight: Floats = weights @ model.present[rows, chunk.here][:, columns].astype(np.float64)
    if model.na is not None and refuses is not None:
        na = model.na[rows, chunk.here][:, columns].astype(np.float64)
        _add(weight, refuses[:, chunk.here][:, columns], weights, na)
    return weight


def _parts(chunk: _Chunk, node: Node) -> list[Floats]:
    """Return the scores of each part; NaN = missing."""
    return [
        _node(chunk, part) if isinstance(part, Node) else _question(chunk, chunk.model.rows[part.id])
        for part in scored_parts(chunk.model.compiled, node)
    ]


def _question(chunk: _Chunk, row: int) -> Floats:
    ones = np.ones((len(chunk.drawn.swapped), 1))
    total = _sums(chunk, ones, [row])
    everybody = np.arange(total.shape[1])
    return np.where(_weight_on(chunk, ones, [row], everybody) > 0, total, np.nan)

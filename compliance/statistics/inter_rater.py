"""Inter-rater agreement: Krippendorff's alpha with a bootstrap interval, for two raters, question by question.

1 is full agreement, and 0 is what chance alone would give. Missing values are allowed. From Krippendorff, "Computing
Krippendorff's Alpha-Reliability" (2011): values of one unit are paired, and each pair weighs 1/(m - 1) if m raters
rated the unit. Disagreement within pairs is divided by the disagreement of all values with all others.

Answers worth points are *interval* (their distance is that of their points, the scale of the score); sets of ticks are
*nominal*. *ordinal* exists only for the published example. The comparison covers questions that both raters were asked
and answered; a blank is missing. Whether a question applies (*not applicable* or *answered*) is a nominal agreement of
its own. Gates are not compared: the questions above them decide whether they are open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias
from zlib import crc32

import numpy as np

from compliance.questionnaire.edition import OVERALL, Question
from compliance.questionnaire.routing import YES
from compliance.questionnaire.themes import themes_of
from compliance.scoring.answer_columns import FIRST_VALUE, NA, Column
from compliance.scoring.coded_answers import CodedAnswers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition, normalised_score
from compliance.scoring.numeric import TOLERANCE, Flags, Floats
from compliance.scoring.score import score_blocks
from compliance.statistics.thresholds import MIN_UNITS

Metric: TypeAlias = Literal["nominal", "ordinal", "interval"]

#: Number of bootstrap resamples of the units for an interval.
BOOTSTRAP_RESAMPLES = 1_000
#: The largest share of resamples without differing values with which there is an interval.
_MAX_UNDEFINED = 0.05
#: The most cells times draws held in memory at once.
_MAX_CELLS_AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Krippendorff's alpha of two readings of the same units, with its interval."""

    n: int  # units read by both
    alpha: float | None  # None: fewer than MIN_UNITS, or all values equal
    low: float | None  # 95 % interval; None: no alpha, or too few different values
    high: float | None


@dataclass(frozen=True, slots=True)
class _ValuePairs:
    """The distinct pairs of values of units, each with its weight."""

    first: Floats
    second: Floats
    weights: Floats


def krippendorff_alpha(readings: Floats, metric: Metric) -> float | None:
    """Return Krippendorff's alpha for any number of readers. `readings`: a row for each reader, NaN = not read.

    Return None if no unit is read twice or all values are equal, as there is nothing to agree on.
    """
    pairs = _value_pairs(readings)
    if metric == "ordinal":
        pairs = _as_ordinal(pairs)
    return _none_if_nan(_alphas(pairs, pairs.weights[np.newaxis], metric)[0])


def agreement_of_two(first: Floats, second: Floats, metric: Metric, seed: int | tuple[int, ...]) -> Agreement:
    """Return the agreement of two readings, unit by unit; NaN = not read. Raise ValueError for `ordinal`.

    The interval is the middle 95 % of BOOTSTRAP_RESAMPLES resamples of the units, extended to include alpha. A resample
    repeats units, so if hardly any two values are equal, chance agreement is more frequent in it. The interval depends
    neither on the order of the units nor on which reading comes first.
    """
    if metric == "ordinal":  # its distances would differ between resamples
        raise ValueError("agreement is nominal or interval")
    pairs = _value_pairs(np.stack([first, second]))
    n = int(pairs.weights.sum())
    if n < MIN_UNITS:
        return Agreement(n=n, alpha=None, low=None, high=None)
    found = _none_if_nan(_alphas(pairs, pairs.weights[np.newaxis], metric)[0])
    low, high = (None, None) if found is None else _bootstrap_interval(pairs, n, metric, seed)
    if found is None or low is None or high is None:
        return Agreement(n=n, alpha=found, low=None, high=None)
    return Agreement(n=n, alpha=found, low=min(low, found), high=max(high, found))


def _value_pairs(readings: Floats) -> _ValuePairs:
    """Return every unit's values in pairs, the lower one first, so that it does not matter who gave which."""
    read = (~np.isnan(readings)).sum(axis=0)
    rows = []
    for one, other in combinations(readings, 2):
        both = ~(np.isnan(one) | np.isnan(other))
        rows.append(np.stack([np.fmin(one, other)[both], np.fmax(one, other)[both], read[both]], axis=1))
    cells, counts = np.unique(np.concatenate(rows), axis=0, return_counts=True)
    return _ValuePairs(cells[:, 0], cells[:, 1], counts / (cells[:, 2] - 1.0))


def _alphas(pairs: _ValuePairs, weights: Floats, metric: Metric) -> Floats:
    """Return alpha for each row of weights of the pairs, NaN if all values are equal.

    With n values, n_c of which are c: 1 - (n - 1) · Σ pairs 2wδ² / Σ over c and k of n_c n_k δ². The last sum is n² - Σ
    n_c² if δ² is 1 for any difference, and 2n · Σ n_c (c - mean)² if it is the squared difference.
    """
    n = 2.0 * weights.sum(axis=1)
    if metric == "nominal":
        observed = 2.0 * weights @ (pairs.first != pairs.second).astype(float)
        _values, codes = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
        margins = _margins(codes.reshape(2, -1), weights)
        expected = n**2 - (margins**2).sum(axis=1)
    else:
        centre = (pairs.weights @ (pairs.first + pairs.second)) / (2.0 * pairs.weights.sum() or 1.0)
        one, other = pairs.first - centre, pairs.second - centre
        observed = 2.0 * weights @ (one - other) ** 2
        expected = 2.0 * (n * (weights @ (one**2 + other**2)) - (weights @ (one + other)) ** 2)
    alike = expected <= (TOLERANCE * np.maximum(n, 1.0) * _magnitude(pairs, metric)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(alike, np.nan, 1.0 - (n - 1.0) * observed / expected)
    return found


def _margins(codes: np.ndarray[tuple[int, ...], np.dtype[np.intp]], weights: Floats) -> Floats:
    """Count how often each value was given, for each row of weights."""
    first, second = codes
    holds = np.zeros((weights.shape[1], int(codes.max(initial=-1)) + 1))
    cells = np.arange(weights.shape[1])
    np.add.at(holds, (cells, first), 1.0)
    np.add.at(holds, (cells, second), 1.0)
    found: Floats = weights @ holds
    return found


def _magnitude(pairs: _ValuePairs, metric: Metric) -> float:
    """Return the size of the values. Differences below a billionth of it count as none."""
    if metric == "nominal":
        return 1.0
    return float(max(np.abs(pairs.first).max(initial=0.0), np.abs(pairs.second).max(initial=0.0)))


def _as_ordinal(pairs: _ValuePairs) -> _ValuePairs:
    """Return ordinal values: each is the middle of the ranks it occupies, so distances count values between."""
    values, codes = np.unique(np.stack([pairs.first, pairs.second]), return_inverse=True)
    counts = _margins(codes.reshape(2, -1), pairs.weights[np.newaxis])[0]
    middles = np.cumsum(counts) - counts / 2.0
    first, second = middles[codes.reshape(2, -1)] if len(values) else (pairs.first, pairs.second)
    return _ValuePairs(first, second, pairs.weights)


def _bootstrap_interval(
    pairs: _ValuePairs, n: int, metric: Metric, seed: int | tuple[int, ...]
) -> tuple[float | None, float | None]:
    chance = np.random.default_rng(seed)
    share, step = pairs.weights / n, max(1, _MAX_CELLS_AT_ONCE // len(pairs.weights))
    found = np.concatenate(
        [
            _alphas(
                pairs, chance.multinomial(n, share, size=min(step, BOOTSTRAP_RESAMPLES - done)).astype(float), metric
            )
            for done in range(0, BOOTSTRAP_RESAMPLES, step)
        ]
    )
    defined = found[~np.isnan(found)]
    if len(defined) < (1.0 - _MAX_UNDEFINED) * BOOTSTRAP_RESAMPLES:
        return None, None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def _none_if_nan(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    """Agreement of two readings on one question."""

    answers: Agreement  # over companies for which both readings have an answer
    exact_agreement: float | None  # share of these with identical answers; None: no such company
    applicability: Agreement  # whether it applies, over companies with no blank in either
    applicability_disagreements: int  # companies with not applicable in one reading and an answer in the other


@dataclass(frozen=True, slots=True)
class RaterComparison:
    """The comparison of two readings of the companies that both include."""

    companies: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    questions: Mapping[str, QuestionAgreement]  # every scored question
    scores: Mapping[str, Agreement]  # of the overall score and of each theme, interval


def compare_raters(compiled: CompiledEdition, first: CodedAnswers, second: CodedAnswers, seed: int) -> RaterComparison:
    """Return the comparison of two readings, matching companies by name."""
    positions = {name: position for position, name in enumerate(second.companies)}
    common = [position for position, name in enumerate(first.companies) if name in positions]
    one = first.repeated(np.array(common, np.int64))
    other = second.repeated(np.array([positions[name] for name in one.companies], np.int64))
    in_both = set(one.companies)
    return RaterComparison(
        len(one.companies),
        tuple(name for name in first.companies if name not in in_both),
        tuple(name for name in second.companies if name not in in_both),
        _question_agreements(compiled, one, other, seed),
        _score_agreements(compiled, one, other, seed),
    )


def _question_agreements(
    compiled: CompiledEdition, one: CodedAnswers, other: CodedAnswers, seed: int
) -> Mapping[str, QuestionAgreement]:
    asked_one, asked_other = (route_answers(compiled.edition, columns).asked for columns in (one, other))
    return {
        q: _question_agreement(
            compiled.edition.questions[q],
            (one.answers[q], other.answers[q]),
            (asked_one[q] == YES) & (asked_other[q] == YES),
            seed,
        )
        for q in compiled.points_ranges
    }


def _question_agreement(
    question: Question, columns: tuple[Column, Column], asked: Flags, seed: int
) -> QuestionAgreement:
    first, second = columns[0].codes[asked], columns[1].codes[asked]
    neither_blank = (first >= NA) & (second >= NA)
    first, second = first[neither_blank], second[neither_blank]
    both = (first >= FIRST_VALUE) & (second >= FIRST_VALUE)
    kinds = _shared_codes(columns)
    one, other = kinds[0][first[both]], kinds[1][second[both]]
    values = one, other
    if question.kind != "many":
        values = (
            _normalised_scores(question, columns[0])[first[both]],
            _normalised_scores(question, columns[1])[second[both]],
        )
    seeded = (seed, crc32(question.id.encode()))
    return QuestionAgreement(
        agreement_of_two(*values, "nominal" if question.kind == "many" else "interval", seeded),
        float(np.mean(one == other)) if len(one) else None,
        agreement_of_two((first == NA).astype(float), (second == NA).astype(float), "nominal", seeded),
        int(np.sum((first == NA) != (second == NA))),
    )


def _normalised_scores(question: Question, column: Column) -> Floats:
    """Return the normalised score of each code of a column."""
    return np.array([np.nan, np.nan, *(normalised_score(question, value) for value in column.values)])


def _shared_codes(columns: tuple[Column, Column]) -> tuple[Floats, Floats]:
    """Return, for each code of two columns, a number that is equal for equal answers, independent of their order."""
    known = sorted({*columns[0].values, *columns[1].values}, key=str)
    numbers = {value: float(number) for number, value in enumerate(known)}
    one, other = (np.array([np.nan, np.nan, *(numbers[v] for v in column.values)]) for column in columns)
    return one, other


def _score_agreements(
    compiled: CompiledEdition, one: CodedAnswers, other: CodedAnswers, seed: int
) -> Mapping[str, Agreement]:
    nodes = list(dict.fromkeys((OVERALL, *themes_of(compiled.edition))))
    found = [_node_scores(compiled, columns, nodes) for columns in (one, other)]
    return {
        node: agreement_of_two(found[0][node], found[1][node], "interval", (seed, crc32(node.encode())))
        for node in nodes
    }


def _node_scores(compiled: CompiledEdition, columns: CodedAnswers, nodes: list[str]) -> Mapping[str, Floats]:
    by_node = {node: np.full(len(columns.companies), np.nan) for node in nodes}
    for here, scores in score_blocks(compiled, columns):
        for node in nodes:
            by_node[node][here] = scores.results[node].score
    return by_node

"""Rankings with Monte Carlo rank intervals and tie groups.

A rank interval is the 5th to the 95th percentile of a company's rank over the draws (Saisana, Saltelli and Tarantola
2005; Handbook on Constructing Composite Indicators, OECD and JRC 2008, step 7). A percentile is the smallest rank that
at least that share of the draws does not exceed. `uncertainty_model` describes what is drawn.

Companies are listed by score. A tie group begins with a company and continues until one comes that the first of the
group beats in at least 90 of 100 draws. Companies are compared with the first of the group and not with their
neighbour, since neighbours are hardly ever settled and all would end in one group. So no company in a group can be told
from the first. The last of a group and the first of the next may still be unsettled, which their intervals show.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from compliance.scoring.bands import ranks_of
from compliance.scoring.numeric import TOLERANCE, Codes, Flags, Floats
from compliance.scoring.score import Scores
from compliance.statistics.simulation import (
    ProgressHook,
    draw_blocks,
    is_linear,
    linear_weights,
    rank_dtype,
    rank_rows,
    ranked_values,
    simulate_scores,
)
from compliance.statistics.uncertainty_model import DrawNumbers, FactorSelection, UncertaintyModel, uncertainty_model

#: The percentiles of a rank interval: the middle 90 of 100 draws.
LOWEST, HIGHEST = 0.05, 0.95
#: The fewest draws. With fewer, 90 of 100 is too coarse.
FEWEST_DRAWS = 100
#: The share of draws in which an order must hold to be settled.
SETTLED_SHARE = 0.9

#: Companies compared with one at a time, few enough for the processor's cache and for counts in one byte.
_COMPANIES_AT_ONCE = 255
#: The most ranks held in memory at once: two bytes each, four from 65,536 companies.
MAX_RANKS = 400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """Settings of a simulation: number of draws, seed, and the factors that are drawn."""

    draws: int
    seed: int
    factors: FactorSelection = field(default_factory=FactorSelection)

    def blocks(self, companies: int) -> list[Codes]:
        """Return the numbers of the draws, in blocks."""
        return draw_blocks(self.draws, companies)


@dataclass(frozen=True, slots=True)
class RankInterval:
    """The lowest and highest rank of a company in the middle 90 of 100 draws."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCompany:
    """One company in a ranking."""

    company: str
    position: int  # its position in the scores
    rank: int  # its rank as scored, never shown alone
    interval: RankInterval
    tie_group: int  # number of its tie group, from 1
    stays_ahead: float | None  # share of draws in which it ranks strictly before the next; None: it is the last


@dataclass(frozen=True, slots=True)
class Ranking:
    """Companies in the order of their scores, with the uncertainty of that order."""

    companies: tuple[RankedCompany, ...]
    without_score: tuple[str, ...]  # companies without a rank
    settings: SimulationSettings


def rankings(
    scores: Scores, groups: Sequence[Codes], settings: SimulationSettings, watch: ProgressHook = lambda blocks: blocks
) -> tuple[Ranking, ...]:
    """Return a ranking of each group of companies, given by their positions. Groups may overlap.

    A company has the same draws in every group. Raise ValueError if more than MAX_RANKS ranks are needed at once.
    """
    who = np.unique(np.concatenate([np.asarray(group, np.int64) for group in groups])) if groups else np.arange(0)
    model = uncertainty_model(scores, settings.seed, settings.factors, who)
    column = {int(position): place for place, position in enumerate(model.companies)}
    ranked = [np.array([column[int(p)] for p in group if int(p) in column], np.int64) for group in groups]
    if sum(map(len, ranked)) * settings.draws > MAX_RANKS:
        raise ValueError(f"{settings.draws} draws of {sum(map(len, ranked))} ranks are more than {MAX_RANKS}")
    kept = [np.empty((len(columns), settings.draws), rank_dtype(len(columns))) for columns in ranked]
    for block in watch(settings.blocks(len(model.companies))):
        shares = simulate_scores(model, DrawNumbers.same(block))
        for columns, ranks in zip(ranked, kept, strict=True):
            ranks[:, block[0] : block[-1] + 1] = rank_rows(scores.compiled.edition, shares[:, columns]).T
    return tuple(
        _ranking(scores, group, model.companies[columns], ranks, settings)
        for group, columns, ranks in zip(groups, ranked, kept, strict=True)
    )


def rank_interval_of_one(
    scores: Scores, who: Codes, company: int, settings: SimulationSettings, watch: ProgressHook = lambda blocks: blocks
) -> RankInterval | None:
    """Return the rank interval of the company at one position among those at `who`, or None if it has no score.

    It equals the interval from ranking all, without ranking the others.
    """
    model = uncertainty_model(scores, settings.seed, settings.factors, who)
    if company not in model.companies:
        return None
    own = int(np.flatnonzero(model.companies == company)[0])
    return _rank_intervals(
        simulated_ranks_of_one(model, own, watch(settings.blocks(len(model.companies))))[np.newaxis, :]
    )[0]


def simulated_ranks_of_one(model: UncertaintyModel, own: int, draws: Iterable[Codes]) -> Codes:
    """Return the rank of the company in column `own` of the model, in each draw of some blocks.

    If the overall score is linear, single precision is enough for nearly all comparisons. Only companies too close to
    tell apart are computed in double precision.
    """
    edition = model.compiled.edition
    if edition.rank_at is None and is_linear(model):
        return _ranks_in_single_precision(model.base, own, linear_weights(model, np.concatenate(list(draws))))
    compared = (ranked_values(edition, simulate_scores(model, DrawNumbers.same(block))) for block in draws)
    return np.array([_rank_among(row, row[own]) for block in compared for row in block], np.int64)


def _ranks_in_single_precision(known: Floats, own: int, weights: Floats) -> Codes:
    """Return the rank of company `own` in each draw. `known`: a row for each part, a column for each company.

    `weights`: a row for each draw, with the sum 1.
    """
    halved = np.ascontiguousarray(weights.T, np.float32)
    room = np.empty((_COMPANIES_AT_ONCE, len(weights)), np.float32)
    sure, open_with, shares = np.ones(len(weights), np.int64), [], []
    for start in range(0, known.shape[1], _COMPANIES_AT_ONCE):
        apart = np.ascontiguousarray((known[:, start : start + _COMPANIES_AT_ONCE] - known[:, [own]]).T, np.float32)
        # The largest error of a sum of this many rounded products, which exceeds the tolerance of ties.
        doubt = (len(known) + 3) * 2.0**-24 * max(1.0, float(np.abs(apart).max()))
        ahead = np.matmul(apart, halved, out=room[: len(apart)])
        better = ahead > doubt
        sure += np.add.reduce(better.view(np.uint8), axis=0, dtype=np.uint8)
        columns, draws = np.divmod(np.flatnonzero(better ^ (ahead >= -doubt)), len(weights))  # too close to be certain
        draws, columns = draws[columns + start != own], columns[columns + start != own] + start
        open_with.append(draws)
        shares.append(np.einsum("pq,qp->p", weights[draws], known[:, columns]))
    return sure + _better_in_double_precision(
        np.concatenate(open_with), np.concatenate(shares), weights @ known[:, own]
    )


def _better_in_double_precision(draws: Codes, shares: Floats, share: Floats) -> Codes:
    """Return, for each draw, how many companies are better than one with `share`, given some others by draw."""
    lead = shares - share[draws]
    better: Codes = np.bincount(draws[lead > TOLERANCE], minlength=len(share))
    for draw in np.unique(draws[np.abs(lead) <= TOLERANCE]):  # a company that ties with it may tie with others
        better[draw] = _rank_among(shares[draws == draw], share[draw]) - 1
    return better


def _rank_among(shares: Floats, share: float) -> int:
    """Return 1 plus the number of better shares. Neighbours within the tolerance tie, and so do chains of them."""
    better = np.sort(shares[shares > share])
    level = share
    for place, other in enumerate(better):
        if other - level > TOLERANCE:
            return len(better) - place + 1
        level = other
    return 1


# ── From ranks to a table


def _ranking(scores: Scores, group: Codes, positions: Codes, ranks: Codes, settings: SimulationSettings) -> Ranking:
    names = scores.columns.companies
    scored = ranks_of(scores.compiled.edition, scores.overall.score[positions])
    order = sorted(range(len(positions)), key=lambda row: (scored[row], names[positions[row]]))
    ties, keeps = tie_groups(ranks[order]) if order else ([], [])
    ranges = _rank_intervals(ranks[order]) if order else []
    has_rank = set(positions.tolist())
    return Ranking(
        companies=tuple(
            RankedCompany(
                company=names[positions[row]],
                position=int(positions[row]),
                rank=int(scored[row]),
                interval=ranges[i],
                tie_group=ties[i],
                stays_ahead=keeps[i],
            )
            for i, row in enumerate(order)
        ),
        without_score=tuple(sorted(names[int(p)] for p in group if int(p) not in has_rank)),
        settings=settings,
    )


def _rank_intervals(ranks: Codes) -> list[RankInterval]:
    """Return the rank interval for each row of ranks over draws."""
    draws = ranks.shape[1]
    low, high = (max(_least_count(part, draws), 1) - 1 for part in (LOWEST, HIGHEST))
    sorted_to = np.partition(ranks, (low, high), axis=1)
    return [RankInterval(int(first), int(last)) for first, last in sorted_to[:, (low, high)]]


def tie_groups(ranks: Codes) -> tuple[list[int], list[float | None]]:
    """Return tie groups, and shares of draws, of companies in the order of their scores. `ranks`: a row for each.

    The share is that of the draws in which a company ranks strictly before the next, or None for the last.
    """
    draws = ranks.shape[1]
    needed = _least_count(SETTLED_SHARE, draws)
    groups, head = [1], 0
    for row in range(1, len(ranks)):
        if _draws_ahead(ranks, head, row) >= needed:
            head = row
        groups.append(groups[-1] + (head == row))
    keeps: list[float | None] = [_draws_ahead(ranks, row, row + 1) / draws for row in range(len(ranks) - 1)]
    return groups, [*keeps, None]


def _draws_ahead(ranks: Codes, one: int, other: int) -> int:
    earlier: Flags = ranks[one] < ranks[other]
    return int(np.count_nonzero(earlier))


def _least_count(part: float, draws: int) -> int:
    """Return the least number of draws that is at least this share of them."""
    return int(np.ceil(part * draws - TOLERANCE))

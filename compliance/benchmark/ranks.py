"""How sure a rank is: the places that a company takes over many draws, and the groups within which order is open.

A rank interval is the 5th to the 95th percentile of a company's rank over the draws, as composite indices are audited
(Saisana, Saltelli and Tarantola 2005; Handbook on Constructing Composite Indicators, OECD and JRC 2008, step 7); a
percentile is the smallest rank that at least so many of the draws do not exceed. What is drawn: see `ground`. In each
draw companies rank as ever (`scoring.ranks`): 1 + the number of better ones, scores within 1e-9 of full marks tie.

Companies are listed as they score. A tie group begins with a company and goes on until one comes that the first of the
group stays strictly before in at least 90 of 100 draws. *Why so:* neighbours are hardly ever settled, so joining
whoever is not settled with the next would end with everybody in one group; held against its first, a group says one
thing that is true of all in it: none of them can be told from the first. The last of a group and the first of the next
may still be open with each other, which their ranges show.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compliance.benchmark.drawing import drawn_scores, is_linear, linear_weights
from compliance.benchmark.ground import Ground, Moves, Numbers, ground_of
from compliance.questionnaire.edition import Edition
from compliance.scoring.ranks import ranks_of
from compliance.scoring.rounding import TOLERANCE, rounded_all
from compliance.scoring.score import Scores
from compliance.scoring.types import Codes, Flags, Floats

#: The middle 90 of 100 draws.
LOWEST, HIGHEST = 0.05, 0.95
#: In so many of the draws an order has to hold to be settled.
SETTLED = 0.9
#: Draws at a time; more, where companies are few.
BLOCK = 64
_CELLS = 2**17
#: Draws that are ranked at a time: what is sorted stays in the cache of a processor.
_ROWS = 8
#: Companies at a time that are held against one: what is compared stays in the cache, and a byte counts them.
_HELD = 255
#: Ranks held at once: two bytes each, four from 65,536 companies.
MOST_RANKS = 400_000_000

#: A block of draws by its numbers; and what looks on while they are made.
Watch = Callable[[Iterable[Codes]], Iterable[Codes]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is drawn, how often, and from which seed."""

    draws: int
    seed: int
    moves: Moves = field(default_factory=Moves)

    def blocks(self, companies: int) -> list[Codes]:
        """The numbers of the draws, some at a time."""
        return blocks_of(self.draws, companies)


def blocks_of(draws: int, companies: int) -> list[Codes]:
    """The numbers from 0, so many at a time that a block of them for the companies stays small."""
    size = max(BLOCK, _CELLS // max(companies, 1))
    return [np.arange(start, min(start + size, draws), dtype=np.int64) for start in range(0, draws, size)]


@dataclass(frozen=True, slots=True)
class Range:
    """The ranks that a company takes in the middle 90 of 100 draws."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """One company in a league table."""

    company: str
    position: int  # in the scores
    scored: int  # its rank as scored: never shown alone
    range: Range
    tie: int  # number of its tie group, the first is 1
    keeps: float | None  # the share of draws in which it stays strictly before the next; None: there is none


@dataclass(frozen=True, slots=True)
class League:
    """Companies in the order of their scores, with how sure that order is."""

    places: tuple[Place, ...]
    without_score: tuple[str, ...]  # companies that have no rank
    setting: Setting


def leagues(
    scores: Scores, groups: Sequence[Codes], setting: Setting, watch: Watch = lambda blocks: blocks
) -> tuple[League, ...]:
    """A league table for each group of companies, given by their positions, which may overlap.

    The draws are those of the companies, whatever group they are looked at in. Raise ValueError for more ranks at a
    time than MOST_RANKS.
    """
    who = np.unique(np.concatenate([np.asarray(group, np.int64) for group in groups])) if groups else np.arange(0)
    ground = ground_of(scores, setting.seed, setting.moves, who)
    column = {int(position): place for place, position in enumerate(ground.companies)}
    ranked = [np.array([column[int(p)] for p in group if int(p) in column], np.int64) for group in groups]
    if sum(map(len, ranked)) * setting.draws > MOST_RANKS:
        raise ValueError(f"{setting.draws} draws of {sum(map(len, ranked))} ranks are more than {MOST_RANKS}")
    kept = [np.empty((len(columns), setting.draws), _kind(len(columns))) for columns in ranked]
    for block in watch(setting.blocks(len(ground.companies))):
        shares = drawn_scores(ground, Numbers.same(block))
        for columns, ranks in zip(ranked, kept, strict=True):
            ranks[:, block[0] : block[-1] + 1] = rank_rows(scores.plan.edition, shares[:, columns]).T
    return tuple(
        _league(scores, group, ground.companies[columns], ranks, setting)
        for group, columns, ranks in zip(groups, ranked, kept, strict=True)
    )


def range_of_one(
    scores: Scores, who: Codes, company: int, setting: Setting, watch: Watch = lambda blocks: blocks
) -> Range | None:
    """The range of one company, given by its position, among those at `who`; None if it has no score.

    The same as in its league table, without ranking the others.
    """
    ground = ground_of(scores, setting.seed, setting.moves, who)
    if company not in ground.companies:
        return None
    own = int(np.flatnonzero(ground.companies == company)[0])
    return _ranges(ranks_of_one(ground, own, watch(setting.blocks(len(ground.companies))))[np.newaxis, :])[0]


def rank_rows(edition: Edition, shares: Floats) -> Codes:
    """The ranks in each row of shares, as `ranks_of` has them; no share may be missing.

    A sort of whole numbers is much faster than one that says where each number came from: so what is sorted is the
    share in steps of at most 1e-12, the best first, with the company in the last bits.
    """
    compared = _compared(edition, shares)
    companies = compared.shape[1]
    if companies == 0:
        return np.zeros(compared.shape, np.int64)
    bits = max(int(companies - 1).bit_length(), 1)
    step = max(float(np.abs(compared).max()), 1.0) / 2.0 ** (61 - bits)
    if step > TOLERANCE / 1000:
        return np.stack([ranks_of(edition, row) for row in shares])
    ranks = np.empty(compared.shape, _kind(companies))
    company = np.arange(companies)
    for start in range(0, len(compared), _ROWS):
        here = slice(start, start + _ROWS)
        keys = (compared[here] * (-1.0 / step)).astype(np.int64)
        keys <<= bits
        keys |= company
        keys.sort(axis=1)
        _write_ranks(ranks[here], keys, bits, int(TOLERANCE / step))
    return ranks


def _write_ranks(ranks: Codes, keys: Codes, bits: int, level: int) -> None:
    """From sorted keys: who stands where; who is at most `level` steps from the one before shares its rank."""
    ties: Flags = (keys[:, 1:] - keys[:, :-1]) < (level + 1) << bits
    keys &= (1 << bits) - 1
    places = np.arange(1, keys.shape[1] + 1, dtype=ranks.dtype)
    for row, tied in enumerate(np.logical_or.reduce(ties, axis=1).tolist()):
        if not tied:
            ranks[row, keys[row]] = places
        else:
            starts = np.where(np.concatenate([[False], ties[row]]), 0, places)
            ranks[row, keys[row]] = np.maximum.accumulate(starts)


def ranks_of_one(ground: Ground, own: int, draws: Iterable[Codes]) -> Codes:
    """The rank of the company in one column of the ground, in each draw of some blocks.

    Where the whole is linear, half the digits will do for nearly everybody: only who is too near to be told apart by
    them is worked out in full.
    """
    edition = ground.plan.edition
    if edition.rank_at is None and is_linear(ground):
        return _by_half_the_digits(ground.known, own, linear_weights(ground, np.concatenate(list(draws))))
    compared = (_compared(edition, drawn_scores(ground, Numbers.same(block))) for block in draws)
    return np.array([_rank_among(row, row[own]) for block in compared for row in block], np.int64)


def _by_half_the_digits(known: Floats, own: int, weights: Floats) -> Codes:
    """Its rank in each draw, a row of weights each, which sum to 1; `known`: a row a part, a column a company."""
    halved = np.ascontiguousarray(weights.T, np.float32)
    room = np.empty((_HELD, len(weights)), np.float32)
    sure, open_with, shares = np.ones(len(weights), np.int64), [], []
    for start in range(0, known.shape[1], _HELD):
        apart = np.ascontiguousarray((known[:, start : start + _HELD] - known[:, [own]]).T, np.float32)
        # The greatest error of a sum of so many rounded products; more than scores may tie by.
        doubt = (len(known) + 3) * 2.0**-24 * max(1.0, float(np.abs(apart).max()))
        ahead = np.matmul(apart, halved, out=room[: len(apart)])
        better = ahead > doubt
        sure += np.add.reduce(better.view(np.uint8), axis=0, dtype=np.uint8)
        columns, draws = np.divmod(np.flatnonzero(better ^ (ahead >= -doubt)), len(weights))  # too near to be sure
        draws, columns = draws[columns + start != own], columns[columns + start != own] + start
        open_with.append(draws)
        shares.append(np.einsum("pq,qp->p", weights[draws], known[:, columns]))
    return sure + _better_in_full(np.concatenate(open_with), np.concatenate(shares), weights @ known[:, own])


def _better_in_full(draws: Codes, shares: Floats, share: Floats) -> Codes:
    """How many of some others, each by its draw and its share there, are better than one that has `share` in each."""
    lead = shares - share[draws]
    better: Codes = np.bincount(draws[lead > TOLERANCE], minlength=len(share))
    for draw in np.unique(draws[np.abs(lead) <= TOLERANCE]):  # who ties with it may tie with others
        better[draw] = _rank_among(shares[draws == draw], share[draw]) - 1
    return better


def _rank_among(shares: Floats, share: float) -> int:
    """1 + the better ones; those tie that a chain of neighbours within the tolerance joins with it."""
    better = np.sort(shares[shares > share])
    level = share
    for place, other in enumerate(better):
        if other - level > TOLERANCE:
            return len(better) - place + 1
        level = other
    return 1


def _compared(edition: Edition, shares: Floats) -> Floats:
    """What is ranked: the shares, or their points at `rank_at` decimals."""
    if edition.rank_at is None:
        return shares
    return rounded_all(shares * edition.scale, edition.rank_at) / edition.scale


def _kind(companies: int) -> type[np.unsignedinteger[Any]]:
    return np.uint16 if companies < 2**16 else np.uint32


# ── From ranks to a table


def _league(scores: Scores, group: Codes, positions: Codes, ranks: Codes, setting: Setting) -> League:
    names = scores.columns.companies
    scored = ranks_of(scores.plan.edition, scores.overall.score[positions])
    order = sorted(range(len(positions)), key=lambda row: (scored[row], names[positions[row]]))
    ties, keeps = tie_groups(ranks[order]) if order else ([], [])
    ranges = _ranges(ranks[order]) if order else []
    has_rank = set(positions.tolist())
    return League(
        places=tuple(
            Place(names[positions[row]], int(positions[row]), int(scored[row]), ranges[i], ties[i], keeps[i])
            for i, row in enumerate(order)
        ),
        without_score=tuple(sorted(names[int(p)] for p in group if int(p) not in has_rank)),
        setting=setting,
    )


def _ranges(ranks: Codes) -> list[Range]:
    """Of each row of ranks over draws."""
    draws = ranks.shape[1]
    low, high = (max(_least_count(part, draws), 1) - 1 for part in (LOWEST, HIGHEST))
    sorted_to = np.partition(ranks, (low, high), axis=1)
    return [Range(int(first), int(last)) for first, last in sorted_to[:, (low, high)]]


def tie_groups(ranks: Codes) -> tuple[list[int], list[float | None]]:
    """Of companies in the order of their scores, a row of ranks over draws each: tie group, and share kept.

    The share is that of the draws in which a company stays strictly before the next.
    """
    draws = ranks.shape[1]
    needed = _least_count(SETTLED, draws)
    groups, head = [1], 0
    for row in range(1, len(ranks)):
        if _before(ranks, head, row) >= needed:
            head = row
        groups.append(groups[-1] + (head == row))
    keeps: list[float | None] = [_before(ranks, row, row + 1) / draws for row in range(len(ranks) - 1)]
    return groups, [*keeps, None]


def _before(ranks: Codes, one: int, other: int) -> int:
    earlier: Flags = ranks[one] < ranks[other]
    return int(np.count_nonzero(earlier))


def _least_count(part: float, draws: int) -> int:
    """The least number of draws that is at least such a part of them."""
    return int(np.ceil(part * draws - TOLERANCE))

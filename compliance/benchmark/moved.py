"""Which doubt moves ranks most: the variance of rank shifts, taken apart by what is drawn.

Sobol' indices after Saltelli et al. (2010), *Variance based sensitivity analysis of model output*, Comput. Phys.
Commun. 181, as composite indices are audited (Saisana, Saltelli and Tarantola 2005). The output is the mean absolute
shift of the companies' ranks from their ranks as scored, or the rank of one company. A factor is all that one move
draws: each coordinate of the sample names the draw that is taken of its move, so that the weights of one draw meet the
blanks of another. First order: the part of the variance that a move makes alone; total: with all it makes together with
others. Small ones may be estimated slightly below 0.

Needs SALib, an extra; nothing else here does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compliance.benchmark.drawing import drawn_scores
from compliance.benchmark.ground import MOVES, Move, Moves, Numbers, ground_of
from compliance.benchmark.ranks import Watch, blocks_of, rank_rows
from compliance.scoring.ranks import ranks_of
from compliance.scoring.score import Scores
from compliance.scoring.types import Codes, Floats

#: Points of the sample, a power of 2; each costs a draw for every move and two more.
BASE = 256
#: So many different draws a coordinate tells apart.
_DRAWS = 2**32


@dataclass(frozen=True, slots=True)
class Share:
    """Of the variance of an output, what one move makes."""

    move: Move
    alone: float  # first order
    alone_within: float  # half of its 95 % interval, from resamples
    in_all: float  # total
    in_all_within: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What moves ranks, the most in all first."""

    shares: tuple[Share, ...]  # none where nothing that is drawn moves a rank
    output: float  # its mean: the mean absolute rank shift, or the rank of the one company
    draws: int


def what_moves(
    scores: Scores,
    who: Codes,
    seed: int,
    moves: Moves,
    *,
    company: int | None = None,
    base: int = BASE,
    watch: Watch = lambda blocks: blocks,
) -> Moved:
    """Take the rank shifts of the companies at `who` apart; with `company`, a position, the rank of that one.

    Raise ImportError without SALib, KeyError if the company is not among those with a score.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sample

    names = moves.names()
    ground = ground_of(scores, seed, moves, who)
    column = None if company is None else _column(ground.companies, company)
    if not names or len(ground.companies) < 2:
        return Moved((), 0.0, 0)
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    points: Floats = sample.sample(problem, base, calc_second_order=False, seed=seed)
    taken = {name: (points[:, place] * _DRAWS).astype(np.int64) for place, name in enumerate(names)}
    scored = ranks_of(scores.plan.edition, scores.overall.score[ground.companies])
    output = np.empty(len(points))
    for block in watch(blocks_of(len(points), len(ground.companies))):
        shares = drawn_scores(ground, _numbers(taken, block))
        ranks = rank_rows(scores.plan.edition, shares).astype(np.int64)
        output[block] = np.abs(ranks - scored).mean(axis=1) if column is None else ranks[:, column]
    if np.ptp(output) == 0:
        return Moved((), float(output[0]), len(points))
    # It takes a seed of 0 for none.
    found = analysis.analyze(problem, output, calc_second_order=False, seed=seed + 1)
    shares_of = [
        Share(name, *(float(found[key][place]) for key in ("S1", "S1_conf", "ST", "ST_conf")))
        for place, name in enumerate(names)
    ]
    by_total = sorted(shares_of, key=lambda share: -share.in_all)
    return Moved(tuple(by_total), float(output.mean()), len(points))


def _numbers(taken: Mapping[Move, Codes], block: Codes) -> Numbers:
    nothing = np.zeros(len(block), np.int64)
    return Numbers(**{move: taken[move][block] if move in taken else nothing for move in MOVES})


def _column(companies: Codes, company: int) -> int:
    found = np.flatnonzero(companies == company)
    if not len(found):
        raise KeyError(company)
    return int(found[0])

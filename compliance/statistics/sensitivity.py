"""Variance-based sensitivity analysis: which uncertainty factor shifts ranks most, by Sobol' indices.

Saltelli et al. (2010), *Variance based sensitivity analysis of model output*, Comput. Phys. Commun. 181, as in audits
of composite indices (Saisana, Saltelli and Tarantola 2005). The output is the mean absolute rank shift, or the rank of
one company. Each coordinate of the sample selects a draw of its factor. S1 (first order): the share of the variance
that a factor causes alone. ST (total): the share including its interactions. Estimates of small indices may be slightly
below 0. Needs SALib, an extra that is used only here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compliance.scoring.bands import ranks_of
from compliance.scoring.numeric import Codes, Floats
from compliance.scoring.score import Scores
from compliance.statistics.simulation import ProgressHook, draw_blocks, rank_rows, simulate_scores
from compliance.statistics.uncertainty_model import (
    UNCERTAINTY_FACTORS,
    DrawNumbers,
    FactorSelection,
    UncertaintyFactor,
    uncertainty_model,
)

#: Points of the sample, a power of 2. Each takes a draw for every factor, and two more.
BASE_SAMPLE = 256
#: The number of draws that a coordinate can select from.
_DRAWS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class SobolIndices:
    """The shares of the variance of an output that one factor accounts for."""

    factor: UncertaintyFactor
    first_order: float
    first_order_margin: float  # half the width of its 95 % interval, from resamples
    total_order: float
    total_order_margin: float


@dataclass(frozen=True, slots=True)
class SensitivityAnalysis:
    """Sensitivity of ranks to the uncertainty factors, the largest total effect first."""

    indices: tuple[SobolIndices, ...]  # empty if no factor changes a rank
    output: float  # mean output: the mean absolute rank shift, or the rank of the one company
    draws: int


def analyse_sensitivity(
    scores: Scores,
    who: Codes,
    seed: int,
    factors: FactorSelection,
    *,
    company: int | None = None,
    base: int = BASE_SAMPLE,
    watch: ProgressHook = lambda blocks: blocks,
) -> SensitivityAnalysis:
    """Decompose the rank shifts of the companies at `who` or, with `company`, the rank of the company at that position.

    Raise ImportError without SALib, and KeyError if the company is not among those with a score.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sample

    names = factors.names()
    model = uncertainty_model(scores, seed, factors, who)
    column = None if company is None else _column(model.companies, company)
    if not names or len(model.companies) < 2:
        return SensitivityAnalysis((), 0.0, 0)
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    points: Floats = sample.sample(problem, base, calc_second_order=False, seed=seed)
    taken = {name: (points[:, place] * _DRAWS).astype(np.int64) for place, name in enumerate(names)}
    scored = ranks_of(scores.compiled.edition, scores.overall.score[model.companies])
    output = np.empty(len(points))
    for block in watch(draw_blocks(len(points), len(model.companies))):
        shares = simulate_scores(model, _draw_numbers(taken, block))
        ranks = rank_rows(scores.compiled.edition, shares).astype(np.int64)
        output[block] = np.abs(ranks - scored).mean(axis=1) if column is None else ranks[:, column]
    if np.ptp(output) == 0:
        return SensitivityAnalysis((), float(output[0]), len(points))
    # SALib treats a seed of 0 as no seed.
    found = analysis.analyze(problem, output, calc_second_order=False, seed=seed + 1)
    shares_of = [
        SobolIndices(
            factor=name,
            first_order=float(found["S1"][place]),
            first_order_margin=float(found["S1_conf"][place]),
            total_order=float(found["ST"][place]),
            total_order_margin=float(found["ST_conf"][place]),
        )
        for place, name in enumerate(names)
    ]
    by_total = sorted(shares_of, key=lambda share: -share.total_order)
    return SensitivityAnalysis(tuple(by_total), float(output.mean()), len(points))


def _draw_numbers(taken: Mapping[UncertaintyFactor, Codes], block: Codes) -> DrawNumbers:
    nothing = np.zeros(len(block), np.int64)
    return DrawNumbers(
        **{factor: taken[factor][block] if factor in taken else nothing for factor in UNCERTAINTY_FACTORS}
    )


def _column(companies: Codes, company: int) -> int:
    found = np.flatnonzero(companies == company)
    if not len(found):
        raise KeyError(company)
    return int(found[0])

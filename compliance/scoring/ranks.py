"""Ranks: 1 + the number of better companies, ties share the smallest."""

import numpy as np

from compliance.questionnaire.edition import Edition
from compliance.scoring.rounding import TOLERANCE, rounded_all
from compliance.scoring.types import Codes, Floats

NO_RANK = 0


def ranks_of(edition: Edition, shares: Floats) -> Codes:
    """The rank of each company at `rank_at` decimals; sorted neighbours within 1e-9 of full marks tie."""
    compared = (
        shares if edition.rank_at is None else rounded_all(shares * edition.scale, edition.rank_at) / edition.scale
    )
    scored = np.flatnonzero(~np.isnan(compared))
    order = scored[np.argsort(-compared[scored], kind="stable")]
    ranks = np.full(len(shares), NO_RANK, np.int64)
    starts = np.ones(len(order), bool)
    starts[1:] = compared[order[:-1]] - compared[order[1:]] > TOLERANCE
    ranks[order] = np.maximum.accumulate(np.where(starts, np.arange(len(order)) + 1, 0))
    return ranks

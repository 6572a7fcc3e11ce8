"""Bands and ranks of scores, rounded to the decimals that the edition declares.

Ranks are standard competition ranks: 1 + the number of better companies, so ties share the smallest. The cap on the
overall band by failed minimum standards is in `score.overall_bands`.
"""

import numpy as np

from compliance.questionnaire.edition import Band, Edition
from compliance.scoring.numeric import TOLERANCE, Codes, Floats, rounded, rounded_all

NO_RANK = 0


def ranks_of(edition: Edition, shares: Floats) -> Codes:
    """Return the rank of each company at `rank_at` decimals. Sorted neighbours within 1e-9 of full marks tie."""
    compared = (
        shares if edition.rank_at is None else rounded_all(shares * edition.scale, edition.rank_at) / edition.scale
    )
    scored = np.flatnonzero(~np.isnan(compared))
    order = scored[np.argsort(-compared[scored])]  # the order of equal scores does not matter, as they share a rank
    ranks = np.full(len(shares), NO_RANK, np.int64)
    starts = np.ones(len(order), bool)
    starts[1:] = compared[order[:-1]] - compared[order[1:]] > TOLERANCE
    ranks[order] = np.maximum.accumulate(np.where(starts, np.arange(len(order)) + 1, 0))
    return ranks


NO_BAND = -1


def bands_of(edition: Edition, shares: Floats) -> Codes:
    """Return the position of each score's band, at `band_at` decimals, or NO_BAND. `shares`: of full marks."""
    points = shares * edition.scale
    if edition.band_at is not None:
        points = rounded_all(points, edition.band_at)
    bounds = np.array([band.at for band in edition.bands]) - TOLERANCE
    found = np.searchsorted(bounds, np.nan_to_num(points, nan=-np.inf), side="right") - 1
    if edition.bands and edition.bands[0].at <= 0:
        found = np.maximum(found, 0)  # a score below 0 has the lowest band
    result: Codes = np.where(np.isnan(points), NO_BAND, found)
    return result


def band_at(edition: Edition, position: int) -> Band | None:
    """Return the band at a position from `bands_of`, or None for NO_BAND."""
    return None if position == NO_BAND else edition.bands[int(position)]


def band_missed_by_rounding(edition: Edition, score: float | None) -> Band | None:
    """Return the band that a score would reach only if rounded to a whole number, or None."""
    if score is None:
        return None
    exact = score if edition.band_at is None else rounded(score, edition.band_at)
    missed = [band for band in edition.bands if exact + TOLERANCE < band.at <= rounded(score, 0)]
    return missed[-1] if missed else None


def decimals_to_show(edition: Edition, score: float | None) -> int:
    """Return the number of decimals to show a score with: 0, or enough to stay below a band that it misses."""
    band = band_missed_by_rounding(edition, score)
    if band is None or score is None:
        return 0
    return next((digits for digits in range(1, 6) if rounded(score, digits) < band.at), 6)

"""Bands: a score's name, and the cap that failed critical requirements put on it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Band, Edition, Node
from compliance.questionnaire.routing import YES
from compliance.scoring.columns import BLANK
from compliance.scoring.rounding import TOLERANCE, rounded, rounded_all
from compliance.scoring.score import Scores
from compliance.scoring.types import SCORE, Codes, Flags, Floats, Triple

NO_BAND = -1


@dataclass(frozen=True, slots=True)
class OverallBands:
    """Positions in the edition's bands, lowest 0, NO_BAND for none. Rows: score, worst, best."""

    by_points: Codes  # what the points alone would give
    capped: Codes
    failed: Mapping[str, Flags]  # critical requirement -> where it fails


def bands_of(edition: Edition, shares: Floats) -> Codes:
    """The band with the highest lower bound not above each score, looked up at `band_at` decimals."""
    points = shares * edition.scale
    if edition.band_at is not None:
        points = rounded_all(points, edition.band_at)
    bounds = np.array([band.at for band in edition.bands]) - TOLERANCE
    found = np.searchsorted(bounds, np.nan_to_num(points, nan=-np.inf), side="right") - 1
    result: Codes = np.where(np.isnan(points), NO_BAND, found)
    return result


def overall_bands(scores: Scores) -> OverallBands:
    """The bands of the whole, at most `critical_cap` where a critical requirement fails."""
    edition = scores.plan.edition
    triple = scores.overall.value.copy()
    triple[SCORE] = scores.overall.score
    by_points = bands_of(edition, triple)
    failed = {
        r.id: _fails(scores, r) for r in edition.requirements if r.critical is not None and r.id in scores.results
    }
    capped = by_points.copy()
    if failed:
        cap = [band.id for band in edition.bands].index(edition.critical_cap)
        any_failed = np.any(np.stack(list(failed.values())), axis=0)
        capped = np.where(any_failed, np.minimum(by_points, cap), by_points)
    return OverallBands(by_points, capped, failed)


def just_below(edition: Edition, score: float | None) -> Band | None:
    """The band that a score seems to reach once it is shown as a whole number, and does not."""
    if score is None:
        return None
    exact = score if edition.band_at is None else rounded(score, edition.band_at)
    seems = [band for band in edition.bands if exact + TOLERANCE < band.at <= rounded(score, 0)]
    return seems[-1] if seems else None


def decimals_to_show(edition: Edition, score: float | None) -> int:
    """None for a score that reads rightly as a whole number; else as many as keep it below the band it misses."""
    band = just_below(edition, score)
    if band is None or score is None:
        return 0
    return next((digits for digits in range(1, 6) if rounded(score, digits) < band.at), 6)


def _fails(scores: Scores, requirement: Node) -> Flags:
    """Below its critical share; a blank one fails also where blanks drop out, n/a or not asked it does not."""
    assert requirement.critical is not None
    value: Triple = scores.results[requirement.id].value
    below: Flags = value < requirement.critical - TOLERANCE
    silent = np.zeros(value.shape[1], bool)
    for question in requirement.questions():
        if question.scored:
            blank = scores.columns.answers[question.id].codes == BLANK
            silent |= blank & (scores.routes.asked[question.id] == YES)
    below[SCORE] |= np.isnan(value[SCORE]) & silent
    return below

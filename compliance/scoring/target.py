"""What is to be reached: a band, or a number of points; and whether scores reach it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Band, Edition, Node
from compliance.scoring.bands import overall_bands
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.score import Scores
from compliance.scoring.types import SCORE, Flags, Floats


@dataclass(frozen=True, slots=True)
class Target:
    """A band or a number of points to be reached."""

    band: Band | None  # None: a number of points
    points: float  # on the edition's scale: from here on the whole is enough
    position: int = 0  # of the band, lowest 0
    needs_critical: bool = False  # the band lies above the cap, so that every critical requirement has to be met

    @property
    def name(self) -> str:
        """The band's id, or the points as text."""
        return self.band.id if self.band else f"{self.points:g}"


def band_target(edition: Edition, position: int) -> Target:
    """The band of a position. Its points are the least that round up to its lower bound."""
    band = edition.bands[position]
    cap = next((i for i, known in enumerate(edition.bands) if known.id == edition.critical_cap), None)
    critical = cap is not None and position > cap and any(r.critical is not None for r in edition.requirements)
    return Target(band, _least_points(edition, band.at), position, critical)


def points_target(points: float) -> Target:
    """A number of points on the edition's scale, reached without rounding."""
    return Target(None, points)


def _least_points(edition: Edition, at: float) -> float:
    """The least score that is looked up as at least `at`, as `bands_of` looks it up."""
    if edition.band_at is None:
        return at - TOLERANCE
    factor = 10.0**edition.band_at
    step = math.ceil((at - TOLERANCE) * factor)
    beside = -TOLERANCE if step > 0 else 2 * TOLERANCE  # a half is rounded away from zero
    return (step - 0.5 + beside) / factor


def reaches(scores: Scores, target: Target) -> Flags:
    """Whether each of the scores is enough, as the engine says."""
    if target.band is not None:
        found: Flags = overall_bands(scores).capped[SCORE] >= target.position
        return found
    points = np.nan_to_num(scores.overall.score, nan=-np.inf) * scores.plan.edition.scale
    enough: Flags = points >= target.points - TOLERANCE
    return enough


def failing(scores: Scores, target: Target) -> Sequence[Node]:
    """The critical requirements that keep the first of the scores from the target, in file order."""
    if not target.needs_critical:
        return ()
    failed = overall_bands(scores).failed
    return tuple(scores.plan.edition.nodes[r] for r, fails in failed.items() if fails[SCORE, 0])


def shortfall(scores: Scores, target: Target) -> Floats:
    """How far each of the scores is from the target, as shares: of the whole, and of what is critical."""
    short: Floats = np.maximum(
        target.points / scores.plan.edition.scale - np.nan_to_num(scores.overall.value[SCORE]), 0.0
    )
    short = short + np.isnan(scores.overall.score)
    for requirement in scores.plan.edition.requirements if target.needs_critical else ():
        if requirement.critical is not None and requirement.id in scores.results:
            value = np.nan_to_num(scores.results[requirement.id].value[SCORE], nan=requirement.critical)
            short = short + np.maximum(requirement.critical - value, 0.0)
    return short

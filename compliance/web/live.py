"""The score so far: where an unfinished assessment stands, with its interval.

A score is a function of the edition and the answers alone, so the last few are
remembered by their answers: a page that is only looked at is not scored again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import OVERALL, Band
from compliance.scoring.bands import NO_BAND, bands_of, overall_bands
from compliance.scoring.plan import Plan
from compliance.scoring.score import Scores, score
from compliance.scoring.types import BEST, SCORE, WORST

#: How many sheets each process remembers the score of.
REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class SoFar:
    """Score, least and most on the edition's scale; None = no score."""

    score: float | None
    worst: float | None
    best: float | None
    band: Band | None


Frozen: TypeAlias = tuple[tuple[tuple[str, str | float], ...], tuple[tuple[str, Answer], ...]]


def live_scores(plan: Plan) -> Callable[[AnswerSheet], Mapping[str, SoFar]]:
    """A function from answers to how the whole (`overall`) and each theme stand, as claimed."""

    @lru_cache(maxsize=REMEMBERED)
    def remembered(frozen: Frozen) -> Mapping[str, SoFar]:
        profile, answers = frozen
        return _so_far(score(plan, [AnswerSheet("", dict(profile), dict(answers))]))

    def so_far(sheet: AnswerSheet) -> Mapping[str, SoFar]:
        return remembered((tuple(sheet.profile.items()), tuple(sheet.answers.items())))

    return so_far


def _so_far(scores: Scores) -> Mapping[str, SoFar]:
    edition = scores.plan.edition
    standing = {OVERALL: _standing(scores, OVERALL, int(overall_bands(scores).capped[SCORE, 0]))}
    for theme in edition.themes:
        if theme.id in scores.results:
            band = int(bands_of(edition, scores.results[theme.id].score)[0])
            standing[theme.id] = _standing(scores, theme.id, band)
    return standing


def _standing(scores: Scores, node: str, band: int) -> SoFar:
    edition, result = scores.plan.edition, scores.results[node]
    score, worst, best = (
        None if np.isnan(share) else share * edition.scale
        for share in (float(result.score[0]), float(result.value[WORST, 0]), float(result.value[BEST, 0]))
    )
    return SoFar(score, worst, best, None if band == NO_BAND else edition.bands[band])

"""Standings: the result of one part for one company, with its interval and band, and the record that is kept.

The keys of the records are persisted and must not change.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Band, Edition
from compliance.scoring.bands import band_at, bands_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import compile_by_choice
from compliance.scoring.numeric import BEST, SCORE, WORST, number_or_none
from compliance.scoring.score import Scores, overall_bands, score


@dataclass(frozen=True, slots=True)
class ScoreWithBounds:
    """A score with its interval on the edition's scale, and its band; None = none."""

    score: float | None
    worst: float | None
    best: float | None
    band: Band | None


def overall_bounds(scores: Scores, company: int = 0) -> ScoreWithBounds:
    """Return the overall score of one company, with its capped band."""
    edition = scores.compiled.edition
    return _bounds(scores, OVERALL, company, band_at(edition, overall_bands(scores).capped[SCORE, company]))


def part_bounds(scores: Scores, part: str, company: int = 0, *, with_band: bool = True) -> ScoreWithBounds:
    """Return the score of one node or question below the whole for one company."""
    edition = scores.compiled.edition
    band = band_at(edition, bands_of(edition, scores.results[part].score)[company]) if with_band else None
    return _bounds(scores, part, company, band)


def by_choice_bounds(
    edition: Edition, sheet: AnswerSheet, basis: Basis = "claimed", values: Collection[str] | None = None
) -> ScoreWithBounds | None:
    """Return one company's score on questions by choice, of these lens values or all. None: no such questions.

    It is separate from the overall score and has no band.
    """
    compiled = compile_by_choice(edition, values)
    return None if compiled is None else _bounds(score(compiled, [sheet], basis), OVERALL, 0, None)


def _bounds(scores: Scores, part: str, company: int, band: Band | None) -> ScoreWithBounds:
    triple, scale = scores.results[part].reported, scores.compiled.edition.scale
    score, worst, best = (number_or_none(triple[row, company], scale) for row in (SCORE, WORST, BEST))
    return ScoreWithBounds(score, worst, best, band)


class StandingRecord(TypedDict):
    """The result of a node, lens value or provision. Scores are on the edition's scale; None = none."""

    score: float | None
    worst: float | None
    best: float | None
    coverage: float | None  # share of the weight asked that is answered; None = not asked
    weight: float  # its share of the overall score, 0 to 1
    band: str | None  # id; for the whole, the capped band


#: The record of a part that was not scored.
NO_STANDING: StandingRecord = {
    "score": None, "worst": None, "best": None, "coverage": None, "weight": 0.0, "band": None,
}  # fmt: skip


class BasisRecord(TypedDict):
    """The kept scores of one scorecard."""

    standings: dict[str, StandingRecord]  # by node id, `lens:value` and `law:provision`
    by_points: str | None  # the band of the points alone, if the overall band is capped
    failed: list[str]  # ids of the critical requirements that are not met


class ScoreRecord(TypedDict, total=False):
    """The kept scores of one assessment: a scorecard for each basis that was scored."""

    claimed: BasisRecord
    evidenced: BasisRecord
    verified: BasisRecord


def record_to_json(record: ScoreRecord) -> str:
    """Return a record as JSON at full precision."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def record_from_json(text: str) -> ScoreRecord:
    """Return the record in a JSON text."""
    record: ScoreRecord = json.loads(text)
    return record


def recorded_standing(record: ScoreRecord, basis: Basis, part: str) -> StandingRecord | None:
    """Return the result of a part on a basis, or None if it was not scored."""
    scorecard = record.get(basis)
    return None if scorecard is None else scorecard["standings"].get(part)

"""The score record of an assessment, composed from its scorecards, to compare batch scoring with."""

from collections.abc import Sequence

from compliance.scoring.scorecard import Scorecard, Standing
from compliance.scoring.standing import BasisRecord, ScoreRecord, StandingRecord


def record_scores(cards: Sequence[Scorecard]) -> ScoreRecord:
    """Return the record of one assessment from its scorecards on each basis."""
    record: ScoreRecord = {}
    for card in cards:
        record[card.basis] = _record(card)
    return record


def _record(card: Scorecard) -> BasisRecord:
    standings = {node: _standing(standing) for node, standing in card.nodes.items()}
    for lens, groups in card.lenses.items():
        standings |= {f"{lens}:{value}": _standing(standing) for value, standing in groups.items()}
    standings |= {f"law:{provision}": _standing(standing) for provision, standing in card.law.items()}
    return {
        "standings": standings,
        "by_points": card.cap.by_points.id if card.cap else None,
        "failed": [requirement.id for requirement in card.failed],
    }


def _standing(standing: Standing) -> StandingRecord:
    return {
        "score": standing.score,
        "worst": standing.worst,
        "best": standing.best,
        "coverage": standing.coverage,
        "weight": standing.weight,
        "band": standing.band.id if standing.band else None,
    }

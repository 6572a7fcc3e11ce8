"""The record of an assessment, put together from its scorecards: what the batch has to equal."""

from collections.abc import Sequence

from compliance.scoring.scorecard import Scorecard, Standing
from compliance.scoring.serialisation import ScoreRecord


def record_scores(cards: Sequence[Scorecard]) -> ScoreRecord:
    """The scorecards of one assessment, by basis."""
    return {card.basis: _record(card) for card in cards}


def _record(card: Scorecard) -> ScoreRecord:
    standings = {node: _standing(standing) for node, standing in card.nodes.items()}
    for lens, groups in card.lenses.items():
        standings |= {f"{lens}:{value}": _standing(standing) for value, standing in groups.items()}
    standings |= {f"law:{provision}": _standing(standing) for provision, standing in card.law.items()}
    return {
        "standings": standings,
        "by_points": card.cap.by_points.id if card.cap else None,
        "failed": [requirement.id for requirement in card.failed],
    }


def _standing(standing: Standing) -> ScoreRecord:
    return {
        "score": standing.score,
        "worst": standing.worst,
        "best": standing.best,
        "coverage": standing.coverage,
        "weight": standing.weight,
        "band": standing.band.id if standing.band else None,
    }

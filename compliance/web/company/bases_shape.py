"""Claimed, evidenced and verified side by side, as the templates read them."""

from compliance.findings.bases import Beside, Cards, basis_word
from compliance.findings.standing import reviewed_words
from compliance.scoring.progress import progress_at
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.web.shapes import Shape, row_shape


def bases_shape(cards: Cards, node: str) -> list[Shape]:
    """How a node stands on each basis there is, with what it covers."""
    return [
        row_shape(card.edition, basis_word(card.basis), standing)
        | {"basis": card.basis, "coverage": standing.coverage, "reviewed": _reviewed(card, node)}
        for card in cards.each
        if (standing := card.nodes.get(node)) is not None
    ]


def _reviewed(card: Scorecard, node: str) -> str:
    """Beside a verified score: on how much of what is asked there is a verdict."""
    return reviewed_words(progress_at(card.edition, card.sheet, node)) if card.basis == "verified" else ""


def apart_shape(beside: Beside) -> Shape:
    """Scores and coverage on each basis, with the evidence gap and the declaration gap."""
    return {
        "claimed": _score(beside.claimed),
        "evidenced": _score(beside.evidenced),
        "verified": _score(beside.verified),
        "covered": beside.claimed.coverage if beside.claimed else None,
        "covered_evidenced": beside.evidenced.coverage if beside.evidenced else None,
        "covered_verified": beside.verified.coverage if beside.verified else None,
        "open": _open(beside.claimed),
        "open_evidenced": _open(beside.evidenced),
        "open_verified": _open(beside.verified),
        "not_shown": beside.not_shown(),
        "not_claimed": beside.not_claimed(),
    }


def _open(standing: Standing | None) -> tuple[float | None, float | None]:
    """The least and the most it can become."""
    return (None, None) if standing is None else (standing.worst, standing.best)


def _score(standing: Standing | None) -> float | None:
    return None if standing is None else standing.score

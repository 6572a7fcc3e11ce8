"""View models of scores: bands, a score with its interval, and claimed, evidenced and verified side by side."""

from typing import Any, Protocol

from compliance.narrative.score_wording import ScorecardsByBasis, StandingByBasis, basis_word, reviewed_words
from compliance.questionnaire.edition import Band, Edition
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.progress import progress_at
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.web.presenters import ViewModel


class ScoreInterval(Protocol):
    """Whatever has a score with its interval on the edition's scale, and a band: a `Standing`, or a score so far."""

    @property
    def score(self) -> float | None:
        """None = no score."""

    @property
    def worst(self) -> float | None:
        """The least it can become."""

    @property
    def best(self) -> float | None:
        """The most it can become."""

    @property
    def band(self) -> Band | None:
        """The band of the score."""


def band_view(edition: Edition, band: Band | None) -> ViewModel | None:
    """A band with its place among the bands, 1 the lowest."""
    if band is None:
        return None
    steps = len(edition.bands)
    return {"id": band.id, "title": band.title, "at": band.at, "step": edition.bands.index(band) + 1, "steps": steps}


def band_views(edition: Edition) -> list[ViewModel]:
    """Every band, lowest first."""
    return [shape for band in edition.bands if (shape := band_view(edition, band))]


def score_view(edition: Edition, title: str, standing: ScoreInterval | None, **more: Any) -> ViewModel:
    """A score with its interval and band, under a title, and the decimals that every page shows it with."""
    if standing is None:
        return {"title": title, "score": None, "worst": None, "best": None, "band": None, "decimals": 0, **more}
    return {
        "title": title,
        "score": standing.score,
        "worst": standing.worst,
        "best": standing.best,
        "band": band_view(edition, standing.band),
        "decimals": decimals_to_show(edition, standing.score),
        **more,
    }


def bases_views(cards: ScorecardsByBasis, node: str) -> list[ViewModel]:
    """How a node stands on each basis there is, with what it covers."""
    return [
        score_view(card.edition, basis_word(card.basis), standing)
        | {"basis": card.basis, "coverage": standing.coverage, "reviewed": _reviewed(card, node)}
        for card in cards.each
        if (standing := card.nodes.get(node)) is not None
    ]


def _reviewed(card: Scorecard, node: str) -> str:
    """Beside a verified score: on how much of what is asked there is a verdict."""
    return reviewed_words(progress_at(card.edition, card.sheet, node)) if card.basis == "verified" else ""


def side_by_side_view(beside: StandingByBasis) -> ViewModel:
    """Scores and coverage on each basis, with the evidence gap and the declaration gap."""
    return {
        "claimed": _score(beside.claimed),
        "evidenced": _score(beside.evidenced),
        "verified": _score(beside.verified),
        "covered": beside.claimed.coverage if beside.claimed else None,
        "covered_evidenced": beside.evidenced.coverage if beside.evidenced else None,
        "covered_verified": beside.verified.coverage if beside.verified else None,
        "open": _interval(beside.claimed),
        "open_evidenced": _interval(beside.evidenced),
        "open_verified": _interval(beside.verified),
        "not_shown": beside.not_shown(),
        "not_claimed": beside.not_claimed(),
    }


def _interval(standing: Standing | None) -> tuple[float | None, float | None]:
    """The least and the most it can become."""
    return (None, None) if standing is None else (standing.worst, standing.best)


def _score(standing: Standing | None) -> float | None:
    return None if standing is None else standing.score

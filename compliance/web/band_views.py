"""Bands and standings as the macros of templates/parts/score.html read them."""

from dataclasses import dataclass

from compliance.questionnaire.edition import Band, Edition
from compliance.scoring.scorecard import Standing


@dataclass(frozen=True, slots=True)
class BandView:
    """A band and its place among the others."""

    id: str
    title: str
    at: float
    step: int  # 1 lowest … steps
    steps: int


@dataclass(frozen=True, slots=True)
class Row:
    """A score with its interval and band, on the edition's scale."""

    title: str
    score: float | None
    worst: float | None
    best: float | None
    band: BandView | None
    note: str = ""
    href: str = ""


def band_views(edition: Edition) -> tuple[BandView, ...]:
    """Every band, lowest first."""
    steps = len(edition.bands)
    return tuple(BandView(b.id, b.title, b.at, step, steps) for step, b in enumerate(edition.bands, 1))


def band_view(edition: Edition, band: Band | str | None) -> BandView | None:
    """One band, by itself or by its id."""
    wanted = band.id if isinstance(band, Band) else band
    return next((view for view in band_views(edition) if view.id == wanted), None)


def standing_row(edition: Edition, title: str, standing: Standing, note: str = "", href: str = "") -> Row:
    """A standing of a scorecard as a row."""
    band = band_view(edition, standing.band)
    return Row(title, standing.score, standing.worst, standing.best, band, note, href)

"""View models of scores: bands, scores with their intervals, the bases side by side, and integration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from compliance.languages.formats import percent
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_value_label
from compliance.narrative.score_wording import ScorecardsByBasis, StandingByBasis, basis_word, reviewed_words
from compliance.narrative.scorecard_headlines import (
    integration_headline,
    integration_label,
    integration_sentence,
    uncovered_values,
)
from compliance.questionnaire.edition import PREVENTION_LENS, Band, Edition
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.coded_answers import Basis
from compliance.scoring.integration import Integration, Integrations
from compliance.scoring.progress import progress_at
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.web.presenters import fields_of


class ScoreInterval(Protocol):
    """An object with a score, its interval on the edition's scale, and a band, such as a `Standing`."""

    @property
    def score(self) -> float | None:
        """The score; None: no score."""

    @property
    def worst(self) -> float | None:
        """The least that the score can become."""

    @property
    def best(self) -> float | None:
        """The most that the score can become."""

    @property
    def band(self) -> Band | None:
        """The band of the score."""


@dataclass(frozen=True, slots=True)
class BandView:
    """A band with its step among the bands, 1 for the lowest."""

    id: str
    title: str
    at: float  # least score
    step: int
    steps: int


@dataclass(frozen=True, kw_only=True)
class ScoreView:
    """A score with its interval and band, under a title, on the edition's scale; None: no score."""

    title: str
    score: float | None
    worst: float | None
    best: float | None
    band: BandView | None
    decimals: int  # to be shown, on every page


@dataclass(frozen=True, kw_only=True)
class BasisScoreView(ScoreView):
    """A score on one basis."""

    basis: Basis
    coverage: float | None
    reviewed: str  # for a verified score: how much of what is asked has a verdict, in words


@dataclass(frozen=True, kw_only=True)
class SideBySideView:
    """Score, coverage and interval (worst, best) on each basis; None: no score, or nothing asked."""

    claimed: float | None
    evidenced: float | None
    verified: float | None
    covered: float | None
    covered_evidenced: float | None
    covered_verified: float | None
    open: tuple[float | None, float | None]
    open_evidenced: tuple[float | None, float | None]
    open_verified: tuple[float | None, float | None]
    not_shown: float | None  # points claimed without evidence
    not_claimed: float | None  # points an auditor gave that were not claimed


def band_view(edition: Edition, band: Band | None) -> BandView | None:
    """Return the view of a band; None for no band."""
    if band is None:
        return None
    return BandView(band.id, band.title, band.at, edition.bands.index(band) + 1, len(edition.bands))


def band_views(edition: Edition) -> list[BandView]:
    """Return the views of all bands, lowest first."""
    return [view for band in edition.bands if (view := band_view(edition, band))]


def score_view(edition: Edition, title: str, standing: ScoreInterval | None) -> ScoreView:
    """Return a score under a title. Without a standing, there is no score."""
    if standing is None:
        return ScoreView(title=title, score=None, worst=None, best=None, band=None, decimals=0)
    return ScoreView(
        title=title,
        score=standing.score,
        worst=standing.worst,
        best=standing.best,
        band=band_view(edition, standing.band),
        decimals=decimals_to_show(edition, standing.score),
    )


def bases_views(cards: ScorecardsByBasis, node: str) -> list[BasisScoreView]:
    """Return the score and coverage of a node on each basis of the scorecards."""
    return [
        BasisScoreView(
            **fields_of(score_view(card.edition, basis_word(card.basis), standing)),
            basis=card.basis,
            coverage=standing.coverage,
            reviewed=_reviewed(card, node),
        )
        for card in cards.each
        if (standing := card.nodes.get(node)) is not None
    ]


def _reviewed(card: Scorecard, node: str) -> str:
    """Return how much of what is asked has a verdict, in words, for a verified score; otherwise ""."""
    return reviewed_words(progress_at(card.edition, card.sheet, node)) if card.basis == "verified" else ""


def side_by_side_view(beside: StandingByBasis) -> SideBySideView:
    """Return score, coverage and interval on each basis, with evidence gap and declaration gap."""
    return SideBySideView(
        claimed=_score(beside.claimed),
        evidenced=_score(beside.evidenced),
        verified=_score(beside.verified),
        covered=beside.claimed.coverage if beside.claimed else None,
        covered_evidenced=beside.evidenced.coverage if beside.evidenced else None,
        covered_verified=beside.verified.coverage if beside.verified else None,
        open=_interval(beside.claimed),
        open_evidenced=_interval(beside.evidenced),
        open_verified=_interval(beside.verified),
        not_shown=beside.not_shown(),
        not_claimed=beside.not_claimed(),
    )


def _interval(standing: Standing | None) -> tuple[float | None, float | None]:
    """Return the worst and best score."""
    return (None, None) if standing is None else (standing.worst, standing.best)


def _score(standing: Standing | None) -> float | None:
    return None if standing is None else standing.score


@dataclass(frozen=True, slots=True)
class IntegrationReadingView:
    """The reading of integration on a further basis."""

    title: str
    headline: str
    sentence: str


@dataclass(frozen=True, slots=True)
class IntegrationRow:
    """A measure of integration, with a cell for each basis."""

    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntegrationView:
    """The reading of integration on all bases; see `parts/integration.html`."""

    headline: str
    sentence: str
    others: tuple[IntegrationReadingView, ...]
    columns: list[str]  # the bases
    rows: tuple[IntegrationRow, ...]


def integration_view(cards: Sequence[tuple[str, Scorecard]]) -> IntegrationView | None:
    """Return the reading of integration on each basis, by name; the first gives the headline. None: there is none."""
    shown = [(name, card, card.integration) for name, card in cards if card.integration is not None]
    if not shown:
        return None
    edition = shown[0][1].edition
    read = [
        (name, found, integration_sentence(edition, found, uncovered_values(card, PREVENTION_LENS)))
        for name, card, found in shown
    ]
    _name, first, sentence = read[0]
    return IntegrationView(
        headline=integration_headline(first),
        sentence=sentence,
        others=tuple(IntegrationReadingView(name, integration_headline(found), said) for name, found, said in read[1:]),
        columns=[name for name, _found, _said in read],
        rows=_rows(edition, [found for _name, found, _said in read]) if first.now else (),
    )


def _rows(edition: Edition, read: Sequence[Integrations]) -> tuple[IntegrationRow, ...]:
    """Return a row for each measure, with a cell for each basis."""
    levels = list(dict.fromkeys(level for found in read if found.now for level in found.now.levels))
    measures: list[tuple[str, Callable[[Integration], str]]] = [
        (_("Reading"), integration_label),
        (_("Areas at least half done"), lambda found: _filled_of_cells(found.filled, len(found.cells))),
        *((lens_value_label(edition, PREVENTION_LENS, level), _level_counter(level)) for level in levels),
        (_("Of these, areas that act only after harm"), lambda found: percent(found.late)),
        (
            _("Links between the measures"),
            lambda found: percent(found.joined) if found.joined is not None else _("not asked"),
        ),
    ]
    worst = tuple(_cell(integration_label, found.worst) for found in read)
    best = tuple(_cell(integration_label, found.best) for found in read)
    return (
        *(IntegrationRow(title, tuple(_cell(say, found.now) for found in read)) for title, say in measures),
        IntegrationRow(_("At worst"), worst),
        IntegrationRow(_("At best"), best),
    )


def _cell(say: Callable[[Integration], str], found: Integration | None) -> str:
    return say(found) if found is not None else _("no reading")


def _level_counter(level: str) -> Callable[[Integration], str]:
    return lambda found: _filled_of_cells(*found.levels.get(level, (0, 0)))


def _filled_of_cells(filled: int, cells: int) -> str:
    return _("%(filled)s of %(cells)s", filled=filled, cells=cells) if cells else _("not asked")

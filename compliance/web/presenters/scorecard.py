"""The scorecard as a view model: score, cap, themes, lenses, gaps and peer group.

Figures of the peer group are the published ones of a closed year, never computed from present answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.labels import effort_label, lens_note, lens_value_label
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.board_wording import lifted_limit_sentence
from compliance.narrative.published_counts import range_if_shown
from compliance.narrative.published_peers import peer_group_sentences, peers_of
from compliance.narrative.score_wording import (
    ScorecardsByBasis,
    StandingByBasis,
    basis_word,
    evidence_and_declaration_gap_words,
    exact_score_words,
    lens_value_by_basis,
    minimum_words,
    node_by_basis,
    other_bases_words,
    part_title,
)
from compliance.narrative.scorecard_headlines import (
    aspects_headline,
    evidence_gap_headline,
    first_gaps_sentence,
    gaps_headline,
    levels_headline,
    levels_sentence,
    themes_headline,
    widest_gap_headline,
)
from compliance.questionnaire.edition import ASPECT_LENS, GAP_LENS, OVERALL, PREVENTION_LENS, Node
from compliance.questionnaire.routing import Route
from compliance.scoring.bands import band_missed_by_rounding
from compliance.scoring.progress import Progress, progress_at
from compliance.scoring.scorecard import Gap, Scorecard
from compliance.web.presenters import fields_of
from compliance.web.presenters.provisions import ProvisionView
from compliance.web.presenters.scores import (
    BandView,
    BasisScoreView,
    ScoreView,
    SideBySideView,
    band_view,
    band_views,
    bases_views,
    score_view,
    side_by_side_view,
)


@dataclass(frozen=True, slots=True)
class PeerGroupView:
    """The published median and quartiles of the company's sector, to compare its score with; None: not shown."""

    headline: str
    how: str
    median: ScoreRange | None
    low: ScoreRange | None = None  # lower quartile
    high: ScoreRange | None = None  # upper quartile


@dataclass(frozen=True, kw_only=True)
class GapView:
    """A requirement that is not fully met: its loss, in points of the overall score, its law, and what closes it."""

    id: str
    title: str
    loss: float
    gain: float  # points gained if only this requirement were met
    critical: bool
    csr_gap: str
    level: str
    effort: str
    provisions: tuple[ProvisionView, ...]
    closes: str
    node: str
    questions: tuple[str, ...]  # ids of those that lose points
    beside: str  # the scores on other bases in words
    apart: str  # evidence gap and declaration gap in words


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link."""

    title: str
    href: str


@dataclass(frozen=True, slots=True)
class CapView:
    """A cap on the band: the band that points alone would give, and the minimum standards that are not met."""

    by_points: BandView | None
    failures: tuple[LinkView, ...]
    critical: bool = True  # whether all failures are critical requirements


@dataclass(frozen=True, kw_only=True)
class NodeScoreView(ScoreView, SideBySideView):
    """A theme or lens value: its claimed score, and all bases side by side."""

    beside: str  # the scores on other bases in words
    id: str = ""
    note: str = ""
    unanswered: bool = False  # nothing is answered, so only the interval is shown


@dataclass(frozen=True, slots=True)
class ContributionView:
    """A theme's contribution to the overall score."""

    title: str
    score: float | None
    weight: float
    points: float | None


@dataclass(frozen=True, kw_only=True)
class ScorecardView:
    """A scorecard as its template uses it."""

    row: ScoreView
    cap: CapView | None
    exact: str
    just_below: BandView | None
    bands: Sequence[BandView]
    coverage: float
    progress: Progress
    themes: Sequence[NodeScoreView]
    themes_headline: str
    aspects: Sequence[NodeScoreView]  # values of the aspect lens
    aspects_headline: str
    csr_gaps: Sequence[NodeScoreView]
    csr_headline: str
    levels: Sequence[NodeScoreView]
    levels_headline: str
    levels_findings: Sequence[tuple[str, str]]  # basis, headline
    levels_sentence: str
    bases: Sequence[BasisScoreView]
    shown_headline: str
    judged: bool
    gaps: Sequence[Gap]  # the first ones; see `gap_view`
    more_gaps: Sequence[Gap]
    missing: float
    gaps_headline: str
    gaps_sentence: str
    limit: str  # a sentence if meeting some of the first gaps lifts the cap; otherwise ""
    made_of: Sequence[ContributionView]
    peers: PeerGroupView | None
    is_mean: bool


def peer_group_view(snapshot: PublishedSnapshot | None, card: Scorecard) -> PeerGroupView | None:
    """Return the peer group of a scorecard; None if nothing comparable is published."""
    group = peers_of(snapshot, card)
    if snapshot is None or group is None:
        return None
    headline, how = peer_group_sentences(snapshot, group, card)
    figure = group.figure(OVERALL)
    median, low, high = map(range_if_shown, (figure.claimed.median, figure.claimed.lower, figure.claimed.upper))
    if median is None or isinstance(figure.n, Suppressed):
        return PeerGroupView(headline, how, median=None)
    low, high = (low, high) if low and high else (None, None)
    return PeerGroupView(headline, how, median, low, high)


#: Number of gaps that are shown at once. The others are one click away.
FIRST_GAPS = 5


def scorecard_view(
    cards: ScorecardsByBasis,
    snapshot: PublishedSnapshot | None = None,
    routes: Mapping[str, Route] | None = None,
) -> ScorecardView:
    """Return the view of a scorecard. `snapshot`: published figures for the peer group.

    `routes`: of the answers, if already known.
    """
    card = cards.claimed
    edition, sheet = card.edition, card.sheet
    missing = edition.scale - card.overall.score if card.overall.score is not None else 0.0
    progress = progress_at(edition, sheet, routes=routes)
    first, row = card.gaps[:FIRST_GAPS], score_view(edition, "", card.overall)
    return ScorecardView(
        row=row,
        cap=_cap_view(card),
        exact=exact_score_words(card.overall.score, max(1, row.decimals)),
        just_below=band_view(edition, band_missed_by_rounding(edition, card.overall.score)),
        bands=band_views(edition),
        coverage=card.overall.coverage or 0.0,
        progress=progress,
        themes=_theme_rows(cards),
        themes_headline=themes_headline(card),
        aspects=_lens_rows(cards, ASPECT_LENS),
        aspects_headline=aspects_headline(card),
        csr_gaps=_lens_rows(cards, GAP_LENS),
        csr_headline=widest_gap_headline(card),
        levels=_lens_rows(cards, PREVENTION_LENS),
        levels_headline=levels_headline(card),
        levels_findings=[(basis_word(each.basis), levels_headline(each)) for each in cards.each[1:]],
        levels_sentence=levels_sentence(card),
        bases=bases_views(cards, OVERALL),
        shown_headline=evidence_gap_headline(cards.claimed, cards.evidenced),
        judged=bool(sheet.verdicts),
        gaps=first,
        more_gaps=card.gaps[FIRST_GAPS:],
        missing=missing,
        gaps_headline=gaps_headline(len(first), len(card.gaps)),
        gaps_sentence=first_gaps_sentence(len(first), sum(gap.loss for gap in first), missing),
        limit=lifted_limit_sentence(card, FIRST_GAPS),
        made_of=_theme_contributions(card),
        peers=peer_group_view(snapshot, card),
        is_mean=NOTATION[edition.root.combine].is_plain_mean,
    )


def gap_view(cards: ScorecardsByBasis, gap: Gap, provisions: tuple[ProvisionView, ...]) -> GapView:
    """Return the view of a gap of the claimed scorecard, with the other bases. `provisions`: the law behind it."""
    requirement = gap.requirement
    edition, lenses = cards.claimed.edition, _lenses_of(requirement)
    beside = node_by_basis(cards, requirement.id)
    return GapView(
        id=f"gap-{requirement.id}",
        title=requirement.title or requirement.expects,
        loss=gap.loss,
        gain=gap.gain,
        critical=gap.fails_critical,
        csr_gap=lens_value_label(edition, GAP_LENS, lenses.get(GAP_LENS, "")),
        level=lens_value_label(edition, PREVENTION_LENS, lenses.get(PREVENTION_LENS, "")).lower(),
        effort=effort_label(requirement.effort),
        provisions=provisions,
        closes=requirement.closes,
        node=requirement.id,
        questions=gap.questions,
        beside=other_bases_words(beside),
        apart=evidence_and_declaration_gap_words(beside),
    )


def _lenses_of(requirement: Node) -> dict[str, str]:
    """Return the lens values of a requirement: its own, or else those of its first question."""
    first = next(requirement.questions(), None)
    return {**(first.lenses if first else {}), **requirement.lenses}


def _theme_rows(cards: ScorecardsByBasis) -> list[NodeScoreView]:
    return [
        _beside_row(cards, theme.title or theme.id, node_by_basis(cards, theme.id), id=theme.id)
        for theme in cards.claimed.edition.themes
        if cards.claimed.nodes[theme.id].coverage is not None
    ]


def _beside_row(
    cards: ScorecardsByBasis, title: str, beside: StandingByBasis, *, id: str = "", note: str = ""
) -> NodeScoreView:
    """Return a claimed score with the other bases. If nothing is answered, score and band are None."""
    standing = beside.claimed
    assert standing is not None
    row = NodeScoreView(
        **fields_of(score_view(cards.claimed.edition, title, standing)),
        **fields_of(side_by_side_view(beside)),
        beside=other_bases_words(beside),
        id=id,
        note=note,
    )
    if standing.coverage or standing.score is None:
        return row
    return replace(row, score=None, band=None, unanswered=True)


def _cap_view(card: Scorecard) -> CapView | None:
    if card.cap is None:
        return None
    known = {gap.requirement.id for gap in card.gaps}
    failures = []
    for standard in card.cap.unmet:
        place, title = standard.part.id, part_title(standard.part)
        if standard.band is not None:
            title = f"{title} ({minimum_words(standard)})"
        failures.append(LinkView(title, f"#gap-{place}" if place in known else "#gaps"))
    return CapView(band_view(card.edition, card.cap.by_points), tuple(failures), card.cap.is_critical_only)


def _lens_rows(cards: ScorecardsByBasis, lens: str) -> list[NodeScoreView]:
    return [
        _beside_row(
            cards,
            lens_value_label(cards.claimed.edition, lens, value),
            lens_value_by_basis(cards, lens, value),
            note=lens_note(cards.claimed.edition, lens, value) if lens == GAP_LENS else "",
        )
        for value, standing in cards.claimed.lenses.get(lens, {}).items()
        if standing.coverage is not None
    ]


def _theme_contributions(card: Scorecard) -> list[ContributionView]:
    """Return each theme's contribution to the overall score."""
    return [
        ContributionView(
            title=card.edition.nodes[theme.id].title or theme.id,
            score=theme.score,
            weight=theme.weight,
            points=None if theme.score is None else theme.score * theme.weight,
        )
        for theme in card.themes
        if theme.weight > 0
    ]

"""Everything the scorecard page shows, as the shapes its macros read."""

from collections.abc import Sequence
from typing import Any

from compliance.benchmark.snapshot import Snapshot
from compliance.findings.bases import (
    Beside,
    Cards,
    apart_words,
    basis_word,
    beside_words,
    cards_of,
    lens_beside,
    node_beside,
)
from compliance.findings.headlines import (
    gaps_headline,
    levels_headline,
    levels_sentence,
    shown_headline,
    themes_headline,
    widest_gap_headline,
)
from compliance.languages.formats import number
from compliance.languages.words import effort_words, lens_note, lens_word
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.questionnaire.facts import Facts
from compliance.scoring.bands import just_below
from compliance.scoring.gaps import Gap
from compliance.scoring.plan import Plan
from compliance.scoring.progress import progress_at
from compliance.scoring.rounding import rounded
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.web.company.bases_shape import apart_shape, bases_shape
from compliance.web.company.integration_shape import integration_shape
from compliance.web.company.peers import peers_shape
from compliance.web.shapes import Shape, band_shape, provision_shapes, row_shape

#: Gaps that stand in the open; the others are one click away.
FIRST_GAPS = 5


def card_shapes(plan: Plan, sheet: AnswerSheet, snapshot: Snapshot | None = None, facts: Facts | None = None) -> Shape:
    """The scorecard as its template reads it. `snapshot`: what is published, to stand beside.

    `facts`: of the company, for whether law binds it; None: whom it binds in general.
    """
    cards = cards_of(plan, sheet)
    card, edition = cards.claimed, plan.edition
    missing = edition.scale - card.overall.score if card.overall.score is not None else 0.0
    progress = progress_at(edition, sheet)
    gaps = [gap_shape(edition, gap, missing, facts) | _gap_beside(cards, gap) for gap in card.gaps]
    return {
        "row": row_shape(edition, "", card.overall),
        "cap": _cap_shape(card, gaps),
        "exact": exact_words(card.overall.score),
        "just_below": band_shape(edition, just_below(edition, card.overall.score)),
        "bands": [band_shape(edition, band) for band in edition.bands],
        "coverage": card.overall.coverage or 0.0,
        "progress": progress,
        "themes": _theme_rows(cards),
        "themes_headline": themes_headline(card),
        "csr_gaps": _lens_rows(cards, "gap"),
        "csr_headline": widest_gap_headline(card),
        "levels": _lens_rows(cards, "prevention"),
        "levels_headline": levels_headline(card),
        "levels_findings": [(basis_word(each.basis), levels_headline(each)) for each in cards.each[1:]],
        "levels_sentence": levels_sentence(card),
        "integration": integration_shape([(basis_word(each.basis), each) for each in cards.each]),
        "bases": bases_shape(cards, OVERALL),
        "shown_headline": shown_headline(cards.claimed, cards.evidenced),
        "judged": bool(sheet.verdicts),
        "gaps": gaps[:FIRST_GAPS],
        "more_gaps": gaps[FIRST_GAPS:],
        "missing": missing,
        "gaps_headline": gaps_headline(min(len(gaps), FIRST_GAPS), len(gaps)),
        "first_gaps_lose": sum(gap["loss"] for gap in gaps[:FIRST_GAPS]),
        "made_of": _made_of(card),
        "peers": peers_shape(snapshot, card),
        "is_mean": edition.root.combine == "mean",
    }


def exact_words(score: float | None) -> str:
    """A score with as many decimals as it takes to see why its whole number is what it is: 62.46, not 62.5."""
    if score is None:
        return ""
    whole = rounded(score, 0)
    decimals = next((d for d in range(1, 6) if rounded(rounded(score, d), 0) == whole), 6)
    return number(score, decimals)


def gap_shape(edition: Edition, gap: Gap, missing: float, facts: Facts | None = None) -> Shape:
    """One gap: what it costs, the law behind it, what closes it."""
    requirement = gap.requirement
    lenses = _lenses_of(requirement)
    return {
        "id": f"gap-{requirement.id}",
        "title": requirement.title or requirement.expects,
        "loss": gap.loss,
        "gain": gap.gain,
        "missing": missing,
        "critical": gap.fails_critical,
        "csr_gap": lens_word(lenses.get("gap", "")),
        "level": lens_word(lenses.get("prevention", "")).lower(),
        "effort": effort_words(requirement.effort),
        "provisions": provision_shapes(edition, requirement.law, facts),
        "closes": requirement.closes,
    }


def _lenses_of(requirement: Node) -> dict[str, str]:
    """The lens values of a requirement: its own, or those its questions share."""
    first = next(requirement.questions(), None)
    return {**(first.lenses if first else {}), **requirement.lenses}


def _answered_row(edition: Edition, title: str, standing: Standing, **more: Any) -> Shape:
    """A row; where nothing is answered, its interval alone, without score and band."""
    shape = row_shape(edition, title, standing, **more)
    if standing.coverage or standing.score is None:
        return shape
    return shape | {"score": None, "band": None, "unanswered": True}


def _theme_rows(cards: Cards) -> list[Shape]:
    return [
        _beside_row(cards, theme.title or theme.id, node_beside(cards, theme.id), id=theme.id)
        for theme in cards.claimed.edition.themes
        if cards.claimed.nodes[theme.id].coverage is not None
    ]


def _beside_row(cards: Cards, title: str, beside: Beside, **more: Any) -> Shape:
    """A claimed row, with what stands beside it in words and as numbers."""
    assert beside.claimed is not None
    row = _answered_row(cards.claimed.edition, title, beside.claimed, **more)
    return row | apart_shape(beside) | {"beside": beside_words(beside)}


def _gap_beside(cards: Cards, gap: Gap) -> Shape:
    beside = node_beside(cards, gap.requirement.id)
    return {"node": gap.requirement.id, "beside": beside_words(beside), "apart": apart_words(beside)}


def _cap_shape(card: Scorecard, gaps: Sequence[Shape]) -> Shape | None:
    if card.cap is None:
        return None
    known = {gap["id"] for gap in gaps}
    failures = []
    for requirement in card.cap.failed:
        place = f"gap-{requirement.id}"
        failures.append(
            {"title": requirement.title or requirement.id, "href": f"#{place}" if place in known else "#gaps"}
        )
    return {"by_points": band_shape(card.edition, card.cap.by_points), "failures": failures}


def _lens_rows(cards: Cards, lens: str) -> list[Shape]:
    return [
        _beside_row(
            cards,
            lens_word(value),
            lens_beside(cards, lens, value),
            note=lens_note("gap", value) if lens == "gap" else "",
        )
        for value, standing in cards.claimed.lenses.get(lens, {}).items()
        if standing.coverage is not None
    ]


def _made_of(card: Scorecard) -> list[Shape]:
    """Each theme's part in the overall score."""
    return [
        {
            "title": card.edition.nodes[theme.id].title or theme.id,
            "score": theme.score,
            "weight": theme.weight,
            "points": None if theme.score is None else theme.score * theme.weight,
        }
        for theme in card.themes
        if theme.weight > 0
    ]

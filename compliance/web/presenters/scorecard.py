"""The scorecard as a view model: score, cap, themes, lenses, integration, gaps and the peer group.

The peer group is compared with the published figures of a closed year, never with live answers.
"""

from collections.abc import Callable, Sequence
from typing import Any

from compliance.disclosure.published import Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import percent
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import effort_label, lens_note, lens_value_label, profile_value_label
from compliance.narrative.score_wording import (
    ScorecardsByBasis,
    StandingByBasis,
    basis_word,
    evidence_and_declaration_gap_words,
    exact_score_words,
    lens_value_by_basis,
    node_by_basis,
    other_bases_words,
    scorecards_by_basis,
)
from compliance.narrative.scorecard_headlines import (
    evidence_gap_headline,
    gaps_headline,
    integration_headline,
    integration_label,
    integration_sentence,
    levels_headline,
    levels_sentence,
    peer_median_headline,
    themes_headline,
    uncovered_values,
    widest_gap_headline,
)
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, PEER_GROUP_FIELD, Edition, Node
from compliance.questionnaire.law import CompanyFacts
from compliance.scoring.bands import just_below
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.integration import LEVEL, Integration, Integrations
from compliance.scoring.progress import progress_at
from compliance.scoring.scorecard import Gap, Scorecard, Standing
from compliance.web.presenters import ViewModel
from compliance.web.presenters.provisions import provision_views
from compliance.web.presenters.scores import band_view, bases_views, score_view, side_by_side_view


def integration_view(cards: Sequence[tuple[str, Scorecard]]) -> ViewModel | None:
    """The reading on each basis, under its name; the first one makes the headline. None: the edition has none."""
    shown = [(name, card, card.integration) for name, card in cards if card.integration is not None]
    if not shown:
        return None
    read = [(name, found, integration_sentence(found, uncovered_values(card, LEVEL))) for name, card, found in shown]
    _name, first, sentence = read[0]
    return {
        "headline": integration_headline(first),
        "sentence": sentence,
        "others": [
            {"title": name, "headline": integration_headline(found), "sentence": said} for name, found, said in read[1:]
        ],
        "columns": [name for name, _found, _said in read],
        "rows": _rows([found for _name, found, _said in read]) if first.now else [],
    }


def _rows(read: Sequence[Integrations]) -> list[ViewModel]:
    """A row a measure, with a cell for each basis."""
    levels = list(dict.fromkeys(level for found in read if found.now for level in found.now.levels))
    measures: list[tuple[str, Callable[[Integration], str]]] = [
        (_("Reading"), integration_label),
        (_("Fields filled"), lambda found: _filled_of_cells(found.filled, len(found.cells))),
        *((lens_value_label(level), _level_counter(level)) for level in levels),
        (_("Filled fields that act after harm only"), lambda found: percent(found.late)),
        (_("Joined"), lambda found: percent(found.joined) if found.joined is not None else _("not asked")),
    ]
    worst, best = [_cell(integration_label, f.worst) for f in read], [_cell(integration_label, f.best) for f in read]
    return [
        *({"title": title, "cells": [_cell(say, found.now) for found in read]} for title, say in measures),
        {"title": _("If all that is open turns out badly"), "cells": worst},
        {"title": _("If all that is open turns out well"), "cells": best},
    ]


def _cell(say: Callable[[Integration], str], found: Integration | None) -> str:
    return say(found) if found is not None else _("no reading")


def _level_counter(level: str) -> Callable[[Integration], str]:
    return lambda found: _filled_of_cells(*found.levels.get(level, (0, 0)))


def _filled_of_cells(filled: int, cells: int) -> str:
    return _("%(filled)s of %(cells)s", filled=filled, cells=cells) if cells else _("not asked")


def peer_group_view(snapshot: PublishedSnapshot | None, card: Scorecard) -> ViewModel | None:
    """The middle of one's sector and one's own score on it; None where nothing comparable is published."""
    sector = str(card.sheet.profile.get(PEER_GROUP_FIELD, ""))
    if snapshot is None or snapshot.edition != card.edition.id or not sector:
        return None
    try:
        figure = snapshot.sector(sector).figure(OVERALL)
    except KeyError:
        return None
    spread, middle = figure.claimed, figure.claimed.median
    words = {"sector": profile_value_label(PEER_GROUP_FIELD, sector), "period": snapshot.period}
    if isinstance(middle, Suppressed) or isinstance(figure.n, Suppressed):
        why = _("Too few companies of this sector had a score in %(period)s: %(sector)s.", **words)
        return {"headline": _("No comparison can be shown"), "how": why, "median": None}
    quartiles = None if isinstance(spread.lower, Suppressed) or isinstance(spread.upper, Suppressed) else spread
    return {
        "headline": peer_median_headline(card.overall, middle),
        "how": ngettext(
            "%(sector)s: what is published of %(period)s rests on one company.",
            "%(sector)s: what is published of %(period)s rests on %(num)s companies.",
            figure.n,
            **words,
        ),
        "median": middle,
        "low": quartiles.lower if quartiles else None,
        "high": quartiles.upper if quartiles else None,
    }


#: Gaps that stand in the open; the others are one click away.
FIRST_GAPS = 5


def scorecard_view(
    plan: CompiledEdition,
    sheet: AnswerSheet,
    snapshot: PublishedSnapshot | None = None,
    facts: CompanyFacts | None = None,
) -> ViewModel:
    """The scorecard as its template reads it. `snapshot`: what is published, to stand beside.

    `facts`: of the company, for whether law binds it; None: whom it binds in general.
    """
    cards = scorecards_by_basis(plan, sheet)
    card, edition = cards.claimed, plan.edition
    missing = edition.scale - card.overall.score if card.overall.score is not None else 0.0
    progress = progress_at(edition, sheet)
    gaps = [gap_view(edition, gap, missing, facts) | _gap_beside(cards, gap) for gap in card.gaps]
    return {
        "row": score_view(edition, "", card.overall),
        "cap": _cap_view(card, gaps),
        "exact": exact_score_words(card.overall.score),
        "just_below": band_view(edition, just_below(edition, card.overall.score)),
        "bands": [band_view(edition, band) for band in edition.bands],
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
        "integration": integration_view([(basis_word(each.basis), each) for each in cards.each]),
        "bases": bases_views(cards, OVERALL),
        "shown_headline": evidence_gap_headline(cards.claimed, cards.evidenced),
        "judged": bool(sheet.verdicts),
        "gaps": gaps[:FIRST_GAPS],
        "more_gaps": gaps[FIRST_GAPS:],
        "missing": missing,
        "gaps_headline": gaps_headline(min(len(gaps), FIRST_GAPS), len(gaps)),
        "first_gaps_lose": sum(gap["loss"] for gap in gaps[:FIRST_GAPS]),
        "made_of": _theme_contributions(card),
        "peers": peer_group_view(snapshot, card),
        "is_mean": edition.root.combine == "mean",
    }


def gap_view(edition: Edition, gap: Gap, missing: float, facts: CompanyFacts | None = None) -> ViewModel:
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
        "csr_gap": lens_value_label(lenses.get("gap", "")),
        "level": lens_value_label(lenses.get("prevention", "")).lower(),
        "effort": effort_label(requirement.effort),
        "provisions": provision_views(edition, requirement.law, facts),
        "closes": requirement.closes,
    }


def _lenses_of(requirement: Node) -> dict[str, str]:
    """The lens values of a requirement: its own, or those its questions share."""
    first = next(requirement.questions(), None)
    return {**(first.lenses if first else {}), **requirement.lenses}


def _answered_row(edition: Edition, title: str, standing: Standing, **more: Any) -> ViewModel:
    """A row; where nothing is answered, its interval alone, without score and band."""
    shape = score_view(edition, title, standing, **more)
    if standing.coverage or standing.score is None:
        return shape
    return shape | {"score": None, "band": None, "unanswered": True}


def _theme_rows(cards: ScorecardsByBasis) -> list[ViewModel]:
    return [
        _beside_row(cards, theme.title or theme.id, node_by_basis(cards, theme.id), id=theme.id)
        for theme in cards.claimed.edition.themes
        if cards.claimed.nodes[theme.id].coverage is not None
    ]


def _beside_row(cards: ScorecardsByBasis, title: str, beside: StandingByBasis, **more: Any) -> ViewModel:
    """A claimed row, with what stands beside it in words and as numbers."""
    assert beside.claimed is not None
    row = _answered_row(cards.claimed.edition, title, beside.claimed, **more)
    return row | side_by_side_view(beside) | {"beside": other_bases_words(beside)}


def _gap_beside(cards: ScorecardsByBasis, gap: Gap) -> ViewModel:
    beside = node_by_basis(cards, gap.requirement.id)
    return {
        "node": gap.requirement.id,
        "beside": other_bases_words(beside),
        "apart": evidence_and_declaration_gap_words(beside),
    }


def _cap_view(card: Scorecard, gaps: Sequence[ViewModel]) -> ViewModel | None:
    if card.cap is None:
        return None
    known = {gap["id"] for gap in gaps}
    failures = []
    for requirement in card.cap.failed:
        place = f"gap-{requirement.id}"
        failures.append(
            {"title": requirement.title or requirement.id, "href": f"#{place}" if place in known else "#gaps"}
        )
    return {"by_points": band_view(card.edition, card.cap.by_points), "failures": failures}


def _lens_rows(cards: ScorecardsByBasis, lens: str) -> list[ViewModel]:
    return [
        _beside_row(
            cards,
            lens_value_label(value),
            lens_value_by_basis(cards, lens, value),
            note=lens_note("gap", value) if lens == "gap" else "",
        )
        for value, standing in cards.claimed.lenses.get(lens, {}).items()
        if standing.coverage is not None
    ]


def _theme_contributions(card: Scorecard) -> list[ViewModel]:
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

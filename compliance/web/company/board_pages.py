"""The board view: a page with the scores and a page with the gaps that cost most points."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import get_template_attribute, render_template, url_for

from compliance.narrative.board_wording import opening_sentences
from compliance.web.access_control import readers
from compliance.web.caches import cached_html, drawn_alone
from compliance.web.company.blueprint import ScorecardSource, all_of, bp, explanation_urls, is_draft, scorecard_source
from compliance.web.company.gap_answers import GapAnswersView, GapsOnPage
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.presenters import fields_of
from compliance.web.presenters.provisions import law_as_of_words
from compliance.web.presenters.scorecard import GapView, NodeScoreView, ScorecardView, scorecard_view

#: Most characters of the text on what closes a gap, so that five gaps fit on a page in every language.
MOST_OF_CLOSING = 300


@bp.get("/assessments/<int:assessment_id>/board")
@readers("company", "auditor")
def board(assessment_id: int) -> str:
    """Show the board view, with `as=draft` of the present answers. Raise NotFound."""
    read = scorecard_source(assessment_id)
    main = cached_html(lambda: _main(read), "board", *all_of(read))
    return render_template("company/board_page.html", read=read, main=main)


def _main(read: ScorecardSource) -> str:
    cards = scorecards_of(read.id, read.asked.compiled, read.sheet)
    view = _without_remarks(scorecard_view(cards, routes=read.routes))
    draw, gaps = get_template_attribute("parts/company_charts.html", "gap_on_board"), GapsOnPage(read, cards, "board")
    there: dict[str, Any] = {"assessment_id": read.assessment_id, "as": "draft" if is_draft() else None}

    def tell(gap: GapView, lead: str, behind: GapAnswersView) -> object:
        whole = url_for("company.scorecard", **there, _anchor=gap.id)
        return draw(gap, lead, behind, opening_sentences(gap.closes, MOST_OF_CLOSING), whole)

    return drawn_alone(
        "company/board.html",
        read=read,
        edition=read.edition,
        as_of=law_as_of_words(read.edition),
        draft=is_draft(),
        leads=explanation_urls(read),
        gap_cards=[(gap, gaps.draw(gap, "card", tell)) for gap in view.gaps],
        **fields_of(view),
    )


def _without_remarks(view: ScorecardView) -> ScorecardView:
    """Return the scores without the lines below each, for which there is no room on paper."""

    def bare(rows: Sequence[NodeScoreView]) -> Sequence[NodeScoreView]:
        return [replace(row, note="", beside="") for row in rows]

    return replace(view, themes=bare(view.themes), csr_gaps=bare(view.csr_gaps), levels=bare(view.levels))

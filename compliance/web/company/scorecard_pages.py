"""The scorecard as page, workbook and CSV, and the explanation of each score in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, get_template_attribute, render_template, request
from markupsafe import Markup

from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import current_language
from compliance.narrative.score_explanation import (
    PointsAtStake,
    WorkedExampleLine,
    points_lost,
    points_to_gain,
    worked_example_lines,
)
from compliance.narrative.score_wording import (
    ScorecardsByBasis,
    basis_word,
    exact_score_words,
    node_by_basis,
)
from compliance.narrative.scorecard_headlines import evidence_gap_headline, uncovered_values
from compliance.questionnaire.edition import OVERALL, PREVENTION_LENS, Edition, Node
from compliance.questionnaire.flags import raised_flags
from compliance.questionnaire.law import CompanyFacts
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.score import score
from compliance.scoring.scorecard import Gap
from compliance.scoring.serialisation import ScoreRow, score_rows
from compliance.scoring.worked_example import WorkedExample, explain
from compliance.store import NotFound
from compliance.store.sign_offs import SignedReview, sign_offs_of
from compliance.web.access_control import readers
from compliance.web.caches import cached_fragment, cached_html, drawn_alone
from compliance.web.company.blueprint import ScorecardSource, all_of, bp, explanation_urls, is_draft, scorecard_source
from compliance.web.company.gap_answers import GapsOnPage, answers_behind
from compliance.web.database import db
from compliance.web.edition_registry import crosswalks_about
from compliance.web.forms import choice_or_404
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.presenters import fields_of
from compliance.web.presenters.marked_passages import passage_lines
from compliance.web.presenters.provisions import ProvisionView, law_as_of_words, provision_views
from compliance.web.presenters.scorecard import scorecard_view
from compliance.web.presenters.scores import (
    BasisScoreView,
    ScoreView,
    SideBySideView,
    bases_views,
    integration_view,
    score_view,
    side_by_side_view,
)
from compliance.web.presenters.sign_offs import sign_off_views
from compliance.web.responses import XLSX, csv_response, csv_text, download
from compliance.web.scorecard_sources import scores_by_choice, snapshot_to_compare, workbook_content
from compliance.workbook.scorecard_workbook import scorecard_workbook


@bp.get("/assessments/<int:assessment_id>/scorecard")
@readers("company", "auditor")
def scorecard(assessment_id: int) -> str:
    """Show the scorecard. Raise NotFound."""
    read, signed = scorecard_source(assessment_id), sign_offs_of(db(), assessment_id)
    snapshot = snapshot_to_compare(read.year)
    published = snapshot and (snapshot.period, snapshot.edition, snapshot.as_of)
    drawn = cached_html(lambda: _main(read, snapshot, signed), "scorecard", *all_of(read), published, signed)
    return render_template("company/scorecard_page.html", read=read, main=drawn)


def _main(read: ScorecardSource, snapshot: PublishedSnapshot | None, signed: Sequence[SignedReview]) -> str:
    cards = scorecards_of(read.id, read.asked.compiled, read.sheet)
    view = scorecard_view(cards, snapshot, read.routes)
    gaps = GapsOnPage(read, cards, "scorecard")

    def draw(macro: str, gap: Gap) -> Markup:
        return gaps.draw(gap, macro, lambda *told: get_template_attribute("parts/company_charts.html", macro)(*told))

    return drawn_alone(
        "company/scorecard.html",
        read=read,
        edition=read.edition,
        as_of=law_as_of_words(read.edition),
        draft=is_draft(),
        leads=explanation_urls(read),
        standards=crosswalks_about(read.edition),
        by_choice=scores_by_choice(read),
        findings=raised_flags(read.edition, read.sheet, read.routes),
        sign_offs=sign_off_views(signed),
        integration=_integration(read, cards),
        gap_cards=[(gap, draw("gap_said", gap)) for gap in view.gaps],
        gap_lines=[draw("gap_line", gap) for gap in view.more_gaps],
        **fields_of(view),
    )


def _integration(read: ScorecardSource, cards: ScorecardsByBasis) -> Markup:
    """Return the reading of integration as HTML, cached by itself because most answers do not change it."""

    def draw() -> str:
        view = integration_view([(basis_word(each.basis), each) for each in cards.each])
        return str(get_template_attribute("parts/integration.html", "reading")(view, judged)) if view else ""

    judged = bool(read.sheet.verdicts)
    found = [(each.basis, each.integration, uncovered_values(each, PREVENTION_LENS)) for each in cards.each]
    return cached_fragment(draw, "integration", read.asked, judged, *found)


@bp.get("/assessments/<int:assessment_id>/signed-card.json")
@readers("company", "auditor")
def signed_card(assessment_id: int) -> Response:
    """Download the card of a sign-off, byte for byte: its SHA-256 is the digest. Raise NotFound if there is none."""
    scorecard_source(assessment_id)  # raises NotFound for people who may not read the scorecard
    wanted = request.args.get("sign_off")
    for signed in sign_offs_of(db(), assessment_id):
        if wanted in (None, str(signed.id)):
            return download(f"signed-card-{signed.digest[:12]}.json", signed.card.encode(), "application/json")
    raise NotFound(f"assessment {assessment_id} has no such sign-off")


@bp.get("/assessments/<int:assessment_id>/scorecard.xlsx")
@readers("company", "auditor")
def workbook(assessment_id: int) -> Response:
    """Download the workbook with formulas. An auditor's download is recorded, as the base of a later comparison."""
    read = scorecard_source(assessment_id)
    sheet, metadata = workbook_content(read, passage_lines)
    content = scorecard_workbook(read.asked.compiled, sheet, metadata, language=current_language())
    return download(f"{read.file_name}.xlsx", content, XLSX)


@bp.get("/assessments/<int:assessment_id>/scorecard.csv")
@readers("company", "auditor")
def table(assessment_id: int) -> Response:
    """Download the scores as CSV, with a row for each node and lens value."""
    read = scorecard_source(assessment_id)
    rows = [tuple(row) for row in score_rows(score(read.asked.compiled, [read.sheet]))]
    return csv_response(f"{read.file_name}.csv", csv_text(ScoreRow._fields, rows))


#: Most losses listed one by one; the rest is a sum.
MOST_LOSSES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ExplainedLineView:
    """A line of a worked example. `leads`: it has a page of its own that explains it."""

    line: WorkedExampleLine
    leads: bool


@dataclass(frozen=True, slots=True)
class ExplainedGainView:
    """Points to gain, with the law behind them."""

    gain: PointsAtStake
    provisions: Sequence[ProvisionView]


@dataclass(frozen=True, kw_only=True)
class ExplainedNodeView(SideBySideView):
    """A theme or requirement on every basis; for a theme, also its requirements."""

    node: Node
    parts: Sequence[Node] = ()


@dataclass(frozen=True, kw_only=True)
class ExplanationView:
    """The worked example of a node as its template uses it."""

    title: str
    now: ScoreView
    exact: str
    bases: Sequence[BasisScoreView]
    lines: Sequence[ExplainedLineView]
    has_losses: bool  # False: there is no overall score to lose points from
    lost: Sequence[PointsAtStake]
    more_lost: int
    more_points: float
    gains: Sequence[ExplainedGainView]
    provisions_here: Sequence[ProvisionView]
    requirements: Sequence[ExplainedNodeView]
    themes: Sequence[ExplainedNodeView]
    shown_headline: str


def explanation_view(
    compiled: CompiledEdition, cards: ScorecardsByBasis, node: str, basis: Basis, facts: CompanyFacts | None
) -> ExplanationView:
    """Return the explanation of a node. Raise KeyError if there is no such node, or no scored question below it.

    `facts`: to say whether law binds this company; None: whom it binds in general.
    """
    worked = explain(compiled, cards.claimed.sheet, node, basis)
    lost = points_lost(worked, facts)
    card = {card.basis: card for card in cards.each}[basis]
    gains = [] if node == OVERALL else points_to_gain(worked, card.gaps, facts)
    return ExplanationView(
        title="" if node == OVERALL else worked.node.title or worked.node.id,
        now=score_view(worked.edition, "", card.nodes[node]),
        exact=exact_score_words(card.nodes[node].score),
        bases=bases_views(cards, node),
        lines=[_line_view(worked, line) for line in _lines_shown(worked)],
        has_losses=worked.overall is not None,
        lost=lost[:MOST_LOSSES_SHOWN],
        more_lost=len(lost[MOST_LOSSES_SHOWN:]),
        more_points=sum(points.points for points in lost[MOST_LOSSES_SHOWN:]),
        gains=[_gain_view(worked.edition, gain, facts) for gain in gains],
        provisions_here=provision_views(worked.edition, worked.node.law, facts),
        requirements=_requirements(cards, worked.node),
        themes=_themes(cards) if node == OVERALL else [],
        shown_headline=evidence_gap_headline(cards.claimed, cards.evidenced, node),
    )


def _lines_shown(worked: WorkedExample) -> Sequence[WorkedExampleLine]:
    """Return all lines for a requirement. For other nodes, leave out parts that do not count directly towards it."""
    lines = worked_example_lines(worked)
    if worked.node.is_requirement:
        return lines
    below = {part.id for part in worked.node.nodes()} | set(worked.questions)
    counted = {term.part.id for term in worked.own.terms if term.share is not None}
    further = below - counted - {worked.node.id}
    return [line for line in lines if line.id not in further]


def _line_view(worked: WorkedExample, line: WorkedExampleLine) -> ExplainedLineView:
    return ExplainedLineView(line, leads=line.kind == "node" and line.id != worked.node.id)


def _gain_view(edition: Edition, gain: PointsAtStake, facts: CompanyFacts | None) -> ExplainedGainView:
    return ExplainedGainView(gain, provision_views(edition, edition.nodes[gain.id].law, facts))


def _requirements(cards: ScorecardsByBasis, node: Node) -> list[ExplainedNodeView]:
    """Return the requirements of a theme, each on every basis."""
    if node.id == OVERALL or node.is_requirement:
        return []
    return [_node_view(part, cards) for part in node.nodes() if part.is_requirement]


def _themes(cards: ScorecardsByBasis) -> list[ExplainedNodeView]:
    """Return every theme on every basis, with its requirements."""
    return [
        _node_view(theme, cards, [part for part in theme.nodes() if part.is_requirement and part.id != theme.id])
        for theme in cards.claimed.edition.themes
        if theme.id in cards.claimed.nodes
    ]


def _node_view(node: Node, cards: ScorecardsByBasis, parts: Sequence[Node] = ()) -> ExplainedNodeView:
    return ExplainedNodeView(**fields_of(side_by_side_view(node_by_basis(cards, node.id))), node=node, parts=parts)


@bp.get("/assessments/<int:assessment_id>/explain", defaults={"node": OVERALL})
@bp.get("/assessments/<int:assessment_id>/explain/<node>")
@readers("company", "auditor")
def explained(assessment_id: int, node: str) -> str:
    """Show the worked example of a node. 404 for an unknown node, or one without scored questions."""
    read = scorecard_source(assessment_id)
    wanted = choice_or_404("basis", BASES, "claimed")
    basis = wanted if wanted != "verified" or read.sheet.verdicts else "claimed"
    try:
        cards = scorecards_of(read.id, read.asked.compiled, read.sheet)
        view = explanation_view(read.asked.compiled, cards, node, basis, read.facts)
    except KeyError:
        abort(404)
    return render_template(
        "company/explained.html",
        read=read,
        edition=read.edition,
        node=read.edition.nodes[node],
        above=read.edition.parents.get(node),
        basis=basis,
        draft=is_draft(),
        leads=explanation_urls(read, basis if basis != "claimed" else None),
        asked_at=_addresses_of_questions(read, node, view),
        **fields_of(view),
    )


def _addresses_of_questions(read: ScorecardSource, node: str, view: ExplanationView) -> dict[str, str]:
    """Return where the questions on the page are answered, or for an auditor judged, by question id."""
    named = [line.line.id for line in view.lines] + [points.id for points in view.lost]
    questions = [i for i in dict.fromkeys(named) if i in read.edition.questions]
    return {given.id: given.href for given in answers_behind(read, node, questions, "scorecard").answers}

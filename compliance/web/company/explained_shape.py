"""One node of a scorecard worked out: the lines that lead to its score, what is lost, what could be gained, the law."""

from collections.abc import Sequence

from compliance.findings.bases import Beside, Cards, cards_of, node_beside
from compliance.findings.explanation import Line, worked_example
from compliance.findings.headlines import shown_headline
from compliance.findings.points import Points, points_lost, points_to_gain
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.questionnaire.facts import Facts
from compliance.scoring.columns import Basis
from compliance.scoring.explain import Explanation, explain
from compliance.scoring.plan import Plan
from compliance.web.company.bases_shape import apart_shape, bases_shape
from compliance.web.company.card_shapes import exact_words
from compliance.web.shapes import Shape, provision_shapes, row_shape

#: Losses that are told one by one; a page that told all of them would be read by nobody.
MOST = 12


def explained_shape(plan: Plan, sheet: AnswerSheet, node: str, basis: Basis, facts: Facts | None) -> Shape:
    """What the page of one node shows. Raise KeyError if there is no such node, or no scored question below it.

    `facts`: of the company, for whether law binds it; None: whom it binds in general.
    """
    worked, cards = explain(plan, sheet, node, basis), cards_of(plan, sheet)
    lost = points_lost(worked, facts)
    card = {card.basis: card for card in cards.each}[basis]
    gains = [] if node == OVERALL else points_to_gain(worked, card.gaps, facts)
    return {
        "title": "" if node == OVERALL else worked.node.title or worked.node.id,
        "now": row_shape(worked.edition, "", card.nodes[node]),
        "exact": exact_words(card.nodes[node].score),
        "bases": bases_shape(cards, node),
        "lines": [_line_shape(worked, line) for line in _shown(worked)],
        "has_losses": worked.overall is not None,  # without a score there is nothing to lose points of
        "lost": lost[:MOST],
        "more_lost": len(lost[MOST:]),
        "more_points": sum(points.points for points in lost[MOST:]),
        "gains": [_gain_shape(worked.edition, gain, facts) for gain in gains],
        "provisions_here": provision_shapes(worked.edition, worked.node.law, facts),
        "requirements": _requirements(cards, worked.node),
        "themes": _themes(cards) if node == OVERALL else [],
        "shown_headline": shown_headline(cards.claimed, cards.evidenced, node),
    }


def _shown(worked: Explanation) -> Sequence[Line]:
    """All of a requirement; elsewhere the parts that count and what follows from them: the rest is a page further."""
    lines = worked_example(worked)
    if worked.node.is_requirement:
        return lines
    below = {part.id for part in worked.node.nodes()} | set(worked.questions)
    counted = {term.part.id for term in worked.own.terms if term.share is not None}
    further = below - counted - {worked.node.id}
    return [line for line in lines if line.id not in further]


def _line_shape(worked: Explanation, line: Line) -> Shape:
    return {"line": line, "leads": line.kind == "node" and line.id != worked.node.id}


def _gain_shape(edition: Edition, gain: Points, facts: Facts | None) -> Shape:
    return {"gain": gain, "provisions": provision_shapes(edition, edition.nodes[gain.id].law, facts)}


def _requirements(cards: Cards, node: Node) -> list[Shape]:
    """The requirements of a theme, each on every basis."""
    if node.id == OVERALL or node.is_requirement:
        return []
    return [_beside_shape(part, cards) for part in node.nodes() if part.is_requirement]


def _themes(cards: Cards) -> list[Shape]:
    """Every theme with the names of its requirements."""
    return [
        _beside_shape(theme, cards)
        | {"parts": [part for part in theme.nodes() if part.is_requirement and part.id != theme.id]}
        for theme in cards.claimed.edition.themes
        if theme.id in cards.claimed.nodes
    ]


def _beside_shape(node: Node, cards: Cards) -> Shape:
    beside: Beside = node_beside(cards, node.id)
    return {"node": node, **apart_shape(beside)}

"""The links from a gap to the answers behind it, and back."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import request, url_for
from markupsafe import Markup

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_wording import ScorecardsByBasis, node_by_basis
from compliance.questionnaire.edition import Edition, Node
from compliance.scoring.numeric import rounded
from compliance.scoring.scorecard import Gap
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_fragment
from compliance.web.company.blueprint import ScorecardSource, explanation_urls, is_draft
from compliance.web.database import now
from compliance.web.presenters.evidence import EvidenceView, hidden_from_me
from compliance.web.presenters.given_answers import GivenAnswerView, given_answer_view
from compliance.web.presenters.provisions import LawByRequirement
from compliance.web.presenters.scorecard import GapView, LinkView, gap_view

#: Pages that lead to questions, each with the text of the link back.
_ORIGINS: Mapping[str, str] = {
    "board": N_("Back to the board view"),
    "scorecard": N_("Back to the scorecard"),
    "check": N_("Back to checking your answers"),
}


@dataclass(frozen=True, slots=True)
class GapAnswersView:
    """The answers that lose the points of a gap, all of one theme, with their evidence."""

    theme: str  # title
    answers: tuple[GivenAnswerView, ...]

    @property
    def evidence(self) -> Sequence[tuple[EvidenceView, str]]:
        """Each piece of evidence once, with the address where all the evidence of its answer is shown."""
        pieces = {replace(of, id=0): given.evidence_href for given in self.answers for of in given.evidence}
        return list(pieces.items())


def answers_behind(read: ScorecardSource, node: str, questions: Sequence[str], origin: str) -> GapAnswersView:
    """Return the answers to these questions of a node, each with a link to where it is given.

    For an auditor, the link leads to where it is judged. `origin`: the page that the link back leads to.
    """
    theme = _theme_of(read.asked.edition, questions)
    if read.here:
        given = tuple(_of_company(read, read.here, question, node, origin) for question in questions)
    else:
        given = tuple(_of_auditor(read, question, theme) for question in questions)
    return GapAnswersView((theme.title or theme.id) if theme else "", given)


@dataclass(frozen=True)
class GapsOnPage:
    """The gaps of a scorecard as a page shows them. Each is cached until something that it shows changes."""

    read: ScorecardSource
    cards: ScorecardsByBasis
    origin: str  # the page, as in `answers_behind`

    def draw(self, gap: Gap, shape: str, tell: Callable[[GapView, str, GapAnswersView], object]) -> Markup:
        """Return a gap as HTML. `tell` draws it from its view, the address that explains its score, and the answers.

        `shape`: a name for `tell` in the cache key. `tell` may not use anything else that changes.
        """

        def drawn() -> str:
            shown = gap_view(self.cards, replace(gap, loss=loss, gain=gain), self._law[node])
            return str(tell(shown, self._leads[node], answers_behind(self.read, node, gap.questions, self.origin)))

        node = gap.requirement.id
        loss, gain = rounded(gap.loss, 1), rounded(gap.gain, 1)  # more digits change on every save
        standing = (node, loss, gain, gap.fails_critical, node_by_basis(self.cards, node))
        return cached_fragment(drawn, self.origin, shape, self._told_of_all, standing, self._read_behind(gap.questions))

    @cached_property
    def _told_of_all(self) -> tuple[Hashable, ...]:
        """The part of the cache key that all gaps share: questionnaire, reader, facts for the law, and day."""
        read = self.read
        asked_now = read.here and read.here.served_edition
        reader = (read.id, read.own, is_draft(), read.here and read.here.assessment.closed, hidden_from_me())
        return (read.asked, asked_now, *reader, read.facts, now().date())

    def _read_behind(self, questions: Sequence[str]) -> tuple[Hashable, ...]:
        """Return the part of the cache key that depends on the answers to these questions."""
        places = self.read.here.places if self.read.here else {}
        return tuple((question, self.read.answers.get(question), places.get(question)) for question in questions)

    @cached_property
    def _law(self) -> LawByRequirement:
        return self.read.law

    @cached_property
    def _leads(self) -> Mapping[str, str]:
        return explanation_urls(self.read)


def _theme_of(edition: Edition, questions: Sequence[str]) -> Node | None:
    """Return the theme of the first of these questions that belongs to one."""
    themes = {theme.id: theme for theme in edition.themes}
    above = (node.id for question in questions for node in edition.holders(question))
    return next((themes[node] for node in above if node in themes), None)


def _of_company(
    read: ScorecardSource, here: AssessmentContext, question: str, node: str, origin: str
) -> GivenAnswerView:
    place = here.places.get(question)
    back = {"from": origin, "gap": node, "as": "draft" if is_draft() else None}
    read_over = url_for("company.check", assessment_id=read.assessment_id, _anchor=f"said-{question}")
    return given_answer_view(
        read.asked.edition,
        question,
        read.answers.get(question),
        href=here.address_of(question, **back),
        evidence_href=read_over if here.assessment.closed else "",  # otherwise the evidence is shown with the question
        number=place.number if place else 0,
    )


def _of_auditor(read: ScorecardSource, question: str, theme: Node | None) -> GivenAnswerView:
    where = url_for("audit.theme", assessment_id=read.assessment_id, theme=theme.id, _anchor=question) if theme else ""
    return given_answer_view(read.asked.edition, question, read.answers.get(question), href=where)


def way_back(assessment_id: int, edition: Edition) -> LinkView | None:
    """Return the link back to the gap from which a question was opened; None if the address names no origin."""
    origin, node = request.args.get("from", ""), request.args.get("gap", "")
    if origin not in _ORIGINS:
        return None
    anchor = f"gap-{node}" if node in edition.nodes else None
    there: dict[str, Any] = {"assessment_id": assessment_id, "as": "draft" if is_draft() else None, "_anchor": anchor}
    where = url_for(f"company.{origin}", **there)
    return LinkView(_(_ORIGINS[origin]), where)

"""The ways from a gap to the answers behind it, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition, Node
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import ScorecardSource, is_draft
from compliance.web.presenters.evidence import EvidenceView
from compliance.web.presenters.given_answers import GivenAnswerView, given_answer_view
from compliance.web.presenters.scorecard import LinkView

#: Pages that lead to questions, and what the link back to each says.
_ORIGINS: Mapping[str, str] = {
    "board": N_("Back to the board view"),
    "scorecard": N_("Back to the scorecard"),
    "check": N_("Back to checking your answers"),
}


@dataclass(frozen=True, slots=True)
class GapAnswersView:
    """The questions that lose the points of a gap, all of one theme, and what their answers rest on."""

    theme: str  # title
    answers: tuple[GivenAnswerView, ...]

    @property
    def evidence(self) -> Sequence[tuple[EvidenceView, str]]:
        """Every piece once, with where it can be read whole."""
        pieces = {replace(of, id=0): given.evidence_href for given in self.answers for of in given.evidence}
        return list(pieces.items())


def answers_behind(
    read: ScorecardSource, gaps: Mapping[str, Sequence[str]], origin: str
) -> Mapping[str, GapAnswersView]:
    """By requirement, the answers to the questions named for it, each leading to where it is given.

    For an auditor, to where it is judged. `origin`: the page from which one goes there and comes back.
    """
    themes = {q.id: theme for theme in read.asked.edition.themes for q in theme.questions()}
    found = {}
    for node, questions in gaps.items():
        theme = next((themes[i] for i in questions if i in themes), None)
        if read.here:
            given = tuple(_of_company(read, read.here, question, node, origin) for question in questions)
        else:
            given = tuple(_of_auditor(read, question, theme) for question in questions)
        found[node] = GapAnswersView((theme.title or theme.id) if theme else "", given)
    return found


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
        evidence_href=read_over if here.assessment.closed else "",  # else the words stand at the question
        number=place.number if place else 0,
    )


def _of_auditor(read: ScorecardSource, question: str, theme: Node | None) -> GivenAnswerView:
    where = url_for("audit.theme", assessment_id=read.assessment_id, theme=theme.id, _anchor=question) if theme else ""
    return given_answer_view(read.asked.edition, question, read.answers.get(question), href=where)


def way_back(assessment_id: int, edition: Edition) -> LinkView | None:
    """The page from which one came to a question, at the gap it is in; None where the address names none."""
    origin, node = request.args.get("from", ""), request.args.get("gap", "")
    if origin not in _ORIGINS:
        return None
    anchor = f"gap-{node}" if node in edition.nodes else None
    there: dict[str, Any] = {"assessment_id": assessment_id, "as": "draft" if is_draft() else None, "_anchor": anchor}
    where = url_for(f"company.{origin}", **there)
    return LinkView(_(_ORIGINS[origin]), where)

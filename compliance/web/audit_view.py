"""An assessment as its auditor reads it: claim, evidence and law, question by question."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.findings.bases import Cards, node_beside
from compliance.languages.words import field_words, sector_title, value_words
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import OVERALL, PROFILE, Edition, Node, Question
from compliance.questionnaire.routing import Route, route
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.progress import Progress, is_counted, progress_of, questions_in
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.store import Kept, Submitted
from compliance.web.company.bases_shape import apart_shape
from compliance.web.company.questions import answer_words, evidence_shape
from compliance.web.shapes import Shape, band_shape
from compliance.workbook.sector import SectorLine


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of assessments. Scores are those kept with the submission."""

    id: int
    company: str
    sector: str
    year: int
    at: datetime
    claimed: Shape
    evidenced: Shape
    coverage: float | None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What was answered to one question, and what bears it out."""

    question: Question
    state: str  # given, blank, n/a, not asked
    words: str
    reason: str
    by: str
    at: datetime | None
    worth: float | None  # share of full marks as claimed; None: drops out
    shown: float | None  # the same as evidenced
    counts: bool  # its gate is open
    evidence: list[Shape]


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement, or one theme, in the overview."""

    node: Node
    apart: Shape  # on each basis
    progress: Progress
    borne_out: int  # answers with evidence
    fails: bool  # critical, and not met


def list_row(submitted: Submitted, edition: Edition) -> Listed:
    """A submission as a line, from the scores that were kept with it."""
    record = json.loads(submitted.scores)
    claimed, evidenced = (
        record.get(basis, {}).get("standings", {}).get(OVERALL, {}) for basis in ("claimed", "evidenced")
    )
    return Listed(
        submitted.assessment_id,
        submitted.organisation,
        sector_title(submitted.sector),
        submitted.year,
        submitted.at,
        _kept_row(edition, claimed),
        _kept_row(edition, evidenced),
        claimed.get("coverage"),
    )


def sector_line(submitted: Submitted) -> SectorLine:
    """A submission as a row of the workbook."""
    size = json.loads(submitted.sheet)["profile"].get("size", {}).get("value", "")
    return SectorLine(
        company=submitted.organisation,
        sector=sector_title(submitted.sector),
        size=size,
        period=str(submitted.year),
        record=json.loads(submitted.scores),
        submitted=submitted.at.date().isoformat(),
    )


def profile_rows(edition: Edition, answers: Mapping[str, Kept]) -> list[tuple[str, str]]:
    """What the company said about itself: field and value, in words."""
    rows = []
    for name, field in edition.profile.items():
        kept = answers.get(PROFILE + name)
        value = "" if kept is None else kept.text if field.is_number else value_words(name, kept.text)
        rows.append((field_words(name), value))
    about = [q for q in edition.questions.values() if not q.scored and q.id in answers]
    return rows + [(q.ask, answer_words(edition, q.id, answers[q.id].text, word=answers[q.id].word)) for q in about]


def requirement_rows(cards: Cards) -> list[tuple[RequirementRow, list[RequirementRow]]]:
    """Every theme with its requirements."""
    edition, sheet = cards.claimed.edition, cards.claimed.sheet
    routes = route(edition, sheet)
    return [
        (
            _row(cards, theme, routes),
            [_row(cards, node, routes) for node in theme.nodes() if node.is_requirement],
        )
        for theme in edition.themes
    ]


def question_views(
    node: Node, claimed: Scorecard, evidenced: Scorecard, answers: Mapping[str, Kept]
) -> list[QuestionView]:
    """The questions of a requirement, with what was answered."""
    return [_question(q, claimed, evidenced, answers.get(q.id)) for q in node.questions()]


def _row(cards: Cards, node: Node, routes: Mapping[str, Route]) -> RequirementRow:
    edition, sheet = cards.claimed.edition, cards.claimed.sheet
    counted = [i for i in questions_in(edition, node.id) if is_counted(routes[i])]
    return RequirementRow(
        node,
        apart_shape(node_beside(cards, node.id)),
        progress_of(edition, sheet, routes, counted),
        sum(i in sheet.answers and i in sheet.evidenced for i in counted),
        any(failed.id == node.id for failed in cards.claimed.failed),
    )


def _question(question: Question, claimed: Scorecard, evidenced: Scorecard, kept: Kept | None) -> QuestionView:
    answer = claimed.sheet.answers.get(question.id)
    asked = question.id in claimed.asked
    state = "given" if answer is not None else "blank"
    if isinstance(answer, NotApplicable):
        state = "n/a"
    return QuestionView(
        question,
        state if asked or answer is not None else "not asked",
        answer_words(claimed.edition, question.id, kept.text, word=kept.word)
        if kept and (kept.text or kept.word)
        else "",
        kept.reason if kept else "",
        kept.by if kept else "",
        kept.at if kept else None,
        _share(claimed, question) if asked else None,
        _share(evidenced, question) if asked else None,
        not asked or question.id in claimed.counting,
        [evidence_shape(piece) for piece in kept.evidence] if kept else [],
    )


def _share(card: Scorecard, question: Question) -> float | None:
    standing: Standing | None = card.questions.get(question.id)
    return None if standing is None or standing.score is None else standing.score / card.edition.scale


def _kept_row(edition: Edition, standing: Mapping[str, Any]) -> Shape:
    band = next((band for band in edition.bands if band.id == standing.get("band")), None)
    found = {key: standing.get(key) for key in ("score", "worst", "best")}
    decimals = decimals_to_show(edition, found["score"])
    return {"title": "", **found, "band": band_shape(edition, band), "decimals": decimals}

"""The auditor's pages: the list of assigned submissions, also as a workbook, and each of them with its requirements.

The pages of a theme, on which verdicts are given, are in `verdict_pages`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, render_template, request

from compliance.languages.interface_messages import current_language
from compliance.languages.labels import profile_field_label, profile_value_label, sector_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.score_wording import ScorecardsByBasis, node_by_basis, part_title, scorecards_by_basis
from compliance.publication import UNSTATED_SECTOR
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX, SIZE_FIELD, Edition, Node
from compliance.questionnaire.routing import Route, route_questions
from compliance.scoring.progress import Progress, is_counted, progress_at, progress_of, questions_in
from compliance.scoring.score import score
from compliance.scoring.scorecard import unmet_parts
from compliance.scoring.serialisation import RECORDED_BASES
from compliance.scoring.standing import (
    ScoreWithBounds,
    StandingRecord,
    overall_bounds,
    record_from_json,
    recorded_standing,
)
from compliance.scoring.verified_card import review_coverage
from compliance.store import (
    FrozenSubmission,
    SavedAnswer,
    assessments_for_auditor,
    submitted_answers,
    submitted_sheet,
)
from compliance.store.assignments import due_dates
from compliance.store.sign_offs import sign_offs_for_auditor, sign_offs_of
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, newest_edition, sector_choices
from compliance.web.presenters.review_states import REVIEW_STATES, state_words
from compliance.web.presenters.scores import (
    ScoreView,
    SideBySideView,
    band_view,
    band_views,
    bases_views,
    score_view,
    side_by_side_view,
)
from compliance.web.presenters.sign_offs import sign_off_views
from compliance.web.responses import XLSX, download
from compliance.web.review_queue import QueuedReview, queued_reviews, sheets_with_verdicts
from compliance.workbook.sector_workbook import SubmittedScorecard, sector_workbook


@dataclass(frozen=True, slots=True)
class AssignedAssessment:
    """One line of the list of assessments. Scores are those kept with the submission."""

    id: int
    company: str
    sector: str
    year: int
    at: datetime
    claimed: ScoreView
    evidenced: ScoreView
    coverage: float | None
    verified: ScoreView | None = None  # as of now; None: there is no verdict
    reviewed: Progress | None = None
    review: QueuedReview | None = None  # its state and due date


@dataclass(frozen=True, slots=True)
class RequirementUnderAudit:
    """One requirement, or one theme, in the overview."""

    node: Node
    apart: SideBySideView
    progress: Progress
    borne_out: int  # answers with evidence
    fails: bool  # critical, and not met


def assigned_assessment(
    submitted: FrozenSubmission,
    edition: Edition,
    verified: tuple[ScoreWithBounds, Progress] | None = None,
    review: QueuedReview | None = None,
) -> AssignedAssessment:
    """A submission as a line, from the scores that were kept with it. `verified`: what verdicts have come to since."""
    record = record_from_json(submitted.scores)
    claimed, evidenced = (recorded_standing(record, basis, OVERALL) for basis in RECORDED_BASES)
    return AssignedAssessment(
        submitted.assessment_id,
        submitted.organisation,
        sector_label(edition, submitted.sector),
        submitted.year,
        submitted.at,
        _submitted_score_view(edition, claimed),
        _submitted_score_view(edition, evidenced),
        claimed["coverage"] if claimed is not None else None,
        score_view(edition, "", verified[0]) if verified else None,
        verified[1] if verified else None,
        review,
    )


def sector_line(submitted: FrozenSubmission, edition: Edition) -> SubmittedScorecard:
    """A submission as a row of the workbook."""
    size = json.loads(submitted.sheet)["profile"].get(SIZE_FIELD, {}).get("value", "")
    return SubmittedScorecard(
        company=submitted.organisation,
        sector=sector_label(edition, submitted.sector),
        size=size,
        period=str(submitted.year),
        record=record_from_json(submitted.scores),
        submitted=submitted.at.date().isoformat(),
    )


def profile_rows(edition: Edition, answers: Mapping[str, SavedAnswer]) -> list[tuple[str, str]]:
    """The profile of a company: field and value, in words."""
    rows = []
    for name, field in edition.profile.items():
        kept = answers.get(PROFILE_PREFIX + name)
        value = "" if kept is None else kept.text if field.is_number else profile_value_label(edition, name, kept.text)
        rows.append((profile_field_label(edition, name), value))
    about = [(q, answers[q.id]) for q in edition.questions.values() if not q.scored and q.id in answers]
    return rows + [
        (q.ask, saved_answer_words(edition, q.id, kept.text, word=kept.word, title=kept.title)) for q, kept in about
    ]


def requirements_under_audit(
    cards: ScorecardsByBasis,
) -> list[tuple[RequirementUnderAudit, list[RequirementUnderAudit]]]:
    """Every theme with its requirements."""
    edition, sheet = cards.claimed.edition, cards.claimed.sheet
    routes = route_questions(edition, sheet)
    return [
        (
            _requirement_under_audit(cards, theme, routes),
            [_requirement_under_audit(cards, node, routes) for node in theme.nodes() if node.is_requirement],
        )
        for theme in edition.themes
    ]


def _requirement_under_audit(
    cards: ScorecardsByBasis, node: Node, routes: Mapping[str, Route]
) -> RequirementUnderAudit:
    edition, sheet = cards.claimed.edition, cards.claimed.sheet
    counted = [i for i in questions_in(edition, node.id) if is_counted(routes[i])]
    return RequirementUnderAudit(
        node,
        side_by_side_view(node_by_basis(cards, node.id)),
        progress_of(edition, sheet, routes, counted),
        sum(i in sheet.answers and i in sheet.evidenced for i in counted),
        any(failed.id == node.id for failed in cards.claimed.failed),
    )


def _submitted_score_view(edition: Edition, standing: StandingRecord | None) -> ScoreView:
    if standing is None:
        return score_view(edition, "", None)
    band = next((band for band in edition.bands if band.id == standing["band"]), None)
    return score_view(edition, "", ScoreWithBounds(standing["score"], standing["worst"], standing["best"], band))


@bp.get("/audit")
@readers("auditor")
def index() -> str:
    """The submitted assessments assigned to me, those due first on top, by sector, period and state."""
    mine = assessments_for_auditor(db(), me().id)
    sheets = sheets_with_verdicts(mine)
    verified, queue = _verified_scores(mine, sheets), _queue(mine, sheets)
    return render_template(
        "audit/index.html",
        everything=len(mine),
        judged=bool(verified),
        rows=[
            assigned_assessment(
                one,
                edition_by_digest(one.edition_digest).edition,
                verified.get(one.assessment_id),
                queue[one.assessment_id],
            )
            for one in sorted(_filtered(mine, queue), key=lambda one: _order(queue[one.assessment_id]))
        ],
        sectors=sector_choices(mine),
        years=sorted({one.year for one in mine}, reverse=True),
        states=[(state, state_words(state)) for state in REVIEW_STATES],
        sector=request.args.get("sector", ""),
        period=request.args.get("period", ""),
        state=request.args.get("state", ""),
    )


def _order(review: QueuedReview) -> tuple[bool, date]:
    """By due date, and what is signed off below what is not."""
    return review.state == "signed", review.due or date.max


def _queue(mine: tuple[FrozenSubmission, ...], sheets: Mapping[int, AnswerSheet]) -> Mapping[int, QueuedReview]:
    auditor = me().id
    return queued_reviews(mine, sheets, sign_offs_for_auditor(db(), auditor), due_dates(db(), auditor).get)


def _verified_scores(
    submissions: Sequence[FrozenSubmission], sheets: Mapping[int, AnswerSheet]
) -> dict[int, tuple[ScoreWithBounds, Progress]]:
    """By assessment, of those with a verdict: the verified score as it is now, and on how much of it there is one."""
    found: dict[int, tuple[ScoreWithBounds, Progress]] = {}
    for digest in dict.fromkeys(one.edition_digest for one in submissions if one.assessment_id in sheets):
        compiled = edition_by_digest(digest).compiled
        judged = {
            one.assessment_id: sheets[one.assessment_id]
            for one in submissions
            if one.edition_digest == digest and one.assessment_id in sheets
        }
        scores = score(compiled, [*judged.values()], "verified")
        for place, (number, sheet) in enumerate(judged.items()):
            found[number] = overall_bounds(scores, place), progress_at(compiled.edition, sheet)
    return found


@bp.get("/audit.xlsx")
@readers("auditor")
def sector_list() -> Response:
    """The list of submitted assessments as a workbook, one row an assessment."""
    mine = assessments_for_auditor(db(), me().id)
    chosen = _filtered(mine, _queue(mine, sheets_with_verdicts(mine)) if request.args.get("state") else {})
    latest = max(chosen, key=lambda one: one.id, default=None)
    edition = newest_edition().edition if latest is None else edition_by_digest(latest.edition_digest).edition
    lines = [sector_line(one, edition) for one in chosen if one.edition_id == edition.id]
    as_of, others = now().date().isoformat(), len(chosen) - len(lines)
    content = sector_workbook(
        edition, lines, sector=_sector_name(edition), as_of=as_of, others=others, language=current_language()
    )
    return download("submitted-scorecards.xlsx", content, XLSX)


@bp.get("/audit/<int:assessment_id>")
@readers("auditor")
def assessment(assessment_id: int) -> str:
    """One assessment as it was submitted: how it stands, and every requirement. Raise NotFound unless assigned."""
    submitted = assigned_review(assessment_id)
    asked = edition_by_digest(submitted.edition_digest)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    cards = scorecards_by_basis(asked.compiled, sheet)
    claimed = cards.claimed
    return render_template(
        "audit/assessment.html",
        submitted=submitted,
        edition=asked.edition,
        bases=bases_views(cards, OVERALL),
        progress=progress_at(asked.edition, sheet),
        by_points=band_view(asked.edition, claimed.cap.by_points) if claimed.cap else None,
        failed=[part_title(part) for part in unmet_parts(claimed)],
        critical_only=claimed.cap is None or claimed.cap.is_critical_only,
        bands=band_views(asked.edition),
        profile=profile_rows(asked.edition, submitted_answers(submitted)),
        themes=requirements_under_audit(cards),
        sign_offs=sign_off_views(sign_offs_of(db(), assessment_id)),
        coverage=review_coverage(asked.compiled.edition, sheet),
    )


def _filtered(mine: tuple[FrozenSubmission, ...], queue: Mapping[int, QueuedReview]) -> tuple[FrozenSubmission, ...]:
    """The submissions of the sector, the period and the state in the query."""
    sector, period, state = (request.args.get(key, "") for key in ("sector", "period", "state"))
    return tuple(
        one
        for one in mine
        if sector in ("", one.sector or UNSTATED_SECTOR)
        and period in ("", str(one.year))
        and (not state or queue[one.assessment_id].state == state)
    )


def _sector_name(edition: Edition) -> str:
    sector = request.args.get("sector", "")
    return sector_label(edition, sector) if sector else ""

"""The auditor's pages: the list of assigned submissions, and each of them with its requirements.

The pages of a theme, on which verdicts are given, are in `verdict_pages`; what a workbook that came back would change,
in `workbook_pages`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.labels import profile_field_label, profile_value_label, sector_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.score_wording import ScorecardsByBasis, node_by_basis, part_title
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX, Edition, Node
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
from compliance.store.reopenings import latest_reopenings
from compliance.store.sign_offs import sign_offs_of
from compliance.store.workbooks import record_upload, workbook_uploads
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.auditor.queue import by_due_date, filtered_submissions, my_queue, waiting_reviews
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, sector_choices
from compliance.web.files import files
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.presenters import ErrorLink
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
from compliance.web.returned_reviews import compare_review
from compliance.web.returned_workbooks import WorkbookRefused, refusal_words, sent_workbook
from compliance.web.review_queue import QueuedReview, sheets_with_verdicts
from compliance.web.settings import MAX_WORKBOOK_BYTES
from compliance.workbook.reader import UnreadableWorkbook


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
    verified, queue = _verified_scores(mine, sheets), my_queue(mine, sheets)
    shown = sorted(filtered_submissions(mine, queue), key=lambda one: by_due_date(queue[one.assessment_id]))
    reopened = latest_reopenings(db(), [one.assessment_id for one in mine])
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
            for one in shown
        ],
        reopened=reopened,
        tasks=waiting_reviews(mine, queue, reopened),
        sectors=sector_choices((one.sector, one.edition_digest) for one in mine),
        years=sorted({one.year for one in mine}, reverse=True),
        states=[(state, state_words(state)) for state in REVIEW_STATES],
        sector=request.args.get("sector", ""),
        period=request.args.get("period", ""),
        state=request.args.get("state", ""),
    )


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


@bp.get("/audit/<int:assessment_id>")
@readers("auditor")
def assessment(assessment_id: int) -> str:
    """One assessment as it was submitted: how it stands, and every requirement. Raise NotFound unless assigned."""
    return _assessment_page(assigned_review(assessment_id))


def _assessment_page(submitted: FrozenSubmission, file_fault: str = "") -> str:
    """The page of an assigned assessment. `file_fault`: what is wrong with a workbook that was sent."""
    asked = edition_by_digest(submitted.edition_digest)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    cards = scorecards_of(submitted.assessment_id, asked.compiled, sheet)
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
        sign_offs=sign_off_views(sign_offs_of(db(), submitted.assessment_id)),
        coverage=review_coverage(asked.compiled.edition, sheet),
        reopened=latest_reopenings(db(), [submitted.assessment_id]).get(submitted.assessment_id),
        uploads=workbook_uploads(db(), submitted.assessment_id),
        errors=[ErrorLink("file", file_fault)] if file_fault else [],
    )


@bp.post("/audit/<int:assessment_id>/workbooks")
@readers("auditor")
@takes_file(MAX_WORKBOOK_BYTES)
def bring_workbook(assessment_id: int) -> str | BaseResponse:
    """Keep a workbook, and show what it would change. One that is not of this assessment is refused, and not kept."""
    submitted = assigned_review(assessment_id)
    try:
        content, name = sent_workbook()
        review = compare_review(db(), lambda _mark: submitted, content, name)
    except (WorkbookRefused, UnreadableWorkbook) as refused:
        return _assessment_page(submitted, refusal_words(refused))
    number = record_upload(
        db(),
        assessment_id,
        download_id=review.download.id if review.download else None,
        file_name=name,
        digest=files().put(content),
        size=len(content),
        by=me().id,
        at=now(),
    )
    db().commit()
    return redirect(url_for("audit.returned_workbook", assessment_id=assessment_id, upload_id=number))

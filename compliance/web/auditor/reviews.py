"""The auditor's pages: the list of assigned submissions, and each of them with its requirements.

The pages of a theme, on which verdicts are given, are in `verdict_pages`. The changes of a returned workbook are shown
in `workbook_pages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import profile_field_label, profile_value_label, sector_label
from compliance.narrative.answer_wording import saved_answer_words
from compliance.narrative.score_wording import ScorecardsByBasis, node_by_basis, part_title
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX, Edition, Node
from compliance.questionnaire.routing import Route, route_questions
from compliance.scoring.progress import Progress, is_counted, progress_at, progress_of, questions_in
from compliance.scoring.scorecard import unmet_parts
from compliance.scoring.standing import ScoreWithBounds
from compliance.scoring.verified_card import review_coverage
from compliance.store import (
    FrozenSubmission,
    SavedAnswer,
    submitted_answers,
    submitted_sheet,
)
from compliance.store.list_pages import PageRequest
from compliance.store.reopenings import latest_reopenings
from compliance.store.review_lists import ListedReview, reviews_overview
from compliance.store.sign_offs import sign_offs_of
from compliance.store.submission_figures import REVIEW_STATES, OverallFigures, ReviewFigures
from compliance.store.workbooks import record_upload, workbook_uploads
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.auditor.queue import changed_words, my_reviews, waiting_reviews
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, sector_choices
from compliance.web.files import files
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.list_requests import list_request, list_view
from compliance.web.logs import note_event
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.review_states import due_words, state_words
from compliance.web.presenters.scores import (
    ScoreView,
    SideBySideView,
    band_view,
    bases_views,
    score_view,
    side_by_side_view,
)
from compliance.web.presenters.sign_offs import sign_off_views
from compliance.web.returned_reviews import compare_review
from compliance.web.returned_workbooks import WorkbookRefused, refusal_words, sent_workbook
from compliance.web.review_queue import my_unkept
from compliance.web.settings import MAX_WORKBOOK_BYTES
from compliance.workbook.reader import UnreadableWorkbook


@dataclass(frozen=True, slots=True)
class AssignedAssessment:
    """One line of the list of assessments. Scores are those stored with the submission."""

    listed: ListedReview
    sector: str  # its label
    claimed: ScoreView
    evidenced: ScoreView
    verified: ScoreView | None  # with the current verdicts; None: there are none
    progress: ReviewFigures | None
    state_words: str
    due_words: str


@dataclass(frozen=True, slots=True)
class RequirementUnderAudit:
    """One requirement, or one theme, in the overview."""

    node: Node
    apart: SideBySideView
    progress: Progress
    borne_out: int  # number of answers with evidence
    fails: bool  # critical, and not met


def assigned_assessment(listed: ListedReview, edition: Edition, progress: ReviewFigures | None) -> AssignedAssessment:
    """Return a review as a line of the list. `progress`: the results of its verdicts."""
    judged = progress if progress is not None and progress.judged else None
    return AssignedAssessment(
        listed,
        sector_label(edition, listed.sector),
        _overall_view(edition, listed.claimed),
        _overall_view(edition, listed.evidenced),
        _overall_view(edition, judged) if judged else None,
        judged,
        state_words(listed.state),
        due_words(listed.due, now().date(), listed.state),
    )


def profile_rows(edition: Edition, answers: Mapping[str, SavedAnswer]) -> list[tuple[str, str]]:
    """Return the profile of a company: fields and values, in words."""
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
    """Return every theme with its requirements."""
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


def _overall_view(edition: Edition, found: OverallFigures | ReviewFigures) -> ScoreView:
    band = next((band for band in edition.bands if band.id == found.band), None)
    return score_view(edition, "", ScoreWithBounds(found.score, found.worst, found.best, band))


@bp.get("/audit")
@readers("auditor")
def index() -> str:
    """Show the submitted assessments assigned to the auditor, a page at a time, by sector, period and state."""
    orders = {
        "due": _("by due date"),
        "name": _("by company"),
        "latest": _("latest submitted first"),
        "score": _("highest score first"),
    }
    asked, unkept = list_request(list(orders)), my_unkept()
    overview, page = reviews_overview(db(), me().id, unkept), my_reviews(asked, unkept)
    chosen = {name: request.args.get(name, "") for name in ("sector", "period", "state")}
    is_start = asked == PageRequest(order="due") and not any(chosen.values())
    return render_template(
        "audit/index.html",
        everything=sum(overview.states.values()),
        judged=overview.judged,
        rows=[
            assigned_assessment(
                one, edition_by_digest(one.edition_digest).edition, one.progress or unkept.get(one.submission)
            )
            for one in page.rows
        ],
        view=list_view(page, asked, orders, "audit.index", **{name: said or None for name, said in chosen.items()}),
        reopened=latest_reopenings(db(), [one.assessment_id for one in page.rows]),
        tasks=waiting_reviews(page.rows, overview, unkept) if is_start else [],
        sectors=sector_choices(overview.sectors),
        years=overview.years,
        states=[(state, state_words(state)) for state in REVIEW_STATES],
        is_start=is_start,
        **chosen,
    )


@bp.get("/audit/<int:assessment_id>")
@readers("auditor")
def assessment(assessment_id: int) -> str:
    """Show an assessment as submitted: its scores, and every requirement. Raise NotFound unless assigned."""
    return _assessment_page(assigned_review(assessment_id))


def _assessment_page(submitted: FrozenSubmission, file_fault: str = "") -> str:
    """Return the page of an assigned assessment. `file_fault`: the error of a workbook that was sent."""
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
        profile=profile_rows(asked.edition, submitted_answers(submitted)),
        themes=requirements_under_audit(cards),
        sign_offs=sign_off_views(sign_offs_of(db(), submitted.assessment_id)),
        coverage=review_coverage(asked.compiled.edition, sheet),
        reopened=latest_reopenings(db(), [submitted.assessment_id]).get(submitted.assessment_id),
        uploads=workbook_uploads(db(), submitted.assessment_id),
        changed=_questions_with_changed_words(submitted, asked.edition),
        errors=[ErrorLink("file", file_fault)] if file_fault else [],
    )


def _questions_with_changed_words(submitted: FrozenSubmission, edition: Edition) -> list[tuple[str, str]]:
    """Return the questions whose passages a later version changed or left out, each with its address."""
    marks = changed_words([submitted]).get(submitted.assessment_id, ())
    found = []
    for theme in edition.themes:
        for question in theme.questions():
            if any(mark.question == question.id for mark in marks):
                number = submitted.assessment_id
                address = url_for("audit.theme", assessment_id=number, theme=theme.id, _anchor=question.id)
                found.append((question.ask, address))
    return found


@bp.post("/audit/<int:assessment_id>/workbooks")
@readers("auditor")
@takes_file(MAX_WORKBOOK_BYTES)
def bring_workbook(assessment_id: int) -> str | BaseResponse:
    """Keep a workbook, and show its changes. A workbook that does not fit the assessment is refused and not kept."""
    submitted = assigned_review(assessment_id)
    try:
        content, name = sent_workbook()
        review = compare_review(db(), lambda _mark: submitted, content, name)
    except (WorkbookRefused, UnreadableWorkbook) as refused:
        note_event("file", "refused")
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

"""The pages on which an auditor reads the answers of a theme, with evidence and law, and gives verdicts on them.

A page of verdicts is saved completely or not at all. If there are errors, it is shown again as typed.
"""

from collections.abc import Sequence
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import date_and_time
from compliance.questionnaire.edition import Node
from compliance.scoring.progress import open_to_verdicts, progress_at
from compliance.store import (
    SavedVerdicts,
    VerdictEdit,
    determinations,
    period,
    save_determinations,
    submitted_answers,
    submitted_sheet,
    verdicts_on,
)
from compliance.store.passage_checks import CheckEdit, passage_checks
from compliance.store.passage_marks import submitted_passages
from compliance.store.sign_offs import sign_offs_of
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.auditor.queue import changed_words
from compliance.web.auditor.verdict_views import (
    AnswersOfRequirement,
    OpenReview,
    answer_under_audit,
    error_links,
    saved_words,
)
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest
from compliance.web.forms import NextForm, small_number
from compliance.web.kept_scorecards import scorecards_of
from compliance.web.pagination import neighbouring_themes
from compliance.web.presenters.country_needs import region_views
from compliance.web.presenters.marked_passages import PassagesUnderAudit, passages_under_audit
from compliance.web.presenters.provisions import provision_views
from compliance.web.presenters.scores import bases_views, score_view
from compliance.web.verdict_forms import misplaced_verdicts, read_posted_checks, read_posted_verdicts


def _open_review(assessment_id: int) -> OpenReview:
    """Return an assigned submission with the verdicts on it. Raise NotFound."""
    submitted = assigned_review(assessment_id)
    asked = edition_by_digest(submitted.edition_digest)
    cards = scorecards_of(assessment_id, asked.compiled, submitted_sheet(db(), submitted, asked.edition))
    judgeable = open_to_verdicts(cards.claimed.edition, cards.claimed.sheet)
    kept = determinations(db(), assessment_id)
    answers = submitted_answers(submitted)
    counting, marked = verdicts_on(kept, answers), submitted_passages(submitted.sheet)
    audited = PassagesUnderAudit(assessment_id, marked, passage_checks(db(), assessment_id) if marked else {})
    outdated = changed_words([submitted]).get(assessment_id, ())
    return OpenReview(submitted, asked, cards, answers, kept, counting, judgeable, {}, {}, {}, audited, outdated)


def _theme_of(review: OpenReview, theme: str) -> Node:
    return next((node for node in review.asked.edition.themes if node.id == theme), None) or abort(404)


@bp.get("/audit/<int:assessment_id>/<theme>")
@readers("auditor")
def theme(assessment_id: int, theme: str) -> str:
    """Show the answers of one theme, with reasons, evidence, law and verdicts. Raise NotFound unless assigned."""
    review = _open_review(assessment_id)
    return _show_theme(review, _theme_of(review, theme))


@bp.post("/audit/<int:assessment_id>/<theme>")
@readers("auditor")
def save_verdicts(assessment_id: int, theme: str) -> str | BaseResponse:
    """Save the verdicts and passage checks of a page, all or none, and go where the button says.

    Raise NotFound unless assigned, or BadRequest.
    """
    review = _open_review(assessment_id)
    node = _theme_of(review, theme)
    questions = {question.id: question for question in node.questions() if question.id in review.judgeable}
    sheet = review.cards.claimed.sheet
    posted = read_posted_verdicts(questions.values(), request.form, sheet, review.counting)
    misplaced = {i: request.form.get(f"{i}#note", "") for i in misplaced_verdicts(request.form, questions)}
    marked = review.audited.of(question.id for question in node.questions())
    checks = read_posted_checks((one.key for one in marked), request.form)
    audited = replace(review.audited, posted={check.key: check for check in checks})
    review = replace(review, posted={one.question: one for one in posted}, misplaced=misplaced, audited=audited)
    if misplaced or any(one.errors for one in posted):
        return _show_theme(review, node)
    saved = _save(review, [edit for one in posted if (edit := one.edit)], checks)
    if not saved.is_saved:
        db().rollback()
        conflicts = {conflict.wanted.question: conflict for conflict in saved.conflicts}
        today = _open_review(assessment_id)
        contested = {conflict.wanted.key: conflict for conflict in saved.check_conflicts}
        audited = replace(today.audited, posted=review.audited.posted, conflicts=contested)
        return _show_theme(replace(today, posted=review.posted, conflicts=conflicts, audited=audited), node, saved)
    db().commit()
    flash(saved_words(saved))
    return redirect(_next_address(review, node))


def _save(review: OpenReview, edits: Sequence[VerdictEdit], checks: Sequence[CheckEdit]) -> SavedVerdicts:
    read = small_number(request.form.get("submission"))
    number, by, at = review.submitted.assessment_id, me().id, now()
    submission = -1 if read is None else read
    return save_determinations(db(), number, edits, submission=submission, by=by, at=at, checks=checks)


def _next_address(review: OpenReview, node: Node) -> str:
    """Return the address of the next theme with something to judge, or of the overview."""
    number, themes = review.submitted.assessment_id, list(review.asked.edition.themes)
    later = [] if NextForm().stops else themes[[theme.id for theme in themes].index(node.id) + 1 :]
    for following in later:
        if any(question.id in review.judgeable for question in following.questions()):
            return url_for("audit.theme", assessment_id=number, theme=following.id)
    return url_for("audit.assessment", assessment_id=number)


def _show_theme(review: OpenReview, node: Node, saved: SavedVerdicts | None = None) -> str:
    submitted, edition, cards = review.submitted, review.asked.edition, review.cards
    previous, following = neighbouring_themes(edition, node)
    asked = [question.id for question in node.questions()]
    passages = passages_under_audit(edition, review.audited, asked)
    given = [kept for question in node.questions() if (kept := review.kept.get(question.id))]
    return render_template(
        "audit/theme.html",
        submitted=submitted,
        edition=edition,
        theme=node,
        requirements=[
            AnswersOfRequirement(
                node=part,
                row=score_view(edition, "", cards.claimed.nodes.get(part.id)),
                provisions=provision_views(edition, part.law),
                questions=[
                    answer_under_audit(review, question, passages.get(question.id, ())) for question in part.questions()
                ],
            )
            for part in node.nodes()
            if part.is_requirement
        ],
        passages_checked=review.audited.progress(asked),
        bases=bases_views(cards, node.id),
        progress=progress_at(cards.claimed.edition, cards.claimed.sheet, node.id),
        errors=list(error_links(review, saved)),
        regions=region_views(),
        closed=period(db(), submitted.year).closed_at is not None,
        signed=any(one.stands and one.is_of_latest for one in sign_offs_of(db(), submitted.assessment_id)),
        saved_at=date_and_time(max(one.at for one in given), now().date()) if given else "",
        previous=previous,
        following=following,
    )

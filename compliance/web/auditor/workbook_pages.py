"""A workbook that an auditor sent back: its changes, compared three ways, and applying all or none of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import comma_list, date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_wording import would_be_verified_words
from compliance.questionnaire.csv_table import shortened
from compliance.store import FrozenSubmission
from compliance.store.workbooks import (
    RecordedUpload,
    apply_upload,
    discard_upload,
    workbook_upload,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.auditor.verdict_views import saved_words, verdict_words
from compliance.web.database import db, now
from compliance.web.files import files
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.marked_passages import option_words
from compliance.web.returned_reviews import ReturnedReview, compare_review
from compliance.web.returned_workbooks import (
    FIRST_CHANGES,
    NOTHING_CHOSEN,
    ChangeView,
    PostedChoices,
    WorkbookConflictView,
    WorkbookRefused,
    open_choices,
    posted_choices,
    refusal_words,
)
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.review_merge import ReviewChange
from compliance.workbook.review_words import CHECK_WORDS
from compliance.workbook.three_way import TwoSidedChange


@bp.get("/audit/<int:assessment_id>/workbooks/<int:upload_id>")
@readers("auditor")
def returned_workbook(assessment_id: int, upload_id: int) -> str:
    """Show what a workbook would change. Raise NotFound."""
    submitted, upload = assigned_review(assessment_id), workbook_upload(db(), assessment_id, upload_id)
    return _page(submitted, upload)


@bp.post("/audit/<int:assessment_id>/workbooks/<int:upload_id>")
@readers("auditor")
def settle_workbook(assessment_id: int, upload_id: int) -> str | BaseResponse:
    """Apply all changes of a workbook, or discard it. Raise NotFound, or AlreadyDecided if it is settled."""
    submitted, upload = assigned_review(assessment_id), workbook_upload(db(), assessment_id, upload_id)
    overview = redirect(url_for("audit.assessment", assessment_id=assessment_id))
    if upload.applied_at is not None:
        flash(_("This workbook was applied before. Nothing was changed."))
        return overview
    if request.form.get("do") == "discard":
        discard_upload(db(), upload, by=me().id, at=now())
        db().commit()
        flash(_("The upload is discarded. Nothing was changed."))
        return overview
    try:
        review = _compared(submitted, upload)
    except (WorkbookRefused, UnreadableWorkbook) as refused:
        return _page(submitted, upload, refusal=refusal_words(refused))
    posted = posted_choices(review.changes, review.version)
    of_passages = posted_choices(review.check_changes, review.check_version)
    posted = replace(posted, keep={**posted.keep, **of_passages.keep})
    if errors := list(_open_choices(review, posted)):
        return _page(submitted, upload, review, posted, errors)
    saved = apply_upload(
        db(),
        upload,
        review.edits(posted.keep),
        submission=submitted.id,
        by=me().id,
        at=now(),
        choices="\n".join(f"{question}: {side}" for question, side in sorted(posted.keep.items())),
        checks=review.check_edits(posted.keep),
    )
    if not saved.is_saved:
        db().rollback()
        return _page(assigned_review(assessment_id), upload, errors=[ErrorLink("main", _changed_meanwhile())])
    db().commit()
    flash(saved_words(saved))
    return overview


def _compared(submitted: FrozenSubmission, upload: RecordedUpload) -> ReturnedReview:
    """Return the current comparison of a workbook. Raise WorkbookRefused or UnreadableWorkbook."""
    return compare_review(db(), lambda _mark: submitted, files().get(upload.digest), upload.file_name)


def _open_choices(review: ReturnedReview, posted: PostedChoices) -> Iterator[ErrorLink]:
    """Yield the obstacles to applying a workbook, each linked to the place where it is settled."""
    if posted.state != review.state:
        yield ErrorLink("main", _changed_meanwhile())
    yield from open_choices(
        review.changes,
        lambda question: review.edition.questions[question].ask,
        posted,
        choose=_("Choose which verdict to keep."),
        has_faults=bool(review.faults),
    )
    yield from open_choices(
        review.check_changes,
        lambda key: _passage_words(review, key),
        posted,
        choose=_("Choose what to keep."),
        has_faults=False,
    )


def _changed_meanwhile() -> str:
    return _("Verdicts were changed while you were reading. The comparison below is up to date.")


# ── What the page shows


def _page(
    submitted: FrozenSubmission,
    upload: RecordedUpload,
    review: ReturnedReview | None = None,
    posted: PostedChoices = NOTHING_CHOSEN,
    errors: Sequence[ErrorLink] = (),
    refusal: str = "",
) -> str:
    """Return the page of an upload. `review`: its comparison, if already known; `refusal`: why there is none."""
    if upload.applied_at is None and review is None and not refusal:
        try:
            review = _compared(submitted, upload)
        except (WorkbookRefused, UnreadableWorkbook) as refused:
            refusal = refusal_words(refused)
    shown = _shown(review, posted) if review else {}
    return render_template(
        "audit/workbook.html",
        submitted=submitted,
        upload=upload,
        review=review,
        refusal=refusal,
        errors=errors,
        **shown,
    )


def _shown(review: ReturnedReview, posted: PostedChoices) -> dict[str, object]:
    changes = [_change_view(review, change) for change in review.changes.fitting]
    changes += [_check_view(review, change) for change in review.check_changes.fitting]
    conflicts = [(_change_view(review, one), review.version(one.question)) for one in review.changes.conflicts]
    conflicts += [
        (_check_view(review, one), review.check_version(one.question)) for one in review.check_changes.conflicts
    ]
    return {
        "conflicts": [WorkbookConflictView(view, posted.keep.get(view.id, ""), version) for view, version in conflicts],
        "changes": changes[:FIRST_CHANGES],
        "more": changes[FIRST_CHANGES:],
        "verified": would_be_verified_words(review.edition, *review.verified),
        "goes_on": posted.goes_on,
    }


def _change_view(review: ReturnedReview, change: ReviewChange) -> ChangeView:
    question, kept = review.edition.questions[change.question], review.kept.get(change.question)
    base, web, workbook = (
        verdict_words(review.edition, review.sheet, question, said)
        for said in (change.base, change.web, change.workbook)
    )
    by = comma_list((kept.by, date_and_time(kept.at, now().date()))) if kept else ""
    return ChangeView(question.id, question.ask, review.cells_of(change), base, web, by, workbook)


def _check_view(review: ReturnedReview, change: TwoSidedChange[bool | None]) -> ChangeView:
    base, web, workbook = (_(CHECK_WORDS[fits]) for fits in (change.base, change.web, change.workbook))
    kept, came_back = review.checks.get(change.question), review.returned.passages
    cells = [came_back.cells[change.question]] if came_back else []
    by = comma_list((kept.by, date_and_time(kept.at, now().date()))) if kept else ""
    return ChangeView(change.question, _passage_words(review, change.question), cells, base, web, by, workbook)


def _passage_words(review: ReturnedReview, key: str) -> str:
    """Return the passage and what it was marked for, shortened."""
    one = review.passages[key]
    return _(
        "“%(words)s” for “%(option)s”",
        words=shortened(one.words),
        option=option_words(review.asked.edition, one.key),
    )

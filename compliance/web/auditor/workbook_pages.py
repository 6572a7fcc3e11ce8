"""A workbook that an auditor sent back: what it would change, three ways, and applying all of it or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import comma_list, date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.score_wording import would_be_verified_words
from compliance.questionnaire.edition import Question
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
from compliance.web.auditor.verdict_views import verdict_words
from compliance.web.database import db, now
from compliance.web.files import files
from compliance.web.presenters import ErrorLink
from compliance.web.returned_reviews import ReturnedReview, compare_review
from compliance.web.returned_workbooks import WorkbookRefused, refusal_words
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.review_merge import ReviewChange, Side

#: Changes that are shown at once; the others are below them, folded.
FIRST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One question on which a workbook says something else, in words."""

    question: Question
    cells: Sequence[str]  # of what differs
    base: str
    web: str
    web_by: str  # who gave what stands, and when; "" if nobody did
    workbook: str


@dataclass(frozen=True, slots=True)
class ReviewConflictView:
    """A change that somebody has to choose about; `chosen`: which side, "" while nothing is."""

    change: ChangeView
    chosen: str
    version: int  # of the verdict that stands


@dataclass(frozen=True, slots=True)
class PostedChoices:
    """What was chosen on the page of a workbook."""

    keep: Mapping[str, Side]  # by question, of conflicts as they were shown
    goes_on: bool  # without the cells that were not understood
    state: str  # of the verdicts that the page showed


NOTHING_CHOSEN = PostedChoices({}, False, "")


@bp.get("/audit/<int:assessment_id>/workbooks/<int:upload_id>")
@readers("auditor")
def returned_workbook(assessment_id: int, upload_id: int) -> str:
    """What a workbook would change. Raise NotFound."""
    submitted, upload = assigned_review(assessment_id), workbook_upload(db(), assessment_id, upload_id)
    return _page(submitted, upload)


@bp.post("/audit/<int:assessment_id>/workbooks/<int:upload_id>")
@readers("auditor")
def settle_workbook(assessment_id: int, upload_id: int) -> str | BaseResponse:
    """Apply all that a workbook changes, or discard it. Raise NotFound, or AlreadyDecided if it is settled."""
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
    posted = _posted_choices(review)
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
    )
    if not saved.is_saved:
        db().rollback()
        return _page(assigned_review(assessment_id), upload, errors=[ErrorLink("main", _changed_meanwhile())])
    db().commit()
    flash(
        ngettext("One verdict is saved.", "%(num)s verdicts are saved.", saved.changed)
        if saved.changed
        else _("Nothing was changed.")
    )
    return overview


def _compared(submitted: FrozenSubmission, upload: RecordedUpload) -> ReturnedReview:
    """The workbook as it compares now. Raise WorkbookRefused or UnreadableWorkbook."""
    return compare_review(db(), lambda _mark: submitted, files().get(upload.digest), upload.file_name)


def _posted_choices(review: ReturnedReview) -> PostedChoices:
    """What was chosen; where the verdict that stands is another one by now, nothing is."""
    keep: dict[str, Side] = {}
    for change in review.changes.conflicts:
        chosen = request.form.get(f"{change.question}#keep")
        if request.form.get(f"{change.question}#version") != str(review.version(change.question)):
            continue
        if chosen == "web" or chosen == "workbook":
            keep[change.question] = "web" if chosen == "web" else "workbook"
    return PostedChoices(keep, request.form.get("without") == "yes", request.form.get("state", ""))


def _open_choices(review: ReturnedReview, posted: PostedChoices) -> Iterable[ErrorLink]:
    """What stands in the way of applying, each with where it is settled."""
    if posted.state != review.state:
        yield ErrorLink("main", _changed_meanwhile())
    for change in review.changes.conflicts:
        if change.question not in posted.keep:
            which = review.edition.questions[change.question].ask
            what = _("Choose which verdict to keep.")
            yield ErrorLink(f"c-{change.question}", _("%(which)s: %(what)s", which=which, what=what))
    if review.faults and not posted.goes_on:
        yield ErrorLink(
            "without",
            _(
                "Some cells were not understood. Tick the box to go on without them, or mend the file and upload it "
                "again."
            ),
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
    """The page of an upload. `review`: as it compares now, where that is known already; `refusal`: why it does not."""
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
    return {
        "conflicts": [
            ReviewConflictView(
                _change_view(review, change), posted.keep.get(change.question, ""), review.version(change.question)
            )
            for change in review.changes.conflicts
        ],
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
    return ChangeView(question, review.cells_of(change), base, web, by, workbook)

"""Reopenings on pages and in mails: their form, their view of an assessment, and the mails.

The company asks, or withdraws its request (`company.reopening`). Auditors and stewards open or refuse, on pages of
their own that post the same form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from wtforms import StringField
from wtforms.validators import AnyOf, Length

from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    AssessmentSummary,
    FrozenSubmission,
    assessment,
    company_members,
    members,
    submissions_of,
)
from compliance.store.assignments import auditors_among
from compliance.store.reopenings import (
    SubmissionReopening,
    answer_reopening,
    open_reopening,
    reopenings_of,
    signed_submission,
)
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import TickField, as_stored, small_number
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l


class ReopeningForm(FlaskForm):
    """A reason, and an action: to ask or withdraw, or, for people who decide, to open or refuse."""

    reason = StringField(
        filters=[as_stored],
        validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))],
    )
    do = StringField(validators=[AnyOf(["ask", "withdraw", "open", "refuse"])])
    request = StringField()  # id of the request that is answered or withdrawn; "": nobody asked
    sure = TickField()  # confirms a withdrawal

    def reason_error(self, needed: str) -> str:
        """Return the error of the reason, or `needed` if there is no reason."""
        if not self.reason.data:
            return needed
        return str(self.reason.errors[0]) if self.reason.errors else ""


@dataclass(frozen=True, slots=True)
class ReopeningView:
    """An assessment with its submissions and reopenings, the latest first, and the text typed for the next one."""

    assessed: AssessmentSummary
    submissions: Sequence[FrozenSubmission]
    reopenings: Sequence[SubmissionReopening]
    signed: FrozenSubmission | None  # the submission that the valid sign-off is about; None: not signed off
    reason: str = ""
    error: str = ""

    @property
    def unfinished(self) -> SubmissionReopening | None:
        """The reopening that is requested or open, or None."""
        return next((one for one in self.reopenings if one.is_unfinished), None)

    @property
    def waits(self) -> bool:
        """Whether a request is waiting for a decision, and can still be withdrawn."""
        return self.unfinished is not None and self.unfinished.state == "asked"

    @property
    def may_begin(self) -> bool:
        """Whether a reopening can be requested or opened."""
        return self.assessed.is_final and self.assessed.status != "merged" and self.unfinished is None


def reopening_view(assessed: AssessmentSummary) -> ReopeningView:
    """Return the reopening view of a submitted assessment."""
    submissions = submissions_of(db(), assessed.id)
    signed = signed_submission(db(), assessed.id)
    about = next((one for one in submissions if one.id == signed), None)
    return ReopeningView(assessed, submissions, reopenings_of(db(), assessed.id), about)


def decide_reopening(assessment_id: int) -> ReopeningView | None:
    """Open or refuse a reopening as posted by the steward or an auditor, and tell the company. Return None once done.

    If something is missing, return a view with the error. Raise BadRequest, or as `open_reopening`, `answer_reopening`.
    """
    form = ReopeningForm()
    is_valid, why, asked = form.validate(), form.reason.data or "", small_number(form.request.data)
    if form.do.data not in ("open", "refuse") or (asked is None and form.request.data):
        raise BadRequest
    refusing = form.do.data == "refuse"
    if refusing or asked is None:
        error = form.reason_error(_("Give a reason. The company will read it."))
    else:
        error = "" if is_valid else form.reason_error("")
    if error:
        return replace(reopening_view(assessment(db(), assessment_id)), reason=why, error=error)
    by, at = me().id, now()
    if asked is None:
        decided = open_reopening(db(), assessment_id, reason=why, by=by, at=at)
    else:
        refused_why = why if refusing else ""
        decided = answer_reopening(db(), assessment_id, asked, refused_why=refused_why, by=by, at=at)
    _tell_company(assessment(db(), assessment_id), decided)
    db().commit()
    return None


def tell_deciders(assessed: AssessmentSummary, asked: SubmissionReopening) -> None:
    """Queue the mails about a request, to the stewards and to the auditors to whom the assessment is assigned."""
    _tell_all_deciders("reopening-asked", assessed, name=asked.asked_by, reason=asked.reason)


def tell_of_withdrawal(assessed: AssessmentSummary, withdrawn: SubmissionReopening) -> None:
    """Queue the mails about a withdrawn request, to the recipients of `tell_deciders`."""
    _tell_all_deciders("reopening-withdrawn", assessed, name=withdrawn.decided_by)


def tell_of_correction(assessed: AssessmentSummary) -> None:
    """Queue the mails about a submitted correction, to the recipients of `tell_deciders`."""
    _tell_all_deciders("correction-submitted", assessed)


def _tell_all_deciders(kind: str, assessed: AssessmentSummary, **words: str) -> None:
    assigned = {one.auditor for one in auditors_among(db(), [assessed.id]).get(assessed.id, ())}
    deciders = {one.id: one for one in members(db()) if one.active and (one.id in assigned or "steward" in one.roles)}
    for number, person in deciders.items():
        page = "audit.reopening" if number in assigned else "steward.reopening"
        queue_mail(
            kind,
            person.email,
            language=person.language,
            person_id=number,
            company=assessed.organisation,
            year=str(assessed.year),
            link=partial(whole_url, page, assessment_id=assessed.id),
            **words,
        )


def _tell_company(assessed: AssessmentSummary, decided: SubmissionReopening) -> None:
    reason = decided.refused_why if decided.state == "refused" else "" if decided.asked_by else decided.reason
    for person in company_members(db(), assessed.held_by):
        if person.active:
            queue_mail(
                "reopening-answered",
                person.email,
                language=person.language,
                person_id=person.person_id,
                company=assessed.organisation,
                year=str(assessed.year),
                opened=decided.state == "open",
                reason=reason,
                link=partial(whole_url, "company.reopening", assessment_id=assessed.id),
            )

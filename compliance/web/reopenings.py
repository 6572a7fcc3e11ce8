"""Reopenings on pages and in mails: what is posted about one, what is shown of an assessment, and who is told.

The company asks, or withdraws its request (`company.reopening`); auditors and stewards open and refuse, on pages of
their own that post the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from compliance.web.forms import TickField, small_number
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l


class ReopeningForm(FlaskForm):
    """A reason, and for those who decide what becomes of a request."""

    reason = StringField(
        filters=[lambda text: text.strip() if text else ""],
        validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))],
    )
    do = StringField(validators=[AnyOf(["ask", "withdraw", "open", "refuse"])])
    request = StringField()  # id of the one that is answered or withdrawn; "": nobody asked
    sure = TickField()  # of whoever withdraws

    def reason_error(self, needed: str) -> str:
        """What is wrong with the reason; `needed` if there is none."""
        if not self.reason.data:
            return needed
        return str(self.reason.errors[0]) if self.reason.errors else ""


@dataclass(frozen=True, slots=True)
class ReopeningView:
    """An assessment with its submissions and reopenings, the latest first, and what was typed about the next."""

    assessed: AssessmentSummary
    submissions: Sequence[FrozenSubmission]
    reopenings: Sequence[SubmissionReopening]
    signed: FrozenSubmission | None  # what the standing sign-off is about; None: none stands
    reason: str = ""
    error: str = ""

    @property
    def unfinished(self) -> SubmissionReopening | None:
        """The one that is asked for or open."""
        return next((one for one in self.reopenings if one.is_unfinished), None)

    @property
    def waits(self) -> bool:
        """Whether a request waits for a decision, and can still be withdrawn."""
        return self.unfinished is not None and self.unfinished.state == "asked"

    @property
    def may_begin(self) -> bool:
        """Whether one can be asked for or opened."""
        return self.assessed.is_final and self.assessed.status != "merged" and self.unfinished is None


def reopening_view(assessed: AssessmentSummary) -> ReopeningView:
    """What is shown of an assessment that was submitted."""
    submissions = submissions_of(db(), assessed.id)
    signed = signed_submission(db(), assessed.id)
    about = next((one for one in submissions if one.id == signed), None)
    return ReopeningView(assessed, submissions, reopenings_of(db(), assessed.id), about)


def decide_reopening(assessment_id: int) -> ReopeningView | None:
    """Open, or refuse, as was posted by the steward or an auditor, and tell the company; None once that is done.

    Where something is missing, the view says what. Raise as `open_reopening` and `answer_reopening`, and BadRequest.
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
    """Queue the mails about a request, to the stewards and to the auditors whom the assessment is assigned to."""
    _tell_all_deciders("reopening-asked", assessed, name=asked.asked_by, reason=asked.reason)


def tell_of_withdrawal(assessed: AssessmentSummary, withdrawn: SubmissionReopening) -> None:
    """Queue the mails that a request was withdrawn, to the same people."""
    _tell_all_deciders("reopening-withdrawn", assessed, name=withdrawn.decided_by)


def tell_of_correction(assessed: AssessmentSummary) -> None:
    """Queue the mails that a correction was submitted, to the same people."""
    _tell_all_deciders("correction-submitted", assessed)


def _tell_all_deciders(kind: str, assessed: AssessmentSummary, **words: str) -> None:
    assigned = {one.auditor for one in auditors_among(db(), [assessed.id]).get(assessed.id, ())}
    deciders = {one.id: one for one in members(db()) if one.active and (one.id in assigned or "steward" in one.roles)}
    for number, person in deciders.items():
        link = whole_url("audit.reopening" if number in assigned else "steward.reopening", assessment_id=assessed.id)
        queue_mail(
            kind,
            person.email,
            language=person.language,
            person_id=number,
            company=assessed.organisation,
            year=str(assessed.year),
            link=link,
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
                link=whole_url("company.reopening", assessment_id=assessed.id),
            )

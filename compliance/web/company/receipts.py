"""The receipt of a submission: what was submitted, when and by whom, and the digest that identifies it."""

from collections import Counter
from collections.abc import Sequence

from flask import render_template

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX
from compliance.store import NotFound, claimed_sheet, history, submission, submitted_answers
from compliance.web.access_control import readers
from compliance.web.company.blueprint import bp, own_assessment
from compliance.web.company.consent_choices import CONSENT_CHOICES
from compliance.web.database import db
from compliance.web.edition_registry import edition_submitted
from compliance.web.presenters.scores import score_view


@bp.get("/assessments/<int:assessment_id>/receipts/<int:submission_id>")
@readers("company")
def receipt(assessment_id: int, submission_id: int) -> str:
    """Show the receipt, to print and keep. Raise NotFound."""
    assessed, submitted = own_assessment(assessment_id), submission(db(), submission_id)
    if submitted.assessment_id != assessment_id:
        raise NotFound(f"no submission {submission_id} of assessment {assessment_id}")
    asked, given = edition_submitted(submitted), submitted_answers(submitted)
    answered = [kept for question, kept in given.items() if kept.text and not question.startswith(PROFILE_PREFIX)]
    scores = asked.provisional_scores(claimed_sheet(submitted, asked.edition))
    return render_template(
        "company/receipt.html",
        assessed=assessed,
        edition=asked.edition,
        submitted=submitted,
        digest=_digest(submission_id),
        row=score_view(asked.edition, "", scores[OVERALL]),
        answers=len(answered),
        about_company=sum(1 for kept in given.values() if kept.text) - len(answered),
        evidenced=sum(1 for kept in answered if kept.evidence),
        people=_people([kept.by for kept in given.values() if kept.text and kept.by]),
        chosen=_(CONSENT_CHOICES[submitted.consent]),
        superseded=assessed.submitted_at is not None and assessed.submitted_at > submitted.at,
    )


def _digest(submission_id: int) -> str:
    """Return the SHA-256 of the submission in the audit trail; "" if there is no entry."""
    return next((event.after for event in history(db(), f"submission/{submission_id}")), "")


def _people(names: Sequence[str]) -> list[tuple[str, int]]:
    """Count the answers by person, most first."""
    return Counter(names).most_common()

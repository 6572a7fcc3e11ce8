"""The check before submission: what is left, what may be published, and handing it in."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.publishing import submission_scores
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.routing import YES
from compliance.questionnaire.steering import steering_blanks
from compliance.scoring.progress import is_counted, lacks_evidence, questions_in
from compliance.store import NotFound, latest_submission, submit
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.contradictions import contradiction_shapes, link_to
from compliance.web.database import db, now
from compliance.web.shapes import Shape, row_shape
from compliance.web.signing_in import me

#: What may be published: each choice, and what it means.
CONSENTS: Mapping[str, tuple[str, str]] = {
    "counted": (
        N_("Count us, without our name"),
        N_("Your scores enter the figures of your sector, where at least five companies stand together."),
    ),
    "named": (
        N_("Count us, and name us"),
        N_("The same, and your name may stand beside your overall score once the year is closed."),
    ),
    "private": (N_("Keep it to ourselves"), N_("Your answers enter no published figure at all.")),
}


@dataclass(frozen=True)
class Left:
    """What is left of an assessment, by question id; `steering` alone keeps it from being handed in."""

    steering: tuple[str, ...]
    about: tuple[str, ...]  # blanks about the company itself that nothing hangs on
    blank: tuple[str, ...]
    no_reason: tuple[str, ...]
    no_evidence: tuple[str, ...]


@bp.get("/assessments/<int:assessment_id>/check")
@readers("company")
def check(assessment_id: int) -> str:
    """What is left, and the form to hand it in."""
    return _show(opened(assessment_id), consent=_consent(assessment_id))


@bp.post("/assessments/<int:assessment_id>/check")
@readers("company")
def hand_in(assessment_id: int) -> str | Response:
    """Hand the answers in. Raise PeriodClosed or Unreadable."""
    here = opened(assessment_id)
    consent, confirmed = request.form.get("consent", ""), request.form.get("confirmed") == "yes"
    errors = _refusals(left_of(here), consent, confirmed)
    if errors:
        return _show(here, consent=consent, confirmed=confirmed, errors=errors)
    scores = submission_scores(here.asked.plan)
    submit(db(), assessment_id, by=me().id, at=now(), edition=here.edition, consent=consent, scores=scores)
    db().commit()
    flash(_("Your assessment is submitted. You can change answers and submit again until the year is closed."))
    return redirect(url_for("company.scorecard", assessment_id=assessment_id))


def left_of(here: Opened) -> Left:
    """Everything that the check lists."""
    sheet, routes = here.sheet, here.routes
    steering = steering_blanks(here.edition, sheet, routes)
    about = [q.id for q in here.asked.about if routes[q.id].asked == YES]
    themes = [i for i in questions_in(here.edition) if routes[i].asked == YES]
    asked = [*about, *themes]
    return Left(
        steering,
        tuple(i for i in about if i not in (*sheet.answers, *steering) and is_counted(routes[i])),
        tuple(i for i in themes if i not in sheet.answers and is_counted(routes[i])),
        tuple(i for i in asked if isinstance(a := sheet.answers.get(i), NotApplicable) and not a.reason),
        tuple(i for i in asked if lacks_evidence(here.edition, sheet, routes, i)),
    )


def _refusals(left: Left, consent: str, confirmed: bool) -> list[Shape]:
    errors = []
    if left.steering:
        errors.append({"target": "steering", "text": _("Answer what decides which questions you are asked.")})
    if consent not in CONSENTS:
        errors.append({"target": "consent", "text": _("Choose what may be published.")})
    if not confirmed:
        errors.append({"target": "confirmed", "text": _("Confirm that you may answer for your organisation.")})
    return errors


def _consent(assessment_id: int) -> str:
    """What was chosen last time; counted, if nothing was."""
    try:
        return latest_submission(db(), assessment_id).consent
    except NotFound:
        return "counted"


def _show(here: Opened, *, consent: str, confirmed: bool = False, errors: list[Shape] | None = None) -> str:
    left = left_of(here)
    return render_template(
        "company/check.html",
        assessed=here.assessed,
        edition=here.edition,
        row=row_shape(here.edition, "", here.asked.live(here.sheet)[OVERALL]),
        steering=[link_to(here, i) for i in left.steering],
        progress=here.progress,
        about=[link_to(here, i) for i in left.about],
        blank=[link_to(here, i) for i in left.blank],
        no_reason=[link_to(here, i) for i in left.no_reason],
        no_evidence=[link_to(here, i) for i in left.no_evidence],
        contradictions=contradiction_shapes(here),
        consents=[
            {"value": key, "label": _(words), "note": _(note), "checked": key == consent}
            for key, (words, note) in CONSENTS.items()
        ],
        confirmed=confirmed,
        errors=errors or [],
    )

"""The check before submission: what is left, what may be published, and handing it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import value_words
from compliance.publishing import submission_scores
from compliance.questionnaire.answers import NOT_KNOWN, NotApplicable
from compliance.questionnaire.edition import OVERALL, PROFILE
from compliance.questionnaire.routing import NO, YES
from compliance.questionnaire.steering import PEER_GROUP, steering_blanks
from compliance.scoring.plan import share
from compliance.store import NotFound, latest_submission, submit
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.questions import question_words
from compliance.web.database import db, now
from compliance.web.live import lacks_evidence
from compliance.web.pages import page_with, pages_of
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
    blank: tuple[str, ...]
    no_reason: tuple[str, ...]
    no_evidence: tuple[str, ...]
    contradictions: tuple[tuple[str, str], ...]  # id, and what does not fit


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
    themes = [q for section in here.asked.sections.values() for q in section.questions if routes[q.id].asked == YES]
    asked = [q.id for q in (*here.asked.about, *themes)]
    return Left(
        steering_blanks(here.edition, sheet, routes),
        tuple(i for i in asked if i not in sheet.answers and routes[i].counts != NO),
        tuple(i for i in asked if isinstance(a := sheet.answers.get(i), NotApplicable) and not a.reason),
        tuple(i for i in asked if lacks_evidence(here.edition, sheet, routes, i)),
        (*_shut(here, asked), *_sector(here)),
    )


def _shut(here: Opened, asked: list[str]) -> list[tuple[str, str]]:
    words = _("It is answered, and counts for nothing: the answer that would open it says otherwise.")
    return [(i, words) for i in asked if here.routes[i].counts == NO and _earns(here, i)]


def _earns(here: Opened, question_id: str) -> bool:
    question, answer = here.edition.questions[question_id], here.sheet.answers.get(question_id)
    return (
        question.scored and answer is not None and not isinstance(answer, NotApplicable) and share(question, answer) > 0
    )


def _sector(here: Opened) -> list[tuple[str, str]]:
    """A main sector that the company says it has no work in."""
    sector = str(here.sheet.profile.get(PEER_GROUP, ""))
    if here.sheet.profile.get(sector) != "no":
        return []
    words = _("Your main sector is “%(sector)s”, yet here you say no.", sector=value_words(PEER_GROUP, sector))
    return [(PROFILE + sector, words)]


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
        steering=[_link(here, i) for i in left.steering],
        blank=[_link(here, i) | {"note": _blank_note(here, i)} for i in left.blank if i not in left.steering],
        no_reason=[_link(here, i) for i in left.no_reason],
        no_evidence=[_link(here, i) for i in left.no_evidence],
        contradictions=[{**_link(here, i), "note": words} for i, words in left.contradictions],
        consents=[
            {"value": key, "label": _(words), "note": _(note), "checked": key == consent}
            for key, (words, note) in CONSENTS.items()
        ],
        confirmed=confirmed,
        errors=errors or [],
    )


def _blank_note(here: Opened, question_id: str) -> str:
    """What was said of a blank; nothing, where nobody looked at it."""
    kept = here.kept.get(question_id)
    return _("You said: I don’t know yet.") if kept and kept.word == NOT_KNOWN else ""


def _link(here: Opened, question_id: str) -> Shape:
    """A question by its words, leading to where it is answered."""
    number, words = here.assessed.id, question_words(here.edition, question_id)
    if question_id.startswith(PROFILE):
        field = question_id.removeprefix(PROFILE)
        return {"label": words, "url": url_for("company.profile", assessment_id=number, _anchor=f"p-{field}")}
    for section in here.asked.sections.values():
        if any(q.id == question_id for q in section.questions):
            page = page_with(pages_of(section, here.routes), question_id)
            anchor = f"at-{question_id}"
            there: dict[str, Any] = {"theme": section.id, "page": page if page > 1 else None, "_anchor": anchor}
            return {"label": words, "url": url_for("company.theme", assessment_id=number, **there)}
    return {"label": words, "url": url_for("company.profile", assessment_id=number, _anchor=f"at-{question_id}")}

"""The check before submission: what is left, what may be published, and handing it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.languages.speaking import gettext as _
from compliance.publishing import submission_scores
from compliance.questionnaire.answers import NOT_KNOWN, NotApplicable
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.routing import YES
from compliance.questionnaire.steering import steering_blanks
from compliance.scoring.progress import is_counted, lacks_evidence, questions_in
from compliance.store import (
    PeriodClosed,
    answer_sheet,
    claimed_sheet,
    consent_of,
    latest_submission,
    submit,
    submitted_sheet,
    withdrawal_for,
)
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.changes import changed_since
from compliance.web.company.consent import CHOICES, choice_shapes, lasting_shapes
from compliance.web.company.contradictions import contradiction_shapes, link_to
from compliance.web.database import db, now
from compliance.web.kept_editions import kept_edition
from compliance.web.shapes import Shape, row_shape
from compliance.web.signing_in import me

#: The longest role in a company that one may write.
LONGEST_ROLE = 200


@dataclass(frozen=True)
class Left:
    """What is left of an assessment, by question id; `steering` alone keeps it from being handed in."""

    steering: tuple[str, ...]
    about: tuple[str, ...]  # blanks about the company itself that nothing hangs on
    blank: tuple[str, ...]
    no_reason: tuple[str, ...]
    no_evidence: tuple[str, ...]


@dataclass(frozen=True)
class Signing:
    """What was sent to submit with, and what is wrong with it by field."""

    consent: str = ""  # nothing is chosen for anybody
    role: str = ""
    confirmed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


@bp.get("/assessments/<int:assessment_id>/check")
@readers("company")
def check(assessment_id: int) -> str:
    """What is left, and the form to hand it in."""
    return _show(opened(assessment_id), Signing())


@bp.post("/assessments/<int:assessment_id>/check")
@readers("company")
def hand_in(assessment_id: int) -> str | Response:
    """Hand the answers in. Raise PeriodClosed or Unreadable."""
    here, sent = opened(assessment_id), request.form
    if here.assessed.closed:
        raise PeriodClosed
    signing = Signing(sent.get("consent", ""), sent.get("role", "").strip(), sent.get("confirmed") == "yes")
    errors = _refusals(left_of(here), signing)
    if errors:
        return _show(here, replace(signing, errors=errors))
    submit(
        db(),
        assessment_id,
        by=me().id,
        at=now(),
        edition=here.edition,
        consent=signing.consent,
        scores=submission_scores(here.asked.plan),
        attested_name=_my_name(),
        attested_role=signing.role,
    )
    db().commit()
    flash(_("Your assessment is submitted. You can change answers and submit again until the year is closed."))
    return redirect(url_for("company.scorecard", assessment_id=assessment_id))


def _my_name() -> str:
    return me().person.name or me().person.email


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


def _refusals(left: Left, signing: Signing) -> dict[str, str]:
    errors = {}
    if left.steering:
        errors["steering"] = _("Answer what decides which questions you are asked.")
    if signing.consent not in CHOICES:
        errors["consent"] = _("Choose what may be published. Nothing is chosen for you.")
    if not signing.role:
        errors["role"] = _("Write your role in your organisation, as in “Head of compliance”.")
    elif len(signing.role) > LONGEST_ROLE:
        errors["role"] = _("This is longer than %(most)s characters: shorten it.", most=LONGEST_ROLE)
    if not signing.confirmed:
        errors["confirmed"] = _("Confirm that you are authorised to answer for your organisation.")
    return errors


def _show(here: Opened, signing: Signing) -> str:
    left, number = left_of(here), here.assessed.id
    stands = answer_sheet(db(), number, here.edition)  # with the verdicts given so far
    return render_template(
        "company/check.html",
        assessed=here.assessed,
        edition=here.edition,
        row=_row(here),
        steering=[link_to(here, i) for i in left.steering],
        progress=here.progress,
        about=[link_to(here, i) | {"note": _blank_note(here, i)} for i in left.about],
        blank=[link_to(here, i) | {"note": _blank_note(here, i)} for i in left.blank],
        no_reason=[link_to(here, i) for i in left.no_reason],
        no_evidence=[link_to(here, i) for i in left.no_evidence],
        contradictions=contradiction_shapes(here),
        choices=choice_shapes(here.asked.plan, stands, signing.consent),
        signing=signing,
        errors=[{"target": target, "text": text} for target, text in signing.errors.items()],
        name=_my_name(),
        **_submitted(here),
    )


def _row(here: Opened) -> Shape:
    """The score as it stands; once the year is closed, that of what was submitted."""
    asked, sheet = here.asked, here.sheet
    if here.assessed.closed and here.assessed.submitted_at:
        submitted = latest_submission(db(), here.assessed.id)
        asked = kept_edition(submitted.edition_digest)
        sheet = claimed_sheet(submitted, asked.edition)
    return row_shape(asked.edition, "", asked.live(sheet)[OVERALL])


def _submitted(here: Opened) -> Shape:
    """What counts now: the submission, whether answers were changed since, and what may be published of it."""
    if here.assessed.submitted_at is None:
        return {"submitted": None}
    submitted = latest_submission(db(), here.assessed.id)
    chosen = consent_of(db(), here.assessed.id)
    if here.assessed.closed:
        choices = lasting_shapes(submitted, chosen)
    else:
        asked = kept_edition(submitted.edition_digest)
        choices = choice_shapes(asked.plan, submitted_sheet(db(), submitted, asked.edition), chosen)
    return {
        "submitted": submitted,
        "changed": changed_since(submitted, here.kept),
        "chosen": _(CHOICES[chosen]),
        "withdrawal": withdrawal_for(db(), here.assessed.id),
        "current": choices,
    }


def _blank_note(here: Opened, question_id: str) -> str:
    """What was said of a blank; nothing, where nobody looked at it."""
    kept = here.kept.get(question_id)
    return _("You said: I don’t know yet.") if kept and kept.word == NOT_KNOWN else ""

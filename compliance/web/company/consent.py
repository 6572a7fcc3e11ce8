"""What may be published: each choice with exactly what it would publish, and a choice changed after submission."""

from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from compliance.benchmark.snapshot import Snapshot
from compliance.findings.sectors.cells import stated
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import sector_title
from compliance.publishing import UNSTATED, would_name
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.plan import Plan
from compliance.store import Submitted, change_consent, latest_submission
from compliance.web.access import readers
from compliance.web.company.blueprint import bp, own_assessment
from compliance.web.database import db, now
from compliance.web.releases import latest_snapshot
from compliance.web.sector_figures import named_row
from compliance.web.shapes import Shape
from compliance.web.signing_in import me

#: What may be published, by choice. None is ever chosen for anybody.
CHOICES: Mapping[str, str] = {
    "private": N_("Keep it to ourselves"),
    "counted": N_("Count us, without our name"),
    "named": N_("Count us, and name us"),
}


@bp.post("/assessments/<int:assessment_id>/consent")
@readers("company")
def change(assessment_id: int) -> Response:
    """Change what may be published, without submitting again. Raise NotFound."""
    assessed = own_assessment(assessment_id)
    consent = request.form.get("consent", "")
    submitted = latest_submission(db(), assessment_id)
    if consent not in (lasting_choices(submitted) if assessed.closed else CHOICES):
        raise BadRequest
    at_once = change_consent(db(), assessment_id, consent, by=me().id, at=now())
    db().commit()
    flash(
        _("Changed. It counts from now on.")
        if at_once
        else _("Changed. It counts from the next closing on. What was published stays.")
    )
    return redirect(url_for("company.check", assessment_id=assessment_id, _anchor="consent-now"))


def lasting_choices(submitted: Submitted) -> tuple[str, ...]:
    """What can be chosen once a year is closed: less than counted at its closing, and that again, never a new name."""
    return tuple(choice for choice in CHOICES if choice != "named" or submitted.consent == "named")


def choice_shapes(plan: Plan, sheet: AnswerSheet, chosen: str) -> list[Shape]:
    """Each choice with what it would publish of these answers."""
    edition, named = plan.edition, would_name(plan, sheet)
    sector = sector_title(str(sheet.profile.get("sector", "")) or UNSTATED)
    counted = [
        _("The counts, medians and bands of your sector, %(sector)s, and of all sectors together.", sector=sector)
        + " "
        + _("Also those of your region and size, where there are enough companies.")
        + " "
        + _("Every figure rests on at least five companies. Your name appears in none."),
        _published_last(str(sheet.profile.get("sector", ""))),
    ]
    if named is None:
        counted = [_("As it stands there is no score. You are counted as a company that submitted without one.")]
    shapes: dict[str, Shape] = {
        "private": {"lines": [_("Nothing. You are in no figure, nor in the count of companies that took part.")]},
        "counted": {"lines": [line for line in counted if line]},
        "named": {"lines": [] if named else [*counted, _("Without a score your name is not shown.")]},
    }
    if named is not None:
        shapes["named"] |= {
            "lead": _("The same figures, and this line on the page of your sector:"),
            "line": named_row(edition, named),
            "lines": [
                _("Verdicts given before the closing still change this.")
                if sheet.verdicts
                else _(
                    "If an auditor gives verdicts before the year is closed, the verified score and its band are "
                    "published too."
                )
            ],
        }
    return [
        {"value": choice, "label": _(words), "checked": choice == chosen, **shapes[choice]}
        for choice, words in CHOICES.items()
    ]


def lasting_shapes(submitted: Submitted, chosen: str) -> list[Shape]:
    """Each choice that is left once a year is closed, with what it means for the closings to come."""
    counted = _("If you submit nothing for a later year, you are counted there, without your name, as silent.")
    unnamed = _("Your name is removed from anything you submitted for a later year.")
    words = {
        "private": [
            _("From the next closing on you are in no figure."),
            _("The same applies to anything you submitted for a later year."),
        ],
        "counted": [counted, unnamed],
        "named": [counted, _("What you submitted for a later year keeps the choice made with it.")],
    }
    return [
        {"value": choice, "label": _(CHOICES[choice]), "checked": choice == chosen, "lines": words[choice]}
        for choice in lasting_choices(submitted)
    ]


def _published_last(sector: str) -> str:
    """What stands in public of a sector now, so that one sees what kind of figure it is; "" if nothing does."""
    snapshot: Snapshot | None = latest_snapshot()
    group = next((g for g in snapshot.sectors if g.sector == sector), None) if snapshot else None
    if snapshot is None or group is None or not group.shows_scores:
        return ""
    figure = group.figure(OVERALL)
    n, median = stated(figure.n), stated(figure.claimed.median)
    if n is None or median is None:
        return ""
    return _(
        "Published last: %(sector)s, %(year)s: median %(median)s as claimed, resting on %(n)s companies.",
        sector=sector_title(sector),
        year=snapshot.period,
        median=median,
        n=n,
    )

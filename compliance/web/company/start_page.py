"""The page *Before you start*: portions with their questions and minutes, and a choice of optional ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectMultipleField

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import aspect_phrase, lens_note, lens_value_label, sector_label
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import ASPECT_LENS, PROFILE_PREFIX, Edition
from compliance.questionnaire.portions import (
    CODE_PORTION,
    CORE_PORTION,
    MODULES_PORTION,
    PORTION_LENS,
    Effort,
    effort_of,
    may_be_asked,
    modules_of,
    portion_questions,
    portions_by_choice,
    profile_effort,
    waits_for_profile,
)
from compliance.questionnaire.routing import Route, route_questions, unanswered_routing_questions
from compliance.store import choose_portions
from compliance.web.access_control import readers
from compliance.web.accounts import me, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.database import db, now

#: Who usually knows the answers to a portion.
_WHO_KNOWS: Mapping[str, str] = {
    CODE_PORTION: N_("One person, with the code open on the desk."),
    CORE_PORTION: N_("Two or three colleagues who know contracts, hiring and training."),
}


@dataclass(frozen=True, slots=True)
class PortionView:
    """A portion that a company is asked, or may choose; see `company/start.html`."""

    id: str
    title: str
    tag: str  # who is asked it
    note: str
    counts: str  # what it counts towards
    more: str  # who knows the answers, or what else it does
    questions: int  # 0: not known until the profile is filled in
    minutes: int
    by_choice: bool = False
    chosen: bool = False
    kept: int = 0  # number of answers to an optional portion that is not chosen


class PortionsForm(FlaskForm):
    """The chosen portions, among the optional ones."""

    portion = SelectMultipleField()

    def allow(self, portions: Sequence[str]) -> None:
        """Accept only these portions."""
        self.portion.choices = [(portion, portion) for portion in portions]


@bp.get("/assessments/<int:assessment_id>/start")
@readers("company")
def start(assessment_id: int) -> str:
    """Show the page, with the form to choose portions. Raise NotFound."""
    here = open_assessment(assessment_id)
    portions = portion_views(here)
    asked = [portion for portion in portions if portion.chosen or not portion.by_choice]
    return render_template(
        "company/start.html",
        assessed=here.assessment,
        edition=here.edition,
        portions=portions,
        questions=sum(portion.questions for portion in asked),
        minutes=sum(portion.minutes for portion in asked),
        most=max(portion.minutes for portion in portions),
        has_portions=PORTION_LENS in here.edition.lenses,
        is_described=not unanswered_routing_questions(here.edition, here.sheet, here.routes),
    )


@bp.post("/assessments/<int:assessment_id>/start")
@readers("company")
def choose(assessment_id: int) -> BaseResponse:
    """Save the chosen portions. Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged."""
    here, form = open_assessment(assessment_id), PortionsForm()
    require("answer", here.assessment.held_by)
    offered = portions_by_choice(here.served_edition.complete)
    form.allow(offered)
    if not form.validate():
        raise BadRequest
    wanted = [portion for portion in offered if portion in (form.portion.data or [])]
    changed = choose_portions(db(), assessment_id, wanted, by=me().id, at=now())
    db().commit()
    if changed:
        flash(_("Saved. The questions you chose are now in their themes.") if wanted else _(
            "Saved. These questions are no longer asked. Your answers to them are kept but do not count."
        ))  # fmt: skip
        if here.assessment.submitted_at:
            flash(_("What you submitted has not changed. Submit again to include this."))
    return redirect(url_for("company.start", assessment_id=assessment_id, _anchor="choice"))


def portion_views(here: AssessmentContext) -> list[PortionView]:
    """Return the profile, and every portion that this company is asked or offered, in the order of the lens."""
    edition = here.served_edition.complete
    routes = route_questions(edition, here.sheet)
    views = [_profile_view(here)]
    if PORTION_LENS not in edition.lenses:
        ids = [q.id for q in edition.questions.values() if q.scored and may_be_asked(routes[q.id])]
        return [*views, _portion_view(here, "all", edition.title, effort_of(edition, here.sheet, ids))]
    for portion in edition.lenses[PORTION_LENS]:
        if portion == MODULES_PORTION:
            views += _module_views(edition, here.sheet, routes)
        else:
            ids = [q.id for q in portion_questions(edition, portion) if may_be_asked(routes[q.id])]
            title = lens_value_label(edition, PORTION_LENS, portion)
            views.append(_portion_view(here, portion, title, effort_of(edition, here.sheet, ids)))
    return [view for view in views if view.questions or view.id == MODULES_PORTION]


def _profile_view(here: AssessmentContext) -> PortionView:
    beside = [question.id for question in here.served_edition.questions_outside_themes]
    effort = profile_effort(here.edition) + effort_of(here.edition, here.sheet, beside)
    return PortionView(
        "profile",
        _("Profile"),
        _("Asked of everybody"),
        _("Where you work, how many people work for you, and what your company does. It decides which questions and "
          "which laws apply to you."),
        _("Does not score."),
        "",
        effort.questions,
        effort.minutes,
    )  # fmt: skip


def _portion_view(here: AssessmentContext, portion: str, title: str, effort: Effort) -> PortionView:
    edition = here.served_edition.complete
    by_choice = portion in portions_by_choice(edition)
    kept = [q.id for q in portion_questions(edition, portion) if _has_answer(here, q.id)] if by_choice else []
    return PortionView(
        portion,
        title,
        _("Optional") if by_choice else _("Asked of everybody"),
        lens_note(edition, PORTION_LENS, portion) if portion != "all" else "",
        _("Has a score of its own.") if by_choice else _counts_towards(edition, portion),
        _("It changes neither your overall score, nor your band, nor any published figure.")
        if by_choice
        else _(_WHO_KNOWS[portion]) if portion in _WHO_KNOWS else "",
        effort.questions,
        effort.minutes,
        by_choice,
        portion in here.served_edition.chosen,
        len(kept) if portion not in here.served_edition.chosen else 0,
    )  # fmt: skip


def _has_answer(here: AssessmentContext, question: str) -> bool:
    return question in here.saved_answers and bool(here.saved_answers[question].text)


def _counts_towards(edition: Edition, portion: str) -> str:
    held = {question.lenses.get(ASPECT_LENS, "") for question in portion_questions(edition, portion)}
    aspects = [aspect_phrase(edition, aspect) for aspect in edition.lenses.get(ASPECT_LENS, ()) if aspect in held]
    if not aspects:
        return _("Counts towards your overall score.")
    return ngettext(
        "Counts towards your overall score and the score of this aspect: %(aspects)s.",
        "Counts towards your overall score and the scores of these aspects: %(aspects)s.",
        len(aspects),
        aspects=comma_list(aspects),
    )


def _module_views(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> list[PortionView]:
    """Return a view for each kind of business, and one for modules that the profile has yet to decide."""
    views = [
        _module_view(edition, business, ids, effort_of(edition, sheet, ids))
        for business, ids in modules_of(edition, sheet, routes).items()
    ]
    modules = portion_questions(edition, MODULES_PORTION)
    if any(waits_for_profile(edition, sheet, routes, question.id) for question in modules):
        views.append(PortionView(
            MODULES_PORTION,
            lens_value_label(edition, PORTION_LENS, MODULES_PORTION),
            _("Decided by your profile"),
            lens_note(edition, PORTION_LENS, MODULES_PORTION),
            _("Counts towards your overall score."),
            "",
            0,
            0,
        ))  # fmt: skip
    return views


def _module_view(edition: Edition, business: str, ids: Sequence[str], effort: Effort) -> PortionView:
    found = (edition.requirement_of(question) for question in ids)
    titles = dict.fromkeys(requirement.title or requirement.id for requirement in found if requirement)
    return PortionView(
        f"{PROFILE_PREFIX}{business}" if business else "others",
        sector_label(edition, business) if business else lens_value_label(edition, PORTION_LENS, MODULES_PORTION),
        _("Asked because of your profile"),
        comma_list(titles),
        _("Counts towards your overall score."),
        _("Somebody who runs this part of your business.") if business else "",
        effort.questions,
        effort.minutes,
    )

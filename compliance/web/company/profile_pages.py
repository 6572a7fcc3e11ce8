"""The page about the company, its profile and its countries: shown, saved, and shown again with errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import profile_field_label, profile_value_label
from compliance.narrative.answer_wording import QuestionNames
from compliance.questionnaire.edition import PROFILE_PREFIX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.web.access_control import readers
from compliance.web.accounts import require
from compliance.web.answer_fields import typed_words
from compliance.web.answer_forms import read_posted_answers, read_posted_profile
from compliance.web.assessment_context import AssessmentContext, SaveOutcome, save_page, unsubmitted_changes
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.contradictions import new_contradictions
from compliance.web.company.question_notes import names_to_ask, rendered_notes
from compliance.web.company.question_page_view import (
    error_summary,
    is_read_only,
    names_of,
    question_page,
    unsaved_answers,
    versions_of,
)
from compliance.web.database import now
from compliance.web.earlier_answers import earlier_answers, with_confirmed
from compliance.web.forms import NextForm
from compliance.web.presenters import ErrorLink, fields_of
from compliance.web.presenters.conflicts import ConflictView, conflict_view
from compliance.web.presenters.country_needs import company_needs_view
from compliance.web.presenters.evidence import EarlierAnswer
from compliance.web.presenters.question_views import (
    question_rendering,
    render_answered_question,
    render_question,
)

#: Least number of consecutive yes-or-no fields that are shown as one list.
_LIST_OF_TICKS = 3


@dataclass(frozen=True, slots=True)
class ProfileOptionView:
    """A value of a profile field."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class ProfileFieldView:
    """A profile field as the template uses it."""

    id: str
    name: str
    label: str
    is_number: bool
    is_tick: bool  # a yes-or-no field
    value: str
    saved: str
    version: int  # of the saved value; 0: blank
    error: str
    options: Sequence[ProfileOptionView]
    earlier: EarlierAnswer | None  # offered while the field is blank


@bp.get("/assessments/<int:assessment_id>/profile")
@readers("company")
def profile(assessment_id: int) -> str:
    """Show the profile and the countries. Raise NotFound."""
    return _show_profile(open_assessment(assessment_id))


@bp.post("/assessments/<int:assessment_id>/profile")
@readers("company")
def save_profile(assessment_id: int) -> str | BaseResponse:
    """Save the profile and the countries. Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged."""
    here = open_assessment(assessment_id)
    require("answer", here.assessment.held_by, typed_words(here.edition, request.form))
    fields = here.served_edition.form_fields
    posted = read_posted_profile(here.edition.profile.values(), request.form)
    posted += read_posted_answers(
        ((q, fields[q.id]) for q in here.served_edition.questions_outside_themes),
        request.form,
        now().date(),
        here.saved_texts,
    )
    outcome = save_page(here, with_confirmed(posted, earlier_answers(here, [each.id for each in posted]), request.form))
    for notice in outcome.notices:
        flash(notice)
    if not outcome.is_clean:
        return _show_profile(outcome.context, outcome)
    if NextForm().stops:
        flash(_("Everything is saved."))
        return redirect(url_for("company.tasks", assessment_id=assessment_id))
    if new_contradictions(here, outcome.context):
        return redirect(url_for("company.profile", assessment_id=assessment_id, _anchor="remarks"))
    first = next(iter(here.served_edition.sections))
    return redirect(url_for("company.theme", assessment_id=assessment_id, theme=first))


def _show_profile(here: AssessmentContext, outcome: SaveOutcome | None = None) -> str:
    about = here.served_edition.questions_outside_themes
    names = names_of(about)
    if is_read_only(here):
        return _show_closed_profile(here, names)
    shown = [*(PROFILE_PREFIX + name for name in here.edition.profile), *(q.id for q in about)]
    offered = earlier_answers(here, shown)
    fields = [_profile_field_view(here, field, outcome, offered) for field in here.edition.profile.values()]
    mending = unsaved_answers(outcome)
    errors = [ErrorLink(field.id, field.error) for field in fields if field.error]
    errors += [error for q in about if q.id in mending for error in error_summary(here, q.id, mending[q.id], "")]
    notes = rendered_notes(here, [q.id for q in about], outcome.posted if outcome else {})
    rendered = (
        render_question(
            here,
            q,
            replace(question_rendering(here, q, names), number="", earlier=offered.get(q.id)),
            mending.get(q.id),
        )
        + notes.get(q.id, "")
        for q in about
    )
    view = question_page(here, outcome, rendered, shown, errors, offered)
    return render_template(
        "company/profile.html",
        **fields_of(replace(view, versions=versions_of(here, [q.id for q in about]))),
        runs=_runs(fields),
        colleagues=names_to_ask(here),
        needs=company_needs_view(here.sheet.answers.get(q.id) for q in about),
    )


def _show_closed_profile(here: AssessmentContext, names: QuestionNames) -> str:
    """Show the profile and the countries as text, if nothing can be changed."""
    kept = {
        name: here.saved_answers[PROFILE_PREFIX + name].text
        for name in here.edition.profile
        if PROFILE_PREFIX + name in here.saved_answers
    }
    return render_template(
        "company/profile_closed.html",
        assessed=here.assessment,
        changed=unsubmitted_changes(here) if here.assessment.closed else None,
        fields=[
            (
                profile_field_label(here.edition, name),
                kept.get(name, "") if field.is_number else profile_value_label(here.edition, name, kept.get(name, "")),
            )
            for name, field in here.edition.profile.items()
        ],
        questions=[
            render_answered_question(here, q, replace(question_rendering(here, q, names), number=""))
            for q in here.served_edition.questions_outside_themes
        ],
        needs=company_needs_view(here.sheet.answers.get(q.id) for q in here.served_edition.questions_outside_themes),
    )


def _profile_field_view(
    here: AssessmentContext, field: ProfileField, outcome: SaveOutcome | None, offered: Mapping[str, EarlierAnswer]
) -> ProfileFieldView:
    name = PROFILE_PREFIX + field.id
    kept = here.saved_answers.get(name)
    sent = outcome.posted.get(name) if outcome else None
    conflict = outcome.conflicts.get(name) if outcome else None
    again = sent is not None and (sent.errors or conflict)
    value = sent.text if again and sent else kept.text if kept else ""
    error = sent.messages.get("value", "") if sent else ""
    if conflict:
        error = _profile_conflict(here, field.id, conflict_view(here.edition, conflict))
    return ProfileFieldView(
        id=f"p-{field.id}",
        name=name,
        label=profile_field_label(here.edition, field.id),
        is_number=field.is_number,
        is_tick=set(field.values) == {"yes", "no"},
        value=value,
        earlier=offered.get(name),
        saved=kept.text if kept else "",
        version=kept.version if kept else 0,
        error=error,
        options=[
            ProfileOptionView(v, profile_value_label(here.edition, field.id, v), v == value) for v in field.values
        ],
    )


def _runs(fields: Sequence[ProfileFieldView]) -> list[tuple[bool, list[ProfileFieldView]]]:
    """Split the fields, in order, into runs: those shown as a list of ticks (True), and all others."""
    alike = [list(run) for _, run in groupby(fields, key=lambda each: each.is_tick)]
    listed = {each.id for run in alike if run[0].is_tick and len(run) >= _LIST_OF_TICKS for each in run}
    return [(is_list, list(run)) for is_list, run in groupby(fields, key=lambda each: each.id in listed)]


def _profile_conflict(here: AssessmentContext, field: str, conflict: ConflictView) -> str:
    theirs, yours = (profile_value_label(here.edition, field, answer) for answer in (conflict.theirs, conflict.yours))
    if conflict.is_own:
        return _(
            "%(sentence)s In the other tab: %(theirs)s. Here, as shown below: %(yours)s.",
            sentence=conflict.sentence,
            theirs=theirs,
            yours=yours,
        )
    return _(
        "%(sentence)s Theirs: %(theirs)s. Yours, shown below: %(yours)s.",
        sentence=conflict.sentence,
        theirs=theirs,
        yours=yours,
    )

"""What is known about the company: it decides which questions are asked, and with whom it is compared."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.languages.formats import moment
from compliance.languages.speaking import gettext as _
from compliance.languages.words import field_words, value_words
from compliance.questionnaire.edition import OVERALL, PROFILE, ProfileField
from compliance.web.access import readers
from compliance.web.company.answering import errors_of, mending_of, versions_of
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.changes import changed_in
from compliance.web.company.contradictions import contradiction_shapes, new_contradictions
from compliance.web.company.questions import conflict_shape, draw, draw_answered, look_of, names_of
from compliance.web.company.saving import Outcome, save_page
from compliance.web.database import now
from compliance.web.gates import Names
from compliance.web.need_shapes import own_needs
from compliance.web.question_forms import read_profile_fields, read_questions
from compliance.web.shapes import Shape


@bp.get("/assessments/<int:assessment_id>/profile")
@readers("company")
def profile(assessment_id: int) -> str:
    """The profile and the countries."""
    return _show(opened(assessment_id))


@bp.post("/assessments/<int:assessment_id>/profile")
@readers("company")
def save_profile(assessment_id: int) -> str | Response:
    """Save the profile."""
    here = opened(assessment_id)
    fields = here.asked.fields
    sent = read_profile_fields(here.edition.profile.values(), request.form)
    sent += read_questions(((q, fields[q.id]) for q in here.asked.about), request.form, now().date())
    outcome = save_page(here, sent)
    if not outcome.is_clean:
        return _show(outcome.opened, outcome)
    if request.form.get("next") == "stop":
        flash(_("Everything is saved."))
        return redirect(url_for("company.tasks", assessment_id=assessment_id))
    if new_contradictions(here, outcome.opened):
        return redirect(url_for("company.profile", assessment_id=assessment_id, _anchor="remarks"))
    first = next(iter(here.asked.sections))
    return redirect(url_for("company.theme", assessment_id=assessment_id, theme=first))


def _show(here: Opened, outcome: Outcome | None = None) -> str:
    fields = [_field_shape(here, field, outcome) for field in here.edition.profile.values()]
    about = [question.id for question in here.asked.about]
    names = names_of(here.asked.about)
    mending = mending_of(outcome)
    errors = [{"target": field["id"], "text": field["error"]} for field in fields if field["error"]]
    errors += [error for i in about if i in mending for error in errors_of(here, i, mending[i], "")]
    if here.assessed.closed:
        return _show_closed(here, names)
    return render_template(
        "company/profile.html",
        assessed=here.assessed,
        edition=here.edition,
        fields=fields,
        questions=[
            draw(here, q, replace(look_of(here, q, names), number=""), mending.get(q.id)) for q in here.asked.about
        ],
        needs=own_needs(here.sheet.answers.get(i) for i in about),
        versions=versions_of(here, about),
        errors=errors,
        remarked=contradiction_shapes(here, {PROFILE + name for name in here.edition.profile}),
        kept_everything=outcome is None or outcome.kept_everything,
        bar=here.asked.live(here.sheet)[OVERALL],
        saved_at=moment(here.saved_at, now().date()) if here.saved_at else "",
    )


def _show_closed(here: Opened, names: Names) -> str:
    """The profile and the countries as text: nothing can be changed any more."""
    kept = {name: here.kept[PROFILE + name].text for name in here.edition.profile if PROFILE + name in here.kept}
    return render_template(
        "company/profile_closed.html",
        assessed=here.assessed,
        changed=changed_in(here),
        fields=[
            (field_words(name), kept.get(name, "") if field.is_number else value_words(name, kept.get(name, "")))
            for name, field in here.edition.profile.items()
        ],
        questions=[draw_answered(here, q, replace(look_of(here, q, names), number="")) for q in here.asked.about],
        needs=own_needs(here.sheet.answers.get(q.id) for q in here.asked.about),
    )


def _field_shape(here: Opened, field: ProfileField, outcome: Outcome | None) -> Shape:
    name = PROFILE + field.id
    kept = here.kept.get(name)
    sent = outcome.sent.get(name) if outcome else None
    conflict = outcome.conflicts.get(name) if outcome else None
    again = sent is not None and (sent.errors or conflict)
    value = sent.text if again and sent else kept.text if kept else ""
    error = sent.errors.get("value", "") if sent else ""
    if conflict:
        error = _profile_conflict(here, field.id, conflict_shape(here.edition, conflict))
    return {
        "id": f"p-{field.id}",
        "name": name,
        "label": field_words(field.id),
        "is_number": field.is_number,
        "value": value,
        "version": kept.version if kept else 0,
        "error": error,
        "options": [{"value": v, "label": value_words(field.id, v), "selected": v == value} for v in field.values],
    }


def _profile_conflict(here: Opened, field: str, conflict: Shape) -> str:
    theirs, yours = (value_words(field, conflict[side]) for side in ("theirs", "yours"))
    return _(
        "%(sentence)s Theirs: %(theirs)s. Yours, which stands below: %(yours)s.",
        sentence=conflict["sentence"],
        theirs=theirs,
        yours=yours,
    )

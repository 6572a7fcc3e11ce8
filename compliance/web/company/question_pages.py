"""Pages of questions, by theme: shown, saved, and shown again with the errors that are left."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import QuestionNames
from compliance.questionnaire.routing import NO, YES
from compliance.store.delegations import delegations_of
from compliance.web.access_control import readers
from compliance.web.accounts import may, require
from compliance.web.answer_fields import typed_words
from compliance.web.answer_forms import read_posted_answers
from compliance.web.assessment_context import AssessmentContext, SaveOutcome, save_page, unsubmitted_changes
from compliance.web.company.assigning import own_questions, question_holders
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.contradictions import new_contradictions
from compliance.web.company.document_reading import passages_beside
from compliance.web.company.gap_answers import way_back
from compliance.web.company.question_notes import names_to_ask, rendered_notes
from compliance.web.company.question_page_view import error_summary, is_read_only, question_page, unsaved_answers
from compliance.web.database import db, now
from compliance.web.earlier_answers import earlier_answers, with_confirmed
from compliance.web.edition_registry import naming_priority_countries
from compliance.web.forms import NextForm, small_number
from compliance.web.pagination import Block, Section, page_with, pages_of
from compliance.web.presenters import fields_of
from compliance.web.presenters.evidence import EarlierAnswer, documents_quoted, names_to_pick
from compliance.web.presenters.places import high_need_notices
from compliance.web.presenters.question_views import (
    UnsavedAnswer,
    names_of,
    question_rendering,
    render_answered_question,
    render_question,
)


@bp.get("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def theme(assessment_id: int, theme: str) -> str:
    """A page of a theme."""
    here = open_assessment(assessment_id)
    section = _section(here, theme)
    return _show_theme(here, section, _page_number(len(pages_of(section, here.routes))))


@bp.post("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def save_theme(assessment_id: int, theme: str) -> str | BaseResponse:
    """Save a page, and go where the button says."""
    here = open_assessment(assessment_id)
    section = _section(here, theme)
    require("answer", here.assessment.held_by, typed_words(here.edition, request.form))
    fields = here.served_edition.form_fields
    questions = ((question, fields[question.id]) for question in section.questions)
    posted = read_posted_answers(questions, request.form, now().date(), here.saved_texts)
    confirmed = with_confirmed(posted, earlier_answers(here, [each.id for each in posted]), request.form)
    outcome = save_page(here, confirmed, lambda: names_to_pick(here.assessment))
    pages = pages_of(section, outcome.context.routes)
    number = next((page_with(pages, question) for question in outcome.posted), 1)
    if not outcome.is_clean:
        return _show_theme(outcome.context, section, number, outcome)
    return redirect(_next_address(here, outcome, section, pages, number))


def _section(here: AssessmentContext, theme: str) -> Section:
    return here.served_edition.sections.get(theme) or abort(404)


def _page_number(pages: int) -> int:
    number = small_number(request.args.get("page", "1"), digits=4)
    if number is None or not 1 <= number <= max(pages, 1):
        abort(404)
    return number


def _next_address(
    before: AssessmentContext, outcome: SaveOutcome, section: Section, pages: Sequence[Sequence[Block]], number: int
) -> str:
    here = outcome.context
    if NextForm().stops:
        flash(_("Everything is saved."))
        return url_for("company.tasks", assessment_id=here.assessment.id)
    shown = [question.id for block in pages[number - 1] for question in block.questions] if pages else []
    if new := [question for question in shown if _is_follow_up(before, here, question)]:
        flash(ngettext("Saved. One more question follows.", "Saved. %(num)s more questions follow.", len(new)))
        return f"{_address(here, section, number)}#at-{new[0]}"
    if new_contradictions(before, here):
        return f"{_address(here, section, number)}#remarks"
    there = {} if may("assign", here.assessment.held_by) else delegations_of(db(), here.assessment.id)
    return _following_address(here, section, number, own_questions(here, there))


def _following_address(here: AssessmentContext, section: Section, number: int, mine: Collection[str] = ()) -> str:
    """The page after this one that asks something, of this theme or of the next ones; after the last, the check.

    With questions that somebody was given, the next page that has one of them; after the last, the task list.
    """
    sections = list(here.served_edition.sections.values())
    for following in sections[sections.index(section) :]:
        for place, page in enumerate(pages_of(following, here.routes), 1):
            is_later = following is not section or place > number
            if is_later and (not mine or any(one.id in mine for block in page for one in block.questions)):
                return _address(here, following, place)
    return url_for("company.tasks" if mine else "company.check", assessment_id=here.assessment.id)


def _is_follow_up(before: AssessmentContext, after: AssessmentContext, question_id: str) -> bool:
    """Tell if an answer just given brought up or opened a question that is still blank."""
    was, now_is = before.routes[question_id], after.routes[question_id]
    came_up = was.asked != YES or (was.counts == NO and now_is.counts != NO)
    return came_up and question_id not in after.answered


def _address(here: AssessmentContext, section: Section, number: int) -> str:
    page = number if number > 1 else None
    return url_for("company.theme", assessment_id=here.assessment.id, theme=section.id, page=page)


def _show_theme(here: AssessmentContext, section: Section, number: int, outcome: SaveOutcome | None = None) -> str:
    pages = pages_of(section, here.routes)
    names = names_of([q for q in section.questions if here.routes[q.id].asked == YES])
    page = pages[number - 1] if pages else ()
    shown = [question.id for block in page for question in block.questions]
    mending = unsaved_answers(outcome)
    sections = list(here.served_edition.sections.values())
    offered = earlier_answers(here, shown)
    notes, beside = rendered_notes(here, shown, outcome.posted if outcome else {}), passages_beside(here, shown)
    view = question_page(
        here,
        outcome,
        _rendered_questions(
            here, page, names, mending, offered, {i: beside.get(i, Markup()) + notes.get(i, Markup()) for i in shown}
        ),
        shown,
        (error for i, unsaved in mending.items() for error in error_summary(here, i, unsaved, names.get(i, ""))),
        offered,
    )
    return render_template(
        "company/theme.html",
        **fields_of(view),
        back=way_back(here.assessment.id, here.edition),
        section=section,
        changed=unsubmitted_changes(here) if here.assessment.closed else None,
        place=(sections.index(section) + 1, len(sections)),
        page=(number, len(pages)),
        notices=high_need_notices(
            here.edition,
            here.sheet,
            [question for block in page for question in block.questions],
            here.address_of,
            names_priority=naming_priority_countries(here.edition),
        ),
        previous=_address(here, section, number - 1) if number > 1 else "",
        following=_following_address(here, section, number),
        here=_address(here, section, number),
        documents=documents_quoted(here.saved_answers),
        holders=question_holders(here, section, page),
        colleagues=names_to_ask(here),
        library=[] if here.assessment.closed else list(names_to_pick(here.assessment, few=True)),
    )


def _rendered_questions(
    here: AssessmentContext,
    page: Sequence[Block],
    names: QuestionNames,
    mending: Mapping[str, UnsavedAnswer],
    offered: Mapping[str, EarlierAnswer],
    notes: Mapping[str, Markup],
) -> Iterator[Markup]:
    """The questions of a page, each with its notes. The law of a requirement stands once, beside its first question."""
    fixed = is_read_only(here)
    for block in page:
        for place, question in enumerate(block.questions):
            first = block is page[0] and not place
            look = question_rendering(here, question, names, leads=not place, law_open=first)
            if fixed:
                rendered = render_answered_question(here, question, look)
            else:
                look = replace(look, earlier=offered.get(question.id))
                rendered = render_question(here, question, look, mending.get(question.id))
            yield rendered + notes.get(question.id, "")

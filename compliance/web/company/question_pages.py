"""Pages of questions, by theme: shown, saved, and shown again with errors."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from flask import abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import QuestionNames
from compliance.questionnaire.edition import Question
from compliance.questionnaire.routing import NO, YES
from compliance.store.delegations import delegations_of
from compliance.web.access_control import readers
from compliance.web.accounts import may, require
from compliance.web.answer_fields import typed_words
from compliance.web.answer_forms import read_posted_answers
from compliance.web.assessment_context import AssessmentContext, SaveOutcome, save_page, unsubmitted_changes
from compliance.web.caches import cached_macro
from compliance.web.company.assigning import own_questions, question_holders
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.contradictions import new_contradictions
from compliance.web.company.document_reading import passages_beside
from compliance.web.company.gap_answers import way_back
from compliance.web.company.question_notes import names_to_ask, rendered_notes
from compliance.web.company.question_page_view import (
    error_summary,
    is_read_only,
    names_of,
    question_page,
    unsaved_answers,
)
from compliance.web.database import db, now
from compliance.web.earlier_answers import earlier_answers, with_confirmed
from compliance.web.edition_registry import naming_priority_countries
from compliance.web.forms import NextForm, small_number
from compliance.web.pagination import AskedTable, Block, Section, answered_on, pages_of
from compliance.web.presenters import fields_of
from compliance.web.presenters.evidence import EarlierAnswer, documents_quoted, names_offered, names_to_pick
from compliance.web.presenters.places import ColumnView, high_need_notices, table_view
from compliance.web.presenters.question_views import (
    QuestionRendering,
    UnsavedAnswer,
    question_rendering,
    render_answered_question,
    render_question,
)


@bp.get("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def theme(assessment_id: int, theme: str) -> str:
    """Show a page of a theme. Raise NotFound; 404 for an unknown theme or page."""
    here = open_assessment(assessment_id)
    section = _section(here, theme)
    return _show_theme(here, section, _page_number(len(pages_of(section, here.routes))))


@bp.post("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def save_theme(assessment_id: int, theme: str) -> str | BaseResponse:
    """Save a page, and redirect as the button says, or show the page again with its errors.

    Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged; 404 for an unknown theme.
    """
    here = open_assessment(assessment_id)
    section = _section(here, theme)
    require("answer", here.assessment.held_by, typed_words(here.edition, request.form))
    fields = here.served_edition.form_fields
    here_too = (table.questions for table in here.tables if here.places[table.stands_at].theme == section.id)
    answered = {question.id: question for question in chain(section.questions, *here_too)}
    questions = ((question, fields[i]) for i, question in answered.items())
    posted = read_posted_answers(questions, request.form, now().date(), here.saved_texts)
    confirmed = with_confirmed(posted, earlier_answers(here, [each.id for each in posted]), request.form)
    outcome = save_page(here, confirmed, lambda: names_to_pick(here.assessment))
    for notice in outcome.notices:
        flash(notice)
    pages = pages_of(section, outcome.context.routes)
    places = (outcome.context.places[question] for question in outcome.posted)
    number = next((place.page for place in places if place.theme == section.id), 1)
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
    shown = [question.id for question in answered_on(pages[number - 1], here.tables)] if pages else []
    if new := [question for question in shown if _is_follow_up(before, here, question)]:
        flash(ngettext("Saved. One more question follows.", "Saved. %(num)s more questions follow.", len(new)))
        return f"{_address(here, section, number)}#at-{new[0]}"
    if new_contradictions(before, here):
        return f"{_address(here, section, number)}#remarks"
    there = {} if may("assign", here.assessment.held_by) else delegations_of(db(), here.assessment.id)
    return _following_address(here, section, number, own_questions(here, there))


def _following_address(here: AssessmentContext, section: Section, number: int, mine: Collection[str] = ()) -> str:
    """Return the next page with questions, in this theme or a later one; after the last page, the check.

    `mine`: questions assigned to somebody; then the next page with one of these, and after the last, the task list.
    """
    sections = list(here.served_edition.sections.values())
    for following in sections[sections.index(section) :]:
        for place, page in enumerate(pages_of(following, here.routes), 1):
            is_later = following is not section or place > number
            if is_later and any(not mine or one.id in mine for one in answered_on(page, here.tables)):
                return _address(here, following, place)
    return url_for("company.tasks" if mine else "company.check", assessment_id=here.assessment.id)


def _is_follow_up(before: AssessmentContext, after: AssessmentContext, question_id: str) -> bool:
    """Tell whether saving made a blank question asked, or made it count."""
    was, now_is = before.routes[question_id], after.routes[question_id]
    came_up = was.asked != YES or (was.counts == NO and now_is.counts != NO)
    return came_up and question_id not in after.answered


def _address(here: AssessmentContext, section: Section, number: int) -> str:
    page = number if number > 1 else None
    return url_for("company.theme", assessment_id=here.assessment.id, theme=section.id, page=page)


def _show_theme(here: AssessmentContext, section: Section, number: int, outcome: SaveOutcome | None = None) -> str:
    pages = pages_of(section, here.routes)
    names = names_of(q for q in section.questions if here.routes[q.id].asked == YES)
    page = pages[number - 1] if pages else ()
    questions = list(answered_on(page, here.tables))
    others = _columns_of_colleagues(here)
    shown = [question.id for question in questions if question.id not in others]
    mending = unsaved_answers(outcome)
    sections = list(here.served_edition.sections.values())
    offered = earlier_answers(here, shown)
    notes, beside = rendered_notes(here, shown, outcome.posted if outcome else {}), passages_beside(here, shown)
    below = {i: beside.get(i, Markup()) + notes.get(i, Markup()) for i in shown}
    for i, holder in question_holders(here, [question.id for question in questions]).items():
        below[i] = below.get(i, Markup()) + cached_macro("parts/assigned.html", "beside_question", holder)
    called = {**names, **here.headings}
    view = question_page(
        here,
        outcome,
        _rendered_questions(here, page, PageOfQuestions(names, mending, offered, below, others, is_read_only(here))),
        shown,
        (error for i, unsaved in mending.items() for error in error_summary(here, i, unsaved, called.get(i, ""))),
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
            questions,
            here.address_of,
            names_priority=naming_priority_countries(here.edition),
        ),
        previous=_address(here, section, number - 1) if number > 1 else "",
        following=_following_address(here, section, number),
        here=_address(here, section, number),
        documents=documents_quoted(here.saved_answers),
        colleagues=names_to_ask(here),
        library=[] if here.assessment.closed else names_offered(here.assessment),
    )


@dataclass(frozen=True, slots=True)
class PageOfQuestions:
    """What the questions of a page are drawn from, mostly by question id."""

    names: QuestionNames
    mending: Mapping[str, UnsavedAnswer]
    offered: Mapping[str, EarlierAnswer]
    below: Mapping[str, Markup]  # passages, notes and holder
    of_colleagues: Collection[str]  # table columns that the reader cannot fill in
    is_fixed: bool  # nothing can be changed


def _columns_of_colleagues(here: AssessmentContext) -> frozenset[str]:
    """Return the columns not assigned to the person signed in, of tables with another column that is."""
    there = {} if may("assign", here.assessment.held_by) else delegations_of(db(), here.assessment.id)
    mine = own_questions(here, there)
    columns = ({question.id for question in table.questions} for table in here.tables)
    return frozenset(question for table in columns if table & mine for question in table - mine)


def _rendered_questions(here: AssessmentContext, page: Sequence[Block], on: PageOfQuestions) -> Iterator[Markup]:
    """Yield the questions of a page with their notes. The law is only shown with a requirement's first question."""
    table_of = {question.id: table for table in here.tables for question in table.questions}
    for block in page:
        for place, question in enumerate(block.questions):
            first = block is page[0] and not place
            look = question_rendering(here, question, on.names, leads=not place, law_open=first)
            table = table_of.get(question.id)
            if table is None:
                yield _rendered_question(here, question, look, on)
            elif table.stands_at == question.id:
                yield _rendered_table(here, table, look, on)
            else:
                elsewhere = ColumnView(here.headings[question.id], table.title, here.address_of(question.id))
                yield render_answered_question(here, question, replace(look, column=elsewhere))


def _rendered_question(
    here: AssessmentContext, question: Question, look: QuestionRendering, on: PageOfQuestions
) -> Markup:
    below = on.below.get(question.id, Markup())
    if on.is_fixed or question.id in on.of_colleagues:
        return render_answered_question(here, question, look) + below
    look = replace(look, earlier=on.offered.get(question.id))
    return render_question(here, question, look, on.mending.get(question.id)) + below


def _rendered_table(here: AssessmentContext, table: AskedTable, look: QuestionRendering, on: PageOfQuestions) -> Markup:
    """Return a table, followed by the rest of each of its questions; as text if nothing can be changed."""
    columns = tuple(each for each in table.columns if each[0].id not in on.of_colleagues)
    given = {q.id: on.mending[q.id].posted if q.id in on.mending else here.saved_answers.get(q.id) for q, _ in columns}
    view = table_view(
        here.edition,
        here.sheet,
        replace(table, columns=columns),
        {i: answer.text.split("|") for i, answer in given.items() if answer and answer.text},
        {i: unsaved.posted.messages.get("value", "") for i, unsaved in on.mending.items()},
        here.address_of,
    )
    fills = bool(view.places) and not on.is_fixed
    drawn = cached_macro("parts/places_table.html", "grid" if fills else "heading", view)
    for question, heading in table.columns:
        own = look if question.id == table.stands_at else question_rendering(here, question, on.names, leads=False)
        if fills and question.id not in on.of_colleagues:
            own = replace(own, column=ColumnView(heading, table.title))
        drawn += _rendered_question(here, question, own, on)
    return drawn

"""The pages of a theme: a page of questions, and what is done with what was sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from compliance.languages.formats import moment
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.routing import NO, YES
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.changes import changed_in
from compliance.web.company.contradictions import contradiction_shapes, new_contradictions
from compliance.web.company.questions import (
    Mending,
    conflict_shape,
    documents_quoted,
    draw,
    draw_answered,
    look_of,
    names_of,
)
from compliance.web.company.saving import Outcome, save_page
from compliance.web.database import now
from compliance.web.gates import Names
from compliance.web.pages import Block, Section, page_with, pages_of
from compliance.web.question_forms import read_questions
from compliance.web.shapes import Shape


@bp.get("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def theme(assessment_id: int, theme: str) -> str:
    """A page of a theme."""
    here = opened(assessment_id)
    section = _section(here, theme)
    return _show(here, section, _page_number(len(pages_of(section, here.routes))))


@bp.post("/assessments/<int:assessment_id>/<theme>")
@readers("company")
def save_theme(assessment_id: int, theme: str) -> str | Response:
    """Save a page, and go where the button says."""
    here = opened(assessment_id)
    section = _section(here, theme)
    fields = here.asked.fields
    outcome = save_page(
        here, read_questions(((q, fields[q.id]) for q in section.questions), request.form, now().date())
    )
    pages = pages_of(section, outcome.opened.routes)
    number = next((page_with(pages, question) for question in outcome.sent), 1)
    if not outcome.is_clean:
        return _show(outcome.opened, section, number, outcome)
    return redirect(_next_address(here, outcome, section, pages, number))


def _section(here: Opened, theme: str) -> Section:
    return here.asked.sections.get(theme) or abort(404)


def _page_number(pages: int) -> int:
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not 1 <= number <= max(pages, 1):
        abort(404)
    return number


def _next_address(
    before: Opened, outcome: Outcome, section: Section, pages: Sequence[Sequence[Block]], number: int
) -> str:
    here = outcome.opened
    if request.form.get("next") == "stop":
        flash(_("Everything is saved."))
        return url_for("company.tasks", assessment_id=here.assessed.id)
    shown = [question.id for block in pages[number - 1] for question in block.questions] if pages else []
    if new := [question for question in shown if _follows(before, here, question)]:
        flash(ngettext("Saved. One more question follows.", "Saved. %(num)s more questions follow.", len(new)))
        return f"{_address(here, section, number)}#at-{new[0]}"
    if new_contradictions(before, here):
        return f"{_address(here, section, number)}#remarks"
    return _following_address(here, section, number, len(pages))


def _following_address(here: Opened, section: Section, number: int, pages: int) -> str:
    """The page after this one, of this theme or of the next that asks something; after the last, the check."""
    if number < pages:
        return _address(here, section, number + 1)
    later = list(here.asked.sections.values())
    for following in later[later.index(section) + 1 :]:
        if pages_of(following, here.routes):
            return _address(here, following, 1)
    return url_for("company.check", assessment_id=here.assessed.id)


def _follows(before: Opened, after: Opened, question_id: str) -> bool:
    """Whether an answer just given brought a question up, or opened it, that is still blank."""
    was, now_is = before.routes[question_id], after.routes[question_id]
    came_up = was.asked != YES or (was.counts == NO and now_is.counts != NO)
    return came_up and question_id not in after.sheet.answers


def _address(here: Opened, section: Section, number: int) -> str:
    page = number if number > 1 else None
    return url_for("company.theme", assessment_id=here.assessed.id, theme=section.id, page=page)


def _show(here: Opened, section: Section, number: int, outcome: Outcome | None = None) -> str:
    pages = pages_of(section, here.routes)
    names = names_of([q for q in section.questions if here.routes[q.id].asked == YES])
    page = pages[number - 1] if pages else ()
    mending = mending_of(outcome)
    sections = list(here.asked.sections.values())
    return render_template(
        "company/theme.html",
        assessed=here.assessed,
        edition=here.edition,
        section=section,
        changed=changed_in(here) if here.assessed.closed else None,
        place=(sections.index(section) + 1, len(sections)),
        page=(number, len(pages)),
        previous=_address(here, section, number - 1) if number > 1 else "",
        following=_following_address(here, section, number, len(pages)),
        here=_address(here, section, number),
        questions=list(_drawn(here, page, names, mending)),
        versions=versions_of(here, [question.id for block in page for question in block.questions]),
        errors=[error for i, m in mending.items() for error in errors_of(here, i, m, names.get(i, ""))],
        remarked=contradiction_shapes(here, {question.id for block in page for question in block.questions}),
        kept_everything=outcome is None or outcome.kept_everything,
        documents=documents_quoted(here.kept),
        bar=here.asked.live(here.sheet)[OVERALL],
        saved_at=moment(here.saved_at, now().date()) if here.saved_at else "",
    )


def _drawn(here: Opened, page: Sequence[Block], names: Names, mending: Mapping[str, Mending]) -> Iterator[Markup]:
    """The questions of a page. The law of a requirement stands once, beside its first question."""
    for block in page:
        for place, question in enumerate(block.questions):
            first = block is page[0] and not place
            look = look_of(here, question, names, leads=not place, law_open=first)
            if here.assessed.closed:
                yield draw_answered(here, question, look)
            else:
                yield draw(here, question, look, mending.get(question.id))


def versions_of(here: Opened, ids: Iterable[str]) -> dict[str, int]:
    """The version of each answer that a page shows; 0 for a blank."""
    return {i: here.kept[i].version if i in here.kept else 0 for i in ids}


def mending_of(outcome: Outcome | None) -> dict[str, Mending]:
    """What a page has to mend, in its own order."""
    if outcome is None:
        return {}
    return {
        i: Mending(s, outcome.conflicts.get(i)) for i, s in outcome.sent.items() if s.errors or i in outcome.conflicts
    }


def errors_of(here: Opened, question_id: str, mending: Mending, name: str) -> Iterator[Shape]:
    """The lines of the error summary for a question: each leads to the control that mends it."""
    which = name[:1].upper() + name[1:] if name else here.edition.questions[question_id].ask
    if mending.conflict:
        sentence = conflict_shape(here.edition, mending.conflict)["sentence"]
        yield {"target": f"q-{question_id}", "text": _("%(which)s: %(what)s", which=which, what=sentence)}
    for part, what in mending.sent.errors.items():
        target = f"q-{question_id}" if part == "value" else f"q-{question_id}-{part}"
        yield {"target": target, "text": _("%(which)s: %(what)s", which=which, what=what)}

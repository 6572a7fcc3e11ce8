"""Assigning themes and questions to colleagues, with due date and note, and listing one's own."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Question
from compliance.scoring.progress import is_counted
from compliance.store import AlreadyDecided, CompanyMember, NotFound, PeriodClosed, company_members
from compliance.store.delegations import DelegatedTo, Delegation, delegate, delegations_of, holder_of
from compliance.store.member_roles import role_may
from compliance.web.access_control import NotAllowed, readers
from compliance.web.accounts import may, me, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_by_id
from compliance.web.forms import DayField, small_number
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.pagination import Section
from compliance.web.presenters import ErrorLink


class DelegationForm(FlaskForm):
    """The person a theme or question is assigned to ("": nobody), with due date and note."""

    person = StringField()
    seen = StringField()  # the holder that the page showed
    due = DayField()
    note = TextAreaField(validators=[Length(max=1000, message=_l("Use at most 1,000 characters."))], default="")


@dataclass(frozen=True, slots=True)
class AssignedPart:
    """A theme, or one of its questions, to be assigned."""

    id: str
    section: Section
    question: Question | None  # None: the theme

    @property
    def title(self) -> str:
        """The title of the theme, or the question as it is asked."""
        return self.section.title if self.question is None else self.question.ask


@dataclass(frozen=True, slots=True)
class HolderView:
    """The holder of a theme or question, as shown next to it."""

    name: str  # "": nobody
    due: date | None
    overdue: bool
    is_mine: bool
    url: str  # of the form to assign it; "": the reader may not
    others: int = 0  # for a theme: number of its questions that are assigned separately


@dataclass(frozen=True, slots=True)
class OwnPartView:
    """A theme or question that is assigned to the person signed in."""

    title: str
    is_question: bool
    asked: int  # questions; 0: none is asked at present
    answered: int
    due: date | None
    overdue: bool
    note: str
    url: str


@bp.get("/assessments/<int:assessment_id>/assign/<part>")
@readers("company")
def assign(assessment_id: int, part: str) -> str:
    """Show the form to assign a theme or question. Raise NotFound, NotAllowed, or PeriodClosed."""
    here = open_assessment(assessment_id)
    found, there = _part(here.served_edition, part), delegations_of(db(), assessment_id)
    _require_assigning(here, found, there)
    if here.assessment.closed:
        raise PeriodClosed
    return _page(here, found, there)


@bp.post("/assessments/<int:assessment_id>/assign/<part>")
@readers("company")
def save_assignment(assessment_id: int, part: str) -> str | BaseResponse:
    """Assign a theme or question, or unassign it. Raise NotFound, NotAllowed, PeriodClosed or CompanyMerged."""
    here, form = open_assessment(assessment_id), DelegationForm()
    found, there = _part(here.served_edition, part), delegations_of(db(), assessment_id)
    _require_assigning(here, found, there, [(_("Note"), form.note.data)] if form.note.data else ())
    fault = _fault(form, here, there.get(part)) if form.validate() else ""
    if fault or form.errors:
        return _page(here, found, there, form, fault)
    person, seen = small_number(form.person.data), small_number(form.seen.data)
    to = None if person is None else DelegatedTo(person, form.due.day, form.note.data or "")
    only_own = not may("assign", here.assessment.held_by)
    try:
        changed = delegate(
            db(),
            assessment_id,
            part,
            to,
            seen=seen,
            by=me().id,
            at=now(),
            theme=found.section.id,
            only_own=only_own,
        )
    except AlreadyDecided:
        db().rollback()
        there = delegations_of(db(), assessment_id)
        said = _("Somebody changed this meanwhile. The current state is shown above; choose again.")
        return _page(here, found, there, form, said)
    if changed and to is not None and person != me().id:
        _tell(here, found, to)
    db().commit()
    flash(_("Saved."))
    return redirect(_back(here, found))


def holder_view(
    here: AssessmentContext, there: Mapping[str, Delegation], section: Section, question: str
) -> HolderView:
    """Return who is assigned a question, or, with an empty id, the whole theme."""
    part = question or section.id
    held = holder_of(there, part, section.id)
    is_mine = held is not None and held.person_id == me().id
    held_by, closed = here.assessment.held_by, here.assessment.closed
    gives = not closed and (may("assign", held_by) or (is_mine and may("hand-on", held_by)))
    name, due = (held.name, held.due) if held else ("", None)
    asked = _asked(here, section, question)
    others = [] if question else [i for i in asked if i in there]
    url = url_for("company.assign", assessment_id=here.assessment.id, part=part) if gives else ""
    overdue = _is_overdue(due) and not {*asked} - {*others} <= here.answered
    return HolderView(name, due, overdue, is_mine, url, len(others))


def question_holders(here: AssessmentContext, questions: Collection[str]) -> Mapping[str, HolderView]:
    """Return the holders of these questions, by question id."""
    there = delegations_of(db(), here.assessment.id)
    homes = ((section, one.id) for section in here.served_edition.sections.values() for one in section.questions)
    return {i: holder_view(here, there, section, i) for section, i in homes if i in questions}


def own_parts(here: AssessmentContext, there: Mapping[str, Delegation]) -> list[OwnPartView]:
    """Return the themes and questions assigned to the person signed in: unfinished ones first, then by due date."""
    found = [
        _own_part(here, there, section, question)
        for section in here.served_edition.sections.values()
        for question in (None, *section.questions)
        if (one := there.get(question.id if question else section.id)) and one.person_id == me().id
    ]
    return sorted(found, key=lambda one: (one.answered == one.asked, one.due or date.max))


def own_questions(here: AssessmentContext, there: Mapping[str, Delegation]) -> set[str]:
    """Return the ids of the questions assigned to the person signed in, directly or with their theme."""
    sections = here.served_edition.sections.values()
    held = ((one.id, holder_of(there, one.id, section.id)) for section in sections for one in section.questions)
    return {question for question, holder in held if holder and holder.person_id == me().id}


def _own_part(
    here: AssessmentContext, there: Mapping[str, Delegation], section: Section, question: Question | None
) -> OwnPartView:
    held = there[question.id if question else section.id]
    asked = [i for i in _asked(here, section, question.id if question else "") if question or i not in there]
    answered = sum(1 for i in asked if i in here.answered)
    return OwnPartView(
        title=question.ask if question else section.title,
        is_question=question is not None,
        asked=len(asked),
        answered=answered,
        due=held.due,
        overdue=_is_overdue(held.due) and answered < len(asked),
        note=held.note,
        url=_address(
            here, section, next((i for i in asked if i not in here.answered), question.id if question else "")
        ),
    )


def _address(here: AssessmentContext, section: Section, question: str) -> str:
    """Return the address of a question, or, with an empty id, of the first page of the theme."""
    if question in here.places:
        return here.address_of(question)
    return url_for("company.theme", assessment_id=here.assessment.id, theme=section.id)


def _asked(here: AssessmentContext, section: Section, question: str) -> list[str]:
    """Return the id of a question, or, with an empty id, those of all questions of the theme, as far as they count."""
    ids = [question] if question else [one.id for one in section.questions]
    return [i for i in ids if is_counted(here.routes[i])]


def _is_overdue(due: date | None) -> bool:
    return due is not None and due < now().date()


def _part(asked: ServedEdition, part: str) -> AssignedPart:
    for section in asked.sections.values():
        if section.id == part:
            return AssignedPart(part, section, None)
        for question in section.questions:
            if question.id == part:
                return AssignedPart(part, section, question)
    raise NotFound(f"no theme or question {part}")


def _require_assigning(
    here: AssessmentContext,
    part: AssignedPart,
    there: Mapping[str, Delegation],
    given_back: Sequence[tuple[str, str]] = (),
) -> None:
    held = holder_of(there, part.id, part.section.id)
    require("hand-on", here.assessment.held_by, given_back)
    if not may("assign", here.assessment.held_by) and (held is None or held.person_id != me().id):
        raise NotAllowed("assign", here.assessment.held_by, given_back)


def _answering(here: AssessmentContext) -> Iterator[CompanyMember]:
    """Yield the active members whose role may answer."""
    people = company_members(db(), here.assessment.held_by)
    return (one for one in people if one.active and role_may(one.role, "answer"))


def _fault(form: DelegationForm, here: AssessmentContext, before: Delegation | None) -> str:
    """Return what is wrong with the person or the note, or "". A due date in the past is noted on the form."""
    chosen = form.person.data or ""
    if chosen and small_number(chosen) not in {one.person_id for one in _answering(here)}:
        return _("Choose one of these people. Anyone not listed has left, or cannot answer.")
    note = (form.note.data or "").strip()
    if not chosen and note and note != (before.note if before else ""):
        return _("Choose who the note is for, or delete the note.")
    if _is_overdue(form.due.day) and (before is None or before.due != form.due.day):
        form.due.errors = [_("This day has passed. Choose today or a later day.")]
    return ""


def _page(
    here: AssessmentContext,
    part: AssignedPart,
    there: Mapping[str, Delegation],
    form: DelegationForm | None = None,
    fault: str = "",
) -> str:
    held = there.get(part.id)
    errors = [ErrorLink("person", fault)] if fault else []
    errors += [ErrorLink(name, str(form[name].errors[0])) for name in ("due", "note") if form and form[name].errors]
    return render_template(
        "company/assign.html",
        assessed=here.assessment,
        edition=here.edition,
        part=part,
        held=held,
        theme_holder=there.get(part.section.id) if part.question else None,
        people=list(_answering(here)),
        person=form.person.data if form else str(held.person_id) if held else "",
        due=form.due.data if form else held.due.isoformat() if held and held.due else "",
        note=form.note.data if form else held.note if held else "",
        errors=errors,
        faults={error.target: error.text for error in errors},
        back=_back(here, part),
    )


def _back(here: AssessmentContext, part: AssignedPart) -> str:
    if part.question is None:
        return url_for("company.tasks", assessment_id=here.assessment.id, _anchor="themes")
    return here.address_of(part.id)


def _tell(here: AssessmentContext, part: AssignedPart, to: DelegatedTo) -> None:
    """Queue a mail to the new holder. All that is assigned to somebody in one day arrives in one mail."""
    asked = next(one for one in _answering(here) if one.person_id == to.person_id)
    words = {
        "name": me().person.name or me().person.email,
        "company": here.assessment.organisation,
        "year": str(here.assessment.year),
        "title": partial(_title, here, part),
        "due": to.due,
        "note": to.note,
        "link": partial(whole_url, "company.tasks", assessment_id=here.assessment.id),
    }
    queue_mail("questions-assigned", asked.email, language=asked.language, person_id=asked.person_id, **words)


def _title(here: AssessmentContext, part: AssignedPart) -> str:
    """Return the title of a theme, or a question as it is asked, in the current language."""
    asked = edition_by_id(here.assessment.edition_id).asked_with(here.assessment.chosen_portions)
    return _part(asked, part.id).title

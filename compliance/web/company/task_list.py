"""A company's assessments, beginning one for a year, and the task list of an assessment."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from flask import redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField
from wtforms.validators import Optional

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import current_language, text_direction
from compliance.languages.labels import lens_value_label
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX
from compliance.questionnaire.portions import PORTION_LENS, effort_of, portion_of
from compliance.questionnaire.routing import OPEN, YES, unanswered_routing_questions
from compliance.scoring.progress import Progress, is_counted, progress_by, progress_of
from compliance.store import (
    AssessmentSummary,
    JoinRequest,
    Membership,
    answer_counts,
    assessment_for,
    assessments_of,
    counting_companies,
    latest_submissions_of,
    periods,
)
from compliance.store.company_erasure_requests import CompanyErasureRequest, company_erasure_request
from compliance.store.delegations import Delegation, delegated_to, delegations_of
from compliance.store.memberships import requests_concerning
from compliance.web.access_control import readers
from compliance.web.accounts import may, me, own_company, require
from compliance.web.assessment_context import AssessmentContext, UnsubmittedChanges, changes_of, unsubmitted_changes
from compliance.web.caches import cached_macro
from compliance.web.company.assigning import HolderView, OwnPartView, holder_view, own_parts
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.contradictions import contradictions_of
from compliance.web.company.document_reading import second_looks
from compliance.web.company.question_notes import to_find_out
from compliance.web.database import db, now
from compliance.web.earlier_answers import earlier_answers, waiting_answers
from compliance.web.edition_registry import editions, newest_edition
from compliance.web.forms import YearForm, choice_of
from compliance.web.page_text import own
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext
from compliance.web.pagination import Section
from compliance.web.presenters import WaitingTask, fields_of
from compliance.web.presenters.evidence import EarlierAnswer
from compliance.web.presenters.scores import ScoreView, band_views, score_view

#: Most unknown answers on the task list. All of them are on a page of their own.
MOST_TO_FIND_OUT = 8


@dataclass(frozen=True, kw_only=True)
class TaskView(ScoreView):
    """A theme in the task list, with its score so far."""

    number: int
    href: str
    answered: int
    asked: int
    unshown: int
    status: str
    who: str  # who last saved an answer
    holder: HolderView  # the member it is assigned to
    changed: int  # number of answers that differ from those submitted
    words: tuple[tuple[str, int], ...]  # reasons of blanks, each with their number
    minutes: int  # for reading and answering the blank questions
    portions: str  # of the questions asked, in words; "" if the edition has none
    earlier: int  # number of earlier answers to be confirmed


@dataclass(frozen=True, slots=True)
class ContributorView:
    """A person who saved answers, with the numbers of their themes and the time of the last answer."""

    name: str
    themes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class CompanyAssessments:
    """The assessments of one of a person's companies."""

    company: Membership
    begun: tuple[AssessmentSummary, ...]
    open_years: tuple[int, ...]  # open periods without an assessment
    deletion: CompanyErasureRequest | None  # of the company; None: not requested


class BeginForm(YearForm):
    """The year, and the company to answer for, by default the person's first."""

    organisation = IntegerField(validators=[Optional()])


@bp.get("/assessments")
@readers("company")
def mine() -> str:
    """Show the assessments of one's companies, years that can be begun, and one's requests to join others."""
    edition = newest_edition().edition
    held = [_company_assessments(membership, edition.id) for membership in me().person.memberships]
    begun = [assessed for one in held for assessed in one.begun]
    submitted = latest_submissions_of(db(), [assessed.id for assessed in begun if assessed.submitted_at])
    changed = {one.id: changes_of(one, submitted[one.id]) for one in begun if one.id in submitted}
    owned = [one.organisation_id for one in me().person.memberships if one.may("manage")]
    asked_for, asking = requests_concerning(db(), me().id, owned=owned)
    return render_template(
        "company/mine.html",
        companies=held,
        counting=counting_companies(db()),
        requests=[request for request in asked_for if request.state in ("open", "refused")],
        changed=changed,
        tasks=list(_waiting(held, changed, asking)),
        latest={i: latest.id for i, latest in submitted.items()},
        titles={name: asked.edition.title for name, asked in editions().items()},
        edition=edition,
    )


def _waiting(
    held: Iterable[CompanyAssessments], changed: Mapping[int, UnsubmittedChanges], requests: Iterable[JoinRequest]
) -> Iterator[WaitingTask]:
    """Yield what is waiting: assigned parts, unsubmitted answers, years that can be begun, requests to join."""
    asking = Counter(request.organisation_id for request in requests)
    mine = delegated_to(db(), me().id)
    drafts = [begun.id for one in held for begun in one.begun if not begun.submitted_at and not begun.closed]
    answered = answer_counts(db(), drafts) if drafts else {}
    for one in held:
        company, name = one.company.organisation_id, own(one.company.organisation)
        yield from _assigned(one.begun, mine)
        yield from _unsubmitted(one.begun if one.company.may("answer") else (), changed, answered)
        for year in one.open_years if one.company.may("answer") else ():
            yield WaitingTask(_("%(company)s: you can begin %(year)s.", company=name, year=year), f"#company-{company}")
        if one.company.may("manage") and asking[company]:
            words = ngettext(
                "%(company)s: one person has asked to join.",
                "%(company)s: %(num)s people have asked to join.",
                asking[company],
                company=name,
            )
            yield WaitingTask(words, url_for("company.members", organisation_id=company))


def _assigned(begun: Iterable[AssessmentSummary], mine: Mapping[int, tuple[int, date | None]]) -> Iterator[WaitingTask]:
    """Yield what is assigned to a person in open assessments, with the earliest due date."""
    for one in begun:
        if one.closed or one.id not in mine:
            continue
        parts, due = mine[one.id]
        words = ngettext(
            "%(company)s, %(year)s: one theme or question is assigned to you.",
            "%(company)s, %(year)s: %(num)s themes or questions are assigned to you.",
            parts,
            company=own(one.organisation),
            year=str(one.year),
        )
        if due is not None:
            day = long_date(due)
            past, ahead = _("The first was due on %(day)s.", day=day), _("The first is due on %(day)s.", day=day)
            words = Markup(" ").join([words, past if due < now().date() else ahead])
        yield WaitingTask(words, url_for("company.tasks", assessment_id=one.id))


def _unsubmitted(
    begun: Iterable[AssessmentSummary], changed: Mapping[int, UnsubmittedChanges], answered: Mapping[int, int]
) -> Iterator[WaitingTask]:
    for one in begun:
        about = {"company": own(one.organisation), "year": str(one.year)}
        if one.closed:
            continue
        if not one.submitted_at:
            words = ngettext(
                "%(company)s, %(year)s: one answer is saved, nothing is submitted yet.",
                "%(company)s, %(year)s: %(num)s answers are saved, nothing is submitted yet.",
                answered.get(one.id, 0),
                **about,
            )
            yield WaitingTask(words, url_for("company.tasks", assessment_id=one.id))
        elif differing := len(changed[one.id].questions):
            words = ngettext(
                "%(company)s, %(year)s: one answer has changed since it was submitted.",
                "%(company)s, %(year)s: %(num)s answers have changed since they were submitted.",
                differing,
                **about,
            )
            yield WaitingTask(words, url_for("company.check", assessment_id=one.id))


def _company_assessments(membership: Membership, edition_id: str) -> CompanyAssessments:
    organisation_id = membership.organisation_id
    begun = tuple(a for a in assessments_of(db(), organisation_id) if a.voice == "self")
    taken = {a.year for a in begun if a.edition_id == edition_id and a.organisation_id == organisation_id}
    open_years = tuple(p.year for p in periods(db()) if p.closed_at is None and p.year not in taken)
    deletion = company_erasure_request(db(), organisation_id) if membership.erasure_asked else None
    return CompanyAssessments(membership, begun, open_years, deletion)


@bp.post("/assessments")
@readers("company")
def begin() -> BaseResponse:
    """Begin an assessment for a year, or open the existing one, at the page *Before you start*."""
    form = BeginForm()
    if not form.validate():
        raise BadRequest
    edition, here = newest_edition().edition, own_company(form.organisation.data)
    require("answer", here.organisation_id)
    begun = assessment_for(db(), here.organisation_id, edition=edition.id, year=form.number, at=now())
    db().commit()
    return redirect(url_for("company.start", assessment_id=begun.id))


@bp.get("/assessments/<int:assessment_id>")
@readers("company")
def tasks(assessment_id: int) -> str:
    """Show the task list. People with assigned parts who may not assign see only these, unless they choose all."""
    here = open_assessment(assessment_id)
    there = delegations_of(db(), assessment_id)
    mine, may_assign = own_parts(here, there), may("assign", here.assessment.held_by)
    which = choice_of("which", ("own", "all"), "own" if mine and not may_assign else "all")
    live = here.served_edition.provisional_scores(here.sheet)
    sections = list(here.served_edition.sections.values())
    progress = progress_by(here.edition, here.sheet, here.routes, ([q.id for q in s.questions] for s in sections))
    asked = [(s, p) for s, p in zip(sections, progress, strict=True) if p.asked]
    without = [s for s, p in zip(sections, progress, strict=True) if not p.asked]
    changed, offered = unsubmitted_changes(here), earlier_answers(here)
    task_views = [_task(here, number, s, p, changed, there, offered) for number, (s, p) in enumerate(asked, 1)]
    earlier_about = waiting_answers(here, offered, _about_ids(here))
    following = next((s for s, p in asked if p.answered < p.asked), None)
    blanks = unanswered_routing_questions(here.edition, here.sheet, here.routes)
    year = max((each.year for each in offered.values()), default=None)
    return render_template(
        "company/tasks.html",
        assessed=here.assessment,
        edition=here.edition,
        bands=band_views(here.edition),
        row=score_view(here.edition, "", live[OVERALL]),
        tasks=[_drawn(task, here, bool(blanks), year) for task in task_views] if which == "all" else [],
        mine=mine,
        which=which,
        progress=here.progress,
        about=_about(here),
        not_carried=here.not_carried,
        changed=changed,
        changed_about=_changed_about(here, changed),
        blanks=len(blanks),
        earlier=earlier_about + sum(task.earlier for task in task_views),
        earlier_about=earlier_about,
        earlier_year=year,
        following=following,
        following_url=_own_first(mine, which) or _first_page(here, following),
        following_asked=len(list(_blank_questions(here, following))) if following else 0,
        people=_people(here, [s for s, _ in asked]),
        critical=_critical_blanks(here),
        contradictions=len(contradictions_of(here)),
        second_looks=second_looks(here),
        to_find_out=to_find_out(here)[:MOST_TO_FIND_OUT],
        unasked=[s for s in without if not _is_undecided(here, s)],
        undecided=[s for s in without if _is_undecided(here, s)],
    )


def _drawn(task: TaskView, here: AssessmentContext, *more: Hashable) -> Markup:
    rtl, closed = text_direction(current_language()) == "rtl", here.assessment.closed
    return cached_macro("parts/company_charts.html", "task", task, rtl, here.edition.scale, closed, *more)


def _own_first(mine: Iterable[OwnPartView], which: str) -> str:
    """Return the address of the first unfinished part of one's own, if only these are shown; "" otherwise."""
    return next((one.url for one in mine if which == "own" and one.answered < one.asked), "")


@bp.get("/assessments/<int:assessment_id>/to-find-out")
@readers("company")
def find_out(assessment_id: int) -> str:
    """Show the questions whose answers are not known yet, by whom to ask, to print and pass on."""
    here = open_assessment(assessment_id)
    found = {whom: list(asked) for whom, asked in groupby(to_find_out(here), lambda one: one.whom)}
    return render_template("company/find_out.html", assessed=here.assessment, edition=here.edition, found=found)


def _is_undecided(here: AssessmentContext, section: Section) -> bool:
    """Tell whether some questions of a theme may still be asked, depending on unanswered ones."""
    return any(here.routes[q.id].asked == OPEN for q in section.questions)


def _task(
    here: AssessmentContext,
    number: int,
    section: Section,
    progress: Progress,
    changed: UnsubmittedChanges | None,
    there: Mapping[str, Delegation],
    offered: Mapping[str, EarlierAnswer],
) -> TaskView:
    standing = here.served_edition.provisional_scores(here.sheet).get(section.id)
    blank = list(_blank_questions(here, section))
    last = max(_saves(here, (q.id for q in section.questions)), default=None)
    score = score_view(here.edition, section.title, standing if progress.answered else None)
    if not progress.answered and standing:
        score = replace(score, worst=standing.worst, best=standing.best)
    return TaskView(
        **fields_of(score),
        number=number,
        href=_first_page(here, section),
        answered=progress.answered,
        asked=progress.asked,
        unshown=progress.unshown,
        status=progress.status,
        who=last[1] if last else "",
        holder=holder_view(here, there, section, ""),
        changed=changed.among(q.id for q in section.questions) if changed else 0,
        words=tuple(Counter(here.sheet.words[i].word for i in blank if i in here.sheet.words).items()),
        minutes=effort_of(here.edition, here.sheet, blank).minutes,
        portions=_portions_asked(here, section),
        earlier=waiting_answers(here, offered, (q.id for q in section.questions)),
    )


def _about_ids(here: AssessmentContext) -> list[str]:
    """Return the ids of what is asked about the company: profile fields, and questions outside themes."""
    fields = [PROFILE_PREFIX + field for field in here.edition.profile]
    return [*fields, *(q.id for q in here.served_edition.questions_outside_themes)]


def _portions_asked(here: AssessmentContext, section: Section) -> str:
    """Return the portions of the questions asked in a theme, in words, in the order of the lens."""
    asked = {portion_of(q) for q in section.questions if is_counted(here.routes[q.id])}
    values = [value for value in here.edition.lenses.get(PORTION_LENS, ()) if value in asked]
    return comma_list(lens_value_label(here.edition, PORTION_LENS, value) for value in values)


def _first_page(here: AssessmentContext, section: Section | None) -> str:
    """Return the address of the first page with a blank question of a theme, which may be a table in another theme."""
    if section is None:
        return url_for("company.check", assessment_id=here.assessment.id)
    blank = [here.places[question] for question in _blank_questions(here, section) if not here.assessment.closed]
    at = next((place for place in blank if place.theme == section.id), blank[0] if blank else None)
    theme, number = (at.theme, at.page) if at else (section.id, 1)
    return url_for("company.theme", assessment_id=here.assessment.id, theme=theme, page=number if number > 1 else None)


def _blank_questions(here: AssessmentContext, section: Section) -> Iterable[str]:
    for question in section.questions:
        if is_counted(here.routes[question.id]) and question.id not in here.answered:
            yield question.id


def _about(here: AssessmentContext) -> Progress:
    """Return the progress of the profile and the questions outside themes."""
    outside = (question.id for question in here.served_edition.questions_outside_themes)
    countries = progress_of(here.edition, here.sheet, here.routes, outside)
    return Progress(len(here.edition.profile) + countries.asked, len(here.sheet.profile) + countries.answered, 0, 0)


def _changed_about(here: AssessmentContext, changed: UnsubmittedChanges | None) -> int:
    """Return the number of answers about the company that differ from those submitted."""
    about = {q.id for q in here.served_edition.questions_outside_themes}
    return sum(1 for i in changed.questions if i in about or i.startswith(PROFILE_PREFIX)) if changed else 0


def _saves(here: AssessmentContext, ids: Iterable[str]) -> list[tuple[datetime, str]]:
    return [(kept.at, kept.by) for i in ids if (kept := here.saved_answers.get(i)) and kept.at and kept.by]


def _people(here: AssessmentContext, sections: list[Section]) -> list[ContributorView]:
    """Return everybody who saved a present answer, the latest first."""
    people: dict[str, ContributorView] = {}
    groups = [(str(n), [q.id for q in s.questions]) for n, s in enumerate(sections, 1)]
    about = [i for i in here.saved_answers if i.startswith(PROFILE_PREFIX)]
    groups.append(("", about + [q.id for q in here.served_edition.questions_outside_themes]))
    for number, ids in groups:
        for at, by in _saves(here, ids):
            person = people.get(by, ContributorView(by, (), at))
            themes = dict.fromkeys((*person.themes, number) if number else person.themes)
            people[by] = ContributorView(by, tuple(themes), max(person.at, at))
    return sorted(people.values(), key=lambda person: person.at, reverse=True)


def _critical_blanks(here: AssessmentContext) -> list[str]:
    """Return the critical requirements with a blank, each of which limits the band if it stays blank."""
    return [
        requirement.title or requirement.id
        for requirement in here.served_edition.compiled.edition.requirements
        if requirement.critical is not None
        and any(
            here.routes[q.id].asked == YES and q.scored and q.id not in here.answered for q in requirement.questions()
        )
    ]

"""The task list: what there is to answer, where it stands, who has it."""

from collections.abc import Iterable
from datetime import datetime

from flask import render_template, url_for

from compliance.questionnaire.edition import OVERALL, PROFILE
from compliance.questionnaire.routing import OPEN, YES
from compliance.questionnaire.steering import steering_blanks
from compliance.scoring.progress import Progress, is_counted, progress_of
from compliance.web.access import readers
from compliance.web.company.blueprint import Opened, bp, opened
from compliance.web.company.changes import Changed, changed_in
from compliance.web.company.contradictions import contradictions_of
from compliance.web.pages import Section, pages_of
from compliance.web.shapes import Shape, band_shape, row_shape


@bp.get("/assessments/<int:assessment_id>")
@readers("company")
def tasks(assessment_id: int) -> str:
    """Everything there is to do."""
    here = opened(assessment_id)
    live = here.asked.live(here.sheet)
    sections = list(here.asked.sections.values())
    progress = [progress_of(here.edition, here.sheet, here.routes, (q.id for q in s.questions)) for s in sections]
    asked = [(s, p) for s, p in zip(sections, progress, strict=True) if p.asked]
    without = [s for s, p in zip(sections, progress, strict=True) if not p.asked]
    changed = changed_in(here)
    shapes = [_task(here, number, s, p, changed) for number, (s, p) in enumerate(asked, 1)]
    following = next((s for s, p in asked if p.answered < p.asked), None)
    blanks = steering_blanks(here.edition, here.sheet, here.routes)
    return render_template(
        "company/tasks.html",
        assessed=here.assessed,
        edition=here.edition,
        bands=[band_shape(here.edition, band) for band in here.edition.bands],
        row=row_shape(here.edition, "", live[OVERALL]),
        tasks=shapes,
        progress=here.progress,
        about=_about(here),
        changed=changed,
        changed_about=_changed_about(here, changed),
        blanks=len(blanks),
        following=following,
        following_url=_first_page(here, following),
        following_asked=len(list(_blank_questions(here, following))) if following else 0,
        people=_people(here, [s for s, _ in asked]),
        critical=_critical_blanks(here),
        contradictions=len(contradictions_of(here)),
        unasked=[s for s in without if not _is_undecided(here, s)],
        undecided=[s for s in without if _is_undecided(here, s)],
    )


def _is_undecided(here: Opened, section: Section) -> bool:
    """Whether what is not said yet decides if something of a theme is asked."""
    return any(here.routes[q.id].asked == OPEN for q in section.questions)


def _task(here: Opened, number: int, section: Section, progress: Progress, changed: Changed | None) -> Shape:
    standing = here.asked.live(here.sheet).get(section.id)
    last = max(_saves(here, (q.id for q in section.questions)), default=None)
    shape = row_shape(here.edition, section.title, standing if progress.answered else None)
    if not progress.answered and standing:
        shape |= {"worst": standing.worst, "best": standing.best}
    return {
        **shape,
        "number": number,
        "href": _first_page(here, section),
        "answered": progress.answered,
        "asked": progress.asked,
        "unshown": progress.unshown,
        "status": progress.status,
        "who": last[1] if last else "",
        "changed": changed.among(q.id for q in section.questions) if changed else 0,
    }


def _first_page(here: Opened, section: Section | None) -> str:
    """The first page of a theme with something left to answer."""
    if section is None:
        return url_for("company.check", assessment_id=here.assessed.id)
    pages = pages_of(section, here.routes)
    blank = set(_blank_questions(here, section))
    number = next((n for n, page in enumerate(pages, 1) if any(q.id in blank for b in page for q in b.questions)), 1)
    page = number if number > 1 else None
    return url_for("company.theme", assessment_id=here.assessed.id, theme=section.id, page=page)


def _blank_questions(here: Opened, section: Section) -> Iterable[str]:
    for question in section.questions:
        if is_counted(here.routes[question.id]) and question.id not in here.sheet.answers:
            yield question.id


def _about(here: Opened) -> Progress:
    """The profile and the questions beside it."""
    countries = progress_of(here.edition, here.sheet, here.routes, (q.id for q in here.asked.about))
    return Progress(len(here.edition.profile) + countries.asked, len(here.sheet.profile) + countries.answered, 0, 0)


def _changed_about(here: Opened, changed: Changed | None) -> int:
    """How many answers about the company are not those that were submitted."""
    about = {q.id for q in here.asked.about}
    return sum(1 for i in changed.questions if i in about or i.startswith(PROFILE)) if changed else 0


def _saves(here: Opened, ids: Iterable[str]) -> list[tuple[datetime, str]]:
    kept = (here.kept[i] for i in ids if i in here.kept)
    return [(k.at, k.by) for k in kept if k.at and k.by]


def _people(here: Opened, sections: list[Section]) -> list[Shape]:
    """Who saved what: themes by number, and when they last did."""
    people: dict[str, Shape] = {}
    groups = [(str(n), [q.id for q in s.questions]) for n, s in enumerate(sections, 1)]
    groups.append(("", [i for i in here.kept if i.startswith(PROFILE)] + [q.id for q in here.asked.about]))
    for number, ids in groups:
        for at, by in _saves(here, ids):
            person = people.setdefault(by, {"name": by, "themes": [], "at": at})
            person["at"] = max(person["at"], at)
            if number and number not in person["themes"]:
                person["themes"].append(number)
    return sorted(people.values(), key=lambda person: person["at"], reverse=True)


def _critical_blanks(here: Opened) -> list[str]:
    """Critical requirements with a blank: left so, each of them holds the band down."""
    return [
        requirement.title or requirement.id
        for requirement in here.edition.requirements
        if requirement.critical is not None
        and any(
            here.routes[q.id].asked == YES and q.scored and q.id not in here.sheet.answers
            for q in requirement.questions()
        )
    ]

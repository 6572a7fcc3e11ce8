"""Autosave: answers that a script sends while a page of questions is filled in, saved as the page saves them.

One address takes the questions of every page of an assessment, since a browser also sends answers that it stored while
it had no connection, from pages that have been left since.
"""

from collections.abc import Iterator

from flask import Response, get_template_attribute, jsonify, request

from compliance.languages.formats import date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX
from compliance.web.access_control import readers
from compliance.web.accounts import may
from compliance.web.answer_forms import read_posted_answers, read_posted_profile
from compliance.web.assessment_context import AssessmentContext, SaveOutcome, save_page
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.database import now
from compliance.web.presenters.conflicts import conflict_view
from compliance.web.presenters.status_sentences import save_status

_VERSION = "#version"


@bp.post("/assessments/<int:assessment_id>/autosave")
@readers("company")
def autosave(assessment_id: int) -> Response | tuple[Response, int]:
    """Save the answers to any questions of an assessment.

    Return JSON: `note`, when it was saved, "" if nothing was; `score`, so far, in a sentence; `versions` of the
    answers that are now as they were sent, by question; `problems`, one for each that is not (see `_problem`).
    The status is 403 for people who may only read: what they typed stays in its field and on their device.
    """
    here = open_assessment(assessment_id)
    if not may("answer", here.assessment.held_by):
        return jsonify(note="", score="", versions={}, problems=[*_not_allowed()]), 403
    fields = here.served_edition.form_fields
    posted = read_posted_profile(here.edition.profile.values(), request.form)
    posted += read_posted_answers(
        ((question, fields[i]) for i, question in here.edition.questions.items()),
        request.form,
        now().date(),
        here.saved_texts,
    )
    outcome = save_page(here, posted)  # without its notices: evidence is sent twice to be sure
    overall = outcome.context.served_edition.provisional_scores(outcome.context.sheet)[OVERALL]
    return jsonify(
        note=save_status(date_and_time(now(), now().date())) if outcome.versions else "",
        score=get_template_attribute("parts/forms.html", "live_score")(overall).strip(),
        versions=dict(outcome.versions),
        problems=[*_problems(outcome), *_no_longer_asked(here)],
    )


def _problems(outcome: SaveOutcome) -> Iterator[dict[str, str]]:
    """Yield what could not be saved, in the order of the post. An answer that is saved but unfinished is no problem."""
    here = outcome.context
    for i, posted in outcome.posted.items():
        if i in outcome.conflicts:
            view = conflict_view(here.edition, outcome.conflicts[i])
            sentence = _("%(sentence)s Save the page to compare them.", sentence=view.sentence)
            yield _problem(i, "value", sentence, here.address_of(i))
        for part, error in posted.errors.items():
            if error.needed_for == "saving":
                yield _problem(i, part, _of_column(here, i, error.message))


def _of_column(here: AssessmentContext, question: str, message: str) -> str:
    """Return a message about a question, after the column heading if the question is a column of a table."""
    heading = here.headings.get(question)
    return _("%(which)s: %(what)s", which=heading, what=message) if heading else message


def _problem(question: str, part: str, sentence: str, link: str = "") -> dict[str, str]:
    """Return a problem: the question, the id of the control to correct, a sentence, and a link to the saved answer."""
    own = f"p-{question.removeprefix(PROFILE_PREFIX)}" if question.startswith(PROFILE_PREFIX) else f"q-{question}"
    target = own if part == "value" else f"{own}-{part}"
    return {"question": question, "target": target, "sentence": sentence, "link": link}


def _not_allowed() -> Iterator[dict[str, str]]:
    for name in request.form:
        if name.endswith(_VERSION):
            yield _problem(name.removesuffix(_VERSION), "value", _("You can read these answers, but not change them."))


def _no_longer_asked(here: AssessmentContext) -> Iterator[dict[str, str]]:
    known = {*here.edition.questions, *(PROFILE_PREFIX + name for name in here.edition.profile)}
    for name in request.form:
        question = name.removesuffix(_VERSION)
        if name.endswith(_VERSION) and question not in known:
            yield _problem(question, "value", _("A question that you answered is no longer asked: it was not saved."))

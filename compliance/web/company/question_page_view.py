"""The view and the errors that all pages of questions share: those of themes, and the one about the company."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from compliance.languages.formats import date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import OVERALL, Edition, Question
from compliance.scoring.standing import ScoreWithBounds
from compliance.store import AssessmentSummary
from compliance.web.accounts import may
from compliance.web.assessment_context import AssessmentContext, SaveOutcome
from compliance.web.company.contradictions import ContradictionView, contradiction_views
from compliance.web.database import now
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.conflicts import conflict_view
from compliance.web.presenters.evidence import EarlierAnswer
from compliance.web.presenters.question_views import (
    UnsavedAnswer,
)


@dataclass(frozen=True, kw_only=True)
class QuestionPageView:
    """The parts that every page of questions has."""

    assessed: AssessmentSummary
    edition: Edition
    questions: Sequence[Markup]
    versions: Mapping[str, int]
    errors: Sequence[ErrorLink]
    remarked: Sequence[ContradictionView]
    saved: str  # a sentence on what is saved, shown with the errors
    bar: ScoreWithBounds
    saved_at: str
    earlier: Sequence[EarlierAnswer]  # those to be confirmed on this page


def question_page(
    here: AssessmentContext,
    outcome: SaveOutcome | None,
    questions: Iterable[Markup],
    shown: Collection[str],
    errors: Iterable[ErrorLink],
    offered: Mapping[str, EarlierAnswer],
) -> QuestionPageView:
    """Return the view of a page. `shown`: ids of its questions and profile fields; `offered`: earlier answers."""
    return QuestionPageView(
        assessed=here.assessment,
        edition=here.edition,
        questions=list(questions),
        versions=versions_of(here, shown),
        errors=list(errors),
        remarked=contradiction_views(here, shown),
        saved=_saved_sentence(outcome),
        bar=here.served_edition.provisional_scores(here.sheet)[OVERALL],
        saved_at=date_and_time(here.saved_at, now().date()) if here.saved_at else "",
        earlier=[offered[i] for i in shown if i in offered and offered[i].text],
    )


def _saved_sentence(outcome: SaveOutcome | None) -> str:
    if outcome is None or outcome.kept_everything:
        return _("Everything you wrote is saved. You can also come back to this later.")
    return _("Everything else you wrote is saved. What could not be saved is still in its field.")


def names_of(questions: Iterable[Question]) -> dict[str, str]:
    """Return the names of these questions, numbered from 1, by id."""
    return {question.id: _("question %(number)s", number=number) for number, question in enumerate(questions, 1)}


def is_read_only(here: AssessmentContext) -> bool:
    """Tell whether nothing can be changed: the year is closed, or the person signed in may only read."""
    return here.assessment.closed or not may("answer", here.assessment.held_by)


def versions_of(here: AssessmentContext, ids: Iterable[str]) -> dict[str, int]:
    """Return the version of each saved answer, by id; 0 for a blank."""
    return {i: here.saved_answers[i].version if i in here.saved_answers else 0 for i in ids}


def unsaved_answers(outcome: SaveOutcome | None) -> dict[str, UnsavedAnswer]:
    """Return the posted answers that have errors or conflicts, by id, in the order of the page."""
    if outcome is None:
        return {}
    return {
        question: UnsavedAnswer(posted, outcome.conflicts.get(question))
        for question, posted in outcome.posted.items()
        if posted.errors or question in outcome.conflicts
    }


def error_summary(here: AssessmentContext, question_id: str, mending: UnsavedAnswer, name: str) -> Iterator[ErrorLink]:
    """Yield the lines of the error summary for a question, each with a link to the control to correct."""
    which = name[:1].upper() + name[1:] if name else here.edition.questions[question_id].ask
    if mending.conflict:
        sentence = conflict_view(here.edition, mending.conflict).sentence
        yield ErrorLink(f"q-{question_id}", _("%(which)s: %(what)s", which=which, what=sentence))
    for part, what in mending.posted.messages.items():
        target = f"q-{question_id}" if part == "value" else f"q-{question_id}-{part}"
        yield ErrorLink(target, _("%(which)s: %(what)s", which=which, what=what))

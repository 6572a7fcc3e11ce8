"""A company's own notes on questions: comments, and whom to ask about what is not known yet.

They are not submitted, and nobody outside the company can read them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup

from compliance.narrative.answer_wording import question_words
from compliance.questionnaire.answers import NOT_KNOWN_YET
from compliance.questionnaire.routing import NO, YES
from compliance.scoring.progress import is_counted
from compliance.store.answer_versions import not_known_since
from compliance.store.comments import QuestionComment, colleague_names, comment_counts, latest_comments
from compliance.web.accounts import may
from compliance.web.answer_forms import PostedAnswer
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_macro
from compliance.web.database import db

#: Most comments shown below a question. All are on the page with its history.
COMMENTS_BESIDE = 3


@dataclass(frozen=True, slots=True)
class QuestionNotes:
    """The comments below a question, and the link to its history."""

    id: str
    comments: tuple[QuestionComment, ...]  # the latest
    count: int
    history: str  # address
    open: bool  # whether a comment can be written here
    draft: str  # a comment that could not be saved
    fault: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question whose answer is not known yet."""

    label: str
    url: str
    whom: str  # whom to ask; "": nobody is named
    since: datetime


def rendered_notes(
    here: AssessmentContext, shown: Collection[str], posted: Mapping[str, PostedAnswer]
) -> Mapping[str, Markup]:
    """Return the notes to show below each question of a page, by id. `posted`: the answers that were just posted."""
    latest = latest_comments(db(), here.assessment.id, [*shown], most=COMMENTS_BESIDE)
    counts = comment_counts(db(), here.assessment.id) if latest else {}
    has_form = not here.assessment.closed and may("answer", here.assessment.held_by)
    found = {}
    for question in shown:
        if here.routes[question].counts == NO and question not in {*latest, *here.saved_answers}:
            continue  # the question is folded, and has neither an answer nor a comment
        sent = posted.get(question)
        fault = sent.messages.get("comment", "") if sent else ""
        notes = QuestionNotes(
            question,
            tuple(latest.get(question, ())),
            counts.get(question, 0),
            url_for("company.history", assessment_id=here.assessment.id, question=question),
            has_form,
            sent.comment if sent and fault else "",
            fault,
        )
        found[question] = cached_macro("company/comments.html", "beside", notes, here.assessment.id)
    return found


def names_to_ask(here: AssessmentContext) -> list[str]:
    """Return the names to suggest for "whom to ask": the company's people, and names given before, sorted."""
    named = {kept.ask_whom for kept in here.saved_answers.values() if kept.ask_whom}
    return sorted({*named, *colleague_names(db(), here.assessment.held_by)})


def to_find_out(here: AssessmentContext) -> list[OpenQuestion]:
    """Return the asked questions whose answer is not known yet, by whom to ask (nobody last), then in form order."""
    open_now = [i for i in _asked(here) if (word := here.sheet.words.get(i)) and word.word == NOT_KNOWN_YET]
    if not open_now:
        return []
    since = not_known_since(db(), here.assessment.id)
    found = [
        OpenQuestion(question_words(here.edition, i), here.address_of(i), here.saved_answers[i].ask_whom, since[i])
        for i in open_now
        if i in since
    ]
    return sorted(found, key=lambda one: (not one.whom, one.whom.casefold()))


def _asked(here: AssessmentContext) -> Iterable[str]:
    return (i for i, route in here.routes.items() if route.asked == YES and is_counted(route))

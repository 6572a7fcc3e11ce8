"""The form of an answer read from a text, as posted and as shown, for readers and for the person who decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import AnswerFault, read_title
from compliance.questionnaire.answers import ELSEWHERE, blank_text
from compliance.questionnaire.desk_reading import DeskAnswer, KindQuestions, Missing
from compliance.questionnaire.edition import Question
from compliance.web.answer_fields import MAX_TEXT_LENGTH, TOO_LONG
from compliance.web.answer_forms import posted_text, read_answer_fields, version_seen
from compliance.web.forms import small_number
from compliance.web.page_text import of_edition
from compliance.web.presenters.question_views import OpenReasonView, OptionView, QuestionView

#: What an answer lacks, as shown beside it.
MISSING_WORDS: Mapping[Missing, str] = {
    "answer": N_("Not answered yet."),
    "passage": N_("Pick the passage that supports this answer."),
    "searched": N_("Say which words you searched for."),
    "reason": N_("Give the reason."),
}


@dataclass(frozen=True, slots=True)
class PostedDesk:
    """A posted answer to save, with its errors by field."""

    answer: DeskAnswer
    errors: Mapping[str, str]
    sure: str = ""  # in per cent, as it was typed


def posted_answers(
    asked: KindQuestions, questions: Sequence[Question], posted: MultiDict[str, str]
) -> dict[str, PostedDesk]:
    """Return the posted answers to these questions, by question, except questions that the page did not show."""
    shown = [question for question in questions if f"{question.id}#version" in posted]
    fields = read_answer_fields(shown, posted)
    found = {}
    for question in shown:
        name, field = question.id, fields[question.id]
        errors = {"value": str(field.errors[0])} if field.errors else {}
        elsewhere = field.blank is not None and field.blank.word == ELSEWHERE
        title, searched, note = (posted_text(posted, f"{name}#{part}") for part in ("title", "searched", "note"))
        if title and not elsewhere:
            errors.setdefault(
                "title",
                _("A title is only for “Referred to another document”. Choose that answer, or delete the title."),
            )
        elif elsewhere:
            errors |= _title_fault(title)
        errors |= {
            part: _(TOO_LONG) for part, text in (("searched", searched), ("note", note)) if len(text) > MAX_TEXT_LENGTH
        }
        sure = posted.get(f"{name}#sure", "").strip().removesuffix("%").strip()
        per_cent = small_number(sure, digits=3)
        if sure and (per_cent is None or per_cent > 100):
            errors["sure"] = _("Enter a whole number from 0 to 100, or leave it empty.")
        answer = DeskAnswer(
            asked.kind,
            name,
            "" if field.blank else str(field.data or ""),
            title,
            searched,
            per_cent,
            note,
            version_seen(posted, name),
        )
        found[name] = PostedDesk(answer, errors, sure)
    return found


def _title_fault(title: str) -> dict[str, str]:
    if not title:
        return {"title": _("Enter the title of that document.")}
    try:
        read_title(title)
    except AnswerFault:
        return {"title": _("Enter the title on one line, without special characters.")}
    return {}


def desk_question_view(
    asked: KindQuestions, question: Question, given: DeskAnswer | None, errors: Mapping[str, str] | None = None
) -> QuestionView:
    """Return a question to be answered from a text: an option, none, or a reference to another text."""
    edition = asked.edition
    refers = given is not None and not given.value and bool(given.elsewhere or errors)
    reason = OpenReasonView(blank_text(ELSEWHERE), _("Referred to another document"), asks_title=True, checked=refers)
    return QuestionView(
        id=question.id,
        kind=question.kind,
        ask=of_edition(question.ask, edition),
        help=of_edition(question.help, edition),
        options=tuple(OptionView(o.id, of_edition(o.text or o.id, edition), o.points) for o in question.options),
        scored=False,  # points are not shown while reading
        full=question.full,
        na="never",
        chosen=given.value.split("|") if given and given.value else [],
        reasons=(reason,),
        open=refers,
        title=given.elsewhere if given else "",
        errors=errors or {},
    )

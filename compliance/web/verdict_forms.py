"""Forms of an auditor's verdicts, read from posts in the same way as answers (`compliance.web.answer_forms`)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from wtforms.form import BaseForm

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import read_answer
from compliance.questionnaire.answers import AnswerSheet, write_answer
from compliance.questionnaire.edition import Question
from compliance.questionnaire.routing import counted_answer
from compliance.store import AuditorVerdict, VerdictEdit
from compliance.store.passage_checks import CheckEdit
from compliance.store.passage_marks import PassageKey
from compliance.web.answer_fields import MAX_TEXT_LENGTH, TOO_LONG, AnswerField
from compliance.web.answer_forms import answer_field, day_of, posted_text, version_seen
from compliance.web.forms import WRITE_A_DAY, DayField

#: The choice that leaves a question without a verdict, or takes one back.
NOT_REVIEWED = "open"
#: The choices for a passage, with their meaning. None withdraws an earlier check.
CHECK_CHOICES: Mapping[str, bool | None] = {"yes": True, "no": False, NOT_REVIEWED: None}
_CHOICES = ("confirmed", "adjusted", "not-shown", NOT_REVIEWED)


@dataclass(frozen=True, slots=True)
class PostedVerdict:
    """A posted verdict on a question, as chosen and typed, with its errors by field."""

    question: str
    choice: str  # confirmed, adjusted, not-shown, open; "": no choice was made
    value: str  # the adjusted answer
    note: str
    next_review: str  # a day, or any text typed instead
    version_seen: int
    errors: Mapping[str, str]  # of the fields: choice, value, note, next_review
    next_review_day: date | None = None

    @property
    def edit(self) -> VerdictEdit | None:
        """The verdict to save, or None if no choice was made, which changes nothing."""
        if not self.choice:
            return None
        verdict = "" if self.choice == NOT_REVIEWED else self.choice
        value = self.value if verdict == "adjusted" else ""
        return VerdictEdit(self.question, verdict, value, self.note, self.version_seen, self.next_review_day)


def read_posted_verdicts(
    questions: Iterable[Question],
    posted: MultiDict[str, str],
    sheet: AnswerSheet,
    kept: Mapping[str, AuditorVerdict],
) -> tuple[PostedVerdict, ...]:
    """Return the posted verdicts on these questions, except questions that the page did not show.

    `questions`: those that can be judged. `sheet`: the submission.
    """
    shown = [question for question in questions if f"{question.id}#version" in posted]
    fields: dict[str, Any] = {question.id: answer_field(question) for question in shown}
    form = BaseForm(fields | {f"{question.id}#next": DayField() for question in shown})
    form.process(posted)
    form.validate()
    return tuple(_posted_verdict(question, form, posted, sheet, kept.get(question.id)) for question in shown)


def read_posted_checks(keys: Iterable[PassageKey], posted: MultiDict[str, str]) -> tuple[CheckEdit, ...]:
    """Return the posted checks of these passages, except passages without a choice. Raise BadRequest."""
    found = []
    for key in keys:
        if said := posted.get(f"{key.text}#shows", ""):
            if said not in CHECK_CHOICES:
                raise BadRequest
            found.append(CheckEdit(key, CHECK_CHOICES[said], version_seen(posted, key.text)))
    return tuple(found)


def misplaced_verdicts(posted: MultiDict[str, str], judged: Collection[str]) -> tuple[str, ...]:
    """Return the ids of questions that have a posted verdict but cannot be judged here."""
    sent = (name.removesuffix("#verdict") for name, said in posted.items() if name.endswith("#verdict") and said)
    return tuple(question for question in sent if question not in judged)


def _posted_verdict(
    question: Question, form: BaseForm, posted: MultiDict[str, str], sheet: AnswerSheet, kept: AuditorVerdict | None
) -> PostedVerdict:
    field = form[question.id]
    assert isinstance(field, AnswerField)
    choice = posted.get(f"{question.id}#verdict", "")
    note, again = (posted_text(posted, f"{question.id}#{part}") for part in ("note", "next"))
    errors: dict[str, str] = {}
    if choice not in ("", *_CHOICES):
        errors["choice"] = _("Choose one of the verdicts shown.")
        choice = ""
    elif choice in ("", NOT_REVIEWED) and _adds_something(field.data, note, again, kept):
        errors["choice"] = _("Choose a verdict. An answer, a note or a next review is kept only with one.")
    elif choice == "confirmed" and not (kept and kept.verdict == choice):
        errors |= {"choice": flaw} if (flaw := verdict_flaw(question, choice, "", sheet)) else {}
    elif choice == "adjusted" and (wrong := _wrong_adjustment(question, field, sheet)):
        errors["value"] = wrong
    if len(note) > MAX_TEXT_LENGTH:
        errors["note"] = _(TOO_LONG)
    if form[f"{question.id}#next"].errors:
        errors["next_review"] = _(WRITE_A_DAY)
    day = day_of(form, f"{question.id}#next")
    value = field.data if field.errors or field.blank else write_answer(read_answer(question, field.data))
    return PostedVerdict(question.id, choice, value, note, again, version_seen(posted, question.id), errors, day)


def _adds_something(value: str, note: str, again: str, kept: AuditorVerdict | None) -> bool:
    """Tell if an answer, a note or a next review was given that is not saved already."""
    day = kept.next_review.isoformat() if kept and kept.next_review else ""
    own = (kept.value, kept.comment, day) if kept else ("", "", "")
    return any(sent not in ("", had) for sent, had in zip((value, note, again), own, strict=True))


def _wrong_adjustment(question: Question, field: AnswerField, sheet: AnswerSheet) -> str:
    """Return the fault of an adjusted answer, or ""."""
    if field.errors:
        return str(field.errors[0])
    if not field.data or field.blank is not None:
        return _("Give the answer that the evidence shows.")
    return verdict_flaw(question, "adjusted", field.data, sheet)


def verdict_flaw(question: Question, verdict: str, value: str, sheet: AnswerSheet) -> str:
    """Return the fault of a verdict on a submitted answer, or "".

    `value`: the adjusted answer, in the spelling of `write_answer`.
    """
    if verdict == "confirmed" and question.id not in sheet.answers:
        return _("There is no answer to confirm.")
    if verdict != "adjusted":
        return ""
    answer = read_answer(question, value)
    if write_answer(answer) == write_answer(sheet.answers.get(question.id)):
        return _("This is what the company answered. Confirm it, or give another answer.")
    if counted_answer(question, sheet.answers, answer) is None:
        return _("This cannot be counted while the list of countries that it refers to is blank.")
    return ""

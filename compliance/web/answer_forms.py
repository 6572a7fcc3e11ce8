"""Answers, evidence and profile fields as WTForms fields.

One field per thing that can be posted about a question, named `<id>` for the value and `<id>#<part>` for the
rest. Validation never refuses a page: what is good is handed on, the rest comes back as it was typed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from werkzeug.datastructures import MultiDict
from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_number, read_profile
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, NOT_KNOWN_YET, blank_text
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, PROFILE_PREFIX, ProfileField, Question
from compliance.store import Link, Quotation

#: The longest text that one field takes, in characters.
MAX_TEXT_LENGTH = 4000
_EVIDENCE_PARTS = ("passage", "document", "page", "dated", "link", "opened")

TOO_LONG = N_("This is longer than 4,000 characters: shorten it.")
ONE_COUNTRY = N_("Choose exactly one country. Yours are saved; submission needs the one of your headquarters.")
NEEDS_REASON = N_("Say in a sentence why it does not apply.")
_UNREADABLE: Mapping[str, str] = {
    "one": N_("Choose one of the answers shown."),
    "many": N_("Tick answers that are shown. “None of these” goes with no other tick."),
    "number": N_("Write a number with a decimal point and no unit, as in 12.5."),
    "date": N_("Write a day as year-month-day, as in 2026-03-31."),
    "text": N_("Write a text."),
    "countries": N_("Tick countries of the list."),
}
_ABOVE_ZERO = N_("Write a number above 0.")
IN_THE_FUTURE = N_("This date is in the future: give the date of the document, or the day you opened the link.")
EARLIEST = date(1900, 1, 1)
TOO_EARLY = N_("Check the year of this date.")
#: A day may be so far ahead of the server's: somewhere it has begun already.
_TIME_ZONE_ALLOWANCE = timedelta(days=1)
#: What a choice sends for "I don't know yet".
NOT_KNOWN_TEXT = blank_text(NOT_KNOWN_YET)
_ALONE = N_("“I don’t know yet” cannot be combined with another tick. Remove one of them.")
_BOTH = N_("Choose an answer or “does not apply”, not both.")
_ALWAYS_APPLIES = N_("Every company can answer this: choose an answer, or leave it open.")


class AnswerField(Field):
    """The value of a question, in the one spelling of answers; several ticks are one value."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question = question
        self.data: str = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Spell what was ticked or typed."""
        given = [str(value).replace("\r\n", "\n").strip() for value in valuelist]
        self.data = "|".join(dict.fromkeys(value for value in given if value))

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what spells no answer to this question."""
        if len(self.data) > MAX_TEXT_LENGTH:
            raise ValidationError(_(TOO_LONG))
        if self.leaves_open:
            return
        try:
            answer = read_answer(self.question, self.data)
        except AnswerFault:
            raise ValidationError(_(self._fault())) from None
        if self.question.kind == "countries" and isinstance(answer, tuple) and set(answer) - countries().keys():
            raise ValidationError(_(_UNREADABLE["countries"]))

    @property
    def leaves_open(self) -> bool:
        """Whether "I don't know yet" was chosen, where it is offered."""
        return self.data == NOT_KNOWN_TEXT and self.question.kind in ("one", "many")

    def _fault(self) -> str:
        parts = self.data.split("|")
        if self.question.kind == "many" and NOT_KNOWN_TEXT in parts:
            return _ALONE
        if NOT_APPLICABLE_TEXT in parts:
            return _ALWAYS_APPLIES if self.question.na == "never" else _BOTH
        if self.question.kind == "number" and self.question.log:
            try:
                read_number(self.data)
            except AnswerFault:
                return _UNREADABLE["number"]
            return _ABOVE_ZERO
        return _UNREADABLE[self.question.kind]


class ProfileValueField(Field):
    """The value of a profile field."""

    def __init__(self, profile_field: ProfileField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.profile_field = profile_field
        self.data: str = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The one value sent."""
        self.data = str(valuelist[0]).strip() if valuelist else ""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that the field does not have."""
        try:
            read_profile(self.profile_field, self.data)
        except AnswerFault:
            raise ValidationError(_(_UNREADABLE["number" if self.profile_field.is_number else "one"])) from None


class DayField(StringField):
    """A day, or nothing; what is no day stays as it was typed."""

    day: date | None = None

    def pre_validate(self, form: BaseForm) -> None:
        """Read the day."""
        text = (self.data or "").strip()
        try:
            self.day = date.fromisoformat(text) if text else None
        except ValueError:
            raise ValidationError(_(_UNREADABLE["date"])) from None


def _short_enough(_form: BaseForm, field: Field) -> None:
    if len(field.data or "") > MAX_TEXT_LENGTH:
        raise ValidationError(_(TOO_LONG))


def _web_address(_form: BaseForm, field: Field) -> None:
    text = (field.data or "").strip()
    if text and not (text.startswith(("https://", "http://")) and "." in text and not set(text) & set(" \t\n<>\"'")):
        raise ValidationError(_("Write an address that begins with https://"))


def needed_for_submission_only(sentence: str) -> bool:
    """Whether this is said beside a field although all of it is kept: only submission needs it mended."""
    return sentence in (_(NEEDS_REASON), _(ONE_COUNTRY))


Evidence: TypeAlias = Quotation | Link
FormFields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """What was sent about one question or profile field, and what is wrong with it by field."""

    id: str
    text: str
    reason: str
    seen: int
    errors: Mapping[str, str]
    draft: Mapping[str, str]  # the evidence part as it was typed
    rests_on: tuple[Evidence, ...] = ()
    removed: tuple[int, ...] = ()
    word: str = ""  # why it is left blank: "I don't know yet"

    @property
    def keeps(self) -> bool:
        """Whether the answer can be kept: what only submission needs is flagged, and kept all the same."""
        return all(
            self.errors.get(part, "") == "" or needed_for_submission_only(self.errors[part])
            for part in ("value", "reason")
        )


def form_fields(question: Question) -> FormFields:
    """The unbound fields of one question. Made once, bound by each post."""
    name = question.id
    fields: dict[str, Any] = {name: _unbound(AnswerField, question)}
    if question.na == "reason":
        fields[f"{name}#reason"] = StringField(validators=[_short_enough])
    if question.evidence == "expected":
        fields |= {
            f"{name}#{part}": StringField(validators=[_short_enough]) for part in ("passage", "document", "page")
        }
        fields |= {f"{name}#{part}": DayField() for part in ("dated", "opened")}
        fields[f"{name}#link"] = StringField(validators=[_short_enough, _web_address])
    return fields


def read_posted_answers(
    questions: Iterable[tuple[Question, FormFields]], posted: MultiDict[str, str], today: date
) -> tuple[PostedAnswer, ...]:
    """What a post says about these questions. A question that the page did not show is not in it."""
    shown = [(question, fields) for question, fields in questions if f"{question.id}#version" in posted]
    # What was left empty needs no reading: of some eighty fields on a page, most are for evidence that nobody adds.
    sent = {name for name, text in posted.items(multi=True) if text.strip()} | {question.id for question, _ in shown}
    form = BaseForm({name: field for _, fields in shown for name, field in fields.items() if name in sent})
    form.process(posted)
    form.validate()
    return tuple(_posted_answer(question, form, posted, today + _TIME_ZONE_ALLOWANCE) for question, _ in shown)


def read_posted_profile(fields: Iterable[ProfileField], posted: MultiDict[str, str]) -> tuple[PostedAnswer, ...]:
    """What a post says about these profile fields."""
    shown = [f for f in fields if f"{PROFILE_PREFIX}{f.id}#version" in posted]
    form = BaseForm({PROFILE_PREFIX + f.id: _unbound(ProfileValueField, f) for f in shown})
    form.process(posted)
    form.validate()
    return tuple(
        PostedAnswer(name, form[name].data, "", _version(posted, name), _errors(form, name, ("value",)), {})
        for name in (PROFILE_PREFIX + f.id for f in shown)
    )


def _unbound(kind: Callable[..., Any], about: Question | ProfileField) -> Any:
    return kind(about)


def _posted_answer(question: Question, form: BaseForm, posted: MultiDict[str, str], latest: date) -> PostedAnswer:
    name = question.id
    field = form[name]
    assert isinstance(field, AnswerField)
    text, word = ("", NOT_KNOWN_YET) if field.leaves_open else (field.data, "")
    reason = _text(form, f"{name}#reason")
    errors = _errors(form, name, ("value", "reason", *_EVIDENCE_PARTS))
    for part in ("dated", "opened"):
        day = _day(form, f"{name}#{part}")
        if day is not None and not EARLIEST <= day <= latest:
            errors.setdefault(part, _(IN_THE_FUTURE if day > latest else TOO_EARLY))
    draft = {part: said for part in _EVIDENCE_PARTS if (said := _text(form, f"{name}#{part}"))}
    if text == NOT_APPLICABLE_TEXT and question.na == "reason" and not reason:
        errors.setdefault("reason", _(NEEDS_REASON))
    if name == HEADQUARTERS_QUESTION and text.count("|"):
        errors.setdefault("value", _(ONE_COUNTRY))
    rests_on = _evidence(form, name, draft, errors)
    removed = tuple(int(number) for number in posted.getlist(f"{name}#remove") if number.isascii() and number.isdigit())
    reason = reason if text == NOT_APPLICABLE_TEXT else ""
    return PostedAnswer(name, text, reason, _version(posted, name), errors, draft, rests_on, removed, word)


def _evidence(form: BaseForm, name: str, draft: Mapping[str, str], errors: dict[str, str]) -> tuple[Evidence, ...]:
    """The evidence that was added; what is missing from it goes to `errors`."""
    pieces: list[Evidence] = []
    if {"passage", "document", "page", "dated"} & draft.keys():
        if "document" not in draft:
            errors.setdefault("document", _("Name the document that this stands in."))
        if "passage" not in draft:
            errors.setdefault("passage", _("Quote the sentence that bears your answer out."))
        if not {"passage", "document", "page", "dated"} & errors.keys():
            pieces.append(
                Quotation(draft["document"], draft.get("page", ""), _day(form, f"{name}#dated"), draft["passage"])
            )
    if {"link", "opened"} & draft.keys():
        if "link" not in draft:
            errors.setdefault("link", _("Give the link that you opened on that day."))
        if not {"link", "opened"} & errors.keys():
            pieces.append(Link(draft["link"], _day(form, f"{name}#opened")))
    return tuple(pieces)


def _day(form: BaseForm, name: str) -> date | None:
    if name not in form:
        return None
    field = form[name]
    assert isinstance(field, DayField)
    return field.day


def _errors(form: BaseForm, name: str, parts: Iterable[str]) -> dict[str, str]:
    found = {}
    for part in parts:
        field = name if part == "value" else f"{name}#{part}"
        if field in form and form[field].errors:
            found[part] = str(form[field].errors[0])
    return found


def _text(form: BaseForm, name: str) -> str:
    return (form[name].data or "").replace("\r\n", "\n").strip() if name in form else ""


def _version(posted: MultiDict[str, str], name: str) -> int:
    """The version that the page showed; one that is malformed is taken as none, so that nothing is overwritten."""
    text = posted.get(f"{name}#version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

"""Answers, evidence and profile fields as WTForms fields.

One field per thing that can be posted about a question, named `<id>` for the value and `<id>#<part>` for the
rest. Validation never refuses a page: what is good is handed on, the rest comes back as it was typed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal, TypeAlias, TypedDict

from werkzeug.datastructures import MultiDict
from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import TICK_PLACES
from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_number, read_profile
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, NOT_KNOWN_YET, Answer, blank_text, write_answer
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, PROFILE_PREFIX, ProfileField, Question
from compliance.questionnaire.places import BOXES, NO_PLACE
from compliance.store import Link, Quotation
from compliance.web.forms import WRITE_A_DAY, DayField, small_number

#: The longest text that one field takes, in characters.
MAX_TEXT_LENGTH = 4000
_EVIDENCE_PARTS = ("passage", "document", "page", "dated", "link", "opened")

TOO_LONG = N_("This is longer than 4,000 characters: shorten it.")
ONE_COUNTRY = N_("Choose exactly one country. Yours are saved; submission needs the one of your headquarters.")
NEEDS_REASON = N_("Say in a sentence why it does not apply.")
_CHOOSE_ONE = N_("Choose one of the answers shown.")
_WRITE_A_NUMBER = N_("Write a number with a decimal point and no unit, as in 12.5.")
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


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error of one field: its message, and what it stands in the way of.

    An answer with an error that only submission needs mended is saved all the same.
    """

    message: str
    needed_for: Literal["saving", "submission"] = "saving"


class AnswerField(Field):
    """The value of a question, in the one spelling of answers; several ticks are one value.

    The subclasses say what differs between kinds of question.
    """

    #: What is said of a value that spells no answer.
    unreadable: ClassVar[str]
    #: Whether the control offers "I don't know yet".
    offers_not_known: ClassVar[bool] = False
    #: Whether answers are ticked; else they are typed.
    is_ticked: ClassVar[bool] = False

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
            self.check(read_answer(self.question, self.data))
        except AnswerFault:
            raise ValidationError(_(self._message())) from None

    def check(self, answer: Answer | None) -> None:
        """Check what reading alone does not. Raise AnswerFault."""

    def special_message(self, parts: list[str]) -> str:
        """A message for a mistake that only this kind knows; "" where none was made."""
        return ""

    @property
    def leaves_open(self) -> bool:
        """True if "I don't know yet" was chosen, where it is offered."""
        return self.offers_not_known and self.data == NOT_KNOWN_TEXT

    def _message(self) -> str:
        parts = self.data.split("|")
        if special := self.special_message(parts):
            return special
        if NOT_APPLICABLE_TEXT in parts:
            return _ALWAYS_APPLIES if self.question.na == "never" else _BOTH
        return self.unreadable


class OptionField(AnswerField):
    """One option of several."""

    unreadable = _CHOOSE_ONE
    offers_not_known = True
    is_ticked = True


class OptionsField(AnswerField):
    """Any number of options."""

    unreadable = N_("Tick answers that are shown. “None of these” goes with no other tick.")
    offers_not_known = True
    is_ticked = True

    def special_message(self, parts: list[str]) -> str:
        """Refuse "I don't know yet" beside another tick."""
        return _ALONE if NOT_KNOWN_TEXT in parts else ""


class NumberField(AnswerField):
    """A number; one that is read as a logarithm is above 0."""

    unreadable = _WRITE_A_NUMBER

    def special_message(self, parts: list[str]) -> str:
        """Say of a number that it has no logarithm."""
        if not self.question.log or NOT_APPLICABLE_TEXT in parts:
            return ""
        try:
            read_number(self.data)
        except AnswerFault:
            return ""
        return _ABOVE_ZERO


class DateField(AnswerField):
    """A day."""

    unreadable = WRITE_A_DAY


class TextField(AnswerField):
    """Words."""

    unreadable = N_("Write a text.")


class CountriesField(AnswerField):
    """Any number of countries."""

    unreadable = N_("Tick countries of the list.")
    is_ticked = True

    def check(self, answer: Answer | None) -> None:
        """Refuse codes of no country."""
        if isinstance(answer, tuple) and set(answer) - countries().keys():
            raise AnswerFault("a code of no country")


class PlacesField(OptionsField):
    """Any number of the company's own places, or none of them, and the boxes beside."""

    unreadable = TICK_PLACES

    def check(self, answer: Answer | None) -> None:
        """Spell the answer in the one way it has, in whatever order it was ticked. Refuse codes of no country."""
        if isinstance(answer, tuple) and set(answer) - {NO_PLACE, *BOXES} - countries().keys():
            raise AnswerFault("a code of no country")
        self.data = write_answer(answer)


class _FieldByKind(TypedDict):
    one: type[AnswerField]
    many: type[AnswerField]
    number: type[AnswerField]
    date: type[AnswerField]
    text: type[AnswerField]
    countries: type[AnswerField]
    places: type[AnswerField]


#: The field of each kind of question. Typed by kind, so that mypy refuses a kind without a field.
ANSWER_FIELDS: _FieldByKind = {
    "one": OptionField,
    "many": OptionsField,
    "number": NumberField,
    "date": DateField,
    "text": TextField,
    "countries": CountriesField,
    "places": PlacesField,
}


class ProfileValueField(Field):
    """The value of a profile field."""

    def __init__(self, profile_field: ProfileField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.profile_field = profile_field
        self.data: str = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the one value sent."""
        self.data = str(valuelist[0]).strip() if valuelist else ""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that the field does not have."""
        try:
            read_profile(self.profile_field, self.data)
        except AnswerFault:
            raise ValidationError(_(_WRITE_A_NUMBER if self.profile_field.is_number else _CHOOSE_ONE)) from None


def _short_enough(_form: BaseForm, field: Field) -> None:
    if len(field.data or "") > MAX_TEXT_LENGTH:
        raise ValidationError(_(TOO_LONG))


def _web_address(_form: BaseForm, field: Field) -> None:
    text = (field.data or "").strip()
    if text and not (text.startswith(("https://", "http://")) and "." in text and not set(text) & set(" \t\n<>\"'")):
        raise ValidationError(_("Write an address that begins with https://"))


Evidence: TypeAlias = Quotation | Link
FormFields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """A posted answer to a question or profile field, with its evidence and its errors by field."""

    id: str
    text: str
    reason: str
    version_seen: int  # of the answer that the page showed
    errors: Mapping[str, FieldError]
    evidence_draft: Mapping[str, str]  # the evidence part as it was typed
    evidence: tuple[Evidence, ...] = ()
    removed_evidence: tuple[int, ...] = ()
    blank_reason: str = ""  # why it is left blank: "I don't know yet"

    @property
    def is_saved(self) -> bool:
        """True if the answer itself can be saved, whatever is wrong with the evidence beside it."""
        own = (self.errors[part] for part in ("value", "reason") if part in self.errors)
        return all(error.needed_for == "submission" for error in own)

    @property
    def messages(self) -> Mapping[str, str]:
        """The messages of the errors, by field."""
        return {part: error.message for part, error in self.errors.items()}


def form_fields(question: Question) -> FormFields:
    """The unbound fields of one question. Made once, bound by each post."""
    name = question.id
    fields: dict[str, Any] = {name: answer_field(question)}
    if question.na == "reason":
        fields[f"{name}#reason"] = StringField(validators=[_short_enough])
    if question.evidence == "expected":
        fields |= {
            f"{name}#{part}": StringField(validators=[_short_enough]) for part in ("passage", "document", "page")
        }
        fields |= {f"{name}#{part}": DayField() for part in ("dated", "opened")}
        fields[f"{name}#link"] = StringField(validators=[_short_enough, _web_address])
    return fields


def answer_field(question: Question) -> Any:
    """The unbound field of an answer alone."""
    return ANSWER_FIELDS[question.kind](question)


def read_answer_fields(questions: Iterable[Question], posted: MultiDict[str, str]) -> Mapping[str, AnswerField]:
    """The answers of a post to these questions, without reasons and evidence, read and validated."""
    form = BaseForm({question.id: answer_field(question) for question in questions})
    form.process(posted)
    form.validate()
    return {field.name: field for field in form if isinstance(field, AnswerField)}


def read_posted_answers(
    questions: Iterable[tuple[Question, FormFields]], posted: MultiDict[str, str], today: date
) -> tuple[PostedAnswer, ...]:
    """The answers of a post to these questions. A question that the page did not show is not in it."""
    shown = [(question, fields) for question, fields in questions if f"{question.id}#version" in posted]
    # What was left empty needs no reading: of some eighty fields on a page, most are for evidence that nobody adds.
    sent = {name for name, text in posted.items(multi=True) if text.strip()} | {question.id for question, _ in shown}
    form = BaseForm({name: field for _, fields in shown for name, field in fields.items() if name in sent})
    form.process(posted)
    form.validate()
    return tuple(_posted_answer(question, form, posted, today + _TIME_ZONE_ALLOWANCE) for question, _ in shown)


def read_posted_profile(fields: Iterable[ProfileField], posted: MultiDict[str, str]) -> tuple[PostedAnswer, ...]:
    """The values of a post for these profile fields."""
    shown = [f for f in fields if f"{PROFILE_PREFIX}{f.id}#version" in posted]
    form = BaseForm({PROFILE_PREFIX + f.id: _profile_value_field(f) for f in shown})
    form.process(posted)
    form.validate()
    return tuple(
        PostedAnswer(name, form[name].data, "", _version(posted, name), _errors(form, name, ("value",)), {})
        for name in (PROFILE_PREFIX + f.id for f in shown)
    )


def _profile_value_field(profile_field: ProfileField) -> Any:
    return ProfileValueField(profile_field)


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
            errors.setdefault(part, FieldError(_(IN_THE_FUTURE if day > latest else TOO_EARLY)))
    draft = {part: said for part in _EVIDENCE_PARTS if (said := _text(form, f"{name}#{part}"))}
    if text == NOT_APPLICABLE_TEXT and question.na == "reason" and not reason:
        errors.setdefault("reason", FieldError(_(NEEDS_REASON), needed_for="submission"))
    if name == HEADQUARTERS_QUESTION and text.count("|"):
        errors.setdefault("value", FieldError(_(ONE_COUNTRY), needed_for="submission"))
    evidence = _evidence(form, name, draft, errors)
    numbers = (small_number(sent) for sent in posted.getlist(f"{name}#remove"))
    removed = tuple(number for number in numbers if number is not None)
    reason = reason if text == NOT_APPLICABLE_TEXT else ""
    return PostedAnswer(name, text, reason, _version(posted, name), errors, draft, evidence, removed, word)


def _evidence(
    form: BaseForm, name: str, draft: Mapping[str, str], errors: dict[str, FieldError]
) -> tuple[Evidence, ...]:
    """The evidence that was added; what is missing from it goes to `errors`."""
    pieces: list[Evidence] = []
    if {"passage", "document", "page", "dated"} & draft.keys():
        if "document" not in draft:
            errors.setdefault("document", FieldError(_("Name the document that this stands in.")))
        if "passage" not in draft:
            errors.setdefault("passage", FieldError(_("Quote the sentence that bears your answer out.")))
        if not {"passage", "document", "page", "dated"} & errors.keys():
            pieces.append(
                Quotation(draft["document"], draft.get("page", ""), _day(form, f"{name}#dated"), draft["passage"])
            )
    if {"link", "opened"} & draft.keys():
        if "link" not in draft:
            errors.setdefault("link", FieldError(_("Give the link that you opened on that day.")))
        if not {"link", "opened"} & errors.keys():
            pieces.append(Link(draft["link"], _day(form, f"{name}#opened")))
    return tuple(pieces)


def _day(form: BaseForm, name: str) -> date | None:
    if name not in form:
        return None
    field = form[name]
    assert isinstance(field, DayField)
    return field.day


def _errors(form: BaseForm, name: str, parts: Iterable[str]) -> dict[str, FieldError]:
    found = {}
    for part in parts:
        field = name if part == "value" else f"{name}#{part}"
        if field in form and form[field].errors:
            found[part] = FieldError(str(form[field].errors[0]))
    return found


def _text(form: BaseForm, name: str) -> str:
    return (form[name].data or "").replace("\r\n", "\n").strip() if name in form else ""


def _version(posted: MultiDict[str, str], name: str) -> int:
    """The version that the page showed; one that is malformed is taken as none, so that nothing is overwritten."""
    number = small_number(posted.get(f"{name}#version", ""))
    return -1 if number is None else number

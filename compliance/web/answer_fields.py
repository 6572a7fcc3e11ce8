"""The answer to a question as a WTForms field, one class for each kind of question.

A field holds the canonical spelling of an answer, or of a blank with its reason.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypedDict

from babel.numbers import get_decimal_symbol
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from compliance.languages.country_names import TypedCountries, read_country_names
from compliance.languages.interface_messages import N_, current_language
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import TICK_PLACES, profile_field_label
from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_blank, read_number
from compliance.questionnaire.answers import BLANK_PREFIX, NOT_APPLICABLE_TEXT, Answer, BlankWord, write_answer
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.questionnaire.places import BOXES, NO_PLACE
from compliance.web.forms import WRITE_A_DAY

#: The longest text that one field takes, in characters.
MAX_TEXT_LENGTH = 4000

TOO_LONG = N_("This is longer than 4,000 characters: shorten it.")
CHOOSE_ONE = N_("Choose one of the answers shown.")
WRITE_A_NUMBER = N_("Enter a number without a unit, such as 12.5.")
_ABOVE_ZERO = N_("Enter a number above 0.")
_ALONE = N_("Give either an answer or one reason why it is blank, not both. Remove one of them.")
_NO_SUCH_TEXT = N_("An answer cannot begin with “blank:”. Put another word before it.")
_BOTH = N_("Choose either an answer or “does not apply”, not both.")
_ALWAYS_APPLIES = N_("Every company can answer this: choose an answer, or leave it blank.")


def with_decimal_point(typed: str) -> str:
    """Return a typed number with a decimal point, if the current language uses a decimal comma and it has one."""
    has_comma = get_decimal_symbol(current_language()) == "," and re.fullmatch(r"\s*[+-]?\d+,\d+\s*", typed, re.ASCII)
    return typed.replace(",", ".") if has_comma else typed


class AnswerField(Field):
    """The value of a question, in canonical spelling; several ticks are one value.

    The subclasses differ by kind of question.
    """

    #: The message for a value that is not a valid answer.
    unreadable: ClassVar[str]
    #: Whether answers are ticked; else they are typed.
    is_ticked: ClassVar[bool] = False

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question = question
        self.data: str = ""
        self.parts: tuple[str, ...] = ()  # the values ticked or typed, each once
        #: The reason of a blank, if one was given. Known after validation.
        self.blank: BlankWord | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Join the ticked or typed values into one."""
        given = [str(value).replace("\r\n", "\n").strip() for value in valuelist]
        self.parts = tuple(dict.fromkeys(value for value in given if value))
        self.data = "|".join(self.parts)

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that is not a valid answer to this question."""
        if len(self.data) > MAX_TEXT_LENGTH:
            raise ValidationError(_(TOO_LONG))
        if len(self.parts) > 1 and not self.is_ticked:  # a text may contain the bar that joins ticks
            raise ValidationError(_(self._message()))
        try:
            self.blank = read_blank(self.question, self.data)
            if self.blank is None:
                self.check(read_answer(self.question, self.data))
        except AnswerFault:
            raise ValidationError(_(self._message())) from None

    def check(self, answer: Answer | None) -> None:
        """Check what `read_answer` does not. Raise AnswerFault."""

    def special_message(self) -> str:
        """Return a message for a mistake that is specific to this kind, or "" if there is none."""
        return ""

    def _message(self) -> str:
        reasons = [part for part in self.parts if part.casefold().startswith(BLANK_PREFIX)]
        if reasons and len(self.parts) > 1:
            return _ALONE
        if reasons and not self.is_ticked:
            return _NO_SUCH_TEXT
        if special := self.special_message():
            return special
        if NOT_APPLICABLE_TEXT in self.parts:
            return _ALWAYS_APPLIES if self.question.na == "never" else _BOTH
        return self.unreadable


class OptionField(AnswerField):
    """One option of several."""

    unreadable = CHOOSE_ONE
    is_ticked = True


class OptionsField(AnswerField):
    """Any number of options."""

    unreadable = N_("Choose from the list. “None of these” cannot be combined with another answer.")
    is_ticked = True


class NumberField(AnswerField):
    """A number, which must be above 0 if its logarithm is scored."""

    unreadable = WRITE_A_NUMBER

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Accept a decimal comma in languages that use it."""
        super().process_formdata([with_decimal_point(str(value)) for value in valuelist])

    def special_message(self) -> str:
        """Return the message for a number that has no logarithm, or ""."""
        if not self.question.log or NOT_APPLICABLE_TEXT in self.parts:
            return ""
        try:
            read_number(self.data)
        except AnswerFault:
            return ""
        return _ABOVE_ZERO


class DateField(AnswerField):
    """A date."""

    unreadable = WRITE_A_DAY


class TextField(AnswerField):
    """A text."""

    unreadable = N_("Enter some text.")


class CountriesField(AnswerField):
    """Any number of countries."""

    unreadable = N_("Choose countries from the list.")
    is_ticked = True

    def check(self, answer: Answer | None) -> None:
        """Refuse codes that belong to no country."""
        if isinstance(answer, tuple) and set(answer) - countries().keys():
            raise AnswerFault


def with_typed_countries(
    questions: Iterable[Question], posted: MultiDict[str, str], kept: Mapping[str, str]
) -> tuple[MultiDict[str, str], Mapping[str, TypedCountries]]:
    """Return a post with typed country names as ticked codes, and what was typed, by question.

    `<id>#names` holds names. `<id>#same` holds ids of questions whose countries are added, from post or `kept`.
    """
    lists = [question.id for question in questions if question.kind == "countries"]
    if not lists:
        return posted, {}
    posted, read = posted.copy(), {}
    for name in lists:
        read[name] = read_country_names(posted.get(f"{name}#names", "")[:MAX_TEXT_LENGTH])
        codes = [*posted.getlist(name), *read[name].codes]
        for other in posted.getlist(f"{name}#same"):
            theirs = posted.getlist(other) if f"{other}#version" in posted else kept.get(other, "").split("|")
            codes += [code for code in theirs if code in countries()]
        posted.setlist(name, list(dict.fromkeys(codes)))
    return posted, read


def with_ticked_values(names: Iterable[str], posted: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return a post with values for the yes-or-no profile fields that were shown as one list of checkboxes.

    `<name>#ticks` is the saved value when the list was shown. An unticked box is “no” only if the list was answered:
    another box is ticked, or `<name>#none` of one of them, “None of the others”. A list that nobody changed says
    nothing, and taking away the last tick leaves a blank.
    """
    shown = {name: posted[f"{name}#ticks"] for name in names if f"{name}#ticks" in posted}
    if not shown:
        return posted
    ticked = {name for name in shown if posted.get(name) == "yes"}
    touched = any((name in ticked) != (was == "yes") for name, was in shown.items())
    answered = (ticked and touched) or any(posted.get(f"{name}#none") for name in shown)
    posted = posted.copy()
    for name, was in shown.items():
        if name not in ticked:
            posted[name] = "no" if answered else was.replace("yes", "")
    return posted


class PlacesField(OptionsField):
    """Any number of the company's own places, or none of them, and the checkboxes beside them."""

    unreadable = TICK_PLACES

    def check(self, answer: Answer | None) -> None:
        """Spell the answer canonically, in any order of ticks. Refuse codes that belong to no country."""
        if isinstance(answer, tuple) and set(answer) - {NO_PLACE, *BOXES} - countries().keys():
            raise AnswerFault
        self.data = write_answer(answer)


class _FieldByKind(TypedDict):
    one: type[AnswerField]
    many: type[AnswerField]
    number: type[AnswerField]
    date: type[AnswerField]
    text: type[AnswerField]
    countries: type[AnswerField]
    places: type[AnswerField]


#: The field of each kind of question. Typed by kind, so that mypy rejects a kind without a field.
ANSWER_FIELDS: _FieldByKind = {
    "one": OptionField,
    "many": OptionsField,
    "number": NumberField,
    "date": DateField,
    "text": TextField,
    "countries": CountriesField,
    "places": PlacesField,
}


#: The parts of a question, beside its answer, that can be typed.
_TYPED_PARTS = frozenset(
    {"reason", "title", "whom", "comment", "names", "passage", "document", "page", "link", "item", "part", "note"}
)


def typed_words(edition: Edition, posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Return the texts typed into a page of questions, each with its question or the label of its profile field."""
    found = []
    for name, words in posted.items(multi=True):
        part_of, _sharp, part = name.partition("#")
        question = edition.questions.get(part_of)
        field = edition.profile.get(name.removeprefix(PROFILE_PREFIX)) if name.startswith(PROFILE_PREFIX) else None
        if question is not None and (part in _TYPED_PARTS or (not part and question.kind in ("text", "number"))):
            found.append((question.ask, words))
        elif field is not None and field.is_number:
            found.append((profile_field_label(edition, field.id), words))
    return [(title, words) for title, words in found if words.strip()]

"""Forms of answers, evidence, comments and profile fields, read from posts.

There is one field for each thing that can be posted about a question, named `<id>` for the value and `<id>#<part>`
for the rest. Validation never refuses a whole page: valid parts are passed on, and the others are shown again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

from werkzeug.datastructures import MultiDict
from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from compliance.languages.country_names import TypedCountries
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import AnswerFault, offered_words, read_profile, read_title
from compliance.questionnaire.answers import ELSEWHERE, NOT_APPLICABLE_TEXT, NOT_KNOWN_YET
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, PROFILE_PREFIX, Question
from compliance.questionnaire.profile_fields import ProfileField
from compliance.store import Link, Quotation
from compliance.store.comments import MAX_COMMENT_LENGTH
from compliance.store.evidence import NewEvidence
from compliance.web.answer_fields import (
    ANSWER_FIELDS,
    CHOOSE_ONE,
    MAX_TEXT_LENGTH,
    TOO_LONG,
    WRITE_A_NUMBER,
    AnswerField,
    with_decimal_point,
    with_ticked_values,
    with_typed_countries,
)
from compliance.web.forms import DayField, as_stored, small_number

#: The parts of a question that are saved together or not at all: answer, reason, title of a document, whom to ask.
ANSWER_PARTS = ("value", "reason", "title", "whom")
_EVIDENCE_PARTS = ("passage", "document", "page", "dated", "link", "opened", "item", "part", "note")
#: The longest name of somebody to ask, in characters.
MAX_WHOM_LENGTH = 200

ONE_COUNTRY = N_(
    "Choose exactly one country. Your choices are saved, but before you submit, keep only the country of your "
    "headquarters."
)
NEEDS_REASON = N_("Say in a sentence why it does not apply.")
IN_THE_FUTURE = N_("This date is in the future: give the date of the document, or the day you opened the link.")
EARLIEST = date(1900, 1, 1)
TOO_EARLY = N_("Check the year of this date.")
#: How far ahead of the server's day a date may be: in some time zones that day has begun.
_TIME_ZONE_ALLOWANCE = timedelta(days=1)
_TITLE_ALONE = N_("A title is only for “Said in another document”. Choose that reason, or delete the title.")
_WHOM_ALONE = N_("Whom to ask is only for “Not known yet”. Choose that, or delete the name.")
_ONE_LINE = N_("Enter the title on one line, without special characters.")


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error of one field: its message, and what it prevents.

    An answer is saved in spite of an error that prevents only submission.
    """

    message: str
    needed_for: Literal["saving", "submission"] = "saving"


class ProfileValueField(Field):
    """The value of a profile field."""

    def __init__(self, profile_field: ProfileField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.profile_field = profile_field
        self.data: str = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the single value that was sent."""
        given = str(valuelist[0]).strip() if valuelist else ""
        self.data = with_decimal_point(given) if self.profile_field.is_number else given

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that the field does not have."""
        try:
            read_profile(self.profile_field, self.data)
        except AnswerFault:
            raise ValidationError(_(WRITE_A_NUMBER if self.profile_field.is_number else CHOOSE_ONE)) from None


def _on_one_line(_form: BaseForm, field: Field) -> None:
    try:
        read_title(field.data or "")
    except AnswerFault:
        raise ValidationError(_(_ONE_LINE)) from None


def short_enough(_form: BaseForm, field: Field) -> None:
    """Refuse a text longer than 4,000 characters."""
    if len(field.data or "") > MAX_TEXT_LENGTH:
        raise ValidationError(_(TOO_LONG))


def _whom_short_enough(_form: BaseForm, field: Field) -> None:
    if len(field.data or "") > MAX_WHOM_LENGTH:
        raise ValidationError(_("This is longer than %(most)s characters: shorten it.", most=MAX_WHOM_LENGTH))


def comment_fault(text: str) -> str:
    """Return the message for a fault in a comment, or "" if there is none."""
    return _("This is longer than 2,000 characters: shorten it.") if len(text) > MAX_COMMENT_LENGTH else ""


def web_address(_form: BaseForm, field: Field) -> None:
    """Refuse a text that is not a web address."""
    text = (field.data or "").strip()
    if text and not (text.startswith(("https://", "http://")) and "." in text and not set(text) & set(" \t\n<>\"'")):
        raise ValidationError(_("Enter an address that begins with https://"))


FormFields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """A posted answer to a question or profile field, with its evidence and its errors by field."""

    id: str
    text: str
    reason: str
    version_seen: int  # of the answer that the page showed
    errors: Mapping[str, FieldError]
    evidence_draft: Mapping[str, str]  # the evidence as it was typed
    evidence: tuple[NewEvidence, ...] = ()
    picked: tuple[str, str, str] | None = None  # an item of the library: name, which part of it, note
    removed_evidence: tuple[int, ...] = ()
    word: str = ""  # the reason of a blank
    title: str = ""  # of the document that answers the question, as it was typed
    names: str = ""  # of countries, typed and not recognised
    ask_whom: str = ""  # who may know an answer that is not known yet
    comment: str = ""  # for colleagues, as it was typed

    @property
    def is_saved(self) -> bool:
        """True if the answer itself can be saved, even if the evidence beside it has errors."""
        own = (self.errors[part] for part in ANSWER_PARTS if part in self.errors)
        return all(error.needed_for == "submission" for error in own)

    @property
    def messages(self) -> Mapping[str, str]:
        """The messages of the errors, by field."""
        return {part: error.message for part, error in self.errors.items()}


def form_fields(question: Question) -> FormFields:
    """Return the unbound fields of one question. They are made once and bound to each post."""
    name = question.id
    fields: dict[str, Any] = {name: answer_field(question)}
    if question.na == "reason":
        fields[f"{name}#reason"] = StringField(validators=[short_enough])
    if ELSEWHERE in offered_words(question):
        fields[f"{name}#title"] = StringField(validators=[short_enough, _on_one_line])
    if NOT_KNOWN_YET in offered_words(question):
        fields[f"{name}#whom"] = StringField(validators=[_whom_short_enough])
    if question.evidence == "expected":
        fields |= {
            f"{name}#{part}": StringField(validators=[short_enough])
            for part in ("passage", "document", "page", "item", "part", "note")
        }
        fields |= {f"{name}#{part}": DayField() for part in ("dated", "opened")}
        fields[f"{name}#link"] = StringField(validators=[short_enough, web_address])
    return fields


def answer_field(question: Question) -> Any:
    """Return the unbound field of the answer alone."""
    return ANSWER_FIELDS[question.kind](question)


def read_answer_fields(questions: Iterable[Question], posted: MultiDict[str, str]) -> Mapping[str, AnswerField]:
    """Return the validated answer fields of a post for these questions, without reasons and evidence, by question."""
    form = BaseForm({question.id: answer_field(question) for question in questions})
    form.process(posted)
    form.validate()
    return {field.name: field for field in form if isinstance(field, AnswerField)}


def read_posted_answers(
    questions: Iterable[tuple[Question, FormFields]],
    posted: MultiDict[str, str],
    today: date,
    kept: Mapping[str, str] | None = None,
) -> tuple[PostedAnswer, ...]:
    """Return the posted answers to these questions, except questions that the page did not show.

    `kept`: the saved answers, for “the same countries as in” a list that is not in the post.
    """
    shown = [(question, fields) for question, fields in questions if f"{question.id}#version" in posted]
    posted, typed = with_typed_countries((question for question, _ in shown), posted, kept or {})
    # Empty fields are skipped: most of the some eighty fields on a page are for evidence that nobody adds.
    sent = {name for name, text in posted.items(multi=True) if text.strip()} | {question.id for question, _ in shown}
    form = BaseForm({name: field for _, fields in shown for name, field in fields.items() if name in sent})
    form.process(posted)
    form.validate()
    latest = today + _TIME_ZONE_ALLOWANCE
    return tuple(_posted_answer(q, form, posted, latest, typed.get(q.id, TypedCountries())) for q, _ in shown)


def read_posted_profile(fields: Iterable[ProfileField], posted: MultiDict[str, str]) -> tuple[PostedAnswer, ...]:
    """Return the posted values of these profile fields."""
    shown = [f for f in fields if f"{PROFILE_PREFIX}{f.id}#version" in posted]
    posted = with_ticked_values((PROFILE_PREFIX + f.id for f in shown), posted)
    form = BaseForm({PROFILE_PREFIX + f.id: _profile_value_field(f) for f in shown})
    form.process(posted)
    form.validate()
    return tuple(
        PostedAnswer(name, form[name].data, "", version_seen(posted, name), _errors(form, name, ("value",)), {})
        for name in (PROFILE_PREFIX + f.id for f in shown)
    )


def _profile_value_field(profile_field: ProfileField) -> Any:
    return ProfileValueField(profile_field)


def _posted_answer(
    question: Question, form: BaseForm, posted: MultiDict[str, str], latest: date, typed: TypedCountries
) -> PostedAnswer:
    name = question.id
    field = form[name]
    assert isinstance(field, AnswerField)
    text, word = ("", field.blank.word) if field.blank else (field.data, "")
    reason, title = _text(form, f"{name}#reason"), _text(form, f"{name}#title")
    errors = _errors(form, name, (*ANSWER_PARTS, *_EVIDENCE_PARTS))
    if title and word != ELSEWHERE and "value" not in errors:
        errors.setdefault("title", FieldError(_(_TITLE_ALONE)))
    whom, comment = " ".join(_text(form, f"{name}#whom").split()), posted_text(posted, f"{name}#comment")
    is_cleared = question.kind == "one" and name in posted
    if whom and not (text or word or is_cleared or errors):
        errors["whom"] = FieldError(_(_WHOM_ALONE))
    if flaw := comment_fault(comment):
        errors["comment"] = FieldError(flaw)
    for part in ("dated", "opened"):
        day = day_of(form, f"{name}#{part}")
        if day is not None and not EARLIEST <= day <= latest:
            errors.setdefault(part, FieldError(_(IN_THE_FUTURE if day > latest else TOO_EARLY)))
    draft = {part: said for part in _EVIDENCE_PARTS if (said := _text(form, f"{name}#{part}"))}
    if text == NOT_APPLICABLE_TEXT and question.na == "reason" and not reason:
        errors.setdefault("reason", FieldError(_(NEEDS_REASON), needed_for="submission"))
    if typed.unknown:  # for lists, recognised countries are saved; for the headquarters, nothing is
        errors.setdefault("value" if name == HEADQUARTERS_QUESTION else "names", FieldError(typed.fault))
    if name == HEADQUARTERS_QUESTION and text.count("|"):
        errors.setdefault("value", FieldError(_(ONE_COUNTRY), needed_for="submission"))
    evidence = _evidence(form, name, draft, errors)
    picked = _picked(draft, errors)
    numbers = (small_number(sent) for sent in posted.getlist(f"{name}#remove"))
    removed = tuple(number for number in numbers if number is not None)
    reason = reason if text == NOT_APPLICABLE_TEXT else ""
    seen, names = version_seen(posted, name), ", ".join(typed.unknown)
    more = {"names": names, "ask_whom": whom, "comment": comment}
    return PostedAnswer(name, text, reason, seen, errors, draft, evidence, picked, removed, word, title, **more)


def _evidence(
    form: BaseForm, name: str, draft: Mapping[str, str], errors: dict[str, FieldError]
) -> tuple[Quotation | Link, ...]:
    """Return the evidence that was added. Missing parts are noted in `errors`."""
    pieces: list[Quotation | Link] = []
    if {"passage", "document", "page", "dated"} & draft.keys():
        if "document" not in draft:
            errors.setdefault("document", FieldError(_("Name the document in which this is stated.")))
        if "passage" not in draft:
            errors.setdefault("passage", FieldError(_("Quote the sentence that supports your answer.")))
        if not {"passage", "document", "page", "dated"} & errors.keys():
            pieces.append(
                Quotation(draft["document"], draft.get("page", ""), day_of(form, f"{name}#dated"), draft["passage"])
            )
    if {"link", "opened"} & draft.keys():
        if "link" not in draft:
            errors.setdefault("link", FieldError(_("Give the link that you opened on that day.")))
        if not {"link", "opened"} & errors.keys():
            pieces.append(Link(draft["link"], day_of(form, f"{name}#opened")))
    return tuple(pieces)


def _picked(draft: Mapping[str, str], errors: dict[str, FieldError]) -> tuple[str, str, str] | None:
    """Return the library item that was chosen, or None. Missing parts are noted in `errors`."""
    if not {"item", "part", "note"} & draft.keys():
        return None
    if "item" not in draft:
        errors.setdefault("item", FieldError(_("Choose which document of your library this is about.")))
    if {"item", "part", "note"} & errors.keys():
        return None
    return draft["item"], draft.get("part", ""), draft.get("note", "")


def day_of(form: BaseForm, name: str) -> date | None:
    """Return the day in a field, or None if the form has no such field or no day was given."""
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
    return as_stored(form[name].data) if name in form else ""


def version_seen(posted: MultiDict[str, str], name: str) -> int:
    """Return the version that the page showed, or -1 if it is malformed, so that nothing is overwritten."""
    number = small_number(posted.get(f"{name}#version", ""))
    return -1 if number is None else number


def posted_text(posted: MultiDict[str, str], name: str) -> str:
    """Return the text typed into a field, as it is stored."""
    return as_stored(posted.get(name))

"""Parsing answers: from the spelling in `answers` to a value that fits the question, or a message that says why not.

Nothing is guessed: a decimal comma, a unit or an unknown option is refused. A blank with a word is not an answer, and
is read by a function of its own.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from compliance.questionnaire.answers import (
    BLANK_PREFIX,
    BLANK_WORDS,
    ELSEWHERE,
    NOT_APPLICABLE_TEXT,
    NOT_COUNTED,
    NOT_KNOWN_YET,
    Adjusted,
    Answer,
    AnswerValue,
    BlankWord,
    NotApplicable,
    Verdict,
    blank_text,
)
from compliance.questionnaire.countries import countries
from compliance.questionnaire.csv_table import quoted
from compliance.questionnaire.edition import ASPECT_LENS, LARGEST_NUMBER, NONE_OF_THESE, Question
from compliance.questionnaire.faults import FaultMessage, one_of
from compliance.questionnaire.places import BOXES, DATED_BOX, NO_PLACE, PLACES_LADDER, PLANNED_BOX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.vocabulary import QUESTION_KINDS, QuestionKind, exhaustive_table

#: The longest title of a document, in characters.
LONGEST_TITLE = 4000
#: Characters that a title may not hold, as some file, page or database does not keep them: line breaks and other
#: control characters, lone surrogates, noncharacters, and overrides of the writing direction.
_NOT_IN_TITLES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: The value of the lens `aspect` of questions about the words of a text.
_TEXT_ASPECT = "code"
_UNCOUNTED_KINDS = ("date", "text", "countries")


class AnswerFault(ValueError):
    """A text that is not an answer to its question. The message, a template and its values, says what fits."""

    def __init__(self, template: str = "", **values: Any) -> None:
        self.message = FaultMessage(template, **values)
        super().__init__(self.message)


def offered_words(question: Question) -> tuple[str, ...]:
    """Return the words that a blank of this question may carry.

    "Not known yet" is offered with every question. What is asked about a text may be said in another document. Numbers,
    and how much is done or shown, may be impossible to count.
    """
    aspect = question.lenses.get(ASPECT_LENS, "")
    if question.kind == "number":
        return (NOT_KNOWN_YET, NOT_COUNTED)
    if aspect == _TEXT_ASPECT:
        return (NOT_KNOWN_YET, ELSEWHERE)
    counts = aspect and question.kind not in _UNCOUNTED_KINDS
    return (NOT_KNOWN_YET, NOT_COUNTED) if counts else (NOT_KNOWN_YET,)


def read_blank(question: Question, text: str) -> BlankWord | None:
    """Return the word of a blank that `text` spells, or None for an answer or a blank without a word.

    Raise AnswerFault if the text begins like a blank with a word but spells none that this question may have.
    """
    text = text.strip()
    if not text.casefold().startswith(BLANK_PREFIX):
        return None
    word, colon, title = text.removeprefix(BLANK_PREFIX).partition(":")
    offered = offered_words(question)
    choice = one_of([blank_text(word) for word in offered])
    if not text.startswith(BLANK_PREFIX) or word not in BLANK_WORDS:
        raise AnswerFault(
            "%(text)s is no answer, and no reason for a blank: write %(choice)s, or leave it empty",
            text=quoted(text),
            choice=choice,
        )
    if word not in offered:
        raise AnswerFault(
            "%(word)s is not for this question: write %(choice)s, or leave it empty",
            word=blank_text(word),
            choice=choice,
        )
    if colon and word != ELSEWHERE:
        raise AnswerFault(
            "%(text)s has a title, which goes with %(word)s only: delete the title",
            text=quoted(text),
            word=blank_text(ELSEWHERE),
        )
    if colon and not title.strip():
        raise AnswerFault("%(text)s lacks its title: write it after the colon, or delete the colon", text=quoted(text))
    return BlankWord(word, read_title(title))


def read_title(text: str) -> str:
    """Return the title of a document. Raise AnswerFault if it has several lines or exceeds LONGEST_TITLE."""
    title = text.strip()
    if _NOT_IN_TITLES.search(title):
        raise AnswerFault(
            "the title %(title)s has a line break or a control character in it: delete it", title=quoted(title)
        )
    if len(title) > LONGEST_TITLE:
        raise AnswerFault(
            "the title %(title)s is longer than %(most)s characters: shorten it",
            title=quoted(title),
            most=f"{LONGEST_TITLE:,}",
        )
    return title


def read_answer(question: Question, text: str, reason: str = "") -> Answer | None:
    """Return the answer that `text` spells, or None for a blank. Raise AnswerFault if it spells neither."""
    text = text.strip()
    if not text:
        return None
    if text.casefold().startswith(BLANK_PREFIX):
        raise AnswerFault(
            "%(text)s is a blank with a reason, or meant as one, and no answer can begin so", text=quoted(text)
        )
    if text.lower() == NOT_APPLICABLE_TEXT:
        if question.na == "never":
            raise AnswerFault("'n/a' is not an answer here: every company can answer this question")
        return NotApplicable(reason.strip())
    return ANSWER_READERS[question.kind](question, text)


def read_verdict(question: Question, verdict: str, value: str) -> "Verdict | None":
    """Return the verdict that two texts spell: confirmed, adjusted or not-shown, and the answer that it adjusts to.

    Return None for no verdict, and for one that adjusts to something that is not an answer to the question.
    """
    if verdict == "adjusted":
        try:
            answer = read_answer(question, value)
        except AnswerFault:
            return None
        return None if answer is None else Adjusted(answer)
    return "confirmed" if verdict == "confirmed" else "not-shown" if verdict else None


def read_number(text: str) -> float:
    """Return a number written with a decimal point. Raise AnswerFault otherwise: a comma is never interpreted."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        raise AnswerFault("%(text)s is not a number: %(hint)s", text=quoted(text), hint=_number_hint(text))
    number = float(text)
    if abs(number) > LARGEST_NUMBER:
        raise AnswerFault("%(text)s is too large to be a number", text=quoted(text))
    return number


#: What a text that is not a number looks like -> what to do. The first pattern that matches is used.
_NUMBER_HINTS = (
    (r"\D*", FaultMessage("write it in digits, or leave it empty")),
    (r".*%", FaultMessage("write it without the sign, %(number)s for %(share)s", number="50", share="50 %")),
    (
        r"\d{4}-\d\d-\d\d.*|\d\d:\d\d.*",
        FaultMessage("this is a date or a time: set the cell to text, and write the number anew"),
    ),
    (r".*(?![0-9])\d.*", FaultMessage("write it with the digits 0 to 9")),
    (r"[−–]\d+\.?\d*", FaultMessage("write the minus as on a keyboard, -5")),
    (
        r".*,.*|[+-]?\d{1,3}([\s'’.]\d{3})+",
        FaultMessage("write it with a decimal point, and nothing between thousands"),
    ),
    (r".*", FaultMessage("write it without a unit, and with a decimal point")),
)


def _number_hint(text: str) -> FaultMessage:
    return next(hint for pattern, hint in _NUMBER_HINTS if re.fullmatch(pattern, text, re.DOTALL))


def read_profile(profile_field: ProfileField, text: str) -> str | float | None:
    """Return the value of a profile field that `text` spells, None for a blank. Raise AnswerFault if it spells none."""
    text = text.strip()
    if not text:
        return None
    if profile_field.is_number:
        return read_number(text)
    if text not in profile_field.values:
        several = [part.strip() for part in re.split(r"[|,;/]", text)]
        if len(several) > 1 and all(part in profile_field.values for part in several):
            raise AnswerFault("%(text)s names several: keep the one that is the main one", text=quoted(text))
        raise AnswerFault(
            "%(text)s is not one of these: %(choices)s", text=quoted(text), choices=", ".join(profile_field.values)
        )
    return text


def _read_one(question: Question, text: str) -> AnswerValue:
    if question.option(text) is None:
        raise AnswerFault("%(text)s is not one of these: %(choices)s", text=quoted(text), choices=_choices(question))
    return text


def _read_many(question: Question, text: str) -> AnswerValue:
    chosen = [part.strip() for part in text.split("|")]
    for part in chosen:
        if question.option(part) is None:
            raise AnswerFault(
                "%(text)s is not one of these: %(choices)s; join several with |",
                text=quoted(part),
                choices=_choices(question),
            )
    if NONE_OF_THESE in chosen and len(set(chosen)) > 1:
        raise AnswerFault("%(text)s excludes the other choices: keep it, or them", text=quoted(NONE_OF_THESE))
    ticked = set(chosen)
    return tuple(ticked) if len(ticked) == 1 else tuple(option.id for option in question.options if option.id in ticked)


def _read_number(question: Question, text: str) -> AnswerValue:
    number = read_number(text)
    if question.log and number <= 0:
        raise AnswerFault("%(text)s is not above 0, and this number is read as a logarithm", text=quoted(text))
    return number


def _read_date(_question: Question, text: str) -> AnswerValue:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise AnswerFault(
            "%(text)s is not a date: write year-month-day, as in 2026-03-31", text=quoted(text)
        ) from error


def _read_text(_question: Question, text: str) -> AnswerValue:
    return text


def _read_countries(_question: Question, text: str) -> AnswerValue:
    return _country_codes([part.strip() for part in text.split("|")])


def _country_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes sorted, each once. Raise AnswerFault if one cannot be the code of a country."""
    codes = list(codes)
    for code in codes:
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise AnswerFault(
                "%(text)s is not a country: write three capital letters, %(hint)s; join several with |",
                text=quoted(code),
                hint=_country_hint(code),
            )
    return tuple(sorted(set(codes)))


def _read_places(question: Question, text: str) -> AnswerValue:
    """Return places by code, then the boxes: `none` for no place, or `+planned` alone if there is none yet."""
    parts = [part.strip() for part in text.split("|")]
    boxes = [box for box in BOXES if box in parts]
    for box in boxes:
        if question.option(BOXES[box]) is None:
            raise AnswerFault(
                "%(text)s is no answer here, as the question has no option %(option)s: delete it",
                text=quoted(box),
                option=BOXES[box],
            )
    places = [part for part in parts if part not in BOXES]
    if result := next((part for part in places if part in PLACES_LADDER and part != NO_PLACE), ""):
        raise AnswerFault(
            "%(text)s is worked out from the places: write those of which it is true, as in CHL|KHM",
            text=quoted(result),
        )
    if NO_PLACE in places and len(set(places)) > 1:
        raise AnswerFault("%(text)s excludes every place: keep it, or them", text=quoted(NO_PLACE))
    codes = _country_codes(part for part in places if part != NO_PLACE)
    if DATED_BOX in boxes and not codes:
        raise AnswerFault(
            "%(text)s speaks of the next check of places: name the places, or delete it", text=quoted(DATED_BOX)
        )
    return (*codes, *boxes) if codes or PLANNED_BOX in boxes else (NO_PLACE,)


def _country_hint(word: str) -> FaultMessage:
    named = (c for c in countries().values() if word.casefold() in (c.name.casefold(), c.alpha3.casefold()))
    return next(
        (FaultMessage("%(code)s for %(name)s", code=country.alpha3, name=country.name) for country in named),
        FaultMessage("as in KHM"),
    )


def _choices(question: Question) -> str:
    built_in = [NONE_OF_THESE] if question.is_multiple_choice else []
    ids = [option.id for option in question.options]
    return ", ".join(ids + [i for i in built_in if i not in ids])


#: By kind: the function that reads a text as a value. It raises AnswerFault if the text spells none.
ANSWER_READERS: Mapping[QuestionKind, Callable[[Question, str], AnswerValue]] = exhaustive_table(
    "questionnaire.answer_parser.ANSWER_READERS",
    QUESTION_KINDS,
    {
        "one": _read_one,
        "many": _read_many,
        "number": _read_number,
        "date": _read_date,
        "text": _read_text,
        "countries": _read_countries,
        "places": _read_places,
    },
)

"""Answers and answer sheets: a value, a blank, or not applicable with a reason. Three things, never merged.

A blank is the absence of an answer: the id is not in the sheet. Every answer
has one spelling as text, which is what the database, CSV files, workbooks and
forms carry: the option id, the chosen ids joined by `|`, the number, the ISO
date, the text itself, alpha-3 country codes joined by `|`, or `n/a`.
`answer_parser` reads that spelling back.

A blank may carry a word that says why it is blank, and a title where the word is
that another document says it: `blank:not-known`, `blank:elsewhere: Supplier code`.
Nothing that counts or scores answers sees the word: to them it is a blank like any
other. No answer begins with `blank:`, so a blank with a word and an answer are never
taken for each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

NOT_APPLICABLE_TEXT = "n/a"
#: The words of a blank that somebody looked at: it is not known yet, it could not be counted, or it is said in
#: another document than the one that was asked about.
NOT_KNOWN_YET, NOT_COUNTED, ELSEWHERE = "not-known", "not-counted", "elsewhere"
BLANK_WORDS = (NOT_KNOWN_YET, NOT_COUNTED, ELSEWHERE)
#: What the spelling of a blank with a word begins with, and no answer does.
BLANK_PREFIX = "blank:"


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The thing asked about cannot exist here; the reason says why."""

    reason: str = ""


AnswerValue: TypeAlias = str | float | tuple[str, ...]
Answer: TypeAlias = AnswerValue | NotApplicable
#: An auditor's determination: confirmed, not shown, or adjusted to another answer.
Verdict: TypeAlias = "Literal['confirmed', 'not-shown'] | Adjusted"


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A determination that another answer is the true one."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class BlankWord:
    """Why a question was left blank: one of BLANK_WORDS, and with ELSEWHERE the title of the document, if given."""

    word: str
    title: str = ""

    @property
    def text(self) -> str:
        """The one spelling of the blank with its word."""
        return blank_text(self.word, self.title)


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """One company's answers to one edition."""

    company: str = ""
    profile: Mapping[str, str | float] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    evidenced: frozenset[str] = frozenset()  # ids of questions whose answer rests on evidence
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    words: Mapping[str, BlankWord] = field(default_factory=dict)  # of blanks, by question; no score sees them


def write_answer(answer: Answer | None) -> str:
    """The one spelling of an answer; a blank is the empty text."""
    if answer is None:
        return ""
    if isinstance(answer, NotApplicable):
        return NOT_APPLICABLE_TEXT
    if isinstance(answer, tuple):
        return "|".join(answer)
    return number_text(answer) if isinstance(answer, float) else answer


def blank_text(word: str, title: str = "") -> str:
    """The one spelling of a blank with its word and title; of a blank without a word, the empty text."""
    titled = f": {title}" if title else ""
    return f"{BLANK_PREFIX}{word}{titled}" if word else ""


def write_verdict(verdict: Verdict) -> str:
    """The one spelling of a determination: `confirmed`, `not-shown`, or the adjusted answer."""
    return write_answer(verdict.answer) if isinstance(verdict, Adjusted) else verdict


def number_text(number: float) -> str:
    """The shortest text that reads back as the same number: `50`, `0.1`."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


#: Column of the answers file, so no question can have it as its id.
COMPANY_COLUMN = "company"

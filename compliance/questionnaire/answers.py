"""Answers and answer sheets: a value, a blank, or not applicable with a reason. The three are kept apart.

A blank is the absence of an answer: the id is not in the sheet. Every answer has one spelling as text, which databases,
CSV files, workbooks and forms use: the option id, the chosen ids joined by `|`, the number, the ISO date, the text
itself, alpha-3 country codes joined by `|`, or `n/a`. `answer_parser` reads that spelling back.

A blank may carry a word that says why it is blank and, if the word is `elsewhere`, the title of the other document:
`blank:not-known`, `blank:elsewhere: Supplier code`. Nothing that counts or scores answers sees the word: it treats such
a blank like any other. No answer begins with `blank:`, so the two cannot be confused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

NOT_APPLICABLE_TEXT = "n/a"
#: Why a question was left blank on purpose: the answer is not known yet, could not be counted, or is given in another
#: document than the one that was asked about.
NOT_KNOWN_YET, NOT_COUNTED, ELSEWHERE = "not-known", "not-counted", "elsewhere"
BLANK_WORDS = (NOT_KNOWN_YET, NOT_COUNTED, ELSEWHERE)
#: The beginning of a blank with a word. No answer begins like this.
BLANK_PREFIX = "blank:"


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A question about something that cannot exist at this company, with the reason."""

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
    """Why a question was left blank: one of BLANK_WORDS and, with ELSEWHERE, the title of the document, if any."""

    word: str
    title: str = ""

    @property
    def text(self) -> str:
        """The spelling of the blank with its word."""
        return blank_text(self.word, self.title)


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """One company's answers to one edition."""

    company: str = ""
    profile: Mapping[str, str | float] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    evidenced: frozenset[str] = frozenset()  # ids of questions whose answer rests on evidence
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    words: Mapping[str, BlankWord] = field(default_factory=dict)  # of blanks, by question; scores ignore them


def write_answer(answer: Answer | None) -> str:
    """Return the spelling of an answer. A blank is an empty text."""
    if answer is None:
        return ""
    if isinstance(answer, NotApplicable):
        return NOT_APPLICABLE_TEXT
    if isinstance(answer, tuple):
        return "|".join(answer)
    return number_text(answer) if isinstance(answer, float) else answer


def blank_text(word: str, title: str = "") -> str:
    """Return the spelling of a blank with its word and title. A blank without a word is an empty text."""
    titled = f": {title}" if title else ""
    return f"{BLANK_PREFIX}{word}{titled}" if word else ""


def write_verdict(verdict: Verdict) -> str:
    """Return the spelling of a determination: `confirmed`, `not-shown`, or the adjusted answer."""
    return write_answer(verdict.answer) if isinstance(verdict, Adjusted) else verdict


def number_text(number: float) -> str:
    """Return the shortest text that reads back as the same number: `50`, `0.1`."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


#: The first column of the answers file, so no question can have it as its id.
COMPANY_COLUMN = "company"

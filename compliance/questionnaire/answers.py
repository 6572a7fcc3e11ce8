"""Answers and answer sheets: a value, a blank, or not applicable with a reason. Three things, never merged.

A blank is the absence of an answer: the id is not in the sheet. Every answer
has one spelling as text, which is what the database, CSV files, workbooks and
forms carry: the option id, the chosen ids joined by `|`, the number, the ISO
date, the text itself, alpha-3 country codes joined by `|`, or `n/a`.
`answer_parser` reads that spelling back.

A blank may carry a word that says why it is blank. Nothing that counts or scores
answers sees the word: to them it is a blank like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

NOT_APPLICABLE_TEXT = "n/a"
#: The word of a blank that somebody looked at: "I don't know yet".
NOT_KNOWN_YET = "not-known"


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
class AnswerSheet:
    """One company's answers to one edition."""

    company: str = ""
    profile: Mapping[str, str | float] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    evidenced: frozenset[str] = frozenset()  # ids of questions whose answer rests on evidence
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


def write_answer(answer: Answer | None) -> str:
    """The one spelling of an answer; a blank is the empty text."""
    if answer is None:
        return ""
    if isinstance(answer, NotApplicable):
        return NOT_APPLICABLE_TEXT
    if isinstance(answer, tuple):
        return "|".join(answer)
    return number_text(answer) if isinstance(answer, float) else answer


def blank_text(word: str) -> str:
    """The spelling, in forms and in the trail, of a blank that carries a word; no option can have such an id."""
    return f"blank:{word}" if word else ""


def write_verdict(verdict: Verdict) -> str:
    """The one spelling of a determination: `confirmed`, `not-shown`, or the adjusted answer."""
    return write_answer(verdict.answer) if isinstance(verdict, Adjusted) else verdict


def number_text(number: float) -> str:
    """The shortest text that reads back as the same number: `50`, `0.1`."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


#: Column of the answers file, so no question can have it as its id.
COMPANY_COLUMN = "company"

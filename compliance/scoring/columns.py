"""Answer sheets as columns: for each question one code per company, into the answers that occur.

Code 0 is a blank, 1 is n/a, and 2 + k is the k-th answer of the column's own
list. What an answer earns, and whether it satisfies a condition, is worked out
once per different answer and then looked up, so one sheet and a million cost
the same rules.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from compliance.questionnaire.answers import (
    Adjusted,
    Answer,
    AnswerSheet,
    NotApplicable,
    Value,
)
from compliance.questionnaire.edition import Edition, Question
from compliance.scoring.types import Codes, Flags, Truths

Basis: TypeAlias = Literal["claimed", "evidenced", "verified"]
BASES: tuple[Basis, ...] = get_args(Basis)

BLANK, NA, FIRST_VALUE = 0, 1, 2
_MOST_IN_A_BYTE = 255
#: How far an answer is believed. Unshown: nothing counts now, all of it might; refused: nothing can.
BELIEVED, UNSHOWN, REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Column:
    """One question, or one profile field, over all companies."""

    codes: Codes
    values: tuple[Value, ...]
    has_blanks: bool = True  # False: surely none
    has_na: bool = True

    def part(self, here: slice) -> "Column":
        """The same column for some companies in a row, without copying."""
        return Column(self.codes[here], self.values, self.has_blanks, self.has_na)

    def repeated(self, companies: Codes) -> "Column":
        """The same column for a list of company positions, repeats allowed."""
        return replace(self, codes=self.codes[companies])


@dataclass(frozen=True, slots=True)
class Columns:
    """The answers of all companies, and how far each is believed."""

    companies: tuple[str, ...]
    profile: Mapping[str, Column]
    answers: Mapping[str, Column]
    belief: Mapping[str, Truths]  # BELIEVED, UNSHOWN, REFUSED; a question that is not in it is believed
    judged: Mapping[str, Flags] | None = None  # verified only: an auditor gave a verdict

    @property
    def unjudged(self) -> Flags | None:
        """The companies on which there is no verdict at all: verified, nothing can be said of them. None: no such."""
        return ~np.any(np.stack([*self.judged.values()]), axis=0) if self.judged else None

    def part(self, start: int, stop: int) -> "Columns":
        """The companies from one position up to another, without copying."""
        here = slice(start, stop)
        return Columns(
            self.companies[here],
            {key: column.part(here) for key, column in self.profile.items()},
            {key: column.part(here) for key, column in self.answers.items()},
            {key: belief[here] for key, belief in self.belief.items()},
            None if self.judged is None else {key: flags[here] for key, flags in self.judged.items()},
        )

    def repeated(self, companies: Codes) -> "Columns":
        """The same answers for a list of company positions, repeats allowed."""
        return Columns(
            tuple(self.companies[i] for i in companies),
            {key: column.repeated(companies) for key, column in self.profile.items()},
            {key: column.repeated(companies) for key, column in self.answers.items()},
            {key: belief[companies] for key, belief in self.belief.items()},
            None if self.judged is None else {key: flags[companies] for key, flags in self.judged.items()},
        )


def columns_of(edition: Edition, sheets: Iterable[AnswerSheet], basis: Basis = "claimed") -> Columns:
    """Code the sheets. Conditions follow the claimed answers, except that an adjusted answer steers as adjusted."""
    coding = Coding(edition, (basis,))
    for sheet in sheets:
        coding.add(sheet)
    return coding.columns(basis)


class Coding:
    """Sheets on their way into columns, one at a time: nothing is kept of a sheet but a byte for each of its answers.

    On several bases at once, where sheets pass by once only.
    """

    def __init__(self, edition: Edition, bases: Sequence[Basis]) -> None:
        self.companies: list[str] = []
        self.has_verdicts = False  # anywhere
        self._profile = {name: _Codes() for name in edition.profile}
        self._claimed = {question: _Codes() for question in edition.questions}
        self._adjusted = {question: _Codes() for question in edition.questions} if "verified" in bases else {}
        scored = [question for question in edition.questions.values() if question.scored]
        #: By basis, each scored question with how far its answers are believed.
        self._belief = {basis: [(q, array("b")) for q in scored] for basis in bases if basis in _BELIEFS}
        self._judged = {q.id: array("b") for q in scored} if "verified" in bases else {}

    def add(self, sheet: AnswerSheet) -> None:
        """One more company."""
        self.companies.append(sheet.company)
        self.has_verdicts |= bool(sheet.verdicts)
        for name, column in self._profile.items():
            column.add(sheet.profile.get(name))
        for question, column in self._claimed.items():
            column.add(sheet.answers.get(question))
        for question, column in self._adjusted.items():
            column.add(_adjusted_answer(question, sheet))
        for basis, beliefs in self._belief.items():
            rule = _BELIEFS[basis]
            for scored, belief in beliefs:
                belief.append(rule(scored, sheet))
        for question, judged in self._judged.items():
            judged.append(question in sheet.verdicts)

    def columns(self, basis: Basis) -> Columns:
        """What was added, on one of the bases."""
        answers = self._adjusted if basis == "verified" else self._claimed
        return Columns(
            tuple(self.companies),
            {name: column.column() for name, column in self._profile.items()},
            {question: column.column() for question, column in answers.items()},
            {question.id: _numbers(belief) for question, belief in self._belief.get(basis, ())},
            {q: _numbers(judged).view(np.bool_) for q, judged in self._judged.items()} if basis == "verified" else None,
        )


class _Codes:
    """A column that grows: a byte a company, or four once there are too many different answers."""

    __slots__ = ("_codes", "_has_blanks", "_has_na", "_seen")

    def __init__(self) -> None:
        self._codes = array("B")
        self._seen: dict[Value, int] = {}
        self._has_blanks = self._has_na = False

    def add(self, answer: Answer | None) -> None:
        """The next company's answer."""
        if answer is None:
            code = BLANK
            self._has_blanks = True
        elif isinstance(answer, NotApplicable):
            code = NA
            self._has_na = True
        else:
            code = self._seen.setdefault(answer, len(self._seen) + FIRST_VALUE)
            if code > _MOST_IN_A_BYTE and self._codes.typecode == "B":
                self._codes = array("I", self._codes)
        self._codes.append(code)

    def column(self) -> Column:
        """What has been added."""
        codes: Codes = np.array(self._codes, codes_for(len(self._seen)))
        return Column(codes, tuple(self._seen), self._has_blanks, self._has_na)


def _numbers(numbers: "array[int]") -> Truths:
    return np.array(numbers, np.int8)


def codes_for(values: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds the codes of so many different answers: one byte, nearly always."""
    return np.uint8 if values + FIRST_VALUE <= _MOST_IN_A_BYTE + 1 else np.uint32


def _adjusted_answer(question: str, sheet: AnswerSheet) -> Answer | None:
    verdict = sheet.verdicts.get(question)
    return verdict.answer if isinstance(verdict, Adjusted) else sheet.answers.get(question)


def _belief_by_evidence(question: Question, sheet: AnswerSheet) -> int:
    answer = sheet.answers.get(question.id)
    if isinstance(answer, NotApplicable):
        return BELIEVED if answer.reason else UNSHOWN
    return BELIEVED if question.evidence == "none" or question.id in sheet.evidenced else UNSHOWN


def _belief_by_verdict(question: Question, sheet: AnswerSheet) -> int:
    verdict: Any = sheet.verdicts.get(question.id)
    if verdict is None:
        return UNSHOWN
    return REFUSED if verdict == "not-shown" else BELIEVED


_BELIEFS: Mapping[Basis, Callable[[Question, AnswerSheet], int]] = {
    "evidenced": _belief_by_evidence,
    "verified": _belief_by_verdict,
}

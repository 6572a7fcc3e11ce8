"""Answer sheets as columns: for each question one code per company, into the answers that occur.

Code 0 is a blank, 1 is n/a, and 2 + k is the k-th answer of the column's own
list. What an answer earns, and whether it satisfies a condition, is worked out
once per different answer and then looked up, so one sheet and a million cost
the same rules.
"""

from collections.abc import Callable, Mapping, Sequence
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
#: How far an answer is believed. Unshown: nothing counts now, all of it might; refused: nothing can.
BELIEVED, UNSHOWN, REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Column:
    """One question, or one profile field, over all companies."""

    codes: Codes
    values: tuple[Value, ...]

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

    def part(self, start: int, stop: int) -> "Columns":
        """The companies from one position up to another, without copying."""
        here = slice(start, stop)
        return Columns(
            self.companies[here],
            {key: replace(column, codes=column.codes[here]) for key, column in self.profile.items()},
            {key: replace(column, codes=column.codes[here]) for key, column in self.answers.items()},
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


def columns_of(edition: Edition, sheets: Sequence[AnswerSheet], basis: Basis = "claimed") -> Columns:
    """Code the sheets. Conditions follow the claimed answers, except that an adjusted answer steers as adjusted."""
    answer = _adjusted_answer if basis == "verified" else _claimed_answer
    scored = [question for question in edition.questions.values() if question.scored]
    belief = {} if basis == "claimed" else {q.id: _belief(q, sheets, _BELIEFS[basis]) for q in scored}
    judged = {q.id: np.array([q.id in sheet.verdicts for sheet in sheets], bool) for q in scored}
    return Columns(
        tuple(sheet.company for sheet in sheets),
        {name: _column([sheet.profile.get(name) for sheet in sheets]) for name in edition.profile},
        {q.id: _column([answer(q, sheet) for sheet in sheets]) for q in edition.questions.values()},
        belief,
        judged if basis == "verified" else None,
    )


def _column(answers: Sequence[Answer | None]) -> Column:
    seen: dict[Value, int] = {}
    codes = [
        BLANK
        if answer is None
        else NA
        if isinstance(answer, NotApplicable)
        else seen.setdefault(answer, len(seen) + FIRST_VALUE)
        for answer in answers
    ]
    return Column(np.array(codes, codes_for(len(seen))), tuple(seen))


def codes_for(values: int) -> type[np.unsignedinteger[Any]]:
    """The smallest type that holds the codes of so many different answers: one byte, nearly always."""
    return np.uint8 if values + FIRST_VALUE <= 256 else np.uint32


def _claimed_answer(question: Question, sheet: AnswerSheet) -> Answer | None:
    return sheet.answers.get(question.id)


def _adjusted_answer(question: Question, sheet: AnswerSheet) -> Answer | None:
    verdict = sheet.verdicts.get(question.id)
    return verdict.answer if isinstance(verdict, Adjusted) else sheet.answers.get(question.id)


def _belief(question: Question, sheets: Sequence[AnswerSheet], rule: Callable[[Question, AnswerSheet], int]) -> Truths:
    return np.array([rule(question, sheet) for sheet in sheets], np.int8)


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

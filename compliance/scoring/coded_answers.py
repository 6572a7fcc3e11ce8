"""Answer sheets as coded columns, and their routing: which questions are asked, which gates are open.

Each question has one code per company: 0 is a blank, 1 is not applicable, 2 + k is the k-th distinct answer of the
column. The score of an answer, and whether it satisfies a condition, are computed once per distinct answer and then
looked up, so one sheet and a million follow the same rules. If there are too many distinct numbers, a column contains
the numbers themselves, and the same rules are applied to the whole column at once.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import Condition, Predicate
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.routing import (
    NO,
    OPEN,
    YES,
    counted_sheet,
    evaluate_condition,
    option_points,
    predicate_holds,
)
from compliance.scoring.answer_columns import (
    Column,
    CompanyColumns,
    GrowingColumn,
    NumberCells,
    NumberColumn,
    column_of_one,
)
from compliance.scoring.numeric import Codes, Flags, Truths

Basis: TypeAlias = Literal["claimed", "evidenced", "verified"]
BASES: tuple[Basis, ...] = get_args(Basis)

#: The credit given to an answer. Unconfirmed: it does not count now, but still may. Rejected: it cannot count.
CREDITED, UNCONFIRMED, REJECTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class CodedAnswers:
    """The answers of all companies, and the credit given to each."""

    companies: tuple[str, ...]
    profile: Mapping[str, Column]
    answers: Mapping[str, Column]
    credit: Mapping[str, Truths]  # CREDITED, UNCONFIRMED or REJECTED; other questions are credited
    judged: Mapping[str, Flags] | None = None  # verified only: whether an auditor gave a verdict

    @property
    def unjudged(self) -> Flags | None:
        """Whether each company has no verdict, and so no verified score. None: not verified, or nothing is scored."""
        return ~np.any(np.stack([*self.judged.values()]), axis=0) if self.judged else None

    def part(self, start: int, stop: int) -> "CodedAnswers":
        """Return the companies from one position up to another, without copying."""
        here = slice(start, stop)
        return CodedAnswers(
            self.companies[here],
            {key: column.part(here) for key, column in self.profile.items()},
            {key: column.part(here) for key, column in self.answers.items()},
            {key: credit[here] for key, credit in self.credit.items()},
            None if self.judged is None else {key: flags[here] for key, flags in self.judged.items()},
        )

    def of(self, company: int) -> "CodedAnswers":
        """Return the answers of one company, coded as if it were the only company."""
        here = slice(company, company + 1)
        return CodedAnswers(
            self.companies[here],
            {key: column_of_one(column, company) for key, column in self.profile.items()},
            {key: column_of_one(column, company) for key, column in self.answers.items()},
            {key: credit[here] for key, credit in self.credit.items()},
            None if self.judged is None else {key: flags[here] for key, flags in self.judged.items()},
        )

    def repeated(self, companies: Codes) -> "CodedAnswers":
        """Return the answers of the companies at these positions, which may be repeated."""
        return CodedAnswers(
            tuple(self.companies[i] for i in companies),
            {key: column.repeated(companies) for key, column in self.profile.items()},
            {key: column.repeated(companies) for key, column in self.answers.items()},
            {key: credit[companies] for key, credit in self.credit.items()},
            None if self.judged is None else {key: flags[companies] for key, flags in self.judged.items()},
        )


def code_answers(
    edition: Edition, sheets: Iterable[AnswerSheet | CompanyColumns], basis: Basis = "claimed"
) -> CodedAnswers:
    """Code sheets. Conditions look at claimed answers, or, on the verified basis, at adjusted ones if adjusted."""
    coding = AnswerCoder(edition, (basis,))
    for sheet in sheets:
        if isinstance(sheet, AnswerSheet):
            coding.add(sheet)
        else:
            coding.add_columns(sheet)
    return coding.columns(basis)


class AnswerCoder:
    """A coder that turns sheets into columns one by one, keeping only a byte for each answer.

    It codes for several bases at once, for sheets that can be read only once.
    """

    def __init__(self, edition: Edition, bases: Sequence[Basis]) -> None:
        self.companies: list[str] = []
        self._edition = edition
        self.has_verdicts = False  # in any sheet
        self._profile = {name: GrowingColumn() for name in edition.profile}
        self._claimed = {question: GrowingColumn() for question in edition.questions}
        self._adjusted = {question: GrowingColumn() for question in edition.questions} if "verified" in bases else {}
        scored = [question for question in edition.questions.values() if question.scored]
        #: By basis, each scored question with the credit given to its answers.
        self._credit = {basis: [(q, array("b")) for q in scored] for basis in bases if basis in _CREDIT_RULES}
        self._judged = {q.id: array("b") for q in scored} if "verified" in bases else {}

    def add(self, sheet: AnswerSheet) -> None:
        """Add one more company."""
        sheet = counted_sheet(self._edition, sheet)
        self.companies.append(sheet.company)
        self.has_verdicts |= bool(sheet.verdicts)
        for name, column in self._profile.items():
            column.add(sheet.profile.get(name))
        for question, column in self._claimed.items():
            column.add(sheet.answers.get(question))
        for question, column in self._adjusted.items():
            column.add(_adjusted_answer(question, sheet))
        for basis, credits in self._credit.items():
            rule = _CREDIT_RULES[basis]
            for scored, credit in credits:
                credit.append(rule(scored, sheet))
        for question, judged in self._judged.items():
            judged.append(question in sheet.verdicts)

    def add_columns(self, columns: CompanyColumns) -> None:
        """Add many companies without verdicts and without answers about places."""
        number = len(columns.companies)
        self.companies.extend(columns.companies)
        for name, column in self._profile.items():
            column.extend(columns.profile.get(name, [None] * number))
        for answers in (self._claimed, self._adjusted):
            for question, column in answers.items():
                cells = columns.answers.get(question, [None] * number)
                if isinstance(cells, NumberCells):
                    column.extend_numbers(cells.numbers, cells.na)
                else:
                    column.extend(cells)
        for basis, credits in self._credit.items():
            for scored, credit in credits:
                credit.extend(_credit_of_columns(basis, scored, columns))
        for judged in self._judged.values():
            judged.extend([False] * number)

    def columns(self, basis: Basis) -> CodedAnswers:
        """Return the coded answers of all companies added, on one of the bases."""
        answers = self._adjusted if basis == "verified" else self._claimed
        return CodedAnswers(
            tuple(self.companies),
            {name: column.column() for name, column in self._profile.items()},
            {question: column.column() for question, column in answers.items()},
            {question.id: _int8_array(credit) for question, credit in self._credit.get(basis, ())},
            {q: _int8_array(judged).view(np.bool_) for q, judged in self._judged.items()}
            if basis == "verified"
            else None,
        )


def _int8_array(numbers: "array[int]") -> Truths:
    return np.array(numbers, np.int8)


def _adjusted_answer(question: str, sheet: AnswerSheet) -> Answer | None:
    verdict = sheet.verdicts.get(question)
    return verdict.answer if isinstance(verdict, Adjusted) else sheet.answers.get(question)


def _credit_by_evidence(question: Question, sheet: AnswerSheet) -> int:
    answer = sheet.answers.get(question.id)
    if isinstance(answer, NotApplicable):
        return CREDITED if answer.reason else UNCONFIRMED
    return CREDITED if question.evidence == "none" or question.id in sheet.evidenced else UNCONFIRMED


def _credit_by_verdict(question: Question, sheet: AnswerSheet) -> int:
    verdict: Any = sheet.verdicts.get(question.id)
    if verdict is None:
        return UNCONFIRMED
    return REJECTED if verdict == "not-shown" else CREDITED


def _credit_of_columns(basis: Basis, question: Question, columns: CompanyColumns) -> list[int]:
    """Return the credit given to each company's answer to a question, if no company has a verdict."""
    number = len(columns.companies)
    if basis == "verified":
        return [UNCONFIRMED] * number
    has_evidence = [True] * number if question.evidence == "none" else columns.evidenced.get(question.id, ())
    found = [CREDITED if evidence else UNCONFIRMED for evidence in has_evidence] or [UNCONFIRMED] * number
    cells = columns.answers.get(question.id, ())
    for at, answer in cells.na.items() if isinstance(cells, NumberCells) else enumerate(cells):
        if isinstance(answer, NotApplicable):
            found[at] = CREDITED if answer.reason else UNCONFIRMED
    return found


_CREDIT_RULES: Mapping[Basis, Callable[[Question, AnswerSheet], int]] = {
    "evidenced": _credit_by_evidence,
    "verified": _credit_by_verdict,
}

NO_GATES_OPENED: Mapping[str, Flags] = {}


@dataclass(frozen=True, slots=True)
class Routing:
    """Whether questions are asked and count: NO, OPEN or YES for each company, by question id."""

    asked: Mapping[str, Truths]
    counts: Mapping[str, Truths]  # whether the gate is open
    always: Truths  # YES for all companies: this array object is used wherever there is no condition

    def of(self, company: int) -> "Routing":
        """Return the routing of one company."""
        here = slice(company, company + 1)
        always = self.always[here]
        asked, counts = (
            {question: always if truths is self.always else truths[here] for question, truths in found.items()}
            for found in (self.asked, self.counts)
        )
        return Routing(asked, counts, always)


def route_answers(
    edition: Edition,
    columns: CodedAnswers,
    *,
    asked: Mapping[str, Truths] | None = None,
    opened: Mapping[str, Flags] = NO_GATES_OPENED,
) -> Routing:
    """Return the routing of every question. `asked`: fixes what is asked. `opened`: gates to be treated as open."""
    asked_now: dict[str, Truths] = {}
    counts: dict[str, Truths] = {}
    everyone = np.full(len(columns.companies), YES, np.int8)

    cache: dict[Predicate, Truths] = {}

    def of_term(term: Predicate) -> Truths:
        found = cache.get(term)
        if found is None:
            found = cache[term] = _routed_term_truths(edition, columns, term, asked_now, counts)
        return found

    def judge(condition: Condition | None, above: Truths) -> Truths:
        if condition is None:
            return above
        result: Truths = np.minimum(above, evaluate_condition(condition, of_term, np.minimum, np.maximum))
        return result

    def visit(part: Node | Question, above: Truths) -> None:
        here = judge(part.asked_when, above)
        if isinstance(part, Node):
            for below in part.parts:
                visit(below, here)
            return
        gate = judge(part.counts_when, everyone)
        asked_now[part.id] = here if asked is None else asked[part.id]
        counts[part.id] = np.where(opened[part.id], np.int8(YES), gate) if part.id in opened else gate

    visit(edition.root, everyone)
    return Routing(asked_now, counts, everyone)


def _routed_term_truths(
    edition: Edition, columns: CodedAnswers, term: Predicate, asked: Mapping[str, Truths], counts: Mapping[str, Truths]
) -> Truths:
    if term.id.startswith(PROFILE_PREFIX):
        return _term_truths(term, columns.profile[term.id.removeprefix(PROFILE_PREFIX)], None)
    met = _term_truths(term, columns.answers[term.id], edition.questions[term.id])
    return np.minimum(np.minimum(asked[term.id], counts[term.id]), met)


def profile_truth(term: Predicate, columns: CodedAnswers) -> int:
    """Return whether a predicate about the profile holds for the first company: NO, OPEN or YES."""
    return int(_term_truths(term, columns.profile[term.id.removeprefix(PROFILE_PREFIX)], None)[0])


def _term_truths(term: Predicate, column: Column, question: Question | None) -> Truths:
    """Return whether each answer of a column satisfies a predicate. A blank leaves it open; n/a does not satisfy it."""
    if isinstance(column, NumberColumn):
        return _number_truths(term, column)
    by_code = [OPEN, NO]
    for value in column.values:
        points = option_points(question, value) if question else None
        by_code.append(YES if predicate_holds(term, value, points) else NO)
    result: Truths = np.array(by_code, np.int8)[column.codes]
    return result


def _number_truths(term: Predicate, column: NumberColumn) -> Truths:
    """Return whether each number satisfies a predicate, as `predicate_holds` would."""
    if term.at_least is not None:
        met: Flags = column.numbers >= term.at_least
    else:
        met = np.isin(column.numbers, [float(wanted) for wanted in term.values])
    truths = np.where(np.isnan(column.numbers), np.int8(OPEN), np.where(met, np.int8(YES), np.int8(NO)))
    return truths if column.na is None else np.where(column.na, np.int8(NO), truths)

"""Outcomes of the answers to each question: score, worst, best and coverage of every company; and best answers.

The score of a question depends on its answer, whether it is asked, whether its gate is open, and the credit given to
the answer. The rule is applied once to each combination that occurs, and companies look theirs up; or, for a column of
numbers, to all companies at once.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from compliance.questionnaire.answers import AnswerValue
from compliance.questionnaire.edition import NONE_OF_THESE, Question
from compliance.questionnaire.routing import NO, OPEN, YES, predicates
from compliance.scoring.answer_columns import BLANK, NA, Column, NumberColumn
from compliance.scoring.coded_answers import CREDITED, REJECTED, CodedAnswers, Routing
from compliance.scoring.compiled_edition import CompiledEdition, PointsRange, normalised_numbers, normalised_scores
from compliance.scoring.numeric import BEST, SCORE, WORST, Codes, Flags, Floats
from compliance.scoring.result_store import (
    DENSE_LIMIT,
    OUTCOME_WIDTH,
    DenseOutcomes,
    IndexedOutcomes,
    OutcomeTable,
    outcome_table,
)

_TRUTHS, _CREDITS, _JUDGED = 3, 3, 2
_CACHE_SIZE, _CACHED_ANSWERS = 2048, 64  # tables of answers, and answers in one of them
_CASES = _TRUTHS * _TRUTHS * _CREDITS * _JUDGED


@dataclass(frozen=True, slots=True)
class _Case:
    """The state of a question for a company, apart from its answer."""

    asked: int
    gate: int
    credit: int
    judged: bool

    @property
    def counts(self) -> bool:
        """Whether an answer earns its points; otherwise it can only take points away."""
        return self.gate == YES and self.credit == CREDITED

    @property
    def may_count(self) -> bool:
        """Whether an answer earns its points in the best case."""
        return self.gate != NO and self.credit != REJECTED


def _case_code(asked: Any, gate: Any, credit: Any, judged: Any) -> Any:
    """Return a case as one number, for one company or arrays of many."""
    return ((asked * _TRUTHS + gate) * _CREDITS + credit) * _JUDGED + judged


@lru_cache(_CASES)
def _case_of(code: int) -> _Case:
    code, judged = divmod(code, _JUDGED)
    code, credit = divmod(code, _CREDITS)
    asked, gate = divmod(code, _TRUTHS)
    return _Case(asked, gate, credit, bool(judged))


_Cases: TypeAlias = tuple[int, ...]
#: The only case of a question without conditions on the claimed basis: asked, gate open, credited.
_UNCONDITIONAL: _Cases = (_case_code(YES, YES, CREDITED, True),)


@dataclass(frozen=True, slots=True, eq=False)
class _TabulatedAnswers:
    """The outcomes of every answer to a question, case by case."""

    table: OutcomeTable
    each: int  # number of codes in each case
    holes: frozenset[int] | None  # codes with NaN in some case; None: not determined, as companies are few


#: Results computed already for some columns: of questions by the cases that occur, and of tabulated nodes.
OutcomeCache: TypeAlias = dict[tuple[Any, ...], Any]


def question_outcomes(
    compiled: CompiledEdition, columns: CodedAnswers, routes: Routing, tables: OutcomeCache
) -> list[IndexedOutcomes | DenseOutcomes]:
    """Return the outcomes of every company's answers, question by question; NaN = off, not asked.

    They are looked up in tables, except for columns of numbers of many companies.
    """
    cases = _cases(compiled, columns, routes)
    keys = [(question.id, of) for question, (of, _) in zip(compiled.tree.questions, cases, strict=True)]
    by_number = {
        question.id
        for question in compiled.tree.questions
        if isinstance(columns.answers[question.id], NumberColumn) and len(columns.companies) > DENSE_LIMIT
    }
    new = [key for key in keys if key not in tables and key[0] not in by_number]
    tables.update(_tabulate_answers(compiled, columns, new))
    return [
        _number_outcomes(compiled, columns, key, case)
        if key[0] in by_number
        else _indexed_outcomes(columns.answers[key[0]], tables[key], case)
        for key, (_, case) in zip(keys, cases, strict=True)
    ]


def _number_outcomes(
    compiled: CompiledEdition, columns: CodedAnswers, key: tuple[str, _Cases], case: Codes | None
) -> DenseOutcomes:
    """Return the outcomes of a column of numbers, computed at once for all companies in the same case."""
    question, column = compiled.edition.questions[key[0]], columns.answers[key[0]]
    assert isinstance(column, NumberColumn)
    points_range = compiled.points_ranges[question.id]
    rule = _QuestionRule(
        points_range.least,
        points_range.most,
        points_range.full,
        compiled.edition.blank == "drop",
        columns.judged is None,
    )
    earned = normalised_numbers(question, column.numbers)
    na = np.zeros(len(earned), bool) if column.na is None else column.na
    if case is None:
        return _dense_outcomes(rule.rows_of_numbers(earned, na, _case_of(key[1][0])))
    rows = np.empty((len(earned), OUTCOME_WIDTH))
    for number, code in enumerate(key[1]):
        here = case == number
        rows[here] = rule.rows_of_numbers(earned[here], na[here], _case_of(code))
    return _dense_outcomes(rows)


def _dense_outcomes(rows: Floats) -> DenseOutcomes:
    return DenseOutcomes(rows, not np.isnan(rows).any())


def _indexed_outcomes(column: Column, answers: _TabulatedAnswers, case: Codes | None) -> IndexedOutcomes:
    codes: Codes = column.codes if case is None else _row_index(case, answers, column)
    return IndexedOutcomes(answers.table, codes, answers.holes is not None and not _has_missing(column, answers.holes))


def _row_index(case: Codes, answers: _TabulatedAnswers, column: Column) -> Codes:
    codes: Codes = case * answers.each + column.codes
    return codes.astype(np.uint16 if len(answers.table.rows) <= np.iinfo(np.uint16).max else np.uint32)


def _has_missing(column: Column, holes: frozenset[int]) -> bool:
    occurs = {BLANK: column.has_blanks, NA: column.has_na}
    return any(occurs.get(code, True) for code in holes)


def _tabulate_answers(
    compiled: CompiledEdition, columns: CodedAnswers, keys: Sequence[tuple[str, _Cases]]
) -> Iterator[tuple[Any, _TabulatedAnswers]]:
    """Yield the outcomes of the answers to some questions in the cases that occur, as parts of one table."""
    rows: list[_Row] = []
    ends = []
    drops, by_answer = compiled.edition.blank == "drop", columns.judged is None
    for question_id, cases in keys:
        question = compiled.edition.questions[question_id]
        earned = tuple(normalised_scores(question, columns.answers[question_id].values))
        points_range = compiled.points_ranges[question_id]
        remembered = _rows if len(earned) <= _CACHED_ANSWERS else _rows.__wrapped__  # as numbers may all be distinct
        for case in cases:
            rows += remembered(points_range, drops, by_answer, earned, case)
        ends.append(len(rows))
    together = outcome_table(np.array(rows, float).reshape(-1, OUTCOME_WIDTH))
    off: list[int] = np.flatnonzero((together.present < 1.0).any(axis=1)).tolist()
    is_few = len(columns.companies) <= DENSE_LIMIT
    for key, start, end in zip(keys, [0, *ends], ends, strict=False):
        answers_per_case = (end - start) // len(key[1])
        incomplete = off[bisect_left(off, start) : bisect_left(off, end)]
        holes = None if is_few else frozenset((row - start) % answers_per_case for row in incomplete)
        yield key, _TabulatedAnswers(together.part(slice(start, end)), answers_per_case, holes)


def _cases(compiled: CompiledEdition, columns: CodedAnswers, routes: Routing) -> list[tuple[_Cases, Codes | None]]:
    """Return the cases of each question that occur, and the case of each company (None: there is only one)."""
    by_question: dict[str, tuple[_Cases, Codes | None]] = {}
    ids = [question.id for question in compiled.tree.questions]
    conditional = [question for question in ids if not _is_unconditional(question, columns, routes)]
    all_credited = np.full(len(columns.companies), CREDITED, np.int8)
    if conditional and len(all_credited):
        codes = _case_code(
            np.stack([routes.asked[question] for question in conditional]),
            np.stack([routes.counts[question] for question in conditional]),
            np.stack([columns.credit.get(question, all_credited) for question in conditional]),
            np.stack([_judged(compiled, columns, routes, question) for question in conditional])
            if columns.judged
            else np.int8(True),
        )
        first = codes[:, 0].tolist()
        is_uniform = (codes == codes[:, :1]).all(axis=1).tolist()
        for question, of_question, code, is_single in zip(conditional, codes, first, is_uniform, strict=True):
            by_question[question] = ((code,), None) if is_single else _index_cases(of_question)
    return [by_question.get(question, (_UNCONDITIONAL, None)) for question in ids]


def _judged(compiled: CompiledEdition, columns: CodedAnswers, routes: Routing, question: str) -> Flags:
    """Flag companies with a verdict on a question, or, behind a shut gate, on all questions that the gate looks at."""
    assert columns.judged is not None
    condition = compiled.edition.questions[question].counts_when
    looked_at = {term.id for term in predicates(condition)} & columns.judged.keys()
    if not looked_at:
        return columns.judged[question]
    gate_closed: Flags = routes.counts[question] == NO
    gate_judged: Flags = np.all(np.stack([columns.judged[each] for each in sorted(looked_at)]), axis=0)
    return columns.judged[question] | (gate_closed & gate_judged)


def _is_unconditional(question: str, columns: CodedAnswers, routes: Routing) -> bool:
    is_always = routes.asked[question] is routes.always and routes.counts[question] is routes.always
    return is_always and question not in columns.credit and columns.judged is None


def _index_cases(codes: Codes) -> tuple[_Cases, Codes]:
    occurring = np.flatnonzero(np.bincount(codes, minlength=_CASES))
    position = np.zeros(_CASES, np.intp)
    position[occurring] = np.arange(len(occurring))
    return tuple(occurring.tolist()), position[codes]


#: Score, worst, best and coverage of one answer.
_Row: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _QuestionRule:
    """The rule for the outcome of an answer. It checks in order: not asked, not applicable, gate, blank, value."""

    least: float
    most: float
    full: float
    drops: bool  # whether blanks drop out
    by_answer: bool  # whether coverage counts answers, rather than verdicts

    def rows(self, earned: Sequence[float], case: _Case) -> Iterator[_Row]:
        """Yield a row for each code of a column: blank, n/a, then the answers, given their normalised scores."""
        by_verdict = 1.0 if not self.by_answer and case.judged else 0.0
        answered = 1.0 if self.by_answer else by_verdict
        nothing_to_answer = self.by_answer and case.gate == NO
        yield self._asked(self._blank(case), 1.0 if nothing_to_answer else by_verdict, case)
        yield self._asked(self._not_applicable(case), by_verdict, case)
        for share in earned:
            yield self._asked(self._value(share, case), answered, case)

    def rows_of_numbers(self, earned: Floats, na: Flags, case: _Case) -> Floats:
        """Return a row for each company, given the normalised scores of its number; NaN = blank, or n/a."""
        blank, not_applicable, given = self.rows((0.0,), case)
        rows = np.empty((len(earned), OUTCOME_WIDTH))
        rows[:] = given
        if case.asked == YES:
            taken = np.minimum(earned, 0.0)
            rows[:, SCORE] = rows[:, WORST] = earned if case.counts else taken
            rows[:, BEST] = earned if case.may_count else taken
        rows[np.isnan(earned)] = blank
        rows[na] = not_applicable
        return rows

    def _asked(self, triple: tuple[float, float, float], covered: float, case: _Case) -> _Row:
        if case.asked == YES:
            return (*triple, covered if self.full else math.nan)  # without full marks it does not enter coverage
        worst, best = (self.least, self.full) if case.asked == OPEN else (math.nan, math.nan)
        return math.nan, worst, best, math.nan

    def _blank(self, case: _Case) -> tuple[float, float, float]:
        now = self.least if case.gate == YES else min(self.least, 0.0)
        best = self.least if case.credit == REJECTED else self.most
        return math.nan if self.drops and case.gate == YES else now, now, _capped_by_gate(best, case)

    def _not_applicable(self, case: _Case) -> tuple[float, float, float]:
        if case.credit == CREDITED:
            return math.nan, self.least, math.nan
        best = self.least if case.credit == REJECTED else self.most  # N/A without credit: a blank that is always on
        return self.least if case.gate == YES else min(self.least, 0.0), self.least, _capped_by_gate(best, case)

    def _value(self, earned: float, case: _Case) -> tuple[float, float, float]:
        now = earned if case.counts else min(earned, 0.0)
        return now, now, earned if case.may_count else min(earned, 0.0)


@lru_cache(_CACHE_SIZE)
def _rows(
    points_range: PointsRange, drops: bool, by_answer: bool, earned: tuple[float, ...], case: int
) -> tuple[_Row, ...]:
    """Return the rows of a question in a case. Cached, as many questions have the same points and answers."""
    rule = _QuestionRule(points_range.least, points_range.most, points_range.full, drops, by_answer)
    return tuple(rule.rows(earned, _case_of(case)))


def _capped_by_gate(best: float, case: _Case) -> float:
    """Return the best case of an answer, which is at most 0 behind a shut gate."""
    return min(best, 0.0) if case.gate == NO else best


# ── From scores to answers


def best_answer(question: Question) -> AnswerValue:
    """Return the answer to a scored question that earns most, or the first of several."""
    if question.range is not None:
        return question.range[1]
    if question.is_multiple_choice:
        return tuple(option.id for option in question.options if option.points > 0) or (NONE_OF_THESE,)
    return max(question.options, key=lambda option: option.points).id


#: Numbers are written in steps of at most this part of their range.
NUMBER_STEPS = 1000


def number_at(question: Question, normalised: float) -> float:
    """Return the number with a normalised score."""
    assert question.range is not None
    start, end = question.range
    if question.log:
        return math.exp(math.log(start) + normalised * (math.log(end) - math.log(start)))
    return start + normalised * (end - start)


def written_number(question: Question, normalised: float) -> float:
    """Return the nearest number that scores no less than `normalised`, in steps that people would write."""
    assert question.range is not None
    start, end = question.range
    exact = number_at(question, normalised)
    size = abs(exact) if question.log else abs(end - start)
    digits = -math.floor(math.log10(size / NUMBER_STEPS) + 1e-9)
    steps = exact * 10.0**digits
    whole = math.ceil(steps - 1e-7) if end > start else math.floor(steps + 1e-7)
    number = round(whole / 10.0**digits, max(digits, 0))
    beyond = number > end if end > start else number < end
    return end if beyond and question.clip else number

"""What the answers to one question come to, for all companies at once.

A question's share depends on four small things: the answer, whether it is asked, whether its gate is open, and how
far the answer is believed. So the rule is worked out once for each combination that occurs, over the few different
answers, and every company looks its own up: one sheet and a million follow the same rule to the bit.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from compliance.questionnaire.routing import NO, OPEN, YES, terms
from compliance.scoring.boards import FEW, WIDTH, Lookup, Table, table_of
from compliance.scoring.columns import BELIEVED, BLANK, NA, REFUSED, Column, Columns
from compliance.scoring.plan import Plan, shares
from compliance.scoring.routes import Routes
from compliance.scoring.types import Codes, Flags

_TRUTHS, _BELIEFS, _JUDGED = 3, 3, 2
_REMEMBERED, _FEW_ANSWERS = 2048, 64  # tables of answers, and answers in one of them
_CASES = _TRUTHS * _TRUTHS * _BELIEFS * _JUDGED


@dataclass(frozen=True, slots=True)
class _Case:
    """How a question stands for a company, beside its answer."""

    asked: int
    gate: int
    belief: int
    judged: bool


def _code(asked: Any, gate: Any, belief: Any, judged: Any) -> Any:
    """A case as one number, of one company or of many."""
    return ((asked * _TRUTHS + gate) * _BELIEFS + belief) * _JUDGED + judged


@lru_cache(_CASES)
def _case_of(code: int) -> _Case:
    code, judged = divmod(code, _JUDGED)
    code, belief = divmod(code, _BELIEFS)
    asked, gate = divmod(code, _TRUTHS)
    return _Case(asked, gate, belief, bool(judged))


_Cases: TypeAlias = tuple[int, ...]
#: Asked, open, believed: the one case of a question without a condition, as claimed.
_PLAIN: _Cases = (_code(YES, YES, BELIEVED, True),)


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What every answer to a question comes to, in some cases after each other."""

    table: Table
    each: int  # codes in each case
    holes: frozenset[int] | None  # codes that leave a hole in some case; None: nobody looked, as companies are few


#: What has been worked out already for some columns: questions by the cases that occurred, and tables of nodes.
Tables: TypeAlias = dict[tuple[Any, ...], Any]


def lookups_of(plan: Plan, columns: Columns, routes: Routes, tables: Tables) -> list[Lookup]:
    """What every company's answers come to, question by question; NaN = off, not asked."""
    cases = _cases(plan, columns, routes)
    keys = [(question.id, of_it) for question, (of_it, _) in zip(plan.tree.questions, cases, strict=True)]
    tables.update(_worked_out(plan, columns, [key for key in keys if key not in tables]))
    return [_lookup(columns.answers[key[0]], tables[key], case) for key, (_, case) in zip(keys, cases, strict=True)]


def _lookup(column: Column, answers: _Answers, case: Codes | None) -> Lookup:
    codes: Codes = column.codes if case is None else _rows_of(case, answers, column)
    return Lookup(answers.table, codes, answers.holes is not None and not _leaves_holes(column, answers.holes))


def _rows_of(case: Codes, answers: _Answers, column: Column) -> Codes:
    codes: Codes = case * answers.each + column.codes
    return codes.astype(np.uint16 if len(answers.table.rows) <= np.iinfo(np.uint16).max else np.uint32)


def _leaves_holes(column: Column, holes: frozenset[int]) -> bool:
    there = {BLANK: column.has_blanks, NA: column.has_na}
    return any(there.get(code, True) for code in holes)


def _worked_out(plan: Plan, columns: Columns, keys: Sequence[tuple[str, _Cases]]) -> Iterator[tuple[Any, _Answers]]:
    """What the answers to some questions come to, each in the cases that occur, as parts of one table."""
    rows: list[_Row] = []
    ends = []
    drops, by_answer = plan.edition.blank == "drop", columns.judged is None
    for question_id, cases in keys:
        question = plan.edition.questions[question_id]
        earned = tuple(shares(question, columns.answers[question_id].values))
        worth = plan.worth[question_id]
        remembered = _rows if len(earned) <= _FEW_ANSWERS else _rows.__wrapped__  # numbers may all be different
        for case in cases:
            rows += remembered(worth.least, worth.most, drops, by_answer, earned, case)
        ends.append(len(rows))
    together = table_of(np.array(rows, float).reshape(-1, WIDTH))
    off: list[int] = np.flatnonzero((together.on < 1.0).any(axis=1)).tolist()
    is_few = len(columns.companies) <= FEW
    for key, start, end in zip(keys, [0, *ends], ends, strict=False):
        each = (end - start) // len(key[1])
        there = off[bisect_left(off, start) : bisect_left(off, end)]
        holes = None if is_few else frozenset((row - start) % each for row in there)
        yield key, _Answers(together.part(slice(start, end)), each, holes)


def _cases(plan: Plan, columns: Columns, routes: Routes) -> list[tuple[_Cases, Codes | None]]:
    """Of each question, the cases that occur, and which of them each company is; None: there is one."""
    found: dict[str, tuple[_Cases, Codes | None]] = {}
    ids = [question.id for question in plan.tree.questions]
    steered = [question for question in ids if not _is_plain(question, columns, routes)]
    believed = np.full(len(columns.companies), BELIEVED, np.int8)
    if steered and len(believed):
        codes = _code(
            np.stack([routes.asked[question] for question in steered]),
            np.stack([routes.counts[question] for question in steered]),
            np.stack([columns.belief.get(question, believed) for question in steered]),
            np.stack([_judged(plan, columns, routes, question) for question in steered])
            if columns.judged
            else np.int8(True),
        )
        first = codes[:, 0].tolist()
        is_one = (codes == codes[:, :1]).all(axis=1).tolist()
        for question, of_question, code, is_alone in zip(steered, codes, first, is_one, strict=True):
            found[question] = ((code,), None) if is_alone else _several(of_question)
    return [found.get(question, (_PLAIN, None)) for question in ids]


def _judged(plan: Plan, columns: Columns, routes: Routes, question: str) -> Flags:
    """Where an auditor judged a question; or its gate is shut, and every answer that shuts it was judged."""
    assert columns.judged is not None
    condition = plan.edition.questions[question].counts_when
    looked_at = {term.id for term in terms(condition)} & columns.judged.keys()
    if not looked_at:
        return columns.judged[question]
    shut: Flags = routes.counts[question] == NO
    gate: Flags = np.all(np.stack([columns.judged[each] for each in sorted(looked_at)]), axis=0)
    return columns.judged[question] | (shut & gate)


def _is_plain(question: str, columns: Columns, routes: Routes) -> bool:
    is_always = routes.asked[question] is routes.always and routes.counts[question] is routes.always
    return is_always and question not in columns.belief and columns.judged is None


def _several(codes: Codes) -> tuple[_Cases, Codes]:
    occurring = np.flatnonzero(np.bincount(codes, minlength=_CASES))
    position = np.zeros(_CASES, np.intp)
    position[occurring] = np.arange(len(occurring))
    return tuple(occurring.tolist()), position[codes]


#: Score, worst, best and coverage of one answer.
_Row: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an answer comes to. The order of looking: not asked, not applicable, gate, blank, value."""

    least: float
    most: float
    drops: bool  # blanks drop out
    by_answer: bool  # rather than by verdict: what counts as covered

    def rows(self, earned: Sequence[float], case: _Case) -> Iterator[_Row]:
        """For each code of a column: a blank, n/a, and the answers by what they earn."""
        by_verdict = 1.0 if not self.by_answer and case.judged else 0.0
        answered = 1.0 if self.by_answer else by_verdict
        nothing_to_answer = self.by_answer and case.gate == NO
        yield self._asked(self._blank(case), 1.0 if nothing_to_answer else by_verdict, case)
        yield self._asked(self._not_applicable(case), by_verdict, case)
        for share in earned:
            yield self._asked(self._value(share, case), answered, case)

    def _asked(self, triple: tuple[float, float, float], covered: float, case: _Case) -> _Row:
        if case.asked == YES:
            return (*triple, covered)
        worst, best = (self.least, 1.0) if case.asked == OPEN else (math.nan, math.nan)
        return math.nan, worst, best, math.nan

    def _blank(self, case: _Case) -> tuple[float, float, float]:
        now = self.least if case.gate == YES else min(self.least, 0.0)
        best = self.least if case.belief == REFUSED else self.most
        return math.nan if self.drops and case.gate == YES else now, now, _shut(best, case)

    def _not_applicable(self, case: _Case) -> tuple[float, float, float]:
        if case.belief == BELIEVED:
            return math.nan, self.least, math.nan
        best = self.least if case.belief == REFUSED else self.most  # a doubted N/A counts as a blank that is always on
        return self.least if case.gate == YES else min(self.least, 0.0), self.least, _shut(best, case)

    def _value(self, earned: float, case: _Case) -> tuple[float, float, float]:
        counts = case.gate == YES and case.belief == BELIEVED
        now = earned if counts else min(earned, 0.0)
        return now, now, _shut(min(earned, 0.0) if case.belief == REFUSED else earned, case)


@lru_cache(_REMEMBERED)
def _rows(
    least: float, most: float, drops: bool, by_answer: bool, earned: tuple[float, ...], case: int
) -> tuple[_Row, ...]:
    """Remembered, as many questions have the same options and are answered alike."""
    return tuple(_Rule(least, most, drops, by_answer).rows(earned, _case_of(case)))


def _shut(best: float, case: _Case) -> float:
    """The most that can come of an answer: nothing but deductions where its gate is shut."""
    return min(best, 0.0) if case.gate == NO else best

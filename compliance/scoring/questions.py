"""What the answers to one question come to, for all companies at once.

A question's share depends on four small things: the answer, whether it is asked, whether its gate is open, and how
far the answer is believed. So the rule is worked out once for each combination that occurs, over the few different
answers, and every company looks its own up: one sheet and a million follow the same rule to the bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from compliance.questionnaire.answers import Value
from compliance.questionnaire.edition import Question
from compliance.questionnaire.routing import NO, OPEN, YES
from compliance.scoring.columns import BELIEVED, BLANK, FIRST_VALUE, NA, REFUSED, Columns
from compliance.scoring.plan import Plan, share
from compliance.scoring.routes import Routes
from compliance.scoring.types import Codes, Floats

_TRUTHS, _BELIEFS, _JUDGED = 3, 3, 2
_CASES = _TRUTHS * _TRUTHS * _BELIEFS * _JUDGED


@dataclass(frozen=True, slots=True)
class _Case:
    """How a question stands for a company, beside its answer."""

    asked: int = YES
    gate: int = YES
    belief: int = BELIEVED
    judged: bool = True


#: Asked, open, believed: the one case of a question without a condition, as claimed.
_PLAIN = (_Case(),)


@dataclass(frozen=True, slots=True)
class _Table:
    """Score, worst, best and coverage of every answer to a question, in some cases after each other."""

    rows: Floats
    answers: int  # codes in each case
    holes: tuple[int, ...]  # codes that leave a hole in some case


#: What has been worked out already for some columns, by question and the cases that occurred.
Tables: TypeAlias = dict[tuple[str, tuple[_Case, ...]], _Table]


def worth_of(plan: Plan, question: Question, columns: Columns, routes: Routes, tables: Tables) -> tuple[Floats, bool]:
    """What every company's answer comes to: score, worst, best and coverage, a row a company; NaN = off, not asked.

    And whether nobody is off anywhere in them.
    """
    column = columns.answers[question.id]
    cases, case = _cases(question, columns, routes)
    table = tables.get((question.id, cases))
    if table is None:
        table = _table(plan, question, column.values, cases, by_answer=columns.judged is None)
        tables[question.id, cases] = table
    codes = column.codes if case is None else case * table.answers + column.codes
    is_whole = not any(code >= FIRST_VALUE or (column.codes == code).any() for code in table.holes)
    return table.rows.take(codes, axis=0), is_whole


def _table(
    plan: Plan, question: Question, values: Sequence[Value], cases: Sequence[_Case], *, by_answer: bool
) -> _Table:
    of_cases = np.stack([_rule(plan, question, values, case, by_answer=by_answer) for case in cases])
    holes = np.flatnonzero(np.isnan(of_cases).any(axis=(0, 2)))
    return _Table(of_cases.reshape(-1, 4), of_cases.shape[1], tuple(int(code) for code in holes))


def _cases(question: Question, columns: Columns, routes: Routes) -> tuple[tuple[_Case, ...], Codes | None]:
    """The cases that occur, and which of them each company is; None: there is one."""
    asked, gate = routes.asked[question.id], routes.counts[question.id]
    belief = columns.belief.get(question.id)
    judged = None if columns.judged is None else columns.judged[question.id]
    if asked is routes.always and gate is routes.always and belief is None and judged is None:
        return _PLAIN, None
    code: Codes = asked * np.int8(_TRUTHS) + gate
    code = code * np.int8(_BELIEFS) + (np.int8(BELIEVED) if belief is None else belief)
    code = code * np.int8(_JUDGED) + (np.int8(True) if judged is None else judged)
    occurring = np.flatnonzero(np.bincount(code, minlength=_CASES))
    position = np.zeros(_CASES, np.int64)
    position[occurring] = np.arange(len(occurring))
    return tuple(_case_of(int(found)) for found in occurring) or _PLAIN, position[code]


def _case_of(code: int) -> _Case:
    code, judged = divmod(code, _JUDGED)
    code, belief = divmod(code, _BELIEFS)
    asked, gate = divmod(code, _TRUTHS)
    return _Case(asked, gate, belief, bool(judged))


def _rule(plan: Plan, question: Question, values: Sequence[Value], case: _Case, *, by_answer: bool) -> Floats:
    """Score, worst, best and coverage for each code of a column, in one case.

    The order in which a question is looked at: not asked, not applicable, gate, blank, value.
    """
    least, most = plan.worth[question.id].least, plan.worth[question.id].most
    earned = np.array([least, np.nan, *(share(question, value) for value in values)])
    believed = case.belief == BELIEVED
    if not believed:
        earned[NA] = least  # a doubted N/A counts as a blank that is always on
    counts = np.full(len(earned), case.gate == YES)
    counts[FIRST_VALUE:] &= believed
    now = np.where(counts, earned, np.minimum(earned, 0.0))
    worst, best = now.copy(), earned.copy()
    worst[NA] = least
    if not believed:
        best[NA] = most if case.belief != REFUSED else least
    best[BLANK] = best[BLANK] if case.belief == REFUSED else most
    if case.belief == REFUSED:
        best[FIRST_VALUE:] = np.minimum(best[FIRST_VALUE:], 0.0)
    if case.gate == NO:
        best = np.minimum(best, 0.0)
    if plan.edition.blank == "drop" and case.gate == YES:
        now[BLANK] = np.nan
    covered = np.full(len(earned), 1.0 if not by_answer and case.judged else 0.0)
    if by_answer:
        covered[FIRST_VALUE:] = 1.0
    if case.gate == NO:
        covered[BLANK] = 1.0  # there is nothing to answer
    if case.asked != YES:
        now[:], covered[:] = np.nan, np.nan
        worst[:], best[:] = (least, 1.0) if case.asked == OPEN else (np.nan, np.nan)
    return np.stack([now, worst, best, covered], axis=1)

"""Which questions are asked and which gates are open, for all companies at once (one pass upwards)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import (
    PROFILE,
    Condition,
    Edition,
    Node,
    Question,
    Term,
)
from compliance.questionnaire.routing import NO, OPEN, YES, holds, points_of, truth
from compliance.scoring.columns import Column, Columns
from compliance.scoring.types import Flags, Truths

NOTHING_OPENED: Mapping[str, Flags] = {}


@dataclass(frozen=True, slots=True)
class Routes:
    """NO, OPEN or YES for each company, by question id."""

    asked: Mapping[str, Truths]
    counts: Mapping[str, Truths]  # its gate
    always: Truths  # YES for everybody: the very array that stands wherever there is no condition


def routes_of(
    edition: Edition,
    columns: Columns,
    *,
    asked: Mapping[str, Truths] | None = None,
    opened: Mapping[str, Flags] = NOTHING_OPENED,
) -> Routes:
    """How every question stands. `asked` holds what is asked fixed; `opened` names gates taken as open."""
    asked_now: dict[str, Truths] = {}
    counts: dict[str, Truths] = {}
    everyone = np.full(len(columns.companies), YES, np.int8)

    known: dict[Term, Truths] = {}

    def of_term(term: Term) -> Truths:
        found = known.get(term)
        if found is None:
            found = known[term] = _of_term(edition, columns, term, asked_now, counts)
        return found

    def judge(condition: Condition | None, above: Truths) -> Truths:
        if condition is None:
            return above
        result: Truths = np.minimum(above, truth(condition, of_term, np.minimum, np.maximum))
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
    return Routes(asked_now, counts, everyone)


def _of_term(
    edition: Edition, columns: Columns, term: Term, asked: Mapping[str, Truths], counts: Mapping[str, Truths]
) -> Truths:
    if term.id.startswith(PROFILE):
        return _met(term, columns.profile[term.id.removeprefix(PROFILE)], None)
    met = _met(term, columns.answers[term.id], edition.questions[term.id])
    return np.minimum(np.minimum(asked[term.id], counts[term.id]), met)


def profile_truth(term: Term, columns: Columns) -> int:
    """Whether the profile of the first company satisfies a term: NO, OPEN or YES."""
    return int(_met(term, columns.profile[term.id.removeprefix(PROFILE)], None)[0])


def _met(term: Term, column: Column, question: Question | None) -> Truths:
    """Look up whether each answer of a column satisfies a term: a blank leaves it open, n/a does not satisfy it."""
    by_code = [OPEN, NO]
    for value in column.values:
        points = points_of(question, value) if question else None
        by_code.append(YES if holds(term, value, points) else NO)
    result: Truths = np.array(by_code, np.int8)[column.codes]
    return result

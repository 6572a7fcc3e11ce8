"""Two readings of the same companies set beside each other: two voices, or two readers, question by question.

Compared is what both were asked and both answered; a blank is no reading. Whether a question applies is a matter of
its own: *not applicable* against *answered*, nominal, over the companies of which neither left it blank. How answers
agree is then looked at where both answered: by what an answer is worth for `one` and numbers (interval), by the very
set of ticks for `many` (nominal). A gate is not looked at: whether it is open is the business of the question above.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from compliance.benchmark.agreement import Agreement, agreement
from compliance.benchmark.quality import themes_of
from compliance.questionnaire.edition import OVERALL, Question
from compliance.questionnaire.routing import YES
from compliance.scoring.columns import FIRST_VALUE, NA, Column, Columns
from compliance.scoring.plan import Plan, share
from compliance.scoring.routes import routes_of
from compliance.scoring.score import score_blocks
from compliance.scoring.types import Flags, Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """How two readings of one question agree."""

    answers: Agreement  # over the companies for which both gave an answer
    same: float | None  # share of these with the very same answer; None: there are none
    applies: Agreement  # whether it applies, over the companies for which neither is blank
    apart: int  # companies of which one reading says that it does not apply, and the other answers


@dataclass(frozen=True, slots=True)
class Readings:
    """Two readings of the companies that both have."""

    companies: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    questions: Mapping[str, Reading]  # every scored question
    scores: Mapping[str, Agreement]  # of the whole and of each theme, interval


def read_twice(plan: Plan, first: Columns, second: Columns, seed: int) -> Readings:
    """Set two readings beside each other, company by company, by name."""
    places = {name: place for place, name in enumerate(second.companies)}
    mine = [place for place, name in enumerate(first.companies) if name in places]
    one = first.repeated(np.array(mine, np.int64))
    other = second.repeated(np.array([places[name] for name in one.companies], np.int64))
    read = set(one.companies)
    return Readings(
        len(one.companies),
        tuple(name for name in first.companies if name not in read),
        tuple(name for name in second.companies if name not in read),
        _questions(plan, one, other, seed),
        _scores(plan, one, other, seed),
    )


def _questions(plan: Plan, one: Columns, other: Columns, seed: int) -> Mapping[str, Reading]:
    asked_one, asked_other = (routes_of(plan.edition, columns).asked for columns in (one, other))
    return {
        q: _reading(
            plan.edition.questions[q],
            (one.answers[q], other.answers[q]),
            (asked_one[q] == YES) & (asked_other[q] == YES),
            seed,
        )
        for q in plan.worth
    }


def _reading(question: Question, columns: tuple[Column, Column], asked: Flags, seed: int) -> Reading:
    first, second = columns[0].codes[asked], columns[1].codes[asked]
    neither_blank = (first >= NA) & (second >= NA)
    first, second = first[neither_blank], second[neither_blank]
    both = (first >= FIRST_VALUE) & (second >= FIRST_VALUE)
    kinds = _numbered(columns)
    one, other = kinds[0][first[both]], kinds[1][second[both]]
    worths = one, other
    if question.kind != "many":
        worths = _worths(question, columns[0])[first[both]], _worths(question, columns[1])[second[both]]
    seeded = (seed, crc32(question.id.encode()))
    return Reading(
        agreement(*worths, "nominal" if question.kind == "many" else "interval", seeded),
        float(np.mean(one == other)) if len(one) else None,
        agreement((first == NA).astype(float), (second == NA).astype(float), "nominal", seeded),
        int(np.sum((first == NA) != (second == NA))),
    )


def _worths(question: Question, column: Column) -> Floats:
    """What each code of a column is worth."""
    return np.array([np.nan, np.nan, *(share(question, value) for value in column.values)])


def _numbered(columns: tuple[Column, Column]) -> tuple[Floats, Floats]:
    """For each code of two columns, a number that the same answer has in both, whoever gave it first."""
    known = sorted({*columns[0].values, *columns[1].values}, key=str)
    numbers = {value: float(number) for number, value in enumerate(known)}
    one, other = (np.array([np.nan, np.nan, *(numbers[v] for v in column.values)]) for column in columns)
    return one, other


def _scores(plan: Plan, one: Columns, other: Columns, seed: int) -> Mapping[str, Agreement]:
    nodes = list(dict.fromkeys((OVERALL, *themes_of(plan.edition))))
    found = [_node_scores(plan, columns, nodes) for columns in (one, other)]
    return {node: agreement(found[0][node], found[1][node], "interval", (seed, crc32(node.encode()))) for node in nodes}


def _node_scores(plan: Plan, columns: Columns, nodes: list[str]) -> Mapping[str, Floats]:
    kept = {node: np.full(len(columns.companies), np.nan) for node in nodes}
    for here, scores in score_blocks(plan, columns):
        for node in nodes:
            kept[node][here] = scores.results[node].score
    return kept

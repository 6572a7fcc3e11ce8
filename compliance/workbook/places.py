"""Where everything stands in a scorecard workbook, so that formulas name a cell by what it means.

On *Review* the lines follow the questionnaire. On *Calculation* the parts of
one node stand together, so that a node's formula reads one range for each
column, at any depth and with any number of parts.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal, TypeAlias

from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE, Edition, Node, Question, Term
from compliance.questionnaire.routing import terms
from compliance.workbook.formulas import Place, Span
from compliance.workbook.sheet_names import CALCULATION, REVIEW, SUMMARY, sheet_names

#: The row of the band on *Summary*.
BAND_ROW = 13
REVIEW_HEAD = 4
FIRST_PROFILE = 6
#: The fixed columns of a profile field on *Calculation*; the values it may have follow.
PROFILE_STATE, PROFILE_VALUE, PROFILE_CHOICES = 2, 3, 4
TERM_VALUE = 2


class On(IntEnum):
    """The columns of *Review*."""

    ID = 0
    TEXT = 1
    ANSWER = 2
    STATE = 3
    POINTS = 4
    FULL = 5
    REASON = 6
    EVIDENCE = 7
    DETERMINATION = 8
    COMMENT = 9
    CHOSEN = 10


class Column(IntEnum):
    """The columns of a part on *Calculation*; the lenses follow."""

    ID = 0
    RULE = 1
    WEIGHT = 2
    LEAST = 3
    MOST = 4
    FULL = 5
    STATE = 6
    GIVEN = 7
    ASKED = 8
    GATE = 9
    JOINED = 10
    SCORE = 11
    WORST = 12
    BEST = 13
    REPORTED = 14
    COVERAGE = 15
    COUNTED_PARTS = 16
    COUNTED = 17
    ON_SCORE = 18
    ON_WORST = 19
    ON_BEST = 20
    ON_COVERAGE = 21
    LOG_SCORE = 22
    LOG_WORST = 23
    LOG_BEST = 24
    SHARE_SCORE = 25
    SHARE_WORST = 26
    SHARE_BEST = 27
    SHARE_COVERAGE = 28
    CARRIED_SCORE = 29
    CARRIED_WORST = 30
    CARRIED_BEST = 31
    CARRIED_COVERAGE = 32
    SILENT = 33
    FAILS_SCORE = 34
    FAILS_WORST = 35
    FAILS_BEST = 36


class State(IntEnum):
    """How a question or profile field stands, as *Calculation* has it. A check counts as a blank."""

    BLANK = 0
    GIVEN = 1
    NOT_APPLICABLE = 2
    CHECK = 3


#: As it stands, at worst, at best; then coverage where it is treated alike.
VALUES = (Column.SCORE, Column.WORST, Column.BEST)
LOGS = (Column.LOG_SCORE, Column.LOG_WORST, Column.LOG_BEST)
FAILS = (Column.FAILS_SCORE, Column.FAILS_WORST, Column.FAILS_BEST)
ONS = (Column.ON_SCORE, Column.ON_WORST, Column.ON_BEST, Column.ON_COVERAGE)
SHARES = (Column.SHARE_SCORE, Column.SHARE_WORST, Column.SHARE_BEST, Column.SHARE_COVERAGE)
CARRIED = (Column.CARRIED_SCORE, Column.CARRIED_WORST, Column.CARRIED_BEST, Column.CARRIED_COVERAGE)

LineKind: TypeAlias = Literal["heading", "profile", "node", "question", "option"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of *Review*."""

    kind: LineKind
    id: str  # of the profile field, with its prefix, the node or the question
    option: str = ""  # of an option: its id, or `n/a`
    level: int = 0


@dataclass(frozen=True)
class Places:
    """The cell of everything, for one edition, on sheets as they are called in the language now spoken."""

    edition: Edition
    names: Mapping[str, str] = field(default_factory=sheet_names)

    def at(self, sheet: str, row: int, column: int) -> Place:
        """A cell of one of our sheets."""
        return Place(self.names[sheet], row, column)

    @property
    def overall_band(self) -> Place:
        """The band of the whole, capped."""
        return self.at(SUMMARY, BAND_ROW, 1)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines of *Review* below its head, in order."""
        profile = [Line("profile", PROFILE + name) for name in self.edition.profile]
        heading = [Line("heading", PROFILE)] if profile else []
        return (*heading, *profile, *_lines(self.edition.root, 0))

    @cached_property
    def review_rows(self) -> Mapping[tuple[str, str], int]:
        """The row on *Review* of each (id, option)."""
        return {(line.id, line.option): row for row, line in enumerate(self.lines, REVIEW_HEAD + 1)}

    def review(self, part_id: str, column: On, option: str = "") -> Place:
        """A cell of *Review*."""
        return self.at(REVIEW, self.review_rows[part_id, option], column)

    def answer(self, part_id: str) -> Place:
        """The cell in which a question or profile field is answered; of a `many` question, what its options say."""
        return self.review(part_id, On.ANSWER)

    def options(self, question: Question, column: On) -> Span:
        """The cells of a question's options, without n/a."""
        ids = option_ids(question)
        return Span(self.review(question.id, column, ids[0]), self.review(question.id, column, ids[-1]))

    def choices(self, question: Question, column: On) -> Span:
        """The cells of a question's options, with n/a where it may be answered."""
        last = NOT_APPLICABLE_TEXT if question.na == "reason" else option_ids(question)[-1]
        return Span(self.options(question, column).first, self.review(question.id, column, last))

    @cached_property
    def profile_rows(self) -> Mapping[str, int]:
        """The row on *Calculation* of each profile field."""
        return {name: row for row, name in enumerate(self.edition.profile, FIRST_PROFILE)}

    def profile(self, name: str, column: int) -> Place:
        """A cell of a profile field on *Calculation*."""
        return self.at(CALCULATION, self.profile_rows[name], column)

    @cached_property
    def term_rows(self) -> Mapping[Term, int]:
        """The row on *Calculation* of each different term of a condition."""
        found: dict[Term, int] = {}
        for part in self.edition.root.walk():
            gate = part.counts_when if isinstance(part, Question) else None
            for term in (*terms(part.asked_when), *terms(gate)):
                found.setdefault(term, len(found))
        first = FIRST_PROFILE + len(self.edition.profile) + 3
        return {term: first + position for term, position in found.items()}

    def term(self, term: Term) -> Place:
        """The cell that says whether a term of a condition holds: 0, 0.5 (open) or 1."""
        return self.at(CALCULATION, self.term_rows[term], TERM_VALUE)

    @cached_property
    def first_part(self) -> int:
        """The row on *Calculation* of the whole tree."""
        return FIRST_PROFILE + len(self.edition.profile) + 3 + len(self.term_rows) + 3

    @cached_property
    def part_rows(self) -> Mapping[str, int]:
        """The row on *Calculation* of each part: the whole tree, then the parts of one node after the other."""
        rows, waiting = {OVERALL: self.first_part}, deque([self.edition.root])
        while waiting:
            node = waiting.popleft()
            for part in node.parts:
                rows[part.id] = self.first_part + len(rows)
                if isinstance(part, Node):
                    waiting.append(part)
        return rows

    def part(self, part_id: str, column: int) -> Place:
        """A cell of a node or question on *Calculation*."""
        return self.at(CALCULATION, self.part_rows[part_id], column)

    def parts_of(self, node: Node, column: int) -> Span:
        """One column of a node's parts."""
        return Span(self.part(node.parts[0].id, column), self.part(node.parts[-1].id, column))

    def all_parts(self, column: int) -> Span:
        """One column of every part."""
        last = self.first_part + len(self.part_rows) - 1
        return Span(self.at(CALCULATION, self.first_part, column), self.at(CALCULATION, last, column))

    def lens(self, name: str) -> Span:
        """The column that says which value of a lens each scored question carries."""
        return self.all_parts(self.lens_column(name))

    def lens_column(self, name: str) -> int:
        """Where that column stands."""
        return len(Column) + list(self.edition.lenses).index(name)


def option_ids(question: Question) -> list[str]:
    """The ids of what can be chosen, the built-in `none` of a `many` question last."""
    ids = [option.id for option in question.options]
    return [*ids, NONE_OF_THESE] if question.kind == "many" and NONE_OF_THESE not in ids else ids


def _lines(node: Node, level: int) -> Iterator[Line]:
    for part in node.parts:
        if isinstance(part, Node):
            yield Line("node", part.id, level=level)
            yield from _lines(part, level + 1)
            continue
        yield Line("question", part.id, level=level)
        if part.options:
            listed = option_ids(part) + ([NOT_APPLICABLE_TEXT] if part.na == "reason" else [])
            yield from (Line("option", part.id, option, level) for option in listed)

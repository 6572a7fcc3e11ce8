"""Layout of a scorecard workbook: sheets, columns and rows, so that formulas name a cell by what it means.

On *Review* the lines follow the questionnaire. On *Calculation* the parts of one node stand together, so that a
node's formula reads one range for each column, at any depth and with any number of parts.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal, TypeAlias

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE_PREFIX, Edition, Node, Predicate, Question
from compliance.questionnaire.routing import predicates
from compliance.workbook.formulas import CellRange, CellReference, safe_sheet_names

SUMMARY_SHEET, REVIEW_SHEET, REQUIREMENTS_SHEET, LENSES_SHEET, GAPS_SHEET = (
    "summary",
    "review",
    "requirements",
    "lenses",
    "gaps",
)
EXAMPLE_SHEET, LAW_SHEET, METHOD_SHEET, CALCULATION_SHEET = "example", "law", "method", "calculation"

#: Names of cells, the same in every language: what is read back is found by them.
ANSWERS_RANGE, COMPANY_CELL, EDITION_ID_CELL = "scorecard_answers", "scorecard_company", "scorecard_edition"

#: The sheets of a scorecard in their order.
SHEET_TITLES: Mapping[str, str] = {
    SUMMARY_SHEET: N_("Summary"),
    # Translators: names of sheets, and best short, as a tab shows them. This one is where an auditor works.
    REVIEW_SHEET: N_("Review"),
    REQUIREMENTS_SHEET: N_("Requirements"),
    LENSES_SHEET: N_("Lenses"),
    GAPS_SHEET: N_("Gaps"),
    EXAMPLE_SHEET: N_("Worked example"),
    LAW_SHEET: N_("Law"),
    METHOD_SHEET: N_("Method"),
    CALCULATION_SHEET: N_("Calculation"),
}


def translated_sheet_names() -> Mapping[str, str]:
    """The name of each sheet of a scorecard in the language now spoken."""
    return dict(zip(SHEET_TITLES, safe_sheet_names(map(_, SHEET_TITLES.values())), strict=True))


#: The row of the band on *Summary*.
BAND_ROW = 13
REVIEW_HEAD = 4
FIRST_PROFILE = 6
#: The fixed columns of a profile field on *Calculation*; the values it may have follow.
PROFILE_STATE, PROFILE_VALUE, PROFILE_CHOICES = 2, 3, 4
TERM_VALUE = 2


class ReviewColumn(IntEnum):
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


class CalculationColumn(IntEnum):
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


class AnswerState(IntEnum):
    """How a question or profile field stands, as *Calculation* has it. A check counts as a blank."""

    BLANK = 0
    GIVEN = 1
    NOT_APPLICABLE = 2
    CHECK = 3


#: As it stands, at worst, at best; then coverage where it is treated alike.
SCORE_COLUMNS = (CalculationColumn.SCORE, CalculationColumn.WORST, CalculationColumn.BEST)
LOGARITHM_COLUMNS = (CalculationColumn.LOG_SCORE, CalculationColumn.LOG_WORST, CalculationColumn.LOG_BEST)
CRITICAL_FAIL_COLUMNS = (CalculationColumn.FAILS_SCORE, CalculationColumn.FAILS_WORST, CalculationColumn.FAILS_BEST)
AVAILABLE_WEIGHT_COLUMNS = (
    CalculationColumn.ON_SCORE,
    CalculationColumn.ON_WORST,
    CalculationColumn.ON_BEST,
    CalculationColumn.ON_COVERAGE,
)
EFFECTIVE_WEIGHT_COLUMNS = (
    CalculationColumn.SHARE_SCORE,
    CalculationColumn.SHARE_WORST,
    CalculationColumn.SHARE_BEST,
    CalculationColumn.SHARE_COVERAGE,
)
CONTRIBUTION_COLUMNS = (
    CalculationColumn.CARRIED_SCORE,
    CalculationColumn.CARRIED_WORST,
    CalculationColumn.CARRIED_BEST,
    CalculationColumn.CARRIED_COVERAGE,
)

ReviewLineKind: TypeAlias = Literal["heading", "profile", "node", "question", "option"]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of *Review*."""

    kind: ReviewLineKind
    id: str  # of the profile field, with its prefix, the node or the question
    option: str = ""  # of an option: its id, or `n/a`
    level: int = 0


@dataclass(frozen=True)
class ScorecardLayout:
    """The cell of everything, for one edition, on sheets as they are called in the language now spoken."""

    edition: Edition
    sheet_names: Mapping[str, str] = field(default_factory=translated_sheet_names)

    def cell(self, sheet: str, row: int, column: int) -> CellReference:
        """A cell of one of our sheets."""
        return CellReference(self.sheet_names[sheet], row, column)

    @property
    def overall_band(self) -> CellReference:
        """The band of the whole, capped."""
        return self.cell(SUMMARY_SHEET, BAND_ROW, 1)

    @cached_property
    def review_lines(self) -> tuple[ReviewLine, ...]:
        """The lines of *Review* below its head, in order."""
        profile = [ReviewLine("profile", PROFILE_PREFIX + name) for name in self.edition.profile]
        heading = [ReviewLine("heading", PROFILE_PREFIX)] if profile else []
        return (*heading, *profile, *_review_lines(self.edition.root, 0))

    @cached_property
    def review_rows(self) -> Mapping[tuple[str, str], int]:
        """The row on *Review* of each (id, option)."""
        return {(line.id, line.option): row for row, line in enumerate(self.review_lines, REVIEW_HEAD + 1)}

    def review_cell(self, part_id: str, column: ReviewColumn, option: str = "") -> CellReference:
        """A cell of *Review*."""
        return self.cell(REVIEW_SHEET, self.review_rows[part_id, option], column)

    def answer_cell(self, part_id: str) -> CellReference:
        """The cell in which a question or profile field is answered; of a `many` question, what its options say."""
        return self.review_cell(part_id, ReviewColumn.ANSWER)

    def option_cells(self, question: Question, column: ReviewColumn) -> CellRange:
        """The cells of a question's options, without n/a."""
        ids = option_ids(question)
        return CellRange(self.review_cell(question.id, column, ids[0]), self.review_cell(question.id, column, ids[-1]))

    def choice_cells(self, question: Question, column: ReviewColumn) -> CellRange:
        """The cells of a question's options, with n/a where it may be answered."""
        last = NOT_APPLICABLE_TEXT if question.na == "reason" else option_ids(question)[-1]
        return CellRange(self.option_cells(question, column).first, self.review_cell(question.id, column, last))

    @cached_property
    def profile_rows(self) -> Mapping[str, int]:
        """The row on *Calculation* of each profile field."""
        return {name: row for row, name in enumerate(self.edition.profile, FIRST_PROFILE)}

    def profile_cell(self, name: str, column: int) -> CellReference:
        """A cell of a profile field on *Calculation*."""
        return self.cell(CALCULATION_SHEET, self.profile_rows[name], column)

    @cached_property
    def term_rows(self) -> Mapping[Predicate, int]:
        """The row on *Calculation* of each different term of a condition."""
        found: dict[Predicate, int] = {}
        for part in self.edition.root.walk():
            gate = part.counts_when if isinstance(part, Question) else None
            for term in (*predicates(part.asked_when), *predicates(gate)):
                found.setdefault(term, len(found))
        first = FIRST_PROFILE + len(self.edition.profile) + 3
        return {term: first + position for term, position in found.items()}

    def term_cell(self, term: Predicate) -> CellReference:
        """The cell that says whether a term of a condition holds: 0, 0.5 (open) or 1."""
        return self.cell(CALCULATION_SHEET, self.term_rows[term], TERM_VALUE)

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

    def part_cell(self, part_id: str, column: int) -> CellReference:
        """A cell of a node or question on *Calculation*."""
        return self.cell(CALCULATION_SHEET, self.part_rows[part_id], column)

    def cells_of_parts(self, node: Node, column: int) -> CellRange:
        """One column of a node's parts."""
        return CellRange(self.part_cell(node.parts[0].id, column), self.part_cell(node.parts[-1].id, column))

    def column_cells(self, column: int) -> CellRange:
        """One column of every part."""
        last = self.first_part + len(self.part_rows) - 1
        return CellRange(
            self.cell(CALCULATION_SHEET, self.first_part, column), self.cell(CALCULATION_SHEET, last, column)
        )

    def lens_cells(self, name: str) -> CellRange:
        """The column that says which value of a lens each scored question carries."""
        return self.column_cells(self.lens_column(name))

    def lens_column(self, name: str) -> int:
        """Where that column stands."""
        return len(CalculationColumn) + list(self.edition.lenses).index(name)


def option_ids(question: Question) -> list[str]:
    """The ids of what can be chosen, the built-in `none` of a `many` question last."""
    ids = [option.id for option in question.options]
    return [*ids, NONE_OF_THESE] if question.kind == "many" and NONE_OF_THESE not in ids else ids


def _review_lines(node: Node, level: int) -> Iterator[ReviewLine]:
    for part in node.parts:
        if isinstance(part, Node):
            yield ReviewLine("node", part.id, level=level)
            yield from _review_lines(part, level + 1)
            continue
        yield ReviewLine("question", part.id, level=level)
        if part.options:
            listed = option_ids(part) + ([NOT_APPLICABLE_TEXT] if part.na == "reason" else [])
            yield from (ReviewLine("option", part.id, option, level) for option in listed)


SCORE_ROW, COVERAGE_ROW, POINTS_ROW, FAILS_ROW = range(BAND_ROW - 4, BAND_ROW)

"""Layout of a scorecard workbook: sheets, columns and rows, so that formulas name cells by their meaning.

On *Review*, lines follow the questionnaire, one for each question; options are on *Choices*. There is a sheet
*Calculation* for each basis. The parts of a node are together there, so that a node's formula reads one range of each
column, at any depth and with any number of parts.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Literal, TypeAlias

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.routing import predicates
from compliance.scoring.coded_answers import BASES, Basis
from compliance.workbook.formulas import (
    CellRange,
    CellReference,
    Formula,
    number_literal,
    safe_sheet_names,
    unless_missing,
)
from compliance.workbook.scorecard_columns import CalculationColumn, ChoiceColumn, ReviewColumn

SUMMARY_SHEET, REVIEW_SHEET, REQUIREMENTS_SHEET, LENSES_SHEET, GAPS_SHEET = (
    "summary",
    "review",
    "requirements",
    "lenses",
    "gaps",
)
PEERS_SHEET, CHANGES_SHEET = "peers", "changes"
EXAMPLE_SHEET, LAW_SHEET, METHOD_SHEET, CHOICES_SHEET = "example", "law", "method", "choices"
RECONCILIATION_SHEET, PASSAGES_SHEET = "reconciliation", "passages"
#: The sheet with the calculation on each basis.
CALCULATION_SHEETS: Mapping[Basis, str] = {basis: f"calculation-{basis}" for basis in BASES}

#: Names of cells, the same in every language, by which a returned workbook is read.
ANSWERS_RANGE, COMPANY_CELL, EDITION_ID_CELL = "scorecard_answers", "scorecard_company", "scorecard_edition"
PASSAGES_RANGE = "scorecard_passages"

#: The sheets of a scorecard, in order.
SHEET_TITLES: Mapping[str, str] = {
    SUMMARY_SHEET: N_("Summary"),
    # Translators: names of sheets, and best short, as a tab shows them. This one is where an auditor works.
    REVIEW_SHEET: N_("Review"),
    REQUIREMENTS_SHEET: N_("Requirements"),
    LENSES_SHEET: N_("Lenses"),
    GAPS_SHEET: N_("Gaps"),
    # Translators: where the company stands beside published figures of its sector.
    PEERS_SHEET: N_("Peers"),
    # Translators: what is different since the last submission.
    CHANGES_SHEET: N_("Changes"),
    EXAMPLE_SHEET: N_("Worked example"),
    LAW_SHEET: N_("Law"),
    METHOD_SHEET: N_("Method"),
    RECONCILIATION_SHEET: N_("Reconciliation"),
    CALCULATION_SHEETS["claimed"]: N_("Calculation, claimed"),
    CALCULATION_SHEETS["evidenced"]: N_("Calculation, evidenced"),
    CALCULATION_SHEETS["verified"]: N_("Calculation, verified"),
    # Translators: a hidden sheet with all options of all questions.
    CHOICES_SHEET: N_("Choices"),
    # Translators: passages of documents that a company marked; stands beside “Review”.
    PASSAGES_SHEET: N_("Passages"),
}


def translated_sheet_names() -> Mapping[str, str]:
    """Return the name of each sheet of a scorecard in the current language."""
    return dict(zip(SHEET_TITLES, safe_sheet_names(map(_, SHEET_TITLES.values())), strict=True))


#: The row of the band on *Summary*.
BAND_ROW = 13
REVIEW_HEAD = 4
FIRST_PROFILE = 6
FIRST_CHOICE = 1
#: The fixed columns of a profile field on *Calculation*; the possible values follow.
PROFILE_STATE, PROFILE_VALUE, PROFILE_CHOICES = 2, 3, 4
TERM_VALUE = 2


class AnswerState(IntEnum):
    """The state of a question or profile field on *Calculation*. CHECK counts as a blank."""

    BLANK = 0
    GIVEN = 1
    NOT_APPLICABLE = 2
    CHECK = 3


class VerdictCode(IntEnum):
    """The determination of a question on *Calculation, verified*. CHECK counts as not reviewed."""

    NOT_REVIEWED = 0
    CONFIRMED = 1
    ADJUSTED = 2
    NOT_SHOWN = 3
    CHECK = 4


ReviewLineKind: TypeAlias = Literal["heading", "profile", "node", "question"]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of *Review*."""

    kind: ReviewLineKind
    id: str  # of the profile field, with its prefix, the node or the question
    level: int = 0

    @property
    def key(self) -> str:
        """The text that identifies the line, in any language."""
        return "*" if self.kind == "heading" else self.id


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column that an auditor added to *Review*."""

    heading: str
    cells: Mapping[str, str]  # by the key of the line


@dataclass(frozen=True, slots=True)
class PassageLine:
    """A passage that a company marked for an option of a question, in words, and an auditor's judgement of it."""

    key: str  # identifies it in a returned workbook
    shows: bool | None  # None: not judged
    question_id: str
    question: str
    says: str  # the option
    words: str
    document: str
    place: str
    found: str  # whether it was found there automatically


@dataclass(frozen=True)
class ScorecardLayout:
    """The cells of a workbook for one edition and basis, on sheets with names in the current language."""

    edition: Edition
    basis: Basis = "claimed"
    sheet_names: Mapping[str, str] = field(default_factory=translated_sheet_names)

    def cell(self, sheet: str, row: int, column: int) -> CellReference:
        """Return a cell of one of our sheets."""
        return CellReference(self.sheet_names[sheet], row, column)

    @cached_property
    def claimed(self) -> "ScorecardLayout":
        """The layout as claimed: profile, evidenced answers and lists of places are read there on every basis."""
        return self if self.basis == "claimed" else replace(self, basis="claimed")

    def calculation_cell(self, row: int, column: int) -> CellReference:
        """Return a cell of the calculation on this basis."""
        return self.cell(CALCULATION_SHEETS[self.basis], row, column)

    @property
    def overall_band(self) -> CellReference:
        """The cell of the overall band, capped."""
        return self.cell(SUMMARY_SHEET, BAND_ROW, 1)

    @cached_property
    def review_lines(self) -> tuple[ReviewLine, ...]:
        """The lines of *Review* below its head, in order."""
        profile = [ReviewLine("profile", PROFILE_PREFIX + name) for name in self.edition.profile]
        heading = [ReviewLine("heading", PROFILE_PREFIX)] if profile else []
        return (*heading, *profile, *_review_lines(self.edition.root, 0))

    @cached_property
    def review_rows(self) -> Mapping[str, int]:
        """The row on *Review* of each id."""
        return {line.id: row for row, line in enumerate(self.review_lines, REVIEW_HEAD + 1)}

    def review_cell(self, part_id: str, column: ReviewColumn) -> CellReference:
        """Return a cell of *Review*."""
        return self.cell(REVIEW_SHEET, self.review_rows[part_id], column)

    def review_column(self, column: ReviewColumn) -> CellRange:
        """Return a column of *Review* below its headings."""
        last = REVIEW_HEAD + max(len(self.review_lines), 1)
        return CellRange(self.cell(REVIEW_SHEET, REVIEW_HEAD + 1, column), self.cell(REVIEW_SHEET, last, column))

    def claim_cell(self, part_id: str) -> CellReference:
        """Return the cell in which a question or profile field is answered."""
        return self.review_cell(part_id, ReviewColumn.ANSWER)

    def answer_cell(self, question_id: str) -> CellReference:
        """Return the cell of the answer as read on this basis."""
        return self.part_cell(question_id, CalculationColumn.ANSWER)

    @cached_property
    def choice_rows(self) -> Mapping[tuple[str, str], int]:
        """The row on *Choices* of each (question, option), including n/a if it may be answered."""
        questions = self.edition.questions.values()
        choices = [(question.id, option) for question in questions for option in choice_ids(question)]
        return {choice: row for row, choice in enumerate(choices, FIRST_CHOICE)}

    def choice_cell(self, question_id: str, option: str, column: ChoiceColumn) -> CellReference:
        """Return a cell of *Choices*."""
        return self.cell(CHOICES_SHEET, self.choice_rows[question_id, option], column)

    @property
    def flag_column(self) -> ChoiceColumn:
        """The column of *Choices* that marks options chosen on this basis."""
        return ChoiceColumn.CHOSEN_VERIFIED if self.basis == "verified" else ChoiceColumn.CHOSEN

    def option_cells(self, question: Question, column: ChoiceColumn) -> CellRange:
        """Return the cells of a question's options, without n/a."""
        ids = option_ids(question)
        return CellRange(self.choice_cell(question.id, ids[0], column), self.choice_cell(question.id, ids[-1], column))

    def choice_cells(self, question: Question, column: ChoiceColumn) -> CellRange:
        """Return the cells of a question's options, with n/a if it may be answered."""
        first, last = choice_ids(question)[0], choice_ids(question)[-1]
        return CellRange(self.choice_cell(question.id, first, column), self.choice_cell(question.id, last, column))

    @cached_property
    def profile_rows(self) -> Mapping[str, int]:
        """The row of each profile field on *Calculation, claimed*."""
        return {name: row for row, name in enumerate(self.edition.profile, FIRST_PROFILE)}

    def profile_cell(self, name: str, column: int) -> CellReference:
        """Return a cell of a profile field, which every basis reads on *Calculation, claimed*."""
        return self.claimed.calculation_cell(self.profile_rows[name], column)

    @cached_property
    def term_rows(self) -> Mapping[Predicate, int]:
        """The row on *Calculation* of each different term of a condition. As evidenced, claimed answers steer."""
        found: dict[Predicate, int] = {}
        if self.basis == "evidenced":
            return found
        for part in self.edition.root.walk():
            gate = part.counts_when if isinstance(part, Question) else None
            for term in (*predicates(part.asked_when), *predicates(gate)):
                found.setdefault(term, len(found))
        first = self._after_profile
        return {term: first + position for term, position in found.items()}

    @property
    def _after_profile(self) -> int:
        return FIRST_PROFILE + (len(self.edition.profile) + 3 if self.basis == "claimed" else 0)

    def term_cell(self, term: Predicate) -> CellReference:
        """Return the cell with the truth value of a condition's term: 0, 0.5 (open) or 1."""
        return self.calculation_cell(self.term_rows[term], TERM_VALUE)

    @cached_property
    def first_part(self) -> int:
        """The row on *Calculation* of the root."""
        return self._after_profile + (len(self.term_rows) + 3 if self.basis != "evidenced" else 0)

    @cached_property
    def part_rows(self) -> Mapping[str, int]:
        """The row on *Calculation* of each part: the root, then the parts of one node after the other."""
        rows, waiting = {OVERALL: self.first_part}, deque([self.edition.root])
        while waiting:
            node = waiting.popleft()
            for part in _weighing_first(node):
                rows[part.id] = self.first_part + len(rows)
                if isinstance(part, Node):
                    waiting.append(part)
        return rows

    def part_cell(self, part_id: str, column: int) -> CellReference:
        """Return a cell of a node or question on *Calculation*."""
        return self.calculation_cell(self.part_rows[part_id], column)

    def points(self, part_id: str, column: int) -> Formula:
        """Return the formula of a share on *Calculation* in points of the edition's scale."""
        if (part_id, column) not in self._points:
            share = self.part_cell(part_id, column)
            points = unless_missing(share, f"{share}*{number_literal(self.edition.scale)}")
            self._points[part_id, column] = points
        return self._points[part_id, column]

    @cached_property
    def _points(self) -> dict[tuple[str, int], Formula]:
        return {}

    def cells_of_parts(self, node: Node, column: int) -> CellRange:
        """Return one column of a node's parts, including prerequisites."""
        parts, _joined = self._parts(node)
        return CellRange(self.part_cell(parts[0].id, column), self.part_cell(parts[-1].id, column))

    def cells_of_weighing(self, node: Node, column: int) -> CellRange:
        """Return one column of a node's parts without prerequisites; of all parts if all are prerequisites."""
        parts, joined = self._parts(node)
        return CellRange(self.part_cell(parts[0].id, column), self.part_cell((joined or parts)[-1].id, column))

    def _parts(self, node: Node) -> tuple[list[Node | Question], list[Node | Question]]:
        """Return the parts of a node in order, and those that are aggregated. Cached, as every column needs them."""
        if node.id not in self._ordered:
            parts = _weighing_first(node)
            self._ordered[node.id] = parts, [part for part in parts if _is_joined(part)]
        return self._ordered[node.id]

    @cached_property
    def _ordered(self) -> dict[str, tuple[list[Node | Question], list[Node | Question]]]:
        return {}

    def column_cells(self, column: int) -> CellRange:
        """Return one column of all parts."""
        last = self.first_part + len(self.part_rows) - 1
        return CellRange(self.calculation_cell(self.first_part, column), self.calculation_cell(last, column))

    def lens_cells(self, name: str) -> CellRange:
        """Return the column with each scored question's value of a lens."""
        return self.column_cells(self.lens_column(name))

    def lens_column(self, name: str) -> int:
        """Return the number of the column of a lens."""
        return self._lens_columns[name]

    @cached_property
    def _lens_columns(self) -> Mapping[str, int]:
        return {name: column for column, name in enumerate(self.edition.lenses, len(CalculationColumn))}


def _is_joined(part: Node | Question) -> bool:
    """Tell whether rules of aggregation use a part: not a prerequisite, and not a node of prerequisites only."""
    return not part.prerequisite and (isinstance(part, Question) or part.unit_points > 0)


def _weighing_first(node: Node) -> list[Node | Question]:
    """Return the parts of a node, prerequisites last, so that those that are aggregated form one range."""
    return sorted(node.parts, key=lambda part: not _is_joined(part))


def option_ids(question: Question) -> list[str]:
    """Return the ids of the options, with the built-in `none` of a `many` question last."""
    ids = [option.id for option in question.options]
    return [*ids, NONE_OF_THESE] if question.kind == "many" and NONE_OF_THESE not in ids else ids


def choice_ids(question: Question) -> list[str]:
    """Return the ids of `option_ids`, and n/a if it may be answered; none for a question without options."""
    if not question.options:
        return []
    return option_ids(question) + ([NOT_APPLICABLE_TEXT] if question.na == "reason" else [])


def _review_lines(node: Node, level: int) -> Iterator[ReviewLine]:
    for part in node.parts:
        if isinstance(part, Node):
            yield ReviewLine("node", part.id, level=level)
            yield from _review_lines(part, level + 1)
            continue
        yield ReviewLine("question", part.id, level=level)


SCORE_ROW, COVERAGE_ROW, POINTS_ROW, FAILS_ROW = range(BAND_ROW - 4, BAND_ROW)

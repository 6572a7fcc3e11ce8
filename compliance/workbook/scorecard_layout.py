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
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import NONE_OF_THESE, OVERALL, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.routing import predicates
from compliance.scoring.numeric import BEST, COVERAGE, SCORE, WORST
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.formulas import CellRange, CellReference, safe_sheet_names

SUMMARY_SHEET, REVIEW_SHEET, REQUIREMENTS_SHEET, LENSES_SHEET, GAPS_SHEET = (
    "summary",
    "review",
    "requirements",
    "lenses",
    "gaps",
)
PEERS_SHEET, CHANGES_SHEET = "peers", "changes"
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
    # Translators: where the company stands beside published figures of its sector.
    PEERS_SHEET: N_("Peers"),
    # Translators: what is different since the last submission.
    CHANGES_SHEET: N_("Changes"),
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


class ReviewColumn(SheetColumn):
    """The columns of *Review*. A scorecard that comes back is read by their headings, never by their order.

    `review_words` and `review_lines` say which must be there; LINE is hidden, and names each row also when rows
    are sorted.
    """

    ID = ColumnSpec(N_("Id"), 15, "start")
    TEXT = ColumnSpec(N_("Question and its answers"), 54, "start")
    ANSWER = ColumnSpec(N_("Answer"), 14, "centre")
    STATE = ColumnSpec(N_("State"), 15, "inset")
    POINTS = ColumnSpec(N_("Points"), 7)
    # Translators: of so many points; the heading stands beside "Points".
    FULL_MARKS = ColumnSpec(N_("out of"), 6)
    REASON = ColumnSpec(N_("Reason, or remark"), 26, "inset")
    EVIDENCE = ColumnSpec(N_("Evidence"), 32, "start")
    DETERMINATION = ColumnSpec(N_("Determination"), 18, "start")
    # Translators: the answer that an auditor finds true instead of the one given.
    ADJUSTED = ColumnSpec(N_("Adjusted answer"), 14, "start")
    COMMENT = ColumnSpec(N_("Auditor’s comment"), 30, "start")
    # Translators: heading of a column of dates: when the auditor will look at this again.
    NEXT_REVIEW = ColumnSpec(N_("Next review"), 12, "start")
    # Translators: heading of a hidden column with 1 beside each answer that is chosen.
    CHOSEN_FLAG = ColumnSpec(N_("Is chosen"), 6, hidden=True)
    WORD = ColumnSpec(N_("Why it is blank"), 26, "start")
    # Translators: heading of a hidden column that says which line of the questionnaire a row is.
    LINE = ColumnSpec(N_("Line id"), 6, "start", hidden=True)


class CalculationColumn(SheetColumn):
    """The columns of a part on *Calculation*; those of the lenses follow.

    To insert one, insert its line here and its formula in `score_formulas`. What is the same for a score, its worst
    and best and the coverage has a column for each, and a `Track` names them together.
    """

    ID = ColumnSpec(N_("Part"), 22, "start")
    RULE = ColumnSpec(N_("Combined by, or kind"), 30, "start")
    WEIGHT = ColumnSpec(N_("Weight"), 11)
    COUNTED_WEIGHT = ColumnSpec(N_("Weight to divide by"), 11)
    LEAST = ColumnSpec(N_("Minimum"))
    MOST = ColumnSpec(N_("Maximum"))
    FULL_MARKS = ColumnSpec(N_("Full marks"))
    STATE = ColumnSpec(N_("State"))
    ENTERED = ColumnSpec(N_("Points or number"))
    ASKED = ColumnSpec(N_("Asked"))
    GATE = ColumnSpec(N_("Counts"))
    AGGREGATED = ColumnSpec(N_("Earned, or combined"))
    SCORE = ColumnSpec(N_("Score"))
    WORST = ColumnSpec(N_("At worst"))
    BEST = ColumnSpec(N_("At best"))
    REPORTED = ColumnSpec(N_("Reported"))
    COVERAGE = ColumnSpec(N_("Coverage"))
    COUNTED_PARTS = ColumnSpec(N_("Coverage for the minimum"))
    COUNTED = ColumnSpec(N_("Counts as covered"))
    AVAILABLE_WEIGHT = ColumnSpec(N_("Weight included"))
    AVAILABLE_WEIGHT_WORST = ColumnSpec(N_("Weight included at worst"))
    AVAILABLE_WEIGHT_BEST = ColumnSpec(N_("Weight included at best"))
    ASKED_WEIGHT = ColumnSpec(N_("Weight asked"))
    LOGARITHM = ColumnSpec(N_("Logarithm of score"))
    LOGARITHM_WORST = ColumnSpec(N_("Logarithm at worst"))
    LOGARITHM_BEST = ColumnSpec(N_("Logarithm at best"))
    EFFECTIVE_WEIGHT = ColumnSpec(N_("Share of overall"))
    EFFECTIVE_WEIGHT_WORST = ColumnSpec(N_("Share at worst"))
    EFFECTIVE_WEIGHT_BEST = ColumnSpec(N_("Share at best"))
    EFFECTIVE_WEIGHT_COVERAGE = ColumnSpec(N_("Share of coverage"))
    CONTRIBUTION = ColumnSpec(N_("Contribution to overall"))
    CONTRIBUTION_WORST = ColumnSpec(N_("Contribution at worst"))
    CONTRIBUTION_BEST = ColumnSpec(N_("Contribution at best"))
    CONTRIBUTION_COVERAGE = ColumnSpec(N_("Contribution to coverage"))
    BLANKS = ColumnSpec(N_("Blanks"))
    CRITICAL_FAILS = ColumnSpec(N_("Critical failures"))
    CRITICAL_FAILS_WORST = ColumnSpec(N_("Critical failures at worst"))
    CRITICAL_FAILS_BEST = ColumnSpec(N_("Critical failures at best"))
    HIGHEST_BAND = ColumnSpec(N_("Highest band"))
    HIGHEST_BAND_WORST = ColumnSpec(N_("Highest band at worst"))
    HIGHEST_BAND_BEST = ColumnSpec(N_("Highest band at best"))
    PLACES = ColumnSpec(N_("Places"))
    TICKED = ColumnSpec(N_("Places ticked"))
    HIGH_NEED = ColumnSpec(N_("Priority countries"))
    TICKED_HIGH_NEED = ColumnSpec(N_("Priority countries ticked"))


@dataclass(frozen=True, slots=True)
class Track:
    """One of the four figures that are followed from the answers to the overall score, by its columns."""

    figure: int  # SCORE, WORST, BEST or COVERAGE of `scoring.numeric`
    value: CalculationColumn
    available_weight: CalculationColumn
    effective_weight: CalculationColumn
    contribution: CalculationColumn


@dataclass(frozen=True, slots=True)
class ScoreTrack(Track):
    """The score as it stands, at worst or at best."""

    logarithm: CalculationColumn
    critical_fails: CalculationColumn
    highest_band: CalculationColumn


_C = CalculationColumn
SCORE_TRACKS = (
    ScoreTrack(
        SCORE, _C.SCORE, _C.AVAILABLE_WEIGHT, _C.EFFECTIVE_WEIGHT, _C.CONTRIBUTION, _C.LOGARITHM, _C.CRITICAL_FAILS,
        _C.HIGHEST_BAND,
    ),
    ScoreTrack(
        WORST, _C.WORST, _C.AVAILABLE_WEIGHT_WORST, _C.EFFECTIVE_WEIGHT_WORST, _C.CONTRIBUTION_WORST,
        _C.LOGARITHM_WORST, _C.CRITICAL_FAILS_WORST, _C.HIGHEST_BAND_WORST,
    ),
    ScoreTrack(
        BEST, _C.BEST, _C.AVAILABLE_WEIGHT_BEST, _C.EFFECTIVE_WEIGHT_BEST, _C.CONTRIBUTION_BEST,
        _C.LOGARITHM_BEST, _C.CRITICAL_FAILS_BEST, _C.HIGHEST_BAND_BEST,
    ),
)  # fmt: skip
COVERAGE_TRACK = Track(
    COVERAGE, _C.COVERAGE, _C.ASKED_WEIGHT, _C.EFFECTIVE_WEIGHT_COVERAGE, _C.CONTRIBUTION_COVERAGE
)  # fmt: skip
TRACKS = (*SCORE_TRACKS, COVERAGE_TRACK)
#: The columns that only questions of places fill: at the end, to be hidden where there are none.
PLACES_COLUMNS = (_C.PLACES, _C.TICKED, _C.HIGH_NEED, _C.TICKED_HIGH_NEED)
#: A score as it is reported, at worst and at best.
REPORTED_COLUMNS = (_C.REPORTED, _C.WORST, _C.BEST)


class AnswerState(IntEnum):
    """The state of a question or profile field, as *Calculation* has it. A check counts as a blank."""

    BLANK = 0
    GIVEN = 1
    NOT_APPLICABLE = 2
    CHECK = 3


ReviewLineKind: TypeAlias = Literal["heading", "profile", "node", "question", "option"]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of *Review*."""

    kind: ReviewLineKind
    id: str  # of the profile field, with its prefix, the node or the question
    option: str = ""  # of an option: its id, or `n/a`
    level: int = 0

    @property
    def key(self) -> str:
        """What names it among all lines, in any language."""
        if self.kind == "heading":
            return "*"
        return f"{self.id}|{self.option}" if self.option else self.id


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column that somebody added to *Review*."""

    heading: str
    cells: Mapping[str, str]  # by the key of the line


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
            for part in _weighing_first(node):
                rows[part.id] = self.first_part + len(rows)
                if isinstance(part, Node):
                    waiting.append(part)
        return rows

    def part_cell(self, part_id: str, column: int) -> CellReference:
        """A cell of a node or question on *Calculation*."""
        return self.cell(CALCULATION_SHEET, self.part_rows[part_id], column)

    def cells_of_parts(self, node: Node, column: int) -> CellRange:
        """One column of a node's parts, its prerequisites among them."""
        parts = _weighing_first(node)
        return CellRange(self.part_cell(parts[0].id, column), self.part_cell(parts[-1].id, column))

    def cells_of_weighing(self, node: Node, column: int) -> CellRange:
        """One column of a node's parts without its prerequisites; of a node of prerequisites only, of all."""
        parts = _weighing_first(node)
        last = [part for part in parts if _is_joined(part)] or parts
        return CellRange(self.part_cell(parts[0].id, column), self.part_cell(last[-1].id, column))

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


def _is_joined(part: Node | Question) -> bool:
    """True unless it is a prerequisite, or a node of nothing else, which no rule of aggregation may see."""
    return not part.prerequisite and (isinstance(part, Question) or part.unit_points > 0)


def _weighing_first(node: Node) -> list[Node | Question]:
    """The parts of a node, its prerequisites last, so that those that are joined stand in one range."""
    return sorted(node.parts, key=lambda part: not _is_joined(part))


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

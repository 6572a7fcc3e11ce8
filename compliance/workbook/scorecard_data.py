"""What a scorecard workbook is written from: answers, the engine's results and the layout; and its notices.

What an answer cell holds stands here twice: as it is now (ScorecardData), and as the formula that follows it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias

from compliance.improvement.plan import ImprovementPlan
from compliance.languages import formats
from compliance.languages.interface_messages import current_language, has_unreviewed
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import (
    NONE_OF_THESE,
    PROFILE_PREFIX,
    Condition,
    Edition,
    Node,
    Predicate,
    Question,
)
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.questionnaire.routing import NO, OPEN, YES, evaluate_condition, option_points, predicate_holds
from compliance.scoring.attribution import coverage_weights, effective_weights
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import BEST, Floats
from compliance.scoring.score import OverallBands, Scores, overall_bands, score
from compliance.scoring.scorecard import Scorecard, make_scorecard
from compliance.scoring.worked_example import WorkedExample, explain
from compliance.workbook import formulas as f
from compliance.workbook.formulas import CachedValue, CellRange, CellReference, Formula
from compliance.workbook.scorecard_layout import (
    PROFILE_STATE,
    AnswerState,
    CalculationColumn,
    ReviewColumn,
    ScorecardLayout,
)

#: A cell of a part on *Calculation*: where, the formula, and what it is worth now.
FormulaCell: TypeAlias = tuple[CalculationColumn, Formula, CachedValue]


@dataclass(frozen=True, slots=True)
class PeerFigure:
    """One figure of the company beside those of its peer group, on the edition's scale; None: not to be shown."""

    measure: str
    company: float | None
    n: int  # companies in the group
    lower: float | None = None  # quartile
    median: float | None = None
    upper: float | None = None  # quartile
    rank_interval: str = ""  # "3 to 7 of 24"


@dataclass(frozen=True, slots=True)
class AssessmentMetadata:
    """Who answered, when, and what the answers rest on. All texts are plain."""

    company: str = ""  # its name, where it is not that of the answer sheet
    period: str = ""
    law_as_of: str = ""  # the day of the law catalogue, ISO 8601
    today: date | None = None  # the day for which it is judged what law binds the company; None: it is not judged
    voice: str = ""  # the company itself, or a desk analyst
    reasons: Mapping[str, str] = field(default_factory=dict)  # by question id, beside those of n/a
    evidence: Mapping[str, str] = field(default_factory=dict)  # by question id
    peers: tuple[PeerFigure, ...] = ()
    improvement_plan: ImprovementPlan | None = None  # the least effort to the next band; None: not worked out


@dataclass(frozen=True)
class ScorecardData:
    """One sheet of one edition, scored."""

    plan: CompiledEdition
    sheet: AnswerSheet
    metadata: AssessmentMetadata

    @property
    def edition(self) -> Edition:
        """The edition it answers."""
        return self.plan.edition

    @cached_property
    def facts(self) -> CompanyFacts | None:
        """What is known of the company on the day, for whether law binds it."""
        return company_facts(self.edition, self.sheet, self.metadata.today) if self.metadata.today else None

    @cached_property
    def layout(self) -> ScorecardLayout:
        """Where everything stands."""
        return ScorecardLayout(self.edition)

    @cached_property
    def scores(self) -> Scores:
        """The claimed scores, as the engine has them."""
        return score(self.plan, [self.sheet])

    @cached_property
    def claimed(self) -> Scorecard:
        """The claimed scorecard."""
        return make_scorecard(self.plan, self.sheet)

    @cached_property
    def evidenced(self) -> Scorecard:
        """The same from answers with evidence."""
        return make_scorecard(self.plan, self.sheet, "evidenced")

    @cached_property
    def verified(self) -> Scorecard | None:
        """The same from an auditor's determinations; None while there is none."""
        return make_scorecard(self.plan, self.sheet, "verified") if self.sheet.verdicts else None

    @property
    def downloaded(self) -> tuple[Scorecard | None, Scorecard | None]:
        """The scorecards that stand beside the claimed one, as downloaded: evidenced and verified."""
        return self.evidenced, self.verified

    @cached_property
    def explanation(self) -> WorkedExample:
        """The claimed score worked out step by step."""
        return explain(self.plan, self.sheet)

    @cached_property
    def bands(self) -> OverallBands:
        """The bands of the whole, and the critical requirements that fail."""
        return overall_bands(self.scores)

    @cached_property
    def effective_weights(self) -> Mapping[str, Floats]:
        """The part of the overall score that each part carries."""
        return effective_weights(self.scores)

    @cached_property
    def coverage_weights(self) -> Mapping[str, Floats]:
        """The part of the overall coverage that each part carries."""
        return coverage_weights(self.scores)

    def state(self, question: Question) -> AnswerState:
        """How it stands; in the file a cell may also need a check."""
        answer = self.sheet.answers.get(question.id)
        if answer is None:
            return AnswerState.BLANK
        return AnswerState.NOT_APPLICABLE if isinstance(answer, NotApplicable) else AnswerState.GIVEN

    def entered(self, question: Question) -> CachedValue:
        """The number, or the points of what was chosen; empty where nothing was."""
        answer = self.sheet.answers.get(question.id)
        if answer is None or isinstance(answer, NotApplicable):
            return ""
        if isinstance(answer, float):
            return answer
        points = option_points(question, answer)
        return "" if points is None else points

    def chosen(self, question: Question, option: str) -> bool:
        """Whether an option, or n/a, is the answer or among it."""
        answer = self.sheet.answers.get(question.id)
        if isinstance(answer, NotApplicable) or answer is None:
            return option == NOT_APPLICABLE_TEXT and answer is not None
        return option in answer if isinstance(answer, tuple) else option == answer

    def asked(self, part: Node | Question) -> float:
        """0, 0.5 (open) or 1, all conditions above it included."""
        if isinstance(part, Question):
            return float(self.scores.routes.asked[part.id][0]) / 2
        parent = self.edition.parents.get(part.id)
        own = self._judged(part.asked_when) / 2
        return min(own, self.asked(parent)) if parent else own

    def gate(self, question: Question) -> float:
        """0, 0.5 (open) or 1."""
        return float(self.scores.routes.counts[question.id][0]) / 2

    def contribution(self, question: Question, k: int) -> float:
        """What a question brings to the whole: its share times its score, worst (1), best (2), or coverage (3)."""
        result = self.scores.results[question.id]
        value, part = (
            (result.coverage[0], self.coverage_weights[question.id][0])
            if k > BEST
            else (result.value[k, 0], self.effective_weights[question.id][k, 0])
        )
        return 0.0 if math.isnan(value) else float(part * value)

    def is_blank(self, question: Question) -> bool:
        """Asked and blank."""
        return self.state(question) == AnswerState.BLANK and self.asked(question) == 1

    def term(self, term: Predicate) -> float:
        """Whether a term holds: 0, 0.5 (open) or 1."""
        return self._term(term) / 2

    def _judged(self, condition: Condition | None) -> int:
        return int(evaluate_condition(condition, self._term))

    def _term(self, term: Predicate) -> int:
        if term.id.startswith(PROFILE_PREFIX):
            value = self.sheet.profile.get(term.id.removeprefix(PROFILE_PREFIX))
            return OPEN if value is None else YES if predicate_holds(term, value, None) else NO
        routes, answer = self.scores.routes, self.sheet.answers.get(term.id)
        at = min(int(routes.asked[term.id][0]), int(routes.counts[term.id][0]))
        if answer is None:
            return min(at, OPEN)
        if isinstance(answer, NotApplicable):
            return NO
        return at if predicate_holds(term, answer, option_points(self.edition.questions[term.id], answer)) else NO


def cached_share(share: Floats) -> CachedValue:
    """What a formula cell is worth: the number of the one company there is, or empty for off."""
    return "" if math.isnan(share[0]) else float(share[0])


def cached_score(score: float | None) -> CachedValue:
    """A score of the scorecard as a formula cell has it."""
    return "" if score is None else score


def legal_disclaimer() -> str:
    """What the law in it means for a company."""
    return _("Measured against law and standards; only some of them bind the company itself. Not legal advice.")


def translation_note(edition: Edition) -> str:
    """Whether somebody has read over what stands in another language than English; empty where there is no need."""
    if edition.language != current_language():
        return _("This questionnaire is not in this language yet. Its texts are in English.")
    if has_unreviewed(current_language()) or edition.translation == "draft":
        return _("This translation is a draft. The English text counts.")
    return ""


def day_words(day: str) -> str:
    """A day of ISO 8601 as people write it; what is none stands as it is."""
    try:
        return formats.long_date(date.fromisoformat(day))
    except ValueError:
        return day


STATE_BLANK, STATE_GIVEN, STATE_NOT_APPLICABLE, STATE_CHECK = (str(int(state)) for state in AnswerState)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_COUNTRIES = "ROW($1:$1200)"  # one row a letter, for up to 300 countries


def chosen_flag(data: ScorecardData, question: Question, option: str) -> Formula:
    """1 if an option, or n/a, is the answer or among it, else 0; -1 if its cell needs a look."""
    layout = data.layout
    if question.kind == "many":
        cell = layout.review_cell(question.id, ReviewColumn.ANSWER, option)
        yes = f.call("OR", f.equals(cell, "x"), f"{cell}=1", f.equals(cell, "1"))
        no = f.call("OR", f'TRIM({cell})=""', f"{cell}=0", f.equals(cell, "0"))
        return f.call("IFERROR", f.cases((yes, "1"), (no, "0"), otherwise="-1"), "-1")
    answer = f"TRIM({layout.answer_cell(question.id)})"
    if option == NOT_APPLICABLE_TEXT:
        same = f"LOWER({answer})={f.text_literal(NOT_APPLICABLE_TEXT)}"
    else:
        same = f.call("EXACT", answer, layout.review_cell(question.id, ReviewColumn.ID, option))
    return f.call("IFERROR", f.if_(same, "1", "0"), "0")


def state_formula(data: ScorecardData, question: Question) -> Formula:
    """Blank, given, not applicable, or to check for what is no answer."""
    if question.kind == "many":
        return _state_of_many(data, question)
    cell = data.layout.answer_cell(question.id)
    pairs: list[tuple[Formula, Formula]] = [(f'TRIM({cell})=""', STATE_BLANK)]
    if question.na == "reason":
        pairs.append((f"LOWER(TRIM({cell}))={f.text_literal(NOT_APPLICABLE_TEXT)}", STATE_NOT_APPLICABLE))
    else:
        pairs.append((f"LOWER(TRIM({cell}))={f.text_literal(NOT_APPLICABLE_TEXT)}", STATE_CHECK))
    return f.cases(*pairs, (_is_answer(data, question, cell), STATE_GIVEN), otherwise=STATE_CHECK)


def _is_answer(data: ScorecardData, question: Question, cell: CellReference) -> Formula:
    if question.options:
        return f"SUM({data.layout.option_cells(question, ReviewColumn.CHOSEN)})=1"
    if question.kind == "number":
        is_number = f.call("ISNUMBER", cell)
        return f.if_(is_number, f"{cell}>0", "FALSE") if question.log else is_number
    if question.kind == "date":
        return _is_date(cell)
    return _are_countries(cell) if question.kind == "countries" else "TRUE"


def _state_of_many(data: ScorecardData, question: Question) -> Formula:
    layout = data.layout
    flags = layout.choice_cells(question, ReviewColumn.CHOSEN)
    alone = [NONE_OF_THESE] + ([NOT_APPLICABLE_TEXT] if question.na == "reason" else [])
    both = [f"{layout.review_cell(question.id, ReviewColumn.CHOSEN, option)}=1" for option in alone]
    pairs = [
        (f"COUNTIF({flags},-1)>0", STATE_CHECK),
        (f"SUM({flags})=0", STATE_BLANK),
        (f.call("AND", f"SUM({flags})>1", f.fold("OR", both)), STATE_CHECK),
    ]
    if question.na == "reason":
        pairs.append((both[1], STATE_NOT_APPLICABLE))
    return f.cases(*pairs, otherwise=STATE_GIVEN)


def _is_date(cell: CellReference) -> Formula:
    """Year-month-day, of a day that exists."""
    year, month, day = f"VALUE(LEFT({cell},4))", f"VALUE(MID({cell},6,2))", f"VALUE(RIGHT({cell},2))"
    made = f"DATE({year},{month},{day})"
    return f.call(
        "AND", f"LEN({cell})=10", f'MID({cell},5,1)="-"', f'MID({cell},8,1)="-"', f"{year}>=1900",
        f"YEAR({made})={year}", f"MONTH({made})={month}", f"DAY({made})={day}",
    )  # fmt: skip


def _are_countries(cell: CellReference) -> Formula:
    """Three capital letters, several joined by `|`."""
    joined = f'SUBSTITUTE({cell}," ","")'
    at, letter = f"({_MOST_COUNTRIES}<=LEN({joined}))", f"MID({joined},{_MOST_COUNTRIES},1)"
    between = f"(MOD({_MOST_COUNTRIES},4)=0)"
    bars = f'SUMPRODUCT({at}*{between}*({letter}<>"|"))=0'
    letters = f'SUMPRODUCT({at}*(1-{between})*ISERROR(FIND({letter},"{_LETTERS}")))=0'
    return f.call("AND", f"MOD(LEN({joined}),4)=3", f"LEN({joined})<1200", bars, letters)


def check_answer_words() -> str:
    """The state of a cell that holds no answer."""
    return _("check this answer")


def count_to_check(layout: ScorecardLayout) -> Formula:
    """How many answers and profile fields need a look."""
    spans = [layout.column_cells(CalculationColumn.STATE)]
    if fields := list(layout.edition.profile):
        spans.append(
            CellRange(layout.profile_cell(fields[0], PROFILE_STATE), layout.profile_cell(fields[-1], PROFILE_STATE))
        )
    return "+".join(f"COUNTIF({span},{AnswerState.CHECK:d})" for span in spans)

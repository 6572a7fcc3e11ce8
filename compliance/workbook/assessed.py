"""Everything a scorecard workbook is written from: the answers, what the engine made of them, and where it stands."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeAlias

from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import PROFILE, Condition, Edition, Node, Question, Term
from compliance.questionnaire.facts import Facts, facts_of
from compliance.questionnaire.routing import NO, OPEN, YES, holds, points_of, truth
from compliance.scoring.bands import OverallBands, overall_bands
from compliance.scoring.descend import coverage_weights, effective_weights
from compliance.scoring.explain import Explanation, explain
from compliance.scoring.improve import Improvement
from compliance.scoring.plan import Plan
from compliance.scoring.score import Scores, score
from compliance.scoring.scorecard import Scorecard, make_scorecard
from compliance.scoring.types import BEST, Floats
from compliance.workbook.formulas import Formula
from compliance.workbook.places import Column, Places, State
from compliance.workbook.writer import Cached

#: A cell of a part on *Calculation*: where, the formula, and what it is worth now.
Cell: TypeAlias = tuple[Column, Formula, Cached]


@dataclass(frozen=True, slots=True)
class PeerFigure:
    """One figure beside those of a peer group, as the caller may show it. None = not shown."""

    measure: str
    company: float | None
    n: int
    lower: float | None = None  # quartile
    middle: float | None = None
    upper: float | None = None
    place: str = ""  # "3 to 7 of 24"


@dataclass(frozen=True, slots=True)
class Papers:
    """What is said around the answers: who, when, and what they rest on. All of it plain text."""

    company: str
    period: str = ""
    as_of: str = ""  # the day of the law catalogue, ISO 8601
    today: date | None = None  # the day for which it is judged what law binds the company; None: it is not judged
    voice: str = ""  # the company itself, or a desk analyst
    reasons: Mapping[str, str] = field(default_factory=dict)  # by question id
    evidence: Mapping[str, str] = field(default_factory=dict)  # by question id
    peers: tuple[PeerFigure, ...] = ()
    way: Improvement | None = None  # the least effort to the next band; None: not worked out


@dataclass(frozen=True)
class Assessed:
    """One sheet of one edition, scored."""

    plan: Plan
    sheet: AnswerSheet
    papers: Papers

    @property
    def edition(self) -> Edition:
        """The edition it answers."""
        return self.plan.edition

    @cached_property
    def facts(self) -> Facts | None:
        """What is known of the company on the day, for whether law binds it."""
        return facts_of(self.edition, self.sheet, self.papers.today) if self.papers.today else None

    @cached_property
    def places(self) -> Places:
        """Where everything stands."""
        return Places(self.edition)

    @cached_property
    def scores(self) -> Scores:
        """The claimed scores, as the engine has them."""
        return score(self.plan, [self.sheet])

    @cached_property
    def card(self) -> Scorecard:
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
    def others(self) -> tuple[Scorecard | None, Scorecard | None]:
        """The scorecards that stand beside the claimed one, as downloaded: evidenced and verified."""
        return self.evidenced, self.verified

    @cached_property
    def explanation(self) -> Explanation:
        """The claimed score worked out step by step."""
        return explain(self.plan, self.sheet)

    @cached_property
    def bands(self) -> OverallBands:
        """The bands of the whole, and the critical requirements that fail."""
        return overall_bands(self.scores)

    @cached_property
    def shares(self) -> Mapping[str, Floats]:
        """The part of the overall score that each part carries."""
        return effective_weights(self.scores)

    @cached_property
    def coverage_shares(self) -> Mapping[str, Floats]:
        """The part of the overall coverage that each part carries."""
        return coverage_weights(self.scores)

    def state(self, question: Question) -> State:
        """How it stands; in the file a cell may also need a check."""
        answer = self.sheet.answers.get(question.id)
        if answer is None:
            return State.BLANK
        return State.NOT_APPLICABLE if isinstance(answer, NotApplicable) else State.GIVEN

    def given(self, question: Question) -> Cached:
        """The number, or the points of what was chosen; empty where nothing was."""
        answer = self.sheet.answers.get(question.id)
        if answer is None or isinstance(answer, NotApplicable):
            return ""
        if isinstance(answer, float):
            return answer
        points = points_of(question, answer)
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

    def carried(self, question: Question, k: int) -> float:
        """What a question brings to the whole: its share times its score, worst (1), best (2), or coverage (3)."""
        result = self.scores.results[question.id]
        value, part = (
            (result.coverage[0], self.coverage_shares[question.id][0])
            if k > BEST
            else (result.value[k, 0], self.shares[question.id][k, 0])
        )
        return 0.0 if math.isnan(value) else float(part * value)

    def is_silent(self, question: Question) -> bool:
        """Asked and blank."""
        return self.state(question) == State.BLANK and self.asked(question) == 1

    def term(self, term: Term) -> float:
        """Whether a term holds: 0, 0.5 (open) or 1."""
        return self._term(term) / 2

    def _judged(self, condition: Condition | None) -> int:
        return int(truth(condition, self._term))

    def _term(self, term: Term) -> int:
        if term.id.startswith(PROFILE):
            value = self.sheet.profile.get(term.id.removeprefix(PROFILE))
            return OPEN if value is None else YES if holds(term, value, None) else NO
        routes, answer = self.scores.routes, self.sheet.answers.get(term.id)
        at = min(int(routes.asked[term.id][0]), int(routes.counts[term.id][0]))
        if answer is None:
            return min(at, OPEN)
        if isinstance(answer, NotApplicable):
            return NO
        return at if holds(term, answer, points_of(self.edition.questions[term.id], answer)) else NO


def cached(share: Floats) -> Cached:
    """What a formula cell is worth: the number of the one company there is, or empty for off."""
    return "" if math.isnan(share[0]) else float(share[0])


def shown_or_empty(score: float | None) -> Cached:
    """A score of the scorecard as a formula cell has it."""
    return "" if score is None else score

"""The score: from answers to questions to nodes to the whole, with its worst and best, for all companies at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Node, Question
from compliance.questionnaire.routing import NO, OPEN, YES
from compliance.scoring.columns import (
    BELIEVED,
    BLANK,
    NA,
    REFUSED,
    Basis,
    Columns,
    columns_of,
)
from compliance.scoring.combine import combine, weighted_mean
from compliance.scoring.plan import Plan, share
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.routes import Routes, routes_of
from compliance.scoring.types import BEST, SCORE, WORST, Flags, Floats, Triple


@dataclass(frozen=True, slots=True)
class Result:
    """A node or question over all companies, in shares of full marks."""

    value: Triple  # score, worst, best as they enter the parent; NaN = off
    score: Floats  # NaN = no score: off, or below the minimum coverage
    coverage: Floats  # NaN = not asked
    #: Coverage as a minimum above it sees it: 1 or 0 for a part that has its own minimum.
    counted: Floats

    @property
    def worst(self) -> Floats:
        """The least it can become; NaN = none."""
        worst: Floats = self.value[WORST]
        return worst

    @property
    def best(self) -> Floats:
        """The most it can become; NaN = none."""
        best: Floats = self.value[BEST]
        return best


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything computed from many sheets: a Result for each scored question and each node that holds one."""

    plan: Plan
    columns: Columns
    routes: Routes
    results: Mapping[str, Result]

    @property
    def overall(self) -> Result:
        """The whole tree."""
        return self.results[OVERALL]


def score(plan: Plan, sheets: Sequence[AnswerSheet], basis: Basis = "claimed") -> Scores:
    """Score many sheets of one edition on one basis; one sheet is a batch of one."""
    columns = columns_of(plan.edition, sheets, basis)
    return score_columns(plan, columns, routes_of(plan.edition, columns))


def score_columns(plan: Plan, columns: Columns, routes: Routes) -> Scores:
    """Score answers that are coded and routed already."""
    results: dict[str, Result] = {}

    def visit(part: Node | Question) -> None:
        if isinstance(part, Question):
            if part.id in plan.worth:
                results[part.id] = _question(plan, part, columns, routes)
            return
        for below in part.parts:
            visit(below)
        weights = plan.weights[part.id]
        if weights:
            results[part.id] = _node(plan, part, [results[i] for i in weights], _judged(part, columns))

    visit(plan.edition.root)
    return Scores(plan, columns, routes, results)


def _question(plan: Plan, question: Question, columns: Columns, routes: Routes) -> Result:
    asked, gate = routes.asked[question.id], routes.counts[question.id]
    column = columns.answers[question.id]
    belief = columns.belief.get(question.id, np.zeros(len(asked), np.int8))
    least, most = plan.worth[question.id].least, plan.worth[question.id].most
    blank, na = column.codes == BLANK, column.codes == NA
    doubted_na = na & (belief != BELIEVED)  # counts as a blank that is always on

    earned = np.array([least, np.nan, *(share(question, value) for value in column.values)])[column.codes]
    earned[doubted_na] = least
    withheld = np.minimum(earned, 0.0)
    unshown = (belief != BELIEVED) & ~blank & ~na

    now = np.where((gate != YES) | unshown, withheld, earned)
    if plan.edition.blank == "drop":
        now = np.where(blank & (gate == YES), np.nan, now)
    worst = np.where(na, least, np.where((gate != YES) | unshown, withheld, earned))
    best = np.where((blank | doubted_na) & (belief != REFUSED), most, earned)
    best = np.where((gate == NO) | ((belief == REFUSED) & ~blank & ~na), np.minimum(best, 0.0), best)

    value = np.stack([now, np.where(asked == OPEN, least, worst), np.where(asked == OPEN, 1.0, best)])
    value[SCORE, asked != YES] = np.nan
    value[WORST:, asked == NO] = np.nan
    coverage = _question_coverage(question, columns, answered=~blank & ~na, spared=blank & (gate == NO))
    coverage[asked != YES] = np.nan
    return Result(value, value[SCORE], coverage, coverage)


def _question_coverage(question: Question, columns: Columns, *, answered: Flags, spared: Flags) -> Floats:
    """1 if answered, or spared by a gate that is surely shut; an auditor's coverage is the share with a verdict."""
    known = answered if columns.judged is None else columns.judged[question.id]
    return np.where(known | spared, 1.0, 0.0)


def _judged(node: Node, columns: Columns) -> Flags:
    """Where there is something to go by: of answers always, of verdicts where an auditor gave one below."""
    if columns.judged is None:
        return np.ones(len(columns.companies), bool)
    verdicts = [columns.judged[question.id] for question in node.questions() if question.scored]
    judged: Flags = np.any(np.stack(verdicts), axis=0)
    return judged


def _node(plan: Plan, node: Node, parts: Sequence[Result], judged: Flags) -> Result:
    weights = list(plan.weights[node.id].values())
    value = combine(node.combine, weights, [part.value for part in parts])
    value[WORST] = np.fmin(value[WORST], value[SCORE])
    value[BEST] = np.fmax(value[BEST], value[SCORE])
    coverage = weighted_mean(weights, [part.coverage for part in parts])
    counted = weighted_mean(weights, [part.counted for part in parts])
    reported = np.where(judged, value[SCORE], np.nan)
    if node.min_coverage is not None:
        reported[~(counted >= node.min_coverage - TOLERANCE)] = np.nan
        counted = np.where(np.isnan(coverage), np.nan, np.where(np.isnan(reported), 0.0, 1.0))
        if plan.edition.blank == "drop":
            value[SCORE] = reported
    return Result(value, reported, coverage, counted)

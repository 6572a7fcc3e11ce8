"""The improvement problem: one sheet, the options for each answer, the target, and the effort of a change.

Effort is counted where advice is given, at the requirement: its `effort` times the normalised score that a change adds,
gates included. A question outside every requirement counts by itself, with an effort of 1. If a score falls because a
change brings in unanswered questions, no effort is given back.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import Band, Edition, MinimumStandard, Node, Question
from compliance.questionnaire.routing import predicates
from compliance.scoring.answer_columns import BLANK, FIRST_VALUE, NA, AnswerColumn, Column, code_dtype
from compliance.scoring.coded_answers import CREDITED, UNCONFIRMED, CodedAnswers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import SCORE, TOLERANCE, Flags, Floats
from compliance.scoring.score import Scores, overall_bands, score_columns

#: New answers by question; None for a blank.
SheetChange = Mapping[str, Answer | None]


@dataclass(frozen=True, slots=True)
class EffortUnit:
    """The unit in which effort is counted: a requirement, or a question outside every requirement."""

    part: Node | Question

    @property
    def effort(self) -> float:
        """The effort of raising it from nothing to full marks."""
        return self.part.effort if isinstance(self.part, Node) else 1.0


def effort_units(edition: Edition) -> tuple[EffortUnit, ...]:
    """Return every requirement with a scored question, then every scored question outside them, in file order."""
    inside = [r for r in edition.requirements if any(question.scored for question in r.questions())]
    alone = [q for q in edition.questions.values() if q.scored and edition.requirement_of(q.id) is None]
    return (*(EffortUnit(part) for part in inside), *(EffortUnit(part) for part in alone))


def apply_change(sheet: AnswerSheet, change: SheetChange) -> AnswerSheet:
    """Return the sheet with these answers. New answers count as shown, since evidence would be needed."""
    answers = {**sheet.answers, **change}
    given = {question: answer for question, answer in answers.items() if answer is not None}
    shown = {question for question, answer in change.items() if answer is not None}
    return replace(sheet, answers=given, evidenced=sheet.evidenced | shown)


def score_changes(compiled: CompiledEdition, columns: CodedAnswers, changes: Sequence[SheetChange]) -> Scores:
    """Return the scores of one company after each change by itself. `columns`: its answers, coded for a basis."""
    many = columns.repeated(np.zeros(len(changes), np.int64))
    answers, credit = dict(many.answers), dict(many.credit)
    touched = dict.fromkeys(question for change in changes for question in change)
    for question in touched:
        where = [position for position, change in enumerate(changes) if question in change]
        answers[question] = _with_answers(answers[question], where, [changes[position][question] for position in where])
        if question in credit:
            credit[question] = credit[question].copy()
            credit[question][where] = [_credit(changes[position][question]) for position in where]
    after = replace(many, answers=answers, credit=credit)
    return score_columns(compiled, after, route_answers(compiled.edition, after))


def _credit(answer: Answer | None) -> int:
    return UNCONFIRMED if isinstance(answer, NotApplicable) and not answer.reason else CREDITED


def _with_answers(column: Column, where: Sequence[int], answers: Sequence[Answer | None]) -> AnswerColumn:
    values = list(column.values)
    known = {value: FIRST_VALUE + position for position, value in enumerate(values)}
    new = []
    for answer in answers:
        if answer is None or isinstance(answer, NotApplicable):
            new.append(BLANK if answer is None else NA)
            continue
        if answer not in known:
            known[answer] = FIRST_VALUE + len(values)
            values.append(answer)
        new.append(known[answer])
    codes = column.codes.astype(code_dtype(len(values)))
    codes[list(where)] = new
    return AnswerColumn(codes, tuple(values))


def unit_scores(scores: Scores, units: Sequence[EffortUnit]) -> Floats:
    """Return the normalised score of each unit after each change, (units, changes); 0 if it is missing."""
    shares: Floats = np.stack([scores.results[unit.part.id].value[SCORE] for unit in units])
    return np.where(np.isnan(shares), 0.0, shares)


def change_efforts(units: Sequence[EffortUnit], before: Floats, after: Floats) -> Floats:
    """Return the effort of each change, (changes,), from unit scores before (units, 1) and after (units, changes)."""
    added = np.maximum(after - before, 0.0)
    total: Floats = np.zeros(after.shape[1])
    for unit, of_unit in zip(units, added, strict=True):
        total += unit.effort * of_unit
    return total


@dataclass(frozen=True, slots=True)
class Target:
    """A band or a number of points to reach."""

    band: Band | None  # None: a number of points
    points: float  # the least overall score that is enough, on the edition's scale
    position: int = 0  # of the band, the lowest being 0
    standards: tuple[MinimumStandard, ...] = ()  # minimum standards that the band requires

    @property
    def needs_critical(self) -> bool:
        """True if minimum standards, such as critical requirements, have to be met."""
        return bool(self.standards)

    @property
    def name(self) -> str:
        """The band's id, or the points as text."""
        return self.band.id if self.band else f"{self.points:g}"


def band_target(edition: Edition, position: int) -> Target:
    """Return the target for the band at a position. Its points are the least that round up to its lower bound."""
    band = edition.bands[position]
    standards = tuple(standard for standard in edition.minimum_standards if standard.highest < position)
    return Target(band, _least_points(edition, band.at), position, standards)


def points_target(points: float) -> Target:
    """Return the target for a number of points on the edition's scale, reached without rounding."""
    return Target(None, points)


def _least_points(edition: Edition, at: float) -> float:
    """Return the least score that `bands_of` takes for at least `at`."""
    if edition.band_at is None:
        return at - TOLERANCE
    factor = 10.0**edition.band_at
    step = math.ceil((at - TOLERANCE) * factor)
    beside = -TOLERANCE if step > 0 else 2 * TOLERANCE  # a half is rounded away from zero
    return (step - 0.5 + beside) / factor


def reaches(scores: Scores, target: Target) -> Flags:
    """Return a flag for each of the scores: whether the engine finds that it reaches the target."""
    if target.band is not None:
        found: Flags = overall_bands(scores).capped[SCORE] >= target.position
        return found
    points = np.nan_to_num(scores.overall.score, nan=-np.inf) * scores.compiled.edition.scale
    enough: Flags = points >= target.points - TOLERANCE
    return enough


def failing_critical(scores: Scores, target: Target) -> Sequence[Node | Question]:
    """Return the minimum standards that keep the first of the scores from the target: the parts, each once.

    They are critical requirements, prerequisites, and what bands require.
    """
    unmet = overall_bands(scores).unmet
    failing = [standard.part for standard, fails in unmet if standard in target.standards and fails[SCORE, 0]]
    return tuple({part.id: part for part in failing}.values())


def shortfall_from(scores: Scores, target: Target) -> Floats:
    """Return each score's distance from the target, as shares: the sum for the overall score and minimum standards."""
    short: Floats = np.maximum(
        target.points / scores.compiled.edition.scale - np.nan_to_num(scores.overall.value[SCORE]), 0.0
    )
    short = short + np.isnan(scores.overall.score)
    for standard in target.standards:
        if standard.part.id in scores.results:
            value = np.nan_to_num(scores.results[standard.part.id].value[SCORE], nan=standard.share)
            short = short + np.maximum(standard.share - value, 0.0)
    return short


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One possible answer to a question. Scores are normalised, as if its gate were open."""

    answer: Answer | None  # None: it stays blank; for a range of numbers, its lowest
    lowest: float
    highest: float  # above `lowest` for a range of numbers, any of which is possible
    condition_truths: tuple[int, ...]  # NO, OPEN or YES for each term that looks at the question


#: The options of each question, the first being to leave it as it is. A fact has only that one.
AnswerOptions = Mapping[str, tuple[AnswerOption, ...]]


def terms_by_question(edition: Edition) -> dict[str, tuple[Predicate, ...]]:
    """Return the distinct terms of conditions that look at each question."""
    found: dict[str, dict[Predicate, None]] = {}
    for part in edition.root.walk():
        conditions = [part.asked_when, part.counts_when if isinstance(part, Question) else None]
        for term in (term for condition in conditions for term in predicates(condition)):
            found.setdefault(term.id, {})[term] = None
    return {question: tuple(known) for question, known in found.items()}


@dataclass(frozen=True, slots=True)
class ImprovementProblem:
    """The problem of improving one sheet, coded once."""

    compiled: CompiledEdition
    answers: CodedAnswers  # one company
    options: AnswerOptions
    units: tuple[EffortUnit, ...]
    before: Floats  # normalised scores of the units, (units, 1)

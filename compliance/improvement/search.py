"""Heuristic search for a plan of little effort, where no exact solution is possible, and the reduction of any plan.

Backward elimination from every answer at its best. It scores every candidate, so it works for any rule and condition.
Its result reaches the target, but may not be the least. It is deterministic. The reduction drops whatever a plan does
not need, and rounds numbers as people write them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from compliance.improvement.problem import (
    AnswerOption,
    ImprovementProblem,
    SheetChange,
    Target,
    change_efforts,
    reaches,
    score_changes,
    shortfall_from,
    unit_scores,
)
from compliance.questionnaire.answers import Answer
from compliance.questionnaire.edition import Question
from compliance.scoring.compiled_edition import normalised_score
from compliance.scoring.numeric import SCORE, Flags, Floats
from compliance.scoring.question_outcomes import NUMBER_STEPS, number_at, written_number
from compliance.scoring.score import Scores

#: The number of intervals into which a range of numbers is divided for trial.
GRID_POINTS = 8
#: Rounds after which a search for the target gives up.
_REPAIR_ROUNDS = 6
#: Efforts and shortfalls that differ by less are equal.
_EFFORT_EPSILON = 1e-12


def search_change(problem: ImprovementProblem, target: Target) -> SheetChange | None:
    """Return a change that reaches the target, found by searching, or None if none was found."""
    ladders = {question.id: _ladder(question, problem.options[question.id]) for question in _questions(problem)}
    highest = _repair(problem, target, {q: len(ladder) for q, ladder in ladders.items() if ladder}, ladders)
    if highest is None:
        return None
    found = [_eliminate(problem, target, highest, ladders, by) for by in (_by_ratio, _by_saving)]
    return _change(min(found, key=lambda rungs: _effort(problem, [_change(rungs, ladders)])[0]), ladders)


OptionLadders = dict[str, tuple[Answer | None, ...]]
#: The position of each question on its ladder, from 1. Questions not included stay as they are.
LadderPositions = dict[str, int]


def _questions(problem: ImprovementProblem) -> Iterator[Question]:
    return (q for q in problem.compiled.edition.questions.values() if q.scored)


def _ladder(question: Question, options: Sequence[AnswerOption]) -> tuple[Answer | None, ...]:
    """Return the other answers of a question, the lowest first."""
    return tuple(answer for option in options[1:] for answer in _ladder_answers(question, option))


def _ladder_answers(question: Question, option: AnswerOption) -> Iterator[Answer | None]:
    yield option.answer
    if option.highest > option.lowest:
        for normalised in np.linspace(option.lowest, option.highest, GRID_POINTS + 1)[1:-1]:
            yield written_number(question, float(normalised))
        yield number_at(question, option.highest)


def _change(rungs: LadderPositions, ladders: OptionLadders) -> SheetChange:
    return {question: ladders[question][rung - 1] for question, rung in rungs.items()}


def _effort(problem: ImprovementProblem, changes: Sequence[SheetChange]) -> Floats:
    return score_and_effort(problem, changes)[1]


def score_and_effort(problem: ImprovementProblem, changes: Sequence[SheetChange]) -> tuple[Scores, Floats]:
    """Return the scores of the sheet after each change, and the effort of each; both of the shape (changes,)."""
    scores = score_changes(problem.compiled, problem.answers, changes)
    return scores, change_efforts(problem.units, problem.before, unit_scores(scores, problem.units))


def _repair(
    problem: ImprovementProblem, target: Target, rungs: LadderPositions, ladders: OptionLadders
) -> LadderPositions | None:
    """Return the positions, changed one question at a time until they reach the target, or None if they do not."""
    for _ in range(_REPAIR_ROUNDS):
        tried = [rungs, *_neighbours(rungs, ladders)]
        scores, _efforts = score_and_effort(problem, [_change(each, ladders) for each in tried])
        enough = reaches(scores, target)
        if enough.any():
            return tried[int(np.argmax(enough))]
        short = shortfall_from(scores, target)
        best = int(np.argmin(short))
        if short[best] >= short[0] - _EFFORT_EPSILON:
            return None
        rungs = tried[best]
    return None


def _neighbours(rungs: LadderPositions, ladders: OptionLadders) -> Iterator[LadderPositions]:
    for question, ladder in ladders.items():
        for rung in range(len(ladder) + 1):
            if rung != rungs.get(question, 0):
                yield _moved_to(rungs, question, rung)


def _moved_to(rungs: LadderPositions, question: str, rung: int) -> LadderPositions:
    rest = {q: r for q, r in rungs.items() if q != question}
    return {**rest, question: rung} if rung else rest


def _by_ratio(saved: Floats, lost: Floats) -> Floats:
    return saved / np.maximum(lost, _EFFORT_EPSILON)


def _by_saving(saved: Floats, lost: Floats) -> Floats:
    return saved


def _eliminate(
    problem: ImprovementProblem,
    target: Target,
    rungs: LadderPositions,
    ladders: OptionLadders,
    priority: Callable[[Floats, Floats], Floats],
) -> LadderPositions:
    """Return the positions without what the target does not need, undone by priority while it is still reached."""
    while True:
        lower = [(question, down) for question, rung in rungs.items() for down in range(rung)]
        tried = [rungs, *(_moved_to(rungs, question, down) for question, down in lower)]
        scores, efforts = score_and_effort(problem, [_change(each, ladders) for each in tried])
        value = np.nan_to_num(scores.overall.value[SCORE])
        saved, lost = efforts[0] - efforts[1:], value[0] - value[1:]
        useful: Flags = reaches(scores, target)[1:] & (saved >= -_EFFORT_EPSILON)
        order = [int(i) for i in np.argsort(-priority(saved, lost), kind="stable") if useful[i]]
        if not order:
            return rungs
        rungs = _eliminate_many(problem, target, rungs, [lower[i] for i in order], ladders)


def _eliminate_many(
    problem: ImprovementProblem,
    target: Target,
    rungs: LadderPositions,
    lower: Sequence[tuple[str, int]],
    ladders: OptionLadders,
) -> LadderPositions:
    """Return the positions after the first of these steps down that still reach the target and save effort."""
    first = dict(reversed(lower))  # the first step of each question
    ranked = sorted(first.items(), key=lambda step: lower.index(step))
    steps = [rungs]
    for question, down in ranked[: max(1, len(ranked) // 4)]:
        steps.append(_moved_to(steps[-1], question, down))
    scores, efforts = score_and_effort(problem, [_change(each, ladders) for each in steps])
    good = reaches(scores, target) & (np.diff(efforts, prepend=efforts[0]) <= _EFFORT_EPSILON)
    stop = len(steps) if good.all() else int(np.argmin(good))
    return steps[max(stop - 1, 1)]


# ── Reduction: numbers as people write them, and no unnecessary steps


def with_written_numbers(problem: ImprovementProblem, change: SheetChange) -> SheetChange:
    """Return the change with each number rounded as people write it, no worse. Numbers that are only shown stay."""
    questions = problem.compiled.edition.questions
    return {q: _written_answer(questions[q], answer, problem.options[q][0].answer) for q, answer in change.items()}


def _written_answer(question: Question, answer: Answer | None, now: Answer | None) -> Answer | None:
    if question.range is None or not isinstance(answer, float) or answer == now:
        return answer
    if question.clip and not min(question.range) <= answer <= max(question.range):
        return answer  # a condition needs it there, and it earns as much as the end of the range
    return written_number(question, normalised_score(question, answer))


def reduce_change(problem: ImprovementProblem, target: Target, change: SheetChange) -> SheetChange:
    """Return the change with written numbers, each as low as possible, and without unnecessary answers."""
    tidy: SheetChange = with_written_numbers(problem, change)
    if not reaches(score_and_effort(problem, [tidy])[0], target)[0]:
        tidy = change  # a written number may meet a condition that the exact one does not
    places = list(problem.compiled.edition.questions)
    order = sorted(tidy, key=places.index, reverse=True)  # questions before those that they depend on
    tidy = _reduce_answers(problem, target, tidy, order, lambda _question, _answer: None)
    numbers = [q for q in order if isinstance(tidy.get(q), float)]
    if not numbers:
        return tidy
    return _reduce_answers(
        problem, target, tidy, numbers, lambda question, answer: _one_step_lower(problem, question, answer)
    )


def _reduce_answers(
    problem: ImprovementProblem,
    target: Target,
    change: SheetChange,
    order: Sequence[str],
    less: Callable[[str, Answer | None], SheetChange | None],
) -> SheetChange:
    """Return the change with as many answers reduced as still reach the target with no more effort."""
    for _ in range(len(order) + 1):
        tried = [(q, _replacing(change, q, less(q, change[q]))) for q in order if q in change]
        scores, efforts = score_and_effort(problem, [change, *(each for _q, each in tried)])
        good = reaches(scores, target)[1:] & (efforts[1:] <= efforts[0] + _EFFORT_EPSILON)
        able = [q for (q, each), fine in zip(tried, good, strict=True) if fine and each != change]
        if not able:
            return change
        steps: list[SheetChange] = [change]
        for question in able:
            steps.append(_replacing(steps[-1], question, less(question, change[question])))
        scores, efforts = score_and_effort(problem, steps)
        fits: Flags = reaches(scores, target) & (np.diff(efforts, prepend=efforts[0]) <= _EFFORT_EPSILON)
        change = steps[max((len(steps) if fits.all() else int(np.argmin(fits))) - 1, 1)]
    return change


def _replacing(change: SheetChange, question: str, part: SheetChange | None) -> SheetChange:
    """Return the change without a question, or with another answer to it."""
    rest = {q: answer for q, answer in change.items() if q != question}
    return rest if part is None else {**change, **part}


def _one_step_lower(
    problem: ImprovementProblem, question_id: str, answer: Answer | None
) -> Mapping[str, Answer | None]:
    """Return a number one written step lower, but not below its present value. Any other answer stays."""
    question = problem.compiled.edition.questions[question_id]
    if question.range is None or not isinstance(answer, float):
        return {question_id: answer}
    now = problem.options[question_id][0].answer
    normalised, floor = (
        normalised_score(question, answer),
        normalised_score(question, now) if isinstance(now, float) else 0.0,
    )
    lower = written_number(question, max(normalised - 1 / NUMBER_STEPS, floor))
    return {question_id: lower if floor <= normalised_score(question, lower) < normalised else answer}


def lowest_numbers(problem: ImprovementProblem, target: Target, change: SheetChange) -> SheetChange:
    """Return the change with each number in turn at the lowest written value that suffices, at no more effort."""
    for question_id, answer in change.items():
        question = problem.compiled.edition.questions[question_id]
        now = problem.options[question_id][0].answer
        if question.range is None or not isinstance(answer, float) or answer == now:
            continue
        start = normalised_score(question, now) if isinstance(now, float) else 0.0
        steps = int((normalised_score(question, answer) - start) * NUMBER_STEPS)
        lower = [written_number(question, start + step / NUMBER_STEPS) for step in range(max(steps, 0) + 1)]
        tried: list[SheetChange] = [*({**change, question_id: number} for number in lower), change]
        scores, efforts = score_and_effort(problem, tried)
        fine: Flags = reaches(scores, target) & (efforts <= efforts[-1] + _EFFORT_EPSILON)
        change = next(each for each, is_fine in zip(tried, fine, strict=True) if is_fine)
    return change

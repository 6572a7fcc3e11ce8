"""A search for little effort where no solver is exact: from every answer at its best, down to what the target needs.

It re-scores, so that it holds for any rule and any condition; what it finds reaches the target, and may not be the
least. The same sheet gives the same result on every run.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from compliance.questionnaire.answers import Answer
from compliance.questionnaire.edition import Question
from compliance.scoring.changes import Change, efforts_of, score_changes, shares_of
from compliance.scoring.choices import Choice, number_at, written_number
from compliance.scoring.score import Scores
from compliance.scoring.sheet_program import Task
from compliance.scoring.target import Target, reaches, shortfall
from compliance.scoring.types import SCORE, Flags, Floats

#: A number that may run is tried at so many places.
PLACES = 8
#: Rounds after which an uphill search gives up.
_ROUNDS = 6
_SAME = 1e-12


def search(task: Task, target: Target) -> Change | None:
    """A change that reaches the target, found by searching; None if none was found."""
    ladders = {question.id: _ladder(question, task.choices[question.id]) for question in _questions(task)}
    highest = _uphill(task, target, {q: len(ladder) for q, ladder in ladders.items() if ladder}, ladders)
    if highest is None:
        return None
    found = [_downhill(task, target, highest, ladders, by) for by in (_by_ratio, _by_saving)]
    return _change(min(found, key=lambda rungs: _effort(task, [_change(rungs, ladders)])[0]), ladders)


Ladders = dict[str, tuple[Answer | None, ...]]
#: How high each question stands on its ladder, from 1; what is not in it stays as it is.
Rungs = dict[str, int]


def _questions(task: Task) -> Iterator[Question]:
    return (q for q in task.plan.edition.questions.values() if q.scored)


def _ladder(question: Question, choices: Sequence[Choice]) -> tuple[Answer | None, ...]:
    """The other answers of a question, the least first."""
    return tuple(answer for choice in choices[1:] for answer in _places(question, choice))


def _places(question: Question, choice: Choice) -> Iterator[Answer | None]:
    yield choice.answer
    if choice.high > choice.low:
        for worth in np.linspace(choice.low, choice.high, PLACES + 1)[1:-1]:
            yield written_number(question, float(worth))
        yield number_at(question, choice.high)


def _change(rungs: Rungs, ladders: Ladders) -> Change:
    return {question: ladders[question][rung - 1] for question, rung in rungs.items()}


def _effort(task: Task, changes: Sequence[Change]) -> Floats:
    return _looked(task, changes)[1]


def _looked(task: Task, changes: Sequence[Change]) -> tuple[Scores, Floats]:
    scores = score_changes(task.plan, task.columns, changes)
    return scores, efforts_of(task.units, task.before, shares_of(scores, task.units))


def _uphill(task: Task, target: Target, rungs: Rungs, ladders: Ladders) -> Rungs | None:
    """The same, mended a question at a time until it reaches the target; None if that does not come about."""
    for _ in range(_ROUNDS):
        tried = [rungs, *_neighbours(rungs, ladders)]
        scores, _efforts = _looked(task, [_change(each, ladders) for each in tried])
        enough = reaches(scores, target)
        if enough.any():
            return tried[int(np.argmax(enough))]
        short = shortfall(scores, target)
        best = int(np.argmin(short))
        if short[best] >= short[0] - _SAME:
            return None
        rungs = tried[best]
    return None


def _neighbours(rungs: Rungs, ladders: Ladders) -> Iterator[Rungs]:
    for question, ladder in ladders.items():
        for rung in range(len(ladder) + 1):
            if rung != rungs.get(question, 0):
                yield _at(rungs, question, rung)


def _at(rungs: Rungs, question: str, rung: int) -> Rungs:
    rest = {q: r for q, r in rungs.items() if q != question}
    return {**rest, question: rung} if rung else rest


def _by_ratio(saved: Floats, lost: Floats) -> Floats:
    return saved / np.maximum(lost, _SAME)


def _by_saving(saved: Floats, lost: Floats) -> Floats:
    return saved


def _downhill(
    task: Task, target: Target, rungs: Rungs, ladders: Ladders, worth: Callable[[Floats, Floats], Floats]
) -> Rungs:
    """Take back what the target does not need, the dearest first, while it is still reached."""
    while True:
        lower = [(question, down) for question, rung in rungs.items() for down in range(rung)]
        tried = [rungs, *(_at(rungs, question, down) for question, down in lower)]
        scores, efforts = _looked(task, [_change(each, ladders) for each in tried])
        value = np.nan_to_num(scores.overall.value[SCORE])
        saved, lost = efforts[0] - efforts[1:], value[0] - value[1:]
        useful: Flags = reaches(scores, target)[1:] & (saved >= -_SAME)
        order = [int(i) for i in np.argsort(-worth(saved, lost), kind="stable") if useful[i]]
        if not order:
            return rungs
        rungs = _together(task, target, rungs, [lower[i] for i in order], ladders)


def _together(task: Task, target: Target, rungs: Rungs, lower: Sequence[tuple[str, int]], ladders: Ladders) -> Rungs:
    """As many of these steps down at once, the first ones first, as still reach the target and save."""
    first = dict(reversed(lower))  # of each question the step that comes first
    ranked = sorted(first.items(), key=lambda step: lower.index(step))
    steps = [rungs]
    for question, down in ranked[: max(1, len(ranked) // 4)]:
        steps.append(_at(steps[-1], question, down))
    scores, efforts = _looked(task, [_change(each, ladders) for each in steps])
    good = reaches(scores, target) & (np.diff(efforts, prepend=efforts[0]) <= _SAME)
    stop = len(steps) if good.all() else int(np.argmin(good))
    return steps[max(stop - 1, 1)]

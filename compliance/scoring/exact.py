"""The least effort as a linear program: exact wherever every node is a mean or a sum and a blank stays in the score.

What is asked has to be known before shares are linear, as what drops out takes its weight along. Where answers that
may change decide what is asked, each way of asking is a program of its own. Gates are logic within the program.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from compliance.questionnaire.edition import PROFILE, Condition, Edition, Node, Question, Term
from compliance.questionnaire.routing import terms
from compliance.scoring.choices import Choice, Choices, terms_on
from compliance.scoring.combine import LINEAR
from compliance.scoring.sheet_program import Least, SheetProgram, Task
from compliance.scoring.target import Target

#: So many ways of asking are solved one by one; beyond that one searches.
MOST_BRANCHES = 24


def is_linear(edition: Edition) -> bool:
    """Whether every node is a mean or a sum, and blanks keep their weight."""
    return edition.blank == "zero" and all(node.combine in LINEAR for node in edition.nodes.values())


def least_effort(task: Task, target: Target, sharper: float = 1.0) -> Least | None:
    """The cheapest change by the solver; None where there are too many ways of asking, so that one has to search.

    `sharper`: how much larger than life the lines are written that must hold exactly.
    """
    found: list[Least] = []
    for branch in _branches(task):
        if branch is None:
            return None
        found.append(SheetProgram(task, branch, sharper).least(target))
    best = min(found, key=lambda least: (least.outcome == "impossible", least.cost))
    return replace(best, bound=min(least.bound for least in found))


# ── What is asked


def _branches(task: Task) -> Iterator[Choices | None]:
    """The choices, parted by what they make of the questions asked; a single None where there are too many."""
    groups = _steering_groups(task)
    if math.prod(len(group) for group in groups.values()) > MOST_BRANCHES:
        yield None
        return
    for combination in product(*groups.values()):
        yield {**task.choices, **dict(zip(groups, combination, strict=True))}


def _steering_groups(task: Task) -> dict[str, list[tuple[Choice, ...]]]:
    """Of each question whose answer may change what is asked: its choices, together where they steer alike."""
    edition, looked = task.plan.edition, terms_on(task.plan.edition)
    steering = _steering_terms(edition)
    groups = {}
    for question, named in steering.items():
        alike: dict[tuple[int, ...], list[Choice]] = {}
        for choice in task.choices[question]:
            key = tuple(choice.truths[looked[question].index(term)] for term in named)
            alike.setdefault(key, []).append(choice)
        if len(alike) > 1:
            groups[question] = [tuple(choices) for choices in alike.values()]
    return groups


def _steering_terms(edition: Edition) -> dict[str, list[Term]]:
    """The terms that decide what is asked of what is scored, by question, also at second hand."""
    found: dict[str, list[Term]] = {}
    waiting = [
        part.asked_when
        for part in edition.root.walk()
        if (part.scored if isinstance(part, Question) else any(q.scored for q in part.questions()))
    ]
    while waiting:
        for term in terms(waiting.pop()):
            if not term.id.startswith(PROFILE) and term not in found.setdefault(term.id, []):
                found[term.id].append(term)
                waiting += [edition.questions[term.id].counts_when, *_conditions_above(edition, term.id)]
    return found


def _conditions_above(edition: Edition, question: str) -> Iterator[Condition | None]:
    part: Node | Question | None = edition.questions[question]
    while part is not None:
        yield part.asked_when
        part = edition.parents.get(part.id)

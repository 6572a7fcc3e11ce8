"""Warnings about conditions under `combine: sum`, where what is asked decides how many points can be had."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from compliance.questionnaire.condition_parser import ConditionScope, contradictions
from compliance.questionnaire.conditions_and_law import AllOf, Condition
from compliance.questionnaire.edition import Node, Question
from compliance.questionnaire.faults import FaultCollector, SourceLocation


def warn_of_shifting_sums(
    node: Node,
    places: Mapping[str, SourceLocation],
    scope: ConditionScope,
    faults: FaultCollector,
    *,
    is_added_up: bool,
) -> None:
    """Warn where the parts of a `sum` exclude each other, and where `asked_when` changes its maximum.

    `places`: of each part, by id. `is_added_up`: the node stands in a `sum` itself, where all its parts count in the
    maximum, also those that are not asked. Elsewhere it is enough that one of two ways is not asked.
    """
    alternatives = list(_alternatives(node.parts, scope))
    for first, second in alternatives:
        if is_added_up or None in (first.asked_when, second.asked_when):
            message = (
                f"`{first.id}` and `{second.id}` can never earn points together, and the maximum of `{node.id}` counts "
                "both: put them into a node with `max`, the most points that one way can earn"
            )
            faults.warn(places[second.id], message)
            break
    excluded = {part.id for pair in alternatives for part in pair}
    for part in node.parts:
        if part.asked_when is None or part.id in excluded:
            continue
        on_questions = "" if isinstance(part, Question) else " on its questions"
        message = (
            f"`asked_when` on `{part.id}` takes its points out of the maximum under `combine: sum`, so the same points "
            f"become another score: write `counts_when`{on_questions}, unless the maximum is meant to shrink"
        )
        faults.warn(places[part.id], message)


def _alternatives(
    parts: Sequence[Node | Question], scope: ConditionScope
) -> Iterator[tuple[Node | Question, Node | Question]]:
    """The pairs of parts of which no answers let both count."""
    for first, second in combinations((part for part in parts if _condition(part) is not None), 2):
        together = AllOf(tuple(each for part in (first, second) if (each := _condition(part)) is not None))
        if any(contradictions(together, scope)):
            yield first, second


def _condition(part: Node | Question) -> Condition | None:
    """All that has to hold for a part to earn points; None: it always can."""
    gate = part.counts_when if isinstance(part, Question) else None
    conditions = tuple(each for each in (part.asked_when, gate) if each is not None)
    return AllOf(conditions) if conditions else None

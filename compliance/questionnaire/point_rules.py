"""Rules about points: the maximum of a sum, parts that only take points away, and minimums that a band requires.

There are also warnings about sums whose conditions give them another maximum than is probably meant.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from compliance.questionnaire.condition_parser import ConditionScope, contradictions
from compliance.questionnaire.conditions_and_law import AllOf, Condition
from compliance.questionnaire.edition import BandCondition, Node, Question, weighs
from compliance.questionnaire.faults import FaultCollector, SourceLocation, did_you_mean
from compliance.questionnaire.key_reader import ParsedKeys
from compliance.questionnaire.vocabulary import AGGREGATION_RULES, AggregationMethod
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, number_of


def check_maximum(node: Node, found: ParsedKeys, faults: FaultCollector) -> None:
    """Note a `max` on a node that does not add up points, or one that its parts cannot reach."""
    if node.max is None:
        return
    most = sum(part.full for part in node.parts if weighs(part))
    if not AGGREGATION_RULES[node.combine].weighs_full_marks:
        faults.add(found.at("max"), "`max` belongs to a `sum`, where points are added up: delete it, or `combine: sum`")
    elif node.max > most:
        faults.add(
            found.at("max"), f"the parts have full marks of {most:g}, less than this `max`: lower it, or delete it"
        )


def check_deductions(
    part: Node | Question, found: ParsedKeys, faults: FaultCollector, combine: AggregationMethod
) -> None:
    """Note what a part that only takes points away may not be. `combine`: the rule of the node that holds it."""
    place = found.at("options") if isinstance(part, Question) else found.place
    if not AGGREGATION_RULES[combine].weighs_full_marks:
        message = f"`{part.id}` only takes points away, which needs points to take them from: put it under a `sum`"
        faults.add(place, f"{message}, or let an answer earn some")
    for key in ("critical", "prerequisite"):
        if found.get(key):
            message = f"`{part.id}` has no full marks to reach: say in points what a band `requires` of it"
            faults.add(found.at(key), f"{message}, as in `-5 points`, or let an answer earn some")


def warn_of_shifting_sums(
    node: Node,
    places: Mapping[str, SourceLocation],
    scope: ConditionScope,
    faults: FaultCollector,
    *,
    is_added_up: bool,
) -> None:
    """Warn if parts of a `sum` exclude each other, or if `asked_when` changes its maximum.

    A node with a `max` of its own states its maximum, and is not checked. `places`: locations of parts by id.
    `is_added_up`: the node is itself part of a `sum`, where the maximum counts all parts, even those that are not
    asked. Elsewhere two parts may exclude each other if both have an `asked_when`.
    """
    if node.max is not None:
        return
    parts = [part for part in node.parts if weighs(part)]
    alternatives = list(_alternatives(parts, scope))
    for first, second in alternatives:
        if is_added_up or None in (first.asked_when, second.asked_when):
            message = (
                f"`{first.id}` and `{second.id}` can never earn points together, and the maximum of `{node.id}` counts "
                "both: put them into a node with `max`, the most points that one way can earn"
            )
            faults.warn(places[second.id], message)
            break
    excluded = {part.id for pair in alternatives for part in pair}
    for part in parts:
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
    """Yield the pairs of parts that no answers allow to count together."""
    for first, second in combinations((part for part in parts if _condition(part) is not None), 2):
        together = AllOf(tuple(each for part in (first, second) if (each := _condition(part)) is not None))
        if any(contradictions(together, scope)):
            yield first, second


def _condition(part: Node | Question) -> Condition | None:
    """Return the condition for a part to earn points, or None if it always can."""
    gate = part.counts_when if isinstance(part, Question) else None
    conditions = tuple(each for each in (part.asked_when, gate) if each is not None)
    return AllOf(conditions) if conditions else None


# ── What a band requires


_POINTS = re.compile(r"(-?\d+(?:\.\d+)?) points?")


def read_minimums(item: YamlNode | None, root: Node, faults: FaultCollector) -> tuple[BandCondition, ...]:
    """Return the minimum standards of one band, in the order in which they are written, noting faults."""
    if item is None:
        return ()
    if not isinstance(item, YamlMapping) or not item.entries:
        faults.add(item, "`requires` takes ids with what each must reach: {energy: 4 points, water: 0.5}")
        return ()
    parts = {part.id: part for part in root.walk() if part is not root}
    found = []
    for name, value in item.entries:
        part = parts.get(name.text)
        if part is None:
            hint = did_you_mean(name.text, parts) or ": name a node or a question of this edition"
            faults.add(name, f"there is no `{name.text}`, of which a band could require something{hint}")
        elif not (part.scored if isinstance(part, Question) else part.unit_points):
            faults.add(name, f"`{name.text}` has no score, so nothing can be required of it: name what has one")
        elif (wanted := _minimum(part, value, faults)) is not None:
            found.append(wanted)
    return tuple(found)


def _minimum(part: Node | Question, item: YamlNode, faults: FaultCollector) -> BandCondition | None:
    text = item.text.strip() if isinstance(item, YamlScalar) else ""
    points = _POINTS.fullmatch(text)
    if points is not None:
        return _minimum_points(part, float(points.group(1)), item, faults)
    share = number_of(item) if isinstance(item, YamlScalar) else None
    if share is not None and 0 <= share <= 1 and not part.only_deducts:
        return BandCondition(part.id, share)
    unit = " points, as in `-5 points`" if part.only_deducts else " a share from 0 to 1, or points, as in `4 points`"
    faults.add(item, f"what is required of `{part.id}` is written as{unit}, not `{text}`")
    return None


def _minimum_points(
    part: Node | Question, points: float, item: YamlNode, faults: FaultCollector
) -> BandCondition | None:
    has_points = part.options if isinstance(part, Question) else AGGREGATION_RULES[part.combine].weighs_full_marks
    least, most = (-part.unit_points, 0.0) if part.only_deducts else (0.0, part.full)
    if not has_points:
        faults.add(item, f"`{part.id}` adds up no points: write a share from 0 to 1, or name a `sum` or its options")
    elif not least <= points <= most:
        faults.add(item, f"`{part.id}` has from {least:g} to {most:g} points: require some of these")
    else:
        return BandCondition(part.id, points / part.unit_points, points)
    return None

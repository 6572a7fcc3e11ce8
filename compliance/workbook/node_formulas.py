"""The formulas of one node: its parts joined, minimum coverage, shares of the whole, and critical requirements."""

from collections.abc import Iterator

import numpy as np

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.combine import combine, weighted_mean
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, Cell, cached
from compliance.workbook.formulas import EMPTY, Formula
from compliance.workbook.places import CARRIED, FAILS, LOGS, ONS, SHARES, VALUES, Column


def node_cells(assessed: Assessed, node: Node, parent: Node | None) -> Iterator[Cell]:
    """Every formula cell of a node that can score, but for what is asked."""
    yield from _weights_on(assessed, node)
    yield from _values(assessed, node)
    yield from _coverage(assessed, node)
    yield from logarithms(assessed, node, parent)
    yield from descending(assessed, node, parent)
    scored = [question for question in node.questions() if question.scored]
    for k, column in enumerate(CARRIED):
        span = assessed.places.parts_of(node, column)
        yield column, f.call("SUM", span), sum(assessed.carried(question, k) for question in scored)
    silent = f.call("SUM", assessed.places.parts_of(node, Column.SILENT))
    yield Column.SILENT, silent, float(sum(map(assessed.is_silent, scored)))
    if node.id in assessed.bands.failed:
        yield from _fails(assessed, node)


def _weights_on(assessed: Assessed, node: Node) -> Iterator[Cell]:
    weights = assessed.plan.weights[node.id]
    spans = [assessed.places.parts_of(node, column) for column in (*VALUES, Column.COVERAGE)]
    for k, (column, span) in enumerate(zip(ONS, spans, strict=True)):
        on = sum(weight for part, weight in weights.items() if not np.isnan(_value(assessed, part, k)))
        yield column, f.on_weight(span, assessed.places.parts_of(node, Column.WEIGHT)), float(on)


def _value(assessed: Assessed, part: str, k: int) -> float:
    result = assessed.scores.results[part]
    return float(result.coverage[0] if k == len(VALUES) else result.value[k, 0])


def _values(assessed: Assessed, node: Node) -> Iterator[Cell]:
    """Joined, then score, worst and best as they enter the node above, then the score as it is reported."""
    result, joined = assessed.scores.results[node.id], assessed.places.part(node.id, Column.JOINED)
    weights = assessed.plan.weights[node.id]
    raw = combine(node.combine, list(weights.values()), [assessed.scores.results[i].value[0] for i in weights])
    yield Column.JOINED, _unless_none(assessed, node, 0, _joined(assessed, node, 0)), cached(raw)
    enough = f.if_(_below_minimum(assessed, node), EMPTY, joined) if node.min_coverage is not None else str(joined)
    kept = enough if assessed.edition.blank == "drop" else str(joined)
    yield Column.SCORE, kept, cached(result.value[0])
    worst = f.call("MIN", _joined(assessed, node, 1), joined)
    yield Column.WORST, _unless_none(assessed, node, 1, worst), cached(result.value[1])
    best = f.call("MAX", _joined(assessed, node, 2), joined)
    yield Column.BEST, _unless_none(assessed, node, 2, best), cached(result.value[2])
    yield Column.REPORTED, enough, cached(result.score)


def _unless_none(assessed: Assessed, node: Node, k: int, then: Formula) -> Formula:
    return f.if_(f"{assessed.places.part(node.id, ONS[k])}>0", then, EMPTY)


def _joined(assessed: Assessed, node: Node, k: int) -> Formula:
    """The share of a node over its parts that are on."""
    places, on = assessed.places, assessed.places.part(node.id, ONS[k])
    values, weights = places.parts_of(node, VALUES[k]), places.parts_of(node, Column.WEIGHT)
    if node.combine == "min":
        return f.call("MIN", values)
    if node.combine == "geometric":
        mean = f"SUMPRODUCT({weights},{places.parts_of(node, LOGS[k])})/{on}"
        return f.if_(f'COUNTIF({values},"<=0")>0', "0", f"EXP({mean})")
    return f"SUMPRODUCT({weights},{values})/{on}"


def _coverage(assessed: Assessed, node: Node) -> Iterator[Cell]:
    places, result = assessed.places, assessed.scores.results[node.id]
    weights, on = places.parts_of(node, Column.WEIGHT), places.part(node.id, Column.ON_COVERAGE)
    by_weight = assessed.plan.weights[node.id]
    counted = weighted_mean(list(by_weight.values()), [assessed.scores.results[i].counted for i in by_weight])
    for column, of, value in (
        (Column.COVERAGE, Column.COVERAGE, result.coverage),
        (Column.COUNTED_PARTS, Column.COUNTED, counted),
    ):
        yield column, f.ratio(f"SUMPRODUCT({weights},{places.parts_of(node, of)})", on), cached(value)
    counts = str(places.part(node.id, Column.COUNTED_PARTS))
    if node.min_coverage is not None:
        has_score = f.if_(f.off(places.part(node.id, Column.REPORTED)), "0", "1")
        counts = f.unless_off(places.part(node.id, Column.COVERAGE), has_score)
    yield Column.COUNTED, counts, cached(result.counted)


def _below_minimum(assessed: Assessed, node: Node) -> Formula:
    assert node.min_coverage is not None
    counted = assessed.places.part(node.id, Column.COUNTED_PARTS)
    return f.if_(f.off(counted), "TRUE", f"{counted}<{f.number(node.min_coverage)}-{f.TOLERANCE}")


def logarithms(assessed: Assessed, part: Node | Question, parent: Node | None) -> Iterator[Cell]:
    """The logarithms that a geometric mean above needs; empty where there is none."""
    if parent is None or parent.combine != "geometric":
        return
    values = assessed.scores.results[part.id].value
    for k, (column, of) in enumerate(zip(LOGS, VALUES, strict=True)):
        value, number = assessed.places.part(part.id, of), float(values[k, 0])
        positive = f.if_(f"{value}>0", f"LN({value})", EMPTY)
        yield column, f.unless_off(value, positive), float(np.log(number)) if number > 0 else ""


def descending(assessed: Assessed, part: Node | Question, parent: Node | None) -> Iterator[Cell]:
    """The share of the whole that a part carries: its weight over what is on beside it, times the share above."""
    places = assessed.places
    for k, (column, on_column, of) in enumerate(zip(SHARES, ONS, (*VALUES, Column.COVERAGE), strict=True)):
        value, weight = places.part(part.id, of), places.part(part.id, Column.WEIGHT)
        shares = assessed.shares[part.id][k, 0] if k < len(VALUES) else assessed.coverage_shares[part.id][0]
        if parent is None:
            yield column, "1", 1.0
            continue
        above, on = places.part(parent.id, column), places.part(parent.id, on_column)
        yield column, f.if_(f.off(value), "0", f"{above}*{weight}/{on}"), float(shares)


def _fails(assessed: Assessed, requirement: Node) -> Iterator[Cell]:
    """1 where a critical requirement is below its share; a blank one fails also where blanks drop out."""
    assert requirement.critical is not None
    places, failed = assessed.places, assessed.bands.failed[requirement.id]
    silent = f.if_(f"{places.part(requirement.id, Column.SILENT)}>0", "1", "0")
    for k, (column, of) in enumerate(zip(FAILS, VALUES, strict=True)):
        value = places.part(requirement.id, of)
        below = f.if_(f"{value}<{f.number(requirement.critical)}-{f.TOLERANCE}", "1", "0")
        yield column, f.if_(f.off(value), silent if k == 0 else "0", below), float(failed[k, 0])

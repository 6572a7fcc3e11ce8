"""The method's arithmetic as Excel formulas: a question's points, a node's aggregation, coverage and weights.

Each cell comes with the engine's value, so that viewers that do not calculate show it, and tests compare both.
"""

from collections.abc import Iterator

import numpy as np

from compliance.languages.interface_messages import N_
from compliance.questionnaire.edition import Node, Question
from compliance.scoring.aggregation import combine, weighted_mean
from compliance.scoring.compiled_edition import normalised_score
from compliance.workbook import formulas as f
from compliance.workbook.formulas import MISSING, CachedValue, CellReference, Formula
from compliance.workbook.scorecard_data import STATE_CHECK, FormulaCell, ScorecardData, cached_share, state_formula
from compliance.workbook.scorecard_layout import (
    AVAILABLE_WEIGHT_COLUMNS,
    CONTRIBUTION_COLUMNS,
    CRITICAL_FAIL_COLUMNS,
    EFFECTIVE_WEIGHT_COLUMNS,
    LOGARITHM_COLUMNS,
    SCORE_COLUMNS,
    AnswerState,
    CalculationColumn,
    ReviewColumn,
)


def node_cells(data: ScorecardData, node: Node, parent: Node | None) -> Iterator[FormulaCell]:
    """Every formula cell of a node that can score, but for what is asked."""
    yield from _available_weights(data, node)
    yield from _node_scores(data, node)
    yield from _node_coverage(data, node)
    yield from logarithm_cells(data, node, parent)
    yield from effective_weight_cells(data, node, parent)
    scored = [question for question in node.questions() if question.scored]
    for k, column in enumerate(CONTRIBUTION_COLUMNS):
        span = data.layout.cells_of_parts(node, column)
        yield column, f.call("SUM", span), sum(data.contribution(question, k) for question in scored)
    silent = f.call("SUM", data.layout.cells_of_parts(node, CalculationColumn.SILENT))
    yield CalculationColumn.SILENT, silent, float(sum(map(data.is_blank, scored)))
    if node.id in data.bands.failed:
        yield from _critical_fails(data, node)


def _available_weights(data: ScorecardData, node: Node) -> Iterator[FormulaCell]:
    weights = data.plan.weights[node.id]
    spans = [data.layout.cells_of_parts(node, column) for column in (*SCORE_COLUMNS, CalculationColumn.COVERAGE)]
    for k, (column, span) in enumerate(zip(AVAILABLE_WEIGHT_COLUMNS, spans, strict=True)):
        on = sum(weight for part, weight in weights.items() if not np.isnan(_current_share(data, part, k)))
        yield column, f.available_weight(span, data.layout.cells_of_parts(node, CalculationColumn.WEIGHT)), float(on)


def _current_share(data: ScorecardData, part: str, k: int) -> float:
    result = data.scores.results[part]
    return float(result.coverage[0] if k == len(SCORE_COLUMNS) else result.value[k, 0])


def _node_scores(data: ScorecardData, node: Node) -> Iterator[FormulaCell]:
    """Joined, then score, worst and best as they enter the node above, then the score as it is reported."""
    result, joined = data.scores.results[node.id], data.layout.part_cell(node.id, CalculationColumn.JOINED)
    weights = data.plan.weights[node.id]
    raw = combine(node.combine, list(weights.values()), [data.scores.results[i].value[0] for i in weights])
    yield (
        CalculationColumn.JOINED,
        _unless_no_weight(data, node, 0, _aggregated(data, node, 0)),
        cached_share(raw),
    )
    enough = f.if_(_below_minimum(data, node), MISSING, joined) if node.min_coverage is not None else str(joined)
    kept = enough if data.edition.blank == "drop" else str(joined)
    yield CalculationColumn.SCORE, kept, cached_share(result.value[0])
    worst = f.call("MIN", _aggregated(data, node, 1), joined)
    yield CalculationColumn.WORST, _unless_no_weight(data, node, 1, worst), cached_share(result.value[1])
    best = f.call("MAX", _aggregated(data, node, 2), joined)
    yield CalculationColumn.BEST, _unless_no_weight(data, node, 2, best), cached_share(result.value[2])
    yield CalculationColumn.REPORTED, enough, cached_share(result.score)


def _unless_no_weight(data: ScorecardData, node: Node, k: int, then: Formula) -> Formula:
    return f.if_(f"{data.layout.part_cell(node.id, AVAILABLE_WEIGHT_COLUMNS[k])}>0", then, MISSING)


def _aggregated(data: ScorecardData, node: Node, k: int) -> Formula:
    """The share of a node over its parts that are on."""
    layout, on = data.layout, data.layout.part_cell(node.id, AVAILABLE_WEIGHT_COLUMNS[k])
    values, weights = (
        layout.cells_of_parts(node, SCORE_COLUMNS[k]),
        layout.cells_of_parts(node, CalculationColumn.WEIGHT),
    )
    if node.combine == "min":
        return f.call("MIN", values)
    if node.combine == "geometric":
        mean = f"SUMPRODUCT({weights},{layout.cells_of_parts(node, LOGARITHM_COLUMNS[k])})/{on}"
        return f.if_(f'COUNTIF({values},"<=0")>0', "0", f"EXP({mean})")
    return f"SUMPRODUCT({weights},{values})/{on}"


def _node_coverage(data: ScorecardData, node: Node) -> Iterator[FormulaCell]:
    layout, result = data.layout, data.scores.results[node.id]
    weights, on = (
        layout.cells_of_parts(node, CalculationColumn.WEIGHT),
        layout.part_cell(node.id, CalculationColumn.ON_COVERAGE),
    )
    by_weight = data.plan.weights[node.id]
    counted = weighted_mean(list(by_weight.values()), [data.scores.results[i].counted for i in by_weight])
    for column, of, value in (
        (CalculationColumn.COVERAGE, CalculationColumn.COVERAGE, result.coverage),
        (CalculationColumn.COUNTED_PARTS, CalculationColumn.COUNTED, counted),
    ):
        yield column, f.ratio(f"SUMPRODUCT({weights},{layout.cells_of_parts(node, of)})", on), cached_share(value)
    counts = str(layout.part_cell(node.id, CalculationColumn.COUNTED_PARTS))
    if node.min_coverage is not None:
        has_score = f.if_(f.is_missing(layout.part_cell(node.id, CalculationColumn.REPORTED)), "0", "1")
        counts = f.unless_missing(layout.part_cell(node.id, CalculationColumn.COVERAGE), has_score)
    yield CalculationColumn.COUNTED, counts, cached_share(result.counted)


def _below_minimum(data: ScorecardData, node: Node) -> Formula:
    assert node.min_coverage is not None
    counted = data.layout.part_cell(node.id, CalculationColumn.COUNTED_PARTS)
    return f.if_(f.is_missing(counted), "TRUE", f"{counted}<{f.number_literal(node.min_coverage)}-{f.TOLERANCE}")


def logarithm_cells(data: ScorecardData, part: Node | Question, parent: Node | None) -> Iterator[FormulaCell]:
    """The logarithms that a geometric mean above needs; empty where there is none."""
    if parent is None or parent.combine != "geometric":
        return
    values = data.scores.results[part.id].value
    for k, (column, of) in enumerate(zip(LOGARITHM_COLUMNS, SCORE_COLUMNS, strict=True)):
        value, number = data.layout.part_cell(part.id, of), float(values[k, 0])
        positive = f.if_(f"{value}>0", f"LN({value})", MISSING)
        yield column, f.unless_missing(value, positive), float(np.log(number)) if number > 0 else ""


def effective_weight_cells(data: ScorecardData, part: Node | Question, parent: Node | None) -> Iterator[FormulaCell]:
    """The share of the whole that a part carries: its weight over what is on beside it, times the share above."""
    layout = data.layout
    for k, (column, on_column, of) in enumerate(
        zip(
            EFFECTIVE_WEIGHT_COLUMNS,
            AVAILABLE_WEIGHT_COLUMNS,
            (*SCORE_COLUMNS, CalculationColumn.COVERAGE),
            strict=True,
        )
    ):
        value, weight = layout.part_cell(part.id, of), layout.part_cell(part.id, CalculationColumn.WEIGHT)
        shares = data.effective_weights[part.id][k, 0] if k < len(SCORE_COLUMNS) else data.coverage_weights[part.id][0]
        if parent is None:
            yield column, "1", 1.0
            continue
        above, on = layout.part_cell(parent.id, column), layout.part_cell(parent.id, on_column)
        yield column, f.if_(f.is_missing(value), "0", f"{above}*{weight}/{on}"), float(shares)


def _critical_fails(data: ScorecardData, requirement: Node) -> Iterator[FormulaCell]:
    """1 where a critical requirement is below its share; a blank one fails also where blanks drop out."""
    assert requirement.critical is not None
    layout, failed = data.layout, data.bands.failed[requirement.id]
    silent = f.if_(f"{layout.part_cell(requirement.id, CalculationColumn.SILENT)}>0", "1", "0")
    for k, (column, of) in enumerate(zip(CRITICAL_FAIL_COLUMNS, SCORE_COLUMNS, strict=True)):
        value = layout.part_cell(requirement.id, of)
        below = f.if_(f"{value}<{f.number_literal(requirement.critical)}-{f.TOLERANCE}", "1", "0")
        yield column, f.if_(f.is_missing(value), silent if k == 0 else "0", below), float(failed[k, 0])


def question_cells(data: ScorecardData, question: Question, parent: Node | None) -> Iterator[FormulaCell]:
    """Every formula cell of a question on *Calculation*, but for what is asked and gated."""
    yield (
        CalculationColumn.STATE,
        f.call("IFERROR", state_formula(data, question), STATE_CHECK),
        float(data.state(question)),
    )
    if question.options or question.kind == "number":
        yield CalculationColumn.GIVEN, _given(data, question), data.entered(question)
    if question.id not in data.plan.worth:
        return
    yield CalculationColumn.JOINED, _points_share(data, question), _current_points_share(data, question)
    result = data.scores.results[question.id]
    formulas = (_score(data, question), _worst(data, question), _best(data, question))
    for k, (column, formula) in enumerate(zip(SCORE_COLUMNS, formulas, strict=True)):
        yield column, formula, cached_share(result.value[k])
    yield CalculationColumn.COVERAGE, _question_coverage(data, question), cached_share(result.coverage)
    yield (
        CalculationColumn.COUNTED,
        str(data.layout.part_cell(question.id, CalculationColumn.COVERAGE)),
        cached_share(result.counted),
    )
    yield from logarithm_cells(data, question, parent)
    yield from effective_weight_cells(data, question, parent)
    for column, share_column, value_column in zip(
        CONTRIBUTION_COLUMNS, EFFECTIVE_WEIGHT_COLUMNS, (*SCORE_COLUMNS, CalculationColumn.COVERAGE), strict=True
    ):
        value, carried = (data.layout.part_cell(question.id, c) for c in (value_column, share_column))
        yield (
            column,
            f.if_(f.is_missing(value), "0", f"{carried}*{value}"),
            data.contribution(question, CONTRIBUTION_COLUMNS.index(column)),
        )
    state, asked = (data.layout.part_cell(question.id, c) for c in (CalculationColumn.STATE, CalculationColumn.ASKED))
    silent = f.call(
        "AND", f"{asked}=1", f.call("OR", f.equals(state, AnswerState.BLANK), f.equals(state, AnswerState.CHECK))
    )
    yield CalculationColumn.SILENT, f.if_(silent, "1", "0"), float(data.is_blank(question))


def _given(data: ScorecardData, question: Question) -> Formula:
    """The number, or the points of what is chosen."""
    layout, state = data.layout, data.layout.part_cell(question.id, CalculationColumn.STATE)
    value = str(layout.answer_cell(question.id))
    if question.options:
        chosen, points = (
            layout.option_cells(question, ReviewColumn.CHOSEN),
            layout.option_cells(question, ReviewColumn.POINTS),
        )
        value = f"SUMPRODUCT({chosen},{points})"
    return f.if_(f.equals(state, AnswerState.GIVEN), value, MISSING)


def _points_share(data: ScorecardData, question: Question) -> Formula:
    """The share of full marks, before gate and conditions; a blank has the least."""
    state, given, least, full = (
        data.layout.part_cell(question.id, c)
        for c in (CalculationColumn.STATE, CalculationColumn.GIVEN, CalculationColumn.LEAST, CalculationColumn.FULL)
    )
    earned = f"MIN({given},{full})/{full}"
    if question.range is not None:
        (start, end), number = map(f.number_literal, question.range), str(given)
        if question.log:
            start, end, number = f"LN({start})", f"LN({end})", f"LN({number})"
        earned = f"({number}-{start})/({end}-{start})"
        earned = f"MAX(0,MIN(1,{earned}))" if question.clip else earned
    return f.cases(
        (f.equals(state, AnswerState.NOT_APPLICABLE), MISSING),
        (f.equals(state, AnswerState.GIVEN), earned),
        otherwise=least,
    )


def _current_points_share(data: ScorecardData, question: Question) -> CachedValue:
    state, answer = data.state(question), data.sheet.answers.get(question.id)
    if state == AnswerState.GIVEN:
        return normalised_score(question, answer)  # type: ignore[arg-type]  # given is neither blank nor n/a
    return "" if state == AnswerState.NOT_APPLICABLE else data.plan.worth[question.id].least


def _score(data: ScorecardData, question: Question) -> Formula:
    state, asked, gate, earned, least = _inputs(data, question)
    silent = f.if_(f"{gate}=1", MISSING, least) if data.edition.blank == "drop" else str(least)
    return f.cases(
        (f.call("OR", f"{asked}<1", f.equals(state, AnswerState.NOT_APPLICABLE)), MISSING),
        (f.equals(state, AnswerState.GIVEN), _withheld_by_gate(gate, earned)),
        otherwise=silent,
    )


def _worst(data: ScorecardData, question: Question) -> Formula:
    state, asked, gate, earned, least = _inputs(data, question)
    return f.cases(
        (f"{asked}=0", MISSING),
        (f.call("AND", f"{asked}=1", f.equals(state, AnswerState.GIVEN)), _withheld_by_gate(gate, earned)),
        otherwise=least,
    )


def _best(data: ScorecardData, question: Question) -> Formula:
    state, asked, gate, earned, _ = _inputs(data, question)
    hoped = f.if_(
        f.equals(state, AnswerState.GIVEN), earned, data.layout.part_cell(question.id, CalculationColumn.MOST)
    )
    return f.cases(
        (f"{asked}=0", MISSING),
        (f"{asked}<1", "1"),
        (f.equals(state, AnswerState.NOT_APPLICABLE), MISSING),
        (f"{gate}=0", f"MIN({hoped},0)"),
        otherwise=hoped,
    )


def _question_coverage(data: ScorecardData, question: Question) -> Formula:
    state, asked, gate, _, _ = _inputs(data, question)
    spared = f.call("AND", f"NOT({f.equals(state, AnswerState.NOT_APPLICABLE)})", f"{gate}=0")
    known = f.if_(f.call("OR", f.equals(state, AnswerState.GIVEN), spared), "1", "0")
    return f.if_(f"{asked}<1", MISSING, known)


def _withheld_by_gate(gate: CellReference, earned: CellReference) -> Formula:
    """Gains are withheld unless the gate is open; deductions stand."""
    return f.if_(f"{gate}<1", f"MIN({earned},0)", earned)


def _inputs(
    data: ScorecardData, question: Question
) -> tuple[CellReference, CellReference, CellReference, CellReference, CellReference]:
    columns = (
        CalculationColumn.STATE,
        CalculationColumn.ASKED,
        CalculationColumn.GATE,
        CalculationColumn.JOINED,
        CalculationColumn.LEAST,
    )
    state, asked, gate, earned, least = (data.layout.part_cell(question.id, column) for column in columns)
    return state, asked, gate, earned, least


#: How the parts of a node are joined, and the kinds of questions.
RULE_NAMES = {
    "mean": N_("mean"), "sum": N_("sum"), "geometric": N_("geometric mean"), "min": N_("lowest"),
    "one": N_("one answer"), "many": N_("several answers"), "number": N_("number"), "date": N_("date"),
    "text": N_("text"), "countries": N_("countries"),
}  # fmt: skip

"""The method's arithmetic as Excel formulas: what stands in each column of a question and of a node on *Calculation*.

Each cell comes with the engine's value, so that viewers that do not calculate show it, and tests compare both.
The formulas of the aggregation rules stand in `narrative.aggregation_notation`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from compliance.narrative.aggregation_notation import NOTATION
from compliance.questionnaire.edition import Node, Question, minimum_share
from compliance.scoring.aggregation import aggregate, weighted_mean
from compliance.scoring.compiled_edition import normalised_score
from compliance.scoring.numeric import SCORE
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import (
    condition_formula,
    entered_formula,
    falls_short,
    places_formulas,
    state_formula,
)
from compliance.workbook.formulas import MISSING, CachedValue, CellReference, Formula
from compliance.workbook.scorecard_data import ScorecardData, cached_share
from compliance.workbook.scorecard_layout import (
    COVERAGE_TRACK,
    PLACES_COLUMNS,
    SCORE_TRACKS,
    TRACKS,
    AnswerState,
    ScoreTrack,
    Track,
)
from compliance.workbook.scorecard_layout import CalculationColumn as Column

Part = TypeVar("Part", Node, Question)
#: A formula and what it is worth now; None where a part has nothing in a column.
LiveCell: TypeAlias = tuple[Formula, CachedValue] | None
CellFormula: TypeAlias = Callable[[ScorecardData, Part], LiveCell]


def part_cells(data: ScorecardData, part: Node | Question) -> Iterator[tuple[Column, Formula, CachedValue]]:
    """Every formula cell of a node or question: its column, the formula, and what it is worth now."""
    is_scored = part.id in data.scores.results
    for column in Column:
        cell = _cell(data, part, column) if is_scored or column in _OF_EVERY_PART else None
        if cell is not None:
            yield column, *cell


def _cell(data: ScorecardData, part: Node | Question, column: Column) -> LiveCell:
    if isinstance(part, Question):
        return QUESTION_FORMULAS[column](data, part) if column in QUESTION_FORMULAS else None
    return NODE_FORMULAS[column](data, part) if column in NODE_FORMULAS else None


# ── Of questions and nodes alike


def _asked(data: ScorecardData, part: Node | Question) -> LiveCell:
    """0, 0.5 (open) or 1: the least of its own condition and those above."""
    parent = data.edition.parents.get(part.id)
    above = [str(data.layout.part_cell(parent.id, Column.ASKED))] if parent else []
    own = [condition_formula(data.layout, part.asked_when)] if part.asked_when is not None else []
    return f.fold("MIN", above + own or ["1"]), data.asked(part)


def _logarithm(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> LiveCell:
    """The logarithm that a geometric mean above needs."""
    parent = data.edition.parents.get(part.id)
    if parent is None or not NOTATION[parent.combine].uses_logarithms:
        return None
    value = data.layout.part_cell(part.id, track.value)
    number = float(data.scores.results[part.id].value[track.figure, 0])
    positive = f.if_(f"{value}>0", f"LN({value})", MISSING)
    return f.unless_missing(value, positive), float(np.log(number)) if number > 0 else ""


def _effective_weight(track: Track, data: ScorecardData, part: Node | Question) -> LiveCell:
    """The share of the whole that a part carries: its weight over what is on beside it, times the share above."""
    parent = data.edition.parents.get(part.id)
    if parent is None:
        return "1", 1.0
    value, weight = data.layout.part_cell(part.id, track.value), data.layout.part_cell(part.id, Column.WEIGHT)
    above = data.layout.part_cell(parent.id, track.effective_weight)
    available = data.layout.part_cell(parent.id, track.available_weight)
    # Nothing is available where only what takes points away is asked.
    is_nothing = f.call("OR", f.is_missing(value), f"{weight}=0", f"{available}=0")
    return f.if_(is_nothing, "0", f"{above}*{weight}/{available}"), data.effective_weight(part.id, track)


def _critical_fails(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> LiveCell:
    """1 where a critical requirement or a prerequisite is not met."""
    share = minimum_share(part)
    if part.id not in data.bands.failed or share is None:
        return None
    return f.if_(falls_short(data.layout, part, track, share), "1", "0"), float(
        data.bands.failed[part.id][track.figure, 0]
    )


def _highest_band(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> LiveCell:
    """The highest band, counted from 1, that the minimum standards of a part allow; empty where all are met."""
    standards = sorted(
        ((standard, fails) for standard, fails in data.bands.unmet if standard.part.id == part.id),
        key=lambda pair: pair[0].highest,
    )
    if not standards:
        return None
    limits = [
        (falls_short(data.layout, part, track, standard.share), str(standard.highest + 1))
        for standard, _fails in standards
    ]
    now = next((float(standard.highest + 1) for standard, fails in standards if fails[track.figure, 0]), "")
    return f.cases(*limits, otherwise=MISSING), now


# ── Of questions


def _state(data: ScorecardData, question: Question) -> LiveCell:
    return state_formula(data.layout, question), float(data.state(question))


def _entered(data: ScorecardData, question: Question) -> LiveCell:
    formula = entered_formula(data.layout, question)
    return None if formula is None else (formula, data.entered(question))


def _gate(data: ScorecardData, question: Question) -> LiveCell:
    return condition_formula(data.layout, question.counts_when), data.gate(question)


def _earned(data: ScorecardData, question: Question) -> LiveCell:
    """The share of full marks, before gate and conditions; a blank has the least."""
    state, entered, least, full = (
        data.layout.part_cell(question.id, c) for c in (Column.STATE, Column.ENTERED, Column.LEAST, Column.FULL_MARKS)
    )
    earned = f"MIN({entered},{full})/{f.number_literal(question.unit_points)}"
    if question.range is not None:
        (start, end), number = map(f.number_literal, question.range), str(entered)
        if question.log:
            start, end, number = f"LN({start})", f"LN({end})", f"LN({number})"
        earned = f"({number}-{start})/({end}-{start})"
        earned = f"MAX(0,MIN(1,{earned}))" if question.clip else earned
    formula = f.cases(
        (f.equals(state, AnswerState.NOT_APPLICABLE), MISSING),
        (f.equals(state, AnswerState.GIVEN), earned),
        otherwise=least,
    )
    return formula, _earned_now(data, question)


def _earned_now(data: ScorecardData, question: Question) -> CachedValue:
    state, answer = data.state(question), data.counted.answers.get(question.id)
    if state == AnswerState.GIVEN:
        return normalised_score(question, answer)  # type: ignore[arg-type]  # given is neither blank nor n/a
    return "" if state == AnswerState.NOT_APPLICABLE else data.compiled.points_ranges[question.id].least


class _QuestionInputs(NamedTuple):
    """The cells that a question's score is worked out from."""

    state: CellReference
    asked: CellReference
    gate: CellReference
    earned: CellReference
    least: CellReference
    most: CellReference


def _inputs(data: ScorecardData, question: Question) -> _QuestionInputs:
    columns = (Column.STATE, Column.ASKED, Column.GATE, Column.AGGREGATED, Column.LEAST, Column.MOST)
    return _QuestionInputs(*(data.layout.part_cell(question.id, column) for column in columns))


def _score(data: ScorecardData, question: Question) -> LiveCell:
    state, asked, gate, earned, least, _most = _inputs(data, question)
    blank = f.if_(f"{gate}=1", MISSING, least) if data.edition.blank == "drop" else str(least)
    formula = f.cases(
        (f.call("OR", f"{asked}<1", f.equals(state, AnswerState.NOT_APPLICABLE)), MISSING),
        (f.equals(state, AnswerState.GIVEN), _withheld_by_gate(gate, earned)),
        otherwise=blank,
    )
    return formula, data.figure(question.id, SCORE_TRACKS[0])


def _worst(data: ScorecardData, question: Question) -> LiveCell:
    state, asked, gate, earned, least, _most = _inputs(data, question)
    formula = f.cases(
        (f"{asked}=0", MISSING),
        (f.call("AND", f"{asked}=1", f.equals(state, AnswerState.GIVEN)), _withheld_by_gate(gate, earned)),
        otherwise=least,
    )
    return formula, data.figure(question.id, SCORE_TRACKS[1])


def _best(data: ScorecardData, question: Question) -> LiveCell:
    state, asked, gate, earned, _least, most = _inputs(data, question)
    hoped = f.if_(f.equals(state, AnswerState.GIVEN), earned, most)
    formula = f.cases(
        (f"{asked}=0", MISSING),
        (f"{asked}<1", f.number_literal(data.compiled.points_ranges[question.id].full)),
        (f.equals(state, AnswerState.NOT_APPLICABLE), MISSING),
        (f"{gate}=0", f"MIN({hoped},0)"),
        otherwise=hoped,
    )
    return formula, data.figure(question.id, SCORE_TRACKS[2])


def _question_coverage(data: ScorecardData, question: Question) -> LiveCell:
    if question.only_deducts:  # without full marks it is in no coverage
        return MISSING, ""
    state, asked, gate, *_rest = _inputs(data, question)
    spared = f.call("AND", f"NOT({f.equals(state, AnswerState.NOT_APPLICABLE)})", f"{gate}=0")
    known = f.if_(f.call("OR", f.equals(state, AnswerState.GIVEN), spared), "1", "0")
    return f.if_(f"{asked}<1", MISSING, known), data.figure(question.id, COVERAGE_TRACK)


def _question_counted(data: ScorecardData, question: Question) -> LiveCell:
    coverage = str(data.layout.part_cell(question.id, Column.COVERAGE))
    return coverage, cached_share(data.scores.results[question.id].counted_coverage)


def _withheld_by_gate(gate: CellReference, earned: CellReference) -> Formula:
    """Gains are withheld unless the gate is open; deductions stand."""
    return f.if_(f"{gate}<1", f"MIN({earned},0)", earned)


def _question_contribution(track: Track, data: ScorecardData, question: Question) -> LiveCell:
    value, weight = (data.layout.part_cell(question.id, c) for c in (track.value, track.effective_weight))
    return f.if_(f.is_missing(value), "0", f"{weight}*{value}"), data.contribution(question.id, track)


def _question_is_blank(data: ScorecardData, question: Question) -> LiveCell:
    state, asked, *_rest = _inputs(data, question)
    no_answer = f.call("OR", f.equals(state, AnswerState.BLANK), f.equals(state, AnswerState.CHECK))
    return f.if_(f.call("AND", f"{asked}=1", no_answer), "1", "0"), float(data.is_blank(question))


def _count_of_places(column: Column, data: ScorecardData, question: Question) -> LiveCell:
    if not question.places:
        return None
    formula, found = places_formulas(data.layout, question)[column], data.places(question)
    if found is None:
        return formula, ""
    counted = (found.places, found.ticked, found.high_need, found.ticked_high_need)
    return formula, float(len(counted[PLACES_COLUMNS.index(column)]))


QUESTION_FORMULAS: Mapping[Column, CellFormula[Question]] = {
    Column.STATE: _state,
    Column.ENTERED: _entered,
    Column.ASKED: _asked,
    Column.GATE: _gate,
    Column.AGGREGATED: _earned,
    Column.SCORE: _score,
    Column.WORST: _worst,
    Column.BEST: _best,
    Column.COVERAGE: _question_coverage,
    Column.COUNTED: _question_counted,
    **{track.logarithm: partial(_logarithm, track) for track in SCORE_TRACKS},
    **{track.effective_weight: partial(_effective_weight, track) for track in TRACKS},
    **{track.contribution: partial(_question_contribution, track) for track in TRACKS},
    Column.BLANKS: _question_is_blank,
    **{track.critical_fails: partial(_critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(_highest_band, track) for track in SCORE_TRACKS},
    **{column: partial(_count_of_places, column) for column in PLACES_COLUMNS},
}


# ── Of nodes


def _aggregated(data: ScorecardData, node: Node, track: ScoreTrack) -> Formula:
    """The share of a node over its parts that are on, within its limits."""
    parts = partial(data.layout.cells_of_weighing, node)
    available = str(data.layout.part_cell(node.id, track.available_weight))
    if node.max is not None:
        available = f"MIN({available},{f.number_literal(node.max)})"
    joined = NOTATION[node.combine].excel.format(
        values=parts(track.value),
        weights=parts(Column.WEIGHT),
        logarithms=parts(track.logarithm),
        available=available,
    )
    joined = joined if node.max is None else f"MIN(1,{joined})"
    return f"MAX(0,{joined})" if node.floor else joined


def _unless_no_weight(data: ScorecardData, node: Node, track: ScoreTrack, then: Formula) -> Formula:
    return f.if_(f"{data.layout.part_cell(node.id, track.available_weight)}>0", then, MISSING)


def _available_weight(track: Track, data: ScorecardData, node: Node) -> LiveCell:
    weights = data.compiled.counted[node.id]
    available = sum(weight for part, weight in weights.items() if data.figure(part, track) != "")
    parts = partial(data.layout.cells_of_parts, node)
    return f.available_weight(parts(track.value), parts(Column.COUNTED_WEIGHT)), float(available)


def _node_joined(data: ScorecardData, node: Node) -> LiveCell:
    """The score before a minimum coverage takes it away."""
    weights = data.compiled.weights[node.id]
    shares = [data.scores.results[i].value[SCORE] for i in weights]
    raw = aggregate(node, list(weights.values()), shares, list(data.compiled.counted[node.id].values()))
    track = SCORE_TRACKS[0]
    return _unless_no_weight(data, node, track, _aggregated(data, node, track)), cached_share(raw)


def _node_score(data: ScorecardData, node: Node) -> LiveCell:
    """The score as it enters the node above."""
    joined = str(data.layout.part_cell(node.id, Column.AGGREGATED))
    formula = _with_enough_coverage(data, node) if data.edition.blank == "drop" else joined
    return formula, data.figure(node.id, SCORE_TRACKS[0])


def _node_bound(track: ScoreTrack, bound: str, data: ScorecardData, node: Node) -> LiveCell:
    """The score at worst or at best, which is never on the other side of the score: `bound` is MIN or MAX."""
    joined = data.layout.part_cell(node.id, Column.AGGREGATED)
    value = f.call(bound, _aggregated(data, node, track), joined)
    return _unless_no_weight(data, node, track, value), data.figure(node.id, track)


def _node_reported(data: ScorecardData, node: Node) -> LiveCell:
    return _with_enough_coverage(data, node), cached_share(data.scores.results[node.id].score)


def _with_enough_coverage(data: ScorecardData, node: Node) -> Formula:
    """The score, unless less of what is asked is covered than the node's minimum."""
    joined = data.layout.part_cell(node.id, Column.AGGREGATED)
    if node.min_coverage is None:
        return str(joined)
    counted = data.layout.part_cell(node.id, Column.COUNTED_PARTS)
    too_little = f"{counted}<{f.number_literal(node.min_coverage)}-{f.TOLERANCE}"
    return f.if_(f.if_(f.is_missing(counted), "TRUE", too_little), MISSING, joined)


def _mean_of_parts(data: ScorecardData, node: Node, column: Column) -> Formula:
    parts = partial(data.layout.cells_of_parts, node)
    asked_weight = data.layout.part_cell(node.id, Column.ASKED_WEIGHT)
    return f.ratio(f"SUMPRODUCT({parts(Column.COUNTED_WEIGHT)},{parts(column)})", asked_weight)


def _node_coverage(data: ScorecardData, node: Node) -> LiveCell:
    return _mean_of_parts(data, node, Column.COVERAGE), data.figure(node.id, COVERAGE_TRACK)


def _node_counted_parts(data: ScorecardData, node: Node) -> LiveCell:
    weights = data.compiled.weights[node.id]
    counted = weighted_mean(list(weights.values()), [data.scores.results[part].counted_coverage for part in weights])
    return _mean_of_parts(data, node, Column.COUNTED), cached_share(counted)


def _node_counted(data: ScorecardData, node: Node) -> LiveCell:
    cell = partial(data.layout.part_cell, node.id)
    formula = str(cell(Column.COUNTED_PARTS))
    if node.min_coverage is not None:
        has_score = f.if_(f.is_missing(cell(Column.REPORTED)), "0", "1")
        formula = f.unless_missing(cell(Column.COVERAGE), has_score)
    return formula, cached_share(data.scores.results[node.id].counted_coverage)


def _node_contribution(track: Track, data: ScorecardData, node: Node) -> LiveCell:
    now = sum(data.contribution(question.id, track) for question in data.scored_questions[node.id])
    return f.call("SUM", data.layout.cells_of_parts(node, track.contribution)), now


def _node_blanks(data: ScorecardData, node: Node) -> LiveCell:
    now = sum(data.is_blank(question) for question in data.scored_questions[node.id])
    return f.call("SUM", data.layout.cells_of_parts(node, Column.BLANKS)), float(now)


NODE_FORMULAS: Mapping[Column, CellFormula[Node]] = {
    Column.ASKED: _asked,
    Column.AGGREGATED: _node_joined,
    Column.SCORE: _node_score,
    Column.WORST: partial(_node_bound, SCORE_TRACKS[1], "MIN"),
    Column.BEST: partial(_node_bound, SCORE_TRACKS[2], "MAX"),
    Column.REPORTED: _node_reported,
    Column.COVERAGE: _node_coverage,
    Column.COUNTED_PARTS: _node_counted_parts,
    Column.COUNTED: _node_counted,
    **{track.available_weight: partial(_available_weight, track) for track in TRACKS},
    **{track.logarithm: partial(_logarithm, track) for track in SCORE_TRACKS},
    **{track.effective_weight: partial(_effective_weight, track) for track in TRACKS},
    **{track.contribution: partial(_node_contribution, track) for track in TRACKS},
    Column.BLANKS: _node_blanks,
    **{track.critical_fails: partial(_critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(_highest_band, track) for track in SCORE_TRACKS},
}
#: What also questions without a score, and nodes of such questions only, have.
_OF_EVERY_PART = (Column.STATE, Column.ENTERED, Column.ASKED, Column.GATE)

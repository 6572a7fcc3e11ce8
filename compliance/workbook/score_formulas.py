"""The arithmetic of scores as Excel formulas: those of each column of a question and of a node on *Calculation*.

They are the same for every company. `score_values` has their results, which viewers show that do not calculate, and
tests compare both. The formulas of aggregation rules are in `narrative.aggregation_notation`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from compliance.narrative.aggregation_notation import NOTATION
from compliance.questionnaire.edition import Node, Question
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import condition_formula, entered_formula, places_formulas, state_formula
from compliance.workbook.formulas import MISSING, Formula
from compliance.workbook.minimum_standards import critical_fails, highest_band
from compliance.workbook.question_inputs import (
    CREDIT_FORMULAS,
    answer_formula,
    if_known,
    inputs_of,
    is_covered,
    judged_formula,
    verdict_formula,
    while_judged,
    withheld,
)
from compliance.workbook.scorecard_columns import (
    AS_CLAIMED,
    OF_EVERY_PART,
    PLACES_COLUMNS,
    SCORE_TRACKS,
    TRACKS,
    UNUSED_COLUMNS,
    ScoreTrack,
    Track,
)
from compliance.workbook.scorecard_columns import CalculationColumn as Column
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import AnswerState

Part = TypeVar("Part", Node, Question)
CellFormula: TypeAlias = Callable[[ScorecardData, Part], Formula | None]


def column_formulas(data: ScorecardData, parts: Sequence[Part], column: Column) -> Iterator[tuple[Part, Formula]]:
    """Yield the formulas of a column for nodes or questions, with their parts. They do not depend on any answer."""
    for part in parts:
        is_scored = part.id in data.compiled.tree.slots
        formula = _formula(data, part, column) if is_scored or column in OF_EVERY_PART else None
        if formula is not None:
            yield part, formula


def _formula(data: ScorecardData, part: Node | Question, column: Column) -> Formula | None:
    if column in UNUSED_COLUMNS[data.basis]:
        return None
    if data.basis != "evidenced" or column not in AS_CLAIMED[type(part)]:
        return _worked_out(data, part, column)
    claimed = data.on("claimed")
    there = _worked_out(claimed, part, column)
    return None if there is None else str(claimed.layout.part_cell(part.id, column))


def _worked_out(data: ScorecardData, part: Node | Question, column: Column) -> Formula | None:
    if isinstance(part, Question):
        return QUESTION_FORMULAS[column](data, part) if column in QUESTION_FORMULAS else None
    return NODE_FORMULAS[column](data, part) if column in NODE_FORMULAS else None


# ── Of questions and nodes


def _asked(data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return the minimum of a part's own condition and those above: 0, 0.5 (open) or 1."""
    parent = data.edition.parents.get(part.id)
    above = [str(data.layout.part_cell(parent.id, Column.ASKED))] if parent else []
    own = [condition_formula(data.layout, part.asked_when)] if part.asked_when is not None else []
    return f.fold("MIN", above + own or ["1"])


def _logarithm(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return the logarithm for a geometric mean in the parent node; None if it has another rule."""
    parent = data.edition.parents.get(part.id)
    if parent is None or not NOTATION[parent.combine].uses_logarithms:
        return None
    value = data.layout.part_cell(part.id, track.value)
    positive = f.if_(f"{value}>0", f"LN({value})", MISSING)
    return f.unless_missing(value, positive)


def _effective_weight(track: Track, data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return a part's effective weight: its weight over that of all siblings that are on, times the parent's."""
    parent = data.edition.parents.get(part.id)
    if parent is None:
        return "1"
    value, weight = data.layout.part_cell(part.id, track.value), data.layout.part_cell(part.id, Column.WEIGHT)
    above = data.layout.part_cell(parent.id, track.effective_weight)
    available = data.layout.part_cell(parent.id, track.available_weight)
    # No weight is available if only questions that deduct points are asked.
    is_nothing = f.call("OR", f.is_missing(value), f"{weight}=0", f"{available}=0")
    return f.if_(is_nothing, "0", f"{above}*{weight}/{available}")


def _judged(data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return the number of a part's questions that an auditor has judged."""
    if isinstance(part, Node):
        return f.call("SUM", data.layout.cells_of_parts(part, Column.JUDGED))
    return judged_formula(data.layout, part)


# ── Of questions


def _verdict(data: ScorecardData, question: Question) -> Formula | None:
    return verdict_formula(data.layout, question)


def _answer(data: ScorecardData, question: Question) -> Formula | None:
    return answer_formula(data.layout, question)


def _credit(data: ScorecardData, question: Question) -> Formula | None:
    return CREDIT_FORMULAS[data.basis](data.layout, question)


def _state(data: ScorecardData, question: Question) -> Formula | None:
    return state_formula(data.layout, question)


def _entered(data: ScorecardData, question: Question) -> Formula | None:
    return entered_formula(data.layout, question)


def _gate(data: ScorecardData, question: Question) -> Formula | None:
    return condition_formula(data.layout, question.counts_when)


def _earned(data: ScorecardData, question: Question) -> Formula | None:
    """Return the share of full marks, before gate and conditions; for a blank, the least."""
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
    return f.cases(
        (f.equals(state, AnswerState.NOT_APPLICABLE), MISSING),
        (f.equals(state, AnswerState.GIVEN), earned),
        otherwise=least,
    )


def _score(data: ScorecardData, question: Question) -> Formula | None:
    known = inputs_of(data.layout, question)
    blank = f.if_(f"{known.gate}=1", MISSING, known.least) if data.edition.blank == "drop" else str(known.least)
    formula = f.cases(
        (f"{known.asked}<1", MISSING),
        (known.is_na, if_known(known.is_credited, MISSING, known.least)),
        (known.is_given, withheld(known)),
        otherwise=blank,
    )
    return while_judged(data.layout, formula)


def _worst(data: ScorecardData, question: Question) -> Formula | None:
    known = inputs_of(data.layout, question)
    formula = f.cases(
        (f"{known.asked}=0", MISSING),
        (f.call("AND", f"{known.asked}=1", known.is_given), withheld(known)),
        otherwise=known.least,
    )
    return while_judged(data.layout, formula)


def _best(data: ScorecardData, question: Question) -> Formula | None:
    known = inputs_of(data.layout, question)
    of_answer = if_known(known.is_rejected, f"MIN({known.earned},0)", known.earned)
    hoped = f.if_(known.is_given, of_answer, if_known(known.is_rejected, known.least, known.most))
    drops_out = known.is_na if known.is_credited == "TRUE" else f.call("AND", known.is_na, known.is_credited)
    formula = f.cases(
        (f"{known.asked}=0", MISSING),
        (f"{known.asked}<1", f.number_literal(data.compiled.points_ranges[question.id].full)),
        (drops_out, MISSING),
        (f"{known.gate}=0", f"MIN({hoped},0)"),
        otherwise=hoped,
    )
    return while_judged(data.layout, formula)


def _question_coverage(data: ScorecardData, question: Question) -> Formula | None:
    if question.only_deducts:  # a question without full marks does not count in coverage
        return MISSING
    known = inputs_of(data.layout, question)
    covered = f.if_(is_covered(data.layout, question, known.is_given, known.is_na), "1", "0")
    formula = f.if_(f"{known.asked}<1", MISSING, covered)
    return while_judged(data.layout, formula)


def _question_counted(data: ScorecardData, question: Question) -> Formula | None:
    return str(data.layout.part_cell(question.id, Column.COVERAGE))


def _question_contribution(track: Track, data: ScorecardData, question: Question) -> Formula | None:
    value, weight = (data.layout.part_cell(question.id, c) for c in (track.value, track.effective_weight))
    return f.if_(f.is_missing(value), "0", f"{weight}*{value}")


def _question_is_blank(data: ScorecardData, question: Question) -> Formula | None:
    state, asked = (data.layout.part_cell(question.id, column) for column in (Column.STATE, Column.ASKED))
    no_answer = f.call("OR", f.equals(state, AnswerState.BLANK), f.equals(state, AnswerState.CHECK))
    return f.if_(f.call("AND", f"{asked}=1", no_answer), "1", "0")


def _count_of_places(column: Column, data: ScorecardData, question: Question) -> Formula | None:
    return places_formulas(data.layout, question)[column] if question.places else None


QUESTION_FORMULAS: Mapping[Column, CellFormula[Question]] = {
    Column.VERDICT: _verdict,
    Column.ANSWER: _answer,
    Column.CREDIT: _credit,
    Column.JUDGED: _judged,
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
    **{track.critical_fails: partial(critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(highest_band, track) for track in SCORE_TRACKS},
    **{column: partial(_count_of_places, column) for column in PLACES_COLUMNS},
}


# ── Of nodes


def _aggregated(data: ScorecardData, node: Node, track: ScoreTrack) -> Formula:
    """Return the share of a node from its parts that are on, within its limits."""
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


def _available_weight(track: Track, data: ScorecardData, node: Node) -> Formula | None:
    parts = partial(data.layout.cells_of_parts, node)
    return f.available_weight(parts(track.value), parts(Column.COUNTED_WEIGHT))


def _node_joined(data: ScorecardData, node: Node) -> Formula | None:
    """Return the score before the minimum coverage is applied."""
    track = SCORE_TRACKS[0]
    return _unless_no_weight(data, node, track, _aggregated(data, node, track))


def _node_score(data: ScorecardData, node: Node) -> Formula | None:
    """Return the score that the parent node uses."""
    is_withheld = data.edition.blank == "drop" and node.min_coverage is not None
    source = data.layout.part_cell(node.id, Column.REPORTED if is_withheld else Column.AGGREGATED)
    return str(source)


def _node_bound(track: ScoreTrack, bound: str, data: ScorecardData, node: Node) -> Formula | None:
    """Return the score at worst, never above the score (`bound` is MIN), or at best, never below it (MAX)."""
    joined = data.layout.part_cell(node.id, Column.AGGREGATED)
    value = f.call(bound, _aggregated(data, node, track), joined)
    return _unless_no_weight(data, node, track, value)


def _node_reported(data: ScorecardData, node: Node) -> Formula | None:
    """Return the score; empty below the node's minimum coverage, or, as verified, if nothing in it is judged."""
    formula = _with_enough_coverage(data, node)
    if data.by_verdict:
        formula = f.if_(f"{data.layout.part_cell(node.id, Column.JUDGED)}>0", formula, MISSING)
    return formula


def _with_enough_coverage(data: ScorecardData, node: Node) -> Formula:
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


def _node_coverage(data: ScorecardData, node: Node) -> Formula | None:
    return _mean_of_parts(data, node, Column.COVERAGE)


def _node_counted_parts(data: ScorecardData, node: Node) -> Formula | None:
    return _mean_of_parts(data, node, Column.COUNTED)


def _node_counted(data: ScorecardData, node: Node) -> Formula | None:
    cell = partial(data.layout.part_cell, node.id)
    formula = str(cell(Column.COUNTED_PARTS))
    if node.min_coverage is not None:
        has_score = f.if_(f.is_missing(cell(Column.REPORTED)), "0", "1")
        formula = f.unless_missing(cell(Column.COVERAGE), has_score)
    return formula


def _node_contribution(track: Track, data: ScorecardData, node: Node) -> Formula | None:
    return f.call("SUM", data.layout.cells_of_parts(node, track.contribution))


def _node_blanks(data: ScorecardData, node: Node) -> Formula | None:
    return f.call("SUM", data.layout.cells_of_parts(node, Column.BLANKS))


NODE_FORMULAS: Mapping[Column, CellFormula[Node]] = {
    Column.JUDGED: _judged,
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
    **{track.critical_fails: partial(critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(highest_band, track) for track in SCORE_TRACKS},
}

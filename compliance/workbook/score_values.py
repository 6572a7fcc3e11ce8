"""The present results of the formulas of `score_formulas`, from the engine, for each column of questions and nodes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from compliance.questionnaire.edition import Node, Question
from compliance.scoring.aggregation import aggregate, weighted_mean
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import normalised_score
from compliance.scoring.numeric import SCORE
from compliance.workbook.formulas import CachedValue, ValuesOf
from compliance.workbook.minimum_standards import highest_band_now
from compliance.workbook.scorecard_columns import (
    AS_CLAIMED,
    COVERAGE_TRACK,
    PLACES_COLUMNS,
    SCORE_TRACKS,
    TRACKS,
    ScoreTrack,
    Track,
)
from compliance.workbook.scorecard_columns import CalculationColumn as Column
from compliance.workbook.scorecard_data import ScorecardData, cached_share
from compliance.workbook.scorecard_layout import AnswerState

#: Compute the result of a part's formula, or of a column's formulas for some parts, from the data of any company.
PartValue: TypeAlias = Callable[[ScorecardData, Any], CachedValue]
ColumnValues: TypeAlias = Callable[[ScorecardData, Sequence[Any]], Iterable[CachedValue]]


def values_of_column(basis: Basis, parts: Sequence[Node] | Sequence[Question], column: Column) -> ValuesOf:
    """Return a function that computes the results of a column's formulas on a basis, for nodes or for questions."""
    kind = type(parts[0])
    values = QUESTION_VALUES[column] if kind is Question else NODE_VALUES[column]
    if basis == "evidenced" and column in AS_CLAIMED[kind]:
        return lambda data: values(data.on("claimed"), parts)
    return lambda data: values(data, parts)


def _each(value: PartValue) -> ColumnValues:
    """Return a function for a column whose values are computed part by part."""
    return lambda data, parts: [value(data, part) for part in parts]


# ── Of questions and nodes


def _figures(track: Track) -> ColumnValues:
    return lambda data, parts: [figures[track.figure] for figures in map(data.figures.__getitem__, _ids(parts))]


def _effective_weights(track: Track) -> ColumnValues:
    return lambda data, parts: [weights[track.figure] for weights in map(data.weights.__getitem__, _ids(parts))]


def _ids(parts: Sequence[Node | Question]) -> Sequence[str]:
    return [part.id for part in parts]


def _logarithm(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> CachedValue:
    number = float(data.scores.results[part.id].value[track.figure, 0])
    return float(np.log(number)) if number > 0 else ""


def _critical_fails(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> CachedValue:
    return float(data.bands.failed[part.id][track.figure, 0])


# ── Of questions


def _earned(data: ScorecardData, question: Question) -> CachedValue:
    state, answer = data.state(question), data.counted.answers.get(question.id)
    if state == AnswerState.GIVEN:
        return normalised_score(question, answer)  # type: ignore[arg-type]  # given is neither blank nor n/a
    return "" if state == AnswerState.NOT_APPLICABLE else data.compiled.points_ranges[question.id].least


def _question_coverage(data: ScorecardData, question: Question) -> CachedValue:
    return "" if question.only_deducts else data.figure(question.id, COVERAGE_TRACK)


def _question_contributions(track: Track) -> ColumnValues:
    return lambda data, questions: [data.carried[question.id][track.figure] for question in questions]


def _count_of_places(column: Column, data: ScorecardData, question: Question) -> CachedValue:
    found = data.places(question)
    if found is None:
        return ""
    counted = (found.places, found.ticked, found.high_need, found.ticked_high_need)
    return float(len(counted[PLACES_COLUMNS.index(column)]))


QUESTION_VALUES: Mapping[Column, ColumnValues] = {
    Column.VERDICT: _each(lambda data, question: float(data.verdict(question))),
    Column.ANSWER: _each(ScorecardData.written),
    Column.CREDIT: _each(ScorecardData.credit),
    Column.JUDGED: _each(ScorecardData.judged),
    Column.STATE: _each(lambda data, question: float(data.state(question))),
    Column.ENTERED: _each(ScorecardData.entered),
    Column.ASKED: _each(ScorecardData.asked),
    Column.GATE: _each(ScorecardData.gate),
    Column.AGGREGATED: _each(_earned),
    **{track.value: _figures(track) for track in SCORE_TRACKS},
    Column.COVERAGE: _each(_question_coverage),
    Column.COUNTED: _figures(COVERAGE_TRACK),
    **{track.logarithm: _each(partial(_logarithm, track)) for track in SCORE_TRACKS},
    **{track.effective_weight: _effective_weights(track) for track in TRACKS},
    **{track.contribution: _question_contributions(track) for track in TRACKS},
    Column.BLANKS: _each(lambda data, question: float(question.id in data.blanks)),
    **{track.critical_fails: _each(partial(_critical_fails, track)) for track in SCORE_TRACKS},
    **{track.highest_band: _each(partial(highest_band_now, track)) for track in SCORE_TRACKS},
    **{column: _each(partial(_count_of_places, column)) for column in PLACES_COLUMNS},
}


# ── Of nodes


def _available_weight(track: Track, data: ScorecardData, node: Node) -> CachedValue:
    weights, figures = data.compiled.counted[node.id], data.figures
    return float(sum([weight for part, weight in weights.items() if figures[part][track.figure] != ""]))


def _joined(data: ScorecardData, node: Node) -> CachedValue:
    if node.min_coverage is None:
        return data.figure(node.id, SCORE_TRACKS[0])
    weights = data.compiled.weights[node.id]
    shares = [data.scores.results[i].value[SCORE] for i in weights]
    counted = list(data.compiled.counted[node.id].values())
    return cached_share(aggregate(node, list(weights.values()), shares, counted))


def _reported(data: ScorecardData, node: Node) -> CachedValue:
    return "" if data.is_off else cached_share(data.scores.results[node.id].score)


def _counted_parts(data: ScorecardData, node: Node) -> CachedValue:
    if data.is_off:
        return ""
    if node.id not in data.compiled.tree.with_minimum_coverage:
        return data.figure(node.id, COVERAGE_TRACK)
    weights = data.compiled.weights[node.id]
    covered = [data.scores.results[part].counted_coverage for part in weights]
    return cached_share(weighted_mean(list(weights.values()), covered))


def _counted(data: ScorecardData, node: Node) -> CachedValue:
    return "" if data.is_off else cached_share(data.scores.results[node.id].counted_coverage)


def _node_contributions(track: Track) -> ColumnValues:
    def values(data: ScorecardData, nodes: Sequence[Node]) -> Iterable[CachedValue]:
        questions_of = data.scored_ids
        return [data.sums(questions_of[node.id])[track.figure] for node in nodes]

    return values


def _blanks(data: ScorecardData, node: Node) -> CachedValue:
    return float(len(data.blanks.intersection(data.scored_ids[node.id])))


NODE_VALUES: Mapping[Column, ColumnValues] = {
    Column.JUDGED: _each(ScorecardData.judged),
    Column.ASKED: _each(ScorecardData.asked),
    Column.AGGREGATED: _each(_joined),
    **{track.value: _figures(track) for track in TRACKS},
    Column.REPORTED: _each(_reported),
    Column.COUNTED_PARTS: _each(_counted_parts),
    Column.COUNTED: _each(_counted),
    **{track.available_weight: _each(partial(_available_weight, track)) for track in TRACKS},
    **{track.logarithm: _each(partial(_logarithm, track)) for track in SCORE_TRACKS},
    **{track.effective_weight: _effective_weights(track) for track in TRACKS},
    **{track.contribution: _node_contributions(track) for track in TRACKS},
    Column.BLANKS: _each(_blanks),
    **{track.critical_fails: _each(partial(_critical_fails, track)) for track in SCORE_TRACKS},
    **{track.highest_band: _each(partial(highest_band_now, track)) for track in SCORE_TRACKS},
}

"""What the formulas of `score_formulas` come to now: the engine's value for each column of a question and of a node."""

from collections.abc import Callable, Mapping, Sequence
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

#: What a formula of a part comes to, from the data of any company.
PartValue: TypeAlias = Callable[[ScorecardData, Any], CachedValue]


def values_of_column(basis: Basis, parts: Sequence[Node] | Sequence[Question], column: Column) -> ValuesOf:
    """What says what the formulas of nodes or questions in a column come to, from any company's data on a basis."""
    kind = type(parts[0])
    value = QUESTION_VALUES[column] if kind is Question else NODE_VALUES[column]
    if basis == "evidenced" and column in AS_CLAIMED[kind]:
        return lambda data: _values(value, data.on("claimed"), parts)
    return lambda data: _values(value, data, parts)


def _values(value: PartValue, data: ScorecardData, parts: Sequence[Node] | Sequence[Question]) -> Sequence[CachedValue]:
    return [value(data, part) for part in parts]


# ── Of questions and nodes alike


def _figure(track: Track, data: ScorecardData, part: Node | Question) -> CachedValue:
    return data.figure(part.id, track)


def _logarithm(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> CachedValue:
    number = float(data.scores.results[part.id].value[track.figure, 0])
    return float(np.log(number)) if number > 0 else ""


def _effective_weight(track: Track, data: ScorecardData, part: Node | Question) -> CachedValue:
    return data.effective_weight(part.id, track) if part.id in data.edition.parents else 1.0


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


def _question_contribution(track: Track, data: ScorecardData, question: Question) -> CachedValue:
    return data.carried[question.id][track.figure]


def _count_of_places(column: Column, data: ScorecardData, question: Question) -> CachedValue:
    found = data.places(question)
    if found is None:
        return ""
    counted = (found.places, found.ticked, found.high_need, found.ticked_high_need)
    return float(len(counted[PLACES_COLUMNS.index(column)]))


QUESTION_VALUES: Mapping[Column, PartValue] = {
    Column.VERDICT: lambda data, question: float(data.verdict(question)),
    Column.ANSWER: ScorecardData.written,
    Column.CREDIT: ScorecardData.credit,
    Column.JUDGED: ScorecardData.judged,
    Column.STATE: lambda data, question: float(data.state(question)),
    Column.ENTERED: ScorecardData.entered,
    Column.ASKED: ScorecardData.asked,
    Column.GATE: ScorecardData.gate,
    Column.AGGREGATED: _earned,
    **{track.value: partial(_figure, track) for track in SCORE_TRACKS},
    Column.COVERAGE: _question_coverage,
    Column.COUNTED: partial(_figure, COVERAGE_TRACK),
    **{track.logarithm: partial(_logarithm, track) for track in SCORE_TRACKS},
    **{track.effective_weight: partial(_effective_weight, track) for track in TRACKS},
    **{track.contribution: partial(_question_contribution, track) for track in TRACKS},
    Column.BLANKS: lambda data, question: float(data.is_blank(question)),
    **{track.critical_fails: partial(_critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(highest_band_now, track) for track in SCORE_TRACKS},
    **{column: partial(_count_of_places, column) for column in PLACES_COLUMNS},
}


# ── Of nodes


def _available_weight(track: Track, data: ScorecardData, node: Node) -> CachedValue:
    weights = data.compiled.counted[node.id]
    return float(sum(weight for part, weight in weights.items() if data.figure(part, track) != ""))


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


def _node_contribution(track: Track, data: ScorecardData, node: Node) -> CachedValue:
    return data.sums(tuple([question.id for question in data.scored_questions[node.id]]))[track.figure]


def _blanks(data: ScorecardData, node: Node) -> CachedValue:
    return float(sum(data.is_blank(question) for question in data.scored_questions[node.id]))


NODE_VALUES: Mapping[Column, PartValue] = {
    Column.JUDGED: ScorecardData.judged,
    Column.ASKED: ScorecardData.asked,
    Column.AGGREGATED: _joined,
    **{track.value: partial(_figure, track) for track in TRACKS},
    Column.REPORTED: _reported,
    Column.COUNTED_PARTS: _counted_parts,
    Column.COUNTED: _counted,
    **{track.available_weight: partial(_available_weight, track) for track in TRACKS},
    **{track.logarithm: partial(_logarithm, track) for track in SCORE_TRACKS},
    **{track.effective_weight: partial(_effective_weight, track) for track in TRACKS},
    **{track.contribution: partial(_node_contribution, track) for track in TRACKS},
    Column.BLANKS: _blanks,
    **{track.critical_fails: partial(_critical_fails, track) for track in SCORE_TRACKS},
    **{track.highest_band: partial(highest_band_now, track) for track in SCORE_TRACKS},
}

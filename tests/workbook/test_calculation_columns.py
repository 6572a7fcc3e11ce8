"""The columns of the sheet *Calculation*: each has its formula, for every kind of question and every rule."""

from compliance.narrative.aggregation_notation import NOTATION
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, QUESTION_KINDS
from compliance.workbook.answer_formulas import KIND_FORMULAS
from compliance.workbook.score_formulas import NODE_FORMULAS, QUESTION_FORMULAS
from compliance.workbook.scorecard_columns import TRACKS, CalculationColumn, ChoiceColumn, ReviewColumn

Column = CalculationColumn
#: Columns with numbers and texts of the edition, which are not formulas.
CONSTANT = {Column.ID, Column.RULE, Column.WEIGHT, Column.COUNTED_WEIGHT, Column.LEAST, Column.MOST, Column.FULL_MARKS}


def test_columns_are_numbered_in_order_and_no_two_headings_are_equal() -> None:
    for columns in (CalculationColumn, ReviewColumn, ChoiceColumn):
        assert [int(column) for column in columns] == list(range(len(columns)))
        headings = [column.spec.heading for column in columns if not column.spec.hidden]
        assert len(set(headings)) == len(headings)
        assert all(headings)


def test_every_column_is_filled_by_a_constant_or_by_a_formula_for_a_question_or_a_node() -> None:
    by_formula = {*QUESTION_FORMULAS, *NODE_FORMULAS}
    assert by_formula | CONSTANT == set(Column)
    assert not by_formula & CONSTANT


def test_each_track_has_its_own_columns() -> None:
    columns = [
        column
        for track in TRACKS
        for column in (track.value, track.available_weight, track.effective_weight, track.contribution)
    ]
    assert len(set(columns)) == len(columns)
    assert [track.figure for track in TRACKS] == [0, 1, 2, 3]


def test_every_kind_of_question_and_every_rule_has_its_formulas() -> None:
    assert set(KIND_FORMULAS) == set(QUESTION_KINDS)
    assert set(NOTATION) == set(AGGREGATION_METHODS)

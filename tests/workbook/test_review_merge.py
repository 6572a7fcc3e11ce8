"""Three-way comparison: what only the workbook changed is applied; what both sides changed needs a choice."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.workbook.review_merge import (
    NOT_REVIEWED_YET,
    ReviewChange,
    Side,
    StatedVerdict,
    compare_three_ways,
)
from tests.support.examples import examples

CONFIRMED, NOT_SHOWN = StatedVerdict("confirmed"), StatedVerdict("not-shown")
QUESTIONS = tuple("abcdef")
stated = st.sampled_from(
    [
        NOT_REVIEWED_YET,
        CONFIRMED,
        NOT_SHOWN,
        StatedVerdict("confirmed", comment="Page 4."),
        StatedVerdict("confirmed", next_review=date(2027, 1, 31)),
        StatedVerdict("adjusted", "o1"),
        StatedVerdict("adjusted", "o2"),
    ]
)
verdicts = st.dictionaries(st.sampled_from(QUESTIONS), stated)


def said(verdicts: Mapping[str, StatedVerdict], question: str) -> StatedVerdict:
    return verdicts.get(question, NOT_REVIEWED_YET)


@given(verdicts, verdicts, verdicts, st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(["web", "workbook"])))
@examples(2_000)
def test_conflicts_are_where_both_sides_changed_differently_and_applying_gives_what_the_model_gives(
    base: Mapping[str, StatedVerdict],
    web: Mapping[str, StatedVerdict],
    workbook: Mapping[str, StatedVerdict],
    keep: Mapping[str, Side],
) -> None:
    changes = compare_three_ways(base, web, workbook)
    conflicts, model = set(), {question: said(web, question) for question in QUESTIONS}
    for question in workbook:
        theirs = said(web, question) != said(base, question)
        ours = said(workbook, question) != said(base, question)
        if ours and theirs and said(web, question) != said(workbook, question):
            conflicts.add(question)
            if keep.get(question) == "workbook":
                model[question] = workbook[question]
        elif ours:
            model[question] = workbook[question]
    assert {change.question for change in changes.conflicts} == conflicts
    chosen: dict[str, Side] = {question: keep.get(question, "web") for question in conflicts}
    applied = {question: said(web, question) for question in QUESTIONS} | dict(changes.applied(chosen))
    assert applied == model
    for change in (*changes.fitting, *changes.conflicts):
        question = change.question
        sides = said(base, question), said(web, question), said(workbook, question)
        assert change == ReviewChange(question, *sides)


@given(verdicts, verdicts, verdicts)
@examples(500)
def test_applying_the_same_again_changes_nothing(
    base: Mapping[str, StatedVerdict], web: Mapping[str, StatedVerdict], workbook: Mapping[str, StatedVerdict]
) -> None:
    changes = compare_three_ways(base, web, workbook)
    after = {**web, **changes.applied({change.question: "workbook" for change in changes.conflicts})}
    again = compare_three_ways(base, after, workbook)
    assert (again.fitting, again.conflicts) == ((), ())


def test_without_a_base_a_filled_cell_applies_if_there_is_no_verdict_and_is_otherwise_a_conflict() -> None:
    workbook = {"a": CONFIRMED, "b": CONFIRMED, "c": CONFIRMED, "d": NOT_REVIEWED_YET}
    changes = compare_three_ways({}, {"b": NOT_SHOWN, "c": CONFIRMED, "d": CONFIRMED}, workbook)
    assert [change.question for change in changes.fitting] == ["a"]
    assert [change.question for change in changes.conflicts] == ["b"]
    assert changes.as_before == 2


def test_a_verdict_emptied_in_the_workbook_is_removed() -> None:
    changes = compare_three_ways({"a": CONFIRMED}, {"a": CONFIRMED}, {"a": NOT_REVIEWED_YET})
    assert changes.applied({}) == {"a": NOT_REVIEWED_YET}


def test_a_verdict_whose_row_the_workbook_lacks_stays() -> None:
    changes = compare_three_ways({"a": CONFIRMED}, {"a": NOT_SHOWN}, {})
    assert (changes.fitting, changes.conflicts) == ((), ())


def test_a_conflict_without_a_choice_is_not_applied() -> None:
    changes = compare_three_ways({}, {"a": NOT_SHOWN}, {"a": CONFIRMED})
    with pytest.raises(KeyError):
        changes.applied({})


def test_verdicts_on_questions_left_out_stay() -> None:
    changes = compare_three_ways({}, {"a": NOT_SHOWN}, {"a": CONFIRMED, "b": CONFIRMED, "c": CONFIRMED})
    assert changes.without(["a", "b"]).applied({}) == {"c": CONFIRMED}

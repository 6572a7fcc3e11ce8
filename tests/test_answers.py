"""A value, a blank and not applicable are three things, and each answer has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import (
    AnswerFault,
    NotApplicable,
    number_text,
    read_answer,
    read_number,
    read_profile,
    write_answer,
)
from compliance.questionnaire.edition import Option, ProfileField, Question
from tests.factories import many, number, one

FREE = Question("t", "t", "text")
DAY = Question("d", "d", "date")
PLACES = Question("c", "c", "countries")


@pytest.mark.parametrize("question", [one("q"), many("q"), number("q"), FREE, DAY, PLACES])
@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_written_is_a_blank(question: Question, text: str) -> None:
    assert read_answer(question, text) is None
    assert write_answer(None) == ""


def test_not_applicable_carries_its_reason_where_it_may_be_answered() -> None:
    assert read_answer(one("q", na="reason"), " N/A ", " no guests ") == NotApplicable("no guests")
    assert write_answer(NotApplicable("no guests")) == "n/a"


def test_not_applicable_is_no_answer_where_everyone_can_answer() -> None:
    with pytest.raises(AnswerFault, match="every company can answer"):
        read_answer(one("q"), "n/a")


@pytest.mark.parametrize("text", ["NA", "0", "None", "null", "none", "nan", "-"])
def test_words_that_programs_take_for_missing_are_values(text: str) -> None:
    assert read_answer(FREE, text) == text


def test_zero_is_a_number_and_never_a_blank() -> None:
    assert read_answer(number("q"), "0") == 0.0
    assert write_answer(0.0) == "0"


def test_an_option_is_named_by_its_id() -> None:
    assert read_answer(one("q"), " o1 ") == "o1"
    with pytest.raises(AnswerFault, match="'o7' is none of o0, o1"):
        read_answer(one("q"), "o7")


def test_none_of_these_is_an_answer_of_its_own() -> None:
    assert read_answer(many("q"), "none") == ("none",)
    with pytest.raises(AnswerFault, match="excludes the other choices"):
        read_answer(many("q"), "none|o0")
    with pytest.raises(AnswerFault, match="is none of"):
        read_answer(one("q"), "none")


def test_several_choices_have_one_spelling_whatever_their_order() -> None:
    assert read_answer(many("q"), "o1 | o0|o1") == ("o0", "o1")
    assert write_answer(("o0", "o1")) == "o0|o1"


def test_an_option_called_none_is_the_built_in_one() -> None:
    question = Question("q", "q", "many", options=(Option("none", 0.0, "Nothing"), Option("a", 1.0, "A")))
    assert read_answer(question, "none") == ("none",)


@pytest.mark.parametrize("text", ["1,5", "50 %", "1 000", "1_000", "12:30", "nan", "inf", "1e999", "0x10", "٣", "ten"])
def test_what_is_not_plainly_a_number_is_not_guessed_at(text: str) -> None:
    with pytest.raises(AnswerFault):
        read_answer(number("q"), text)


def test_a_logarithm_needs_a_number_above_zero() -> None:
    with pytest.raises(AnswerFault, match="not above 0"):
        read_answer(number("q", 1.0, 100.0, log=True), "0")


def test_a_day_is_written_year_month_day() -> None:
    assert read_answer(DAY, "2026-03-31") == "2026-03-31"
    for text in ("31.03.2026", "2026-02-30"):
        with pytest.raises(AnswerFault, match="not a date"):
            read_answer(DAY, text)


def test_countries_are_three_capital_letters() -> None:
    assert read_answer(PLACES, "NAM | KHM|NAM") == ("KHM", "NAM")
    for text in ("NA", "Cambodia", "khm"):
        with pytest.raises(AnswerFault, match="not a country"):
            read_answer(PLACES, text)


def test_a_profile_field_takes_one_of_its_values_or_a_number() -> None:
    assert read_profile(ProfileField("size", ("1-9", "NA")), "NA") == "NA"
    assert read_profile(ProfileField("people"), "12") == 12.0
    assert read_profile(ProfileField("people"), " ") is None
    with pytest.raises(AnswerFault, match="none of 1-9"):
        read_profile(ProfileField("size", ("1-9",)), "10-49")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert read_number(number_text(value)) == value

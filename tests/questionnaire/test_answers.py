"""A value, a blank and not applicable are three things, and each answer has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_number, read_profile
from compliance.questionnaire.answers import Adjusted, NotApplicable, number_text, write_answer, write_verdict
from compliance.questionnaire.edition import LARGEST_NUMBER, Option, Question
from compliance.questionnaire.profile_fields import ProfileField
from tests.support.examples import examples
from tests.support.factories import many, number, one

FREE = Question("t", "t", "text")
DAY = Question("d", "d", "date")
PLACES = Question("c", "c", "countries")


@pytest.mark.parametrize("question", [one("q"), many("q"), number("q"), FREE, DAY, PLACES])
@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_text_is_a_blank(question: Question, text: str) -> None:
    assert read_answer(question, text) is None
    assert write_answer(None) == ""


def test_not_applicable_has_a_reason_where_it_is_allowed() -> None:
    assert read_answer(one("q", na="reason"), " N/A ", " no guests ") == NotApplicable("no guests")
    assert write_answer(NotApplicable("no guests")) == "n/a"


def test_not_applicable_is_refused_where_everyone_can_answer() -> None:
    with pytest.raises(AnswerFault, match="every company can answer"):
        read_answer(one("q"), "n/a")


@pytest.mark.parametrize("text", ["NA", "0", "None", "null", "none", "nan", "-"])
def test_words_that_programs_read_as_missing_values_are_values_here(text: str) -> None:
    assert read_answer(FREE, text) == text


def test_zero_is_a_number_and_never_a_blank() -> None:
    assert read_answer(number("q"), "0") == 0.0
    assert write_answer(0.0) == "0"


def test_an_option_is_named_by_its_id() -> None:
    assert read_answer(one("q"), " o1 ") == "o1"
    with pytest.raises(AnswerFault, match="'o7' is not one of these: o0, o1"):
        read_answer(one("q"), "o7")


def test_none_of_these_is_a_separate_answer() -> None:
    assert read_answer(many("q"), "none") == ("none",)
    with pytest.raises(AnswerFault, match="excludes the other choices"):
        read_answer(many("q"), "none|o0")
    with pytest.raises(AnswerFault, match="is not one of these:"):
        read_answer(one("q"), "none")


def test_several_choices_have_one_spelling_whatever_their_order() -> None:
    assert read_answer(many("q"), "o1 | o0|o1") == ("o0", "o1")
    assert write_answer(("o0", "o1")) == "o0|o1"


def test_an_option_called_none_is_the_built_in_one() -> None:
    question = Question("q", "q", "many", options=(Option("none", 0.0, "Nothing"), Option("a", 1.0, "A")))
    assert read_answer(question, "none") == ("none",)


@pytest.mark.parametrize("text", ["1,5", "50 %", "1 000", "1_000", "12:30", "nan", "inf", "1e999", "0x10", "٣", "ten"])
def test_a_text_that_is_not_clearly_a_number_is_refused_without_guessing(text: str) -> None:
    with pytest.raises(AnswerFault):
        read_answer(number("q"), text)


def test_a_logarithm_needs_a_number_above_zero() -> None:
    with pytest.raises(AnswerFault, match="not above 0"):
        read_answer(number("q", 1.0, 100.0, log=True), "0")


def test_a_day_is_written_as_year_month_day() -> None:
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
    with pytest.raises(AnswerFault, match="not one of these: 1-9"):
        read_profile(ProfileField("size", ("1-9",)), "10-49")


@examples(100)
@given(st.floats(-LARGEST_NUMBER, LARGEST_NUMBER))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert read_number(number_text(value)) == value


# ── Messages


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("many", "'many' is not a number: write it in digits, or leave it empty"),
        ("50 %", "'50 %' is not a number: write it without the sign, 50 for 50 %"),
        ("1,5", "'1,5' is not a number: write it with a decimal point, and nothing between thousands"),
        ("5 days", "'5 days' is not a number: write it without a unit, and with a decimal point"),
        ("1e999", "'1e999' is too large to be a number"),
    ],
)
def test_an_invalid_number_is_refused_with_what_to_write_instead(text: str, says: str) -> None:
    with pytest.raises(AnswerFault) as refused:
        read_number(text)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("question", "text", "says"),
    [
        (one("q"), "o9", "'o9' is not one of these: o0, o1"),
        (many("q"), "o9", "'o9' is not one of these: o0, o1, none; join several with |"),
        (many("q"), "o0|none", "'none' excludes the other choices: keep it, or them"),
        (PLACES, "cambodia", "'cambodia' is not a country: write three capital letters, KHM for Cambodia; "
                             "join several with |"),
        (PLACES, "khm", "'khm' is not a country: write three capital letters, KHM for Cambodia; join several with |"),
        (PLACES, "there", "'there' is not a country: write three capital letters, as in KHM; join several with |"),
        (DAY, "2026", "'2026' is not a date: write year-month-day, as in 2026-03-31"),
        (number("q", 1.0, 9.0, log=True), "0", "'0' is not above 0, and this number is read as a logarithm"),
        (one("q"), "n/a", "'n/a' is not an answer here: every company can answer this question"),
    ],
)  # fmt: skip
def test_an_invalid_answer_is_refused_with_what_is_allowed(question: Question, text: str, says: str) -> None:
    with pytest.raises(AnswerFault) as refused:
        read_answer(question, text)
    assert str(refused.value) == says


def test_an_option_called_none_is_offered_once() -> None:
    question = Question("q", "q", "many", options=(Option("some", 1.0, ""), Option("none", 0.0, "")), full=1.0)
    with pytest.raises(AnswerFault, match="is not one of these: some, none; join"):
        read_answer(question, "other")


def test_a_profile_value_that_names_several_is_refused_as_several() -> None:
    field = ProfileField("sector", ("travel", "lodging"))
    with pytest.raises(AnswerFault) as refused:
        read_profile(field, "travel, lodging")
    assert str(refused.value) == "'travel, lodging' names several: keep the one that is the main one"
    with pytest.raises(AnswerFault) as refused:
        read_profile(field, "travel, mining")
    assert str(refused.value) == "'travel, mining' is not one of these: travel, lodging"


def test_every_answer_has_one_spelling() -> None:
    assert [write_answer(a) for a in (None, NotApplicable("why"), ("a", "b"), 50.0, 0.5, "o1")] == [
        "", "n/a", "a|b", "50", "0.5", "o1"
    ]  # fmt: skip
    assert write_answer(1e15) == "1000000000000000.0"


def test_a_verdict_is_spelt_as_itself_or_as_the_true_answer() -> None:
    assert [write_verdict(v) for v in ("confirmed", "not-shown", Adjusted("o1"))] == ["confirmed", "not-shown", "o1"]

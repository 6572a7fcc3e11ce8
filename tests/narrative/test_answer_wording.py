"""Answers and conditions in words: by the names that a page gives its questions, and by ids."""

from dataclasses import replace

import pytest

from compliance.narrative.answer_wording import (
    asked_if,
    condition_by_ids,
    condition_words,
    counting_conditions,
    counts_only_if,
    quoted_answer,
    saved_answer_words,
)
from compliance.questionnaire.answers import NOT_KNOWN_YET, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Option, Question
from tests.support.factories import edition, node, number, profile

DEGREE = Question(
    "degree",
    "How far?",
    "one",
    options=(Option("no", 0.0, "No"), Option("half", 0.5, "In part"), Option("yes", 1.0, "Yes")),
)
SHARE = number("share")
MADE = edition(node("t", DEGREE, SHARE), profile=profile(sector=("hotels", "foods")))

YES = Predicate("degree", ("yes",))
SOME = Predicate("degree", ("half", "yes"))
MUCH = Predicate("share", (), at_least=50.0)
PART = Predicate("share", (), at_least=0.25)
HOTELS = Predicate("profile.sector", ("hotels",))


@pytest.mark.parametrize(
    ("condition", "named", "by_ids"),
    [
        (YES, "question 4 is “Yes”", "degree is yes"),
        (SOME, "question 4 is answered with anything other than “No”", "degree is half or yes"),
        (MUCH, "the answer to “share” is at least 50", "share is at least 50"),
        (PART, "the answer to “share” is at least 0.25", "share is at least 0.25"),
        (Not(YES), "not: question 4 is “Yes”", "not: degree is yes"),
        (
            AllOf((YES, MUCH)),
            "question 4 is “Yes” and the answer to “share” is at least 50",
            "degree is yes and share is at least 50",
        ),
        (
            AnyOf((YES, MUCH)),
            "question 4 is “Yes” or the answer to “share” is at least 50",
            "degree is yes or share is at least 50",
        ),
    ],
)
def test_a_condition_is_worded_with_the_names_of_a_page_or_with_ids(
    condition: Condition, named: str, by_ids: str
) -> None:
    assert condition_words(MADE, condition, {"degree": "question 4"}) == named
    assert condition_by_ids(condition) == by_ids


def test_ids_bracket_a_condition_within_a_condition_unless_it_is_plain() -> None:
    assert condition_by_ids(AllOf((AnyOf((YES, MUCH)), Not(HOTELS)))) == (
        "(degree is yes or share is at least 50) and not: sector is hotels"
    )


def test_words_bracket_a_condition_within_a_condition() -> None:
    assert condition_words(edition(node("t", DEGREE, SHARE)), AllOf((AnyOf((YES, MUCH)), MUCH)), {}) == (
        "(the answer to “How far?” is “Yes” or the answer to “share” is at least 50)"
        " and the answer to “share” is at least 50"
    )


def test_words_bracket_all_that_a_not_refers_to() -> None:
    made = edition(node("t", DEGREE, SHARE))
    yes, much = "the answer to “How far?” is “Yes”", "the answer to “share” is at least 50"
    assert condition_words(made, Not(AllOf((YES, MUCH))), {}) == f"not: ({yes} and {much})"
    assert condition_words(made, AllOf((Not(YES), MUCH)), {}) == f"not: {yes} and {much}"


def test_a_threshold_of_a_choice_is_in_points() -> None:
    least = Predicate("degree", (), at_least=1.5)
    assert condition_words(edition(node("t", DEGREE)), least, {}) == (
        "the answer to “How far?” earns this many points or more: 1.5"
    )


def test_an_answer_is_quoted_without_its_full_stop() -> None:
    told = replace(DEGREE, id="told", ask="told", options=tuple(Option(i, 0.0, f"We say {i}.") for i in ("no", "yes")))
    made = edition(node("t", told))
    assert condition_words(made, Predicate("told", ("yes",)), {}) == "the answer to “told” is “We say yes”"
    several = replace(told, kind="many")
    made = edition(node("t", several))
    assert saved_answer_words(made, "told", "no|yes") == "We say no. We say yes."


def test_a_question_names_the_answers_that_decide_whether_it_counts_or_is_asked() -> None:
    gated = number("gated", counts_when=SOME)
    only = number("only", asked_when=YES)
    made = edition(node("t", DEGREE, gated, only))
    degree = "the answer to “How far?”"
    assert counts_only_if(made, SOME, {}) == f"Counts only if {degree} is answered with anything other than “No”"
    assert counting_conditions(made, made.themes[0]) == {"gated": f"{degree} is answered with anything other than “No”"}
    assert (asked_if(made, only), asked_if(made, gated)) == (f"{degree} is “Yes”", "")


def test_an_answer_is_quoted_and_a_blank_is_neither_a_zero_nor_not_applicable() -> None:
    assert quoted_answer(DEGREE, "half") == "“In part”"
    assert quoted_answer(SHARE, 0.0) == "0"
    assert quoted_answer(SHARE, None) == "No answer"
    assert quoted_answer(SHARE, NotApplicable("There are none.")) == "Does not apply"
    assert saved_answer_words(MADE, "degree", "half") == "In part"
    assert saved_answer_words(MADE, "degree", "", word=NOT_KNOWN_YET) == "Not known yet"
    assert saved_answer_words(MADE, "degree", "", word="not-counted") == "Could not be counted"
    assert saved_answer_words(MADE, "degree", "", word="elsewhere") == "Said in another document"
    titled = saved_answer_words(MADE, "degree", "", word="elsewhere", title="Code")
    assert titled == "Said in another document: Code"
    assert saved_answer_words(MADE, "degree", "n/a", "There are none.") == "Does not apply: There are none."

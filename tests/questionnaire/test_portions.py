"""Portions: their questions and minutes, calculated by hand for small editions."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import Edition, Option, Question
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.portions import (
    AskedCounts,
    Effort,
    asked_counts,
    effort_of,
    may_be_asked,
    modules_of,
    profile_effort,
    question_effort,
    waits_for_profile,
)
from compliance.questionnaire.routing import route_questions
from tests.support.paths import DATA

PORTIONS = DATA / "web_editions" / "portions"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition(PORTIONS)


def test_a_question_takes_the_time_to_read_its_words_and_to_decide() -> None:
    options = (Option("a", 0, "Not at all"), Option("b", 1, "In every one of our houses"))
    question = Question("q", "Is this done in every house?", "one", "A house is a hotel.", options)
    # 6 words of the question, 5 of the help, 3 and 6 of the options: 20 words at 200 a minute are 6 seconds;
    # with 15 seconds for the answer, 21.
    assert question_effort(question) == Effort(1, 21)


def test_a_question_by_place_takes_the_time_of_an_answer_for_each_place() -> None:
    options = (Option("none", 0, "In none of our countries"), Option("all", 1, "In all of our countries"))
    question = Question("q", "Where is this done?", "places", options=options, places="about.operations")
    # 4 words are 1.2 seconds, three places 45; what the ticks come to is worked out, and not read.
    assert question_effort(question, places=3) == Effort(1, pytest.approx(46.2))


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (119.9, 2)])
def test_minutes_are_rounded_up(seconds: float, minutes: int) -> None:
    assert Effort(1, seconds).minutes == minutes


def test_efforts_add_up() -> None:
    assert Effort(2, 40) + Effort(1, 30) == Effort(3, 70)


def test_a_profile_takes_the_time_to_read_its_labels_and_an_answer_for_each_field(edition: Edition) -> None:
    # sector: 6 words and 1 + 1 + 2 of its values; size: 7 and 1 + 1; lodging and travel: 5 each, with "Yes" and "No"
    # that need no text in an edition. 29 words are 8.7 seconds, and four answers 60.
    assert profile_effort(edition) == Effort(4, pytest.approx(68.7))


def asked(edition: Edition, profile: Mapping[str, str], **answers: Answer) -> tuple[AnswerSheet, set[str]]:
    sheet = AnswerSheet("", profile, {name.replace("_", "."): value for name, value in answers.items()})
    routes = route_questions(edition, sheet)
    return sheet, {i for i, route in routes.items() if edition.questions[i].scored and may_be_asked(route)}


def test_questions_that_may_still_be_asked_are_counted_and_those_behind_closed_gates_are_not(edition: Edition) -> None:
    profile = {"sector": "other", "size": "large", "lodging": "no", "travel": "no"}
    assert "r1.proof" in asked(edition, profile)[1]
    assert "r1.proof" not in asked(edition, profile, r1_practice="no")[1]


def test_the_effort_of_a_portion_is_the_sum_of_its_questions(edition: Edition) -> None:
    # r1.code: "Does your code ban it?" with "No" and "Yes", 5 + 2 words; r2.code: "Who is bound by your code?" with
    # "Nobody", "Staff" and "Staff and suppliers", 6 + 1 + 1 + 3. 18 words are 5.4 seconds, two answers 30.
    assert effort_of(edition, AnswerSheet(), ["r1.code", "r2.code"]) == Effort(2, pytest.approx(35.4))


def test_a_module_is_named_after_the_business_that_adds_it(edition: Edition) -> None:
    sheet, _ = asked(edition, {"sector": "travel", "size": "large", "lodging": "yes", "travel": "no"})
    # The main sector brings its module, whatever is said further down; questions on no kind of business come last.
    assert modules_of(edition, sheet, route_questions(edition, sheet)) == {
        "lodging": ("r3.practice",),
        "travel": ("r4.practice",),
        "": ("r5.practice",),
    }


def test_modules_that_the_profile_leaves_open_are_not_listed(edition: Edition) -> None:
    sheet, _ = asked(edition, {"sector": "other", "lodging": "yes"})
    routes = route_questions(edition, sheet)
    assert modules_of(edition, sheet, routes) == {"lodging": ("r3.practice",)}
    assert [i for i in edition.questions if waits_for_profile(edition, sheet, routes, i)] == [
        "r2.practice", "r4.practice", "r5.practice",
    ]  # fmt: skip


def test_questions_for_everybody_for_a_business_and_optional_ones_are_counted_separately(edition: Edition) -> None:
    # Code: r1.code, r2.code. Core: r1.practice, r1.proof, r2.practice. Modules: r3 to r5. Deeper: r1.more and two of
    # r6. What everybody is asked is on r1 and r2.
    assert asked_counts(edition) == AskedCounts(everybody=5, modules=3, by_choice=3, requirements=2)


def test_an_edition_without_the_lens_has_no_modules(tmp_path: Path) -> None:
    file = tmp_path / "plain.yaml"
    file.write_text("id: plain\nparts: [{id: q, options: yes-no}]\n", encoding="utf-8")
    plain = load_edition(file)
    assert modules_of(plain, AnswerSheet(), route_questions(plain, AnswerSheet())) == {}
    assert asked_counts(plain) == AskedCounts(everybody=1, modules=0, by_choice=0, requirements=0)

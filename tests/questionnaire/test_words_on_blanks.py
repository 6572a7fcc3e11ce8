"""Reasons of blanks: a reason has one spelling, which is no answer, and changes no score."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answer_mapping import MappingRule, map_answers
from compliance.questionnaire.answer_parser import (
    LONGEST_TITLE,
    AnswerFault,
    offered_words,
    read_answer,
    read_blank,
)
from compliance.questionnaire.answers import (
    BLANK_WORDS,
    ELSEWHERE,
    NOT_COUNTED,
    NOT_KNOWN_YET,
    AnswerSheet,
    BlankWord,
    blank_text,
)
from compliance.questionnaire.answers_file import read_answers_csv, read_sheets, write_answers_csv
from compliance.questionnaire.csv_table import AnswerFileFaults, unescaped_cells
from compliance.questionnaire.edition import Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from tests.support.examples import examples, tries
from tests.support.factories import edition, many, node, number, one
from tests.support.random_editions import random_edition, random_sheet

CODE = {"lenses": {"aspect": "code"}}
PRACTICE = {"lenses": {"aspect": "practice"}}
EDITION = edition(
    Question("about", "about", "text"),
    node(
        "theme", one("says", 0, 1, **CODE), many("lists", 1, 1, **CODE), one("does", 0, 1, **PRACTICE), number("share")
    ),
    lenses={"aspect": ("code", "practice")},
)
SAYS, DOES, SHARE, ABOUT = (EDITION.questions[i] for i in ("says", "does", "share", "about"))

#: Any title that a web form takes: on one line, no control characters, no half characters, trimmed.
titles = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60)
    .map(str.strip)
    .filter(lambda text: text and not set(text) & set("\u202d\u202e\ufffe\uffff\ufdd0"))
    .filter(lambda text: not any("\ufdd0" <= letter <= "\ufdef" for letter in text))
)


# ── The spelling


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (BlankWord(NOT_KNOWN_YET), "blank:not-known"),
        (BlankWord(NOT_COUNTED), "blank:not-counted"),
        (BlankWord(ELSEWHERE), "blank:elsewhere"),
        (BlankWord(ELSEWHERE, "Supplier code 2025"), "blank:elsewhere: Supplier code 2025"),
    ],
)
def test_a_blank_with_a_reason_has_one_spelling(word: BlankWord, text: str) -> None:
    assert word.text == text
    assert read_blank(SHARE if word.word == NOT_COUNTED else SAYS, f"  {text} ") == word


@examples(200)
@given(titles)
def test_a_title_is_read_back_to_the_last_character(title: str) -> None:
    assert read_blank(SAYS, blank_text(ELSEWHERE, title)) == BlankWord(ELSEWHERE, title)


@pytest.mark.parametrize("text", ["", "  ", "o1", "n/a", "50", "none", "blank", "a blank:not-known"])
def test_a_text_that_does_not_begin_like_a_blank_is_not_one(text: str) -> None:
    assert read_blank(SAYS, text) is None


@pytest.mark.parametrize("question", EDITION.questions.values(), ids=EDITION.questions.keys())
@pytest.mark.parametrize("text", ["blank:not-known", "Blank:x", "blank:", "BLANK:elsewhere: Code"])
def test_no_answer_begins_like_a_blank_with_a_reason(question: Question, text: str) -> None:
    with pytest.raises(AnswerFault, match="no answer can begin so"):
        read_answer(question, text)


def test_questions_on_texts_offer_elsewhere_and_questions_on_counts_offer_not_countable() -> None:
    assert offered_words(SAYS) == (NOT_KNOWN_YET, ELSEWHERE)
    assert offered_words(DOES) == offered_words(SHARE) == (NOT_KNOWN_YET, NOT_COUNTED)
    assert offered_words(number("share", lenses={"aspect": "code"})) == (NOT_KNOWN_YET, NOT_COUNTED)
    assert offered_words(ABOUT) == offered_words(replace(DOES, kind="date")) == (NOT_KNOWN_YET,)


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("says", "blank:unknown", "'blank:unknown' is no answer, and no reason for a blank: write blank:not-known, "
                                  "blank:elsewhere, or leave it empty"),
        ("says", "Blank:not-known", "write blank:not-known, blank:elsewhere, or leave it empty"),
        ("says", "blank:", "write blank:not-known, blank:elsewhere, or leave it empty"),
        ("says", "blank: not-known", "write blank:not-known, blank:elsewhere, or leave it empty"),
        ("says", "blank:not-counted", "blank:not-counted is not for this question: write blank:not-known, blank:elsew"),
        ("does", "blank:elsewhere: Code", "blank:elsewhere is not for this question: write blank:not-known, blank:not"),
        ("says", "blank:not-known: Code", "has a title, which goes with blank:elsewhere only: delete the title"),
        ("says", "blank:elsewhere:", "lacks its title: write it after the colon, or delete the colon"),
        ("says", "blank:elsewhere: two\nlines", "has a line break or a control character in it: delete it"),
        ("says", f"blank:elsewhere: {'x' * (LONGEST_TITLE + 1)}", "is longer than 4,000 characters: shorten it"),
        ("about", "blank: we have none", "is no answer, and no reason for a blank: write blank:not-known, or leave it"),
        ("says#verdict", "blank:not-known", "blank:not-known is no answer that could be the true one"),
    ],
)  # fmt: skip
def test_a_bad_spelling_is_refused_with_its_place_and_what_to_write(column: str, text: str, said: str) -> None:
    with pytest.raises(AnswerFileFaults) as caught:
        read_sheets(EDITION, ["company", column], [["A", ""], ["B", text]])
    (fault,) = caught.value.faults
    assert (fault.row, fault.column) == (3, column)
    assert said in fault.message


# ── The answers file


@examples(100)
@given(st.dictionaries(st.sampled_from(["says", "lists"]), titles), st.booleans())
def test_reasons_and_titles_are_read_back_from_an_answers_file(by_question: dict[str, str], counted: bool) -> None:
    words = {question: BlankWord(ELSEWHERE, title) for question, title in by_question.items()}
    words |= {"about": BlankWord(NOT_KNOWN_YET)}
    answers = {"share": 5.0} if counted else {}
    words |= {} if counted else {"share": BlankWord(NOT_COUNTED)}
    sheet = AnswerSheet("A", {}, dict(answers), words=words)
    file = io.StringIO()
    write_answers_csv(EDITION, [sheet], file)
    assert read_back(file.getvalue()) == sheet


def read_back(text: str) -> AnswerSheet:
    header, *rows = csv.reader(io.StringIO(text))
    (sheet,) = read_sheets(EDITION, header, [unescaped_cells(row) for row in rows])
    return sheet


@pytest.mark.parametrize("seed", range(tries(25)))
def test_random_sheets_with_reasons_are_read_back_from_a_file(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    sheet = random_sheet(rng, made, blanks=0.6)
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_answers_csv(made, [sheet], file)
    assert read_answers_csv(made, path) == (sheet,)


# ── Reasons change no score


@pytest.mark.parametrize("seed", range(tries(40)))
@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_a_reason_changes_no_score_interval_or_coverage(seed: int, basis: str) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    sheet = random_sheet(rng, made, blanks=0.6)
    compiled = compile_edition(made)
    with_words, without = (score(compiled, [s], basis) for s in (sheet, replace(sheet, words={})))
    for part, result in with_words.results.items():
        np.testing.assert_array_equal(result.value, without.results[part].value)
        np.testing.assert_array_equal(result.coverage, without.results[part].coverage)


def test_the_calculation_of_the_guide_is_correct() -> None:
    made = edition(one("a", 0, 10, **PRACTICE), one("b", 0, 10, **PRACTICE), lenses={"aspect": ("practice",)})
    (result,) = [score(compile_edition(made), [AnswerSheet("A", {}, {"a": "o1"}, words={"b": BlankWord(NOT_COUNTED)})])]
    # (10/10 + 0/10) / 2 = 0.5 as it stands and at worst; (1 + 1) / 2 = 1 at best; one of two is answered
    assert [float(value) for value in result.overall.value[:, 0]] == [0.5, 0.5, 1.0]
    assert float(result.overall.coverage[0]) == 0.5


# ── Another edition, another year


def test_a_reason_is_carried_over_with_an_unchanged_question() -> None:
    words = {"says": BlankWord(ELSEWHERE, "Supplier code"), "share": BlankWord(NOT_COUNTED)}
    carried = map_answers(EDITION, EDITION, {}, AnswerSheet("A", words=words))
    assert (carried.sheet.words, carried.unmapped, carried.unmapped_words) == (words, (), ())


def test_a_reason_is_carried_over_with_a_renamed_question() -> None:
    later = edition(node("theme", one("new", 0, 1, **CODE)), lenses={"aspect": ("code",)})
    rules = {"says": MappingRule(to="new")}
    sheet = AnswerSheet("A", words={"says": BlankWord(ELSEWHERE, "Supplier code")})
    assert map_answers(EDITION, later, rules, sheet).sheet.words == {"new": BlankWord(ELSEWHERE, "Supplier code")}


def test_a_reason_that_cannot_be_carried_over_is_listed_with_its_title_and_is_not_an_answer() -> None:
    later = edition(
        node("theme", one("says", 0, 1, 2, **CODE), one("does", 0, 1, **CODE)), lenses={"aspect": ("code",)}
    )
    words = {
        "says": BlankWord(ELSEWHERE, "Supplier code"),  # it has other options
        "does": BlankWord(NOT_COUNTED),  # it asks for a text, which cannot be counted
        "share": BlankWord(NOT_KNOWN_YET),  # it was removed
        "lists": BlankWord(NOT_KNOWN_YET),  # a rule leaves it open
    }
    rules = {"lists": MappingRule(because="It is asked otherwise.")}
    found = map_answers(EDITION, later, rules, AnswerSheet("A", words=words))
    assert found.sheet.words == {} and found.unmapped == ()
    assert [(lost.question, lost.answer, lost.why) for lost in found.unmapped_words] == [
        ("says", "blank:elsewhere: Supplier code", "changed"),
        ("lists", "blank:not-known", "open"),
        ("does", "blank:not-counted", "changed"),
        ("share", "blank:not-known", "gone"),
    ]


def test_no_reason_is_carried_over_to_a_question_that_gets_an_answer() -> None:
    later = edition(node("theme", one("new", 0, 1, **CODE)), lenses={"aspect": ("code",)})
    rules = {"says": MappingRule(to="new"), "does": MappingRule(to="new")}
    found = map_answers(
        EDITION, later, rules, AnswerSheet("A", {}, {"does": "o1"}, words={"says": BlankWord(ELSEWHERE)})
    )
    assert found.sheet.answers == {"new": "o1"} and found.sheet.words == {}
    assert [lost.why for lost in found.unmapped_words] == ["apart"]


def test_every_reason_is_offered_by_some_question() -> None:
    assert {word for question in EDITION.questions.values() for word in offered_words(question)} == set(BLANK_WORDS)

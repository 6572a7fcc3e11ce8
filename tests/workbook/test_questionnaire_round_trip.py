"""A questionnaire written as a workbook is read back exactly, to the last character, whatever people wrote."""

import io
import time
from dataclasses import replace
from random import Random

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.languages.interface_messages import LANGUAGES, gettext, in_language
from compliance.questionnaire.answers import AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.routing import NO, route_questions
from compliance.workbook.cell_texts import clean
from compliance.workbook.questionnaire_lines import SHOWN_MARK, LineColumn
from compliance.workbook.questionnaire_reading import read_questionnaire
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.returned_questionnaire import ReturnedQuestionnaire
from tests.support.examples import examples
from tests.support.factories import countries, edition, many, node, number, one, places, profile
from tests.support.hostile_workbooks import as_ods
from tests.support.odd_editions import STEERED, steered_sheet
from tests.support.questionnaires import filled_in
from tests.support.random_editions import random_edition, random_sheet
from tests.support.recalculation import Recalculator

#: Texts that people write and programs take for something else.
NAUGHTY = (
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "'quoted",
    "''",
    "1-9",
    "00012",
    "1e5",
    "2026-03-31",
    "3/4",
    "50%",
    "TRUE",
    "#N/A",
    "#REF!",
    "NULL",
    "line one\nline two\n\nline four",
    "a\tb",
    "  two  spaces  inside  ",
    "\u200fمرحبا\u200e abc",
    "שלום",
    "x\u00a0y",
    "zero\u200bwidth",
    "_x0041_ and _x000D_",
    "&lt;b&gt; <b> & \" '",
    "😀🏳️‍🌈",
    "e\u0301",
    "y" * 32_767,
    "😀" * 16_383,
    "A|B|none",
    "yes",
    "Does not apply",
)
TYPED = (
    Question("founded", "Founded", "date", evidence="none"),
    Question("law", "Law", "text", na="reason"),
    one("a", 0, 1, na="reason", lenses={"aspect": "code"}),
    many("b", na="reason"),
    number("c"),
    number("d", 1, 1e9, log=True, na="reason"),
)
#: Kinds of questions, without countries, each of which takes a row.
PLAIN = edition(node("theme", *TYPED, title="Theme: [1]/2"), profile=profile(size=("1-9", "10-49"), staff=()))
ALL_KINDS = edition(countries("where"), node("theme", *TYPED, places("e", of="where", na="reason"), title="Theme"))
texts = st.one_of(st.sampled_from(NAUGHTY), st.text(max_size=60)).map(lambda text: clean(text).strip())


def written(made: Edition, given: AnswerSheet) -> bytes:
    return questionnaire_workbook(made, given, QuestionnaireMetadata())


def back(made: Edition, given: AnswerSheet) -> ReturnedQuestionnaire:
    return read_questionnaire(made, written(made, given), "file")


def asked_of(made: Edition, given: AnswerSheet) -> AnswerSheet:
    """The questions that are asked given only the profile."""
    routes = route_questions(made, replace(given, answers={}, words={}, verdicts={}))
    asked = {question for question, route in routes.items() if route.asked != NO}
    answers = {i: answer for i, answer in given.answers.items() if i in asked}
    words = {i: word for i, word in given.words.items() if i in asked}
    return replace(given, answers=answers, words=words, verdicts={}, evidenced=given.evidenced & answers.keys())


def assert_same(made: Edition, given: AnswerSheet) -> None:
    assert_is(made, given, back(made, given))


def assert_is(made: Edition, given: AnswerSheet, returned: ReturnedQuestionnaire) -> None:
    assert not returned.faults, returned.faults
    assert not returned.remarks
    assert returned.as_sheet(made) == asked_of(made, given)
    assert returned.answers == {about: returned.shown[about] for about in returned.answers}


@given(st.integers(0, 10_000))
@examples(40)
def test_answers_to_any_edition_are_read_back_unchanged(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    assert_same(made, random_sheet(rng, made))


@given(st.integers(0, 10_000))
@examples(30)
def test_answers_of_every_kind_are_read_back_unchanged(seed: int) -> None:
    assert_same(STEERED, steered_sheet(Random(seed)))


def readable(text: str) -> bool:
    """Whether a page would accept this text as an answer, because it is not a spelling with a special meaning."""
    return bool(text) and text.casefold() != "n/a" and not text.casefold().startswith("blank:")


@given(
    law=texts.filter(readable),
    reason=texts,
    title=st.sampled_from(NAUGHTY).filter(lambda t: "\n" not in t and "\t" not in t),
)
@examples(100)
def test_texts_are_read_back_to_the_last_character(law: str, reason: str, title: str) -> None:
    title = title[:4000].strip()
    given = AnswerSheet(
        "=Example & Co.", {}, {"law": law, "b": NotApplicable(reason)}, words={"a": BlankWord("elsewhere", title)}
    )
    assert_same(PLAIN, given)


@given(st.floats(-1e30, 1e30).filter(lambda x: x == 0 or abs(x) > 1e-30), st.dates(), st.floats(1e-30, 1e30))
@examples(80)
def test_numbers_and_days_are_read_back_exactly(number: float, day: object, above: float) -> None:
    answers = {"c": number + 0.0, "d": above, "founded": str(day)}
    assert_same(PLAIN, AnswerSheet("Example", {"staff": number + 0.0}, answers))


@pytest.mark.parametrize("value", [("none",), ("+planned",), ("FRA", "KHM", "+dated")])
def test_places_are_read_back_even_those_no_longer_listed(value: tuple[str, ...]) -> None:
    assert_same(ALL_KINDS, AnswerSheet("Example", {}, {"where": ("CHL", "KHM"), "e": value}))


def test_every_naughty_string_is_read_back_to_the_last_character() -> None:
    asked = edition(*(Question(f"q{place}", "Say", "text") for place in range(len(NAUGHTY))))
    answers = {f"q{place}": clean(text).strip() for place, text in enumerate(NAUGHTY)}
    assert_same(asked, AnswerSheet("Example", {}, answers))


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_libreoffice_opens_it_and_saves_the_same(recalculate: Recalculator, ending: str) -> None:
    texts = {i: text for i, text in enumerate(NAUGHTY) if len(text) < 1000}
    asked = edition(
        countries("where"),
        *(Question(f"q{i}", "Say", "text") for i in texts),
        node("theme", *TYPED, places("e", of="where", na="reason"), title="Theme"),
        profile=profile(size=("1-9", "10-49"), staff=()),
    )
    given = {
        **{f"q{i}": clean(text).strip() for i, text in texts.items()},
        "where": ("CHL", "KHM"),
        "founded": "1999-12-31",
        "law": NotApplicable("=1+1"),
        "b": ("o0", "o1"),
        "c": 0.1 + 0.2,
        "d": 1e-29,
        "e": ("CHL", "+dated"),
    }
    sheet = AnswerSheet("=Example", {"size": "1-9", "staff": 12.5}, given, words={"a": BlankWord("elsewhere", "'Code")})
    steered = steered_sheet(Random(7))
    files = recalculate({"one": written(asked, sheet), "two": written(STEERED, steered)}, ending=ending)
    assert_is(asked, sheet, read_questionnaire(asked, files["one"], "file"))
    assert_is(STEERED, steered, read_questionnaire(STEERED, files["two"], "file"))


def test_a_cell_that_is_said_to_reach_billions_of_rows_down_is_named_at_once() -> None:
    answer = "</text:p></table:table-cell><table:table-cell"
    reaching = f'{answer} table:number-rows-spanned="99999999999"'
    sent = written(PLAIN, AnswerSheet("Example 1", {}, {}))
    content = as_ods(sent, lambda part: part.replace(f"field profile.size{answer}", f"field profile.size{reaching}"))
    before = time.process_time()
    faults = read_questionnaire(PLAIN, content, "back.ods").faults
    assert time.process_time() - before < 5  # of the processor; counting the rows took hours
    assert faults and all("are merged, and only the first of them" in fault.message for fault in faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_questionnaire_without_its_hidden_sheets_is_refused_in_the_language_of_the_reader(language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(PLAIN, AnswerSheet("Example 1", {}, {}))))
    for sheet in [each for each in book.worksheets if each.sheet_state != "visible"]:
        book.remove(sheet)
    file = io.BytesIO()
    book.save(file)
    with in_language(language), pytest.raises(UnreadableWorkbook) as refused:
        read_questionnaire(PLAIN, file.getvalue(), "back.xlsx")
    with in_language(language):
        for message in (
            "one of its hidden sheets is missing or damaged",
            "take a new questionnaire, and copy the answers into it",
        ):
            assert gettext(message) in str(refused.value)
            assert (message in str(refused.value)) == (language == "en")


def test_a_version_of_more_digits_than_any_number_has_is_refused_as_a_damaged_sheet() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(PLAIN, AnswerSheet("Example 1", {}, {}))))
    page = next(each for each in book.worksheets if each["A1"].value == SHOWN_MARK)
    page["B2"].value, page["B2"].data_type = "9" * 5_000, "s"
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(UnreadableWorkbook, match="hidden sheets is missing or damaged"):
        read_questionnaire(PLAIN, file.getvalue(), "back.xlsx")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_questionnaire_of_another_edition_and_another_workbook_are_refused_in_the_language_of_the_reader(
    language: str,
) -> None:
    sent = written(PLAIN, AnswerSheet("Example 1", {}, {}))
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    with in_language(language):
        for content, edition_read, says in (
            (sent, replace(PLAIN, digest="0ther"), "it asks the questions of"),
            (file.getvalue(), PLAIN, "it is not a questionnaire of this tool"),
        ):
            with pytest.raises(UnreadableWorkbook) as refused:
                read_questionnaire(edition_read, content, "back.xlsx")
            assert (says in str(refused.value)) == (language == "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_of_the_profile_that_is_not_one_is_explained_in_the_language_of_the_reader(language: str) -> None:
    content = filled_in(
        written(PLAIN, AnswerSheet("Example 1", {}, {})), {"field profile.staff": {LineColumn.ANSWER: "12,5"}}
    )
    with in_language(language):
        (fault,) = read_questionnaire(PLAIN, content, "back.xlsx").faults
        hint = gettext("write it with a decimal point, and nothing between thousands")
    assert "12,5" in fault.message and hint in fault.message
    assert ("is not a number" in fault.message) == (language == "en")

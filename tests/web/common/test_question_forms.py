"""A page of questions as a form: what was sent is read as it was meant, or shown again as it was typed."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from compliance.languages.interface_messages import in_language
from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, Option, Question
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.routing import route_questions, unanswered_routing_questions
from compliance.store import Link, Quotation
from compliance.web.answer_forms import (
    NEEDS_REASON,
    FieldError,
    PostedAnswer,
    form_fields,
    read_posted_answers,
    read_posted_profile,
)
from tests.support.factories import edition

pytestmark = pytest.mark.usefixtures("request_context")

TODAY = date(2026, 3, 31)
ONE = Question("one", "one", "one", options=(Option("a", 0, "a"), Option("b", 1, "b")), na="reason")
MANY = Question("many", "many", "many", options=(Option("a", 1, "a"), Option("b", 1, "b")))
NUMBER = Question("share", "share", "number", range=(0, 100), na="reason")
LOG = Question("log", "log", "number", range=(1, 100), log=True)
DATE = Question("since", "since", "date", evidence="none")
TEXT = Question("words", "words", "text", evidence="none")
COUNTRIES = Question("where", "where", "countries", evidence="none")


def sent(question: Question, *pairs: tuple[str, str]) -> PostedAnswer:
    """What is read for one question from these fields; `""` is the field of the value itself."""
    name = question.id
    posted = MultiDict(
        [(f"{name}#version", "4"), *((f"{name}#{part}" if part else name, text) for part, text in pairs)]
    )
    (read,) = read_posted_answers([(question, form_fields(question))], posted, TODAY)
    return read


@pytest.mark.parametrize(
    ("question", "values", "text"),
    [
        (ONE, ["b"], "b"),
        (ONE, [""], ""),
        (ONE, [], ""),
        (MANY, ["b", "a"], "b|a"),
        (MANY, ["none"], "none"),
        (MANY, [], ""),
        (
            NUMBER,
            [
                "12.5",
            ],
            "12.5",
        ),
        (NUMBER, [" 0 "], "0"),
        (NUMBER, ["n/a"], "n/a"),
        (DATE, ["2026-03-31"], "2026-03-31"),
        (TEXT, ["two\r\nlines"], "two\nlines"),
        (TEXT, ["=1+1"], "=1+1"),
        (COUNTRIES, ["KHM", "DEU"], "KHM|DEU"),
    ],
)
def test_ticks_and_typed_values_become_answers(question: Question, values: list[str], text: str) -> None:
    read = sent(question, *(("", value) for value in values))
    assert read.text == text
    assert "value" not in read.errors
    assert read.is_saved


@pytest.mark.parametrize("language", ["fr", "es"])
@pytest.mark.parametrize(("typed", "text"), [("12,5", "12.5"), (" 0,25 ", "0.25"), ("12.5", "12.5"), ("7", "7")])
def test_a_decimal_comma_is_accepted_in_languages_that_use_one(language: str, typed: str, text: str) -> None:
    with in_language(language):
        read = sent(NUMBER, ("", typed))
    assert (read.text, read.is_saved) == (text, True)


@pytest.mark.parametrize(("language", "typed"), [("en", "12,5"), ("ar", "12,5"), ("fr", "1,2,3"), ("fr", "12,5 %")])
def test_in_other_languages_a_comma_is_never_guessed_to_be_decimal(language: str, typed: str) -> None:
    with in_language(language):
        read = sent(NUMBER, ("", typed))
    assert (read.text, read.is_saved) == (typed, False)


@pytest.mark.parametrize(
    ("question", "values", "says"),
    [
        (ONE, ["c"], "Choose one of the answers shown"),
        (ONE, ["a", "b"], "Choose one of the answers shown"),
        (MANY, ["a", "none"], "None of these"),
        (MANY, ["zzz"], "Choose from the list"),
        (MANY, ["n/a"], "Every company can answer this"),
        (NUMBER, ["12,5"], "Enter a number without a unit"),
        (NUMBER, ["50 %"], "Enter a number without a unit"),
        (NUMBER, ["1e999"], "Enter a number without a unit"),
        (NUMBER, ["50", "n/a"], "not both"),
        (LOG, ["0"], "above 0"),
        (LOG, ["x"], "without a unit"),
        (DATE, ["31.3.2026"], "year-month-day"),
        (COUNTRIES, ["ZZZ"], "Choose countries from the list"),
        (COUNTRIES, ["Germany"], "Choose countries from the list"),
        (TEXT, ["x" * 4001], "4,000 characters"),
    ],
)
def test_an_invalid_value_is_pointed_out_and_stays_as_it_was_typed(
    question: Question, values: list[str], says: str
) -> None:
    read = sent(question, *(("", value) for value in values))
    assert says in read.messages["value"]
    assert read.text == "|".join(values)
    assert not read.is_saved


def test_does_not_apply_without_a_reason_is_flagged_and_kept() -> None:
    read = sent(ONE, ("", "n/a"), ("reason", "  "))
    assert read.errors == {"reason": FieldError(NEEDS_REASON, needed_for="submission")}
    assert read.is_saved


def test_a_reason_belongs_to_does_not_apply_and_to_nothing_else() -> None:
    assert sent(ONE, ("", "n/a"), ("reason", "We have no guests.")).reason == "We have no guests."
    assert sent(ONE, ("", "a"), ("reason", "left over")).reason == ""


def test_a_question_that_the_page_did_not_show_is_not_read() -> None:
    assert read_posted_answers([(ONE, form_fields(ONE))], MultiDict([("one", "a")]), TODAY) == ()


@pytest.mark.parametrize("version", ["", "x", "-1", "1e3", "٣", "9" * 12])
def test_a_malformed_version_counts_as_none_so_that_nothing_is_overwritten(version: str) -> None:
    (read,) = read_posted_answers([(ONE, form_fields(ONE))], MultiDict([("one#version", version), ("one", "a")]), TODAY)
    assert read.version_seen == -1


# ── Evidence


def test_a_passage_with_its_document_page_and_day_is_a_quotation() -> None:
    parts = {"passage": "No child is ever asked.", "document": "Code 2025", "page": "iv", "dated": "2025-02-01"}
    read = sent(ONE, ("", "b"), *parts.items())
    (quotation,) = read.evidence
    assert isinstance(quotation, Quotation)
    assert (quotation.document, quotation.page, str(quotation.dated)) == ("Code 2025", "iv", "2025-02-01")
    assert quotation.passage == "No child is ever asked."
    assert not read.errors


def test_a_link_and_a_passage_can_be_added_together() -> None:
    read = sent(
        ONE, ("passage", "p"), ("document", "d"), ("link", "https://example.org/code"), ("opened", "2026-01-02")
    )
    assert [type(piece) for piece in read.evidence] == [Quotation, Link]


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"passage": "p"}, "document"),
        ({"document": "d"}, "passage"),
        ({"passage": "p", "document": "d", "dated": "last year"}, "dated"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://nodot"}, "link"),
        ({"link": "https://example.org/a b"}, "link"),
        ({"link": "https://example.org", "opened": "x"}, "opened"),
        ({"opened": "2026-01-01"}, "link"),
        ({"passage": "p" * 4001, "document": "d"}, "passage"),
    ],
)
def test_incomplete_evidence_is_not_saved_and_not_lost(parts: dict[str, str], field: str) -> None:
    read = sent(ONE, ("", "a"), *parts.items())
    assert field in read.errors
    assert read.evidence == ()
    assert read.evidence_draft == parts
    assert read.is_saved, "the answer itself is good"


@pytest.mark.parametrize(
    ("day", "is_good"),
    [
        ("2026-03-31", True), ("2026-04-01", True), ("2026-04-02", False),
        ("1900-01-01", True), ("1899-12-31", False), ("0001-01-01", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("part", ["dated", "opened"])
def test_a_day_of_evidence_is_neither_before_1900_nor_in_the_future_in_any_time_zone(
    part: str, day: str, is_good: bool
) -> None:
    rest = {"dated": (("passage", "p"), ("document", "d")), "opened": (("link", "https://example.org"),)}[part]
    read = sent(ONE, ("", "a"), (part, day), *rest)
    assert (len(read.evidence) == 1) == is_good
    assert (part in read.errors) == (not is_good)
    assert ("Check the year of this date." in read.messages.values()) == (day < "1900")
    assert read.is_saved and read.evidence_draft[part] == day


def test_an_empty_evidence_part_is_no_evidence_and_no_fault() -> None:
    read = sent(ONE, ("", "a"), ("passage", " "), ("document", ""), ("page", ""), ("dated", ""), ("link", ""))
    assert (read.evidence, dict(read.errors), dict(read.evidence_draft)) == ((), {}, {})


def test_only_numbers_remove_evidence() -> None:
    assert sent(ONE, ("remove", "7"), ("remove", "x"), ("remove", "8")).removed_evidence == (7, 8)


# ── The profile


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        (ProfileField("size", ("small", "large")), "large", ""),
        (ProfileField("size", ("small", "large")), "", ""),
        (ProfileField("size", ("small", "large")), "huge", "Choose one"),
        (ProfileField("staff"), "12", ""),
        (ProfileField("staff"), "a dozen", "Enter a number"),
    ],
)
def test_profile_values_are_read_like_answers(field: ProfileField, text: str, fault: str) -> None:
    name = f"profile.{field.id}"
    (read,) = read_posted_profile([field], MultiDict([(f"{name}#version", "0"), (name, text)]))
    assert (read.id, read.text) == (name, text)
    assert read.messages.get("value", "").startswith(fault) and bool(read.errors) == bool(fault)


@pytest.mark.parametrize(("ticked", "fault"), [(["KHM", "DEU"], True), (["KHM"], False), ([], False)])
def test_headquarters_in_two_countries_are_kept_and_flagged(ticked: list[str], fault: bool) -> None:
    home = Question(HEADQUARTERS_QUESTION, "Where?", "countries", evidence="none")
    posted = MultiDict([(f"{HEADQUARTERS_QUESTION}#version", "0"), *((HEADQUARTERS_QUESTION, code) for code in ticked)])
    (sent,) = read_posted_answers([(home, form_fields(home))], posted, TODAY)
    assert sent.is_saved and sent.text == "|".join(ticked)
    assert sent.messages.get("value", "").startswith("Choose exactly one country.") == fault


@pytest.mark.parametrize(
    ("answer", "blank"), [(("DEU",), False), (("DEU", "KHM"), True), (None, True), (NotApplicable("none"), True)]
)
def test_submission_needs_one_country_of_the_headquarters(answer: Answer | None, blank: bool) -> None:
    made = edition(Question(HEADQUARTERS_QUESTION, "Where?", "countries", evidence="none"))
    sheet = AnswerSheet("Example 1", {}, {} if answer is None else {HEADQUARTERS_QUESTION: answer})
    assert unanswered_routing_questions(made, sheet, route_questions(made, sheet)) == (
        (HEADQUARTERS_QUESTION,) if blank else ()
    )

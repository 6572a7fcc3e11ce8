"""Desk readings: which questions are asked about a published text, what is missing in answers, and agreement."""

import re
from collections import defaultdict
from collections.abc import Mapping

import pytest

from compliance.questionnaire.desk_reading import (
    USUAL_WORDS,
    DeskAnswer,
    DeskPassage,
    agreed_answers,
    agreement,
    counted_words,
    differences,
    kind_questions,
    open_points,
    searched_note,
    undecided,
    words_to_search,
)
from tests.scoring.test_calibration import code, rows, texts
from tests.support.desk import STAFF, SUPPLIERS, code_edition
from tests.support.paths import ROOT

ASKED = kind_questions(code_edition(), STAFF, size="big")


def said(question: str, value: str = "", **more: str) -> DeskAnswer:
    return DeskAnswer(STAFF, question, value, **more)


def answers(*given: DeskAnswer) -> Mapping[str, DeskAnswer]:
    return {each.question: each for each in given}


def passage(question: str, option: str, *, place: str = "first", anchor: str = "1.1", kind: str = STAFF) -> DeskPassage:
    return DeskPassage(0, place, kind, question, option, 1, anchor, "1", "Words.")


def test_what_is_asked_depends_on_the_kind_of_document_and_the_size_of_the_company() -> None:
    def ids(kind: str, size: str) -> list[str]:
        return [each.id for each in kind_questions(code_edition(), kind, size=size).asked({})]

    assert ids(STAFF, "big") == ["q1", "q2", "q3"]
    assert ids(STAFF, "small") == ids(SUPPLIERS, "big") == ["q1", "q2"]


@pytest.mark.parametrize("kind", ["employees-code", "supplier-code", "users-rules", "safeguarding-policy"])
def test_for_a_company_of_unknown_size_every_scored_question_is_decided(kind: str) -> None:
    asked = kind_questions(code(), kind)
    assert asked.profile.keys() == asked.edition.profile.keys()
    assert asked.profile["sector"] == ("platform" if kind == "users-rules" else "other")
    assert 15 < len(asked.asked({})) <= len(asked.edition.questions)


def test_each_answer_needs_its_evidence() -> None:
    given = answers(said("q1", "o1"), said("q2", "none"), said("q3", elsewhere="Manual"))
    assert [(each.question, each.missing) for each in open_points(ASKED, given, [])] == [
        ("q1", "passage"),
        ("q2", "searched"),
    ]
    given = given | answers(said("q2", "none", searched="child"))
    assert open_points(ASKED, given, [passage("q1", "o1")]) == ()
    for other in (passage("q1", "o2"), passage("q1", "o1", kind=SUPPLIERS)):
        assert [each.missing for each in open_points(ASKED, given, [other])] == ["passage"]


def test_the_order_of_ticks_and_the_titles_of_other_documents_do_not_count_as_differences() -> None:
    one = answers(said("q1", elsewhere="Manual"), said("q2", "o0|o1"), said("q3", "o1"))
    other = answers(said("q1", elsewhere="The manual"), said("q2", "o1|o0"), said("q3", elsewhere="Manual"))
    assert differences(ASKED, one, other) == ("q3",)
    agreed = agreed_answers(ASKED, one, other, {}, [])
    assert list(agreed) == ["q1", "q2"]
    assert agreed["q1"].elsewhere == ("Manual", "The manual")


def test_agreement_on_nothing_is_not_counted() -> None:
    one = answers(said("q1", "o0"), said("q2", "none"), said("q3", "o2"))
    other = answers(said("q1", "o0"), said("q2", "o1"), said("q3", "o2"))
    found = agreement(ASKED, one, other)
    assert (found.found, found.same) == (2, 1)


def test_a_decision_may_rest_on_passages_or_searches_of_either_reader() -> None:
    one = answers(said("q1", "o1"), said("q2", "none", searched="child"), said("q3", "o1"))
    other = answers(said("q1", "o2"), said("q2", "o0"), said("q3", "o1"))
    passages = [passage("q1", "o1"), passage("q1", "o2", place="second"), passage("q2", "o0", place="second")]
    third = answers(said("q1", "o2", note="Page 2."), said("q2", "none", note="A law is recited."))
    assert undecided(ASKED, one, other, third, passages) == ()
    agreed = agreed_answers(ASKED, one, other, third, passages)
    assert [each.place for each in agreed["q1"].passages] == ["second"]
    assert (agreed["q2"].searched, agreed["q2"].passages) == (("child",), ())
    without = answers(said("q1", "o0", note="Neither."))
    assert [(each.question, each.missing) for each in undecided(ASKED, one, other, without, passages)] == [
        ("q1", "searched"),
        ("q2", "answer"),
    ]


@pytest.mark.parametrize(
    ("of", "places", "same"),
    [("tuned", 194, 180), ("held-out", 65, 60), ("held-out-later", 66, 60), ("untouched", 135, 119)],
)
def test_agreement_is_counted_as_in_the_readings_that_set_the_points(of: str, places: int, same: int) -> None:
    given: defaultdict[tuple[str, str], dict[str, DeskAnswer]] = defaultdict(dict)
    for row in rows("readings.csv"):
        kind = texts()[row["text"]].kind
        given[row["text"], row["reader"]][row["question"]] = DeskAnswer(kind, row["question"], row["answer"])
    found = [
        agreement(
            kind_questions(code(), text.kind, size="250-4999", sector=text.sector), given[name, "1"], given[name, "2"]
        )
        for name, text in texts().items()
        if text.set == of
    ]
    assert (sum(each.found for each in found), sum(each.same for each in found)) == (places, same)


def test_the_usual_words_are_those_of_the_rules_of_reading() -> None:
    rules = (ROOT / "questionnaires" / "READING.md").read_text(encoding="utf-8")
    table = rules.partition("Words to search for in an English text")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (.+) \|$", table, re.MULTILINE)
    assert dict(rows[1:]) == USUAL_WORDS and rows[0] == ("subject", "words")


def test_words_are_offered_once_and_remarks_are_not_offered() -> None:
    edition_themes = ["forbidden", "labour", "supply", "binds", "charge", "prevention", "reporting", "response"]
    for theme in (*edition_themes, "remedy", "account", "any other"):
        words = words_to_search(theme, [], english=True)
        assert len({word.casefold() for word in words}) == len(words) > 5
    noted = [
        said("q1", "o0", searched="Child (12), forced marriage; “dowry”, I read the whole of the section on reporting")
    ]
    assert words_to_search("labour", noted, english=False) == ("Child", "forced marriage", "dowry")
    assert words_to_search("labour", noted, english=True)[-2:] == ("forced marriage", "dowry")
    assert words_to_search("labour", [], english=False) == ()


def test_counts_are_read_from_the_note_and_typed_words_have_none() -> None:
    note = searched_note({"under 18": 2, "minor": 0})
    assert note == "under 18 (2), minor (0)"
    assert counted_words(f"juvenile, {note}") == (("under 18", 2), ("minor", 0))

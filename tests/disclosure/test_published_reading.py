"""A published reading follows from its stored rows: states, scores, agreement, quotations."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.disclosure.published_reading import (
    MOST_QUOTED,
    UnsettledReading,
    content_from_json,
    content_to_json,
    quoted,
    reading_content,
)
from compliance.questionnaire.answer_parser import read_answer
from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition_cuts import narrow_to_document
from compliance.questionnaire.heard_reading import unsettled_points
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.support.examples import tries
from tests.support.heard_readings import NOON, STAFF, Texts, drawn_texts, heard, lowest, settled_texts, text_edition

EDITION = text_edition()


def standing(texts: Texts, kind: str) -> Iterator[tuple[str, str, str, str]]:
    """For each question: the final answer, and the answer of each reader."""
    for question in narrow_to_document(EDITION, kind).questions:
        first, second = (texts.answers[place, kind, question] for place in ("first", "second"))
        yield question, texts.answers.get(("third", kind, question), first), first, second


@pytest.mark.parametrize("seed", range(tries(600)))
def test_counts_and_scores_are_those_of_the_final_answers(seed: int) -> None:
    texts = drawn_texts(random.Random(seed), EDITION)
    content = reading_content(EDITION, heard(texts), published=None)
    assert {result.kind for result in content.kinds} == set(texts.kinds)
    for result in content.kinds:
        narrowed = narrow_to_document(EDITION, result.kind)
        held = list(standing(texts, result.kind))
        nothing = {name: lowest(question) for name, question in narrowed.questions.items()}
        assert result.referred == sum(value == "" for _, value, _, _ in held)
        assert result.silent == sum(value == nothing[name] for name, value, _, _ in held)
        assert result.points == len(held)
        assert result.differed == sum(first != second for _, _, first, second in held)
        assert result.same == sum(first == second != nothing[name] for name, _, first, second in held)
        cards = [
            make_scorecard(compile_edition(narrowed), AnswerSheet("", {}, given))
            for given in (sheet(narrowed, held, each) for each in (1, 2, 3))
        ]
        assert result.score == cards[0].overall.score
        assert result.worst == min(card.overall.worst for card in cards if card.overall.worst is not None)
        assert result.best == max(card.overall.best for card in cards if card.overall.best is not None)


def sheet(narrowed: object, held: list[tuple[str, str, str, str]], which: int) -> dict[str, Answer]:
    """The final answers (1), or those of one reader."""
    questions = narrowed.questions  # type: ignore[attr-defined]
    found = {each[0]: read_answer(questions[each[0]], each[which]) for each in held if each[which]}
    return {name: answer for name, answer in found.items() if answer is not None}


def test_a_reference_to_another_document_does_not_count_as_silence_and_widens_the_range() -> None:
    said = settled_texts(EDITION)
    referred = settled_texts(EDITION)
    for place in ("first", "second"):
        referred.answers[place, STAFF, "q1"] = ""
    whole, with_gap = (
        reading_content(EDITION, heard(texts), published=None).result(STAFF) for texts in (said, referred)
    )
    assert whole.worst == whole.score == whole.best
    assert with_gap.worst is not None
    assert with_gap.best is not None
    assert with_gap.worst < with_gap.best
    silent = settled_texts(EDITION)
    for place in ("first", "second"):
        silent.answers[place, STAFF, "q1"] = "o0"
    without = reading_content(EDITION, heard(silent), published=None).result(STAFF)
    assert without.best is not None
    assert without.best < with_gap.best
    assert (with_gap.silent, without.silent, with_gap.referred, without.referred) == (0, 1, 1, 0)


def test_a_point_without_a_final_answer_prevents_publication() -> None:
    texts = settled_texts(EDITION)
    texts.answers["second", STAFF, "q3"] = "o0"
    assert unsettled_points(EDITION, heard(texts)) == ((STAFF, "q3"),)
    with pytest.raises(UnsettledReading, match="q3"):
        reading_content(EDITION, heard(texts), published=None)


def test_a_decision_after_the_company_was_told_is_marked_as_changed() -> None:
    texts = settled_texts(EDITION)
    texts.answers |= {("second", STAFF, "q3"): "o0", ("third", STAFF, "q3"): "o1"}
    reading = replace(heard(texts), sent_at=NOON)
    for later, changed in ((NOON + timedelta(days=2), 1), (NOON - timedelta(days=2), 0)):
        content = reading_content(EDITION, replace(reading, decided_at={(STAFF, "q3"): later}), published=None)
        assert content.changed == changed
        assert content_from_json(content_to_json(content)) == content


def test_answers_known_only_to_the_readers_are_not_published() -> None:
    """If both differ on a point, the final answer is published with its passages, but not the other answer."""
    texts = settled_texts(EDITION)
    texts.answers |= {("second", STAFF, "q3"): "o0", ("third", STAFF, "q3"): "o0"}
    content = reading_content(EDITION, heard(texts), published=None)
    point = next(point for point in content.points if point.question == "q3")
    assert (point.state, point.value, point.quotations, point.differed) == ("silent", "o0", (), True)
    assert point.searched


def test_a_sentence_is_not_quoted_beside_the_paragraph_that_has_it() -> None:
    """One reader picks a sentence, the other its paragraph; a sentence that is cut off is quoted separately."""
    reading = heard(settled_texts(EDITION))
    said = [("1.2", "We protect. Always."), ("1.2.1", "We protect."), ("1.20", "We protect."), ("1.3.1", "Always.")]
    for more, quoted_at in (("", ["1.2", "1.20", "1.3.1"]), ("x" * MOST_QUOTED, ["1.2", "1.2.1", "1.20", "1.3.1"])):
        passages = [replace(reading.passages[0], anchor=anchor, words=words) for anchor, words in said]
        passages[0] = replace(passages[0], words=f"{more} {passages[0].words}")
        content = reading_content(EDITION, replace(reading, passages=tuple(passages)), published=None)
        point = next(each for each in content.points if each.question == passages[0].question)
        assert [each.anchor for each in point.quotations] == quoted_at


def test_a_point_that_both_overlooked_does_not_count_as_agreement() -> None:
    """The company pointed it out, and a third reader decided so: the point is said although both had found nothing."""
    texts = settled_texts(EDITION)
    for place, value in (("first", "o0"), ("second", "o0"), ("third", "o2")):
        texts.answers[place, STAFF, "q3"] = value
    result = reading_content(EDITION, heard(texts), published=None).result(STAFF)
    assert (result.said, result.same, result.nothing, result.differed) == (6, 5, 1, 0)


@pytest.mark.parametrize("length", [0, 3, MOST_QUOTED, MOST_QUOTED + 1, 5000])
def test_no_more_than_a_few_sentences_are_quoted(length: int) -> None:
    words = ("Every child is protected here. " * 300)[:length].strip()
    told = quoted(words)
    assert len(told) <= MOST_QUOTED + 2
    assert told == words or (told.endswith(". …") and words.startswith(told.removesuffix(" …")))


def test_endless_sentences_are_cut_between_words() -> None:
    told = quoted("protect " * 200)
    assert told.endswith("protect …")
    assert len(quoted("x" * 2000)) == MOST_QUOTED + 2

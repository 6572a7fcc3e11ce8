"""Scores of the three bases beside each other, in words."""

from dataclasses import replace

import pytest

from compliance.languages.interface_messages import in_language
from compliance.narrative.score_explanation import limit_sentences
from compliance.narrative.score_wording import (
    evidence_and_declaration_gap_words,
    node_by_basis,
    other_bases_words,
    points_words,
    scorecards_by_basis,
)
from compliance.questionnaire.answers import Adjusted, AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from tests.support.factories import bands, edition, node, number


def both(verdicts: dict[str, object]) -> tuple[str, str]:
    """The words for one requirement of which 60 points are claimed, with evidence for half of them."""
    made = replace(edition(node("t", number("a"), number("b"), expects="It is done.")), bands=bands(low=0.0, high=60.0))
    sheet = AnswerSheet("Example 1", {}, {"a": 60.0, "b": 60.0}, frozenset({"a"}), verdicts=verdicts)
    beside = node_by_basis(scorecards_by_basis(compile_edition(made), sheet), "t")
    return other_bases_words(beside), evidence_and_declaration_gap_words(beside)


def test_points_claimed_and_not_shown_are_the_evidence_gap() -> None:
    assert both({}) == ("100 % covered. Evidenced: 30, 100 % covered.", "Claimed without evidence: 30.")


def test_points_that_only_an_auditor_found_are_the_declaration_gap() -> None:
    beside, apart = both({"a": Adjusted(100.0), "b": "confirmed"})
    assert "Verified: 80, 100 % covered." in beside
    assert apart == "Claimed without evidence: 30. Found by an auditor, not claimed: 20."


def test_where_nothing_is_answered_no_basis_has_a_score_of_zero() -> None:
    made = edition(node("t", number("a"), expects="It is done."), node("u", number("b"), expects="It is shown."))
    sheet = AnswerSheet("Example 1", {}, {"a": 60.0}, frozenset({"a"}), verdicts={"a": "confirmed"})
    cards = scorecards_by_basis(compile_edition(made), sheet)
    assert other_bases_words(node_by_basis(cards, "u")) == "0 % covered."
    assert "Verified: 60" in other_bases_words(node_by_basis(cards, "t"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("0 points", "one point", "one point", "2.5 points", "0.5 points")),
        ("fr", ("0 point", "1 point", "1 point", "2,5 points", "0,5 points")),
    ],
)
def test_a_single_point_is_not_called_points(language: str, words: tuple[str, ...]) -> None:
    with in_language(language):
        assert tuple(map(points_words, (0, 1.0, 1.0000000000000002, 2.5, 0.5))) == words


def test_full_marks_of_one_are_not_called_points() -> None:
    said = "Full marks here are 1: any points beyond that do not add to the score."
    assert limit_sentences(node("a", combine="sum", max=1.0)) == [said]

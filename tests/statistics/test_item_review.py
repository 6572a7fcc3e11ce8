"""Flags for review: which questions an author should look at again, and in which order."""

from dataclasses import replace

import pytest

from compliance.questionnaire.answers import Answer
from compliance.questionnaire.edition import Node
from compliance.statistics.correlation import RankCorrelation
from compliance.statistics.inter_rater import Agreement, QuestionAgreement
from compliance.statistics.item_analysis import SEVERITY, ItemStatistics, ReviewFlag, items_to_review, review_item
from tests.statistics.test_item_quality import NA, looked_at, sheets_of
from tests.support.factories import edition, node, number, one

STILL = Agreement(n=40, alpha=None, low=None, high=None)
SURE = Agreement(n=40, alpha=0.9, low=0.85, high=0.95)


def asked_of(*, asked: int = 40, answered: int = 40, blank: int = 0, na: int = 0, most: int = 20) -> ItemStatistics:
    """A question that forty companies were asked and answered, half of them alike, unless other figures are given."""
    return ItemStatistics(
        question=one("a"),
        theme=Node("t", ()),
        asked=asked,
        gated_out=0,
        answered=answered,
        blank=blank,
        na=na,
        option_counts={},
        mode=("o0", most),
        distribution=None,
        item_rest=None,
    )


def signs(found: ItemStatistics, reading: QuestionAgreement | None = None) -> tuple[ReviewFlag, ...]:
    return review_item(found, reading).flags


def test_flags_for_blanks_na_and_equal_answers_start_at_their_thresholds() -> None:
    assert signs(asked_of()) == ()
    assert signs(asked_of(answered=33, blank=7)) == () and signs(asked_of(answered=32, blank=8)) == ("blank",)
    assert signs(asked_of(answered=33, na=7)) == () and signs(asked_of(answered=32, na=8)) == ("na",)
    assert signs(asked_of(most=37)) == () and signs(asked_of(most=38)) == ("alike",)
    assert signs(asked_of(asked=9, answered=0, blank=9, most=0)) == ()  # nine companies are too few for a flag
    assert signs(asked_of(asked=9, answered=0, na=9, most=0)) == ()
    assert signs(asked_of(asked=10, answered=0, blank=10, most=0)) == ("blank",)
    assert signs(asked_of(asked=10, answered=0, na=10, most=0)) == ("na",)
    # Of ten, nine answered alike: too few answers for a flag, although enough companies were asked.
    assert signs(asked_of(asked=10, answered=9, blank=1, most=9)) == ()
    assert signs(asked_of(asked=10, answered=10, most=10)) == ("alike",)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (STILL, ()),
        (SURE, ()),
        (Agreement(n=40, alpha=0.8, low=0.7, high=0.9), ()),
        (Agreement(n=40, alpha=0.7999, low=0.7, high=0.9), ("tentative",)),
        (Agreement(n=40, alpha=0.667, low=0.5, high=0.8), ("tentative",)),
        (Agreement(n=40, alpha=0.6669, low=0.5, high=0.8), ("apart",)),
        (Agreement(n=40, alpha=0.0, low=-0.1, high=0.9999), ("apart",)),
        (Agreement(n=40, alpha=0.0, low=-0.1, high=1.0), ("tentative",)),  # one differs where nearly all are equal
        (Agreement(n=40, alpha=0.3, low=None, high=None), ("tentative",)),
    ],
)
def test_disagreement_between_raters_is_flagged_by_published_thresholds(
    found: Agreement, expected: tuple[ReviewFlag, ...]
) -> None:
    assert signs(asked_of(), QuestionAgreement(found, 0.5, STILL, 0)) == expected


def test_disagreement_on_applicability_is_flagged_even_if_the_answers_agree() -> None:
    assert signs(asked_of(), QuestionAgreement(SURE, 0.9, Agreement(n=40, alpha=0.2, low=0.0, high=0.5), 12)) == (
        "applies",
    )


@pytest.mark.parametrize(
    ("applies", "expected"),
    [
        (Agreement(n=40, alpha=0.667, low=0.5, high=0.8), ()),
        (Agreement(n=40, alpha=0.6669, low=0.5, high=0.8), ("applies",)),
        (Agreement(n=40, alpha=0.0, low=-0.1, high=1.0), ()),  # one differs where nearly all are equal
        (Agreement(n=40, alpha=0.0, low=-0.1, high=0.9999), ("applies",)),
        (Agreement(n=40, alpha=0.0, low=None, high=None), ()),
    ],
)
def test_disagreement_on_applicability_is_flagged_by_the_threshold_of_unreliable_answers(
    applies: Agreement, expected: tuple[ReviewFlag, ...]
) -> None:
    assert signs(asked_of(), QuestionAgreement(SURE, 0.9, applies, 12)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.8, -0.0001, ("against",)), (-0.8, 0.0, ()), (-0.6, 0.2, ()), (0.1, 0.7, ())],
)
def test_a_question_is_flagged_as_against_its_theme_only_if_the_whole_interval_is_below_zero(
    low: float, high: float, expected: tuple[ReviewFlag, ...]
) -> None:
    fit = RankCorrelation(n=40, rho=(low + high) / 2, low=low, high=high)
    assert signs(replace(asked_of(), item_rest=fit)) == expected


def test_a_question_that_clearly_runs_against_its_theme_is_flagged() -> None:
    steps = range(12)
    others = [number(q, 11, 0) for q in "bcd"]
    made = edition(node("t", one("a", *range(12)), *others))
    answers = {"a": [f"o{i}" for i in steps]} | {other.id: [float(i) for i in steps] for other in others}
    found = items_to_review(looked_at(made, sheets_of(answers)))
    assert [(look.statistics.question.id, look.flags) for look in found] == [("a", ("against",))]


def test_questions_to_review_are_listed_from_the_most_to_the_least_severe() -> None:
    parts = [one(q, na="reason") for q in ("calm", "light", "grave", "both")]
    half: list[Answer | None] = ["o0", "o1"] * 5
    answers: dict[str, list[Answer | None]] = {
        "calm": half,
        "light": [NA, NA, *half[2:]],
        "grave": [None, None, *half[2:]],
        "both": [None, None, NA, NA, *half[4:]],
    }
    found = items_to_review(looked_at(edition(node("t", *parts)), sheets_of(answers)))
    assert [(look.statistics.question.id, look.severity) for look in found] == [("both", 3), ("grave", 2), ("light", 1)]
    assert found[0].flags == ("blank", "na") and set(SEVERITY.values()) == {1, 2}


def test_questions_of_equal_severity_are_listed_in_file_order() -> None:
    """Thirteen companies, so that the ten answers to `twice` are enough to be called alike."""
    halves: list[Answer | None] = ["o0", "o1"] * 5
    answers: dict[str, list[Answer | None]] = {
        "twice": [NA] * 3 + ["o0"] * 10,
        "silent": [None] * 3 + halves,
        "grave": [None, NA] * 3 + halves[:7],
        "absent": [None] * 3 + halves,
    }
    found = items_to_review(looked_at(edition(node("t", *(one(q, na="reason") for q in answers))), sheets_of(answers)))
    assert [(look.statistics.question.id, look.flags) for look in found] == [
        ("grave", ("blank", "na")),
        ("twice", ("na", "alike")),
        ("silent", ("blank",)),
        ("absent", ("blank",)),
    ]
    assert [look.severity for look in found] == [3, 2, 2, 2]

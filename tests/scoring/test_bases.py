"""Verified scores: only what has a verdict counts, and without one there is no score."""

from compliance.questionnaire.answers import Answer, AnswerSheet, Verdict
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, make_scorecard
from tests.support.factories import edition, node, one

GATED = edition(
    node("r1", one("a", 0, 10), one("b", 0, 10, counts_when=Predicate("a", ("o1",))), expects="One"),
    node("r2", one("c", 0, 10), expects="Two"),
)


def verified(answers: dict[str, Answer], **verdicts: Verdict) -> Scorecard:
    return make_scorecard(compile_edition(GATED), AnswerSheet("Example 1", {}, answers, verdicts=verdicts), "verified")


def test_without_any_verdict_there_is_no_verified_score_interval_or_coverage() -> None:
    card = verified({"a": "o0", "c": "o1"})  # b has a closed gate: answered as claimed, and not reviewed
    for standing in (card.overall, *card.nodes.values(), *card.questions.values()):
        assert (standing.score, standing.worst, standing.best, standing.coverage) == (None,) * 4, standing.id


def test_verified_coverage_counts_answers_with_a_verdict_and_those_behind_a_gate_closed_by_one() -> None:
    card = verified({"a": "o0", "c": "o1"}, c="confirmed")
    assert (card.nodes["r1"].score, card.nodes["r1"].coverage) == (None, 0)
    assert (card.nodes["r2"].score, card.overall.coverage) == (100, 0.5)
    assert verified({"a": "o0"}, a="confirmed").nodes["r1"].coverage == 1
    assert verified({"a": "o1"}, a="confirmed").nodes["r1"].coverage == 0.5


def test_a_lens_value_without_a_verdict_has_no_verified_score_rather_than_0() -> None:
    made = compile_edition(edition(
        node("r1", one("a", 0, 10, lenses={"gap": "x"}), expects="One"),
        node("r2", one("c", 0, 10, lenses={"gap": "y"}), expects="Two"),
        lenses={"gap": ("x", "y")},
    ))  # fmt: skip
    sheet = AnswerSheet("Example 1", {}, {"a": "o1", "c": "o1"}, verdicts={"a": "confirmed"})
    groups = make_scorecard(made, sheet, "verified").lenses["gap"]
    assert (groups["x"].score, groups["y"].score, groups["y"].coverage) == (100, None, 0)

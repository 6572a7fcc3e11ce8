"""Gaps between the bases: points claimed and not shown, and points found and not claimed."""

from dataclasses import replace

import pytest

from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable, Verdict
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.scoring.basis_gaps import BasisGap, basis_gaps
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, make_scorecard
from tests.support.factories import edition, node, number, one

MADE = edition(
    node("r1", one("a", 0, 10), one("b", 0, 10), expects="One"),
    node("r2", number("c"), expects="Two"),
    node("r3", one("d", 0, 5, 10), one("e", na="reason"), expects="Three"),
)
GIVEN = AnswerSheet("Example 1", {}, {"a": "o1", "b": "o1", "c": 50.0, "d": "o1"}, frozenset({"a", "d"}))


def gaps(answers: AnswerSheet) -> dict[str, BasisGap]:
    compiled = compile_edition(MADE)
    claimed, evidenced = make_scorecard(compiled, answers), make_scorecard(compiled, answers, "evidenced")
    verified = make_scorecard(compiled, answers, "verified") if answers.verdicts else None
    return {gap.requirement.id: gap for gap in basis_gaps(claimed, evidenced, verified)}


def test_the_evidence_gap_is_what_is_claimed_and_not_shown_the_widest_first() -> None:
    found = gaps(GIVEN)
    assert [(gap.requirement.id, gap.claimed, gap.evidenced, gap.evidence_gap) for gap in found.values()] == [
        ("r1", 100.0, 50.0, 50.0), ("r2", 50.0, 0.0, 50.0),
    ]  # fmt: skip
    assert all(gap.verified is None and gap.declaration_gap == 0 for gap in found.values())


def test_the_declaration_gap_is_what_an_auditor_found_and_nobody_claimed() -> None:
    verdicts: dict[str, Verdict] = {"d": Adjusted("o2"), "a": "confirmed", "b": "not-shown", "c": "confirmed"}
    found = gaps(replace(GIVEN, verdicts=verdicts))
    assert (found["r3"].claimed, found["r3"].verified, found["r3"].declaration_gap) == pytest.approx((25, 50, 25))
    assert found["r1"].declaration_gap == 0
    assert found["r3"].evidence_gap == 0


def test_a_requirement_that_drops_out_or_is_shown_in_full_has_neither_gap() -> None:
    shown = replace(GIVEN, evidenced=frozenset("abcd"))
    assert gaps(shown) == {}
    nothing = AnswerSheet("Example 1", {}, {"e": NotApplicable("none")}, frozenset())
    assert gaps(nothing) == {}


GATED = edition(
    node("r1", one("a", 0, 10), one("b", 0, 10, counts_when=Predicate("a", ("o1",))), expects="One"),
    node("r2", one("c", 0, 10), expects="Two"),
)


def verified(answers: dict[str, Answer], **verdicts: Verdict) -> Scorecard:
    return make_scorecard(compile_edition(GATED), AnswerSheet("Example 1", {}, answers, verdicts=verdicts), "verified")


def test_without_any_verdict_nothing_is_verified_neither_score_nor_interval_nor_coverage() -> None:
    card = verified({"a": "o0", "c": "o1"})  # b has a closed gate: answered as claimed, and not reviewed
    for standing in (card.overall, *card.nodes.values(), *card.questions.values()):
        assert (standing.score, standing.worst, standing.best, standing.coverage) == (None,) * 4, standing.id


def test_verified_coverage_is_the_share_with_a_verdict_or_shut_out_by_one() -> None:
    card = verified({"a": "o0", "c": "o1"}, c="confirmed")
    assert (card.nodes["r1"].score, card.nodes["r1"].coverage) == (None, 0)
    assert (card.nodes["r2"].score, card.overall.coverage) == (100, 0.5)
    assert verified({"a": "o0"}, a="confirmed").nodes["r1"].coverage == 1
    assert verified({"a": "o1"}, a="confirmed").nodes["r1"].coverage == 0.5


def test_a_lens_value_without_a_verdict_has_no_verified_score_and_never_0() -> None:
    made = compile_edition(edition(
        node("r1", one("a", 0, 10, lenses={"gap": "x"}), expects="One"),
        node("r2", one("c", 0, 10, lenses={"gap": "y"}), expects="Two"),
        lenses={"gap": ("x", "y")},
    ))  # fmt: skip
    sheet = AnswerSheet("Example 1", {}, {"a": "o1", "c": "o1"}, verdicts={"a": "confirmed"})
    groups = make_scorecard(made, sheet, "verified").lenses["gap"]
    assert (groups["x"].score, groups["y"].score, groups["y"].coverage) == (100, None, 0)

"""Between the bases: points claimed and not shown, and points found and not claimed."""

from dataclasses import replace

import pytest

from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable, Verdict
from compliance.scoring.bases import BasisGap, basis_gaps
from compliance.scoring.plan import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.factories import edition, node, number, one

MADE = edition(
    node("r1", one("a", 0, 10), one("b", 0, 10), expects="One"),
    node("r2", number("c"), expects="Two"),
    node("r3", one("d", 0, 5, 10), one("e", na="reason"), expects="Three"),
)
GIVEN = AnswerSheet("Example 1", {}, {"a": "o1", "b": "o1", "c": 50.0, "d": "o1"}, frozenset({"a", "d"}))


def gaps(answers: AnswerSheet) -> dict[str, BasisGap]:
    plan = compile_edition(MADE)
    claimed, evidenced = make_scorecard(plan, answers), make_scorecard(plan, answers, "evidenced")
    verified = make_scorecard(plan, answers, "verified") if answers.verdicts else None
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

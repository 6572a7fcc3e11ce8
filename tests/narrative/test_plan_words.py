"""The steps of an improvement plan in words: a question that a step opens is quoted, never given as an id."""

from dataclasses import replace

import pytest

from compliance.improvement.plan import improve
from compliance.narrative.improvement_plan import plan_sentences, plan_step_words
from compliance.scoring.compiled_edition import compile_edition
from tests.support.factories import bands, edition, node, one, sheet, when


def test_a_question_that_a_step_makes_count_is_quoted() -> None:
    rule = node("r1", one("r1.a", 0, 5), expects="It is written.")
    proof = replace(one("r2.a", 0, 5, counts_when=when("r1.a", "o1")), ask="Was “all of it” checked?")
    made = edition(node("theme", rule, node("r2", proof, expects="It is checked.")), bands=bands(low=0, high=90))
    plan = improve(compile_edition(made), sheet(r1__a="o0", r2__a="o0"))
    first, _second = plan_step_words(plan)
    assert "It lets other answers count: “Was ‘all of it’ checked?”." in first.sentence
    assert "r2.a" not in first.sentence


@pytest.mark.parametrize(
    ("effort", "bound", "says"),
    [
        (2.34, 2.3256, "A plan with less effort may exist, but none takes less than 2.3."),
        (2.34, 0.04, "This plan was found by a search: one with less effort may exist."),
    ],
)
def test_no_plan_is_said_to_take_more_effort_than_the_one_shown(effort: float, bound: float, says: str) -> None:
    made = edition(node("theme", node("r1", one("r1.a"), expects="It is written.")), bands=bands(low=0, high=90))
    found = improve(compile_edition(made), sheet(r1__a="o0"))
    said = plan_sentences(replace(found, effort=effort, lower_bound=bound, is_exact=False))
    assert said[0].endswith("for an effort of 2.3.") and says in said


def test_a_plan_that_adds_no_points_is_not_said_to_raise_the_score() -> None:
    needed = node("r1", one("r1.a"), expects="It is written.", prerequisite=True)
    made = edition(
        node("theme", needed, node("r2", one("r2.a"), expects="It is checked.")),
        bands=bands(low=0, high=90),
        critical_cap="low",
    )
    plan = improve(compile_edition(made), sheet(r1__a="o0", r2__a="o1"))
    assert plan_sentences(plan)[0] == "The score would stay at 100.0, for an effort of 1.0."

"""The least effort to a band: an exact plan matches a trial of all combinations, and the engine scores every plan."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from compliance.improvement.options import options_of
from compliance.improvement.plan import ImprovementPlan, improve
from compliance.improvement.problem import Target, apply_change, band_target, points_target
from compliance.improvement.what_if import what_if
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AnyOf, Not, Predicate
from compliance.questionnaire.edition import Edition
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import SCORE
from compliance.scoring.score import overall_bands, score
from compliance.scoring.scorecard import make_scorecard
from tests.support.examples import tries
from tests.support.factories import bands, edition, many, node, number, one, profile, sheet, when
from tests.support.improvement_cases import least_by_brute_force, random_answers, random_case

#: The extra effort that rounding a number to thousandths of its range may cost, for an effort of up to 3.
WRITTEN = 0.006


def drawn(seed: int, *, linear: bool = True) -> tuple[Edition, AnswerSheet, Target, Basis]:
    rng = Random(seed)
    rules = ("mean", "sum") if linear else ("mean", "sum", "geometric", "min")
    made = random_case(rng, rules=rules, blank="zero" if linear else rng.choice(["zero", "drop"]))
    answered = random_answers(rng, made)
    basis: Basis = rng.choice(["claimed", "claimed", "evidenced"])
    goals = [*(band_target(made, position) for position in (1, 2, 3)), points_target(rng.choice([20.0, 45.0, 66.6]))]
    return made, answered, rng.choice(goals), basis


def assert_the_engine_agrees(found: ImprovementPlan) -> None:
    """Check that the changed sheet scores what the plan promises, and that the steps add up to it."""
    compiled = compile_edition(found.edition)
    after = score(compiled, [apply_change(found.sheet, found.change)], found.basis)
    assert found.target is not None
    if found.target.band is not None:
        assert overall_bands(after).capped[SCORE, 0] >= found.target.position
    else:
        assert after.overall.score[0] * found.edition.scale >= found.target.points - 1e-9
    assert found.after.score == after.overall.score[0] * found.edition.scale
    assert sum(step.effort for step in found.steps) == pytest.approx(found.effort, abs=1e-9)
    if found.before.score is not None:
        gained = sum(step.gain for step in found.steps)
        assert gained == pytest.approx(found.after.score - found.before.score, abs=1e-9)


#: Seeds, in five parts. Some have too many combinations to try them all, and a few are only searched.
SEEDS = tries(110)


@pytest.mark.parametrize("part", range(5))
def test_an_exact_plan_has_the_least_effort_of_all_combinations(part: int) -> None:
    exact = reached = 0
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        made, answered, target, basis = drawn(seed)
        least = least_by_brute_force(compile_edition(made), answered, target, basis)
        if least is None:
            continue
        found = improve(compile_edition(made), answered, target, basis)
        effort = found.effort if found.is_reached else np.inf
        slack = WRITTEN if any(question.range for question in made.questions.values()) else 0.0
        assert effort >= least - 1e-6, f"seed {seed}: better than everything there is"
        if found.is_exact:
            exact += 1
            assert effort <= least + 1e-6 + slack, f"seed {seed}"
        if found.is_reached:
            reached += 1
            assert_the_engine_agrees(found)
    assert exact >= SEEDS * 0.86 and reached >= SEEDS * 0.63


def test_a_plan_that_was_only_searched_reaches_its_target_and_never_beats_the_least_effort() -> None:
    searched = 0
    seeds = range(tries(80))
    for seed in seeds:
        made, answered, target, basis = drawn(seed, linear=False)
        found = improve(compile_edition(made), answered, target, basis)
        if made.blank == "drop" or any(part.combine in ("geometric", "min") for part in made.nodes.values()):
            flagged = (True, 0.0) if found.is_reached and not found.steps else (False, None)  # it is reached already
            assert (found.is_exact, found.lower_bound) == flagged, f"seed {seed}"
        if found.reason == "not-found" or found.is_exact:
            continue
        searched += 1
        assert_the_engine_agrees(found)
        if not any(question.range for question in made.questions.values()):
            least = least_by_brute_force(compile_edition(made), answered, target, basis)
            assert least is None or found.effort >= least - 1e-6, f"seed {seed}"
    assert searched > len(seeds) * 0.31


# ── By hand


def by_hand() -> Edition:
    """Two requirements of equal weight. The first is critical and costly, the second cheap, with a gate inside."""
    return edition(
        node("dear", one("d", 0, 2, 4), expects="…", effort=3.0, critical=0.5, closes="Do it."),
        node(
            "cheap",
            one("c", 0, 1, 2),
            one("shown", 0, 1, 4, counts_when=when("c", "o1", "o2")),
            expects="…",
            effort=1.0,
        ),
        bands=bands(low=0.0, middle=40.0, high=60.0),
        critical_cap="low",
    )


def test_a_plan_matches_a_calculation_by_hand() -> None:
    """Nothing is answered well. `middle` needs 39.95 points and half of `dear`, which brings 25 for 3 × 0.5 = 1.5.

    15 more come from `cheap`, whose halves bring 25 each: `c` at o1 brings 12.5, at o2 25 for 0.5; `shown` counts only
    after `c`. c at o1 and shown at o1 bring 12.5 + 6.25 = 18.75 for 0.25 + 0.125 = 0.375, and nothing cheaper does.
    """
    found = improve(compile_edition(by_hand()), sheet(d="o0", c="o0", shown="o0"))
    assert found.target is not None and found.target.band is not None and found.target.band.id == "middle"
    assert found.is_exact
    assert found.effort == pytest.approx(1.875)
    taken = [(step.question.id, step.before, step.after, step.effort, step.gain) for step in found.steps]
    assert taken == [("d", "o0", "o1", 1.5, 25.0), ("c", "o0", "o1", 0.25, 12.5), ("shown", "o0", "o1", 0.125, 6.25)]
    assert [step.lifts_critical for step in found.steps] == [True, False, False]
    assert found.steps[1].opens == ("shown",)
    assert found.after.score == 43.75


def test_a_target_in_points_ignores_critical_requirements() -> None:
    found = improve(compile_edition(by_hand()), sheet(d="o0", c="o0", shown="o0"), points_target(43.0))
    assert {step.question.id for step in found.steps} == {"c", "shown"}
    assert found.after.band is not None and found.after.band.id == "low"


def test_a_step_comes_after_the_step_that_opens_it_even_if_it_earns_more_for_its_effort() -> None:
    made = edition(
        node("a", one("gate", 0, 1), expects="…", effort=3.0),
        node("b", one("behind", 0, 1, counts_when=when("gate", "o1")), expects="…", weight=9.0),
        bands=bands(low=0.0, high=90.0),
    )
    found = improve(compile_edition(made), sheet(gate="o0", behind="o0"))
    assert [step.question.id for step in found.steps] == ["gate", "behind"]


def test_an_answer_behind_a_gate_counts_once_the_gate_opens() -> None:
    made = edition(
        node("a", one("gate", 0, 1, weight=1.0), expects="…"),
        node("b", one("behind", 0, 1, counts_when=when("gate", "o1")), expects="…", effort=2.0, weight=3.0),
        bands=bands(low=0.0, high=90.0),
    )
    found = improve(compile_edition(made), sheet(gate="o0", behind="o1"))
    assert [(step.question.id, step.effort, step.gain) for step in found.steps] == [("gate", 3.0, 100.0)]


# ── What is never advised


def test_not_applicable_stays_and_is_never_advised() -> None:
    made = edition(one("a", na="reason"), one("b", na="reason"), bands=bands(low=0.0, high=60.0))
    found = improve(compile_edition(made), sheet(a=NotApplicable("there is none"), b="o0"))
    assert {step.question.id: step.after for step in found.steps} == {"b": "o1"}


def test_no_answer_is_ever_lowered() -> None:
    for seed in range(tries(25)):
        made, answered, target, basis = drawn(seed)
        before = make_scorecard(compile_edition(made), answered).questions
        found = improve(compile_edition(made), answered, target, basis)
        opened = replace(answered, answers={**answered.answers, **found.change})
        for question in found.change:
            was, now = before[question], make_scorecard(compile_edition(made), opened).questions[question]
            if was.score is not None and now.score is not None and not made.questions[question].counts_when:
                assert now.score >= was.score - 1e-9, (seed, question)


def test_helpful_ticks_are_added_and_harmful_ones_taken_away() -> None:
    made = edition(many("m", 1.0, -2.0, 3.0))
    answers = {choice.answer for choice in options_of(compile_edition(made), sheet(m=("o0", "o1")))["m"]}
    assert answers == {("o0", "o1"), ("o0",), ("o0", "o1", "o2"), ("o0", "o2")}


def test_options_without_points_are_added_only_if_a_condition_depends_on_them() -> None:
    plain = edition(many("m", 1.0, 0.0))
    steering = edition(many("m", 1.0, 0.0), one("q", counts_when=when("m", "o1")))
    for made, wanted in ((plain, {None, ("none",), ("o0",)}), (steering, {None, ("none",), ("o0",), ("o1",)})):
        answers = {choice.answer for choice in options_of(compile_edition(made), sheet())["m"]}
        assert answers >= wanted and (("o1",) in answers) == (("o1",) in wanted)


def test_a_number_changes_as_little_as_needed_and_is_rounded_to_a_readable_step() -> None:
    made = edition(number("share", 0.0, 100.0), bands=bands(low=0.0, high=33.37), band_at=None)
    found = improve(compile_edition(made), sheet(share=10.0))
    assert [step.after for step in found.steps] == [33.4]
    falling = edition(number("cases", 80.0, 10.0), bands=bands(low=0.0, high=50.0), band_at=None)
    assert [step.after for step in improve(compile_edition(falling), sheet(cases=70.0)).steps] == [45.0]
    logged = edition(number("income", 1.0, 1000.0, log=True), bands=bands(low=0.0, high=50.0), band_at=None)
    assert [step.after for step in improve(compile_edition(logged), sheet(income=2.0)).steps] == [31.63]  # of 31.6228


def test_adding_evidence_alone_is_a_step_on_the_evidenced_basis() -> None:
    made = edition(node("r", one("a"), one("b"), expects="…"), bands=bands(low=0.0, high=50.0))
    claimed = AnswerSheet("Example 1", {}, {"a": "o1", "b": "o0"})
    found = improve(compile_edition(made), claimed, basis="evidenced")
    assert len(found.steps) == 1 and found.steps[0].effort == 0.5
    assert improve(compile_edition(made), claimed).reason == "top"


# ── Targets that cannot be reached


@pytest.mark.parametrize(
    ("made", "answered", "reason"),
    [
        (edition(one("a"), bands=bands(low=0.0, high=50.0)), sheet(a="o1"), "top"),
        (edition(one("a")), sheet(a="o1"), "no-bands"),
        (
            edition(one("a", na="reason"), one("b"), root={"min_coverage": 0.8}, bands=bands(low=0.0)),
            sheet(a=NotApplicable("none")),
            "coverage",
        ),
        (
            edition(one("a", 0, 1, full=4.0), bands=bands(low=0.0, high=50.0)),
            sheet(a="o1"),
            "points",
        ),
        (
            edition(
                node("r", one("a", 0, 1, full=4.0), expects="…", critical=0.5),
                one("b", weight=9.0),
                bands=bands(low=0.0, high=50.0),
                critical_cap="low",
            ),
            sheet(a="o0"),
            "critical",
        ),
    ],
)
def test_if_a_target_cannot_be_reached_the_reason_is_named(made: Edition, answered: AnswerSheet, reason: str) -> None:
    found = improve(compile_edition(made), answered)
    assert (found.reason, found.steps, found.is_reached) == (reason, (), False)
    assert [node.id for node in found.failing_critical] == (["r"] if reason == "critical" else [])


def test_a_target_that_is_already_reached_needs_no_step() -> None:
    found = improve(compile_edition(by_hand()), sheet(d="o2", c="o2", shown="o2"), points_target(50.0))
    assert (found.is_reached, found.steps, found.effort) == (True, (), 0.0)


def test_a_band_is_reached_if_the_rounded_score_reaches_it() -> None:
    """Bands are looked up at one decimal, so 49.95 counts as 50."""
    made = edition(number("n", 0.0, 100.0), bands=bands(low=0.0, high=50.0), band_at=1)
    assert improve(compile_edition(made), sheet(n=49.0)).steps[0].after == pytest.approx(50.0, abs=0.051)
    assert improve(compile_edition(made), sheet(n=49.95)).reason == "top"


# ── Questions that come and go


def test_an_answer_that_opens_a_question_is_weighed_together_with_that_question() -> None:
    """`a` brings 50 points on its own, but 25 once the question that it opens is asked as well and left blank."""
    made = edition(one("a", 0, 1), one("b", 0, 1, asked_when=Predicate("a", ("o1",))), bands=bands(low=0.0, high=60.0))
    found = improve(compile_edition(made), sheet(a="o0"))
    assert found.is_exact
    assert {step.question.id for step in found.steps} == {"a", "b"}


def test_a_gate_closed_by_a_better_answer_is_taken_into_account() -> None:
    made = edition(
        one("a", 0, 1, 2),
        one("b", 0, 1, counts_when=AnyOf((Not(Predicate("a", ("o1", "o2"))), Predicate("a", ("o2",)))), weight=2.0),
        bands=bands(low=0.0, high=80.0),
    )
    found = improve(compile_edition(made), sheet(a="o0", b="o1"))
    assert {step.question.id: step.after for step in found.steps} == {"a": "o2"}


def test_a_number_is_raised_beyond_full_marks_if_that_opens_a_gate() -> None:
    made = edition(
        node("t", number("hours", 10.0, 60.0), expects="T."),
        node("u", one("b", counts_when=Predicate("hours", at_least=70.0)), expects="U."),
        bands=bands(low=0.0, high=80.0),
    )
    found = improve(compile_edition(made), sheet(hours=60.0, b="o1"))
    assert (found.reason, found.is_exact, found.effort) == ("", True, pytest.approx(1.0))
    assert [(step.question.id, step.after) for step in found.steps] == [("hours", 70.0)]
    assert_the_engine_agrees(found)


# ── What if


@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_what_if_gives_the_scores_of_the_changed_sheet(basis: Basis) -> None:
    for seed in range(tries(40)):
        made, answered, _target, _basis = drawn(seed)
        other = random_answers(Random(seed + 1000), made).answers
        change = {q: other.get(q) for q in list(made.questions)[::2]}
        seen = what_if(compile_edition(made), answered, change, basis)
        kept = {q: a for q, a in {**answered.answers, **change}.items() if a is not None}
        shown = answered.evidenced | {q for q, a in change.items() if a is not None}
        card = make_scorecard(compile_edition(made), replace(answered, answers=kept, evidenced=shown), basis)
        stand = (seen.after.score, seen.after.worst, seen.after.best, seen.after.band)
        assert stand == (card.overall.score, card.overall.worst, card.overall.best, card.overall.band), seed
        was = make_scorecard(compile_edition(made), answered, basis)
        assert seen.before.score == was.overall.score
        moved = {m.requirement.id: (m.before.score, m.after.score) for m in seen.changed_requirements}
        for requirement in made.requirements:
            scores = was.nodes[requirement.id].score, card.nodes[requirement.id].score
            assert moved.get(requirement.id, (scores[0], scores[0])) == scores


def test_the_same_sheet_gives_the_same_steps_again() -> None:
    for linear in (True, False):
        made, answered, target, basis = drawn(7, linear=linear)
        compiled = compile_edition(made)
        assert improve(compiled, answered, target, basis) == improve(compiled, answered, target, basis)


def test_no_step_opens_a_gate_that_depends_on_the_profile() -> None:
    travel = when("profile.sector", "travel")
    made = edition(
        one("a", weight=2.0, counts_when=travel),
        one("b"),
        bands=bands(low=0.0, high=50.0),
        profile=profile(sector=("travel", "other")),
    )
    found = {sector: improve(compile_edition(made), sheet(about={"sector": sector})) for sector in ("travel", "other")}
    found["not said"] = improve(compile_edition(made), sheet())
    assert [step.question.id for step in found["travel"].steps] == ["a"]  # two thirds
    assert not found["other"].is_reached and not found["not said"].is_reached  # a third at the most


def test_a_changed_answer_counts_as_evidenced_and_a_withdrawn_answer_becomes_blank() -> None:
    before = AnswerSheet("Example 1", {}, {"a": "o0", "b": "o1", "c": "o1"}, frozenset({"c"}))
    after = apply_change(before, {"a": "o1", "b": None, "d": "o0"})
    assert after.answers == {"a": "o1", "c": "o1", "d": "o0"}
    assert after.evidenced == {"a", "c", "d"}
    assert (after.company, before.answers["a"]) == ("Example 1", "o0")

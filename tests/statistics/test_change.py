"""Why a score moved: the parts sum to the whole, and each part is what its name says."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.narrative.score_change import movement_sentences
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.statistics.score_change import GroupChange, ScoreChange, group_change, score_changes
from compliance.statistics.two_periods import MigratedSheet, PeriodSheets, code_periods
from tests.support.examples import examples
from tests.support.factories import edition, node, one, sheet, when
from tests.support.random_editions import random_edition, random_sheet

randoms = st.randoms(use_true_random=False)


def as_it_is(answers: AnswerSheet) -> MigratedSheet:
    """Carry a sheet over unchanged: both periods use the same edition."""
    return MigratedSheet(answers)


def period(made: Edition, *sheets: AnswerSheet) -> PeriodSheets:
    return PeriodSheets(compile_edition(made), sheets)


def only(made: Edition, was: AnswerSheet, now: AnswerSheet, basis: Basis = "claimed") -> ScoreChange:
    (change,) = score_changes(code_periods(period(made, was), period(made, now), as_it_is, basis))
    return change


TWO = edition(
    node("t", one("a"), expects="A."),
    node("u", one("b"), expects="B."),
)


def test_better_answers_to_the_same_questions_count_as_answers() -> None:
    change = only(TWO, sheet(a="o0", b="o1"), sheet(a="o1", b="o1"))
    assert (change.before, change.after) == (50, 100)
    assert change.answers == 50
    assert change.evidence == 0
    assert change.method == 0
    assert (change.like_for_like_before, change.like_for_like_after) == (50, 100)
    assert change.by_requirement == (("t", 50),)


def test_the_same_answers_with_more_evidence_count_as_evidence() -> None:
    was = replace(sheet(a="o1", b="o1"), evidenced=frozenset({"a"}))
    change = only(TWO, was, sheet(a="o1", b="o1"), "evidenced")
    assert (change.before, change.after) == (50, 100)
    assert change.answers == 0
    assert change.evidence == 50
    assert change.method == 0


def test_a_better_answer_without_evidence_adds_to_answers_what_it_takes_from_evidence() -> None:
    now = replace(sheet(a="o1", b="o1"), evidenced=frozenset({"b"}))
    change = only(TWO, sheet(a="o0", b="o1"), now, "evidenced")
    assert (change.before, change.after) == (50, 50)
    assert (change.answers, change.evidence) == (50, -50)


def test_new_questions_and_weights_are_method_and_shared_questions_are_like_for_like() -> None:
    old = edition(node("t", one("a"), one("b"), expects="T."))
    new = edition(node("t", one("a", weight=3.0), one("c"), one("d", weight=4.0), expects="T."))

    def carry(old_sheet: AnswerSheet) -> MigratedSheet:
        answers = {"a": old_sheet.answers["a"], "c": old_sheet.answers["b"]}
        return MigratedSheet(replace(old_sheet, answers=answers), frozenset({"d"}))

    was, now = sheet(a="o0", b="o1"), sheet(a="o1", c="o1", d="o0")
    (change,) = score_changes(code_periods(period(old, was), period(new, now), carry))
    assert (change.before, change.after) == (50, 50)
    assert (change.like_for_like_before, change.like_for_like_after) == (25, 100)
    assert change.answers == 75
    assert change.method == pytest.approx((25 - 50) + (50 - 100))
    assert change.not_compared == ("d",)


def test_a_question_gated_by_a_question_that_was_not_carried_over_is_not_compared() -> None:
    """The gate is known for one period only, so its effect would look like something the company did."""
    made = edition(node("t", one("new"), one("b", counts_when=when("new", "o1")), one("c"), expects="T."))
    old = edition(node("t", one("b"), one("c"), expects="T."))
    carry = all_but("new")
    (change,) = score_changes(
        code_periods(period(old, sheet(b="o1", c="o1")), period(made, sheet(new="o1", b="o1", c="o1")), carry)
    )
    assert (change.like_for_like_before, change.like_for_like_after) == (100, 100)
    assert change.not_compared == ("new", "b")
    assert change.method == pytest.approx(0)


def test_the_whole_change_is_method_if_no_answer_is_carried_over() -> None:
    old, new = edition(node("t", one("a"))), edition(node("t", one("z")))
    was, now = period(old, sheet(a="o0")), period(new, sheet(z="o1"))
    (change,) = score_changes(
        code_periods(was, now, lambda one: MigratedSheet(replace(one, answers={}), frozenset({"z"})))
    )
    assert change.answers == 0
    assert change.evidence == 0
    assert change.method == 100
    assert change.like_for_like_before is None


def test_a_company_without_a_score_in_one_period_has_no_change() -> None:
    made = edition(node("t", one("a"), one("b")), root={"min_coverage": 1.0})
    change = only(made, sheet(a="o1"), sheet(a="o1", b="o1"))
    assert change.before is None
    assert change.after == 100
    assert change.total is None
    assert change.method is None


def test_the_effect_of_companies_that_join_or_leave_is_sample() -> None:
    was = [sheet("A", a="o0", b="o0"), sheet("B", a="o1", b="o1")]
    now = [sheet("B", a="o1", b="o1"), sheet("C", a="o1", b="o1")]
    group = group_change(score_changes(code_periods(period(TWO, *was), period(TWO, *now), as_it_is)), "mean")
    assert group.before == 50
    assert group.after == 100
    assert group.matched == 1
    assert group.entrants == 1
    assert group.leavers == 1
    assert group.answers == 0
    assert group.evidence == 0
    assert group.method == 0
    assert group.sample == 50


def all_but(question: str) -> Callable[[AnswerSheet], MigratedSheet]:
    """Carry a sheet over unchanged to an edition that asks one more question."""
    return lambda old_sheet: MigratedSheet(old_sheet, frozenset({question}))


def new_edition_of(rng: Random, made: Edition) -> tuple[Edition, dict[str, str]]:
    """The same tree with other weights, and every third question under another id; old id to new id."""
    renamed = {q: q if rng.random() < 0.6 else f"{q}.new" for q in made.questions}

    def again(part: Node | Question) -> Node | Question:
        if isinstance(part, Node):
            return replace(
                part, weight=rng.choice([1.0, 2.0]), parts=tuple(again(p) for p in part.parts), asked_when=None
            )
        return replace(part, id=renamed[part.id], asked_when=None, counts_when=None)

    root = again(made.root)
    return replace(made, id="next", root=root), renamed


@given(randoms, st.sampled_from(BASES), st.sampled_from(["median", "mean"]))
@examples(150)
def test_the_parts_of_every_change_sum_to_its_total(rng: Random, basis: Basis, statistic: str) -> None:
    """Panels with entrants and leavers, a new edition, and questions that could not be carried."""
    old = random_edition(rng, blank="zero")
    new, renamed = new_edition_of(rng, old)
    lost = {q for q in renamed.values() if rng.random() < 0.2}
    was = [replace(random_sheet(rng, old), company=f"C{i}") for i in range(6)]
    now = [replace(random_sheet(rng, new), company=f"C{i}") for i in range(3, 9)]

    def carry(old_sheet: AnswerSheet) -> MigratedSheet:
        kept = {renamed[q]: a for q, a in old_sheet.answers.items() if renamed[q] not in lost}
        shown = frozenset(renamed[q] for q in old_sheet.evidenced)
        return MigratedSheet(replace(old_sheet, answers=kept, evidenced=shown), frozenset(lost))

    moved = score_changes(code_periods(period(old, *was), period(new, *now), carry, basis))
    assert [c.company for c in moved] == ["C3", "C4", "C5", "C6", "C7", "C8", "C0", "C1", "C2"]
    for change in moved:
        if change.total is not None:
            parts = (change.answers, change.evidence, change.method)
            assert sum(parts) == pytest.approx(change.total, abs=1e-12 * new.scale)
            if change.like_for_like_before is not None and change.like_for_like_after is not None:
                like = change.like_for_like_after - change.like_for_like_before
                assert like == pytest.approx(change.answers + change.evidence, abs=1e-10)
            assert_said_truly(change)
    group = group_change(moved, statistic)
    if group.before is not None and group.after is not None:
        assert_said_truly(group)
        parts = (group.answers or 0, group.evidence or 0, group.method or 0, group.sample or 0)
        assert sum(parts) == pytest.approx(group.after - group.before, abs=1e-12 * new.scale)


def assert_said_truly(change: ScoreChange | GroupChange) -> None:
    """Every sentence about the change is true of it, and false of one that went the other way."""
    assert change.before is not None and change.after is not None
    for digits in (0, 1):
        said = movement_sentences("A", change, change.before, change.after, digits)
        assert all(sentence.holds(change) and sentence.words() for sentence in said)
        turned = replace(change, before=change.before + 100, after=change.after - 100)
        assert not any(sentence.holds(turned) for sentence in said)


@given(randoms, st.sampled_from(BASES))
@examples(60)
def test_within_one_edition_method_is_zero_and_both_scores_equal_the_scorecards(rng: Random, basis: Basis) -> None:
    made = random_edition(rng, blank="zero", rules=("mean", "sum"))
    was, now = random_sheet(rng, made), random_sheet(rng, made)
    change = only(made, was, now, basis)
    compiled = compile_edition(made)
    assert change.before == make_scorecard(compiled, was, basis).overall.score
    assert change.after == make_scorecard(compiled, now, basis).overall.score
    if change.total is not None and change.like_for_like_before is not None:
        assert change.method == pytest.approx(0, abs=1e-10)
        inside = {q for r in made.requirements for q in (question.id for question in r.questions())}
        if inside >= {q.id for q in made.questions.values() if q.scored}:
            assert sum(points for _, points in change.by_requirement) == pytest.approx(change.total, abs=1e-9)


# ── A group, worked by hand


def moved(
    company: str, before: float | None, after: float | None, *steps: float | None, **like: float | None
) -> ScoreChange:
    """A change whose steps are answers, evidence and method."""
    answers, evidence, method = steps or (None,) * 3
    return ScoreChange(
        company=company,
        before=before,
        after=after,
        answers=answers,
        evidence=evidence,
        method=method,
        like_for_like_before=like.get("was"),
        like_for_like_after=like.get("now"),
    )


def test_each_step_of_a_group_is_the_median_after_it_minus_the_median_before_it() -> None:
    """Those that stayed: 10, 20, 90; then 12, 30, 90 (answers), 11, 27, 95 (evidence) and 14, 32, 93 (method)."""
    companies = [
        moved("A", 10, 14, 2, -1, 3, was=10, now=11),
        moved("B", 20, 32, 10, -3, 5, was=21, now=28),
        moved("C", 90, 93, 0, 5, -2, was=50, now=60),
        moved("Left", 40, None),
        moved("Came", None, 96),
        moved("Never", None, None),
    ]
    group = group_change(companies)
    assert group.statistic == "median"
    assert group.matched == 3
    assert group.entrants == 1
    assert group.leavers == 1
    assert (group.before, group.after) == (30, 62.5), "the medians of 10, 20, 40, 90 and of 14, 32, 93, 96"
    assert group.answers == 10, "20 to 30 to 27 to 32"
    assert group.evidence == -3, "20 to 30 to 27 to 32"
    assert group.method == 5, "20 to 30 to 27 to 32"
    assert group.sample == (62.5 - 30) - (32 - 20)
    assert (group.like_for_like_before, group.like_for_like_after) == (21, 28)


def test_the_steps_of_a_group_work_the_same_way_with_the_mean() -> None:
    companies = [moved("A", 10, 16, 2, 1, 3, was=10, now=13), moved("B", 30, 33, 1, 1, 1), moved("Left", 80, None)]
    group = group_change(companies, "mean")
    assert group.statistic == "mean"
    assert (group.before, group.after) == (40, 24.5)
    assert group.answers == 1.5
    assert group.evidence == 1
    assert group.method == 2
    assert group.sample == (24.5 - 40) - (24.5 - 20)
    assert (group.like_for_like_before, group.like_for_like_after) == (10, 13), "of the one of which both are known"


def test_sample_is_exactly_zero_if_no_company_joins_or_leaves() -> None:
    group = group_change([moved("A", 0.1, 0.6, 0.1, 0.1, 0.3)])
    assert 0.1 + 0.1 + 0.1 + 0.3 != 0.6, "in the arithmetic of a computer"
    assert group.before == 0.1
    assert group.after == 0.6
    assert group.sample == 0.0
    assert group_change([]).sample is None


def test_the_whole_change_is_sample_if_no_company_is_in_both_periods() -> None:
    group = group_change([moved("Left", 40, None), moved("Came", None, 50)])
    assert group.before == 40
    assert group.after == 50
    assert group.sample == 10
    assert group.answers is None
    assert group.evidence is None
    assert group.method is None
    assert group.like_for_like_before is None


def test_a_group_that_is_empty_in_one_period_has_no_sample() -> None:
    group = group_change([moved("Came", None, 50)])
    assert group.before is None
    assert group.after == 50
    assert group.sample is None
    assert group.matched == 0
    assert group.entrants == 1
    assert group.leavers == 0
    group = group_change([moved("Left", 50, None)])
    assert group.before == 50
    assert group.after is None
    assert group.sample is None


def test_a_company_that_left_has_no_steps_and_no_like_for_like_score() -> None:
    (change,) = score_changes(code_periods(period(TWO, sheet(a="o1", b="o1")), period(TWO), as_it_is))
    assert change.before == 100
    assert change.after is None
    assert change.answers is None
    assert change.like_for_like_before is None
    assert (change.by_requirement, change.not_compared) == ((), ())


def test_the_whole_change_is_method_if_shared_questions_have_no_score_in_one_period() -> None:
    """The shared question is not applicable now, so there is nothing to compare the old answer with."""
    old = edition(node("t", one("a", na="reason"), expects="T."))
    new = edition(node("t", one("a", na="reason"), one("c"), expects="T."))
    carry = all_but("c")
    now = sheet(a=NotApplicable("none here"), c="o1")
    (change,) = score_changes(code_periods(period(old, sheet(a="o0")), period(new, now), carry))
    assert (change.before, change.after) == (0, 100)
    assert change.answers == 0
    assert change.evidence == 0
    assert change.method == 100
    assert change.like_for_like_before is None
    assert change.like_for_like_after is None
    assert change.by_requirement == ()


def test_questions_below_a_node_asked_by_an_answer_that_was_not_carried_over_are_not_compared() -> None:
    made = edition(
        one("new"), node("t", node("u", one("b")), asked_when=when("new", "o1")), node("v", one("c")), one("d")
    )
    old = edition(node("t", one("b")), node("v", one("c")), one("d"))
    carry = all_but("new")
    was, now = sheet(b="o1", c="o1", d="o0"), sheet(new="o1", b="o0", c="o1", d="o0")
    (change,) = score_changes(code_periods(period(old, was), period(made, now), carry))
    assert change.not_compared == ("new", "b")
    assert (change.like_for_like_before, change.like_for_like_after) == (50, 50)

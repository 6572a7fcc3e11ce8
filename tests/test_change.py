"""Why a score moved: the parts sum to the whole, and each is what it says."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.benchmark.change import Carried, Change, Period, changes, group_change
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition, Node
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.plan import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.factories import edition, node, one, sheet, when
from tests.random_editions import random_edition, random_sheet

randoms = st.randoms(use_true_random=False)


def as_it_is(answers: AnswerSheet) -> Carried:
    """The two periods ask the same edition."""
    return Carried(answers)


def period(made: Edition, *sheets: AnswerSheet) -> Period:
    return Period(compile_edition(made), sheets)


def only(made: Edition, was: AnswerSheet, now: AnswerSheet, basis: Basis = "claimed") -> Change:
    (change,) = changes(period(made, was), period(made, now), as_it_is, basis)
    return change


TWO = edition(
    node("t", one("a"), expects="A."),
    node("u", one("b"), expects="B."),
)


def test_better_answers_to_the_same_questions_are_answers() -> None:
    change = only(TWO, sheet(a="o0", b="o1"), sheet(a="o1", b="o1"))
    assert (change.before, change.after) == (50, 100)
    assert (change.answers, change.evidence, change.method) == (50, 0, 0)
    assert (change.like_before, change.like_after) == (50, 100)
    assert change.moved == (("t", 50),)


def test_the_same_answers_with_more_behind_them_are_evidence() -> None:
    was = replace(sheet(a="o1", b="o1"), evidenced=frozenset({"a"}))
    change = only(TWO, was, sheet(a="o1", b="o1"), "evidenced")
    assert (change.before, change.after) == (50, 100)
    assert (change.answers, change.evidence, change.method) == (0, 50, 0)


def test_a_claim_that_nothing_bears_out_gives_with_one_hand_and_takes_with_the_other() -> None:
    now = replace(sheet(a="o1", b="o1"), evidenced=frozenset({"b"}))
    change = only(TWO, sheet(a="o0", b="o1"), now, "evidenced")
    assert (change.before, change.after) == (50, 50)
    assert (change.answers, change.evidence) == (50, -50)


def test_what_a_new_edition_asks_and_weighs_is_method_and_what_it_shares_is_like_for_like() -> None:
    old = edition(node("t", one("a"), one("b"), expects="T."))
    new = edition(node("t", one("a", weight=3.0), one("c"), one("d", weight=4.0), expects="T."))
    carry = lambda old_sheet: Carried(  # noqa: E731
        replace(old_sheet, answers={"a": old_sheet.answers["a"], "c": old_sheet.answers["b"]}), frozenset({"d"})
    )
    was, now = sheet(a="o0", b="o1"), sheet(a="o1", c="o1", d="o0")
    (change,) = changes(period(old, was), period(new, now), carry)
    assert (change.before, change.after) == (50, 50)
    assert (change.like_before, change.like_after) == (25, 100)
    assert change.answers == 75
    assert change.method == pytest.approx((25 - 50) + (50 - 100))
    assert change.not_carried == ("d",)


def test_what_hangs_on_something_that_was_not_carried_is_not_compared() -> None:
    """Its gate is known for one period only: it would look like a deed of the company."""
    made = edition(node("t", one("new"), one("b", counts_when=when("new", "o1")), one("c"), expects="T."))
    old = edition(node("t", one("b"), one("c"), expects="T."))
    carry = lambda old_sheet: Carried(old_sheet, frozenset({"new"}))  # noqa: E731
    (change,) = changes(period(old, sheet(b="o1", c="o1")), period(made, sheet(new="o1", b="o1", c="o1")), carry)
    assert (change.like_before, change.like_after) == (100, 100)
    assert change.not_carried == ("new", "b")
    assert change.method == pytest.approx(0)


def test_where_nothing_could_be_carried_all_of_it_is_method() -> None:
    old, new = edition(node("t", one("a"))), edition(node("t", one("z")))
    carry = lambda old_sheet: Carried(replace(old_sheet, answers={}), frozenset({"z"}))  # noqa: E731
    (change,) = changes(period(old, sheet(a="o0")), period(new, sheet(z="o1")), carry)
    assert (change.answers, change.evidence, change.method) == (0, 0, 100)
    assert change.like_before is None


def test_who_has_no_score_in_one_period_did_not_move() -> None:
    made = edition(node("t", one("a"), one("b")), root={"min_coverage": 1.0})
    change = only(made, sheet(a="o1"), sheet(a="o1", b="o1"))
    assert (change.before, change.after, change.total, change.method) == (None, 100, None, None)


def test_who_came_and_who_left_is_sample() -> None:
    was = [sheet("A", a="o0", b="o0"), sheet("B", a="o1", b="o1")]
    now = [sheet("B", a="o1", b="o1"), sheet("C", a="o1", b="o1")]
    group = group_change(changes(period(TWO, *was), period(TWO, *now), as_it_is), "mean")
    assert (group.before, group.after, group.stayed, group.came, group.left) == (50, 100, 1, 1, 1)
    assert (group.answers, group.evidence, group.method, group.sample) == (0, 0, 0, 50)


def new_edition_of(rng: Random, made: Edition) -> tuple[Edition, dict[str, str]]:
    """The same tree with other weights, and every third question under another id; old id to new id."""
    renamed = {q: q if rng.random() < 0.6 else f"{q}.new" for q in made.questions}

    def again(part):  # type: ignore[no-untyped-def]
        if isinstance(part, Node):
            return replace(
                part, weight=rng.choice([1.0, 2.0]), parts=tuple(again(p) for p in part.parts), asked_when=None
            )
        return replace(part, id=renamed[part.id], asked_when=None, counts_when=None)

    root = again(made.root)
    return replace(made, id="next", root=root), renamed


@given(randoms, st.sampled_from(BASES), st.sampled_from(["median", "mean"]))
@settings(max_examples=150, deadline=None)
def test_the_parts_of_every_change_sum_to_it(rng: Random, basis: Basis, statistic: str) -> None:
    """Panels with entrants and leavers, a new edition, and questions that could not be carried."""
    old = random_edition(rng, blank="zero")
    new, renamed = new_edition_of(rng, old)
    lost = {q for q in renamed.values() if rng.random() < 0.2}
    was = [replace(random_sheet(rng, old), company=f"C{i}") for i in range(6)]
    now = [replace(random_sheet(rng, new), company=f"C{i}") for i in range(3, 9)]

    def carry(old_sheet: AnswerSheet) -> Carried:
        kept = {renamed[q]: a for q, a in old_sheet.answers.items() if renamed[q] not in lost}
        shown = frozenset(renamed[q] for q in old_sheet.evidenced)
        return Carried(replace(old_sheet, answers=kept, evidenced=shown), frozenset(lost))

    moved = changes(period(old, *was), period(new, *now), carry, basis)
    assert [c.company for c in moved] == ["C3", "C4", "C5", "C6", "C7", "C8", "C0", "C1", "C2"]
    for change in moved:
        if change.total is not None:
            parts = (change.answers, change.evidence, change.method)
            assert sum(parts) == pytest.approx(change.total, abs=1e-12 * new.scale)  # type: ignore[arg-type]
            if change.like_before is not None and change.like_after is not None:
                like = change.like_after - change.like_before
                assert like == pytest.approx(change.answers + change.evidence, abs=1e-10)  # type: ignore[operator]
    group = group_change(moved, statistic)  # type: ignore[arg-type]
    if group.before is not None and group.after is not None:
        parts = (group.answers or 0, group.evidence or 0, group.method or 0, group.sample or 0)
        assert sum(parts) == pytest.approx(group.after - group.before, abs=1e-12 * new.scale)


@given(randoms, st.sampled_from(BASES))
@settings(max_examples=60, deadline=None)
def test_within_one_edition_there_is_no_method_and_the_headlines_are_the_scorecards(rng: Random, basis: Basis) -> None:
    made = random_edition(rng, blank="zero", rules=("mean", "sum"))
    was, now = random_sheet(rng, made), random_sheet(rng, made)
    change = only(made, was, now, basis)
    plan = compile_edition(made)
    assert change.before == make_scorecard(plan, was, basis).overall.score
    assert change.after == make_scorecard(plan, now, basis).overall.score
    if change.total is not None and change.like_before is not None:
        assert change.method == pytest.approx(0, abs=1e-10)
        inside = {q for r in made.requirements for q in (question.id for question in r.questions())}
        if inside >= {q.id for q in made.questions.values() if q.scored}:
            assert sum(points for _, points in change.moved) == pytest.approx(change.total, abs=1e-9)

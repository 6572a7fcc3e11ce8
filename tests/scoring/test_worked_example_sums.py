"""Every point can be calculated by hand from an explanation alone."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.loader import load_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.worked_example import NodeCalculation, explain
from tests.support.examples import examples
from tests.support.factories import edition, node, number, one, sheet, when
from tests.support.paths import EDITIONS
from tests.support.random_editions import random_answer, random_edition, random_sheet

EXAMPLE = load_edition(EDITIONS / "example-1.yaml")
randoms = st.randoms(use_true_random=False)


def by_hand(step: NodeCalculation) -> float | None:
    """Return a node's share, calculated only from the numbers of its step."""
    raw = without_limits(step)
    return max(raw, 0.0) if raw is not None and step.node.floor else raw


def without_limits(step: NodeCalculation) -> float | None:
    """Return a node's share without its floor."""
    on = [(term.weight, term.share) for term in step.terms if term.share is not None]
    total = sum(term.counted for term in step.terms if term.share is not None)
    if not total:
        return None
    if step.node.max is not None:
        return min(1.0, sum(weight * share for weight, share in on) / min(total, step.node.max))
    if step.node.combine == "min":
        return min(share for _, share in on)
    if step.node.combine == "geometric":
        if any(share <= 0 for _, share in on):
            return 0.0
        return math.exp(sum(weight * math.log(share) for weight, share in on) / total)
    return sum(weight * share for weight, share in on) / total


def judged(rng: Random, made: Edition, answered: AnswerSheet) -> AnswerSheet:
    """Return the sheet with an auditor's verdicts on about half of its answers."""
    verdicts = {}
    for question in answered.answers:
        if rng.random() < 0.5:
            other = Adjusted(random_answer(rng, made.questions[question]))
            verdicts[question] = rng.choice(["confirmed", "not-shown", other])
    return replace(answered, verdicts=verdicts)


@given(randoms, st.sampled_from(BASES))
@examples(200)
def test_every_step_can_be_recalculated_from_its_parts(rng: Random, basis: Basis) -> None:
    made = random_edition(rng)
    answered = judged(rng, made, random_sheet(rng, made))
    worked = explain(compile_edition(made), answered, basis=basis)
    shares = {question: earned.share for question, earned in worked.questions.items()}
    for step in worked.steps:
        for term in step.terms:
            assert term.share == shares[term.part.id]
        redone = by_hand(step)
        if made.blank == "zero" or step.score is not None:
            assert (redone is None) == (step.share is None)
            assert redone is None or step.share == pytest.approx(redone, abs=1e-12)
        shares[step.node.id] = step.share


@given(randoms, st.sampled_from(BASES))
@examples(100)
def test_the_losses_of_the_questions_add_up_to_what_the_whole_lacks(rng: Random, basis: Basis) -> None:
    made = random_edition(rng, blank="zero")
    worked = explain(compile_edition(made), judged(rng, made, random_sheet(rng, made)), basis=basis)
    if worked.own.share is not None:
        assert sum(earned.loss for earned in worked.questions.values()) == pytest.approx(
            1 - worked.own.share, abs=1e-12
        )
    for step in worked.steps:
        if step.share is not None:
            split = sum(t.of_loss * (t.full - t.share) for t in step.terms if t.share is not None)
            full = 0.0 if step.node.only_deducts else 1.0
            assert split == pytest.approx(full - step.share, abs=1e-12)


def test_points_beyond_full_marks_offset_the_losses_of_other_questions() -> None:
    made = edition(node("t", number("a"), number("b", clip=False), number("c")))
    worked = explain(compile_edition(made), sheet(a=20.0, b=150.0, c=100.0))
    assert [(e.question.id, e.loss) for e in worked.lost] == [
        ("a", pytest.approx(0.8 / 3)), ("b", pytest.approx(-0.5 / 3)),
    ]  # fmt: skip
    assert sum(earned.loss for earned in worked.lost) == pytest.approx(1 - worked.own.share)


def test_without_a_score_there_are_no_losses() -> None:
    made = edition(one("a"), one("b"), one("c"), root={"min_coverage": 0.5}, blank="drop")
    assert explain(compile_edition(made), sheet(a="o0")).lost == ()


@given(randoms)
@examples(60)
def test_an_explanation_agrees_with_the_scorecard(rng: Random) -> None:
    made = random_edition(rng)
    compiled, answered = compile_edition(made), random_sheet(rng, made)
    worked, card = explain(compiled, answered), make_scorecard(compiled, answered)
    assert worked.overall == card.overall.score
    assert worked.bands.band == card.overall.band
    always = [check for check in worked.bands.standards if check.standard.band is None]
    assert [check.standard.part.id for check in always if check.fails] == [part.id for part in card.failed]
    if card.cap is not None:
        failing = [check.standard for check in worked.bands.standards if check.fails]
        assert all(standard in failing for standard in card.cap.unmet)


def test_an_explanation_of_a_requirement_has_only_its_questions_and_the_nodes_above_it() -> None:
    worked = explain(compile_edition(EXAMPLE), aster(), "reach.higher")
    assert list(worked.questions) == ["reach.higher.code", "reach.higher.training"]
    assert [step.node.id for step in worked.steps] == ["reach.higher"]
    assert [step.node.id for step in worked.above] == ["reach", "overall"]
    assert worked.own.share == pytest.approx((3 * 1 + 1 * 0.5) / 4)
    assert worked.overall == pytest.approx(77.0833333)
    assert [(e.question.id, e.loss) for e in worked.lost] == [("reach.higher.training", pytest.approx(0.0625))]


def test_a_node_without_a_scored_question_has_nothing_to_explain() -> None:
    made = edition(node("about", Question("countries", "Where?", "countries")), node("t", one("q")))
    with pytest.raises(KeyError):
        explain(compile_edition(made), sheet(q="o1"), "about")


@pytest.mark.parametrize(
    ("answers", "basis", "why", "share"),
    [
        ({"gate": "o1", "q": "o1"}, "claimed", "earned", 1.0),
        ({"gate": "o1"}, "claimed", "blank", 0.0),
        ({"gate": "o0", "q": "o1"}, "claimed", "gate-shut", 0.0),
        ({"q": "o1"}, "claimed", "gate-open-question", 0.0),
        ({"gate": "o1", "q": NotApplicable("there is none")}, "claimed", "not-applicable", None),
        ({"gate": "o1", "q": NotApplicable()}, "evidenced", "doubted", 0.0),
        ({"gate": "o1", "q": "o1"}, "evidenced", "not-shown", 0.0),
    ],
)
def test_every_question_says_why_it_counts_as_it_does(
    answers: dict[str, str], basis: Basis, why: str, share: float | None
) -> None:
    made = edition(node("t", one("gate"), one("q", counts_when=when("gate", "o1"), na="reason")))
    answered = replace(sheet(**answers), evidenced=frozenset({"gate"}))
    earned = explain(compile_edition(made), answered, basis=basis).questions["q"]
    assert (earned.why, earned.share) == (why, share)


def test_an_answer_found_not_shown_is_refused_and_one_without_a_verdict_is_not_shown_yet() -> None:
    made = edition(node("t", one("a"), one("b"), one("c")))
    answered = replace(sheet(a="o1", b="o1", c="o0"), verdicts={"a": "not-shown", "c": Adjusted("o1")})
    worked = explain(compile_edition(made), answered, basis="verified").questions
    assert [(e.why, e.share) for e in worked.values()] == [("refused", 0.0), ("not-shown", 0.0), ("earned", 1.0)]
    assert worked["c"].answer == "o1"


def test_blanks_that_drop_out_are_left_out() -> None:
    made = edition(node("t", one("a"), one("b")), blank="drop")
    worked = explain(compile_edition(made), sheet(a="o1"))
    assert worked.questions["b"].why == "left-out"
    assert [term.of_weight for term in worked.steps[0].terms] == [1.0, 0.0]


def test_the_cap_names_the_requirement_that_limits_the_band() -> None:
    fir = AnswerSheet(
        "Fir",
        {"sector": "travel"},
        {
            "reach.higher.code": "intent",
            "reach.higher.training": 0.0,
            "acc.channel.who": ("staff", "suppliers", "public"),
        },
    )
    bands = explain(compile_edition(EXAMPLE), fir).bands
    assert (bands.by_points.id, bands.band.id, bands.standards[0].highest.id) == ("solid", "partial", "partial")
    (critical,) = bands.standards
    assert (critical.standard.part.id, critical.fails, critical.standard.share) == ("reach.higher", True, 0.4)
    assert critical.share == pytest.approx(0.3)


def aster() -> AnswerSheet:
    return AnswerSheet(
        "Aster",
        {"sector": "travel"},
        {"reach.higher.code": "stricter", "reach.higher.training": 50.0, "acc.channel.who": ("staff", "children")},
    )


def test_an_explanation_gives_each_part_its_share_of_the_weight() -> None:
    worked = explain(compile_edition(EXAMPLE), aster())
    parts: dict[str, Node | Question] = {term.part.id: term.part for term in worked.own.terms}
    assert list(parts) == ["reach", "accountability"]
    assert [term.of_weight for term in worked.own.terms] == [0.5, 0.5]


def test_an_explanation_names_what_it_explains_and_carries_every_number_of_its_steps() -> None:
    """t has three questions of weight 1, 1 and 2: full marks, a blank, and a third of full marks with an open gate."""
    gated = one("c", 0, 1, 3, weight=2.0, counts_when=when("a", "o1"))
    made = edition(node("t", one("a"), one("b"), gated, expects="T.", min_coverage=0.5))
    found = explain(compile_edition(made), sheet("Example 7", a="o1", c="o1"), "t", "evidenced")
    assert (found.edition, found.company, found.basis, found.node.id) == (made, "Example 7", "evidenced", "t")
    assert [q.answer for q in found.questions.values()] == ["o1", None, "o1"]
    assert [q.worth for q in found.questions.values()] == [1, None, pytest.approx(1 / 3)]
    assert [q.gate for q in found.questions.values()] == [None, None, when("a", "o1")]
    step = found.own
    assert step.share == step.score == pytest.approx((1 + 0 + 2 / 3) / 4)
    assert (step.coverage, step.counted_coverage) == (0.75, 0.75)
    assert step.loss == pytest.approx(1 - 5 / 12)
    assert [(term.weight, term.of_weight, term.of_loss) for term in step.terms] == [
        (1, 0.25, 0.25), (1, 0.25, 0.25), (2, 0.5, 0.5),
    ]  # fmt: skip
    assert found.bands.standards == ()


def test_a_part_that_is_not_applicable_has_no_share_and_no_loss() -> None:
    made = edition(node("t", one("a"), one("b", na="reason"), combine="min"))
    found = explain(compile_edition(made), sheet(a="o0", b=NotApplicable("none")), "t")
    on, off = found.own.terms
    assert (on.share, on.of_weight, on.of_loss) == (0, 1, 1)
    assert (off.share, off.of_weight, off.of_loss) == (None, 0, 0)
    assert found.questions["b"].worth is None
    assert found.questions["b"].why == "not-applicable"


def test_a_question_that_is_not_asked_says_so() -> None:
    made = edition(one("a"), node("t", one("b", asked_when=when("a", "o1")), one("c")))
    assert explain(compile_edition(made), sheet(a="o0", c="o1"), "t").questions["b"].why == "not-asked"


def test_a_node_without_a_scored_question_cannot_be_explained() -> None:
    made = edition(node("about", Question("x", "x", "text")), node("t", one("a")))
    with pytest.raises(KeyError, match="about"):
        explain(compile_edition(made), sheet(a="o1"), "about")

"""Conditions depend on earlier questions and have three values: no, open, yes."""

from itertools import product

import pytest

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.routing import NO, OPEN, YES, Route, evaluate_condition, predicates, route_questions
from tests.support.factories import edition, many, node, number, one, profile, sheet, when
from tests.support.routes import asked_questions

TRUTHS = {"no": NO, "open": OPEN, "yes": YES}


def judged(condition: Condition | None) -> int:
    return int(evaluate_condition(condition, lambda term: TRUTHS[term.id]))


def of(name: str) -> Predicate:
    return Predicate(name, ("x",))


def test_without_a_condition_a_thing_is_always_asked() -> None:
    assert judged(None) == YES


def test_a_negation_exchanges_yes_and_no_and_leaves_open_as_it_is() -> None:
    assert [judged(Not(of(name))) for name in ("no", "open", "yes")] == [YES, OPEN, NO]


@pytest.mark.parametrize(("first", "second"), list(product(TRUTHS, repeat=2)))
def test_all_is_the_minimum_and_any_the_maximum(first: str, second: str) -> None:
    parts = (of(first), of(second))
    assert judged(AllOf(parts)) == min(TRUTHS[first], TRUTHS[second])
    assert judged(AnyOf(parts)) == max(TRUTHS[first], TRUTHS[second])


def test_the_terms_of_a_condition_are_read_from_left_to_right() -> None:
    condition = AllOf((of("a"), AnyOf((Not(of("b")), of("c")))))
    assert [term.id for term in predicates(condition)] == ["a", "b", "c"]
    assert not list(predicates(None))


def steered(condition: Condition, gate: Condition | None = None) -> Edition:
    """A question that may be n/a, one that depends on it, and one with the condition."""
    return edition(
        one("first", na="reason"),
        one("behind", asked_when=when("first", "o1")),
        one("gated", counts_when=when("first", "o1")),
        many("several"),
        number("amount"),
        one("last", asked_when=condition, counts_when=gate),
        profile=profile(kind=("a", "b"), people=()),
    )


def last(condition: Condition, answers: AnswerSheet) -> int:
    return route_questions(steered(condition), answers)["last"].asked


def test_a_condition_on_a_blank_is_open_and_on_a_value_yes_or_no() -> None:
    assert last(when("first", "o1"), sheet()) == OPEN
    assert last(when("first", "o1"), sheet(first="o1")) == YES
    assert last(when("first", "o1"), sheet(first="o0")) == NO


def test_a_condition_on_not_applicable_is_no_and_its_negation_is_yes() -> None:
    silent = sheet(first=NotApplicable("no guests"))
    assert last(when("first", "o1"), silent) == NO
    assert last(Not(when("first", "o1")), silent) == YES


def test_a_question_not_asked_counts_as_no_even_if_an_answer_is_left() -> None:
    assert last(when("behind", "o1"), sheet(first="o0", behind="o1")) == NO
    assert last(when("behind", "o1"), sheet(behind="o1")) == OPEN
    assert last(when("behind", "o1"), sheet(first="o1", behind="o1")) == YES


def test_a_question_behind_a_closed_gate_opens_no_other() -> None:
    assert last(when("gated", "o1"), sheet(first="o0", gated="o1")) == NO
    assert last(when("gated", "o1"), sheet(first="o0")) == NO
    assert last(when("gated", "o1"), sheet(first="o1", gated="o1")) == YES


def test_a_blank_profile_field_is_open() -> None:
    kind, crowd = Predicate("profile.kind", ("b",)), Predicate("profile.people", at_least=50.0)
    assert last(kind, sheet()) == OPEN
    assert last(kind, sheet(about={"kind": "a"})) == NO
    assert last(crowd, sheet(about={"people": 50.0})) == YES
    assert last(crowd, sheet(about={"people": 49.9})) == NO


def test_any_one_of_the_values_or_choices_is_enough() -> None:
    assert last(when("several", "o0", "none"), sheet(several=("none",))) == YES
    assert last(when("several", "o1"), sheet(several=("o0", "o1"))) == YES
    assert last(when("amount", "5"), sheet(amount=5.0)) == YES


def test_at_least_compares_a_number_or_points() -> None:
    assert last(Predicate("amount", at_least=5.0), sheet(amount=4.0)) == NO
    assert last(Predicate("several", at_least=2.0), sheet(several=("o0", "o1"))) == YES
    assert last(Predicate("first", at_least=1.0), sheet(first="o0")) == NO


def test_a_node_that_is_not_asked_takes_everything_below_with_it() -> None:
    tree = edition(one("first"), node("n", node("m", one("inner")), asked_when=when("first", "o1")))
    assert asked_questions(route_questions(tree, sheet(first="o0"))) == ("first",)
    assert asked_questions(route_questions(tree, sheet(first="o1"))) == ("first", "inner")
    assert route_questions(tree, sheet())["inner"] == Route(OPEN, YES)


def test_a_gate_does_not_change_what_is_asked() -> None:
    routes = route_questions(edition(one("first"), one("last", counts_when=when("first", "o1"))), sheet(first="o0"))
    assert routes["last"] == Route(YES, NO)

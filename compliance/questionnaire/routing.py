"""Routing: which questions are asked, and which count, given the answers so far. One pass down, three-valued.

A condition is *no*, *open* or *yes* (Kleene logic: all is the least, any the
greatest, not the reverse). The same rules serve one sheet (here, on whole
numbers) and a million (scoring, on arrays): `evaluate_condition` takes the operations.
Questions and profile fields that conditions look at must be answered before an assessment is submitted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.questionnaire.answers import Answer, AnswerSheet, AnswerValue, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import (
    HEADQUARTERS_QUESTION,
    PEER_GROUP_FIELD,
    PROFILE_PREFIX,
    Edition,
    Node,
    Question,
)

NO, OPEN, YES = 0, 1, 2


def evaluate_condition(
    condition: Condition | None, of_term: Callable[[Predicate], Any], least: Any = min, greatest: Any = max
) -> Any:
    """Judge a condition: `of_term` judges its terms, `least` and `greatest` join two judgements."""
    if condition is None:
        return YES
    if isinstance(condition, Predicate):
        return of_term(condition)
    if isinstance(condition, Not):
        return YES - evaluate_condition(condition.part, of_term, least, greatest)
    join, result = (least, YES) if isinstance(condition, AllOf) else (greatest, NO)
    for part in condition.parts:
        result = join(result, evaluate_condition(part, of_term, least, greatest))
    return result


def predicates(condition: Condition | None) -> Iterable[Predicate]:
    """Every term of a condition, left to right."""
    if isinstance(condition, Predicate):
        yield condition
    elif isinstance(condition, Not):
        yield from predicates(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from predicates(part)


def routing_dependencies(edition: Edition) -> Mapping[str, frozenset[str]]:
    """By question, all that decides, however far up, whether it is asked and counts: questions, profile fields."""
    found: dict[str, frozenset[str]] = {}
    for question in edition.questions.values():  # conditions look upwards
        looked_at = {
            term.id for term in (*_asked_when_predicates(edition, question), *predicates(question.counts_when))
        }
        found[question.id] = with_dependencies(found, looked_at)
    return found


def with_dependencies(dependencies: Mapping[str, frozenset[str]], looked_at: Iterable[str]) -> frozenset[str]:
    """The ids that conditions look at, and all that those depend on; `dependencies` as of `routing_dependencies`."""
    direct = frozenset(looked_at)
    return direct.union(*(dependencies.get(part, frozenset()) for part in direct))


def _asked_when_predicates(edition: Edition, question: Question) -> Iterator[Predicate]:
    """The terms on which a question is asked, those of the nodes that hold it among them."""
    part: Node | Question | None = question
    while part is not None:
        yield from predicates(part.asked_when)
        part = edition.parents.get(part.id)


def predicate_holds(term: Predicate, value: AnswerValue, points: float | None) -> bool:
    """True if a given answer satisfies a term; `at_least` compares a number, or the points of a choice."""
    if term.at_least is not None:
        amount = value if isinstance(value, float) else points
        return amount is not None and amount >= term.at_least
    if isinstance(value, tuple):
        return any(wanted in value for wanted in term.values)
    if isinstance(value, float):
        return any(float(wanted) == value for wanted in term.values)
    return value in term.values


def option_points(question: Question, value: AnswerValue) -> float | None:
    """The points that the choices of an answer carry, before full marks cap them; None for a free answer."""
    if not question.options or isinstance(value, float):
        return None
    chosen = value if isinstance(value, tuple) else (value,)
    return sum(option.points for option in question.options if option.id in chosen)


@dataclass(frozen=True, slots=True)
class Route:
    """The state of one question for one sheet; each of NO, OPEN, YES."""

    asked: int
    counts: int  # its gate


def route_questions(edition: Edition, sheet: AnswerSheet) -> Mapping[str, Route]:
    """The route of every question, by id in file order."""
    routes: dict[str, Route] = {}

    def of_term(term: Predicate) -> int:
        if term.id.startswith(PROFILE_PREFIX):
            value = sheet.profile.get(term.id.removeprefix(PROFILE_PREFIX))
            return OPEN if value is None else YES if predicate_holds(term, value, None) else NO
        at, answer = routes[term.id], sheet.answers.get(term.id)
        if isinstance(answer, NotApplicable):
            return NO
        if answer is None:
            return min(at.asked, at.counts, OPEN)
        met = predicate_holds(term, answer, option_points(edition.questions[term.id], answer))
        return min(at.asked, at.counts) if met else NO

    def visit(part: Node | Question, above: int) -> None:
        asked = min(above, evaluate_condition(part.asked_when, of_term))
        if isinstance(part, Question):
            routes[part.id] = Route(asked, evaluate_condition(part.counts_when, of_term))
            return
        for below in part.parts:
            visit(below, asked)

    visit(edition.root, YES)
    return routes


def routing_ids(edition: Edition) -> frozenset[str]:
    """Every id that some condition looks at: question ids, and `profile.<field>`."""
    return frozenset(term.id for condition in _conditions(edition) for term in predicates(condition))


def unanswered_routing_questions(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> tuple[str, ...]:
    """The ids that must be answered before submission: a blank there would skip other questions.

    Profile fields (as `profile.<field>`) and unscored questions that steer, the peer group, and the headquarters
    unless it is one country.
    """
    steering = routing_ids(edition)
    fields = [f for f in edition.profile if PROFILE_PREFIX + f in steering or f == PEER_GROUP_FIELD]
    blank = [PROFILE_PREFIX + f for f in fields if f not in sheet.profile]
    unscored = (q.id for q in edition.questions.values() if not q.scored and q.id in steering)
    blank += [q for q in unscored if routes[q].asked == YES and q not in sheet.answers and q != HEADQUARTERS_QUESTION]
    if HEADQUARTERS_QUESTION in edition.questions and not names_one_country(sheet.answers.get(HEADQUARTERS_QUESTION)):
        blank.append(HEADQUARTERS_QUESTION)
    return tuple(blank)


def names_one_country(answer: Answer | None) -> bool:
    """True if an answer about countries names exactly one."""
    return isinstance(answer, tuple) and len(answer) == 1


def _conditions(edition: Edition) -> Iterator[Condition | None]:
    for part in edition.root.walk():
        yield part.asked_when
        yield getattr(part, "counts_when", None)

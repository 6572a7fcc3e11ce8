"""Which questions are asked, and which count, given the answers so far: one pass upwards, three-valued.

A condition is *no*, *open* or *yes* (Kleene logic: all is the least, any the
greatest, not the reverse). The same rules serve one sheet (here, on whole
numbers) and a million (scoring, on arrays): `truth` takes the operations.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.questionnaire.answers import AnswerSheet, NotApplicable, Value
from compliance.questionnaire.edition import PROFILE, AllOf, AnyOf, Condition, Edition, Node, Not, Question, Term

NO, OPEN, YES = 0, 1, 2


def truth(condition: Condition | None, of_term: Callable[[Term], Any], least: Any = min, greatest: Any = max) -> Any:
    """Judge a condition: `of_term` judges its terms, `least` and `greatest` join two judgements."""
    if condition is None:
        return YES
    if isinstance(condition, Term):
        return of_term(condition)
    if isinstance(condition, Not):
        return YES - truth(condition.part, of_term, least, greatest)
    join, result = (least, YES) if isinstance(condition, AllOf) else (greatest, NO)
    for part in condition.parts:
        result = join(result, truth(part, of_term, least, greatest))
    return result


def terms(condition: Condition | None) -> Iterable[Term]:
    """Every term of a condition, left to right."""
    if isinstance(condition, Term):
        yield condition
    elif isinstance(condition, Not):
        yield from terms(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from terms(part)


def hangs_on(edition: Edition) -> Mapping[str, frozenset[str]]:
    """By question, whatever it may hang on, however far up, that it is asked and counts: questions, profile fields."""
    found: dict[str, frozenset[str]] = {}
    for question in edition.questions.values():  # conditions look upwards
        looked_at = {term.id for term in (*_asking(edition, question), *terms(question.counts_when))}
        found[question.id] = with_what_they_hang_on(found, looked_at)
    return found


def with_what_they_hang_on(hanging: Mapping[str, frozenset[str]], looked_at: Iterable[str]) -> frozenset[str]:
    """What conditions look at, and what that hangs on; `hanging` as of `hangs_on`."""
    direct = frozenset(looked_at)
    return direct.union(*(hanging.get(part, frozenset()) for part in direct))


def _asking(edition: Edition, question: Question) -> Iterator[Term]:
    """The terms on which a question is asked, those of the nodes that hold it among them."""
    part: Node | Question | None = question
    while part is not None:
        yield from terms(part.asked_when)
        part = edition.parents.get(part.id)


def holds(term: Term, value: Value, points: float | None) -> bool:
    """Whether a given answer satisfies a term; `at_least` looks at a number, or at the points of a choice."""
    if term.at_least is not None:
        amount = value if isinstance(value, float) else points
        return amount is not None and amount >= term.at_least
    if isinstance(value, tuple):
        return any(wanted in value for wanted in term.values)
    if isinstance(value, float):
        return any(float(wanted) == value for wanted in term.values)
    return value in term.values


def points_of(question: Question, value: Value) -> float | None:
    """The points that the choices of an answer carry, before full marks cap them; None for a free answer."""
    if not question.options or isinstance(value, float):
        return None
    chosen = value if isinstance(value, tuple) else (value,)
    return sum(option.points for option in question.options if option.id in chosen)


@dataclass(frozen=True, slots=True)
class Route:
    """How one question stands for one sheet; each of NO, OPEN, YES."""

    asked: int
    counts: int  # its gate


def route(edition: Edition, sheet: AnswerSheet) -> Mapping[str, Route]:
    """How every question stands, by id in file order."""
    routes: dict[str, Route] = {}

    def of_term(term: Term) -> int:
        if term.id.startswith(PROFILE):
            value = sheet.profile.get(term.id.removeprefix(PROFILE))
            return OPEN if value is None else YES if holds(term, value, None) else NO
        at, answer = routes[term.id], sheet.answers.get(term.id)
        if isinstance(answer, NotApplicable):
            return NO
        if answer is None:
            return min(at.asked, at.counts, OPEN)
        met = holds(term, answer, points_of(edition.questions[term.id], answer))
        return min(at.asked, at.counts) if met else NO

    def visit(part: Node | Question, above: int) -> None:
        asked = min(above, truth(part.asked_when, of_term))
        if isinstance(part, Question):
            routes[part.id] = Route(asked, truth(part.counts_when, of_term))
            return
        for below in part.parts:
            visit(below, asked)

    visit(edition.root, YES)
    return routes


def asked(routes: Mapping[str, Route]) -> tuple[str, ...]:
    """Ids of the questions that are asked now, in file order."""
    return tuple(question_id for question_id, at in routes.items() if at.asked == YES)

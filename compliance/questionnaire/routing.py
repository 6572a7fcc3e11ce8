"""Routing: which questions are asked, and which count, given the answers so far. One pass down, three-valued.

A condition is *no*, *open* or *yes* (Kleene logic: `all` is the minimum, `any` the maximum, `not` the reverse). The
same rules serve one sheet (here, on integers) and many (scoring, on arrays), as `evaluate_condition` takes the
operations. Questions and profile fields that conditions look at must be answered before an assessment is submitted.

Routing looks at answers as they count: an answer about places counts as its result.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, wraps
from typing import Any, TypeVar

from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, AnswerValue, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.countries import is_high_need
from compliance.questionnaire.edition import (
    HEADQUARTERS_QUESTION,
    PEER_GROUP_FIELD,
    PROFILE_PREFIX,
    Edition,
    Node,
    Question,
)
from compliance.questionnaire.places import PlacesResult, count_places, option_of_places, possible_steps

NO, OPEN, YES = 0, 1, 2
Value = TypeVar("Value")


def once_for_edition(work_out: Callable[[Edition], Value]) -> Callable[[Edition], Value]:
    """Decorate a function to compute its result once for each edition, and to keep it with the edition."""

    @wraps(work_out)
    def kept(edition: Edition) -> Value:
        there, name = vars(edition), work_out.__qualname__
        if name not in there:
            there[name] = work_out(edition)
        found: Value = there[name]
        return found

    return kept


def evaluate_condition(
    condition: Condition | None, of_term: Callable[[Predicate], Any], least: Any = min, greatest: Any = max
) -> Any:
    """Return the truth of a condition. `of_term` judges predicates; `least` and `greatest` combine two truth values."""
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
    """Yield every predicate of a condition, from left to right."""
    if isinstance(condition, Predicate):
        yield condition
    elif isinstance(condition, Not):
        yield from predicates(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from predicates(part)


@once_for_edition
def routing_dependencies(edition: Edition) -> Mapping[str, frozenset[str]]:
    """Return, by question, all questions and profile fields that directly or indirectly decide its route."""
    found: dict[str, frozenset[str]] = {}
    for question in edition.questions.values():  # conditions look upwards
        looked_at = {
            term.id for term in (*_asked_when_predicates(edition, question), *predicates(question.counts_when))
        }
        found[question.id] = with_dependencies(found, looked_at)
    return found


def with_dependencies(dependencies: Mapping[str, frozenset[str]], looked_at: Iterable[str]) -> frozenset[str]:
    """Return the ids that conditions look at, and all that those depend on, by `routing_dependencies`."""
    direct = frozenset(looked_at)
    return direct.union(*(dependencies.get(part, frozenset()) for part in direct))


def _asked_when_predicates(edition: Edition, question: Question) -> Iterator[Predicate]:
    """Yield the predicates that decide whether a question is asked, including those of the nodes that hold it."""
    part: Node | Question | None = question
    while part is not None:
        yield from predicates(part.asked_when)
        part = edition.parents.get(part.id)


def predicate_holds(term: Predicate, value: AnswerValue, points: float | None) -> bool:
    """Tell whether an answer satisfies a predicate. `at_least` compares a number, or the points of a choice."""
    if term.at_least is not None:
        amount = value if isinstance(value, float) else points
        return amount is not None and amount >= term.at_least
    if isinstance(value, tuple):
        return any(wanted in value for wanted in term.values)
    if isinstance(value, float):
        return any(float(wanted) == value for wanted in term.values)
    return value in term.values


def option_points(question: Question, value: AnswerValue) -> float | None:
    """Return the points of an answer's choices, before full marks cap them, or None for an answer without choices."""
    if not question.options or isinstance(value, float):
        return None
    chosen = value if isinstance(value, tuple) else (value,)
    return sum(option.points for option in question.options if option.id in chosen)


@dataclass(frozen=True, slots=True)
class Route:
    """The state of one question for one sheet: NO, OPEN or YES for each field."""

    asked: int
    counts: int  # its gate


def route_questions(edition: Edition, sheet: AnswerSheet) -> Mapping[str, Route]:
    """Return the route of every question, by id in file order."""
    routes: dict[str, Route] = {}
    sheet = counted_sheet(edition, sheet)

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


@once_for_edition
def routing_ids(edition: Edition) -> frozenset[str]:
    """Return every id that a condition looks at: question ids, and `profile.<field>`."""
    return frozenset(term.id for condition in _conditions(edition) for term in predicates(condition))


def unanswered_routing_questions(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> tuple[str, ...]:
    """Return the ids that must be answered before submission: a blank there would skip other questions.

    These are profile fields (as `profile.<field>`) and unscored questions in conditions, the peer group, and the
    headquarters unless it is one country.
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
    """Tell whether an answer about countries names exactly one."""
    return isinstance(answer, tuple) and len(answer) == 1


# ── Questions of places: answers as they count


def places_result(question: Question, value: tuple[str, ...], places: tuple[str, ...]) -> PlacesResult:
    """Return the result of an answer by place. Raise ValueError if the company has no place."""
    return count_places(value, places, _of_high_need(places), [option.id for option in question.options])


@lru_cache(maxsize=1024)  # many questions of a company use the same list
def _of_high_need(places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(is_high_need, places))


def result_in(question: Question, answers: Mapping[str, Answer]) -> PlacesResult | None:
    """Return the result of an answer to a question of places. None for other questions, blanks, n/a, and no list."""
    answer, listed = (answers.get(i) for i in (question.id, question.places))
    if not question.places or not isinstance(answer, tuple) or not isinstance(listed, tuple) or not listed:
        return None
    return places_result(question, answer, listed)


def counted_answer(question: Question, answers: Mapping[str, Answer], answer: Answer | None) -> Answer | None:
    """Return an answer as it counts: the id of its result for a question of places, otherwise the answer itself.

    It is not applicable if the list is, and a blank if the list is blank. An answer that already is a result stays the
    same.
    """
    if not question.places:
        return answer
    listed = answers.get(question.places)
    if isinstance(listed, NotApplicable):
        return listed
    if not isinstance(answer, tuple):
        return answer
    if not isinstance(listed, tuple) or not listed:
        return None
    return option_of_places(answer, listed, _of_high_need(listed), [option.id for option in question.options])


def counted_sheet(edition: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """Return the sheet with all answers and adjusted answers as they count.

    Without questions of places, it is the sheet itself. Adjusted answers that cannot count, because the list is blank,
    are left out.
    """
    if not edition.places_questions:
        return sheet
    answers, verdicts = dict(sheet.answers), dict(sheet.verdicts)
    for question in edition.places_questions:
        _put(answers, question.id, counted_answer(question, sheet.answers, answers.get(question.id)))
        if isinstance(verdict := verdicts.get(question.id), Adjusted):
            counted = counted_answer(question, sheet.answers, verdict.answer)
            _put(verdicts, question.id, None if counted is None else Adjusted(counted))
    return replace(sheet, answers=answers, verdicts=verdicts)


def counted_change(
    edition: Edition, sheet: AnswerSheet, change: Mapping[str, Answer | None]
) -> dict[str, Answer | None]:
    """Return a change of answers as it counts: results of places, including those changed only by their list."""
    found, after = dict(change), dict(sheet.answers)
    for question_id, answer in change.items():
        _put(after, question_id, answer)
    before, then = (counted_sheet(edition, replace(sheet, answers=a)).answers for a in (sheet.answers, after))
    for question in edition.places_questions:
        if question.id in change or before.get(question.id) != then.get(question.id):
            found[question.id] = then.get(question.id)
    return found


def with_possible_options(question: Question, answers: Mapping[str, Answer]) -> Question:
    """Return the question with only the options that the company can reach, or all if its list is blank."""
    listed = answers.get(question.places)
    if not question.places or not isinstance(listed, tuple):
        return question
    possible = possible_steps([option.id for option in question.options], len(listed))
    return replace(question, options=tuple(option for option in question.options if option.id in possible))


def _put(mapping: dict[str, Value], key: str, value: Value | None) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _conditions(edition: Edition) -> Iterator[Condition | None]:
    for part in edition.root.walk():
        yield part.asked_when
        yield getattr(part, "counts_when", None)

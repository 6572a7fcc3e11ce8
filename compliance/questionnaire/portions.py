"""Portions of a questionnaire and their effort: what everybody is asked, what a profile adds, and what is by choice.

An edition has portions if it has the lens `portion`. Minutes are for reading and deciding. Looking up facts takes
longer, and cannot be estimated.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import PEER_GROUP_FIELD, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.routing import NO, OPEN, Route, once_for_edition, predicates, routing_dependencies

#: The lens whose values are the portions, and the values that pages have words for.
PORTION_LENS = "portion"
CODE_PORTION, CORE_PORTION, MODULES_PORTION = "code", "core", "modules"
#: How fast people read, and how long a decision on an answer takes.
WORDS_PER_MINUTE = 200
SECONDS_PER_ANSWER = 15


@dataclass(frozen=True, slots=True)
class Effort:
    """The number of questions to answer, and the time to read them and decide."""

    questions: int = 0
    seconds: float = 0.0

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded up: 0 only without questions."""
        return math.ceil(self.seconds / 60)

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(self.questions + other.questions, self.seconds + other.seconds)


def question_effort(question: Question, places: int = 0) -> Effort:
    """Return the effort of one question: reading the question, its help and its options, and deciding.

    `places`: the number of places, for a question that is answered place by place. Each is one answer.
    """
    return _effort(_words_to_read(question), max(places, 1))


def profile_effort(edition: Edition) -> Effort:
    """Return the effort of the profile fields."""
    fields = (edition.profile_labels.get(name) for name in edition.profile)
    texts = [(labels.title, *labels.values.values()) if labels else () for labels in fields]
    return sum((_effort(sum(map(_words, each)), 1) for each in texts), Effort())


def effort_of(edition: Edition, sheet: AnswerSheet, questions: Iterable[str]) -> Effort:
    """Return the effort of these questions for one company."""
    words = _words_by_question(edition)
    asked = (edition.questions[question] for question in questions)
    return sum((_effort(words[each.id], max(_places(each, sheet), 1)) for each in asked), Effort())


@once_for_edition
def _words_by_question(edition: Edition) -> Mapping[str, int]:
    return {question.id: _words_to_read(question) for question in edition.questions.values()}


def _words_to_read(question: Question) -> int:
    options = () if question.places else question.options  # options of places follow from the answer and are not read
    return sum(_words(text) for text in (question.ask, question.help, *(option.text for option in options)))


def may_be_asked(route: Route) -> bool:
    """Tell whether a question may be asked and may count. Companies are told this maximum beforehand."""
    return route.asked != NO and route.counts != NO


def portion_of(question: Question) -> str:
    """Return the portion of a question, or "" if the edition has none or the question is not scored."""
    return question.lenses.get(PORTION_LENS, "")


def portions_by_choice(edition: Edition) -> tuple[str, ...]:
    """Return the portions that only companies which choose them are asked, in the order of the lens."""
    return tuple(edition.by_choice.get(PORTION_LENS, ()))


def with_chosen(edition: Edition, chosen: Collection[str]) -> Edition:
    """Return the edition for a company that chose these of the portions by choice."""
    left_out = tuple(value for value in portions_by_choice(edition) if value not in chosen)
    if not left_out:
        return edition
    return replace(edition, by_choice={**edition.by_choice, PORTION_LENS: left_out}).main


def portion_questions(edition: Edition, portion: str) -> tuple[Question, ...]:
    """Return the scored questions of a portion, in file order."""
    return tuple(q for q in edition.questions.values() if q.scored and portion_of(q) == portion)


@dataclass(frozen=True, slots=True)
class AskedCounts:
    """Numbers of scored questions in an edition: for everybody, by kind of business, and by choice."""

    everybody: int
    modules: int
    by_choice: int
    requirements: int  # requirements with questions for everybody


def asked_counts(edition: Edition) -> AskedCounts:
    """Return the counts for an edition. Without portions, all questions are for everybody."""
    scored = [question for question in edition.main.questions.values() if question.scored]
    modules = [question for question in scored if portion_of(question) == MODULES_PORTION]
    everybody = [question for question in scored if portion_of(question) != MODULES_PORTION]
    requirements = {found.id for q in everybody if (found := edition.requirement_of(q.id))}
    of_all = sum(question.scored for question in edition.questions.values())
    return AskedCounts(len(everybody), len(modules), of_all - len(scored), len(requirements))


def waits_for_profile(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route], question: str) -> bool:
    """Tell whether a blank profile field decides whether a question is asked."""
    looked_at = routing_dependencies(edition)[question]
    fields = (i.removeprefix(PROFILE_PREFIX) for i in looked_at if i.startswith(PROFILE_PREFIX))
    return routes[question].asked == OPEN and any(name not in sheet.profile for name in fields)


def modules_of(edition: Edition, sheet: AnswerSheet, routes: Mapping[str, Route]) -> Mapping[str, tuple[str, ...]]:
    """Return the questions of the portion `modules` that one company is asked, by kind of business.

    A kind of business is a value of the field `sector`. It may also have a profile field of the same name, where a
    company says "yes" beside its main sector. Questions without a kind of business come last, under "". Questions that
    wait for the profile are left out.
    """
    found: dict[str, list[str]] = {}
    for question in portion_questions(edition, MODULES_PORTION):
        if may_be_asked(routes[question.id]) and not waits_for_profile(edition, sheet, routes, question.id):
            found.setdefault(_business(edition, sheet, question), []).append(question.id)
    order = [*edition.profile, ""]
    return {business: tuple(found[business]) for business in order if business in found}


def _business(edition: Edition, sheet: AnswerSheet, question: Question) -> str:
    main = sheet.profile.get(PEER_GROUP_FIELD)
    for term in _profile_terms(edition, question):
        name = term.id.removeprefix(PROFILE_PREFIX)
        if "yes" in term.values and name in _sectors(edition) and (sheet.profile.get(name) == "yes" or main == name):
            return name
    return ""


def _sectors(edition: Edition) -> tuple[str, ...]:
    sector = edition.profile.get(PEER_GROUP_FIELD)
    return sector.values if sector else ()


def _profile_terms(edition: Edition, question: Question) -> Iterator[Predicate]:
    part: Node | Question | None = question
    while part is not None:
        yield from (term for term in predicates(part.asked_when) if term.id.startswith(PROFILE_PREFIX))
        part = edition.parents.get(part.id)


def _places(question: Question, sheet: AnswerSheet) -> int:
    """Return the number of places that a question asks about one by one, or 0 for other questions."""
    named = sheet.answers.get(question.places)
    return len(named) if isinstance(named, tuple) else 0


def _effort(words: int, answers: int) -> Effort:
    return Effort(1, 60 * words / WORDS_PER_MINUTE + SECONDS_PER_ANSWER * answers)


def _words(text: str) -> int:
    return len(text.split())

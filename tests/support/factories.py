"""Functions that build small editions and sheets, in a line each."""

from collections.abc import Collection, Mapping
from typing import Any

from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.conditions_and_law import Condition, Predicate
from compliance.questionnaire.edition import OVERALL, Band, Edition, Node, Option, Question
from compliance.questionnaire.places import PLACES_LADDER
from compliance.questionnaire.profile_fields import ProfileField


def one(question_id: str, *points: float, full: float | None = None, **keys: Any) -> Question:
    """Return a question with options o0, o1, … of these points (0 and 1 if none are given)."""
    points = points or (0.0, 1.0)
    options = tuple(Option(f"o{i}", float(p), f"option {i}") for i, p in enumerate(points))
    return Question(question_id, question_id, "one", options=options, full=full or max(0.0, *points), **keys)


def many(question_id: str, *points: float, full: float | None = None, **keys: Any) -> Question:
    """Return a question with options of which several can be chosen."""
    points = points or (1.0, 1.0)
    options = tuple(Option(f"o{i}", float(p), f"option {i}") for i, p in enumerate(points))
    best = sum(p for p in points if p > 0)
    return Question(question_id, question_id, "many", options=options, full=full or best, **keys)


def number(question_id: str, start: float = 0.0, end: float = 100.0, **keys: Any) -> Question:
    """Return a number question that earns points linearly from `start` to `end`."""
    return Question(question_id, question_id, "number", range=(start, end), **keys)


def places(
    question_id: str, *points: float, of: str = "countries", without: Collection[str] = (), **keys: Any
) -> Question:
    """Return a question of places whose list is the question `of`, with these points for the steps of the ladder."""
    steps = [step for step in PLACES_LADDER if step not in without]
    points = points or (0.0, 1.0, 4.0, 7.0, 9.0, 10.0)
    options = tuple(Option(step, float(p), f"option {step}") for step, p in zip(steps, points, strict=False))
    full = max(option.points for option in options)
    return Question(question_id, question_id, "places", options=options, full=full, places=of, **keys)


def countries(question_id: str = "countries", **keys: Any) -> Question:
    """Return a question about countries, which serves as a list of places."""
    return Question(question_id, question_id, "countries", evidence="none", **keys)


def node(node_id: str, *parts: Node | Question, **keys: Any) -> Node:
    """Return a node. With `expects` it is a requirement."""
    return Node(node_id, tuple(parts), **keys)


def edition(*parts: Node | Question, root: Mapping[str, Any] | None = None, **keys: Any) -> Edition:
    """Return an edition of these parts. `root`: attributes of the root node, such as `combine`."""
    tree = Node(OVERALL, tuple(parts), **(root or {}))
    return Edition(id="made", title="Made", root=tree, digest="", canonical="", **keys)


def bands(**at: float) -> tuple[Band, ...]:
    """Return bands by name and lower bound, lowest first."""
    return tuple(Band(name, bound, name) for name, bound in at.items())


def profile(**values: tuple[str, ...]) -> dict[str, ProfileField]:
    """Return profile fields by name. A field without values is a number."""
    return {name: ProfileField(name, allowed) for name, allowed in values.items()}


def when(question_id: str, *values: str) -> Condition:
    """Return the condition that a question has one of these answers."""
    return Predicate(question_id, tuple(values))


def sheet(
    company: str = "Example 1", *, about: Mapping[str, str | float] | None = None, **answers: Answer
) -> AnswerSheet:
    """Return a sheet with these answers (`__` stands for `.`), all of them with evidence."""
    given = {name.replace("__", "."): answer for name, answer in answers.items()}
    return AnswerSheet(company, about or {}, given, frozenset(given))

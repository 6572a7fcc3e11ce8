"""Editions with every rule, depth, condition and kind of question, and sheets that take every route through them."""

from collections.abc import Iterator
from random import Random

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Question
from tests.support.examples import tries
from tests.support.factories import bands, edition, many, number, one, profile, when
from tests.support.random_editions import random_answer, random_edition, random_sheet

SMALL = when("profile.size", "1-9")
STEERED = edition(
    Question("founded", "Founded", "date", evidence="none"),
    Question("sites", "Sites", "number", na="reason"),
    Question("where", "Where", "countries"),
    Question("law", "Law", "text", na="reason"),
    one("1", 0, 1, 2, asked_when=when("founded", "2026-03-31")),
    many(
        "b", 1, 2, -1, full=2, asked_when=Predicate("sites", at_least=3.0), counts_when=when("where", "KHM", "THA"),
        na="reason",
    ),
    number("c", 80, 10, clip=False, counts_when=Not(when("law", "French"))),
    number("d", 1, 9e3, log=True, asked_when=AllOf((Predicate("profile.staff", at_least=50.0), SMALL))),
    one("e", 0, 5, asked_when=when("b", "none"), na="reason"),
    number("f", asked_when=Predicate("profile.staff", ("12", "50"))),
    one("g", 0, 1, counts_when=Predicate("sites", ("7", "0.5"))),
    root={"min_coverage": 0.3},
    bands=bands(low=0, mid=40.5, high=80),
    profile=profile(size=("1-9", "10-49"), staff=()),
)  # fmt: skip


def steered_sheet(rng: Random) -> AnswerSheet:
    kinds: dict[str, list[object]] = {
        "founded": ["2026-03-31", "1999-12-31"],
        "sites": [0.5, 7.0, NotApplicable("none")],
        "where": [("KHM", "VNM"), ("FRA",), ("FRA", "THA")],
        "law": ["French", "french", NotApplicable("")],
        "b": [("o0", "o2"), ("none",), ("o1",), NotApplicable("x")],
        "e": ["o0", "o1", NotApplicable("")],
        "c": [0.0, 100.0, 45.0],
        "d": [1.0, 30.0, 5000.0],
    }
    answers = {
        question.id: rng.choice(kinds[question.id]) if question.id in kinds else random_answer(rng, question)
        for question in STEERED.questions.values()
        if rng.random() < 0.8
    }
    about: dict[str, str | float] = {}
    if rng.random() < 0.8:
        about["size"] = rng.choice(["1-9", "10-49"])
    if rng.random() < 0.8:
        about["staff"] = rng.choice([12.0, 50.0, 400.0])
    return AnswerSheet("Example", about, answers)  # type: ignore[arg-type]  # one dictionary for all kinds


def odd_sheets() -> list[tuple[Edition, AnswerSheet]]:
    """Draw editions with every rule, depth, condition and kind of question, each with a sheet."""
    drawn = []
    for seed in range(tries(45)):
        rng = Random(seed)
        made = random_edition(rng, negative=seed % 3 > 0, by_choice=seed % 4 == 3)
        drawn.append((made, random_sheet(rng, made)))
    return drawn + [(STEERED, steered_sheet(Random(seed))) for seed in range(tries(30))]


def conditions_in(condition: Condition | None) -> Iterator[Condition]:
    """Yield a condition and all conditions inside it."""
    if condition is None:
        return
    yield condition
    parts = (condition.part,) if isinstance(condition, Not) else getattr(condition, "parts", ())
    for part in parts:
        yield from conditions_in(part)


def shapes_of(made: Edition) -> set[object]:
    """Return the features of an edition that formulas depend on."""
    nodes, questions = list(made.nodes.values()), list(made.questions.values())
    conditions = [part.asked_when for part in (*nodes, *questions)] + [part.counts_when for part in questions]
    return {
        made.blank,
        *(("rule", node.combine) for node in nodes),
        *(("kind", question.kind) for question in questions),
        *(type(part) for condition in conditions for part in conditions_in(condition)),
        *(("asked only if", type(part)) for part in (*nodes, *questions) if part.asked_when),
        *(("counts only if", True) for part in questions if part.counts_when),
        *(("minimum coverage", node is made.root) for node in nodes if node.min_coverage is not None),
        *(("critical", True) for node in nodes if node.critical is not None),
        *(("prerequisite", type(part)) for part in (*nodes, *questions) if part.prerequisite),
        *(("only takes away", type(part)) for part in (*nodes, *questions) if part.only_deducts),
        *(("limit", node.max is None, node.floor) for node in nodes),
        *(("required", True) for band in made.bands if band.requires),
        *(("takes away", True) for question in questions if any(option.points < 0 for option in question.options)),
        *(("number", question.log, question.clip) for question in questions if question.range),
    }

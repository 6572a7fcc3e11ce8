"""Random editions and sheets for property tests: any depth up to 6, every rule, both kinds of condition."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.places import BOXES, NO_PLACE, PLANNED_BOX
from tests.support.factories import bands, countries, edition, many, node, number, one, places, profile

#: The question about countries that stands first, and that every question of places looks at.
LIST_OF_PLACES = "places"
#: The last three are of high need.
PLACES = ("CHL", "DEU", "DOM", "KHM", "MAR")
KINDS = ("one", "many", "number", "log", "places")
RULES = ("mean", "sum", "geometric", "min")


class _Maker:
    """Keeps what stands above, so that conditions look upward only."""

    def __init__(self, rng: Random, *, negative: bool, kinds: tuple[str, ...], by_choice: bool = False) -> None:
        self.kinds = kinds
        self.rng = rng
        self.negative = negative
        self.by_choice = by_choice  # whether some questions are; what everybody is asked never looks at one
        self.deeper: list[Question] = []
        self.above: list[Question] = []
        self.count = 0

    def condition(self, depth: int = 2) -> Condition | None:
        if not self.above or self.rng.random() < 0.65:
            return None
        return self._condition(depth)

    def _condition(self, depth: int) -> Condition:
        shape = self.rng.random()
        if depth and shape < 0.2:
            return Not(self._condition(depth - 1))
        if depth and shape < 0.45:
            kind = self.rng.choice([AllOf, AnyOf])
            return kind((self._condition(depth - 1), self._condition(depth - 1)))
        if shape < 0.6:
            return Predicate("profile.kind", (self.rng.choice(["a", "b"]),))
        question = self.rng.choice(self.above)
        if question.range is not None:
            return Predicate(question.id, at_least=self.rng.choice([20.0, 50.0]))
        if self.rng.random() < 0.2:
            return Predicate(question.id, at_least=1.0)
        ids = [o.id for o in question.options]
        return Predicate(question.id, tuple(self.rng.sample(ids, self.rng.randint(1, len(ids)))))

    def question(self, *, geometric: bool, weighted: bool) -> Question:
        self.count += 1
        rng, name = self.rng, f"q{self.count}"
        is_deeper = self.by_choice and bool(self.above) and rng.random() < 0.4
        asked_of_all, self.above = self.above, [*self.above, *self.deeper] if is_deeper else self.above
        keys: dict[str, Any] = {
            "asked_when": self.condition(),
            "counts_when": self.condition(),
            "na": rng.choice(["never", "reason"]),
            "lenses": {"gap": rng.choice(["framing", "reach"])},
        }
        self.above = asked_of_all
        if self.by_choice:
            keys["lenses"]["portion"] = "deeper" if is_deeper else "core"
        if weighted:
            keys["weight"] = rng.choice([1.0, 2.0, 0.3, 7.0])
        kind = rng.choice(self.kinds)
        low = -1.0 if self.negative and not geometric else 0.0
        if kind == "one":
            made = one(name, *rng.sample([0.0, low, 1.0, 2.0, 5.0], 3), 10.0, full=rng.choice([10.0, 6.0]), **keys)
        elif kind == "many":
            made = many(name, low, 1.0, 2.0, 3.0, full=rng.choice([6.0, 3.0]), **keys)
        elif kind == "places":
            without = rng.choice([(), ("planned",), ("dated",), ("planned", "dated")])
            points = [*sorted(rng.choices([low, 0.0, 1.0, 4.0, 7.0], k=5)), 10.0]
            made = places(name, *points[-6 + len(without) :], of=LIST_OF_PLACES, without=without, **keys)
        elif kind == "number":
            made = number(name, *rng.choice([(0.0, 100.0), (80.0, 10.0)]), **keys)
        else:
            made = number(name, 1.0, 1000.0, log=True, **keys)
        (self.deeper if is_deeper else self.above).append(made)
        return made

    def tree(
        self, depth: int, *, weighted: bool = True, geometric: bool = False, rules: tuple[str, ...] = RULES
    ) -> Node:
        self.count += 1
        rng, name = self.rng, f"n{self.count}"
        rule = rng.choice(rules)
        condition, inside = self.condition(), geometric or rule == "geometric"
        parts: list[Node | Question] = []
        for _ in range(rng.randint(1, 3)):
            if depth and rng.random() < 0.6:
                parts.append(self.tree(depth - 1, weighted=rule != "sum", geometric=inside, rules=rules))
            else:
                parts.append(self.question(geometric=inside, weighted=rule != "sum"))
        leaf = all(isinstance(part, Question) for part in parts)
        return node(
            name,
            *parts,
            title=name,
            combine=rule,
            weight=rng.choice([1.0, 3.0]) if weighted else 1.0,
            min_coverage=rng.choice([None, None, 0.5, 0.8]),
            asked_when=condition,
            expects="Something is expected." if leaf else "",
            critical=0.4 if leaf and rng.random() < 0.3 else None,
        )


def random_edition(
    rng: Random,
    *,
    blank: str | None = None,
    negative: bool = True,
    rules: tuple[str, ...] = RULES,
    kinds: tuple[str, ...] = KINDS,
    by_choice: bool = False,
) -> Edition:
    """An edition with bands 0, 40, 60, the cap `low`, a lens `gap` and a profile field `kind`.

    With `by_choice` a lens `portion` too, of which `deeper` is asked by choice.
    """
    maker = _Maker(rng, negative=negative, kinds=kinds, by_choice=by_choice)
    parts = maker.tree(rng.choice([2, 3, 3, 5]), rules=rules)
    above = node("about", countries(LIST_OF_PLACES, na=rng.choice(["never", "reason"])))
    return edition(
        above,
        *parts.parts,
        root={"combine": parts.combine, "min_coverage": parts.min_coverage},
        blank=blank or rng.choice(["zero", "drop"]),
        bands=bands(none=0.0, low=40.0, high=60.0),
        critical_cap="low",
        lenses={"gap": ("framing", "reach"), **({"portion": ("core", "deeper")} if by_choice else {})},
        by_choice={"portion": ("deeper",)} if by_choice else {},
        profile=profile(kind=("a", "b")),
    )


def random_answer(rng: Random, question: Question) -> Answer:
    """A value that the question takes."""
    if question.kind == "number":
        return rng.choice([1.0, 5.0, 20.0, 50.0, 77.7, 100.0])
    if question.kind == "countries":
        return tuple(sorted(rng.sample(PLACES, rng.randint(1, 5))))
    if question.kind == "places":
        ticked = tuple(sorted(rng.sample(PLACES, rng.randint(0, 5))))
        boxes = [box for box, step in BOXES.items() if question.option(step) and (ticked or box == PLANNED_BOX)]
        ticked += tuple(box for box in boxes if rng.random() < 0.5)
        return ticked or (NO_PLACE,)
    ids = [option.id for option in question.options]
    if question.kind == "one":
        return rng.choice(ids)
    chosen = tuple(i for i in ids if rng.random() < 0.5)
    return chosen or ("none",)


def random_sheet(
    rng: Random,
    made: Edition,
    *,
    blanks: float = 0.25,
    not_applicable: float = 0.15,
    about: Mapping[str, str | float] | None = None,
) -> AnswerSheet:
    """A sheet with blanks, N/A (some without a reason) and answers of which half have evidence."""
    answers: dict[str, Answer] = {}
    for question in made.questions.values():
        dice = rng.random()
        if dice < not_applicable and question.na == "reason":
            answers[question.id] = NotApplicable(rng.choice(["", "there is none"]))
        elif dice > not_applicable + blanks:
            answers[question.id] = random_answer(rng, question)
    evidenced = frozenset(q for q in answers if rng.random() < 0.5)
    if about is None:
        about = {} if rng.random() < 0.2 else {"kind": rng.choice(["a", "b"])}
    return AnswerSheet("Example", about, answers, evidenced)


def completed(rng: Random, made: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """The same sheet with every blank answered somehow, and the profile too."""
    answers = {q.id: sheet.answers.get(q.id, random_answer(rng, q)) for q in made.questions.values()}
    return replace(sheet, answers=answers, profile=sheet.profile or {"kind": rng.choice(["a", "b"])})

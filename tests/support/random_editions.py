"""Random editions and sheets for property tests: any depth up to 6, every rule of aggregation, both kinds of condition.

They have prerequisites, deductions, limits of nodes, and minimum standards of bands.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import ELSEWHERE, Answer, AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Band, BandCondition, Edition, Node, Question
from compliance.questionnaire.places import BOXES, NO_PLACE, PLANNED_BOX
from tests.support.factories import bands, countries, edition, many, node, number, one, places, profile

#: The question about countries, which is first, and whose answer is the list for every question of places.
LIST_OF_PLACES = "places"
#: The last three are countries of high need.
PLACES = ("CHL", "DEU", "DOM", "KHM", "MAR")
KINDS = ("one", "many", "number", "log", "places")
RULES = ("mean", "sum", "geometric", "min")

_ASPECTS = ("code", "practice", "proof")
#: Titles of documents that files have to preserve to the last character.
TITLES = ("", "Supplier code 2025", "=SUM(A1) | a, “b”; c: d", "blank:elsewhere: سياسة حماية الطفل")


class _Maker:
    """Makes the parts of an edition, and remembers questions, so that conditions only refer to earlier ones."""

    def __init__(
        self, rng: Random, *, negative: bool, limits: bool, kinds: tuple[str, ...], by_choice: bool = False
    ) -> None:
        self.kinds = kinds
        self.rng = rng
        self.negative = negative
        self.limits = limits
        self.by_choice = by_choice  # whether some questions are; conditions of the others never refer to one
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
            "lenses": {"gap": rng.choice(["framing", "reach"]), "aspect": _ASPECTS[self.count % len(_ASPECTS)]},
            "prerequisite": rng.random() < 0.08,
        }
        self.above = asked_of_all
        if self.by_choice:
            keys["lenses"]["portion"] = "deeper" if is_deeper else "core"
        if weighted and not keys["prerequisite"]:
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
        if kind in ("one", "many") and self.count % 3 == 0:  # not drawn, so that other draws do not change
            first, *others = made.options
            made = replace(made, options=(replace(first, flag=f"Something was found at {name}."), *others))
        (self.deeper if is_deeper else self.above).append(made)
        return made

    def deduction(self) -> Question:
        """Return a question that only deducts points, for a sum."""
        self.count += 1
        lenses = {"gap": self.rng.choice(["framing", "reach"]), "aspect": _ASPECTS[self.count % len(_ASPECTS)]}
        asked_when, counts_when = self.condition(), self.condition()
        make, name, na = self.rng.choice([one, many]), f"q{self.count}", self.rng.choice(["never", "reason"])
        made = make(name, 0.0, -2.0, -3.5, lenses=lenses, na=na, asked_when=asked_when, counts_when=counts_when)
        made = replace(made, full=0.0)
        self.above.append(made)
        return made

    def deductions(self) -> Node | Question:
        """Return one deduction, or a sum of deductions only."""
        if self.rng.random() < 0.5:
            return self.deduction()
        self.count += 1
        name, asked_when = f"n{self.count}", self.condition()
        return node(name, self.deduction(), self.deduction(), combine="sum", asked_when=asked_when)

    def limits_of(self, rule: str, parts: list[Node | Question]) -> dict[str, Any]:
        """Draw the maximum points of a sum, and whether the score of a node is floored at 0."""
        if not self.limits or self.by_choice:
            return {}
        full = node("made", *parts).full
        most = self.rng.choice([0.5, 0.8]) * full if rule == "sum" and full and self.rng.random() < 0.3 else None
        return {"max": most, "floor": rule != "geometric" and self.rng.random() < 0.15}

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
        # Points are only deducted from those that everybody can earn.
        deducts = rule == "sum" and self.negative and not inside and not self.by_choice
        if deducts and rng.random() < 0.3 and node("made", *parts).full:
            parts.append(self.deductions())
        leaf = all(isinstance(part, Question) for part in parts)
        prerequisite = rng.random() < 0.08
        return node(
            name,
            *parts,
            title=name,
            combine=rule,
            **self.limits_of(rule, parts),
            prerequisite=prerequisite,
            weight=rng.choice([1.0, 3.0]) if weighted and not prerequisite else 1.0,
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
    limits: bool = True,
    rules: tuple[str, ...] = RULES,
    kinds: tuple[str, ...] = KINDS,
    by_choice: bool = False,
) -> Edition:
    """Draw an edition with bands at 0, 40 and 60, the cap `low`, lenses `gap` and `aspect`, and a profile field `kind`.

    `limits`: nodes may have a `max` and a `floor`, which make a sum or a mean non-linear. With `by_choice`, the edition
    has a lens `portion`, whose part `deeper` is asked by choice, and neither limits nor deductions.
    """
    maker = _Maker(rng, negative=negative, limits=limits, kinds=kinds, by_choice=by_choice)
    parts = maker.tree(rng.choice([2, 3, 3, 5]), rules=rules)
    above = node("about", countries(LIST_OF_PLACES, na=rng.choice(["never", "reason"])))
    root = {key: getattr(parts, key) for key in ("combine", "max", "floor", "min_coverage")}
    made = edition(
        above,
        *parts.parts,
        root=root,
        blank=blank or rng.choice(["zero", "drop"]),
        bands=bands(none=0.0, low=40.0, high=60.0),
        critical_cap="low",
        lenses={"gap": ("framing", "reach"), "aspect": _ASPECTS}
        | ({"portion": ("core", "deeper")} if by_choice else {}),
        by_choice={"portion": ("deeper",)} if by_choice else {},
        profile=profile(kind=("a", "b")),
    )
    return replace(made, bands=_with_standards(rng, made))


def _with_standards(rng: Random, made: Edition) -> tuple[Band, ...]:
    """Draw minimum standards of the two upper bands, which may be none, and return the bands."""
    parts = [part for part in made.root.walk() if part is not made.root and (part.full or part.only_deducts)]

    def wanted() -> BandCondition:
        part = rng.choice(parts)
        return BandCondition(part.id, -0.5 if part.only_deducts else rng.choice([0.4, 1.0]))

    lowest, *others = made.bands
    required = [tuple(wanted() for _ in range(rng.choice([0, 0, 1, 2]) if parts else 0)) for _ in others]
    return (lowest, *(replace(band, requires=of) for band, of in zip(others, required, strict=True)))


def random_answer(rng: Random, question: Question) -> Answer:
    """Draw a valid answer to a question."""
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
    """Draw a sheet with blanks, N/A (some without a reason) and answers, about half of them with evidence."""
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
    return AnswerSheet("Example", about, answers, evidenced, words=words_on_blanks(made, answers))


def words_on_blanks(made: Edition, answers: Mapping[str, Answer]) -> dict[str, BlankWord]:
    """Return words on most blanks, each in turn that a question offers. Nothing is drawn, so that other draws stay."""
    words: dict[str, BlankWord] = {}
    for turn, question in enumerate(q for q in made.questions.values() if q.id not in answers):
        offered = ("", *offered_words(question))
        if word := offered[turn % len(offered)]:
            words[question.id] = BlankWord(word, TITLES[turn % len(TITLES)] if word == ELSEWHERE else "")
    return words


def completed(rng: Random, made: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """Return the sheet with every blank answered at random, and with a profile."""
    answers = {q.id: sheet.answers.get(q.id, random_answer(rng, q)) for q in made.questions.values()}
    return replace(sheet, answers=answers, words={}, profile=sheet.profile or {"kind": rng.choice(["a", "b"])})

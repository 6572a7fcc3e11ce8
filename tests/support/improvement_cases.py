"""Small random editions, and the least effort found by brute force over every combination of better answers."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import prod
from random import Random
from typing import Any

import numpy as np

from compliance.improvement.problem import Target
from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import predicates
from compliance.scoring.answer_columns import BLANK, FIRST_VALUE, AnswerColumn
from compliance.scoring.coded_answers import (
    CREDITED,
    UNCONFIRMED,
    Basis,
    CodedAnswers,
    code_answers,
    route_answers,
)
from compliance.scoring.compiled_edition import CompiledEdition, normalised_score
from compliance.scoring.numeric import SCORE, Floats
from compliance.scoring.score import Scores, overall_bands, score_columns
from tests.support.factories import bands, edition, many, node, number, one

MOST = 4000  # combinations; an edition with more is not tried
OFF = 1e-9


class _Maker:
    def __init__(self, rng: Random, *, steering: bool) -> None:
        self.rng, self.steering = rng, steering
        self.above: list[Question] = []
        self.numbers = 0

    def condition(self, likely: float, depth: int = 1) -> Condition | None:
        if not self.above or self.rng.random() > likely:
            return None
        shape = self.rng.random()
        if depth and shape < 0.12:
            inner = self.condition(1.0, 0)
            assert inner is not None
            return Not(inner)
        if depth and shape < 0.35:
            parts = (self.condition(1.0, 0), self.condition(1.0, 0))
            return self.rng.choice([AllOf, AnyOf])(parts)
        question = self.rng.choice(self.above)
        if question.range is not None:
            return Predicate(question.id, at_least=self.rng.choice([20.0, 50.0]))
        if self.rng.random() < 0.3:
            return Predicate(question.id, at_least=self.rng.choice([1.0, 2.0]))
        ids = [option.id for option in question.options]
        return Predicate(question.id, tuple(self.rng.sample(ids, self.rng.randint(1, 2))))

    def question(self, name: str, *, low: float) -> Question:
        rng = self.rng
        keys: dict[str, Any] = {
            "counts_when": self.condition(0.4),
            "asked_when": self.condition(0.25) if self.steering else None,
            "na": "reason",
            "weight": rng.choice([1.0, 2.0, 0.7]),
            "evidence": rng.choice(["none", "expected", "expected"]),
        }
        kind = rng.choice(["one", "one", "many", "number"])
        if kind == "number" and not self.numbers:
            self.numbers += 1
            made = number(name, *rng.choice([(0.0, 100.0), (80.0, 10.0)]), **keys)
        elif kind == "many":
            made = many(name, rng.choice([low, 0.0]), 1.0, 2.0, full=rng.choice([2.0, 3.0]), **keys)
        else:
            made = one(name, *rng.sample([0.0, low, 1.0, 2.0, 5.0], 3), 6.0, full=rng.choice([4.0, 6.0]), **keys)
        self.above.append(made)
        return made


def random_case(rng: Random, *, rules: Sequence[str] = ("mean", "sum"), blank: str = "zero") -> Edition:
    """Draw an edition of a few questions in and outside requirements, with themes, caps, efforts, gates and minima."""
    maker = _Maker(rng, steering=rng.random() < 0.35)
    geometric = "geometric" in rules
    low = rng.choice([0.0, 0.0, -1.0]) if not geometric else 0.0
    count = iter(range(99))

    def requirement() -> Node:
        parts: list[Question | Node] = [
            maker.question(f"q{next(count)}", low=low) for _ in range(rng.choice([1, 2, 2, 3]))
        ]
        if rng.random() < 0.2:
            parts.append(node(f"n{next(count)}", maker.question(f"q{next(count)}", low=low)))
        return node(
            f"r{next(count)}",
            *parts,
            combine=rng.choice(rules),
            expects="…",
            effort=rng.choice([1.0, 2.0, 3.0]),
            weight=rng.choice([1.0, 3.0]),
            critical=rng.choice([None, None, 0.4, 0.7]),
            min_coverage=rng.choice([None, None, None, 0.5]),
        )

    parts: list[Question | Node] = [requirement() for _ in range(rng.choice([1, 2, 2]))]
    if rng.random() < 0.5:
        parts = [node("t", *parts, combine=rng.choice(rules), min_coverage=rng.choice([None, 0.6]))]
    if rng.random() < 0.4:
        parts.append(maker.question("alone", low=low))
    rule = rng.choice(rules)
    return edition(
        *parts,
        root={"combine": rule, "min_coverage": rng.choice([None, None, 0.5, 0.8])},
        blank=blank,
        bands=bands(none=0.0, low=30.0, middle=rng.choice([50.0, 47.3]), high=80.0),
        critical_cap="low",
        band_at=rng.choice([0, 1, None]),
    )


def random_answers(rng: Random, made: Edition) -> AnswerSheet:
    """Draw a sheet of blanks, some N/A, low answers, and evidence for some."""
    answers: dict[str, Answer] = {}
    for question in made.questions.values():
        dice = rng.random()
        if dice < 0.1:
            answers[question.id] = NotApplicable(rng.choice(["", "there is none"]))
        elif dice < 0.7:
            answers[question.id] = _any(rng, question)
    return AnswerSheet("Example 1", {}, answers, frozenset(q for q in answers if rng.random() < 0.6))


def _any(rng: Random, question: Question) -> Answer:
    if question.range is not None:
        return rng.choice([0.0, 10.0, 35.0, 60.0])
    ids = [option.id for option in question.options]
    if question.kind == "one":
        return rng.choice(ids)
    return tuple(i for i in ids if rng.random() < 0.3) or ("none",)


# ── Brute force


def better(made: Edition, question: Question, now: Answer | None) -> list[Answer | None]:
    """Return the present answer and all that are no worse. For numbers: the ends of intervals between conditions."""
    if isinstance(now, NotApplicable):
        return [now]
    if question.range is not None:
        return [now, *_ends(made, question, now)]
    floor = -np.inf if now is None else _points(question, now)
    if question.kind == "one":
        return [now, *(o.id for o in question.options if o.points >= floor and o.id != now)]
    chosen = set(now if isinstance(now, tuple) else ()) - {"none"}
    harmful = {o.id for o in question.options if o.points < 0}
    found: list[Answer | None] = [now]
    for size in range(len(question.options) + 1):
        for ticked in combinations([o.id for o in question.options], size):
            added, gone = set(ticked) - chosen, chosen - set(ticked)
            answer = ticked or ("none",)
            if not added & harmful and gone <= harmful and answer != now:
                found.append(answer)
    return found


def _points(question: Question, answer: Answer) -> float:
    chosen = answer if isinstance(answer, tuple) else (answer,)
    return sum(o.points for o in question.options if o.id in chosen)


def _ends(made: Edition, question: Question, now: Answer | None) -> list[float]:
    assert question.range is not None
    start, end = question.range
    first = start if now is None else float(now)
    bounds = {
        t.at_least for c in _conditions(made) for t in predicates(c) if t.id == question.id and t.at_least is not None
    }
    inside = sorted(b for b in bounds if min(first, end) < b < max(first, end))
    ends = {first, end, *inside}
    step = abs(end - start) / 1000  # numbers are written in thousandths
    ends |= {near for bound in inside for near in (bound - step, bound + step) if ends_hold(near, first, end)}
    return sorted(ends, reverse=end < start)


def ends_hold(number: float, first: float, last: float) -> bool:
    """Tell whether a number lies strictly between two others, in either order."""
    return min(first, last) < number < max(first, last)


def _conditions(made: Edition) -> Iterator[Condition | None]:
    for part in made.root.walk():
        yield part.asked_when
        if isinstance(part, Question):
            yield part.counts_when


def least_by_brute_force(compiled: CompiledEdition, sheet: AnswerSheet, target: Target, basis: Basis) -> float | None:
    """Return the least effort of any combination, inf if none reaches the target, or None if there are too many."""
    made = compiled.edition
    tried = {q.id: _options(made, q, sheet, basis) for q in made.questions.values()}
    if prod(len(options) for options in tried.values()) > MOST:
        return None
    rows = np.indices([len(options) for options in tried.values()]).reshape(len(tried), -1)
    columns = _columns(made, sheet, basis, tried, rows)
    scores = score_columns(compiled, columns, route_answers(made, columns))
    before = _units(compiled, sheet, basis)
    efforts = _efforts(made, before, scores)
    reached = _reached(scores, target)
    found = float(efforts[reached].min()) if reached.any() else np.inf
    for position, question in enumerate(made.questions.values()):
        if question.range is not None and len(tried[question.id]) > 1:
            found = min(found, _between(compiled, sheet, target, basis, tried, rows, position, scores, before))
    return found


def _options(made: Edition, question: Question, sheet: AnswerSheet, basis: Basis) -> list[tuple[Answer | None, bool]]:
    """Return each possible answer, and whether it counts as shown on this basis."""
    now = sheet.answers.get(question.id)
    shown = basis == "claimed" or question.evidence == "none" or question.id in sheet.evidenced
    if isinstance(now, NotApplicable):
        return [(now, basis == "claimed" or bool(now.reason))]
    answers = better(made, question, now)
    first: list[tuple[Answer | None, bool]] = [(now, shown)]
    if not shown and now is not None:
        first.append((now, True))
    return first + [(answer, True) for answer in answers[1:]]


def _columns(
    made: Edition, sheet: AnswerSheet, basis: Basis, tried: Mapping[str, list[Any]], rows: Any
) -> CodedAnswers:
    one_row = code_answers(made, [sheet], basis)
    answers, credit = {}, {}
    for (question, options), row in zip(tried.items(), rows, strict=True):
        values = list(dict.fromkeys(a for a, _ in options if a is not None and not isinstance(a, NotApplicable)))
        codes = [
            BLANK if a is None else 1 if isinstance(a, NotApplicable) else FIRST_VALUE + values.index(a)
            for a, _ in options
        ]
        answers[question] = AnswerColumn(np.array(codes, np.uint32)[row], tuple(values))
        credit[question] = np.array([CREDITED if shown else UNCONFIRMED for _, shown in options], np.int8)[row]
    return CodedAnswers(("",) * rows.shape[1], {}, answers, credit if one_row.credit else {})


def _units(compiled: CompiledEdition, sheet: AnswerSheet, basis: Basis) -> dict[str, tuple[float, float]]:
    """Return effort and present share of each requirement, and of each question outside requirements."""
    columns = code_answers(compiled.edition, [sheet], basis)
    scores = score_columns(compiled, columns, route_answers(compiled.edition, columns))
    made = compiled.edition
    efforts = {r.id: r.effort for r in made.requirements}
    efforts |= {q.id: 1.0 for q in made.questions.values() if made.requirement_of(q.id) is None}
    shares = {unit: np.nan_to_num(scores.results[unit].value[SCORE]) for unit in efforts}
    return {unit: (effort, float(shares[unit][0])) for unit, effort in efforts.items()}


def _efforts(made: Edition, before: Mapping[str, tuple[float, float]], scores: Scores) -> Floats:
    total = np.zeros(len(scores.columns.companies))
    for unit, (effort, now) in before.items():
        total += effort * np.maximum(np.nan_to_num(scores.results[unit].value[SCORE]) - now, 0.0)
    return total


def _reached(scores: Scores, target: Target) -> Any:
    if target.band is not None:
        return overall_bands(scores).capped[SCORE] >= target.position
    return np.nan_to_num(scores.overall.score, nan=-np.inf) * scores.compiled.edition.scale >= target.points - OFF


def _between(
    compiled: CompiledEdition,
    sheet: AnswerSheet,
    target: Target,
    basis: Basis,
    tried: Mapping[str, list[Any]],
    rows: Any,
    position: int,
    scores: Scores,
    before: Mapping[str, tuple[float, float]],
) -> float:
    """Return the least effort with a number strictly between two neighbouring ends, as low as reaches the target."""
    made, name = compiled.edition, list(tried)[position]
    question, options = made.questions[name], tried[name]
    free = [k for k, (answer, shown) in enumerate(options) if shown and answer is not None]
    free = free[1:] if free and free[0] == 0 and options[0][0] is not None else free
    reached, best = _reached(scores, target), np.inf
    here = rows[position]
    place = {tuple(column): i for i, column in enumerate(rows.T)}
    for low, high in pairwise(free):
        upper = np.flatnonzero((here == high) & reached)
        if not len(upper):
            continue
        lower = np.array([place[(*rows[:position, i], low, *rows[position + 1 :, i])] for i in upper])
        start, stop = (normalised_score(question, float(options[k][0])) for k in (low, high))
        part = np.zeros(len(upper))
        for value, needed in _needs(scores, target):
            a, b = np.nan_to_num(value[lower]), np.nan_to_num(value[upper])
            with np.errstate(divide="ignore", invalid="ignore"):
                part = np.maximum(part, np.where(b > a, np.clip((needed - a) / (b - a), 0.0, 1.0), 0.0))
        assert question.range is not None
        first, last = question.range
        along = np.minimum(part + 1e-9, 1.0)
        exact = [(first + (start + a * (stop - start)) * (last - first), True) for a in along]
        now = rows[:, upper].copy()
        now[position] = len(options) + np.arange(len(upper))
        columns = _columns(made, sheet, basis, {**tried, name: [*options, *exact]}, now)
        tested = score_columns(compiled, columns, route_answers(made, columns))
        efforts = np.where(_reached(tested, target), _efforts(made, before, tested), np.inf)
        best = min(best, float(efforts.min()))
    return best


def _needs(scores: Scores, target: Target) -> Iterator[tuple[Floats, float]]:
    made = scores.compiled.edition
    yield scores.overall.value[SCORE], target.points / made.scale
    for standard in target.standards:
        if standard.part.id in scores.results:
            yield scores.results[standard.part.id].value[SCORE], standard.share - OFF

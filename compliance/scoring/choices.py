"""What could be answered instead: for every question of one sheet, the answers that are no worse than its own.

To improve is to do more, so nothing is ever lowered: an answer stays, or gives way to one of at least as many points.
What is not applicable stays so, and nothing becomes it; what is unscored, and the profile, are facts. Answers that
earn the same and mean the same to every condition are one choice.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, Value
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Option, Question, Term
from compliance.questionnaire.routing import NO, OPEN, YES, holds, points_of, terms
from compliance.scoring.columns import BELIEVED, Basis, columns_of
from compliance.scoring.plan import Plan, share

#: A number is written in steps of a thousandth of its range, or less.
FINENESS = 1000
#: How far a number keeps from a bound that does not belong to its piece, as a share of full marks: a written step.
APART = 1.0 / FINENESS
#: So many ways to tick the options of one question are tried each; of more, the plain ones.
MOST_WAYS = 1024
_DIGITS = 9  # decimals of points in which sums are the same


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer a question. Shares of full marks, while its gate is open."""

    answer: Answer | None  # None: it stays blank; of a number that runs, the least it begins at
    low: float
    high: float  # above `low` for a number, which may lie anywhere between
    truths: tuple[int, ...]  # NO, OPEN or YES of each term that looks at the question


#: The choices of each question, the first being to leave it as it is; a fact has that one alone.
Choices = Mapping[str, tuple[Choice, ...]]


def terms_on(edition: Edition) -> dict[str, tuple[Term, ...]]:
    """Every different comparison that some condition makes with each question."""
    found: dict[str, dict[Term, None]] = {}
    for part in edition.root.walk():
        conditions = [part.asked_when, part.counts_when if isinstance(part, Question) else None]
        for term in (term for condition in conditions for term in terms(condition)):
            found.setdefault(term.id, {})[term] = None
    return {question: tuple(known) for question, known in found.items()}


def are_all_known(edition: Edition) -> bool:
    """Whether the choices of every question are all there are.

    They are not where there were too many to look at each, nor where a number runs on beyond full marks.
    """
    looked = terms_on(edition)
    scored = [question for question in edition.questions.values() if question.scored]
    return all(q.clip or q.range is None for q in scored) and all(
        has_few_ways(q, looked.get(q.id, ())) for q in scored if q.kind == "many"
    )


def choices_of(plan: Plan, sheet: AnswerSheet, basis: Basis = "claimed") -> dict[str, tuple[Choice, ...]]:
    """The choices of every question, in file order. Shares are those that count on the basis.

    On `evidenced`, to show what is claimed is a choice too, and whatever is answered anew is shown.
    """
    known = terms_on(plan.edition)
    belief = columns_of(plan.edition, [sheet], basis).belief
    return {
        question.id: tuple(
            _distinct(
                _choices(
                    plan,
                    question,
                    sheet.answers.get(question.id),
                    known.get(question.id, ()),
                    shown=question.id not in belief or belief[question.id][0] == BELIEVED,
                )
            )
        )
        for question in plan.edition.questions.values()
    }


def _choices(
    plan: Plan, question: Question, now: Answer | None, looked: Sequence[Term], *, shown: bool
) -> Iterator[Choice]:
    stays = _as_it_is(plan, question, now, looked, shown=shown)
    yield stays
    if not question.scored or isinstance(now, NotApplicable):
        return
    if now is not None and not shown:
        worth = share(question, now)
        yield Choice(now, worth, worth, stays.truths)
    if question.range is not None:
        start = 0.0 if now is None else share(question, now)
        pieces = list(_numbers(question, start, looked))
        yield from pieces
        yield from _beyond(question, pieces, start, looked)
        return
    offered = _many(question, now, looked) if question.kind == "many" else _one(question, now)
    for answer in offered:
        worth = share(question, answer)
        yield Choice(answer, worth, worth, _truths(question, answer, looked))


def _as_it_is(plan: Plan, question: Question, now: Answer | None, looked: Sequence[Term], *, shown: bool) -> Choice:
    if now is None or isinstance(now, NotApplicable):
        least = plan.worth[question.id].least if question.scored else 0.0
        return Choice(now, least, least, tuple(OPEN if now is None else NO for _ in looked))
    worth = share(question, now) if question.scored else 0.0
    worth = worth if shown else min(worth, 0.0)
    return Choice(now, worth, worth, _truths(question, now, looked))


def _truths(question: Question, answer: Value, looked: Sequence[Term]) -> tuple[int, ...]:
    points = points_of(question, answer)
    return tuple(YES if holds(term, answer, points) else NO for term in looked)


def _distinct(choices: Iterator[Choice]) -> Iterator[Choice]:
    """The first of those that come to the same."""
    seen = set()
    for choice in choices:
        key = (round(choice.low, 12), round(choice.high, 12), choice.truths, choice.answer is None)
        if key not in seen:
            seen.add(key)
            yield choice


# ── Options


def _one(question: Question, now: Value | None) -> list[Value]:
    """The other options of at least as many points, the fewest first."""
    floor = -math.inf if now is None else points_of(question, now) or 0.0
    better = [option for option in question.options if option.points >= floor and option.id != now]
    return [option.id for option in sorted(better, key=lambda option: option.points)]


def _many(question: Question, now: Value | None, looked: Sequence[Term]) -> list[Value]:
    """What ticks may become: helpful ones are added, harmful ones taken away; one way for each sum that can be had.

    An option without points is added only where a condition names it.
    """
    chosen = now if isinstance(now, tuple) else ()
    named = {value for term in looked for value in term.values}
    free = [o for o in question.options if _may_turn(o, ticked=o.id in chosen, named=o.id in named)]
    turned = {option.id for option in free}
    kept = tuple(o.id for o in question.options if o.id in chosen and o.id not in turned)
    ways: dict[_Way, tuple[str, ...]] = {}

    def note(ticked: tuple[str, ...]) -> None:
        key = _way(question, ticked, looked)
        if key not in ways or _changes(ticked, chosen) < _changes(ways[key], chosen):
            ways[key] = ticked

    note(kept)
    if has_few_ways(question, looked):
        for option in free:
            for ticked in list(ways.values()):
                note((*ticked, option.id))
    else:
        for added in _plain_ways(free):
            note((*kept, *(option.id for option in added)))
    order = [option.id for option in question.options]
    ticks = sorted(ways.values(), key=lambda ticked: (points_of(question, ticked), _changes(ticked, chosen)))
    floor = -math.inf if now is None else points_of(question, now) or 0.0
    return [
        tuple(sorted(ticked, key=order.index)) or (NONE_OF_THESE,)
        for ticked in ticks
        if (points_of(question, ticked) or 0.0) >= floor
    ]


#: What ticks come to: points, the conditions that they meet, and whether nothing is ticked.
_Way: TypeAlias = tuple[float, tuple[int, ...], bool]


def _way(question: Question, ticked: tuple[str, ...], looked: Sequence[Term]) -> _Way:
    compared = any(term.at_least is not None for term in looked)  # also above full marks
    met = tuple(int(any(value in ticked for value in term.values)) for term in looked)
    points = points_of(question, ticked) or 0.0
    return round(points if compared else min(points, question.full), _DIGITS), met, not ticked


def has_few_ways(question: Question, looked: Sequence[Term]) -> bool:
    """Whether every way to tick its options can be tried: with odd points, or a gate on each, there are millions."""
    named = {value for term in looked for value in term.values}
    ways: dict[_Way, tuple[str, ...]] = {_way(question, (), looked): ()}
    for option in (o for o in question.options if o.points or o.id in named):
        for ticked in list(ways.values()):
            more = (*ticked, option.id)
            ways.setdefault(_way(question, more, looked), more)
        if len(ways) > MOST_WAYS:
            return False
    return True


def _plain_ways(free: Sequence[Option]) -> Iterator[Sequence[Option]]:
    """One option, all but one, all; and one after the other, by their points up and down."""
    rising = sorted(free, key=lambda option: abs(option.points))
    yield free
    for option in free:
        yield (option,)
        yield [other for other in free if other is not option]
    for order in (rising, rising[::-1]):
        yield from (order[:length] for length in range(2, len(order) - 1))


def _may_turn(option: Option, *, ticked: bool, named: bool) -> bool:
    if ticked:
        return option.points < 0
    return option.points > 0 or (option.points == 0 and named)


def _changes(ticked: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    return len(set(ticked) ^ set(chosen))


# ── Numbers


def number_at(question: Question, worth: float) -> float:
    """The number that earns a share of full marks."""
    assert question.range is not None
    start, end = question.range
    if question.log:
        return math.exp(math.log(start) + worth * (math.log(end) - math.log(start)))
    return start + worth * (end - start)


def written_number(question: Question, worth: float) -> float:
    """The number nearest to one that earns this share, in steps that people write, and never worth less."""
    assert question.range is not None
    start, end = question.range
    exact = number_at(question, worth)
    size = abs(exact) if question.log else abs(end - start)
    digits = -math.floor(math.log10(size / FINENESS) + 1e-9)
    steps = exact * 10.0**digits
    whole = math.ceil(steps - 1e-7) if end > start else math.floor(steps + 1e-7)
    number = round(whole / 10.0**digits, max(digits, 0))
    beyond = number > end if end > start else number < end
    return end if beyond and question.clip else number


def _numbers(question: Question, start: float, looked: Sequence[Term]) -> Iterator[Choice]:
    """From what it earns to full marks, cut where a condition may turn; open ends are kept apart from."""
    if start >= 1.0:
        return
    cuts = [start, *(cut for cut in _cuts(question, start, looked)), 1.0]
    at = [_truths(question, _exact(question, cut, looked), looked) for cut in cuts]
    between = [_truths(question, number_at(question, (a + b) / 2), looked) for a, b in pairwise(cuts)]
    for position, truths in enumerate(between):
        low = cuts[position] if at[position] == truths else cuts[position] + APART
        high = cuts[position + 1] if at[position + 1] == truths else cuts[position + 1] - APART
        if low <= high:
            yield Choice(_exact(question, low, looked), low, high, truths)
        if at[position + 1] not in between[position : position + 2]:
            yield Choice(_exact(question, high := cuts[position + 1], looked), high, high, at[position + 1])


def _beyond(question: Question, pieces: Sequence[Choice], start: float, looked: Sequence[Term]) -> Iterator[Choice]:
    """Numbers outside the range, which earn what its ends earn, where a condition tells them from the pieces inside."""
    if not question.clip:
        return
    turns = sorted({_worth(question, bound) for bound in _bounds_on(question, looked)})
    above = [turn for turn in turns if turn >= 1.0]
    below = [turn for turn in reversed(turns) if turn <= 0.0] if start <= 0.0 else []
    for end, outside, step in ((1.0, above, APART), (0.0, below, -APART)):
        known = {piece.truths for piece in pieces if end in (piece.low, piece.high)}
        for place in _places(end, outside, step):
            number = _exact(question, place, looked)
            truths = _truths(question, number, looked)
            if truths not in known:
                known.add(truths)
                yield Choice(number, end, end, truths)


def _places(end: float, turns: Sequence[float], step: float) -> Iterator[float]:
    """An end of the range, then outward every place at which a condition may turn, and one on either side of it."""
    if turns:
        yield end
        for before, turn in pairwise([end, *turns]):
            yield (before + turn) / 2
            yield turn
        yield turns[-1] + step


def _cuts(question: Question, start: float, looked: Sequence[Term]) -> list[float]:
    """The shares at which a term may turn, or below which points are taken away."""
    unclipped = {_worth(question, number) for number in _bounds_on(question, looked)} | {0.0}
    return sorted(cut for cut in unclipped if start < cut < 1.0)


def _bounds_on(question: Question, looked: Sequence[Term]) -> list[float]:
    """Every number that a condition names and that the question may hold."""
    return [number for term in looked for number in _bounds(term) if not question.log or number > 0]


def _bounds(term: Term) -> list[float]:
    return [float(value) for value in term.values] if term.at_least is None else [term.at_least]


def _worth(question: Question, number: float) -> float:
    """What a number earns, beyond its range too."""
    assert question.range is not None
    start, end = question.range
    if question.log:
        number, start, end = math.log(number), math.log(start), math.log(end)
    return (number - start) / (end - start)


def _exact(question: Question, worth: float, looked: Sequence[Term]) -> float:
    """The number of a share; the very one that a term names where that is meant."""
    named = (bound for bound in _bounds_on(question, looked) if _worth(question, bound) == worth)
    return next(named, number_at(question, worth))

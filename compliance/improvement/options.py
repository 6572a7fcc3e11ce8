"""Answer options: for every question of one sheet, the answers that are no worse than its own.

Improving means doing more, so no answer is lowered: it stays, or is replaced by one with at least as many points. Not
applicable stays, and no answer becomes not applicable. Unscored questions and the profile are facts. Proof below
DECENT_PROOF is never proposed: nobody should set up records that show little because they are cheap. Answers that earn
the same and have the same effect on every condition are one option.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from compliance.improvement.problem import AnswerOption, terms_by_question
from compliance.questionnaire.answers import Answer, AnswerSheet, AnswerValue, NotApplicable
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.edition import ASPECT_LENS, NONE_OF_THESE, Edition, Option, Question
from compliance.questionnaire.routing import (
    NO,
    OPEN,
    YES,
    counted_sheet,
    option_points,
    predicate_holds,
    with_possible_options,
)
from compliance.scoring.coded_answers import CREDITED, Basis, code_answers
from compliance.scoring.compiled_edition import CompiledEdition, normalised_score, unclipped_score
from compliance.scoring.numeric import TOLERANCE
from compliance.scoring.question_outcomes import NUMBER_STEPS, number_at

#: The distance of a number from a bound that is not part of its range, as a share of full marks: one written step.
NUMBER_STEP = 1.0 / NUMBER_STEPS
#: The most combinations of ticks of one question that are all tried. If there are more, only simple ones are.
MAX_TICK_COMBINATIONS = 1024
#: The least share of full marks for proposed proof.
DECENT_PROOF = 0.5
_PROOF = "proof"
_DIGITS = 9  # decimals of points to which sums are compared


def are_options_exhaustive(edition: Edition) -> bool:
    """Tell whether the options of every question are all that are possible.

    They are not if there were too many to try each, or if a number can exceed the range that earns full marks.
    """
    terms = terms_by_question(edition)
    scored = [question for question in edition.questions.values() if question.scored]
    return all(q.clip or q.range is None for q in scored) and all(
        has_enumerable_ticks(q, terms.get(q.id, ())) for q in scored if q.is_multiple_choice
    )


def options_of(
    compiled: CompiledEdition, sheet: AnswerSheet, basis: Basis = "claimed"
) -> dict[str, tuple[AnswerOption, ...]]:
    """Return the options of every question, in file order, with the scores that count on the basis.

    On `evidenced`, showing what is claimed is an option too, and new answers count as shown.
    """
    known, sheet = terms_by_question(compiled.edition), counted_sheet(compiled.edition, sheet)
    credit = code_answers(compiled.edition, [sheet], basis).credit
    return {
        question.id: tuple(
            _distinct(
                _question_options(
                    compiled,
                    with_possible_options(question, sheet.answers),
                    sheet.answers.get(question.id),
                    known.get(question.id, ()),
                    shown=question.id not in credit or credit[question.id][0] == CREDITED,
                )
            )
        )
        for question in compiled.edition.questions.values()
    }


def _question_options(
    compiled: CompiledEdition, question: Question, now: Answer | None, terms: Sequence[Predicate], *, shown: bool
) -> Iterator[AnswerOption]:
    stays = _unchanged(compiled, question, now, terms, shown=shown)
    yield stays
    if not question.scored or isinstance(now, NotApplicable):
        return
    if now is not None and not shown:
        normalised = normalised_score(question, now)
        yield AnswerOption(now, normalised, normalised, stays.condition_truths)
    floor = DECENT_PROOF if asks_for_proof(question) else -math.inf
    if question.range is not None:
        start = max(0.0 if now is None else normalised_score(question, now), floor)
        pieces = list(_number_options(question, start, terms))
        yield from pieces
        yield from _out_of_range_options(question, pieces, start, terms)
        return
    offered = (
        _multiple_choice_options(question, now, terms)
        if question.is_multiple_choice
        else _single_choice_options(question, now)
    )
    for answer in offered:
        normalised = normalised_score(question, answer)
        if normalised >= floor - TOLERANCE:
            yield AnswerOption(answer, normalised, normalised, _truths(question, answer, terms))


def asks_for_proof(question: Question) -> bool:
    """Tell whether a question is about proof that something is done, and can earn points."""
    return question.lenses.get(ASPECT_LENS) == _PROOF and question.scored and not question.only_deducts


def _unchanged(
    compiled: CompiledEdition, question: Question, now: Answer | None, terms: Sequence[Predicate], *, shown: bool
) -> AnswerOption:
    if now is None or isinstance(now, NotApplicable):
        least = compiled.points_ranges[question.id].least if question.scored else 0.0
        return AnswerOption(now, least, least, tuple(OPEN if now is None else NO for _ in terms))
    normalised = normalised_score(question, now) if question.scored else 0.0
    normalised = normalised if shown else min(normalised, 0.0)
    return AnswerOption(now, normalised, normalised, _truths(question, now, terms))


def _truths(question: Question, answer: AnswerValue, terms: Sequence[Predicate]) -> tuple[int, ...]:
    points = option_points(question, answer)
    return tuple(YES if predicate_holds(term, answer, points) else NO for term in terms)


def _distinct(options: Iterator[AnswerOption]) -> Iterator[AnswerOption]:
    """Yield the first of those options that have the same effect."""
    seen = set()
    for option in options:
        key = (round(option.lowest, 12), round(option.highest, 12), option.condition_truths, option.answer is None)
        if key not in seen:
            seen.add(key)
            yield option


# ── Options


def _single_choice_options(question: Question, now: AnswerValue | None) -> list[AnswerValue]:
    """Return the other options with at least as many points, the fewest first."""
    floor = -math.inf if now is None else option_points(question, now) or 0.0
    better = [option for option in question.options if option.points >= floor and option.id != now]
    return [option.id for option in sorted(better, key=lambda option: option.points)]


def _multiple_choice_options(
    question: Question, now: AnswerValue | None, terms: Sequence[Predicate]
) -> list[AnswerValue]:
    """Return the sets of ticks with at least as many points as now, the fewest points and changes first."""
    chosen = now if isinstance(now, tuple) else ()
    floor = -math.inf if now is None else option_points(question, now) or 0.0
    order = [option.id for option in question.options]

    def points(ticked: tuple[str, ...]) -> float:
        return option_points(question, ticked) or 0.0

    ticks = sorted(
        _tick_sets(question, chosen, terms), key=lambda ticked: (points(ticked), _ticks_changed(ticked, chosen))
    )
    return [tuple(sorted(ticked, key=order.index)) or (NONE_OF_THESE,) for ticked in ticks if points(ticked) >= floor]


def _tick_sets(question: Question, chosen: tuple[str, ...], terms: Sequence[Predicate]) -> Collection[tuple[str, ...]]:
    """Return the sets of ticks to try, with helpful ticks added and harmful ones removed; per outcome only the nearest.

    An option without points is added only if a condition names it. If there are too many sets to try them all, only
    simple ones are tried.
    """
    free = _free_options(question, chosen, terms)
    turned = {option.id for option in free}
    kept = tuple(o.id for o in question.options if o.id in chosen and o.id not in turned)
    nearest = {_tick_outcome(question, kept, terms): kept}

    def note(ticked: tuple[str, ...]) -> None:
        outcome = _tick_outcome(question, ticked, terms)
        known = nearest.get(outcome)
        if known is None or _ticks_changed(ticked, chosen) < _ticks_changed(known, chosen):
            nearest[outcome] = ticked

    if has_enumerable_ticks(question, terms):
        for option in free:
            for ticked in list(nearest.values()):
                note((*ticked, option.id))
    else:
        for added in _simple_tick_sets(free):
            note((*kept, *(option.id for option in added)))
    return nearest.values()


#: The outcome of ticks: points, the terms that they meet, and whether nothing is ticked.
_TickOutcome: TypeAlias = tuple[float, tuple[int, ...], bool]


def _tick_outcome(question: Question, ticked: tuple[str, ...], terms: Sequence[Predicate]) -> _TickOutcome:
    compared = any(term.at_least is not None for term in terms)  # points above full marks matter too
    met = tuple(int(any(value in ticked for value in term.values)) for term in terms)
    points = option_points(question, ticked) or 0.0
    return round(points if compared else min(points, question.full), _DIGITS), met, not ticked


def has_enumerable_ticks(question: Question, terms: Sequence[Predicate]) -> bool:
    """Tell whether all outcomes of its ticks can be listed: uneven points, or a gate for each, make millions."""
    named = {value for term in terms for value in term.values}
    ways: dict[_TickOutcome, tuple[str, ...]] = {_tick_outcome(question, (), terms): ()}
    for option in (o for o in question.options if o.points or o.id in named):
        for ticked in list(ways.values()):
            more = (*ticked, option.id)
            ways.setdefault(_tick_outcome(question, more, terms), more)
        if len(ways) > MAX_TICK_COMBINATIONS:
            return False
    return True


def _simple_tick_sets(free: Sequence[Option]) -> Iterator[Sequence[Option]]:
    """Yield all options, each alone, all but each, and the first few by points, ascending and descending."""
    rising = sorted(free, key=lambda option: abs(option.points))
    yield free
    for option in free:
        yield (option,)
        yield [other for other in free if other is not option]
    for order in (rising, rising[::-1]):
        yield from (order[:length] for length in range(2, len(order) - 1))


def _free_options(question: Question, chosen: tuple[str, ...], terms: Sequence[Predicate]) -> list[Option]:
    """Return the options whose tick may change: helpful ones without a tick, and harmful ones with one."""
    named = {value for term in terms for value in term.values}
    harmful = [o for o in question.options if o.id in chosen and o.points < 0]
    helpful = {o.id for o in question.options if o.points > 0 or (o.points == 0 and o.id in named)}
    return [o for o in question.options if o in harmful or (o.id not in chosen and o.id in helpful)]


def _ticks_changed(ticked: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    return len(set(ticked) ^ set(chosen))


def _number_options(question: Question, start: float, terms: Sequence[Predicate]) -> Iterator[AnswerOption]:
    """Yield ranges from the present score to full marks, cut where a term may change.

    A range keeps NUMBER_STEP away from a bound that is not part of it.
    """
    if start >= 1.0:
        return
    cuts = [start, *(cut for cut in _breakpoints(question, start, terms)), 1.0]
    at = [_truths(question, _number_at_score(question, cut, terms), terms) for cut in cuts]
    between = [_truths(question, number_at(question, (a + b) / 2), terms) for a, b in pairwise(cuts)]
    for position, truths in enumerate(between):
        low = cuts[position] if at[position] == truths else cuts[position] + NUMBER_STEP
        high = cuts[position + 1] if at[position + 1] == truths else cuts[position + 1] - NUMBER_STEP
        if low <= high:
            yield AnswerOption(_number_at_score(question, low, terms), low, high, truths)
        if at[position + 1] not in between[position : position + 2]:
            yield AnswerOption(
                _number_at_score(question, high := cuts[position + 1], terms), high, high, at[position + 1]
            )


def _out_of_range_options(
    question: Question, pieces: Sequence[AnswerOption], start: float, terms: Sequence[Predicate]
) -> Iterator[AnswerOption]:
    """Yield numbers outside the range, which earn as much as its ends, if a term tells them from those inside."""
    if not question.clip:
        return
    turns = sorted({unclipped_score(question, bound) for bound in _bounds_on(question, terms)})
    above = [turn for turn in turns if turn >= 1.0]
    below = [turn for turn in reversed(turns) if turn <= 0.0] if start <= 0.0 else []
    for end, outside, step in ((1.0, above, NUMBER_STEP), (0.0, below, -NUMBER_STEP)):
        known = {piece.condition_truths for piece in pieces if end in (piece.lowest, piece.highest)}
        for place in _probe_points(end, outside, step):
            number = _number_at_score(question, place, terms)
            truths = _truths(question, number, terms)
            if truths not in known:
                known.add(truths)
                yield AnswerOption(number, end, end, truths)


def _probe_points(end: float, turns: Sequence[float], step: float) -> Iterator[float]:
    """Yield an end of the range, then, outward, each place where a term may change, and one on either side of it."""
    if turns:
        yield end
        for before, turn in pairwise([end, *turns]):
            yield (before + turn) / 2
            yield turn
        yield turns[-1] + step


def _breakpoints(question: Question, start: float, terms: Sequence[Predicate]) -> list[float]:
    """Return the normalised scores at which a term may change, or below which points are taken away."""
    unclipped = {unclipped_score(question, number) for number in _bounds_on(question, terms)} | {0.0}
    return sorted(cut for cut in unclipped if start < cut < 1.0)


def _bounds_on(question: Question, terms: Sequence[Predicate]) -> list[float]:
    """Return every number that a term names and that the question may hold."""
    return [number for term in terms for number in _bounds(term) if not question.log or number > 0]


def _bounds(term: Predicate) -> list[float]:
    return [float(value) for value in term.values] if term.at_least is None else [term.at_least]


def _number_at_score(question: Question, normalised: float, terms: Sequence[Predicate]) -> float:
    """Return the number at a normalised score, or exactly the one that a term names if it has that score."""
    named = (bound for bound in _bounds_on(question, terms) if unclipped_score(question, bound) == normalised)
    return next(named, number_at(question, normalised))

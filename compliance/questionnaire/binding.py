"""Whether a provision binds a company on a day: rules from the top down, and what is not known is never guessed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.questionnaire.facts import Facts
from compliance.questionnaire.law import Instrument, Outcome, Provision, Rule
from compliance.questionnaire.routing import NO, OPEN, YES, terms, truth


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a company is told of one provision."""

    outcome: Outcome
    rule: Rule | None = None  # the rule that decided; None: facts are missing, or there are no rules
    start: date | None = None  # the day in the future from which it is so; None: it is so today
    missing: tuple[str, ...] = ()  # the questions and profile fields that would decide


def verdict(instrument: Instrument, provision: Provision, facts: Facts) -> Verdict:
    """Whether a provision that binds companies binds this one, today or from a day that is known already.

    Where it may bind today, by what is not known, that is told, and no later day. Without rules nobody worked it out:
    it may.
    """
    rules = tuple(r for r in instrument.rules if not r.provisions or provision.id in r.provisions)
    if not rules:
        return Verdict("may")
    today = _on(rules, facts, facts.day)
    if today.outcome == "may" and today.missing:
        return today
    later = (_later(rules, facts, day) for day in _turns(rules, facts.day))
    order = (today, *later)
    first = {found.outcome: found for found in reversed(order)}
    return first.get("binds") or first.get("may") or today


def in_force(rule: Rule, day: date) -> bool:
    """Whether a rule holds on a day."""
    return (rule.start is None or rule.start <= day) and (rule.end is None or day <= rule.end)


def _turns(rules: tuple[Rule, ...], today: date) -> list[date]:
    """The days after today on which a rule begins to hold, or no longer holds."""
    starts = {rule.start for rule in rules if rule.start}
    ends = {rule.end + timedelta(days=1) for rule in rules if rule.end}
    return sorted(day for day in starts | ends if day > today)


def _later(rules: tuple[Rule, ...], facts: Facts, day: date) -> Verdict:
    found = _on(rules, facts, day)
    return Verdict(found.outcome, found.rule, day, found.missing)


def _on(rules: tuple[Rule, ...], facts: Facts, day: date) -> Verdict:
    """The first rule that fits decides. If one above it may fit as well and says something else, facts are missing."""
    doubtful: list[Rule] = []
    for rule in rules:
        fits = truth(rule.when, facts.holds) if in_force(rule, day) else NO
        if fits == YES:
            if all(other.outcome == rule.outcome for other in doubtful):
                return Verdict(rule.outcome, rule)
            break
        if fits == OPEN:
            doubtful.append(rule)
    return Verdict("may", missing=tuple(dict.fromkeys(_missing(doubtful, facts))))


def _missing(doubtful: list[Rule], facts: Facts) -> Iterator[str]:
    for rule in doubtful:
        yield from (facts.asks(term) for term in terms(rule.when) if facts.holds(term) == OPEN)

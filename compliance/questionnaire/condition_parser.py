"""Parsing conditions: read as written, and checked against the questions above them and for contradictions."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Question
from compliance.questionnaire.faults import FaultCollector, did_you_mean, one_of
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.vocabulary import QUESTION_KINDS, QuestionKind, exhaustive_table
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, number_of

_CONNECTIVES = ("any", "all", "not")


@dataclass(slots=True)
class ConditionScope:
    """The ids that a condition may look at: profile fields, and the questions above it."""

    profile: Mapping[str, ProfileField] = field(default_factory=dict)
    above: dict[str, Question] = field(default_factory=dict)
    everything: Mapping[str, bool] = field(default_factory=dict)  # every id of the edition; True: a question
    here: str = ""  # the id of the part that has the condition
    doubtful: frozenset[str] = frozenset()  # profile fields with faults of their own

    def target(self, term_id: str) -> Question | ProfileField | None:
        """Return the question or profile field with that id, or None if a condition may not look at it."""
        if term_id.startswith(PROFILE_PREFIX):
            return self.profile.get(term_id.removeprefix(PROFILE_PREFIX))
        return self.above.get(term_id)

    def why_not(self, term_id: str) -> str:
        """Return the message for an id that has no target."""
        if term_id.startswith(PROFILE_PREFIX):
            fields = [PROFILE_PREFIX + name for name in self.profile]
            hint = did_you_mean(term_id, fields) or f": it has {one_of(fields)}"
            return f"the profile has no field `{term_id.removeprefix(PROFILE_PREFIX)}`{hint}"
        if term_id == self.here:
            return f"`{term_id}` cannot depend on itself: name a question above it"
        if self.everything.get(term_id):
            return f"`{term_id}` stands further down, and conditions look upward only: move it above `{self.here}`"
        if term_id in self.everything:
            return f"`{term_id}` is a theme or requirement: name one of the questions above instead"
        hint = did_you_mean(term_id, [*self.above, *(PROFILE_PREFIX + name for name in self.profile), *_CONNECTIVES])
        return f"there is no question `{term_id}` above{hint or ': name a question above, or profile.<field>'}"


def read_condition(item: YamlNode, scope: ConditionScope, faults: FaultCollector) -> Condition | None:
    """Return a condition, or None, with faults noted, if nothing of it can be read."""
    if not isinstance(item, YamlMapping) or not item.entries:
        faults.add(item, "a condition is written {id: value}, {id: [value, …]}, {id: {at_least: 3}}, any, all or not")
        return None
    parts = [part for name, value in item.entries if (part := _read_entry(name, value, scope, faults)) is not None]
    condition = parts[0] if len(parts) == 1 else AllOf(tuple(parts)) if parts else None
    if condition is not None:
        for message in contradictions(condition, scope):
            faults.add(item, message)
    return condition


def _read_entry(name: YamlScalar, value: YamlNode, scope: ConditionScope, faults: FaultCollector) -> Condition | None:
    if name.text not in _CONNECTIVES:
        return _read_predicate(name, value, scope, faults)
    if name.text == "not":
        inner = _read_inner(value, scope, faults)
        return None if inner is None else Not(inner)
    if not isinstance(value, YamlSequence) or not value.items:
        faults.add(value, f"`{name.text}` takes a list of conditions: {name.text}: [{{id: value}}, …]")
        return None
    inners = [inner for part in value.items if (inner := _read_inner(part, scope, faults)) is not None]
    if len(inners) < 2:
        return inners[0] if inners else None
    return AllOf(tuple(inners)) if name.text == "all" else AnyOf(tuple(inners))


def _read_inner(item: YamlNode, scope: ConditionScope, faults: FaultCollector) -> Condition | None:
    """Return a condition inside another. Contradictions in it are reported only for the outer condition."""
    quiet = FaultCollector()
    condition = read_condition(item, scope, quiet)
    found = set(contradictions(condition, scope)) if condition is not None else set()
    faults.faults.extend(fault for fault in quiet.faults if fault.message not in found)
    return condition


def _read_predicate(
    name: YamlScalar, value: YamlNode, scope: ConditionScope, faults: FaultCollector
) -> Condition | None:
    if name.text.startswith(PROFILE_PREFIX) and name.text.removeprefix(PROFILE_PREFIX) in scope.doubtful:
        return None
    target = scope.target(name.text)
    if target is None:
        faults.add(name, scope.why_not(name.text))
        return None
    if isinstance(value, YamlMapping):
        return _read_at_least(name.text, value, target, faults)
    items = value.items if isinstance(value, YamlSequence) else (value,)
    if not items:
        faults.add(value, f"`{name.text}: []` can never hold: name at least one value")
        return None
    values: list[str] = []
    for part in items:
        if not isinstance(part, YamlScalar):
            faults.add(part, "a value in a condition is one word or number")
            continue
        wanted, message = _wanted(target, part.text)
        if message:
            faults.add(part, f"`{name.text}`: {message}")
        elif wanted not in values:
            values.append(wanted)
    return Predicate(name.text, tuple(values)) if values else None


def _read_at_least(
    term_id: str, table: YamlMapping, target: Question | ProfileField, faults: FaultCollector
) -> Condition | None:
    unknown = [key for key, _ in table.entries if key.text != "at_least"]
    for key in unknown:
        faults.add(key, f"a comparison has no key `{key.text}`: write {{at_least: 3}}")
    value = table.get("at_least")
    if value is None:
        if not unknown:
            faults.add(table, f"`{term_id}` needs a value: write {{{term_id}: value}} or {{at_least: 3}}")
        return None
    number = number_of(value)
    if number is None:
        faults.add(value, "`at_least` takes a number")
        return None
    if not _has_number(target):
        faults.add(table, f"`{term_id}` has no number or points to compare with `at_least`: list its values instead")
        return None
    return Predicate(term_id, at_least=number)


def _has_number(target: Question | ProfileField) -> bool:
    return target.is_number if isinstance(target, ProfileField) else target.facts.is_comparable


def _wanted(target: Question | ProfileField, text: str) -> tuple[str, str]:
    """Return the value as answers are spelt, and a message if something is wrong with it."""
    if isinstance(target, ProfileField):
        return _wanted_number(text) if target.is_number else _wanted_word(target.values, text)
    return CONDITION_VALUES[target.kind](target, text)


def _wanted_option(question: Question, text: str) -> tuple[str, str]:
    ids = [option.id for option in question.options]
    return _wanted_word([*ids, NONE_OF_THESE] if question.is_multiple_choice else ids, text)


def _wanted_date(_question: Question, text: str) -> tuple[str, str]:
    return text, "" if _is_date(text) else f"`{text}` is not a date: write year-month-day"


def _wanted_text(_question: Question, text: str) -> tuple[str, str]:
    return text, "" if text.strip() else "a value must not be empty: a blank is open, never a value"


def _wanted_country(_question: Question, text: str) -> tuple[str, str]:
    known = re.fullmatch("[A-Z]{3}", text)
    return text, "" if known else f"`{text}` is not a country: write three capital letters, as in KHM"


def _wanted_word(known: Collection[str], text: str) -> tuple[str, str]:
    if text in known or not known:  # without known words: its options have faults, which are reported elsewhere
        return text, ""
    words = list(dict.fromkeys(known))
    return text, f"`{text}` is none of its values ({one_of(words)}){did_you_mean(text, words)}"


def _wanted_number(text: str) -> tuple[str, str]:
    number = number_of(YamlScalar(text, "", 0))
    return (text, f"`{text}` is not a number") if number is None else (number_text(number), "")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


#: By kind: the function that spells a condition's value as answers do, with a message if the value is wrong.
CONDITION_VALUES: Mapping[QuestionKind, Callable[[Question, str], tuple[str, str]]] = exhaustive_table(
    "questionnaire.condition_parser.CONDITION_VALUES",
    QUESTION_KINDS,
    {
        "one": _wanted_option,
        "many": _wanted_option,
        "number": lambda _question, text: _wanted_number(text),
        "date": _wanted_date,
        "text": _wanted_text,
        "countries": _wanted_country,
        "places": _wanted_option,
    },
)


def contradictions(condition: Condition, scope: ConditionScope) -> Iterable[str]:
    """Yield a message for each id of which a condition demands something impossible. No deeper proof is attempted."""
    together = list(_asked_together(condition))
    for term_id, (wanted, refused) in _by_id(together).items():
        target = scope.target(term_id)
        if wanted and target is not None and not _can_hold(target, wanted, refused):
            yield f"no answer to `{term_id}` can satisfy what is asked of it here: this can never hold"
    for part in together:
        for inner in part.parts if isinstance(part, AnyOf) else (part.part,) if isinstance(part, Not) else ():
            yield from contradictions(inner, scope)


def _by_id(parts: Iterable[Condition]) -> Mapping[str, tuple[list[Predicate], list[Predicate]]]:
    """Return the predicates that must hold and those that must not, by the id that they look at."""
    found: dict[str, tuple[list[Predicate], list[Predicate]]] = {}
    for part in parts:
        term, is_refused = (part.part, 1) if isinstance(part, Not) else (part, 0)
        if isinstance(term, Predicate):
            found.setdefault(term.id, ([], []))[is_refused].append(term)
    return found


def _asked_together(condition: Condition) -> Iterable[Condition]:
    """Yield the parts that must all hold, however they are nested."""
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _asked_together(part)
    else:
        yield condition


def _can_hold(target: Question | ProfileField, wanted: list[Predicate], refused: list[Predicate]) -> bool:
    """Tell whether one answer can be among the wanted values, reach the least number, and not be refused."""
    listed = [set(term.values) for term in wanted if term.at_least is None]
    least = max((term.at_least for term in wanted if term.at_least is not None), default=None)
    if isinstance(target, Question):
        if target.facts.has_options and not target.options:
            return True  # its options have faults, which are reported elsewhere
        if target.facts.takes_several and not target.facts.is_worked_out:
            return not target.facts.has_options or _many_can_hold(target, listed, least)
    possible = _possible_values(target, listed, refused)
    return possible is None or any(least is None or _number_of(target, value) >= least for value in possible)


def _possible_values(
    target: Question | ProfileField, listed: Sequence[set[str]], refused: Iterable[Predicate]
) -> set[str] | None:
    """Return the single values in every list that are not refused, or None if they cannot be listed."""
    possible = set.intersection(*listed) if listed else _all_values(target)
    return None if possible is None else possible - {value for term in refused for value in term.values}


def _number_of(target: Question | ProfileField, value: str) -> float:
    """Return the points of an option, or the number that a value spells."""
    option = target.option(value) if isinstance(target, Question) else None
    return float(value) if option is None else option.points


def _all_values(target: Question | ProfileField) -> set[str] | None:
    """Return every value that can be answered, or None if they cannot be listed."""
    values = target.values if isinstance(target, ProfileField) else [option.id for option in target.options]
    return set(values) or None


def _many_can_hold(question: Question, listed: list[set[str]], least: float | None) -> bool:
    if least is not None and least > sum(option.points for option in question.options if option.points > 0):
        return False
    is_none_allowed = all(NONE_OF_THESE in values for values in listed)
    return is_none_allowed or all(values - {NONE_OF_THESE} for values in listed)

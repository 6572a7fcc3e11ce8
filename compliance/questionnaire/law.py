"""Children's law: its catalogue, read from files, and whether a provision binds a company on a day.

There is one YAML file for each instrument. The objects are in `conditions_and_law`. Applicability rules are tried from
the top down against the facts known about a company, and the first that fits decides. Unknown facts are never guessed:
the result then names the questions that would decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.conditions_and_law import (
    AllOf,
    AnyOf,
    ApplicabilityOutcome,
    ApplicabilityRule,
    Condition,
    Instrument,
    Not,
    Predicate,
    Provision,
)
from compliance.questionnaire.countries import countries, country_groups
from compliance.questionnaire.edition import PEER_GROUP_FIELD, PROFILE_PREFIX, Edition
from compliance.questionnaire.edition_folder import yaml_files
from compliance.questionnaire.faults import Fault, FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.key_reader import ParsedKeys, read_keys
from compliance.questionnaire.routing import NO, OPEN, YES, evaluate_condition, names_one_country, predicates
from compliance.questionnaire.schema import COUNTRY_FACTS
from compliance.questionnaire.vocabulary import FIELD_FACTS
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, file_text, parse_yaml

#: The most customer countries that a company is asked to name, the largest. With this many, other countries are
#: unknown.
MOST_CUSTOMER_COUNTRIES = 20


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """The known facts about one company on one day: values by fact."""

    day: date
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, fact: str) -> tuple[str, ...]:
        """Return the values of a fact, or () if it is unknown."""
        return dict(self.known).get(fact, ())

    def holds(self, term: Predicate) -> int:
        """Return the truth of a predicate of law: NO, OPEN if the fact is unknown, or YES."""
        values, wanted = self.of(term.id), expand_country_groups(term.values)
        if not values:
            return OPEN
        if term.id == "works_only_in":
            return YES if wanted.issuperset(values) else NO
        if not wanted.isdisjoint(values):
            return YES
        return OPEN if term.id == "customers_in" and len(values) >= MOST_CUSTOMER_COUNTRIES else NO

    def asks(self, term: Predicate) -> str:
        """Return the question, or profile field as `profile.<field>`, that would decide a predicate."""
        return COUNTRY_FACTS.get(term.id) or PROFILE_PREFIX + term.id


def company_facts(edition: Edition, sheet: AnswerSheet, day: date) -> CompanyFacts:
    """Return the facts about a company on a day, from the profile and countries in its answer sheet."""
    known: dict[str, tuple[str, ...]] = {}
    for fact, question in COUNTRY_FACTS.items():
        answer = sheet.answers.get(question) if question in edition.questions else None
        if isinstance(answer, tuple) and (fact != "hq" or names_one_country(answer)):
            known[fact] = answer
    for fact, values in FIELD_FACTS.items():
        value = "yes" if sheet.profile.get(PEER_GROUP_FIELD) == fact else sheet.profile.get(fact)
        if value in values:
            known[fact] = (str(value),)
    return CompanyFacts(day, tuple(known.items()))


def expand_country_groups(values: tuple[str, ...]) -> frozenset[str]:
    """Return the values with every group of countries replaced by its countries."""
    groups = country_groups()
    return frozenset().union(*(groups.get(value, frozenset((value,))) for value in values))


@dataclass(frozen=True, slots=True)
class Applicability:
    """The applicability of one provision to one company."""

    outcome: ApplicabilityOutcome
    rule: ApplicabilityRule | None = None  # the rule that decided; None: facts or rules are missing
    start: date | None = None  # the future day from which this is so; None: it is so today
    missing: tuple[str, ...] = ()  # the questions and profile fields that would decide


def applicability(instrument: Instrument, provision: Provision, facts: CompanyFacts) -> Applicability:
    """Return whether a provision that binds companies binds this one, today or from a day already known.

    If missing facts decide whether it binds today, the result says so, and no later day. Without rules, it may bind.
    """
    rules = tuple(r for r in instrument.rules if not r.provisions or provision.id in r.provisions)
    if not rules:
        return Applicability("may")
    today = _applicability_on(rules, facts, facts.day)
    if today.outcome == "may" and today.missing:
        return today
    later = (_applicability_later(rules, facts, day) for day in _dates_of_change(rules, facts.day))
    order = (today, *later)
    first = {found.outcome: found for found in reversed(order)}
    return first.get("binds") or first.get("may") or today


def in_force(rule: ApplicabilityRule, day: date) -> bool:
    """Tell whether a rule is in force on a day."""
    return (rule.start is None or rule.start <= day) and (rule.end is None or day <= rule.end)


def _dates_of_change(rules: tuple[ApplicabilityRule, ...], today: date) -> list[date]:
    """Return the days after today on which a rule begins to be in force, or is so no longer."""
    starts = {rule.start for rule in rules if rule.start}
    ends = {rule.end + timedelta(days=1) for rule in rules if rule.end}
    return sorted(day for day in starts | ends if day > today)


def _applicability_later(rules: tuple[ApplicabilityRule, ...], facts: CompanyFacts, day: date) -> Applicability:
    found = _applicability_on(rules, facts, day)
    return Applicability(found.outcome, found.rule, day, found.missing)


def _applicability_on(rules: tuple[ApplicabilityRule, ...], facts: CompanyFacts, day: date) -> Applicability:
    """Return the outcome of the first rule that fits. If one above it may fit too and disagrees, facts are missing."""
    doubtful: list[ApplicabilityRule] = []
    for rule in rules:
        fits = evaluate_condition(rule.when, facts.holds) if in_force(rule, day) else NO
        if fits == YES:
            if all(other.outcome == rule.outcome for other in doubtful):
                return Applicability(rule.outcome, rule)
            break
        if fits == OPEN:
            doubtful.append(rule)
    return Applicability("may", missing=tuple(dict.fromkeys(_missing_facts(doubtful, facts))))


def _missing_facts(doubtful: list[ApplicabilityRule], facts: CompanyFacts) -> Iterator[str]:
    for rule in doubtful:
        yield from (facts.asks(term) for term in predicates(rule.when) if facts.holds(term) == OPEN)


_CONNECTIVES = ("any", "all", "not")
_WHEN_EXAMPLE = "{hq: [EU], size: [5000-up]}, any, all or not"


def read_rules(
    item: YamlNode | None, provisions: Sequence[Provision], faults: FaultCollector
) -> tuple[ApplicabilityRule, ...]:
    """Return the rules of an instrument, from the top down. Anything else is noted as a fault and left out."""
    if item is None:
        return ()
    if not isinstance(item, YamlSequence) or not item.items:
        faults.add(item, "`applies` takes a list of rules, at least one: [{id: …, verdict: binds, text: …}]")
        return ()
    binding = [provision.id for provision in provisions if provision.authority == "company"]
    if not binding:
        faults.add(item, "none of the provisions binds companies: delete `applies`, or correct their `authority`")
    rules: dict[str, ApplicabilityRule] = {}
    for part in item.items:
        found = read_keys("rule", part, faults)
        if found is None:
            continue
        rule = _rule(found, faults)
        if rule.id in rules:
            faults.add(found.at("id"), f"the rule `{rule.id}` stands twice in this law: rename one")
        for named in rule.provisions:
            if named not in binding:
                hint = did_you_mean(named, binding) or f": it has {one_of(binding)}"
                faults.add(found.at("provisions"), f"this law has no `{named}` that binds companies{hint}")
        rules[rule.id] = rule
    _check_last(item, tuple(rules.values()), faults)
    return tuple(rules.values())


def _rule(found: ParsedKeys, faults: FaultCollector) -> ApplicabilityRule:
    start, end = (date.fromisoformat(day) if (day := found.get(key)) else None for key in ("from", "until"))
    if start and end and start > end:
        faults.add(found.at("until"), f"`until` lies before `from` ({start}): correct one of them")
    outcome, group = found.get("verdict", "may"), found.get("group", False)
    if group and outcome != "not":
        faults.add(found.at("group"), "`group` belongs to `verdict: not`: delete it, or ask for the group in `text`")
    when = found.get("when")
    return ApplicabilityRule(
        id=found.get("id", ""),
        outcome=outcome,
        text=found.get("text", ""),
        when=_condition(when, faults) if when is not None else None,
        start=start,
        end=end,
        provisions=found.get("provisions", ()),
        group=group,
        source=found.get("source", ""),
        mark=found.get("mark", "M"),
    )


def _check_last(item: YamlSequence, rules: tuple[ApplicabilityRule, ...], faults: FaultCollector) -> None:
    """Note a last rule that does not fit all other companies, and rules that are never reached."""
    for rule in rules[:-1]:
        if _fits_all(rule):
            faults.add(
                item, f"the rule `{rule.id}` fits every company, so none below it is reached: move it to the end"
            )
    if rules and not _fits_all(rules[-1]):
        message = "has no `when`, `from`, `until` or `provisions`: it says what holds for every other company"
        faults.add(item, f"the last rule, `{rules[-1].id}`, must be one that {message}")


def _fits_all(rule: ApplicabilityRule) -> bool:
    return rule.when is None and rule.start is None and rule.end is None and not rule.provisions


def _condition(item: YamlNode, faults: FaultCollector) -> Condition | None:
    """Return the condition that all these facts hold, or None, with faults, if nothing of it can be read."""
    if not isinstance(item, YamlMapping) or not item.entries:
        faults.add(item, f"`when` is written {_WHEN_EXAMPLE}")
        return None
    parts = [part for name, value in item.entries if (part := _entry(name, value, faults)) is not None]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts)) if parts else None


def _entry(name: YamlScalar, value: YamlNode, faults: FaultCollector) -> Condition | None:
    if name.text not in _CONNECTIVES:
        return _predicate(name, value, faults)
    if name.text == "not":
        inner = _condition(value, faults)
        return None if inner is None else Not(inner)
    if not isinstance(value, YamlSequence) or not value.items:
        faults.add(value, f"`{name.text}` takes a list: {name.text}: [{{hq: [EU]}}, {{works_in: [EU]}}]")
        return None
    parts = tuple(inner for part in value.items if (inner := _condition(part, faults)) is not None)
    return AllOf(parts) if name.text == "all" else AnyOf(parts)


def _predicate(name: YamlScalar, value: YamlNode, faults: FaultCollector) -> Predicate | None:
    facts = [*COUNTRY_FACTS, *FIELD_FACTS]
    if name.text not in facts:
        hint = did_you_mean(name.text, [*facts, *_CONNECTIVES]) or f": it is one of {one_of(facts, 30)}"
        faults.add(name, f"nothing is known of a company under `{name.text}`{hint}")
        return None
    values: list[str] = []
    for part in value.items if isinstance(value, YamlSequence) else (value,):
        if not isinstance(part, YamlScalar):
            faults.add(part, f"each value of `{name.text}` is one word")
        elif wrong := _wrong(name.text, part.text):
            faults.add(part, f"`{name.text}`: {wrong}")
        else:
            values.append(part.text)
    if isinstance(value, YamlSequence) and not value.items:
        faults.add(value, f"`{name.text}: []` can never hold: name at least one value")
    return Predicate(name.text, tuple(values)) if values else None


def _wrong(fact: str, value: str) -> str:
    """Return what is wrong with a value of a fact, with the remedy, or "" for a valid one."""
    known = FIELD_FACTS.get(fact)
    if known is not None:
        hint = did_you_mean(value, known) or f": write one of {one_of(known)}"
        return "" if value in known else f"`{value}` is none of its values{hint}"
    if value in countries() or value in country_groups():
        return ""
    named = next((f"; did you mean {c.alpha3}, {c.name}?" for c in countries().values() if c.name == value), "")
    groups = one_of(sorted(country_groups()))
    return f"`{value}` is no country{named or f': write its three letters, as in DEU, or a group: {groups}'}"


def load_law(folder: Path) -> tuple[Instrument, ...]:
    """Return all instruments in a folder, by file name. Raise EditionFaults with every fault."""
    faults = FaultCollector()
    instruments = read_law(folder, faults)
    faults.raise_if_any()
    return instruments


def read_law(folder: Path, faults: FaultCollector) -> tuple[Instrument, ...]:
    """Return all instruments in a folder, by file name, noting faults."""
    read = ((str(path), file_text(path, faults)) for path in yaml_files(folder))
    instruments, noted = _parse_law(tuple((file, text) for file, text in read if text is not None))
    faults.faults.extend(noted)
    return instruments


@lru_cache(maxsize=4)  # most editions share one catalogue, which takes longer to parse than an edition
def _parse_law(files: tuple[tuple[str, str], ...]) -> tuple[tuple[Instrument, ...], tuple[Fault, ...]]:
    """Return the instruments in the texts of some files, and their faults."""
    known: dict[str, SourceLocation] = {}
    faults = FaultCollector()
    parsed = (_parse_instrument(file, text, known, faults) for file, text in files)
    return tuple(instrument for instrument in parsed if instrument is not None), tuple(faults.faults)


def _parse_instrument(
    file: str, text: str, known: dict[str, SourceLocation], faults: FaultCollector
) -> Instrument | None:
    item = parse_yaml(text, file, faults)
    found = read_keys("instrument", item, faults) if item is not None else None
    if found is None:
        return None
    instrument_id = found.get("id", "")
    if instrument_id and instrument_id != Path(file).stem:
        faults.add(found.at("id"), f"the file of `{instrument_id}` must be called {instrument_id}.yaml")
    title = found.get("title", instrument_id)
    provisions = _read_provisions(instrument_id, found.get("provisions"), known, faults)
    return Instrument(
        id=instrument_id,
        title=title,
        short=found.get("short", title),
        adopter=found.get("adopter", ""),
        year=found.get("year", 0),
        status=found.get("status", ""),
        as_of=found.get("as_of", ""),
        url=found.get("url", ""),
        body=found.get("body", "standards"),
        provisions=provisions,
        reach=found.get("reach", ""),
        rules=read_rules(found.get("applies"), provisions, faults),
    )


def _read_provisions(
    instrument_id: str, item: YamlNode | None, known: dict[str, SourceLocation], faults: FaultCollector
) -> tuple[Provision, ...]:
    if item is None:
        return ()
    if not isinstance(item, YamlSequence) or not item.items:
        faults.add(item, "`provisions` takes a list of provisions, at least one")
        return ()
    provisions = []
    for part in item.items:
        found = read_keys("provision", part, faults)
        if found is None:
            continue
        provision_id = found.get("id", "")
        if provision_id in known:
            first = known[provision_id]
            faults.add(part, f"the provision `{provision_id}` exists already ({first.file}:{first.line}): rename one")
        elif provision_id:
            known[provision_id] = part
        provisions.append(
            Provision(
                id=provision_id,
                instrument=instrument_id,
                provision=found.get("provision", ""),
                authority=found.get("authority", "states"),
                paraphrase=found.get("paraphrase", ""),
                mark=found.get("mark", "M-med"),
                source=found.get("source", ""),
                reach=found.get("reach", ""),
            )
        )
    return tuple(provisions)

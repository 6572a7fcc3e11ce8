"""The rules of a law file, by which it is judged whether a law binds a company: read, and held against each other."""

from collections.abc import Sequence
from datetime import date

from compliance.questionnaire.countries import countries, country_groups
from compliance.questionnaire.facts import COUNTRY_FACTS, FIELD_FACTS
from compliance.questionnaire.faults import Ledger, did_you_mean, either
from compliance.questionnaire.fields import Fields, read_fields
from compliance.questionnaire.joints import AllOf, AnyOf, Condition, Not, Term
from compliance.questionnaire.law import Provision, Rule
from compliance.questionnaire.reading import Item, Listing, Scalar, Table

_JOINTS = ("any", "all", "not")
_FORM = "{hq: [EU], size: [5000-up]}, any, all or not"


def read_rules(item: Item | None, provisions: Sequence[Provision], ledger: Ledger) -> tuple[Rule, ...]:
    """The rules of an instrument, top down; what is no rule is noted as a fault and left out."""
    if item is None:
        return ()
    if not isinstance(item, Listing) or not item.items:
        ledger.add(item, "`applies` takes a list of rules, at least one: [{id: …, verdict: binds, text: …}]")
        return ()
    binding = [provision.id for provision in provisions if provision.authority == "company"]
    if not binding:
        ledger.add(item, "none of the provisions binds companies: delete `applies`, or correct their `authority`")
    rules: dict[str, Rule] = {}
    for part in item.items:
        found = read_fields("rule", part, ledger)
        if found is None:
            continue
        rule = _rule(found, ledger)
        if rule.id in rules:
            ledger.add(found.at("id"), f"the rule `{rule.id}` stands twice in this law: rename one")
        for named in rule.provisions:
            if named not in binding:
                hint = did_you_mean(named, binding) or f": it has {either(binding)}"
                ledger.add(found.at("provisions"), f"this law has no `{named}` that binds companies{hint}")
        rules[rule.id] = rule
    _check_last(item, tuple(rules.values()), ledger)
    return tuple(rules.values())


def _rule(found: Fields, ledger: Ledger) -> Rule:
    start, end = (date.fromisoformat(day) if (day := found.get(key)) else None for key in ("from", "until"))
    if start and end and start > end:
        ledger.add(found.at("until"), f"`until` lies before `from` ({start}): correct one of them")
    outcome, group = found.get("verdict", "may"), found.get("group", False)
    if group and outcome != "not":
        ledger.add(found.at("group"), "`group` belongs to `verdict: not`: delete it, or ask for the group in `text`")
    when = found.get("when")
    return Rule(
        id=found.get("id", ""),
        outcome=outcome,
        text=found.get("text", ""),
        when=_condition(when, ledger) if when is not None else None,
        start=start,
        end=end,
        provisions=found.get("provisions", ()),
        group=group,
        source=found.get("source", ""),
        mark=found.get("mark", "M"),
    )


def _check_last(item: Listing, rules: tuple[Rule, ...], ledger: Ledger) -> None:
    """The last rule fits whatever those above it leave; what stands below such a rule would never be reached."""
    for rule in rules[:-1]:
        if _fits_all(rule):
            ledger.add(
                item, f"the rule `{rule.id}` fits every company, so none below it is reached: move it to the end"
            )
    if rules and not _fits_all(rules[-1]):
        message = "has no `when`, `from`, `until` or `provisions`: it says what holds for every other company"
        ledger.add(item, f"the last rule, `{rules[-1].id}`, must be one that {message}")


def _fits_all(rule: Rule) -> bool:
    return rule.when is None and rule.start is None and rule.end is None and not rule.provisions


def _condition(item: Item, ledger: Ledger) -> Condition | None:
    """Facts that must all hold; None, with faults, if nothing of it can be read."""
    if not isinstance(item, Table) or not item.entries:
        ledger.add(item, f"`when` is written {_FORM}")
        return None
    parts = [part for name, value in item.entries if (part := _entry(name, value, ledger)) is not None]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts)) if parts else None


def _entry(name: Scalar, value: Item, ledger: Ledger) -> Condition | None:
    if name.text not in _JOINTS:
        return _term(name, value, ledger)
    if name.text == "not":
        inner = _condition(value, ledger)
        return None if inner is None else Not(inner)
    if not isinstance(value, Listing) or not value.items:
        ledger.add(value, f"`{name.text}` takes a list: {name.text}: [{{hq: [EU]}}, {{works_in: [EU]}}]")
        return None
    parts = tuple(inner for part in value.items if (inner := _condition(part, ledger)) is not None)
    return AllOf(parts) if name.text == "all" else AnyOf(parts)


def _term(name: Scalar, value: Item, ledger: Ledger) -> Term | None:
    facts = [*COUNTRY_FACTS, *FIELD_FACTS]
    if name.text not in facts:
        hint = did_you_mean(name.text, [*facts, *_JOINTS]) or f": it is one of {either(facts, 30)}"
        ledger.add(name, f"nothing is known of a company under `{name.text}`{hint}")
        return None
    values: list[str] = []
    for part in value.items if isinstance(value, Listing) else (value,):
        if not isinstance(part, Scalar):
            ledger.add(part, f"each value of `{name.text}` is one word")
        elif wrong := _wrong(name.text, part.text):
            ledger.add(part, f"`{name.text}`: {wrong}")
        else:
            values.append(part.text)
    if isinstance(value, Listing) and not value.items:
        ledger.add(value, f"`{name.text}: []` can never hold: name at least one value")
    return Term(name.text, tuple(values)) if values else None


def _wrong(fact: str, value: str) -> str:
    """What is wrong with a value of a fact, and what would do."""
    known = FIELD_FACTS.get(fact)
    if known is not None:
        hint = did_you_mean(value, known) or f": write one of {either(known)}"
        return "" if value in known else f"`{value}` is none of its values{hint}"
    if value in countries() or value in country_groups():
        return ""
    named = next((f"; did you mean {c.alpha3}, {c.name}?" for c in countries().values() if c.name == value), "")
    groups = either(sorted(country_groups()))
    return f"`{value}` is no country{named or f': write its three letters, as in DEU, or a group: {groups}'}"

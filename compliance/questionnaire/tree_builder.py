"""The tree builder: turns parts as written into nodes and questions, and checks every rule of the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from compliance.questionnaire.condition_parser import ConditionScope, read_condition
from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.edition import (
    NODE_DEFAULTS,
    NONE_OF_THESE,
    QUESTION_DEFAULTS,
    Node,
    Option,
    Question,
)
from compliance.questionnaire.edition_folder import RawPart
from compliance.questionnaire.faults import FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.key_reader import ParsedKeys, read_keys
from compliance.questionnaire.places import OPTIONAL_STEPS, PLACES_LADDER
from compliance.questionnaire.point_rules import check_deductions, check_maximum, warn_of_shifting_sums
from compliance.questionnaire.profile_and_lenses import check_known
from compliance.questionnaire.schema import REQUIREMENT_KEYS
from compliance.questionnaire.vocabulary import AGGREGATION_RULES, KIND_FACTS, AggregationMethod, QuestionKind
from compliance.questionnaire.yaml_reader import YamlNode, YamlScalar, YamlSequence

YES_NO = (Option("yes", 1.0, "Yes"), Option("no", 0.0, "No"))


@dataclass(slots=True)
class BuildContext:
    """The edition's settings that its parts need, and what is collected while building."""

    faults: FaultCollector
    scope: ConditionScope
    lenses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()  # kinds
    option_sets: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    provisions: frozenset[str] | None = frozenset()  # None: law is not checked
    criticals: list[SourceLocation] = field(default_factory=list)
    prerequisites: list[SourceLocation] = field(default_factory=list)
    places: dict[str, SourceLocation] = field(default_factory=dict)  # by part: location of its condition


@dataclass(frozen=True, slots=True)
class InheritedSettings:
    """The settings that a part inherits from the nodes that hold it."""

    combine: AggregationMethod = NODE_DEFAULTS["combine"]
    no_deductions_under: str = ""  # the node above that forbids deductions: "geometric node `id`"
    requirement: str = ""  # id of the requirement above, if any
    lenses: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()  # kinds; (): all


def inherited_from(node_id: str, combine: AggregationMethod, inherited: InheritedSettings) -> InheritedSettings:
    """Return the settings that the parts of a node inherit: its own, and what its rule forbids."""
    if not AGGREGATION_RULES[combine].forbids_deductions:
        return replace(inherited, combine=combine)
    return replace(inherited, combine=combine, no_deductions_under=f"{combine} node `{node_id}`")


def build_part(part: RawPart, context: BuildContext, inherited: InheritedSettings) -> Node | Question | None:
    """Return the node or question written there, or None, with faults, if it is not a mapping."""
    is_question = part.parts is None
    found = read_keys("question" if is_question else "node", part.table, context.faults, context.lenses)
    if found is None:
        return None
    if found.get("prerequisite"):
        context.prerequisites.append(found.at("prerequisite"))
    if "weight" in found.places and found.get("prerequisite"):
        context.faults.add(found.at("weight"), "a `prerequisite` has no `weight`, as it earns nothing: delete one")
    elif "weight" in found.places and AGGREGATION_RULES[inherited.combine].weighs_full_marks:
        message = (
            f"`weight` has no place under `combine: {inherited.combine}`, where the maximum points weigh: delete it"
        )
        context.faults.add(found.at("weight"), message)
    lenses = {**inherited.lenses, **found.lenses}
    context.scope.here = part.id
    context.places[part.id] = found.at("asked_when" if "asked_when" in found.places else "counts_when")
    return (
        _question(found, context, inherited, lenses) if is_question else _node(part, found, context, inherited, lenses)
    )


def _condition(key: str, found: ParsedKeys, context: BuildContext) -> Condition | None:
    item = found.get(key)
    return None if item is None else read_condition(item, context.scope, context.faults)


def _node(
    part: RawPart, found: ParsedKeys, context: BuildContext, inherited: InheritedSettings, lenses: Mapping[str, str]
) -> Node:
    asked_when = _condition("asked_when", found, context)
    requirement = _check_requirement(part, found, context, inherited)
    combine: AggregationMethod = found.get("combine", NODE_DEFAULTS["combine"])
    handed_down = replace(
        inherited, requirement=requirement, lenses=lenses, documents=_documents(found, context, inherited)
    )
    inside = inherited_from(part.id, combine, handed_down)
    below = tuple(built for child in part.parts or () if (built := build_part(child, context, inside)) is not None)
    node = Node(
        id=found.get("id", part.id),
        parts=below,
        title=found.get("title", part.id),
        combine=combine,
        max=found.get("max"),
        floor=found.get("floor", NODE_DEFAULTS["floor"]),
        prerequisite=found.get("prerequisite", NODE_DEFAULTS["prerequisite"]),
        weight=found.get("weight", NODE_DEFAULTS["weight"]),
        weight_reason=found.get("weight_reason", ""),
        min_coverage=found.get("min_coverage"),
        asked_when=asked_when,
        lenses=lenses,
        expects=found.get("expects", ""),
        law=_law(found, context),
        closes=found.get("closes", ""),
        effort=found.get("effort", NODE_DEFAULTS["effort"]),
        critical=found.get("critical"),
    )
    check_maximum(node, found, context.faults)
    if node.only_deducts:
        check_deductions(node, found, context.faults, inherited.combine)
    elif node.prerequisite and not any(question.scored for question in node.questions()):
        context.faults.add(found.at("prerequisite"), f"nothing in the prerequisite `{part.id}` can be met: add options")
    if AGGREGATION_RULES[combine].weighs_full_marks:
        is_added_up = AGGREGATION_RULES[inherited.combine].weighs_full_marks
        warn_of_shifting_sums(node, context.places, context.scope, context.faults, is_added_up=is_added_up)
    return node


def _check_requirement(part: RawPart, found: ParsedKeys, context: BuildContext, inherited: InheritedSettings) -> str:
    """Return the id of the requirement that holds the parts below, which may be this node, noting faults."""
    if "expects" not in found.places:
        for key in REQUIREMENT_KEYS:
            if key in found.places:
                message = f"`{key}` belongs to a requirement: add `expects`, or move `{key}` to one"
                context.faults.add(found.at(key), message)
        return inherited.requirement
    if inherited.requirement:
        message = f"the requirement `{part.id}` stands inside the requirement `{inherited.requirement}`: put it beside"
        context.faults.add(found.at("expects"), message)
    if "critical" in found.places:
        context.criticals.append(found.at("critical"))
    return inherited.requirement or part.id or "a requirement"


def _law(found: ParsedKeys, context: BuildContext) -> tuple[str, ...]:
    ids: tuple[str, ...] = found.get("law", ())
    item = found.at("law")
    if context.provisions is not None and isinstance(item, YamlSequence):
        for part in item.items:
            if isinstance(part, YamlScalar) and part.text and part.text not in context.provisions:
                hint = did_you_mean(part.text, context.provisions) or ": add it under law/, or delete it here"
                context.faults.add(part, f"the provision `{part.text}` is not in the law catalogue{hint}")
    return ids


def _documents(found: ParsedKeys, context: BuildContext, inherited: InheritedSettings) -> tuple[str, ...]:
    """Return the kinds of document that can answer what is asked: its own, or inherited."""
    item = found.at("documents")
    kinds: tuple[str, ...] = found.get("documents", inherited.documents)
    if "documents" in found.places and isinstance(item, YamlSequence):
        if not item.items:
            context.faults.add(item, "`documents: []` is no kind of document: name one, or delete the key for all")
        check_known(item, context.documents, f"no kind of document ({one_of(context.documents)})", context.faults)
    return kinds


def _question(
    found: ParsedKeys, context: BuildContext, inherited: InheritedSettings, lenses: Mapping[str, str]
) -> Question:
    asked_when = _condition("asked_when", found, context)
    counts_when = _condition("counts_when", found, context)
    options = _options(found, context)
    ends: tuple[float, float] | None = found.get("range")
    kind: QuestionKind = found.get("kind", _implied_kind(found))
    _check_kind(kind, found, context.faults)
    _check_range(ends, found, context.faults)
    question_id = found.get("id", "")
    question = Question(
        id=question_id,
        ask=found.get("ask", question_id),
        kind=kind,
        help=found.get("help", ""),
        options=options,
        full=found.get("max", _max_points(kind, options)),
        range=ends,
        log=found.get("log", QUESTION_DEFAULTS["log"]),
        clip=found.get("clip", QUESTION_DEFAULTS["clip"]),
        unit=found.get("unit", ""),
        weight=found.get("weight", QUESTION_DEFAULTS["weight"]),
        asked_when=asked_when,
        counts_when=counts_when,
        na=found.get("na", QUESTION_DEFAULTS["na"]),
        evidence=found.get("evidence", QUESTION_DEFAULTS["evidence"]),
        prerequisite=found.get("prerequisite", QUESTION_DEFAULTS["prerequisite"]),
        lenses=lenses,
        documents=_documents(found, context, inherited),
        places=_list_of_places(kind, found, context),
        option_set=_option_set(found),
    )
    if kind == "places":
        _check_ladder(question, found, context.faults)
    if question.scored or {"options", "range"} & set(found.places):
        question = _check_scored(question, found, context, inherited)
    else:
        _check_unscored(found, context.faults)
    if question_id:
        context.scope.above.setdefault(question_id, question)
    return question


def _implied_kind(found: ParsedKeys) -> QuestionKind:
    by_key: tuple[tuple[str, QuestionKind], ...] = (("places", "places"), ("options", "one"), ("range", "number"))
    return next((kind for key, kind in by_key if key in found.places), "text")


def _list_of_places(kind: QuestionKind, found: ParsedKeys, context: BuildContext) -> str:
    """Return the id of the question that lists the company's places, or "", with a fault if one is needed."""
    named: str = found.get("places", "")
    if kind != "places":
        if "places" in found.places:
            message = f"`places` belongs to `kind: places`, not to `kind: {kind}`: delete one of them"
            context.faults.add(found.at("places"), message)
        return ""
    if "places" not in found.places:
        context.faults.add(found.place, "`kind: places` needs `places`: the id of a question of kind countries above")
        return ""
    place, listing = found.at("places"), context.scope.above.get(named)
    if listing is None:
        if named:
            context.faults.add(place, context.scope.why_not(named))
    elif listing.kind != "countries":
        message = f"`{named}` is of kind {listing.kind}, and a list of places is of kind countries: name another"
        context.faults.add(place, message)
    elif listing.scored:
        context.faults.add(place, f"`{named}` is scored, and a list of places is not: name a question without points")
    else:
        return named
    return ""


def _check_ladder(question: Question, found: ParsedKeys, faults: FaultCollector) -> None:
    """Check that options of a question of places follow the fixed ladder, and that points do not fall along it."""
    if "max" in found.places:
        message = "`max` has no place under `kind: places`, where the last option earns full marks: delete it"
        faults.add(found.at("max"), message)
    if not question.options:
        return
    if flagged := [option.id for option in question.options if option.flag]:
        message = f"nobody chooses an option of `kind: places`, so {one_of(flagged)} has no `flag`: delete it"
        faults.add(found.at("options"), message)
    ids, place = [option.id for option in question.options], found.at("options")
    if unknown := [i for i in ids if i not in PLACES_LADDER]:
        message = f"`kind: places` has no option {one_of(unknown)}: its options are {', '.join(PLACES_LADDER)}"
        faults.add(place, f"{message}; {' and '.join(OPTIONAL_STEPS)} may be left out")
    elif missing := [i for i in PLACES_LADDER if i not in (*ids, *OPTIONAL_STEPS)]:
        faults.add(place, f"`kind: places` lacks {', '.join(missing)}: none, some, most and all are always there")
    elif ids != [i for i in PLACES_LADDER if i in ids]:
        faults.add(place, f"the options of `kind: places` stand in a fixed order: {', '.join(PLACES_LADDER)}")
    else:
        for before, after in pairwise(question.options):
            if after.points < before.points:
                message = f"`{after.id}` earns less than `{before.id}` before it: raise it, as more places earn no less"
                faults.add(place, message)


def _max_points(kind: QuestionKind, options: tuple[Option, ...]) -> float:
    """Return the most points that an answer can give, at least 0; or 1 for a question without options."""
    if not options:
        return 1.0
    if KIND_FACTS[kind].is_multiple_choice:
        return sum(option.points for option in options if option.points > 0)
    return max(0.0, *(option.points for option in options))


def _check_kind(kind: QuestionKind, found: ParsedKeys, faults: FaultCollector) -> None:
    has_options, has_range = "options" in found.places, "range" in found.places
    if has_options and has_range:
        faults.add(found.at("range"), "a question has `options` or a `range`, not both: delete one")
        return
    facts = KIND_FACTS[kind]
    if has_options and not facts.has_options:
        faults.add(found.at("kind"), f"`kind: {kind}` has no `options`: write one or many, or delete them")
    if has_range and not facts.has_range:
        faults.add(found.at("kind"), f"`kind: {kind}` has no `range`: write number, or delete it")
    if facts.has_options and not has_options and not has_range:
        faults.add(found.at("kind"), f"`kind: {kind}` needs `options` to choose from")


def _check_range(ends: tuple[float, float] | None, found: ParsedKeys, faults: FaultCollector) -> None:
    logs = found.get("log", QUESTION_DEFAULTS["log"])
    if ends is None:
        if "range" not in found.places:
            for key in ("log", "clip"):
                if found.get(key, QUESTION_DEFAULTS[key]) != QUESTION_DEFAULTS[key]:
                    faults.add(found.at(key), f"`{key}` needs a `range`: add one, or delete `{key}`")
        return
    if ends[0] == ends[1]:
        faults.add(found.at("range"), "both ends of the `range` are equal: what earns 0 must differ from full marks")
    if logs and min(ends) <= 0:
        faults.add(found.at("range"), "with `log: true` both ends of the `range` must be above 0")


def _check_scored(
    question: Question, found: ParsedKeys, context: BuildContext, inherited: InheritedSettings
) -> Question:
    """Check the rules of scored questions. If no answer earns or takes points, set full marks to 1."""
    for lens, values in context.lenses.items():
        if values and lens not in question.lenses:
            message = f"`{question.id}` has no value of the lens `{lens}`: write {lens}: one of {one_of(values)}"
            context.faults.add(found.place, f"{message}, here or on a node above")
    if inherited.no_deductions_under:
        _check_no_deductions(question, found, context.faults, inherited.no_deductions_under)
    if question.is_multiple_choice:
        built_in = next((option for option in question.options if option.id == NONE_OF_THESE), None)
        if built_in is not None and built_in.points != 0:
            message = f"`{NONE_OF_THESE}` is built in with 0 points for kind many: give it 0 points, or rename it"
            context.faults.add(found.at("options"), message)
    if question.only_deducts and not question.unit_points:
        message = "no answer earns points or takes any away: give one of them points"
        context.faults.add(found.at("options"), message)
        return replace(question, full=1.0)
    if question.only_deducts:
        check_deductions(question, found, context.faults, inherited.combine)
    elif question.prerequisite and _max_points(question.kind, question.options) < question.full:
        message = f"no answer reaches the `max` of the prerequisite `{question.id}`, so it can never be met: lower it"
        context.faults.add(found.at("max"), message)
    return question


def _check_no_deductions(question: Question, found: ParsedKeys, faults: FaultCollector, node: str) -> None:
    if any(option.points < 0 for option in question.options):
        faults.add(found.at("options"), f"negative points have no place under the {node}: raise them")
    if not question.clip:
        faults.add(found.at("clip"), f"`clip: false` has no place under the {node}: delete it")


def _check_unscored(found: ParsedKeys, faults: FaultCollector) -> None:
    for key in ("counts_when", "max", "prerequisite"):
        if key in found.places:
            message = f"`{key}` has no meaning for a question without `options` or `range`: delete it"
            faults.add(found.at(key), message)


def _options(found: ParsedKeys, context: BuildContext) -> tuple[Option, ...]:
    item: YamlNode | None = found.get("options")
    if item is None:
        return ()
    if not isinstance(item, YamlScalar):
        return read_options(item, context.faults)
    known: Mapping[str, tuple[Option, ...]] = {"yes-no": YES_NO, **context.option_sets}
    if item.text not in known:
        hint = did_you_mean(item.text, known)
        context.faults.add(item, f"there is no option set `{item.text}` ({one_of(known)}){hint}")
    return known.get(item.text, ())


def _option_set(found: ParsedKeys) -> str:
    """Return the id of the option set that its options come from, or "" for none."""
    item = found.get("options")
    return item.text if isinstance(item, YamlScalar) else ""


def read_options(item: YamlNode, faults: FaultCollector) -> tuple[Option, ...]:
    """Return a list of options, each id once, noting faults."""
    if not isinstance(item, YamlSequence) or not item.items:
        faults.add(item, "`options` takes a list of {id, points, text}, at least one, or the id of an option set")
        return ()
    options: dict[str, Option] = {}
    for part in item.items:
        found = read_keys("option", part, faults)
        option_id = found.get("id", "") if found is not None else ""
        if found is None or not option_id:
            continue
        if option_id in options:
            faults.add(found.at("id"), f"the option `{option_id}` stands twice: rename one")
        points, text = found.get("points", 1.0), found.get("text", option_id)
        options.setdefault(option_id, Option(option_id, points, text, found.get("flag", "")))
    return tuple(options.values())

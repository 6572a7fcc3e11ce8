"""Profile fields, lenses and tables as an edition declares them, and what a cut keeps of another edition.

Fields and lenses have values and display texts. The short form lists only values (`size: [small, large]`). The long
form also gives texts: `size: {title: How large are you?, values: {small: Small, large: Large}}`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.questionnaire.edition_cuts import CutTheme, KeptTerms
from compliance.questionnaire.faults import FaultCollector, did_you_mean, one_of
from compliance.questionnaire.key_reader import ID_SYNTAX, read_ids, read_keys
from compliance.questionnaire.places import PlacesTable
from compliance.questionnaire.profile_fields import LabelSet, ProfileField
from compliance.questionnaire.schema import RESERVED_NAMES
from compliance.questionnaire.vocabulary import AGGREGATION_RULES
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, number_of


@dataclass(frozen=True, slots=True)
class DeclaredProfile:
    """The key `profile` of an edition, as declared."""

    fields: Mapping[str, ProfileField] = field(default_factory=dict)
    labels: Mapping[str, LabelSet] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()  # fields with faults in their values; conditions on them are not judged


@dataclass(frozen=True, slots=True)
class DeclaredLenses:
    """The key `lenses` of an edition, as declared."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, LabelSet] = field(default_factory=dict)


def read_profile(item: YamlNode | None, faults: FaultCollector) -> DeclaredProfile:
    """Return the profile fields, noting faults."""
    if item is None:
        return DeclaredProfile()
    if not isinstance(item, YamlMapping):
        faults.add(item, "`profile` takes fields with their values: {size: [small, large], people: number}")
        return DeclaredProfile()
    fields: dict[str, ProfileField] = {}
    labels: dict[str, LabelSet] = {}
    for name, written in item.entries:
        if not ID_SYNTAX.fullmatch(name.text):
            faults.add(name, f"the profile field `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
        declared = _read_long_form("field", f"profile.{name.text}", written, faults)
        if _is_number(declared.values):
            fields[name.text] = ProfileField(name.text)
        elif values := _read_values(f"profile.{name.text}", declared.values, faults, or_else=", or `number`"):
            fields[name.text] = ProfileField(name.text, values)
        if not declared.labels.is_empty:
            labels[name.text] = declared.labels
    doubtful = frozenset(name.text for name, _ in item.entries if name.text not in fields)
    return DeclaredProfile(fields, labels, doubtful)


def read_lenses(item: YamlNode | None, faults: FaultCollector) -> DeclaredLenses:
    """Return the lenses, noting faults."""
    if item is None:
        return DeclaredLenses()
    if not isinstance(item, YamlMapping):
        faults.add(item, "`lenses` takes names with their values: {gap: [framing, reach]}")
        return DeclaredLenses()
    lenses: dict[str, tuple[str, ...]] = {}
    labels: dict[str, LabelSet] = {}
    for name, written in item.entries:
        if name.text in RESERVED_NAMES:
            faults.add(name, f"`{name.text}` is a key already and cannot be a lens: rename the lens")
        elif not ID_SYNTAX.fullmatch(name.text):
            faults.add(name, f"the lens `{name.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
        else:
            declared = _read_long_form("lens", name.text, written, faults)
            lenses[name.text] = _read_values(name.text, declared.values, faults)
            if not declared.labels.is_empty:
                labels[name.text] = declared.labels
    return DeclaredLenses(lenses, labels)


@dataclass(frozen=True, slots=True)
class _Declared:
    """A profile field or lens as written: its unread values, and its texts."""

    values: YamlNode | None  # None: a fault was added already
    labels: LabelSet = field(default_factory=LabelSet)


def _read_long_form(level: Literal["field", "lens"], name: str, item: YamlNode, faults: FaultCollector) -> _Declared:
    """Return a field or lens in either form. The short form has no texts."""
    if not isinstance(item, YamlMapping):
        return _Declared(item)
    found = read_keys(level, item, faults)
    assert found is not None, "it is a mapping"
    values, notes = found.get("values"), found.get("notes")
    texts = _read_texts(name, values, faults) if isinstance(values, YamlMapping) else {}
    return _Declared(values, LabelSet(found.get("title", ""), texts, _read_notes(name, notes, values, faults)))


def _read_notes(name: str, item: YamlNode | None, values: YamlNode | None, faults: FaultCollector) -> Mapping[str, str]:
    """Return notes by value. A note for an unknown value is a fault."""
    if item is None:
        return {}
    if not isinstance(item, YamlMapping):
        faults.add(item, f"the `notes` of `{name}` take values with a sentence each: {{reach: Whom does it reach?}}")
        return {}
    listed = _as_list(values)
    known = [part.text for part in listed.items if isinstance(part, YamlScalar)] if listed else []
    for value, _ in item.entries:
        if value.text not in known:
            hint = did_you_mean(value.text, known)
            faults.add(value, f"`{value.text}` is no value of `{name}` ({one_of(known)}){hint}")
    return _read_texts(name, item, faults)


def _read_texts(name: str, item: YamlMapping, faults: FaultCollector) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for value, text in item.entries:
        if isinstance(text, YamlScalar) and text.text.strip():
            texts[value.text] = text.text.strip()
        else:
            faults.add(text, f"`{value.text}` of `{name}` takes a text; to give none, list the values: [first, second]")
    return texts


def _as_list(item: YamlNode | None) -> YamlSequence | None:
    """Return the ids of values as a list, with or without texts, or None for anything else."""
    if isinstance(item, YamlMapping):
        return YamlSequence(tuple(name for name, _ in item.entries), item.file, item.line)
    return item if isinstance(item, YamlSequence) else None


def _is_number(item: YamlNode | None) -> bool:
    return isinstance(item, YamlScalar) and item.text == "number"


def _read_values(name: str, item: YamlNode | None, faults: FaultCollector, or_else: str = "") -> tuple[str, ...]:
    """Return the ids of the values. `or_else`: what the key takes instead of values, for messages."""
    if item is None:
        return ()
    listed = _as_list(item)
    if listed is not None and not listed.items:
        faults.add(item, f"`{name}` has no values: list at least one{or_else}")
        return ()
    if listed is None and or_else:
        faults.add(item, f"`{name}` takes a list of values{or_else}")
        return ()
    return read_ids(name, listed or item, faults) or ()


def read_documents(item: YamlNode | None, faults: FaultCollector) -> Mapping[str, str]:
    """Return the kinds of document by id, each with its title or "", noting faults."""
    listed = _as_list(item)
    if item is None or listed is None or not listed.items:
        if item is not None:
            faults.add(item, "`documents` takes kinds of document with their titles: {supplier-code: A supplier code}")
        return {}
    kinds = read_ids("documents", listed, faults) or ()
    for part in listed.items:
        if isinstance(part, YamlScalar) and part.text in kinds and not ID_SYNTAX.fullmatch(part.text):
            faults.add(part, f"the kind `{part.text}` must be of lower-case letters, digits, `.`, `-`, `_`")
    titles = _read_texts("documents", item, faults) if isinstance(item, YamlMapping) else {}
    return {kind: titles.get(kind, "") for kind in kinds}


def read_tables(item: YamlNode | None, root: Node, faults: FaultCollector) -> tuple[PlacesTable, ...]:
    """Return the tables of an edition with this tree, noting faults."""
    if item is None:
        return ()
    if not isinstance(item, YamlSequence):
        faults.add(item, "`tables` takes a list of {id, title, text, columns}")
        return ()
    questions = {question.id: question for question in root.questions()}
    tables: list[PlacesTable] = []
    taken: dict[str, str] = {}  # by question: the table that has it as a column
    for part in item.items:
        found = read_keys("table", part, faults)
        if found is None or not {"id", "columns"} <= set(found.values):
            continue
        table_id = found.get("id")
        if any(table_id == other.id for other in tables):
            faults.add(found.at("id"), f"the table `{table_id}` stands twice: rename one")
        columns = _read_columns(table_id, found.get("columns"), questions, taken, faults)
        tables.append(PlacesTable(table_id, found.get("title", table_id), found.get("text", ""), columns))
    return tuple(tables)


def _read_columns(
    table: str, item: YamlNode, questions: Mapping[str, Question], taken: dict[str, str], faults: FaultCollector
) -> Mapping[str, str]:
    """Return the columns of a table with headings: questions of places with the same list, each in only one table."""
    if not isinstance(item, YamlMapping):
        faults.add(item, "`columns` takes questions of places with a short heading each: {tried: Number tried}")
        return {}
    if len(item.entries) < 2:
        faults.add(item, f"the table `{table}` has fewer than two columns: add another question, or delete the table")
    of_places = [question.id for question in questions.values() if question.places]
    remedy = f": name questions of places ({one_of(of_places)})" if of_places else ": delete the table"
    lists = [questions[name.text].places for name, _ in item.entries if name.text in of_places]
    for name, heading in item.entries:
        if name.text not in questions:
            faults.add(name, f"there is no question `{name.text}`{did_you_mean(name.text, of_places) or remedy}")
        elif name.text not in of_places:
            faults.add(name, f"`{name.text}` is no question of places, so that it has no boxes by country{remedy}")
        elif questions[name.text].places != lists[0]:
            looks = f"`{name.text}` looks at the list `{questions[name.text].places}`, the first column at `{lists[0]}`"
            faults.add(name, f"{looks}: put it into another table, or delete it")
        elif name.text in taken:
            faults.add(name, f"`{name.text}` is a column of `{taken[name.text]}` too: delete it in one table")
        taken.setdefault(name.text, table)
        if not (isinstance(heading, YamlScalar) and heading.text.strip()):
            faults.add(
                heading, f"the column `{name.text}` needs a heading of a few words: {{{name.text}: Number tried}}"
            )
    written = ((name.text, heading) for name, heading in item.entries if isinstance(heading, YamlScalar))
    return {question: heading.text.strip() for question, heading in written}


def read_by_choice(
    item: YamlNode | None, lenses: Mapping[str, tuple[str, ...]], faults: FaultCollector
) -> Mapping[str, tuple[str, ...]]:
    """Return the lens values that are asked by choice, noting faults."""
    if item is None:
        return {}
    if not isinstance(item, YamlMapping) or not item.entries:
        faults.add(item, "`by_choice` takes lenses with the values that are asked by choice: {portion: deeper}")
        return {}
    return {name.text: read for name, value in item.entries if (read := _lens_values(name, value, lenses, faults))}


def _lens_values(
    name: YamlScalar,
    value: YamlNode,
    lenses: Mapping[str, tuple[str, ...]],
    faults: FaultCollector,
    or_else: Collection[str] = (),
) -> tuple[str, ...]:
    """Return one or more values of a lens. `or_else`: names allowed instead of a lens, for messages."""
    if name.text not in lenses:
        known = [*lenses, *or_else]
        hint = did_you_mean(name.text, known) or f": name {one_of(known)}"
        faults.add(name, f"there is no lens `{name.text}`{hint}")
        return ()
    words = _one_or_more(name, value, faults)
    check_known(value, lenses[name.text], f"no value of the lens `{name.text}` ({one_of(lenses[name.text])})", faults)
    return tuple(word for word in words if word in lenses[name.text])


def _one_or_more(name: YamlScalar, value: YamlNode, faults: FaultCollector) -> tuple[str, ...]:
    listed = YamlSequence((value,), value.file, value.line) if isinstance(value, YamlScalar) else value
    words = read_ids(name.text, listed, faults)
    if words == ():
        faults.add(value, f"`{name.text}: []` is nothing: name at least one")
    return words or ()


#: The key that `keep` takes beside lenses.
_REQUIREMENTS = "requirements"


def read_kept(item: YamlNode | None, edition: Edition, faults: FaultCollector) -> KeptTerms:
    """Return what a cut of an edition keeps, noting faults."""
    if not isinstance(item, YamlMapping) or not item.entries:
        if item is not None:
            faults.add(item, "`keep` takes lenses with the values that are kept, or requirements: {aspect: code}")
        return KeptTerms()
    lenses: dict[str, tuple[str, ...]] = {}
    requirements: tuple[str, ...] = ()
    for name, value in item.entries:
        if name.text == _REQUIREMENTS:
            requirements = _one_or_more(name, value, faults)
            known = [node.id for node in edition.requirements]
            check_known(value, known, f"no requirement of `{edition.id}`", faults)
        else:
            lenses[name.text] = _lens_values(name, value, edition.lenses, faults, (_REQUIREMENTS,))
    return KeptTerms(lenses, requirements)


def check_known(item: YamlNode, known: Collection[str], not_there: str, faults: FaultCollector) -> None:
    """Note each unknown word in a list, or a single unknown word."""
    for part in item.items if isinstance(item, YamlSequence) else (item,):
        if isinstance(part, YamlScalar) and part.text not in known:
            hint = did_you_mean(part.text, known) or ": delete it"
            faults.add(part, f"`{part.text}` is {not_there}{hint}")


def read_weights(item: YamlNode | None, edition: Edition, cut: Edition, faults: FaultCollector) -> Mapping[str, float]:
    """Return the weights that a cut gives to the parts it keeps of an edition, noting faults."""
    if item is None:
        return {}
    if not isinstance(item, YamlMapping):
        faults.add(item, "`weights` takes ids of nodes or questions with their weights: {reach: 10}")
        return {}
    weights: dict[str, float] = {}
    kept, there = ({part.id for part in each.root.walk()} - {OVERALL} for each in (cut, edition))
    for name, value in item.entries:
        weight = number_of(value) if isinstance(value, YamlScalar) else None
        if name.text in there - kept:
            faults.add(name, f"`{name.text}` is not kept, so that it has no weight here: delete it, or keep it")
        elif name.text not in kept:
            hint = did_you_mean(name.text, sorted(kept)) or ": delete it"
            faults.add(name, f"`{edition.id}` has no node or question `{name.text}`{hint}")
        elif AGGREGATION_RULES[cut.parents[name.text].combine].weighs_full_marks:
            above = f"`combine: {cut.parents[name.text].combine}`"
            faults.add(name, f"`{name.text}` has no weight under {above}, where the maximum points weigh: delete it")
        elif weight is None or weight <= 0:
            faults.add(value, f"the weight of `{name.text}` is a number above 0")
        else:
            weights[name.text] = weight
    return weights


def read_themes(item: YamlNode | None, cut: Edition, faults: FaultCollector) -> tuple[CutTheme, ...]:
    """Return the themes that a cut has instead of those of the other edition, or () if it has none of its own.

    Every kept requirement must be in one of them. Faults are noted.
    """
    if item is None:
        return ()
    if not isinstance(item, YamlSequence):
        faults.add(item, "`themes` takes a list of {id, title, weight, requirements}")
        return ()
    titles = {node.id: node.title for node in cut.requirements}
    taken = set(cut.questions) | set(titles) | {OVERALL}
    themes: list[CutTheme] = []
    for part in item.items:
        found = read_keys("theme", part, faults)
        if found is None or not {"id", "requirements"} <= set(found.values):
            continue
        theme_id, named = found.get("id"), found.get("requirements")
        if theme_id in taken:
            faults.add(found.at("id"), f"`{theme_id}` is there already: give the theme another id")
        for requirement in named:
            if requirement not in titles:
                hint = did_you_mean(requirement, sorted(titles)) or ": delete it"
                faults.add(found.at("requirements"), f"`{requirement}` is no requirement that is kept{hint}")
            elif any(requirement in other.requirements for other in themes) or named.count(requirement) > 1:
                faults.add(found.at("requirements"), f"`{requirement}` stands in two themes: delete it in one")
        taken.add(theme_id)
        weight, reason = found.get("weight", 1.0), found.get("weight_reason", "")
        themes.append(CutTheme(theme_id, found.get("title", theme_id), weight, reason, tuple(named)))
    placed = {requirement for theme in themes for requirement in theme.requirements}
    for requirement in titles.keys() - placed if themes else ():
        faults.add(item, f"`{requirement}` is kept and stands in no theme: put it into one")
    return tuple(themes)


def read_criticals(item: YamlNode | None, cut: Edition, faults: FaultCollector) -> Mapping[str, float] | None:
    """Return the critical requirements of a cut with their shares, or None if they are those of the other edition."""
    if item is None:
        return None
    if not isinstance(item, YamlMapping):
        faults.add(item, "`critical` takes requirements with their shares: {r1: 0.4}")
        return None
    kept, shares = [node.id for node in cut.requirements], dict[str, float]()
    for name, value in item.entries:
        share = number_of(value) if isinstance(value, YamlScalar) else None
        if name.text not in kept:
            hint = did_you_mean(name.text, kept) or ": delete it"
            faults.add(name, f"`{name.text}` is no requirement that is kept{hint}")
        elif share is None or not 0 < share <= 1:
            faults.add(value, f"the critical share of `{name.text}` is a number above 0, and 1 at most")
        else:
            shares[name.text] = share
    return shares

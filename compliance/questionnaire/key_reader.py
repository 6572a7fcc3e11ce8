"""The key reader: reads the keys of one YAML mapping, each value in the type that `schema` gives it, noting faults."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from compliance.questionnaire.faults import FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.schema import (
    EDITION_ONLY_KEYS,
    FORMAT_KEYS,
    FORMAT_LEVELS,
    NODE_ONLY_KEYS,
    QUESTION_ONLY_KEYS,
    FormatKey,
    FormatLevel,
)
from compliance.questionnaire.yaml_reader import (
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    is_number_text,
    number_of,
)

ID_SYNTAX = re.compile(r"[a-z0-9._-]+", re.ASCII)

_LEVEL_NAMES: Mapping[FormatLevel, str] = {
    "edition": "an edition",
    "cut": "a cut",
    "theme": "a theme of a cut",
    "field": "a profile field",
    "lens": "a lens",
    "table": "a table",
    "node": "a theme or requirement",
    "question": "a question",
    "option": "an option",
    "band": "a band",
    "instrument": "a law file",
    "provision": "a provision",
    "rule": "a rule",
    "crosswalk": "a crosswalk",
    "point": "a point",
}

_SYNONYMS_OF_PARTS = {"parts": ("questions", "children", "items", "sections", "themes", "requirements", "indicators")}
_SYNONYMS_OF_NODES = {
    **_SYNONYMS_OF_PARTS,
    "title": ("name", "label", "text", "heading"),
    "combine": ("aggregation", "aggregate", "method", "rule"),
}
_SYNONYMS_OF_CONDITIONS = {
    "asked_when": ("when", "if", "condition", "show_if", "visible_if", "relevant", "depends_on"),
    "weight": ("weighting", "importance"),
}
#: By level and key, the words that people write instead of the key.
_SYNONYMS: Mapping[FormatLevel, Mapping[str, tuple[str, ...]]] = {
    "edition": {**_SYNONYMS_OF_NODES, "bands": ("levels", "grades", "ratings")},
    "node": {
        **_SYNONYMS_OF_NODES,
        **_SYNONYMS_OF_CONDITIONS,
        "expects": ("expectation", "requirement"),
        "law": ("laws", "provisions", "articles"),
        "prerequisite": ("mandatory", "required", "must"),
        "closes": ("remedy", "advice", "recommendation"),
    },
    "question": {
        **_SYNONYMS_OF_PARTS,  # what has no `parts` is read as a question
        **_SYNONYMS_OF_CONDITIONS,
        "ask": ("question", "text", "title", "label", "prompt", "wording"),
        "help": ("hint", "note", "description", "guidance"),
        "kind": ("type",),
        "options": ("choices", "answers", "values"),
        "max": ("maximum", "points", "full_marks"),
        "counts_when": ("gate", "scored_when"),
        "prerequisite": ("mandatory", "required", "must"),
    },
    "option": {
        "id": ("name", "key", "code"),
        "points": ("value", "score", "marks", "weight"),
        "text": ("label", "title", "answer"),
    },
    "table": {
        "title": ("name", "label", "heading", "caption"),
        "text": ("intro", "introduction", "help", "hint"),
        "columns": ("questions", "fields"),
    },
    "cut": {"cut_of": ("from", "of", "parent", "edition"), "keep": ("only", "select", "kept", "include")},
    "band": {
        "requires": ("minimum_standards", "standards", "needs", "require"),
        "from": ("at", "min", "minimum", "lower", "start"),
        "title": ("name", "label", "text"),
    },
}
#: By level, the key that such a word means.
MEANT_KEYS: Mapping[FormatLevel, Mapping[str, str]] = {
    level: {word: key for key, words in _SYNONYMS.get(level, {}).items() for word in words} for level in FORMAT_LEVELS
}


@dataclass(slots=True)
class ParsedKeys:
    """The keys of one mapping: the valid values by key, and the location of each key."""

    place: SourceLocation
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, SourceLocation] = field(default_factory=dict)  # of every key written, valid or not
    lenses: dict[str, str] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, or the default."""
        return self.values.get(key, default)

    def at(self, key: str) -> SourceLocation:
        """Return the location of a key's value, or of the mapping if it lacks the key."""
        return self.places.get(key, self.place)


def read_keys(
    level: FormatLevel, item: YamlNode, faults: FaultCollector, lenses: Mapping[str, tuple[str, ...]] | None = None
) -> ParsedKeys | None:
    """Return the keys of a mapping at that level, or None, with a fault, for anything else.

    Unknown keys, missing keys and wrong values are noted as faults.
    """
    if not isinstance(item, YamlMapping):
        first = FORMAT_KEYS[level][0].name
        faults.add(item, f"{_LEVEL_NAMES[level]} is written as keys with values, beginning with `{first}: …`")
        return None
    known = {key.name: key for key in FORMAT_KEYS[level]}
    found = ParsedKeys(item)
    for name, value in item.entries:
        if name.text in known:
            found.places[name.text] = value
            if (read := read_value(known[name.text], value, faults)) is not None:
                found.values[name.text] = read
        elif lenses and name.text in lenses:
            _read_lens(name.text, value, lenses[name.text], found, faults)
        else:
            faults.add(name, _unknown_key(level, name.text, [*known, *(lenses or ())]))
    for key in known.values():
        if key.required and key.name not in found.places:
            faults.add(item, f"{_LEVEL_NAMES[level]} needs `{key.name}`: {key.meaning}")
    return found


def _read_lens(lens: str, item: YamlNode, values: tuple[str, ...], found: ParsedKeys, faults: FaultCollector) -> None:
    found.places[lens] = item
    if not isinstance(item, YamlScalar):
        faults.add(item, f"`{lens}` takes one value: {one_of(values)}")
        return
    found.lenses[lens] = item.text
    if values and item.text not in values:
        hint = did_you_mean(item.text, values)
        faults.add(item, f"`{item.text}` is no value of the lens `{lens}` ({one_of(values)}){hint}")


def _unknown_key(level: FormatLevel, name: str, known: list[str]) -> str:
    if level in ("node", "edition") and name in QUESTION_ONLY_KEYS:
        return (
            f"`{name}` belongs to a question, not to {_LEVEL_NAMES[level]}: move it to one of the `parts`, or delete it"
        )
    if level == "cut" and name in EDITION_ONLY_KEYS:
        return f"a cut takes `{name}` from the edition that it is a cut of: delete it"
    if level == "question" and name in NODE_ONLY_KEYS:
        return f"`{name}` belongs to a node, and a question has no `parts`: move it up, or delete it"
    or_lens = ", or declare it under `lenses` if it is a lens" if level in ("node", "question") else ""
    meant = MEANT_KEYS[level].get(name.lower().replace("-", "_"))
    hint = f"; did you mean `{meant}`?" if meant else did_you_mean(name, known) or f": delete it{or_lens}"
    return f"{_LEVEL_NAMES[level]} has no key `{name}`{hint}"


def read_value(key: FormatKey, item: YamlNode, faults: FaultCollector) -> Any:
    """Return a value in the type of its key, or None with a fault. Types that are read elsewhere stay YAML nodes."""
    if key.type == "ids":
        return read_ids(key.name, item, faults)
    if key.type == "two numbers":
        return _two_numbers(key.name, item, faults)
    reader = _READERS.get(key.type)
    if reader is None:
        return item
    if not isinstance(item, YamlScalar):
        faults.add(item, f"`{key.name}` takes {_wanted(key)}, not a list or keys")
        return None
    value = reader(key, item)
    if value is None:
        faults.add(item, _refusal(key, item))
    return value


def _refusal(key: FormatKey, item: YamlScalar) -> str:
    """Return the message for a value that its key does not take."""
    shown = f'"{item.text}"' if item.quoted else f"`{item.text}`" if item.text else "nothing"
    if key.choice_noun:
        return f"{shown} is no {key.choice_noun}: use {_or_list(key.choices)}"
    quotes = ", without quotes" if item.quoted and key.type != "id" and _plain_would_do(key, item) else ""
    hint = did_you_mean(item.text, key.choices) or _out_of_range(item)
    return f"`{key.name}` takes {_wanted(key)}{quotes}, not {shown}{hint}"


def _out_of_range(item: YamlScalar) -> str:
    is_excessive = number_of(item) is None and not item.quoted and is_number_text(item.text)
    return ": too large or too small to be reckoned with" if is_excessive else ""


def read_ids(name: str, item: YamlNode, faults: FaultCollector) -> tuple[str, ...] | None:
    """Return a list of words, none twice, or None with a fault."""
    if not isinstance(item, YamlSequence):
        faults.add(item, f"`{name}` takes a list: [first, second]")
        return None
    words: dict[str, None] = {}
    for part in item.items:
        if not isinstance(part, YamlScalar) or not part.text or part.text != part.text.strip():
            faults.add(part, f"each value of `{name}` is one word or text, without blanks around it")
        elif part.text in words:
            faults.add(part, f"`{part.text}` stands twice in `{name}`: keep one")
        else:
            words[part.text] = None
    return tuple(words)


def _two_numbers(name: str, item: YamlNode, faults: FaultCollector) -> tuple[float, float] | None:
    numbers = [number_of(part) for part in item.items] if isinstance(item, YamlSequence) else []
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        faults.add(item, f"`{name}` takes two numbers, what earns 0 and what earns full marks: [0, 100]")
        return None
    return numbers[0], numbers[1]


def _wanted(key: FormatKey) -> str:
    words = {
        "id": "an id of lower-case letters, digits, `.`, `-`, `_`",
        "text": "a text",
        "number": "a number",
        "number > 0": "a number above 0",
        "share": "a share from 0 to 1",
        "true or false": "true or false",
        "decimals": "a whole number from 0 to 9",
        "decimals or exact": "a whole number from 0 to 9, or exact",
        "year": "a year of four digits",
        "date": "a day as year-month-day",
        "choice": f"one of {one_of(key.choices)}",
    }
    return words[key.type]


def _or_list(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]])


def _plain_would_do(key: FormatKey, item: YamlScalar) -> bool:
    return _READERS[key.type](key, YamlScalar(item.text, item.file, item.line)) is not None


def _id(_key: FormatKey, item: YamlScalar) -> str | None:
    return item.text if ID_SYNTAX.fullmatch(item.text) else None


def _text(key: FormatKey, item: YamlScalar) -> str | None:
    blank_allowed = item.quoted and not key.required and key.name not in ("expects", "title", "ask")
    return item.text.strip() if item.text.strip() or blank_allowed else None


def _number(_key: FormatKey, item: YamlScalar) -> float | None:
    return number_of(item)


def _positive(_key: FormatKey, item: YamlScalar) -> float | None:
    number = number_of(item)
    return number if number is not None and number > 0 else None


def _share(_key: FormatKey, item: YamlScalar) -> float | None:
    number = number_of(item)
    return number if number is not None and 0 <= number <= 1 else None


def _flag(_key: FormatKey, item: YamlScalar) -> bool | None:
    return None if item.quoted else {"true": True, "false": False}.get(item.text)


def _decimals(_key: FormatKey, item: YamlScalar) -> int | None:
    return int(item.text) if not item.quoted and re.fullmatch("[0-9]", item.text) else None


def _decimals_or_exact(key: FormatKey, item: YamlScalar) -> int | str | None:
    return "exact" if item.text == "exact" else _decimals(key, item)


def _year(_key: FormatKey, item: YamlScalar) -> int | None:
    return int(item.text) if not item.quoted and re.fullmatch("[1-9][0-9]{3}", item.text) else None


def _date(_key: FormatKey, item: YamlScalar) -> str | None:
    try:
        return date.fromisoformat(item.text).isoformat()
    except ValueError:
        return None


def _choice(key: FormatKey, item: YamlScalar) -> str | None:
    return item.text if item.text in key.choices else None


_READERS: Mapping[str, Callable[[FormatKey, YamlScalar], Any]] = {
    "id": _id,
    "text": _text,
    "number": _number,
    "number > 0": _positive,
    "share": _share,
    "true or false": _flag,
    "decimals": _decimals,
    "decimals or exact": _decimals_or_exact,
    "year": _year,
    "date": _date,
    "choice": _choice,
}

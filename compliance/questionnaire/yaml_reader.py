"""The YAML reader: nodes with line numbers, every scalar as its text.

Nothing is interpreted: `no` is "no", `012` is "012", a date is its text. PyYAML is used only for its events, so
anchors, tags, repeated keys and depth are checked before anything is built, and no input causes recursion.
"""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from compliance.questionnaire.edition import LARGEST_NUMBER, SMALLEST_NUMBER
from compliance.questionnaire.faults import Fault, FaultCollector

MOST_BYTES = 8_000_000  # thirty times the largest known edition
MOST_DEPTH = 100  # brackets within brackets, in one file

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Control characters, and line ends that YAML, CSV and Excel treat differently. No text may contain them.
UNSAFE_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """One word, number or text, as written."""

    text: str
    file: str
    line: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class YamlSequence:
    """A list."""

    items: "tuple[YamlNode, ...]"
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """Keys with their values. Each key occurs once."""

    entries: "tuple[tuple[YamlScalar, YamlNode], ...]"
    file: str
    line: int

    def get(self, key: str) -> "YamlNode | None":
        """Return the value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


YamlNode: TypeAlias = YamlScalar | YamlSequence | YamlMapping


def read_yaml(path: Path, faults: FaultCollector) -> YamlNode | None:
    """Return the content of a file, or None, with a fault, if it cannot be read at all."""
    text = file_text(path, faults)
    if text is None:
        return None
    if sound := _parsed_if_sound(text, str(path)):
        return sound
    return parse_yaml(text, str(path), faults)


@lru_cache(maxsize=256)
def _parsed_if_sound(text: str, file: str) -> YamlNode | None:
    """Return the content of a file without faults, cached: cuts read another edition, and all editions read the law."""
    faults = FaultCollector()
    node = parse_yaml(text, file, faults)
    return None if faults.faults or faults.warnings else node


def parse_yaml(text: str, file: str, faults: FaultCollector) -> YamlNode | None:
    """Return the content of a YAML text, or None, with a fault, if it is broken."""
    if unsafe := UNSAFE_CHARACTERS.search(text):
        line = text.count("\n", 0, unsafe.start()) + 1
        faults.add_at(file, line, f"the character {unsafe[0]!r} does not belong in a text: delete it")
        return None
    builder = _NodeBuilder(file, faults)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.YAMLError as error:
        faults.faults.append(_broken(error, file))
        return None
    if builder.root is None:
        faults.add_at(file, 0, "the file is empty: write its keys, or delete it")
    return builder.root


def parse_json(text: str, file: str) -> YamlNode:
    """Return the content of a JSON text written by `canonical_json`, in the same form as YAML."""
    return _from_json(json.loads(text, parse_int=_JsonNumber, parse_float=_JsonNumber), file)


def _broken(error: yaml.YAMLError, file: str) -> Fault:
    """Return the fault where a text stops being YAML. Anything unclosed is reported where it begins."""
    problem = getattr(error, "problem", None) or "it cannot be read"
    there, begins = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, first = (mark.line + 1 if mark else 0 for mark in (there, begins))
    if first and "end of stream" in problem:
        line, problem = first, "what begins here never ends"
    elif first and first != line:
        problem += f" in what begins on line {first}"
    return Fault(file, line, f"broken YAML: {problem}; check indentation, quotes, colons and brackets")


class _JsonNumber(str):
    """A number of a JSON text, as written."""

    __slots__ = ()


def _from_json(value: Any, file: str) -> YamlNode:
    if isinstance(value, dict):
        return YamlMapping(
            tuple((YamlScalar(key, file, 0, True), _from_json(v, file)) for key, v in value.items()), file, 0
        )
    if isinstance(value, list):
        return YamlSequence(tuple(_from_json(v, file) for v in value), file, 0)
    if isinstance(value, bool):
        return YamlScalar(str(value).lower(), file, 0)
    return YamlScalar(str(value), file, 0, quoted=not isinstance(value, _JsonNumber))


def file_text(path: Path, faults: FaultCollector) -> str | None:
    """Return the text of a file, or None with a fault."""
    file = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            message = f"larger than {MOST_BYTES // 1_000_000} MB: split it into files listed under `parts`"
            faults.add_at(file, 0, message)
            return None
        content = path.read_bytes()
    except OSError as error:
        faults.add_at(file, 0, f"cannot be read: {error.strerror or error}")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add_at(file, line, "not UTF-8: save the file with the encoding UTF-8")
        return None


@dataclass(slots=True)
class _OpenCollection:
    """A list or mapping that has not ended yet."""

    line: int
    is_table: bool
    items: list[YamlNode] = field(default_factory=list)
    entries: list[tuple[YamlScalar, YamlNode]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # where each key was first written
    key: YamlScalar | None = None
    drop_value: bool = False


class _NodeBuilder:
    """Builds nodes from events, without recursion."""

    def __init__(self, file: str, faults: FaultCollector) -> None:
        self.file, self.faults = file, faults
        self.root: YamlNode | None = None
        self.open: list[_OpenCollection] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Process one event. Return False if the rest of the file should not be read."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._fault(line, "a second document begins with `---`: keep one document a file")
                return False
        elif isinstance(event, yaml.AliasEvent):
            self._fault(line, f"the alias `*{event.anchor}` is not allowed: write the text out, or use an option set")
            self._place(None)
        elif isinstance(event, yaml.NodeEvent):
            self._check_marks(event, line)
            return self._start(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        return True

    def _fault(self, line: int, message: str) -> None:
        self.faults.add_at(self.file, line, message)

    def _check_marks(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._fault(line, f"the anchor `&{event.anchor}` is not allowed: delete it, and write texts out")
        if event.tag is not None:
            self._fault(line, f"the tag `{event.tag}` is not allowed: delete it, types follow from the key")

    def _start(self, event: Any, line: int) -> bool:
        if isinstance(event, yaml.ScalarEvent):
            if unsafe := UNSAFE_CHARACTERS.search(event.value):
                self._fault(line, f"the character {unsafe[0]!r} does not belong in a text: delete it")
            self._place(YamlScalar(event.value, self.file, line, quoted=bool(event.style)))
            return True
        if len(self.open) >= MOST_DEPTH:
            self._fault(line, f"nested more than {MOST_DEPTH} levels deep: move inner parts into files of their own")
            return False
        self.open.append(_OpenCollection(line, isinstance(event, yaml.MappingStartEvent)))
        return True

    def _end(self) -> None:
        done = self.open.pop()
        if done.is_table:
            self._place(YamlMapping(tuple(done.entries), self.file, done.line))
        else:
            self._place(YamlSequence(tuple(done.items), self.file, done.line))

    def _place(self, item: YamlNode | None) -> None:
        """Add a finished item to the open collection. None is an unusable item, which is left out."""
        if not self.open:
            self.root = item
            return
        into = self.open[-1]
        if not into.is_table:
            into.items.extend(() if item is None else (item,))
        elif into.key is None:
            into.key, into.drop_value = self._as_key(item, into.lines)
        else:
            if item is not None and not into.drop_value:
                into.entries.append((into.key, item))
            into.key = None

    def _as_key(self, item: YamlNode | None, lines: dict[str, int]) -> tuple[YamlScalar, bool]:
        """Return the item as a key, and whether its value is left out."""
        if item is None:
            return YamlScalar("", self.file, 0), True
        if not isinstance(item, YamlScalar) or not item.text:
            self._fault(item.line, "a key must be a word: write `key: value`")
            return YamlScalar("", self.file, item.line), True
        if item.text in lines:
            first = lines[item.text]
            self._fault(item.line, f"the key `{item.text}` is written twice (first on line {first}): keep one")
            return item, True
        lines[item.text] = item.line
        return item, False


_NUMBER_SYNTAX = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


def number_of(item: YamlNode) -> float | None:
    """Return the number written there, or None. Quoted digits and `012` are not numbers."""
    if not isinstance(item, YamlScalar) or item.quoted or not is_number_text(item.text):
        return None
    number = float(item.text)
    return number if number == 0 or SMALLEST_NUMBER <= abs(number) <= LARGEST_NUMBER else None


def is_number_text(text: str) -> bool:
    """Tell whether a text is spelt as a number, of any size."""
    return bool(_NUMBER_SYNTAX.fullmatch(text)) and any(c.isdigit() for c in re.split("[eE]", text)[0])

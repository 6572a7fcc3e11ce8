"""YAML as text with line numbers. Nothing is guessed: `no` is "no", `012` is "012", a date is its text.

PyYAML is used for its events only, so that anchors, tags, equal keys and depth
are seen before anything is built, and no input makes it recurse.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from compliance.questionnaire.faults import Fault, Ledger

MOST_BYTES = 8_000_000  # thirty times the largest edition we know
MOST_DEPTH = 100  # brackets within brackets, in one file

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Control characters, and the line ends that YAML, CSV and Excel do not agree on: no text may have them.
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text as it was written."""

    text: str
    file: str
    line: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: "tuple[Item, ...]"
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with their values, each key once."""

    entries: "tuple[tuple[Scalar, Item], ...]"
    file: str
    line: int

    def get(self, key: str) -> "Item | None":
        """The value of a key, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


Item: TypeAlias = Scalar | Listing | Table


def read_yaml(path: Path, ledger: Ledger) -> Item | None:
    """The content of a file; None, with a fault noted, if it cannot be read at all."""
    text = _file_text(path, ledger)
    return None if text is None else parse_yaml(text, str(path), ledger)


def parse_yaml(text: str, file: str, ledger: Ledger) -> Item | None:
    """The content of a YAML text; None, with a fault noted, if it is broken."""
    if unsafe := UNSAFE.search(text):
        line = text.count("\n", 0, unsafe.start()) + 1
        ledger.faults.append(Fault(file, line, f"the character {unsafe[0]!r} does not belong in a text: delete it"))
        return None
    builder = _Builder(file, ledger)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.YAMLError as error:
        ledger.faults.append(_broken(error, file))
        return None
    if builder.root is None:
        ledger.faults.append(Fault(file, 0, "the file is empty: write its keys, or delete it"))
    return builder.root


def parse_json(text: str, file: str) -> Item:
    """The content of a JSON text that was written by `canonical_json`, in the same shape as YAML."""
    return _from_json(json.loads(text, parse_int=_Number, parse_float=_Number), file)


def _broken(error: yaml.YAMLError, file: str) -> Fault:
    """Where a text stops being YAML; what never ends is shown where it begins."""
    problem = getattr(error, "problem", None) or "it cannot be read"
    there, begins = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    line, first = (mark.line + 1 if mark else 0 for mark in (there, begins))
    if first and "end of stream" in problem:
        line, problem = first, "what begins here never ends"
    elif first and first != line:
        problem += f" in what begins on line {first}"
    return Fault(file, line, f"broken YAML: {problem}; check indentation, quotes, colons and brackets")


class _Number(str):
    """A number of a JSON text as it was written."""

    __slots__ = ()


def _from_json(value: Any, file: str) -> Item:
    if isinstance(value, dict):
        return Table(tuple((Scalar(key, file, 0, True), _from_json(v, file)) for key, v in value.items()), file, 0)
    if isinstance(value, list):
        return Listing(tuple(_from_json(v, file) for v in value), file, 0)
    if isinstance(value, bool):
        return Scalar(str(value).lower(), file, 0)
    return Scalar(str(value), file, 0, quoted=not isinstance(value, _Number))


def _file_text(path: Path, ledger: Ledger) -> str | None:
    """The text of a file, or None with a fault."""
    file = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            message = f"larger than {MOST_BYTES // 1_000_000} MB: split it into files listed under `parts`"
            ledger.faults.append(Fault(file, 0, message))
            return None
        content = path.read_bytes()
    except OSError as error:
        ledger.faults.append(Fault(file, 0, f"cannot be read: {error.strerror or error}"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        ledger.faults.append(Fault(file, line, "not UTF-8: save the file with the encoding UTF-8"))
        return None


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    line: int
    is_table: bool
    items: list[Item] = field(default_factory=list)
    entries: list[tuple[Scalar, Item]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # where each key was first written
    key: Scalar | None = None
    drop_value: bool = False


class _Builder:
    """Puts events together, without recursion."""

    def __init__(self, file: str, ledger: Ledger) -> None:
        self.file, self.ledger = file, ledger
        self.root: Item | None = None
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Use one event; False if the rest of the file is not worth reading."""
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
        self.ledger.faults.append(Fault(self.file, line, message))

    def _check_marks(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._fault(line, f"the anchor `&{event.anchor}` is not allowed: delete it, and write texts out")
        if event.tag is not None:
            self._fault(line, f"the tag `{event.tag}` is not allowed: delete it, types follow from the key")

    def _start(self, event: Any, line: int) -> bool:
        if isinstance(event, yaml.ScalarEvent):
            if unsafe := UNSAFE.search(event.value):
                self._fault(line, f"the character {unsafe[0]!r} does not belong in a text: delete it")
            self._place(Scalar(event.value, self.file, line, quoted=bool(event.style)))
            return True
        if len(self.open) >= MOST_DEPTH:
            self._fault(line, f"nested more than {MOST_DEPTH} levels deep: move inner parts into files of their own")
            return False
        self.open.append(_Open(line, isinstance(event, yaml.MappingStartEvent)))
        return True

    def _end(self) -> None:
        done = self.open.pop()
        if done.is_table:
            self._place(Table(tuple(done.entries), self.file, done.line))
        else:
            self._place(Listing(tuple(done.items), self.file, done.line))

    def _place(self, item: Item | None) -> None:
        """Put a finished item where it belongs; None is what cannot be used, and is left out."""
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

    def _as_key(self, item: Item | None, lines: dict[str, int]) -> tuple[Scalar, bool]:
        """The item as a key, and whether its value is to be left out."""
        if item is None:
            return Scalar("", self.file, 0), True
        if not isinstance(item, Scalar) or not item.text:
            self._fault(item.line, "a key must be a word: write `key: value`")
            return Scalar("", self.file, item.line), True
        if item.text in lines:
            first = lines[item.text]
            self._fault(item.line, f"the key `{item.text}` is written twice (first on line {first}): keep one")
            return item, True
        lines[item.text] = item.line
        return item, False

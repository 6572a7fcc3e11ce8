"""The expressions of a form, read: XPath as XLSForms write it, with `${name}` for the answer to a question.

Only what a condition could say is understood; anything else is Unreadable, with the reason.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

MOST_LETTERS = 20_000
MOST_DEPTH = 60  # brackets within brackets

_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})  # as pyxform reads them
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<reference>\$\{\s*[^{}\s]+\s*\})|(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>!=|<=|>=|[=<>()\[\],+*/|.@:-]))"
)
_SIGNS = ("=", "!=", "<", "<=", ">", ">=")


class Unreadable(ValueError):
    """An expression that is not understood. The message says what in it is not."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The answer to a question, by the name that the form has for it."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number as it is written."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and the sign between them."""

    left: "Expression"
    sign: str
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function and what it is given."""

    name: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Joined:
    """Expressions that must all hold (`and`), or one of them (`or`)."""

    joint: str
    parts: "tuple[Expression, ...]"


Expression: TypeAlias = Reference | Literal | Comparison | Call | Joined


def read_expression(text: str) -> Expression:
    """The expression that a cell has. Raise Unreadable."""
    if len(text) > MOST_LETTERS:
        raise Unreadable(f"it has more than {MOST_LETTERS} letters")
    reading = _Reading(_tokens(text.translate(_STRAIGHT)))
    found = reading.joined("or", 0)
    if reading.at < len(reading.tokens):
        raise Unreadable(f"`{reading.tokens[reading.at][1]}` is not understood there")
    return found


def _tokens(text: str) -> Sequence[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"`{text[at:].strip()[:20]}` is not understood")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


class _Reading:
    """Reads tokens from left to right, one level of binding after the other."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def next_is(self, *texts: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at][1] in texts

    def take(self, text: str) -> None:
        if not self.next_is(text):
            found = f"`{self.tokens[self.at][1]}`" if self.at < len(self.tokens) else "its end"
            raise Unreadable(f"`{text}` is missing before {found}")
        self.at += 1

    def joined(self, joint: str, depth: int) -> Expression:
        """Parts with `or` or `and` between them; `and` binds closer."""
        if depth > MOST_DEPTH:
            raise Unreadable(f"it has more than {MOST_DEPTH} brackets within each other")
        parts: list[Expression] = []
        while not parts or self.next_is(joint):
            self.at += bool(parts)
            parts.append(self.joined("and", depth) if joint == "or" else self.comparison(depth))
        return parts[0] if len(parts) == 1 else Joined(joint, tuple(parts))

    def comparison(self, depth: int) -> Expression:
        """One value, or two with a sign between them."""
        left = self.value(depth)
        if not self.next_is(*_SIGNS):
            return left
        sign = self.tokens[self.at][1]
        self.at += 1
        return Comparison(left, sign, self.value(depth))

    def value(self, depth: int) -> Expression:
        """A reference, a literal, a call, or something in brackets."""
        if self.at >= len(self.tokens):
            raise Unreadable("it ends too early")
        group, text = self.tokens[self.at]
        self.at += 1
        if group == "text":
            return Literal(text[1:-1])
        if group == "number":
            return Literal(text, is_number=True)
        if group == "reference":
            return Reference(text[2:-1].strip())
        if text == "-" and self.at < len(self.tokens) and self.tokens[self.at][0] == "number":
            self.at += 1
            return Literal("-" + self.tokens[self.at - 1][1], is_number=True)
        if text == "(":
            inner = self.joined("or", depth + 1)
            self.take(")")
            return inner
        if group == "name" and self.next_is("("):
            return self.call(text, depth)
        raise Unreadable(f"`{text}` is not understood")

    def call(self, name: str, depth: int) -> Expression:
        """A function, its arguments in brackets."""
        self.take("(")
        arguments: list[Expression] = []
        while not self.next_is(")"):
            if arguments:
                self.take(",")
            arguments.append(self.joined("or", depth + 1))
        self.take(")")
        return Call(name, tuple(arguments))

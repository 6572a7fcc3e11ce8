"""The expressions of a form, `${name}` for the answer to a question, as trees.

Only what a condition of an edition could say is understood; anything else is an UnsupportedExpression, with the
reason. The grammar is read by Lark, by which pyxform reads expressions too: it comes with the extra `xlsform`.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MOST_LETTERS = 20_000
MOST_DEPTH = 60  # brackets within brackets

_GRAMMAR = r"""
    ?start: either
    ?either: both ("or" both)*
    ?both: comparison ("and" comparison)*
    ?comparison: value (SIGN value)?
    ?value: REFERENCE -> reference
          | TEXT -> text
          | NUMBER -> number
          | FUNCTION "(" [either ("," either)*] ")" -> call
          | "(" either ")"
    SIGN: "!=" | "<=" | ">=" | "=" | "<" | ">"
    REFERENCE: /\$\{\s*[^{}\s]+\s*\}/
    TEXT: /'[^']*'|"[^"]*"/
    NUMBER: /-?\s*(\d+(\.\d*)?|\.\d+)/
    FUNCTION: /[A-Za-z_][\w.-]*(?=\s*\()/
    %ignore /\s+/
"""
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})  # as pyxform reads them


class UnsupportedExpression(ValueError):
    """An expression that is not understood. The message says what in it is not."""


@dataclass(frozen=True, slots=True)
class QuestionReference:
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
class FunctionCall:
    """A function and what it is given."""

    name: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class BooleanExpression:
    """Expressions that must all hold (`and`), or one of them (`or`)."""

    joint: str
    parts: "tuple[Expression, ...]"


Expression: TypeAlias = QuestionReference | Literal | Comparison | FunctionCall | BooleanExpression


def parse_expression(text: str) -> Expression:
    """The expression that a cell has. Raise UnsupportedExpression."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

    if len(text) > MOST_LETTERS:
        raise UnsupportedExpression(f"it has more than {MOST_LETTERS} letters")
    text = text.translate(_STRAIGHT)
    if _depth(text) > MOST_DEPTH:
        raise UnsupportedExpression(f"it has more than {MOST_DEPTH} brackets within each other")
    try:
        return _expression(_parser().parse(text))
    except UnexpectedCharacters as fault:
        raise UnsupportedExpression(f"`{fault.char}` is not understood") from fault
    except (UnexpectedToken, UnexpectedEOF) as fault:
        token = str(getattr(fault, "token", ""))
        raise UnsupportedExpression(f"`{token}` is not understood there" if token else "it ends too early") from fault


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr")


def _depth(text: str) -> int:
    """How many brackets stand within each other; those in texts count too, which only errs on the safe side."""
    depth = most = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        most = max(most, depth)
    return most


def _expression(tree: "Tree[Token] | Token") -> Expression:
    """A tree of the grammar as an expression."""
    assert not isinstance(tree, str), "only names, texts and signs are tokens, and their rules take them"
    parts = [part for part in tree.children if part is not None]
    match tree.data:
        case "reference":
            return QuestionReference(str(parts[0])[2:-1].strip())
        case "text":
            return Literal(str(parts[0])[1:-1])
        case "number":
            return Literal("".join(str(parts[0]).split()), is_number=True)
        case "call":
            return FunctionCall(str(parts[0]), tuple(map(_expression, parts[1:])))
        case "comparison":
            left, sign, right = parts
            return Comparison(_expression(left), str(sign), _expression(right))
        case joint:
            return BooleanExpression("or" if joint == "either" else "and", tuple(map(_expression, parts)))

"""The `relevant` expression of a form as a condition of an edition, or why no condition expresses it.

Lark reads the expression, as pyxform does. An expression is true or false. A condition is *no*, *open* or *yes*, and
only *yes* asks. A remark says where the condition treats blanks, or questions not asked, differently.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from compliance.questionnaire.answer_parser import AnswerFault, read_number
from compliance.questionnaire.answers import number_text
from compliance.questionnaire.condition_parser import ConditionScope, contradictions
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Question
from compliance.questionnaire.profile_fields import ProfileField

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MOST_LETTERS = 20_000
MOST_DEPTH = 60  # brackets within brackets

_GRAMMAR = r"""
    ?start: either
    ?either: both ("or" both)*
    ?both: comparison ("and" comparison)*
    ?comparison: sum (SIGN sum)?
    ?sum: value ("+" value)*
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
    """An expression that cannot be parsed. The message says which part."""


@dataclass(frozen=True, slots=True)
class QuestionReference:
    """A reference to the answer to a question, by the question's name in the form."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or number as written."""

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
    """A function with its arguments."""

    name: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class BooleanExpression:
    """Expressions that must all hold (`and`), or of which one must hold (`or`)."""

    joint: str
    parts: "tuple[Expression, ...]"


Expression: TypeAlias = QuestionReference | Literal | Comparison | FunctionCall | BooleanExpression


def parse_expression(text: str) -> Expression:
    """Return the expression in a cell. Raise UnsupportedExpression."""
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
    """Return the depth of nested brackets. Brackets in texts count too, which errs on the safe side."""
    depth = most = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        most = max(most, depth)
    return most


def _expression(tree: "Tree[Token] | Token") -> Expression:
    """Return a tree of the grammar as an expression."""
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
        case "sum":
            return FunctionCall("+", tuple(map(_expression, parts)))
        case joint:
            return BooleanExpression("or" if joint == "either" else "and", tuple(map(_expression, parts)))


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_ALWAYS = ("yes", "true", "true()", "1")


@dataclass(frozen=True, slots=True)
class ReferenceTarget:
    """A question or profile field that an expression may look at."""

    target: Question | ProfileField
    id: str  # its id in conditions
    choices: Mapping[str, str] = field(default_factory=dict)  # ids of options, by name in the form
    several: bool = False  # several may be chosen
    whole: bool = False  # whether it is a whole number
    always: bool = True  # whether it is asked regardless of other answers


class InexpressibleCondition(ValueError):
    """Something that no condition of an edition can express. The message is the reason."""


def condition_from_expression(
    text: str, above: Mapping[str, ReferenceTarget], elsewhere: Mapping[str, str]
) -> tuple[Condition | None, tuple[str, ...]]:
    """Return the condition that an expression means (None: always), and remarks on where it differs.

    `above`: targets that it may look at, by name in the form. `elsewhere`: explanations of other names. Raise
    InexpressibleCondition if it cannot be parsed or expressed.
    """
    if text.strip().lower() in _ALWAYS:
        return None, ()
    try:
        expression = parse_expression(text)
    except UnsupportedExpression as reason:
        raise InexpressibleCondition(str(reason)) from reason
    reading = _ConditionReader(above, elsewhere)
    condition = reading.condition(expression, frozenset())
    seen = [above[name] for name in dict.fromkeys(_names(expression)) if name in above]
    scope = ConditionScope(
        {
            about.id.removeprefix(PROFILE_PREFIX): about.target
            for about in seen
            if isinstance(about.target, ProfileField)
        },
        {about.id: about.target for about in seen if isinstance(about.target, Question)},
    )
    for contradiction in contradictions(condition, scope):
        raise InexpressibleCondition(contradiction)
    return condition, tuple(dict.fromkeys(reading.remarks))


@dataclass(slots=True)
class _ConditionReader:
    above: Mapping[str, ReferenceTarget]
    elsewhere: Mapping[str, str]
    remarks: list[str] = field(default_factory=list)

    def condition(self, expression: Expression, given: frozenset[str]) -> Condition:
        """Return the condition for an expression, given that the questions in `given` are answered."""
        if isinstance(expression, BooleanExpression):
            return self.joined(expression, given)
        if name := _given(expression):
            return self.answered(self.find(name))
        if isinstance(expression, Comparison):
            return self.comparison(expression, given)
        if isinstance(expression, FunctionCall) and expression.name == "not" and len(expression.arguments) == 1:
            return self.denied(self.condition(expression.arguments[0], given), expression, given)
        if isinstance(expression, FunctionCall) and expression.name == "selected" and len(expression.arguments) == 2:
            return self.selected(*expression.arguments)
        if isinstance(expression, FunctionCall):
            raise InexpressibleCondition(f"conditions have no `{expression.name}()`")
        raise InexpressibleCondition("it compares nothing")

    def joined(self, expression: BooleanExpression, given: frozenset[str]) -> Condition:
        """Return the condition for parts under one `and` or `or`."""
        parts = list(expression.parts)
        if expression.joint == "and":
            given |= {name for part in parts if (name := _given(part))}
            denied = {name for part in parts if _denies(part) for name in _names(part)}
            parts = [p for p in parts if not (name := _given(p)) or name not in denied or not self.find(name).always]
        conditions = tuple(self.condition(part, given) for part in parts)
        if len(conditions) == 1:
            return conditions[0]
        return AllOf(conditions) if expression.joint == "and" else _either(conditions)

    def denied(self, condition: Condition, expression: Expression, given: frozenset[str]) -> Not:
        """Return the negation of a condition, with a remark if a blank would satisfy the form."""
        for name in _names(expression):
            if name not in given:
                self.remarks.append(
                    f"while `{self.find(name).id}` is blank, the form shows it; here it is not asked until then"
                )
        return Not(condition)

    def find(self, name: str) -> ReferenceTarget:
        """Return the target of a name. Raise InexpressibleCondition if it has none above."""
        if name not in self.above:
            raise InexpressibleCondition(f"`{name}` {self.elsewhere.get(name, 'is no question of the form')}")
        return self.above[name]

    def answered(self, about: ReferenceTarget) -> Predicate:
        """Return the predicate that a question is answered at all."""
        if isinstance(about.target, ProfileField) and about.target.values:
            return Predicate(about.id, about.target.values)
        if not about.choices:
            raise InexpressibleCondition(f"conditions cannot say that `{about.id}` is answered, only what with")
        values = dict.fromkeys(about.choices.values())
        if about.several and isinstance(about.target, Question) and about.target.options:
            values[NONE_OF_THESE] = None
        return Predicate(about.id, tuple(values))

    def selected(self, where: Expression, what: Expression) -> Predicate:
        """Return the predicate that a choice is selected."""
        if not isinstance(where, QuestionReference) or not isinstance(what, Literal):
            raise InexpressibleCondition(
                "`selected()` is understood with a question and a choice: selected(${question}, 'choice')"
            )
        about = self.find(where.name)
        return self.chosen(about, [choice for choice in about.choices if choice == what.text], what.text)

    def chosen(self, about: ReferenceTarget, choices: list[str], wanted: str) -> Predicate:
        """Return the predicate that one of some choices is chosen."""
        if isinstance(about.target, Question) and about.target.kind == "countries" and not choices:
            raise InexpressibleCondition(f"`{wanted}` is no country")
        if not choices:
            raise InexpressibleCondition(f"`{wanted}` is none of the choices of `{about.id}`")
        return Predicate(about.id, tuple(dict.fromkeys(about.choices[choice] for choice in choices)))

    def comparison(self, expression: Comparison, given: frozenset[str]) -> Condition:
        """Return the condition for a comparison of a question with a text or number."""
        left, sign, right = expression.left, expression.sign, expression.right
        if isinstance(left, Literal) and isinstance(right, QuestionReference):
            left, sign, right = right, _MIRRORED[sign], left
        if isinstance(left, FunctionCall) and left.name in ("+", "if"):
            return self.points(left, sign, right)
        if not isinstance(left, QuestionReference) or not isinstance(right, Literal):
            raise InexpressibleCondition("a condition compares one question with one value")
        about = self.find(left.name)
        if not right.text:
            raise InexpressibleCondition(f"no condition asks for a blank, as this does of `{about.id}`")
        if sign == "!=":
            return self.denied(self.held(about, "=", right), expression, given)
        return self.held(about, sign, right)

    def points(self, added: FunctionCall, sign: str, least: Expression) -> Predicate:
        """Return the predicate that a question's chosen options earn enough, from a sum as `form_export` writes it."""
        name, earned = "", dict[tuple[str, str], float]()
        for term in added.arguments if added.name == "+" else (added,):
            match term:
                case FunctionCall("if", (FunctionCall("selected", (QuestionReference(name), Literal(choice))),
                                         Literal(points, True), Literal("0"))):  # fmt: skip
                    earned[name, choice] = float(points)
                case _:
                    raise InexpressibleCondition(f"`{added.name}` is not understood but in a sum of points")
        about = self.find(name)
        options = about.target.options if isinstance(about.target, Question) else ()
        every = {(name, option.id): option.points for option in options if option.points}
        if sign != ">=" or not isinstance(least, Literal) or not least.is_number or earned != every:
            raise InexpressibleCondition(f"a condition compares all points of `{about.id}`, with `>=` and a number")
        return Predicate(about.id, at_least=float(least.text))

    def held(self, about: ReferenceTarget, sign: str, literal: Literal) -> Condition:
        """Return the condition for a comparison of an answer with a value, by any sign except `!=`."""
        if about.several:
            raise InexpressibleCondition(
                f"of `{about.id}` several may be chosen: only `selected()` is understood of it"
            )
        if about.choices:
            return self.chosen(about, [c for c in about.choices if _holds(c, sign, literal)], literal.text)
        kind = about.target.kind if isinstance(about.target, Question) else "number"
        if kind == "number":
            return self.number(about, sign, literal)
        if sign != "=":
            raise InexpressibleCondition(f"conditions compare only numbers with `{sign}`")
        return Predicate(about.id, (literal.text,))

    def number(self, about: ReferenceTarget, sign: str, literal: Literal) -> Condition:
        """Return the condition for a comparison of numbers. `>` and `<=` can be expressed only for whole numbers."""
        try:
            number = read_number(literal.text)
        except AnswerFault as fault:
            raise InexpressibleCondition(f"`{literal.text}` is no number, as `{about.id}` is") from fault
        if sign == "=":
            return Predicate(about.id, (number_text(number),))
        if sign in (">", "<="):
            if not about.whole:
                why = f"conditions have `at_least` only, so `{sign} {literal.text}` needs a whole number"
                raise InexpressibleCondition(why)
            number = float(number // 1 + 1)
        least = Predicate(about.id, at_least=number)
        if sign in (">=", ">"):
            return least
        if not about.always:
            self.remarks.append(f"where `{about.id}` is not asked, the form does not show it; here it is asked")
        return Not(least)


def _either(parts: tuple[Condition, ...]) -> Condition:
    """Return the condition that one of these holds. Answers to one question are listed together, as authors do."""
    first = parts[0]
    if isinstance(first, Predicate) and first.at_least is None:
        same = [part for part in parts if isinstance(part, Predicate) and part.id == first.id and part.at_least is None]
        if len(same) == len(parts):
            return Predicate(first.id, tuple(dict.fromkeys(value for part in same for value in part.values)))
    return AnyOf(parts)


def _holds(choice: str, sign: str, literal: Literal) -> bool:
    """Tell whether the name of a choice compares in this way with a value, as in XPath."""
    if sign == "=" and not literal.is_number:
        return choice == literal.text
    try:
        return _COMPARE[sign](float(choice), float(literal.text))
    except ValueError:
        return False


def _given(expression: Expression) -> str:
    """Return the name of the question that an expression requires to be answered, with anything, or ""."""
    if not isinstance(expression, Comparison) or not isinstance(expression.right, Literal):
        return ""
    left, sign, right = expression.left, expression.sign, expression.right
    if isinstance(left, QuestionReference):
        return left.name if sign == "!=" and not right.text and not right.is_number else ""
    if isinstance(left, FunctionCall) and left.name in ("string-length", "count-selected") and len(left.arguments) == 1:
        (counted,) = left.arguments
        some = (sign, right.text) in ((">", "0"), (">=", "1"), ("!=", "0"))
        return counted.name if some and isinstance(counted, QuestionReference) else ""
    return ""


def _denies(expression: Expression) -> bool:
    is_not = isinstance(expression, FunctionCall) and expression.name == "not"
    return is_not or (isinstance(expression, Comparison) and expression.sign == "!=" and not _given(expression))


def _names(expression: Expression) -> Iterator[str]:
    """Yield the names of the questions that an expression looks at."""
    if isinstance(expression, QuestionReference):
        yield expression.name
    elif isinstance(expression, Comparison):
        yield from _names(expression.left)
        yield from _names(expression.right)
    elif isinstance(expression, FunctionCall):
        for argument in expression.arguments:
            yield from _names(argument)
    elif isinstance(expression, BooleanExpression):
        for part in expression.parts:
            yield from _names(part)

"""Conditions of an edition as the expressions by which a form shows a question.

A condition is *no*, *open* or *yes*; an expression is true or false. So there are two for a condition: one that is true
while it is *yes*, and, below a `not`, one that is true while it is *no*. In a form, a question that is not shown has no
value, and so cannot make an expression true by its answer.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from compliance.questionnaire.edition import (
    NONE_OF_THESE,
    PROFILE,
    AllOf,
    AnyOf,
    Condition,
    Edition,
    Node,
    Not,
    ProfileField,
    Question,
    Term,
)
from compliance.questionnaire.routing import terms
from compliance.xlsform.names import OUT, REASON, choice_of, name_of

_NEVER = "false()"


def relevant(edition: Edition, part: Node | Question) -> str:
    """When a form shows a part: while it is asked and, as nothing can be earned behind a shut gate, its gate is open.

    Empty: always. What the part stands in has conditions of its own.
    """
    return all_hold(_yes(edition, condition) for condition in _conditions(part))


def outs(edition: Edition) -> list[tuple[str, str]]:
    """Each question that stands below a `not` and is not always shown: its id, and when a form does not show it.

    A form calculates these beside its questions: else it could not tell a question that is left blank from one that
    is not asked.
    """
    denied = {term.id for part in edition.root.walk() for condition in _conditions(part) for term in _denied(condition)}
    found: list[tuple[str, str]] = []
    for question_id in reversed(list(edition.questions)):  # conditions look upward, and so do these
        if question_id in denied and (above := _above(edition, question_id)):
            denied |= {term.id for condition in above for term in terms(condition)}
            found.insert(0, (question_id, one_holds(_no(edition, condition) for condition in above)))
    return found


def all_hold(expressions: Iterable[str]) -> str:
    """All of these; empty, which is always, if there are none."""
    return _joined(" and ", list(expressions))


def one_holds(expressions: Iterable[str]) -> str:
    """One of these at least; never, if there are none."""
    return _joined(" or ", list(expressions)) or _NEVER


def text_literal(text: str) -> str:
    """A text in an expression; XPath has no escapes, so one with both quotation marks is put together of parts."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"


def number_literal(number: float) -> str:
    """A number in an expression, which has no exponents."""
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _yes(edition: Edition, condition: Condition) -> str:
    if isinstance(condition, Term):
        return _met(edition, condition)
    if isinstance(condition, Not):
        return _no(edition, condition.part)
    join = all_hold if isinstance(condition, AllOf) else one_holds
    return join(_yes(edition, part) for part in condition.parts)


def _no(edition: Edition, condition: Condition) -> str:
    if isinstance(condition, Term):
        return _missed(edition, condition)
    if isinstance(condition, Not):
        return _yes(edition, condition.part)
    join = one_holds if isinstance(condition, AllOf) else all_hold
    return join(_no(edition, part) for part in condition.parts)


def _missed(edition: Edition, term: Term) -> str:
    """While a term is *no*: another answer is given, the question does not apply, or it is not shown."""
    name = name_of(term.id)
    ways = [f"{_given(name)} and not({_met(edition, term)})"]
    question = edition.questions.get(term.id)
    if question is not None and question.na == "reason":
        ways.append(_given(name + REASON))
    if question is not None and _above(edition, term.id):
        ways.append(f"${{{name}{OUT}}} = 1")
    return one_holds(ways)


def _met(edition: Edition, term: Term) -> str:
    """While an answer is given that satisfies a term."""
    target = _target(edition, term.id)
    if term.at_least is not None and isinstance(target, Question) and target.options:
        return _points_reach(target, term.at_least)
    reference = f"${{{name_of(term.id)}}}"
    if term.at_least is not None:
        return f"{reference} >= {number_literal(term.at_least)}"
    if isinstance(target, ProfileField):
        literals = [number_literal(float(v)) if target.is_number else text_literal(choice_of(v)) for v in term.values]
    elif target.kind == "number":
        literals = [number_literal(float(value)) for value in term.values]
    else:
        literals = [text_literal(value) for value in term.values]
    if isinstance(target, Question) and target.kind in ("many", "countries"):
        return one_holds(f"selected({reference}, {literal})" for literal in literals)
    return one_holds(f"{reference} = {literal}" for literal in literals)


def _points_reach(question: Question, least: float) -> str:
    """While the options that are chosen carry so many points."""
    name = name_of(question.id)
    if question.kind == "one":
        return one_holds(f"${{{name}}} = {text_literal(o.id)}" for o in question.options if o.points >= least)
    earning = [option for option in question.options if option.points and option.id != NONE_OF_THESE]
    points = " + ".join(
        f"if(selected(${{{name}}}, {text_literal(o.id)}), {number_literal(o.points)}, 0)" for o in earning
    )
    return f"{_given(name)} and {points or 0} >= {number_literal(least)}"


def _given(name: str) -> str:
    return f"${{{name}}} != ''"


def _target(edition: Edition, term_id: str) -> Question | ProfileField:
    if term_id.startswith(PROFILE):
        return edition.profile[term_id.removeprefix(PROFILE)]
    return edition.questions[term_id]


def _conditions(part: Node | Question) -> list[Condition]:
    both = (part.asked_when, part.counts_when if isinstance(part, Question) else None)
    return [condition for condition in both if condition is not None]


def _above(edition: Edition, question_id: str) -> list[Condition]:
    """The conditions that decide whether a question is shown: its own, and those of what it stands in."""
    found = _conditions(edition.questions[question_id])
    node = edition.parents.get(question_id)
    while node is not None:
        found = [*_conditions(node), *found]
        node = edition.parents.get(node.id)
    return found


def _denied(condition: Condition) -> Iterator[Term]:
    """The terms below a `not`."""
    if isinstance(condition, Not):
        yield from terms(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _denied(part)


def _joined(joint: str, expressions: list[str]) -> str:
    """Expressions under one joint, those that are joined themselves in brackets."""
    if len(expressions) < 2:
        return "".join(expressions)
    return joint.join(f"({e})" if " and " in e or " or " in e else e for e in expressions)

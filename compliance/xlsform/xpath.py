"""Conditions as XPath in the style of XLSForm, where `${name}` is the answer to a question; and names of fields.

A name in a form is a letter or underscore, followed by letters, digits and underscores: every tool that reads XLSForms
accepts that (full stops have broken forms in browsers, and hyphens separate groups in exports). Ids have no capital
letters, so capitals can stand for characters that a name cannot hold, and for fields that are not ids.

A condition is *no*, *open* or *yes*; an expression is true or false. So a condition has two expressions: one is true
while it is *yes* and the other, for use below a `not`, while it is *no*. A question that is not shown has no value, so
its answer makes no expression true. `form_conditions` reads expressions.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from urllib.parse import quote, unquote

from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.countries import countries, is_high_need
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.places import BOXES, NO_PLACE
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.routing import predicates

#: Names beside the edition's ids: the company, the edition, and the group of the profile.
COMPANY_FIELD, EDITION_FIELD, PROFILE_GROUP = "COMPANY", "EDITION", "PROFILE"
#: Suffixes for a question: why it does not apply, why it is left blank and which document answers it, evidence, and
#: whether it is not shown; and for a requirement: what law expects.
REASON_SUFFIX, WORD_SUFFIX, TITLE_SUFFIX, EVIDENCE_SUFFIX = "_REASON", "_OPEN", "_TITLE", "_EVIDENCE"
NOT_SHOWN_SUFFIX, EXPECTS_SUFFIX = "_OUT", "_EXPECTS"
#: Suffixes of fields that every form has for its answers, whatever the edition asks.
ABOUT_ANSWERS = (WORD_SUFFIX, TITLE_SUFFIX, EVIDENCE_SUFFIX)
#: Suffixes for a question of places in conditions: the number of places ticked, the number of high-need ones among them
#: (for the list: among all), and the result.
TICKED_SUFFIX, HIGH_NEED_SUFFIX, RESULT_SUFFIX = "_TICKED", "_HIGH", "_RESULT"
#: Suffixes of fields that a form calculates.
CALCULATED = (NOT_SHOWN_SUFFIX, TICKED_SUFFIX, HIGH_NEED_SUFFIX, RESULT_SUFFIX)
#: The beginning of names of lists of places. No other list has capital letters there.
PLACES_LIST = "PLACES"

_FIRST = "N"  # before a name with another first character, or a reserved one
_HYPHEN, _UNDERSCORE = "H", "U"
_KEPT = ("meta", "model")  # pyxform reserves the first; Enketo cannot submit a form with the second


def field_name(some_id: str) -> str:
    """Return the field name of an id: `r02.code` becomes `r02__code`. Different ids have different names."""
    name = re.sub(r"(?<=[._])_|_(?=[._])", _UNDERSCORE, some_id).replace("-", _HYPHEN).replace(".", "__")
    return _FIRST + name if name in _KEPT or not re.match("[a-z_]", name) else name


def id_of_field(name: str) -> str:
    """Return the id that `field_name` turned into this name."""
    plain = name.removeprefix(_FIRST).replace("__", ".")
    return plain.replace(_HYPHEN, "-").replace(_UNDERSCORE, "_")


def profile_field_name(field: str) -> str:
    """Return the field name of a profile field, taking its column in an answers file as the id."""
    return field_name(PROFILE_PREFIX + field)


def choice_name(value: str) -> str:
    """Return a profile field's value as a choice name, which has no blanks: `not yet` becomes `not%20yet`."""
    return quote(value, safe="")


def value_of_choice(choice: str) -> str:
    """Return the value that `choice_name` turned into this name."""
    return unquote(choice)


_NEVER = "false()"


def relevant_expression(edition: Edition, part: Node | Question) -> str:
    """Return the expression that shows a part: it is asked, and its gate is open, as it earns nothing otherwise.

    An empty expression means always. The nodes around it have expressions of their own.
    """
    return conjunction(_yes(edition, condition) for condition in _conditions(part))


def not_shown_expressions(edition: Edition) -> list[tuple[str, str]]:
    """Return questions below a `not` that are not always shown: the id, and when a form does not show it.

    Forms calculate these beside their questions. Otherwise they could not tell a question left blank from one not
    asked.
    """
    denied = {term.id for part in edition.root.walk() for condition in _conditions(part) for term in _denied(condition)}
    found: list[tuple[str, str]] = []
    for question_id in reversed(list(edition.questions)):  # conditions look upward, and so do these
        if question_id in denied and (above := _above(edition, question_id)):
            denied |= {term.id for condition in above for term in predicates(condition)}
            found.insert(0, (question_id, disjunction(_no(edition, condition) for condition in above)))
    return found


def choice_of_place(part: str) -> str:
    """Return a part of an answer about places as a choice name: boxes without their sign."""
    return BOXES.get(part, part)


def place_of_choice(choice: str) -> str:
    """Return the part of an answer that `choice_of_place` turned into this name."""
    return _BOX_OF_CHOICE.get(choice, choice)


_BOX_OF_CHOICE = {choice: box for box, choice in BOXES.items()}


def places_expressions(edition: Edition) -> list[tuple[str, str]]:
    """Return calculations of the results of questions of places that conditions look at: names and expressions."""
    looked_at = {term.id for part in edition.root.walk() for c in _conditions(part) for term in predicates(c)}
    asked = [question for question in edition.places_questions if question.id in looked_at]
    found = {field_name(q.places) + HIGH_NEED_SUFFIX: _high_need_chosen(field_name(q.places)) for q in asked}
    for question in asked:
        name = field_name(question.id)
        others = [NO_PLACE, *(choice for choice in BOXES.values() if question.option(choice))]
        extra = " - ".join(f"if(selected(${{{name}}}, '{choice}'), 1, 0)" for choice in others)
        found[name + TICKED_SUFFIX] = f"count-selected(${{{name}}}) - {extra}"
        found[name + HIGH_NEED_SUFFIX] = _high_need_chosen(name)
        found[name + RESULT_SUFFIX] = _result(question)
    return list(found.items())


def _high_need_chosen(name: str) -> str:
    """Return an expression for the number of high-need countries among those chosen."""
    return " + ".join(f"if(selected(${{{name}}}, '{code}'), 1, 0)" for code in filter(is_high_need, countries()))


def _result(question: Question) -> str:
    name, listed = field_name(question.id), field_name(question.places)
    ticked, need = f"${{{name}{TICKED_SUFFIX}}}", f"${{{name}{HIGH_NEED_SUFFIX}}}"
    places, all_need = f"count-selected(${{{listed}}})", f"${{{listed}{HIGH_NEED_SUFFIX}}}"
    planned, dated = (
        f"if(selected(${{{name}}}, '{step}'), '{step}', '{otherwise}')" if question.option(step) else f"'{otherwise}'"
        for step, otherwise in (("planned", "none"), ("dated", "all"))
    )
    is_most = f"2 * {ticked} > {places} and ({all_need} = 0 or 2 * {need} > {all_need})"
    some = f"if({ticked} > 0, 'some', {planned})"
    return f"if(not({_given(name)}), '', if({ticked} = {places}, {dated}, if({is_most}, 'most', {some})))"


def conjunction(expressions: Iterable[str]) -> str:
    """Return an expression for all of these. It is empty, which means always, if there are none."""
    return _joined(" and ", list(expressions))


def disjunction(expressions: Iterable[str]) -> str:
    """Return an expression for at least one of these. It is never true if there are none."""
    return _joined(" or ", list(expressions)) or _NEVER


def text_literal(text: str) -> str:
    """Return a text as a literal. XPath has no escapes, so a text with both quotation marks is concatenated."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"


def number_literal(number: float) -> str:
    """Return a number as a literal, without an exponent."""
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def _yes(edition: Edition, condition: Condition) -> str:
    if isinstance(condition, Predicate):
        return _met(edition, condition)
    if isinstance(condition, Not):
        return _no(edition, condition.part)
    join = conjunction if isinstance(condition, AllOf) else disjunction
    return join(_yes(edition, part) for part in condition.parts)


def _no(edition: Edition, condition: Condition) -> str:
    if isinstance(condition, Predicate):
        return _missed(edition, condition)
    if isinstance(condition, Not):
        return _yes(edition, condition.part)
    join = disjunction if isinstance(condition, AllOf) else conjunction
    return join(_no(edition, part) for part in condition.parts)


def _missed(edition: Edition, term: Predicate) -> str:
    """Return an expression for a term being *no*: another answer is given, it does not apply, or it is not shown."""
    name = field_name(term.id)
    ways = [f"{_given(name)} and not({_met(edition, term)})"]
    question = edition.questions.get(term.id)
    if question is not None and question.na == "reason":
        ways.append(_given(name + REASON_SUFFIX))
    if question is not None and question.places and edition.questions[question.places].na == "reason":
        ways.append(_given(field_name(question.places) + REASON_SUFFIX))
    if question is not None and _above(edition, term.id):
        ways.append(f"${{{name}{NOT_SHOWN_SUFFIX}}} = 1")
    return disjunction(ways)


def _met(edition: Edition, term: Predicate) -> str:
    """Return an expression for an answer being given that satisfies a term."""
    target = _target(edition, term.id)
    if term.at_least is not None and isinstance(target, Question) and target.options:
        return _points_reach(target, term.at_least)
    reference = f"${{{_name_of_value(target, term.id)}}}"
    if term.at_least is not None:
        return f"{reference} >= {number_literal(term.at_least)}"
    if isinstance(target, ProfileField):
        literals = [number_literal(float(v)) if target.is_number else text_literal(choice_name(v)) for v in term.values]
    elif target.kind == "number":
        literals = [number_literal(float(value)) for value in term.values]
    else:
        literals = [text_literal(value) for value in term.values]
    if isinstance(target, Question) and target.kind in ("many", "countries"):
        return disjunction(f"selected({reference}, {literal})" for literal in literals)
    return disjunction(f"{reference} = {literal}" for literal in literals)


def _name_of_value(target: Question | ProfileField, term_id: str) -> str:
    """Return the field that a condition compares, which for a question of places is the result."""
    is_result = isinstance(target, Question) and target.places
    return field_name(term_id) + (RESULT_SUFFIX if is_result else "")


def _points_reach(question: Question, least: float) -> str:
    """Return an expression for the chosen options carrying at least this number of points."""
    name = _name_of_value(question, question.id)
    if not question.is_multiple_choice:
        return disjunction(f"${{{name}}} = {text_literal(o.id)}" for o in question.options if o.points >= least)
    earning = [option for option in question.options if option.points and option.id != NONE_OF_THESE]
    points = " + ".join(
        f"if(selected(${{{name}}}, {text_literal(o.id)}), {number_literal(o.points)}, 0)" for o in earning
    )
    reached = f"{points or 0} >= {number_literal(least)}"
    return reached if least > 0 else f"{_given(name)} and {reached}"  # a blank adds up to 0


def _given(name: str) -> str:
    return f"${{{name}}} != ''"


def _target(edition: Edition, term_id: str) -> Question | ProfileField:
    if term_id.startswith(PROFILE_PREFIX):
        return edition.profile[term_id.removeprefix(PROFILE_PREFIX)]
    return edition.questions[term_id]


def _conditions(part: Node | Question) -> list[Condition]:
    both = (part.asked_when, part.counts_when if isinstance(part, Question) else None)
    return [condition for condition in both if condition is not None]


def _above(edition: Edition, question_id: str) -> list[Condition]:
    """Return the conditions that decide whether a question is shown: its own, and those of the nodes around it."""
    found = _conditions(edition.questions[question_id])
    node = edition.parents.get(question_id)
    while node is not None:
        found = [*_conditions(node), *found]
        node = edition.parents.get(node.id)
    return found


def _denied(condition: Condition) -> Iterator[Predicate]:
    """Yield the terms below a `not`."""
    if isinstance(condition, Not):
        yield from predicates(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _denied(part)


def _joined(joint: str, expressions: list[str]) -> str:
    """Return joined expressions, with brackets around those that are themselves joined."""
    if len(expressions) < 2:
        return "".join(expressions)
    return joint.join(f"({e})" if " and " in e or " or " in e else e for e in expressions)

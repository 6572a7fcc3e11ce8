"""Conditions in words: when a question counts."""

from collections.abc import Mapping
from typing import TypeAlias

from compliance.questionnaire.edition import PROFILE, AllOf, Condition, Edition, Not, Question, Term
from compliance.web.text import shown
from compliance.web.translation import gettext as _
from compliance.web.words import field_words, value_words

#: How a page names its questions: id -> "question 4".
Names: TypeAlias = Mapping[str, str]


def counts_only_if(edition: Edition, condition: Condition, names: Names) -> str:
    """The heading of a gated question."""
    return _("Counts only if %(condition)s", condition=condition_words(edition, condition, names))


def condition_words(edition: Edition, condition: Condition, names: Names) -> str:
    """A condition as part of a sentence that begins with "if"."""
    if isinstance(condition, Term):
        return _term(edition, condition, names)
    if isinstance(condition, Not):
        return _("not: %(condition)s", condition=condition_words(edition, condition.part, names))
    parts = [condition_words(edition, part, names) for part in condition.parts]
    joined = parts[0]
    for part in parts[1:]:
        if isinstance(condition, AllOf):
            joined = _("%(first)s and %(second)s", first=joined, second=part)
        else:
            joined = _("%(first)s or %(second)s", first=joined, second=part)
    return joined


def _term(edition: Edition, term: Term, names: Names) -> str:
    if term.id.startswith(PROFILE):
        field = term.id.removeprefix(PROFILE)
        what = _("the answer to “%(question)s”", question=field_words(field))
        values = [value_words(field, value) for value in term.values]
        return _is(what, term, values)
    question = edition.questions[term.id]
    named = names.get(term.id)
    what = named or _("the answer to “%(question)s”", question=question.ask)
    others = [o.text for o in question.options if o.id not in term.values]
    if term.values and question.kind == "one" and 0 < len(others) < len(term.values):
        return _("%(what)s is answered with anything but %(values)s", what=what, values=_any_of(others))
    return _is(what, term, [_option(question, value) for value in term.values])


def _is(what: str, term: Term, values: list[str]) -> str:
    if term.at_least is not None:
        return _("%(what)s is at least %(number)s", what=what, number=shown(term.at_least, _decimals(term.at_least)))
    return _("%(what)s is %(values)s", what=what, values=_any_of(values))


def _any_of(values: list[str]) -> str:
    joined = _("“%(value)s”", value=values[0])
    for value in values[1:]:
        joined = _("%(first)s or %(second)s", first=joined, second=_("“%(value)s”", value=value))
    return joined


def _option(question: Question, value: str) -> str:
    option = question.option(value)
    return option.text or option.id if option else value


def _decimals(number: float) -> int:
    return 0 if number.is_integer() else 2

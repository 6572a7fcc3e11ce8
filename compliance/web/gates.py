"""Conditions in words: when a question counts."""

from collections.abc import Mapping
from typing import TypeAlias

from compliance.languages.formats import all_of, any_of, inside_quotes, number
from compliance.languages.speaking import gettext as _
from compliance.languages.words import field_words, option_words, value_words
from compliance.questionnaire.edition import PROFILE, AllOf, Condition, Edition, Not, Term

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
    return all_of(parts) if isinstance(condition, AllOf) else any_of(parts)


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
        return _("%(what)s is answered with anything but %(values)s", what=what, values=_quoted(others))
    return _is(what, term, [option_words(question, value) for value in term.values])


def _is(what: str, term: Term, values: list[str]) -> str:
    if term.at_least is not None:
        return _("%(what)s is at least %(number)s", what=what, number=number(term.at_least, _decimals(term.at_least)))
    return _("%(what)s is %(values)s", what=what, values=_quoted(values))


def _quoted(values: list[str]) -> str:
    return any_of(_("“%(words)s”", words=inside_quotes(value)) for value in values)


def _decimals(number: float) -> int:
    return 0 if number.is_integer() else 2

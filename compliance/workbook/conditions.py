"""Conditions in words, as they stand beside the question they open. Questions and answers are named by their ids."""

from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import PROFILE, AllOf, Condition, Not, Term


def in_words(condition: Condition) -> str:
    """A condition as a phrase: `r17.code is ban, check or full`."""
    if isinstance(condition, Term):
        return _("%(what)s is %(values)s", what=condition.id.removeprefix(PROFILE), values=wanted(condition))
    if isinstance(condition, Not):
        return _("not: %(condition)s", condition=_within(condition.part))
    parts = map(_within, condition.parts)
    return formats.all_of(parts) if isinstance(condition, AllOf) else formats.any_of(parts)


def wanted(term: Term) -> str:
    """What a term asks for: `ban, check or full`, `at least 3`."""
    if term.at_least is not None:
        return _("at least %(number)s", number=formats.plain(term.at_least))
    return formats.any_of(term.values)


def _within(condition: Condition) -> str:
    """A part of a larger condition, in brackets unless it is plain."""
    return in_words(condition) if isinstance(condition, Term | Not) else f"({in_words(condition)})"

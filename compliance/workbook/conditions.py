"""Conditions in words, as they stand beside the question they open."""

from collections.abc import Sequence

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.edition import PROFILE, AllOf, Condition, Not, Term


def in_words(condition: Condition, *, names_only: bool = False) -> str:
    """A condition as a phrase: `r17.code is ban, check or full`; with `names_only` a term's right side alone."""
    if isinstance(condition, Term):
        right = _right(condition)
        return right if names_only else f"{condition.id.removeprefix(PROFILE)} {right}"
    if isinstance(condition, Not):
        return f"not ({in_words(condition.part)})"
    joint = " and " if isinstance(condition, AllOf) else " or "
    return joint.join(
        in_words(part) if isinstance(part, Term | Not) else f"({in_words(part)})" for part in condition.parts
    )


def _right(term: Term) -> str:
    if term.at_least is not None:
        return f"at least {number_text(term.at_least)}"
    return f"is {listed(term.values)}"


def listed(words: Sequence[str], joint: str = "or") -> str:
    """Words as a sentence has them: `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"

"""Kinds of questions: what an answer of each kind consists of, and what an edition may say of such a question.

Besides this table, `answer_parser.ANSWER_READERS` and `condition_parser.CONDITION_VALUES` have an entry for every
kind, as have the tables of the rooms that ask, write and read answers. A table that lacks a kind fails when it is
imported and names the kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.exhaustive import exhaustive_table

QuestionKind: TypeAlias = Literal["one", "many", "number", "date", "text", "countries"]
QUESTION_KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)


@dataclass(frozen=True, slots=True)
class QuestionKindFacts:
    """One kind of question."""

    has_options: bool = False  # one chooses among `options`, which it needs
    has_range: bool = False  # an answer is a number, and may have a `range`
    takes_several: bool = False  # an answer consists of several values

    @property
    def is_comparable(self) -> bool:
        """An answer has points or is a number, so that a condition may ask for `at_least`."""
        return self.has_options or self.has_range


KIND_FACTS: Mapping[QuestionKind, QuestionKindFacts] = exhaustive_table(
    "questionnaire.question_kinds.KIND_FACTS",
    QUESTION_KINDS,
    {
        "one": QuestionKindFacts(has_options=True),
        "many": QuestionKindFacts(has_options=True, takes_several=True),
        "number": QuestionKindFacts(has_range=True),
        "date": QuestionKindFacts(),
        "text": QuestionKindFacts(),
        "countries": QuestionKindFacts(takes_several=True),
    },
)

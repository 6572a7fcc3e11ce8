"""The closed vocabularies of an edition: rules of aggregation and kinds of question.

A table over one of them must have an entry for every word. Otherwise its import fails and names what is missing. For
rules there are three: `AGGREGATION_RULES` here, `scoring.aggregation.ARITHMETIC` (the score, and how a loss divides
among the parts) and `narrative.aggregation_notation.NOTATION` (the words and the Excel formula). For kinds:
`KIND_FACTS` here, `answer_parser`, `condition_parser` and `workbook.answer_formulas`; mypy checks the table of
`web.answer_fields`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar, get_args

SECTOR_MODULES = (
    "travel",
    "lodging",
    "transport",
    "platform",
    "telecom",
    "finance",
    "media",
    "goods",
    "extraction",
    "construction",
    "farming",
    "recruiting",
    "guards",
    "grants",
)
#: Facts that are profile fields, with the values that law distinguishes. Any other value counts as unknown.
FIELD_FACTS: Mapping[str, tuple[str, ...]] = {
    "size": ("1-9", "10-49", "50-249", "250-4999", "5000-up"),
    "minors_served": ("no", "yes", "unknown"),
    **dict.fromkeys(SECTOR_MODULES, ("no", "yes")),
}

Key = TypeVar("Key", bound=str)
Entry = TypeVar("Entry")


def exhaustive_table(name: str, keys: Sequence[Key], entries: Mapping[Key, Entry]) -> Mapping[Key, Entry]:
    """Return the entries as a read-only table, in the order of the keys.

    Raise TypeError, naming the table and the keys, unless there is exactly one entry for each key.
    """
    missing, unknown = [key for key in keys if key not in entries], [key for key in entries if key not in keys]
    if missing or unknown:
        problems = [f"`{key}` has no entry: add one" for key in missing]
        problems += [f"`{key}` is unknown: delete its entry" for key in unknown]
        raise TypeError(f"{name}: {'; '.join(problems)}")
    return MappingProxyType({key: entries[key] for key in keys})


AggregationMethod: TypeAlias = Literal["mean", "sum", "geometric", "min"]
AGGREGATION_METHODS: tuple[AggregationMethod, ...] = get_args(AggregationMethod)


@dataclass(frozen=True, slots=True)
class AggregationRule:
    """What an aggregation rule demands of editions that use it."""

    weighs_full_marks: bool = False  # parts weigh their maximum points, and may not have `weight`
    forbids_deductions: bool = False  # negative points and `clip: false` are refused anywhere below


AGGREGATION_RULES: Mapping[AggregationMethod, AggregationRule] = exhaustive_table(
    "questionnaire.vocabulary.AGGREGATION_RULES",
    AGGREGATION_METHODS,
    {
        "mean": AggregationRule(),
        "sum": AggregationRule(weighs_full_marks=True),
        "geometric": AggregationRule(forbids_deductions=True),
        "min": AggregationRule(),
    },
)

QuestionKind: TypeAlias = Literal["one", "many", "number", "date", "text", "countries", "places"]
QUESTION_KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)


@dataclass(frozen=True, slots=True)
class QuestionKindFacts:
    """The properties of one kind of question."""

    has_options: bool = False  # it needs `options`
    has_range: bool = False  # an answer is a number, and may have a `range`
    takes_several: bool = False  # an answer consists of several values
    is_worked_out: bool = False  # its option follows from the answer and is not chosen

    @property
    def is_comparable(self) -> bool:
        """True if an answer has points or is a number, so that a condition may use `at_least`."""
        return self.has_options or self.has_range

    @property
    def is_multiple_choice(self) -> bool:
        """True if any number of its options may be chosen, or none of them."""
        return self.has_options and self.takes_several and not self.is_worked_out


KIND_FACTS: Mapping[QuestionKind, QuestionKindFacts] = exhaustive_table(
    "questionnaire.vocabulary.KIND_FACTS",
    QUESTION_KINDS,
    {
        "one": QuestionKindFacts(has_options=True),
        "many": QuestionKindFacts(has_options=True, takes_several=True),
        "number": QuestionKindFacts(has_range=True),
        "date": QuestionKindFacts(),
        "text": QuestionKindFacts(),
        "countries": QuestionKindFacts(takes_several=True),
        "places": QuestionKindFacts(has_options=True, takes_several=True, is_worked_out=True),
    },
)

"""Aggregation rules: the ways in which a node combines the scores of its parts, and what each asks of an edition.

Three tables have an entry for every rule: `AGGREGATION_RULES` here, `scoring.aggregation.ARITHMETIC` (the score, and
how a loss divides among the parts) and `narrative.aggregation_notation.NOTATION` (the words and the Excel formula).
To add a rule, name it in `AggregationMethod`: each table then fails when it is imported, naming the rule, until it
has an entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar, get_args

AggregationMethod: TypeAlias = Literal["mean", "sum", "geometric", "min"]
AGGREGATION_METHODS: tuple[AggregationMethod, ...] = get_args(AggregationMethod)
#: The rule of a node that names none.
DEFAULT_METHOD: AggregationMethod = "mean"

Key = TypeVar("Key", bound=str)
Entry = TypeVar("Entry")


def exhaustive_table(name: str, keys: Sequence[Key], entries: Mapping[Key, Entry]) -> Mapping[Key, Entry]:
    """The entries as a read-only table, in the order of the keys.

    Raise TypeError, naming the table and the keys, unless there is exactly one entry for each key.
    """
    missing, unknown = [key for key in keys if key not in entries], [key for key in entries if key not in keys]
    if missing or unknown:
        problems = [f"`{key}` has no entry: add one" for key in missing]
        problems += [f"`{key}` is unknown: delete its entry" for key in unknown]
        raise TypeError(f"{name}: {'; '.join(problems)}")
    return MappingProxyType({key: entries[key] for key in keys})


@dataclass(frozen=True, slots=True)
class AggregationRule:
    """What a rule asks of the edition that uses it."""

    weighs_full_marks: bool = False  # a part weighs its maximum points, and `weight` may not be written
    forbids_deductions: bool = False  # negative points and `clip: false` are refused anywhere below


AGGREGATION_RULES: Mapping[AggregationMethod, AggregationRule] = exhaustive_table(
    "questionnaire.aggregation_rules.AGGREGATION_RULES",
    AGGREGATION_METHODS,
    {
        "mean": AggregationRule(),
        "sum": AggregationRule(weighs_full_marks=True),
        "geometric": AggregationRule(forbids_deductions=True),
        "min": AggregationRule(),
    },
)

"""Aggregation rules: the ways in which a node combines the scores of its parts, and what each asks of an edition.

Three tables have an entry for every rule: `AGGREGATION_RULES` here, `scoring.aggregation.ARITHMETIC` (the score, and
how a loss divides among the parts) and `narrative.aggregation_notation.NOTATION` (the words and the Excel formula).
To add a rule, name it in `AggregationMethod`: each table then fails when it is imported, naming the rule, until it
has an entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.exhaustive import exhaustive_table

AggregationMethod: TypeAlias = Literal["mean", "sum", "geometric", "min"]
AGGREGATION_METHODS: tuple[AggregationMethod, ...] = get_args(AggregationMethod)


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

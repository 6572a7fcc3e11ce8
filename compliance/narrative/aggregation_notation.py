"""Aggregation rules as people read them: name, sentence, the calculation written out, and the workbook formula."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from compliance.languages.interface_messages import N_
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, AggregationMethod, exhaustive_table

#: The weight and the score, as shown, of each part that is on.
ShownParts: TypeAlias = Sequence[tuple[str, str]]


def _weighted_sum(parts: ShownParts) -> str:
    return "(" + " + ".join(f"{weight} × {score}" for weight, score in parts) + f") ÷ ({_weights(parts)})"


def _weighted_product(parts: ShownParts) -> str:
    return "(" + " × ".join(f"{score}^{weight}" for weight, score in parts) + f") ^ (1 ÷ ({_weights(parts)}))"


def _lowest_of(parts: ShownParts) -> str:
    return "min(" + "; ".join(score for _weight, score in parts) + ")"


def _weights(parts: ShownParts) -> str:
    return " + ".join(weight for weight, _score in parts)


@dataclass(frozen=True, slots=True)
class AggregationNotation:
    """One aggregation rule in words and formulas."""

    label: str  # msgid of its name
    sentence: str  # msgid of the sentence that explains it
    written: Callable[[ShownParts], str]  # the calculation for some parts: `(1 × 0.6 + 2 × 0.7) ÷ (1 + 2)`
    #: The Excel formula over the ranges `{values}`, `{weights}` and `{logarithms}` of the parts (a part that is off has
    #: text there, which these functions ignore) and the cell `{available}`, the weight of the parts that are on.
    excel: str
    uses_logarithms: bool = False  # the formula needs `{logarithms}`
    is_plain_mean: bool = False  # pages may explain it as an average of the parts


_EXCEL_MEAN = "SUMPRODUCT({weights},{values})/{available}"

NOTATION: Mapping[AggregationMethod, AggregationNotation] = exhaustive_table(
    "narrative.aggregation_notation.NOTATION",
    AGGREGATION_METHODS,
    {
        "mean": AggregationNotation(N_("mean"), N_("Weighted mean."), _weighted_sum, _EXCEL_MEAN, is_plain_mean=True),
        "sum": AggregationNotation(
            N_("sum"),
            N_("Points earned out of the points available: each part weighs as much as its full marks."),
            _weighted_sum,
            _EXCEL_MEAN,
        ),
        "geometric": AggregationNotation(
            N_("geometric mean"),
            N_("Weighted geometric mean: if one part scores nothing, the result is nothing."),
            _weighted_product,
            'IF(COUNTIF({values},"<=0")>0,0,EXP(SUMPRODUCT({weights},{logarithms})/{available}))',
            uses_logarithms=True,
        ),
        "min": AggregationNotation(N_("lowest"), N_("Only the lowest part counts."), _lowest_of, "MIN({values})"),
    },
)

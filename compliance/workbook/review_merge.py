"""Verdicts compared three ways: at the download, at present, and in the returned workbook.

The comparison is in `three_way`; here is the verdict on one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from compliance.workbook.three_way import Side as Side
from compliance.workbook.three_way import TwoSidedChange, TwoSidedChanges, compare_sides


@dataclass(frozen=True, slots=True)
class StatedVerdict:
    """An auditor's entries on one answer. Without a verdict, it is not reviewed."""

    verdict: str = ""  # confirmed, adjusted, not-shown
    value: str = ""  # the adjusted answer, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None


NOT_REVIEWED_YET = StatedVerdict()
#: One question on which the workbook differs from the present verdict, and all such questions.
ReviewChange: TypeAlias = TwoSidedChange[StatedVerdict]
ReviewChanges: TypeAlias = TwoSidedChanges[StatedVerdict]


def compare_three_ways(
    base: Mapping[str, StatedVerdict], web: Mapping[str, StatedVerdict], workbook: Mapping[str, StatedVerdict]
) -> ReviewChanges:
    """Return what a workbook changes, as `compare_sides` does. A question missing on a side is not reviewed there."""
    return compare_sides(base, web, workbook, NOT_REVIEWED_YET)

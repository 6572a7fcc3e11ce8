"""Verdicts of a workbook that came back, three ways: as it went out, as they stand now, and as the workbook has them.

What is compared, and how, is in `three_way`; here is what is said of one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from compliance.workbook.three_way import Side as Side
from compliance.workbook.three_way import TwoSidedChange, TwoSidedChanges, compare_sides


@dataclass(frozen=True, slots=True)
class StatedVerdict:
    """What is said of one answer. Without a verdict nothing is: not reviewed."""

    verdict: str = ""  # confirmed, adjusted, not-shown
    value: str = ""  # the answer that an adjusted one is adjusted to, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None


NOT_REVIEWED_YET = StatedVerdict()
#: One question on which the workbook says something else than what stands now, and all of them.
ReviewChange: TypeAlias = TwoSidedChange[StatedVerdict]
ReviewChanges: TypeAlias = TwoSidedChanges[StatedVerdict]


def compare_three_ways(
    base: Mapping[str, StatedVerdict], web: Mapping[str, StatedVerdict], workbook: Mapping[str, StatedVerdict]
) -> ReviewChanges:
    """What a workbook changes, as `compare_sides` does. A missing question was not, or is not, reviewed."""
    return compare_sides(base, web, workbook, NOT_REVIEWED_YET)

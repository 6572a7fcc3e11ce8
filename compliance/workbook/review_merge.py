"""Verdicts of a workbook that came back, three ways: as it went out, as they stand now, and as the workbook has them.

A question is compared whole: a verdict, the answer it adjusts to, its note and its next review belong together, and two
halves of two people's verdicts would be the verdict of neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

#: Which of two verdicts to keep where both sides changed.
Side: TypeAlias = Literal["web", "workbook"]


@dataclass(frozen=True, slots=True)
class StatedVerdict:
    """What is said of one answer. Without a verdict nothing is: not reviewed."""

    verdict: str = ""  # confirmed, adjusted, not-shown
    value: str = ""  # the answer that an adjusted one is adjusted to, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None


NOT_REVIEWED_YET = StatedVerdict()


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """One question on which the workbook says something else than what stands now."""

    question: str
    base: StatedVerdict  # when the workbook went out
    web: StatedVerdict  # now
    workbook: StatedVerdict


@dataclass(frozen=True, slots=True)
class ReviewChanges:
    """What a workbook would change."""

    fitting: tuple[ReviewChange, ...]  # nobody else changed these
    conflicts: tuple[ReviewChange, ...]  # both sides did, differently
    as_before: int  # questions with a verdict, on either side, that stay as they are

    def applied(self, keep: Mapping[str, Side]) -> Mapping[str, StatedVerdict]:
        """By question, the verdicts that the workbook brings, with what to keep of each conflict.

        Raise KeyError for a conflict without a choice.
        """
        chosen = [change for change in self.conflicts if keep[change.question] == "workbook"]
        return {change.question: change.workbook for change in (*self.fitting, *chosen)}

    def without(self, questions: Iterable[str]) -> "ReviewChanges":
        """The same, but for these questions, which stay as they are."""
        left_out = frozenset(questions)
        fitting, conflicts = (
            tuple(change for change in changes if change.question not in left_out)
            for changes in (self.fitting, self.conflicts)
        )
        return ReviewChanges(fitting, conflicts, self.as_before)


def compare_three_ways(
    base: Mapping[str, StatedVerdict], web: Mapping[str, StatedVerdict], workbook: Mapping[str, StatedVerdict]
) -> ReviewChanges:
    """What a workbook changes, by question, in its order; what it does not have stays as it stands.

    A question that is missing from `base` or `web` was not, or is not, reviewed. The workbook changes what it has
    otherwise than it went out and than it stands now; that fits if nobody changed it meanwhile, and is a conflict
    if somebody did.
    """
    fitting: list[ReviewChange] = []
    conflicts: list[ReviewChange] = []
    unchanged = 0
    for question, said in workbook.items():
        went_out, stands = base.get(question, NOT_REVIEWED_YET), web.get(question, NOT_REVIEWED_YET)
        if said in (went_out, stands):
            unchanged += bool(said.verdict or stands.verdict)
        elif stands == went_out:
            fitting.append(ReviewChange(question, went_out, stands, said))
        else:
            conflicts.append(ReviewChange(question, went_out, stands, said))
    return ReviewChanges(tuple(fitting), tuple(conflicts), unchanged)

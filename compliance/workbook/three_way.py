"""The changes of a returned workbook, compared three ways: at the download, at present, and in the workbook.

A question is compared as a whole: the parts of an answer or a verdict belong together, and a mixture of two people's
parts would be what neither of them said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

#: Which side to keep if both changed.
Side: TypeAlias = Literal["web", "workbook"]
Stated = TypeVar("Stated")


@dataclass(frozen=True)
class TwoSidedChange(Generic[Stated]):
    """One question on which the workbook differs from the present state."""

    question: str
    base: Stated  # at the download
    web: Stated  # at present
    workbook: Stated


@dataclass(frozen=True)
class TwoSidedChanges(Generic[Stated]):
    """The changes that a workbook would make."""

    fitting: tuple[TwoSidedChange[Stated], ...]  # changed only in the workbook
    conflicts: tuple[TwoSidedChange[Stated], ...]  # changed on both sides, differently
    as_before: int  # number of unchanged questions with content on either side

    def applied(self, keep: Mapping[str, Side]) -> Mapping[str, Stated]:
        """Return the workbook's changes by question. `keep`: the side to keep for each conflict.

        Raise KeyError for a conflict without a choice.
        """
        chosen = [change for change in self.conflicts if keep[change.question] == "workbook"]
        return {change.question: change.workbook for change in (*self.fitting, *chosen)}

    def without(self, questions: Iterable[str]) -> "TwoSidedChanges[Stated]":
        """Return the changes without these questions, which stay as they are."""
        left_out = frozenset(questions)
        fitting, conflicts = (
            tuple(change for change in changes if change.question not in left_out)
            for changes in (self.fitting, self.conflicts)
        )
        return TwoSidedChanges(fitting, conflicts, self.as_before)


def compare_sides(
    base: Mapping[str, Stated], web: Mapping[str, Stated], workbook: Mapping[str, Stated], nothing: Stated
) -> TwoSidedChanges[Stated]:
    """Return what a workbook changes, by question, in its order. Questions that it does not have stay as they are.

    A question missing in `base` or `web` is `nothing` there. The workbook changes a question if it differs both from
    `base` and from `web`. The change fits if these two are equal; otherwise it is a conflict.
    """
    fitting: list[TwoSidedChange[Stated]] = []
    conflicts: list[TwoSidedChange[Stated]] = []
    unchanged = 0
    for question, said in workbook.items():
        went_out, stands = base.get(question, nothing), web.get(question, nothing)
        if said in (went_out, stands):
            unchanged += said != nothing or stands != nothing
        elif stands == went_out:
            fitting.append(TwoSidedChange(question, went_out, stands, said))
        else:
            conflicts.append(TwoSidedChange(question, went_out, stands, said))
    return TwoSidedChanges(tuple(fitting), tuple(conflicts), unchanged)

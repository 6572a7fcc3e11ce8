"""What a workbook that came back changes, three ways: as it went out, as it stands now, and as the workbook has it.

A question is compared whole: the parts of an answer, or of a verdict, belong together, and two halves of what two
people said would be said by neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

#: Which of two to keep where both sides changed.
Side: TypeAlias = Literal["web", "workbook"]
Stated = TypeVar("Stated")


@dataclass(frozen=True)
class TwoSidedChange(Generic[Stated]):
    """One question on which the workbook says something else than what stands now."""

    question: str
    base: Stated  # when the workbook went out
    web: Stated  # now
    workbook: Stated


@dataclass(frozen=True)
class TwoSidedChanges(Generic[Stated]):
    """What a workbook would change."""

    fitting: tuple[TwoSidedChange[Stated], ...]  # nobody else changed these
    conflicts: tuple[TwoSidedChange[Stated], ...]  # both sides did, differently
    as_before: int  # questions of which something is said, on either side, that stay as they are

    def applied(self, keep: Mapping[str, Side]) -> Mapping[str, Stated]:
        """By question, what the workbook brings, with what to keep of each conflict.

        Raise KeyError for a conflict without a choice.
        """
        chosen = [change for change in self.conflicts if keep[change.question] == "workbook"]
        return {change.question: change.workbook for change in (*self.fitting, *chosen)}

    def without(self, questions: Iterable[str]) -> "TwoSidedChanges[Stated]":
        """The same, but for these questions, which stay as they are."""
        left_out = frozenset(questions)
        fitting, conflicts = (
            tuple(change for change in changes if change.question not in left_out)
            for changes in (self.fitting, self.conflicts)
        )
        return TwoSidedChanges(fitting, conflicts, self.as_before)


def compare_sides(
    base: Mapping[str, Stated], web: Mapping[str, Stated], workbook: Mapping[str, Stated], nothing: Stated
) -> TwoSidedChanges[Stated]:
    """What a workbook changes, by question, in its order; what it does not have stays as it stands.

    Where `base` or `web` has no question, it says `nothing`. The workbook changes what it has otherwise than it went
    out and than it stands now; that fits if nobody changed it meanwhile, and is a conflict if somebody did.
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

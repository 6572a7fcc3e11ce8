"""The companies of two periods, for whoever holds their answers: how each moved, and how each group of them did.

A company is in the group that its own answers of a period put it in. One that changed its sector in between has left
one group and come to another, so that the first and the last figure of a group are those of its periods.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.benchmark.change import Change, GroupChange, changes, group_change
from compliance.benchmark.peers import members
from compliance.benchmark.periods import Carried, Coded, TwoPeriods
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import PROFILE, Edition
from compliance.questionnaire.mapping import Left, Rules, carry, sources_of

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """An answer of the old edition that was not carried, or not to all that it is about, and how often that was so."""

    left: Left  # without the answer itself
    companies: int


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A question that is asked now and in no like-for-like figure, and of how many companies that is so."""

    question: str
    companies: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Two periods set beside each other. Points on the new edition's scale."""

    before: Edition
    after: Edition
    by: tuple[str, ...]
    companies: tuple[Change, ...]
    labels: Mapping[str, Labels]  # by company, of the later of its periods
    together: GroupChange
    groups: tuple[tuple[Labels, GroupChange], ...]  # none where nothing is grouped by
    left: tuple[LeftBehind, ...]
    uncompared: tuple[Uncompared, ...]  # in file order

    @property
    def is_one_edition(self) -> bool:
        """Both periods answer the same one, to the digest."""
        return self.before.digest == self.after.digest


def compare_periods(periods: TwoPeriods, left: Iterable[LeftBehind], by: Sequence[str] = ()) -> Panel:
    """How everybody moved from one period to the next. `left`: what was not carried between them.

    Raise KeyError for what `can_group_by` does not name in both editions.
    """
    old, new = periods.before.plan.edition, periods.after.plan.edition
    moved = changes(periods)
    was, now = (_labels(period, by) for period in (periods.before, periods.after))
    keys = dict.fromkeys((*now.values(), *was.values()))
    asked = Counter(question for change in moved for question in change.not_carried)
    return Panel(
        before=old,
        after=new,
        by=tuple(by),
        companies=moved,
        labels={**was, **now},
        together=group_change(moved),
        groups=tuple((key, group_change(list(_in_group(moved, was, now, key)))) for key in keys) if by else (),
        left=tuple(left),
        uncompared=tuple(Uncompared(question, asked[question]) for question in new.questions if question in asked),
    )


def _labels(period: Coded, by: Sequence[str]) -> Mapping[str, Labels]:
    """The labels of each company, in the order of the groups."""
    companies = period.claimed.companies
    groups = members(period.plan.edition, period.claimed, by)
    return {companies[i]: key for key, who in groups.items() for i in who}


def _in_group(
    moved: Sequence[Change], was: Mapping[str, Labels], now: Mapping[str, Labels], key: Labels
) -> Iterator[Change]:
    """The changes of a group; of who came from another one, or went to it, one side only."""
    for change in moved:
        there, here = was.get(change.company) == key, now.get(change.company) == key
        if there and here:
            yield change
        elif there:
            yield replace(change, after=None)
        elif here:
            yield replace(change, before=None)


class Crossing:
    """Carries sheets from one edition to another, one at a time, and counts what they leave.

    `rules` say what answers to the old edition settle in the new one.
    """

    def __init__(self, old: Edition, new: Edition, rules: Rules) -> None:
        self.old, self.new, self.rules = old, new, rules
        self.sources = sources_of(old, new, rules)
        self._left: Counter[Left] = Counter()

    def carry(self, sheet: AnswerSheet) -> Carried:
        """A sheet as far as it carries; within one edition it is the sheet itself. What it leaves is counted."""
        if self.old.digest == self.new.digest:
            return Carried(sheet)
        found = carry(self.old, self.new, self.rules, sheet)
        self._left.update(replace(left, answer="") for left in found.left)
        return Carried(found.sheet, frozenset(self._not_carried(sheet, found.sheet)))

    def left_behind(self) -> Iterator[LeftBehind]:
        """What the sheets so far left, by question."""
        for left in sorted(self._left, key=lambda left: (left.question, left.target)):
            yield LeftBehind(left, self._left[left])

    def _not_carried(self, sheet: AnswerSheet, carried: AnswerSheet) -> Iterator[str]:
        """What is asked now that nothing asked then, or where what was answered then settles nothing."""
        for question in self.new.questions:
            then = self.sources.get(question, ())
            if not then or (question not in carried.answers and any(source in sheet.answers for source in then)):
                yield question
        for name in self.new.profile:
            if name not in self.old.profile or (name in sheet.profile and name not in carried.profile):
                yield PROFILE + name

"""Two periods on their way into columns, and the old answers carried to what is asked now.

Every sheet passes by once, and nothing is kept of it but a byte for each of its answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.columns import Basis, Coding, Columns
from compliance.scoring.plan import Plan


@dataclass(frozen=True, slots=True)
class Period:
    """The sheets of one period, read once, and the edition that they answer."""

    plan: Plan
    sheets: Iterable[AnswerSheet]


@dataclass(frozen=True, slots=True)
class Carried:
    """A company's old answers, as far as they could be carried into the new edition."""

    sheet: AnswerSheet
    not_carried: frozenset[str] = frozenset()  # question ids, and `profile.<field>`, of the new edition


@dataclass(frozen=True, slots=True)
class Coded:
    """The answers of one period."""

    plan: Plan
    claimed: Columns
    counted: Columns  # on the basis compared
    has_verdicts: bool  # anywhere


@dataclass(frozen=True, slots=True)
class TwoPeriods:
    """The answers of two periods, and those of the first under the edition of the second."""

    before: Coded
    after: Coded
    carried: Coded  # of the companies in both periods, in the order of the first
    not_carried: tuple[frozenset[str], ...]  # of each of them

    @property
    def has_verdicts(self) -> bool:
        """An auditor gave one, in either period."""
        return self.before.has_verdicts or self.after.has_verdicts


def code_periods(
    before: Period, after: Period, carry: Callable[[AnswerSheet], Carried], basis: Basis = "claimed"
) -> TwoPeriods:
    """Read both periods; `carry` meets the old sheets of those that are in both."""
    new, old, carried = (Coding(period.plan.edition, (basis,)) for period in (after, before, after))
    for sheet in after.sheets:
        new.add(sheet)
    both = set(new.companies)
    seen: dict[frozenset[str], frozenset[str]] = {}  # most companies leave the same behind: each set is kept once
    not_carried: list[frozenset[str]] = []
    for sheet in before.sheets:
        old.add(sheet)
        if sheet.company in both:
            found = carry(sheet)
            carried.add(found.sheet)
            not_carried.append(seen.setdefault(found.not_carried, found.not_carried))
    was, now, across = (
        Coded(period.plan, coding.columns("claimed"), coding.columns(basis), coding.has_verdicts)
        for period, coding in ((before, old), (after, new), (after, carried))
    )
    return TwoPeriods(was, now, across, tuple(not_carried))

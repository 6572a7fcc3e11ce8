"""Of how many companies something holds, by what is known of it: never by what is only suspected.

"Fewer than 5 of n" is at most 4; "all but fewer than 5" is at least n less 4; a withheld count bounds nothing. Where
one to four companies were not asked, n is published as the number of all companies in the figures, so that those few
are not singled out: a share of those asked is then known between two bases. Shares are ordered by these bounds. Where
bounds overlap the order is not settled.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from compliance.benchmark.published import Cell, Share, Withheld, bounds
from compliance.benchmark.thresholds import MIN_COMPANIES
from compliance.findings.sectors.cells import cell_words
from compliance.findings.sectors.truth import Sentence, Truth
from compliance.languages.formats import all_of, number, percent
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
#: So many are named in a headline at most.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What a published share proves: from `least` to `most` companies, of those asked, who are from `asked` to `n`."""

    id: str
    n: int
    least: int
    most: int
    asked: int  # at the least

    @property
    def low(self) -> Fraction:
        """The smallest part of those asked that it can be."""
        return Fraction(self.least, self.n)

    @property
    def high(self) -> Fraction:
        """The largest part of those asked that it can be."""
        return Fraction(self.most, max(self.asked, self.most))

    @property
    def is_exact(self) -> bool:
        """The very part is known."""
        return self.low == self.high


def known(share: Share, resting: Cell, *, always_asked: bool = False) -> Known | None:
    """What a share of one sector proves; None where it is withheld.

    `resting`: how many companies the figures of the sector rest on. `always_asked`: it is asked of every company.
    """
    found = bounds(share.meeting, share.n)
    if found is None or isinstance(share.n, Withheld):
        return None
    is_base = always_asked or share.n != resting
    return Known(share.id, share.n, *found, share.n if is_base else max(share.n - (MIN_COMPANIES - 1), 1))


def known_together(share: Share, of_sectors: Sequence[Known]) -> Known | None:
    """The same of all sectors together, from what is known of those that it is made of."""
    found = bounds(share.meeting, share.n)
    if found is None or isinstance(share.n, Withheld):
        return None
    return Known(share.id, share.n, *found, max(1, sum(k.asked for k in of_sectors)))


@dataclass(frozen=True)
class HowMany(Sentence):
    """Of how many companies something holds, as it is published."""

    sector: str
    share: Known

    def words(self) -> str:
        """The count, and what it proves in per cent: bounds are rounded away from what they bound."""
        k = self.share
        if k.least == k.most:
            named = {"count": number(k.least), "n": number(k.n), "part": percent(k.least / k.n)}
            if k.is_exact:
                return _("%(count)s of %(n)s, %(part)s", **named)
            return _("%(count)s of %(n)s, at most %(part)s of those asked", **(named | {"part": percent(up(k.high))}))
        if k.least == 0:
            return _("%(few)s of %(n)s, at most %(part)s",
                     few=cell_words(Withheld.FEW), n=number(k.n), part=percent(up(k.high)))  # fmt: skip
        return _("%(nearly)s of %(n)s, at least %(part)s",
                 nearly=cell_words(Withheld.NEARLY_ALL), n=number(k.n), part=percent(down(k.low)))  # fmt: skip

    def holds(self, truth: Truth) -> bool:
        """The true count, and the true part of those asked, lie within the bounds."""
        count = truth.meeting(self.sector, self.share.id)
        return self.share.least <= count <= self.share.most and within(truth, self.sector, self.share)


def part_of(truth: Truth, sector: str, share: Known) -> Fraction:
    """The true part of those asked."""
    return Fraction(truth.meeting(sector, share.id), truth.asked(sector, share.id))


def within(truth: Truth, sector: str, share: Known) -> bool:
    """Whether the true part lies within what is known of it."""
    return share.low <= part_of(truth, sector, share) <= share.high


def up(share: Fraction) -> float:
    """In whole per cent, rounded up."""
    return math.ceil(share * 100) / 100


def down(share: Fraction) -> float:
    """In whole per cent, rounded down."""
    return math.floor(share * 100) / 100


def blocks(shares: Iterable[Known]) -> tuple[tuple[Known, ...], ...]:
    """Shares from the lowest bound up, parted wherever all before are proven to be lower than all after.

    The order within a block is not settled by what is published.
    """
    rows = sorted(shares, key=lambda k: (k.high, k.low))
    parted: list[list[Known]] = []
    for place, row in enumerate(rows):
        after = min(later.low for later in rows[place:])
        if not parted or max(k.high for k in parted[-1]) < after:
            parted.append([])
        parted[-1].append(row)
    return tuple(tuple(block) for block in parted)


@dataclass(frozen=True)
class SettledOrder(Sentence):
    """The order of a list: each block is lower than the next."""

    sector: str
    blocks: tuple[tuple[Known, ...], ...]

    def words(self) -> str:
        """How the list is read."""
        return _("Lowest first, as far as these figures settle it.")

    def holds(self, truth: Truth) -> bool:
        """Every true share of a block is below every one of the blocks after it."""
        true = [[part_of(truth, self.sector, k) for k in block] for block in self.blocks]
        return all(
            max(block) < min(later)
            for place, block in enumerate(true)
            for later in true[place + 1 :]
        )  # fmt: skip


@dataclass(frozen=True)
class Settled(Sentence):
    """How many of the rows are proven to be below half, how many to be half or more, and how many neither."""

    sector: str
    below: tuple[Known, ...]
    half_or_more: tuple[Known, ...]
    unsettled: tuple[str, ...]  # ids

    def words(self) -> str:
        """The three counts, and what they add up to."""
        below, above, open_ = len(self.below), len(self.half_or_more), len(self.unsettled)
        said = _(
            "Of %(all)s, %(below)s are met by fewer than half of the companies asked, as claimed, and %(above)s by "
            "half or more.",
            all=number(below + above + open_),
            below=number(below),
            above=number(above),
        )
        if not self.unsettled:
            return said
        rest = ngettext(
            "Of the other one it is not known, as a count is suppressed.",
            "Of the other %(num)s it is not known, as counts are suppressed.",
            open_,
        )
        return f"{said} {rest}"

    def holds(self, truth: Truth) -> bool:
        """All that are counted as settled truly are so."""
        low = [part_of(truth, self.sector, k) for k in self.below]
        high = [part_of(truth, self.sector, k) for k in self.half_or_more]
        return all(share < HALF for share in low) and all(share >= HALF for share in high)


@dataclass(frozen=True)
class AtMost(Sentence):
    """What each of some rows is at most met by: those with the lowest bound, by name if they are few."""

    sector: str
    rows: tuple[Known, ...]
    names: tuple[str, ...]
    of_law: bool

    def words(self) -> str:
        """The bound that holds for each of them; the very count, where there is one row and it is known."""
        first, named = self.rows[0], self._names()
        if len(self.rows) == 1:
            count, n = number(first.most), number(first.n)
            if first.least == first.most:
                return _("%(name)s: met by %(count)s of %(n)s companies, as claimed", name=named, count=count, n=n)
            return _("%(name)s: met by at most %(count)s of %(n)s companies, as claimed", name=named, count=count, n=n)
        part = percent(up(self.bound))
        if len(self.rows) <= NAMED:
            return _(
                "%(names)s: each met by at most %(part)s of the companies asked, as claimed", names=named, part=part
            )
        if self.of_law:
            return ngettext(
                "%(num)s provision: met by at most %(part)s of the companies asked, as claimed",
                "%(num)s provisions: each met by at most %(part)s of the companies asked, as claimed",
                len(self.rows),
                part=part,
            )
        return ngettext(
            "%(num)s requirement: met by at most %(part)s of the companies asked, as claimed",
            "%(num)s requirements: each met by at most %(part)s of the companies asked, as claimed",
            len(self.rows),
            part=part,
        )

    @property
    def bound(self) -> Fraction:
        """The most that any of them can be met by, of those asked."""
        return max(row.high for row in self.rows)

    def holds(self, truth: Truth) -> bool:
        """No true part of those asked lies above the bound, and a single count that is stated is the true one."""
        first = self.rows[0]
        bounded = all(part_of(truth, self.sector, row) <= self.bound for row in self.rows)
        if len(self.rows) > 1:
            return bounded
        return bounded and first.least <= truth.meeting(self.sector, first.id) <= first.most

    def _names(self) -> str:
        return all_of(self.names if self.of_law else [_("“%(name)s”", name=name) for name in self.names])


@dataclass(frozen=True)
class NoneBelowHalf(Sentence):
    """Every row of a list is proven to be met by half of the companies or more."""

    sector: str
    rows: tuple[Known, ...]

    def words(self) -> str:
        """How many rows there are."""
        return ngettext(
            "The one that is asked about is met by half of the companies or more, as claimed",
            "All %(num)s that are asked about are met by half of the companies or more, as claimed",
            len(self.rows),
        )

    def holds(self, truth: Truth) -> bool:
        """Each of them truly is."""
        return all(part_of(truth, self.sector, row) >= HALF for row in self.rows)


@dataclass(frozen=True)
class ProvenGaps(Sentence):
    """In so many sectors fewer than a quarter of the companies meet some provision."""

    rows: tuple[tuple[str, Known], ...]  # by sector, one provision that proves it

    def words(self) -> str:
        """How many sectors; in the others nothing is proven."""
        return ngettext(
            "In one sector, at least one provision of children’s law is met by fewer than a quarter of "
            "companies, as claimed",
            "In %(num)s sectors, at least one provision of children’s law is met by fewer than a quarter of "
            "companies, as claimed",
            len(self.rows),
        )

    def holds(self, truth: Truth) -> bool:
        """In each of them fewer than a quarter truly meet it."""
        return all(part_of(truth, sector, k) < QUARTER for sector, k in self.rows)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is proven to be met by fewer than half of the companies, and what is known of the rest."""

    listed: SettledOrder  # all rows that are proven to be below half
    settled: Settled
    rest: tuple[Known, ...]  # shown, and neither proven to be below half nor to be half or more
    withheld: tuple[str, ...]  # ids of which nothing is known


def left_out(sector: str, found: Sequence[tuple[str, Known | None]]) -> LeftOut:
    """Part what is known of a sector, by id, into what is proven to be below half, and the rest."""
    shown = [k for _id, k in found if k is not None]
    below = [k for k in shown if k.high < HALF]
    above = sorted((k for k in shown if k.low >= HALF), key=lambda k: (k.low, k.high))
    rest = tuple(sorted((k for k in shown if k.low < HALF <= k.high), key=lambda k: (k.high, k.low)))
    withheld = tuple(id_ for id_, k in found if k is None)
    settled = Settled(sector, tuple(below), tuple(above), (*(k.id for k in rest), *withheld))
    return LeftOut(SettledOrder(sector, blocks(below)), settled, rest, withheld)


def order_words(rows: Sequence[Known]) -> str:
    """What is not known of the order of some rows; "" where all of it is."""
    if len({(row.low, row.high) for row in rows}) == 1 and rows[0].is_exact:
        return _("Level") if len(rows) > 1 else ""
    is_settled = all(one.high < other.low for one, other in pairwise(sorted(rows, key=lambda k: (k.high, k.low))))
    return "" if is_settled else _("Some of these rows could change places")

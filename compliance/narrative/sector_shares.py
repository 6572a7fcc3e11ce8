"""Shares of a sector that meet a requirement or provision, as far as published counts prove them.

Shares are ordered by their bounds. If bounds overlap, the order is not settled, and no order is stated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from compliance.disclosure.published import Suppressed
from compliance.languages.formats import and_list, number, percent
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.published_counts import (
    ShareBounds,
    published_count_words,
    rounded_down,
    rounded_up,
    settled_blocks,
)
from compliance.narrative.sentence import SectorSentence, UnderlyingScores

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
#: How many requirements or provisions a headline names at most.
MOST_NAMED = 3


@dataclass(frozen=True)
class ShareMeeting(SectorSentence):
    """The published share of companies that meet a requirement or provision."""

    sector: str
    bounds: ShareBounds

    def words(self) -> str:
        """State the count, and what it proves in per cent. Bounds are rounded outwards."""
        k = self.bounds
        if k.least == k.most:
            named = {"count": number(k.least), "n": number(k.n), "part": percent(k.least / k.n)}
            if k.is_exact:
                return _("%(count)s of %(n)s, %(part)s", **named)
            return _(
                "%(count)s of %(n)s, at most %(part)s of those asked", **(named | {"part": percent(rounded_up(k.high))})
            )
        if k.least == 0:
            few = published_count_words(Suppressed.FEW)
            return _("%(few)s of %(n)s, at most %(part)s", few=few, n=number(k.n), part=percent(rounded_up(k.high)))
        nearly = published_count_words(Suppressed.NEARLY_ALL)
        part = percent(rounded_down(k.low))
        return _("%(nearly)s of %(n)s, at least %(part)s", nearly=nearly, n=number(k.n), part=part)

    def part_words(self) -> str:
        """Return only the share, in per cent, for a table cell. Bounds are rounded outwards."""
        k = self.bounds
        if k.is_exact:
            return percent(k.least / k.n)
        low, high = percent(rounded_down(k.low)), percent(rounded_up(k.high))
        if k.low == 0:
            return _("at most %(part)s", part=high) if k.high < 1 else _("not known")
        return _("at least %(part)s", part=low) if k.high == 1 else _("%(low)s to %(high)s", low=low, high=high)

    def count_words(self) -> str:
        """Return only the count, for a table cell."""
        k = self.bounds
        suppressed = Suppressed.NEARLY_ALL if k.least else Suppressed.FEW
        count = published_count_words(k.least if k.least == k.most else suppressed)
        return _("%(count)s of %(n)s", count=count, n=number(k.n))

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the true count and the true share of those asked are within the bounds."""
        count = truth.meeting(self.sector, self.bounds.id)
        return self.bounds.least <= count <= self.bounds.most and is_within_bounds(truth, self.sector, self.bounds)


def true_share(truth: UnderlyingScores, sector: str, share: ShareBounds) -> Fraction:
    """Return the true share of those asked."""
    return Fraction(truth.meeting(sector, share.id), truth.asked(sector, share.id))


def is_within_bounds(truth: UnderlyingScores, sector: str, share: ShareBounds) -> bool:
    """Tell whether the true share is within its bounds."""
    return share.low <= true_share(truth, sector, share) <= share.high


@dataclass(frozen=True)
class ProvenOrder(SectorSentence):
    """The order of a list: each block is lower than the next."""

    sector: str
    blocks: tuple[tuple[ShareBounds, ...], ...]

    def words(self) -> str:
        """State how to read the list."""
        return _("Lowest first, as far as these figures show.")

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether every true share of a block is below those of all later blocks."""
        true = [[true_share(truth, self.sector, k) for k in block] for block in self.blocks]
        return all(
            max(block) < min(later)
            for place, block in enumerate(true)
            for later in true[place + 1 :]
        )  # fmt: skip


@dataclass(frozen=True)
class CountBelowHalf(SectorSentence):
    """The numbers of rows proven to be below half, proven to be half or more, and neither."""

    sector: str
    below: tuple[ShareBounds, ...]
    half_or_more: tuple[ShareBounds, ...]
    unsettled: tuple[str, ...]  # ids

    def words(self) -> str:
        """State the three counts and their sum."""
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
            "For the other one this is not known, because a count is suppressed.",
            "For the other %(num)s this is not known, because counts are suppressed.",
            open_,
        )
        return f"{said} {rest}"

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether all rows counted as proven are truly below half, or half or more."""
        low = [true_share(truth, self.sector, k) for k in self.below]
        high = [true_share(truth, self.sector, k) for k in self.half_or_more]
        return all(share < HALF for share in low) and all(share >= HALF for share in high)


@dataclass(frozen=True)
class LowestUpperBound(SectorSentence):
    """The upper bound of some rows, which are named if they are few."""

    sector: str
    rows: tuple[ShareBounds, ...]
    names: tuple[str, ...]
    of_law: bool

    def words(self) -> str:
        """State the bound that holds for all rows, or the exact count of a single row if it is known."""
        first, named = self.rows[0], self._names()
        if len(self.rows) == 1:
            count, n = number(first.most), number(first.n)
            if first.least == first.most:
                return _("%(name)s: met by %(count)s of %(n)s companies, as claimed", name=named, count=count, n=n)
            return _("%(name)s: met by at most %(count)s of %(n)s companies, as claimed", name=named, count=count, n=n)
        part = percent(rounded_up(self.bound))
        if len(self.rows) <= MOST_NAMED:
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
        """The highest possible share of those asked that meet any of the rows."""
        return max(row.high for row in self.rows)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether no true share is above the bound, and the count stated for a single row is true."""
        first = self.rows[0]
        bounded = all(true_share(truth, self.sector, row) <= self.bound for row in self.rows)
        if len(self.rows) > 1:
            return bounded
        return bounded and first.least <= truth.meeting(self.sector, first.id) <= first.most

    def _names(self) -> str:
        return and_list(self.names if self.of_law else [_("“%(name)s”", name=name) for name in self.names])


@dataclass(frozen=True)
class MostOftenMissing(SectorSentence):
    """The requirements met by a lower share of companies than all other requirements shown."""

    sector: str
    rows: tuple[ShareBounds, ...]
    others: tuple[ShareBounds, ...]

    def words(self) -> str:
        """State the number of rows."""
        return ngettext(
            "Of the requirements shown, the one most often missing, as claimed",
            "Of the requirements shown, the %(num)s most often missing, as claimed",
            len(self.rows),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether each true share is below all others."""
        most = max(true_share(truth, self.sector, row) for row in self.rows)
        return all(most < true_share(truth, self.sector, other) for other in self.others)


@dataclass(frozen=True)
class SomeBelowHalf(SectorSentence):
    """Some of the requirements proven to be met by fewer than half, if the lowest of them are not settled."""

    sector: str
    rows: tuple[ShareBounds, ...]
    below: tuple[ShareBounds, ...]  # all requirements proven to be below half

    def words(self) -> str:
        """State the number of rows, and of all proven to be below half."""
        all_ = number(len(self.below))
        if len(self.rows) < len(self.below):
            return _(
                "%(num)s of the %(all)s requirements proven to be met by fewer than half of the companies asked, "
                "as claimed",
                num=number(len(self.rows)),
                all=all_,
            )
        return ngettext(
            "One requirement that fewer than half of the companies asked meet, as claimed",
            "%(num)s requirements that fewer than half of the companies asked meet, as claimed",
            len(self.rows),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether fewer than half of those asked truly meet each of them."""
        return all(true_share(truth, self.sector, row) < HALF for row in self.below)


@dataclass(frozen=True)
class NoneBelowHalf(SectorSentence):
    """The rows of a list, if all are proven to be met by half of the companies or more."""

    sector: str
    rows: tuple[ShareBounds, ...]

    def words(self) -> str:
        """State the number of rows."""
        return ngettext(
            "The one that is asked about is met by half of the companies or more, as claimed",
            "All %(num)s that are asked about are met by half of the companies or more, as claimed",
            len(self.rows),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether half or more truly meet each of them."""
        return all(true_share(truth, self.sector, row) >= HALF for row in self.rows)


@dataclass(frozen=True)
class SectorsBelowQuarter(SectorSentence):
    """The number of sectors in which fewer than a quarter of the companies meet some provision."""

    rows: tuple[tuple[str, ShareBounds], ...]  # sectors, each with a provision that proves it

    def words(self) -> str:
        """State the number of sectors. In the others nothing is proven."""
        return ngettext(
            "In one sector, at least one provision of children’s law is met by fewer than a quarter of "
            "companies, as claimed",
            "In %(num)s sectors, at least one provision of children’s law is met by fewer than a quarter of "
            "companies, as claimed",
            len(self.rows),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether in each sector fewer than a quarter truly meet the provision."""
        return all(true_share(truth, sector, k) < QUARTER for sector, k in self.rows)


@dataclass(frozen=True, slots=True)
class SharesByHalf:
    """Rows proven to be met by fewer than half of the companies, and the rest."""

    listed: ProvenOrder  # all rows that are proven to be below half
    settled: CountBelowHalf
    rest: tuple[ShareBounds, ...]  # shown, but proven neither to be below half nor to be half or more
    withheld: tuple[str, ...]  # ids of rows without bounds


def shares_by_half(sector: str, bounds: Sequence[tuple[str, ShareBounds | None]]) -> SharesByHalf:
    """Divide a sector's rows, given by id with their bounds, into those proven to be below half and the rest."""
    shown = [k for _id, k in bounds if k is not None]
    below = [k for k in shown if k.high < HALF]
    above = sorted((k for k in shown if k.low >= HALF), key=lambda k: (k.low, k.high))
    rest = tuple(sorted((k for k in shown if k.low < HALF <= k.high), key=lambda k: (k.high, k.low)))
    withheld = tuple(id_ for id_, k in bounds if k is None)
    settled = CountBelowHalf(sector, tuple(below), tuple(above), (*(k.id for k in rest), *withheld))
    return SharesByHalf(ProvenOrder(sector, settled_blocks(below)), settled, rest, withheld)


def most_often_missing(sector: str, found: SharesByHalf) -> MostOftenMissing | SomeBelowHalf | None:
    """Return up to three rows proven to have the lowest shares, or None if no row is proven to be below half.

    If the lowest are not settled, they are the three with the lowest bounds, and are not called the lowest.
    """
    blocks, first = found.listed.blocks, 0
    below = tuple(row for block in blocks for row in block)
    if not below:
        return None
    for block in blocks:
        if first + len(block) > MOST_NAMED:
            break
        first += len(block)
    rows, others = below[:first], (*below[first:], *found.settled.half_or_more, *found.rest)
    if rows and others and max(row.high for row in rows) < min(other.low for other in others):
        return MostOftenMissing(sector, rows, others)
    return SomeBelowHalf(sector, below[:MOST_NAMED], below)


def order_words(rows: Sequence[ShareBounds]) -> str:
    """Return a note that rows are level or that their order is not settled, or "" if it is."""
    if len({(row.low, row.high) for row in rows}) == 1 and rows[0].is_exact:
        return _("Level") if len(rows) > 1 else ""
    is_settled = all(one.high < other.low for one, other in pairwise(sorted(rows, key=lambda k: (k.high, k.low))))
    return "" if is_settled else _("Some of these rows could change places")

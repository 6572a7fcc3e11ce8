"""Of how many companies something holds, by what is known of it: never by what is only suspected.

"Fewer than 5 of n" is at most 4 of n; "all but fewer than 5" is at least n less 4; a withheld count bounds nothing.
Shares are ordered by these bounds. Where bounds overlap the order is not settled, and the rows are shown as level.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from compliance.benchmark.published import Share, Withheld, bounds
from compliance.findings.sectors.cells import cell_words
from compliance.findings.sectors.truth import Sentence, Truth
from compliance.languages.formats import any_of, number, percent
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
#: So many are named in a headline at most.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What a published share proves: of `n` companies, from `least` to `most`."""

    id: str
    n: int
    least: int
    most: int

    @property
    def low(self) -> Fraction:
        """The smallest share that it can be."""
        return Fraction(self.least, self.n)

    @property
    def high(self) -> Fraction:
        """The largest share that it can be."""
        return Fraction(self.most, self.n)

    @property
    def is_exact(self) -> bool:
        """The count itself is published."""
        return self.least == self.most


def known(share: Share) -> Known | None:
    """What a share proves; None where it is withheld."""
    found = bounds(share.meeting, share.n)
    return None if found is None or isinstance(share.n, Withheld) else Known(share.id, share.n, *found)


@dataclass(frozen=True)
class HowMany(Sentence):
    """Of how many companies something holds, as it is published."""

    sector: str
    share: Known

    def words(self) -> str:
        """The count, and what it proves in per cent: bounds are rounded away from what they bound."""
        k = self.share
        if k.is_exact:
            return _("%(count)s of %(n)s, %(part)s", count=number(k.least), n=number(k.n), part=percent(k.least / k.n))
        if k.least == 0:
            return _("%(few)s of %(n)s, at most %(part)s",
                     few=cell_words(Withheld.FEW), n=number(k.n), part=percent(up(k.high)))  # fmt: skip
        return _("%(nearly)s of %(n)s, at least %(part)s",
                 nearly=cell_words(Withheld.NEARLY_ALL), n=number(k.n), part=percent(down(k.low)))  # fmt: skip

    def holds(self, truth: Truth) -> bool:
        """The true count lies within the bounds."""
        return self.share.least <= truth.meeting(self.sector, self.share.id) <= self.share.most


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
        return _("Lowest first, except where rows are marked: their order is not settled.")

    def holds(self, truth: Truth) -> bool:
        """Every true share of a block is below every one of the blocks after it."""
        true = [[Fraction(truth.meeting(self.sector, k.id), k.n) for k in block] for block in self.blocks]
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
    unsettled: int

    def words(self) -> str:
        """The three counts, and what they add up to."""
        below, above = len(self.below), len(self.half_or_more)
        said = _(
            "Of %(all)s, %(below)s are met by fewer than half of the companies and %(above)s by half or more.",
            all=number(below + above + self.unsettled),
            below=number(below),
            above=number(above),
        )
        if not self.unsettled:
            return said
        rest = ngettext(
            "Of the other one it is not known, as a count is suppressed.",
            "Of the other %(num)s it is not known, as counts are suppressed.",
            self.unsettled,
        )
        return f"{said} {rest}"

    def holds(self, truth: Truth) -> bool:
        """All that are counted as settled truly are so."""
        low = [Fraction(truth.meeting(self.sector, k.id), k.n) for k in self.below]
        high = [Fraction(truth.meeting(self.sector, k.id), k.n) for k in self.half_or_more]
        return all(share < HALF for share in low) and all(share >= HALF for share in high)


@dataclass(frozen=True)
class AtMost(Sentence):
    """What at most a stated part of the companies meet: the rows with the lowest bound, by name if they are few."""

    sector: str
    rows: tuple[Known, ...]
    names: tuple[str, ...]
    of_law: bool

    def words(self) -> str:
        """The bound that holds for all of them; the very count, where there is one row and it is known."""
        first = self.rows[0]
        if len(self.rows) == 1:
            named = {"count": number(first.most), "n": number(first.n), "name": self.names[0]}
            if first.is_exact:
                return (
                    _("%(count)s of %(n)s companies meet at least half of what %(name)s asks", **named)
                    if self.of_law
                    else _("%(count)s of %(n)s companies meet at least half of “%(name)s”", **named)
                )
            return (
                _("At most %(count)s of %(n)s companies meet at least half of what %(name)s asks", **named)
                if self.of_law
                else _("At most %(count)s of %(n)s companies meet at least half of “%(name)s”", **named)
            )
        part = percent(up(max(row.high for row in self.rows)))
        if len(self.rows) > NAMED:
            return (
                ngettext(
                    "At most %(part)s of companies meet at least half of what this provision asks",
                    "At most %(part)s of companies meet at least half of what each of %(num)s provisions asks",
                    len(self.rows),
                    part=part,
                )
                if self.of_law
                else ngettext(
                    "At most %(part)s of companies meet at least half of this requirement",
                    "At most %(part)s of companies meet at least half of each of %(num)s requirements",
                    len(self.rows),
                    part=part,
                )
            )
        if self.of_law:
            return _(
                "At most %(part)s of companies meet at least half of what %(names)s asks",
                part=part,
                names=any_of(self.names),
            )
        quoted = any_of(_("“%(name)s”", name=name) for name in self.names)
        return _("At most %(part)s of companies meet at least half of %(names)s", part=part, names=quoted)

    def holds(self, truth: Truth) -> bool:
        """No true share lies above the bound, and a single count that is stated is the true one."""
        bound = max(row.high for row in self.rows)
        true = [truth.meeting(self.sector, row.id) for row in self.rows]
        within = all(Fraction(count, row.n) <= bound for count, row in zip(true, self.rows, strict=True))
        exact = len(self.rows) > 1 or not self.rows[0].is_exact or true[0] == self.rows[0].most
        return within and exact


@dataclass(frozen=True)
class ProvenGaps(Sentence):
    """In so many sectors fewer than a quarter of the companies meet some provision."""

    rows: tuple[tuple[str, Known], ...]  # by sector, one provision that proves it

    def words(self) -> str:
        """How many sectors; in the others nothing is proven."""
        return ngettext(
            "One sector has a proven gap in children’s law",
            "%(num)s sectors have a proven gap in children’s law",
            len(self.rows),
        )

    def holds(self, truth: Truth) -> bool:
        """In each of them fewer than a quarter truly meet it."""
        return all(Fraction(truth.meeting(sector, k.id), k.n) < QUARTER for sector, k in self.rows)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is proven to be met by fewer than half of the companies, and what is known of the rest."""

    listed: SettledOrder  # all rows that are proven to be below half
    settled: Settled
    rest: tuple[Known, ...]  # shown, and not proven to be below half: lowest bound first
    withheld: tuple[str, ...]  # ids of which nothing is known


def left_out(sector: str, shares: Sequence[Share]) -> LeftOut:
    """Part the shares of a sector into what is proven to be below half, and the rest."""
    found = [(share.id, known(share)) for share in shares]
    shown = [k for _id, k in found if k is not None]
    below = [k for k in shown if k.high < HALF]
    above = tuple(k for k in shown if k.low >= HALF)
    rest = tuple(sorted((k for k in shown if k.high >= HALF), key=lambda k: (k.high, k.low)))
    withheld = tuple(id_ for id_, k in found if k is None)
    settled = Settled(sector, tuple(below), above, len(found) - len(below) - len(above))
    return LeftOut(SettledOrder(sector, blocks(below)), settled, rest, withheld)

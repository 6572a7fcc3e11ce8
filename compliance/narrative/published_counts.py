"""Published counts: in words, and the bounds that they prove for a share of companies.

"Fewer than 5 of n" is at most 4, "all but fewer than 5" is at least n − 4, and a withheld count gives no bound. If one
to four companies were not asked, n is published as the number of all companies in the figures, so as not to single out
those few. The base of a share of those asked is then only known to lie between two numbers.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from compliance.disclosure.published import (
    MetShare,
    PublishedCell,
    PublishedRange,
    ScoreRange,
    SectorFigures,
    Suppressed,
    count_bounds,
)
from compliance.languages.formats import number
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

SUPPRESSION_WORDS: Mapping[Suppressed, str] = {
    Suppressed.FEW: N_("fewer than 5"),
    Suppressed.NEARLY_ALL: N_("all but at most 4"),
    Suppressed.NOT_SHOWN: N_("withheld"),
}


def published_count_words(cell: PublishedCell) -> str:
    """Return a published count in words."""
    return _(SUPPRESSION_WORDS[cell]) if isinstance(cell, Suppressed) else number(cell)


def count_if_shown(cell: PublishedCell) -> int | None:
    """Return the count, or None if it is suppressed."""
    return None if isinstance(cell, Suppressed) else cell


def range_if_shown(cell: PublishedRange) -> ScoreRange | None:
    """Return the range, or None if it is suppressed."""
    return None if isinstance(cell, Suppressed) else cell


def score_range_words(score: ScoreRange) -> str:
    """Return a range of scores, "35–50", or a single number if both ends are equal."""
    if score.low == score.high:
        return number(score.low)
    return _("%(low)s–%(high)s", low=number(score.low), high=number(score.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBounds:
    """Bounds of a published share: `least` to `most` companies meet it, of the `asked_at_least` to `n` asked."""

    id: str
    n: int
    least: int
    most: int
    asked_at_least: int

    @property
    def low(self) -> Fraction:
        """The lowest possible share of those asked."""
        return Fraction(self.least, self.n)

    @property
    def high(self) -> Fraction:
        """The highest possible share of those asked."""
        return Fraction(self.most, max(self.asked_at_least, self.most))

    @property
    def is_exact(self) -> bool:
        """Whether the exact share is known."""
        return self.low == self.high


def share_bounds(share: MetShare, contributors: PublishedCell, *, always_asked: bool = False) -> ShareBounds | None:
    """Return the bounds that a share of one sector proves, or None if it is withheld.

    `contributors`: the number of companies behind the figures of the sector. `always_asked`: every company is asked.
    """
    bounds = count_bounds(share.meeting, share.n)
    if bounds is None or isinstance(share.n, Suppressed):
        return None
    is_base = always_asked or share.n != contributors
    asked = share.n if is_base else max(share.n - (MIN_CONTRIBUTORS - 1), 1)
    return ShareBounds(id=share.id, n=share.n, least=bounds[0], most=bounds[1], asked_at_least=asked)


def share_bounds_together(share: MetShare, of_sectors: Sequence[ShareBounds]) -> ShareBounds | None:
    """Return the bounds that a share of all sectors proves, or None if it is withheld. `of_sectors`: of each sector."""
    bounds = count_bounds(share.meeting, share.n)
    if bounds is None or isinstance(share.n, Suppressed):
        return None
    asked = max(1, sum(k.asked_at_least for k in of_sectors))
    return ShareBounds(id=share.id, n=share.n, least=bounds[0], most=bounds[1], asked_at_least=asked)


def rounded_up(share: Fraction) -> float:
    """Return a share rounded up to a whole per cent."""
    return math.ceil(share * 100) / 100


def rounded_down(share: Fraction) -> float:
    """Return a share rounded down to a whole per cent."""
    return math.floor(share * 100) / 100


def settled_blocks(shares: Iterable[ShareBounds]) -> tuple[tuple[ShareBounds, ...], ...]:
    """Return shares in blocks, lowest first. Every share of a block is proven to be lower than those of later blocks.

    The published figures do not establish the order within a block.
    """
    rows = sorted(shares, key=lambda k: (k.high, k.low))
    parted: list[list[ShareBounds]] = []
    for place, row in enumerate(rows):
        after = min(later.low for later in rows[place:])
        if not parted or max(k.high for k in parted[-1]) < after:
            parted.append([])
        parted[-1].append(row)
    return tuple(tuple(block) for block in parted)


def share_bounds_by_id(
    edition: Edition, group: SectorFigures, shares: Iterable[MetShare]
) -> list[tuple[str, ShareBounds | None]]:
    """Return ids and bounds of a sector's shares among those asked. None: withheld."""
    always = _always_asked(edition)
    return [(share.id, share_bounds(share, group.contributors, always_asked=share.id in always)) for share in shares]


def _always_asked(edition: Edition) -> frozenset[str]:
    """Return ids of requirements that all companies are asked about, and of the provisions behind them."""
    found = [node for node in _unconditional(edition.root) if any(map(_always_applies, node.parts))]
    return frozenset(id_ for node in found for id_ in (node.id, *node.law))


def _unconditional(node: Node) -> Iterator[Node]:
    """Yield the requirements that are asked without any condition, at and below a node."""
    if node.asked_when is None:
        if node.is_requirement:
            yield node
        for part in node.parts:
            if isinstance(part, Node):
                yield from _unconditional(part)


def _always_applies(part: Node | Question) -> bool:
    return isinstance(part, Question) and part.scored and part.asked_when is None and part.na == "never"

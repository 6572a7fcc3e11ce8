"""Bands: how many companies stand in each, and how many a critical requirement holds down."""

from dataclasses import dataclass

from compliance.benchmark.published import Group, Share
from compliance.findings.sectors.cells import stated
from compliance.findings.sectors.truth import Sentence, Truth
from compliance.languages.formats import any_of, number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.questionnaire.edition import Edition


@dataclass(frozen=True)
class HeldDown(Sentence):
    """Of the companies in the band of the cap, so many have the points of a higher one."""

    sector: str
    bands: tuple[str, ...]  # ids, joined
    count: int
    of: int

    def words(self) -> str:
        """The finding: they have the points, and miss something that cannot be made up for."""
        return ngettext(
            "One company claims the points for a higher band but misses a critical requirement",
            "%(num)s companies claim the points for a higher band but miss a critical requirement",
            self.count,
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones."""
        true = (truth.capped(self.sector, self.bands), truth.in_bands(self.sector, self.bands))
        return (self.count, self.of) == true


@dataclass(frozen=True)
class InBands(Sentence):
    """How many companies stand in the lowest bands shown."""

    sector: str
    bands: tuple[str, ...]  # ids
    names: tuple[str, ...]
    count: int
    all: int

    def words(self) -> str:
        """The count, what it is a share of, and the bands."""
        return _(
            "%(count)s of %(all)s companies are in %(bands)s, as claimed",
            count=number(self.count),
            all=number(self.all),
            bands=any_of(self.names),
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones."""
        true = (truth.in_bands(self.sector, self.bands), truth.taking(self.sector, "resting"))
        return (self.count, self.all) == true


def bands_headline(edition: Edition, group: Group) -> Sentence | None:
    """Who is held down, if that may be shown; else how many stand in the lowest bands; None where one block is left."""
    held = held_down(group.sector, group.capped)
    if held is not None:
        return held
    counts = [stated(band.count) for band in group.bands]
    if len(counts) < 2 or None in counts:
        return None
    known = [count for count in counts if count is not None]
    low = group.bands[: max(1, len(counts) // 2)]
    titles = {band.id: band.title for band in edition.bands}
    ids = tuple(band for block in low for band in block.bands)
    return InBands(group.sector, ids, tuple(titles[i] for i in ids), sum(known[: len(low)]), sum(known))


def held_down(sector: str, share: Share | None) -> HeldDown | None:
    """How many are held down, where the very count is published."""
    if share is None:
        return None
    count, of = stated(share.meeting), stated(share.n)
    return HeldDown(sector, tuple(share.id.split("+")), count, of) if count and of else None

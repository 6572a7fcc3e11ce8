"""Medians and bands of sectors, claimed beside evidenced. A claim is called one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.disclosure.published import MetShare, SectorFigures
from compliance.languages.formats import number, or_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.narrative.published_counts import count_if_shown
from compliance.narrative.sentence import SectorSentence, UnderlyingScores, rounds_to
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.coded_answers import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorMedians:
    """The published medians of the whole of one sector, in whole points; None: suppressed."""

    sector: str
    title: str
    claimed: int | None
    evidenced: int | None


def sector_medians(edition: Edition, group: SectorFigures) -> SectorMedians:
    """The medians of one sector. `edition`: the one that the figures are of."""
    claimed, evidenced = _overall_medians(group)
    title = sector_label(edition, group.sector)
    return SectorMedians(sector=group.sector, title=title, claimed=claimed, evidenced=evidenced)


def _overall_medians(group: SectorFigures) -> tuple[int | None, int | None]:
    overall = group.figure(OVERALL)
    return count_if_shown(overall.claimed.median), count_if_shown(overall.evidenced.median)


@dataclass(frozen=True)
class ClaimedAndEvidenced(SectorSentence):
    """Both medians of a sector, as a title."""

    sector: str
    title: str
    claimed: int
    evidenced: int
    scale: float

    def words(self) -> str:
        """The sector, what it claims and what it shows."""
        return _(
            "%(sector)s: %(claimed)s of %(scale)s claimed, %(evidenced)s with evidence on file",
            sector=self.title,
            claimed=number(self.claimed),
            scale=number(self.scale),
            evidenced=number(self.evidenced),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both are the true medians, rounded."""
        return _both_hold(self, truth)


@dataclass(frozen=True)
class MedianFallsOnEvidence(SectorSentence):
    """The evidenced median is below the claimed one."""

    sector: str
    claimed: int
    evidenced: int

    def words(self) -> str:
        """The two medians."""
        return _(
            "The median falls from %(claimed)s as claimed to %(evidenced)s on evidence",
            evidenced=number(self.evidenced),
            claimed=number(self.claimed),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both are the true medians, rounded, and the evidenced one is the lower."""
        claimed, evidenced = (truth.median(self.sector, OVERALL, basis) for basis in ("claimed", "evidenced"))
        return _both_hold(self, truth) and evidenced < claimed


@dataclass(frozen=True)
class MediansAgree(SectorSentence):
    """Both medians are the same in whole points."""

    sector: str
    claimed: int
    evidenced: int

    def words(self) -> str:
        """The one number."""
        return _("The claimed and the evidenced median are both %(score)s", score=number(self.claimed))

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both are the true medians, rounded."""
        return _both_hold(self, truth) and self.claimed == self.evidenced


def _both_hold(said: "ClaimedAndEvidenced | MedianFallsOnEvidence | MediansAgree", truth: UnderlyingScores) -> bool:
    claimed = rounds_to(said.claimed, truth.median(said.sector, OVERALL, "claimed"))
    return claimed and rounds_to(said.evidenced, truth.median(said.sector, OVERALL, "evidenced"))


def sector_headline(edition: Edition, group: SectorFigures) -> SectorSentence | None:
    """A sector's title with both medians; None where they are suppressed."""
    medians = sector_medians(edition, group)
    if medians.claimed is None or medians.evidenced is None:
        return None
    return ClaimedAndEvidenced(medians.sector, medians.title, medians.claimed, medians.evidenced, edition.scale)


def evidence_headline(group: SectorFigures) -> SectorSentence | None:
    """Fall of the median when only evidence counts; None where it is suppressed."""
    claimed, evidenced = _overall_medians(group)
    if claimed is None or evidenced is None or evidenced > claimed:
        return None
    kind = MedianFallsOnEvidence if evidenced < claimed else MediansAgree
    return kind(group.sector, claimed, evidenced)


# ── Sectors beside each other


@dataclass(frozen=True)
class MediansPastHalf(SectorSentence):
    """Number of the sectors shown whose median is more than half of full marks."""

    basis: Basis
    past: tuple[str, ...]  # the published median is above half
    near: tuple[str, ...]  # it is half in whole points, and may be above or below
    shown: tuple[str, ...]
    half: float

    def words(self) -> str:
        """With the basis: a claim is called one."""
        named = {
            "count": number(len(self.past)),
            "all": number(len(self.shown)),
            "near": number(len(self.near)),
            "half": number(self.half),
        }
        if self.basis == "evidenced":
            if self.near:
                return _("On evidence, the median is above %(half)s in %(count)s of the %(all)s sectors shown "
                         "and at %(half)s in %(near)s", **named)  # fmt: skip
            if not self.past:
                return _("On evidence, the median reaches halfway in none of the %(all)s sectors shown", **named)
            return _("On evidence, the median is past halfway in %(count)s of the %(all)s sectors shown", **named)
        if self.near:
            return _("As claimed, the median is above %(half)s in %(count)s of the %(all)s sectors shown and "
                     "at %(half)s in %(near)s", **named)  # fmt: skip
        if not self.past:
            return _("As claimed, the median reaches halfway in none of the %(all)s sectors shown", **named)
        return _("As claimed, the median is past halfway in %(count)s of the %(all)s sectors shown", **named)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Of the sectors shown, just those called so are past halfway; those near may lie on either side."""
        true = {sector: truth.median(sector, OVERALL, self.basis) for sector in self.shown}
        settled = [sector for sector in self.shown if sector not in self.near]
        return all((true[sector] > self.half) == (sector in self.past) for sector in settled) and all(
            rounds_to(round(self.half), true[sector]) for sector in self.near
        )


def medians_past_half(by_sector: Sequence[SectorMedians], basis: Basis, scale: float) -> SectorSentence | None:
    """Sentence counting the sectors whose median is past halfway; None where no sector is shown."""
    known = _published_medians(by_sector, basis)
    if not known:
        return None
    half = scale / 2
    return MediansPastHalf(
        basis,
        tuple(sector for sector, median in known.items() if median > half),
        tuple(sector for sector, median in known.items() if median == half),
        tuple(known),
        half,
    )


@dataclass(frozen=True)
class HighestEvidencedMedian(SectorSentence):
    """The highest evidenced median of the sectors shown."""

    sectors: tuple[str, ...]  # those that have it
    titles: tuple[str, ...]  # of these
    shown: tuple[str, ...]
    most: int

    def words(self) -> str:
        """The bound, and whose it is where one sector has it alone."""
        most = number(self.most)
        if len(self.sectors) == 1:
            return _(
                "Of the sectors shown, the highest median on evidence is %(most)s (%(sector)s).",
                most=most,
                sector=self.titles[0],
            )
        return _("Of the sectors shown, the highest median on evidence is %(most)s.", most=most)

    def holds(self, truth: UnderlyingScores) -> bool:
        """No sector shown lies above it, and a single one that is named lies above all others."""
        true = {sector: truth.median(sector, OVERALL, "evidenced") for sector in self.shown}
        highest = max(true.values())
        is_it = len(self.sectors) > 1 or all(true[self.sectors[0]] > true[s] for s in true if s not in self.sectors)
        return rounds_to(self.most, highest) and is_it


def highest_evidenced_median(by_sector: Sequence[SectorMedians]) -> SectorSentence | None:
    """The highest evidenced median of the sectors shown; None where no sector is shown."""
    known = _published_medians(by_sector, "evidenced")
    if not known:
        return None
    most = max(known.values())
    highest = [medians for medians in by_sector if known.get(medians.sector) == most]
    sectors, titles = (tuple(m.sector for m in highest), tuple(m.title for m in highest))
    return HighestEvidencedMedian(sectors, titles, tuple(known), most)


@dataclass(frozen=True)
class EvidencedBelowClaimed(SectorSentence):
    """Number of sectors that show less than they claim, with the one that falls furthest as the example."""

    less: tuple[str, ...]
    shown: tuple[str, ...]
    example: SectorMedians

    def words(self) -> str:
        """At least so many: where both are the same in whole points, one may still lie below the other."""
        named = {
            "sector": self.example.title,
            "evidenced": number(self.example.evidenced or 0),
            "claimed": number(self.example.claimed or 0),
        }
        if len(self.less) == len(self.shown):
            return _(
                "In each of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
                "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
                all=number(len(self.shown)),
                **named,
            )
        return ngettext(
            "In at least one of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
            "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
            "In at least %(num)s of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
            "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
            len(self.less),
            all=number(len(self.shown)),
            **named,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Each of them does, and the medians of the example are the true ones, rounded."""
        both = {s: [truth.median(s, OVERALL, b) for b in ("claimed", "evidenced")] for s in self.shown}
        true = both[self.example.sector]
        said = [self.example.claimed or 0, self.example.evidenced or 0]
        return all(both[s][1] < both[s][0] for s in self.less) and all(map(rounds_to, said, true))


def evidenced_below_claimed(by_sector: Sequence[SectorMedians]) -> SectorSentence | None:
    """Sentence counting the sectors that show less than they claim; None where none does for certain."""
    known = [m for m in by_sector if m.claimed is not None and m.evidenced is not None]
    less = [m for m in known if _claimed_less_evidenced(m) > 0]
    if not less:
        return None
    return EvidencedBelowClaimed(
        tuple(m.sector for m in less), tuple(m.sector for m in known), max(less, key=_claimed_less_evidenced)
    )


def _claimed_less_evidenced(medians: SectorMedians) -> int:
    return (medians.claimed or 0) - (medians.evidenced or 0)


def _published_medians(by_sector: Sequence[SectorMedians], basis: Basis) -> Mapping[str, int]:
    values = {m.sector: m.claimed if basis == "claimed" else m.evidenced for m in by_sector}
    return {sector: median for sector, median in values.items() if median is not None}


@dataclass(frozen=True)
class CappedCompanies(SectorSentence):
    """Number of companies in the band of the cap that have the points of a higher one."""

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

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both counts are the true ones."""
        true = (truth.capped(self.sector, self.bands), truth.in_bands(self.sector, self.bands))
        return (self.count, self.of) == true


@dataclass(frozen=True)
class InLowestBands(SectorSentence):
    """Number of companies in the lowest bands shown."""

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
            bands=or_list(self.names),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both counts are the true ones."""
        true = (truth.in_bands(self.sector, self.bands), truth.participants(self.sector, "contributors"))
        return (self.count, self.all) == true


def bands_headline(edition: Edition, group: SectorFigures) -> SectorSentence | None:
    """Headline on capped companies, if they may be shown, or on the lowest bands; None where one block is left."""
    held = capped_companies(group.sector, group.capped)
    if held is not None:
        return held
    counts = [count_if_shown(band.count) for band in group.bands]
    if len(counts) < 2 or None in counts:
        return None
    known = [count for count in counts if count is not None]
    low = group.bands[: max(1, len(counts) // 2)]
    titles = {band.id: band.title for band in edition.bands}
    ids = tuple(band for block in low for band in block.bands)
    return InLowestBands(group.sector, ids, tuple(titles[i] for i in ids), sum(known[: len(low)]), sum(known))


def capped_companies(sector: str, share: MetShare | None) -> CappedCompanies | None:
    """Sentence counting the capped companies, where the very count is published."""
    if share is None:
        return None
    count, of = count_if_shown(share.meeting), count_if_shown(share.n)
    return CappedCompanies(sector, tuple(share.id.split("+")), count, of) if count and of else None


def capped_words(count: int, held: int | None) -> str:
    """Words for the companies of a band that are held in it by a missed critical requirement."""
    if held is None:
        return ""
    return _(
        "%(own)s by their points; %(held)s have the points for a higher band and miss a critical requirement.",
        own=number(count - held),
        held=number(held),
    )

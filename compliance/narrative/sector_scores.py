"""Medians and bands of sectors, claimed and evidenced. A claim is always called a claim.

Medians are published as ranges: a median is called lower than another only if its whole range is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.disclosure.published import MetShare, ScoreRange, SectorFigures
from compliance.languages.formats import number, or_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.narrative.published_counts import count_if_shown, range_if_shown, score_range_words
from compliance.narrative.sentence import SectorSentence, UnderlyingScores, contains
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.coded_answers import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorMedians:
    """The published medians of the overall score in one sector. None: suppressed."""

    sector: str
    title: str
    claimed: ScoreRange | None
    evidenced: ScoreRange | None


def sector_medians(edition: Edition, group: SectorFigures) -> SectorMedians:
    """Return the medians of one sector. `edition`: the edition of the figures."""
    claimed, evidenced = _overall_medians(group)
    title = sector_label(edition, group.sector)
    return SectorMedians(sector=group.sector, title=title, claimed=claimed, evidenced=evidenced)


def _overall_medians(group: SectorFigures) -> tuple[ScoreRange | None, ScoreRange | None]:
    overall = group.figure(OVERALL)
    return range_if_shown(overall.claimed.median), range_if_shown(overall.evidenced.median)


@dataclass(frozen=True)
class ClaimedAndEvidenced(SectorSentence):
    """Both medians of a sector, for a title."""

    sector: str
    title: str
    claimed: ScoreRange
    evidenced: ScoreRange
    scale: float

    def words(self) -> str:
        """State the sector and both medians."""
        return _(
            "%(sector)s: %(claimed)s of %(scale)s claimed, %(evidenced)s with evidence on file",
            sector=self.title,
            claimed=score_range_words(self.claimed),
            scale=number(self.scale),
            evidenced=score_range_words(self.evidenced),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both true medians are in their ranges."""
        return _both_hold(self, truth)


@dataclass(frozen=True)
class MedianFallsOnEvidence(SectorSentence):
    """Both medians of a sector, if the evidenced one is below the claimed one."""

    sector: str
    claimed: ScoreRange
    evidenced: ScoreRange

    def words(self) -> str:
        """State both medians."""
        return _(
            "The median falls from %(claimed)s as claimed to %(evidenced)s on evidence",
            evidenced=score_range_words(self.evidenced),
            claimed=score_range_words(self.claimed),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both true medians are in their ranges, and the evidenced median is lower."""
        claimed, evidenced = (truth.median(self.sector, OVERALL, basis) for basis in ("claimed", "evidenced"))
        return _both_hold(self, truth) and evidenced < claimed


@dataclass(frozen=True)
class MediansNotApart(SectorSentence):
    """Both medians of a sector, if their ranges are equal or overlap."""

    sector: str
    claimed: ScoreRange
    evidenced: ScoreRange

    def words(self) -> str:
        """State the common range, or both."""
        named = {"claimed": score_range_words(self.claimed), "evidenced": score_range_words(self.evidenced)}
        if self.claimed == self.evidenced:
            return _("The claimed and the evidenced median are both %(score)s", score=named["claimed"])
        return _("The median is %(claimed)s as claimed and %(evidenced)s on evidence", **named)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both true medians are in their ranges."""
        return _both_hold(self, truth)


def _both_hold(said: "ClaimedAndEvidenced | MedianFallsOnEvidence | MediansNotApart", truth: UnderlyingScores) -> bool:
    claimed = contains(said.claimed, truth.median(said.sector, OVERALL, "claimed"))
    return claimed and contains(said.evidenced, truth.median(said.sector, OVERALL, "evidenced"))


def sector_headline(edition: Edition, group: SectorFigures) -> SectorSentence | None:
    """Return a sector's title with both medians, or None if they are suppressed."""
    medians = sector_medians(edition, group)
    if medians.claimed is None or medians.evidenced is None:
        return None
    return ClaimedAndEvidenced(medians.sector, medians.title, medians.claimed, medians.evidenced, edition.scale)


def evidence_headline(group: SectorFigures) -> SectorSentence | None:
    """Return a headline on how far the median falls on evidence, or None if the medians are suppressed."""
    claimed, evidenced = _overall_medians(group)
    if claimed is None or evidenced is None:
        return None
    kind = MedianFallsOnEvidence if evidenced.is_below(claimed) else MediansNotApart
    return kind(group.sector, claimed, evidenced)


# ── Comparing sectors


@dataclass(frozen=True)
class MediansFromHalf(SectorSentence):
    """The number of sectors shown with a median of at least half of full marks."""

    basis: Basis
    reached: tuple[str, ...]  # sectors with a range that is wholly at half or above
    around: tuple[str, ...]  # sectors with a range around half
    shown: tuple[str, ...]
    half: float

    def words(self) -> str:
        """State the number with its basis: a claim is called a claim."""
        if len(self.shown) == 1:
            return self._words_of_one()
        named = {
            "count": number(len(self.reached)),
            "all": number(len(self.shown)),
            "around": number(len(self.around)),
            "half": number(self.half),
        }
        if self.basis == "evidenced":
            if self.around:
                return _("On evidence, the median is %(half)s or more in %(count)s of the %(all)s sectors shown, and "
                         "around %(half)s in %(around)s", **named)  # fmt: skip
            if not self.reached:
                return _("On evidence, the median reaches halfway in none of the %(all)s sectors shown", **named)
            return _("On evidence, the median reaches halfway in %(count)s of the %(all)s sectors shown", **named)
        if self.around:
            return _("As claimed, the median is %(half)s or more in %(count)s of the %(all)s sectors shown, and around "
                     "%(half)s in %(around)s", **named)  # fmt: skip
        if not self.reached:
            return _("As claimed, the median reaches halfway in none of the %(all)s sectors shown", **named)
        return _("As claimed, the median reaches halfway in %(count)s of the %(all)s sectors shown", **named)

    def _words_of_one(self) -> str:
        half = number(self.half)
        if self.basis == "evidenced":
            if self.around:
                return _("On evidence, the median is around %(half)s in the one sector shown", half=half)
            if not self.reached:
                return _("On evidence, the median does not reach halfway in the one sector shown")
            return _("On evidence, the median reaches halfway in the one sector shown")
        if self.around:
            return _("As claimed, the median is around %(half)s in the one sector shown", half=half)
        if not self.reached:
            return _("As claimed, the median does not reach halfway in the one sector shown")
        return _("As claimed, the median reaches halfway in the one sector shown")

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether `reached` truly have half and the rest do not. Those `around` may be on either side."""
        true = {sector: truth.median(sector, OVERALL, self.basis) for sector in self.shown}
        below = [sector for sector in self.shown if sector not in (*self.reached, *self.around)]
        return all(true[s] >= self.half - 0.5 for s in self.reached) and all(true[s] < self.half for s in below)


def medians_from_half(by_sector: Sequence[SectorMedians], basis: Basis, scale: float) -> SectorSentence | None:
    """Return a sentence counting the sectors with a median of half or more, or None if no sector is shown."""
    known = _published_medians(by_sector, basis)
    if not known:
        return None
    half = scale / 2
    return MediansFromHalf(
        basis,
        tuple(sector for sector, median in known.items() if median.low >= half),
        tuple(sector for sector, median in known.items() if median.low < half < median.high),
        tuple(known),
        half,
    )


@dataclass(frozen=True)
class HighestEvidencedMedian(SectorSentence):
    """The highest evidenced median of the sectors shown."""

    sector: str  # with the highest median; "": not settled
    title: str  # of that sector
    shown: tuple[str, ...]
    most: ScoreRange

    def words(self) -> str:
        """State the range of the highest median, and its sector if one is above all others."""
        most = score_range_words(self.most)
        if self.sector:
            return _(
                "Of the sectors shown, the highest median on evidence is %(most)s (%(sector)s).",
                most=most,
                sector=self.title,
            )
        return _("Of the sectors shown, the highest median on evidence is %(most)s.", most=most)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the highest true median is in the range, and a named sector is above all others."""
        true = {sector: truth.median(sector, OVERALL, "evidenced") for sector in self.shown}
        is_it = not self.sector or all(true[self.sector] > true[s] for s in true if s != self.sector)
        return contains(self.most, max(true.values())) and is_it


def highest_evidenced_median(by_sector: Sequence[SectorMedians]) -> SectorSentence | None:
    """Return a sentence on the highest evidenced median of the sectors shown, or None if no sector is shown."""
    known = _published_medians(by_sector, "evidenced")
    if not known:
        return None
    most = ScoreRange(max(m.low for m in known.values()), max(m.high for m in known.values()))
    highest = [s for s, m in known.items() if all(other.is_below(m) for of, other in known.items() if of != s)]
    title = next((m.title for m in by_sector if m.sector in highest), "")
    return HighestEvidencedMedian(highest[0] if highest else "", title, tuple(known), most)


@dataclass(frozen=True)
class EvidencedBelowClaimed(SectorSentence):
    """The number of sectors with an evidenced median below the claimed one. The widest difference is the example."""

    less: tuple[str, ...]
    shown: tuple[str, ...]
    example: str
    title: str  # of the example
    claimed: ScoreRange  # of the example
    evidenced: ScoreRange

    def words(self) -> str:
        """State the number as a minimum: the evidenced median may also be lower in sectors with overlapping ranges."""
        named = {
            "sector": self.title,
            "evidenced": score_range_words(self.evidenced),
            "claimed": score_range_words(self.claimed),
        }
        if len(self.shown) == 1:
            return _(
                "In the one sector shown, the median on evidence is below the median as claimed. "
                "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
                **named,
            )
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
        """Tell whether the evidenced median is lower in each sector, and the true medians of the example fit."""
        both = {s: [truth.median(s, OVERALL, b) for b in ("claimed", "evidenced")] for s in self.shown}
        stated = all(map(contains, (self.claimed, self.evidenced), both[self.example]))
        return stated and all(both[s][1] < both[s][0] for s in self.less)


def evidenced_below_claimed(by_sector: Sequence[SectorMedians]) -> SectorSentence | None:
    """Return a sentence counting the sectors with a proven lower evidenced median, or None if there are none."""
    known = [(m, m.claimed, m.evidenced) for m in by_sector if m.claimed is not None and m.evidenced is not None]
    less = [(m, claimed, evidenced) for m, claimed, evidenced in known if evidenced.is_below(claimed)]
    if not less:
        return None
    example, claimed, evidenced = max(less, key=lambda found: found[1].middle - found[2].middle)
    return EvidencedBelowClaimed(
        tuple(m.sector for m, _claimed, _evidenced in less),
        tuple(m.sector for m, _claimed, _evidenced in known),
        example.sector,
        example.title,
        claimed,
        evidenced,
    )


def _published_medians(by_sector: Sequence[SectorMedians], basis: Basis) -> Mapping[str, ScoreRange]:
    values = {m.sector: m.claimed if basis == "claimed" else m.evidenced for m in by_sector}
    return {sector: median for sector, median in values.items() if median is not None}


@dataclass(frozen=True)
class CappedCompanies(SectorSentence):
    """The number of companies that the critical cap holds below the band of their points."""

    sector: str
    bands: tuple[str, ...]  # ids
    count: int
    of: int

    def words(self) -> str:
        """State how many companies have the points for a higher band but miss a critical requirement."""
        return ngettext(
            "One company claims the points for a higher band but misses a critical requirement",
            "%(num)s companies claim the points for a higher band but miss a critical requirement",
            self.count,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        true = (truth.capped(self.sector, self.bands), truth.in_bands(self.sector, self.bands))
        return (self.count, self.of) == true


@dataclass(frozen=True)
class InLowestBands(SectorSentence):
    """The number of companies in the lowest bands shown."""

    sector: str
    bands: tuple[str, ...]  # ids
    names: tuple[str, ...]
    count: int
    all: int

    def words(self) -> str:
        """State the count, its base, and the bands."""
        return _(
            "%(count)s of %(all)s companies are in %(bands)s, as claimed",
            count=number(self.count),
            all=number(self.all),
            bands=or_list(self.names),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        true = (truth.in_bands(self.sector, self.bands), truth.participants(self.sector, "contributors"))
        return (self.count, self.all) == true


def bands_headline(edition: Edition, group: SectorFigures) -> SectorSentence | None:
    """Return a headline on capped companies, or else on the lowest bands, or None if neither may be shown."""
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
    """Return a sentence counting the capped companies, or None if the exact count is 0 or not published."""
    if share is None:
        return None
    count, of = count_if_shown(share.meeting), count_if_shown(share.n)
    return CappedCompanies(sector, tuple(share.id.split("+")), count, of) if count and of else None


def capped_words(count: int, held: int | None) -> str:
    """Return words on the companies of a band that are held in it by a missed critical requirement, or ""."""
    if held is None:
        return ""
    return _(
        "%(own)s by their points; %(held)s have the points for a higher band but miss a critical requirement.",
        own=number(count - held),
        held=number(held),
    )

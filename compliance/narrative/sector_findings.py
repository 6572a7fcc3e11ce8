"""Findings of one period on the public pages: sentences about all sectors, one sector, and each provision.

`None` means that the published figures do not settle the matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.disclosure.published import ALL_SECTORS, MetShare, SectorFigures
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import or_list
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import localised_citation
from compliance.narrative.invitation_findings import ListFindings, list_findings, registered_by_themselves
from compliance.narrative.published_counts import ShareBounds, settled_blocks, share_bounds_by_id, share_bounds_together
from compliance.narrative.sector_change import ChangeFindings, change_findings
from compliance.narrative.sector_comparisons import (
    breakdown_headline,
    breakdown_medians,
    lens_medians,
    lowest_medians,
    theme_extremes,
    theme_medians,
    widest_gap_across_sectors,
)
from compliance.narrative.sector_participation import (
    NamedCompanies,
    left_out_of_figures,
    named_companies,
    nonresponse_headline,
    participation_sentence,
)
from compliance.narrative.sector_scores import (
    bands_headline,
    evidence_headline,
    evidenced_below_claimed,
    highest_evidenced_median,
    medians_from_half,
    sector_headline,
    sector_medians,
)
from compliance.narrative.sector_shares import (
    QUARTER,
    LowestUpperBound,
    NoneBelowHalf,
    SectorsBelowQuarter,
    ShareMeeting,
    SharesByHalf,
    shares_by_half,
)
from compliance.narrative.sentence import SectorSentence
from compliance.questionnaire.conditions_and_law import LAW_BODIES, LawBody
from compliance.questionnaire.edition import Edition

#: How many provisions of a sector the overview lists.
LAW_ON_OVERVIEW = 3


@dataclass(frozen=True, slots=True)
class OverviewFindings:
    """Findings on all sectors together. None: the published figures do not settle it."""

    headline: SectorSentence | None
    lead: tuple[SectorSentence, ...]
    less: SectorSentence | None
    participation: SectorSentence | None
    nonresponse: SectorSentence | None
    protection: SectorSentence | None
    gaps: SectorSentence | None
    left_out: SectorSentence | None
    law: tuple["SectorLawGaps", ...]  # of the sectors with settled findings
    lists: tuple[ListFindings, ...]  # of invited companies, each over all sectors


@dataclass(frozen=True, slots=True)
class SectorLawGaps:
    """The provisions of children's law provably met by fewer than a quarter of a sector, lowest bounds first."""

    sector: str
    rows: tuple["ProvisionFinding", ...]
    more: int  # further rows that are not listed


@dataclass(frozen=True, slots=True)
class ProvisionFinding:
    """One requirement or provision, and the share that meets it."""

    id: str
    name: str
    how_many: ShareMeeting


@dataclass(frozen=True, slots=True)
class ShareListing:
    """The requirements or provisions of a sector: sentences about all, and the share that meets each."""

    headline: SectorSentence | None  # None: none is proven to be below half
    none_below: SectorSentence | None  # None: not all are proven to be half or more
    found: SharesByHalf
    names: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        """Whether none is proven to be below half, and for some neither side is proven."""
        return self.headline is None and bool(self.found.settled.unsettled)


@dataclass(frozen=True, slots=True)
class SectorFindings:
    """Findings on one sector. None: the published figures do not settle it."""

    headline: SectorSentence | None
    participation: SectorSentence | None
    nonresponse: SectorSentence | None
    lists: tuple[ListFindings, ...]  # of invited companies
    by_themselves: SectorSentence | None  # how many registered companies are on no list
    protection: SectorSentence | None
    evidence: SectorSentence | None
    bands: SectorSentence | None
    gaps: SectorSentence | None
    levels: SectorSentence | None
    themes: SectorSentence | None
    regions: SectorSentence | None
    sizes: SectorSentence | None
    law: Mapping[LawBody, ShareListing]
    requirements: ShareListing
    named: NamedCompanies
    change: ChangeFindings | None  # None: nothing was published before
    not_shown: tuple[str, ...]  # what is suppressed, and by which rule

    @property
    def any_law(self) -> bool:
        """Whether any body of law has a provision proven to be met by fewer than half."""
        return any(listing.headline is not None for listing in self.law.values())


def overview_findings(edition: Edition, snapshot: PublishedSnapshot) -> OverviewFindings:
    """Return all findings on the page of all sectors."""
    medians = [sector_medians(edition, group) for group in snapshot.sectors]
    together = snapshot.together
    lead = (medians_from_half(medians, "claimed", edition.scale), highest_evidenced_median(medians))
    law = tuple(of for group in snapshot.sectors if (of := sector_law_gaps(edition, group)).rows)
    return OverviewFindings(
        headline=medians_from_half(medians, "evidenced", edition.scale),
        lead=tuple(sentence for sentence in lead if sentence is not None),
        less=evidenced_below_claimed(medians),
        participation=participation_sentence(together.sector, snapshot.period, together.participation)
        if together.sectors
        else None,
        nonresponse=nonresponse_headline(together.sector, together.participation) if together.sectors else None,
        protection=left_out_of_figures(together),
        gaps=widest_gap_across_sectors(
            [(group.sector, lens_medians(edition, group, "gaps")) for group in snapshot.sectors], edition.scale
        ),
        left_out=SectorsBelowQuarter(tuple((of.sector, of.rows[0].how_many.bounds) for of in law)) if law else None,
        law=law,
        lists=list_findings(snapshot.invitations),
    )


def sector_findings(edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures) -> SectorFindings:
    """Return all findings on the page of one sector."""
    scale, sector = edition.scale, group.sector
    bands = bands_headline(edition, group)
    law = {body: law_listing(edition, group, body) for body in LAW_BODIES}
    requirements = requirement_listing(edition, group)
    regions, sizes = (
        breakdown_headline(sector, kind, breakdown_medians(edition, group, kind), scale) for kind in ("region", "size")
    )
    return SectorFindings(
        headline=sector_headline(edition, group),
        participation=participation_sentence(sector, snapshot.period, group.participation),
        nonresponse=nonresponse_headline(sector, group.participation),
        lists=list_findings(snapshot.invitations, sector),
        by_themselves=registered_by_themselves(snapshot.invitations, sector),
        protection=left_out_of_figures(group),
        evidence=evidence_headline(group),
        bands=bands,
        gaps=lowest_medians(sector, "gaps", lens_medians(edition, group, "gaps"), scale),
        levels=lowest_medians(sector, "levels", lens_medians(edition, group, "levels"), scale),
        themes=theme_extremes(sector, theme_medians(edition, group), scale),
        regions=regions,
        sizes=sizes,
        law=law,
        requirements=requirements,
        named=named_companies(group),
        change=change_findings(group, snapshot.period),
        not_shown=(
            *_not_shown(edition, group, bands is None, regions is None, sizes is None),
            *_not_settled(group, [*law.values()], requirements),
        ),
    )


def _not_shown(edition: Edition, group: SectorFigures, bands: bool, regions: bool, sizes: bool) -> tuple[str, ...]:
    kinds = {cut.kind for cut in group.breakdowns}
    missing = (
        (_("band"), bands and bool(edition.bands)),
        (_("region"), regions and "region" in kinds),
        (_("size"), sizes and "size" in kinds),
    )
    topics = [topic for topic, is_missing in missing if is_missing and group.shows_scores]
    if not topics:
        return ()
    said = _(
        "Figures by %(topics)s are not shown: a group would have fewer than five companies, or one company could "
        "be worked out from the others.",
        topics=or_list(topics),
    )
    return (said,)


def _not_settled(group: SectorFigures, law: Sequence[ShareListing], requirements: ShareListing) -> tuple[str, ...]:
    """Return notes that it cannot be determined what the sector leaves out, if that is so."""
    of_law = not any(listing.headline for listing in law) and any(listing.is_open for listing in law)
    if not group.shows_scores or not (of_law or requirements.is_open):
        return ()
    if of_law and requirements.is_open:
        return (
            _("What this sector leaves out cannot be determined: a count of fewer than five companies is "
              "suppressed, and in a group of this size that does not prove that fewer than half meet a provision "
              "or requirement."),
        )  # fmt: skip
    return (
        _("Part of what this sector leaves out cannot be determined: a count of fewer than five companies is "
          "suppressed, and in a group of this size that does not prove that fewer than half meet a provision or "
          "requirement."),
    )  # fmt: skip


# ── Requirements and law


def law_listing(edition: Edition, group: SectorFigures, body: LawBody) -> ShareListing:
    """Return the provisions of one body of law, with the share of the sector that meets each."""
    shares = [share for share in group.provisions if _law_body(edition, share) == body]
    names = {share.id: provision_name(edition, share.id) for share in shares}
    return _share_listing(edition, group, shares, names, of_law=True)


def requirement_listing(edition: Edition, group: SectorFigures) -> ShareListing:
    """Return the requirements, with the share of the sector that meets each."""
    names = {share.id: edition.nodes[share.id].title or share.id for share in group.requirements}
    return _share_listing(edition, group, group.requirements, names, of_law=False)


def _share_listing(
    edition: Edition, group: SectorFigures, shares: Sequence[MetShare], names: Mapping[str, str], *, of_law: bool
) -> ShareListing:
    by_half = shares_by_half(group.sector, share_bounds_by_id(edition, group, shares))
    lowest = min((k.high for k in by_half.settled.below), default=None)
    first = tuple(k for k in by_half.settled.below if k.high == lowest)
    headline = LowestUpperBound(group.sector, first, tuple(names[k.id] for k in first), of_law) if first else None
    above = by_half.settled.half_or_more
    none_below = NoneBelowHalf(group.sector, above) if len(above) == len(names) > 0 else None
    return ShareListing(headline, none_below, by_half, names)


def sector_law_gaps(edition: Edition, group: SectorFigures) -> SectorLawGaps:
    """Return the provisions of children's law that fewer than a quarter of a sector meet, for the overview."""
    shares = [share for share in group.provisions if _law_body(edition, share) == "children"]
    low = [k for _id, k in share_bounds_by_id(edition, group, shares) if k is not None and k.high < QUARTER]
    rows = [
        ProvisionFinding(k.id, provision_name(edition, k.id), ShareMeeting(group.sector, k))
        for block in settled_blocks(low)
        for k in block
    ]
    return SectorLawGaps(group.sector, tuple(rows[:LAW_ON_OVERVIEW]), max(0, len(rows) - LAW_ON_OVERVIEW))


def provision_name(edition: Edition, provision_id: str) -> str:
    """Return a provision as it is cited: `CRC art. 34`."""
    provision, instrument = edition.provisions.get(provision_id), edition.instrument_of.get(provision_id)
    if provision is None or instrument is None:
        return provision_id
    return f"{instrument.short or instrument.title} {localised_citation(provision.provision)}"


def _law_body(edition: Edition, share: MetShare) -> LawBody:
    instrument = edition.instrument_of.get(share.id)
    return instrument.body if instrument else "standards"


@dataclass(frozen=True, slots=True)
class ProvisionFigures:
    """The figures of one closed period, by provision, in words."""

    snapshot: PublishedSnapshot
    words: Mapping[str, str]


def provision_figures(snapshot: PublishedSnapshot, edition: Edition) -> ProvisionFigures:
    """Return the published figures of each provision in words, over the sectors in which they may be shown.

    `edition`: the edition of the snapshot.
    """
    of_sectors: dict[str, list[ShareBounds]] = {}
    for group in snapshot.sectors:
        for provision, bounds in share_bounds_by_id(edition, group, group.provisions):
            if bounds is not None:
                of_sectors.setdefault(provision, []).append(bounds)
    return ProvisionFigures(
        snapshot, {s.id: _provision_sentence(s, of_sectors.get(s.id, [])) for s in snapshot.together.provisions}
    )


def _provision_sentence(share: MetShare, of_sectors: Sequence[ShareBounds]) -> str:
    bounds = share_bounds_together(share, of_sectors)
    if bounds is None:
        return _("Not shown, to protect the identity of companies.")
    return _(
        "Companies that meet at least half of what is asked under this provision, in the sectors where this can be "
        "shown: %(how_many)s.",
        how_many=ShareMeeting(ALL_SECTORS, bounds).words(),
    )

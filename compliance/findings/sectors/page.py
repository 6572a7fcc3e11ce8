"""What the public pages say of one period: every sentence of the overview and of a sector's page, chosen here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from compliance.benchmark.published import Figure, Group, Share
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.sectors.bands import bands_headline
from compliance.findings.sectors.cells import stated
from compliance.findings.sectors.groups import Part, Parts, cuts, lowest_parts, themes, widest_in_sectors
from compliance.findings.sectors.naming import NamedCompanies, named_companies
from compliance.findings.sectors.participation import left_out_to_protect, silence, taking_part
from compliance.findings.sectors.shares import (
    QUARTER,
    AtMost,
    HowMany,
    Known,
    LeftOut,
    NoneBelowHalf,
    ProvenGaps,
    blocks,
    known,
    left_out,
)
from compliance.findings.sectors.standing import (
    evidence_headline,
    medians,
    none_above,
    past_half,
    sector_headline,
    show_less,
)
from compliance.findings.sectors.truth import Sentence
from compliance.languages.formats import any_of
from compliance.languages.speaking import gettext as _
from compliance.languages.words import REGIONS, cited, lens_word, value_words, word
from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.questionnaire.law import BODIES, Body

#: The lens behind each comparison of lens values.
LENS: Mapping[Parts, str] = {"gaps": "gap", "levels": "prevention"}
#: So many provisions of a sector stand on the overview.
LAW_ON_OVERVIEW = 3


@dataclass(frozen=True, slots=True)
class Overview:
    """What is said of all sectors together. None: nothing that is published settles it."""

    headline: Sentence | None
    lead: tuple[Sentence, ...]
    less: Sentence | None
    taking: Sentence | None
    silence: Sentence | None
    protect: Sentence | None
    gaps: Sentence | None
    left_out: Sentence | None
    law: tuple["SectorLaw", ...]  # sectors of which something is settled


@dataclass(frozen=True, slots=True)
class SectorLaw:
    """The provisions of children's law that fewer than a quarter of a sector provably meet; lowest bounds first."""

    sector: str
    rows: tuple["Row", ...]
    more: int  # further rows that are not listed


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement or provision, and what is known of it."""

    id: str
    name: str
    how_many: HowMany


@dataclass(frozen=True, slots=True)
class Listing:
    """Requirements, or provisions, of a sector: what is said above them, and what is known of each."""

    headline: Sentence | None  # None: nothing is proven to be below half
    none_below: Sentence | None  # everything is proven to be half or more
    found: LeftOut
    names: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        """Nothing is proven to be below half, and of some of it nothing is proven."""
        return self.headline is None and bool(self.found.settled.unsettled)


@dataclass(frozen=True, slots=True)
class SectorFindings:
    """What is said of one sector. None: nothing that is published settles it."""

    headline: Sentence | None
    taking: Sentence | None
    silence: Sentence | None
    protect: Sentence | None
    evidence: Sentence | None
    bands: Sentence | None
    gaps: Sentence | None
    levels: Sentence | None
    themes: Sentence | None
    regions: Sentence | None
    sizes: Sentence | None
    law: Mapping[Body, Listing]
    requirements: Listing
    named: NamedCompanies
    not_shown: tuple[str, ...]  # what is suppressed, and by which rule

    @property
    def any_law(self) -> bool:
        """Whether anything is settled of what any body of law asks."""
        return any(listing.headline is not None for listing in self.law.values())


def overview(edition: Edition, snapshot: Snapshot) -> Overview:
    """Everything that the page of all sectors says."""
    found = [medians(group) for group in snapshot.sectors]
    together = snapshot.together
    lead = (past_half(found, "claimed", edition.scale), none_above(found))
    law = tuple(of for group in snapshot.sectors if (of := sector_law(edition, group)).rows)
    return Overview(
        headline=past_half(found, "evidenced", edition.scale),
        lead=tuple(sentence for sentence in lead if sentence is not None),
        less=show_less(found),
        taking=taking_part(together.sector, snapshot.period, together.participation) if together.sectors else None,
        silence=silence(together.sector, together.participation) if together.sectors else None,
        protect=left_out_to_protect(together),
        gaps=widest_in_sectors(
            [(group.sector, lens_parts(edition, group, "gaps")) for group in snapshot.sectors], edition.scale
        ),
        left_out=ProvenGaps(tuple((of.sector, of.rows[0].how_many.share) for of in law)) if law else None,
        law=law,
    )


def sector_findings(edition: Edition, snapshot: Snapshot, group: Group) -> SectorFindings:
    """Everything that the page of one sector says."""
    scale, sector = edition.scale, group.sector
    bands = bands_headline(edition, group)
    law = {body: law_listing(edition, group, body) for body in BODIES}
    requirements = requirement_listing(edition, group)
    regions, sizes = (cuts(sector, kind, cut_parts(group, kind), scale) for kind in ("region", "size"))
    return SectorFindings(
        headline=sector_headline(group, scale),
        taking=taking_part(sector, snapshot.period, group.participation),
        silence=silence(sector, group.participation),
        protect=left_out_to_protect(group),
        evidence=evidence_headline(group),
        bands=bands,
        gaps=lowest_parts(sector, "gaps", lens_parts(edition, group, "gaps"), scale),
        levels=lowest_parts(sector, "levels", lens_parts(edition, group, "levels"), scale),
        themes=themes(sector, theme_parts(edition, group), scale),
        regions=regions,
        sizes=sizes,
        law=law,
        requirements=requirements,
        named=named_companies(group),
        not_shown=(
            *_not_shown(edition, group, bands is None, regions is None, sizes is None),
            *_not_settled(group, [*law.values()], requirements),
        ),
    )


def _not_shown(edition: Edition, group: Group, bands: bool, regions: bool, sizes: bool) -> tuple[str, ...]:
    kinds = {cut.kind for cut in group.cuts}
    missing = (
        (_("band"), bands and bool(edition.bands)),
        (_("region"), regions and "region" in kinds),
        (_("size"), sizes and "size" in kinds),
    )
    topics = [topic for topic, is_missing in missing if is_missing and group.shows_scores]
    if not topics:
        return ()
    said = _(
        "Nothing is shown by %(topics)s: a group would hold fewer than five companies, or one company could be worked "
        "out from the others.",
        topics=any_of(topics),
    )
    return (said,)


def _not_settled(group: Group, law: Sequence[Listing], requirements: Listing) -> tuple[str, ...]:
    """Where nothing is proven of what the sector leaves out."""
    of_law = not any(listing.headline for listing in law) and any(listing.is_open for listing in law)
    if not group.shows_scores or not (of_law or requirements.is_open):
        return ()
    if of_law and requirements.is_open:
        return (
            _("What this sector leaves out is not settled: a count of fewer than five companies is suppressed, and in "
              "a group of this size that does not prove that fewer than half meet a provision or requirement."),
        )  # fmt: skip
    return (
        _("Part of what this sector leaves out is not settled: a count of fewer than five companies is suppressed, and "
          "in a group of this size that does not prove that fewer than half meet a provision or requirement."),
    )  # fmt: skip


# ── Requirements and law


def law_listing(edition: Edition, group: Group, body: Body) -> Listing:
    """The provisions of one body of law, by what is known of them."""
    shares = [share for share in group.provisions if _body(edition, share) == body]
    names = {share.id: provision_name(edition, share.id) for share in shares}
    return _listing(edition, group, shares, names, of_law=True)


def requirement_listing(edition: Edition, group: Group) -> Listing:
    """The requirements, by what is known of them."""
    names = {share.id: edition.nodes[share.id].title or share.id for share in group.requirements}
    return _listing(edition, group, group.requirements, names, of_law=False)


def _listing(
    edition: Edition, group: Group, shares: Sequence[Share], names: Mapping[str, str], *, of_law: bool
) -> Listing:
    found = left_out(group.sector, known_of(edition, group, shares))
    lowest = min((k.high for k in found.settled.below), default=None)
    first = tuple(k for k in found.settled.below if k.high == lowest)
    headline = AtMost(group.sector, first, tuple(names[k.id] for k in first), of_law) if first else None
    above = found.settled.half_or_more
    none_below = NoneBelowHalf(group.sector, above) if len(above) == len(names) > 0 else None
    return Listing(headline, none_below, found, names)


def sector_law(edition: Edition, group: Group) -> SectorLaw:
    """What of children's law a sector leaves out, for the overview."""
    shares = [share for share in group.provisions if _body(edition, share) == "children"]
    low = [k for _id, k in known_of(edition, group, shares) if k is not None and k.high < QUARTER]
    rows = [Row(k.id, provision_name(edition, k.id), HowMany(group.sector, k)) for block in blocks(low) for k in block]
    return SectorLaw(group.sector, tuple(rows[:LAW_ON_OVERVIEW]), max(0, len(rows) - LAW_ON_OVERVIEW))


def known_of(edition: Edition, group: Group, shares: Iterable[Share]) -> list[tuple[str, Known | None]]:
    """What each share of a sector proves of those asked, by id."""
    always = _always_asked(edition)
    return [(share.id, known(share, group.resting, always_asked=share.id in always)) for share in shares]


def _always_asked(edition: Edition) -> frozenset[str]:
    """Requirements, and provisions behind them, that no company can be without: their shares are of all companies."""
    found = [node for node in _unconditional(edition.root) if any(map(_always_applies, node.parts))]
    return frozenset(id_ for node in found for id_ in (node.id, *node.law))


def _unconditional(node: Node) -> Iterator[Node]:
    """The requirements that no condition leads to."""
    if node.asked_when is None:
        if node.is_requirement:
            yield node
        for part in node.parts:
            if isinstance(part, Node):
                yield from _unconditional(part)


def _always_applies(part: Node | Question) -> bool:
    return isinstance(part, Question) and part.scored and part.asked_when is None and part.na == "never"


def provision_name(edition: Edition, provision_id: str) -> str:
    """A provision as it is cited: `CRC art. 34`."""
    provision, instrument = edition.provisions.get(provision_id), edition.instrument_of.get(provision_id)
    if provision is None or instrument is None:
        return provision_id
    return f"{instrument.short or instrument.title} {cited(provision.provision)}"


def _body(edition: Edition, share: Share) -> Body:
    instrument = edition.instrument_of.get(share.id)
    return instrument.body if instrument else "standards"


# ── What is compared


def lens_parts(edition: Edition, group: Group, of: Parts) -> tuple[Part, ...]:
    """CSR gaps or prevention levels."""
    lens, figures = LENS[of], _figures(group)
    keys = [(f"{lens}:{value}", lens_word(value)) for value in edition.lenses.get(lens, ())]
    return tuple(_part(figures[key], key, title) for key, title in keys if key in figures)


def theme_parts(edition: Edition, group: Group) -> tuple[Part, ...]:
    """Themes."""
    figures = _figures(group)
    return tuple(_part(figures[t.id], t.id, t.title or t.id) for t in edition.themes if t.id in figures)


def cut_parts(group: Group, kind: Literal["region", "size"]) -> tuple[Part, ...]:
    """Regions or sizes, all of the vocabulary."""
    return tuple(_part(cut.figures[0], cut.value, cut_word(kind, cut.value)) for cut in group.cuts if cut.kind == kind)


def cut_word(kind: str, value: str) -> str:
    """A region or a size in words."""
    return word(REGIONS, value) if kind == "region" else value_words("size", value)


def _part(figure: Figure, id_: str, title: str) -> Part:
    return Part(id_, title, stated(figure.claimed.median), stated(figure.n))


def _figures(group: Group) -> Mapping[str, Figure]:
    return {figure.id: figure for figure in group.figures if figure.id != OVERALL}

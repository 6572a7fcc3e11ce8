"""Sector aggregates before suppression, and which published cell each company contributes to.

Aggregates are never published as they are: `suppression` decides what may be shown. Contributions are kept for the next
closing, for k-anonymity over two periods, and are never published.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from compliance.disclosure.company_table import (
    FIGURE_BASES,
    NONRESPONDENT,
    PROVISION_PREFIX,
    WITHOUT_SCORE,
    CompanyTable,
    LoadedPeriod,
    in_listed_order,
)
from compliance.disclosure.published import NamedCompany
from compliance.disclosure.score_classes import NO_CLASS
from compliance.questionnaire.edition import OVERALL, PEER_GROUP_FIELD, Edition
from compliance.scoring.numeric import Codes, Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class MetCount:
    """The number of companies asked about a requirement or provision, and of those that meet at least half of it."""

    asked: int
    meeting: int
    unnamed: int  # number of those asked that did not agree to be named


@dataclass(frozen=True, slots=True)
class BreakdownCell:
    """A region, or some sizes, within a sector; or some sizes, or a group by need, over all sectors."""

    kind: str  # of BREAKDOWN_KINDS, or of TOGETHER_KINDS
    value: str  # several values are joined by +

    def holds(self, label: str) -> bool:
        """Tell whether a company with this region, size or group is in the breakdown."""
        return label in self.value.split("+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownAggregates:
    """Counts and score classes of the companies in a breakdown. There are no classes if it may not be shown."""

    breakdown: BreakdownCell
    scored: int
    classes: Mapping[str, Codes]
    unnamed_scores: Mapping[str, int]  # how many of these did not agree to be named


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SectorAggregates:
    """All counts of one sector, before suppression."""

    scored: int
    without_score: int
    nonrespondents: int
    #: The numbers of contributors in each band, lowest first, and of those among them that did not agree to be named.
    bands: tuple[int, ...]
    unnamed_bands: tuple[int, ...]
    unnamed: int
    #: By node or lens value, a row for each company with a score there: its class on the claimed and evidenced basis.
    classes: Mapping[str, Codes]
    unnamed_scores: Mapping[str, int]  # how many of these did not agree to be named
    requirements: Mapping[str, MetCount]
    provisions: Mapping[str, MetCount]
    named: tuple[NamedCompany, ...]
    embargoed: int = 0  # companies with a score that are in no figure of this period
    breakdowns: tuple[BreakdownAggregates, ...] = ()
    capped: int = 0  # contributors that have the points of a higher band than theirs
    unnamed_capped: int = 0  # number of these that did not agree to be named

    @property
    def unscored(self) -> int:
        """The number of companies without a score, including nonrespondents."""
        return self.without_score + self.nonrespondents

    @property
    def contributors(self) -> int:
        """The number of companies that contribute to the figures."""
        return self.scored - self.embargoed


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """The cells that one company was counted in."""

    sector: str  # "" if the company was named, and so is known anyway
    region: str  # "" if its region was not shown
    size: str
    need: str = ""  # over all sectors; "" if it was in no group by need
    size_together: str = ""  # over all sectors
    named_in: str = ""  # the sector in which it was named
    classes: tuple[int, int] | None = None  # of the overall score, claimed and evidenced; None: not kept at that time

    @property
    def is_named(self) -> bool:
        """Whether the company was published by name."""
        return not self.sector

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The cells by sector, region, size, need and size over all sectors, for a company that was not named."""
        return self.sector, self.region, self.size, self.need, self.size_together


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAssignment:
    """The assignment of the companies of one publication to its cells."""

    contributes: Flags  # whether each company is in the figures of its sector
    named: Flags  # whether each company is published by name
    breakdowns: Mapping[str, tuple[BreakdownCell, ...]]  # by sector, the breakdowns that may be shown
    #: By each of TOGETHER_KINDS, the group over all sectors that each company is counted in, or "" for none.
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def contributions(self, table: CompanyTable) -> dict[str, Contribution]:
        """Return the contributions by company, for the next closing."""
        contributions = {}
        for i in np.flatnonzero(self.contributes | self.named):
            sector = table.sectors[i]
            shown = self.breakdowns.get(sector, ())
            region, size = (
                next((part.value for part in shown if part.kind == kind and part.holds(label)), "")
                for kind, label in zip(BREAKDOWN_KINDS, (table.regions[i], table.sizes[i]), strict=True)
            )
            need, size_together = (self.together[kind][i] if kind in self.together else "" for kind in TOGETHER_KINDS)
            claimed, evidenced = table.figures[i, :, table.layout.figures.index(OVERALL)].tolist()
            of_whole = (claimed, evidenced)
            contributions[table.ids[i]] = (
                Contribution(sector="", region="", size="", named_in=sector, classes=of_whole)
                if self.named[i]
                else Contribution(
                    sector=sector,
                    region=region,
                    size=size,
                    need=need,
                    size_together=size_together,
                    classes=of_whole,
                )
            )
        return contributions


def aggregate_by_sector(
    edition: Edition, loaded: LoadedPeriod, cells: CellAssignment, parts: Iterable[BreakdownCell] = ()
) -> dict[str, SectorAggregates]:
    """Return the aggregates of every sector with a company, in profile order, broken down by all `parts`."""
    field, table, every = edition.profile.get(PEER_GROUP_FIELD), loaded.table, tuple(parts)
    sectors = in_listed_order(field.values if field else (), table.sectors)
    place = {sector: code for code, sector in enumerate(sectors)}
    codes = np.array([place[sector] for sector in table.sectors], np.int64)
    return {s: _sector_aggregates(edition, loaded, np.flatnonzero(codes == place[s]), cells, every) for s in sectors}


def _sector_aggregates(
    edition: Edition, loaded: LoadedPeriod, members: Codes, cells: CellAssignment, parts: tuple[BreakdownCell, ...]
) -> SectorAggregates:
    table = loaded.table
    scored, contributors = members[table.scored[members]], members[cells.contributes[members]]
    unnamed = contributors[~cells.named[contributors]]
    met_counts = _met_counts(table, contributors, unnamed)
    shown = cells.breakdowns.get(table.sectors[members[0]], ())
    return SectorAggregates(
        scored=len(scored),
        without_score=int((table.participation[members] == WITHOUT_SCORE).sum()),
        nonrespondents=int((table.participation[members] == NONRESPONDENT).sum()),
        bands=_band_counts(edition, table.band[contributors]),
        unnamed_bands=_band_counts(edition, table.band[unnamed]),
        unnamed=len(unnamed),
        classes=_classes(table, contributors),
        unnamed_scores=_score_counts(table, unnamed),
        requirements={r.id: met_counts[r.id] for r in edition.requirements},
        provisions={
            a.removeprefix(PROVISION_PREFIX): m for a, m in met_counts.items() if a.startswith(PROVISION_PREFIX)
        },
        named=tuple(loaded.named[table.ids[i]] for i in scored if cells.named[i]),
        embargoed=len(scored) - len(contributors),
        breakdowns=tuple(_breakdown_aggregates(table, cells, contributors, part, part in shown) for part in parts),
        capped=int(table.capped[contributors].sum()),
        unnamed_capped=int(table.capped[unnamed].sum()),
    )


def aggregate_together(
    loaded: LoadedPeriod, cells: CellAssignment, parts: Iterable[BreakdownCell]
) -> tuple[BreakdownAggregates, ...]:
    """Return the aggregates of groups over all sectors, from the companies that may be counted in each."""
    contributors = np.flatnonzero(cells.contributes)
    return tuple(
        _members_aggregates(loaded.table, cells, part, _members_together(cells, contributors, part)) for part in parts
    )


def _members_together(cells: CellAssignment, contributors: Codes, part: BreakdownCell) -> Codes:
    groups = cells.together[part.kind]
    return contributors[np.array([groups[i] == part.value for i in contributors], np.bool_)]


def _met_counts(table: CompanyTable, contributors: Codes, unnamed: Codes) -> dict[str, MetCount]:
    (asked, met), (of_unnamed, _) = table.met_counts(contributors), table.met_counts(unnamed)
    counts = zip(table.layout.asked, asked.tolist(), met.tolist(), of_unnamed.tolist(), strict=True)
    return {of: MetCount(asked=n, meeting=meeting, unnamed=unnamed_n) for of, n, meeting, unnamed_n in counts}


def _breakdown_aggregates(
    table: CompanyTable, cells: CellAssignment, contributors: Codes, part: BreakdownCell, shown: bool
) -> BreakdownAggregates:
    if not shown:
        return BreakdownAggregates(breakdown=part, scored=0, classes={}, unnamed_scores={})
    labels = table.regions if part.kind == "region" else table.sizes
    members = contributors[np.array([part.holds(labels[i]) for i in contributors], np.bool_)]
    return _members_aggregates(table, cells, part, members)


def _members_aggregates(
    table: CompanyTable, cells: CellAssignment, part: BreakdownCell, members: Codes
) -> BreakdownAggregates:
    return BreakdownAggregates(
        breakdown=part,
        scored=len(members),
        classes=_classes(table, members),
        unnamed_scores=_score_counts(table, members[~cells.named[members]]),
    )


def _classes(table: CompanyTable, members: Codes) -> dict[str, Codes]:
    columns = ((figure, table.figures[members, :, place]) for place, figure in enumerate(table.layout.figures))
    return {figure: pairs[pairs[:, 0] != NO_CLASS] for figure, pairs in columns}


def _score_counts(table: CompanyTable, members: Codes) -> dict[str, int]:
    """Return for each figure how many of some companies have a score."""
    counts = (table.figures[members, 0] != NO_CLASS).sum(axis=0)
    return dict(zip(table.layout.figures, counts.tolist(), strict=True))


def _band_counts(edition: Edition, bands: Codes) -> tuple[int, ...]:
    return tuple(int((bands == place).sum()) for place in range(len(edition.bands)))


def contributions_to_json(contributions: Mapping[str, Contribution]) -> str:
    """Return contributions as JSON: each cell once, then each company with the number of its cell and score classes.

    Everything is sorted, so that equal contributions result in equal texts.
    """
    cells = sorted({(*contribution.cells, contribution.named_in) for contribution in contributions.values()})
    number = {cell: position for position, cell in enumerate(cells)}
    companies = {
        company: [number[*contribution.cells, contribution.named_in], *(contribution.classes or ())]
        for company, contribution in contributions.items()
    }
    data = {"cells": cells, "companies": companies}
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def contributions_from_json(text: str) -> dict[str, Contribution]:
    """Return the contributions in a JSON text, by company.

    Earlier versions kept only the number of the cell, or also a score, and no classes.
    """
    data = json.loads(text)
    cells = [tuple(map(str, (*cell, "", "", "")))[:CELL_PARTS] for cell in data["cells"]]
    contributions = {}
    for company, kept in data["companies"].items():
        number, *classes = kept if isinstance(kept, list) else [kept]
        sector, region, size, need, size_together, named_in = cells[number]
        contributions[company] = Contribution(
            sector=sector,
            region=region,
            size=size,
            need=need,
            size_together=size_together,
            named_in=named_in,
            classes=(classes[0], classes[1]) if len(classes) == len(FIGURE_BASES) else None,
        )
    return contributions


#: How many cells a contribution has: sector, region, size, need, size over all sectors, sector of a named company.
CELL_PARTS = 6
#: The kinds of breakdowns of a sector. Of equally large ones, the first is taken first.
BREAKDOWN_KINDS = ("region", "size")
#: The kinds of groups over all sectors.
TOGETHER_KINDS = ("need", "size")

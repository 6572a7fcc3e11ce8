"""Closed periods in the API: the publication of each, its sectors, all figures, and companies named by consent.

Figures are the rows of the published tables, column by column (`figure_table`). Nothing is computed here.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from flask import request

from compliance.disclosure.figure_rows import FIGURES, FigureRow, figure_rows
from compliance.disclosure.figure_table import TABLE_COLUMNS, FigureColumn
from compliance.disclosure.published import ALL_SECTORS, NamedCompany, NamedScore, SectorFigures
from compliance.disclosure.snapshot import LICENCE, PublishedSnapshot
from compliance.languages.interface_messages import N_
from compliance.languages.labels import BASIS_LABELS, NEED_GROUP_LABELS, REGION_LABELS, sector_label
from compliance.publication import withdrawn_beside_names
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.coded_answers import Basis
from compliance.store import corrections, published_years
from compliance.web.api.blueprint import (
    ApiParameter,
    CorrectionJson,
    EditionJson,
    Links,
    Record,
    RecordPage,
    about,
    address_of,
    asked_id,
    edition_record,
    endpoint,
    known_id,
    page_of,
)
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest
from compliance.web.releases import published_year, snapshot_of

T = TypeVar("T")


class PeriodJson(Record, frozen=True, kw_only=True):
    """A closed period."""

    period: Annotated[int, about(N_("The year of the figures."))]
    as_of: Annotated[date, about(N_("The day on which the figures were frozen. They never change."))]
    edition: EditionJson
    scale: Annotated[float, about(N_("Full marks: scores are points from 0 to this number."))]
    demonstration: Annotated[bool, about(N_("True if every company is invented."))]
    seal: Annotated[str, about(N_("SHA-256 of the sealed figures, which are at “sealed”."))]
    citation: Annotated[str, about(N_("How to cite the figures."))]
    licence: Literal["CC-BY-4.0"]
    corrections: Annotated[tuple[CorrectionJson, ...], about(N_("What turned out to be wrong since."))]
    links: Links


class PeriodPage(RecordPage[T], Generic[T], frozen=True, kw_only=True):
    """A page of a list that belongs to a period."""

    period: PeriodJson


def _column_type(column: FigureColumn) -> Any:
    kind: Any = Annotated[int, msgspec.Meta(ge=0)] if column.kind == "integer" else str
    if column.values:
        kind = Literal[tuple(map(str, column.values))]
    described = msgspec.Meta(title=column.title, description=column.description)
    return Annotated[kind if column.required else kind | None, described]


#: A row of the published tables. An empty cell is null.
FigureJson = msgspec.defstruct(
    "FigureJson", [(column.name, _column_type(column)) for column in TABLE_COLUMNS], frozen=True, kw_only=True
)


class SectorJson(Record, frozen=True, kw_only=True):
    """A sector in a period, with the main figures of its page."""

    id: Annotated[str, about(N_("The sector; “all” for all sectors together."))]
    label: str
    sectors: Annotated[tuple[str, ...], about(N_("The sectors whose companies are in it."))]
    shows_scores: Annotated[bool, about(N_("True if enough companies have a score for its figures to be shown."))]
    figures: Annotated[
        tuple[FigureJson, ...],  # type: ignore[valid-type]
        about(
            N_("Participation, and median and quartiles of the overall score. The link “figures” leads to the rest.")
        ),
    ]
    links: Links


class NamedScoreJson(Record, frozen=True, kw_only=True):
    """A score of a named company on one basis, in whole points."""

    basis: Literal["claimed", "evidenced", "verified"]
    score: int
    worst: Annotated[int, about(N_("Lowest that the score could be"))]
    best: Annotated[int, about(N_("Highest that the score could be"))]
    band: Annotated[str | None, about(N_("The id of its band; null in an edition without bands."))]
    band_label: str | None
    band_by_points: Annotated[
        str | None, about(N_("The band that its points would give, where an unmet critical requirement caps it."))
    ]


class NamedRankJson(Record, frozen=True, kw_only=True):
    """The interval of ranks, the middle 90 % of draws, of a named company among those named in its sector."""

    first: Annotated[int, about(N_("Best rank among the named companies"))]
    last: Annotated[int, about(N_("Worst rank among the named companies"))]
    tie_group: Annotated[int, about(N_("Tie group among the named companies"))]
    among: Annotated[int, about(N_("How many companies are ranked."))]
    basis: Literal["claimed", "evidenced", "verified"]
    draws: Annotated[int, about(N_("Number of draws behind the ranks"))]
    seed: Annotated[int, about(N_("Seed of these draws"))]


class NamedCompanyJson(Record, frozen=True, kw_only=True):
    """A company that agreed to be named, with its published scores."""

    company: str
    sector: str
    sector_label: str
    scores: Annotated[tuple[NamedScoreJson, ...], about(N_("A score for each basis that was published."))]
    rank: Annotated[NamedRankJson | None, about(N_("Null if this company was not ranked."))]
    withdrawn: Annotated[date | None, about(N_("When it withdrew after publication; null if it did not."))]
    links: Links


PERIOD = ApiParameter("period", N_("The year of the figures."), "integer", least=1000, most=9999)
SECTOR = ApiParameter("sector", N_("The sector; “all” for all sectors together."))


@endpoint("/periods", N_("Every closed period, latest first"), RecordPage[PeriodJson], paged=True)
def periods() -> RecordPage[PeriodJson]:
    """Return every publication."""
    return page_of(RecordPage[PeriodJson], published_years(db()), lambda year: period_record(snapshot_of(year)))


@endpoint("/periods/<int(fixed_digits=4):period>", N_("One period"), PeriodJson, path_parameters=[PERIOD])
def period(period: int) -> PeriodJson:
    """Return one publication."""
    return period_record(_snapshot(period))


@endpoint(
    "/periods/<int(fixed_digits=4):period>/sectors",
    N_("The sectors of a period, each with its main figures; all sectors together come first"),
    PeriodPage[SectorJson],
    path_parameters=[PERIOD],
    paged=True,
)
def sectors(period: int) -> RecordPage[SectorJson]:
    """Return all sectors together, then each sector."""
    snapshot = _snapshot(period)
    groups = [snapshot.together, *snapshot.sectors]
    return _part(PeriodPage[SectorJson], snapshot, groups, lambda group: _sector_record(snapshot, group))


@endpoint(
    "/periods/<int(fixed_digits=4):period>/sectors/<sector>",
    N_("One sector of a period"),
    SectorJson,
    path_parameters=[PERIOD, SECTOR],
)
def sector(period: int, sector: str) -> SectorJson:
    """Return one sector, or all together."""
    snapshot = _snapshot(period)
    groups = {group.sector: group for group in (snapshot.together, *snapshot.sectors)}
    return _sector_record(snapshot, known_id("sector", groups, sector))


@endpoint(
    "/periods/<int(fixed_digits=4):period>/figures",
    N_("Every figure of a period, a record for each row of its CSV file"),
    PeriodPage[FigureJson],  # type: ignore[valid-type]
    path_parameters=[PERIOD],
    query=[
        SECTOR,
        ApiParameter("figure", N_("Only rows with this id in the column of the same name."), values=tuple(FIGURES)),
        ApiParameter("of", N_("Only rows with this id in the column of the same name."), is_id=False),
        ApiParameter("basis", N_("Only rows with this id in the column of the same name."), values=tuple(BASIS_LABELS)),
        ApiParameter(
            "region",
            N_("Only rows with this id in the column of the same name."),
            values=tuple(region for region in REGION_LABELS if region),
        ),
        ApiParameter("size", N_("Only rows with this id in the column of the same name."), is_id=False),
        ApiParameter(
            "need", N_("Only rows with this id in the column of the same name."), values=tuple(NEED_GROUP_LABELS)
        ),
    ],
    paged=True,
)
def figures(period: int) -> Any:
    """Return all figures of a period, or those that the query selects."""
    snapshot = _snapshot(period)
    edition = edition_by_digest(snapshot.digest).edition
    chosen = asked_id("sector", {snapshot.together.sector, *(group.sector for group in snapshot.sectors)})
    rows = every = list(figure_rows(snapshot, chosen or None))
    for name in ("figure", "of", "basis", "region", "size", "need"):
        # An id that occurs, but not with the other parameters, selects nothing; one that never occurs is refused.
        known = {getattr(row, name) for row in every} if name in ("of", "size") else None
        wanted = _asked_value(name, known)
        rows = [row for row in rows if wanted in ("", getattr(row, name))]
    return _part(PeriodPage[FigureJson], snapshot, rows, lambda row: figure_record(row, edition))  # type: ignore[valid-type]


@endpoint(
    "/periods/<int(fixed_digits=4):period>/named-companies",
    N_("The companies that agreed to be named in a period, by sector and name, with their published scores"),
    PeriodPage[NamedCompanyJson],
    path_parameters=[PERIOD],
    query=[SECTOR],
    paged=True,
)
def named_companies(period: int) -> RecordPage[NamedCompanyJson]:
    """Return only companies that consented. Others are in no list."""
    snapshot = _snapshot(period)
    chosen = asked_id("sector", {group.sector for group in snapshot.sectors})
    found = [(group, one) for group in snapshot.sectors if chosen in ("", group.sector) for one in group.named]
    edition = edition_by_digest(snapshot.digest).edition
    left = {group.sector: withdrawn_beside_names(db(), snapshot, group.sector) for group, _named in found}

    def record(each: tuple[SectorFigures, NamedCompany]) -> NamedCompanyJson:
        group, named = each
        withdrawn = left[group.sector].get(named.company)
        return _named_record(snapshot, edition, group, named, withdrawn.date() if withdrawn else None)

    return _part(PeriodPage[NamedCompanyJson], snapshot, found, record)


def _snapshot(year: int) -> PublishedSnapshot:
    return snapshot_of(published_year(str(year), published_years(db())))


def _part(kind: Any, snapshot: PublishedSnapshot, found: list[Any], record: Any) -> RecordPage[Any]:
    return page_of(kind, found, record, period=period_record(snapshot))


def _asked_value(name: str, known: set[str] | None) -> str:
    return request.args.get(name, "") if known is None else asked_id(name, known - {""})


def period_record(snapshot: PublishedSnapshot) -> PeriodJson:
    """Return the record of a publication, with links to all of its data."""
    year = snapshot.period
    edition = edition_by_digest(snapshot.digest).edition
    return PeriodJson(
        period=year,
        as_of=snapshot.as_of,
        edition=EditionJson(
            id=snapshot.edition,
            title=snapshot.title,
            digest=snapshot.digest,
            draft=snapshot.draft,
            url=edition_record(edition).url,
        ),
        scale=edition.scale,
        demonstration=snapshot.demonstration,
        seal=snapshot.seal,
        citation=snapshot.citation,
        licence=LICENCE,
        corrections=tuple(CorrectionJson(day=c.at.date(), what=c.what, why=c.why) for c in corrections(db(), year)),
        links={
            **{name: address_of(f"api.{name}", period=year) for name in ("sectors", "figures", "named_companies")},
            "self": address_of("api.period", period=year),
            "requirements": address_of("api.requirements", period=year),
            "page": address_of("publications.publication", year=year),
            "sealed": address_of("publications.sealed", year=year),
            "csv": address_of("publications.table", year=year),
            "data_package": address_of("publications.package", year=year),
        },
    )


def figure_record(row: FigureRow, edition: Edition) -> Any:
    """Return a row of the published tables, by column."""
    cells = ((column, column.value(row, edition)) for column in TABLE_COLUMNS)
    return FigureJson(
        **{column.name: (int(cell) if column.kind == "integer" else cell) if cell else None for column, cell in cells}
    )


def _sector_record(snapshot: PublishedSnapshot, group: SectorFigures) -> SectorJson:
    edition, year = edition_by_digest(snapshot.digest).edition, snapshot.period
    together = group.sector == ALL_SECTORS
    csv = (
        address_of("publications.together_table", year=year)
        if together
        else address_of("publications.sector_table", year=year, sector=group.sector)
    )
    page = (
        address_of("sectors.index", period=year)
        if together
        else address_of("sectors.sector", sector=group.sector, period=year)
    )
    return SectorJson(
        id=group.sector,
        label=sector_label(edition, group.sector),
        sectors=group.sectors,
        shows_scores=group.shows_scores,
        figures=tuple(figure_record(row, edition) for row in _leading_rows(snapshot, group)),
        links={
            "self": address_of("api.sector", period=year, sector=group.sector),
            "period": address_of("api.period", period=year),
            "figures": address_of("api.figures", period=year, sector=group.sector),
            "page": page,
            "csv": csv,
        },
    )


def _leading_rows(snapshot: PublishedSnapshot, group: SectorFigures) -> Iterator[FigureRow]:
    """Yield the counts of participation and the overall figures, without breakdowns."""
    counts = {*group.participation.counts(), "in_figures"}
    for row in figure_rows(snapshot, group.sector):
        of_everybody = not (row.region or row.size or row.need) and row.since is None
        if of_everybody and (row.figure in counts or row.of == OVERALL):
            yield row


def _named_record(
    snapshot: PublishedSnapshot, edition: Edition, group: SectorFigures, named: NamedCompany, withdrawn: date | None
) -> NamedCompanyJson:
    bands = {band.id: band.title or band.id for band in edition.bands}
    return NamedCompanyJson(
        company=named.company,
        sector=group.sector,
        sector_label=sector_label(edition, group.sector),
        scores=tuple(_score_record(bands, basis, score) for basis, score in named.scores().items()),
        rank=_rank_record(group, named),
        withdrawn=withdrawn,
        links={"sector": address_of("api.sector", period=snapshot.period, sector=group.sector)},
    )


def _score_record(bands: dict[str, str], basis: Basis, score: NamedScore) -> NamedScoreJson:
    return NamedScoreJson(
        basis=basis,
        score=score.score,
        worst=score.worst,
        best=score.best,
        band=score.band or None,
        band_label=bands.get(score.band),
        band_by_points=score.by_points or None,
    )


def _rank_record(group: SectorFigures, named: NamedCompany) -> NamedRankJson | None:
    """Return the ranks of a company, or None if it has none or shares its name with another of its sector."""
    ranking = group.ranking
    found = [rank for rank in ranking.companies if rank.company == named.company] if ranking else []
    if ranking is None or len(found) != 1 or sum(one.company == named.company for one in group.named) != 1:
        return None
    return NamedRankJson(
        first=found[0].first,
        last=found[0].last,
        tie_group=found[0].tie_group,
        among=len(ranking.companies),
        basis=ranking.basis,
        draws=ranking.draws,
        seed=ranking.seed,
    )

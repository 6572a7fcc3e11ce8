"""Table of published figures: every figure of a snapshot as a row, and every column with how it is filled.

`TABLE_COLUMNS` is the one list of columns: the CSV files, `datapackage.json`, the page that explains them and the tests
read it. To add a column, add an entry. `figure_rows` yields the figures of each kind that `figure_kinds` lists.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from compliance.disclosure.figure_kinds import FIGURES, FIGURES_OF_LISTS, FIGURES_OF_NAMED, HIGH_NEED
from compliance.disclosure.invitations import InvitationFigures
from compliance.disclosure.published import (
    UNCERTAINTY_FACTOR_LABELS,
    Figure,
    NamedRanking,
    PublishedCell,
    ScoreRange,
    SectorFigures,
    Suppressed,
    count_bounds,
)
from compliance.disclosure.snapshot import LICENCE, PublishedSnapshot
from compliance.languages.formats import and_list, or_list
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BASIS_LABELS,
    REGION_LABELS,
    label_of,
    lens_label,
    lens_value_label,
    provision_title,
    sector_label,
    size_label,
)
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure of one sector, or of a region or a size within it."""

    period: int
    sector: str
    region: str = ""  # of the headquarters; empty: of all
    size: str = ""  # empty: of all
    figure: str  # a key of FIGURES
    of: str = (
        ""  # node, lens value, bands joined by +, requirement, law:provision, named company, or factors joined by +
    )
    basis: Basis | Literal[""] = ""  # empty for counts
    value: PublishedCell | ScoreRange
    n: PublishedCell  # companies it rests on

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The least and the most that a median, a quartile or a count can be, by what is published; None: not known."""
        if isinstance(self.value, ScoreRange):
            return self.value.low, self.value.high
        found = count_bounds(self.value, self.n) if FIGURES[self.figure].unit == "companies" else None
        return found or (None, None)


def figure_rows(snapshot: PublishedSnapshot, sector: str | None = None) -> Iterator[FigureRow]:
    """Yield every figure of one sector ("all" for all together), or of everything. Raise KeyError."""
    if sector is None:
        groups = (snapshot.together, *snapshot.sectors)
    elif sector == snapshot.together.sector:
        groups = (snapshot.together,)
    else:
        groups = (snapshot.sector(sector),)
    for group in groups:
        row = partial(FigureRow, period=snapshot.period, sector=group.sector)
        yield from _sector_rows(row, group)
        yield from _invitation_rows(row, snapshot.invitations, group.sector)
        for cut in group.breakdowns:
            region, size = (cut.value if cut.kind == kind else "" for kind in ("region", "size"))
            for figure in cut.figures:
                yield from _quartile_rows(partial(row, region=region, size=size), figure)


#: Makes the rows of one group: period, sector, region and size are given.
_RowMaker: TypeAlias = Callable[..., FigureRow]


def _sector_rows(row: _RowMaker, group: SectorFigures) -> Iterator[FigureRow]:
    contributors = group.contributors
    for figure, count in group.participation.counts().items():
        yield row(figure=figure, value=count, n=group.participation.registered)
    yield row(figure="in_figures", value=contributors, n=group.participation.scored)  # without those that are embargoed
    for of_figure in group.figures:
        yield from _quartile_rows(row, of_figure)
    for band in group.bands:
        yield row(figure="band", of="+".join(band.bands), basis="claimed", value=band.count, n=contributors)
    for prefix, shares in (("", group.requirements), ("law:", group.provisions)):
        for share in shares:
            yield row(figure="meets_half", of=prefix + share.id, basis="claimed", value=share.meeting, n=share.n)
    for named in group.named:
        for basis, score in named.scores().items():
            for figure, points in (("score", score.score), ("worst", score.worst), ("best", score.best)):
                yield row(figure=figure, of=named.company, basis=basis, value=points, n=1)
    if group.capped is not None:
        capped = group.capped
        yield row(figure="capped", of=capped.id, basis="claimed", value=capped.meeting, n=capped.n)
    if group.ranking is not None:
        yield from _ranking_rows(partial(row, basis=group.ranking.basis, n=len(group.ranking.companies)), group.ranking)


def _invitation_rows(row: _RowMaker, figures: InvitationFigures, sector: str) -> Iterator[FigureRow]:
    """Yield participation by public list, and how many registered by themselves."""
    for one in figures.lists_of(sector):
        for ending, counts in (("", one.counts), (HIGH_NEED, one.high_need)):
            if counts is not None:
                of_list = partial(row, of=one.list_name + ending, n=counts.invited)
                yield from (of_list(figure=figure, value=count) for figure, count in counts.counts().items())
    themselves = figures.by_themselves_in(sector)
    if themselves is not None:
        yield row(figure="by_themselves", value=themselves, n=themselves)


def _ranking_rows(row: _RowMaker, ranking: NamedRanking) -> Iterator[FigureRow]:
    """Yield rank intervals and tie groups among the named, and how they were drawn."""
    factors = "+".join(ranking.factors)
    yield row(figure="rank_draws", of=factors, value=ranking.draws)
    yield row(figure="rank_seed", of=factors, value=ranking.seed)
    for place in ranking.companies:
        yield row(figure="rank_from", of=place.company, value=place.first)
        yield row(figure="rank_to", of=place.company, value=place.last)
        yield row(figure="tie_group", of=place.company, value=place.tie_group)


def _quartile_rows(row: _RowMaker, figure: Figure) -> Iterator[FigureRow]:
    for basis, quartiles in (("claimed", figure.claimed), ("evidenced", figure.evidenced)):
        of_basis = partial(row, of=figure.id, basis=basis, n=figure.n)
        yield of_basis(figure="median", value=quartiles.median)
        yield of_basis(figure="lower_quartile", value=quartiles.lower)
        yield of_basis(figure="upper_quartile", value=quartiles.upper)


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of the table, and how its cells are filled."""

    name: str
    title: str
    description: str
    value: Callable[[FigureRow, Edition], str]  # the cell of a row, in the language now spoken; "" = empty
    kind: Literal["string", "integer"] = "string"
    unit: str = ""  # of a column of numbers in which it is always the same
    values: tuple[str, ...] = ()  # all that may stand in it, but for an empty cell
    required: bool = False  # no cell of it is empty

    @property
    def words(self) -> tuple[str, str]:
        """Title and description, in the language now spoken."""
        return _(self.title), _(self.description)


TABLE_COLUMNS = (
    FigureColumn(
        "period",
        N_("Year"),
        N_("The year that the figures are of."),
        lambda row, _edition: str(row.period),
        kind="integer",
        required=True,
    ),
    FigureColumn(
        "sector",
        N_("Sector, id"),
        N_("The sector; “all” for all sectors together."),
        lambda row, _edition: row.sector,
        required=True,
    ),
    FigureColumn(
        "sector_label",
        N_("Sector"),
        N_("The sector in words."),
        lambda row, edition: sector_label(edition, row.sector),
        required=True,
    ),
    FigureColumn(
        "region",
        N_("Region, id"),
        N_("Of the companies with headquarters in this region only; empty: of companies everywhere."),
        lambda row, _edition: row.region,
        values=tuple(region for region in REGION_LABELS if region),
    ),
    FigureColumn(
        "region_label",
        N_("Region"),
        N_("The region in words."),
        lambda row, _edition: label_of(REGION_LABELS, row.region) if row.region else "",
    ),
    FigureColumn(
        "size",
        N_("Size, id"),
        N_("Of the companies of these sizes only, joined by “+”; empty: of companies of every size."),
        lambda row, _edition: row.size,
    ),
    FigureColumn(
        "size_label",
        N_("Size"),
        N_("The size in words."),
        lambda row, edition: size_label(edition, row.size) if row.size else "",
    ),
    FigureColumn(
        "figure",
        N_("Figure, id"),
        N_("What the row says of these companies: see the list of figures."),
        lambda row, _edition: row.figure,
        values=tuple(FIGURES),
        required=True,
    ),
    FigureColumn(
        "figure_label",
        N_("Figure"),
        N_("The figure in words."),
        lambda row, _edition: _(FIGURES[row.figure].title),
        required=True,
    ),
    FigureColumn(
        "of",
        N_("Of what, id"),
        N_(
            "What the figure is of: “overall”, a theme, a lens value such as “gap:reach”, bands joined by “+”, a "
            "requirement, a provision as “law:” and its id, a public list of invited companies (with “#high-need”: its "
            "companies from high-need countries), or a company that agreed to be named. Empty for other counts of "
            "companies. A name that a spreadsheet could take for a formula has an apostrophe before it."
        ),
        lambda row, _edition: row.of,
    ),
    FigureColumn(
        "of_label",
        N_("Of what"),
        N_("The same in words."),
        lambda row, edition: _of_words(edition, row),
    ),
    FigureColumn(
        "basis",
        N_("Basis"),
        N_(
            "“claimed”: all answers count. “evidenced”: only answers with evidence count. “verified”: what an "
            "auditor confirmed counts. Empty for counts that rest on no answers."
        ),
        lambda row, _edition: row.basis,
        values=tuple(BASIS_LABELS),
    ),
    FigureColumn(
        "value",
        N_("Value"),
        N_(
            "The figure, in the unit of its row. Of a median or quartile, the middle of the range in which it lies, "
            "rounded. Empty where it is suppressed; a zero is a zero."
        ),
        lambda row, _edition: _number(row.value),
        kind="integer",
    ),
    FigureColumn(
        "unit",
        N_("Unit"),
        N_("What the value is counted in; “points” are points of the edition’s scale."),
        lambda row, _edition: FIGURES[row.figure].unit,
        values=tuple(dict.fromkeys(kind.unit for kind in FIGURES.values() if kind.unit)),
    ),
    FigureColumn(
        "suppressed",
        N_("Suppressed"),
        N_(
            "Why there is no value. “few”: fewer than 5. “nearly-all”: all but fewer than 5 of n. “withheld”: too few "
            "companies, or the figure could be worked out from others."
        ),
        lambda row, _edition: _suppression_code(row.value),
        values=tuple(Suppressed),
    ),
    FigureColumn(
        "at_least",
        N_("At least"),
        N_(
            "Of a count, median or quartile, the least that it can be by what is published, in the unit of the row; "
            "empty where nothing is known."
        ),
        lambda row, _edition: _number(row.bounds[0]),
        kind="integer",
    ),
    FigureColumn(
        "at_most",
        N_("At most"),
        N_(
            "Of a count, median or quartile, the most that it can be by what is published, in the unit of the row; "
            "empty where nothing is known."
        ),
        lambda row, _edition: _number(row.bounds[1]),
        kind="integer",
    ),
    FigureColumn(
        "n",
        N_("Companies"),
        N_(
            "How many companies the figure rests on, or the count is of. Where one to four companies were not asked "
            "about a requirement or provision, it is of all companies in the figures. Empty where it is suppressed."
        ),
        lambda row, _edition: _number(row.n),
        kind="integer",
        unit="companies",
    ),
    FigureColumn(
        "n_suppressed",
        N_("Companies, suppressed"),
        N_("Why there is no number of companies, in the words of “suppressed”."),
        lambda row, _edition: _suppression_code(row.n),
        values=tuple(Suppressed),
    ),
    FigureColumn(
        "licence",
        N_("Licence"),
        N_("What the row may be used under."),
        lambda _row, _edition: LICENCE,
        values=(LICENCE,),
        required=True,
    ),
)


def figure_table(snapshot: PublishedSnapshot, edition: Edition, sector: str | None = None) -> Iterator[tuple[str, ...]]:
    """Yield the rows of one sector, or of everything, as TABLE_COLUMNS have them. Raise KeyError."""
    for row in figure_rows(snapshot, sector):
        yield tuple(column.value(row, edition) for column in TABLE_COLUMNS)


def _number(cell: PublishedCell | ScoreRange | None) -> str:
    if isinstance(cell, ScoreRange):
        return str(int(rounded(cell.middle, 0)))
    return "" if cell is None or isinstance(cell, Suppressed) else str(cell)


def _suppression_code(cell: PublishedCell | ScoreRange) -> str:
    return cell.value if isinstance(cell, Suppressed) else ""


def _of_words(edition: Edition, row: FigureRow) -> str:
    """Label of what a figure is of; an id that the edition does not know stands for itself."""
    if row.figure in FIGURES_OF_NAMED:
        return row.of
    if row.figure in FIGURES_OF_LISTS:
        name = row.of.removesuffix(HIGH_NEED)
        return _("%(list)s: companies from high-need countries", list=name) if row.of.endswith(HIGH_NEED) else name
    if row.figure in ("band", "capped"):
        titles = {band.id: band.title for band in edition.bands}
        return or_list(titles.get(band, band) for band in row.of.split("+"))
    if row.figure in ("rank_draws", "rank_seed"):
        return and_list(
            _(UNCERTAINTY_FACTOR_LABELS[move]) for move in UNCERTAINTY_FACTOR_LABELS if move in row.of.split("+")
        )
    if row.of == OVERALL:
        return _("The whole")
    kind, colon, rest = row.of.partition(":")
    if kind == "law" and colon:
        return provision_title(edition, rest)
    if colon and kind in edition.lenses:
        return f"{lens_label(edition, kind)}: {lens_value_label(edition, kind, rest)}"
    node = edition.nodes.get(row.of)
    return (node.title if node else "") or row.of

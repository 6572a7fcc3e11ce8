"""Table of published figures: every figure of a snapshot as a row, and how each column is filled.

`TABLE_COLUMNS` lists all columns. CSV files, `datapackage.json`, the page that explains them and the tests read it. To
add a column, add an entry. `figure_rows` makes the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from compliance.disclosure.figure_rows import (
    FIGURES,
    FIGURES_OF_LISTS,
    FIGURES_OF_NAMED,
    HIGH_NEED,
    FigureRow,
    figure_rows,
)
from compliance.disclosure.published import UNCERTAINTY_FACTOR_LABELS, PublishedCell, ScoreRange, Suppressed
from compliance.disclosure.snapshot import LICENCE, PublishedSnapshot
from compliance.languages.formats import and_list, or_list
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BASIS_LABELS,
    NEED_GROUP_LABELS,
    REGION_LABELS,
    figure_title,
    label_of,
    provision_title,
    sector_label,
    size_label,
)
from compliance.questionnaire.edition import Edition
from compliance.scoring.numeric import rounded


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of the table, and how its cells are filled."""

    name: str
    title: str
    description: str
    value: Callable[[FigureRow, Edition], str]  # returns the cell of a row, in the current language; "": empty
    kind: Literal["string", "integer"] = "string"
    unit: str = ""  # of a column of numbers, if it is always the same
    values: tuple[str, ...] = ()  # all possible values, without the empty cell
    required: bool = False  # whether no cell is empty
    in_files: str = ""  # addition to the description in CSV files

    @property
    def words(self) -> tuple[str, str]:
        """Title and description for files, in the current language."""
        return _(self.title), " ".join(_(each) for each in (self.description, self.in_files) if each)


TABLE_COLUMNS = (
    FigureColumn(
        "period",
        N_("Year"),
        N_("The year of the figures."),
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
        N_("Only companies with headquarters in this region. Empty: companies everywhere."),
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
        N_("Only companies of these sizes, joined by “+”. Empty: companies of every size."),
        lambda row, _edition: row.size,
    ),
    FigureColumn(
        "size_label",
        N_("Size"),
        N_("The size in words."),
        lambda row, edition: size_label(edition, row.size) if row.size else "",
    ),
    FigureColumn(
        "need",
        N_("Need, id"),
        N_(
            "“high”: companies that work in priority countries; “other”: companies that work in none; empty: all "
            "companies."
        ),
        lambda row, _edition: row.need,
        values=tuple(NEED_GROUP_LABELS),
    ),
    FigureColumn(
        "need_label",
        N_("Need"),
        N_("The same in words."),
        lambda row, _edition: label_of(NEED_GROUP_LABELS, row.need) if row.need else "",
    ),
    FigureColumn(
        "since",
        N_("Compared with"),
        N_("The previous published year, in rows on the change since then. Empty in all others."),
        lambda row, _edition: "" if row.since is None else str(row.since),
        kind="integer",
    ),
    FigureColumn(
        "figure",
        N_("Figure, id"),
        N_("What the row says about these companies; see the list of figures."),
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
        N_("Subject, id"),
        N_(
            "What the figure is about: “overall”, a theme, a lens value such as “gap:reach”, bands joined by “+”, "
            "a requirement, a provision as “law:” and its id, a public list of invited companies (with "
            "“#high-need”: its companies from priority countries), or a company that agreed to be named. Empty for "
            "other counts of companies."
        ),
        lambda row, _edition: row.of,
        in_files=N_("A name that a spreadsheet could take for a formula has an apostrophe before it."),
    ),
    FigureColumn(
        "of_label",
        N_("Subject"),
        N_("The same in words."),
        lambda row, edition: _of_words(edition, row),
    ),
    FigureColumn(
        "basis",
        N_("Basis"),
        N_(
            "“claimed”: all answers count. “evidenced”: only answers with evidence count. “verified”: what an "
            "auditor confirmed counts. Empty for counts that do not depend on answers."
        ),
        lambda row, _edition: row.basis,
        values=tuple(BASIS_LABELS),
    ),
    FigureColumn(
        "value",
        N_("Value"),
        N_(
            "The figure, in the unit of its row. For a median or quartile, the middle of the range in which it "
            "lies, rounded. Empty where it is suppressed; 0 means zero."
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
            "Why there is no value. “few”: fewer than 5. “nearly-all”: all but at most 4 of n. “withheld”: too few "
            "companies, or the figure could be worked out from others."
        ),
        lambda row, _edition: _suppression_code(row.value),
        values=tuple(Suppressed),
    ),
    FigureColumn(
        "at_least",
        N_("At least"),
        N_(
            "The lowest value that a count, median or quartile can have according to what is published, in the "
            "unit of the row. Empty where nothing is known."
        ),
        lambda row, _edition: _number(row.bounds[0]),
        kind="integer",
    ),
    FigureColumn(
        "at_most",
        N_("At most"),
        N_(
            "The highest value that a count, median or quartile can have according to what is published, in the "
            "unit of the row. Empty where nothing is known."
        ),
        lambda row, _edition: _number(row.bounds[1]),
        kind="integer",
    ),
    FigureColumn(
        "n",
        N_("Companies"),
        N_(
            "The number of companies that the figure rests on, or out of which they are counted. Where one to four "
            "companies were not asked about a requirement or provision, it is the number of all companies in the "
            "figures. Empty where it is suppressed."
        ),
        lambda row, _edition: _number(row.n),
        kind="integer",
        unit="companies",
    ),
    FigureColumn(
        "n_suppressed",
        N_("Companies, suppressed"),
        N_("Why there is no number of companies, in the words used in “suppressed”."),
        lambda row, _edition: _suppression_code(row.n),
        values=tuple(Suppressed),
    ),
    FigureColumn(
        "licence",
        N_("Licence"),
        N_("The licence for the use of the row."),
        lambda _row, _edition: LICENCE,
        values=(LICENCE,),
        required=True,
    ),
)


def figure_table(snapshot: PublishedSnapshot, edition: Edition, sector: str | None = None) -> Iterator[tuple[str, ...]]:
    """Yield rows of one sector, or of all, with the cells of TABLE_COLUMNS. Raise KeyError for an unknown sector."""
    for row in figure_rows(snapshot, sector):
        yield tuple(column.value(row, edition) for column in TABLE_COLUMNS)


def _number(cell: PublishedCell | ScoreRange | None) -> str:
    if isinstance(cell, ScoreRange):
        return str(int(rounded(cell.middle, 0)))
    return "" if cell is None or isinstance(cell, Suppressed) else str(cell)


def _suppression_code(cell: PublishedCell | ScoreRange) -> str:
    return cell.value if isinstance(cell, Suppressed) else ""


def _of_words(edition: Edition, row: FigureRow) -> str:
    """Return the label of what a figure is about, or its id if the edition does not have it."""
    if row.figure in FIGURES_OF_NAMED:
        return row.of
    if row.figure in FIGURES_OF_LISTS:
        name = row.of.removesuffix(HIGH_NEED)
        return _("%(list)s: companies from priority countries", list=name) if row.of.endswith(HIGH_NEED) else name
    if row.figure in ("band", "capped"):
        titles = {band.id: band.title for band in edition.bands}
        return or_list(titles.get(band, band) for band in row.of.split("+"))
    if row.figure in ("rank_draws", "rank_seed"):
        return and_list(
            _(UNCERTAINTY_FACTOR_LABELS[move]) for move in UNCERTAINTY_FACTOR_LABELS if move in row.of.split("+")
        )
    kind, colon, rest = row.of.partition(":")
    return provision_title(edition, rest) if kind == "law" and colon else figure_title(edition, row.of)

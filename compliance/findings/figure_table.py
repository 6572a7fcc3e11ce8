"""The published figures as the table that is taken away: ids, words and numbers, and what each column means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from compliance.benchmark.published import Cell, Withheld
from compliance.benchmark.rows import UNITS, FigureRow, snapshot_rows
from compliance.benchmark.snapshot import LICENCE, Snapshot
from compliance.findings.law import provision_title
from compliance.findings.ranking import MOVE_WORDS
from compliance.findings.standing import BASES
from compliance.languages.formats import all_of, any_of
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import REGIONS, lens_title, lens_word, sector_title, value_words, word
from compliance.questionnaire.edition import OVERALL, Edition


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of the table."""

    name: str
    title: str
    description: str
    kind: Literal["string", "integer"] = "string"
    unit: str = ""  # of a column of numbers in which it is always the same
    values: tuple[str, ...] = ()  # all that may stand in it, but for an empty cell
    required: bool = False  # no cell of it is empty

    @property
    def words(self) -> tuple[str, str]:
        """Title and description, in the language now spoken."""
        return _(self.title), _(self.description)


COLUMNS = (
    FigureColumn("period", N_("Year"), N_("The year that the figures are of."), "integer", required=True),
    FigureColumn("sector", N_("Sector, id"), N_("The sector; “all” for all sectors together."), required=True),
    FigureColumn("sector_label", N_("Sector"), N_("The sector in words."), required=True),
    FigureColumn(
        "region",
        N_("Region, id"),
        N_("Of the companies with headquarters in this region only; empty: of companies everywhere."),
        values=tuple(region for region in REGIONS if region),
    ),
    FigureColumn("region_label", N_("Region"), N_("The region in words.")),
    FigureColumn("size", N_("Size, id"), N_("Of the companies of this size only; empty: of companies of every size.")),
    FigureColumn("size_label", N_("Size"), N_("The size in words.")),
    FigureColumn(
        "figure",
        N_("Figure, id"),
        N_("What the row says of these companies: see the list of figures."),
        values=tuple(UNITS),
        required=True,
    ),
    FigureColumn("figure_label", N_("Figure"), N_("The figure in words."), required=True),
    FigureColumn(
        "of",
        N_("Of what, id"),
        N_(
            "What the figure is of: “overall”, a theme, a lens value such as “gap:reach”, bands joined by “+”, a "
            "requirement, a provision as “law:” and its id, or a company that agreed to be named. Empty for counts of "
            "companies. A name that a spreadsheet could take for a formula has an apostrophe before it."
        ),
    ),
    FigureColumn("of_label", N_("Of what"), N_("The same in words.")),
    FigureColumn(
        "basis",
        N_("Basis"),
        N_(
            "“claimed”: all answers count. “evidenced”: only answers with evidence count. “verified”: what an "
            "auditor confirmed counts. Empty for counts that rest on no answers."
        ),
        values=tuple(BASES),
    ),
    FigureColumn(
        "value",
        N_("Value"),
        N_("The figure, in the unit of its row. Empty where it is suppressed; a zero is a zero."),
        "integer",
    ),
    FigureColumn(
        "unit",
        N_("Unit"),
        N_("What the value is counted in; “points” are points of the edition’s scale."),
        values=tuple(dict.fromkeys(unit for unit in UNITS.values() if unit)),
    ),
    FigureColumn(
        "suppressed",
        N_("Suppressed"),
        N_(
            "Why there is no value. “few”: fewer than 5. “nearly-all”: all but fewer than 5 of n. “withheld”: too few "
            "companies, or the figure could be worked out from others."
        ),
        values=tuple(Withheld),
    ),
    FigureColumn(
        "at_least",
        N_("At least"),
        N_("For a count of companies, the least that it can be by what is published; empty where nothing is known."),
        "integer",
        "companies",
    ),
    FigureColumn(
        "at_most",
        N_("At most"),
        N_("For a count of companies, the most that it can be by what is published; empty where nothing is known."),
        "integer",
        "companies",
    ),
    FigureColumn(
        "n",
        N_("Companies"),
        N_(
            "How many companies the figure rests on, or the count is of. Where one to four companies were not asked "
            "about a requirement or provision, it is of all companies in the figures. Empty where it is suppressed."
        ),
        "integer",
        "companies",
    ),
    FigureColumn(
        "n_suppressed",
        N_("Companies, suppressed"),
        N_("Why there is no number of companies, in the words of “suppressed”."),
        values=tuple(Withheld),
    ),
    FigureColumn("licence", N_("Licence"), N_("What the row may be used under."), values=(LICENCE,), required=True),
)

#: What each kind of figure says.
FIGURES: Mapping[str, str] = {
    "registered": N_("Companies registered"),
    "submitted": N_("Companies that submitted"),
    "scored": N_("Companies with a score"),
    "without_score": N_("Companies that answered too little for a score"),
    "silent": N_("Companies that submitted nothing"),
    "unscored": N_("Companies without a score, or silent"),
    "in_figures": N_("Companies with a score that the figures rest on"),
    "median": N_("Median"),
    "lower_quartile": N_("Lower quartile"),
    "upper_quartile": N_("Upper quartile"),
    "band": N_("Companies in the band"),
    "capped": N_("Companies in the band with the points of a higher one, held down by a critical requirement"),
    "meets_half": N_("Companies that meet at least half of it"),
    "score": N_("Score of a named company"),
    "worst": N_("Least that the score could be"),
    "best": N_("Most that the score could be"),
    "rank_from": N_("Best rank among the named"),
    "rank_to": N_("Worst rank among the named"),
    "tie_group": N_("Tie group among the named"),
    "rank_draws": N_("Draws that the ranks rest on"),
    "rank_seed": N_("Seed of these draws"),
}

#: The figures that are of a company, by its name.
OF_NAMED = frozenset({"score", "worst", "best", "rank_from", "rank_to", "tie_group"})


def figure_table(snapshot: Snapshot, edition: Edition, sector: str | None = None) -> Iterator[tuple[str, ...]]:
    """The rows of one sector, or of everything, as COLUMNS have them. Raise KeyError."""
    for row in snapshot_rows(snapshot, sector):
        least, most = row.bounds
        yield (
            str(snapshot.period),
            row.sector,
            sector_title(row.sector),
            row.region,
            word(REGIONS, row.region) if row.region else "",
            row.size,
            value_words("size", row.size) if row.size else "",
            row.figure,
            _(FIGURES[row.figure]),
            row.of,
            _of_words(edition, row),
            row.basis,
            _number(row.value),
            UNITS[row.figure],
            _why(row.value),
            "" if least is None else str(least),
            "" if most is None else str(most),
            _number(row.n),
            _why(row.n),
            LICENCE,
        )


def _number(cell: Cell) -> str:
    return "" if isinstance(cell, Withheld) else str(cell)


def _why(cell: Cell) -> str:
    return cell.value if isinstance(cell, Withheld) else ""


def _of_words(edition: Edition, row: FigureRow) -> str:
    """What a figure is of, in words; an id that the edition does not know stands for itself."""
    if row.figure in OF_NAMED:
        return row.of
    if row.figure in ("band", "capped"):
        titles = {band.id: band.title for band in edition.bands}
        return any_of(titles.get(band, band) for band in row.of.split("+"))
    if row.figure in ("rank_draws", "rank_seed"):
        return all_of(_(MOVE_WORDS[move]) for move in MOVE_WORDS if move in row.of.split("+"))
    if row.of == OVERALL:
        return _("The whole")
    kind, colon, rest = row.of.partition(":")
    if kind == "law" and colon:
        return provision_title(edition, rest)
    if colon and kind in edition.lenses:
        return f"{lens_title(kind)}: {lens_word(rest)}"
    node = edition.nodes.get(row.of)
    return (node.title if node else "") or row.of

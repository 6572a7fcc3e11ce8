"""The published files: the table of all figures, and its Frictionless Data Package (specs.frictionlessdata.io).

The table has ids, words and numbers; each column says what it means. What all files share is said once, in
`datapackage.json`: licence, edition, seal, citation, corrections.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from compliance.disclosure.published import UNCERTAINTY_FACTOR_LABELS, PublishedCell, Suppressed
from compliance.disclosure.snapshot import FIGURE_UNITS, LICENCE, FigureRow, PublishedSnapshot, snapshot_rows
from compliance.languages.formats import and_list, or_list
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BASIS_LABELS,
    REGION_LABELS,
    label_of,
    lens_label,
    lens_value_label,
    profile_value_label,
    provision_title,
    sector_label,
)
from compliance.questionnaire.edition import OVERALL, SIZE_FIELD, Edition


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


TABLE_COLUMNS = (
    FigureColumn("period", N_("Year"), N_("The year that the figures are of."), "integer", required=True),
    FigureColumn("sector", N_("Sector, id"), N_("The sector; “all” for all sectors together."), required=True),
    FigureColumn("sector_label", N_("Sector"), N_("The sector in words."), required=True),
    FigureColumn(
        "region",
        N_("Region, id"),
        N_("Of the companies with headquarters in this region only; empty: of companies everywhere."),
        values=tuple(region for region in REGION_LABELS if region),
    ),
    FigureColumn("region_label", N_("Region"), N_("The region in words.")),
    FigureColumn("size", N_("Size, id"), N_("Of the companies of this size only; empty: of companies of every size.")),
    FigureColumn("size_label", N_("Size"), N_("The size in words.")),
    FigureColumn(
        "figure",
        N_("Figure, id"),
        N_("What the row says of these companies: see the list of figures."),
        values=tuple(FIGURE_UNITS),
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
        values=tuple(BASIS_LABELS),
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
        values=tuple(dict.fromkeys(unit for unit in FIGURE_UNITS.values() if unit)),
    ),
    FigureColumn(
        "suppressed",
        N_("Suppressed"),
        N_(
            "Why there is no value. “few”: fewer than 5. “nearly-all”: all but fewer than 5 of n. “withheld”: too few "
            "companies, or the figure could be worked out from others."
        ),
        values=tuple(Suppressed),
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
        values=tuple(Suppressed),
    ),
    FigureColumn("licence", N_("Licence"), N_("What the row may be used under."), values=(LICENCE,), required=True),
)

#: What each kind of figure says.
FIGURE_TITLES: Mapping[str, str] = {
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
FIGURES_OF_NAMED = frozenset({"score", "worst", "best", "rank_from", "rank_to", "tie_group"})


def figure_table(snapshot: PublishedSnapshot, edition: Edition, sector: str | None = None) -> Iterator[tuple[str, ...]]:
    """The rows of one sector, or of everything, as COLUMNS have them. Raise KeyError."""
    for row in snapshot_rows(snapshot, sector):
        least, most = row.bounds
        yield (
            str(snapshot.period),
            row.sector,
            sector_label(edition, row.sector),
            row.region,
            label_of(REGION_LABELS, row.region) if row.region else "",
            row.size,
            profile_value_label(edition, SIZE_FIELD, row.size) if row.size else "",
            row.figure,
            _(FIGURE_TITLES[row.figure]),
            row.of,
            _of_words(edition, row),
            row.basis,
            _number(row.value),
            FIGURE_UNITS[row.figure],
            _suppression_code(row.value),
            "" if least is None else str(least),
            "" if most is None else str(most),
            _number(row.n),
            _suppression_code(row.n),
            LICENCE,
        )


def _number(cell: PublishedCell) -> str:
    return "" if isinstance(cell, Suppressed) else str(cell)


def _suppression_code(cell: PublishedCell) -> str:
    return cell.value if isinstance(cell, Suppressed) else ""


def _of_words(edition: Edition, row: FigureRow) -> str:
    """What a figure is of, in words; an id that the edition does not know stands for itself."""
    if row.figure in FIGURES_OF_NAMED:
        return row.of
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


JsonObject: TypeAlias = dict[str, Any]

LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class PackageResource:
    """A file of the package, beside its description."""

    name: str
    path: str
    title: str
    size: int  # bytes
    digest: str  # SHA-256
    is_table: bool

    @staticmethod
    def of(name: str, path: str, title: str, content: bytes, *, is_table: bool = True) -> "PackageResource":
        """A file that holds these bytes."""
        return PackageResource(name, path, title, len(content), hashlib.sha256(content).hexdigest(), is_table)


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """A correction: when it was made, what is corrected, and why."""

    on: date
    what: str
    why: str


def data_package(
    snapshot: PublishedSnapshot,
    files: Iterable[PackageResource],
    *,
    scale: float,
    address: str,
    edition_address: str,
    corrections: Sequence[CorrectionNotice] = (),
) -> JsonObject:
    """What `datapackage.json` says. `address`: of the publication; `edition_address`: of its edition."""
    title = _("Article 34: codes of conduct held against children’s law, %(period)s", period=snapshot.period)
    return {
        "profile": "data-package",
        "name": f"article34-{snapshot.period}",
        "id": address,
        "homepage": address,
        "title": title,
        "description": _("Demonstration: every company is invented.") if snapshot.demonstration else title,
        "created": f"{snapshot.as_of.isoformat()}T00:00:00Z",
        "licenses": [{"name": LICENCE, "path": LICENCE_ADDRESS, "title": "Creative Commons Attribution 4.0"}],
        "sources": [{"title": f"{snapshot.title} ({snapshot.edition})", "path": edition_address}],
        "period": snapshot.period,
        "as_of": snapshot.as_of.isoformat(),
        "edition": snapshot.edition,
        "edition_digest": snapshot.digest,
        "edition_draft": snapshot.draft,
        "scale": scale,
        "demonstration": snapshot.demonstration,
        "seal": snapshot.seal,  # SHA-256 of figures.json
        "citation": f"{snapshot.citation}. {address}",
        "corrections": [{"date": c.on.isoformat(), "what": c.what, "why": c.why} for c in corrections],
        "resources": [_resource(file) for file in files],
    }


def _resource(file: PackageResource) -> JsonObject:
    kind = "csv" if file.is_table else "json"
    said: JsonObject = {
        "profile": "tabular-data-resource" if file.is_table else "data-resource",
        "name": file.name,
        "path": file.path,
        "title": file.title,
        "format": kind,
        "mediatype": "text/csv" if file.is_table else "application/json",
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.digest}",
    }
    return said | {"dialect": DIALECT, "schema": table_schema()} if file.is_table else said


#: How the tables are written, as RFC 4180 has it.
DIALECT: JsonObject = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}


def table_schema() -> JsonObject:
    """The columns as a Table Schema."""
    return {"fields": [_field(column) for column in TABLE_COLUMNS], "missingValues": [""]}


def _field(column: FigureColumn) -> JsonObject:
    title, description = column.words
    constraints: JsonObject = {}
    if column.required:
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    if column.kind == "integer":
        constraints["minimum"] = 0
    return {
        "name": column.name,
        "type": column.kind,
        "title": title,
        "description": description,
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }

"""The workbook of a sector: the published figures of one closed period, to read, filter and copy.

It has nothing that the pages do not show, in the same words.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from flask import Blueprint, Response, abort, url_for

from compliance.disclosure.data_package import LICENCE_ADDRESS
from compliance.disclosure.figure_rows import FIGURES
from compliance.disclosure.published import Figure, PublishedCell, ScoreRange, SectorFigures, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import figure_title, sector_label
from compliance.narrative.method_wording import legal_disclaimer, translation_note
from compliance.narrative.published_counts import published_count_words
from compliance.narrative.requirement_heat import (
    PROVEN_LEVELS,
    RequirementHeat,
    level_words,
    proven_level,
    requirement_heat,
)
from compliance.narrative.sector_comparisons import breakdown_label
from compliance.narrative.sector_findings import sector_findings
from compliance.narrative.sector_shares import ShareMeeting
from compliance.questionnaire.conditions_and_law import LAW_BODIES
from compliance.questionnaire.edition import Edition
from compliance.store import published_years
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest
from compliance.web.kept_pages import same_for_everybody
from compliance.web.presenters.sector_charts import band_rows
from compliance.web.releases import corrected_on, published_year, release_file_name, snapshot_of
from compliance.web.responses import XLSX, download
from compliance.workbook.cell_styles import band_tint
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue, report_workbook

bp = Blueprint("sector_workbooks", __name__)


@bp.get("/publications/<int(fixed_digits=4):year>/sectors/<sector>.xlsx")
@same_for_everybody
def workbook(year: int, sector: str) -> Response:
    """The figures of one sector as a workbook. The same figures give the same bytes."""
    snapshot = snapshot_of(published_year(str(year), published_years(db())))
    edition = edition_by_digest(snapshot.digest).edition
    try:
        group = snapshot.sector(sector)
    except KeyError:
        abort(404)
    heat = requirement_heat(edition, snapshot) if group.shows_scores else None
    if heat is None:
        abort(404)
    title = f"{sector_label(edition, sector)}, {year}"
    tables = (
        _summary(edition, snapshot, group),
        _requirements(edition, heat, sector),
        _scores(edition, group),
        _method(edition, snapshot, group),
    )
    content = report_workbook(title, (), tables, digits=0, made_at=datetime.combine(snapshot.as_of, time()))
    return download(release_file_name(snapshot, sector, "xlsx"), content, XLSX)


def _notes(snapshot: PublishedSnapshot) -> tuple[str, ...]:
    """Return the lines above every table: the citation, and whether the figures are invented."""
    invented = (
        _("Demonstration. The companies, people and answers here are invented.") if snapshot.demonstration else ""
    )
    return tuple(filter(None, (snapshot.citation, invented)))


def _summary(edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures) -> ReportTable:
    found = sector_findings(edition, snapshot, group)
    sentences = (
        (_("Finding"), found.headline),
        (_("Claimed and evidenced"), found.evidence),
        (_("Participation"), found.participation),
        (_("CSR gaps"), found.gaps),
        (_("Prevention"), found.levels),
        (_("Themes"), found.themes),
        (_("Regions"), found.regions),
        (_("Sizes"), found.sizes),
        (_("Proven gaps"), found.requirements.headline or found.requirements.none_below),
        (_("Law left out"), found.law[LAW_BODIES[0]].headline or found.law[LAW_BODIES[0]].none_below),
        (_("Left out of the figures"), found.protection),
    )
    rows = [(topic, str(sentence)) for topic, sentence in sentences if sentence is not None]
    counts = {**group.participation.counts(), "in_figures": group.contributors}
    rows += [(_(FIGURES[figure].title), published_count_words(count)) for figure, count in counts.items()]
    rows += [
        (_("Band: %(band)s", band=band.title), _with_note(published_count_words(band.count), band.held_words))
        for band in band_rows(edition, group)
    ]
    columns = (ReportColumn("topic", _("Topic"), "name", 34), ReportColumn("said", _("What is published"), "text", 80))
    rows += [(_("Not shown"), sentence) for sentence in found.not_shown]
    title = _("%(sector)s %(period)s", sector=sector_label(edition, group.sector), period=snapshot.period)
    return ReportTable(_("Summary"), title, columns, rows, _notes(snapshot), on_paper=True)


def _with_note(words: str, note: str) -> str:
    return f"{words}\n{note}" if note else words


# ── Requirements


def _requirements(edition: Edition, heat: RequirementHeat, sector: str) -> ReportTable:
    """Return the table of the page of requirements by sector, with this sector first, and its bounds as numbers."""
    own = heat.sectors.index(sector)
    others = [place for place in range(len(heat.sectors)) if place != own]
    columns = (
        ReportColumn("requirement", _("Requirement"), "name", 36),
        ReportColumn("theme", _("Theme"), "text", 18),
        ReportColumn(sector, sector_label(edition, sector), "text", 18),
        ReportColumn("n", _("Out of"), "count", 7),
        ReportColumn("count_at_least", _("At least"), "count", 7),
        ReportColumn("count_at_most", _("At most"), "count", 7),
        *(ReportColumn(heat.sectors[i], sector_label(edition, heat.sectors[i]), "text", 18) for i in others),
    )
    rows: list[tuple[ReportValue, ...]] = []
    grounds: list[tuple[str, ...]] = []
    for _id, theme, of_theme in heat.themes:
        for row in of_theme:
            cell, beside = row.cells[own], [row.cells[i] for i in others]
            rows.append((row.name, theme, _cell_words(cell), *_bounds(cell), *map(_cell_words, beside)))
            grounds.append(("", "", _ground(cell), "", "", "", *map(_ground, beside)))
    said = _(
        "How many companies meet at least half of each requirement, as claimed, as far as the published figures prove "
        "it."
    )
    return ReportTable(_("Requirements"), _("Requirements by sector"), columns, rows, (said,), grounds=grounds)


def _cell_words(cell: ShareMeeting | None) -> str:
    return published_count_words(Suppressed.NOT_SHOWN) if cell is None else f"{cell.part_words()}\n{cell.count_words()}"


def _bounds(cell: ShareMeeting | None) -> tuple[ReportValue, ReportValue, ReportValue]:
    return (None, None, None) if cell is None else (cell.bounds.n, cell.bounds.least, cell.bounds.most)


def _ground(cell: ShareMeeting | None) -> str:
    level = None if cell is None else proven_level(cell)
    return "" if level is None else band_tint(level, len(PROVEN_LEVELS))


# ── Scores


def _scores(edition: Edition, group: SectorFigures) -> ReportTable:
    """Return all medians and quartiles, of the sector and of its groups that are shown, as two ends of their ranges."""
    columns = (
        ReportColumn("figure", _("Score of"), "name", 34),
        ReportColumn("group", _("Group"), "text", 18),
        ReportColumn("n", _("Companies"), "count", 11),
        *(
            ReportColumn(f"{basis}_{statistic}_{end}", f"{title}, {of_end}", "score", 11)
            for basis, of_basis in (("claimed", _("Claimed")), ("evidenced", _("Evidenced")))
            for statistic, of_statistic in (
                ("lower_quartile", _("Lower quartile")),
                ("median", _("Median")),
                ("upper_quartile", _("Upper quartile")),
            )
            for title in (_("%(name)s: %(value)s", name=of_basis, value=of_statistic),)
            for end, of_end in (("at_least", _("at least")), ("at_most", _("at most")))
        ),
    )
    groups = [(_("All companies"), group.figures)]
    groups += [
        (breakdown_label(edition, cut.kind, cut.value), cut.figures)
        for cut in group.breakdowns
        if not isinstance(cut.figures[0].n, Suppressed)
    ]
    rows = [_score_row(edition, of_group, figure) for of_group, figures in groups for figure in figures]
    notes = (
        _(
            "A median is shown as a range of at least a tenth of the scale, so that nobody can read one company’s "
            "score from it, not even companies of the same sector together."
        ),
    )
    return ReportTable(_("Scores"), _("Claimed and evidenced medians"), columns, rows, notes)


def _score_row(edition: Edition, group: str, figure: Figure) -> tuple[ReportValue, ...]:
    ranges = (
        r for of_basis in (figure.claimed, figure.evidenced) for r in (of_basis.lower, of_basis.median, of_basis.upper)
    )
    ends = (end for cell in ranges for end in _ends(cell))
    return figure_title(edition, figure.id), group, _count(figure.n), *ends


def _ends(cell: ScoreRange | Suppressed) -> Sequence[ReportValue]:
    return (published_count_words(cell),) * 2 if isinstance(cell, Suppressed) else (cell.low, cell.high)


def _count(cell: PublishedCell) -> ReportValue:
    return published_count_words(cell) if isinstance(cell, Suppressed) else cell


# ── Method


def _method(edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures) -> ReportTable:
    columns = (ReportColumn("topic", _("Topic"), "name", 34), ReportColumn("said", _("What it means"), "text", 80))
    rows = list(_method_rows(edition, snapshot, group))
    return ReportTable(_("Method"), _("How it is measured"), columns, rows, _notes(snapshot), on_paper=True)


def _method_rows(edition: Edition, snapshot: PublishedSnapshot, group: SectorFigures) -> Iterator[tuple[str, str]]:
    page = url_for("sectors.sector", sector=group.sector, period=snapshot.period, _external=True)
    yield _("Source"), f"{sector_label(edition, group.sector)}. {snapshot.citation}. {page}"
    yield _("Published"), long_date(snapshot.as_of)
    corrected = corrected_on(snapshot.period)
    if corrected:
        yield _("Corrected"), _("Corrected on %(date)s.", date=long_date(corrected))
    yield _("Licence"), f"CC BY 4.0, {LICENCE_ADDRESS}"
    check = url_for("publications.publication", year=snapshot.period, _external=True)
    yield _("Seal"), f"{snapshot.seal}\n{check}"
    yield (
        _("Claimed and evidenced"),
        _(
            "“Claimed” counts every answer, “evidenced” only answers with a quotation or link on file. Nobody has "
            "checked yet whether the evidence supports the claim."
        ),
    )
    yield (
        _("Minimum numbers"),
        _("A median rests on at least five companies. Figures are suppressed to protect the identity of companies; a "
          "suppressed figure is never a zero."),
    )  # fmt: skip
    yield (
        _("Suppressed counts"),
        _("“Fewer than 5 of 32” is at most 4. Where fewer than five companies were not asked, the count is of all "
          "companies in the figures, and the share of those asked is given as “at most”. A suppressed count proves "
          "nothing."),
    )  # fmt: skip
    yield (
        _("Colours on the sheet of requirements"),
        _(
            "From ochre to blue, the figures prove: %(levels)s. Without a colour, they prove neither fewer than half "
            "nor half or more.",
            levels=comma_list(map(level_words, range(len(PROVEN_LEVELS)))),
        ),
    )
    yield _("Law"), legal_disclaimer()
    if note := translation_note(edition):
        yield _("Translation"), note

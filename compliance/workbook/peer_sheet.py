"""The sheet *Peers*: the company's own scores next to published figures of its sector."""

from collections.abc import Iterator

from compliance.disclosure.published import Figure, PublishedRange, Quartiles, SectorFigures, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS, figure_title, sector_label
from compliance.narrative.method_wording import day_words
from compliance.narrative.peer_comparison import rank_interval_words
from compliance.narrative.published_counts import published_count_words
from compliance.narrative.published_peers import peer_group_sentences, peers_of, published_rank
from compliance.questionnaire.edition import PEER_GROUP_FIELD
from compliance.scoring.coded_answers import Basis
from compliance.scoring.scorecard import Scorecard
from compliance.statistics.ranking import RankInterval
from compliance.workbook.cell_styles import decimals
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import PEERS_SHEET
from compliance.workbook.writer import SheetWriter, WorkbookWriter

PEERS_HEAD = 6


class PeerColumn(SheetColumn):
    """The columns of *Peers*. A published quartile is a range: from and to, in whole points."""

    MEASURE = ColumnSpec(N_("Figure"), 44, "start")
    BASIS = ColumnSpec(N_("Basis"), 13, "start")
    OWN = ColumnSpec(N_("This company"), 11)
    COMPANIES = ColumnSpec(N_("Companies"), 12)
    LOWER_FROM = ColumnSpec(N_("Lower quartile, from"), 11)
    LOWER_TO = ColumnSpec(N_("Lower quartile, to"), 11)
    MEDIAN_FROM = ColumnSpec(N_("Median, from"), 11)
    MEDIAN_TO = ColumnSpec(N_("Median, to"), 11)
    UPPER_FROM = ColumnSpec(N_("Upper quartile, from"), 11)
    UPPER_TO = ColumnSpec(N_("Upper quartile, to"), 11)


def write_peers(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet, if there are published figures."""
    snapshot = data.metadata.published
    if snapshot is None:
        return
    sheet, group = book.sheet(data.layout.sheet_names[PEERS_SHEET]), peers_of(snapshot, data.claimed)
    sheet.title(_("Beside the sector"))
    for row, said in enumerate(_said(data, snapshot, group), 1):
        sheet.text(row, 0, said, *(["bold"] if row == 1 else ["soft"]))
    sheet.columns(PEERS_HEAD, tuple(column.spec for column in PeerColumn))
    if group is not None:
        last = _figures(sheet, data, group)
        sheet.xlsx.autofilter(PEERS_HEAD, 0, last, len(PeerColumn) - 1)
    sheet.freeze_panes(PEERS_HEAD + 1, 1)
    note = _("As downloaded")
    sheet.set_up_page(heading=data.metadata.company, note=note, wide=True, repeat=(PEERS_HEAD, PEERS_HEAD))
    sheet.protect()


def _said(data: ScorecardData, snapshot: PublishedSnapshot, group: SectorFigures | None) -> Iterator[str]:
    """Yield sentences: the company's position, the source of the figures, and how to read them."""
    if group is None:
        sector = str(data.sheet.profile.get(PEER_GROUP_FIELD, ""))
        yield _("No comparison can be shown")
        yield (
            _("Of this edition, no figures are published for this sector: %(sector)s.",
              sector=sector_label(data.edition, sector))
            if sector
            else _("The profile does not say which sector the company is in.")
        )  # fmt: skip
        return
    yield from peer_group_sentences(snapshot, group, data.claimed)
    yield _(
        "Published figures for %(period)s, as of %(day)s, seal %(seal)s. They never change; the company’s own scores "
        "are as downloaded.",
        period=snapshot.period,
        day=day_words(snapshot.as_of.isoformat()),
        seal=f"{snapshot.seal[:4]} {snapshot.seal[4:8]}",
    )
    yield _(
        "A quartile or median lies somewhere from the first number to the second. “Withheld” means that too few "
        "companies have the figure, or that it could be worked out from others."
    )
    if rank := published_rank(group, data.metadata.company):
        assert group.ranking is not None
        yield _(
            "Rank range among the companies that are named with a verified score: %(range)s of %(companies)s.",
            range=rank_interval_words(RankInterval(rank.first, rank.last)),
            companies=len(group.ranking.companies),
        )


def _figures(sheet: SheetWriter, data: ScorecardData, group: SectorFigures) -> int:
    """Write a row for each published figure and basis. Return the last row."""
    row = PEERS_HEAD
    cards: tuple[tuple[Basis, Scorecard], ...] = (("claimed", data.claimed), ("evidenced", data.on("evidenced").card))
    for figure in group.figures:
        for basis, card in cards:
            row += 1
            sheet.text(row, PeerColumn.MEASURE, figure_title(data.edition, figure.id), "row", "wrap", "bold")
            sheet.text(row, PeerColumn.BASIS, _(BASIS_LABELS[basis]), "row")
            own = _own_score(card, figure.id)
            sheet.number_or_blank(row, PeerColumn.OWN, own, "row", form=decimals(data.edition.round))
            _published(sheet, row, figure, figure.claimed if basis == "claimed" else figure.evidenced)
    return row


def _own_score(card: Scorecard, figure: str) -> float | None:
    lens, _colon, value = figure.partition(":")
    standing = card.lenses.get(lens, {}).get(value) if value else card.nodes.get(figure)
    return standing.score if standing else None


def _published(sheet: SheetWriter, row: int, figure: Figure, quartiles: Quartiles) -> None:
    if isinstance(figure.n, Suppressed):
        sheet.text(row, PeerColumn.COMPANIES, published_count_words(figure.n), "row", "right", "soft")
    else:
        sheet.number(row, PeerColumn.COMPANIES, figure.n, "row", "plain")
    for first, published in (
        (PeerColumn.LOWER_FROM, quartiles.lower),
        (PeerColumn.MEDIAN_FROM, quartiles.median),
        (PeerColumn.UPPER_FROM, quartiles.upper),
    ):
        _range(sheet, row, first, published)


def _range(sheet: SheetWriter, row: int, first: int, published: PublishedRange) -> None:
    if isinstance(published, Suppressed):
        sheet.text(row, first, published_count_words(published), "row", "right", "soft")
        sheet.text(row, first + 1, "", "row")
    else:
        sheet.number(row, first, published.low, "row", "plain")
        sheet.number(row, first + 1, published.high, "row", "plain")

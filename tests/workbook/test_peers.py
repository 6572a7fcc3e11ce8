"""The sheet *Peers* has what the sector page shows of a closed period, and nothing that it withholds."""

import io
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet as ReadSheet

from compliance.disclosure.figure_rows import figure_rows
from compliance.disclosure.published import NamedRank, NamedRanking, ScoreRange, SectorFigures, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.labels import figure_title
from compliance.narrative.published_counts import published_count_words
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.scorecard import make_scorecard
from compliance.workbook.peer_sheet import PEERS_HEAD, PeerColumn, write_peers
from compliance.workbook.scorecard_data import AssessmentMetadata, ScorecardData
from compliance.workbook.scorecard_workbook import scorecard_workbook
from compliance.workbook.writer import WorkbookWriter
from tests.support.closed_worlds import EDITION, PLAN, QUESTIONS, SECTORS, worlds
from tests.support.examples import tries

#: All answers are worth 60, with evidence for the first half.
OWN = AnswerSheet("Example", {"sector": SECTORS[0]}, dict.fromkeys(QUESTIONS, 60.0), frozenset(QUESTIONS[:6]))


def peers(snapshot: PublishedSnapshot, sheet: AnswerSheet = OWN, company: str = "Example") -> ReadSheet:
    book = WorkbookWriter(title="t", subject="s")
    write_peers(book, ScorecardData(PLAN, sheet, AssessmentMetadata(company=company, published=snapshot)))
    return openpyxl.load_workbook(io.BytesIO(book.content()))["Peers"]


@cache
def a_snapshot() -> PublishedSnapshot:
    return next(worlds(1)).snapshot


def in_sector(sector: str) -> AnswerSheet:
    return replace(OWN, profile={"sector": sector})


def said_above(page: ReadSheet) -> str:
    return " ".join(str(page.cell(row, 1).value or "") for row in range(1, PEERS_HEAD + 1))


def cells_of(page: ReadSheet) -> Mapping[tuple[str, str], tuple[object, ...]]:
    """The cells from the company's own score on, by figure and basis."""
    rows = page.iter_rows(min_row=PEERS_HEAD + 2, values_only=True)
    return {(str(row[0]), str(row[1]).lower()): row[PeerColumn.OWN :] for row in rows if row[0]}


def shown(value: object) -> tuple[object, object]:
    """The two cells of a range."""
    if isinstance(value, ScoreRange):
        return value.low, value.high
    assert isinstance(value, Suppressed)
    return published_count_words(value), None


def test_cells_say_what_the_sector_page_shows_and_never_what_it_withholds() -> None:
    withheld = published = 0
    for world in worlds(tries(30)):
        for sector in SECTORS:
            cells = cells_of(peers(world.snapshot, in_sector(sector)))
            rows = [row for row in figure_rows(world.snapshot, sector) if not (row.region or row.size or row.need)]
            of_page = {(row.figure, figure_title(EDITION, row.of), row.basis): row for row in rows if row.since is None}
            assert cells
            for (title, basis), (_own, n, *ranges) in cells.items():
                kinds = ("lower_quartile", "median", "upper_quartile")
                found = [of_page[kind, title, basis] for kind in kinds]
                for kind, row in enumerate(found):
                    assert tuple(ranges[2 * kind : 2 * kind + 2]) == shown(row.value)
                    withheld += isinstance(row.value, Suppressed)
                    published += isinstance(row.value, ScoreRange)
                assert n == (published_count_words(found[1].n) if isinstance(found[1].n, Suppressed) else found[1].n)
    assert withheld and published


def test_own_scores_are_beside_the_published_ones_on_both_bases() -> None:
    cells = cells_of(peers(a_snapshot()))
    for basis in ("claimed", "evidenced"):
        card = make_scorecard(PLAN, OWN, basis)  # type: ignore[arg-type]
        assert cells["Overall score", basis][0] == card.overall.score
        assert cells["Theme 2", basis][0] == card.nodes["t2"].score
        assert cells["gap: reach", basis][0] == card.lenses["gap"]["reach"].score
    assert cells["Overall score", "claimed"][0] == 60.0


def test_a_sheet_says_which_figures_it_compares_with() -> None:
    snapshot = a_snapshot()
    said = said_above(peers(snapshot))
    assert "Published figures for 2025, as of 15 December 2025" in said
    assert f"seal {snapshot.seal[:4]} {snapshot.seal[4:8]}" in said


def test_if_the_sector_is_not_published_or_has_another_edition_the_sheet_only_says_so() -> None:
    snapshot = a_snapshot()
    for other, sheet, said in (
        (replace(snapshot, edition="another"), OWN, "no figures are published for this sector: travel"),
        (replace(snapshot, sectors=()), OWN, "no figures are published for this sector: travel"),
        (snapshot, replace(OWN, profile={}), "does not say which sector"),
    ):
        page = peers(other, sheet)
        assert said in said_above(page) and "No comparison can be shown" in said_above(page)
        assert cells_of(page) == {}


def test_workbooks_of_commands_without_publications_leave_the_sheet_out() -> None:
    assert "Peers" not in openpyxl.load_workbook(io.BytesIO(scorecard_workbook(PLAN, OWN))).sheetnames


def test_a_rank_is_given_only_to_a_company_whose_rank_is_published() -> None:
    snapshot = a_snapshot()
    ranks = tuple(NamedRank(company=name, first=1, last=2, tie_group=1) for name in ("Example", "Other"))
    ranked: tuple[SectorFigures, ...] = tuple(
        replace(group, ranking=NamedRanking(draws=100, seed=34, factors=(), companies=ranks))
        for group in snapshot.sectors
    )
    public = replace(snapshot, sectors=ranked)
    assert "verified score: 1 to 2 of 2." in said_above(peers(public))
    assert "Rank range" not in said_above(peers(public, company="Example 3"))

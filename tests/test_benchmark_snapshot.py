"""What closing a period freezes: sealed, the same for the same companies, and quotable figure by figure."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import pytest

from compliance.benchmark.published import Withheld
from compliance.benchmark.rows import FigureRow, snapshot_rows
from compliance.benchmark.snapshot import Snapshot, make_snapshot, snapshot_from_json, snapshot_to_json
from compliance.benchmark.tally import Entry
from tests.peers import MADE, entry, record

DAY = date(2025, 12, 15)


def entries() -> list[Entry]:
    """Hotels: 12 with a score (2 named), 6 silent. Foods: 4 with a score."""
    scored = [entry("named" if i < 2 else "counted", record(a=i * 7.0, b=50.0), name=f"H{i:02}") for i in range(12)]
    silent = [entry(scores=None, name=f"S{i}") for i in range(6)]
    foods = [entry(scores=record(a=77.0, b=77.0), sector="foods", name=f"F{i}") for i in range(4)]
    return [*scored, *silent, *foods]


@pytest.fixture
def snapshot() -> Snapshot:
    return make_snapshot(MADE, 2025, entries(), DAY)


def test_json_and_back_is_exact(snapshot: Snapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert snapshot_from_json(text) == snapshot
    assert snapshot_to_json(snapshot_from_json(text)) == text


def test_withheld_comes_back_as_withheld_and_zero_as_zero(snapshot: Snapshot) -> None:
    back = snapshot_from_json(snapshot_to_json(snapshot))
    assert back.sector("foods").participation.scored is Withheld.FEW
    assert back.sector("hotels").participation.without_score == 0
    assert not isinstance(back.sector("hotels").participation.without_score, Withheld)


def test_the_order_of_the_companies_does_not_matter(snapshot: Snapshot) -> None:
    assert make_snapshot(MADE, 2025, reversed(entries()), DAY) == snapshot


def test_a_changed_figure_breaks_the_seal(snapshot: Snapshot) -> None:
    data = json.loads(snapshot_to_json(snapshot))
    data["sectors"][0]["figures"][0]["claimed"]["median"] += 1
    with pytest.raises(ValueError, match="not those that were sealed"):
        snapshot_from_json(json.dumps(data))


def test_the_seal_covers_edition_period_and_date(snapshot: Snapshot) -> None:
    others = [
        make_snapshot(MADE, 2024, entries(), DAY),
        make_snapshot(MADE, 2025, entries(), date(2025, 12, 16)),
        make_snapshot(replace(MADE, digest="another"), 2025, entries(), DAY),
    ]
    assert len({snapshot.seal, *(other.seal for other in others)}) == 4
    assert re.fullmatch("[0-9a-f]{64}", snapshot.seal)


def test_nothing_of_a_company_that_did_not_agree_is_in_the_file(snapshot: Snapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert [e.company for e in entries() if f'"{e.company}"' in text] == ["H00", "H01"]
    assert "77" not in re.sub(r'"(seal|digest)":"[^"]*"', "", text)  # what the four of Foods score


def test_the_citation_names_period_edition_date_and_seal(snapshot: Snapshot) -> None:
    seal = f"{snapshot.seal[:4]} {snapshot.seal[4:8]}"
    assert snapshot.citation == f"Article 34, 2025, edition made, as of 2025-12-15, seal {seal}"


def test_figures_of_an_edition_that_may_still_change_say_so_for_good(snapshot: Snapshot) -> None:
    draft = make_snapshot(replace(MADE, draft=True), 2025, entries(), DAY)
    assert "edition made (draft), as of" in draft.citation
    assert snapshot_from_json(snapshot_to_json(draft)) == draft
    assert draft.seal != snapshot.seal


def test_every_row_has_its_n_period_edition_date_and_seal(snapshot: Snapshot) -> None:
    rows = list(snapshot_rows(snapshot))
    about = {(row.period, row.edition, row.as_of, row.seal) for row in rows}
    assert about == {("2025", "made", "2025-12-15", snapshot.seal)}
    assert all(row.n and row.value for row in rows)
    assert {row.sector for row in rows} == {"all", "hotels", "foods"}


def test_rows_say_withheld_in_words_and_zero_as_a_number(snapshot: Snapshot) -> None:
    cells = {(r.sector, r.figure, r.of, r.basis): (r.value, r.n) for r in snapshot_rows(snapshot)}
    assert cells["hotels", "without_score", "", ""] == ("0", "18")
    assert cells["hotels", "silent", "", ""] == ("6", "18")
    assert cells["foods", "registered", "", ""] == ("fewer than 5", "fewer than 5")
    assert cells["foods", "median", "overall", "claimed"] == ("withheld", "withheld")
    assert cells["hotels", "meets_half", "r2", "claimed"] == ("all but fewer than 5", "12")
    assert cells["hotels", "score", "H01", "claimed"] == ("29", "1")  # (7 + 50) / 2 = 28.5


def test_rows_of_one_sector_are_those_among_all(snapshot: Snapshot) -> None:
    everything = list(snapshot_rows(snapshot))
    for sector in ("all", "hotels", "foods"):
        assert list(snapshot_rows(snapshot, sector)) == [row for row in everything if row.sector == sector]
    with pytest.raises(KeyError):
        list(snapshot_rows(snapshot, "mines"))


def test_rows_survive_a_csv_file(snapshot: Snapshot) -> None:
    file = io.StringIO()
    csv.writer(file).writerows(snapshot_rows(snapshot))
    read = [FigureRow(*line) for line in csv.reader(io.StringIO(file.getvalue()))]
    assert read == list(snapshot_rows(snapshot))

"""The table of published figures: rows, schema and description are made from one list of columns."""

from datetime import date

import pytest

from compliance.disclosure import data_package
from compliance.disclosure import figure_table as table
from compliance.disclosure.closing import make_snapshot
from compliance.disclosure.data_package import table_schema
from compliance.disclosure.figure_rows import FIGURES, FigureRow, figure_rows
from compliance.disclosure.figure_table import TABLE_COLUMNS, FigureColumn
from compliance.disclosure.published import NamedRanking, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from tests.support.sector_companies import MADE, entry, rank, record

NAMES = [column.name for column in TABLE_COLUMNS]


@pytest.fixture(scope="module")
def snapshot() -> PublishedSnapshot:
    """Twelve hotels, two of them named and ranked, and six silent ones; four food companies, too few to show."""
    scored = [entry("named" if i < 2 else "counted", record(a=i * 7.0, b=50.0), name=f"H{i:02}") for i in range(12)]
    nonrespondents = [entry(name=f"S{i}") for i in range(6)]
    foods = [entry(scores=record(a=77.0, b=77.0), sector="foods", name=f"F{i}") for i in range(4)]
    ranking = NamedRanking(
        draws=1000, seed=34, factors=("weights",), companies=(rank("H01", 1, 2, 1), rank("H00", 1, 2, 1))
    )
    everybody = [*scored, *nonrespondents, *foods]
    return make_snapshot(MADE, 2025, everybody, date(2025, 12, 15), rank_named=lambda _places: {"hotels": ranking})


def rows_of(snapshot: PublishedSnapshot) -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in table.figure_table(snapshot, MADE)]


def test_each_column_fills_its_own_cell(snapshot: PublishedSnapshot) -> None:
    rows = rows_of(snapshot)
    median = next(row for row in rows if row["figure"] == "median" and row["sector"] == "hotels")
    assert median == {
        "period": "2025", "sector": "hotels", "sector_label": "hotels", "region": "", "region_label": "", "size": "",
        "size_label": "", "need": "", "need_label": "", "since": "",
        "figure": "median", "figure_label": "Median", "of": "overall", "of_label": "Overall score",
        "basis": "claimed", "value": "43", "unit": "points", "suppressed": "", "at_least": "35", "at_most": "50",
        "n": "12", "n_suppressed": "", "licence": "CC-BY-4.0",
    }  # fmt: skip
    few = next(row for row in rows if row["figure"] == "registered" and row["sector"] == "foods")
    assert (few["value"], few["suppressed"], few["at_least"], few["at_most"]) == ("", "few", "0", "4")
    assert (few["n"], few["n_suppressed"], few["basis"], few["of_label"]) == ("", "few", "", "")


def test_cells_have_the_type_that_their_column_declares(snapshot: PublishedSnapshot) -> None:
    for row in rows_of(snapshot):
        for column in TABLE_COLUMNS:
            cell = row[column.name]
            assert cell or not column.required, (column.name, row)
            assert not cell or not column.values or cell in column.values, (column.name, cell)
            assert not cell or column.kind == "string" or cell.isdecimal(), (column.name, cell)


def test_every_kind_of_figure_has_words_and_a_unit_that_its_column_lists(snapshot: PublishedSnapshot) -> None:
    assert {row.figure for row in figure_rows(snapshot)} <= FIGURES.keys()
    columns = {column.name: column for column in TABLE_COLUMNS}
    assert columns["figure"].values == tuple(FIGURES)
    assert {kind.unit for kind in FIGURES.values()} - {""} == set(columns["unit"].values)
    assert all(kind.title for kind in FIGURES.values())


def test_the_schema_describes_each_column_with_type_unit_and_constraints() -> None:
    fields = {field["name"]: field for field in table_schema()["fields"]}
    assert list(fields) == NAMES
    for column in TABLE_COLUMNS:
        field = fields[column.name]
        assert (field["type"], field["title"], field["description"]) == (column.kind, *column.words)
        assert field.get("unit", "") == column.unit
        assert field.get("constraints", {}).get("enum", []) == list(column.values)
        assert field.get("constraints", {}).get("required", False) == column.required


def test_an_entry_in_the_list_is_enough_to_add_a_column(
    snapshot: PublishedSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and schema then have the new column, in the position of its entry."""

    def rests_on_ten(row: FigureRow, _edition: object) -> str:
        return "" if isinstance(row.n, Suppressed) else "yes" if row.n >= 10 else "no"

    before = list(table.figure_table(snapshot, MADE))
    added = FigureColumn("ten", "Ten or more", "Rests on ten.", rests_on_ten, values=("yes", "no"))
    columns = (*TABLE_COLUMNS[:2], added, *TABLE_COLUMNS[2:])
    for module in (table, data_package):
        monkeypatch.setattr(module, "TABLE_COLUMNS", columns)
    rows = list(table.figure_table(snapshot, MADE))
    assert [row[:2] + row[3:] for row in rows] == before
    assert {row[2] for row in rows} == {"", "yes", "no"}
    field = table_schema()["fields"][2]
    assert (field["name"], field["type"], field["constraints"]) == ("ten", "string", {"enum": ["yes", "no"]})

"""Answers in data frames: every common shape gives the same sheets, and all errors are reported at once."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from compliance import frames
from compliance.frames import CellFault, EditionTables, UnusableAnswers
from compliance.frames.answer_frames import answer_sheets
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.edition import Question
from tests.support.answer_frames import frame_of
from tests.support.examples import tries
from tests.support.factories import countries, edition, many, node, number, one, profile
from tests.support.random_editions import random_edition, random_sheet

MADE = EditionTables(
    edition(
        countries(),
        Question("day", "When?", "date", evidence="none"),
        node("t", one("a", na="reason"), many("m"), number("q", na="reason"), expects="T."),
        profile=profile(sector=("travel", "lodging"), staff=()),
    )
)
PLAIN = pd.DataFrame(
    {
        "company": ["A", "B", "C"],
        "profile.sector": ["travel", "lodging", None],
        "profile.staff": ["10", "2.5", None],
        "countries": ["CHL|KHM", None, "DEU"],
        "day": ["2026-03-31", None, None],
        "a": ["o1", "n/a", "o0"],
        "a#reason": [None, "There is none.", None],
        "m": ["o0|o1", "none", None],
        "q": ["40", "n/a", None],
        "q#evidence": ["yes", None, None],
        "q#verdict": ["30", None, None],
    }
)


def faults(table: pd.DataFrame) -> tuple[CellFault, ...]:
    with pytest.raises(UnusableAnswers) as refused:
        frames.score(MADE, table)
    assert all(str(fault) in str(refused.value) for fault in refused.value.faults[:5])
    return refused.value.faults


def only(table: pd.DataFrame) -> str:
    (fault,) = faults(table)
    return str(fault)


# ── The same answers, in other shapes


def in_index(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("company")


def as_objects(table: pd.DataFrame) -> pd.DataFrame:
    """With values that people and programs put into cells: numbers, tuples, lists, dates, and missing values."""
    return table.astype(object).assign(
        **{
            "profile.staff": [np.int64(10), 2.5, np.nan],
            "countries": [("CHL", "KHM"), pd.NA, ["DEU"]],
            "day": [date(2026, 3, 31), pd.NaT, ""],
            "m": [np.array(["o0", "o1"]), "none", float("nan")],
            "q": [40.0, "n/a", np.float32("nan")],
            "a": ["o1", "n/a", "o0"],
            "q#evidence": [True, False, None],
            "q#verdict": [np.float32(30), None, " "],
        }
    )


def typed(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        **{
            "profile.sector": table["profile.sector"].astype("category"),
            "profile.staff": pd.to_numeric(table["profile.staff"]),
            "day": pd.to_datetime(table["day"]),
            "q#verdict": pd.to_numeric(table["q#verdict"]).astype("Int64"),
            "a": table["a"].astype("string"),
        }
    )


def as_long(table: pd.DataFrame) -> pd.DataFrame:
    return table.melt("company", var_name="question", value_name="answer").sample(frac=1, random_state=1)


def as_long_in_index(table: pd.DataFrame) -> pd.DataFrame:
    return as_long(table).dropna().set_index(["question", "company"])


def reordered(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[[2, 0, 1], ::-1]


def with_other_labels(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_axis([7, 7, 9])


@pytest.mark.parametrize(
    "shaped",
    [in_index, as_objects, typed, as_long, as_long_in_index, reordered, with_other_labels],
    ids=lambda shaped: shaped.__name__,
)
def test_the_same_answers_give_the_same_sheets_in_every_shape(shaped: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    expected = {sheet.company: sheet for sheet in answer_sheets(MADE, PLAIN)}
    assert expected["B"].answers["a"] == NotApplicable("There is none.") and expected["A"].profile["staff"] == 10.0
    assert {sheet.company: sheet for sheet in answer_sheets(MADE, shaped(PLAIN))} == expected


def test_answers_are_unchanged_after_a_round_trip_through_a_frame_and_a_file(tmp_path: Path) -> None:
    for seed in range(tries(60)):
        rng = Random(seed)
        made = EditionTables(random_edition(rng, by_choice=seed % 3 == 0))
        sheets = tuple(replace(random_sheet(rng, made.edition), company=f"C{place}") for place in range(3))
        table = frame_of(made.edition, sheets)
        assert answer_sheets(made, table) == sheets
        assert answer_sheets(made, as_long(table.reset_index()))[0].company in {"C0", "C1", "C2"}
        with (tmp_path / "engine.csv").open("w", newline="", encoding="utf-8") as file:
            write_answers_csv(made.edition, sheets, file)
        table.to_csv(tmp_path / "pandas.csv")
        for name in ("engine.csv", "pandas.csv"):
            pd.testing.assert_frame_equal(frames.read_answers(made, tmp_path / name), table)


def test_a_workbook_gives_the_same_frame_as_a_csv_file(tmp_path: Path) -> None:
    PLAIN.to_csv(tmp_path / "answers.csv", index=False)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (PLAIN.columns, *PLAIN.itertuples(index=False)):
        book.active.append([None if pd.isna(cell) else cell for cell in row])
    book.save(tmp_path / "answers.xlsx")
    read = frames.read_answers(MADE, tmp_path / "answers.csv")
    pd.testing.assert_frame_equal(frames.read_answers(MADE, tmp_path / "answers.xlsx"), read)
    assert {str(kind) for kind in read.dtypes} == {"str"} and read.index.name == "company"
    assert read.loc["B", "a"] == "n/a" and pd.isna(read.loc["C", "q"])


def test_an_unusable_answers_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("company,a\nA,maybe\n", encoding="utf-8")
    with pytest.raises(frames.AnswerFileFaults, match=r"answers\.csv, row 2, column a: 'maybe' is not one of these"):
        frames.read_answers(MADE, tmp_path / "answers.csv")
    (tmp_path / "answers.csv").write_text("company,a\n", encoding="utf-8")
    with pytest.raises(frames.AnswerFileFaults, match="there is a header and no company below it"):
        frames.read_answers(MADE, tmp_path / "answers.csv")
    with pytest.raises(FileNotFoundError):
        frames.read_answers(MADE, tmp_path / "other.csv")
    (tmp_path / "answers.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(frames.UnreadableWorkbook):
        frames.read_answers(MADE, tmp_path / "answers.xlsx")


# ── What is refused


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (PLAIN.drop(columns="company"), "there is no column `company`, and the index has no name: name the companies"),
        (
            PLAIN.set_index("company").rename_axis("firm"),
            "there is no column `company`, and the index is called firm: name the companies in either",
        ),
        (PLAIN.set_index("company", drop=False), "company stands in the index and in a column: drop one"),
        (pd.concat([PLAIN, PLAIN[["company"]]], axis=1), "the column `company` stands twice: drop one"),
        (PLAIN.iloc[:0], "there is no row in it: add one for each company"),
        (pd.concat({"answers": PLAIN}, axis=1), "its columns have 2 levels: give each one name"),
        (
            as_long(PLAIN).assign(year=2026),
            "long answers have the columns company, question, answer, and no others: drop year",
        ),
    ],
)
def test_a_frame_of_another_shape_is_refused_with_advice_on_how_to_change_it(table: pd.DataFrame, words: str) -> None:
    assert only(table).startswith(f"answers: {words}")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("a", "maybe", "'maybe' is not one of these: o0, o1"),
        ("a", True, "'True' is of type bool, and no answer: write what an answers file would hold"),
        ("a", 1, "'1' is not one of these: o0, o1"),
        ("a", {"o1"}, "is of type set, and no answer"),
        ("m", [], "'[]' is of type list, and no answer"),
        ("m", ("o0", 1), "is of type tuple, and no answer"),
        ("m", "o0;o1", "'o0;o1' is not one of these: o0, o1, none; join several with |"),
        ("q", "٤٠", "'٤٠' is not a number: write it with the digits 0 to 9"),
        ("q", "1,5", "write it with a decimal point"),
        ("q", math.inf, "'inf' is not a number"),
        ("q", 2j, "is of type complex, and no answer"),
        ("day", datetime(2026, 3, 31, 12), "'2026-03-31T12:00:00' is not a date: write year-month-day"),
        ("day", pd.Period("2026-03"), "is of type Period, and no answer"),
        ("countries", "Chile", "write three capital letters, CHL for Chile"),
        ("profile.sector", "hotels", "'hotels' is not one of these: travel, lodging"),
        ("q#evidence", "no", "'no' would count as evidence: leave the cell empty"),
        ("q#verdict", "approved", "a verdict may also be confirmed or not-shown"),
        ("company", math.pi, "the name of a company is a text: write it as one"),
        ("company", None, "a row needs the name of its company"),
        ("company", "A", "'A' stands in row 0 already, with sector travel there and lodging here, staff 10.0 there"),
    ],
)
def test_an_invalid_cell_is_reported_with_its_row_company_column_and_what_is_wrong(
    column: str, value: Any, words: str
) -> None:
    table = PLAIN.astype(object)
    table.at[1, column] = value
    named = {"company": {None: "", "A": " (A)"}.get(value if isinstance(value, str) else None, "")}.get(column, " (B)")
    said = only(table)
    assert said.startswith(f"answers, row 1{named}, column {column}: ") and words in said


def test_an_error_in_a_long_frame_is_reported_with_the_row_of_the_cell() -> None:
    table = as_long(PLAIN).reset_index(drop=True).astype(object)
    row = int(table.index[(table["company"] == "B") & (table["question"] == "q")][0])
    table.at[row, "answer"] = "many"
    assert only(table).startswith(f"answers, row {row} (B), column q: 'many' is not a number")
    twice = pd.concat([as_long(PLAIN), pd.DataFrame([{"company": "B", "question": "q", "answer": "5"}])])
    assert f", column q: row {row} has this answer already: keep one of them" in only(twice)
    lost = pd.concat([as_long(PLAIN), pd.DataFrame([{"company": "B", "question": np.nan, "answer": "5"}])])
    assert "column question: this row is about no question: name one" in only(lost)
    for company in (np.nan, " ", ["B"], 1.5):
        nobody = pd.concat([as_long(PLAIN), pd.DataFrame([{"company": company, "question": "q", "answer": "5"}])])
        assert (
            only(nobody)
            == f"answers, row {len(nobody) - 1}, column company: this row is about no company: name one, as a text"
        )


def test_an_extra_index_level_is_refused_as_an_unknown_column() -> None:
    for name, column in (("period", "period"), (None, "level_1")):
        table = PLAIN.assign(year=2026).set_index(["company", "year"]).rename_axis(["company", name])
        assert only(table).startswith(f"answers, column {column}: the edition has no such column")


@pytest.mark.parametrize("name", ["qq", "Unnamed: 0", "q.reason", "a.b", 3])
def test_an_unknown_column_is_named(name: object) -> None:
    said = only(PLAIN.assign(x="1").rename(columns={"x": name}))
    assert said.startswith(f"answers, column {name}: the edition has no such column")


def test_a_duplicate_column_is_named() -> None:
    assert only(pd.concat([PLAIN, PLAIN[["q"]]], axis=1)) == "answers, column q: this column stands twice: delete one"


def test_all_errors_are_reported_at_once_and_a_long_list_ends_with_their_number() -> None:
    table = pd.concat([PLAIN] * 200, ignore_index=True).astype(object)
    table["company"] = [f"C{row}" for row in range(len(table))]
    table["q"], table["m"] = "x", [{"o0"}] * len(table)
    with pytest.raises(UnusableAnswers) as refused:
        frames.score(MADE, table)
    assert len(refused.value.faults) == 1200
    lines = str(refused.value).splitlines()
    assert len(lines) == 11
    assert lines[-1].startswith("answers: 1200 faults in all, of which these are the first")


def test_pandas_alone_reads_not_applicable_as_blank_and_the_documentation_says_so(tmp_path: Path) -> None:
    PLAIN.to_csv(tmp_path / "answers.csv", index=False)
    read = pd.read_csv(tmp_path / "answers.csv", dtype="str", keep_default_na=False)
    assert answer_sheets(MADE, read) == answer_sheets(MADE, frames.read_answers(MADE, tmp_path / "answers.csv"))
    careless = pd.read_csv(tmp_path / "answers.csv", dtype="str")
    assert "a" not in answer_sheets(MADE, careless)[1].answers
    assert "dtype=str, keep_default_na=False" in str(frames.__doc__)

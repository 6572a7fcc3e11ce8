"""Columns of numbers are read, scored and written with the same results as cell by cell and company by company."""

import math
from collections.abc import Iterable
from pathlib import Path
from random import Random

import numpy as np
import pytest

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, number_text
from compliance.questionnaire.answers_file import iter_sheets
from compliance.questionnaire.conditions_and_law import Predicate
from compliance.questionnaire.csv_table import AnswerFileFaults, read_table
from compliance.questionnaire.edition import Edition
from compliance.scoring import column_reader
from compliance.scoring.answer_columns import AnswerColumn, CompanyColumns, NumberColumn
from compliance.scoring.coded_answers import BASES, Basis, CodedAnswers, code_answers, route_answers
from compliance.scoring.column_reader import iter_companies
from compliance.scoring.compiled_edition import compile_edition, normalised_numbers, normalised_score
from compliance.scoring.numeric import number_texts, whole_number_texts
from compliance.scoring.result_store import DENSE_LIMIT, DenseOutcomes, DenseStore, MemoisedStore
from compliance.scoring.score import score
from tests.scoring.test_batches import everything, verdicts
from tests.support.examples import tries
from tests.support.factories import edition, node, number, one, profile, when

#: What people, programs and attackers write where a number is expected.
ODD = (
    "", " ", "n/a", "N/A", " n/a ", "n", "/a", "blank:not-known", "blank:not-counted", "blank:elsewhere", "Blank:",
    "٣", "１２", "1,5", "1.000,5", "1 000", "1'000", "5 %", "50%", "+5", "-0", "007", "5.", ".5", "1e3", "1E+2", "nan",
    "1e400", "-1e400", "NaN", "inf", "-Infinity", "null", "true", "[1]", "{}", "1_000", "0x10", "2026-03-31", "12:30",
    "−5", "1-2", "--1", "1.2.3", "- 5", "5 6", "9" * 31, "9" * 400, "0." + "0" * 40 + "1", "\t7", "\u00a08", "7\u2003",
    "'=1", "'+1", '"', "a\nb", "'", "=1+1", "none",
)  # fmt: skip
NAMES = ("Ä & Co", "Smith, Jones", 'The "Best"', "'=x", " spaced  out ", "company", "\u200b", "", "A\u0308 & Co")


def the_edition(rng: Random) -> Edition:
    """Return an edition of numbers, next to each other and apart, logarithmic, clipped and conditional or not."""
    drops = rng.choice(["zero", "drop"])
    return edition(
        node(
            "r",
            number("a", 0, 100, na="reason"),
            number("b", 50, 0, evidence="none", na="reason"),
            one("o", 0, 1, -2),
            expects="…",
        ),
        node(
            "s",
            number("c", 1, 1000, log=True, weight=2.0),
            number("d", -20, 20, clip=False, na="never", counts_when=when("o", "o1")),
            number("e", 0, 1, na="reason", asked_when=when("o", "o1", "o2")),
            expects="…",
            min_coverage=rng.choice([None, 0.5]),
        ),
        blank=drops,
        profile=profile(size=("small", "large"), people=()),
    )


def plain(rng: Random, column: str) -> str:
    """Draw a number in usual notation, a blank, or N/A."""
    return rng.choice(
        [
            "n/a" if column in "abe" else "",
            f"{rng.uniform(0.01, 120):.2f}",
            str(rng.randint(1, 120)),
            "",
            f"{rng.uniform(0.1, 1)!r}",
        ]
    )


def cell(rng: Random, column: str, oddity: float) -> str:
    """Draw a cell of a column, at times an odd one."""
    if rng.random() < oddity:
        return rng.choice(ODD)
    if column == "o":
        return rng.choice(["o0", "o1", "o2", ""])
    if column == "profile.size":
        return rng.choice(["small", "large", ""])
    if column.endswith("#evidence"):
        return rng.choice(["", "yes", "report.pdf"])
    return rng.choice(["", "because"]) if column.endswith("#reason") else plain(rng, column)


def write_table(path: Path, rng: Random, rows: int) -> None:
    """Write an answers file with columns in random order and, at times, something odd."""
    beside = ["a#reason", "b#evidence", "c#evidence", "o#evidence", "e#reason"]
    columns = ["a", "b", "o", "c", "d", "e", "profile.size", "profile.people", *rng.sample(beside, rng.randint(0, 3))]
    if rng.random() < 0.5:  # an order as in real files
        columns = ["profile.size", "o", "a", "b", "c", "d", "e"]
    else:
        rng.shuffle(columns)
    if rng.random() < 0.1:
        columns.append(rng.choice(["a#verdict", "", "a", "unknown"]))
    oddity = rng.choice([0.0, 0.0, 0.002, 0.05])
    delimiter = rng.choice([",", ",", ";", "\t"])
    lines = [["company", *columns]]
    for row in range(rows):
        name = rng.choice(NAMES) if rng.random() < oddity else f"Example {row}"
        lines.append([name, *(cell(rng, column, oddity) for column in columns)])
    if rng.random() < 0.1:
        lines.insert(
            rng.randint(1, rows), rng.choice([[], lines[0], [""] * len(lines[0]), lines[1][:-1], [*lines[1], "x"]])
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines:
            cells = [f'"{c.replace(chr(34), chr(34) * 2)}"' if {*c} & {*',;\t"\n'} else c for c in line]
            file.write(delimiter.join(cells) + rng.choice(["\n", "\r\n"]))


def outcome(companies: Iterable[AnswerSheet | CompanyColumns], made: Edition, basis: Basis) -> CodedAnswers | str:
    """Return the answers as columns, or the text of the faults."""
    try:
        return code_answers(made, companies, basis)
    except AnswerFileFaults as faults:
        return str(faults)


def assert_same(one: CodedAnswers, other: CodedAnswers) -> None:
    """Check that two results are equal: values in the order in which they occur, codes, credit."""
    assert one.companies == other.companies
    for left, right in ((one.profile, other.profile), (one.answers, other.answers)):
        assert left.keys() == right.keys()
        for key, column in left.items():
            assert column.values == right[key].values, key
            np.testing.assert_array_equal(column.codes, right[key].codes, err_msg=key)
            assert (column.has_blanks, column.has_na) == (right[key].has_blanks, right[key].has_na), key
    assert one.credit.keys() == other.credit.keys()
    for key, credit in one.credit.items():
        np.testing.assert_array_equal(credit, other.credit[key], err_msg=key)
    assert (one.judged is None) == (other.judged is None)


@pytest.mark.parametrize("seed", range(tries(60)))
def test_plain_and_hostile_files_have_the_same_result_read_by_column_as_read_by_cell(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    monkeypatch.setattr(column_reader, "_ROWS_AT_ONCE", rng.choice([1, 7, 64, 2048]))
    made, basis = the_edition(rng), rng.choice(BASES)
    path = tmp_path / "answers.csv"
    write_table(path, rng, rng.choice([3, 40, 400]))
    table, again = read_table(path), read_table(path)
    by_cell = outcome(iter_sheets(made, table.header, table.rows, file="a.csv", first_row=table.first_row), made, basis)
    by_column = outcome(iter_companies(made, again, file="a.csv"), made, basis)
    if isinstance(by_cell, str) or isinstance(by_column, str):
        assert by_column == by_cell
    else:
        assert_same(by_column, by_cell)


def test_a_plain_file_is_read_by_column_to_its_end(tmp_path: Path) -> None:
    made = edition(node("r", number("a"), number("b", na="reason"), expects="…"))
    path = tmp_path / "answers.csv"
    path.write_text("company,a,b\n" + "".join(f"Example {i},{i / 7},n/a\n" for i in range(600)), encoding="utf-8")
    heard: list[int] = []
    read = list(iter_companies(made, read_table(path), file="a.csv", done=heard.append))
    assert all(isinstance(companies, CompanyColumns) for companies in read) and sum(heard) == 600


@pytest.mark.parametrize("text", ["1,5", "٣", "5 %", "nan", "1_000", "n", "true", "1e400"])
def test_an_invalid_number_far_down_a_file_is_reported_with_its_row_and_column(text: str, tmp_path: Path) -> None:
    made = edition(node("r", number("a"), number("b"), expects="…"))
    path = tmp_path / "answers.csv"
    lines = [f'Example {i},{i},"{text}"' if i == 5_000 else f"Example {i},{i},1.5" for i in range(5_003)]
    path.write_text("\n".join(["company,a,b", *lines]) + "\n", encoding="utf-8")
    with pytest.raises(AnswerFileFaults) as faults:
        list(iter_companies(made, read_table(path), file="a.csv"))
    (fault,) = faults.value.faults
    assert (fault.row, fault.column) == (5_002, "b") and repr(text) in fault.message


def sheets_of_numbers(rng: Random, made: Edition, companies: int) -> list[AnswerSheet]:
    """Draw sheets whose numbers are all different, with blanks, N/A, evidence and verdicts."""

    def answers() -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for question in made.questions.values():
            drawn = rng.random()
            if drawn < 0.1:
                continue
            if drawn < 0.2 and question.na != "never":
                found[question.id] = NotApplicable(rng.choice(["", "none here"]))
            elif question.kind == "number":
                found[question.id] = rng.uniform(0.01, 130)
            else:
                found[question.id] = rng.choice([option.id for option in question.options])
        return found

    sheets = [AnswerSheet(f"Example {i}", answers=answers()) for i in range(companies)]
    return [
        AnswerSheet(
            sheet.company,
            answers=sheet.answers,
            evidenced=frozenset(q for q in sheet.answers if rng.random() < 0.5),
            verdicts=verdicts(rng, sheet),
        )
        for sheet in sheets
    ]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("seed", range(tries(4)))
def test_companies_with_distinct_numbers_have_the_same_scores_together_as_a_few_at_a_time(
    seed: int, basis: Basis
) -> None:
    rng = Random(seed)
    made = the_edition(rng)
    companies = 6 * DENSE_LIMIT
    compiled, sheets = compile_edition(made), sheets_of_numbers(rng, made, companies)
    together = score(compiled, sheets, basis)
    assert isinstance(together.store, MemoisedStore)
    assert isinstance(together.columns.answers["a"], NumberColumn)
    assert isinstance(together.store.part(compiled.tree.slots["a"]), DenseOutcomes)
    many = everything(together)
    for start in range(0, companies, DENSE_LIMIT):
        here = slice(start, start + DENSE_LIMIT)
        few = score(compiled, sheets[here], basis)
        assert isinstance(few.store, DenseStore) and isinstance(few.columns.answers["a"], AnswerColumn)
        for key, numbers in everything(few).items():
            np.testing.assert_array_equal(numbers, many[key][:, here], err_msg=str(key))


def test_conditions_on_distinct_numbers_are_the_same_for_many_companies_as_for_each_alone() -> None:
    made = edition(
        node("r", number("a"), number("b", asked_when=Predicate("a", (), at_least=40.0)),
             number("c", counts_when=when("a", "7.5")), expects="…")
    )  # fmt: skip
    rng = Random(2)
    sheets = [AnswerSheet("Seven", answers={"a": 7.5, "b": 1.0, "c": 1.0})]
    sheets += sheets_of_numbers(rng, made, 400)
    columns = code_answers(made, sheets)
    assert isinstance(columns.answers["a"], NumberColumn)
    together = route_answers(made, columns)
    for position, sheet in enumerate(sheets):
        alone = route_answers(made, code_answers(made, [sheet]))
        for question in made.questions:
            assert alone.asked[question][0] == together.asked[question][position]
            assert alone.counts[question][0] == together.counts[question][position]


def test_a_part_of_a_column_of_numbers_has_the_codes_of_the_whole() -> None:
    made = edition(node("r", number("a"), expects="…"))
    given = [AnswerSheet(f"Example {i}", answers={} if i % 9 == 0 else {"a": i / 3}) for i in range(900)]
    columns = code_answers(made, given)
    whole, part = columns.answers["a"], columns.part(300, 500).answers["a"]
    assert isinstance(part, NumberColumn) and part.values == whole.values
    np.testing.assert_array_equal(part.codes, whole.codes[300:500])


def test_numbers_are_written_exactly_as_python_writes_them() -> None:
    rng = Random(5)
    drawn = [rng.uniform(-200, 200) for _ in range(3_000)]
    drawn += [rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30) for _ in range(3_000)]
    drawn += [round(rng.uniform(0, 100), rng.randint(0, 6)) for _ in range(3_000)]
    drawn += [float(rng.randint(-(10**17), 10**17)) for _ in range(200)]
    drawn += [
        0.0,
        -0.0,
        1.0,
        100.0,
        1e15,
        1e15 - 1,
        1e16,
        1e-4,
        9.999e-5,
        5e-324,
        1.7976931348623157e308,
        math.nan,
        0.1,
    ]
    drawn += [math.nan] * (-len(drawn) % 4)
    rows = np.array(drawn).reshape(-1, 4)
    wanted = [",".join("" if math.isnan(n) else number_text(n) for n in row) for row in rows.tolist()]
    assert number_texts(rows) == wanted
    assert number_texts(rows[:0]) == []
    for row, text in zip(rows, wanted, strict=True):
        assert number_texts(row.reshape(1, 4)) == [text]
    assert whole_number_texts(np.array([0, 7, 123_456])) == ["0", "7", "123456"]


@pytest.mark.parametrize(("start", "end", "log"), [(100.0, 0.0, False), (0.0, -50.0, False), (100.0, 1.0, True)])
@pytest.mark.parametrize("clip", [True, False])
def test_a_number_at_the_start_of_its_range_earns_nothing_and_not_minus_nothing(
    start: float, end: float, log: bool, clip: bool
) -> None:
    """Results are kept by scores: as -0 equals 0, a kept result would otherwise be written now with and now without."""
    question = number("q", start, end, log=log, clip=clip)
    one_by_one, column = normalised_score(question, start), normalised_numbers(question, np.array([start]))
    assert [str(one_by_one), str(float(column[0]))] == ["0.0", "0.0"]

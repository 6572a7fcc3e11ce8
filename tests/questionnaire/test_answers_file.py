"""Answers written to a table of text are read back unchanged; faults are named by row and column."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv, read_sheets, write_answers_csv
from compliance.questionnaire.csv_table import AnswerFileFaults, unescaped_cells
from compliance.questionnaire.edition import LARGEST_NUMBER, Edition, Question
from tests.support.examples import examples
from tests.support.factories import edition, many, node, number, one, profile

EDITION = edition(
    Question("about", "about", "text", na="reason"),
    Question("day", "day", "date"),
    Question("places", "places", "countries"),
    node("theme", one("code", 0, 1, na="reason"), many("who"), number("share", na="reason")),
    profile=profile(sector=("travel", "NA"), people=()),
)


def read(text: str) -> tuple[AnswerSheet, ...]:
    rows = [line.split(",") for line in text.splitlines()]
    return read_sheets(EDITION, rows[0], rows[1:])


def faults_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(AnswerFileFaults) as caught:
        read(text)
    return [(fault.row, fault.column, fault.message) for fault in caught.value.faults]


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    return path


def test_a_row_is_a_company_and_a_column_a_question() -> None:
    (sheet,) = read("company,profile.sector,code,share,who\nExample 1,travel,o1,50,o1|o0\n")
    assert sheet == AnswerSheet(
        "Example 1", {"sector": "travel"}, {"code": "o1", "share": 50.0, "who": ("o0", "o1")}, frozenset(), {}
    )


def test_an_empty_cell_is_a_blank_and_a_short_row_is_blank_at_its_end() -> None:
    first, second = read("company,code,share,who\nA,,0,none\nB,o0\n")
    assert first.answers == {"share": 0.0, "who": ("none",)}
    assert second.answers == {"code": "o0"}


def test_words_that_programs_read_as_missing_values_are_values_here() -> None:
    sheets = read("company,profile.sector,about\nNA,NA,null\nNone,,NA\n0,,0\nn/a,,n/a\n")
    assert [sheet.company for sheet in sheets] == ["NA", "None", "0", "n/a"]
    assert [sheet.answers["about"] for sheet in sheets] == ["null", "NA", "0", NotApplicable()]
    assert sheets[0].profile == {"sector": "NA"}


def test_reason_evidence_and_verdict_are_beside_their_question() -> None:
    header = "company,code,code#reason,code#evidence,code#verdict\n"
    first, second, third = read(header + "A,n/a,no guests,,confirmed\nB,o1,,page 4,not-shown\nC,o1,,,o0\n")
    assert first.answers == {"code": NotApplicable("no guests")}
    assert first.verdicts == {"code": "confirmed"}
    assert second.evidenced == {"code"} and second.verdicts == {"code": "not-shown"}
    assert third.evidenced == frozenset() and third.verdicts == {"code": Adjusted("o0")}


def test_an_auditor_s_finding_is_kept_even_if_nothing_was_claimed() -> None:
    (sheet,) = read("company,code,code#verdict\nA,,o1\n")
    assert (sheet.answers, sheet.verdicts) == ({}, {"code": Adjusted("o1")})


def test_every_fault_is_named_by_row_and_column_at_once() -> None:
    found = faults_of(
        "company,cod,share,code,profile.secter,share,code#proof,profile.people,who\n"
        "A,,50,o1,,,,many,\n"
        "B,,fifty,o9,,,,,none|o0\n"
        "A,,1,o1\n"
        ",,2,o0\n"
        "C,,3,o0,,,,,,surplus\n"
    )
    assert [(row, column) for row, column, _ in found] == [
        (1, "cod"),
        (1, "profile.secter"),
        (1, "share"),
        (1, "code#proof"),
        (2, "profile.people"),
        (3, "share"),
        (3, "code"),
        (3, "who"),
        (4, "company"),
        (5, "company"),
        (6, "J"),
    ]
    said = {(row, column): message for row, column, message in found}
    assert "did you mean `code`?" in said[1, "cod"]
    assert "did you mean `profile.sector`?" in said[1, "profile.secter"]
    assert "twice" in said[1, "share"]
    assert "row 2 already" in said[4, "company"]
    assert "confirmed or not-shown" in faults_of("company,code#verdict\nA,maybe\n")[0][2]


def test_not_applicable_is_a_fault_where_everyone_can_answer() -> None:
    assert faults_of("company,who\nA,n/a\n")[0][:2] == (2, "who")


def test_a_file_without_companies_is_a_fault() -> None:
    assert [(row, column) for row, column, _ in faults_of("code\no1\n")] == [(1, "company")]


def test_empty_rows_and_empty_columns_do_no_harm_and_rows_are_counted_as_a_spreadsheet_does() -> None:
    assert [sheet.company for sheet in read("company,code,\nA,o1,\n,,\nB,o0,\n")] == ["A", "B"]
    assert faults_of("company,code,\nA,o1,\n,,\nB,x,\n")[0][0] == 4


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_from_many_spreadsheet_programs_can_be_read(
    tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    rows = [["company", "about", "share"], ["Šample ; , Firm", "é", "0"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    (sheet,) = read_answers_csv(EDITION, saved(tmp_path, (end.join(lines) + end).encode(encoding)))
    assert (sheet.company, sheet.answers) == ("Šample ; , Firm", {"about": "é", "share": 0.0})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"company,about\nCaf\xe9,x\n", "row 2, column company: the byte 0xE9 is no UTF-8"),
        ("company,about\nA,x\n".encode("utf-16-le"), "this is no text"),
        (b"PK\x03\x04\x00\x00", "this is no text"),
        (b"", "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        (b'company,about\nA,"never closed\nB,x\n', "check the quotation marks"),
    ],
)
def test_a_file_that_is_not_a_table_of_text_is_a_fault(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(AnswerFileFaults, match=message):
        read_answers_csv(EDITION, saved(tmp_path, content))


def test_a_line_break_inside_a_cell_does_not_shift_the_row_numbers(tmp_path: Path) -> None:
    path = saved(tmp_path, b'company,about,share\nA,"two\nlines",1\nB,x,ten\n')
    with pytest.raises(AnswerFileFaults, match=r"row 3, column share"):
        read_answers_csv(EDITION, path)


def test_a_fault_is_printed_with_file_row_and_column(tmp_path: Path) -> None:
    path = saved(tmp_path, b"company,code\nA,o9\n")
    with pytest.raises(AnswerFileFaults) as caught:
        read_answers_csv(EDITION, path)
    assert str(caught.value) == f"{path}, row 2, column code: 'o9' is not one of these: o0, o1"


WORDS = st.text(st.characters(exclude_categories=["C"], include_characters="\n\t"), min_size=1).map(str.strip)
TEXTS = WORDS.filter(lambda text: bool(text) and text.lower() != "n/a") | st.sampled_from(
    ["NA", "0", "none", "None", "null", "=1+1", "+1", "-1", "@x", "a;b", "a,b", '"', "a|b"]
)
NUMBERS = st.floats(-LARGEST_NUMBER, LARGEST_NUMBER).map(lambda x: x + 0.0)
REFUSALS = st.builds(NotApplicable, st.just("") | TEXTS)


def answers_to(question: Question) -> st.SearchStrategy[Answer]:
    own: dict[str, st.SearchStrategy[Any]] = {
        "text": TEXTS,
        "one": st.sampled_from([option.id for option in question.options] or [""]),
        "many": st.sampled_from([("none",), ("o0",), ("o0", "o1")]),
        "number": NUMBERS,
        "date": st.dates().map(str),
        "countries": st.sets(st.sampled_from(["NAM", "KHM", "CHL"]), min_size=1).map(lambda s: tuple(sorted(s))),
    }
    return own[question.kind] | REFUSALS if question.na == "reason" else own[question.kind]


@st.composite
def sheets(draw: st.DrawFn, made: Edition) -> list[AnswerSheet]:
    companies = draw(st.lists(TEXTS, unique=True, max_size=4))
    ids = list(made.questions)
    drawn = []
    for company in companies:
        answers = {i: draw(answers_to(made.questions[i])) for i in ids if draw(st.booleans())}
        about: dict[str, str | float] = {"sector": "NA", "people": draw(NUMBERS)} if draw(st.booleans()) else {}
        evidenced = frozenset(draw(st.sets(st.sampled_from(ids))))
        verdicts: dict[str, Any] = {
            i: draw(st.sampled_from(["confirmed", "not-shown"]))
            if draw(st.booleans())
            else Adjusted(draw(answers_to(made.questions[i]).filter(lambda a: not getattr(a, "reason", ""))))
            for i in draw(st.sets(st.sampled_from(ids)))
        }
        drawn.append(AnswerSheet(company, about, answers, evidenced, verdicts))
    return drawn


@examples(100)
@given(sheets(EDITION))
def test_answers_are_read_back_from_csv_unchanged(drawn: list[AnswerSheet]) -> None:
    file = io.StringIO(newline="")
    write_answers_csv(EDITION, drawn, file)
    rows = [unescaped_cells(row) for row in csv.reader(io.StringIO(file.getvalue(), newline=""))]
    assert list(read_sheets(EDITION, rows[0], rows[1:])) == drawn


def test_blank_not_applicable_zero_none_and_na_survive_a_file(tmp_path: Path) -> None:
    drawn = [
        AnswerSheet("NA", {"sector": "NA"}, {"about": "NA", "who": ("none",), "share": 0.0}),
        AnswerSheet("None", {"people": 0.0}, {"about": "0", "code": NotApplicable("no guests")}),
        AnswerSheet("n/a"),
        AnswerSheet("=1+1", {}, {"about": "+cmd|' /C calc'!A0", "share": NotApplicable()}, frozenset({"about"})),
    ]
    path = tmp_path / "out.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_answers_csv(EDITION, drawn, file)
    assert list(read_answers_csv(EDITION, path)) == drawn

"""`compliance scorecard` without --company: the scorecards of a whole answers file in one zip, or nothing at all."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.workbook.scorecard_batch import INDEX_NAME, ZippedScorecard, zip_scorecards
from tests.commands.test_scorecard_command import EXAMPLE, HEADER, answers_in, run


def test_every_company_gets_the_scorecard_that_it_would_get_alone(tmp_path: Path) -> None:
    answers, out = answers_in(tmp_path, "csv"), tmp_path / "all.zip"
    result = run("scorecard", EXAMPLE, answers, "--out", out, "--on", "2026-03-01", "--language", "fr")
    assert result.exit_code == 0, result.output
    assert f"{out}: 2 scorecards" in result.output
    with zipfile.ZipFile(out) as file:
        assert file.testzip() is None
        assert file.namelist() == ["scorecard-Aster.xlsx", "scorecard-Birch.xlsx", INDEX_NAME]
        for company in ("Aster", "Birch"):
            alone = tmp_path / f"{company}.xlsx"
            options = ("--company", company, "--out", alone, "--on", "2026-03-01", "--language", "fr")
            assert run("scorecard", EXAMPLE, answers, *options).exit_code == 0
            assert file.read(f"scorecard-{company}.xlsx") == alone.read_bytes()


def test_a_returned_scorecard_gives_a_zip_with_one_scorecard_and_its_additions(tmp_path: Path) -> None:
    first, alone, out = tmp_path / "first.xlsx", tmp_path / "alone.xlsx", tmp_path / "all.zip"
    assert run("scorecard", EXAMPLE, answers_in(tmp_path, "csv"), "--company", "Aster", "--out", first).exit_code == 0
    assert run("scorecard", EXAMPLE, first, "--company", "Aster", "--out", alone).exit_code == 0
    assert run("scorecard", EXAMPLE, first, "--out", out).exit_code == 0
    with zipfile.ZipFile(out) as file:
        assert file.read("scorecard-Aster.xlsx") == alone.read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--out", "all.xlsx"],
            "--out all.xlsx: for every company, name a .zip file; or name one company with --company",
        ),
        (["--out", "one.zip", "--company", "Aster"], "--out one.zip: for one company, name an .xlsx file; "),
        (["--out", "all.csv"], "all.csv: end it in .xlsx or .zip"),
        (["--out", "nowhere/all.zip"], "nowhere: there is no such folder"),
    ],
)
def test_a_path_that_cannot_be_written_is_named_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    answers = answers_in(tmp_path, "csv")
    monkeypatch.chdir(tmp_path)
    result = run("scorecard", EXAMPLE, answers, *options)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
    assert [path.name for path in tmp_path.iterdir()] == [answers.name]


def test_a_fault_in_the_last_row_leaves_no_file(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "all.zip"
    answers.write_text(",".join(HEADER) + "\nAster,travel,stricter,50,staff\nBirch,travel,stricter,fifty,staff\n")
    result = run("scorecard", EXAMPLE, answers, "--out", out)
    assert result.exit_code == 1
    assert "row 3, column reach.higher.training: 'fifty' is not a number" in result.output
    assert [path.name for path in tmp_path.iterdir()] == [answers.name]


def made(companies: list[str], period: str = "") -> zipfile.ZipFile:
    cards = (ZippedScorecard(name, "made-1", name.encode(), period, str(at)) for at, name in enumerate(companies))
    return zipfile.ZipFile(io.BytesIO(b"".join(zip_scorecards(cards))))


def test_file_names_are_safe_and_different_on_every_system() -> None:
    companies = ["../etc/passwd", "=cmd|'/c'!A0", "Aster", "ASTER", "aster!", "***", "", "Ñandú S.A.", "Caf\u00e9",
                 "Cafe\u0301", "\U00020000" * 300, "مثال للسفر"]  # fmt: skip
    with made(companies, "2026") as file:
        *names, last = file.namelist()
        assert last == INDEX_NAME
        assert [file.read(name).decode() for name in names] == companies
    assert len({name.casefold() for name in names}) == len(companies)
    assert names[:6] == [
        "scorecard-etc-passwd-2026.xlsx",
        "scorecard-cmd-c-A0-2026.xlsx",
        "scorecard-Aster-2026.xlsx",
        "scorecard-ASTER-2026-2.xlsx",
        "scorecard-aster-2026-3.xlsx",
        "scorecard-2026.xlsx",
    ]
    assert "scorecard-Ñandú-S-A-2026.xlsx" in names and "scorecard-مثال-للسفر-2026.xlsx" in names
    for name in names:
        assert not set(name) & set('/\\:*?"<>|\0\n') and len(name.encode()) <= 255


def test_the_index_lists_companies_and_files_and_contains_no_formula() -> None:
    with made(["Ñandú", "=1+1"], "2026") as file:
        table = list(csv.DictReader(io.StringIO(file.read(INDEX_NAME).decode("utf-8-sig"))))
    ids = {"period": "2026", "edition": "made-1"}
    assert table == [
        {"file": "scorecard-Ñandú-2026.xlsx", "company": "Ñandú", **ids, "assessment": "0"},
        {"file": "scorecard-1-1-2026.xlsx", "company": "'=1+1", **ids, "assessment": "1"},
    ]


def test_each_scorecard_is_written_before_the_next_is_made() -> None:
    made: list[str] = []

    def cards() -> Iterator[ZippedScorecard]:
        for company in ("Aster", "Birch"):
            made.append(company)
            yield ZippedScorecard(company, "made-1", company.encode())

    pieces = zip_scorecards(cards())
    for company in ("Aster", "Birch"):
        assert company.encode() in next(pieces)
        assert made[-1] == company
    assert INDEX_NAME.encode() in b"".join(pieces)

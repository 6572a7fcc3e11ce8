"""`compliance score`: an answers file in, a row for each company and node out, or every fault and nothing written."""

import csv
from pathlib import Path
from random import Random

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from tests.support.examples import tries
from tests.support.paths import EDITIONS, GOLDEN
from tests.support.random_editions import random_sheet

HDI, EXAMPLE = EDITIONS / "hdi-2021.yaml", EDITIONS / "example-1.yaml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_human_development_index_comes_out_of_the_command(tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    result = run("score", HDI, GOLDEN / "hdi-2021-answers.csv", "--out", out)
    assert result.exit_code == 0, result.output
    rows = rows_of(out)
    assert list(rows[0]) == ["company", "node", "score", "worst", "best", "coverage", "band", "rank", "shown"]
    shown = {row["company"]: float(row["shown"]) for row in rows if row["node"] == "overall"}
    published = {row["company"]: float(row["published"]) for row in rows_of(GOLDEN / "hdi-2021-published.csv")}
    assert shown == published
    assert len(shown) == 17


def test_lens_values_and_nodes_have_rows_and_no_score_is_an_empty_cell(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "scores.csv"
    answers.write_text(
        "company,profile.sector,reach.higher.code,reach.higher.training,acc.channel.who\n"
        "Aster,travel,stricter,50,staff|children\n"
        "Dahlia,online-platforms,stricter,n/a,n/a\n",
        encoding="utf-8",
    )
    assert run("score", EXAMPLE, answers, "--out", out).exit_code == 0
    rows = {(row["company"], row["node"]): row for row in rows_of(out)}
    aster, dahlia = rows["Aster", "overall"], rows["Dahlia", "overall"]
    assert (aster["shown"], aster["band"], aster["rank"], aster["coverage"]) == ("77.1", "solid", "1", "1")
    assert (dahlia["score"], dahlia["worst"], dahlia["best"], dahlia["coverage"]) == ("", "37.5", "100", "0.375")
    assert (dahlia["band"], dahlia["rank"], dahlia["shown"]) == ("", "", "")
    assert float(rows["Aster", "gap:reach"]["score"]) == pytest.approx(87.5)
    assert rows["Aster", "prevention:secondary"]["score"] == ""


def test_evidence_decides_what_is_evidenced(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "scores.csv"
    answers.write_text(
        "company,profile.sector,reach.higher.code,reach.higher.code#evidence,reach.higher.training,acc.channel.who\n"
        "Aster,travel,stricter,p. 6,50,staff|children\n",
        encoding="utf-8",
    )
    assert run("score", EXAMPLE, answers, "--basis", "evidenced", "--out", out).exit_code == 0
    assert rows_of(out)[0]["shown"] == "37.5"


def test_a_workbook_of_answers_scores_as_its_csv_file_does(tmp_path: Path) -> None:
    book, answers = openpyxl.Workbook(), GOLDEN / "hdi-2021-answers.csv"
    with answers.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            book.active.append(row)
    book.save(tmp_path / "answers.xlsx")
    for name, source in (("from-csv.csv", answers), ("from-xlsx.csv", tmp_path / "answers.xlsx")):
        assert run("score", HDI, source, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "from-xlsx.csv").read_text() == (tmp_path / "from-csv.csv").read_text()


def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "answers.xlsx").write_text("company", encoding="utf-8")
    result = run("score", HDI, tmp_path / "answers.xlsx", "--out", tmp_path / "scores.csv")
    assert result.exit_code == 1
    assert "answers.xlsx: it is text, not a workbook: name it .csv" in result.output
    assert not (tmp_path / "scores.csv").exists()


def test_every_fault_is_named_with_row_and_column_and_nothing_is_written(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "scores.csv"
    answers.write_text(
        "company,profile.sector,reach.higher.code,reach.higher.training,acc.channel.who,reach.hihger.code\n"
        "Aster,travel,strictest,50,staff,\n"
        "Birch,boats,intent,half,nobody,\n"
        "Aster,travel,intent,50,staff,\n",
        encoding="utf-8",
    )
    result = run("score", EXAMPLE, answers, "--out", out)
    assert result.exit_code == 1
    for place in (
        "row 1, column reach.hihger.code",
        "row 2, column reach.higher.code",
        "row 3, column profile.sector",
        "row 3, column reach.higher.training",
        "row 3, column acc.channel.who",
        "row 4, column company",
    ):
        assert place in result.output
    assert list(tmp_path.iterdir()) == [answers]


def test_companies_scored_together_have_exactly_the_scores_they_have_alone() -> None:
    compiled, rng = compile_edition(find_edition("child-protection-2026")), Random(34)
    sheets = [
        random_sheet(
            rng, compiled.edition, about={name: rng.choice(f.values) for name, f in compiled.edition.profile.items()}
        )
        for _ in range(tries(1000))
    ]
    together = score(compiled, sheets)
    assert np.isfinite(together.overall.score).sum() > len(sheets) / 2
    for i, sheet in enumerate(sheets):
        alone = score(compiled, [sheet])
        for part, result in together.results.items():
            np.testing.assert_array_equal(result.value[:, i], alone.results[part].value[:, 0], err_msg=part)


def test_sheets_written_to_a_file_score_as_they_did_before(tmp_path: Path) -> None:
    edition, rng = find_edition("child-protection-2026"), Random(43)
    sheets = [random_sheet(rng, edition, about={"lodging": "yes"}) for _ in range(5)]
    named = [
        type(sheet)(f"Example {i}", sheet.profile, sheet.answers, sheet.evidenced) for i, sheet in enumerate(sheets)
    ]
    answers, out = tmp_path / "answers.csv", tmp_path / "scores.csv"
    with answers.open("w", encoding="utf-8", newline="") as file:
        write_answers_csv(edition, named, file)
    assert run("score", "child-protection-2026", answers, "--out", out).exit_code == 0
    before = score(compile_edition(edition), named).overall.score * 100
    after = [float(row["score"] or "nan") for row in rows_of(out) if row["node"] == "overall"]
    np.testing.assert_array_equal(after, before)


def test_a_quick_form_is_scored_without_ranks(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.csv", tmp_path / "scores.csv"
    asked = list(find_edition("child-protection-quick").questions)
    lines = [f"{name},{','.join([line] * len(asked))}" for name, line in (("Aster", "all"), ("Birch", "some"))]
    answers.write_text("\n".join([f"company,{','.join(asked)}", *lines, ""]), encoding="utf-8")
    assert run("score", "child-protection-quick", answers, "--out", out).exit_code == 0
    whole = [row for row in rows_of(out) if row["node"] == "overall"]
    assert [(row["shown"], row["band"]) for row in whole] == [("100", "most"), ("60", "much")]
    assert {row["rank"] for row in rows_of(out)} == {""}

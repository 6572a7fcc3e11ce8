"""`compliance improve`: one company in words and tables, all companies with a row for each step, and trying answers."""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.commands.terminal import silence_solver
from compliance.improvement.plan import improve
from compliance.improvement.problem import band_target
from compliance.questionnaire.answers_file import read_answers_csv
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.scoring.compiled_edition import compile_edition
from tests.support.paths import EDITIONS, GOLDEN

EXAMPLE = EDITIONS / "example-1.yaml"
DEEDS = GOLDEN / "deeds.csv"
ANSWERS = (
    "company,profile.sector,reach.higher.code,reach.higher.code#evidence,reach.higher.training,acc.channel.who\n"
    "Aster,travel,stricter,p. 6,50,staff|children\n"
    "Birch,travel,intent,,,none\n"
    "Fir,travel,intent,,0,staff|suppliers|public\n"
    "Dahlia,online-platforms,stricter,,n/a,n/a\n"
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["improve", *(str(argument) for argument in arguments)])


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_capped_company_is_told_what_lifts_the_cap(answers: Path) -> None:
    """Fir has 65 points and a requirement at 0.3 that needs 0.4: 40 % trained bring the 0.1 that is missing."""
    result = run(EXAMPLE, answers, "--company", "Fir", "--to", "solid")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "One step leads to solid" in said
    assert "Now 0 %. What would have to be true: 40 %. It adds 5.00 points for an effort of 0.10." in said
    assert "No other plan takes less effort." in said


def left_out(tmp_path: Path, round_at: int, *answers: str) -> tuple[Path, Path]:
    """Two requirements, one of them critical, in an edition in which blanks drop out; and a company's answers."""
    edition, path = tmp_path / "e.yaml", tmp_path / "a.csv"
    edition.write_text(
        f"id: e\nround: {round_at}\nband_at: exact\nblank: drop\ncritical_cap: low\n"
        "bands: [{id: low, from: 0}, {id: high, from: 60}]\nparts:\n"
        "  - {id: r, expects: R., critical: 0.4, parts: [{id: a, range: [0, 100]}]}\n"
        "  - {id: s, expects: S., parts: [{id: b, range: [0, 100]}]}\n",
        encoding="utf-8",
    )
    path.write_text(f"company,a,b\nA,{','.join(answers)}\n", encoding="utf-8")
    return edition, path


def test_steps_that_make_a_part_count_may_lower_the_score_and_the_screen_says_so(tmp_path: Path) -> None:
    said = " ".join(run(*left_out(tmp_path, 0, "", "100"), "--company", "A").output.split())
    assert "The score would fall from 100 to 70, for an effort of 0.4." in said
    assert "It takes away 30.00 points, for an effort of 0.40." in said


def test_small_numbers_are_not_printed_as_zero(tmp_path: Path) -> None:
    said = " ".join(run(*left_out(tmp_path, 0, "60", "59.8"), "--company", "A").output.split())
    assert "The score would rise from 59.9 to 60.0, for an effort of 0.002." in said
    assert "It adds 0.10 points for an effort of 0.002." in said


@pytest.mark.parametrize(
    ("efforts", "said"),
    [
        ((1, 3), "takes an effort of 1 (small) to 3 (large);"),
        ((0.5, 10), "takes an effort of 0.5 to 10;"),
        ((10, 10), "takes an effort of 10;"),
    ],
)
def test_the_explanation_of_effort_follows_the_edition(efforts: tuple[float, float], said: str, tmp_path: Path) -> None:
    edition, answers = tmp_path / "e.yaml", tmp_path / "a.csv"
    edition.write_text(
        "id: e\nbands: [{id: low, from: 0}, {id: high, from: 60}]\nparts:\n"
        f"  - {{id: r, expects: R., effort: {efforts[0]}, parts: [{{id: a, range: [0, 100]}}]}}\n"
        f"  - {{id: s, expects: S., effort: {efforts[1]}, parts: [{{id: b, range: [0, 100]}}]}}\n",
        encoding="utf-8",
    )
    answers.write_text("company,a,b\nA,20,20\n", encoding="utf-8")
    assert f"not met at all {said}" in " ".join(run(edition, answers, "--company", "A").output.split())


def test_for_a_company_without_a_score_the_reason_is_given(answers: Path) -> None:
    result = run(EXAMPLE, answers, "--company", "Dahlia")
    assert "No way to reach absent was found" in result.output
    assert "what does not apply is not covered" in " ".join(result.output.split())


def test_many_companies_are_described_in_the_plural(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.commands.terminal.FIRST_AFTER", 0.0)
    said = run(EXAMPLE, answers, "--out", tmp_path / "steps.csv").output
    assert "finding the least effort: 4 companies" in said and "companys" not in said


def test_every_company_has_a_row_for_its_present_score_and_one_for_each_step(answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "steps.csv"
    result = run(EXAMPLE, answers, "--out", out)
    assert result.exit_code == 0 and result.output == f"{out}: 4 companies looked at\n"
    found = rows(out)
    compiled = compile_edition(load_edition(EXAMPLE))
    for sheet in read_answers_csv(compiled.edition, answers):
        mine = [row for row in found if row["company"] == sheet.company]
        way = improve(compiled, sheet)
        assert [row["step"] for row in mine] == [str(number) for number in range(len(way.steps) + 1)]
        assert sum(float(row["effort"] or 0) for row in mine) == pytest.approx(way.effort)
        assert {row["reason"] for row in mine} == {way.reason}
    top = [row for row in found if row["company"] == "Aster"]
    assert [(row["found"], row["reason"], row["band"]) for row in top] == [("none", "top", "solid")]


def test_all_files_of_one_company_say_the_same(answers: Path, tmp_path: Path) -> None:
    for ending in (".csv", ".json", ".xlsx", ".txt"):
        out = tmp_path / f"way{ending}"
        assert run(EXAMPLE, answers, "--company", "Fir", "--out", out).exit_code == 0
    flat = rows(tmp_path / "way.csv")
    assert [(row["question"], row["before"], row["after"]) for row in flat[1:]] == [
        ("reach.higher.training", "0", "40")
    ]
    parts = json.loads((tmp_path / "way.json").read_text(encoding="utf-8"))
    assert (parts["target"], parts["found"], len(parts["steps"])) == ("solid", "least", 1)
    cells = [cell.value for row in openpyxl.load_workbook(tmp_path / "way.xlsx").active for cell in row]
    assert "40 %" in cells and "Whom and where the code reaches" not in cells
    assert "One step leads to solid" in (tmp_path / "way.txt").read_text(encoding="utf-8")


def test_trying_answers_out_shows_the_score_before_and_after(answers: Path, tmp_path: Path) -> None:
    result = run(
        EXAMPLE, answers, "--company", "Fir", "--set", "reach.higher.code=stricter", "--set", "acc.channel.who="
    )
    said = " ".join(result.output.split())
    assert "Before: 65.0, between 65.0 and 65.0; partial" in said
    assert "After: 37.5, between 37.5 and 87.5; absent" in said
    out = tmp_path / "what.csv"
    assert run(EXAMPLE, answers, "--company", "Fir", "--set", "reach.higher.code=stricter", "--out", out).exit_code == 0
    found = {row["id"]: (float(row["score_before"]), float(row["score_after"])) for row in rows(out)}
    assert found == {"overall": (65.0, 87.5), "reach.higher": (pytest.approx(30.0), 75.0)}


def test_an_answer_that_cannot_count_is_named_with_the_reason(answers: Path, tmp_path: Path) -> None:
    """Otherwise the same score before and after would look as if the answer were worth nothing."""
    answers.write_text(ANSWERS.replace("Fir,travel,intent", "Fir,other,intent"), encoding="utf-8")
    new = ("--set", "reach.higher.code=silent", "--set", "reach.higher.training=50", "--set", "acc.channel.who=public")
    said = " ".join(run(EXAMPLE, answers, "--company", "Fir", *new).output.split())
    assert "so without effect: Who can use your reporting channel? These earn nothing" in said
    assert (
        "do not let them count: Share of your countries where staff were trained on this last year Take the step"
        in said
    )
    out = tmp_path / "what.json"
    assert run(EXAMPLE, answers, "--company", "Fir", *new[:2], "--out", out).exit_code == 0
    assert "without effect" not in out.read_text(encoding="utf-8"), "questions that are asked and count are not in it"


def test_the_workbook_of_a_company_has_the_same_steps_as_values(answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.xlsx"
    arguments = ["scorecard", str(EXAMPLE), str(answers), "--company", "Fir", "--out", str(out)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    cells = [list(row) for row in openpyxl.load_workbook(out)["Gaps"].iter_rows(values_only=True)]
    below = next(i for i, row in enumerate(cells) if row[0] == "How to improve: One step leads to solid")
    assert cells[below + 1][0].startswith("As downloaded. The score would rise from 65.0 to 70.0")
    first = cells[below + 3]
    assert first[:3] == [
        1,
        "Share of your countries where staff were trained on this last year",
        "reach.higher.training",
    ]
    assert first[3:6] == pytest.approx([70.0, 5.0, 0.1])
    assert any("What would have to be true: 40 %." in str(cell) for cell in first)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--company", "Fir", "--to", "solit"), "did you mean `solid`?"),
        (("--company", "Fir", "--to", "nothing"), "name absent, partial, solid, or a number of points"),
        (("--company", "Fir", "--to", "120"), "points of example-1 go from 0 to 100"),
        (("--company", "Fir", "--to", "nan"), "points of example-1 go from 0 to 100"),
        (
            (
                "--company",
                "Fit",
            ),
            "did you mean",
        ),
        ((), "name a .csv file; or name one company with --company"),
        (("--set", "reach.higher.code=stricter"), "name the company whose answers these would be"),
        (("--company", "Fir", "--set", "reach.higher.code"), "write QUESTION=ANSWER"),
        (("--company", "Fir", "--set", "reach.higher.cod=stricter"), "has no question"),
        (("--company", "Fir", "--set", "reach.higher.code=strict"), "is not one of these:"),
        (("--company", "Fir", "--set", "reach.higher.training=n/a", "--to", "solid"), "keep one of them"),
        (
            ("--company", "Fir", "--set", "reach.higher.code=stricter", "--set", "reach.higher.code=silent"),
            "is set twice",
        ),
    ],
)
def test_invalid_input_gets_a_sentence_and_nothing_is_written(answers: Path, more: tuple[str, ...], said: str) -> None:
    result = run(EXAMPLE, answers, *more)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split()), result.output
    assert [path.name for path in answers.parent.iterdir()] == ["answers.csv"]


def test_an_edition_without_bands_is_asked_for_points(tmp_path: Path) -> None:
    edition = EDITIONS / "hdi-2021.yaml"
    path = tmp_path / "hdi.csv"
    path.write_text(
        "company,life_expectancy,expected_schooling,mean_schooling,gni_per_capita_ppp\nNiger,61.6,7,2.1,1240\n",
        encoding="utf-8",
    )
    assert "has no bands: name a number of points with --to" in run(edition, path, "--company", "Niger").output
    result = run(edition, path, "--company", "Niger", "--to", "0.5")
    assert result.exit_code == 0, result.output
    assert "This plan was found by a search" in " ".join(result.output.split())


def test_the_plan_for_the_tool_s_own_edition_is_proven_optimal(tmp_path: Path) -> None:
    compiled = compile_edition(find_edition("child-protection-2026"))
    sheet = read_answers_csv(compiled.edition, DEEDS)[0]
    found = improve(compiled, sheet, band_target(compiled.edition, 3))
    assert found.is_exact and found.after.band is not None and found.after.band.id == "aligned"


@pytest.fixture
def screen(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    yield capfd


def test_output_of_the_solver_itself_is_suppressed(screen: pytest.CaptureFixture[str]) -> None:
    with silence_solver():
        os.write(1, b"a line of its own\n")
    os.write(1, b"ours\n")
    assert screen.readouterr().out == "ours\n"

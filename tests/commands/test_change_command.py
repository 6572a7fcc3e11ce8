"""`compliance change`: why scores changed, in a fixed order of causes that sum to the change."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from compliance.cli import main
from compliance.narrative.score_change import change_sentence
from compliance.statistics.score_change import ScoreChange

OLD = """
id: old
title: Old
profile: {sector: {values: {travel: Travel and tours, lodging: Hotels and lodging}}}
parts:
  - id: t
    expects: T.
    parts:
      - {id: a, options: [{id: none, points: 0}, {id: some, points: 1}]}
      - {id: b, options: [{id: none, points: 0}, {id: some, points: 1}]}
      - {id: gone, range: [0, 100]}
"""
NEW = """
id: new
title: New
profile: {sector: {values: {travel: Travel and tours, lodging: Hotels and lodging}}}
parts:
  - id: t
    expects: T.
    title: What is done
    parts:
      - {id: a, weight: 3, options: [{id: none, points: 0}, {id: some, points: 1}]}
      - {id: b.b, options: [{id: nothing, points: 0}, {id: some, points: 1}]}
      - {id: fresh, weight: 4, options: [{id: none, points: 0}, {id: some, points: 1}]}
"""
CARRIES = "b: {to: b.b, options: {none: nothing}}\n"
COLUMNS = "company,profile.sector,a,a#evidence,b,gone\n"
BEFORE = (
    COLUMNS + "A,travel,none,,some,50\nB,travel,none,x,none,0\nC,lodging,some,,some,100\nLeft,lodging,none,,none,0\n"
)
AFTER = (
    COLUMNS + "A,travel,some,,some,50\nB,lodging,none,x,some,0\nC,lodging,some,x,some,100\nCame,travel,some,,some,100\n"
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "before.csv").write_text(BEFORE, encoding="utf-8")
    (tmp_path / "after.csv").write_text(AFTER, encoding="utf-8")
    for name, text in (("edition.yaml", NEW), ("carries/old.yaml", CARRIES)):
        path = tmp_path / "new" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "new.csv").write_text(
        "company,profile.sector,a,b.b,fresh\nA,travel,some,some,none\nB,travel,none,some,some\n", encoding="utf-8"
    )
    return tmp_path


def change(files: Path, *more: object, out: str = "out.csv") -> Result:
    result = run("change", files / "old.yaml", files / "before.csv", files / "after.csv", "--out", files / out, *more)
    assert result.exit_code == 0, result.output
    return result


def rows_of(path: Path, kind: str) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return {row["company"] or row.get("sector") or row["part"]: row for row in rows}


def numbers(row: dict[str, str], *keys: str) -> list[float | None]:
    return [round(float(row[key]), 6) + 0.0 if row[key] else None for key in keys]


def test_within_one_edition_a_change_consists_of_answers_and_evidence_and_no_method(files: Path) -> None:
    result = change(files)
    companies = rows_of(files / "out.csv", "company")
    assert list(companies) == ["A", "B", "C", "Came", "Left"]
    steps = ("before", "after", "change", "answers", "evidence", "method")
    assert numbers(companies["A"], *steps) == [50.0, 83.333333, 33.333333, 33.333333, 0, 0]
    assert numbers(companies["Came"], *steps) == [None, 100.0, None, None, None, None]
    assert numbers(companies["Left"], *steps) == [0, None, None, None, None, None]
    said = " ".join(result.output.split())
    assert "Both periods answer the same edition, so no part of a change comes from the method." in said


def test_new_evidence_is_a_change_by_evidence_on_the_evidenced_basis(files: Path) -> None:
    change(files, "--basis", "evidenced")
    companies = rows_of(files / "out.csv", "company")
    assert numbers(companies["C"], "before", "after", "answers", "evidence") == [0, 33.333333, 0, 33.333333]


def test_the_parts_of_a_group_sum_up_and_a_company_that_changed_sector_left_one_and_joined_another(files: Path) -> None:
    change(files, "--by", "sector")
    groups = rows_of(files / "out.csv", "group")
    assert numbers(groups["travel"], "stayed", "came", "left") == [1, 1, 1]
    assert numbers(groups["lodging"], "stayed", "came", "left") == [1, 1, 1]
    assert numbers(groups["all"], "stayed", "came", "left") == [3, 1, 1]
    assert numbers(groups["travel"], "before", "after") == [25, 91.666667], "the medians of each period's own companies"
    for row in groups.values():
        parts = [float(row[key]) for key in ("answers", "evidence", "method", "sample")]
        assert sum(parts) == pytest.approx(float(row["change"]), abs=1e-9)


def test_a_new_edition_scores_the_old_answers_again_and_says_what_could_not_be_carried(files: Path) -> None:
    out = files / "out.csv"
    result = run("change", files / "new", files / "before.csv", files / "new.csv",
                 "--old-edition", files / "old.yaml", "--out", out)  # fmt: skip
    assert result.exit_code == 0, result.output
    companies = rows_of(out, "company")
    assert numbers(companies["A"], "before", "after", "like_before", "like_after") == [50, 50, 25, 100]
    assert numbers(companies["A"], "answers", "evidence", "method") == [75, 0, -75]
    assert numbers(companies["B"], "like_before", "like_after") == [0, 25]
    assert [(part, row["companies"]) for part, row in rows_of(out, "not-compared").items()] == [("fresh", "2")]
    gone = rows_of(out, "not-carried")
    assert [(part, row["companies"], row["why"]) for part, row in gone.items()] == [
        ("gone", "2", "This question is no longer asked.")
    ]
    assert rows_of(out, "requirement")["A"]["change"] == "75"
    data = run("change", files / "new", files / "before.csv", files / "new.csv", "--old-edition", files / "old.yaml",
               "--out", files / "out.json")  # fmt: skip
    assert data.exit_code == 0
    first = json.loads((files / "out.json").read_text(encoding="utf-8"))["companies"][0]["said"]
    assert first == (
        "A did not change (50.0 before, 50.0 after): answers +75.0, evidence and verification 0.0, method -75.0. "
        "Like for like, over the questions of both periods with the weights they have now: from 25.0 to 100.0."
    )
    said = " ".join(result.output.split())
    assert "The answers to old were carried over to new as far as they answer what is asked there." in said
    assert (
        "For at least one company, one question is not in the like-for-like figure; the change it causes "
        "counts as method." in said
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (50.04, 50.06, "A rose by 0.02 points, from 50.04 to 50.06:"),
        (49.96, 50.04, "A rose by 0.08 points, from 49.96 to 50.04:"),
        (50.06, 50.04, "A fell by 0.02 points, from 50.06 to 50.04:"),
        (50.041, 50.042, "A did not change (50.0 before, 50.0 after):"),
        (50.06, 50.24, "A rose by 0.1 points, from 50.1 to 50.2:"),
        (20.0, 31.4, "A rose by 11.4 points, from 20.0 to 31.4:"),
    ],
)
def test_a_change_is_the_difference_of_the_printed_scores(before: float, after: float, said: str) -> None:
    moved = ScoreChange(
        company="A",
        before=before,
        after=after,
        answers=after - before,
        evidence=0.0,
        method=0.0,
        like_for_like_before=before,
        like_for_like_after=after,
    )
    assert change_sentence(moved, 1).startswith(said)


def test_the_screen_describes_groups_and_companies_in_the_order_of_causes(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    result = run("change", files / "old.yaml", files / "before.csv", files / "after.csv", "--by", "sector")
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert lines[0] == "Claimed, median"
    assert lines[1] == "Before After Answers Evidence Method Sample In both Entered Left"
    assert lines[2].startswith("All companies * 25.0 91.7 ")
    assert "A 50.0 83.3 +33.3 0.0 0.0" in lines
    assert "Came 100.0" in lines
    assert "* not for publication" in lines
    said = " ".join(lines)
    assert "With a score in both periods: 3; entered: 1; left: 1." in said


def test_json_has_ids_and_sentences_and_a_workbook_a_sheet_for_each_kind(files: Path) -> None:
    change(files, "--by", "sector", out="out.json")
    data = json.loads((files / "out.json").read_text(encoding="utf-8"))
    assert (data["edition"], data["old_edition"], data["statistic"]) == ("old", "old", "median")
    first = data["companies"][0]
    assert first["labels"] == {"sector": "travel"}
    assert repr(data["groups"][0]["stayed"]) == "3", "a count is written as a whole number, not as 3.0"
    assert first["said"].startswith(
        "A rose by 33.3 points, from 50.0 to 83.3: answers +33.3, evidence and verification 0.0"
    )
    assert first["requirements"] == [{"id": "t", "points": pytest.approx(100 / 3)}]
    change(files, "--by", "sector", out="out.xlsx")
    book = openpyxl.load_workbook(files / "out.xlsx")
    assert book.sheetnames == ["Groups", "Companies", "Requirements", "Not carried over"]
    assert [cell.value for cell in book["Companies"]["A"]][-5:] == ["A", "B", "C", "Came", "Left"]


def test_on_a_narrow_screen_parts_that_add_up_stay_in_one_line(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("change", files / "old.yaml", files / "before.csv", files / "after.csv", "--by", "sector").output
    heads = [line.split() for line in lines.splitlines() if line.startswith("   ")]
    assert heads[:2] == [
        ["Before", "After", "Answers", "Evidence", "Method", "Sample"],
        ["In", "both", "Entered", "Left"],
    ]


def test_if_no_company_is_in_both_files_the_whole_change_is_sample_and_the_sentence_says_so(files: Path) -> None:
    (files / "after.csv").write_text(COLUMNS + "Z,travel,some,,some,100\n", encoding="utf-8")
    result = change(files)
    assert "No company has a score in both periods, so the whole change comes from the sample" in " ".join(
        result.output.split()
    )
    (group,) = rows_of(files / "out.csv", "group").values()
    assert numbers(group, "change", "sample") == [75, 75]


def test_companies_whose_names_differ_only_in_spelling_are_pointed_out(files: Path) -> None:
    old, before, after = files / "old.yaml", files / "before.csv", files / "after.csv"
    capitals = "SOCIE\u0301TE\u0301\u00a0\u00c9toile"  # with combining accents and a no-break space
    before.write_text(BEFORE.replace("Left,", "Soci\u00e9t\u00e9 \u00c9toile,"), encoding="utf-8")
    after.write_text(AFTER.replace("Came,", capitals + ","), encoding="utf-8")
    said = run("change", old, before, after).stderr
    assert f"after.csv: {capitals!r} is taken for another company than" in said
    assert "write its name alike in both" in said
    assert run("change", old, before, before).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["old.yaml", "before.csv", "new.csv"], 1, "row 1, column b.b: the edition has no such column"),
        (["new", "before.csv", "new.csv"], 1, "row 1, column gone: the edition has no such column"),
        (["old.yaml", "before.csv", "gone.csv"], 1, "gone.csv: there is no such file"),
        (["old.yaml", "before.csv", "after.csv", "--by", "size"], 1, "--by size: companies of old cannot be grouped"),
        (["old.yaml", "before.csv", "after.csv", "--basis", "verified"], 1, "neither file has a verdict of an auditor"),
        (["new", "before.csv", "new.csv", "--old-edition", "old.yaml", "--basis", "verified"], 1, "so none carries"),
        (
            ["child-protection-2026", "before.csv", "after.csv", "--old-edition", "child-protection-quick"],
            1,
            "child-protection-quick is a quick form, a first look, which is never set beside a full one",
        ),
        (["old.yaml", "before.csv", "after.csv", "--out", "out.txt"], 2, "out.txt: end it in .csv, .xlsx or .json"),
    ],
)  # fmt: skip
def test_impossible_requests_are_refused_and_nothing_is_written(
    files: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(files)
    before = sorted(files.rglob("*"))
    result = run("change", *arguments)
    assert result.exit_code == code, result.output
    assert said in result.output
    assert sorted(files.rglob("*")) == before


def test_a_sentence_has_enough_decimals_to_show_the_change(tmp_path: Path) -> None:
    edition = tmp_path / "e.yaml"
    edition.write_text("id: e\nround: 0\nparts: [{id: a, range: [0, 100]}]\n", encoding="utf-8")
    for name, answers in {"before": (40.4, 39.6, 50), "after": (40.6, 40.4, 50)}.items():
        rows = "".join(f"{company},{answer}\n" for company, answer in zip("ABC", answers, strict=True))
        (tmp_path / f"{name}.csv").write_text(f"company,a\n{rows}", encoding="utf-8")
    out = tmp_path / "out.json"
    result = run("change", edition, tmp_path / "before.csv", tmp_path / "after.csv", "--out", out)
    assert result.exit_code == 0, result.output
    said = [one["said"] for one in json.loads(out.read_text(encoding="utf-8"))["companies"]]
    assert said[0].startswith("A rose by 0.2 points, from 40.4 to 40.6: answers +0.2,")
    assert said[1].startswith("B rose by 0.8 points, from 39.6 to 40.4: answers +0.8,")
    assert said[2].startswith("C did not change (50 before, 50 after): answers 0,")


def test_with_two_scales_the_old_scores_are_shown_on_the_new_one_and_the_screen_says_so(tmp_path: Path) -> None:
    for name, scale in {"old": 27, "new": 24}.items():
        text = f"id: {name}\nscale: {scale}\nparts: [{{id: a, range: [0, 3]}}]\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    answers = tmp_path / "answers.csv"
    answers.write_text("company,a\nA,3\n", encoding="utf-8")
    same = run("change", tmp_path / "new.yaml", answers, answers)
    assert "scale" not in same.output
    result = run("change", tmp_path / "new.yaml", answers, answers, "--old-edition", tmp_path / "old.yaml")
    assert "Scores of old, from 0 to 27, are shown from 0 to 24 here." in " ".join(result.output.split())

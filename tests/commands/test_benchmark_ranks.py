"""`compliance benchmark --draws`: rankings with their ranges, on the screen and in files."""

import json
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.commands.benchmark_files import HEADER, ROWS
from tests.commands.test_benchmark_command import figures, run

# ── Ranks


def test_league_tables_show_ranges_and_tie_groups_and_no_bare_rank(files: tuple[Path, Path]) -> None:
    lines = run("benchmark", *files, "--by", "sector", "--draws", "200").output.splitlines()
    start = lines.index("Ranks: Travel and tours")
    assert lines[start + 1].split() == ["Score", "Minimum", "Maximum", "Rank", "range", "Tie", "group"]
    table = lines[start + 2 : lines.index("Ranks: Hotels and lodging")]
    assert table[0].split() == ["D", "60.0", "60.0", "60.0", "1", "to", "2", "1"]
    assert table[1] == "", "D stays before C in nine of ten draws: a gap parts the groups"
    assert [row.split()[0] for row in table[2:4]] == ["C", "E"], "equal, so in one group, ordered by name"
    said = " ".join(" ".join(lines).split())
    assert "200 draws from seed 1, in which these vary: every weight, up to 25 % more or less;" in said
    assert "no company in a group can be told apart from its first" in said
    assert "Without a score, and therefore without a rank: H." in said
    assert (
        "Companies are ranked within their group, by their scores as printed. All of them are asked the "
        "same questions." in said
    )


def test_the_ranks_of_a_file_never_contradict_themselves_about_what_companies_are_asked(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    mixed = HEADER + ROWS.replace("F,lodging", "F,travel")  # of the small all are asked r, of the large some
    files[1].write_text(mixed, encoding="utf-8")
    run("benchmark", *files, "--by", "size", "--draws", "100", "--out", tmp_path / "out.xlsx")
    said = [str(row[0].value) for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["Ranks"].iter_rows(max_row=9)]
    compared = [sentence for sentence in said if sentence.startswith("Companies are ranked within their group")]
    assert len(compared) == 1 and "Not all of them are asked the same questions" in compared[0]


def test_all_companies_are_ranked_together_only_without_groups(files: tuple[Path, Path]) -> None:
    said = " ".join(run("benchmark", *files, "--draws", "100").output.split())
    assert "Ranks: All companies" in said
    assert "Not all of them are asked the same questions, so their scores rest on different ones." in said
    assert "Ranks: All companies" not in run("benchmark", *files, "--by", "size", "--draws", "100").output


def test_the_same_seed_gives_the_same_ranks_in_every_kind_of_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("1.csv", "2.csv", "3.csv", "4.json", "5.xlsx")]
    for out, seed in zip(outs, (1, 1, 2, 1, 1), strict=True):
        assert run("benchmark", *files, "--by", "sector", "--draws", "150", "--seed", seed, "--out", out).exit_code == 0
    first, again, other = (out.read_text(encoding="utf-8") for out in outs[:3])
    assert first == again != other
    found = figures(outs[0])
    ranges = {
        company: tuple(int(found["travel", end, company, "claimed", "all"]) for end in ("rank_from", "rank_to"))
        for company in "ABCDE"
    }
    assert found["lodging", "no_rank", "H", "claimed", "all"] == ""
    ranks = json.loads(outs[3].read_text(encoding="utf-8"))["ranks"]
    assert (ranks["draws"], ranks["seed"], ranks["vary"]) == (150, 1, ["weights", "blanks", "na", "mean"])
    travel, lodging = ranks["groups"]
    assert {place["company"]: tuple(place["rank_range"]) for place in travel["places"]} == ranges
    assert lodging["without_score"] == ["H"]
    sheet = openpyxl.load_workbook(outs[4])["Ranks"]
    rows = {row[1]: row for row in sheet.iter_rows(values_only=True) if row[0] == "Travel and tours"}
    assert {company: (row[5], row[6]) for company, row in rows.items()} == ranges


def test_one_company_is_told_its_range_alone(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    asked = ("benchmark", *files, "--by", "sector", "--draws", "200")
    said = " ".join(run(*asked, "--company", "D", "--out", out).output.split())
    assert "D, rank range among the 5 companies in “Travel and tours” that have a score: 1 to 2." in said
    assert "Ranks:" not in said
    assert json.loads(out.read_text(encoding="utf-8"))["ranks"]["groups"][0]["range"] == [1, 2]
    assert "H has no score, so it has no rank." in run(*asked, "--company", "H").output


def test_what_moves_ranks_most_is_reported_on_request(files: tuple[Path, Path], tmp_path: Path) -> None:
    made, answers = files
    answers.write_text("company,profile.sector,q,r\nA,travel,60,60\nB,travel,50,50\nC,travel,80,\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    result = run("benchmark", made, answers, "--draws", "100", "--vary", "weights,blanks", "--why", "--out", out)
    said = " ".join(result.output.split())
    assert "Ranks are moved most by the value of blanks, with" in said, "C may stand first or last"
    assert "After that: the weights" in said and "whether" not in said.split("Sobol")[0].split("After that")[1]
    found = figures(out)
    assert float(found["moves_in_all", "blanks", "claimed", "all"]) > 0.8


def test_without_the_extra_ranks_are_given_but_not_what_moves_them(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "SALib.analyze.sobol", None)
    monkeypatch.setitem(sys.modules, "SALib", None)
    refused = run("benchmark", *files, "--draws", "100", "--why")
    assert refused.exit_code == 1
    assert 'worked out with SALib: pip install "article34[analysis]"' in refused.output
    assert run("benchmark", *files, "--draws", "100").exit_code == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--draws", "99"], "--draws 99: what holds in 90 of 100 draws takes 100 of them at least"),
        (["--draws", "100", "--seed", "-1"], "--seed -1: a seed is a whole number from 0 upwards"),
        (["--draws", "100", "--vary", "weihgts"], "--vary weihgts: that does not move; did you mean `weights`?"),
        (["--draws", "100", "--vary", ","], "--vary: name some of"),
        (["--vary", "na"], "--vary: ranks are drawn with --draws only: add --draws 1000"),
        (["--why"], "--why: ranks are drawn with --draws only: add --draws 1000"),
        (["--draws", "100000000"], "are more than fit in memory: draw 50000000 times at most"),
    ],
)
def test_invalid_options_for_draws_are_refused(files: tuple[Path, Path], more: list[str], said: str) -> None:
    result = run("benchmark", *files, *more)
    assert result.exit_code == 1
    assert said in result.output


def test_a_single_company_is_described_in_the_singular(files: tuple[Path, Path]) -> None:
    edition, answers = files
    header, first, *_ = answers.read_text(encoding="utf-8").splitlines()
    answers.write_text(f"{header}\n{first}\n", encoding="utf-8")
    assert "draws of 1 company are more than" in run("benchmark", edition, answers, "--draws", "9" * 12).output


def test_a_quick_form_is_not_ranked_by_draws(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("company\nA\n", encoding="utf-8")
    result = run("benchmark", "child-protection-quick", answers, "--draws", "100")
    assert result.exit_code == 1
    assert "--draws: child-protection-quick" in result.output and "ranks nobody" in result.output

"""Data frames contain the same results as the engine and the commands; nothing is computed twice."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from compliance import frames
from compliance.cli import main
from compliance.frames import EditionTables, WrongArgument
from compliance.frames.answer_frames import answer_sheets
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.coded_answers import BASES
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import score_rows
from compliance.statistics.ranking import SimulationSettings, rankings
from tests.commands.benchmark_files import HEADER, MADE, ROWS
from tests.commands.test_change_command import AFTER, BEFORE, CARRIES, NEW, OLD
from tests.support.answer_frames import frame_of
from tests.support.examples import tries
from tests.support.factories import edition as edition_of
from tests.support.factories import node, number
from tests.support.random_editions import random_edition, random_sheet


def cases(number_of: int) -> list[tuple[Edition, list[AnswerSheet]]]:
    """Random editions, each with a few companies and some of their verdicts."""
    found = []
    for seed in range(tries(number_of)):
        rng = Random(seed)
        made = random_edition(rng, by_choice=seed % 3 == 0)
        sheets = [replace(random_sheet(rng, made), company=f"C{place}") for place in range(rng.choice([1, 2, 7]))]
        judged = {q: "confirmed" for q in sheets[0].answers if rng.random() < 0.5}
        found.append((made, [replace(sheets[0], verdicts=judged), *sheets[1:]]))
    return found


def run(*arguments: object) -> None:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


# ── Scores


def test_scores_match_the_engine_on_every_basis() -> None:
    for made, sheets in cases(60):
        for basis in BASES:
            frame = frames.score(EditionTables(made), frame_of(made, sheets), basis=basis)
            rows = list(score_rows(score(compile_edition(made), sheets, basis)))
            assert list(frame.index) == [(row.company, row.node) for row in rows]
            for column in ("score", "worst", "best", "coverage", "rank"):
                texts = [getattr(row, column) for row in rows]
                assert [None if pd.isna(cell) else cell for cell in frame[column]] == [
                    float(text) if text else None for text in texts
                ]
            assert [band if isinstance(band, str) else "" for band in frame["band"]] == [row.band for row in rows]


def test_a_score_table_written_by_the_command_reads_as_the_same_frame(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text(MADE, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(HEADER + ROWS, encoding="utf-8")
    run("score", tmp_path / "made.yaml", tmp_path / "answers.csv", "--out", tmp_path / "scores.csv")
    edition = frames.read_edition(tmp_path / "made.yaml")
    frame = frames.score(edition, frames.read_answers(edition, tmp_path / "answers.csv"))
    read = pd.read_csv(tmp_path / "scores.csv", index_col=["company", "node"])
    pd.testing.assert_frame_equal(
        frame[["score", "worst", "best", "coverage"]], read[["score", "worst", "best", "coverage"]]
    )
    pd.testing.assert_series_equal(frame["rank"], read["rank"].astype("Int64"))


def test_a_scorecard_matches_the_engine_on_every_basis() -> None:
    for made, sheets in cases(40):
        for basis in BASES:
            card = make_scorecard(compile_edition(made), sheets[-1], basis)
            frame = frames.scorecard(EditionTables(made), frame_of(made, sheets), sheets[-1].company, basis=basis)
            standings = {**card.nodes, **card.questions}
            assert list(frame.index) == [part for part in made.main.parts if part in standings]
            for part, row in frame.iterrows():
                standing = standings[str(part)]
                for column in ("score", "worst", "best", "coverage", "weight"):
                    known = getattr(standing, column)
                    assert (np.isnan(row[column]) and known is None) or row[column] == known
                assert (row["band"] if isinstance(row["band"], str) else None) == (
                    standing.band.id if standing.band else None
                )
            gaps = frame[frame["loss"].notna()]
            assert {(part, row["loss"], row["gain"]) for part, row in gaps.iterrows()} == {
                (gap.requirement.id, gap.loss, gap.gain) for gap in card.gaps
            }
            holding = {part.id for part in card.cap.failed} if card.cap else set()
            assert set(frame.index[frame["holds_down"]]) == holding


# ── Comparisons


@pytest.fixture
def compared(tmp_path: Path) -> tuple[EditionTables, pd.DataFrame, Path]:
    """The eight companies of the tests of `compliance benchmark`."""
    (tmp_path / "made.yaml").write_text(MADE, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(HEADER + ROWS, encoding="utf-8")
    edition = frames.read_edition(tmp_path / "made.yaml")
    return edition, frames.read_answers(edition, tmp_path / "answers.csv"), tmp_path


@pytest.mark.parametrize("by", [(), ("sector",), ("sector", "size"), ("region",)])
@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_peer_group_figures_match_the_benchmark_command(
    compared: tuple[EditionTables, pd.DataFrame, Path], by: tuple[str, ...], basis: frames.Basis
) -> None:
    edition, answers, folder = compared
    options = ["--by", ",".join(by)] if by else []
    run(
        "benchmark", folder / "made.yaml", folder / "answers.csv", "--out", folder / "b.csv", "--basis", basis, *options
    )
    with (folder / "b.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["basis"] == basis and row["over"]]
    if by:
        rows = [row for row in rows if row[by[0]] != "all"]
    frame = frames.compare(edition, answers, by, basis=basis)
    assert list(frame.index.names) == [*by, "node"]
    named = {"all": "", "common": "common_"}
    for row in rows:
        key = (*(row[label] for label in by), row["of"])
        found = frame.loc[key if by else row["of"]]
        assert found[named[row["over"]] + row["figure"]] == float(row["value"]), row
        assert found["n"] == int(row["n"])
    assert len(rows) >= 4 * len(frame)


def test_a_company_is_placed_among_its_peers_for_every_node(
    compared: tuple[EditionTables, pd.DataFrame, Path],
) -> None:
    edition, answers, _folder = compared
    frame = frames.compare(edition, answers, "sector", company="B")
    assert set(frame.index.get_level_values("sector")) == {"travel"}
    scores = frames.score(edition, answers)["score"].unstack()
    peers = scores.loc[["A", "C", "D", "E"]]
    for node_id, row in frame.droplevel("sector").iterrows():
        own = scores.loc["B", node_id]
        assert row["score"] == own
        assert (row["above"], row["level"], row["below"]) == (
            (peers[node_id] > own).sum(),
            (peers[node_id] == own).sum(),
            (peers[node_id] < own).sum(),
        )
    without = frames.compare(edition, answers, "sector", company="H").loc[("lodging", "overall")]
    assert pd.isna(without["score"]) and pd.isna(without["above"]) and pd.isna(without["below"])


@pytest.mark.parametrize("by", [(), ("size",)])
def test_ranks_match_the_engine_for_the_same_seed_in_any_order_of_rows(
    compared: tuple[EditionTables, pd.DataFrame, Path], by: tuple[str, ...]
) -> None:
    edition, answers, _folder = compared
    frame = frames.rank(edition, answers, by, draws=200, seed=7)
    assert sorted(frame.index.get_level_values("company")) == sorted(answers.index)
    scores = score(edition.compiled, answer_sheets(edition, answers))
    sizes = answers["profile.size"].to_numpy()
    groups = [np.flatnonzero(sizes == size) for size in ("small", "large")] if by else [np.arange(len(answers))]
    expected = rankings(scores, groups, SimulationSettings(draws=200, seed=7))
    known = {one.company: one for ranking in expected for one in ranking.companies}
    for key, row in frame.iterrows():
        one = known.get(key[-1] if isinstance(key, tuple) else key)
        if one is None:
            assert row[["rank", "rank_from", "rank_to", "tie_group", "score"]].isna().all()
        else:
            assert (row["rank"], row["rank_from"], row["rank_to"], row["tie_group"]) == (
                one.rank, one.interval.first, one.interval.last, one.tie_group,
            )  # fmt: skip
    again = frames.rank(edition, answers.sample(frac=1, random_state=1), by, draws=200, seed=7)
    pd.testing.assert_frame_equal(again.sort_index(), frame.sort_index())


# ── Change


@pytest.fixture
def periods(tmp_path: Path) -> Path:
    """The files of the tests of `compliance change`: within an edition, and from one to the next."""
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "before.csv").write_text(BEFORE, encoding="utf-8")
    (tmp_path / "after.csv").write_text(AFTER, encoding="utf-8")
    (tmp_path / "new" / "carries").mkdir(parents=True)
    (tmp_path / "new" / "edition.yaml").write_text(NEW, encoding="utf-8")
    (tmp_path / "new" / "carries" / "old.yaml").write_text(CARRIES, encoding="utf-8")
    answers = "company,profile.sector,a,b.b,fresh\nA,travel,some,some,none\nB,travel,none,some,some\n"
    (tmp_path / "new.csv").write_text(answers, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_changes_match_the_change_command(periods: Path, new: bool, basis: frames.Basis) -> None:
    made, after = (periods / "new", "new.csv") if new else (periods / "old.yaml", "after.csv")
    options = ["--old-edition", periods / "old.yaml"] if new else []
    files = (periods / "before.csv", periods / after)
    run("change", made, *files, *options, "--by", "sector", "--basis", basis, "--out", periods / "out.json")
    told = json.loads((periods / "out.json").read_text(encoding="utf-8"))
    edition, old = frames.read_edition(made), frames.read_edition(periods / "old.yaml")
    was, now = frames.read_answers(old, files[0]), frames.read_answers(edition, files[1])
    arguments = {"old_edition": old if new else None, "basis": basis}
    companies = frames.change(edition, was, now, **arguments)
    assert list(companies.index) == [one["company"] for one in told["companies"]]
    for one in told["companies"]:
        row = companies.loc[one["company"]]
        assert row["not_compared"] == len(one["not_compared"])
        assert_same(row, one, companies.columns[:-1])
    moved = frames.change(edition, was, now, per="requirement", **arguments)["change"]
    assert moved.to_dict() == {
        (one["company"], each["id"]): each["points"] for one in told["companies"] for each in one["requirements"]
    }
    together, *groups = told["groups"]
    assert_same(frames.change(edition, was, now, per="group", **arguments).loc["all"], together)
    by_sector = frames.change(edition, was, now, per="group", by="sector", **arguments)
    assert list(by_sector.index) == [group["labels"]["sector"] for group in groups]
    for group in groups:
        assert_same(by_sector.loc[group["labels"]["sector"]], group)


def assert_same(row: "pd.Series[float]", told: dict[str, float | None], columns: "pd.Index[str] | None" = None) -> None:
    for name in row.index if columns is None else columns:
        assert (pd.isna(row[name]) and told[name] is None) or row[name] == told[name], name


def test_the_parts_of_a_change_add_up(edition: EditionTables, before: pd.DataFrame, answers: pd.DataFrame) -> None:
    moved = frames.change(edition, before.iloc[2:], answers.iloc[:-3], basis="evidenced")
    pd.testing.assert_series_equal(
        moved["change"], moved[["answers", "evidence", "method"]].sum(axis=1, min_count=3), check_names=False
    )
    assert moved["change"].isna().sum() == 5 and moved["before"].isna().sum() == 2


# ── Invalid arguments and special cases


def test_an_invalid_argument_is_refused_with_the_reason(
    compared: tuple[EditionTables, pd.DataFrame, Path], periods: Path
) -> None:
    edition, answers, _folder = compared
    old, new = frames.read_edition(periods / "old.yaml"), frames.read_edition(periods / "new")
    quick = frames.read_edition("child-protection-quick")
    was = frames.read_answers(old, periods / "before.csv")
    textual = EditionTables(edition_of(node("t")))
    for asked, words in (
        (lambda: frames.score(edition, answers, basis="claim"), "basis: 'claim' is none; did you mean `claimed`?"),
        (lambda: frames.compare(edition, answers, "sectr"), "by: companies of made cannot be grouped by 'sectr'"),
        (lambda: frames.compare(edition, answers, basis="verified"), "no verdict of an auditor"),
        (lambda: frames.compare(edition, answers, company="b"), "company: there is no 'b' in the answers"),
        (lambda: frames.scorecard(edition, answers, "Z"), "name one of A, B, C"),
        (lambda: frames.rank(edition, answers, draws=99), "draws: 99 are too few"),
        (lambda: frames.rank(edition, answers, draws=10**9), "more ranks than fit in memory"),
        (lambda: frames.rank(edition, answers, seed=-1), "seed: -1 is none"),
        (lambda: frames.rank(edition, answers, vary=["weight"]), "vary: 'weight' does not move; did you mean"),
        (lambda: frames.rank(edition, answers, vary=[]), "vary: name some of weights, blanks, na, mean"),
        (lambda: frames.rank(quick, answers), "is a quick form, a first look, which ranks nobody"),
        (lambda: frames.change(old, was, was, per="year"), "per: 'year' is none"),
        (lambda: frames.change(old, was, was, by="sector"), 'with per="group"'),
        (lambda: frames.change(old, was, was, basis="verified"), "neither period has a verdict"),
        (lambda: frames.change(EditionTables(new.edition), was, was, old_edition=old), "read it with read_edition"),
        (lambda: frames.score(textual, answers), "no answer to made earns points"),
        (lambda: frames.score(edition, [["A"]]), "answers: this is a list, and a DataFrame is needed"),
    ):
        with pytest.raises(WrongArgument) as refused:
            asked()
        assert words in str(refused.value)
    for basis, old_edition, words in (
        ("claimed", quick, "never set beside a full one"),
        ("verified", old, "a verdict judges an answer to the edition it was given on"),
    ):
        with pytest.raises(frames.UserFacingError, match=words):
            frames.change(new, was, was, old_edition=old_edition, basis=basis)


def test_a_faulty_edition_is_refused_with_file_and_line_and_an_unknown_one_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("id: bad\ntitle: Bad\nparts: [{id: t, parts: [{id: q, kind: nun}]}]\n", "utf-8")
    with pytest.raises(frames.EditionFaults, match=r"bad\.yaml:3"):
        frames.read_edition(tmp_path / "bad.yaml")
    with pytest.raises(frames.EditionFaults, match="there is no such edition; did you mean `child-protection-2026`"):
        frames.read_edition("child-protection-2025")


def test_functions_do_not_change_the_frames_they_are_given(
    compared: tuple[EditionTables, pd.DataFrame, Path],
) -> None:
    edition, answers, _folder = compared
    kept = answers.copy(deep=True)
    frames.score(edition, answers)
    frames.compare(edition, answers.reset_index(), "sector")
    frames.rank(edition, answers, draws=100)
    frames.change(edition, answers, answers)
    pd.testing.assert_frame_equal(answers, kept)


def test_frames_can_be_made_for_an_edition_without_bands_and_a_single_company() -> None:
    made = EditionTables(edition_of(node("t", number("q"))))
    one = pd.DataFrame({"company": ["Only"], "q": [40]})
    assert frames.score(made, one)["score"].tolist() == [40.0, 40.0]
    assert frames.score(made, one)["band"].isna().all()
    assert frames.compare(made, one).loc["overall", "median"] == 40.0
    assert frames.rank(made, one, draws=100).loc["Only", ["rank_from", "rank_to"]].tolist() == [1, 1]
    assert frames.rank(made, one.assign(q=None), draws=100).index.tolist() == ["Only"]


def test_groups_whose_figures_would_disclose_single_companies_are_marked_internal_only(
    compared: tuple[EditionTables, pd.DataFrame, Path],
) -> None:
    edition, answers, _folder = compared
    overall = frames.compare(edition, answers, "sector").xs("overall", level="node")
    assert overall["n"].to_dict() == {"travel": 5, "lodging": 2}
    assert overall["internal_only"].to_dict() == {"travel": False, "lodging": True}


def test_a_quick_form_gives_scores_but_no_ranks() -> None:
    quick = frames.read_edition("child-protection-quick")
    first = next(question for question in quick.edition.questions.values() if question.options)
    scores = frames.score(quick, pd.DataFrame({"company": ["A", "B"], first.id: first.options[-1].id}))
    assert scores["score"].notna().any() and scores["rank"].isna().all()

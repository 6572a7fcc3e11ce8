"""`compliance score-parts`: files of a folder, scored here or by two workers, equal all of them scored at once."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from distributed import Client

from compliance.cli import main
from compliance.commands import score_parts
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.loader import find_edition
from tests.support.paths import EDITIONS, ROOT
from tests.support.random_editions import random_sheet
from tests.support.real_servers import free_port

EXAMPLE = EDITIONS / "example-1.yaml"
#: How many companies each file has: so few different answers that ties lie in several files.
SIZES = {"a.csv": 40, "b.csv": 1, "c.csv": 25}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A folder of answers files."""
    rng, folder, edition, number = Random(20), tmp_path / "answers", find_edition(str(EXAMPLE)), 0
    folder.mkdir()
    for name, size in SIZES.items():
        sheets = [replace(random_sheet(rng, edition), company=f"Company {number + i}") for i in range(size)]
        number += size
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            write_answers_csv(edition, sheets, file)
    return folder


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with two workers, each a process of its own."""
    folder, address = tmp_path_factory.mktemp("dask"), f"tcp://127.0.0.1:{free_port()}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    worker = [*dask, "worker", address, "--no-nanny", "--no-dashboard", "--nthreads", "1", "--local-directory", folder]
    with ExitStack() as stack:
        for command in ([*dask, "scheduler", "--no-dashboard", "--host", address], worker, worker):
            process = stack.enter_context(subprocess.Popen(command, **quiet))
            stack.callback(process.kill)
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address


def rows_of(path: Path) -> list[list[str]]:
    return [*csv.reader(path.read_text(encoding="utf-8").splitlines())]


def at_once(answers: Path, folder: Path, *options: str) -> list[list[str]]:
    """What `compliance score` writes of the companies of all files."""
    tables = [rows_of(answers / name) for name in SIZES]  # each with the columns that its companies need
    columns = dict.fromkeys(column for header, *_rows in tables for column in header)
    with (folder / "all.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns])
        writer.writeheader()
        writer.writerows(dict(zip(header, row, strict=True)) for header, *rows in tables for row in rows)
    result = run("score", EXAMPLE, folder / "all.csv", "--out", folder / "scores.csv", *options)
    assert result.exit_code == 0, result.output
    return rows_of(folder / "scores.csv")


@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_files_scored_one_after_the_other_are_together_what_score_writes_of_all_companies(
    basis: str, answers: Path, tmp_path: Path
) -> None:
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out", "--basis", basis)
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'out'}: 66 sheets scored, in 3 files\n")
    assert joined(tmp_path / "out") == at_once(answers, tmp_path, "--basis", basis)
    ranks = {row[-2] for row in joined(tmp_path / "out")[1:] if row[1] == "overall"}
    assert len(ranks - {""}) > 4, "companies are hardly ranked at all"


def joined(out: Path) -> list[list[str]]:
    assert sorted(path.name for path in out.iterdir()) == sorted(SIZES)
    header, *_ = rows_of(out / "a.csv")
    assert all(rows_of(out / name)[0] == header for name in SIZES)
    return [header, *(row for name in SIZES for row in rows_of(out / name)[1:])]


def test_two_workers_write_the_same_bytes_as_one_process(answers: Path, scheduler: str, tmp_path: Path) -> None:
    assert run("score-parts", EXAMPLE, answers, "--out", tmp_path / "here").exit_code == 0
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "there", "--scheduler", scheduler)
    assert result.exit_code == 0, result.output
    for name in SIZES:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_what_is_wrong_in_any_file_is_said_with_its_place_and_nothing_is_written(
    answers: Path, scheduler: str, tmp_path: Path
) -> None:
    (answers / "b.csv").write_text("company,acc.channel.who\nAster,nobody\n", encoding="utf-8")
    (answers / "d.csv").write_text("company,acc.channel.who\nDahlia,staff\nDahlia,staff\n", encoding="utf-8")
    for options in ((), ("--scheduler", scheduler)):
        result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out", *options)
        assert result.exit_code == 1
        assert f"{answers / 'b.csv'}, row 2, column acc.channel.who: " in result.output
        assert f"{answers / 'd.csv'}, row 3, column company: " in result.output
        assert [*(tmp_path / "out").iterdir()] == []


def test_a_company_in_two_files_is_named_with_both(answers: Path, tmp_path: Path) -> None:
    with (answers / "c.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(rows_of(answers / "a.csv")[7]) + "\n")
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out")
    assert (result.exit_code, result.output) == (
        1,
        f"{answers}: 'Company 6' is in a.csv and in c.csv: a company is scored once, so delete one of its rows\n",
    )


def test_a_worker_with_another_edition_of_that_name_scores_nothing(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = score_parts.Work(str(EXAMPLE), "another digest", None, "claimed", answers, tmp_path)
    done = score_parts.score_part(work, "a.csv")
    assert done.companies == 0 and done.fault.startswith("a worker has another edition")


def test_what_a_killed_run_left_is_written_anew_and_results_of_other_files_are_not_mixed_in(
    answers: Path, tmp_path: Path
) -> None:
    left = tmp_path / "out" / ".unfinished"
    left.mkdir(parents=True)
    for name in ("a.csv.shares.npy", "a.csv.names", "a.csv.csv", "ranks-0.npy"):
        (left / name).write_text("half of", encoding="utf-8")
    assert run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out").exit_code == 0
    assert joined(tmp_path / "out") == at_once(answers, tmp_path)
    (answers / "b.csv").unlink()
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out")
    assert result.exit_code == 1 and f"b.csv lies there, and no file in {answers} has that name" in result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(SIZES)


def test_folders_and_schedulers_that_cannot_be_used_are_named(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_parts, "LONGEST_WAIT", 1)  # second: nobody will answer
    (tmp_path / "empty").mkdir()
    address = f"tcp://127.0.0.1:{free_port()}"
    for arguments, said in (
        ((tmp_path / "empty", "--out", tmp_path / "out"), "there is no .csv file in this folder"),
        ((answers, "--out", answers), "name a folder other than that of the answers"),
        ((answers, "--out", answers / "a.csv"), "name a folder other than that of the answers"),
        ((answers, "--out", tmp_path / "out", "--scheduler", address), "no scheduler of Dask answers there"),
        ((answers, "--out", tmp_path / "out", "--scheduler", "nowhere"), "no scheduler of Dask answers there"),
    ):
        result = run("score-parts", EXAMPLE, *arguments)
        assert result.exit_code == 1 and said in result.output, result.output

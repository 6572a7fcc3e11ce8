"""`compliance score-parts`: files of a folder, scored here or by two workers, equal all of them scored at once."""

import csv
import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
from tests.support.forked_servers import ForkedServer, compliance
from tests.support.paths import EDITIONS, ROOT
from tests.support.random_editions import random_sheet
from tests.support.real_servers import free_port

EXAMPLE = EDITIONS / "example-1.yaml"
#: How many companies each file has. There are so few different answers that ties extend over several files.
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


#: Code that a worker runs first: given a task, it prints its process id and never finishes.
STUCK = """
import os, signal
from compliance.commands import score_parts

def say_and_wait(*given):
    with open({said!r}, "w") as fifo:
        fifo.write(f"{{os.getpid()}}\\n")
    signal.sigwait([signal.SIGTERM])

score_parts.read_columns = say_and_wait
"""


def impatient(arguments: Sequence[str]) -> None:
    """The command in a folder, which waits so many seconds for workers to come back, and says all on one output."""
    folder, seconds, *command = arguments
    os.chdir(folder)
    os.dup2(1, 2)
    score_parts.WAITED_FOR_WORKERS = float(seconds)
    compliance(command)


def dask(arguments: Sequence[str]) -> None:
    """`dask scheduler` or `dask worker`, in a process that has loaded both."""
    from dask import config
    from distributed.cli import dask_scheduler, dask_worker

    config.refresh()  # it was imported in another environment
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    {"scheduler": dask_scheduler, "worker": dask_worker}[arguments[0]].main(list(arguments[1:]))


@contextmanager
def cluster(folder: Path, *options: object, failures: int = 3) -> Iterator[tuple[str, ForkedServer]]:
    """The address of a Dask scheduler with two workers, each a process of its own, and the scheduler's process."""
    address = f"tcp://127.0.0.1:{free_port()}"
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)}
    worker = ("worker", address, "--no-dashboard", "--nthreads", "1", "--local-directory", folder, *options)
    started = []
    with ExitStack() as stack:
        for command in (("scheduler", "--no-dashboard", "--host", address), worker, worker):
            started.append(ForkedServer(*map(str, command), env=environment, program=dask, daemon=False))
            stack.callback(started[-1].kill)
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, started[0]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler whose workers work normally."""
    with cluster(tmp_path_factory.mktemp("dask"), "--no-nanny") as (address, _process):
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


def test_a_file_whose_name_ends_in_capital_letters_is_scored_with_the_others(answers: Path, tmp_path: Path) -> None:
    (answers / "b.csv").rename(answers / "B.CSV")
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out")
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'out'}: 66 sheets scored, in 3 files\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["B.CSV", "a.csv", "c.csv"]


@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_files_scored_one_after_another_give_the_same_as_scoring_all_companies_at_once(
    basis: str, answers: Path, tmp_path: Path
) -> None:
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out", "--basis", basis)
    assert (result.exit_code, result.output) == (0, f"{tmp_path / 'out'}: 66 sheets scored, in 3 files\n")
    assert joined(tmp_path / "out") == at_once(answers, tmp_path, "--basis", basis)
    ranks = {row[-2] for row in joined(tmp_path / "out")[1:] if row[1] == "overall"}
    assert len(ranks - {""}) > 4, "hardly any companies are ranked"


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


def test_a_fault_in_any_file_is_reported_with_its_place_and_nothing_is_written(
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


def test_a_company_in_two_files_is_found_with_other_spaces_and_forms_of_letters(tmp_path: Path) -> None:
    (answers := tmp_path / "answers").mkdir()
    for name, company in (("a.csv", "Caf\u00e9 Aster"), ("b.csv", "Cafe\u0301  Aster")):
        (answers / name).write_text(f"company,acc.channel.who\n{company},staff\n", encoding="utf-8")
    result = run("score-parts", EXAMPLE, answers, "--out", tmp_path / "out")
    assert result.exit_code == 1 and "'Café Aster' is in a.csv and in b.csv" in result.output


def test_a_worker_with_another_edition_of_that_name_scores_nothing(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = score_parts.Work(str(EXAMPLE), "another digest", None, "claimed", answers, tmp_path)
    done = score_parts.score_part(work, "a.csv")
    assert done.companies == 0 and done.fault.startswith("a worker has another edition")


def test_results_of_a_killed_run_are_replaced_and_results_of_other_files_are_not_mixed_in(
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


def said_pids(fifo: int, until_it_ends: ForkedServer | None = None) -> list[int]:
    """The process ids printed by workers; none if the command ends first. Fails if nothing happens in time."""
    for _tenth in range(600):
        if select.select([fifo], [], [], 0.1)[0]:
            return [int(pid) for pid in os.read(fifo, 1000).split()]
        if until_it_ends is not None and until_it_ends.exit_code(0) is not None:
            return []
    raise AssertionError("no worker was given a task")


@pytest.mark.parametrize(
    ("failures", "nanny", "words"),
    [
        (None, "--no-nanny", "the scheduler no longer answers. Nothing was written: start it and its workers"),
        (9, "--no-nanny", "all of its workers are gone. Nothing was written: start some, and run this command again."),
        (1, "--nanny", "2 workers died over "),
    ],
    ids=["the scheduler", "every worker", "workers again and again"],
)
def test_if_a_part_of_the_cluster_dies_one_sentence_says_so_and_another_run_completes_the_work(
    failures: int | None, nanny: str, words: str, answers: Path, scheduler: str, tmp_path: Path
) -> None:
    out, fifo = tmp_path / "out", tmp_path / "said"
    os.mkfifo(fifo)
    (tmp_path / "stuck.py").write_text(STUCK.format(said=str(fifo)), encoding="utf-8")
    reading = os.open(fifo, os.O_RDWR)
    preload = ("--preload", tmp_path / "stuck.py")
    with cluster(tmp_path, nanny, *preload, failures=failures or 9) as (address, process):
        waits = 60 if nanny == "--nanny" else 0.5
        command = (ROOT, waits, "score-parts", EXAMPLE, answers, "--out", out, "--scheduler", address)
        run_ = ForkedServer(*map(str, command), env=os.environ, program=impatient)
        try:
            if failures is None:
                said_pids(reading)
                process.kill()
            while failures and run_.exit_code(0) is None:
                for pid in said_pids(reading, run_):
                    os.kill(pid, signal.SIGKILL)
            code, said = run_.exit_code(90), run_.output.read()
        finally:
            run_.kill()
    os.close(reading)
    [line] = [line for line in said.splitlines() if not line.startswith("scoring")]
    assert code == 1 and line.startswith(f"--scheduler {address}: {words}"), said
    assert [*out.iterdir()] == []
    result = run("score-parts", EXAMPLE, answers, "--out", out, "--scheduler", scheduler)
    assert result.exit_code == 0, result.output
    assert joined(out) == at_once(answers, tmp_path)


def test_a_folder_that_workers_cannot_see_is_named_once_with_advice(answers: Path, scheduler: str) -> None:
    """A path within /proc/self means another folder in another process, like a folder mounted only on this machine."""
    mine, seen = f"/proc/self/cwd/{answers.name}", answers.parent / "out"
    command = (answers.parent, 60, "score-parts", EXAMPLE, mine, "--out", seen, "--scheduler", scheduler)
    process = ForkedServer(*map(str, command), env=os.environ, program=impatient)
    code, told = process.exit_code(90), process.output.read()
    process.kill()
    [line] = told.splitlines()
    assert code == 1 and line.startswith(f"{mine}: ") and "does not see this folder" in line, told
    assert line.endswith("under the same paths as this command.") and [*seen.iterdir()] == []

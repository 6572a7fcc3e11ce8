"""`compliance score-parts`: scores answers files on one or several computers, file by file, as CSV.

Each file is read and scored by a free worker, with the function that `compliance score` calls. A rank needs the scores
of all companies, so there are three rounds: score each file, rank the companies of all files in each line of the table,
and write each file. Intermediate results are in the folder of the results.
"""

import json
import logging
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import lru_cache, partial, wraps
from hashlib import blake2b
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

import click
import numpy as np

from compliance.commands import CommandError
from compliance.commands.answer_files import read_columns
from compliance.commands.output_files import write_pieces
from compliance.commands.shared_options import ANSWERS_EPILOG, as_read, document_option
from compliance.commands.terminal import ProgressLines, counted
from compliance.package_data import how_to_install
from compliance.questionnaire.companies_seen import compared_name
from compliance.questionnaire.faults import UserFacingError
from compliance.questionnaire.loader import find_edition
from compliance.scoring.bands import ranks_of
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.serialisation import ScoreRow, ranked_shares, table_pieces

#: The folder of intermediate results, in the folder of the results. It is deleted at the end.
_UNFINISHED = ".unfinished"
#: How many seconds a cluster may be without any worker, such as while workers restart.
WAITED_FOR_WORKERS = 60.0
_SEEN = "Every worker has to see the folders of the answers and of the results under the same paths as this command."
_GONE = "all of its workers are gone. Nothing was written: start some, and run this command again."
_LOST = "the scheduler no longer answers. Nothing was written: start it and its workers, and run this command again."
#: Seconds within which a scheduler has to answer.
LONGEST_WAIT = 10


class Work(NamedTuple):
    """What all workers need to know. Paths are absolute, and lead to the same files on every worker."""

    edition: str
    digest: str  # of the edition, so that no worker scores with a different one
    document: str | None
    basis: Basis
    answers: Path
    passed_on: Path  # of this run only: a worker still busy with an earlier run finds that run's folder gone

    def kept(self, part: str, what: str) -> Path:
        """Return the path of an intermediate result about a file of answers."""
        return self.passed_on / f"{part}.{what}"

    def ranks_of_line(self, line: int) -> Path:
        """Return the path of the ranks of all companies in a line of the table, file after file."""
        return self.passed_on / f"ranks-{line}.npy"


class Done(NamedTuple):
    """The outcome of a task: the number of companies it was about, or why it could not be done."""

    companies: int = 0
    fault: str = ""


#: Runs a task once for each argument of a sequence, and yields the outcomes in any order.
HasDone: TypeAlias = Callable[[Callable[[Any], Done], Sequence[Any]], Iterable[Done]]


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write; it is made.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, as in tcp://10.0.0.5:8786.")
@document_option
def score_parts(
    edition: str, answers: Path, out: Path, basis: Basis, scheduler: str | None, document: str | None
) -> None:
    """Score every .csv file in the folder ANSWERS, each into a file of that name in another folder.

    Together the files are what `compliance score` would write for all companies at once: companies are ranked across
    all files, and each may be in one file only. With --scheduler, the files are scored by the workers of a Dask
    cluster, which have this tool installed and see both folders under the same paths; otherwise here, one after the
    other. Memory grows with the companies in a file: a hundred thousand in each is fine.
    """
    compiled = _compiled(edition, document)
    parts = _csv_files(answers)
    if not parts:
        raise CommandError(f"{answers}: there is no .csv file in this folder")
    if out.exists() and (not out.is_dir() or out.samefile(answers)):
        raise CommandError(f"--out {out}: name a folder other than that of the answers")
    others = [name for name in _csv_files(out) if name not in parts] if out.exists() else []
    if others:
        raise CommandError(
            f"--out {out}: {others[0]} lies there, and no file in {answers} has that name: the files of this folder "
            "belong together, so delete it, or name another folder"
        )
    unfinished = out.absolute() / _UNFINISHED
    work = Work(edition, compiled.edition.digest, document, basis, answers.absolute(), unfinished / uuid4().hex)
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        work.passed_on.mkdir(parents=True)
        with _workers(scheduler) as on_workers:
            number = _in_rounds(work, compiled, parts, on_workers)
        for part in parts:
            work.kept(part, "csv").replace(out / part)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    click.echo(f"{out}: {counted(number, 'sheet')} scored, in {counted(len(parts), 'file')}")


def _csv_files(folder: Path) -> list[str]:
    """Return the names of the CSV files in a folder, whether they end in small or in capital letters."""
    return sorted(path.name for path in folder.iterdir() if path.suffix.lower() == ".csv")


def _in_rounds(work: Work, compiled: CompiledEdition, parts: Sequence[str], on_workers: HasDone) -> int:
    """Score, rank and write all files. Return the number of companies. Raise CommandError if a task fails."""
    number = _finished("scoring", on_workers(partial(score_part, work), parts), parts)
    _refuse_companies_in_two_files(work, parts)
    lines = range(len(np.load(work.kept(parts[0], "shares.npy"), mmap_mode="r")))
    _finished("ranking", on_workers(partial(rank_line, work, parts), lines), lines)
    _finished("writing", on_workers(partial(write_part, work, parts), parts), parts)
    return number


def _task(function: Callable[..., int]) -> Callable[..., Done]:
    """Turn a function into a task for workers, which returns errors as text to be sent between computers."""

    @wraps(function)
    def run(work: Work, *given: Any) -> Done:
        for folder, mode in ((work.answers, os.R_OK | os.X_OK), (work.passed_on, os.R_OK | os.W_OK | os.X_OK)):
            if not os.access(folder, mode):
                return Done(fault=f"{folder}: {platform.node()} does not see this folder, or may not use it. {_SEEN}")
        try:
            return Done(function(work, *given))
        except CommandError as fault:
            return Done(fault=fault.message)
        except UserFacingError as fault:
            return Done(fault=str(fault))
        except OSError as fault:
            return Done(fault=f"{fault.filename or work.passed_on}: {fault.strerror or fault}, on {platform.node()}")

    return run


@_task
def score_part(work: Work, part: str) -> int:
    """Read and score a file, and write its company names and the scores to be ranked. Return how many companies."""
    compiled = _same_edition(work)
    columns = read_columns(compiled.edition, work.answers / part, work.basis)
    shares = ranked_shares(compiled, columns)
    np.save(work.kept(part, "shares.npy"), shares)
    names = [json.dumps(company) for company in columns.companies]
    work.kept(part, "names").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    compared = map(compared_name, columns.companies)  # as within a file
    digests = [blake2b(json.dumps(name).encode(), digest_size=8).digest() for name in compared]
    np.save(work.kept(part, "digests.npy"), np.frombuffer(b"".join(digests), np.uint64))
    return len(names)


@_task
def rank_line(work: Work, parts: Sequence[str], line: int) -> int:
    """Rank the companies of all files by their scores in one line of the table. Return how many companies.

    Each line has its own file: over a network, two workers writing into one file may overwrite each other's pages.
    """
    compiled = _same_edition(work)
    shares = [np.load(work.kept(part, "shares.npy"), mmap_mode="r")[line] for part in parts]
    ranks = ranks_of(compiled.edition, np.concatenate(shares))
    np.save(work.ranks_of_line(line), ranks)
    return len(ranks)


@_task
def write_part(work: Work, parts: Sequence[str], part: str) -> int:
    """Write the scores and ranks of a file's companies. Return how many companies."""
    compiled = _same_edition(work)
    columns = read_columns(compiled.edition, work.answers / part, work.basis)
    before = parts[: parts.index(part)]
    start = sum(len(np.load(work.kept(each, "digests.npy"), mmap_mode="r")) for each in before)
    lines, number = len(np.load(work.kept(part, "shares.npy"), mmap_mode="r")), len(columns.companies)
    here = slice(start, start + number)
    ranks = np.stack([np.load(work.ranks_of_line(line), mmap_mode="r")[here] for line in range(lines)])
    write_pieces(work.kept(part, "csv"), ScoreRow._fields, table_pieces(compiled, columns, ranks), number)
    return number


@lru_cache(maxsize=1)
def _compiled(edition: str, document: str | None) -> CompiledEdition:
    return compile_edition(as_read(find_edition(edition), document))


def _same_edition(work: Work) -> CompiledEdition:
    compiled = _compiled(work.edition, work.document)
    if compiled.edition.digest != work.digest:
        raise CommandError(f"a worker has another edition {work.edition}: install the same version of this tool there")
    return compiled


def _refuse_companies_in_two_files(work: Work, parts: Sequence[str]) -> None:
    digests = [np.load(work.kept(part, "digests.npy")) for part in parts]
    of_all = np.concatenate(digests)
    order = np.argsort(of_all, kind="stable")
    twice = np.flatnonzero(of_all[order][1:] == of_all[order][:-1])
    if len(twice):
        starts = np.cumsum([0, *map(len, digests)])
        places = [order[twice[0]], order[twice[0] + 1]]
        files = [int(np.searchsorted(starts, place, side="right")) - 1 for place in places]
        names = work.kept(parts[files[0]], "names").read_text(encoding="utf-8").splitlines()
        name = json.loads(names[places[0] - starts[files[0]]])
        raise CommandError(
            f"{work.answers}: {name!r} is in {parts[files[0]]} and in {parts[files[1]]}: a company is scored once, so "
            "delete one of its rows"
        )


def _finished(doing: str, tasks: Iterable[Done], of: Sequence[object]) -> int:
    """Wait for all tasks, and return their number of companies. Raise CommandError with all faults, if any."""
    progress = ProgressLines(doing, "task", of=len(of))
    number, faults = 0, []
    for done in tasks:
        progress.add()
        number += done.companies
        if done.fault:
            faults.append(done.fault)
    progress.end()
    if faults:
        raise CommandError("\n".join(dict.fromkeys(faults)))  # workers may repeat a fault
    return number


@contextmanager
def _workers(scheduler: str | None) -> Iterator[HasDone]:
    """Provide what runs tasks: on the workers of a cluster, or here one after the other. Raise CommandError."""
    if scheduler is None:
        yield map
        return
    try:
        from distributed import Client
    except ModuleNotFoundError as fault:
        raise CommandError(f"--scheduler needs Dask: {how_to_install('dask')}") from fault
    try:
        client = Client(scheduler, timeout=LONGEST_WAIT, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise CommandError(f"--scheduler {scheduler}: no scheduler of Dask answers there: {fault}") from fault
    for name in ("distributed", "distributed.client"):  # errors are reported once, in a sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with client, client.as_current():
        if not client.scheduler_info()["workers"]:
            raise CommandError(f"--scheduler {scheduler}: it has no worker: start some, as in dask worker {scheduler}")

        def on_workers(function: Callable[[Any], Done], given: Sequence[Any]) -> Iterator[Done]:
            ended = SimpleQueue[Any]()
            about = dict(zip(client.map(function, given, pure=False), given, strict=True))
            for task in about:
                task.add_done_callback(ended.put)
            for _number in about:
                task = _next_of(ended, client, f"--scheduler {scheduler}")
                yield _outcome(task, about[task], f"--scheduler {scheduler}")

        yield on_workers


def _next_of(ended: SimpleQueue[Any], client: Any, where: str) -> Any:
    """Return the next task that ends. Raise CommandError after a while without any worker, as none may come back."""
    alone_since = None
    while True:
        with suppress(Empty):
            return ended.get(timeout=1)
        if client.status == "closed":
            raise CommandError(f"{where}: {_LOST}")
        with suppress(OSError):  # the tasks end by themselves if the scheduler is gone
            if client.scheduler_info()["workers"]:
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > WAITED_FOR_WORKERS:
                raise CommandError(f"{where}: {_GONE}")


def _outcome(task: Any, about: str | int, where: str) -> Done:
    """Return the outcome of a task that has ended. Raise CommandError if it was not done."""
    from distributed import KilledWorker

    doing = about if isinstance(about, str) else f"the ranks in line {about + 1}"
    try:
        done: Done = task.result()
    except KilledWorker as fault:
        died = counted(fault.allowed_failures + 1, "worker")
        raise CommandError(
            f"{where}: {died} died over {doing}, as happens when memory runs out: look into their logs, give them more "
            "memory, or divide the answers among more files"
        ) from fault
    except CancelledError as fault:
        raise CommandError(f"{where}: {_LOST}") from fault
    except (ImportError, AttributeError) as fault:
        raise CommandError(f"{where}: a worker has another version of this tool, or none ({fault})") from fault
    return done

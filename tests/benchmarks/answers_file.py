"""Reading an answers file into columns, and scoring it into a table: time and memory per row, and how both grow.

Run: python -m tests.benchmarks.answers_file [ROWS …]   (default 1000 4000 16000; a million takes some ten minutes)
The edition is that of `batch_scoring`: 120 questions, with 50 lines of scores for each company. Each size is measured
in its own process, so that memory of one size is not counted for the next.
"""

import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compliance.commands.output_files import write_pieces
from compliance.questionnaire.csv_table import read_table
from compliance.scoring.answer_columns import FIRST_VALUE
from compliance.scoring.coded_answers import code_answers
from compliance.scoring.column_reader import iter_companies
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import ScoreRow, table_pieces
from tests.benchmarks.batch_scoring import random_columns, slope, the_edition

SIZES = (1_000, 4_000, 16_000)
ALONE = "--alone"


def written(path: Path, companies: int) -> None:
    """Write a file of random answers."""
    made = the_edition()
    columns = random_columns(made, companies)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["company", *columns.answers])
        texts = [[["", "n/a", *c.values][code] for code in c.codes] for c in columns.answers.values()]
        writer.writerows([f"Example {number}", *row] for number, row in enumerate(zip(*texts, strict=True)))
    assert FIRST_VALUE == 2, "codes are those of the texts above"


def alone(folder: Path) -> None:
    """Read, score and write as the command does. Print CPU seconds of reading and of the rest, and peak bytes."""
    compiled = compile_edition(the_edition())
    before, started = _now(), time.process_time()
    table = read_table(folder / "answers.csv")
    columns = code_answers(compiled.edition, iter_companies(compiled.edition, table, file="answers.csv"))
    read = time.process_time()
    pieces = table_pieces(compiled, columns)
    write_pieces(folder / "scores.csv", ScoreRow._fields, pieces, len(columns.companies))
    print(read - started, time.process_time() - read, _most() - before)


def _now() -> int:
    """Return the bytes in use now, from which the peak is counted."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _most() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Measure each size in its own process, and print."""
    if ALONE in sys.argv:
        alone(Path(sys.argv[-1]))
        return
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    times = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            written(Path(folder) / "answers.csv", size)
            file, table = (Path(folder) / name for name in ("answers.csv", "scores.csv"))
            command = [sys.executable, "-m", "tests.benchmarks.answers_file", ALONE, folder]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            read, wrote, most = (float(number) for number in said.split())
            print(
                f"{size:>9,} rows of {file.stat().st_size / size:,.0f} bytes: read in {read:.2f} s, "
                f"{table.stat().st_size / size / 1e3:.1f} kB a row scored and written in {wrote:.2f} s CPU; "
                f"most memory {most / 1e6:,.0f} MB = {most / size:,.0f} bytes a row"
            )
            times.append(read + wrote)
    if len(sizes) > 1:
        print(f"slope over rows: {slope(sizes, times):.2f}")


if __name__ == "__main__":
    main()

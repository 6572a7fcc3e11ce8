"""Writing the list of a sector, compared with the same cells written plainly in XlsxWriter's constant-memory mode.

Run: python -m tests.benchmarks.sector_list [submissions]
CPU and peak memory of a process for each, including imports.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from random import Random
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter

from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.loader import find_edition
from compliance.scoring.standing import NO_STANDING, ScoreRecord
from compliance.workbook.formulas import day_number
from compliance.workbook.sector_columns import SubmittedScorecard, list_columns
from compliance.workbook.sector_workbook import write_sector_workbook

EDITION, SUBMISSIONS = "child-protection-2026", 10_000


def lines(count: int) -> Iterator[SubmittedScorecard]:
    """Invent submissions with a claimed and an evidenced score for every part."""
    edition, random = find_edition(EDITION), Random(34)
    lenses = [f"{lens}:{value}" for lens in list(edition.lenses)[:2] for value in edition.lenses[lens]]
    parts = [OVERALL, *edition.nodes, *lenses]
    for number in range(count):
        standings = {
            part: {**NO_STANDING, "score": 100 * random.random(), "coverage": random.random()} for part in parts
        }
        one = {"standings": standings, "by_points": None, "failed": []}
        record: ScoreRecord = {"claimed": one, "evidenced": one}  # type: ignore[typeddict-item]
        yield SubmittedScorecard(
            f"Example {number}", "Hotels and lodging", "10 to 49", 2026, record, date(2026, 10, 1 + number % 30),
            "answered by the company", number, f"https://example.org/audit/{number}", number,
        )  # fmt: skip


def ours(file: IO[bytes], count: int) -> None:
    """Write the list as the tool does."""
    write_sector_workbook(file, find_edition(EDITION), lines(count))


def plain(file: IO[bytes], count: int) -> None:
    """Write the same values with XlsxWriter, with one format for each column."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet, columns = book.add_worksheet(), list_columns(find_edition(EDITION), ())
    formats = [book.add_format({"bottom": 1, "num_format": "0.0"}) for _column in columns]
    for row, line in enumerate(lines(count)):
        for at, (column, form) in enumerate(zip(columns, formats, strict=True)):
            cell = column.cell(line)
            if isinstance(cell, str):
                sheet.write_string(row, at, cell, form)
            elif isinstance(cell, date):
                sheet.write_number(row, at, day_number(cell), form)
            elif isinstance(cell, float | int):
                sheet.write_number(row, at, cell, form)
            elif cell is None:
                sheet.write_blank(row, at, None, form)
            else:
                sheet.write_number(row, at, cell.number, form)
    book.close()


def measure(kind: str, count: int) -> None:
    """Write one list in this process, and print CPU seconds without making the values, peak MiB, and bytes written."""
    begun = time.process_time()
    for line in lines(count):
        assert line
    values = time.process_time() - begun
    begun = time.process_time()
    with TemporaryFile() as file:
        {"ours": ours, "plain": plain}[kind](file, count)
        size = file.seek(0, 2)
    taken = time.process_time() - begun - values
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(taken, most, size)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS
    if len(sys.argv) > 2:
        measure(sys.argv[2], count)
        return
    rounds: dict[str, list[list[float]]] = {"ours": [], "plain": []}
    for _round in range(3):
        for kind, kept in rounds.items():
            command = [sys.executable, "-m", "tests.benchmarks.sector_list", str(count), kind]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            kept.append([float(figure) for figure in said.split()])
    (us, memory, size), (them, their_memory, their_size) = (min(kept) for kept in rounds.values())
    width = len(list_columns(find_edition(EDITION), ()))
    print(f"{count} submissions × {width} columns; CPU, the least of 3, without making the values")
    print(f"the list {us:.2f} s = {us / them:.2f} x, {memory:.0f} MiB, {size / 1e6:.1f} MB")
    print(f"XlsxWriter, constant memory {them:.2f} s, {their_memory:.0f} MiB, {their_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Reading a returned scorecard of the full edition, compared with openpyxl's read-only pass over all its cells.

Run: python -m tests.benchmarks.read_back
Times are CPU, the least of some rounds. If LibreOffice is installed, the scorecard is also read as .ods.
"""

import io
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl

from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.scorecard_import import read_scorecard
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.recalculation import Recalculator
from tests.support.workbooks import real, real_sheet

ROUNDS = 5


def least(work: Callable[[], object]) -> float:
    """Return CPU seconds of one piece of work, the least of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        rounds.append(time.process_time() - started)
    return min(rounds)


def every_cell(content: bytes) -> int:
    """Read each cell of each sheet with openpyxl, and return their number."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    return sum(len(row) for sheet in book.worksheets for row in sheet.iter_rows())


def main() -> None:
    """Measure and print."""
    edition = real()
    content = scorecard_workbook(compile_edition(edition), real_sheet(3))
    plain = least(lambda: every_cell(content))
    files = {"xlsx": content}
    if program := shutil.which("soffice"):
        with tempfile.TemporaryDirectory() as folder:
            files["ods"] = Recalculator(program, Path(folder))({"scorecard": content}, ending="ods")["scorecard"]
    print(f"{every_cell(content)} cells, {len(content) // 1000} kB; openpyxl, read-only: {plain * 1e3:.0f} ms; CPU")
    for ending, file in files.items():
        seconds = least(lambda file=file: read_scorecard(edition, file, "scorecard"))  # type: ignore[misc]
        print(f"reading it back from .{ending}: {seconds * 1e3:.0f} ms = {seconds / plain:.2f} x")


if __name__ == "__main__":
    main()

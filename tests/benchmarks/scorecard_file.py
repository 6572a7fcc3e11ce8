"""Writing one scorecard workbook of the full edition, compared with openpyxl writing the same cells plainly.

Run: python -m tests.benchmarks.scorecard_file
Times are CPU, the least of some rounds. Plainly means the same formulas, numbers and texts, without styles, validation
lists and saved values.
"""

import io
import time
from collections.abc import Callable
from random import Random

import openpyxl

from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.scorecard_workbook import scorecard_workbook
from tests.support.live_scorecards import with_verdicts
from tests.support.workbooks import real_sheet

ROUNDS = 3
EDITION = "child-protection-2026"


def main() -> None:
    """Measure and print."""
    compiled = compile_edition(find_edition(EDITION))
    sheet = with_verdicts(Random(34), compiled.edition, real_sheet(3))
    content = scorecard_workbook(compiled, sheet)
    pages = {
        page.title: [[cell.value for cell in row] for row in page.iter_rows()]
        for page in openpyxl.load_workbook(io.BytesIO(content)).worksheets
    }
    filled = [value for rows in pages.values() for row in rows for value in row if value is not None]
    formulas = sum(isinstance(value, str) and value.startswith("=") for value in filled)
    ours, plain = least(lambda: scorecard_workbook(compiled, sheet)), least(lambda: plainly(pages))
    print(f"{EDITION}: {len(filled)} filled cells, {formulas} of them formulas, {len(content) / 1e6:.2f} MB; CPU")
    print(f"openpyxl, plainly {plain:.2f} s; the scorecard {ours:.2f} s = {ours / plain:.2f} x")


def least(work: Callable[[], object]) -> float:
    """Return CPU seconds of one piece of work, the least of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        rounds.append(time.process_time() - started)
    return min(rounds)


def plainly(pages: dict[str, list[list[object]]]) -> None:
    """Write the cells alone."""
    book = openpyxl.Workbook()
    for title, rows in pages.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.save(io.BytesIO())


if __name__ == "__main__":
    main()

"""Every file made to cost time and memory is handled within 10 seconds and 500 MB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hostile_workbooks import (
    STRINGS,
    WORKBOOK,
    huge_part,
    names,
    ods,
    ods_cell,
    ods_row,
    put_before,
    review_part,
    rows,
    sheet_entries,
    unzipped,
    with_parts,
)
from tests.support.paths import ROOT
from tests.support.review_edits import written

REVIEW = review_part()
BOMB = ods_row(ods_cell("x", number_columns_repeated=10**9), number_rows_repeated=10**9)
BEGINNING = unzipped(written())[REVIEW].partition(b"</sheetData>")[0]
CASES = {
    "90,000 rows": lambda: huge_part(REVIEW, BEGINNING, rows(1_000, 20), 90, b"</sheetData></worksheet>"),
    "as many rows as are read": lambda: with_parts({REVIEW: put_before(b"</sheetData>", rows(2_000, 100))}),
    "one row of 300,000 cells": lambda: with_parts({REVIEW: put_before(b"</sheetData>", rows(1, 300_000))}),
    "300,000 names": lambda: with_parts({WORKBOOK: put_before(b"</definedNames>", names(300_000))}),
    "1,500 sheets": lambda: with_parts({WORKBOOK: put_before(b"</sheets>", sheet_entries(1_500))}),
    "a text of 250 MB": lambda: huge_part(STRINGS, b"<sst><si><t>", b"x" * 1_000_000, 250, b"</t></si></sst>"),
    "100,000 texts": lambda: with_parts({STRINGS: put_before(b"</sst>", b"<si><t>x</t></si>" * 100_000)}),
    "a billion cells": lambda: ods({"Review": BOMB}),
    "a million rows": lambda: ods({"Review": ods_row(ods_cell("x"), number_rows_repeated=1_048_576)}),
    "wide rows": lambda: ods({"Review": ods_row(ods_cell("x", number_columns_repeated=16_384)) * 5_000}),
}
#: Reads each file as a scorecard and as answers, and prints the result, the seconds, and the most megabytes used.
READ = """
import json, re, sys, time
from pathlib import Path
from compliance.questionnaire.faults import UserFacingError
from compliance.workbook.answer_import import iter_answer_sheets
from tests.support.review_edits import MADE
told = {}
for path in map(Path, sys.argv[1:]):
    start = time.process_time()  # of the program, as the machine may have other work
    try:
        said = str(list(iter_answer_sheets(MADE, path)))
    except UserFacingError as fault:
        said = str(fault)
    told[path.stem] = said[:500], time.process_time() - start
kilobytes = int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])  # of this program alone
print(json.dumps([told, kilobytes / 1_000]))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, tuple[str, float]], float]:
    folder = tmp_path_factory.mktemp("hostile")
    paths = [folder / f"{case}.xlsx" for case in CASES]  # an .ods too: the content counts
    for path, make in zip(paths, CASES.values(), strict=True):
        path.write_bytes(make())
        assert path.stat().st_size < 8_000_000
    command = [sys.executable, "-c", READ, *map(str, paths)]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=200)
    found, megabytes = json.loads(run.stdout)
    return found, megabytes


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_is_handled_in_time(told: tuple[dict[str, tuple[str, float]], float], case: str) -> None:
    said, seconds = told[0][case]
    assert said.startswith(str(Path(said.partition(".xlsx")[0]))) and ": " in said, said
    assert seconds < 10, said


def test_no_hostile_file_takes_more_than_500_megabytes(told: tuple[dict[str, tuple[str, float]], float]) -> None:
    assert told[1] < 500

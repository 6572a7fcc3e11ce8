"""Make the table of faults in OPERATING.md from tests: `python -m tests.support.fault_table`, or `make faults`.

A test that makes something fail is marked with `@pytest.mark.fault(what fails, while what, what comes of it)`. These
tests are run and, if all of them pass, their lines replace those of the table.
"""

import ast
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from compliance.atomic_write import atomic_write
from tests.support.paths import ROOT
from tests.support.source_files import python_files, source, syntax

PAGE = ROOT / "OPERATING.md"
BEGINNING, END = "<!-- faults -->\n", "<!-- end of faults -->\n"


class Fault(NamedTuple):
    """A line of the table: what fails in a test, what is under way, and what comes of it."""

    what: str
    during: str
    result: str


def marked_faults() -> Iterator[Fault]:
    """Yield the faults with which tests are marked."""
    for path in python_files("tests"):
        if "mark.fault(" not in source(path):
            continue
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
                yield Fault(*(ast.literal_eval(each) for each in node.args))


def fault_table() -> str:
    """Return the table in Markdown, sorted by what fails."""
    rows = "".join(f"| {' | '.join(fault)} |\n" for fault in sorted(set(marked_faults())))
    return f"\n| what fails | while | what comes of it |\n|---|---|---|\n{rows}\n"


def main() -> None:
    """Run the marked tests, and write the table if they pass."""
    if failed := pytest.main(["-m", "fault", "-n", "auto", "--dist", "worksteal", "-q"]):
        sys.exit(int(failed))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINNING)
    with atomic_write(PAGE) as file:
        file.write(f"{before}{BEGINNING}{fault_table()}{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()

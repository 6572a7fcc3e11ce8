"""What is wrong in an answers file: all of it, each with its place, and a report that stays short enough to read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: A report names so many faults of one column, and so many in all; what is left it counts.
MOST_OF_A_COLUMN = 5
MOST_LINES = 100
_MOST_LETTERS = 200  # of what was found in a cell


@dataclass(frozen=True, slots=True)
class AnswerFileFault:
    """One thing that is wrong in an answers file: row as a spreadsheet counts it, and the column's name."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        row = f", row {self.row}" if self.row else ""
        column = f", column {shortened(self.column)}" if self.column else ""
        return f"{self.file}{row}{column}: {self.message}"


class AnswerFileFaults(Exception):
    """An answers file that cannot be used, with every fault in it; printed one a line, counted where they are many."""

    def __init__(self, faults: Iterable[AnswerFileFault], foreign: Iterable[str] = ()) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        self.foreign = tuple(foreign)  # columns that the edition does not have
        super().__init__("\n".join(_report(self.faults)))


def shortened(text: str) -> str:
    """The beginning of a text, which is enough to find it: a cell can hold a novel."""
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def quoted(text: str) -> str:
    """A text as a message quotes it."""
    return repr(shortened(text))


def column_letters(position: int) -> str:
    """What a spreadsheet calls a column, counted from 0: A, B, … Z, AA."""
    letters = ""
    while position >= 0:
        position, rest = divmod(position, 26)
        letters, position = chr(65 + rest) + letters, position - 1
    return letters


def _report(faults: Iterable[AnswerFileFault]) -> Iterator[str]:
    seen: Counter[tuple[str, str]] = Counter()
    shown = 0
    for fault in faults:
        place = (fault.file, fault.column)
        seen[place] += 1
        if seen[place] <= MOST_OF_A_COLUMN and shown < MOST_LINES:
            shown += 1
            yield str(fault)
    for (file, column), count in seen.items():
        more = count - MOST_OF_A_COLUMN
        if more > 0 and shown < MOST_LINES:
            shown += 1
            yield f"{file}{f', column {column}' if column else ''}: {more} more like these"
    if shown < (total := sum(seen.values())) and shown >= MOST_LINES:
        yield f"{total} faults in all: mend these first"

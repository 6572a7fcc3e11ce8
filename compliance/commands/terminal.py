"""Output to the terminal: text as wide as the screen, aligned tables, progress lines, counted nouns.

Results go to standard output, progress and remarks to standard error.
"""

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from textwrap import wrap
from typing import TypeVar

import click

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext

WIDEST, NARROWEST = 100, 40  # letters in a line of text; longer lines are hard to read
MOST_LETTERS, LEAST_LETTERS = 40, 24  # in the first column of a table; longer names end in an ellipsis
_COLUMN_GAP = 2  # spaces between columns


def screen_width() -> int:
    """Return the most letters in a line of text on this screen."""
    return min(_terminal_columns(), WIDEST)


def paragraphs(sentences: Iterable[str]) -> Iterator[str]:
    """Yield the lines of sentences, each wrapped to the width of the screen."""
    for sentence in sentences:
        yield from wrap(sentence, screen_width())


def labelled(name: str, value: str) -> str:
    """Return `name: value`, with the colon as the language writes it."""
    return _("%(name)s: %(value)s", name=name, value=value)


def more_in_file(left_out: int) -> str:
    """Return a line that says how many are not shown on the screen."""
    return ngettext(
        "One more is left out here; use --out to write all of them to a file.",
        "%(num)s more are left out here; use --out to write all of them to a file.",
        left_out,
    )


def aligned_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table whose first column is text and whose others are numbers.

    If the screen is too narrow, headings are wrapped word by word, still as one head. If that is not enough, the names
    in the first column are shortened.
    """
    heads = [[title] for title in head]
    if sum(_widths(heads, rows)) > _terminal_columns():
        heads = _stacked(head)
    first, *others = _widths(heads, rows)
    first = min(first, max(_terminal_columns() - sum(others), LEAST_LETTERS))
    for words in zip_longest(*heads, fillvalue=""):
        yield _line(words, first, others)
    for row in rows:
        yield _line(row, first, others)


def wrapped_table(head: Sequence[str], rows: Sequence[Sequence[str]], begins: Container[int] = ()) -> Iterator[str]:
    """Yield the lines of an aligned table. Columns that do not fit are put below the others, in further blocks.

    `begins`: columns that always begin a new block if there are blocks.
    """
    first, *others = _widths(_stacked(head), rows)
    if min(first, LEAST_LETTERS) + sum(others) <= _terminal_columns():
        yield from aligned_table(head, rows)
        return
    blocks: list[list[int]] = [[]]
    room = _terminal_columns() - first
    for column, width in enumerate(others, 1):
        if blocks[-1] and (width > room or column in begins):
            blocks.append([])
            room = _terminal_columns() - first
        blocks[-1].append(column)
        room -= width
    for number, columns in enumerate(blocks):
        if number:
            yield ""
        of_block = [[row[0], *(row[column] for column in columns)] for row in (head, *rows)]
        yield from aligned_table(of_block[0], of_block[1:])


def _terminal_columns() -> int:
    return max(shutil.get_terminal_size().columns, NARROWEST)


def _stacked(head: Sequence[str]) -> list[list[str]]:
    """Return the lines of each heading, wrapped to the width of its longest word."""
    return [wrap(title, max(map(len, title.split()), default=1)) for title in head]


def _widths(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column in letters, including the gap before it for all but the first."""
    first, *others = (
        max((len(text) for text in (*lines, *(row[column] for row in rows))), default=0)
        for column, lines in enumerate(heads)
    )
    return [min(first, MOST_LETTERS), *(_COLUMN_GAP + width for width in others)]


def _line(row: Sequence[str], first: int, others: Sequence[int]) -> str:
    name = row[0] if len(row[0]) <= first else row[0][: first - 1] + "…"
    return "".join((name.ljust(first), *map(str.rjust, row[1:], others))).rstrip()


def print_line(line: str) -> None:
    """Print a line at once, even into a pipe."""
    click.echo(line)
    sys.stdout.flush()


def counted(number: int, thing: str, things: str = "") -> str:
    """Return `1 sheet` or `2 sheets`, or `2 companies` with the plural `things`."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


Thing = TypeVar("Thing")
FIRST_AFTER = 1.0  # seconds; shorter work prints nothing
ANNOUNCED_FROM = 1_000  # companies; scoring as many takes about that long


def announce_work(doing: str, companies: int) -> None:
    """Print that work without progress lines begins, if it is about many companies."""
    if companies >= ANNOUNCED_FROM:
        click.echo(f"{doing}: {counted(companies, 'company', 'companies')}", err=True)


class ProgressLines:
    """Progress lines on stderr for long work: how much is done, how fast, and how long it will take, if known.

    Example: `reading answers.csv: 12000 rows so far, 6000 a second, 7 s left`.
    """

    def __init__(
        self, doing: str, thing: str, plural: str = "", *, of: int = 0, share: Callable[[], float] | None = None
    ) -> None:
        """Start the clock. `of`: the total number, 0 if unknown. `share`: returns how much is done, from 0 to 1."""
        self._doing, self._thing, self._plural = doing, thing, plural
        self._of, self._share = of, share
        self._began, self._wait, self._number = time.monotonic(), FIRST_AFTER, 0

    def add(self, number: int = 1) -> None:
        """Count more things as done, and print a line if it is time for one."""
        self._number += number
        taken = time.monotonic() - self._began
        if taken >= self._wait:
            click.echo(f"{self._counted()} so far, {self._pace(taken)}", err=True)
            self._wait *= 2

    def end(self) -> None:
        """Print how many there were, if a line was printed before."""
        if self._wait > FIRST_AFTER:
            click.echo(self._counted(), err=True)

    def _counted(self) -> str:
        return f"{self._doing}: {counted(self._number, self._thing, self._plural)}"

    def _pace(self, taken: float) -> str:
        rate = self._number / taken
        pace = f"{rate:.0f} a second" if rate >= 2 else f"{1 / rate:.1f} s each"
        done = self._share() if self._share else self._number / self._of if self._of else 0.0
        return f"{pace}, {_duration(taken * (1 / done - 1))} left" if 0 < done <= 1 else pace


def _duration(seconds: float) -> str:
    """Return a duration in round figures: 7 s, 3 min, 2.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3_600:.1f} h"


def with_progress(
    things: Iterable[Thing],
    doing: str,
    thing: str,
    plural: str = "",
    *,
    of: int = 0,
    share: Callable[[], float] | None = None,
) -> Iterator[Thing]:
    """Yield the things, and print progress lines if that takes long."""
    progress = ProgressLines(doing, thing, plural, of=of, share=share)
    for one in things:
        yield one
        progress.add()
    progress.end()


@contextmanager
def silence_solver() -> Iterator[None]:
    """Discard what C code writes to standard output within this context. Python must not write to it meanwhile.

    The HiGHS solver in SciPy 1.17.1 sometimes prints a debugging line with printf, although `disp` is off:
    "HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();" (11 times in 120 plans). Only for the
    command line: in a server, other threads write to the same descriptor.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)

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

WIDEST, NARROWEST = 100, 40  # of a line of text; one that is longer is hard to read
MOST_LETTERS, LEAST_LETTERS = 40, 24  # of the first column of a table; a longer name ends in an ellipsis
_COLUMN_GAP = 2  # spaces between columns


def screen_width() -> int:
    """The most letters in a line of text, on this screen."""
    return min(_terminal_columns(), WIDEST)


def paragraphs(sentences: Iterable[str]) -> Iterator[str]:
    """Sentences, each in as many lines as the screen takes for it."""
    for sentence in sentences:
        yield from wrap(sentence, screen_width())


def labelled(name: str, value: str) -> str:
    """`name: value`, as the language puts its colon."""
    return _("%(name)s: %(value)s", name=name, value=value)


def more_in_file(left_out: int) -> str:
    """A line about those that are not on the screen."""
    return ngettext(
        "One more is left out here; use --out to write all of them to a file.",
        "%(num)s more are left out here; use --out to write all of them to a file.",
        left_out,
    )


def aligned_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table whose first column is text and whose others are numbers: its head, then a line for each row.

    Where the screen is too narrow for it, the words of a heading stand below each other, in one head all the same;
    where it still is, names end sooner.
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
    """An aligned table whose columns, where they do not fit, stand below the others in blocks of their own.

    `begins`: the columns with which a block begins in any case, if there are blocks.
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
    """The lines of each heading that is as narrow as its longest word lets it be."""
    return [wrap(title, max(map(len, title.split()), default=1)) for title in head]


def _widths(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column in letters; of all but the first, with the gap before it."""
    first, *others = (
        max((len(text) for text in (*lines, *(row[column] for row in rows))), default=0)
        for column, lines in enumerate(heads)
    )
    return [min(first, MOST_LETTERS), *(_COLUMN_GAP + width for width in others)]


def _line(row: Sequence[str], first: int, others: Sequence[int]) -> str:
    name = row[0] if len(row[0]) <= first else row[0][: first - 1] + "…"
    return "".join((name.ljust(first), *map(str.rjust, row[1:], others))).rstrip()


def print_line(line: str) -> None:
    """Print a line at once, also where somebody reads it through a pipe."""
    click.echo(line)
    sys.stdout.flush()


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 sheet`, `2 sheets`; `2 companies`, where the plural is given."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


Thing = TypeVar("Thing")
FIRST_AFTER = 1.0  # seconds; short work says nothing
ANNOUNCED_FROM = 1_000  # companies, from which scoring them takes about that long


def announce_work(doing: str, companies: int) -> None:
    """Say that work begins which cannot be watched, if it is much."""
    if companies >= ANNOUNCED_FROM:
        click.echo(f"{doing}: {counted(companies, 'company', 'companies')}", err=True)


class ProgressLines:
    """Lines on stderr about work that takes long: how much there was, how fast it goes, and if it is known, how long.

    As in `reading answers.csv: 12000 rows so far, 6000 a second, 7 s left`.
    """

    def __init__(
        self, doing: str, thing: str, plural: str = "", *, of: int = 0, share: Callable[[], float] | None = None
    ) -> None:
        """`of`: how many there are in all, 0 if that is unknown; `share`: how much of the whole is done, 0 to 1."""
        self._doing, self._thing, self._plural = doing, thing, plural
        self._of, self._share = of, share
        self._began, self._wait, self._number = time.monotonic(), FIRST_AFTER, 0

    def add(self, number: int = 1) -> None:
        """Say how it goes, if it is time to, once so many more are done."""
        self._number += number
        taken = time.monotonic() - self._began
        if taken >= self._wait:
            click.echo(f"{self._counted()} so far, {self._pace(taken)}", err=True)
            self._wait *= 2

    def end(self) -> None:
        """Say how many there were, if anything was said before."""
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
    """About how long: 7 s, 3 min, 2.5 h."""
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
    """Yield the things, and say how it goes while that takes long."""
    progress = ProgressLines(doing, thing, plural, of=of, share=share)
    for one in things:
        yield one
        progress.add()
    progress.end()


@contextmanager
def silence_solver() -> Iterator[None]:
    """Discard what C code writes to standard output meanwhile; Python must not write to it.

    The HiGHS solver in SciPy 1.17.1 prints a line of debugging with a bare printf, although `disp` is off: now and
    then "HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();" (11 lines over 120 plans). Only for
    the command line: in a server, other threads write to the same descriptor.
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

"""What stands on the screen: sentences as wide as it is, and tables with numbers under each other."""

import shutil
from collections.abc import Container, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

WIDEST, NARROWEST = 100, 40  # of a line of text; one that is longer is hard to read
MOST_LETTERS, LEAST_LETTERS = 40, 24  # of the first column of a table; a longer name ends in an ellipsis
_APART = 2  # spaces between columns


def screen_width() -> int:
    """How many letters a line of text may have here."""
    return min(_columns(), WIDEST)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table whose first column is text and whose others are numbers: its head, then a line for each row.

    Where the screen is too narrow for it, the words of a heading stand below each other, in one head all the same;
    where it still is, names end sooner.
    """
    heads = [[title] for title in head]
    if sum(_widths(heads, rows)) > _columns():
        heads = _stacked(head)
    first, *others = _widths(heads, rows)
    first = min(first, max(_columns() - sum(others), LEAST_LETTERS))
    for words in zip_longest(*heads, fillvalue=""):
        yield _line(words, first, others)
    for row in rows:
        yield _line(row, first, others)


def in_blocks(head: Sequence[str], rows: Sequence[Sequence[str]], begins: Container[int] = ()) -> Iterator[str]:
    """The same, and columns that do not fit all the same stand below the others, in a block of their own.

    `begins`: the columns with which a block begins in any case, if there are blocks.
    """
    first, *others = _widths(_stacked(head), rows)
    if min(first, LEAST_LETTERS) + sum(others) <= _columns():
        yield from aligned(head, rows)
        return
    blocks: list[list[int]] = [[]]
    room = _columns() - first
    for column, width in enumerate(others, 1):
        if blocks[-1] and (width > room or column in begins):
            blocks.append([])
            room = _columns() - first
        blocks[-1].append(column)
        room -= width
    for number, columns in enumerate(blocks):
        if number:
            yield ""
        of_block = [[row[0], *(row[column] for column in columns)] for row in (head, *rows)]
        yield from aligned(of_block[0], of_block[1:])


def _columns() -> int:
    return max(shutil.get_terminal_size().columns, NARROWEST)


def _stacked(head: Sequence[str]) -> list[list[str]]:
    """The lines of each heading that is as narrow as its longest word lets it be."""
    return [wrap(title, max(map(len, title.split()), default=1)) for title in head]


def _widths(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[int]:
    """How many letters each column takes; of all but the first, with what parts it from the one before."""
    first, *others = (
        max((len(text) for text in (*lines, *(row[column] for row in rows))), default=0)
        for column, lines in enumerate(heads)
    )
    return [min(first, MOST_LETTERS), *(_APART + width for width in others)]


def _line(row: Sequence[str], first: int, others: Sequence[int]) -> str:
    name = row[0] if len(row[0]) <= first else row[0][: first - 1] + "…"
    return "".join((name.ljust(first), *map(str.rjust, row[1:], others))).rstrip()

"""What stands on the screen: sentences as wide as it is, and tables with numbers under each other."""

import shutil
from collections.abc import Iterator, Sequence

WIDEST, NARROWEST = 100, 40  # of a line of text; one that is longer is hard to read
MOST_LETTERS = 40  # of the first column; a longer name ends in an ellipsis


def screen_width() -> int:
    """How many letters a line of text may have here."""
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose first column is text and whose others are numbers."""
    cut = [[_cut(row[0]), *row[1:]] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cut) for column in range(len(head))]
    for row in cut:
        first, *others = (
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"

"""A table on the screen: words at the start, numbers under each other."""

from collections.abc import Iterator, Sequence

MOST_LETTERS = 40  # of the first column; a longer name ends in an ellipsis


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

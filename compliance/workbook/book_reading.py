"""An open workbook of any format: sheets by name, and rows of cells as they are displayed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from compliance.questionnaire.answers import number_text

#: Limits for a sheet that is read by its headings.
MOST_COLUMNS, MOST_ROWS = 200, 100_000


class ReadCell(NamedTuple):
    """A cell as it is displayed, or what is wrong with it: a formula, or an error such as #N/A."""

    text: str = ""
    flaw: Literal["", "formula", "error"] = ""

    @property
    def is_filled(self) -> bool:
        """Whether the cell has more than spaces."""
        return bool(self.flaw or self.text.strip())


class BookReading(Protocol):
    """An open workbook: its sheets, its named cells and its custom properties.

    If it is oversized, with far more content than any scorecard, `sheets`, `named_place` and `rows` raise
    UnreadableWorkbook.
    """

    is_oversized: bool

    @property
    def sheets(self) -> Sequence[str]:
        """Names of the sheets that have cells, in order."""

    def named_place(self, name: str) -> tuple[str, int, int] | None:
        """Return the sheet, row and column (counted from 1) where the cells of a name begin; None for an unknown name.

        If the name refers to `#REF!`, the sheet is "".
        """

    @property
    def properties(self) -> Mapping[str, str]:
        """Custom properties of the file, also if it is oversized."""

    def rows(self, sheet: str, most: int = MOST_ROWS) -> Iterator[list[ReadCell]]:
        """Yield the first rows of a sheet, `most` at most, without the empty cells at their ends."""

    def merged(self, sheet: str) -> Sequence[tuple[int, int, int, int]]:
        """Return the merged ranges of a sheet: first column, first row, last column, last row, counted from 1."""


def as_text(value: object) -> str:
    """Return a cell's value as text: a number in its shortest form, a date as year-month-day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(float(value))
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def as_percentage(share: float) -> str:
    """Return a number that is formatted in per cent as it is displayed: 0.5 is 50%."""
    return f"{number_text(round(100.0 * share, 9))}%"

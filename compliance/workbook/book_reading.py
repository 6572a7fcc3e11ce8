"""A workbook while it is open, whatever its format: sheets by name, rows of cells as their reader saw them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from compliance.questionnaire.answers import number_text

#: Of a sheet that is read by its headings.
MOST_COLUMNS, MOST_ROWS = 200, 100_000


class ReadCell(NamedTuple):
    """A cell as its reader saw it, or what is wrong with it: a formula, or an error such as #N/A."""

    text: str = ""
    flaw: Literal["", "formula", "error"] = ""

    @property
    def is_filled(self) -> bool:
        """True unless it is empty, or blank to the eye."""
        return bool(self.flaw or self.text.strip())


class BookReading(Protocol):
    """A workbook while it is open: its sheets with cells, what it has by name, and its custom properties.

    Whatever gives cells or names raises UnreadableWorkbook where it is oversized: it has far more than any scorecard.
    """

    is_oversized: bool

    @property
    def sheets(self) -> Sequence[str]:
        """The names of the sheets that have cells, in order."""

    def named_place(self, name: str) -> tuple[str, int, int] | None:
        """The sheet, row and column (counted from 1) where cells of a name begin; None where it names none.

        Where the name is broken, as `#REF!` is, the sheet is "".
        """

    @property
    def properties(self) -> Mapping[str, str]:
        """The custom properties of the file, of an oversized one too."""

    def rows(self, sheet: str, most: int = MOST_ROWS) -> Iterator[list[ReadCell]]:
        """The first rows of a sheet, as many as there are up to the most, without the empty cells at their ends."""

    def merged(self, sheet: str) -> Sequence[tuple[int, int, int, int]]:
        """The merged cells of a sheet: first column, first row, last column, last row, counted from 1."""


def as_text(value: object) -> str:
    """One cell as text: a number has its shortest spelling, a date is year-month-day."""
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
    """A number that is shown in percent as its reader saw it: 0.5 is 50%."""
    return f"{number_text(round(100.0 * share, 9))}%"

"""Report tables as a workbook: figures and sentences to read, to filter and to copy from; nothing in it calculates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.narrative.score_wording import decimals_of_points
from compliance.workbook.cell_styles import Style, decimals, indent
from compliance.workbook.formulas import safe_sheet_names
from compliance.workbook.writer import SheetWriter, WorkbookWriter

#: What stands in a cell; None: nothing, which is no 0.
ReportValue: TypeAlias = str | float | None
ColumnFormat: TypeAlias = Literal["name", "text", "id", "count", "score", "points", "share", "precise"]

TABLE_HEAD = 3  # the row of the headings, unless notes push it down
_MOST_ROWS = 1_048_576
_Looks: TypeAlias = tuple[str | Style, ...]
_Styles: TypeAlias = Mapping[ColumnFormat, _Looks]
_WORDS: tuple[ColumnFormat, ...] = ("name", "text", "id")


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of a table."""

    key: str  # what programs call it
    title: str  # what people call it
    kind: ColumnFormat = "text"
    width: float = 12  # characters, in a workbook


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows of one kind."""

    sheet: str  # what its sheet is called, in a word or two
    title: str
    columns: tuple[ReportColumn, ...]
    rows: Sequence[Sequence[ReportValue]]
    notes: tuple[str, ...] = ()  # how to read it
    depths: Sequence[int] = ()  # how far the first cell of each row is set in; none: not at all


class TooManyRows(ValueError):
    """A table that no sheet can hold. The message says what to do."""


def report_workbook(title: str, said: Sequence[str], tables: Sequence[ReportTable], digits: int = 1) -> bytes:
    """The .xlsx file: what is said stands above the first table. Raise TooManyRows.

    `digits`: decimals that a score is shown with; the points that it is made of have one more, and two at least.
    """
    book, styles = WorkbookWriter(title=title, subject=title), _styles(digits)
    names = safe_sheet_names(table.sheet for table in tables)
    for position, (table, name) in enumerate(zip(tables, names, strict=True)):
        _write(book, name, table, title, (*(said if position == 0 else ()), *table.notes), styles)
    return book.content()


def _styles(digits: int) -> _Styles:
    return {
        "name": ("bold", "wrap"),
        "text": ("wrap",),
        "id": ("soft", "small", "wrap"),
        "count": ("plain",),
        "score": (decimals(digits),),
        "points": (decimals(decimals_of_points(digits)),),
        "share": (decimals(4),),
        "precise": (decimals(3),),
    }


def _write(
    book: WorkbookWriter, name: str, table: ReportTable, heading: str, notes: Sequence[str], styles: _Styles
) -> None:
    head = max(TABLE_HEAD, len(notes) + 2)
    if head + 1 + len(table.rows) > _MOST_ROWS:
        raise TooManyRows(f"{len(table.rows)} rows are more than a sheet holds: write a .csv file")
    sheet, last = book.sheet(name), len(table.columns) - 1
    sheet.widths(*(column.width for column in table.columns))
    sheet.title(table.title)
    for row, note in enumerate(notes, 1):
        sheet.text(row, 0, note, "soft")
    numbers = tuple(i for i, column in enumerate(table.columns) if column.kind not in _WORDS)
    inset = tuple(i for i in range(last + 1) if i not in numbers and i - 1 in numbers)  # a word runs into no number
    sheet.headings(head, [column.title for column in table.columns], right=numbers, inset=inset)
    for position, cells in enumerate(table.rows):
        depths = dict.fromkeys(inset, 1) | ({0: table.depths[position]} if table.depths else {})
        _row(sheet, head + 1 + position, [styles[column.kind] for column in table.columns], cells, depths)
    if table.rows:
        sheet.xlsx.autofilter(head, 0, head + len(table.rows), last)
    sheet.freeze_panes(head + 1, 1)
    sheet.set_up_page(heading=heading, note=table.title, wide=True, repeat=(head, head))


def _row(
    sheet: SheetWriter, row: int, columns: Sequence[_Looks], cells: Sequence[ReportValue], depths: Mapping[int, int]
) -> None:
    for position, (looks, cell) in enumerate(zip(columns, cells, strict=True)):
        styles = ("row", *looks, indent(depths.get(position, 0)))
        if isinstance(cell, str):
            sheet.text(row, position, cell, *styles, "text")
        else:
            sheet.number_or_blank(row, position, cell, *styles)

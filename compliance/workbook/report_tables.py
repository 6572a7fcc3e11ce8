"""Report tables as a workbook: figures and sentences to read, to filter and to copy from; nothing in it calculates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from math import ceil
from typing import Literal, TypeAlias
from unicodedata import east_asian_width

from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_wording import decimals_of_points
from compliance.workbook.cell_styles import Style, decimals, indent
from compliance.workbook.cell_texts import one_line, reading_order
from compliance.workbook.formulas import safe_sheet_names
from compliance.workbook.writer import SheetWriter, WorkbookWriter

#: What stands in a cell; None: nothing, which is no 0.
ReportValue: TypeAlias = str | float | None
ColumnFormat: TypeAlias = Literal["name", "text", "id", "count", "score", "points", "share", "precise"]

TABLE_HEAD = 3  # the row of the headings, unless notes push it down
_MOST_ROWS = 1_048_576
#: Lines of a cell on paper: a row is at most 409 points high, whatever it holds.
MOST_LINES = 20
#: Letters of a wide font that stand in a width of one.
_LETTERS = 1.12
#: Points of a line, of one in scripts whose letters are taller, and what is free below the last.
_LINE, _TALL_LINE, _BELOW = 13, 15.5, 6
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
    on_paper: bool = False  # read whole rather than filtered: a table for screen readers, and no cell too high to show
    grounds: Sequence[
        Sequence[str]
    ] = ()  # the colour behind each cell of each row, "" for none; none at all: no colours


class TooManyRows(ValueError):
    """A table that no sheet can hold. The message says what to do."""


def report_workbook(
    title: str,
    said: Sequence[str],
    tables: Sequence[ReportTable],
    digits: int = 1,
    made_at: datetime | None = None,
) -> bytes:
    """The .xlsx file: what is said stands above the first table. Raise TooManyRows.

    `digits`: decimals that a score is shown with; the points that it is made of have one more, and two at least.
    """
    created = made_at.replace(tzinfo=None) if made_at else None
    book, styles = WorkbookWriter(title=title, subject=title, created=created), _styles(digits)
    names = safe_sheet_names(table.sheet for table in tables)
    for position, (table, name) in enumerate(zip(tables, names, strict=True)):
        _write(book, name, table, title, (*(said if position == 0 else ()), *table.notes), styles)
    return book.content()


def _styles(digits: int) -> _Styles:
    return {
        "name": ("bold", "wrap"),
        "text": ("wrap",),
        "id": ("soft", "small", "wrap"),
        "count": ("right", "plain"),  # a word in the place of a number, too, stands where numbers do
        "score": ("right", decimals(digits)),
        "points": ("right", decimals(decimals_of_points(digits))),
        "share": ("right", decimals(4)),
        "precise": ("right", decimals(3)),
    }


def _write(
    book: WorkbookWriter, name: str, table: ReportTable, heading: str, notes: Sequence[str], styles: _Styles
) -> None:
    head = max(TABLE_HEAD, len(notes) + 2)
    if head + 1 + len(table.rows) > _MOST_ROWS:
        raise TooManyRows(f"{len(table.rows)} rows are more than a sheet holds: write a .csv file")
    sheet, last = book.sheet(name), len(table.columns) - 1
    rows = list(_on_paper(table)) if table.on_paper else table.rows
    sheet.widths(*(column.width for column in table.columns))
    sheet.title(table.title)
    for row, note in enumerate(notes, 1):
        sheet.text(row, 0, note, "soft")
    numbers = tuple(i for i, column in enumerate(table.columns) if column.kind not in _WORDS)
    words = (i for i in range(1, last + 1) if i not in numbers)
    inset = tuple(i for i in words if table.on_paper or i - 1 in numbers)  # a word runs into no number
    heads = [column.title for column in table.columns]
    sheet.headings(head, heads, right=numbers, inset=inset)
    if table.on_paper and rows:
        sides = {**dict.fromkeys(numbers, ("right",)), **dict.fromkeys(inset, ("inset",))}
        looks = [("start", "head", *sides.get(i, ()), {"reading_order": reading_order(s)}) for i, s in enumerate(heads)]
        columns = [{"header": s, "header_format": book.style(*look)} for s, look in zip(heads, looks, strict=True)]
        options = {"columns": columns, "style": None, "autofilter": False, "title": one_line(table.title)}
        sheet.xlsx.add_table(head, 0, head + len(rows), last, options)  # which screen readers know by its title
    for position, cells in enumerate(rows):
        depths = dict.fromkeys(inset, 1) | ({0: table.depths[position]} if table.depths else {})
        _row(sheet, head + 1 + position, _looks(table, position, styles), cells, depths)
        if table.on_paper:
            sheet.xlsx.set_row(head + 1 + position, _points(table.columns, cells, is_tall=book.is_right_to_left))
    if rows and not table.on_paper:
        sheet.xlsx.autofilter(head, 0, head + len(rows), last)
    sheet.freeze_panes(head + 1, 1)
    sheet.set_up_page(heading=heading, note=table.title, wide=True, repeat=(head, head))


def _looks(table: ReportTable, row: int, styles: _Styles) -> Sequence[_Looks]:
    looks = [styles[column.kind] for column in table.columns]
    if not table.grounds:
        return looks
    grounds = [({"bg_color": ground},) if ground else () for ground in table.grounds[row]]
    return [(*look, *ground) for look, ground in zip(looks, grounds, strict=True)]


def _row(
    sheet: SheetWriter, row: int, columns: Sequence[_Looks], cells: Sequence[ReportValue], depths: Mapping[int, int]
) -> None:
    for position, (looks, cell) in enumerate(zip(columns, cells, strict=True)):
        styles = ("row", *looks, indent(depths.get(position, 0)))
        if isinstance(cell, str):
            sheet.text(row, position, cell, *styles, "text")
        else:
            sheet.number_or_blank(row, position, cell, *styles)


# ── Rows on paper: high enough for what they hold, and none higher than a row can be


def _points(columns: Sequence[ReportColumn], cells: Sequence[ReportValue], *, is_tall: bool) -> float:
    """How high a row has to be. Programs that work it out do so for their own fonts, and cut others off."""
    lines = (_height(cell, column.width) for column, cell in zip(columns, cells, strict=True) if isinstance(cell, str))
    return max(lines, default=1) * (_TALL_LINE if is_tall else _LINE) + _BELOW


def _on_paper(table: ReportTable) -> Iterator[Sequence[ReportValue]]:
    """Its rows; what is too much for one goes on in the next, which repeats what it is about."""
    name = next((i for i, column in enumerate(table.columns) if column.kind == "name"), -1)
    for row in table.rows:
        parts = [
            lines_in_cells(cell, column.width) if isinstance(cell, str) else [cell]
            for column, cell in zip(table.columns, row, strict=True)
        ]
        first, *others = zip_longest(*parts)
        yield first
        for cells in others:
            about = [*row[:name], _("%(title)s (continued)", title=row[name])] if name >= 0 else []
            yield [*about, *cells[len(about) :]]


def lines_in_cells(text: str, width: float) -> list[str]:
    """A text as so many cells of this width as it takes for none to be too high; nothing of it is left out.

    What stands between empty lines stays together where it can.
    """
    between = "\n\n" if "\n\n" in text else "\n"
    cells: list[list[str]] = [[]]
    room = MOST_LINES
    for block in text.split(between):
        for piece in _pieces(block, width):
            height = _height(piece, width) + len(between) - 1
            if height > room and cells[-1]:
                cells.append([])
                room = MOST_LINES
            cells[-1].append(piece)
            room -= height
    return [between.join(blocks) for blocks in cells]


def _pieces(block: str, width: float) -> Iterator[str]:
    """A block in pieces that a cell can show, cut after a line or a space where there is one."""
    most = int(width) * MOST_LINES // 3  # letters, each of which may be twice as wide
    while _height(block, width) > MOST_LINES:
        start = block[: min(most, _end_of_lines(block, MOST_LINES // 2))]
        end = max(start.rfind("\n"), start.rfind(" ")) + 1 or len(start)
        yield block[:end]
        block = block[end:]
    yield block


def _end_of_lines(block: str, most: int) -> int:
    """Where so many lines of a block end."""
    return sum(len(line) + 1 for line in block.split("\n")[:most])


def _height(block: str, width: float) -> int:
    """How many lines a block takes in a cell of this width, rather too many: words are not cut where a line ends."""
    room = max(width * _LETTERS - 2, 1)
    spaces = (sum(2 if east_asian_width(each) in "WF" else 1 for each in line) for line in block.split("\n"))
    return sum(max(1, ceil(space / room)) for space in spaces)

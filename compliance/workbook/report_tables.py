"""Report tables as a workbook: figures and sentences to read, filter and copy, without formulas."""

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

#: The content of a cell; None: empty, which is not 0.
ReportValue: TypeAlias = str | float | None
ColumnFormat: TypeAlias = Literal["name", "text", "id", "count", "score", "points", "share", "precise"]

TABLE_HEAD = 3  # the row of the headings, unless notes push it down
_MOST_ROWS = 1_048_576
#: The most lines of a cell on paper, since a row is at most 409 points high.
MOST_LINES = 20
#: Letters of a wide font that fit into one unit of width.
_LETTERS = 1.12
#: Points: height of a line, height of a line in scripts with taller letters, and space below the last line.
_LINE, _TALL_LINE, _BELOW = 13, 15.5, 6
_Looks: TypeAlias = tuple[str | Style, ...]
_Styles: TypeAlias = Mapping[ColumnFormat, _Looks]
_WORDS: tuple[ColumnFormat, ...] = ("name", "text", "id")


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of a table."""

    key: str  # the name for programs
    title: str  # the name for people
    kind: ColumnFormat = "text"
    width: float = 12  # characters, in a workbook


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows of one kind."""

    sheet: str  # name of its sheet, in a word or two
    title: str
    columns: tuple[ReportColumn, ...]
    rows: Sequence[Sequence[ReportValue]]
    notes: tuple[str, ...] = ()  # how to read it
    depths: Sequence[int] = ()  # indentation of the first cell of each row; (): none
    on_paper: bool = False  # read rather than filtered: a table for screen readers, without cells too high to show
    grounds: Sequence[Sequence[str]] = ()  # the background colour of each cell of each row, "": none; (): no colours


class TooManyRows(ValueError):
    """Raised for a table with more rows than a sheet can hold. The message says what to do."""


def report_workbook(
    title: str,
    said: Sequence[str],
    tables: Sequence[ReportTable],
    digits: int = 1,
    made_at: datetime | None = None,
) -> bytes:
    """Return the .xlsx file, with the sentences `said` above the first table. Raise TooManyRows if one is too long.

    `digits`: decimals of scores. Points have one more, and at least two.
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
        "count": ("right", "plain"),  # a word in place of a number is aligned as numbers are
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
    inset = tuple(i for i in words if table.on_paper or i - 1 in numbers)  # so that no text touches a number
    heads = [column.title for column in table.columns]
    is_table = table.on_paper and bool(rows)
    sheet.headings(head, [] if is_table else heads, right=numbers, inset=inset)  # a table writes its own
    if is_table:
        sides = {**dict.fromkeys(numbers, ("right",)), **dict.fromkeys(inset, ("inset",))}
        looks = [("start", "head", *sides.get(i, ()), {"reading_order": reading_order(s)}) for i, s in enumerate(heads)]
        columns = [{"header": s, "header_format": book.style(*look)} for s, look in zip(heads, looks, strict=True)]
        options = {"columns": columns, "style": None, "autofilter": False, "title": one_line(table.title)}
        sheet.xlsx.add_table(head, 0, head + len(rows), last, options)  # screen readers read out its title
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


# ── Rows on paper: high enough for their content, and none higher than a row can be


def _points(columns: Sequence[ReportColumn], cells: Sequence[ReportValue], *, is_tall: bool) -> float:
    """Return the height of a row in points. A program that computes it uses its own font, and cuts off others."""
    lines = (_height(cell, column.width) for column, cell in zip(columns, cells, strict=True) if isinstance(cell, str))
    return max(lines, default=1) * (_TALL_LINE if is_tall else _LINE) + _BELOW


def _on_paper(table: ReportTable) -> Iterator[Sequence[ReportValue]]:
    """Yield the rows. One that is too high continues in the next, which repeats its name as "(continued)"."""
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
    """Return the whole text, divided into cells of this width of which none is too high.

    Text between empty lines stays together if possible.
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
    """Yield a block in pieces that a cell can show, cut after a line or a space if possible."""
    most = int(width) * MOST_LINES // 3  # letters, each of which may be twice as wide
    while _height(block, width) > MOST_LINES:
        start = block[: min(most, _end_of_lines(block, MOST_LINES // 2))]
        end = max(start.rfind("\n"), start.rfind(" ")) + 1 or len(start)
        yield block[:end]
        block = block[end:]
    yield block


def _end_of_lines(block: str, most: int) -> int:
    """Return the position at which the first `most` lines of a block end."""
    return sum(len(line) + 1 for line in block.split("\n")[:most])


def _height(block: str, width: float) -> int:
    """Return how many lines a block needs in a cell of this width, rather too many, as lines break between words."""
    room = max(width * _LETTERS - 2, 1)
    spaces = (sum(2 if east_asian_width(each) in "WF" else 1 for each in line) for line in block.split("\n"))
    return sum(max(1, ceil(space / room)) for space in spaces)

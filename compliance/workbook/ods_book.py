"""OpenDocument spreadsheets (.ods), as LibreOffice saves them, with all cells in one part.

A cell states its formula, its value, and whether it is a percentage or an error. Repeated cells and rows are stored
once, with a number of repetitions that may be anything, so they are counted before they are unfolded. python-calamine,
which is fast, is only used by tests, as a comparison: it gives no formulas, percentages and errors, drops tabs and
line breaks, and unfolds any number of repetitions.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from functools import cached_property
from itertools import islice, repeat
from typing import IO, Any, NamedTuple

from lxml.etree import XMLParser, _Element, iterparse, parse
from openpyxl.utils.cell import column_index_from_string

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import column_letters
from compliance.workbook.book_reading import MOST_COLUMNS, MOST_ROWS, ReadCell, as_percentage, as_text
from compliance.workbook.package_checks import (
    CONTENT,
    MOST_MERGED,
    MOST_SHEETS,
    UnreadableWorkbook,
    damaged,
    holds_error,
    is_hidden,
    no_value,
    same_name,
    too_many,
)

_MOST_CELLS = 20_000_000  # in a table that is read row by row, after unfolding
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
#: Elements between a table and its rows.
_GROUPS = {f"{_TABLE}{name}" for name in ("table-rows", "table-header-rows", "table-row-group")}
_SHEET, _ROW, _SHEET_NAME = f"{_TABLE}table", f"{_TABLE}table-row", f"{_TABLE}name"
_REPEATED_ROWS, _REPEATED_COLUMNS = f"{_TABLE}number-rows-repeated", f"{_TABLE}number-columns-repeated"
_SPANNED_ROWS, _SPANNED_COLUMNS = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_FORMULA, _KIND, _CALC_KIND, _P = f"{_TABLE}formula", f"{_OFFICE}value-type", f"{_CALC}value-type", f"{_TEXT}p"
_LINK = f"{_TEXT}a"
_SPACES = re.compile(r"[ \t\r\n]+")
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,](\d{1,6})\d*)?S")
#: The address of named cells: $Review.$C$6:.$C$35, $'My sheet'.$A$1
_PLACE = re.compile(r"\$?(?:'((?:[^']|'')+)'|([^.']+))\.\$?([A-Z]{1,3})\$?(\d{1,7})(?::.*)?")
_TOO_LARGE = N_("its sheets are too large: delete empty and repeated rows and columns, or split it")


class _Cell(NamedTuple):
    """A cell: value as text, formula ("": none), and whether it is an error."""

    text: str = ""
    formula: str = ""
    is_error: bool = False


_EMPTY = _Cell()


class _Row(NamedTuple):
    """One or more equal rows of a sheet."""

    sheet: str
    number: int  # of the first row, from 1
    times: int
    cells: list[_Cell]  # without empty cells at the end
    merged: list[tuple[int, int, int]]  # first column from 1, last column, number of rows


class _Sheet(NamedTuple):
    name: str
    is_hidden: bool


# ── Whole workbooks, such as scorecards


class OdsBook:
    """An open .ods file, as a BookReading. Properties and methods raise UnreadableWorkbook if it cannot be read."""

    is_oversized = False  # an oversized .ods is refused by check_package

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def _tables(self) -> Mapping[str, _Element]:
        tables: dict[str, _Element] = {}
        for table in self._spreadsheet.iterchildren(_SHEET):
            if (name := table.get(_SHEET_NAME, "")) in tables:
                raise same_name(name)
            tables[name] = table
        if len(tables) > MOST_SHEETS:
            raise too_many(N_("sheets"))
        return tables

    @cached_property
    def _spreadsheet(self) -> _Element:
        with _part(self._content, CONTENT) as stream:
            found = parse(stream, XMLParser(**_SAFELY)).getroot().find(f"{_OFFICE}body/{_OFFICE}spreadsheet")
        if found is None:
            raise damaged()
        return found

    @property
    def sheets(self) -> Sequence[str]:
        """The names of the sheets, in order."""
        return list(self._tables)

    def named_place(self, name: str) -> tuple[str, int, int] | None:
        """Return the sheet, row and column where the cells of a name begin; None if there is no such name."""
        named = self._spreadsheet.iterfind(f"{_TABLE}named-expressions/{_TABLE}named-range")
        cells = {each.get(_SHEET_NAME): each.get(f"{_TABLE}cell-range-address", "") for each in named}.get(name)
        if cells is None:
            return None
        place = _PLACE.fullmatch(cells)
        if place is None or "#REF!" in cells:
            return "", 1, 1
        quoted, plain, letters, number = place.groups()
        sheet = quoted.replace("''", "'") if quoted else plain
        return sheet, int(number), column_index_from_string(letters)

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """The custom properties of the file."""
        with _part(self._content, "meta.xml") as stream:
            found = (element for _event, element in iterparse(stream, tag=f"{_META}user-defined", **_SAFELY))
            return {element.get(f"{_META}name", ""): "".join(element.itertext()) for element in found}

    def rows(self, sheet: str, most: int = MOST_ROWS) -> Iterator[list[ReadCell]]:
        """Yield the first rows of a sheet, each with MOST_COLUMNS cells at most."""
        return islice(_unfolded(self._rows(sheet), _as_entered), most)

    def merged(self, sheet: str) -> Sequence[tuple[int, int, int, int]]:
        """Return the merged ranges of a sheet: first column, first row, last column, last row, counted from 1."""
        found = [
            (first, row.number, last, row.number + rows - 1)
            for row in self._rows(sheet)
            for first, last, rows in row.merged
        ]
        if len(found) > MOST_MERGED:
            raise too_many(N_("merged cells"))
        return found

    def _rows(self, sheet: str) -> Iterator[_Row]:
        number = 1
        for element in _rows_below(self._tables[sheet]):
            yield (row := _row(sheet, number, element))
            number += row.times


def _rows_below(table: _Element) -> Iterator[_Element]:
    for element in table.iterchildren(_ROW, *_GROUPS):
        if element.tag == _ROW:
            yield element
        else:
            yield from _rows_below(element)


def _as_entered(row: _Row) -> list[ReadCell]:
    cells = [
        ReadCell(cell.formula, "formula") if cell.formula else ReadCell(cell.text, "error" if cell.is_error else "")
        for cell in row.cells[:MOST_COLUMNS]
    ]
    while cells and not cells[-1].is_filled:
        cells.pop()
    return cells


def _unfolded(rows: Any, cells_of: Any) -> Iterator[Any]:
    """Yield the cells of each row, as often as it is repeated, without empty rows at the end."""
    empty = 0
    for row in rows:
        cells = cells_of(row)
        if not cells:
            empty += row.times
            continue
        yield from repeat([], empty)
        yield from repeat(cells, row.times)
        empty = 0


# ── The first sheet of an answers file


def ods_answer_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of the first sheet, each cell as it is displayed.

    Raise UnreadableWorkbook, for example for an error in a cell, or if the first sheet is hidden.
    """
    first = _first_sheet(content)
    yield from _unfolded(_rows_of(content, first), _as_answers)


def ods_sheet_names(content: bytes) -> list[str]:
    """Return the names of the sheets, in order. Raise UnreadableWorkbook if the file is damaged."""
    return [found.name for found in _parts(content) if isinstance(found, _Sheet)]


def ods_merged_below(content: bytes, row: int) -> list[str]:
    """Return the merged ranges of the first sheet, such as `B2:B3`, that reach below a row (counted from 1)."""
    return [
        f"{column_letters(first - 1)}{each.number}:{column_letters(last - 1)}{each.number + rows - 1}"
        for each in _rows_of(content, _first_sheet(content))
        for first, last, rows in each.merged
        if each.number + rows - 1 > row
    ]


def _first_sheet(content: bytes) -> str:
    first = next((found for found in _parts(content) if isinstance(found, _Sheet)), _Sheet("", False))
    if first.is_hidden:
        raise is_hidden(first.name)
    return first.name


def _rows_of(content: bytes, sheet: str) -> Iterator[_Row]:
    cells = 0
    for found in _parts(content):
        if isinstance(found, _Sheet) and found.name != sheet:
            return
        if isinstance(found, _Row):
            cells += (len(found.cells) + 1) * found.times
            if cells > _MOST_CELLS:
                raise UnreadableWorkbook(_(_TOO_LARGE))
            yield found


def _as_answers(row: _Row) -> list[str]:
    for place, cell in enumerate(row.cells):
        if cell.is_error:
            raise holds_error(row.number, column_letters(place), cell.text)
        if cell.formula and not cell.text:
            raise no_value(row.number, column_letters(place))
    return [cell.text for cell in row.cells]


# ── The content of the file

_SAFELY: Mapping[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


@contextmanager
def _part(content: bytes, name: str) -> Iterator[IO[bytes]]:
    """Open a part of the file. Raise UnreadableWorkbook for any error, also while the part is being read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            yield package.open(name) if name in package.namelist() else io.BytesIO(b"<none/>")
    except UnreadableWorkbook:
        raise
    except Exception as fault:  # lxml and zlib raise many kinds
        raise damaged() from fault


def _parts(content: bytes) -> Iterator[_Sheet | _Row]:
    """Yield the sheets in order, each followed by its rows."""
    with _part(content, CONTENT) as stream:
        yield from _read_content(stream)


def _read_content(stream: IO[bytes]) -> Iterator[_Sheet | _Row]:
    hidden: set[str | None] = set()
    sheet, number = "", 1
    for event, element in iterparse(stream, events=("start", "end"), tag=[f"{_STYLE}style", _SHEET, _ROW], **_SAFELY):
        if event == "start":
            if element.tag == _SHEET and _is_sheet(element):
                sheet, number = element.get(_SHEET_NAME, ""), 1
                yield _Sheet(sheet, element.get(f"{_TABLE}style-name") in hidden)
        elif element.tag == _ROW:
            if _is_row_of_sheet(element):
                yield (row := _row(sheet, number, element))
                number += row.times
            _forget(element)
        elif any(child.get(f"{_TABLE}display") == "false" for child in element):
            hidden.add(element.get(f"{_STYLE}name"))


def _row(sheet: str, number: int, element: _Element) -> _Row:
    """Read a row. Raise UnreadableWorkbook if it is not empty and lies beyond the last row of a sheet."""
    times, (cells, merged) = _times(element, _REPEATED_ROWS), _cells(element)
    if (cells or merged) and number + times - 1 > _LAST_ROW:
        raise UnreadableWorkbook(_(_TOO_LARGE))
    return _Row(sheet, number, times, cells, merged)


def _is_sheet(table: _Element) -> bool:
    above = table.getparent()
    return above is not None and above.tag == f"{_OFFICE}spreadsheet"


def _is_row_of_sheet(row: _Element) -> bool:
    above = row.getparent()
    while above is not None and above.tag in _GROUPS:
        above = above.getparent()
    return above is not None and above.tag == _SHEET and _is_sheet(above)


def _forget(row: _Element) -> None:
    """Free the elements that were read, so that a long table needs little memory."""
    row.clear()
    above = row.getparent()
    while above is not None and (before := row.getprevious()) is not None:
        above.remove(before)


def _times(element: _Element, name: str) -> int:
    written = element.get(name)
    if written is None:
        return 1
    if not (written.isascii() and written.isdigit() and len(written) < 12 and int(written)):
        raise damaged()
    return int(written)


def _cells(row: _Element) -> tuple[list[_Cell], list[tuple[int, int, int]]]:
    """Return a row's cells, unfolded, and its merged ranges. Raise UnreadableWorkbook beyond a sheet's last column."""
    cells: list[_Cell] = []
    merged: list[tuple[int, int, int]] = []
    empty, place = 0, 1
    for element in row.iterchildren(*_CELLS):
        times, cell = _times(element, _REPEATED_COLUMNS), _cell(element)
        columns, rows = _times(element, _SPANNED_COLUMNS), _times(element, _SPANNED_ROWS)
        if columns > 1 or rows > 1:
            merged.append((place, place + columns - 1, rows))
        place += times
        if cell is _EMPTY:
            empty += times
            continue
        if place - 1 > _LAST_COLUMN:
            raise UnreadableWorkbook(_(_TOO_LARGE))
        if empty:
            cells += repeat(_EMPTY, empty)
            empty = 0
        cells += repeat(cell, times)
    return cells, merged


def _cell(element: _Element) -> _Cell:
    kind, formula = element.get(_KIND), element.get(_FORMULA)
    if kind is None and formula is None and not len(element):
        return _EMPTY
    text = _value(element, kind)
    if formula is None and not text:
        return _EMPTY
    is_error = element.get(_CALC_KIND) == "error"
    return _Cell(text, "=" + formula.partition("=")[2] if formula else "", is_error)


def _value(element: _Element, kind: str | None) -> str:
    """Return a cell's content as text: a number in its shortest form, a date as year-month-day."""
    if kind in ("float", "currency", "percentage"):
        number = float(element.get(f"{_OFFICE}value", ""))
        return as_percentage(number) if kind == "percentage" else as_text(number)
    if kind == "boolean":
        return as_text(element.get(f"{_OFFICE}boolean-value") == "true")
    if kind == "date":
        return as_text(datetime.fromisoformat(element.get(f"{_OFFICE}date-value", "")))
    if kind == "time":
        return _time(element.get(f"{_OFFICE}time-value", ""))
    paragraphs = ["".join(_written(child)) for child in element.iterchildren(_P)]
    return "\n".join(paragraphs) or element.get(f"{_OFFICE}string-value", "")


def _time(written: str) -> str:
    found = _TIME.fullmatch(written)
    if found is None or int(found[1]) > 23:
        return written
    return as_text(time(int(found[1]), int(found[2]), int(found[3]), int((found[4] or "0").ljust(6, "0"))))


def _written(element: _Element) -> Iterator[str]:
    """Yield the text of a paragraph, or of a part of it. Several spaces count as one, except those written as `text:s`.

    LibreOffice writes the line breaks of a linked cell literally, so the text of a link is kept as it is.
    """
    yield element.text or "" if element.tag == _LINK else _SPACES.sub(" ", element.text or "")
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(int(child.get(f"{_TEXT}c", "1")), 32_767)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag.startswith(_TEXT) and child.tag != f"{_TEXT}note":
            yield from _written(child)
        yield _SPACES.sub(" ", child.tail or "")

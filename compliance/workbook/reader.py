"""The only reader of uploaded workbooks: rows of text of .xlsx files, and whole .xlsx and .ods files.

`package_checks` decides which format a file has, and whether it may be opened at all. Every error raises
UnreadableWorkbook, with a sentence. How an .ods is read is in `ods_book`.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from itertools import islice
from typing import Any

import openpyxl
from defusedxml.ElementTree import fromstring
from openpyxl.chartsheet import Chartsheet
from openpyxl.utils.cell import range_boundaries

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import quoted
from compliance.questionnaire.faults import UserFacingError
from compliance.workbook.book_reading import MOST_COLUMNS, MOST_ROWS, as_percentage
from compliance.workbook.book_reading import BookReading as BookReading
from compliance.workbook.book_reading import ReadCell as ReadCell
from compliance.workbook.book_reading import as_text as as_text
from compliance.workbook.ods_book import OdsBook
from compliance.workbook.package_checks import MOST_BYTES as MOST_BYTES
from compliance.workbook.package_checks import (
    RELATIONSHIPS,
    WORKBOOK,
    check_package,
    damaged,
    holds_error,
    no_value,
)
from compliance.workbook.package_checks import UnreadableWorkbook as UnreadableWorkbook

MOST_CELLS = 20_000_000  # including empty cells before a filled one
_MEGABYTE = 1_000_000
_PROPERTIES = "docProps/custom.xml"
_TOO_LARGE = N_("it has far more cells or texts than it needs: delete empty rows and columns, or take a new copy")
_WRITTEN_OUT = re.compile(r'"[^"]*"|\\.')  # literal text in a number format
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')


def read_rows(content: bytes, sheet: str = "") -> list[list[str]]:
    """Return the rows of a sheet (default: the first), each cell as text. Raise UnreadableWorkbook if refused.

    A number is in its shortest form, a date is year-month-day, an empty cell is the empty text, and `NA` stays `NA`.
    Empty rows are kept, so that row numbers are right.
    """
    if check_package(content).is_oversized:
        raise UnreadableWorkbook(_(_TOO_LARGE))
    return list(_read(content, sheet, lambda cell: as_text(cell.value)))


def answer_rows(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of the first sheet, each cell as it is displayed.

    Raise UnreadableWorkbook, for example for an error in a cell.
    """
    return _read(content, "", _answer_text)


class XlsxBook:
    """An open .xlsx file, as a BookReading."""

    def __init__(self, content: bytes, *, is_oversized: bool) -> None:
        self._content, self.is_oversized = content, is_oversized

    @cached_property
    def _book(self) -> Any:
        if self.is_oversized:
            raise UnreadableWorkbook(_(_TOO_LARGE))
        return openpyxl.load_workbook(io.BytesIO(self._content), read_only=True, keep_links=False)

    @cached_property
    def sheets(self) -> Sequence[str]:
        """The names of the sheets that have cells, in order."""
        return [sheet.title for sheet in self._book.worksheets]

    def named_place(self, name: str) -> tuple[str, int, int] | None:
        """Return the sheet, row and column where the cells of a name begin; None for an unknown name."""
        if (defined := self._book.defined_names.get(name)) is None:
            return None
        with suppress(ValueError, AttributeError):  # a name whose cells are gone, or that does not name cells
            ((sheet, cells),) = defined.destinations
            left, top, *_end = range_boundaries(cells)
            return sheet, top or 1, left or 1
        return "", 1, 1

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """The custom properties of the file."""
        with zipfile.ZipFile(io.BytesIO(self._content)) as package:
            found = fromstring(package.read(_PROPERTIES)) if _PROPERTIES in package.namelist() else ()
        return {each.get("name", ""): "".join(each.itertext()) for each in found}

    def rows(self, sheet: str, most: int = MOST_ROWS) -> Iterator[list[ReadCell]]:
        """Yield the first rows of a sheet, each with MOST_COLUMNS cells at most."""
        table = self._book[sheet]
        table.reset_dimensions()  # the size that a file states cannot be trusted
        for row in islice(table.iter_rows(max_col=MOST_COLUMNS), most):
            end = len(row)  # openpyxl fills rows up to `max_col`
            while end and row[end - 1].value is None:
                end -= 1
            cells = [_read_cell(cell) for cell in row[:end]]
            while cells and not cells[-1].is_filled:
                cells.pop()
            yield cells

    def merged(self, sheet: str) -> Sequence[tuple[int, int, int, int]]:
        """Return the merged ranges of a sheet: first column, first row, last column, last row, counted from 1."""
        found = _merged_cells(self._content, sheet)
        return [tuple(edge or 1 for edge in range_boundaries(cells)) for cells in found]  # type: ignore[misc]

    def close(self) -> None:
        """Close the file."""
        if "_book" in vars(self):
            self._book.close()


@contextmanager
def opened_workbook(content: bytes) -> Iterator[BookReading]:
    """Open a workbook, .xlsx or .ods. Raise UnreadableWorkbook if it is refused or damaged.

    So does every error inside the `with`, where nothing but reading belongs.
    """
    with checked_workbook(content) as book, damage_refused():
        yield book


@contextmanager
def checked_workbook(content: bytes) -> Iterator[BookReading]:
    """Open a workbook as `opened_workbook` does, to be read under `damage_refused`; other errors pass unchanged."""
    checked = check_package(content)
    if checked.format == "ods":
        yield OdsBook(content)
    else:
        with closing(XlsxBook(content, is_oversized=checked.is_oversized)) as book:
            yield book


@contextmanager
def damage_refused() -> Iterator[None]:
    """Raise UnreadableWorkbook for every error while a workbook is read."""
    try:
        yield
    except UserFacingError:
        raise
    except Exception as fault:  # openpyxl raises many kinds
        raise damaged() from fault


def _read_cell(cell: Any) -> ReadCell:
    if cell.value is None:
        return _EMPTY
    if cell.data_type == "f":
        written = cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", "")  # of several cells
        return ReadCell(written, "formula")
    if cell.data_type == "e":
        return ReadCell(as_text(cell.value), "error")
    return ReadCell(_answer_text(cell))


_EMPTY = ReadCell()


def sheet_names(content: bytes) -> list[str]:
    """Return the names of the sheets of an .xlsx file, in order. Raise UnreadableWorkbook if refused."""
    _check_xlsx(content)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as fault:  # openpyxl raises many kinds
        raise damaged() from fault
    try:
        return list(workbook.sheetnames)
    finally:
        workbook.close()


def _read(content: bytes, sheet: str, text_of: Callable[[Any], str]) -> Iterator[list[str]]:
    _check_xlsx(content)
    try:
        yield from _rows(content, sheet, text_of)
    except UnreadableWorkbook:
        raise
    except Exception as fault:  # openpyxl raises many kinds
        raise damaged() from fault


def _check_xlsx(content: bytes) -> None:
    if check_package(content).format == "ods":
        raise UnreadableWorkbook(_("it is an .ods file, and here an .xlsx file is read: save it as .xlsx"))


def _sheet_part(package: zipfile.ZipFile, name: str = "") -> str:
    """Return the name of the part that holds a sheet with cells (default: the first)."""
    relationships = {part.get("Id"): part for part in fromstring(package.read(RELATIONSHIPS))}
    sheets = [part for part in fromstring(package.read(WORKBOOK)).iter() if part.tag.endswith("}sheet")]
    named = (part for part in sheets if part.get("name") == name or not name)
    linked = (relationships[value] for part in named for key, value in part.items() if key.endswith("}id"))
    target: str = next(part.get("Target") for part in linked if part.get("Type").endswith("/worksheet"))
    return posixpath.join("/xl", target).removeprefix("/")


def merged_below(content: bytes, row: int) -> list[str]:
    """Return the merged ranges of the first sheet, such as `B2:B3`, that reach below a row (counted from 1).

    The workbook must have been read by `answer_rows`.
    """
    return [cells for cells in _merged_cells(content) if (range_boundaries(cells)[3] or 1) > row]


def _merged_cells(content: bytes, sheet: str = "") -> list[str]:
    found: dict[str, None] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as package, package.open(_sheet_part(package, sheet)) as stream:
        end = b""
        while chunk := stream.read(_MEGABYTE):
            found |= dict.fromkeys(cells.decode() for cells in _MERGED.findall(end + chunk))
            end = chunk[-100:]
    return list(found)


def formulas_in(content: bytes, sheet: str) -> list[str]:
    """Return the cells of a sheet with a formula, such as `D12`, of a workbook that `read_rows` has read."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        table: Any = book[sheet]
        table.reset_dimensions()
        return [cell.coordinate for row in table.iter_rows() for cell in row if cell.data_type == "f"]
    finally:
        book.close()


def _rows(content: bytes, sheet: str, text_of: Callable[[Any], str]) -> Iterator[list[str]]:
    values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        name = sheet or _first_sheet(values)
        if name not in values.sheetnames:
            raise UnreadableWorkbook(_("it has no sheet %(name)s", name=quoted(name)))
        tables: list[Any] = [values[name], formulas[name]]
        for table in tables:
            table.reset_dimensions()  # the size that a file states cannot be trusted
        cells = 0
        rows = zip(*(table.iter_rows() for table in tables), strict=True)
        for number, (row, written) in enumerate(rows, 1):
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise UnreadableWorkbook(_("its sheet is too large: delete empty rows and columns, or split it"))
            yield _row(row, written, number, text_of)
    finally:
        values.close()
        formulas.close()


def _first_sheet(book: Any) -> str:
    """Return the name of the first sheet. Raise UnreadableWorkbook if it is a chart or hidden."""
    name: str = book.sheetnames[0]
    first = book[name]
    if isinstance(first, Chartsheet):
        raise UnreadableWorkbook(
            _("its first sheet, %(name)s, is a chart: move the sheet with the answers to the front", name=quoted(name))
        )
    if first.sheet_state != "visible" and any(sheet.sheet_state == "visible" for sheet in book.worksheets):
        raise UnreadableWorkbook(
            _(
                "its first sheet, %(name)s, is hidden: show it, or move the one that is meant to the front",
                name=quoted(name),
            )
        )
    return name


def _row(row: Sequence[Any], written: Sequence[Any], number: int, text_of: Callable[[Any], str]) -> list[str]:
    for cell, formula in zip(row, written, strict=True):
        if cell.value is None and formula.data_type == "f":
            raise no_value(number, formula.column_letter)
    texts = [text_of(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _answer_text(cell: Any) -> str:
    """Return a cell as it is displayed: 0.5 shown as 50 % is not 0.5. Raise UnreadableWorkbook for an error."""
    if cell.data_type == "e":
        raise holds_error(cell.row, cell.column_letter, cell.value)
    text = as_text(cell.value)
    if isinstance(cell.value, int | float) and "%" in _WRITTEN_OUT.sub("", cell.number_format or ""):
        return as_percentage(cell.value)
    return text

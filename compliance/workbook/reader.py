"""The only reader of .xlsx files that somebody sent: checks the package as a whole, then gives rows of text.

A workbook is a zip of XML parts, and hostile ones are easily made: they unpack to gigabytes, expand entities,
carry macros or point to other files. Whatever is wrong with one, the reader says so in a sentence and raises
UnreadableWorkbook.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

import openpyxl
from defusedxml.ElementTree import fromstring
from openpyxl.chartsheet import Chartsheet
from openpyxl.utils.cell import range_boundaries

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.csv_table import OLE_SIGNATURE
from compliance.questionnaire.faults import UserFacingError

MOST_BYTES = 30_000_000  # of the file
MOST_UNPACKED = 300_000_000
MOST_RATIO = 300  # unpacked to packed, of a part above a megabyte
MOST_PARTS = 2_000
MOST_CELLS = 20_000_000  # counting the empty ones in front of a filled one
_MOST_COLUMNS, _MOST_ROWS = 200, 100_000  # of a sheet that is read by its headings
_MEGABYTE = 1_000_000
_WORKBOOK, _RELATIONSHIPS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_WRITTEN_OUT = re.compile(r'"[^"]*"|\\.')  # in a number format: letters that are shown and do nothing
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')

#: What a part's name begins with or contains -> why the file is refused.
_REFUSED = {
    "vbaproject": "it carries macros: save it as .xlsx, without them",
    "macrosheets/": "it carries macros: save it as .xlsx, without them",
    "activex/": "it carries controls: save a copy without them",
    "externallinks/": "it takes values from other files: break the links (Data, Edit links) and save it",
    "xl/connections.xml": "it takes values from elsewhere: delete its data connections and save it",
    "embeddings/": "it has other files inside: delete the embedded objects and save it",
    "encryptedpackage": "it is protected by a password: save it without one",
    "xl/workbook.bin": "it is a binary workbook (.xlsb): save it as .xlsx",
}


class UnreadableWorkbook(UserFacingError, ValueError):
    """A workbook that is not read. The message says what is wrong and what to do."""


def read_rows(content: bytes, sheet: str = "") -> list[list[str]]:
    """The rows of a sheet, of the first if none is named, each cell as text. Raise UnreadableWorkbook.

    A number has its shortest spelling, a date is year-month-day, an empty cell is
    the empty text, and `NA` stays `NA`. Empty rows are kept, so that row numbers hold.
    """
    return list(_read(content, sheet, lambda cell: as_text(cell.value)))


def answer_rows(content: bytes) -> Iterator[list[str]]:
    """The rows of the first sheet, one at a time, each cell as its reader saw it.

    Raise UnreadableWorkbook, as for an error in a cell.
    """
    return _read(content, "", _answer_text)


class ReadCell(NamedTuple):
    """A cell as its reader saw it, or what is wrong with it: a formula, or an error such as #N/A."""

    text: str = ""
    flaw: Literal["", "formula", "error"] = ""

    @property
    def is_filled(self) -> bool:
        """True unless it is empty, or blank to the eye."""
        return bool(self.flaw or self.text.strip())


class BookReading:
    """A workbook while it is open: its sheets with cells, what it has by name, and its custom properties."""

    def __init__(self, content: bytes, book: Any) -> None:
        self._content, self._book = content, book

    @property
    def sheets(self) -> list[str]:
        """The names of the sheets that have cells, in order."""
        return [sheet.title for sheet in self._book.worksheets]

    def named_place(self, name: str) -> tuple[str, int, int] | None:
        """The sheet, row and column (counted from 1) where cells of a name begin; None where it names none."""
        if (defined := self._book.defined_names.get(name)) is None:
            return None
        with suppress(ValueError, AttributeError):  # a name whose cells are gone, or that is no name for cells
            ((sheet, cells),) = defined.destinations
            left, top, *_end = range_boundaries(cells)
            return sheet, top or 1, left or 1
        return "", 1, 1

    @property
    def properties(self) -> dict[str, str]:
        """The custom properties of the file."""
        return {each.name: as_text(each.value) for each in self._book.custom_doc_props.props}

    def rows(self, sheet: str, most: int = _MOST_ROWS) -> Iterator[list[ReadCell]]:
        """The first rows of a sheet, as many as there are up to the most, without the empty cells at their ends."""
        table = self._book[sheet]
        table.reset_dimensions()  # what the file says of its own size is not to be trusted
        for row in islice(table.iter_rows(max_col=_MOST_COLUMNS), most):
            cells = [_read_cell(cell) for cell in row]
            while cells and not cells[-1].is_filled:
                cells.pop()
            yield cells

    def merged(self, sheet: str) -> list[tuple[int, int, int, int]]:
        """The merged cells of a sheet: first column, first row, last column, last row, counted from 1."""
        found = _merged_cells(self._content, sheet)
        return [tuple(edge or 1 for edge in range_boundaries(cells)) for cells in found]  # type: ignore[misc]


@contextmanager
def opened_workbook(content: bytes) -> Iterator[BookReading]:
    """A workbook, to be read by the names of its sheets. Raise UnreadableWorkbook."""
    _check_file(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            yield BookReading(content, book)
        finally:
            book.close()
    except UserFacingError:
        raise
    except Exception as fault:  # openpyxl lets many kinds through
        raise _damaged(fault) from fault


def _read_cell(cell: Any) -> ReadCell:
    if cell.value is None:
        return _EMPTY
    if cell.data_type == "f":
        return ReadCell(as_text(cell.value), "formula")
    if cell.data_type == "e":
        return ReadCell(as_text(cell.value), "error")
    return ReadCell(_answer_text(cell))


_EMPTY = ReadCell()


def sheet_names(content: bytes) -> list[str]:
    """The names of the sheets of a workbook, in its order. Raise UnreadableWorkbook."""
    _check_file(content)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as fault:  # openpyxl lets many kinds through
        raise _damaged(fault) from fault
    try:
        return list(workbook.sheetnames)
    finally:
        workbook.close()


def _read(content: bytes, sheet: str, text_of: Callable[[Any], str]) -> Iterator[list[str]]:
    _check_file(content)
    try:
        yield from _rows(content, sheet, text_of)
    except UnreadableWorkbook:
        raise
    except Exception as fault:  # openpyxl lets many kinds through
        raise _damaged(fault) from fault


def _damaged(fault: Exception) -> UnreadableWorkbook:
    return UnreadableWorkbook(f"it is damaged, or no workbook ({type(fault).__name__}): save it again")


def _sheet_part(package: zipfile.ZipFile, name: str = "") -> str:
    """The part of a package that holds a sheet with cells, without a name the first."""
    relationships = {part.get("Id"): part for part in fromstring(package.read(_RELATIONSHIPS))}
    sheets = [part for part in fromstring(package.read(_WORKBOOK)).iter() if part.tag.endswith("}sheet")]
    named = (part for part in sheets if part.get("name") == name or not name)
    linked = (relationships[value] for part in named for key, value in part.items() if key.endswith("}id"))
    target: str = next(part.get("Target") for part in linked if part.get("Type").endswith("/worksheet"))
    return posixpath.join("/xl", target).removeprefix("/")


def merged_below(content: bytes, row: int) -> list[str]:
    """The merged cells of the first sheet, `B2:B3`, that reach below a row (counted from 1).

    The workbook must be one that `answer_rows` has read.
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
    """The cells of a sheet that hold a formula, `D12`. The workbook must be one that `read_rows` has read."""
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
            raise UnreadableWorkbook(f"it has no sheet {name!r}")
        tables: list[Any] = [values[name], formulas[name]]
        for table in tables:
            table.reset_dimensions()  # what the file says of its own size is not to be trusted
        cells = 0
        rows = zip(*(table.iter_rows() for table in tables), strict=True)
        for number, (row, written) in enumerate(rows, 1):
            cells += len(row) + 1
            if cells > MOST_CELLS:
                raise UnreadableWorkbook("its sheet is too large: delete empty rows and columns, or split it")
            yield _row(row, written, number, text_of)
    finally:
        values.close()
        formulas.close()


def _first_sheet(book: Any) -> str:
    """The name of the first sheet, if it is one that people see and that has cells."""
    name: str = book.sheetnames[0]
    first = book[name]
    if isinstance(first, Chartsheet):
        raise UnreadableWorkbook(f"its first sheet, {name!r}, is a chart: move the sheet with the answers to the front")
    if first.sheet_state != "visible" and any(sheet.sheet_state == "visible" for sheet in book.worksheets):
        raise UnreadableWorkbook(
            f"its first sheet, {name!r}, is hidden: show it, or move the one that is meant to the front"
        )
    return name


def _row(row: Sequence[Any], written: Sequence[Any], number: int, text_of: Callable[[Any], str]) -> list[str]:
    for cell, formula in zip(row, written, strict=True):
        if cell.value is None and formula.data_type == "f":
            where = f"row {number}, column {formula.column_letter}"
            raise UnreadableWorkbook(f"{where}: this formula has no value: put the value there instead")
    texts = [text_of(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _answer_text(cell: Any) -> str:
    """A cell as its reader saw it: 0.5 that is shown as 50 % is no 0.5, and an error is no answer."""
    if cell.data_type == "e":
        where = f"row {cell.row}, column {cell.column_letter}"
        raise UnreadableWorkbook(f"{where}: this cell holds the error {cell.value}: put the answer there")
    text = as_text(cell.value)
    if isinstance(cell.value, int | float) and "%" in _WRITTEN_OUT.sub("", cell.number_format or ""):
        return f"{number_text(round(100.0 * cell.value, 9))}%"
    return text


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


def _check_file(content: bytes) -> None:
    """Refuse what should not even be opened."""
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(f"the file has more than {MOST_BYTES // _MEGABYTE} MB: split it")
    if content.startswith(OLE_SIGNATURE):
        raise UnreadableWorkbook("it is protected by a password, or an old .xls: save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_package(package)
    except UnreadableWorkbook:
        raise
    except Exception as fault:  # zipfile and zlib let many kinds through
        raise UnreadableWorkbook(
            f"it is no .xlsx file, or a damaged one ({type(fault).__name__}): save it again as .xlsx"
        ) from fault


def _check_package(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    if len(parts) > MOST_PARTS:
        raise UnreadableWorkbook(f"it has more than {MOST_PARTS} parts inside: copy its cells into a new workbook")
    names = [part.filename.replace("\\", "/") for part in parts]
    if len(set(names)) < len(names):
        raise UnreadableWorkbook("it has the same part twice, so nobody can say what it holds")
    for part, name in zip(parts, names, strict=True):
        _check_part(part, name.lower())
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableWorkbook(f"it unpacks to more than {MOST_UNPACKED // _MEGABYTE} MB: split it")
    if _WORKBOOK not in names:
        raise UnreadableWorkbook("it is a zip file, but no workbook: save it as .xlsx")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            _check_xml(package, part)


def _check_part(part: zipfile.ZipInfo, name: str) -> None:
    for mark, why in _REFUSED.items():
        if mark in name:
            raise UnreadableWorkbook(why)
    if part.flag_bits & 1:
        raise UnreadableWorkbook("it is protected by a password: save it without one")
    if part.file_size > _MEGABYTE and part.file_size > MOST_RATIO * max(part.compress_size, 1):
        raise UnreadableWorkbook("it unpacks to far more than it should: it may be made to do harm")


def _check_xml(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse entities in any encoding, and content types that stand for macros."""
    with package.open(part) as stream:
        end = b""
        while chunk := stream.read(_MEGABYTE):
            seen = (end + chunk).replace(b"\0", b"")
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise UnreadableWorkbook("it declares entities, as no spreadsheet program does: save it again as .xlsx")
            end = chunk[-40:]
    if part.filename == "[Content_Types].xml":
        kinds = " ".join(element.get("ContentType", "") for element in fromstring(package.read(part))).lower()
        if "macroenabled" in kinds or "vbaproject" in kinds:
            raise UnreadableWorkbook(_REFUSED["vbaproject"])

"""CSV tables: read strictly in UTF-8 or UTF-16, written with cells that no spreadsheet takes for a formula.

Columns are separated by commas, semicolons or tabs. A file that is not surely one of these is refused, with the
place: a file in an old encoding would read as other letters, and nobody would see it. Faults name row and column
as a spreadsheet does, and a report of them stays short enough to read.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeAlias
from weakref import finalize

from compliance.questionnaire.faults import UserFacingError

#: A report names so many faults of one column, and so many in all; what is left it counts.
MOST_FAULTS_PER_COLUMN = 5
MOST_REPORT_LINES = 100
_MOST_LETTERS = 200  # of what was found in a cell


@dataclass(frozen=True, slots=True)
class AnswerFileFault:
    """One thing that is wrong in an answers file: row as a spreadsheet counts it, and the column's name."""

    file: str
    row: int
    column: str
    message: str
    cell: str = ""  # its name in a sheet of other form than a row a company, such as I58
    holds: str = ""  # what stands in that cell

    def __str__(self) -> str:
        cell = f", cell {self.cell}" if self.cell else ""
        row = f", row {self.row}" if self.row else ""
        column = f", column {shortened(self.column)}" if self.column else ""
        return f"{self.file}{cell}{row}{column}: {self.message}"


class AnswerFileFaults(UserFacingError):
    """An answers file that cannot be used, with every fault in it; printed one a line, counted where they are many."""

    def __init__(self, faults: Iterable[AnswerFileFault], foreign: Iterable[str] = ()) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        self.foreign = tuple(foreign)  # columns that the edition does not have
        super().__init__("\n".join(_report(self.faults)))


def shortened(text: str) -> str:
    """The beginning of a text, which is enough to find it: a cell can hold a novel."""
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def quoted(text: str) -> str:
    """A text as a message quotes it."""
    return repr(shortened(text))


def column_letters(position: int) -> str:
    """The letters of a spreadsheet column, counted from 0: A, B, … Z, AA."""
    letters = ""
    while position >= 0:
        position, rest = divmod(position, 26)
        letters, position = chr(65 + rest) + letters, position - 1
    return letters


def _report(faults: Iterable[AnswerFileFault]) -> Iterator[str]:
    seen: Counter[tuple[str, str]] = Counter()
    shown = 0
    for fault in faults:
        place = (fault.file, fault.column)
        seen[place] += 1
        if seen[place] <= MOST_FAULTS_PER_COLUMN and shown < MOST_REPORT_LINES:
            shown += 1
            yield str(fault)
    for (file, column), count in seen.items():
        more = count - MOST_FAULTS_PER_COLUMN
        if more > 0 and shown < MOST_REPORT_LINES:
            shown += 1
            yield f"{file}{f', column {column}' if column else ''}: {more} more like these"
    if shown < (total := sum(seen.values())) and shown >= MOST_REPORT_LINES:
        yield f"{total} faults in all, of which these are the first"


#: A spreadsheet would take what begins so for a formula; with apostrophes before it, so that `plain_cells` takes off
#: none that somebody wrote.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
#: What no cell of a spreadsheet can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GUARD = "'"


def escaped_cell(text: str) -> str:
    """A text as it may stand in a cell: with an apostrophe before it if it could pass for a formula."""
    if text[:1].isalnum() and text.isprintable():  # nearly every cell, and quick: tables have millions
        return text
    clean = _CONTROL.sub("", text)
    return _GUARD + clean if _looks_like_formula(clean) else clean


def csv_cell(text: str) -> str:
    """A text as it stands between commas: as `escaped_cell`, in quotation marks where it needs them."""
    if text[:1].isalnum() and text.isprintable() and "," not in text and '"' not in text:
        return text
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([escaped_cell(text), ""])
    return line.getvalue()[:-2]


def unescaped_cells(row: list[str]) -> list[str]:
    """The cells of a row without the apostrophes that `escaped_cell` adds."""
    if _GUARD not in "".join(row):  # nearly always, and a tenth of the time that looking at each cell takes
        return row
    return [cell[1:] if cell.startswith(_GUARD) and _looks_like_formula(cell[1:]) else cell for cell in row]


def _looks_like_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None and _PLAIN_NUMBER.fullmatch(text) is None


#: Opens a file at its beginning.
FileOpener: TypeAlias = Callable[[], BinaryIO]

#: What parts columns, in words.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAVE = "save it as “CSV UTF-8”"
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP_SIGNATURE = b"PK\x03\x04"
#: How an old .xls begins, and a workbook that is protected by a password.
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_CHUNK_BYTES = 1 << 20
#: What is held in memory at once: a stream, which can be opened only once, and a line. A file may be of any size.
MOST_STREAM_BYTES = 200_000_000
MOST_LINE_CHARACTERS = 16_000_000
#: A line with something in it, and its end.
_HEADER = re.compile(r"[\s\ufeff]*[^\s\ufeff][^\r\n]*[\r\n]")


#: Files that a spreadsheet program writes; what one is, and which are refused, its content says.
_WORKBOOK_ENDINGS = {".xlsx", ".ods", ".xlsm", ".xlsb", ".xls", ".xltx", ".xltm", ".ots", ".fods"}


def is_workbook(path: Path) -> bool:
    """True if a file is one of a spreadsheet program, by its name, and no text."""
    return path.suffix.lower() in _WORKBOOK_ENDINGS


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Rows of text below a header. The rows are read while one goes through them, once."""

    header: list[str]
    rows: "TableRows"
    first_row: int  # in which row of the file they begin, counted from 1
    delimiter: str
    encoding: str


def read_table(path: Path) -> CsvTable:
    """The table in a text file, which is never held as a whole, but a line of it is.

    Raise AnswerFileFaults if it is none, or empty, or has a line, or comes through a stream, that is too long.
    """
    opened = _file_opener(path)
    with opened() as file:
        beginning = file.read(len(codecs.BOM_UTF16_LE))
    encoding = "utf-16" if beginning in _BYTE_ORDER_MARKS else "utf-8"
    if not _is_text(path, opened, encoding):
        _refuse(path, opened, encoding)
    delimiter = _delimiter(_first_line(opened, encoding))
    rows = TableRows(path, opened(), encoding, delimiter)
    for row in rows:
        if any(cell.strip() for cell in row):
            return CsvTable(row, rows, rows.number + 1, delimiter, encoding)
    raise _fault(path, "the file is empty: begin with a header, company, …")


def _file_opener(path: Path) -> FileOpener:
    """A function that opens a file at its beginning, as often as need be; a stream is read into memory here."""
    if path.is_file():
        return lambda: path.open("rb")
    with path.open("rb") as stream:
        content = stream.read(MOST_STREAM_BYTES + 1)
    if len(content) > MOST_STREAM_BYTES:
        most = f"{MOST_STREAM_BYTES // 1_000_000} MB"
        raise _fault(path, f"this is no file, and more than {most} come out of it: save them to a file, and name that")
    return lambda: io.BytesIO(content)


def _is_text(path: Path, opened: FileOpener, encoding: str) -> bool:
    """True if a file decodes to the end, has no NUL in it and is no zip file. Raise AnswerFileFaults."""
    line = 0
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened() as file:
        piece = file.read(_CHUNK_BYTES)
        if piece.startswith(_ZIP_SIGNATURE):
            return False
        try:
            while piece:
                if "\0" in (text := decoder.decode(piece)):
                    return False
                line = 0 if "\n" in text or "\r" in text else line + len(text)
                if line > MOST_LINE_CHARACTERS:
                    most = f"{MOST_LINE_CHARACTERS // 1_000_000} million characters"
                    raise _fault(path, f"a line has more than {most}: write a line for each company")
                piece = file.read(_CHUNK_BYTES)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse(path: Path, opened: FileOpener, encoding: str) -> None:
    """Say what is wrong with a file that is no text, and where; its beginning is held for that."""
    with opened() as file:
        content = file.read(MOST_STREAM_BYTES)
    if content.startswith(_ZIP_SIGNATURE):
        raise _fault(
            path, f"this is no text, but a zip file as .xlsx and .ods are: name it .xlsx if it is one, or {_SAVE}"
        )
    if content.startswith(OLE_SIGNATURE):
        raise _fault(path, f"this is no text, but an old .xls, or protected by a password: {_SAVE}")
    if len(content) == MOST_STREAM_BYTES:  # there may be more
        content = content[: content.rfind(b"\n") + 1]
    text = _decoded(path, content, encoding)
    _refuse_what_is_no_text(path, text, _delimiter(text))
    raise _fault(path, f"this is no text further on, after the first {MOST_STREAM_BYTES // 1_000_000} MB: {_SAVE}")


def _first_line(opened: FileOpener, encoding: str) -> str:
    """The beginning of what is known to be text, up to the end of the first line that has something in it."""
    beginning = ""
    with io.TextIOWrapper(opened(), encoding, newline="") as text:
        while (piece := text.read(_CHUNK_BYTES)) and not _HEADER.match(beginning := beginning + piece):
            if len(beginning) > MOST_LINE_CHARACTERS:  # of nothing
                break
    return beginning


class TableRows:
    """The rows of what is known to be text, each once: one by one as cells, or many as lines where these are plain.

    Raise AnswerFileFaults where the file breaks off.
    """

    def __init__(self, path: Path, file: BinaryIO, encoding: str, delimiter: str) -> None:
        self.number = 0  # of rows that were read
        self._path, self._file = path, file
        self._size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._text = io.TextIOWrapper(file, encoding, newline="")
        finalize(self, self._text.close)  # where nobody reads to the end
        self._waiting = deque[str]()  # lines that were looked at, and are not read yet
        self._reader = csv.reader(_lines(self._text, self._waiting), delimiter=delimiter, strict=True)

    def __iter__(self) -> "TableRows":
        return self

    def __next__(self) -> list[str]:
        try:
            cells = next(self._reader)
        except csv.Error as error:
            message = f"broken from here on ({error}): check the quotation marks"
            raise _fault(self._path, message, self.number + 1) from error
        self.number += 1
        return unescaped_cells(cells)

    def plain_lines(self, most: int) -> list[str]:
        """The next lines, up to so many, which are to be parted at every delimiter; none if some are not so plain."""
        lines = [] if self._waiting or self._text.closed else list(islice(self._text, most))
        together = "".join(lines)
        if '"' in together or _GUARD in together or max(map(len, lines), default=0) >= csv.field_size_limit():
            self._waiting.extend(lines)
            return []
        self.number += len(lines)
        return [line.rstrip("\r\n") for line in lines]

    def share_read(self) -> float:
        """How much of the file was read until now, 0 to 1."""
        return self._file.tell() / self._size if self._size and not self._file.closed else 1.0


def _lines(text: io.TextIOWrapper, waiting: deque[str]) -> Iterator[str]:
    """Lines that wait, then those of a file, which is closed when nobody reads on.

    UTF-8 may begin with the mark of a byte order; files that programs joined begin with two.
    """
    with text:
        yield next(text, "").lstrip("\ufeff")
        while waiting or not text.closed:
            line = waiting.popleft() if waiting else next(text, None)
            if line is None:
                return
            yield line


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore")
        row, column = _place(before, _delimiter(before))
        if encoding == "utf-16":
            message = f"it begins as UTF-16, and breaks off at byte {error.start + 1}: {_SAVE}"
        else:
            message = f"the byte 0x{content[error.start]:02X} is no UTF-8: {_SAVE}"
        raise _fault(path, message, row, column) from error


def _refuse_what_is_no_text(path: Path, text: str, delimiter: str) -> None:
    if "\0" not in text:
        return
    if text.count("\0") * 3 >= len(text):
        raise _fault(path, f"this is no text, or UTF-16 without the mark at its beginning: {_SAVE}")
    row, column = _place(text[: text.index("\0")], delimiter)
    raise _fault(path, "a NUL character stands here, which no text has: delete it", row, column)


def _delimiter(text: str) -> str:
    """The delimiter of the header: the one of the three that stands in it most often."""
    header = re.match(r"[\s\ufeff]*([^\r\n]*)", text)
    return max(DELIMITERS, key=header[1].count) if header else ","


def _place(before: str, delimiter: str) -> tuple[int, str]:
    """The row, and the column by its name, of what comes after a piece of a table."""
    try:
        rows = list(csv.reader(io.StringIO(before.lstrip("\ufeff") + "?", newline=""), delimiter=delimiter))
    except csv.Error:  # a quotation mark that is never closed: its row cannot be told
        return 0, ""
    header = next((row for row in rows[:-1] if any(cell.strip() for cell in row)), [])
    column = len(rows[-1]) - 1
    name = header[column].strip() if column < len(header) else ""
    return len(rows), name or column_letters(column)


def _fault(path: Path, message: str, row: int = 0, column: str = "") -> AnswerFileFaults:
    return AnswerFileFaults([AnswerFileFault(str(path), row, column, message)])

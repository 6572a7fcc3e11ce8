"""CSV tables: read strictly in UTF-8 or UTF-16, and written with cells that no spreadsheet takes for a formula.

Columns are separated by commas, semicolons or tabs. A file that is not certainly one of these is refused, with the
place: in an old encoding it would be read as other letters without anybody noticing. Faults name row and column as a
spreadsheet does, and a report of faults stays short enough to read.
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

#: The most faults of one column that a report lists, and the most in all. The others are counted.
MOST_FAULTS_PER_COLUMN = 5
MOST_REPORT_LINES = 100
_MOST_LETTERS = 200  # of a cell's text that is quoted in a message


@dataclass(frozen=True, slots=True)
class AnswerFileFault:
    """One thing that is wrong in an answers file, with its row as a spreadsheet counts and its column's name."""

    file: str
    row: int
    column: str
    message: str
    cell: str = ""  # its name, such as I58, in a sheet without a row for each company
    holds: str = ""  # the text of that cell

    def __str__(self) -> str:
        cell = f", cell {self.cell}" if self.cell else ""
        row = f", row {self.row}" if self.row else ""
        column = f", column {shortened(self.column)}" if self.column else ""
        return f"{self.file}{cell}{row}{column}: {self.message}"


class AnswerFileFaults(UserFacingError):
    """An answers file that cannot be used, with every fault in it: printed one on a line, or counted if many."""

    def __init__(self, faults: Iterable[AnswerFileFault], foreign: Iterable[str] = ()) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        self.foreign = tuple(foreign)  # columns that the edition does not have
        super().__init__("\n".join(_report(self.faults)))


def shortened(text: str) -> str:
    """Return the beginning of a text, enough to find it: a cell can be very long."""
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def quoted(text: str) -> str:
    """Return a text as messages quote it."""
    return repr(shortened(text))


def column_letters(position: int) -> str:
    """Return the letters of a spreadsheet column, counted from 0: A, B, … Z, AA."""
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


#: The beginning of texts that a spreadsheet would take for a formula. Apostrophes before it are included, so that
#: `unescaped_cells` never removes one that somebody wrote.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
#: Characters that no cell of a spreadsheet can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GUARD = "'"


def escaped_cell(text: str) -> str:
    """Return a text for a cell: no control characters, and an apostrophe first if it looks like a formula."""
    if text[:1].isalnum() and text.isprintable():  # the quick path for nearly every cell: tables have millions
        return text
    clean = _CONTROL.sub("", text)
    return _GUARD + clean if _looks_like_formula(clean) else clean


def csv_cell(text: str) -> str:
    """Return a text as one cell of a CSV line: escaped as by `escaped_cell`, and quoted if necessary."""
    if text[:1].isalnum() and text.isprintable() and "," not in text and '"' not in text:
        return text
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([escaped_cell(text), ""])
    return line.getvalue()[:-2]


def unescaped_cells(row: list[str]) -> list[str]:
    """Return the cells of a row without the apostrophes that `escaped_cell` adds."""
    if _GUARD not in "".join(row):  # nearly always true, and ten times as fast as looking at each cell
        return row
    return [cell[1:] if cell.startswith(_GUARD) and _looks_like_formula(cell[1:]) else cell for cell in row]


def _looks_like_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None and _PLAIN_NUMBER.fullmatch(text) is None


#: Opens a file at its beginning.
FileOpener: TypeAlias = Callable[[], BinaryIO]

#: Delimiters, with their names in messages.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAVE = "save it as “CSV UTF-8”"
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP_SIGNATURE = b"PK\x03\x04"
#: The beginning of an old .xls, and of a workbook that is protected by a password.
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_CHUNK_BYTES = 1 << 20
#: The most that is held in memory at once: of a stream, which can be opened only once, and of a line. A file may have
#: any size.
MOST_STREAM_BYTES = 200_000_000
MOST_LINE_CHARACTERS = 16_000_000
#: The first line that is not blank, with its end.
_HEADER = re.compile(r"[\s\ufeff]*[^\s\ufeff][^\r\n]*[\r\n]")


#: Suffixes of files that spreadsheet programs write. Which of them are read and which are refused depends on their
#: content.
_WORKBOOK_ENDINGS = {".xlsx", ".ods", ".xlsm", ".xlsb", ".xls", ".xltx", ".xltm", ".ots", ".fods"}


def is_workbook(path: Path) -> bool:
    """Tell whether a file is a workbook rather than text, by its suffix."""
    return path.suffix.lower() in _WORKBOOK_ENDINGS


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Rows of text below a header. The rows are read while they are iterated over, once."""

    header: list[str]
    rows: "TableRows"
    first_row: int  # in which row of the file they begin, counted from 1
    delimiter: str
    encoding: str


def read_table(path: Path) -> CsvTable:
    """Return the table in a text file. Rows are read as needed; the file is never held in memory as a whole.

    Raise AnswerFileFaults if the file is not text or is empty, if a line is too long, or if a stream is.
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
    """Return a function that opens a file at its beginning, repeatedly. A stream is read into memory here."""
    if path.is_file():
        return lambda: path.open("rb")
    with path.open("rb") as stream:
        content = stream.read(MOST_STREAM_BYTES + 1)
    if len(content) > MOST_STREAM_BYTES:
        most = f"{MOST_STREAM_BYTES // 1_000_000} MB"
        raise _fault(
            path, f"this is not a file, and more than {most} come out of it: save them to a file, and name that"
        )
    return lambda: io.BytesIO(content)


def _is_text(path: Path, opened: FileOpener, encoding: str) -> bool:
    """Tell whether a file decodes, has no NUL and is not a zip file. Raise AnswerFileFaults for a long line."""
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
    """Raise AnswerFileFaults: what is wrong with a file that is not text, and where. Its beginning is read again."""
    with opened() as file:
        content = file.read(MOST_STREAM_BYTES)
    if content.startswith(_ZIP_SIGNATURE):
        raise _fault(
            path, f"this is no text, but a zip file as .xlsx and .ods are: name it .xlsx if it is one, or {_SAVE}"
        )
    if content.startswith(OLE_SIGNATURE):
        raise _fault(path, f"this is no text, but an old .xls, or protected by a password: {_SAVE}")
    if len(content) == MOST_STREAM_BYTES:  # the file may be longer
        content = content[: content.rfind(b"\n") + 1]
    text = _decoded(path, content, encoding)
    _refuse_what_is_no_text(path, text, _delimiter(text))
    raise _fault(path, f"this is no text further on, after the first {MOST_STREAM_BYTES // 1_000_000} MB: {_SAVE}")


def _first_line(opened: FileOpener, encoding: str) -> str:
    """Return the beginning of what is known to be text, up to the end of its first line that is not blank."""
    beginning = ""
    with io.TextIOWrapper(opened(), encoding, newline="") as text:
        while (piece := text.read(_CHUNK_BYTES)) and not _HEADER.match(beginning := beginning + piece):
            if len(beginning) > MOST_LINE_CHARACTERS:  # of blanks only
                break
    return beginning


class TableRows:
    """The rows of a file known to be text, each read once: as cells one by one, or many at once as plain lines.

    Raises AnswerFileFaults where the CSV is broken.
    """

    def __init__(self, path: Path, file: BinaryIO, encoding: str, delimiter: str) -> None:
        self.number = 0  # of rows read so far
        self._path, self._file = path, file
        self._size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._text = io.TextIOWrapper(file, encoding, newline="")
        finalize(self, self._text.close)  # if iteration stops before the end
        self._waiting = deque[str]()  # lines that `plain_lines` looked at and left to the CSV reader
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
        """Return the next lines, at most `most`, to be split at every delimiter, or none if some are not so plain."""
        lines = [] if self._waiting or self._text.closed else list(islice(self._text, most))
        together = "".join(lines)
        if '"' in together or _GUARD in together or max(map(len, lines), default=0) >= csv.field_size_limit():
            self._waiting.extend(lines)
            return []
        self.number += len(lines)
        return [line.rstrip("\r\n") for line in lines]

    def share_read(self) -> float:
        """Return how much of the file was read so far, from 0 to 1."""
        return self._file.tell() / self._size if self._size and not self._file.closed else 1.0


def _lines(text: io.TextIOWrapper, waiting: deque[str]) -> Iterator[str]:
    """Yield the waiting lines, then those of a file, which is closed at the end of iteration.

    UTF-8 may begin with a byte order mark; files joined by programs may begin with two.
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
    """Return the delimiter of the header: the most frequent of the three in it."""
    header = re.match(r"[\s\ufeff]*([^\r\n]*)", text)
    return max(DELIMITERS, key=header[1].count) if header else ","


def _place(before: str, delimiter: str) -> tuple[int, str]:
    """Return the row number, and the column's name or letters, of what follows a piece of a table."""
    try:
        rows = list(csv.reader(io.StringIO(before.lstrip("\ufeff") + "?", newline=""), delimiter=delimiter))
    except csv.Error:  # an unclosed quotation mark: the row cannot be told
        return 0, ""
    header = next((row for row in rows[:-1] if any(cell.strip() for cell in row)), [])
    column = len(rows[-1]) - 1
    name = header[column].strip() if column < len(header) else ""
    return len(rows), name or column_letters(column)


def _fault(path: Path, message: str, row: int = 0, column: str = "") -> AnswerFileFaults:
    return AnswerFileFaults([AnswerFileFault(str(path), row, column, message)])

"""A table of text as spreadsheets save it: in UTF-8 or UTF-16, its columns parted by commas, semicolons or tabs.

What is not surely one of these is refused with its place. Nothing is guessed at: a file in an old encoding reads as
other letters, and nobody would see it.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from compliance.questionnaire.answer_faults import AnswerFileFault, AnswerFileFaults, column_letters
from compliance.questionnaire.csv_cells import plain_cells

#: Opens a file at its beginning.
Source: TypeAlias = Callable[[], BinaryIO]

#: What parts columns, in words.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAVE = "save it as “CSV UTF-8”"
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03\x04"
#: How an old .xls begins, and a workbook that is protected by a password.
OLD_OR_ENCRYPTED = b"\xd0\xcf\x11\xe0"
_PIECE = 1 << 20
#: A line with something in it, and its end.
_HEADER = re.compile(r"[\s\ufeff]*[^\s\ufeff][^\r\n]*[\r\n]")


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of text below a header. The rows are read while one goes through them, once."""

    header: list[str]
    rows: Iterator[list[str]]  # raises AnswerFileFaults where the file breaks off
    first_row: int  # in which row of the file they begin, counted from 1
    delimiter: str
    encoding: str


def read_table(path: Path) -> TextTable:
    """The table in a text file, which is never held as a whole. Raise AnswerFileFaults if it is none, or empty."""
    opened = _source(path)
    with opened() as file:
        beginning = file.read(len(codecs.BOM_UTF16_LE))
    encoding = "utf-16" if beginning in _BYTE_ORDER_MARKS else "utf-8"
    if not _is_text(opened, encoding):
        _refuse(path, opened, encoding)
    delimiter = _delimiter(_first_line(opened, encoding))
    rows = enumerate(_rows(path, opened, encoding, delimiter), 1)
    for number, row in rows:
        if any(cell.strip() for cell in row):
            return TextTable(row, (row for _, row in rows), number + 1, delimiter, encoding)
    raise _fault(path, "the file is empty: begin with a header, company, …")


def _source(path: Path) -> Source:
    """What opens a file at its beginning, as often as need be; what can be read only once is read here, and kept."""
    if path.is_file():
        return lambda: path.open("rb")
    content = path.read_bytes()
    return lambda: io.BytesIO(content)


def _is_text(opened: Source, encoding: str) -> bool:
    """Whether a file decodes to the end, has no NUL in it and is no zip file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened() as file:
        piece = file.read(_PIECE)
        if piece.startswith(_ZIP):
            return False
        try:
            while piece:
                if "\0" in decoder.decode(piece):
                    return False
                piece = file.read(_PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse(path: Path, opened: Source, encoding: str) -> None:
    """Say what is wrong with a file that is no text, and where; it is read as a whole for that."""
    with opened() as file:
        content = file.read()
    if content.startswith(_ZIP):
        raise _fault(
            path, f"this is no text, but a zip file as .xlsx and .ods are: name it .xlsx if it is one, or {_SAVE}"
        )
    if content.startswith(OLD_OR_ENCRYPTED):
        raise _fault(path, f"this is no text, but an old .xls, or protected by a password: {_SAVE}")
    text = _decoded(path, content, encoding)
    _refuse_what_is_no_text(path, text, _delimiter(text))


def _first_line(opened: Source, encoding: str) -> str:
    """The beginning of what is known to be text, up to the end of the first line that has something in it."""
    beginning = ""
    with io.TextIOWrapper(opened(), encoding, newline="") as text:
        while (piece := text.read(_PIECE)) and not _HEADER.match(beginning := beginning + piece):
            pass
    return beginning


def _rows(path: Path, opened: Source, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of what is known to be text."""
    row = 0
    with io.TextIOWrapper(opened(), encoding, newline="") as lines:
        reader = csv.reader(_without_mark(lines), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                row += 1
                yield plain_cells(cells)
        except csv.Error as error:
            message = f"broken from here on ({error}): check the quotation marks"
            raise _fault(path, message, row + 1) from error


def _without_mark(lines: Iterator[str]) -> Iterator[str]:
    """UTF-8 may begin with the mark of a byte order; files that programs joined begin with two."""
    yield next(lines, "").lstrip("\ufeff")
    yield from lines


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
    """What parts the columns of the header: the one of the three that stands in it most often."""
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

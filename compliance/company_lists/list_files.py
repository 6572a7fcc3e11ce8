"""Files with lists, as tables of text. The encoding and delimiter of a CSV file are guessed.

A guess can be wrong. It is shown, and people who know the companies' names can choose another encoding.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from charset_normalizer import from_bytes

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import unescaped_cells
from compliance.workbook.reader import UnreadableWorkbook, read_rows

#: Possible encodings of a file, by Python's names, with their common names; the most frequent first.
ENCODINGS: Mapping[str, str] = {
    "utf_8": "UTF-8",
    "utf_16": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1256": "Windows-1256",
    "mac_roman": "Mac Roman",
}
DELIMITERS = ",;\t|"
_WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAMPLE = 20_000  # characters from which the delimiter is guessed


class UnreadableList(ValueError):
    """A file that cannot be read as a list. The message says why and what to do, in the current language."""


@dataclass(frozen=True, slots=True)
class ListTable:
    """The rows of a list that are not blank, each with its number in the file, from 1."""

    rows: Sequence[tuple[int, Sequence[str]]]
    encoding: str  # a key of ENCODINGS; "" for a workbook
    delimiter: str  # "" for a workbook


def read_table(content: bytes, encoding: str = "") -> ListTable:
    """Return the table in a file, or a workbook's first sheet. `encoding` replaces the guess. Raise UnreadableList."""
    if content.startswith(_WORKBOOK_SIGNATURES):
        try:
            rows = read_rows(content)
        except UnreadableWorkbook as fault:
            raise UnreadableList(_("The workbook cannot be read: %(why)s.", why=str(fault))) from fault
        return ListTable(_filled(rows), "", "")
    chosen = encoding or guess_encoding(content)
    text = _decoded(content, chosen)
    if text is None:
        raise UnreadableList(
            _("The file is not in the encoding %(name)s. Choose another one.", name=ENCODINGS.get(chosen, chosen))
        )
    delimiter = guess_delimiter(text)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise UnreadableList(
            _(
                "A quotation mark is opened but not closed, so the file cannot be read to its end. Check the "
                "quotation marks."
            )
        ) from fault
    return ListTable(_filled(map(unescaped_cells, rows)), chosen, delimiter)


def guess_encoding(content: bytes) -> str:
    """Return the likeliest encoding of a text, a key of ENCODINGS."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf_16"
    if _decoded(content, "utf_8") is not None:
        return "utf_8"
    others = [name for name in ENCODINGS if name not in ("utf_8", "utf_16")]
    found = list(from_bytes(content, cp_isolation=others))
    level = [one for one in found if (one.chaos, one.coherence) == (found[0].chaos, found[0].coherence)]
    likely = {encoding for one in level for encoding in one.could_be_from_charset}
    return next((name for name in others if name in likely), others[0])  # the most frequent of equally likely ones


def possible_encodings(content: bytes) -> Iterator[str]:
    """Yield the encodings in which a text decodes, the likeliest first. Yield none for a workbook."""
    if content.startswith(_WORKBOOK_SIGNATURES):
        return
    likeliest = guess_encoding(content)
    yield likeliest
    yield from (name for name in ENCODINGS if name != likeliest and _decoded(content, name) is not None)


def guess_delimiter(text: str) -> str:
    """Return the delimiter: by Python's csv.Sniffer, else the most frequent candidate in the first line.

    If the first line has none, the only column may have any of them in its cells, so one is chosen that no cell has.
    """
    first = text.lstrip("\ufeff\r\n ").partition("\n")[0].partition("\r")[0]
    if not any(map(first.count, DELIMITERS)):
        return next((sign for sign in DELIMITERS if sign not in text), DELIMITERS[0])
    try:
        sniffed = csv.Sniffer().sniff(text[:_SAMPLE], delimiters=DELIMITERS).delimiter
    except csv.Error:
        sniffed = ""
    return sniffed if sniffed and sniffed in first else max(DELIMITERS, key=first.count)


def _decoded(content: bytes, encoding: str) -> str | None:
    """Return the text of some bytes, or None if they are not in that encoding."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if encoding not in ENCODINGS or (encoding == "utf_16") != has_mark:
        return None
    try:
        text = content.decode("utf_8_sig" if encoding == "utf_8" else encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _filled(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> list[tuple[int, Sequence[str]]]:
    return [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]

"""Many scorecards in one zip file, which is produced piece by piece, so that only one is in memory at a time."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from compliance.questionnaire.csv_table import escaped_cell

#: The last entry of the file: a list of its contents.
INDEX_NAME = "index.csv"
_INDEX_COLUMNS = ("file", "company", "period", "edition", "assessment")
_LONGEST_NAME = 50  # letters of a company in a file name: it has 255 bytes at most, and a letter up to four
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time in zip files, so that the same scorecards give the same bytes


@dataclass(frozen=True, slots=True)
class ZippedScorecard:
    """A scorecard workbook, and its line of the index."""

    company: str
    edition: str  # its id
    content: bytes
    period: str = ""
    assessment: str = ""


def zip_scorecards(scorecards: Iterable[ZippedScorecard]) -> Iterator[bytes]:
    """Yield the pieces of a zip file with these scorecards, under different names, and *index.csv* at the end.

    A piece is yielded before the next scorecard is requested.
    """
    written = _Pieces()
    rows: list[Sequence[str]] = []
    taken = {INDEX_NAME}
    with zipfile.ZipFile(written, "w") as file:  # workbooks are compressed already
        for card in scorecards:
            name = _file_name(card, taken)
            rows.append((name, card.company, card.period, card.edition, card.assessment))
            file.writestr(_entry(name), card.content)
            yield written.take()
        file.writestr(_entry(INDEX_NAME), _index(rows), zipfile.ZIP_DEFLATED)
    yield written.take()


def _file_name(card: ZippedScorecard, taken: set[str]) -> str:
    """Return a name valid on every system and unique in the zip, ignoring case. Add it to `taken`."""
    letters = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", card.company)).strip("-_")[:_LONGEST_NAME]
    stem = "-".join(part for part in ("scorecard", letters.strip("-_"), card.period) if part)
    for number in count(1):
        name = f"{stem}{f'-{number}' if number > 1 else ''}.xlsx"
        if (key := unicodedata.normalize("NFKC", name).casefold()) not in taken:
            taken.add(key)
            return name
    raise AssertionError("numbers do not end")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.external_attr = 0o600 << 16
    return entry


def _index(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table for programs. Its byte order mark tells Excel that it is UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_INDEX_COLUMNS)
    writer.writerows(map(escaped_cell, row) for row in rows)
    return file.getvalue().encode("utf-8-sig")


class _Pieces(io.BytesIO):
    """A file from which finished content is removed. Positions still count from its beginning."""

    _gone = 0

    def tell(self) -> int:
        return self._gone + super().tell()

    def seek(self, position: int, whence: int = io.SEEK_SET, /) -> int:
        return self._gone + super().seek(position - self._gone if whence == io.SEEK_SET else position, whence)

    def take(self) -> bytes:
        """Return what was written since the last call, and remove it."""
        piece = self.getvalue()
        self._gone += len(piece)
        super().seek(0)
        self.truncate()
        return piece

"""The parts of an .xlsx file as XlsxWriter puts them together, and what it does not offer."""

from collections.abc import Iterable, Sequence
from functools import reduce
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from xlsxwriter.core import Core
from xlsxwriter.packager import Packager

try:
    from isal.isal_zlib import DEFLATED, MAX_WBITS, Z_FINISH, Z_FULL_FLUSH, compressobj, crc32
except ImportError:  # as on Windows on ARM, for which there is none
    from zlib import DEFLATED, MAX_WBITS, Z_FINISH, Z_FULL_FLUSH, compressobj, crc32  # type: ignore[assignment]


class WorkbookInALanguage(xlsxwriter.Workbook):  # type: ignore[misc]
    """A workbook that says in its properties which language it is in, which XlsxWriter 3.3 does not offer."""

    language = ""

    def _get_packager(self) -> Packager:
        return PackagerWithLanguage()


class PackagerWithLanguage(Packager):  # type: ignore[misc]
    """Puts the parts of such a workbook together."""

    def _write_core_file(self) -> None:
        core = _PropertiesWithLanguage()
        core.language = self.workbook.language
        core._set_properties(self.workbook.doc_properties)
        core._set_xml_writer(self._filename("docProps/core.xml"))
        core._assemble_xml_file()


class _PropertiesWithLanguage(Core):  # type: ignore[misc]
    language = ""

    def _write_dcterms_modified(self) -> None:
        super()._write_dcterms_modified()
        self._xml_data_element("dc:language", self.language)


# ── Parts that are the same in many files

#: How hard parts are compressed: with zlib, 6, as is usual, takes three times as long, for files that are a fifth
#: smaller. ISA-L takes a quarter of the time of zlib at this level, for files that are larger by a thirtieth.
_LEVEL = 2


class Piece:
    """A piece of a part, compressed. One that many files have is made once, and put into each.

    Compressed data may be joined where each piece looks back at nothing before it, and ends with a whole byte.
    """

    def __init__(self, content: bytes, *, is_last: bool = False) -> None:
        self.content = content
        packer = compressobj(_LEVEL, DEFLATED, -MAX_WBITS)  # without the frame of a stream
        compressed = packer.compress(content)
        self.compressed = compressed + packer.flush(Z_FINISH if is_last else Z_FULL_FLUSH)

    def __deepcopy__(self, memo: object) -> "Piece":
        return self


class Part(StringIO):
    """A part being written, of which some may be kept. XlsxWriter only writes into one, and asks for this kind."""

    def __init__(self) -> None:
        super().__init__()
        self._before: list[Piece] = []
        self._written: list[bytes] = []

    def write(self, text: str) -> int:
        """Write some text."""
        self._written.append(text.encode())
        return len(text)

    def put(self, kept: Piece | bytes) -> None:
        """Write what is kept, or text that is encoded already."""
        if isinstance(kept, bytes):
            self._written.append(kept)
        else:
            self._before += [Piece(b"".join(self._written)), kept]
            self._written.clear()

    @property
    def pieces(self) -> Sequence[Piece]:
        """All that is written."""
        return [*self._before, Piece(b"".join(self._written), is_last=True)]


def zip_parts(parts: Iterable[tuple[str, Part]]) -> bytes:
    """A zip file of parts by their names. The same parts give the same bytes."""
    content = BytesIO()
    with ZipFile(content, "w") as file:  # which takes nothing that is compressed already: that is added by hand
        for name, part in parts:
            entry, pieces = ZipInfo(name), part.pieces  # of 1980, as XlsxWriter has it
            entry.compress_type, entry.external_attr, entry.header_offset = ZIP_DEFLATED, 0o600 << 16, content.tell()
            entry.file_size = sum(len(piece.content) for piece in pieces)
            entry.compress_size = sum(len(piece.compressed) for piece in pieces)
            entry.CRC = reduce(lambda checksum, piece: crc32(piece.content, checksum), pieces, 0)
            content.write(entry.FileHeader())
            content.writelines(piece.compressed for piece in pieces)
            file.filelist.append(entry)
            file.start_dir = content.tell()
    return content.getvalue()

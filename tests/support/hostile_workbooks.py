"""Scorecards that are damaged, malicious or of another format than their name says, and handmade .ods files."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from openpyxl.cell.cell import Cell

from tests.support.review_edits import written

Part = bytes | Callable[[bytes], bytes]
WORKBOOK, STRINGS, STYLES = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"


def zipped(parts: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_parts(changes: Mapping[str, Part | None], content: bytes = b"") -> bytes:
    """Return the scorecard with parts changed, added or, for None, removed."""
    parts = unzipped(content or written())
    for name, change in changes.items():
        if change is None:
            del parts[name]
        else:
            parts[name] = change(parts[name]) if callable(change) else change
    return zipped(parts)


def review_part() -> str:
    """Return the name of the scorecard's part that contains the sheet *Review*."""
    names = re.findall(rb'<sheet name="([^"]+)"', unzipped(written())[WORKBOOK])
    return f"xl/worksheets/sheet{names.index(b'Review') + 1}.xml"


def put_before(end: bytes, more: bytes) -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        assert end in part
        return part.replace(end, more + end, 1)

    return change


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        assert old in part
        return part.replace(old, new)

    return change


def broken_names(part: bytes) -> bytes:
    """Return the part with every defined name as `#REF!`, as spreadsheets write it when its cells were deleted."""
    return re.sub(rb"(<definedName [^>]*>)[^<]*", rb"\1#REF!", part)


def huge_part(name: str, beginning: bytes, piece: bytes, times: int, end: bytes) -> bytes:
    """Return the scorecard with a part that is small only while compressed, without holding the part in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for other, content in unzipped(written()).items():
            if other != name:
                package.writestr(other, content)
        with package.open(name, "w", force_zip64=True) as part:
            part.write(beginning)
            for _ in range(times):
                part.write(piece)
            part.write(end)
    return file.getvalue()


def rows(count: int, columns: int, first: int = 2_000) -> bytes:
    """Return rows of numbers in the XML of a sheet."""
    cells = [b"".join(b"<c><v>%d</v></c>" % (row * column) for column in range(columns)) for row in range(count)]
    return b"".join(b'<row r="%d">%s</row>' % (first + row, found) for row, found in enumerate(cells))


def names(count: int) -> bytes:
    return b"".join(b'<definedName name="n%d">Review!$A$1</definedName>' % number for number in range(count))


def sheet_entries(count: int, relationship: str = "rId1") -> bytes:
    return b"".join(
        b'<sheet name="s%d" sheetId="%d" r:id="%s"/>' % (number, number + 100, relationship.encode())
        for number in range(count)
    )


def marked_as_encrypted(content: bytes) -> bytes:
    """Return the zip file with every part marked as encrypted."""
    marked = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(mark)
        while at >= 0:
            struct.pack_into("<H", marked, at + offset, 1)
            at = marked.find(mark, at + 1)
    return bytes(marked)


# ── OpenDocument

_SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
_DECLARED = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _SPACES.items())


def ods(sheets: Mapping[str, str], names: str = "", properties: str = "", **parts: bytes) -> bytes:
    """Return an .ods file. `sheets`: the XML of the rows of each sheet."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{found}</table:table>" for name, found in sheets.items()
    )
    return ods_of(f"{tables}<table:named-expressions>{names}</table:named-expressions>", properties, **parts)


def ods_of(spreadsheet: str, properties: str = "", styles: str = "", **parts: bytes) -> bytes:
    content = (
        f"<office:document-content {_DECLARED}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{spreadsheet}</office:spreadsheet></office:body></office:document-content>"
    )
    meta = f"<office:document-meta {_DECLARED}><office:meta>{properties}</office:meta></office:document-meta>"
    made = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": content.encode(),
        "meta.xml": meta.encode(),
    }
    return zipped(made | {name.replace("__", "/"): part for name, part in parts.items()})


def ods_row(*cells: str, **attributes: object) -> str:
    return f"<table:table-row{_attributes(attributes)}>{''.join(cells)}</table:table-row>"


def ods_cell(text: str = "", inner: str = "", **attributes: object) -> str:
    """Return a cell with text, or with other XML. Attributes are of the namespace `table`, with `_` for `-`."""
    kind = ' office:value-type="string"' if text or inner else ""
    paragraphs = inner or "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n") if text)
    return f"<table:table-cell{kind}{_attributes(attributes)}>{paragraphs}</table:table-cell>"


def _attributes(attributes: Mapping[str, object]) -> str:
    return "".join(f' table:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())


def as_ods(content: bytes, *changes: Callable[[str], str]) -> bytes:
    """Return a scorecard as .ods with its cells and properties, but no defined names, after changes to its content."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheets = {page.title: "".join(map(_row, page.iter_rows())) for page in book.worksheets}
    told = "".join(
        f"<meta:user-defined meta:name={quoteattr(each.name)}>{escape(str(each.value))}</meta:user-defined>"
        for each in book.custom_doc_props.props  # type: ignore[attr-defined]  # openpyxl’s types lack it
    )
    made = unzipped(ods(sheets, properties=told))
    for change in changes:
        changed = change(made["content.xml"].decode())
        assert changed.encode() != made["content.xml"]
        made["content.xml"] = changed.encode()
    return zipped(made)


def _row(cells: tuple[Cell, ...]) -> str:
    return ods_row(*map(_cell, cells))


def _cell(cell: Cell) -> str:
    value = cell.value
    if cell.data_type == "f":
        return ods_cell(inner="<text:p>shown</text:p>", formula=escape(f"of:{value}", {'"': "&quot;"}))
    if isinstance(value, datetime):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    return ods_cell("" if value is None else str(value))

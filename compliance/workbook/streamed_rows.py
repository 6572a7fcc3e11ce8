"""The rows of a long list, written one by one: no row is held in memory, and a cell takes a fraction of a microsecond.

XlsxWriter's constant-memory mode takes some eight microseconds per cell. Here each column has one format, so that all
XML of its cells except row and value is the same, and is written once.
"""

import shutil
from collections.abc import Sequence
from datetime import date
from tempfile import TemporaryFile
from typing import IO, NamedTuple, TypeAlias
from xml.sax.saxutils import escape

from xlsxwriter.format import Format

from compliance.workbook.cell_texts import clean
from compliance.workbook.formulas import call, column_letters, day_number, number_literal, text_literal
from compliance.workbook.plain_worksheet import PlainFormulaWorksheet


class LinkedNumber(NamedTuple):
    """A number that is a link, and is sorted as a number."""

    number: int
    address: str


#: The content of a cell; None: empty, which is not 0.
StreamedCell: TypeAlias = str | float | date | LinkedNumber | None
_LONGEST_ADDRESS = 255  # characters of the address of a HYPERLINK formula


class StreamedWorksheet(PlainFormulaWorksheet):
    """A worksheet with streamed rows below those that are written cell by cell.

    Like its base class, it overrides private methods of XlsxWriter, and uses a private one to get the numbers of
    formats. A test reads such a sheet back and compares it with the same cells written one by one.
    """

    dim_rowmax: int  # XlsxWriter's
    _streamed: "StreamedRows | None" = None

    def stream(self, first_row: int, formats: Sequence[Format]) -> "StreamedRows":
        """Begin streaming at a row (counted from 0). The cells of each column have its format."""
        self._streamed = StreamedRows(first_row, [form._get_xf_index() for form in formats])
        return self._streamed

    def _write_dimension(self) -> None:
        if self._streamed is not None:
            self.dim_rowmax = max(self.dim_rowmax, self._streamed.next_row - 1)
        super()._write_dimension()

    def _write_rows(self) -> None:
        super()._write_rows()
        if self._streamed is not None:
            self._streamed.copy_to(self.fh)


class StreamedRows:
    """Rows of cells, stored in a temporary file until the workbook is closed."""

    def __init__(self, first_row: int, looks: Sequence[int]) -> None:
        self.next_row = first_row
        self._columns = [(f'<c r="{column_letters(k)}', f'" s="{look}"') for k, look in enumerate(looks)]
        self._file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # it is open until the workbook is closed

    def add(self, cells: Sequence[StreamedCell]) -> None:
        """Write the next row: a cell for each column."""
        self.next_row += 1
        row = str(self.next_row)
        written = [f'<row r="{row}">']
        for (place, look), cell in zip(self._columns, cells, strict=True):
            if cell is None or cell == "":
                written.append(f"{place}{row}{look}/>")
            elif isinstance(cell, float | int):
                written.append(f"{place}{row}{look}><v>{cell!r}</v></c>")
            elif isinstance(cell, str):
                text = escape(clean(cell))
                written.append(f'{place}{row}{look} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
            elif isinstance(cell, date):
                written.append(f"{place}{row}{look}><v>{day_number(cell)}</v></c>")
            else:
                written.append(f"{place}{row}{look}>{_link(cell)}<v>{cell.number}</v></c>")
        written.append("</row>")
        self._file.write("".join(written))

    def copy_to(self, file: IO[str]) -> None:
        """Copy all rows into the file of the sheet, and delete the temporary file."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, file)
        self._file.close()


def _link(cell: LinkedNumber) -> str:
    """Return the formula of a link, which moves with its cell when rows are sorted, unlike a cell's own hyperlink."""
    if not cell.address or len(cell.address) > _LONGEST_ADDRESS:
        return ""
    return f"<f>{escape(call('HYPERLINK', text_literal(cell.address), number_literal(cell.number)))}</f>"

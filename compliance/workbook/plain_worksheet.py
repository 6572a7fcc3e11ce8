"""An XlsxWriter worksheet that writes the same bytes without searching formulas and texts first."""

from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.worksheet import (
    CellBlankTuple,
    CellFormulaTuple,
    CellNumberTuple,
    CellStringTuple,
    Worksheet,
)

from compliance.workbook.formulas import CachedValue, column_letters


class PlainFormulaWorksheet(Worksheet):  # type: ignore[misc]  # the package has fewer types than mypy asks for
    """A worksheet that writes formulas as they are, and each plain cell in one step.

    XlsxWriter 3.3 searches each formula with some thirty patterns for functions that are newer than Excel 2007, to add
    a prefix, and has no option to skip this; `formulas` uses no such functions. It also checks whether the place of
    each cell is a name, and whether each part of it needs escapes. Without all this, a workbook of many cells takes a
    sixth less time. A test compares the files with and without, so that a change in XlsxWriter is noticed.
    """

    write_string, write_number, write_blank = Worksheet._write_string, Worksheet._write_number, Worksheet._write_blank

    def write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: CachedValue = 0
    ) -> int:
        """Write a formula as it is. Return 0, or -1 if the cell is beyond the sheet."""
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(formula.removeprefix("="), cell_format, value)
        return 0

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        # Writes the most frequent cells as XlsxWriter does. No formula of ours has an error as its value.
        kind = type(cell)
        if cell.format is None or kind not in _PLAIN_CELLS:
            super()._write_cell(row, col, cell)
            return
        place = f'<c r="{column_letters(col)}{row + 1}" s="{cell.format._get_xf_index()}"'
        if kind is CellFormulaTuple:
            text = isinstance(cell.value, str)
            now = escape(cell.value) if text else cell.value
            self.fh.write(f"{place}{_TEXT if text and now else ''}><f>{escape(cell.formula)}</f><v>{now}</v></c>")
        elif kind is CellStringTuple:
            self.fh.write(f'{place} t="s"><v>{cell.string}</v></c>')
        elif kind is CellNumberTuple:
            self.fh.write(f"{place}><v>{cell.number:.16G}</v></c>")
        else:
            self.fh.write(f"{place}/>")


_TEXT = ' t="str"'
_PLAIN_CELLS = frozenset({CellFormulaTuple, CellStringTuple, CellNumberTuple, CellBlankTuple})

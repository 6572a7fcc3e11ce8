"""A worksheet of XlsxWriter that writes the same bytes and does not search formulas and texts first."""

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


class PlainFormulaWorksheet(Worksheet):  # type: ignore[misc]  # the package says less of its types than we ask for
    """A worksheet that takes formulas as they are, and puts plain cells together at once.

    XlsxWriter 3.3 searches each formula with some thirty patterns for functions that are newer than Excel 2007, to put
    a prefix before them, and has no option to leave that out; `formulas` has none of them. It also asks of each cell
    whether its place is a name, and of each part of it whether it needs escapes. A workbook of many cells takes a sixth
    less without all this. A test compares the files with and without, so that a change there shows.
    """

    write_string, write_number, write_blank = Worksheet._write_string, Worksheet._write_number, Worksheet._write_blank

    def write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: CachedValue = 0
    ) -> int:
        """Write a formula, as it is. Returns 0, or -1 for a place beyond the sheet."""
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(formula.removeprefix("="), cell_format, value)
        return 0

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        # As XlsxWriter does, for the cells that there are most of. No formula of ours is worth an error.
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

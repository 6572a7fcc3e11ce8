"""Workbooks that are largely the same, written one after the other: what was made for one cell serves the next time.

A cell that is asked for again in the same place, with the same text or formula in the same styles, is taken as it was;
only the value of a formula is written anew. So the files are, byte for byte, those that `WorkbookWriter` makes.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeAlias
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compliance.workbook.cell_styles import Style
from compliance.workbook.formulas import CachedValue, CellReference, Formula, column_letters
from compliance.workbook.plain_worksheet import PlainFormulaWorksheet
from compliance.workbook.writer import Made, SheetWriter, Styles, WorkbookWriter, clean


class _Cell(NamedTuple):
    """A cell as it was asked for the first time, and what was made of it."""

    said: object  # its text, formula, number or passages
    styles: Styles  # that it was asked for with, or that it has
    look: int  # the number of its look in the record
    place: str  # the beginning of its element, up to the number of its format
    made: str  # its text as the table of texts has it, or the rest of its element, up to a value


_Cells: TypeAlias = dict[tuple[int, int], _Cell]


@dataclass(slots=True)
class _Sheet:
    """The cells of a sheet by their kinds."""

    texts: _Cells = field(default_factory=dict)
    blanks: _Cells = field(default_factory=dict)
    numbers: _Cells = field(default_factory=dict)
    formulas: _Cells = field(default_factory=dict)
    passages: _Cells = field(default_factory=dict)


class WorkbookRecord:
    """What workbooks of one kind in one language have in common: cells, looks, and whatever `once` is asked for.

    The first workbook fills it; it holds no value of a formula, and of later workbooks only what the first had not.
    """

    def __init__(self) -> None:
        self.sheets: dict[str, _Sheet] = {}
        self.looks: list[Styles] = []
        self.look_numbers: dict[Hashable, int] = {}
        self.made: dict[Hashable, Any] = {}


class RecordedWorkbookWriter(WorkbookWriter):
    """A workbook being written with what those before it left in a record."""

    def __init__(self, record: WorkbookRecord, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.record = record
        self.formats: dict[int, Format] = {}  # of this workbook, by the number of the look

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made the first time."""
        if key not in self.record.made:
            self.record.made[key] = make()
        made: Made = self.record.made[key]
        return made

    def sheet(self, name: str, kind: type[Worksheet] | None = None) -> SheetWriter:
        """A new sheet; one of a kind of its own is written as ever."""
        if kind is not None:
            return super().sheet(name, kind)
        return _RecordedSheetWriter(self, self.xlsx.add_worksheet(name, _RecordedWorksheet), name)

    def look(self, styles: Styles) -> int:
        """The number of a look."""
        key = tuple([style if isinstance(style, str) else tuple(style.items()) for style in styles])
        if key not in self.record.look_numbers:
            self.record.look_numbers[key] = len(self.record.looks)
            self.record.looks.append(styles)
        return self.record.look_numbers[key]


class _RecordedWorksheet(PlainFormulaWorksheet):
    """A worksheet of which most cells are made already, but for the number of their format in this workbook.

    XlsxWriter asks of every place of a sheet, twice, whether something stands there; here it is only what does.
    """

    def _write_rows(self) -> None:
        self._calculate_spans()
        for row in sorted({*self.row_info, *self.table}):
            cells, info = self.table.get(row), self.row_info.get(row)
            span = self.row_spans.get(row // 16)
            if not cells:
                self._write_empty_row(row, span, info)
                continue
            self._write_row(row, span, info)
            for column in sorted(cells):
                cell = cells[column]
                if type(cell) is tuple:
                    place, form, rest = cell
                    self.fh.write(f"{place}{form.xf_index or form._get_xf_index()}{rest}")
                else:
                    self._write_cell(row, column, cell)
            self._xml_end_tag("row")

    def _calculate_spans(self) -> None:
        ends: dict[int, tuple[int, int]] = {}
        for row, cells in self.table.items():
            if cells:
                first, last = ends.get(row // 16, (self.xls_colmax, 0))
                ends[row // 16] = min(first, *cells), max(last, *cells)
        self.row_spans = {block: f"{first + 1}:{last + 1}" for block, (first, last) in ends.items()}


class _RecordedSheetWriter(SheetWriter):
    """A sheet being written with the cells that those before it left."""

    book: RecordedWorkbookWriter

    def __init__(self, book: RecordedWorkbookWriter, xlsx: _RecordedWorksheet, name: str) -> None:
        super().__init__(book, xlsx, name)
        self._kept = book.record.sheets.setdefault(name, _Sheet())
        self._rows: set[int] = set()  # that have a cell, and columns: the sheet is as large as that
        self._columns: set[int] = set()

    def text(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Text, whatever it begins with."""
        cell = self._kept.texts.get((row, column))
        if cell is None or cell.said != text or cell.styles != styles:
            cell = self._made(self._kept.texts, row, column, text, styles, self._look(text, styles), clean(text))
        self._put_text(row, column, cell)

    def fill(self, row: int, first: int, last: int, *styles: str | Style) -> None:
        """A style over empty cells of a row, so that its rule runs on."""
        for column in range(first, last + 1):
            cell = self._kept.blanks.get((row, column))
            if cell is None or cell.styles != styles:
                cell = self._made(self._kept.blanks, row, column, "", styles, styles, "")
            self._put(row, column, cell, '"/>')

    def rich_text(self, row: int, column: int, passages: Sequence[tuple[str, Style]], *styles: str | Style) -> None:
        """Text whose passages look different: (text, style) one after the other."""
        cell = self._kept.passages.get((row, column))
        if cell is not None and cell.said == passages and cell.styles == styles:
            self._put_text(row, column, cell)
            return
        super().rich_text(row, column, passages, *styles)
        written = self.xlsx.table[row][column]
        if type(written) is not tuple:  # of one passage it is a text
            made = next(islice(self.xlsx.str_table.string_table, written.string, None))
            look = self._look("".join(clean(text) for text, _style in passages), styles)
            self._made(self._kept.passages, row, column, passages, styles, look, made)

    def number(self, row: int, column: int, number: float, *styles: str | Style) -> None:
        """A number that stands."""
        cell, said = self._kept.numbers.get((row, column)), f"{float(number):.16G}"
        if cell is None or cell.said != said or cell.styles != styles:
            made = f'"><v>{said}</v></c>'
            cell = self._made(self._kept.numbers, row, column, said, styles, self._figure(styles), made)
        self._put(row, column, cell, cell.made)

    def _formula(self, row: int, column: int, formula: Formula, value: CachedValue, look: Styles) -> CellReference:
        cell = self._kept.formulas.get((row, column))  # as they are the same object mostly, comparing costs nothing
        if cell is None or cell.said != formula or cell.styles != look:
            assert len(formula) <= 8000, f"{self.name}: a formula of {len(formula)} characters is too long"
            cell = self._made(self._kept.formulas, row, column, formula, look, look, escape(formula))
        if isinstance(value, str):
            kind = ' t="str"' if value else ""
            self._put(row, column, cell, f'"{kind}><f>{cell.made}</f><v>{escape(value)}</v></c>')
        else:
            self._put(row, column, cell, f'"><f>{cell.made}</f><v>{float(value) + 0.0}</v></c>')
        return CellReference(self.name, row, column)

    def _made(
        self, kept: _Cells, row: int, column: int, said: object, styles: Styles, look: Styles, made: str
    ) -> _Cell:
        """A new cell; the first of its place is kept."""
        cell = _Cell(said, styles, self.book.look(look), f'<c r="{column_letters(column)}{row + 1}" s="', made)
        kept.setdefault((row, column), cell)
        return cell

    def _put_text(self, row: int, column: int, cell: _Cell) -> None:
        if cell.made:
            number = self.xlsx.str_table._get_shared_string_index(cell.made)
            self._put(row, column, cell, f'" t="s"><v>{number}</v></c>')
        else:
            self._put(row, column, cell, '"/>')

    def _put(self, row: int, column: int, cell: _Cell, rest: str) -> None:
        form = self.book.formats.get(cell.look)
        if form is None:
            form = self.book.formats[cell.look] = self.book.style(*self.book.record.looks[cell.look])
        if row not in self._rows or column not in self._columns:
            self._written(self.xlsx._check_dimensions(row, column))
            self._rows.add(row)
            self._columns.add(column)
        self.xlsx.table[row][column] = cell.place, form, rest

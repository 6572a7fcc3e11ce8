"""The only writer of .xlsx files: text can never become a formula, and every formula has its value.

Texts from people may begin with `=`, `+`, `-` or `@`, contain control characters, or be too long for a cell. They
remain readable text in cells, headings, sheet names, page headers and properties.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any, TypeAlias

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compliance.languages.interface_messages import current_language, text_direction
from compliance.languages.interface_messages import gettext as _
from compliance.workbook.cell_styles import FONTS_RTL, READING_ORDERS, STYLES, Style
from compliance.workbook.cell_texts import LONGEST_TEXT, clean, header_text, one_line, reading_order
from compliance.workbook.columns import ColumnSpec
from compliance.workbook.formulas import (
    CachedValue,
    CellRange,
    CellReference,
    Formula,
    GivenValue,
    Only,
    Places,
    ValueKind,
    ValueOf,
    ValuesOf,
    identity,
    plain_value,
    safe_sheet_names,
)
from compliance.workbook.plain_worksheet import PlainFormulaWorksheet
from compliance.workbook.workbook_package import WorkbookInALanguage

Styles: TypeAlias = tuple[str | Style, ...]
_ADDRESS, _LONGEST_ADDRESS, _AFTER_AN_ADDRESS = re.compile(r"https?://([^\s<>\"/?#]+)[^\s<>\"]*"), 2_000, ".,;:)]’”»"


class WorkbookWriter:
    """A workbook being written, in the current language and its direction; with `file`, no part is held in memory."""

    xlsx_kind: type[WorkbookInALanguage] = WorkbookInALanguage

    def __init__(self, title: str, subject: str, created: datetime | None = None, file: IO[bytes] | None = None):
        self.is_right_to_left = text_direction(current_language()) == "rtl"
        self._file = io.BytesIO()
        options = {"in_memory": file is None, "strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False, "nan_inf_to_errors": False}  # fmt: skip
        self.xlsx = self.xlsx_kind(file or self._file, options)
        self.xlsx.language = current_language()
        self.describe(title, subject, created)
        self.xlsx.set_calc_mode("auto")
        self.sheets: dict[str, SheetWriter] = {}
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._by_styles: dict[tuple[str | tuple[tuple[str, Any], ...], ...], Format] = {}

    def describe(self, title: str, subject: str, created: datetime | None = None) -> None:
        """Set title, subject and creation time in the properties."""
        properties: dict[str, Any] = {"title": one_line(title), "subject": one_line(subject), "author": "Article 34"}
        self.xlsx.set_properties(properties | {"created": created or datetime(2026, 1, 1)})

    def style(self, *styles: str | Style) -> Format:
        """Return a cell format from named styles and properties, where later ones win. Equal formats are shared."""
        key = tuple([style if isinstance(style, str) else tuple(style.items()) for style in styles])
        if key not in self._by_styles:  # forty thousand cells have a hundred different formats
            self._by_styles[key] = self._format(styles)
        return self._by_styles[key]

    def _format(self, styles: Sequence[str | Style]) -> Format:
        properties: dict[str, Any] = dict(STYLES["body"])
        for style in styles:
            properties |= STYLES[style] if isinstance(style, str) else style
        if properties.get("align") == "start":
            properties["align"] = "right" if self.is_right_to_left else "left"
        if self.is_right_to_left:
            properties["font_name"] = self.font(properties["font_name"])
        (form := self._kept(properties))._get_xf_index()  # numbered in the order of their first use
        return form

    def font(self, name: str) -> str:
        """Return a font of ours, or one for right-to-left scripts in its place."""
        return FONTS_RTL[name] if self.is_right_to_left else name

    def highlight(self, style: str | Style) -> Format:
        """Return a format for a conditional rule, with only what changes."""
        return self._kept(dict(STYLES[style] if isinstance(style, str) else style))

    def _kept(self, properties: Mapping[str, Any]) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.xlsx.add_format(dict(properties))
        return self._formats[key]

    def sheet(self, name: str, kind: type[Worksheet] | None = None) -> "SheetWriter":
        """Return the sheet with this name, which must be valid in every program; add it if it is new."""
        if name not in self.sheets:
            assert [name] == safe_sheet_names([name]), name
            self.sheets[name] = SheetWriter(self, self.xlsx.add_worksheet(name, kind or PlainFormulaWorksheet), name)
        return self.sheets[name]

    def give_values(self, data: object) -> None:
        """Set the values of formulas that were written with a function instead of a value."""
        for sheet in self.sheets.values():
            sheet.give_values(data)

    def define_name(self, name: str, place: CellReference | CellRange) -> None:
        """Give cells a name that formulas and other programs can use, the same in every language."""
        self.xlsx.define_name(name, f"={place}")

    def bar_chart(self) -> Chart:
        """Return a new native chart with horizontal bars."""
        chart = self.xlsx.add_chart({"type": "bar"})
        assert chart is not None
        return chart

    def content(self) -> bytes:
        """Return the finished file. Nothing can be written afterwards."""
        self.xlsx.close()
        return self._file.getvalue()


_HEADING_SIDES = ("right", "centre", "inset")


class SheetWriter:
    """One sheet being written: text, numbers and formulas, each by its own method."""

    def __init__(self, book: WorkbookWriter, xlsx: Worksheet, name: str) -> None:
        self.book, self.xlsx, self.name = book, xlsx, name
        self.known: dict[str, str] = {}  # what functions that prepare a sheet pass on to those that complete it
        self.view: Callable[[Any], Any] = identity  # applied by `give_values` to the data before it computes values
        self._valued: list[tuple[Places, ValuesOf]] = []
        self._unvalued: list[tuple[int, int]] = []
        self._validated: dict[str, int] = {}
        self._own_name = str(CellReference(name, 0, 0)).removesuffix("$A$1")
        xlsx.hide_gridlines(2)
        xlsx.set_default_row(15)
        if book.is_right_to_left:
            xlsx.right_to_left()

    def cell(self, row: int, column: int) -> CellReference:
        """Return a cell of this sheet, for use in a formula."""
        return CellReference(self.name, row, column)

    def text(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Write text, whatever its first character."""
        form = self.book.style(*self._look(text, styles))
        if text:
            self._written(self.xlsx.write_string(row, column, clean(text), form))
        else:
            self.xlsx.write_blank(row, column, None, form)

    def rich_text(self, row: int, column: int, passages: Sequence[tuple[str, Style]], *styles: str | Style) -> None:
        """Write text whose passages have different styles: a sequence of (text, style)."""
        kept = [(clean(text), style) for text, style in passages if text]
        if len(kept) < 2 or sum(len(text) for text, _ in kept) > LONGEST_TEXT:
            self.text(row, column, "".join(text for text, _ in kept), *styles)
            return
        pieces = [piece for text, style in kept for piece in (self.book.style(style), text)]
        look = self.book.style(*self._look("".join(text for text, _style in kept), styles))
        self._written(self.xlsx.write_rich_string(row, column, *pieces, look))

    def _look(self, text: str, styles: Styles) -> Styles:
        """Return the styles of a text: aligned with the start, and, on right-to-left sheets, with its own direction."""
        if self.book.is_right_to_left and text:
            return "start", *styles, READING_ORDERS[reading_order(text)]
        return "start", *styles

    def title(self, text: str, *styles: str | Style) -> None:
        """Write the title of the sheet, in a higher row."""
        self.text(0, 0, text, "title", *styles)
        self.xlsx.set_row(0, 30)

    def entered(self, row: int, column: int, value: CachedValue, *styles: str | Style, is_number: bool) -> None:
        """Write a value in a cell for entries. Text stays text, so that `1-9` does not become a date."""
        if isinstance(value, float):
            self.number(row, column, value, *styles)
        else:
            self.text(row, column, value, *styles, *(() if is_number else ("as_text",)))

    def link(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Write a link to the first address in a text, shown as the name of its site; an empty cell if it has none."""
        address = _ADDRESS.search(text)
        if address is None or len(address[0]) > _LONGEST_ADDRESS:
            self.text(row, column, "", *styles)
        else:
            look = self.book.style(*self._look(address[1], (*styles, "link", "wrap")))
            url = address[0].rstrip(_AFTER_AN_ADDRESS)
            self._written(self.xlsx.write_url(row, column, url, look, clean(address[1])))

    def number(self, row: int, column: int, number: float, *styles: str | Style) -> None:
        """Write a constant number."""
        self._written(self.xlsx.write_number(row, column, float(number), self.book.style(*self._figure(styles))))

    def number_or_blank(
        self, row: int, column: int, number: float | None, *styles: str | Style, form: str | Style = ""
    ) -> None:
        """Write a number, with the additional style `form`, or an empty cell, which is not 0."""
        if number is None:
            self.text(row, column, "", *styles)
        else:
            self.number(row, column, number, *styles, *((form,) if form else ()))

    def _figure(self, styles: Styles) -> Styles:
        return ("right", *styles, READING_ORDERS[1]) if self.book.is_right_to_left else ("right", *styles)

    def date(self, row: int, column: int, day: date | None, *styles: str | Style) -> None:
        """Write a day as a date, or an empty cell for one."""
        moment = datetime(day.year, day.month, day.day) if day else None
        self._written(self.xlsx.write(row, column, moment, self.book.style(*self._look("", (*styles, "date")))))

    def formula(
        self,
        row: int,
        column: int,
        formula: Formula,
        value: GivenValue,
        *styles: str | Style,
        mixed: bool = False,
    ) -> CellReference:
        """Write a formula for a number, with its present value for viewers that do not calculate. Return its cell.

        `value` may be a function that computes it, or None if `valued_by` follows. `mixed`: it may be text as well.
        """
        return self._formula(row, column, formula, value, self._figure(styles), "either" if mixed else "number")

    def text_formula(
        self, row: int, column: int, formula: Formula, now: str | ValueOf, *styles: str | Style, may_say: str = ""
    ) -> CellReference:
        """Write a formula for a text, with its present value, or a function that computes it. Return its cell.

        `may_say`: all texts that it may show, if they are not our own words; their direction follows from them.
        """
        if self.book.is_right_to_left and callable(now) and not may_say:
            return self._formula(row, column, formula, now, ("start", *styles, READING_ORDERS[2]), "text")
        look = self._look(may_say if callable(now) else now, styles)
        return self._formula(row, column, formula, now, look, "text")

    def _formula(
        self, row: int, column: int, formula: Formula, value: GivenValue, look: Styles, kind: ValueKind
    ) -> CellReference:
        assert len(formula) <= 8000, f"{self.name}: a formula of {len(formula)} characters is longer than Excel takes"
        if callable(value):
            self._valued.append(([(row, column)], Only(value)))
        elif value is None:
            self._unvalued.append((row, column))
        self._write_formula(row, column, formula, None if callable(value) else value, look, kind)
        return self.cell(row, column)

    def _write_formula(
        self, row: int, column: int, formula: Formula, value: CachedValue | None, look: Styles, kind: ValueKind
    ) -> None:
        cached = "" if value is None else plain_value(value)
        self._written(self.xlsx.write_formula(row, column, f"={formula}", self.book.style(*look), cached))

    def valued_by(self, values_of: ValuesOf) -> None:
        """Set the function that computes the values of all formulas written without a value, in their order."""
        self._valued.append((self._unvalued, values_of))
        self._unvalued = []

    def give_values(self, data: object) -> None:
        """Set the values of formulas that were written with a function instead of a value."""
        for places, values_of in self._valued:
            for (row, column), value in zip(places, values_of(self.view(data)), strict=True):
                self.xlsx.table[row][column] = self.xlsx.table[row][column]._replace(value=plain_value(value))

    def without_own_name(self, formula: Formula) -> Formula:
        """Return a formula for this sheet without the sheet's name before its cells, which is shorter."""
        return formula.replace(self._own_name, "")

    def fill(self, row: int, first: int, last: int, *styles: str | Style) -> None:
        """Give empty cells of a row a style, so that its rule is continuous."""
        for column in range(first, last + 1):
            self.xlsx.write_blank(row, column, None, self.book.style(*styles))

    def headings(
        self,
        row: int,
        heads: Sequence[str],
        *,
        first: int = 0,
        right: Sequence[int] = (),
        centre: Sequence[int] = (),
        inset: Sequence[int] = (),
    ) -> None:
        """Write a row of column headings with room for two lines, each aligned as the cells below it."""
        self.xlsx.set_row(row, 28)
        for column, head in enumerate(heads, first):
            sides = {"right": right, "centre": centre, "inset": inset}
            self.text(row, column, head, "head", *(side for side, columns in sides.items() if column in columns))

    def columns(self, row: int, columns: Sequence[ColumnSpec], *, first: int = 0) -> None:
        """Set the widths of columns, and write their headings in a row."""
        for column, spec in enumerate(columns, first):
            self.xlsx.set_column(column, column, spec.width, None, {"hidden": True} if spec.hidden else None)
        sides = {side: [i for i, spec in enumerate(columns, first) if spec.align == side] for side in _HEADING_SIDES}
        self.headings(row, [_(spec.heading) if spec.heading else "" for spec in columns], first=first, **sides)

    def widths(self, *widths: float, first: int = 0) -> None:
        """Set column widths, in characters."""
        for column, width in enumerate(widths, first):
            self.xlsx.set_column(column, column, width)

    def dropdown(self, place: CellReference, source: CellRange | Sequence[str], warning: str = "") -> None:
        """Add a drop-down list. Other texts can be entered after a warning, and are never scored silently."""
        options: dict[str, Any] = {
            "validate": "list",
            "source": f"={source}" if isinstance(source, CellRange) else list(source),
            "error_type": "warning",
            "error_title": one_line(_("Not one of the answers"), 32),
            "error_message": one_line(
                warning or _("It would count as a blank, and the row would say “check this answer”."), 255
            ),
        }
        self._validate(place, options)

    def hint(self, place: CellReference, title: str, message: str) -> None:
        """Show a message next to a cell while it is selected."""
        said = {"input_title": one_line(title, 32), "input_message": one_line(message, 255)}
        self._validate(place, {"validate": "any"} | said)

    def dates_only(self, place: CellReference) -> None:
        """Restrict a cell to dates from 2000 on, with a message for anything else."""
        options = {
            "validate": "date",
            "criteria": ">=",
            "value": date(2000, 1, 1),
            "error_title": one_line(_("Not a date"), 32),
            "error_message": one_line(_("Enter a date, such as 2027-01-31."), 255),
        }
        self._validate(place, options)

    def _validate(self, place: CellReference, options: Mapping[str, Any]) -> None:
        """Set the validation of a cell, replacing an earlier one."""
        self._written(self.xlsx.data_validation(place.row, place.column, place.row, place.column, dict(options)))
        added = self.xlsx.validations.pop()
        at = self._validated.setdefault(place.without_sheet, len(self.xlsx.validations))
        self.xlsx.validations[at : at + 1] = [added]

    def conditional_format(self, span: CellRange, rule: Formula, style: str | Style) -> None:
        """Apply a style to cells for which a formula, written for the first cell, is true."""
        self._conditional(span, {"type": "formula", "criteria": f"={rule}", "format": self.book.highlight(style)})

    def _conditional(self, span: CellRange, options: Mapping[str, Any]) -> None:
        (_sheet, top, left), (_same, bottom, right) = span
        self._written(self.xlsx.conditional_format(top, left, bottom, right, dict(options)))

    def freeze_panes(self, row: int, column: int = 0) -> None:
        """Keep the rows above and the columns before a cell visible."""
        self.xlsx.freeze_panes(row, column)

    def set_up_page(
        self,
        *,
        heading: str,
        note: str,
        wide: bool = False,
        repeat: tuple[int, int] | None = None,
        columns: tuple[int, int] | None = None,
        pages: int = 0,
        large: bool = False,
    ) -> None:
        """Set up printing on A4, or A3 if `large`: one page wide, `pages` long (0: any number), with header and footer.

        `repeat`: rows repeated on each page. `columns`: the only columns that are printed.
        """
        self.xlsx.set_paper(8 if large else 9)
        if wide:
            self.xlsx.set_landscape()
        self.xlsx.fit_to_pages(1, pages)
        self.xlsx.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.65)
        if columns:
            self.xlsx.print_area(0, columns[0], max(self.xlsx.dim_rowmax or 0, 1), columns[1])
        numbers = _("%(page)s of %(pages)s", page="&P", pages="&N")
        self.xlsx.set_header(self._across(header_text(9, one_line(heading, 90)), header_text(9, self.name)))
        self.xlsx.set_footer(self._across(header_text(8, one_line(note, 140)), f"&9{numbers}"))
        if repeat:
            self.xlsx.repeat_rows(*repeat)

    def _across(self, start: str, end: str) -> str:
        """Return a header or footer with a text on each side."""
        return f"&L{end}&R{start}" if self.book.is_right_to_left else f"&L{start}&R{end}"

    def protect(self, *, with_own_columns: bool = False) -> None:
        """Protect formulas from accidental changes. There is no password, so intended changes are possible.

        With own columns, people may also add columns and rows, and format cells, but not sort: formulas of other sheets
        refer to these cells, and lists of cells do not move with them. Elsewhere programs sort only unlocked cells.
        """
        allowed = dict.fromkeys(("format_columns", "format_rows", "autofilter", "select_locked_cells"), True)
        own = dict.fromkeys(("insert_columns", "insert_rows", "format_cells"), with_own_columns)
        self.xlsx.protect("", allowed | own | {"sort": not with_own_columns})

    def _written(self, code: int) -> None:
        assert code == 0, f"{self.name}: a cell was refused ({code})"

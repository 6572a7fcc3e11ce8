"""Workbooks that are largely the same: shared content is written once, and each workbook completes a copy of it.

Shared content is written first. Its formulas have functions that compute their values, instead of values. `share` then
turns it into XML with a place for each value, which every copy reuses. A cell that a copy writes replaces a shared one.
Cells are written as XlsxWriter writes them, but in one step, and rows without their spans, which are optional.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from copy import copy, deepcopy
from dataclasses import dataclass
from io import StringIO
from itertools import chain, count
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.worksheet import Worksheet

from compliance.workbook.cell_styles import Style
from compliance.workbook.cell_texts import clean
from compliance.workbook.formulas import CachedValue, Formula, Places, ValueKind, ValuesOf, column_letters, plain_value
from compliance.workbook.plain_worksheet import PlainFormulaWorksheet
from compliance.workbook.workbook_package import PackagerWithLanguage, Part, Piece, WorkbookInALanguage, zip_parts
from compliance.workbook.writer import SheetWriter, Styles, WorkbookWriter

_PLACE = "\0"  # marks the place of a copy's value: no file may contain this character
_IS_TEXT, _OF_TABLE = ' t="str"', ' t="s"'
_KINDS: Mapping[ValueKind, str] = {"number": "", "text": _IS_TEXT, "either": _PLACE}


class PreparedWorkbook(WorkbookWriter):
    """A workbook from which others are copied, or such a copy."""

    def __init__(self, title: str, subject: str) -> None:
        self.xlsx_kind = _PreparedXlsx
        super().__init__(title, subject)
        self.xlsx.str_table = _Texts()

    def sheet(self, name: str, kind: type[Worksheet] | None = None) -> SheetWriter:
        """Return the sheet with this name, adding it if it is new. A sheet of a special `kind` shares no rows."""
        if name in self.sheets or kind is not None:
            return super().sheet(name, kind)
        self.sheets[name] = _PreparedSheetWriter(self, self.xlsx.add_worksheet(name, _PreparedWorksheet), name)
        return self.sheets[name]

    def share(self) -> None:
        """Prepare the content written so far for copies."""
        for sheet in self.sheets.values():
            if isinstance(sheet, _PreparedSheetWriter):
                sheet.share()
        self.xlsx.str_table.share()

    def content(self) -> bytes:
        """Return the finished file. Nothing can be written afterwards."""
        self.xlsx.looks = tuple([(key, form.xf_index, form.dxf_index) for key, form in self._formats.items()])
        super().content()
        for held in (self.sheets, self.xlsx.worksheets_objs, self.xlsx.sheetnames):
            held.clear()  # sheets and books refer to each other: they would stay until Python collects such cycles
        return bytes(self.xlsx.made)

    def copy(self) -> "PreparedWorkbook":
        """Return a workbook that starts with the shared content. What never changes is not copied."""
        same = {id(kept): kept for kept in (*self.xlsx.formats, self.xlsx.kept_styles)}
        parts = [self._formats, self._by_styles, self.xlsx.str_table.string_table]
        for sheet in self.xlsx.worksheets():
            parts += [sheet.row_info, sheet.col_info, sheet.row_sizes]
        for writer in self.sheets.values():
            parts += [writer.known, writer._validated]
            if isinstance(writer, _PreparedSheetWriter):
                parts += [writer._rows, writer._columns, writer.xlsx.validations]
        own = {id(kept): copy(kept) for kept in parts}
        return deepcopy(self, same | own)


_UNCHANGING = frozenset({bool, float, int, str, type(None)})


def _deepcopy(original: Any, memo: dict[int, Any]) -> Any:
    """Return a deep copy of an object, quickly: most of its hundred attributes are plain values or empty."""
    made = memo[id(original)] = object.__new__(type(original))
    own = vars(made)
    own.update(vars(original))
    for name, value in vars(original).items():
        kind = type(value)
        if kind not in _UNCHANGING:
            own[name] = kind() if kind in (dict, list) and not value else deepcopy(value, memo)
    return made


# ── Texts


class _Texts(SharedStringTable):  # type: ignore[misc]  # the package has fewer types than mypy asks for
    """The texts of a workbook: first those that copies share, then its own."""

    shared, kept = 0, Piece(b"")  # the number of shared texts, and their XML
    string_table: dict[str, int]

    def share(self) -> None:
        """Make the texts added so far the shared ones."""
        writer, file = SharedStrings(), StringIO()
        writer._set_filehandle(file)
        for text in self.string_table:
            writer._write_si(text)
        self.shared, self.kept = len(self.string_table), Piece(file.getvalue().encode())

    def _sort_string_data(self) -> None:
        self.string_array = [*self.string_table]  # in the order of their numbers


class _TextsFile(SharedStrings):  # type: ignore[misc]
    def _write_sst_strings(self) -> None:
        self.fh.put(self.string_table.kept)
        for text in self.string_table.string_array[self.string_table.shared :]:
            self._write_si(text)

    def _write_si(self, string: str) -> None:
        if string.isprintable() and string == string.strip() and "_x" not in string and not string.startswith("<r>"):
            self.fh.write(f"<si><t>{escape(string)}</t></si>")  # the same XML as XlsxWriter's, with fewer searches
        else:
            super()._write_si(string)


#: The formats of a workbook by their properties, with the number of each in cells and in conditional formats.
Looks: TypeAlias = tuple[tuple[object, int | None, int | None], ...]
_MOST_STYLES = 16


class _PreparedPackager(PackagerWithLanguage):
    """Builds the zip itself and leaves no part to XlsxWriter, which would spend more time on compression."""

    def _filename(self, name: str) -> Part:
        part = Part()
        self.filenames.append((part, name, False))
        return part

    def _create_package(self) -> list[tuple[object, str, bool]]:
        parts = super()._create_package()
        self.workbook.made = zip_parts((name, part) for part, name, _is_binary in parts)
        return []

    def _write_styles_file(self) -> None:
        kept, looks = self.workbook.kept_styles, self.workbook.looks
        if looks not in kept:
            super()._write_styles_file()
            part, _name, _is_binary = self.filenames.pop()
            (whole,) = part.pieces
            if len(kept) == _MOST_STYLES:
                kept.clear()
            kept[looks] = Piece(whole.content)
        self._filename("xl/styles.xml").put(kept[looks])

    def _write_shared_strings_file(self) -> None:
        texts = _TextsFile()
        texts.string_table = self.workbook.str_table
        texts._set_xml_writer(self._filename("xl/sharedStrings.xml"))
        texts._assemble_xml_file()


class _PreparedXlsx(WorkbookInALanguage):
    made = b""  # the finished file
    looks: Looks = ()
    __deepcopy__ = _deepcopy

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.kept_styles: dict[Looks, Piece] = {}  # the part of styles, by its content: most copies have the same

    def _prepare_format_properties(self) -> None:
        if self.looks not in self.kept_styles:
            super()._prepare_format_properties()

    def _get_packager(self) -> Packager:
        return _PreparedPackager()


# ── Cells


@dataclass(frozen=True, slots=True)
class _SharedRows:
    """The rows of a sheet that copies share, with places for values."""

    cells: Mapping[int, Mapping[int, str]]  # by row and column
    places: Mapping[int, int]  # number of places in each row
    pieces: Sequence[bytes]  # the XML of all rows before, between and after the places
    values_of: Sequence[ValuesOf]  # functions that compute the values, in order
    either: Sequence[int]  # numbers of the values that may be a text or a number: an extra place states which
    order: Sequence[int]  # for each place, the number of its value; numbers of extra places follow those of values

    def __deepcopy__(self, memo: object) -> "_SharedRows":
        return self

    def filled(self, data: object) -> Sequence[bytes]:
        """Return the content of the places, for the data of one workbook."""
        values = [*chain.from_iterable([values_of(data) for values_of in self.values_of])]
        if len(_VALUE_TEXTS) > _MOST_VALUE_TEXTS:
            _VALUE_TEXTS.clear()
        texts = [*map(_VALUE_TEXTS.__getitem__, values)]
        texts += [_IS_TEXT.encode() if isinstance(values[at], str) and values[at] else b"" for at in self.either]
        return [*map(texts.__getitem__, self.order)]


def _joined(pieces: Sequence[bytes], between: Sequence[bytes]) -> bytes:
    """Return pieces of a text joined, each to the next by an item of `between`."""
    whole = [b""] * (len(pieces) + len(between))
    whole[::2], whole[1::2] = pieces, between
    return b"".join(whole)


class _ValueTexts(dict[CachedValue | None, bytes]):
    """The XML of values. All but long texts are cached, as most values are none, 0, 1 or repeated."""

    def __missing__(self, value: CachedValue | None) -> bytes:
        now = plain_value(value)
        text = escape(now) if isinstance(now, str) else repr(now)
        if len(text) <= _LONGEST_KEPT:
            self[value] = text.encode()
        return text.encode()


_VALUE_TEXTS, _MOST_VALUE_TEXTS, _LONGEST_KEPT = _ValueTexts(), 1 << 15, 40


class _PreparedWorksheet(PlainFormulaWorksheet):
    """A worksheet whose cells are stored as XML: its own, and those it shares."""

    validations: list[Any]
    cond_formats: dict[str, Any]
    fh: Any
    __deepcopy__ = _deepcopy

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[int, dict[int, str]] = defaultdict(dict)
        self.shared = _SharedRows({}, {}, (b"",), (), (), ())
        self.filled: Sequence[bytes] = ()  # the content of the places in shared cells
        self.made_conditions = ""  # the conditional formats that are shared

    def share(self, valued: Sequence[tuple[Places, ValuesOf]], either: Set[tuple[int, int]]) -> None:
        """Make the cells written so far the shared ones. `either`: cells whose value may be a text or a number."""
        self._take_table()
        number: dict[tuple[int, int], int] = {}  # of the value of each place
        first: dict[ValuesOf, int] = {}  # number of the first value of each function, which is called once
        values = 0
        for valued_places, values_of in valued:
            if values_of not in first:
                first[values_of], values = values, values + len(valued_places)
            number.update(zip(valued_places, count(first[values_of]), strict=False))
        numbers_of_either = list(dict.fromkeys([number[place] for place in number if place in either]))
        which = {at: values + place for place, at in enumerate(numbers_of_either)}
        cells: dict[int, dict[int, str]] = {}
        places: dict[int, int] = {}
        order: list[int] = []
        for row in sorted(self.cells):
            before = len(order)
            cells[row] = {}
            for column, cell in sorted(self.cells[row].items()):
                at = number.get((row, column))
                cells[row][column] = cell
                if at is not None:
                    order += [which[at], at] if at in which else [at]
            places[row] = len(order) - before
        self.cells = defaultdict(dict)
        file = Part()
        self._set_filehandle(file)
        self._write_made_rows({row: "".join(cells[row].values()).encode() for row in cells})
        made, write_validation = self._made, super()._write_data_validation
        self.validations = [made(write_validation, options) for options in self.validations]
        self.made_conditions = made(super()._write_conditional_formats)
        self.cond_formats.clear()
        self.fh = None
        pieces = file.pieces[0].content.split(_PLACE.encode())
        self.shared = _SharedRows(cells, places, pieces, [*first], numbers_of_either, order)

    def set_row(self, row: int, *arguments: Any, **options: Any) -> int:
        """Set the format of a row. After `share`, the row is then the copy's own."""
        self.cells[row]  # adds the row, if only an empty one
        return int(super().set_row(row, *arguments, **options))

    def _made(self, write: Callable[..., None], *arguments: Any) -> str:
        """Return the text that a method of XlsxWriter writes."""
        self._set_filehandle(StringIO())
        write(*arguments)
        return str(self.fh.getvalue())

    def _write_data_validation(self, options: Mapping[str, Any] | str) -> None:
        if isinstance(options, str):
            self.fh.write(options)
        else:
            super()._write_data_validation(options)

    def _write_conditional_formats(self) -> None:
        self.fh.write(self.made_conditions)
        super()._write_conditional_formats()

    def _take_table(self) -> None:
        """Move the cells that XlsxWriter holds to ours, without replacing any of ours."""
        for row, cells in self.table.items():
            for column, cell in cells.items():
                self.cells[row].setdefault(column, self._made(self._write_cell, row, column, cell))
        self.table.clear()

    def _write_rows(self) -> None:
        file = self.fh
        self._take_table()
        self._set_filehandle(file)
        if not self.cells:
            file.put(_joined(self.shared.pieces, self.filled))
            return
        made, at = {}, 0
        for row in sorted({*self.cells, *self.shared.cells}):
            shared, own = self.shared.cells.get(row), self.cells.get(row, {})
            if shared is None:
                made[row] = "".join([own[column] for column in sorted(own)]).encode()
                continue
            self.str_table.count -= sum(_OF_TABLE in shared[column] for column in own if column in shared)
            cells = {**shared, **{column: cell.replace(_PLACE, "") for column, cell in own.items()}}
            after = at + self.shared.places[row]
            whole = "".join([cells[column] for column in sorted(cells)]).encode()
            made[row] = _joined(whole.split(_PLACE.encode()), self.filled[at:after])
            at = after
        self._write_made_rows(made)

    def _write_made_rows(self, made: Mapping[int, bytes]) -> None:
        for row in sorted({*made, *self.row_info}):
            info = self.row_info.get(row)
            if not made.get(row):
                self._write_empty_row(row, None, info)
                continue
            if info is None:
                self.fh.write(f'<row r="{row + 1}">')
            else:
                self._write_row(row, None, info)
            self.fh.put(made[row])
            self.fh.write("</row>")


class _PreparedSheetWriter(SheetWriter):
    """A sheet being written, whose cells are turned into XML at once."""

    def __init__(self, book: PreparedWorkbook, xlsx: _PreparedWorksheet, name: str) -> None:
        super().__init__(book, xlsx, name)
        self._either: set[tuple[int, int]] = set()
        self._rows: set[int] = set()  # rows and columns with a cell, which give the size of the sheet
        self._columns: set[int] = set()

    def share(self) -> None:
        """Prepare the content written so far for copies."""
        assert not self._unvalued, f"{self.name}: nothing says the values of {len(self._unvalued)} formulas"
        self.xlsx.share(self._valued, self._either)
        self._valued, self._either = [], set()

    def give_values(self, data: object) -> None:
        """Set the values of the shared formulas."""
        self.xlsx.filled = self.xlsx.shared.filled(self.view(data))

    def text(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Write text, whatever its first character."""
        if plain := clean(text):
            number = self.xlsx.str_table._get_shared_string_index(plain)
            self._put(row, column, self._look(text, styles), f"{_OF_TABLE}><v>{number}</v></c>")
        else:
            self._put(row, column, self._look(text, styles), "/>")

    def fill(self, row: int, first: int, last: int, *styles: str | Style) -> None:
        """Give empty cells of a row a style, so that its rule is continuous."""
        for column in range(first, last + 1):
            self._put(row, column, styles, "/>")

    def number(self, row: int, column: int, number: float, *styles: str | Style) -> None:
        """Write a constant number."""
        self._put(row, column, self._figure(styles), f"><v>{float(number):.16G}</v></c>")

    def _write_formula(
        self, row: int, column: int, formula: Formula, value: CachedValue | None, look: Styles, kind: ValueKind
    ) -> None:
        if value is None:
            there = escape(formula).replace(_PLACE, "")
            self._put(row, column, look, f"{_KINDS[kind]}><f>{there}</f><v>{_PLACE}</v></c>")
            if kind == "either":
                self._either.add((row, column))
        else:
            is_text = _IS_TEXT if isinstance(value, str) and value else ""
            self._put(row, column, look, f"{is_text}><f>{escape(formula)}</f><v>{_VALUE_TEXTS[value].decode()}</v></c>")

    def _put(self, row: int, column: int, look: Styles, rest: str) -> None:
        try:
            form = self.book._by_styles[look]  # type: ignore[index]  # most looks consist only of names
        except (KeyError, TypeError):
            form = self.book.style(*look)
        number = form._get_xf_index()  # of two equal formats, only the first has the number as an attribute
        if row not in self._rows or column not in self._columns:
            self._written(self.xlsx._check_dimensions(row, column))
            self._rows.add(row)
            self._columns.add(column)
        self.xlsx.cells[row][column] = f'<c r="{column_letters(column)}{row + 1}" s="{number}"{rest}'

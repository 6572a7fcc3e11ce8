"""Workbooks that are largely the same: what they share is written once, and each writes its own into a copy of it.

What is shared comes first, with formulas that have what says their value instead of a value. `share` then makes XML of
it, with a place for each value, which every copy takes as it is. A cell that a copy writes takes the place of a shared
one. Cells are put together as XlsxWriter would, but at once, and rows say nothing of their spans, which nobody has to.
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

_PLACE = "\0"  # where the value of a copy stands: no file may hold this character
_IS_TEXT, _OF_TABLE = ' t="str"', ' t="s"'
_KINDS: Mapping[ValueKind, str] = {"number": "", "text": _IS_TEXT, "either": _PLACE}


class PreparedWorkbook(WorkbookWriter):
    """A workbook that others are copied from, or a copy of it."""

    def __init__(self, title: str, subject: str) -> None:
        self.xlsx_kind = _PreparedXlsx
        super().__init__(title, subject)
        self.xlsx.str_table = _Texts()

    def sheet(self, name: str, kind: type[Worksheet] | None = None) -> SheetWriter:
        """The sheet of a name; one of a kind of its own shares no rows."""
        if name in self.sheets or kind is not None:
            return super().sheet(name, kind)
        self.sheets[name] = _PreparedSheetWriter(self, self.xlsx.add_worksheet(name, _PreparedWorksheet), name)
        return self.sheets[name]

    def share(self) -> None:
        """Make what is written ready for copies."""
        for sheet in self.sheets.values():
            if isinstance(sheet, _PreparedSheetWriter):
                sheet.share()
        self.xlsx.str_table.share()

    def content(self) -> bytes:
        """The finished file. Nothing can be written afterwards."""
        self.xlsx.looks = tuple([(key, form.xf_index, form.dxf_index) for key, form in self._formats.items()])
        super().content()
        for held in (self.sheets, self.xlsx.worksheets_objs, self.xlsx.sheetnames):
            held.clear()  # sheets and books name each other: they would stay until Python looks for such circles
        return bytes(self.xlsx.made)

    def copy(self) -> "PreparedWorkbook":
        """A workbook that begins with what is shared. What never changes once it is made is not made anew."""
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
    """A deep copy of an object with a hundred attributes, most of which are plain values or empty."""
    made = memo[id(original)] = object.__new__(type(original))
    own = vars(made)
    own.update(vars(original))
    for name, value in vars(original).items():
        kind = type(value)
        if kind not in _UNCHANGING:
            own[name] = kind() if kind in (dict, list) and not value else deepcopy(value, memo)
    return made


# ── Texts


class _Texts(SharedStringTable):  # type: ignore[misc]  # the package says less of its types than we ask for
    """The texts of a workbook: those that copies share, and after them its own."""

    shared, kept = 0, Piece(b"")  # how many copies share, and those as they stand in the file
    string_table: dict[str, int]

    def share(self) -> None:
        """Make those there are the shared ones."""
        writer, file = SharedStrings(), StringIO()
        writer._set_filehandle(file)
        for text in self.string_table:
            writer._write_si(text)
        self.shared, self.kept = len(self.string_table), Piece(file.getvalue().encode())

    def _sort_string_data(self) -> None:
        self.string_array = [*self.string_table]  # as they were numbered


class _TextsFile(SharedStrings):  # type: ignore[misc]
    def _write_sst_strings(self) -> None:
        self.fh.put(self.string_table.kept)
        for text in self.string_table.string_array[self.string_table.shared :]:
            self._write_si(text)

    def _write_si(self, string: str) -> None:
        if string.isprintable() and string == string.strip() and "_x" not in string and not string.startswith("<r>"):
            self.fh.write(f"<si><t>{escape(string)}</t></si>")  # as XlsxWriter does, which searches for all of these
        else:
            super()._write_si(string)


#: The properties of the formats of a workbook, with their numbers in cells and in rules.
Looks: TypeAlias = tuple[tuple[object, int | None, int | None], ...]
_MOST_STYLES = 16


class _PreparedPackager(PackagerWithLanguage):
    """Puts the file together by itself: XlsxWriter, which then has no part left, would compress harder."""

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
        self.kept_styles: dict[Looks, Piece] = {}  # the file of styles, by what it says: few copies have another

    def _prepare_format_properties(self) -> None:
        if self.looks not in self.kept_styles:
            super()._prepare_format_properties()

    def _get_packager(self) -> Packager:
        return _PreparedPackager()


# ── Cells


@dataclass(frozen=True, slots=True)
class _SharedRows:
    """The rows of a sheet that copies share, with a place for each value."""

    cells: Mapping[int, Mapping[int, str]]  # by row and column
    places: Mapping[int, int]  # how many each row has
    pieces: Sequence[bytes]  # all rows, as what stands before, between and after the places
    values_of: Sequence[ValuesOf]  # what says the values, one after the other
    either: Sequence[int]  # the numbers of those that may be a text or a number: a place says which
    order: Sequence[int]  # of the places: the number of the value; of one that says which, counted on from there

    def __deepcopy__(self, memo: object) -> "_SharedRows":
        return self

    def filled(self, data: object) -> Sequence[bytes]:
        """What stands in the places."""
        values = [*chain.from_iterable([values_of(data) for values_of in self.values_of])]
        if len(_VALUE_TEXTS) > _MOST_VALUE_TEXTS:
            _VALUE_TEXTS.clear()
        texts = [*map(_VALUE_TEXTS.__getitem__, values)]
        texts += [_IS_TEXT.encode() if isinstance(values[at], str) and values[at] else b"" for at in self.either]
        return [*map(texts.__getitem__, self.order)]


def _joined(pieces: Sequence[bytes], between: Sequence[bytes]) -> bytes:
    """Pieces of a text with what stands between each and the next."""
    whole = [b""] * (len(pieces) + len(between))
    whole[::2], whole[1::2] = pieces, between
    return b"".join(whole)


class _ValueTexts(dict[CachedValue | None, bytes]):
    """What stands in a cell for a value. Kept, but for long texts: most are none, 0, 1 or there several times."""

    def __missing__(self, value: CachedValue | None) -> bytes:
        now = plain_value(value)
        text = escape(now) if isinstance(now, str) else repr(now)
        if len(text) <= _LONGEST_KEPT:
            self[value] = text.encode()
        return text.encode()


_VALUE_TEXTS, _MOST_VALUE_TEXTS, _LONGEST_KEPT = _ValueTexts(), 1 << 15, 40


class _PreparedWorksheet(PlainFormulaWorksheet):
    """A worksheet of which cells are made already: its own, and those it shares."""

    validations: list[Any]
    cond_formats: dict[str, Any]
    fh: Any
    __deepcopy__ = _deepcopy

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[int, dict[int, str]] = defaultdict(dict)
        self.shared = _SharedRows({}, {}, (b"",), (), (), ())
        self.filled: Sequence[bytes] = ()  # what stands in the places of what is shared
        self.made_conditions = ""  # the conditional formats that are shared

    def share(self, valued: Sequence[tuple[Places, ValuesOf]], either: Set[tuple[int, int]]) -> None:
        """Make the cells there are the shared ones. `either`: the places of what may be a text or a number."""
        self._take_table()
        number: dict[tuple[int, int], int] = {}  # of the value of each place
        first: dict[ValuesOf, int] = {}  # number of each that says values: it is asked once, for all its places
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
        """Say how a row looks; after `share`, it is then the copy's own."""
        self.cells[row]  # if only an empty one
        return int(super().set_row(row, *arguments, **options))

    def _made(self, write: Callable[..., None], *arguments: Any) -> str:
        """What a method of XlsxWriter writes."""
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
        """Put cells that XlsxWriter holds among ours; where one of ours stands, that is it."""
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
    """A sheet being written: its cells are made at once."""

    def __init__(self, book: PreparedWorkbook, xlsx: _PreparedWorksheet, name: str) -> None:
        super().__init__(book, xlsx, name)
        self._either: set[tuple[int, int]] = set()
        self._rows: set[int] = set()  # that have a cell, and columns: the sheet is as large as that
        self._columns: set[int] = set()

    def share(self) -> None:
        """Make what is written ready for copies."""
        assert not self._unvalued, f"{self.name}: nothing says the values of {len(self._unvalued)} formulas"
        self.xlsx.share(self._valued, self._either)
        self._valued, self._either = [], set()

    def give_values(self, data: object) -> None:
        """Say what the shared formulas come to."""
        self.xlsx.filled = self.xlsx.shared.filled(self.view(data))

    def text(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Text, whatever it begins with."""
        if plain := clean(text):
            number = self.xlsx.str_table._get_shared_string_index(plain)
            self._put(row, column, self._look(text, styles), f"{_OF_TABLE}><v>{number}</v></c>")
        else:
            self._put(row, column, self._look(text, styles), "/>")

    def fill(self, row: int, first: int, last: int, *styles: str | Style) -> None:
        """A style over empty cells of a row, so that its rule runs on."""
        for column in range(first, last + 1):
            self._put(row, column, styles, "/>")

    def number(self, row: int, column: int, number: float, *styles: str | Style) -> None:
        """A number that stands."""
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
            form = self.book._by_styles[look]  # type: ignore[index]  # most looks are names alone
        except (KeyError, TypeError):
            form = self.book.style(*look)
        number = form._get_xf_index()  # of two that look the same, only the first has it as an attribute
        if row not in self._rows or column not in self._columns:
            self._written(self.xlsx._check_dimensions(row, column))
            self._rows.add(row)
            self._columns.add(column)
        self.xlsx.cells[row][column] = f'<c r="{column_letters(column)}{row + 1}" s="{number}"{rest}'

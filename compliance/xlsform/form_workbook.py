"""An XLSForm as a workbook: its sheets, columns and languages; written, read as rows, and checked by pyxform.

Whatever is wrong in a form that somebody sent is said by sheet and row, all at once (FormFaults); what an edition
cannot hold of it is an Omission with its place. pyxform is given rows, never a file that somebody sent.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter
from babel import Locale, UnknownLocaleError

from compliance.languages.interface_messages import LANGUAGE_NAMES
from compliance.workbook.reader import MOST_BYTES, UnreadableWorkbook, read_rows, sheet_names
from compliance.workbook.writer import clean

SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"

#: Sheets that XLSForms may have. A form without the first is none.
SHEETS = (SURVEY, CHOICES, SETTINGS, "external_choices", "entities", "osm")
MOST_ROWS = 20_000  # of one sheet
_LONGEST = 32_767  # characters a cell can hold
_WIDTHS = {"type": 24, "name": 22, "label": 60, "hint": 60, "relevant": 40}

#: What a column may also be called; in capitals and with blanks too, as in "List Name".
_ALIASES = {
    "caption": "label",
    "tag": "name",
    "value": "name",
    "command": "type",
    "list": "list_name",
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "set_form_title": "form_title",
    "set_form_id": "form_id",
    "id_string": "form_id",
    "title": "form_title",
}
MEDIA = ("image", "audio", "video", "big-image")
#: Columns that are said in a language: `label::Français (fr)`.
_TRANSLATABLE = ("label", "hint", "guidance_hint", "constraint_message", "required_message", *MEDIA)


@dataclass(frozen=True, slots=True)
class FormFault:
    """One thing that is wrong in a form; row 0 stands for a sheet as a whole, no sheet for the file."""

    file: str
    sheet: str
    row: int
    message: str

    def __str__(self) -> str:
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        row = f", row {self.row}" if self.row else ""
        return f"{self.file}{sheet}{row}: {self.message}"


class FormFaults(Exception):
    """A form that cannot be used, with every fault in it, one a line."""

    def __init__(self, faults: Iterable[FormFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row: its number as a spreadsheet counts it, and its cells that are not empty, by column and language.

    A column without a language, and one that has none in this form, stands under the empty language.
    """

    number: int
    cells: Mapping[tuple[str, str], str]

    def get(self, column: str) -> str:
        """The cell of a column that is said in no language, or nothing."""
        return self.cells.get((column, ""), "")

    def said(self, column: str) -> Mapping[str, str]:
        """What the cells of a column say, by language."""
        return {language: text for (name, language), text in self.cells.items() if name == column}


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A sheet: its columns, and its rows below the header, without the empty ones."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[FormRow, ...] = ()


#: A row of a sheet: cells by column.
FormCells: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """The three sheets, and the languages their texts are in, by code; the edition's own is the first."""

    languages: tuple[str, ...]
    sheets: Mapping[str, Sequence[FormCells]]

    def columns(self, sheet: str) -> list[str]:
        """The names of the columns of a sheet."""
        return [column for name in COLUMNS[sheet] for column in columns_in_languages(name, self.languages)]


def form_workbook(form: Form) -> bytes:
    """A form as an .xlsx file. Raise FormFaults if an expression is longer than a cell can be."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for name in form.sheets:
            table, columns = book.add_worksheet(name), form.columns(name)
            table.freeze_panes(1, 0)
            for at, column in enumerate(columns):
                table.set_column(at, at, _WIDTHS.get(column.partition("::")[0], 18))
                table.write_string(0, at, column, head)
                for number, row in enumerate(form.sheets[name], 1):
                    if text := row.get(column):
                        _check_length(name, number + 1, column, text)
                        table.write_string(number, at, clean(text), body)
    return file.getvalue()


def _check_length(sheet: str, row: int, column: str, text: str) -> None:
    if len(text) > _LONGEST and column in ("relevant", "calculation"):
        message = f"`{column}` would be longer than a cell can be: make the conditions of this question shorter"
        raise FormFaults([FormFault("the form", sheet, row, message)])


def read_form(path: Path) -> Mapping[str, FormSheet]:
    """The sheets of a form, by name. Raise FormFaults, also for a file that is no workbook or may do harm."""
    file = str(path)
    if path.stat().st_size > MOST_BYTES:
        raise FormFaults([FormFault(file, "", 0, f"it has more than {MOST_BYTES // 1_000_000} MB: split it")])
    content = path.read_bytes()
    try:
        found = {name.strip().lower(): name for name in sheet_names(content)}
    except UnreadableWorkbook as fault:
        raise FormFaults([FormFault(file, "", 0, str(fault))]) from fault
    if SURVEY not in found:
        message = f"this is no XLSForm: it has no sheet `{SURVEY}` (it has {', '.join(list(found.values())[:12])})"
        raise FormFaults([FormFault(file, "", 0, message)])
    sheets = {}
    for name in SHEETS:
        if name in found:
            try:
                rows = read_rows(content, found[name])
            except UnreadableWorkbook as fault:
                raise FormFaults([FormFault(file, name, 0, str(fault))]) from fault
            sheets[name] = _sheet(file, name, rows)
    return sheets


def _sheet(file: str, name: str, rows: Sequence[Sequence[str]]) -> FormSheet:
    if len(rows) > MOST_ROWS:
        raise FormFaults([FormFault(file, name, 0, f"it has more than {MOST_ROWS} rows: split the form")])
    header = [" ".join(cell.split()) for cell in rows[0]] if rows else []
    columns = {at: column_of(cell) for at, cell in enumerate(header) if cell}
    seen: dict[tuple[str, str], str] = {}
    faults = []
    for at, column in columns.items():
        if column in seen:
            faults.append(FormFault(file, name, 1, f"the column `{header[at]}` stands twice: delete one"))
        seen[column] = header[at]
    if name == SURVEY and ("type", "") not in seen:
        faults.append(FormFault(file, name, 1, "it has no column `type`: the first row names the columns"))
    if faults:
        raise FormFaults(faults)
    return FormSheet(tuple(columns.values()), tuple(_form_rows(rows, columns)))


def _form_rows(rows: Sequence[Sequence[str]], columns: Mapping[int, tuple[str, str]]) -> Iterator[FormRow]:
    for number, row in enumerate(rows[1:], 2):
        cells = {column: row[at].strip() for at, column in columns.items() if at < len(row) and row[at].strip()}
        if cells:
            yield FormRow(number, cells)


def column_of(written: str) -> tuple[str, str]:
    """A column by its name and language: `Label::Français (fr)`, `media::image`, `bind::relevant`, `label:English`."""
    parts = [part.strip() for part in written.split("::")]
    if len(parts) == 1 and (old := re.fullmatch(rf"(?i)({'|'.join(_TRANSLATABLE)})\s*:\s*(\S.*)", written)):
        parts = [old[1], old[2]]
    if parts[0].lower() in ("media", "bind", "control", "body") and len(parts) > 1:
        inner = _plain_column(parts[1])
        if parts[0].lower() == "media" or inner in ("relevant", "constraint", "required", "calculation", "read_only"):
            parts = parts[1:]
    name = _plain_column(parts[0])
    if name in _TRANSLATABLE:
        return name, "::".join(parts[1:])
    return "::".join([name, *parts[1:]]), ""


def _plain_column(name: str) -> str:
    lower = "_".join(name.split()).lower()
    return _ALIASES.get(lower, lower)


class MissingExtra(Exception):
    """The extra `xlsform` is not installed. The message says how to install it."""


class RefusedByPyxform(ValueError):
    """pyxform takes it for no form. The message is its sentence."""


def convert_with_pyxform(
    sheets: Mapping[str, Sequence[Mapping[str, str]]], columns: Mapping[str, Sequence[str]]
) -> str:
    """The XForm that pyxform makes of the sheets of a form, as XML: rows by sheet, each cell by its column.

    Row 0 of a sheet is the second of its spreadsheet. Raise NotAForm, MissingExtra.
    """
    try:
        from pyxform.errors import PyXFormError
        from pyxform.xls2xform import convert
    except ImportError as missing:
        raise MissingExtra(
            "XLSForms need the extra `xlsform`, which is not installed: "
            'pip install "compliance[xlsform]", or make extras where the project lies'
        ) from missing
    workbook: dict[str, Any] = {"sheet_names": list(sheets)}
    for sheet, rows in sheets.items():
        workbook[sheet] = [dict(row) for row in rows]
        workbook[f"{sheet}_header"] = [dict.fromkeys(columns[sheet])]
    try:
        return str(convert(workbook, form_name="data").xform)
    except PyXFormError as refusal:
        raise RefusedByPyxform(str(refusal)) from refusal
    except Exception as crash:  # what it did not foresee in a form that somebody made
        raise RefusedByPyxform(f"{type(crash).__name__}: {crash}") from crash


@dataclass(frozen=True, slots=True)
class Omission:
    """One thing that was not carried, or not as it was. Row 0 stands for a sheet as a whole."""

    sheet: str
    row: int
    what: str
    do: str


def omission_lines(left: Iterable[Omission]) -> Iterator[str]:
    """A line for each thing, where the same is true of several rows one for them all, in the order of the form."""
    together: dict[tuple[str, str, str], list[int]] = {}
    for one in left:
        together.setdefault((one.sheet, one.what, one.do), []).append(one.row)
    for (sheet, what, do), rows in together.items():
        yield f"{sheet}{_row_ranges(rows)}: {what}. {do[:1].upper()}{do[1:]}."


def _row_ranges(rows: Sequence[int]) -> str:
    """`, rows 3 to 5, 9`: numbers that follow each other are one stretch."""
    numbers = sorted({row for row in rows if row})
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    words = [f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in stretches]
    return f", {'row' if len(numbers) == 1 else 'rows'} {', '.join(words)}" if words else ""


#: The columns of each sheet; those that are said in every language have one for each.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    SURVEY: ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message",
             "calculation", "appearance"),
    CHOICES: ("list_name", "name", "label", "points"),
    SETTINGS: ("form_title", "form_id", "version", "default_language", "instance_name"),
}  # fmt: skip
TRANSLATED = ("label", "hint", "constraint_message")


def language_title(code: str) -> str:
    """A language as the columns of a form call it: its own name, and its code: `Français (fr)`."""
    try:
        name = LANGUAGE_NAMES.get(code) or Locale.parse(code, sep="-").get_display_name(code) or code
    except (ValueError, UnknownLocaleError):
        name = code
    return f"{name[:1].upper()}{name[1:]} ({code})"


def columns_in_languages(column: str, languages: Sequence[str]) -> list[str]:
    """A column's headings, one for each language of the form."""
    if column not in TRANSLATED or len(languages) == 1:
        return [column]
    return [f"{column}::{language_title(code)}" for code in languages]


def rows_as_written(sheet: FormSheet, without: set[int]) -> list[dict[str, str]]:
    """The rows of a sheet from the second on, the empty ones too, so that numbers hold."""
    rows: list[dict[str, str]] = [{} for _ in range(max((row.number for row in sheet.rows), default=1) - 1)]
    for row in sheet.rows:
        if row.number not in without:
            rows[row.number - 2] = {column_header(*column): cell for column, cell in row.cells.items()}
    return rows


def column_header(column: str, language: str) -> str:
    """A column's heading as XLSForm spells it, with its language."""
    return f"{column}::{language}" if language else column

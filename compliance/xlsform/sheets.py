"""The sheets of an XLSForm: written as a workbook, and read as rows of text that know where they stand.

Whatever is wrong in a form that somebody sent is said by sheet and row, all at once.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from compliance.workbook.reader import MOST_BYTES, UnreadableWorkbook, read_rows, sheet_names
from compliance.workbook.writer import clean
from compliance.xlsform.exporting import CHOICES, SETTINGS, SURVEY, Form

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
_SAID = ("label", "hint", "guidance_hint", "constraint_message", "required_message", *MEDIA)


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
class SheetRow:
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
class Sheet:
    """A sheet: its columns, and its rows below the header, without the empty ones."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[SheetRow, ...] = ()


def workbook_of(form: Form) -> bytes:
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


def read_form(path: Path) -> Mapping[str, Sheet]:
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


def _sheet(file: str, name: str, rows: Sequence[Sequence[str]]) -> Sheet:
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
    return Sheet(tuple(columns.values()), tuple(_rows(rows, columns)))


def _rows(rows: Sequence[Sequence[str]], columns: Mapping[int, tuple[str, str]]) -> Iterator[SheetRow]:
    for number, row in enumerate(rows[1:], 2):
        cells = {column: row[at].strip() for at, column in columns.items() if at < len(row) and row[at].strip()}
        if cells:
            yield SheetRow(number, cells)


def column_of(written: str) -> tuple[str, str]:
    """A column by its name and language: `Label::Français (fr)`, `media::image`, `bind::relevant`, `label:English`."""
    parts = [part.strip() for part in written.split("::")]
    if len(parts) == 1 and (old := re.fullmatch(rf"(?i)({'|'.join(_SAID)})\s*:\s*(\S.*)", written)):
        parts = [old[1], old[2]]
    if parts[0].lower() in ("media", "bind", "control", "body") and len(parts) > 1:
        inner = _plain(parts[1])
        if parts[0].lower() == "media" or inner in ("relevant", "constraint", "required", "calculation", "read_only"):
            parts = parts[1:]
    name = _plain(parts[0])
    if name in _SAID:
        return name, "::".join(parts[1:])
    return "::".join([name, *parts[1:]]), ""


def _plain(name: str) -> str:
    lower = "_".join(name.split()).lower()
    return _ALIASES.get(lower, lower)

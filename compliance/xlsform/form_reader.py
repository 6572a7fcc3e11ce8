"""A form made elsewhere: its rows, the tree that pyxform makes of them, and its languages.

pyxform knows how forms are written (columns and their aliases, types, groups, lists of choices) and refuses a broken
form with the row. It gets rows, never an uploaded file: `compliance.workbook.reader` reads the file and refuses harmful
ones. Each row is marked with its number, so that omissions can be reported by row. Elements of the tree without a mark
were added by pyxform.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from babel import Locale

from compliance.languages.interface_messages import SOURCE_LANGUAGE
from compliance.questionnaire.locales import is_language_code
from compliance.workbook.reader import MOST_BYTES, UnreadableWorkbook, read_rows, sheet_names
from compliance.xlsform.form_workbook import (
    CHOICES,
    SETTINGS,
    SHEETS,
    SURVEY,
    FormFault,
    FormFaults,
    Omission,
    RefusedByPyxform,
    as_pyxform_workbook,
    convert_with_pyxform,
    import_pyxform,
    language_title,
    one_line,
)

MOST_ROWS = 20_000  # in one sheet
_ROW_MARK = "article34::row"
#: Types that only KoboToolbox knows. Their rows are removed before pyxform reads the form.
_OF_KOBO = re.compile(r"(?:begin|end)_(?:kobomatrix|score|rank)|score__row|rank__level", re.IGNORECASE)
_TRANSLATABLE = ("label", "hint", "guidance_hint", "constraint_message", "required_message", "image", "audio", "video",
                 "big-image")  # fmt: skip
#: pyxform's name of a column -> its name in XLSForm.
_COLUMN_NAMES = {
    "jr:constraintMsg": "constraint_message", "jr:requiredMsg": "required_message", "readonly": "read_only",
    "calculate": "calculation", "jr:count": "repeat_count", "list name": "list_name", "title": "form_title",
    "id_string": "form_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row: its number as in a spreadsheet, and its cells that are not empty, by column and language.

    The language is empty for a column that has none in this form.
    """

    number: int
    cells: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def get(self, column: str) -> str:
        """Return the cell of a column without a language, or an empty text."""
        return self.cells.get((column, ""), "")

    def said(self, column: str) -> Mapping[str, str]:
        """Return the texts of a column, by language."""
        return {language: text for (name, language), text in self.cells.items() if name == column}


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A sheet: its columns, each with its language, and its rows below the header, except empty ones."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[FormRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FormElement:
    """A question, note, group or repeat of the survey, with its content."""

    row: FormRow
    type: str  # pyxform's name of the type
    list_name: str = ""
    choices: tuple[FormRow, ...] = ()
    children: "tuple[FormElement, ...]" = ()

    @property
    def name(self) -> str:
        """The name of the element in expressions."""
        return self.row.get("name")

    @property
    def written_type(self) -> str:
        """The type as written in the form."""
        return one_line(self.row.get("type"))

    def walk(self) -> "Iterator[FormElement]":
        """Yield the element and everything in it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class ParsedForm:
    """A form as pyxform reads it: its sheets by name, its elements, and rows that only KoboToolbox knows."""

    file: str
    sheets: Mapping[str, FormSheet]
    elements: tuple[FormElement, ...]
    of_kobo: tuple[FormRow, ...]
    tables: "Mapping[str, Sequence[Sequence[str]]]"  # the cells of each sheet as written, the header first

    @property
    def settings(self) -> FormRow:
        """The row of settings."""
        rows = self.sheets.get(SETTINGS, FormSheet()).rows
        return rows[0] if rows else FormRow(2)

    def lists(self) -> Mapping[str, FormRow]:
        """Return the first row of every list of choices, by the list's name."""
        found: dict[str, FormRow] = {}
        for row in self.sheets.get(CHOICES, FormSheet()).rows:
            found.setdefault(row.get("list_name"), row)
        found.pop("", None)
        return found


def parse_form(path: Path) -> ParsedForm:
    """Read a form. Raise FormFaults if it is not a form, has faults, or may do harm; MissingExtra without pyxform."""
    file = str(path)
    import_pyxform()
    tables = _read_tables(path, file)
    sheets = {name: _form_sheet(name, rows) for name, rows in tables.items()}
    of_kobo = tuple(row for row in sheets[SURVEY].rows if _OF_KOBO.fullmatch(row.get("type").partition(" ")[0]))
    without = {row.number for row in of_kobo}
    for number in without:
        tables[SURVEY][number - 1] = []
    try:
        tree = _tree(tables)
    except RefusedByPyxform as refusal:
        _refuse(file, refusal)
    elements = tuple(_elements(tree["children"], sheets))
    sheets[SURVEY] = replace(sheets[SURVEY], rows=tuple(r for r in sheets[SURVEY].rows if r.number not in without))
    return ParsedForm(file, sheets, elements, of_kobo, tables)


def check_with_pyxform(form: ParsedForm) -> None:
    """Have pyxform make the form that ODK runs, which reveals further faults. Raise FormFaults."""
    try:
        convert_with_pyxform({name: _cells(rows) for name, rows in form.tables.items()}, _headers(form.tables))
    except RefusedByPyxform as refusal:
        _refuse(form.file, refusal)


# ── From a file to rows


def _read_tables(path: Path, file: str) -> dict[str, list[Sequence[str]]]:
    """Return the cells of each sheet that a form may have, the header first. Raise FormFaults."""
    if path.stat().st_size > MOST_BYTES:
        raise FormFaults([FormFault(file, "", 0, f"it has more than {MOST_BYTES // 1_000_000} MB: split it")])
    content, sheet = path.read_bytes(), ""
    try:
        found = {name.strip().lower(): name for name in sheet_names(content)}
        if SURVEY not in found:
            message = f"this is no XLSForm: it has no sheet `{SURVEY}` (it has {', '.join(list(found.values())[:12])})"
            raise FormFaults([FormFault(file, "", 0, message)])
        tables: dict[str, list[Sequence[str]]] = {}
        for sheet in SHEETS:
            if sheet in found:
                tables[sheet] = [[cell.strip() for cell in row] for row in read_rows(content, found[sheet])]
    except UnreadableWorkbook as fault:
        raise FormFaults([FormFault(file, sheet, 0, str(fault))]) from fault
    for name, rows in tables.items():
        if len(rows) > MOST_ROWS:
            raise FormFaults([FormFault(file, name, 0, f"it has more than {MOST_ROWS} rows: split the form")])
        _check_headers(file, name, rows)
    return tables


def _check_headers(file: str, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Raise FormFaults for a repeated column: of two cells with one header, only one would reach pyxform."""
    columns: dict[tuple[str, str], str] = {}
    for header in filter(None, rows[0] if rows else ()):
        column = _column(name, header, rows[0])
        if column in columns:
            raise FormFaults([FormFault(file, name, 1, f"the column `{one_line(header)}` stands twice: delete one")])
        columns[column] = header


def _column(sheet: str, header: str, headers: Sequence[str]) -> tuple[str, str]:
    """Return a column's name and language, as pyxform reads a header: `Label::Français (fr)`, `bind::relevant`."""
    from pyxform import aliases
    from pyxform.parsing.sheet_headers import process_header

    known = {SURVEY: aliases.survey_header, SETTINGS: aliases.settings_header}.get(sheet, aliases.list_header)
    first, *rest = process_header(header, any("::" in each for each in headers), known, ())[1]
    tokens = [*([] if first.lower() in ("bind", "control", "media", "body") and rest else [first]), *rest]
    name = _COLUMN_NAMES.get(tokens[0], "_".join(tokens[0].split()).lower())
    name = _COLUMN_NAMES.get(name, name)
    return (name, "::".join(tokens[1:])) if name in _TRANSLATABLE else ("::".join([name, *tokens[1:]]), "")


def _form_sheet(name: str, rows: Sequence[Sequence[str]]) -> FormSheet:
    columns = {at: _column(name, header, rows[0]) for at, header in enumerate(rows[0] if rows else ()) if header}
    found = []
    for number, row in enumerate(rows[1:], 2):
        if cells := {columns[at]: cell for at, cell in enumerate(row) if cell and at in columns}:
            found.append(FormRow(number, cells))
    return FormSheet(tuple(columns.values()), tuple(found))


def _cells(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Return the rows below the header, cells by header. Empty rows stay, so that pyxform counts as people do."""
    header = rows[0] if rows else ()
    return [{name: cell for name, cell in zip(header, row, strict=False) if name and cell} for row in rows[1:]]


def _headers(tables: Mapping[str, Sequence[Sequence[str]]]) -> Mapping[str, list[str]]:
    return {name: [header for header in rows[0] if header] if rows else [] for name, rows in tables.items()}


# ── From rows to a tree


def _tree(tables: Mapping[str, Sequence[Sequence[str]]]) -> Mapping[str, Any]:
    """Return what pyxform reads. Raise RefusedByPyxform."""
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData

    rows = {name: _cells(cells) for name, cells in tables.items()}
    for name in (SURVEY, CHOICES):
        for number, row in enumerate(rows.get(name, ()), 2):
            if row:
                row[_ROW_MARK] = str(number)
    headers = {name: [*header, _ROW_MARK] for name, header in _headers(tables).items()}
    with RefusedByPyxform.raised():
        definition = DefinitionData(**as_pyxform_workbook(rows, headers))
        tree: Mapping[str, Any] = workbook_to_json(definition, form_name="data", warnings=[])
    return tree


def _elements(children: Sequence[Mapping[str, Any]], sheets: Mapping[str, FormSheet]) -> Iterator[FormElement]:
    """Yield the elements that are in the form, in order. Elements that pyxform added have no row."""
    survey = {row.number: row for row in sheets[SURVEY].rows}
    choices = {row.number: row for row in sheets.get(CHOICES, FormSheet()).rows}
    for child in children:
        inside = tuple(_elements(child.get("children", ()), sheets))
        if row := survey.get(_row_number(child)):
            marked = (choices.get(_row_number(choice)) for choice in child.get("choices", ()))
            found = tuple(choice for choice in marked if choice is not None)
            yield FormElement(row, child["type"], child.get("list_name", ""), found, inside)
        else:
            yield from inside


def _row_number(part: Mapping[str, Any]) -> int:
    return int(part.get("article34", {}).get("row", 0))


def _refuse(file: str, refusal: RefusedByPyxform) -> NoReturn:
    """Raise FormFaults with pyxform's message, at the sheet and row that it names."""
    said = re.sub(r" \{'.*\}$", "", one_line(str(refusal)))  # the row itself, as a Python dictionary
    row = re.match(r"\[row : (\d+)\] ", said)
    sheet = re.search(r"[Oo]n the '(\w+)' sheet", said)
    where = sheet[1] if sheet else SURVEY if row else ""
    message = f"pyxform, by which ODK and KoboToolbox read forms, refuses it: {said[row.end() :] if row else said}"
    raise FormFaults([FormFault(file, where, int(row[1]) if row else 0, message)]) from refusal


#: Marks that ODK and KoboToolbox show as bold, italic, headings or links.
_FORMATTED = re.compile(r"</?[a-zA-Z][^<>]*>|\*\*\S|__\S|(?m:^#{1,6} )|\]\(http")


@dataclass(frozen=True, slots=True)
class FormLanguages:
    """The languages of a form, by their names in its columns. The empty name is for columns without a language."""

    own: str
    codes: Mapping[str, str]  # codes, by name, of other languages that an edition can hold
    omissions: tuple[Omission, ...]

    def text(self, said: Mapping[str, str]) -> str:
        """Return a text in the edition's own language, else in any language, or "" without one."""
        return one_line(said.get(self.own) or next(iter(said.values()), ""))

    def others(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """Return a text in the other languages, by code."""
        return {self.codes[name]: one_line(text) for name, text in said.items() if name in self.codes}


def read_languages(sheets: Iterable[FormSheet], default: str) -> FormLanguages:
    """Return the languages of a form. The edition's own is English if it is there, else the default or the first."""
    found = list(
        dict.fromkeys(name for sheet in sheets for column, name in sheet.columns if column in ("label", "hint"))
    )
    meant = {name: language_code(name or default) for name in found}
    own = next((name for name in found if meant[name] == SOURCE_LANGUAGE), "" if "" in found else default)
    own = own if own in found else found[0] if found else ""
    codes: dict[str, str] = {}
    omissions: list[Omission] = []
    for name in found:
        if name != own and meant[name] not in ("", SOURCE_LANGUAGE, meant[own], *codes.values()):
            codes[name] = meant[name]
        elif name != own:
            do = f"give the column the code of its language, as in `label::{language_title('fr')}`, and import again"
            omissions.append(
                Omission(SURVEY, 1, f"the texts in {name or 'the columns without a language'} are not carried", do)
            )
    if meant.get(own) not in ("", SOURCE_LANGUAGE, None):
        what = f"the texts are in {language_title(meant[own])}, and an edition's own language is English"
        omissions.append(Omission(SETTINGS, 0, what, "translate them, and keep these in `locales/`"))
    return FormLanguages(own, codes, tuple(omissions))


def language_code(name: str) -> str:
    """Return the code of a language from its name in a column: `Français (fr)`, `fr`, `French`; "" if it is unclear."""
    if in_brackets := re.search(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)$", name):
        code = in_brackets[1].lower() if "-" not in in_brackets[1] else in_brackets[1]
        return code if is_language_code(code) else ""
    return name if is_language_code(name) else _codes().get(name.strip().lower(), "")


@cache
def _codes() -> Mapping[str, str]:
    """Return codes by the English names of languages."""
    return {
        str(name).lower(): code for code, name in Locale.parse("en").languages.items() if re.fullmatch("[a-z]+", code)
    }


def unsupported_markup(text: str) -> str:
    """Return the markup in a text that an edition would show literally, for a message, or "" if there is none."""
    if "${" in text:
        return "a text shows the answer to another question"
    return "a text has marks for bold, headings or links" if _FORMATTED.search(text) else ""

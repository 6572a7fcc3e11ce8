"""An XLSForm as a workbook: its sheets, columns and languages, written by us and checked by pyxform.

A fault of a form has its sheet and row (FormFaults). An Omission is something that an edition cannot hold, with its
place.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import xlsxwriter
from babel import Locale, UnknownLocaleError

from compliance.languages.interface_messages import LANGUAGE_NAMES
from compliance.package_data import how_to_install
from compliance.questionnaire.faults import UserFacingError
from compliance.questionnaire.yaml_reader import UNSAFE_CHARACTERS
from compliance.workbook.cell_texts import clean

SURVEY, CHOICES, SETTINGS = "survey", "choices", "settings"

#: Sheets that XLSForms may have. The first is required.
SHEETS = (SURVEY, CHOICES, SETTINGS, "external_choices", "entities", "osm")
_LONGEST = 32_767  # the most characters in a cell
_WIDTHS = {"type": 24, "name": 22, "label": 60, "hint": 60, "relevant": 40}


@dataclass(frozen=True, slots=True)
class FormFault:
    """One fault in a form. Row 0 stands for a whole sheet, an empty sheet name for the file."""

    file: str
    sheet: str
    row: int
    message: str

    def __str__(self) -> str:
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        row = f", row {self.row}" if self.row else ""
        return f"{self.file}{sheet}{row}: {self.message}"


class FormFaults(UserFacingError):
    """A form that cannot be used, with every fault in it, one on a line."""

    def __init__(self, faults: Iterable[FormFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


#: A row of a sheet: texts by column.
FormCells: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """The three sheets, and the codes of their languages, the edition's own first."""

    languages: tuple[str, ...]
    sheets: Mapping[str, Sequence[FormCells]]

    def columns(self, sheet: str) -> list[str]:
        """Return the names of a sheet's columns."""
        return [column for name in COLUMNS[sheet] for column in columns_in_languages(name, self.languages)]


def form_workbook(form: Form) -> bytes:
    """Return a form as an .xlsx file. Raise FormFaults if an expression is too long for a cell."""
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


class MissingExtra(UserFacingError):
    """The extra `xlsform` is not installed. The message says how to install it."""


class RefusedByPyxform(ValueError):
    """pyxform refuses the form. The message is pyxform's."""

    @classmethod
    @contextmanager
    def raised(cls) -> Iterator[None]:
        """Raise it for any exception of pyxform, including crashes on forms that pyxform did not foresee."""
        from pyxform.errors import PyXFormError

        try:
            yield
        except PyXFormError as refusal:
            raise cls(str(refusal)) from refusal
        except Exception as crash:
            raise cls(f"{type(crash).__name__}: {crash}") from crash


def import_pyxform() -> None:
    """Import pyxform. Raise MissingExtra if it is not installed."""
    try:
        import pyxform.xls2json
        import pyxform.xls2xform  # noqa: F401  # only whether they are there
    except ImportError as missing:
        raise MissingExtra(
            f"XLSForms need the extra `xlsform`, which is not installed: {how_to_install('xlsform')}"
        ) from missing


def as_pyxform_workbook(
    sheets: Mapping[str, Sequence[Mapping[str, str]]], headers: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Return the sheets of a form in pyxform's structure: rows below the header by sheet, cells by column."""
    workbook: dict[str, Any] = {"sheet_names": list(sheets)}
    for sheet, rows in sheets.items():
        workbook[sheet] = [dict(row) for row in rows]
        workbook[f"{sheet}_header"] = [dict.fromkeys(headers[sheet])]
    return workbook


def convert_with_pyxform(
    sheets: Mapping[str, Sequence[Mapping[str, str]]], headers: Mapping[str, Sequence[str]]
) -> str:
    """Return the XForm that pyxform makes of a form's sheets, as XML. Raise RefusedByPyxform or MissingExtra."""
    import_pyxform()
    from pyxform.xls2xform import convert

    with RefusedByPyxform.raised():
        return str(convert(as_pyxform_workbook(sheets, headers), form_name="data").xform)


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that was not carried, or not unchanged. Row 0 stands for a whole sheet."""

    sheet: str
    row: int
    what: str
    do: str


def omission_lines(left: Iterable[Omission]) -> Iterator[str]:
    """Yield a line for each omission, combining rows with the same omission, in the order of the form."""
    together: dict[tuple[str, str, str], list[int]] = {}
    for one in left:
        together.setdefault((one.sheet, one.what, one.do), []).append(one.row)
    for (sheet, what, do), rows in together.items():
        yield f"{sheet}{_row_ranges(rows)}: {what}. {do[:1].upper()}{do[1:]}."


def _row_ranges(rows: Sequence[int]) -> str:
    """Return `, rows 3 to 5, 9`, with consecutive numbers as ranges."""
    numbers = sorted({row for row in rows if row})
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    words = [f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in stretches]
    return f", {'row' if len(numbers) == 1 else 'rows'} {', '.join(words)}" if words else ""


#: The columns of each sheet. Translated columns occur once for each language.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    SURVEY: ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message",
             "calculation", "appearance", "choice_filter"),
    CHOICES: ("list_name", "name", "label", "points"),
    SETTINGS: ("form_title", "form_id", "version", "default_language", "instance_name"),
}  # fmt: skip
TRANSLATED = ("label", "hint", "constraint_message")


def language_title(code: str) -> str:
    """Return a language as column headings name it, with its own name and its code: `Français (fr)`."""
    try:
        name = LANGUAGE_NAMES.get(code) or Locale.parse(code, sep="-").get_display_name(code) or code
    except (ValueError, UnknownLocaleError):
        name = code
    return f"{name[:1].upper()}{name[1:]} ({code})"


def columns_in_languages(column: str, languages: Sequence[str]) -> list[str]:
    """Return a column's headings, one for each language of the form."""
    if column not in TRANSLATED or len(languages) == 1:
        return [column]
    return [f"{column}::{language_title(code)}" for code in languages]


def column_header(column: str, language: str) -> str:
    """Return a column's heading in XLSForm's spelling, with its language."""
    return f"{column}::{language}" if language else column


def one_line(text: str) -> str:
    """Return a text on one line, without characters that texts of editions must not contain."""
    return " ".join(UNSAFE_CHARACTERS.sub(" ", text).split())

"""pyxform, which turns XLSForms into what ODK and KoboToolbox run, as the judge of what is one.

It is an extra of this package. It is given rows, and never a file that somebody sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class MissingExtra(Exception):
    """The extra `xlsform` is not installed. The message says how to install it."""


class NotAForm(ValueError):
    """pyxform takes it for no form. The message is its sentence."""


def judge(sheets: Mapping[str, Sequence[Mapping[str, str]]], columns: Mapping[str, Sequence[str]]) -> str:
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
        raise NotAForm(str(refusal)) from refusal
    except Exception as crash:  # what it did not foresee in a form that somebody made
        raise NotAForm(f"{type(crash).__name__}: {crash}") from crash

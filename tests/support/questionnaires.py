"""Questionnaire workbooks as companies download, fill in and upload them."""

import io
from collections.abc import Callable, Mapping

import openpyxl
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from compliance.workbook.questionnaire_lines import MARK_PREFIX, LineColumn
from tests.support.sites import post

#: What is typed into cells, by the key of the line (`question r1.code`) and by column.
Typed = Mapping[str, Mapping[LineColumn, object]]


class TypedFormula(str):
    """Text that is typed as a formula."""


def taken(client: FlaskClient, number: int, language: str = "") -> bytes:
    """Download the questionnaire of an assessment."""
    response = client.get(f"{language}/assessments/{number}/questionnaire.xlsx")
    assert response.status_code == 200, response.text
    return response.data


def filled_in(
    content: bytes, typed: Typed, *countries: tuple[str, str], change: Callable[[openpyxl.Workbook], None] | None = None
) -> bytes:
    """Return the workbook with text typed into lines, countries ticked (question, code), and another change made."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    missing = set(typed) | {f"{question} {code}" for question, code in countries}
    for page in book.worksheets:
        columns = marks_of(page)
        if LineColumn.KEY.mark not in columns:
            continue
        for row in page.iter_rows(min_row=4):
            key = str(row[columns[LineColumn.KEY.mark]].value or "")
            for column, value in typed.get(key, {}).items():
                cell = row[columns[column.mark]]
                cell.value = value  # type: ignore[assignment]
                if isinstance(value, str) and not isinstance(value, TypedFormula):
                    cell.data_type = "s"  # text, even if it begins like a formula
                missing.discard(key)
            for question, code in countries:
                if code == key and f"{MARK_PREFIX}list:{question}" in columns:
                    row[columns[f"{MARK_PREFIX}list:{question}"]].value = "Yes"
                    missing.discard(f"{question} {code}")
    assert not missing, f"no such line: {missing}"
    if change is not None:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def marks_of(page: Worksheet) -> dict[str, int]:
    """Return the columns of a sheet by their marks."""
    for row in page.iter_rows(max_row=4, values_only=True):
        found = {str(text): place for place, text in enumerate(row) if str(text).startswith(MARK_PREFIX)}
        if LineColumn.KEY.mark in found:
            return found
    return {}


def upload(client: FlaskClient, number: int, content: bytes, name: str = "questionnaire.xlsx") -> TestResponse:
    """Upload a questionnaire on the page of its assessment."""
    return post(client, f"/assessments/{number}/questionnaire", fields={"file": (io.BytesIO(content), name)})


def shown(client: FlaskClient, number: int, content: bytes) -> tuple[str, str]:
    """Upload a questionnaire, and return the address and the text of the page that shows its changes."""
    response = upload(client, number, content)
    assert response.status_code == 302, response.text
    address = response.headers["Location"]
    return address, client.get(address).text

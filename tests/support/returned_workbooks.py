"""A scorecard workbook as an auditor takes it, fills it in and sends it back."""

import io
from collections.abc import Callable, Mapping

import openpyxl
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from compliance.workbook.reader import opened_workbook
from compliance.workbook.review_words import FoundReview, find_review
from compliance.workbook.scorecard_layout import ReviewColumn
from tests.support.sites import post

#: What is put into the cells of a question: by column, what to type.
Typed = Mapping[ReviewColumn, object]


def taken(client: FlaskClient, number: int, language: str = "") -> bytes:
    """The workbook of an assessment, downloaded."""
    response = client.get(f"{language}/assessments/{number}/scorecard.xlsx")
    assert response.status_code == 200, response.text
    return response.data


def filled(content: bytes, typed: Mapping[str, Typed], change: Callable[[Worksheet], None] | None = None) -> bytes:
    """The workbook after somebody typed into the rows of questions, and changed something else on *Review*."""
    found = _review(content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book[found.sheet]
    assert isinstance(page, Worksheet)
    for question, cells in typed.items():
        for column, value in cells.items():
            page.cell(row_of(page, found, question), found.columns[column] + 1).value = value  # type: ignore[assignment]
    if change is not None:
        change(page)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cell_name(content: bytes, question: str, column: ReviewColumn) -> str:
    """The name of a cell, as a spreadsheet shows it."""
    found = _review(content)
    page = openpyxl.load_workbook(io.BytesIO(content))[found.sheet]
    return str(page.cell(row_of(page, found, question), found.columns[column] + 1).coordinate)


def row_of(page: Worksheet, found: FoundReview, question: str) -> int:
    """The row of a question, from 1."""
    column = found.columns[ReviewColumn.ID] + 1
    return next(row for row in range(found.head + 1, page.max_row + 1) if page.cell(row, column).value == question)


def _review(content: bytes) -> FoundReview:
    with opened_workbook(content) as book:
        found = find_review(book)
    assert found is not None
    return found


def send(client: FlaskClient, number: int, content: bytes, name: str = "review.xlsx") -> TestResponse:
    """Upload a workbook on the page of its assessment."""
    return post(client, f"/audit/{number}/workbooks", fields={"file": (io.BytesIO(content), name)})

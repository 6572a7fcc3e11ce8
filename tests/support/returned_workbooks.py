"""Scorecard workbooks as an auditor downloads, fills in and uploads them."""

import io
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import openpyxl
from flask.testing import FlaskClient
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.workbooks import record_download
from compliance.workbook.reader import opened_workbook
from compliance.workbook.review_words import FoundReview, find_review
from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.examples import SHARE
from tests.support.recalculation import with_cells
from tests.support.review_edits import without_unread_sheets
from tests.support.sites import NOON, Site, post

#: What is typed into the cells of a question, by column.
Typed = Mapping[ReviewColumn, str | None]


def taken(client: FlaskClient, number: int, language: str = "") -> bytes:
    """Download the workbook of an assessment."""
    response = client.get(f"{language}/assessments/{number}/scorecard.xlsx")
    assert response.status_code == 200, response.text
    return response.data


def gone_out(site: Site, number: int) -> bytes:
    """Return the first workbook of an assessment without verdicts, made once for all tests.

    The assessment is that of `submitted_on` in a fresh database. The download is recorded each time. Below a share of
    1, it has only the sheets that are read back, as every reading looks at all sheets.
    """
    if not _GONE_OUT:
        _GONE_OUT.append(without_unread_sheets(taken(site.client("audun"), number)))
        return _GONE_OUT[0]
    with site.store() as session, session.begin():
        submission = store.latest_submission(session, number).id
        record_download(session, number, submission, (), by=site.people["audun"].id, at=NOON)
    return _GONE_OUT[0]


_GONE_OUT: list[bytes] = []


def filled(content: bytes, typed: Mapping[str, Typed], change: Callable[[Worksheet], None] | None = None) -> bytes:
    """Return the workbook with text typed into the rows of questions, and another change made to *Review*.

    openpyxl saves all of it, as another program would. Below a share of 1, only for another change.
    """
    found, _rows = _review(content)
    cells = {
        cell_name(content, question, column): value
        for question, values in typed.items()
        for column, value in values.items()
    }
    if change is None and SHARE < 1:
        return with_cells(content, found.sheet, cells)
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book[found.sheet]
    assert isinstance(page, Worksheet)
    for name, value in cells.items():
        page[name].value = value
    if change is not None:
        change(page)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cell_name(content: bytes, question: str, column: ReviewColumn) -> str:
    """Return the name of a cell, as a spreadsheet shows it."""
    found, rows = _review(content)
    return f"{get_column_letter(found.columns[column] + 1)}{rows[question]}"


@lru_cache(maxsize=4)
def _review(content: bytes) -> tuple[FoundReview, Mapping[str, int]]:
    """Return the place of *Review*, and the row of each id, counted from 1."""
    with opened_workbook(content) as book:
        found = find_review(book)
        assert found is not None
        column = found.columns[ReviewColumn.ID]
        ids = ((row[column].text if column < len(row) else "", at) for at, row in enumerate(book.rows(found.sheet), 1))
        rows: dict[str, int] = {}
        for name, at in ids:
            if at > found.head:
                rows.setdefault(name, at)
    return found, rows


def send(client: FlaskClient, number: int, content: bytes, name: str = "review.xlsx") -> TestResponse:
    """Upload a workbook on the page of its assessment."""
    return post(client, f"/audit/{number}/workbooks", fields={"file": (io.BytesIO(content), name)})


def counts(page: str) -> dict[str, int]:
    """Return the numbers on the page: how many changes fit, conflict, and so on."""
    facts = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)
    return {name: int(value) for name, value in facts}

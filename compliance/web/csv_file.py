"""A table as a CSV file to be saved from a page."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from compliance.questionnaire.csv_cells import safe_cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table: a row of names, then the rows."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def csv_response(name: str, text: str) -> Response:
    """The file, to be saved under that name and opened in Excel: it begins with a mark that says it is UTF-8."""
    return download(name, "\ufeff" + text, "text/csv")


def download(name: str, content: str | bytes, kind: str) -> Response:
    """A file to be saved under that name."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

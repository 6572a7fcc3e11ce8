"""A table as a CSV file to be saved from a page."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from compliance.questionnaire.csv_cells import safe_cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], *, remark: str = "") -> str:
    """The table; `remark` comes before its header, as a line that begins with `#`."""
    file = io.StringIO()
    if remark:
        file.write(safe_cell(f"# {remark}") + "\r\n")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def csv_response(name: str, text: str) -> Response:
    """The file, to be saved under that name. It begins with a mark that tells Excel it is UTF-8."""
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

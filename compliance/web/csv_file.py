"""A table as a CSV file in which text from people stays text, whatever program opens it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

#: A spreadsheet would take these at the start of a cell for a formula.
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
#: What no cell of a spreadsheet can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], *, remark: str = "") -> str:
    """The table; `remark` comes before its header, as a line that begins with `#`."""
    file = io.StringIO()
    if remark:
        file.write(f"# {_CONTROL.sub('', remark)}\r\n")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def safe_cell(text: str) -> str:
    """A text as it may stand in a cell: with an apostrophe before it if it could pass for a formula."""
    clean = _CONTROL.sub("", text)
    return f"'{clean}" if _FORMULA.match(clean) and not _NUMBER.fullmatch(clean) else clean


def csv_response(name: str, text: str) -> Response:
    """The file, to be saved under that name. It begins with a mark that tells Excel it is UTF-8."""
    response = Response("\ufeff" + text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

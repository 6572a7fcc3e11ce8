"""Cells of CSV files in which text from people stays text, whatever program opens them."""

import re

#: A spreadsheet would take what begins so for a formula; with apostrophes before it, so that `plain_cells` takes off
#: none that somebody wrote.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
#: What no cell of a spreadsheet can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GUARD = "'"


def safe_cell(text: str) -> str:
    """A text as it may stand in a cell: with an apostrophe before it if it could pass for a formula."""
    if text[:1].isalnum() and text.isprintable():  # nearly every cell, and quick: tables have millions
        return text
    clean = _CONTROL.sub("", text)
    return _GUARD + clean if _could_pass(clean) else clean


def plain_cells(row: list[str]) -> list[str]:
    """What a row says: the same cells without the apostrophes of `safe_cell`."""
    if _GUARD not in "".join(row):  # nearly always, and a tenth of the time that looking at each cell takes
        return row
    return [cell[1:] if cell.startswith(_GUARD) and _could_pass(cell[1:]) else cell for cell in row]


def _could_pass(text: str) -> bool:
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None

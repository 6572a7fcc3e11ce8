"""Excel formulas, built from references and never typed by hand; references to cells and ranges; names of sheets.

Only functions that Excel 2007 and LibreOffice share are used, in forms that both calculate alike: SUMPRODUCT takes
its columns as arguments, where text counts as 0, since a product of text is an error; MIN, MAX, SUM and COUNT ignore
text in cells. A missing score is the empty text here; in the engine it is NaN.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

from compliance.languages.interface_messages import gettext
from compliance.questionnaire.answers import number_text
from compliance.workbook.cell_texts import clean

#: A formula, or a part of one, without the leading equals sign.
Formula: TypeAlias = str

MISSING: Formula = '""'
TOLERANCE: Formula = "1E-9"
_MOST_ARGUMENTS = 200  # both programs accept 255
_LONGEST_TEXT = 250  # characters; both programs accept 255 for a text within a formula
_FIRST_PLACE = 0xE000  # first placeholder of live parts: not letters, which Arabic would isolate


class CellReference(NamedTuple):
    """One cell: name of the sheet, row and column counted from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{_quoted(self.sheet)}!${column_letters(self.column)}${self.row + 1}"

    @property
    def without_sheet(self) -> str:
        """The reference without the sheet: `$C$12`."""
        return f"${column_letters(self.column)}${self.row + 1}"


class CellRange(NamedTuple):
    """Neighbouring cells of one row or one column."""

    first: CellReference
    last: CellReference

    def __str__(self) -> str:
        return f"{self.first}:{self.last.without_sheet}"

    @property
    def cells(self) -> list[CellReference]:
        """Each cell of the range, row by row."""
        rows = range(self.first.row, self.last.row + 1)
        columns = range(self.first.column, self.last.column + 1)
        return [CellReference(self.first.sheet, row, column) for row in rows for column in columns]


@cache
def column_letters(column: int) -> str:
    """Return the name of a column counted from 0: A, Z, AA."""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters = chr(65 + letter) + letters
        column -= 1
    return letters


@cache
def _quoted(sheet: str) -> str:
    """Return a sheet's name for a formula: in quotation marks, unless it is one plain word that cannot name a cell."""
    return sheet if re.fullmatch(r"[A-Z][a-z]{3,}", sheet) else "'" + sheet.replace("'", "''") + "'"


Operand: TypeAlias = Formula | CellReference | CellRange


def text_literal(value: str) -> Formula:
    """Return a text as a literal; a long one in pieces, since both programs allow only 255 characters."""
    pieces = [value[i : i + _LONGEST_TEXT] for i in range(0, len(value), _LONGEST_TEXT)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def live_sentence(message: str, live: Mapping[str, tuple[Operand, str]]) -> tuple[Formula, str]:
    """Return a message with live parts, in the current language: as a formula, and as its present text.

    `live`: for each placeholder of the message, what it is calculated from, and its present text.
    """
    places = {chr(_FIRST_PLACE + at): name for at, name in enumerate(live)}
    said = gettext(message, **{name: place for place, name in places.items()})
    pieces = [piece for piece in re.split(f"([{''.join(places)}])", said) if piece] if places else [said]
    parts = [str(live[places[piece]][0]) if piece in places else text_literal(piece) for piece in pieces]
    return "&".join(parts), "".join(live[places[piece]][1] if piece in places else piece for piece in pieces)


def present_sentence(message: str, **parts: str) -> str:
    """Return the present text of a live sentence, to the letter: `gettext` would isolate Latin letters in Arabic."""
    return live_sentence(message, {name: ("", part) for name, part in parts.items()})[1]


def number_literal(value: float) -> Formula:
    """Return a number as a literal."""
    written = number_text(float(value)).upper()
    return f"({written})" if value < 0 else written


def day_number(day: date) -> int:
    """Return a day as a cell stores it: the number of days since 30 December 1899."""
    return (day - date(1899, 12, 30)).days


def call(name: str, *arguments: Operand) -> Formula:
    """Return the call of a function."""
    return f"{name}({','.join(map(str, arguments))})"


def fold(name: str, arguments: Sequence[Operand]) -> Formula:
    """Return MIN, MAX, SUM, AND or OR over any number of arguments."""
    if len(arguments) == 1:
        return str(arguments[0])
    if len(arguments) <= _MOST_ARGUMENTS:
        return call(name, *arguments)
    chunks = [arguments[i : i + _MOST_ARGUMENTS] for i in range(0, len(arguments), _MOST_ARGUMENTS)]
    return call(name, *(fold(name, chunk) for chunk in chunks))


def if_(condition: Formula, then: Operand, otherwise: Operand) -> Formula:
    """Return the formula of a choice between two values."""
    return call("IF", condition, then, otherwise)


def cases(*pairs: tuple[Formula, Operand], otherwise: Operand) -> Formula:
    """Return a formula for the first value whose condition holds."""
    result = str(otherwise)
    for condition, then in reversed(pairs):
        result = if_(condition, then, result)
    return result


def equals(place: Operand, wanted: str | int) -> Formula:
    """Return a test: a cell has this text, ignoring case, or this number."""
    return f"{place}={text_literal(wanted) if isinstance(wanted, str) else int(wanted)}"


def is_missing(place: Operand) -> Formula:
    """Return a test: a cell is empty, as that of a score that is off."""
    return f"{place}={MISSING}"


def unless_missing(place: Operand, then: Operand) -> Formula:
    """Return a formula that is empty if a cell is empty, and else `then`."""
    return if_(is_missing(place), MISSING, then)


def is_any_text(place: Operand, values: Iterable[str]) -> Formula:
    """Return a test: a text is one of these, with the same case, which `=` would ignore."""
    words = list(values)
    if any(len(word) > _LONGEST_TEXT for word in words):
        return fold("OR", [call("EXACT", place, text_literal(word)) for word in words])
    return f"SUMPRODUCT(EXACT({place},{_array(map(text_literal, words))})*1)>0"


def is_any_number(place: Operand, values: Iterable[float]) -> Formula:
    """Return a test: a number is one of these."""
    return f"SUMPRODUCT(({place}={_array(number_literal(v).strip('()') for v in values)})*1)>0"


def list_has_any(place: Operand, words: Iterable[str]) -> Formula:
    """Return a test: a text of words joined by `|` contains one of these."""
    joined = f'"|"&SUBSTITUTE({place}," ","")&"|"'
    return f"SUMPRODUCT(ISNUMBER(FIND({_array(text_literal(f'|{word}|') for word in words)},{joined}))*1)>0"


def available_weight(values: CellRange, weights: CellRange) -> Formula:
    """Return the sum of the weights of the parts that are on."""
    return f"SUMPRODUCT(ISNUMBER({values})*1,{weights})"


def ratio(total: Operand, weight: Operand) -> Formula:
    """Return a mean, which is missing if the sum of weights is 0."""
    return if_(f"{weight}>0", f"{total}/{weight}", MISSING)


def rounded(amount: Operand, digits: int) -> Formula:
    """Return a number rounded half away from zero with a tolerance of 1e-9, as the engine rounds."""
    factor = number_literal(10.0**digits)
    return f"SIGN({amount})*INT(ABS({amount})*{factor}+0.5+{TOLERANCE})/{factor}"


def fixed_decimals(amount: Operand, digits: int) -> Formula:
    """Return a number as text with this many decimals."""
    return f"FIXED({rounded(amount, digits)},{digits},TRUE)"


def _array(items: Iterable[Formula]) -> Formula:
    return "{" + ",".join(items) + "}"


#: The result stored with a formula until a program recalculates it; the empty text is "none".
CachedValue: TypeAlias = float | str
#: Compute the result of a formula, or of several, from a workbook's data; None is "none" too.
ValueOf: TypeAlias = Callable[[Any], CachedValue | None]
ValuesOf: TypeAlias = Callable[[Any], Iterable[CachedValue | None]]
#: A result, or the function that computes it, or None if it is given later.
GivenValue: TypeAlias = CachedValue | ValueOf | None
Places: TypeAlias = Sequence[tuple[int, int]]  # row and column
ValueKind: TypeAlias = Literal["number", "text", "either"]

LONGEST_SHEET_NAME = 31  # characters of a name, in units of UTF-16


def safe_sheet_names(wanted: Iterable[str]) -> list[str]:
    """Return valid names for sheets, in the order of the wanted ones: not too long, and all different.

    A straight apostrophe becomes a typographic one, as it would have to be doubled in every formula.
    """
    found: list[str] = []
    for name in wanted:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", name.replace("'", "’"))
        plain = _cut(" ".join(plain.split()), LONGEST_SHEET_NAME) or "–"
        taken = {other.casefold() for other in found} | {"history"}  # which Excel reserves
        number, unique = 1, plain
        while unique.casefold() in taken:
            number += 1
            unique = f"{_cut(plain, LONGEST_SHEET_NAME - 1 - len(str(number)))} {number}"
        found.append(unique)
    return found


def _cut(name: str, most: int) -> str:
    while len(name.encode("utf-16-le")) // 2 > most:
        name = name[:-1]
    return name.strip()


def plain_value(value: CachedValue | None) -> CachedValue:
    """Return a value as a cell stores it: a text, or a number that is never -0."""
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) else float(value) + 0.0


@dataclass(frozen=True, slots=True)
class Only:
    """A function that computes one value, as one that computes several."""

    value_of: ValueOf

    def __call__(self, data: Any) -> tuple[CachedValue | None]:
        """Return the one value."""
        return (self.value_of(data),)


def identity(data: Any) -> Any:
    """Return the argument unchanged."""
    return data

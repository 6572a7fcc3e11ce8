"""Excel formulas, built from named cells and never typed by hand; references to cells and ranges; names of sheets.

Only functions that Excel 2007 and LibreOffice share, and only in forms that both calculate alike: SUMPRODUCT
takes its columns as arguments, where text counts as 0, since a product of text is an error; MIN, MAX, SUM and
COUNT pass over text in cells. A missing score is the empty text here, as it is NaN in the engine.
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
_MOST_ARGUMENTS = 200  # of the 255 that both programs take
_LONGEST_TEXT = 250  # of the 255 characters that a text inside a formula may have
_FIRST_PLACE = 0xE000  # of the characters that stand for live parts: no letters, which Arabic would set apart


class CellReference(NamedTuple):
    """One cell: the sheet as it is called, row and column counted from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{_quoted(self.sheet)}!${column_letters(self.column)}${self.row + 1}"

    @property
    def without_sheet(self) -> str:
        """Without the sheet: `$C$12`."""
        return f"${column_letters(self.column)}${self.row + 1}"


class CellRange(NamedTuple):
    """Neighbouring cells of one row or one column."""

    first: CellReference
    last: CellReference

    def __str__(self) -> str:
        return f"{self.first}:{self.last.without_sheet}"

    @property
    def cells(self) -> list[CellReference]:
        """Each of them."""
        rows = range(self.first.row, self.last.row + 1)
        columns = range(self.first.column, self.last.column + 1)
        return [CellReference(self.first.sheet, row, column) for row in rows for column in columns]


@cache
def column_letters(column: int) -> str:
    """The name of a column counted from 0: A, Z, AA."""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters = chr(65 + letter) + letters
        column -= 1
    return letters


@cache
def _quoted(sheet: str) -> str:
    """A sheet's name as a formula has it: in quotation marks unless it is one plain word, that no cell is called."""
    return sheet if re.fullmatch(r"[A-Z][a-z]{3,}", sheet) else "'" + sheet.replace("'", "''") + "'"


Operand: TypeAlias = Formula | CellReference | CellRange


def text_literal(value: str) -> Formula:
    """A text inside a formula; a long one in pieces, as both programs stop at 255 characters."""
    pieces = [value[i : i + _LONGEST_TEXT] for i in range(0, len(value), _LONGEST_TEXT)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def live_sentence(message: str, live: Mapping[str, tuple[Operand, str]]) -> tuple[Formula, str]:
    """A message with live parts, in the language now spoken: as a formula, and as it reads now.

    `live` has each placeholder of the message: what it comes from, and what that says now.
    """
    places = {chr(_FIRST_PLACE + at): name for at, name in enumerate(live)}
    said = gettext(message, **{name: place for place, name in places.items()})
    pieces = [piece for piece in re.split(f"([{''.join(places)}])", said) if piece] if places else [said]
    parts = [str(live[places[piece]][0]) if piece in places else text_literal(piece) for piece in pieces]
    return "&".join(parts), "".join(live[places[piece]][1] if piece in places else piece for piece in pieces)


def number_literal(value: float) -> Formula:
    """A number inside a formula."""
    written = number_text(float(value)).upper()
    return f"({written})" if value < 0 else written


def day_number(day: date) -> int:
    """A day as a cell holds it, with a format that shows it: the days since the last one of 1899."""
    return (day - date(1899, 12, 30)).days


def call(name: str, *arguments: Operand) -> Formula:
    """A function of some arguments."""
    return f"{name}({','.join(map(str, arguments))})"


def fold(name: str, arguments: Sequence[Operand]) -> Formula:
    """MIN, MAX, SUM, AND or OR over any number of arguments."""
    if len(arguments) == 1:
        return str(arguments[0])
    if len(arguments) <= _MOST_ARGUMENTS:
        return call(name, *arguments)
    chunks = [arguments[i : i + _MOST_ARGUMENTS] for i in range(0, len(arguments), _MOST_ARGUMENTS)]
    return call(name, *(fold(name, chunk) for chunk in chunks))


def if_(condition: Formula, then: Operand, otherwise: Operand) -> Formula:
    """One of two."""
    return call("IF", condition, then, otherwise)


def cases(*pairs: tuple[Formula, Operand], otherwise: Operand) -> Formula:
    """The first whose condition holds."""
    result = str(otherwise)
    for condition, then in reversed(pairs):
        result = if_(condition, then, result)
    return result


def equals(place: Operand, wanted: str | int) -> Formula:
    """A cell has that text, whatever its capitals, or that number."""
    return f"{place}={text_literal(wanted) if isinstance(wanted, str) else int(wanted)}"


def is_missing(place: Operand) -> Formula:
    """A cell of a score that is off, or that has none."""
    return f"{place}={MISSING}"


def unless_missing(place: Operand, then: Operand) -> Formula:
    """Empty where that cell is."""
    return if_(is_missing(place), MISSING, then)


def is_any_text(place: Operand, values: Iterable[str]) -> Formula:
    """A test that a text is one of these, letter by letter: `=` would not tell `Full` from `full`."""
    words = list(values)
    if any(len(word) > _LONGEST_TEXT for word in words):
        return fold("OR", [call("EXACT", place, text_literal(word)) for word in words])
    return f"SUMPRODUCT(EXACT({place},{_array(map(text_literal, words))})*1)>0"


def is_any_number(place: Operand, values: Iterable[float]) -> Formula:
    """A test that a number is one of these."""
    return f"SUMPRODUCT(({place}={_array(number_literal(v).strip('()') for v in values)})*1)>0"


def list_has_any(place: Operand, words: Iterable[str]) -> Formula:
    """A test that a text of words joined by `|` has one of these."""
    joined = f'"|"&SUBSTITUTE({place}," ","")&"|"'
    return f"SUMPRODUCT(ISNUMBER(FIND({_array(text_literal(f'|{word}|') for word in words)},{joined}))*1)>0"


def available_weight(values: CellRange, weights: CellRange) -> Formula:
    """Sum of the weights of the parts that are on."""
    return f"SUMPRODUCT(ISNUMBER({values})*1,{weights})"


def ratio(total: Operand, weight: Operand) -> Formula:
    """A mean; off where nothing weighs."""
    return if_(f"{weight}>0", f"{total}/{weight}", MISSING)


def rounded(amount: Operand, digits: int) -> Formula:
    """Half away from zero with a tolerance of 1e-9, as the engine rounds."""
    factor = number_literal(10.0**digits)
    return f"SIGN({amount})*INT(ABS({amount})*{factor}+0.5+{TOLERANCE})/{factor}"


def fixed_decimals(amount: Operand, digits: int) -> Formula:
    """A number as text with so many decimals."""
    return f"FIXED({rounded(amount, digits)},{digits},TRUE)"


def _array(items: Iterable[Formula]) -> Formula:
    return "{" + ",".join(items) + "}"


#: What a formula cell is worth before anybody recalculates; the empty text is "none".
CachedValue: TypeAlias = float | str
#: What says what a formula, or several, come to, from the data of any workbook that shares them; None is "none" too.
ValueOf: TypeAlias = Callable[[Any], CachedValue | None]
ValuesOf: TypeAlias = Callable[[Any], Iterable[CachedValue | None]]
#: A value, or what says it, or None where it is said later.
GivenValue: TypeAlias = CachedValue | ValueOf | None
Places: TypeAlias = Sequence[tuple[int, int]]  # row and column
ValueKind: TypeAlias = Literal["number", "text", "either"]

LONGEST_SHEET_NAME = 31  # characters of a name, in units of UTF-16


def safe_sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names that sheets may have, in the order of those wanted: not too long, and no two alike.

    A straight apostrophe would have to be doubled in every formula; it becomes a typographic one.
    """
    found: list[str] = []
    for name in wanted:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", name.replace("'", "’"))
        plain = _cut(" ".join(plain.split()), LONGEST_SHEET_NAME) or "–"
        taken = {other.casefold() for other in found} | {"history"}  # which Excel keeps for itself
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
    """A value as a cell has it: a text, or a number that is never -0."""
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) else float(value) + 0.0


@dataclass(frozen=True, slots=True)
class Only:
    """What says one value, as what says several."""

    value_of: ValueOf

    def __call__(self, data: Any) -> tuple[CachedValue | None]:
        """Say it."""
        return (self.value_of(data),)


def identity(data: Any) -> Any:
    """The same."""
    return data

"""Formulas, built from named cells and never typed by hand.

Only functions that Excel 2007 and LibreOffice share, and only in forms that
both calculate alike: SUMPRODUCT takes its columns as arguments, where text
counts as 0, since a product of text is an error; MIN, MAX, SUM and COUNT pass
over text in cells. *Off* is the empty text, as NaN is in the engine.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from compliance.questionnaire.answers import number_text

#: A formula, or a part of one, without the leading equals sign.
Formula: TypeAlias = str

EMPTY: Formula = '""'
TOLERANCE: Formula = "1E-9"
_MOST_ARGUMENTS = 200  # of the 255 that both programs take
_LONGEST_TEXT = 250  # of the 255 characters that a text inside a formula may have


class Place(NamedTuple):
    """One cell: the sheet's name, row and column counted from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet}!{self.local}"

    @property
    def local(self) -> str:
        """Without the sheet: `$C$12`."""
        return f"${column_letters(self.column)}${self.row + 1}"


class Span(NamedTuple):
    """Neighbouring cells of one row or one column."""

    first: Place
    last: Place

    def __str__(self) -> str:
        return f"{self.first}:{self.last.local}"


Part: TypeAlias = Formula | Place | Span


def column_letters(column: int) -> str:
    """The name of a column counted from 0: A, Z, AA."""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters = chr(65 + letter) + letters
        column -= 1
    return letters


def text(value: str) -> Formula:
    """A text inside a formula; a long one in pieces, as both programs stop at 255 characters."""
    pieces = [value[i : i + _LONGEST_TEXT] for i in range(0, len(value), _LONGEST_TEXT)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def number(value: float) -> Formula:
    """A number inside a formula."""
    written = number_text(float(value)).upper()
    return f"({written})" if value < 0 else written


def call(name: str, *arguments: Part) -> Formula:
    """A function of some arguments."""
    return f"{name}({','.join(map(str, arguments))})"


def fold(name: str, arguments: Sequence[Part]) -> Formula:
    """MIN, MAX, SUM, AND or OR over any number of arguments."""
    if len(arguments) == 1:
        return str(arguments[0])
    if len(arguments) <= _MOST_ARGUMENTS:
        return call(name, *arguments)
    chunks = [arguments[i : i + _MOST_ARGUMENTS] for i in range(0, len(arguments), _MOST_ARGUMENTS)]
    return call(name, *(fold(name, chunk) for chunk in chunks))


def if_(condition: Formula, then: Part, otherwise: Part) -> Formula:
    """One of two."""
    return call("IF", condition, then, otherwise)


def cases(*pairs: tuple[Formula, Part], otherwise: Part) -> Formula:
    """The first whose condition holds."""
    result = str(otherwise)
    for condition, then in reversed(pairs):
        result = if_(condition, then, result)
    return result


def is_(place: Part, word: str) -> Formula:
    """A cell that our own formulas fill has that word."""
    return f"{place}={text(word)}"


def off(place: Part) -> Formula:
    """A cell of a score that is off, or that has none."""
    return f"{place}={EMPTY}"


def unless_off(place: Part, then: Part) -> Formula:
    """Empty where that cell is."""
    return if_(off(place), EMPTY, then)


def among(place: Part, values: Iterable[str]) -> Formula:
    """Whether a text is one of these, letter by letter: `=` would not tell `Full` from `full`."""
    words = list(values)
    if any(len(word) > _LONGEST_TEXT for word in words):
        return fold("OR", [call("EXACT", place, text(word)) for word in words])
    return f"SUMPRODUCT(EXACT({place},{_array(map(text, words))})*1)>0"


def equals_any(place: Part, values: Iterable[float]) -> Formula:
    """Whether a number is one of these."""
    return f"SUMPRODUCT(({place}={_array(number(v).strip('()') for v in values)})*1)>0"


def lists_any(place: Part, words: Iterable[str]) -> Formula:
    """Whether a text of words joined by `|` has one of these."""
    joined = f'"|"&SUBSTITUTE({place}," ","")&"|"'
    return f"SUMPRODUCT(ISNUMBER(FIND({_array(text(f'|{word}|') for word in words)},{joined}))*1)>0"


def on_weight(values: Span, weights: Span) -> Formula:
    """Sum of the weights of the parts that are on."""
    return f"SUMPRODUCT(ISNUMBER({values})*1,{weights})"


def ratio(total: Part, weight: Part) -> Formula:
    """A mean; off where nothing weighs."""
    return if_(f"{weight}>0", f"{total}/{weight}", EMPTY)


def rounded(amount: Part, digits: int) -> Formula:
    """Half away from zero with a tolerance of 1e-9, as the engine rounds."""
    factor = number(10.0**digits)
    return f"SIGN({amount})*INT(ABS({amount})*{factor}+0.5+{TOLERANCE})/{factor}"


def shown(amount: Part, digits: int) -> Formula:
    """A number as text with so many decimals."""
    return f"FIXED({rounded(amount, digits)},{digits},TRUE)"


def is_formula_safe(name: str) -> bool:
    """Whether a sheet's name stands in a formula without quotation marks."""
    return re.fullmatch(r"[A-Z][a-z]+", name) is not None


def _array(items: Iterable[Formula]) -> Formula:
    return "{" + ",".join(items) + "}"

"""Formulas, built from named cells and never typed by hand.

Only functions that Excel 2007 and LibreOffice share, and only in forms that
both calculate alike: SUMPRODUCT takes its columns as arguments, where text
counts as 0, since a product of text is an error; MIN, MAX, SUM and COUNT pass
over text in cells. *Off* is the empty text, as NaN is in the engine.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from compliance.languages.speaking import gettext
from compliance.questionnaire.answers import number_text

#: A formula, or a part of one, without the leading equals sign.
Formula: TypeAlias = str

EMPTY: Formula = '""'
TOLERANCE: Formula = "1E-9"
_MOST_ARGUMENTS = 200  # of the 255 that both programs take
_LONGEST_TEXT = 250  # of the 255 characters that a text inside a formula may have


class Place(NamedTuple):
    """One cell: the sheet as it is called, row and column counted from 0."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{_quoted(self.sheet)}!{self.local}"

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


def sentence(message: str, live: Mapping[str, tuple[Part, str]]) -> tuple[Formula, str]:
    """A message with live parts, in the language now spoken: as a formula, and as it reads now.

    `live` has each placeholder of the message: what it comes from, and what that says now.
    """
    said = gettext(message, **{name: f"%({name})s" for name in live})
    pieces = re.split(r"%\((\w+)\)s", said)
    parts = [str(live[piece][0]) if at % 2 else text(piece) for at, piece in enumerate(pieces) if piece]
    return "&".join(parts), gettext(message, **{name: now for name, (_part, now) in live.items()})


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


def is_(place: Part, wanted: str | int) -> Formula:
    """A cell has that text, whatever its capitals, or that number."""
    return f"{place}={text(wanted) if isinstance(wanted, str) else int(wanted)}"


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


@cache
def _quoted(sheet: str) -> str:
    """A sheet's name as a formula has it: in quotation marks unless it is one plain word, that no cell is called."""
    return sheet if re.fullmatch(r"[A-Z][a-z]{3,}", sheet) else "'" + sheet.replace("'", "''") + "'"


def _array(items: Iterable[Formula]) -> Formula:
    return "{" + ",".join(items) + "}"

"""The layout of pages: letters with positions become lines, in reading order.

Lengths are in points, with y upwards, as in a PDF. The order in which a page was written is trusted, as most programs
write the text in order, unless it runs across columns or from the bottom of the page to the top.
"""

import math
import re
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

#: Multiples of the size of letters: gap between columns or cells, step to a new line, gap between words.
_COLUMN_GAP, _NEW_LINE, _SPACE = 1.8, 0.5, 0.12
#: What makes columns of a page: rows with a gap at the same place, and letters on each side of the gap.
_ROWS_OF_COLUMNS, _LETTERS_OF_COLUMNS = 4, 18
_SPACE_BY_BRACKET = 0.25
_BRACKETS = frozenset("()[]{}«»")
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_ALEF_LAM = re.compile("[اأإآٱ]ل")
_PAIRS = {")": "(", "]": "[", "}": "{", "»": "«"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """A letter, or several that a font draws as one. `x`: origin; `x0` to `x1`: extent of the ink."""

    letters: str
    x: float
    x0: float
    x1: float
    baseline: float
    size: float
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class PageLine:
    """Letters on one baseline without a wide gap, in reading order."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    is_bold: bool


def is_leftward(text: str) -> bool:
    """Tell whether a text is read from right to left: most of its letters are."""
    directions = Counter(map(unicodedata.bidirectional, text))
    return directions["R"] + directions["AL"] > directions["L"]


# ── Letters → lines


def page_lines(glyphs: Iterable[Glyph]) -> Iterator[PageLine]:
    """Yield the lines of a page in the order in which it was written."""
    row: list[Glyph] = []
    last: Glyph | None = None
    for glyph in glyphs:
        if not glyph.letters.isspace() and not unicodedata.combining(glyph.letters[0]):
            if last and abs(glyph.baseline - last.baseline) > _NEW_LINE * max(last.size, glyph.size):
                yield from _lines_of_row(row)
                row = []
            last = glyph
        row.append(glyph)
    yield from _lines_of_row(row)


def _lines_of_row(row: Sequence[Glyph]) -> Iterator[PageLine]:
    """Yield the lines on one baseline, which is split at wide gaps."""
    text = "".join(glyph.letters for glyph in row)
    if _has_leftward(text):  # only positions tell which letters are next to each other
        inked = sorted((glyph for glyph in row if not glyph.letters.isspace()), key=lambda glyph: glyph.x0)
        edges = [
            (before.x1 + after.x0) / 2
            for before, after in pairwise(inked)
            if _is_wide(after.x0 - before.x1, before, after)
        ]
        parts: list[list[Glyph]] = [[] for _part in range(len(edges) + 1)]
        for glyph in row:
            parts[bisect(edges, glyph.x)].append(glyph)
        for part in parts[::-1] if is_leftward(text) else parts:
            yield from _finished(part)
        return
    line: list[Glyph] = []
    low = high = 0.0
    last: Glyph | None = None
    for glyph in row:
        if not glyph.letters.isspace():
            if last and _is_wide(max(glyph.x0 - high, low - glyph.x1), last, glyph):
                yield from _finished(line)
                line, last = [], None
            low, high = (min(low, glyph.x0), max(high, glyph.x1)) if last else (glyph.x0, glyph.x1)
            last = glyph
        line.append(glyph)
    yield from _finished(line)


def _is_wide(gap: float, before: Glyph, after: Glyph) -> bool:
    return gap > _COLUMN_GAP * max(before.size, after.size)


def _has_leftward(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _finished(line: Sequence[Glyph]) -> Iterator[PageLine]:
    inked = [each for each in line if not each.letters.isspace()]
    if not inked:
        return
    text = "".join(each.letters for each in line)
    if _has_leftward(text):
        text = _as_read(line)
    yield PageLine(
        text.strip(),
        min(each.x0 for each in inked),
        max(each.x1 for each in inked),
        median(each.baseline for each in inked),
        median(each.size for each in inked),
        2 * sum(each.is_bold for each in inked) > len(inked),
    )


def _as_read(line: Sequence[Glyph]) -> str:
    """Return a line with letters of right-to-left scripts, in reading order.

    Programs write such lines in either order, so only the positions of letters count.
    """
    letters = _as_seen(line)
    if not is_leftward("".join(letters)):
        return "".join(_turned(letters, inner=_is_of_leftward))
    read = _turned(letters[::-1], inner=_is_of_rightward)
    as_seen = "".join(read)
    mirrored = "".join(each if each[0].isascii() and each[0].isalnum() else each.translate(_MIRRORED) for each in read)
    return min(mirrored, as_seen, key=_unpaired)  # programs write brackets by shape, or by meaning


def _as_seen(line: Sequence[Glyph]) -> list[str]:
    """Return the letters of a line from left to right, vowel signs with their letter, and spaces between words."""
    words: list[list[Glyph]] = [[]]
    for glyph in line:
        if glyph.letters.isspace():
            words.append([])
        elif glyph.letters in _BRACKETS:  # not always next to the word that they were written after
            words += [[glyph], []]
        else:
            words[-1].append(glyph)
    letters: list[str] = []
    end = -math.inf
    for word in sorted(filter(None, words), key=lambda word: min(each.x for each in word)):
        marks = [each for each in word if unicodedata.combining(each.letters[0])]
        seen = (
            sorted((each for each in word if not unicodedata.combining(each.letters[0])), key=lambda each: each.x)
            or marks
        )
        found = [_ligature(each.letters) for each in seen]
        for mark in marks if seen is not marks else ():
            middle = mark.x0 + mark.x1
            found[min(range(len(seen)), key=lambda n: abs(seen[n].x0 + seen[n].x1 - middle))] += mark.letters
        space = _SPACE_BY_BRACKET if letters and {letters[-1], found[0]} & _BRACKETS else _SPACE
        if letters and min(each.x0 for each in seen) - end > space * seen[0].size:
            letters.append(" ")
        letters += found
        end = max(each.x1 for each in seen)
    return letters


def _ligature(letters: str) -> str:
    """Return the letters of a ligature in reading order: some programs reverse lam and alef."""
    return letters[::-1] if _ALEF_LAM.fullmatch(letters) else letters


def _turned(letters: Sequence[str], inner: Callable[[Sequence[str], int], int]) -> list[str]:
    """Return letters with runs of the other direction reversed. `inner`: returns the end of a run that begins here."""
    read: list[str] = []
    start = 0
    while start < len(letters):
        end = inner(letters, start)
        read += letters[start:end][::-1] if end > start else letters[start : start + 1]
        start = max(end, start + 1)
    return read


def _is_of_leftward(letters: Sequence[str], start: int) -> int:
    """Return the end of a right-to-left run in a left-to-right line; `start` if none begins there."""
    end = start
    for at in range(start, len(letters)):
        direction = unicodedata.bidirectional(letters[at][0])
        if direction in ("R", "AL"):
            end = at + 1
        elif direction in ("L", "EN") or end == start:
            break
    return end


def _is_of_rightward(letters: Sequence[str], start: int) -> int:
    """Return the end of a number, or of left-to-right words, in a right-to-left line that is already reversed.

    A run of words includes the characters between them; a run of numbers ends at a space or a bracket.
    """
    end, has_words = start, False
    for at in range(start, len(letters)):
        direction = unicodedata.bidirectional(letters[at][0])
        if direction in ("R", "AL"):
            break
        if direction in ("L", "EN", "AN"):
            end, has_words = at + 1, has_words or direction == "L"
        elif end == start or (not has_words and (direction == "WS" or letters[at] in "()[]")):
            break
    return end


def _unpaired(text: str) -> int:
    """Return the number of brackets without a partner."""
    open_ones: list[str] = []
    alone = 0
    for sign in text:
        if sign in _PAIRS.values():
            open_ones.append(sign)
        elif sign in _PAIRS:
            if open_ones and open_ones[-1] == _PAIRS[sign]:
                open_ones.pop()
            else:
                alone += 1
    return alone + len(open_ones)


# ── Lines in reading order


def in_reading_order(lines: Sequence[PageLine]) -> list[PageLine]:
    """Return the lines of a page in reading order, column by column if it has columns."""
    ordered = list(lines)
    rises = sum(after.baseline > before.baseline + before.size for before, after in pairwise(ordered))
    if rises >= 3 and 2 * rises > len(ordered):  # written from bottom to top
        ordered.sort(key=lambda line: (-round(line.baseline), line.x0))
    gutters = _gutters(ordered)
    if not gutters:
        return ordered
    leftward = is_leftward("".join(line.text for line in ordered))
    read: list[PageLine] = []
    columns: list[list[PageLine]] = [[] for _column in range(len(gutters) + 1)]

    def emptied() -> Iterator[PageLine]:
        for column in columns[::-1] if leftward else columns:
            yield from column
            column.clear()

    for line in ordered:
        if any(line.x0 < gutter < line.x1 for gutter in gutters):  # a heading above all columns
            read += emptied()
            read.append(line)
        else:
            columns[bisect(gutters, (line.x0 + line.x1) / 2)].append(line)
    return [*read, *emptied()]


def _gutters(lines: Sequence[PageLine]) -> list[float]:
    """Return the positions of gaps between columns, if the page was written across them, row by row.

    There are gaps between the cells of a table, too, but these have fewer letters, and are read row by row.
    """
    middles: list[float] = []
    for before, after in pairwise(lines):
        if abs(before.baseline - after.baseline) < _NEW_LINE * min(before.size, after.size):
            left, right = sorted((before, after), key=lambda line: line.x0)
            if min(len(left.text), len(right.text)) >= _LETTERS_OF_COLUMNS and right.x0 > left.x1:
                middles.append((left.x1 + right.x0) / 2)
    gutters: list[float] = []
    for middle in sorted(middles):
        size = median(line.size for line in lines)
        near = [other for other in middles if abs(other - middle) < 3 * size]
        if len(near) >= _ROWS_OF_COLUMNS and (not gutters or middle - gutters[-1] > 6 * size):
            gutters.append(median(near))
    return gutters

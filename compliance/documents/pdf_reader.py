"""Reads PDF with text, by PDFium: paragraphs and headings by page, without running heads and feet, and page numbers.

Not read: scripts, attachments, comments, form fields, pictures, text outside the page, slanted text.
"""

import ctypes
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from compliance.documents.document import MOST_PAGES, Document, DocumentRefused, Refusal, TextBlock, paged_document
from compliance.documents.page_layout import Glyph, PageLine, in_reading_order, is_leftward, page_lines
from compliance.documents.plain_text import begins_item, joined_lines, tidy, words_within_lines

_MOST_LETTERS_OF_PAGE = 200_000
#: Bytes. The largest file of blank pages takes less; a page that memory does not suffice for has taken more already.
_MOST_MEMORY_OF_BLANKS = 250_000_000
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB", re.M)
#: Share of letters without a known meaning above which a text is useless.
_MOST_UNMAPPED = 0.2
#: A page with fewer letters is a scan or nearly empty.
_FEWEST_LETTERS = 20
#: Share of a page's height, at top and bottom, with running heads and feet.
_MARGIN = 0.13
_RUNNING_PAGES, _RUNNING_SHARE = 3, 0.25  # pages, and share of all pages, on which they repeat
_NEAR = 8  # lines before and after that show the width of a column
_LEADING = 1.45  # step from line to line, as a multiple of the size of letters, if there are few lines
_LARGER = 1.12  # size of headings, as a multiple of the size of most text
_LONGEST_HEADING, _MOST_LEVELS = 160, 6
_LONGEST_PAGE_NUMBER = 80  # characters of a line with a page number
_PAGE_NUMBER = re.compile(r"\W*(?:[^\W\d_]{1,8}\W+)?#(?:\W+(?:[^\W\d_]{1,5}\W+)?#)?\W*")
_SENTENCE_END = re.compile(r"[.!?:;؟؛…][\"'»”’)\]]*$")
_BOLD = re.compile(rb"bold|black|heavy|demi", re.I)
_FORCED_BOLD = 1 << 18


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[PageLine, ...]  # in reading order
    bottom: float
    height: float
    letters: int
    unmapped: int


def read(content: bytes) -> Document:
    """Return a document from its bytes. Raise DocumentRefused if it cannot be read."""
    try:
        file = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        needs_password = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise DocumentRefused(Refusal.ENCRYPTED if needs_password else Refusal.DAMAGED) from fault
    if len(file) > MOST_PAGES:
        raise DocumentRefused(Refusal.TOO_MANY_PAGES)
    pages = [_page(file, number) for number in range(len(file))]
    if 2 * sum(page.letters < _FEWEST_LETTERS for page in pages) > len(pages):
        if _has_pictures(file):
            raise DocumentRefused(Refusal.SCANNED)
        # PDFium takes a page for blank if it unpacks to more than there is memory for.
        raise DocumentRefused(Refusal.TOO_HEAVY if _peak_memory() > _MOST_MEMORY_OF_BLANKS else Refusal.EMPTY)
    if sum(page.unmapped for page in pages) > _MOST_UNMAPPED * sum(page.letters for page in pages):
        raise DocumentRefused(Refusal.UNMAPPED_FONTS)
    title = file.get_metadata_value("Title")
    return paged_document("pdf", _blocks([_without_running(page, pages) for page in pages]), title=tidy(title))


def _has_pictures(file: pypdfium2.PdfDocument) -> bool:
    return any(
        True
        for number in range(min(len(file), 20))
        for _picture in file[number].get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    )


def _peak_memory() -> int:
    """Return the most bytes of memory that this process has had at a time, or 0 where the system does not tell."""
    with suppress(OSError):
        if found := _PEAK.search(Path("/proc/self/status").read_text(encoding="ascii", errors="replace")):
            return int(found[1]) * 1024
    return 0


# ── Letters of a page


def _page(file: pypdfium2.PdfDocument, number: int) -> _Page:
    try:
        page = file[number]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:  # one page that is damaged: the others can still be read
        return _Page((), 0, 1, 0, 0)
    try:
        by_turn: defaultdict[int, list[Glyph]] = defaultdict(list)
        count = pdfium.FPDFText_CountChars(text)
        if count > _MOST_LETTERS_OF_PAGE:
            raise DocumentRefused(Refusal.TOO_LONG)
        for turn, glyph in _glyphs(text, count, page.get_cropbox()):
            by_turn[turn].append(glyph)
        turns = sorted(by_turn, key=lambda turn: -len(by_turn[turn]))  # rotated text comes last
        lines = [line for turn in turns for line in in_reading_order([*page_lines(by_turn[turn])])]
        _left, bottom, _right, top = page.get_cropbox()
        if turns and turns[0] % 2:
            bottom, top = _left, _right
        if turns and turns[0] in (2, 3):
            bottom, top = -top, -bottom
        letters = sum(letter.isalpha() for line in lines for letter in line.text)
        unmapped = sum("\ue000" <= letter <= "\uf8ff" or letter == "\ufffd" for line in lines for letter in line.text)
        return _Page(tuple(lines), bottom, max(top - bottom, 1), letters + unmapped, unmapped)
    finally:
        text.close()
        page.close()


class _Style:
    """Properties shared by the letters of one object of a page: rotation in right angles, size and weight."""

    def __init__(self, text: pypdfium2.PdfTextPage, index: int) -> None:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(text, index, matrix)
        size = pdfium.FPDFText_GetFontSize(text, index)  # a size below 0 turns letters upside down once more
        angle = math.degrees(math.atan2(matrix.b * size, matrix.a * size)) / 90
        self.turn = round(angle) % 4 if abs(angle - round(angle)) < 0.1 else None
        self.size = abs(size) * math.hypot(matrix.c, matrix.d)
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(text, index, name, 128, flags)
        self.is_bold = bool(_BOLD.search(name.value)) or bool(flags.value & _FORCED_BOLD)


def _glyphs(
    text: pypdfium2.PdfTextPage, count: int, cropbox: tuple[float, float, float, float]
) -> Iterator[tuple[int, Glyph]]:
    """Yield the letters of a page in the order of its objects, each with its rotation. A ligature is one glyph."""
    left, right, bottom, top, x, y = (ctypes.c_double() for _number in range(6))
    low_x, low_y, high_x, high_y = cropbox
    style, of_object = None, None
    last: tuple[int, Glyph] | None = None
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in (0, 10, 13):
            continue
        letter = "\u00ad" if code in (2, 0xFFFE) else chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        if pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top) != 1:
            continue
        if not letter.isspace() or style is None:
            found = ctypes.cast(pdfium.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value
            if style is None or found != of_object or found is None:
                style, of_object = _Style(text, index), found
        if style.turn is None or not (low_x - 1 <= x.value <= high_x + 1 and low_y - 1 <= y.value <= high_y + 1):
            continue
        at, x0, x1, baseline = _upright(
            style.turn, x.value, y.value, (left.value, bottom.value, right.value, top.value)
        )
        glyph = Glyph(letter, at, x0, x1, baseline, style.size, style.is_bold)
        if last and not letter.isspace() and last[0] == style.turn and _is_one_with(last[1], glyph):
            before = last[1]
            ink = min(before.x0, x0), max(before.x1, x1)
            last = style.turn, replace(before, letters=before.letters + letter, x0=ink[0], x1=ink[1])
            continue
        if last:
            yield last
        last = style.turn, glyph
    if last:
        yield last


def _is_one_with(before: Glyph, glyph: Glyph) -> bool:
    near = 0.02 * glyph.size
    return (
        not before.letters.isspace() and abs(before.x - glyph.x) < near and abs(before.baseline - glyph.baseline) < near
    )


def _upright(
    turn: int, x: float, y: float, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return origin, start and end of a letter along its line, and its baseline, as if it were upright."""
    x0, y0, x1, y1 = box
    match turn:
        case 0:
            return x, x0, x1, y
        case 1:
            return y, y0, y1, -x
        case 2:
            return -x, -x1, -x0, -y
    return -y, -y1, -y0, x


# ── Lines → paragraphs


def _without_running(page: _Page, pages: Sequence[_Page]) -> list[PageLine]:
    """Return the lines of a page without heads and feet that other pages repeat, and page numbers."""
    counts = _margin_counts(pages)
    least = max(_RUNNING_PAGES, _RUNNING_SHARE * len(pages))
    return [
        line
        for line in page.lines
        if not (key := _margin_key(line, page))
        or not (counts[key] >= least or (_is_page_number(key[0]) and counts[key] >= min(2, len(pages))))
    ]


def _is_page_number(said: str) -> bool:
    return len(said) <= _LONGEST_PAGE_NUMBER and _PAGE_NUMBER.fullmatch(said) is not None


def _margin_counts(pages: Sequence[_Page]) -> Counter[tuple[str, int]]:
    return Counter(key for page in pages for key in {_margin_key(line, page) for line in page.lines} if key)


def _margin_key(line: PageLine, page: _Page) -> tuple[str, int] | None:
    """Return the text of a line in a margin, with numbers as `#`, and 1 for top or 0 for bottom; None elsewhere."""
    height = (line.baseline - page.bottom) / page.height
    if _MARGIN < height < 1 - _MARGIN:
        return None
    return re.sub(r"\b[ivxlc]+\b|\d+", "#", tidy(line.text).casefold()), int(height > 0.5)


def _blocks(pages: Sequence[Sequence[PageLine]]) -> list[list[TextBlock]]:
    """Return the paragraphs of each page, with headings by the size and weight of their letters."""
    lines = [line for page in pages for line in page]
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    larger = sorted((size for size in sizes if size >= _LARGER * body), reverse=True)[:_MOST_LEVELS]
    bold_share = sum(len(line.text) for line in lines if line.is_bold) / max(1, sum(len(line.text) for line in lines))
    leading = _leading(pages)
    known = words_within_lines(line.text for line in lines)
    read = []
    for page in pages:
        blocks = []
        for paragraph in _paragraphs(page, leading):
            text = tidy(joined_lines((line.text for line in paragraph), known))
            level = 0
            if len(text) <= _LONGEST_HEADING and any(letter.isalpha() for letter in text):
                size = round(paragraph[0].size * 2) / 2
                if size in larger:
                    level = larger.index(size) + 1
                elif bold_share < 0.3 and all(line.is_bold for line in paragraph) and not _SENTENCE_END.search(text):
                    level = min(len(larger) + 1, _MOST_LEVELS)
            if text:
                blocks.append(TextBlock(text, level, not level and begins_item(text)))
        read.append(blocks)
    return read


def _leading(pages: Sequence[Sequence[PageLine]]) -> float:
    """Return the usual step from line to line, as a multiple of the size of letters: the smallest frequent one."""
    steps = Counter(
        round((before.baseline - after.baseline) / before.size, 1)
        for page in pages
        for before, after in pairwise(page)
        if abs(before.size - after.size) < 0.5 and 0.8 < (before.baseline - after.baseline) / before.size < 2.5
    )
    frequent = [step for step, count in steps.items() if count >= 0.12 * steps.total()]
    found = min(frequent, default=_LEADING)
    return found if steps.total() >= 2 * _NEAR else min(found, _LEADING)


def _paragraphs(lines: Sequence[PageLine], leading: float) -> Iterator[list[PageLine]]:
    """Yield lines that belong together: a paragraph, a heading, an item of a list, or the cells of a row."""
    current: list[PageLine] = []
    for index, line in enumerate(lines):
        if current and _begins_paragraph(current, line, leading, _room_after(lines, index - 1)):
            yield current
            current = []
        current.append(line)
    if current:
        yield current


def _room_after(lines: Sequence[PageLine], index: int) -> float:
    """Return the free space at the end of a line, compared with other lines of its column."""
    line = lines[index]
    nearby = lines[max(0, index - _NEAR) : index + _NEAR]
    like = [other for other in nearby if abs(other.size - line.size) < 0.1 * line.size]
    if is_leftward(line.text):
        edge = min(other.x0 for other in like if abs(other.x1 - line.x1) < 4 * line.size)
        return line.x0 - max([edge, *(other.x1 for other in _beside(line, lines) if other.x1 <= line.x0)])
    edge = max(other.x1 for other in like if abs(other.x0 - line.x0) < 4 * line.size)
    return min([edge, *(other.x0 for other in _beside(line, lines) if other.x0 >= line.x1)]) - line.x1


def _beside(line: PageLine, lines: Sequence[PageLine]) -> Iterator[PageLine]:
    """Return the lines at about the same height on the page, for example in another column."""
    return (other for other in lines if abs(other.baseline - line.baseline) < _NEAR * line.size)


def _begins_paragraph(current: Sequence[PageLine], line: PageLine, leading: float, room: float) -> bool:
    """Tell whether a line begins a paragraph.

    It does after a larger step, with other letters or with a bullet, or if its first word would have fitted on the line
    before.
    """
    last = current[-1]
    step, size = last.baseline - line.baseline, max(last.size, line.size)
    if abs(step) < 0.5 * size:  # next to it: a cell of the same row
        return False
    if step < 0 or step > (leading + 0.25) * size or abs(last.size - line.size) > 0.08 * size:
        return True
    if begins_item(line.text) or (last.is_bold != line.is_bold and _is_all(current, last.is_bold)):
        return True
    first_word = line.text.split(" ", 1)[0]
    return room > 1.5 * size + 0.55 * size * len(first_word)


def _is_all(lines: Sequence[PageLine], is_bold: bool) -> bool:
    return all(line.is_bold == is_bold for line in lines)

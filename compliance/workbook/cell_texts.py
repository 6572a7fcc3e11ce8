"""Texts in cells: visible characters, length, and reading direction."""

import re
import unicodedata

from compliance.languages.interface_messages import ngettext

REPLACEMENT = "�"
LONGEST_TEXT = 32_767  # characters a cell can hold
_NOTE_OF_CUT = 200  # characters reserved for the note that a text was cut
#: Control characters, lone surrogates, and characters that override the direction of the text after them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text that a cell can hold: control characters are made visible, and a text too long ends with a note."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # otherwise XlsxWriter takes it for its own rich text, and writes it into the file as XML
    if text.isprintable() and len(text) <= LONGEST_TEXT // 2:  # most texts; a character is at most two UTF-16 units
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNPRINTABLE.sub(REPLACEMENT, text)
    if len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return text
    room = LONGEST_TEXT - _NOTE_OF_CUT
    kept = text[: room if text.isascii() else room // 2]  # a character beyond the basic plane counts as two
    note = ngettext(
        "[cut here: a cell holds no more; one character is missing]",
        "[cut here: a cell holds no more; %(num)s characters are missing]",
        len(text) - len(kept),
    )
    return f"{kept} {note}"


def one_line(text: str, most: int = 200) -> str:
    """Return clean text on one line, cut with an ellipsis after `most` characters."""
    joined = " ".join(clean(text).split())
    return joined if len(joined) <= most else joined[: most - 1] + "…"


def reading_order(text: str) -> int:
    """Return the direction of a text, whatever its first letter: 2 from right to left, 1 from left to right."""
    return 2 if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text) else 1


def header_text(size: int, text: str) -> str:
    """Return text for a header or footer, in `size` points. A leading digit must not be read as part of the size."""
    return f"&{size}{' ' if text[:1].isdigit() else ''}{text.replace('&', '&&')}"

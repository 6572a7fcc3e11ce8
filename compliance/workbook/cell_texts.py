"""Texts as a cell holds them: what is visible, how long it may be, and which way it runs."""

import re
import unicodedata

from compliance.languages.interface_messages import ngettext

REPLACEMENT = "�"
LONGEST_TEXT = 32_767  # characters a cell can hold
_NOTE_OF_CUT = 200  # characters that are kept free to say so
#: Control characters, half characters, and the marks that turn the direction of what follows.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text that a cell can hold: control characters become visible, and what is too long says so at its end."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # else XlsxWriter takes it for formatted passages of its own, and writes it into the file as XML
    if text.isprintable() and len(text) <= LONGEST_TEXT // 2:  # as most are: a letter is at most two units of UTF-16
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
    """Clean text on one line, cut with an ellipsis."""
    joined = " ".join(clean(text).split())
    return joined if len(joined) <= most else joined[: most - 1] + "…"


def reading_order(text: str) -> int:
    """Which way a text runs, whatever its first letter: 2 from right to left, 1 from left to right."""
    return 2 if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text) else 1


def header_text(size: int, text: str) -> str:
    """Text of a header or footer in points; a digit at its beginning must not be read as part of the size."""
    return f"&{size}{' ' if text[:1].isdigit() else ''}{text.replace('&', '&&')}"

"""Passwords known from breaches, in a local file: passwords are never sent to another service.

The file is a sorted list of SHA-1 hashes, as “Pwned Passwords” offers it: one a line, in hexadecimal digits, with or
without a colon and a count. It can be larger than the memory, because it is searched and never loaded.
"""

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO

_DIGITS = 40
_LINE = re.compile(rb"[0-9A-Fa-f]{40}(:\d+)?\r?\n?")
#: How many places of a file are checked to tell if it is sorted.
_PLACES = 1000


def is_breached(file: Path, password: str) -> bool:
    """Tell if a password is in a file, as typed or in the form (NFC) that most keyboards produce.

    Raise OSError if the file cannot be read.
    """
    forms = {password, unicodedata.normalize("NFC", password)}
    with file.open("rb") as opened:
        return any(_is_listed(opened, _hash(form)) for form in forms)


def list_fault(file: Path) -> str:
    """Return why a file is not such a list, in words, or ""."""
    try:
        with file.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            places = sorted({size * number // _PLACES for number in range(_PLACES)})
            lines = [line for place in places if (line := _line_from(opened, place))]
    except OSError as fault:
        return f"{file} cannot be read ({fault.strerror})"
    if not lines:
        return f"{file} is empty"
    if any(not _LINE.fullmatch(line) for line in lines):
        return f"{file} has lines that are no SHA-1 hashes of 40 digits"
    hashes = [line[:_DIGITS].upper() for line in lines]
    return "" if hashes == sorted(hashes) else f"{file} is not in the order of its hashes"


def _hash(password: str) -> bytes:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()


def _line_from(opened: BinaryIO, place: int) -> bytes:
    """Return the first line that begins at a position or after it, or b"" after the last line."""
    opened.seek(max(place - 1, 0))
    if place:
        opened.readline()
    return opened.readline()


def _is_listed(opened: BinaryIO, wanted: bytes) -> bool:
    """Tell if a hash is in the file, by binary search for the first line that is not before it."""
    low, high = 0, opened.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        line = _line_from(opened, middle)
        if line and line[:_DIGITS].upper() < wanted:
            low = opened.tell()
        else:
            high = middle
    return _line_from(opened, low)[:_DIGITS].upper() == wanted

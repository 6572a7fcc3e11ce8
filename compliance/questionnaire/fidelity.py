"""What no translation may lose: numbers, per cent signs, and the marks that the tool fills in or a page reads."""

import re
from collections import Counter

_MARKS = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|</?\w[^>]*>")
_ANY = re.compile(r"[%{<\d]")
_GROUPED = re.compile(r"(?<=\d)[,.\u00a0\u202f ](?=\d{3}(?!\d))")  # 250,000 and 250 000 are one number
_DIGITS = re.compile(r"\d+")


def lost(source: str, text: str) -> tuple[str, ...]:
    """What a translated text lacks of its source, or has too much of: placeholders, markup, numbers, per cent signs.

    Numbers stand in figures, as in the source; how thousands are grouped is the language's affair.
    """
    if not _ANY.search(source) and not _ANY.search(text):  # most texts have nothing to lose
        return ()
    before, after = Counter(_MARKS.findall(source)), Counter(_MARKS.findall(text))
    marks = ((before - after) + (after - before)).elements()
    numbers = [number for number in dict.fromkeys(_numbers(source)) if number not in set(_numbers(text))]
    percent = ["%"] if "%" in _MARKS.sub("", source) and not re.search("[%٪]", _MARKS.sub("", text)) else []
    return (*dict.fromkeys(marks), *numbers, *percent)


def _numbers(text: str) -> list[str]:
    """The runs of digits of a text, thousands not grouped, in Western figures."""
    return [str(int(run)) for run in _DIGITS.findall(_GROUPED.sub("", _MARKS.sub("", text)))]

"""English where a translation is missing, and the marks by which a page tells it from the rest.

While a page is made, each such sentence stands between marks, and so does what is filled into it, which is in the
language of the page again. Marks are characters that Unicode reserves for use inside a program, U+FDD0 to U+FDEF: they
pass through joins, templates and tables as letters do. The page turns them into elements with a `lang`, and drops them
where no element may stand. In files, mail and on the command line nothing is marked.
"""

import re
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any

#: Where a text in English begins, where one in the language of the page begins within it, and where either ends.
ENGLISH, OWN, END = "\ufdd0", "\ufdd1", "\ufdd2"
MARK = re.compile(f"[{ENGLISH}{OWN}{END}]")

#: Whether English is marked now.
MARKING: ContextVar[bool] = ContextVar("marking", default=False)


def english(text: str) -> str:
    """A text for which there is no translation, marked while a page is made."""
    return f"{ENGLISH}{text}{END}" if MARKING.get() else text


def is_english(text: str) -> bool:
    """Whether a text begins as a marked one."""
    return text.startswith(ENGLISH)


def within_english(value: Any) -> Any:
    """What is filled into a marked text: words in the language of the page; numbers are alike in both."""
    return OWN + value + END if isinstance(value, str) and any(map(str.isalpha, value)) else value


def unmarked(text: str) -> str:
    """A text without its marks, for whatever is not a page."""
    return MARK.sub("", text)


class English(NullTranslations):
    """What a catalogue falls back to: the message itself."""

    def gettext(self, message: str) -> str:
        """The message."""
        return english(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The message for a number of things."""
        return english(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """The message, whatever it is about."""
        return english(message)

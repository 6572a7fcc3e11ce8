"""The language now spoken, and messages in it.

Whoever answers a reader does so within `with speaking("ar"):`; without it, English is spoken. A message is written
where it is said, as `_("…")` with placeholders by name; one in a table is marked there with `N_("…")` and
looked up when it is shown. Where a translation is missing the message is in English, which only a page marks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from babel.numbers import format_decimal

from compliance.languages import catalogues
from compliance.languages.fallback import MARKING, is_english, within_english

_LANGUAGE: ContextVar[str] = ContextVar("language", default=catalogues.SOURCE)


def language() -> str:
    """The code of the language now spoken."""
    return _LANGUAGE.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language, in plain text. Raise ValueError for one that there is no catalogue for."""
    if code not in catalogues.LANGUAGES:
        raise ValueError(f"there is no {code!r}: languages are {', '.join(catalogues.LANGUAGES)}")
    before, was_marking = _LANGUAGE.set(code), MARKING.set(False)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)
        MARKING.reset(was_marking)


def mark_english() -> None:
    """From here on a page is made: mark what is said in English for want of a translation."""
    MARKING.set(language() != catalogues.SOURCE)


def gettext(message: str, **values: Any) -> str:
    """The message in the language now spoken, its placeholders filled; no message is the empty text."""
    return _filled(catalogues.translations(language()).gettext(message), values) if message else ""


def ngettext(one: str, several: str, num: int, **values: Any) -> str:
    """The message for a number of things, which it may name as `%(num)s`."""
    translated = catalogues.translations(language()).ngettext(one, several, num)
    return _filled(translated, {"num": format_decimal(num, locale=language()), **values})


def pgettext(context: str, message: str, **values: Any) -> str:
    """A message that other languages say differently elsewhere: `pgettext("nobody", "None")`."""
    return _filled(catalogues.translations(language()).pgettext(context, message), values)


def N_(message: str) -> str:  # the name by which gettext's tools know it
    """Mark a message of a table, to be looked up where it is shown."""
    return message


def _filled(translated: str, values: dict[str, Any]) -> str:
    if is_english(translated):
        values = {name: within_english(value) for name, value in values.items()}
    return translated % values if "%" in translated else translated

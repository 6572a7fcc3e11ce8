"""Messages of the interface: gettext catalogues, the current language, and English if a translation is missing.

Code that answers a reader runs within `with in_language("ar"):`. Outside it, the language is English. A message is
written where it is used, as `_("…")` with named placeholders. Messages in tables are marked with `N_("…")` and looked
up when they are shown.

Catalogues are .po files, read and compiled on first use. A translation that nobody has reviewed has gettext's `fuzzy`
flag. It is used all the same, and pages say so. A language is offered once enough of its messages are translated, and
its pages say how many are.

While a page is made, each message that falls back to English is put between marks, and so are the values filled into
it, which are in the language of the page again. Marks are characters that Unicode reserves for internal use, U+FDD0 to
U+FDEF: they pass through joins, templates and tables like letters. The page turns them into elements with a `lang`, and
drops them where no element is allowed. Files, mail and the command line have no marks.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from compliance.questionnaire.edition import MIN_TRANSLATED_SHARE
from compliance.questionnaire.faults import FaultMessage

#: Marks for the beginning of English text, for the beginning of text in the page's language within it, and for the end
#: of either.
ENGLISH_BEGINS, PAGE_LANGUAGE_BEGINS, MARK_ENDS = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKS = (ENGLISH_BEGINS, PAGE_LANGUAGE_BEGINS, MARK_ENDS)
MARK = re.compile(f"[{''.join(_MARKS)}]")

#: Between these, text runs in the direction of its first letter (Unicode Standard Annex 9).
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
LATIN, TAG = re.compile("[A-Za-z\u00c0-\u024f]"), re.compile("<[^>]*>")

#: Whether English fallbacks are marked at present.
MARKS_FALLBACKS: ContextVar[bool] = ContextVar("marking", default=False)


def marked_english(text: str) -> str:
    """Return a text without a translation, marked while a page is made."""
    return f"{ENGLISH_BEGINS}{text}{MARK_ENDS}" if MARKS_FALLBACKS.get() else text


def has_marks(text: str) -> bool:
    """Tell whether there is a mark in a text, which may be a whole page."""
    return any(mark in text for mark in _MARKS)


def is_marked_english(text: str) -> bool:
    """Tell whether a text begins with the mark of English."""
    return text.startswith(ENGLISH_BEGINS)


def marked_placeholder(value: Any) -> Any:
    """Return a value for a placeholder of marked text. Words get the mark of the page's language; numbers do not."""
    return (
        PAGE_LANGUAGE_BEGINS + value + MARK_ENDS if isinstance(value, str) and any(map(str.isalpha, value)) else value
    )


def without_marks(text: str) -> str:
    """Return a text without its marks, for anything that is not a page."""
    return MARK.sub("", text)


class EnglishFallback(NullTranslations):
    """The fallback of every catalogue: the English message, marked while a page is made."""

    def gettext(self, message: str) -> str:
        """Return the message."""
        return marked_english(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the message for a number of things."""
        return marked_english(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the message, ignoring the context."""
        return marked_english(message)


#: English is the language of the sources, so it has no catalogue.
SOURCE_LANGUAGE = "en"
#: Every language with a catalogue, and its own name.
LANGUAGE_NAMES = MappingProxyType({SOURCE_LANGUAGE: "English", "fr": "Français", "es": "Español", "ar": "العربية"})
LANGUAGES = tuple(LANGUAGE_NAMES)

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def catalogue_path(code: str) -> Path:
    """Return the path of a language's catalogue, whether or not the file exists."""
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


@cache
def catalogue(code: str) -> Catalog:
    """Return the messages of a language from its file. Raise FileNotFoundError if there is none."""
    with catalogue_path(code).open("rb") as file:
        return read_po(file, locale=code)


@cache
def translations(code: str) -> NullTranslations:
    """Return the translations of a language for look-ups, drafts included, with English as the fallback."""
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _translated_only(catalogue(code)), use_fuzzy=True)
    compiled.seek(0)
    known = GNUTranslations(compiled)
    known.add_fallback(EnglishFallback())
    return known


def _translated_only(catalogue: Catalog) -> Catalog:
    """Return a catalogue without untranslated messages: `write_mo` would fill missing plural forms with English."""
    kept = Catalog(locale=catalogue.locale)
    kept.mime_headers = catalogue.mime_headers
    for message in catalogue:
        if message.id and is_translated(message):
            kept[message.id] = message
    return kept


@cache
def translated_share(code: str) -> float:
    """Return the share of a language's messages that are translated in all plural forms."""
    messages = [message for message in catalogue(code) if message.id] if code != SOURCE_LANGUAGE else []
    return sum(map(is_translated, messages)) / len(messages) if messages else float(code == SOURCE_LANGUAGE)


def is_translated(message: Message) -> bool:
    """Tell whether a message is translated in all its plural forms."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


@cache
def has_unreviewed(code: str) -> bool:
    """Tell whether some message of a language is still to be reviewed."""
    return code != SOURCE_LANGUAGE and any(message.fuzzy for message in catalogue(code) if message.id)


@cache
def offered_languages() -> tuple[str, ...]:
    """Return the languages in which the interface is offered: those with enough translated messages."""
    return tuple(code for code in LANGUAGES if code == SOURCE_LANGUAGE or _is_offered(code))


def _is_offered(code: str) -> bool:
    return catalogue_path(code).is_file() and translated_share(code) >= MIN_TRANSLATED_SHARE


@cache
def text_direction(code: str) -> Literal["ltr", "rtl"]:
    """Return the writing direction of a language."""
    return "rtl" if Locale.parse(code).text_direction == "rtl" else "ltr"


_CURRENT_LANGUAGE: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def current_language() -> str:
    """Return the code of the current language."""
    return _CURRENT_LANGUAGE.get()


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Set the current language, without marks. Raise ValueError for a language without a catalogue."""
    if code not in LANGUAGES:
        raise ValueError(f"there is no {code!r}: languages are {', '.join(LANGUAGES)}")
    before, was_marking = _CURRENT_LANGUAGE.set(code), MARKS_FALLBACKS.set(False)
    try:
        yield
    finally:
        _CURRENT_LANGUAGE.reset(before)
        MARKS_FALLBACKS.reset(was_marking)


def mark_english_fallbacks() -> None:
    """Mark English fallbacks from now on, as a page is made."""
    MARKS_FALLBACKS.set(current_language() != SOURCE_LANGUAGE)


def gettext(message: str, **values: Any) -> str:
    """Return the message in the current language with its placeholders filled. An empty message stays empty."""
    if not message:
        return ""
    translated = translations(current_language()).gettext(message)
    return _filled(translated, values) if values or "%" in translated else translated


def ngettext(one: str, several: str, num: int, **values: Any) -> str:
    """Return the message for a number of things, which it may contain as `%(num)s`."""
    translated = translations(current_language()).ngettext(one, several, num)
    return _filled(translated, {"num": _counted(num, current_language()), **values})


@lru_cache(maxsize=1024)
def _counted(num: int, language: str) -> str:
    return format_decimal(num, locale=language)


def pgettext(context: str, message: str, **values: Any) -> str:
    """Return a message that other languages word differently by context: `pgettext("nobody", "None")`."""
    return _filled(translations(current_language()).pgettext(context, message), values)


def N_(message: str) -> str:  # the name that gettext's tools know
    """Mark a message in a table, to be looked up when it is shown."""
    return message


def fault_words(message: str) -> str:
    """Return the message of a fault in the current language. A message without a template stays English."""
    if not isinstance(message, FaultMessage):
        return marked_english(message)
    values = {
        name: fault_words(value) if isinstance(value, FaultMessage) else value for name, value in message.values.items()
    }
    return gettext(message.template, **values)


def _filled(translated: str, values: dict[str, Any]) -> str:
    if text_direction(current_language()) == "rtl":
        values = {name: isolated(value) for name, value in values.items()}
    if is_marked_english(translated):
        values = {name: marked_placeholder(value) for name, value in values.items()}
    return translated % values if "%" in translated else translated


def isolated(value: Any) -> Any:
    """Return a value for a placeholder of right-to-left text. Latin words are isolated, so that both keep their order.

    Otherwise a name, an address or a code at the edge of such a sentence would move its full stop or its number.
    """
    if not isinstance(value, str) or not LATIN.search(TAG.sub("", value)):
        return value
    kind = type(value)  # markup stays markup
    return kind(FIRST_STRONG_ISOLATE) + value + kind(POP_DIRECTIONAL_ISOLATE)

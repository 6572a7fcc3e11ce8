"""The languages of the interface and their catalogues: gettext's .po files, read and compiled on first use.

A translation that nobody has reviewed carries gettext's `fuzzy` flag. It is used nevertheless, and the pages say so.
A message that has no translation, or not every plural form of it, is said in English. A language is offered once enough
of its messages are translated, and its pages say how many are.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from compliance.languages.fallback import English
from compliance.questionnaire.locales import OFFERED_FROM

#: English is the language of the sources, so it has no catalogue.
SOURCE = "en"
#: Every language there is a catalogue for, by what its speakers call it.
OWN_NAMES = MappingProxyType({SOURCE: "English", "fr": "Français", "es": "Español", "ar": "العربية"})
LANGUAGES = tuple(OWN_NAMES)

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def catalogue_path(code: str) -> Path:
    """Where the catalogue of a language lies, or would."""
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


@cache
def catalogue(code: str) -> Catalog:
    """The messages of a language as its file has them. Raise FileNotFoundError."""
    with catalogue_path(code).open("rb") as file:
        return read_po(file, locale=code)


@cache
def translations(code: str) -> NullTranslations:
    """The messages of a language, to be looked up; drafts too, and English for what is not translated."""
    if code == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _translated_only(catalogue(code)), use_fuzzy=True)
    compiled.seek(0)
    known = GNUTranslations(compiled)
    known.add_fallback(English())
    return known


def _translated_only(catalogue: Catalog) -> Catalog:
    """A catalogue without what is not translated: `write_mo` would put English in place of a missing plural form."""
    kept = Catalog(locale=catalogue.locale)
    kept.mime_headers = catalogue.mime_headers
    for message in catalogue:
        if message.id and is_translated(message):
            kept[message.id] = message
    return kept


@cache
def translated_share(code: str) -> float:
    """The share of a language's messages that are translated, in all their plural forms."""
    messages = [message for message in catalogue(code) if message.id] if code != SOURCE else []
    return sum(map(is_translated, messages)) / len(messages) if messages else float(code == SOURCE)


def is_translated(message: Message) -> bool:
    """Whether a message is translated, in all its plural forms."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


@cache
def draft(code: str) -> bool:
    """Whether some message of a language waits for its review."""
    return code != SOURCE and any(message.fuzzy for message in catalogue(code) if message.id)


@cache
def offered() -> tuple[str, ...]:
    """The languages in which the interface is offered: those with enough of their messages translated."""
    return tuple(code for code in LANGUAGES if code == SOURCE or _is_offered(code))


def _is_offered(code: str) -> bool:
    return catalogue_path(code).is_file() and translated_share(code) >= OFFERED_FROM


def direction(code: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written."""
    return "rtl" if Locale.parse(code).text_direction == "rtl" else "ltr"

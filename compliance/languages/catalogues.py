"""The languages of the interface and their catalogues: gettext's .po files, read and compiled on first use.

A translation that nobody has reviewed carries gettext's `fuzzy` flag. It is used nevertheless, and the pages say so.
What has no translation is said in English.
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
    write_mo(compiled, catalogue(code), use_fuzzy=True)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def complete(code: str) -> bool:
    """Whether every message of a language is translated, in all its plural forms."""
    return code == SOURCE or all(is_translated(message) for message in catalogue(code) if message.id)


def is_translated(message: Message) -> bool:
    """Whether a message is translated, in all its plural forms."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


@cache
def draft(code: str) -> bool:
    """Whether some message of a language waits for its review."""
    return code != SOURCE and any(message.fuzzy for message in catalogue(code) if message.id)


@cache
def offered() -> tuple[str, ...]:
    """The languages in which the interface is offered: those whose catalogue is complete."""
    return tuple(code for code in LANGUAGES if code == SOURCE or (catalogue_path(code).is_file() and complete(code)))


def direction(code: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written."""
    return "rtl" if Locale.parse(code).text_direction == "rtl" else "ltr"

"""What the tool says, in the language of a page. A page says some hundred sentences: each is looked up once.

Beside Flask-Babel, whose functions find the language anew for every sentence and do not tell their types.
"""

from functools import lru_cache
from typing import Any

from flask import g
from flask_babel import get_locale, get_translations
from markupsafe import Markup

#: The languages of the interface: those with a complete catalogue in compliance/translations.
LANGUAGES = ("en",)


def language() -> str:
    """The language of this page."""
    known: str | None = g.get("language")
    if known is None:
        known = g.language = str(get_locale() or LANGUAGES[0])
    return known


def gettext(message: str, **values: Any) -> str:
    """The message in the language of this page, its placeholders filled."""
    translated = _translated(language(), message)
    return translated % values if values or "%" in translated else translated


def ngettext(one: str, several: str, num: int, **values: Any) -> str:
    """The message for a number of things, which it may name as `%(num)s`."""
    translated: str = get_translations().ungettext(one, several, num)
    return translated % {"num": num, **values}


def said(message: str, **values: Any) -> Markup:
    """A message of a template: what is put into it is escaped."""
    translated = _marked_up(language(), message)
    return translated % values if values or "%" in translated else translated


@lru_cache(maxsize=4096)
def _translated(_language: str, message: str) -> str:
    return str(get_translations().ugettext(message))


@lru_cache(maxsize=4096)
def _marked_up(_language: str, message: str) -> Markup:
    return Markup(_translated(_language, message))  # noqa: S704  # our own words, not those of visitors

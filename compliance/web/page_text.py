"""Text on pages: translated messages for templates and forms, names in their own direction, and language marks.

A text without translation stands between marks (`compliance.languages.interface_messages`). Once the page is complete,
the marks become `<span lang="en">`. They are dropped where no element can stand (an attribute, a title, an
option, a label in an SVG) and on pages in English.
"""

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request
from flask_babel import LazyString
from markupsafe import Markup, escape

from compliance.languages import formats
from compliance.languages.interface_messages import (
    ENGLISH_BEGINS,
    MARK,
    PAGE_LANGUAGE_BEGINS,
    SOURCE_LANGUAGE,
    current_language,
    gettext,
    has_marks,
    mark_english_fallbacks,
    ngettext,
    text_direction,
    without_marks,
)
from compliance.questionnaire.edition import Edition
from compliance.web.problems import is_api


def own(words: object) -> Markup:
    """A name, an id, or what somebody wrote: in its own direction, and not ours to translate."""
    return Markup('<bdi translate="no">%s</bdi>') % words if words else Markup()


def of_edition(words: str, edition: Edition) -> str:
    """Words of an edition; marked as English where it is not offered in the language of the page."""
    if not words or edition.language == current_language():
        return words
    return Markup('<bdi lang="%s">%s</bdi>') % (edition.language, words)


def lazy(message: str) -> LazyString:
    """A message of a form, said in the language of the page that shows it."""
    return LazyString(gettext, message)


def said(message: str, **values: Any) -> Markup:
    """A message of a template: what is put into it is escaped."""
    return Markup(gettext(message, **_escaped(values) if values else {}))  # noqa: S704  # our own words, those of visitors escaped


def said_many(one: str, several: str, num: int, **values: Any) -> Markup:
    """A message of a template for a number of things."""
    return Markup(ngettext(one, several, num, **_escaped(values)))  # noqa: S704  # as above


def listed(things: Iterable[str], apart: bool = False) -> Markup:
    """`a, b, c`, escaped; `apart`: `a; b; c`, where the things have commas in them."""
    return Markup(formats.semicolon() if apart else formats.comma()).join(things)  # noqa: S704  # it escapes them


def _escaped(values: dict[str, Any]) -> dict[str, Markup]:
    return {name: escape(value) for name, value in values.items()}


#: The rule of an address that is a file's: it ends as a file name does.
_FILE = re.compile(r"\.\w+$")
#: Where no element may stand: an element of text alone, or a tag with its attributes.
_TEXT_ONLY = re.compile(
    r"<(title|desc|text|option|textarea|script|style)\b.*?</\1>"
    r"""|<[a-zA-Z][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""",
    re.DOTALL,
)
_MARKS = re.compile(f"({MARK.pattern})")


def init_fallback_marks(app: Flask) -> None:
    """Mark what is in English on pages in other languages; files hold plain text."""
    app.before_request(begin_page)
    app.after_request(replace_marks)


def begin_page() -> None:
    """Have English marked in what is drawn from here on, unless it is a file or of the API."""
    if not is_api(request.path) and (request.url_rule is None or not _FILE.search(request.url_rule.rule)):
        mark_english_fallbacks()


def replace_marks(response: Response) -> Response:
    """The response with elements in place of the marks in it; what is compressed has none any more."""
    if response.mimetype == "text/html" and not response.is_streamed and "Content-Encoding" not in response.headers:
        page = response.get_data(as_text=True)
        if has_marks(page):
            response.set_data(
                without_marks(page) if current_language() == SOURCE_LANGUAGE else in_elements(page, current_language())
            )
    return response


def in_elements(page: str, code: str) -> str:
    """A page in a language, with elements for the marks in it; a mark without its other half is dropped."""
    pieces = _MARKS.split(_TEXT_ONLY.sub(lambda found: without_marks(found[0]), page))
    elements = {
        ENGLISH_BEGINS: (f'<span lang="{SOURCE_LANGUAGE}"{_ltr(code)}>', "</span>"),
        PAGE_LANGUAGE_BEGINS: (f'<bdi lang="{code}">', "</bdi>"),
    }
    opened: list[int] = []
    for place in range(1, len(pieces), 2):
        if pieces[place] in elements:
            opened.append(place)
        elif opened:
            begun = opened.pop()
            pieces[begun], pieces[place] = elements[pieces[begun]]
        else:
            pieces[place] = ""
    for place in opened:
        pieces[place] = ""
    return "".join(pieces)


def _ltr(code: str) -> str:
    """Set apart on a page that runs the other way."""
    return (
        "" if text_direction(code) == text_direction(SOURCE_LANGUAGE) else f' dir="{text_direction(SOURCE_LANGUAGE)}"'
    )

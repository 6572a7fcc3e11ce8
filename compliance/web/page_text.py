"""Text on pages: translated messages for templates and forms, names in their own direction, and language marks.

A text without translation is put between marks (`compliance.languages.interface_messages`). Once the page is complete,
the marks become `<span lang="en">`. They are dropped where no element is allowed (an attribute, a title, an
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
    """Return a name, an id or a person's text as HTML: in its own direction, and not to be translated."""
    return Markup('<bdi translate="no">%s</bdi>') % words if words else Markup()


def of_edition(words: str, edition: Edition) -> str:
    """Return words of an edition, marked with its language if that is not the language of the page."""
    if not words or edition.language == current_language():
        return words
    return Markup('<bdi lang="%s">%s</bdi>') % (edition.language, words)


def lazy(message: str) -> LazyString:
    """Return a message of a form, translated when a page shows it."""
    return LazyString(gettext, message)


def said(message: str, **values: Any) -> Markup:
    """Return a message of a template, with its values escaped."""
    return Markup(gettext(message, **_escaped(values) if values else {}))  # noqa: S704  # our own words, those of visitors escaped


def said_many(one: str, several: str, num: int, **values: Any) -> Markup:
    """Return a message of a template for a number of things, with its values escaped."""
    return Markup(ngettext(one, several, num, **_escaped(values)))  # noqa: S704  # as above


def listed(things: Iterable[str], apart: bool = False) -> Markup:
    """Return `a, b, c`, escaped, or, with `apart`, `a; b; c`, for things that contain commas."""
    return Markup(formats.semicolon() if apart else formats.comma()).join(things)  # noqa: S704  # it escapes them


def _escaped(values: dict[str, Any]) -> dict[str, Markup]:
    return {name: escape(value) for name, value in values.items()}


#: Matches the rule of a file's address: it ends with an extension.
_FILE = re.compile(r"\.\w+$")
#: Places where no element is allowed: an element that holds only text, or a tag with its attributes.
_TEXT_ONLY = re.compile(
    r"<(title|desc|text|option|textarea|script|style)\b.*?</\1>"
    r"""|<[a-zA-Z][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""",
    re.DOTALL,
)
_MARKS = re.compile(f"({MARK.pattern})")


def init_fallback_marks(app: Flask) -> None:
    """Mark English texts on pages in other languages. Files contain plain text."""
    app.before_request(begin_page)
    app.after_request(replace_marks)


def begin_page() -> None:
    """Mark English in everything drawn from here on, unless the request is for a file or the API."""
    if not is_api(request.path) and (request.url_rule is None or not _FILE.search(request.url_rule.rule)):
        mark_english_fallbacks()


def replace_marks(response: Response) -> Response:
    """Return the response with elements instead of marks. A compressed response has none left."""
    if response.mimetype == "text/html" and not response.is_streamed and "Content-Encoding" not in response.headers:
        page = response.get_data(as_text=True)
        if has_marks(page):
            response.set_data(
                without_marks(page) if current_language() == SOURCE_LANGUAGE else in_elements(page, current_language())
            )
    return response


def in_elements(page: str, code: str) -> str:
    """Return a page in a language, with elements instead of marks. A mark without its pair is dropped."""
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
    """Return the attribute that sets the direction of English on a page in the other direction, or ""."""
    return (
        "" if text_direction(code) == text_direction(SOURCE_LANGUAGE) else f' dir="{text_direction(SOURCE_LANGUAGE)}"'
    )

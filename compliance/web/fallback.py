"""On a page, what stands in English for want of a translation says so: `<span lang="en">`.

Whatever makes a page puts such texts between marks (`compliance.languages.fallback`); here, where the page is whole,
marks become elements. An attribute, a title, an option or a label in a drawing can hold no element: there they go. A
page in English needs none, and meets them in a notice that was kept for it by a page in another language: they go too.
"""

import re

from flask import Flask, Response, request

from compliance.languages.catalogues import SOURCE, direction
from compliance.languages.fallback import ENGLISH, MARK, OWN, unmarked
from compliance.languages.speaking import language, mark_english

#: The rule of an address that is a file's: it ends as a file name does.
_FILE = re.compile(r"\.\w+$")
#: Where no element may stand: an element of text alone, or a tag with its attributes.
_TEXT_ONLY = re.compile(
    r"<(title|desc|text|option|textarea|script|style)\b.*?</\1>"
    r"""|<[a-zA-Z][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""",
    re.DOTALL,
)
_MARKS = re.compile(f"({MARK.pattern})")


def mark_fallbacks(app: Flask) -> None:
    """Mark what is in English on pages in other languages; files hold plain text."""
    app.before_request(_begin_page)
    app.after_request(_mark)


def _begin_page() -> None:
    if request.url_rule is None or not _FILE.search(request.url_rule.rule):
        mark_english()


def _mark(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data(as_text=True)
        if MARK.search(page):
            response.set_data(unmarked(page) if language() == SOURCE else in_elements(page, language()))
    return response


def in_elements(page: str, code: str) -> str:
    """A page in a language, with elements for the marks in it; a mark without its other half is dropped."""
    pieces = _MARKS.split(_TEXT_ONLY.sub(lambda found: unmarked(found[0]), page))
    elements = {
        ENGLISH: (f'<span lang="{SOURCE}"{_ltr(code)}>', "</span>"),
        OWN: (f'<bdi lang="{code}">', "</bdi>"),
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
    return "" if direction(code) == direction(SOURCE) else f' dir="{direction(SOURCE)}"'

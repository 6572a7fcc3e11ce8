"""Pictures to keep as files, for whoever may read the page that they are from: SVG, PNG, and a page for a frame.

What a picture shows is frozen, so it is made once in a process. PNG needs the library of the extra `pictures`, and a
typeface of the machine; where either is missing there are no PNGs, and pages offer none.
"""

from collections.abc import Callable, Hashable
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from flask import Response, abort, render_template

from compliance.languages.interface_messages import current_language, text_direction, without_marks
from compliance.web.caches import cached_picture
from compliance.web.presenters.pictures import Drawing, typefaces
from compliance.web.responses import public_response

#: Any site may show this page; it runs nothing, and holds nothing that somebody could be made to press.
_FRAME_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
#: A file runs nothing and loads nothing, wherever it is opened; browsers put a style of their own around it.
_FILE_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
#: A letter of every script that pages are in; none is in all typefaces.
_LETTERS = {"ltr": "A", "rtl": "ش"}


def picture_response(kind: str, draw: Callable[[], Drawing], page: str, *made_from: Hashable) -> Response:
    """A picture as a file (`svg`, `png`), or in a page that other sites may show (`frame`).

    `draw` makes it, unless it is kept; where there is none, it raises NotFound. `page`: the address of the page that
    shows it. `made_from` decides all of it, with the language.
    """
    if kind == "png" and not draws_png():
        abort(404)
    key = (current_language(), page, *made_from)
    drawing = cached_picture(draw, "svg", *key)
    if kind == "png":
        content = cached_picture(lambda: _png(drawing.svg), "png", *key)
        return public_response(content, "image/png", _FILE_POLICY)
    if kind == "svg":
        return public_response(drawing.svg.encode(), "image/svg+xml", _FILE_POLICY)
    text = without_marks(render_template("frame.html", drawing=drawing, page=page))
    return public_response(text.encode(), "text/html", _FRAME_POLICY)


def draws_png() -> bool:
    """Whether PNGs can be made here in the language now spoken."""
    return _draws_letter(typefaces(), _LETTERS[text_direction(current_language())])


@cache
def _draws_letter(faces: str, letter: str) -> bool:
    """Whether the library is there, and a letter comes out as ink."""
    if find_spec("resvg_py") is None:
        return False
    with_it, without = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">'
        f'<text y="30" font-size="30" font-family="{faces}">{each}</text></svg>'
        for each in (letter, "")
    )
    return _png(with_it) != _png(without)


def _png(svg: str) -> bytes:
    return bytes(import_module("resvg_py").svg_to_bytes(svg_string=svg))

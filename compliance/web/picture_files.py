"""Pictures as files, for everybody who may read the page that shows them: SVG, PNG, and a page for a frame.

The data of a picture is frozen, so it is made once in a process. PNG needs the library of the extra `pictures` and a
typeface on the machine. If either is missing, pages offer no PNG.
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

#: Any site may frame this page, because it runs no script and contains nothing to click.
_FRAME_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
#: A file runs and loads nothing, wherever it is opened. Browsers add a style of their own.
_FILE_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
#: A letter of each direction of writing, as no typeface has both for certain.
_LETTERS = {"ltr": "A", "rtl": "ش"}


def picture_response(kind: str, draw: Callable[[], Drawing], page: str, *made_from: Hashable) -> Response:
    """Return a picture as a file (`svg`, `png`), or in a page that other sites may frame (`frame`).

    `draw` makes it, unless it is kept; it raises NotFound if there is no picture. `page`: the address of the page that
    shows it. `made_from`, with the language, must determine all of it.
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
    """Tell if PNGs in the current language can be made here."""
    return _draws_letter(typefaces(), _LETTERS[text_direction(current_language())])


@cache
def _draws_letter(faces: str, letter: str) -> bool:
    """Tell if the library is installed and draws a letter visibly."""
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

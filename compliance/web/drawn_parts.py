"""Parts of pages that many looks share, made once: as long as all that they were made from is the same.

Large parts, as a whole scorecard, are few; pieces, as a question with its answer, are many and small.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from flask import Flask, current_app, get_template_attribute, request
from markupsafe import Markup

from compliance.languages.interface_messages import MARKS_FALLBACKS, current_language

#: So many parts and pieces are kept in a process, those last shown: some 10 MB of each.
MOST_PARTS, MOST_PIECES = 128, 2048
#: So many pictures of charts, those of published figures: up to some 60 MB, where half of them are PNGs.
MOST_PICTURES = 512
#: So many pages for everybody are kept, each in every coding that was asked for: some 30 MB.
MOST_PAGES = 1024
_PARTS, _PIECES, _PAGES = "article34_drawn_parts", "article34_drawn_pieces", "article34_drawn_pages"
_PICTURES = "article34_pictures"

Made = TypeVar("Made")


class _Key:
    """What a part was made from, hashed once: the hash of some hundred answers takes as long as a query."""

    __slots__ = ("_hash", "made_from")

    def __init__(self, made_from: Hashable) -> None:
        self.made_from, self._hash = made_from, hash(made_from)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.made_from == other.made_from


class DrawnParts:
    """The parts that were last shown, by what they were made from."""

    def __init__(self, most: int) -> None:
        self._lock, self._most = Lock(), most
        self._parts: OrderedDict[_Key, tuple[_Key, Any]] = OrderedDict()  # each with the key that is kept for it

    def find(self, made_from: Hashable) -> Any:
        """The part that was made from this; None if none was, or long ago."""
        return self._find(_Key(made_from))

    def once(self, made_from: Hashable, make: Callable[[], Made]) -> Made:
        """The part that was made from this, or made now and kept."""
        key = _Key(made_from)
        part: Made | None = self._find(key)
        if part is None:
            part = make()
            self._put(key, part)
        return part

    def put(self, made_from: Hashable, part: object) -> None:
        """Keep a part instead of the one that was shown longest ago."""
        self._put(_Key(made_from), part)

    def _find(self, key: _Key) -> Any:
        with self._lock:
            if (found := self._parts.get(key)) is None:
                return None
            kept, part = found
            self._parts.move_to_end(kept)  # the same object: what it was made from is not compared again
            return part

    def _put(self, key: _Key, part: object) -> None:
        with self._lock:
            self._parts[key] = key, part
            if len(self._parts) > self._most:
                self._parts.popitem(last=False)


def drawn_once(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """A part of a page as HTML: as it is kept, or drawn now.

    `drawn_from` is everything that decides how it looks; the language of the page and where the site stands are added.
    """
    return Markup(made_for_page(draw, *drawn_from))  # noqa: S704  # escaped by the template


def piece_once(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """As `drawn_once`, of a small piece, as a question with its answer."""
    return Markup(_kept(_PIECES, MOST_PIECES, draw, _page_of(drawn_from)))  # noqa: S704  # escaped by the template


def macro_once(template: str, macro: str, *read: Hashable) -> Markup:
    """What a macro makes of this, as a piece. It reads nothing else, but the language and where the site stands."""
    return piece_once(lambda: str(get_template_attribute(template, macro)(*read)), template, macro, *read)


def forget_drawn(app: Flask) -> None:
    """Throw away all that was drawn, so that everything is drawn anew."""
    for pool in (_PARTS, _PIECES, _PICTURES, _PAGES):
        app.extensions.pop(pool, None)


def pages_of(app: Flask) -> DrawnParts:
    """The pages that are the same for everybody, and what is sent of each."""
    return _pool(app, _PAGES, MOST_PAGES)


def made_once(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """What goes into a page and takes long to compute: as it is kept, or made now; `made_from` decides all of it."""
    return _kept(_PARTS, MOST_PARTS, make, made_from)


def made_for_page(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """As `made_once`, of what has words or addresses in it: of the language of the page, and where the site stands."""
    return made_once(make, *_page_of(made_from))


def picture_once(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """A picture to keep, as `made_once`."""
    return _kept(_PICTURES, MOST_PICTURES, make, made_from)


def _page_of(drawn_from: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    return (request.script_root, current_language(), MARKS_FALLBACKS.get(), *drawn_from)


def _kept(pool: str, most: int, make: Callable[[], Made], made_from: tuple[Hashable, ...]) -> Made:
    return _pool(current_app, pool, most).once(made_from, make)


def _pool(app: Flask, name: str, most: int) -> DrawnParts:
    pool: DrawnParts = app.extensions.get(name) or app.extensions.setdefault(name, DrawnParts(most))
    return pool

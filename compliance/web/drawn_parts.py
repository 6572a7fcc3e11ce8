"""Parts of pages that many looks share, made once: as long as all that they were made from is the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from flask import current_app, request
from markupsafe import Markup

from compliance.languages.interface_messages import MARKS_FALLBACKS, current_language

#: So many parts are kept in a process, those last shown: some 10 MB.
MOST_PARTS = 128
_PARTS = "article34_drawn_parts"

Made = TypeVar("Made")


class DrawnParts:
    """The parts that were last shown, by what they were made from."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The part that was made from this. Raise KeyError if none was, or long ago."""
        with self._lock:
            self._parts.move_to_end(key)
            return self._parts[key]

    def put(self, key: Hashable, part: object) -> None:
        """Keep a part instead of the one that was shown longest ago."""
        with self._lock:
            self._parts[key] = part
            if len(self._parts) > MOST_PARTS:
                self._parts.popitem(last=False)


def drawn_once(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """A part of a page as HTML: as it is kept, or drawn now.

    `drawn_from` is everything that decides how it looks; the language of the page and where the site stands are added.
    """
    key = (request.script_root, current_language(), MARKS_FALLBACKS.get(), *drawn_from)
    return Markup(made_once(draw, *key))  # noqa: S704  # escaped by the template


def made_once(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """What goes into a page and takes long to compute: as it is kept, or made now; `made_from` decides all of it."""
    parts: DrawnParts = current_app.extensions.setdefault(_PARTS, DrawnParts())
    try:
        made: Made = parts.get(made_from)
    except KeyError:
        made = make()
        parts.put(made_from, made)
    return made

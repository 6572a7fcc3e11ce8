"""Parts of pages that many looks share, drawn once: as long as all that they were drawn from is the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from flask import current_app, request
from markupsafe import Markup

from compliance.languages.interface_messages import MARKS_FALLBACKS, current_language

#: So many parts are kept in a process, those last shown: some 10 MB.
MOST_PARTS = 128
_PARTS = "article34_drawn_parts"


class DrawnParts:
    """The parts that were last shown, by what they were drawn from."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: OrderedDict[Hashable, str] = OrderedDict()

    def get(self, key: Hashable) -> str | None:
        """The part that was drawn from this; None if it was not, or long ago."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
            return self._parts.get(key)

    def put(self, key: Hashable, part: str) -> None:
        """Keep a part instead of the one that was shown longest ago."""
        with self._lock:
            self._parts[key] = part
            if len(self._parts) > MOST_PARTS:
                self._parts.popitem(last=False)


def drawn_once(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """A part of a page as HTML: as it is kept, or drawn now.

    `drawn_from` is everything that decides how it looks; the language of the page and where the site stands are added.
    """
    parts: DrawnParts = current_app.extensions.setdefault(_PARTS, DrawnParts())
    key = (request.script_root, current_language(), MARKS_FALLBACKS.get(), *drawn_from)
    part = parts.get(key)
    if part is None:
        part = draw()
        parts.put(key, part)
    return Markup(part)  # noqa: S704  # escaped by the template

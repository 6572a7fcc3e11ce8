"""The caches of a process: what took long to make, found again by all that it was made from.

There is one for each kind of thing, which keeps those that were used last. What is found there is never out of date:
whatever decides how a thing looks is in its key, and whatever changes finds nothing.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Literal, TypeAlias, TypeVar

from flask import Flask, current_app, get_template_attribute, request
from markupsafe import Markup

from compliance.languages.interface_messages import MARKS_FALLBACKS, current_language, text_direction

#: What is kept: results, as a whole scorecard as it is drawn; fragments of pages, as a question with its answer;
#: pictures of published figures; pages for everybody, each in every coding that was asked for; published readings.
Kind: TypeAlias = Literal["results", "fragments", "pictures", "pages", "readings"]
#: So many of each: some 10 MB of results and as much of fragments, up to 60 MB of pictures, where half of them are
#: PNGs, 30 MB of pages, 20 MB of short readings.
_MOST: dict[Kind, int] = {"results": 128, "fragments": 2048, "pictures": 512, "pages": 1024, "readings": 500}
#: Where an app has its caches, among its extensions.
CACHES = "article34_caches"

Made = TypeVar("Made")


class _Key:
    """What a thing was made from, hashed once: the hash of some hundred answers takes as long as a query."""

    __slots__ = ("_hash", "made_from")

    def __init__(self, made_from: Hashable) -> None:
        self.made_from, self._hash = made_from, hash(made_from)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.made_from == other.made_from


class LruCache:
    """Things by what they were made from; when there are too many, the least recently used one goes."""

    def __init__(self, most: int) -> None:
        self._lock, self._most = Lock(), most
        self._made: OrderedDict[_Key, tuple[_Key, Any]] = OrderedDict()  # each with the key that is kept for it

    def find(self, made_from: Hashable) -> Any:
        """What was made from this; None if nothing was, or long ago."""
        return self._find(_Key(made_from))

    def once(self, made_from: Hashable, make: Callable[[], Made]) -> Made:
        """What was made from this, or is made now and kept."""
        key = _Key(made_from)
        made: Made | None = self._find(key)
        if made is None:
            made = make()
            self._put(key, made)
        return made

    def put(self, made_from: Hashable, made: object) -> None:
        """Keep this."""
        self._put(_Key(made_from), made)

    def _find(self, key: _Key) -> Any:
        with self._lock:
            if (found := self._made.get(key)) is None:
                return None
            kept, made = found
            self._made.move_to_end(kept)  # the same object: what it was made from is not compared again
            return made

    def _put(self, key: _Key, made: object) -> None:
        with self._lock:
            self._made[key] = key, made
            if len(self._made) > self._most:
                self._made.popitem(last=False)


def cache_of(app: Flask, kind: Kind) -> LruCache:
    """The cache of an app for one kind of thing."""
    caches: dict[Kind, LruCache] = app.extensions.get(CACHES) or app.extensions.setdefault(CACHES, {})
    return caches.get(kind) or caches.setdefault(kind, LruCache(_MOST[kind]))


def empty_caches(app: Flask) -> None:
    """Have everything made anew."""
    app.extensions.pop(CACHES, None)


def cached_html(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """A large part of a page as HTML: from the cache, or drawn now.

    `drawn_from` is everything that decides how it looks; the language of the page and where the site stands are added.
    """
    return Markup(cached_for_page(draw, *drawn_from))  # noqa: S704  # escaped by the template


def cached_fragment(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """As `cached_html`, of a small part, as a question with its answer."""
    return Markup(_once("fragments", draw, _page_of(drawn_from)))  # noqa: S704  # escaped by the template


def cached_macro(template: str, macro: str, *read: Hashable) -> Markup:
    """What a macro makes of this, as a fragment. It reads nothing else, but the language and where the site stands."""
    return cached_fragment(lambda: str(get_template_attribute(template, macro)(*read)), template, macro, *read)


def drawn_alone(template: str, **read: Any) -> str:
    """What a template makes of this, and of nothing else that a page knows: nobody is there, and it has no address.

    Beside it, `dir` is which way the language of the page is written.
    """
    page = current_app.jinja_env.get_template(template)
    return page.render(read, dir=text_direction(current_language()))


def cached_result(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """What goes into a page and takes long to compute: from the cache, or made now; `made_from` decides all of it."""
    return _once("results", make, made_from)


def cached_for_page(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """As `cached_result`, of what has words or addresses in it; the page’s language and place are added."""
    return cached_result(make, *_page_of(made_from))


def cached_picture(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """As `cached_result`, of a picture to keep."""
    return _once("pictures", make, made_from)


def _page_of(drawn_from: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    return (request.script_root, current_language(), MARKS_FALLBACKS.get(), *drawn_from)


def _once(kind: Kind, make: Callable[[], Made], made_from: tuple[Hashable, ...]) -> Made:
    return cache_of(current_app, kind).once(made_from, make)

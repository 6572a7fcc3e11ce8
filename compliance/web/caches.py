"""The caches of a process: results that are slow to make, found by everything they were made from.

There is one cache for each kind, which keeps the results that were used last. A result is never out of date: everything
that affects it is in its key, so that after a change the old result is not found.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Literal, TypeAlias, TypeVar

from flask import Flask, current_app, get_template_attribute, request
from markupsafe import Markup

from compliance.languages.interface_messages import MARKS_FALLBACKS, current_language, text_direction

#: Kinds of caches: results, such as a drawn scorecard; fragments of pages, such as a question with its answer;
#: pictures of published figures; pages for everybody, each in all codings that were requested; published readings.
Kind: TypeAlias = Literal["results", "fragments", "pictures", "pages", "readings"]
#: How many of each are kept: some 10 MB of results and of fragments each, up to 60 MB of pictures if half of them are
#: PNGs, 30 MB of pages, 20 MB of short readings.
_MOST: dict[Kind, int] = {"results": 128, "fragments": 2048, "pictures": 512, "pages": 1024, "readings": 500}
#: The key of the caches among the extensions of an app.
CACHES = "article34_caches"

Made = TypeVar("Made")


class _Key:
    """Everything that a result was made from, hashed once: hashing some hundred answers takes as long as a query."""

    __slots__ = ("_hash", "made_from")

    def __init__(self, made_from: Hashable) -> None:
        self.made_from, self._hash = made_from, hash(made_from)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.made_from == other.made_from


class LruCache:
    """Results by what they were made from. If there are too many, the least recently used one is dropped."""

    def __init__(self, most: int) -> None:
        self._lock, self._most = Lock(), most
        self._made: OrderedDict[_Key, tuple[_Key, Any]] = OrderedDict()  # each with its own key

    def find(self, made_from: Hashable) -> Any:
        """Return the result made from this, or None if none was made or it is no longer kept."""
        return self._find(_Key(made_from))

    def once(self, made_from: Hashable, make: Callable[[], Made]) -> Made:
        """Return the result made from this. Make and keep it if it is not kept yet."""
        key = _Key(made_from)
        made: Made | None = self._find(key)
        if made is None:
            made = make()
            self._put(key, made)
        return made

    def put(self, made_from: Hashable, made: object) -> None:
        """Keep a result, and drop the least recently used one if there are too many."""
        self._put(_Key(made_from), made)

    def _find(self, key: _Key) -> Any:
        with self._lock:
            if (found := self._made.get(key)) is None:
                return None
            kept, made = found
            self._made.move_to_end(kept)  # the same object, so that its content is not compared again
            return made

    def _put(self, key: _Key, made: object) -> None:
        with self._lock:
            self._made[key] = key, made
            if len(self._made) > self._most:
                self._made.popitem(last=False)


def cache_of(app: Flask, kind: Kind) -> LruCache:
    """Return the cache of an app for one kind of result."""
    caches: dict[Kind, LruCache] = app.extensions.get(CACHES) or app.extensions.setdefault(CACHES, {})
    return caches.get(kind) or caches.setdefault(kind, LruCache(_MOST[kind]))


def empty_caches(app: Flask) -> None:
    """Drop all results, so that they are made again."""
    app.extensions.pop(CACHES, None)


def cached_html(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """Return a large part of a page as HTML, from the cache or drawn now.

    `drawn_from` is everything that affects its look, apart from the language of the page and the path of the site.
    """
    return Markup(cached_for_page(draw, *drawn_from))  # noqa: S704  # escaped by the template


def cached_fragment(draw: Callable[[], str], *drawn_from: Hashable) -> Markup:
    """Do as `cached_html` for a small part, such as a question with its answer."""
    return Markup(_once("fragments", draw, _page_of(drawn_from)))  # noqa: S704  # escaped by the template


def cached_macro(template: str, macro: str, *read: Hashable) -> Markup:
    """Return the result of a macro as a fragment. It may use only `read`, the language and the path of the site."""
    return cached_fragment(lambda: str(get_template_attribute(template, macro)(*read)), template, macro, *read)


def drawn_alone(template: str, **read: Any) -> str:
    """Return the result of a template for these values, without the context of a page, such as its visitor or address.

    `dir`, the direction of the page's language, is added.
    """
    page = current_app.jinja_env.get_template(template)
    return page.render(read, dir=text_direction(current_language()))


def cached_result(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """Return a slow part of a page, from the cache or made now. `made_from` must decide all of it."""
    return _once("results", make, made_from)


def cached_for_page(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """Do as `cached_result` for a part with words or addresses. The page's language and the site's path are added."""
    return cached_result(make, *_page_of(made_from))


def cached_picture(make: Callable[[], Made], *made_from: Hashable) -> Made:
    """Do as `cached_result` for a chart."""
    return _once("pictures", make, made_from)


def _page_of(drawn_from: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    return (request.script_root, current_language(), MARKS_FALLBACKS.get(), *drawn_from)


def _once(kind: Kind, make: Callable[[], Made], made_from: tuple[Hashable, ...]) -> Made:
    return cache_of(current_app, kind).once(made_from, make)

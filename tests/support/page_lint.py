"""Faults of an HTML page that can be found without a browser."""

import re
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
#: SVG shapes that close themselves.
SHAPES = {"rect", "line", "circle", "path", "polyline"}
UNCLOSED = VOID | SHAPES
POINTERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form")
#: Addresses whose forms have no token: the quick check, as its pages set no cookie, and signed addresses.
WITHOUT_TOKEN = re.compile(r"(/[a-z]{2})?(/quick(/\d+|/take|/forget)?|/mails/stop/\S+)")
LEFTOVER = re.compile(r"\{\{|\{%|%\(\w+\)[sd]|&lt;/?\w+&gt;|lazy_gettext|Withheld\.|\bUndefined\b|[\ufdd0-\ufdd2]")


class Page(HTMLParser):
    """A parsed page. `faults`: what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self._pointed: list[tuple[str, str]] = []
        self._headings: list[str] = []
        self._open: list[str] = []
        self._form: dict[str, bool] | None = None
        self._title = ""
        self.feed(text)
        self._close_book()

    def updatepos(self, i: int, j: int) -> int:
        """Do not count lines: faults have no line numbers, and counting takes a fifth of the time."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element that starts."""
        given = {name: value or "" for name, value in attrs}
        if len(given) < len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if "None" in given.values() or "/None" in given.get("href", ""):
            self.faults.append(f"<{tag}> has None where a value belongs")
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> carries style or script")
        self.ids += [given["id"]] if "id" in given else []
        self._pointed += [(name, target) for name in POINTERS if name in given for target in given[name].split()]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("h1", "h2", "h3", "h4"):
            self._headings.append(tag)
        self._look_at_forms(tag, given)
        if tag not in UNCLOSED:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in UNCLOSED:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Check that an element ends where it should."""
        if tag in UNCLOSED:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self._open[-1] if self._open else 'nothing'}>")
            if tag not in self._open:
                return
            while self._open[-1] != tag:
                self._open.pop()
        self._open.pop()
        if tag == "form" and self._form is not None:
            if self._form["posts"] and not self._form["token"]:
                self.faults.append("a form posts without a token")
            self._form = None

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.words.append(data)
        if self._open[-1:] == ["title"] and "svg" not in self._open:
            self._title += data

    def _look_at_forms(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form":
            if self._form is not None:
                self.faults.append("a form within a form")
            if not given.get("action") or not given.get("method"):
                self.faults.append("a form without action or method")
            spared = WITHOUT_TOKEN.fullmatch(given.get("action", "")) is not None
            self._form = {"posts": given.get("method") == "post", "token": spared}
        if tag == "input" and given.get("name") == "csrf_token" and self._form is not None:
            self._form["token"] = bool(given.get("value"))

    def _close_book(self) -> None:
        if self._open:
            self.faults.append(f"never closed: {self._open}")
        ids = Counter(self.ids)
        self.faults += [f"id {i!r} twice" for i in sorted(i for i, count in ids.items() if count > 1)]
        self.faults += [f"{name} points to {i!r}, which is not there" for name, i in self._pointed if i not in ids]
        self.faults += [f"a link to {link!r}" for link in self.links if link[:1] == "#" and link[1:] not in ids]
        if self._headings.count("h1") != 1:
            self.faults.append(f"{self._headings.count('h1')} first headings")
        for above, below in zip(self._headings, self._headings[1:], strict=False):
            if int(below[1]) > int(above[1]) + 1:
                self.faults.append(f"{below} after {above}")
        if not self._title.strip() or self._title.strip().startswith("·"):
            self.faults.append("no title")
        self.faults += [f"left over: {found[0]!r}" for found in LEFTOVER.finditer("\n".join(self.words))]


@lru_cache(maxsize=256)
def read(text: str) -> Page:
    """Return a parsed page. The last few are cached, as a crawler reads links and then faults."""
    return Page(text)


def faults_of(text: str) -> list[str]:
    """Return the faults of a page."""
    return read(text).faults

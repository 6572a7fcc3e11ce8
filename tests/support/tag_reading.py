"""Reading of HTML tag by tag: by one regular expression where a page is plain, otherwise by Python's own parser."""

import re
from html import unescape
from html.parser import HTMLParser

_SPACE = r"[ \t\n\r\f]"
#: Plain HTML: text, end tags, start tags with quoted values, comments and the doctype. Groups: everything, text, end
#: tag, start tag, its attributes, and its slash.
_PLAIN = re.compile(
    r"(([^<]+)|</([a-z][a-z0-9]*)>"
    rf'|<([a-z][a-z0-9]*)((?:{_SPACE}+[A-Za-z][-A-Za-z0-9:]*(?:="[^"]*")?)*){_SPACE}*(/?)>'
    r"|<!--[^<>-]*-->|<!(?i:doctype html)>)"
)
_ATTRIBUTE = re.compile(r'([A-Za-z][-A-Za-z0-9:]*)(?:(=)"([^"]*)")?')
#: Elements whose content is not HTML.
_RAW = ("script", "style")

Token = tuple[str, str, str, str, str, str]


class TagReader(HTMLParser):
    """A parser whose `feed` tells the same as Python's, faster for pages as templates make them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def feed(self, data: str) -> None:
        """Read a whole page."""
        found: list[Token] = _PLAIN.findall(data)
        if not _is_plain(found, data):
            super().feed(data)
            return
        for _all, text, end, start, given, slash in found:
            if text:
                self.handle_data(unescape(text) if "&" in text else text)
            elif end:
                self.handle_endtag(end)
            elif start:
                (self.handle_startendtag if slash else self.handle_starttag)(start, _attributes(given))


def _attributes(given: str) -> list[tuple[str, str | None]]:
    if not given:
        return []
    known = unescape if "&" in given else str
    return [(name.lower(), known(value) if equals else None) for name, equals, value in _ATTRIBUTE.findall(given)]


def _is_plain(found: list[Token], data: str) -> bool:
    """Tell whether these tokens are a whole page, whose scripts and styles have at most one text without references.

    Python's parser keeps back a reference at the end, in case that there is more.
    """
    if sum(len(token[0]) for token in found) < len(data) or (found and "&" in found[-1][1]):
        return False
    if not any(f"<{raw}" in data for raw in _RAW):
        return True
    return all(_is_plain_text(token[3], found[number + 1 : number + 3]) for number, token in enumerate(found))


def _is_plain_text(start: str, following: list[Token]) -> bool:
    """Tell whether an element, if its content is not HTML, is empty or has one text without references."""
    ends = [end for _all, _text, end, *_more in following]
    if start not in _RAW or ends[:1] == [start]:
        return True
    return ends[1:] == [start] and bool(following[0][1]) and "&" not in following[0][1]

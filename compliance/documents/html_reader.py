"""Reads HTML: the text that a browser shows without scripts, by heading and paragraph.

Not read: scripts, comments, text hidden by an attribute or a style within the page, contents of form fields.
"""

import re
from collections.abc import Iterator

from lxml import etree

from compliance.documents.document import Document, DocumentRefused, Refusal, TextBlock, unpaged_document
from compliance.documents.plain_text import begins_item, decoded, tidy
from compliance.documents.zip_parts import elements_outside


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SKIPPED = _names(
    "script style template noscript head iframe object embed applet svg math canvas audio video select textarea "
    "datalist button option rp rt"
)
#: Elements that begin and end a paragraph.
_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer "
    "form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul"
)
_UNSHOWN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
)
_A_PAGE = re.compile(r"<\s*(?:!doctype|html|head|body|p|div|h1|article|main|section|table|ul|ol)\b", re.I)
_OTHER_MEDIA = re.compile(r"(?<!not )\b(?:print|speech)\b|max-(?:device-)?width|width\s*<", re.I)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)
#: Encodings that a page declares -> what browsers read it in, as the HTML standard says: pages with curly quotation
#: marks are called ISO-8859-1, and a page whose declaration could be read is not in UTF-16.
_READ_AS = {
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "us-ascii", "ascii"), "cp1252"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be", "utf16"), "utf-8"),
}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read(content: bytes) -> Document:
    """Return a document from its bytes. Raise DocumentRefused if it cannot be read."""
    text = _decoded(content)
    if text is None or not _A_PAGE.search(text):
        raise DocumentRefused(Refusal.WRONG_TYPE)
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True)
    root = etree.fromstring(_DECLARATION.sub("", text.replace("\0", "")), parser)
    if root is None:
        raise DocumentRefused(Refusal.EMPTY)
    hidden = _hidden_by_style(root)
    title = " ".join(root.xpath("string(//title)").split())
    language = (root.get("lang") or "").partition("-")[0].lower()
    return unpaged_document("html", _blocks(root, hidden), title=tidy(title), language=language[:8])


def _decoded(content: bytes) -> str | None:
    if not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) and (
        named := _CHARSET.search(content[:4_000])
    ):
        try:
            said = named[1].decode("ascii").lower()
            return content.decode(_READ_AS.get(said, said))
        except (LookupError, UnicodeError):
            pass  # the declared encoding is wrong
    return decoded(content)


def _hidden_by_style(root: etree._Element) -> frozenset[str]:
    """Return the selectors of one tag, class or id that a style within the page hides: `.x`, `#x`, `p`."""
    rules = (rule for sheet in root.iter("style") for rule in _rules(sheet.text or ""))
    selectors = (selector.strip() for names, what in rules if _UNSHOWN.search(what) for selector in names.split(","))
    return frozenset(selector for selector in selectors if re.fullmatch(r"[.#]?[\w-]+", selector))


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the rules of a style sheet that apply on a wide screen, each as its selectors and its declarations.

    Text that is hidden only on paper or on a telephone is visible on a wide screen.
    """
    around: list[tuple[str, bool]] = []  # text before each open brace, and whether rules outside it apply
    said, holds = "", True
    for piece in re.split("([{}])", sheet):
        if piece == "{":
            around.append((said, holds))
            holds = holds and not _is_for_others(said)
        elif piece == "}" and around:
            names, holds = around.pop()
            if holds:
                yield names, said
        said = "" if piece in "{}" else piece


def _is_for_others(around: str) -> bool:
    """Tell whether an at-rule is about media none of which has a wide screen."""
    return "@media" in around.lower() and all(map(_OTHER_MEDIA.search, around.split(",")))


def _is_hidden(element: etree._Element, hidden: frozenset[str]) -> bool:
    if element.get("hidden") is not None or _UNSHOWN.search(element.get("style") or ""):
        return True
    if not hidden:
        return False
    names = {element.tag, f"#{element.get('id')}", *(f".{name}" for name in (element.get("class") or "").split())}
    return not hidden.isdisjoint(names)


def _blocks(root: etree._Element, hidden: frozenset[str]) -> Iterator[TextBlock]:
    pieces: list[str] = []
    unseen: etree._Element | None = None
    level, items, breaks = 0, 0, 0

    def ended() -> Iterator[TextBlock]:
        text = tidy("".join(pieces))
        pieces.clear()
        if text:
            yield TextBlock(text, level, bool(items) or begins_item(text))

    for event, element in elements_outside(root, _SKIPPED):
        tag, is_start = element.tag, event == "start"
        if not isinstance(tag, str):
            continue
        if unseen is None:
            if is_start and _is_hidden(element, hidden):
                unseen = element
                pieces.append(" ")
                continue
            if tag == "br" and is_start:
                breaks += 1
                pieces.append("\n")
                if breaks > 1:
                    yield from ended()
            elif tag in _BLOCKS:
                yield from ended()
                if re.fullmatch("h[1-6]", tag):
                    level = int(tag[1]) if is_start else 0
                items += (tag == "li") * (1 if is_start else -1)
            if is_start and element.text:
                pieces.append(element.text)
                breaks = breaks if element.text.isspace() else 0
        elif not is_start and element is unseen:
            unseen = None
        if not is_start and unseen is None and element.tail:
            pieces.append(element.tail)
            breaks = breaks if element.tail.isspace() else 0
    yield from ended()

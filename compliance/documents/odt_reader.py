"""Reads .odt: paragraphs in order, headings with their level, then notes.

Not read: deleted and hidden text, comments, headers and footers, pictures and their descriptions.
"""

from collections.abc import Iterator

from lxml import etree

from compliance.documents.document import Document, DocumentRefused, Refusal, TextBlock, unpaged_document
from compliance.documents.plain_text import begins_item, tidy
from compliance.documents.zip_parts import DocumentParts, elements_outside

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_KIND = b"application/vnd.oasis.opendocument.text"

_SKIPPED = frozenset(
    {f"{_TEXT}{name}" for name in ("tracked-changes", "hidden-text", "hidden-paragraph", "note-citation", "ruby-text")}
    | {f"{_OFFICE}{name}" for name in ("annotation", "scripts", "event-listeners", "forms", "binary-data")}
    | {f"{_SVG}title", f"{_SVG}desc", f"{_DC}creator", f"{_DC}date"}
)
_MOST_SPACES = 100
_DEEPEST = 9


def read(content: bytes) -> Document:
    """Return a document from its bytes. Raise DocumentRefused if it cannot be read."""
    parts = DocumentParts(content)
    if parts.read("mimetype").strip() not in (_KIND, _KIND + b"-template") or "content.xml" not in parts:
        raise DocumentRefused(Refusal.WRONG_TYPE)
    if b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise DocumentRefused(Refusal.ENCRYPTED)
    root = parts.tree("content.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text") if root is not None else None
    if root is None or body is None:
        raise DocumentRefused(Refusal.WRONG_TYPE)
    styles = parts.tree("styles.xml")
    hidden = _hidden_styles(root) | (_hidden_styles(styles) if styles is not None else frozenset())
    properties = parts.tree("meta.xml")
    title = properties.findtext(f".//{_DC}title") if properties is not None else ""
    return unpaged_document("odt", _blocks(body, hidden), title=tidy(title or ""))


def _hidden_styles(root: etree._Element) -> frozenset[str]:
    """Return the names of styles whose text is not shown."""
    return frozenset(
        style.get(f"{_STYLE}name") or ""
        for style in root.iter(f"{_STYLE}style")
        for properties in style.iter(f"{_STYLE}text-properties")
        if properties.get(f"{_TEXT}display") == "none"
    )


def _blocks(body: etree._Element, hidden: frozenset[str]) -> Iterator[TextBlock]:
    """Yield the paragraphs in order of their ends: those in a text box before the outer one, and notes last."""
    notes: list[TextBlock] = []
    open_texts: list[list[str]] = []
    unseen: etree._Element | None = None
    items = within_notes = 0
    for event, element in elements_outside(body, _SKIPPED):
        tag, is_start = element.tag, event == "start"
        if tag in (f"{_TEXT}p", f"{_TEXT}h"):
            if is_start:
                open_texts.append([element.text or ""])
            else:
                text = tidy("".join(open_texts.pop()))
                level = element.get(f"{_TEXT}outline-level") or "1" if tag == f"{_TEXT}h" else "0"
                block = TextBlock(
                    text, min(int(level) if level.isdigit() else 1, _DEEPEST), bool(items) or begins_item(text)
                )
                if text and unseen is None and element.get(f"{_TEXT}style-name") not in hidden:
                    if within_notes:
                        notes.append(block)
                    else:
                        yield block
        elif tag == f"{_TEXT}list-item":
            items += 1 if is_start else -1
        elif tag == f"{_TEXT}note":
            within_notes += 1 if is_start else -1
        elif is_start and unseen is None and _is_unseen(element, hidden):
            unseen = element
        elif is_start and open_texts and unseen is None:
            open_texts[-1].append(_text_of(element))
        if not is_start and element is unseen:
            unseen = None
        if not is_start and open_texts and element.tail and unseen is None:
            open_texts[-1].append(element.tail)
    yield from notes


def _is_unseen(element: etree._Element, hidden: frozenset[str]) -> bool:
    if element.tag == f"{_TEXT}span":
        return element.get(f"{_TEXT}style-name") in hidden
    return bool(element.tag == f"{_TEXT}section" and element.get(f"{_TEXT}display") == "none")


def _text_of(element: etree._Element) -> str:
    """Return the text of an element within a paragraph, up to its first child."""
    match element.tag.removeprefix(_TEXT):
        case "s":
            count = element.get(f"{_TEXT}c") or "1"
            return " " * min(int(count) if count.isdigit() else 1, _MOST_SPACES)
        case "tab":
            return " "
        case "line-break":
            return "\n"
    return element.text or ""

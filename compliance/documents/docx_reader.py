"""Reads .docx: the paragraphs of the body in order, with headings by style, then footnotes and endnotes.

Not read: deleted and hidden text, comments, headers and footers, field codes, pictures.
"""

from collections.abc import Iterator, Mapping

from lxml import etree

from compliance.documents.document import Document, DocumentRefused, Refusal, TextBlock, unpaged_document
from compliance.documents.plain_text import begins_item, tidy
from compliance.documents.zip_parts import DocumentParts, elements_outside

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_BODY = "word/document.xml"

#: Elements that are skipped with their contents. Of alternatives, the first is read.
_SKIPPED = frozenset(
    {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pPrChange", "rPrChange", "sectPr")}
    | {f"{_MC}Fallback"}
)
_DEEPEST = 9  # level of headings
_FALSE = ("0", "false", "off", "none")
_LONGEST_CHAIN = 20  # styles, each based on the next


def read(content: bytes) -> Document:
    """Return a document from its bytes. Raise DocumentRefused if it cannot be read."""
    parts = DocumentParts(content)
    if b"macroEnabled" in parts.read("[Content_Types].xml"):
        raise DocumentRefused(Refusal.MACROS)
    root = parts.tree(_BODY)
    if root is None:
        raise DocumentRefused(Refusal.WRONG_TYPE)
    levels = _heading_levels(parts.tree("word/styles.xml"))
    blocks = [*_blocks(root, levels)]
    for notes in ("word/footnotes.xml", "word/endnotes.xml"):
        if (tree := parts.tree(notes)) is not None:
            blocks += _blocks(tree, {})
    properties = parts.tree("docProps/core.xml")
    title = properties.findtext(f"{_DC}title") if properties is not None else ""
    return unpaged_document("docx", blocks, title=tidy(title or ""))


def _heading_levels(styles: etree._Element | None) -> Mapping[str, int]:
    """Return the level of headings by id of their style."""
    if styles is None:
        return {}
    found: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in styles.iter(f"{_W}style"):
        named = style.get(f"{_W}styleId") or ""
        name = _value(style, "name").lower()
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        based[named] = _value(style, "basedOn")
        if name == "title":
            found[named] = 1
        elif name.startswith("heading ") and name[8:].isdigit():
            found[named] = int(name[8:])
        elif outline is not None and (outline.get(f"{_W}val") or "").isdigit():
            found[named] = int(outline.get(f"{_W}val") or 0) + 1
    levels = {}
    for named in based:
        at = named
        for _step in range(_LONGEST_CHAIN):
            if at in found or not at:
                break
            at = based.get(at, "")
        if 1 <= found.get(at, 0) <= _DEEPEST:
            levels[named] = found[at]
    return levels


def _value(element: etree._Element, name: str) -> str:
    child = element.find(f"{_W}{name}")
    return "" if child is None else child.get(f"{_W}val") or ""


def _blocks(root: etree._Element, levels: Mapping[str, int]) -> Iterator[TextBlock]:
    """Yield the paragraphs in order of their ends: one within another, as in a text box, comes before the outer one."""
    open_texts: list[list[str]] = []
    hidden: etree._Element | None = None  # the hidden run that is being skipped
    for event, element in elements_outside(root, _SKIPPED):
        tag = element.tag
        if tag == f"{_W}p":
            if event == "start":
                open_texts.append([])
                continue
            text = tidy("".join(open_texts.pop()))
            if text:
                yield _block(element, text, levels)
        elif tag == f"{_W}r":
            if event == "start" and hidden is None and _is_hidden(element):
                hidden = element
            elif event == "end" and element is hidden:
                hidden = None
        elif event == "start" and open_texts and hidden is None:
            open_texts[-1].append(_text_of(element))


def _text_of(element: etree._Element) -> str:
    """Return the text of an element of a run."""
    match element.tag.removeprefix(_W):
        case "t":
            return element.text or ""
        case "tab" if element.getparent() is not None and element.getparent().tag == f"{_W}r":
            return " "
        case "br" | "cr":
            return "\n"
        case "noBreakHyphen":
            return "-"
    return ""


def _is_hidden(run: etree._Element) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and (vanish.get(f"{_W}val") or "true").lower() not in _FALSE


def _block(paragraph: etree._Element, text: str, levels: Mapping[str, int]) -> TextBlock:
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return TextBlock(text, is_item=begins_item(text))
    outline = _value(properties, "outlineLvl")
    level = int(outline) + 1 if outline.isdigit() else levels.get(_value(properties, "pStyle"), 0)
    numbering = properties.find(f"{_W}numPr")
    is_listed = numbering is not None and _value(numbering, "numId") != "0"
    return TextBlock(text, level if level <= _DEEPEST else 0, is_listed or begins_item(text))

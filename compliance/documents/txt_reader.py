"""Reads plain text: paragraphs separated by empty lines, or, without any, one paragraph per line."""

import re
from collections.abc import Iterable, Iterator

from compliance.documents.document import (
    MOST_CHARACTERS,
    Document,
    DocumentRefused,
    Refusal,
    TextBlock,
    paged_document,
    unpaged_document,
)
from compliance.documents.plain_text import begins_item, decoded, joined_lines, tidy, words_within_lines

#: The largest share of control characters that texts do not contain.
_MOST_CONTROLS = 0.01
_LONGEST_HEADING = 80
_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*\.?|[IVX]+\.)\s+\S")
_MARKED = re.compile(r"^(#{1,6})\s+(?=\S)")


def read(content: bytes) -> Document:
    """Return a document from its bytes. Form feeds separate pages. Raise DocumentRefused if it cannot be read."""
    text = decoded(content)
    if text is None or sum(text.count(chr(code)) for code in (*range(1, 9), *range(14, 27))) > _MOST_CONTROLS * len(
        text
    ):
        raise DocumentRefused(Refusal.WRONG_TYPE)
    if len(text) > MOST_CHARACTERS:
        raise DocumentRefused(Refusal.TOO_LONG)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    known = words_within_lines(text.split("\n"))
    pages = text.removesuffix("\f").split("\f")
    if len(pages) == 1:
        return unpaged_document("txt", _blocks(pages[0], known))
    return paged_document("txt", [[*_blocks(page, known)] for page in pages])


def _blocks(text: str, known: frozenset[str]) -> Iterator[TextBlock]:
    for lines in _paragraphs([line.strip() for line in text.strip("\n").split("\n")]):
        whole = tidy(joined_lines(lines, known))
        marked = _MARKED.match(whole)
        level = len(marked[1]) if marked else int(len(lines) == 1 and _looks_a_heading(whole))
        if whole := _MARKED.sub("", whole):
            yield TextBlock(whole, level, not level and begins_item(whole))


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Yield the lines of each paragraph. An item of a list begins a new one."""
    is_parted = "" in lines
    current: list[str] = []
    for line in lines:
        if not line or begins_item(line) or (current and not is_parted and not _goes_on(current[-1], lines)):
            if current:
                yield current
            current = []
        if line:
            current.append(tidy(line) + ("\u00ad" if line.endswith("\u00ad") else ""))
    if current:
        yield current


def _goes_on(line: str, lines: Iterable[str]) -> bool:
    """Tell whether a line was broken because of its length, as all long lines of the text were."""
    longest = max(map(len, lines))
    return longest <= 120 and len(line) > 0.75 * longest


def _looks_a_heading(text: str) -> bool:
    if len(text) > _LONGEST_HEADING or text.endswith((".", ",", ";", ":", "!", "?", "؟", "؛", "،")):
        return False
    return text.isupper() or bool(_NUMBERED.match(text))

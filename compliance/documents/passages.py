"""Passages: the sentences of a document, each with an anchor, under its heading and with what a list goes on from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from compliance.documents.document import Document, Paragraph

#: Where a sentence may end, before what may begin another: a capital, a letter of a script without capitals, a number.
_END = re.compile(r"[.!?؟…]+[\"'»”’)\]]*\s+(?=[\"'«“‘(\[¿¡]*[^\W_])")
_LAST_WORD = re.compile(r"([^\W\d_]+(?:\.[^\W\d_]+)*)\.$")
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "art arts no nos nr núm p pp cf vs fig par para sec ch vol st al etc ex ej approx incl esp mr mrs ms dr prof "
        "inc ltd co corp sr sra sres mme mlle m mm e.g i.e p.ej c.-à-d",
    )
)
_LEADS_IN = (":", "：")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence. Its anchor is that of its paragraph with its number there: `7.3.2`, `s4.1.1`.

    `lead_in`: what an item of a list goes on from ("Nobody may:"), without which it says nothing.
    """

    anchor: str
    text: str
    paragraph: str  # anchor
    lead_in: str = ""
    heading: str = ""
    page: int | None = None


def document_passages(document: Document) -> tuple[Passage, ...]:
    """The sentences of a document in order; headings stand with what is below them."""
    return tuple(_passages(document.paragraphs))


def document_paragraphs(document: Document) -> tuple[Passage, ...]:
    """The paragraphs and headings of a document in order, each whole."""
    return tuple(
        Passage(each.anchor, each.text, each.anchor, lead_in, heading, each.page)
        for each, heading, lead_in in _in_context(document.paragraphs)
    )


def passage_at(document: Document, anchor: str) -> Passage | None:
    """The sentence of that anchor, or the paragraph; None where there is none."""
    both = chain(document_paragraphs(document), _passages(document.paragraphs))
    return next((each for each in both if each.anchor == anchor), None)


def _passages(paragraphs: Iterable[Paragraph]) -> Iterator[Passage]:
    for each, heading, lead_in in _in_context(paragraphs):
        if not each.level:
            for number, sentence in enumerate(sentences_of(each.text), 1):
                yield Passage(f"{each.anchor}.{number}", sentence, each.anchor, lead_in, heading, each.page)


def _in_context(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[Paragraph, str, str]]:
    """Each paragraph with the heading above it, and if it is of a list, with what that goes on from."""
    heading = lead_in = ""
    for each in paragraphs:
        if each.level:
            heading, lead_in = each.text, ""
            yield each, "", ""
            continue
        yield each, heading, lead_in if each.is_item else ""
        if not each.is_item:
            *_rest, last = sentences_of(each.text) or ("",)
            lead_in = last if last.endswith(_LEADS_IN) else ""


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a paragraph; together they are the paragraph."""
    found, start = [], 0
    for end in _END.finditer(text):
        begins = text[end.end() :].lstrip("\"'«“‘([¿¡")[:1]
        if begins.islower() or _is_abbreviation(text[start : end.end()].rstrip(), begins):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    return tuple(sentence for sentence in (*found, text[start:].strip()) if sentence)


def _is_abbreviation(before: str, begins: str) -> bool:
    """Tell if a full stop belongs to a short form, as in "art. 34", or to the number of an item."""
    if re.fullmatch(r"\(?(?:\d{1,3}|[^\W\d_])[.)]", before):
        return True
    last = _LAST_WORD.search(before)
    if last is None:
        return before.endswith(".") and begins.isdigit() and before[-2:-1].isdigit() and len(before) < 8
    word = last[1].lower()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isascii())

"""Passages: the sentences of a document, each with an anchor, under its heading and with what a list goes on from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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


def passage_at(document: Document, anchor: str) -> Passage | None:
    """The sentence of that anchor, or the paragraph; None where there is none."""
    heading = ""
    for paragraph in document.paragraphs:
        heading = paragraph.text if paragraph.level else heading
        if paragraph.anchor == anchor:
            return Passage(anchor, paragraph.text, anchor, "", "" if paragraph.level else heading, paragraph.page)
    return next((each for each in document_passages(document) if each.anchor == anchor), None)


def _passages(paragraphs: Iterable[Paragraph]) -> Iterator[Passage]:
    heading = lead_in = ""
    for paragraph in paragraphs:
        if paragraph.level:
            heading, lead_in = paragraph.text, ""
            continue
        before = lead_in if paragraph.is_item else ""
        sentence = ""
        for number, sentence in enumerate(sentences_of(paragraph.text), 1):
            anchor = f"{paragraph.anchor}.{number}"
            yield Passage(anchor, sentence, paragraph.anchor, before, heading, paragraph.page)
        if not paragraph.is_item:
            lead_in = sentence if sentence.endswith(_LEADS_IN) else ""


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

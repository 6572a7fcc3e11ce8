"""Passages: the sentences of a document, each with an anchor, its heading, and, in a list, the words that introduce it.

They are found by their literal words; nothing is guessed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from compliance.documents.document import Document, Paragraph
from compliance.documents.plain_text import LONGEST_WORD
from compliance.questionnaire.search import LONGEST_SEARCH, words_in

#: Possible end of a sentence: before a capital, a letter of a script without capitals, or a number.
_END = re.compile(r"(?<![.!?؟…])[.!?؟…]+[\"'»”’)\]]*\s+(?=[\"'«“‘(\[¿¡]*([^\W_]))")
_LAST_WORD = re.compile(r"([^\W\d_]+(?:\.[^\W\d_]+)*)\.$")
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "art arts no nos nr núm p pp cf vs fig par para sec ch vol st al etc ex ej approx incl esp mr mrs ms dr prof "
        "inc ltd co corp sr sra sres mme mlle m mm e.g i.e p.ej c.-à-d",
    )
)
_LEADS_IN = (":", "：")
#: A search term: a phrase between quotation marks, or characters without a space.
_LOOKED_FOR = re.compile(r"[\"“”«„]([^\"“”«»„]*)[\"“”»]|([^\s\"“”«»„]+)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence. Its anchor is its paragraph's, with its number there: `7.3.2`, `s4.1.1`.

    `lead_in`: the words that introduce a list ("Nobody may:"), without which an item cannot be understood.
    """

    anchor: str
    text: str
    paragraph: str  # anchor
    lead_in: str = ""
    heading: str = ""
    page: int | None = None


def document_passages(document: Document) -> tuple[Passage, ...]:
    """Return the sentences of a document in order, each with its heading."""
    return tuple(_passages(document.paragraphs))


def searchable_passages(document: Document) -> tuple[Passage, ...]:
    """Return the sentences and headings of a document in order."""
    return tuple(_passages(document.paragraphs, headings=True))


def document_paragraphs(document: Document) -> tuple[Passage, ...]:
    """Return whole paragraphs and headings of a document in order."""
    return tuple(
        Passage(each.anchor, each.text, each.anchor, lead_in, heading, each.page)
        for each, heading, lead_in in _in_context(document.paragraphs)
    )


def passage_at(document: Document, anchor: str) -> Passage | None:
    """Return the paragraph or sentence with this anchor; None if there is none."""
    both = chain(document_paragraphs(document), _passages(document.paragraphs))
    return next((each for each in both if each.anchor == anchor), None)


def _passages(paragraphs: Iterable[Paragraph], *, headings: bool = False) -> Iterator[Passage]:
    for each, heading, lead_in in _in_context(paragraphs):
        if each.level and headings:
            yield Passage(each.anchor, each.text, each.anchor, page=each.page)
        elif not each.level:
            for number, sentence in enumerate(sentences_of(each.text), 1):
                yield Passage(f"{each.anchor}.{number}", sentence, each.anchor, lead_in, heading, each.page)


class PassageFinder:
    """Passages that can be searched by words.

    A search word matches the beginning of a word in a passage, ignoring case, accents and vowel signs: "age" finds
    "aged". All search words must occur, in any order. Words between quotation marks, or without a space between them,
    must follow each other.
    """

    def __init__(self, passages: Iterable[Passage]) -> None:
        worded = ((each, words_in(each.text)) for each in passages)
        self._worded = [(each, words, " " + " ".join(chain.from_iterable(words))) for each, words in worded]

    def find(self, asked: str) -> tuple[Passage, ...]:
        """Return all passages with the search words, in order; none without search words."""
        parts = [_asked_words(phrase or word) for phrase, word in _LOOKED_FOR.findall(asked[:LONGEST_SEARCH])]
        wanted = [part for part in parts if part]
        if not wanted:
            return ()
        singly = [[f" {form}" for form in forms] for part in wanted for forms in part]
        phrases = [part for part in wanted if len(part) > 1]
        return tuple(
            each
            for each, words, joined in self._worded
            if all(any(form in joined for form in forms) for forms in singly)
            and all(_follow_each_other(phrase, words) for phrase in phrases)
        )


def _asked_words(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search in their forms, without lone signs of which no letter is left, as any word has."""
    return tuple(forms for forms in words_in(text) if all(forms))


def _follow_each_other(wanted: Sequence[Sequence[str]], words: Sequence[Sequence[str]]) -> bool:
    """Tell whether consecutive words begin with the wanted ones, each in one of its forms."""
    beginnings = [tuple(forms) for forms in wanted]
    return any(
        all(
            any(form.startswith(beginning) for form in words[start + number])
            for number, beginning in enumerate(beginnings)
        )
        for start in range(len(words) - len(beginnings) + 1)
    )


def _in_context(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[Paragraph, str, str]]:
    """Yield each paragraph with its heading and, for an item of a list, the words that introduce the list."""
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
    """Return the sentences of a paragraph, which together are its whole text."""
    found, start = [], 0
    for end in _END.finditer(text):
        before = text[max(start, end.start() - LONGEST_WORD) : end.end()].rstrip()
        if end[1].islower() or _is_abbreviation(before, end[1]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    return tuple(sentence for sentence in (*found, text[start:].strip()) if sentence)


def _is_abbreviation(before: str, begins: str) -> bool:
    """Tell whether a full stop belongs to an abbreviation, as in "art. 34", or to the number of an item."""
    if re.fullmatch(r"\(?(?:\d{1,3}|[^\W\d_])[.)]", before):
        return True
    last = _LAST_WORD.search(before)
    if last is None:
        return before.endswith(".") and begins.isdigit() and before[-2:-1].isdigit() and len(before) < 8
    word = last[1].lower()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isascii())

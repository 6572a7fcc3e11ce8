"""The texts of documents as they are read: kept by the digest of their file, found again, with suggestions.

A document is read once, whoever has it. What is suggested in it is worked out once a process.
"""

import json
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol, TypeAlias

from compliance.documents.document import (
    TEXT_FORMAT,
    Document,
    DocumentFormat,
    DocumentRefused,
    Refusal,
    document_of_record,
    document_record,
)
from compliance.documents.extraction import extract
from compliance.documents.passages import Passage, document_passages, passage_at
from compliance.documents.suggestions import PassageIndex, QuestionElement, Suggestion, code_elements
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGES, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.store.document_passages import StoredText, document_texts, keep_document_text
from compliance.web.database import db, now
from compliance.web.files import files

#: For each element, so many passages are suggested in a document.
MOST_SUGGESTED = 5
#: Of a paragraph, so many characters are quoted at most.
MOST_QUOTED = 2_000
#: So many documents are kept as they were read, by each process.
_KEPT = 64


class AskedEdition(Hashable, Protocol):
    """What is asked of a code: an edition as it is served."""

    @property
    def edition(self) -> Edition:
        """In its language."""


#: An element, and what is suggested for it.
Suggestions: TypeAlias = tuple[QuestionElement, Sequence[Suggestion]]


@dataclass(frozen=True, eq=False)  # one object for each text, so that what is worked out for it can be remembered
class ReadDocument:
    """A document as it was read."""

    digest: str
    document: Document

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its sentences."""
        return document_passages(self.document)

    @cached_property
    def index(self) -> PassageIndex:
        """Its sentences, to be searched by words."""
        return PassageIndex(self.passages)

    def passage(self, anchor: str) -> Passage | None:
        """The sentence or paragraph of that anchor."""
        return passage_at(self.document, anchor)

    def found(self, words: str, most: int) -> list[Passage]:
        """The passages that share most with these words."""
        ((*suggested,),) = self.index.suggest([QuestionElement("", "", words)], most, by="words")
        return [each.passage for each in suggested]


def keep_text(digest: str, media_type: str) -> Refusal | None:
    """Read a file of the storage, unless that was done; why it cannot be read, if it cannot.

    It is read before anything is written to the database: that takes a second, and others would wait. Raise
    FileStorageFailed.
    """
    if known := document_texts(db(), [digest], format=TEXT_FORMAT).get(digest):
        return Refusal(known.refusal) if known.refusal else None
    refusal, text = None, ""
    try:
        text = _written(extract(files().get(digest), media_type))
    except DocumentRefused as refused:
        refusal = refused.refusal
    keep_document_text(db(), digest, format=TEXT_FORMAT, refusal=refusal or "", text=text, at=now())
    return refusal


def texts_of(digests: Collection[str]) -> Mapping[str, ReadDocument | Refusal]:
    """What was read of these files, by digest; nothing of what was not read yet."""
    kept = document_texts(db(), set(digests) - {""}, format=TEXT_FORMAT)
    return {digest: Refusal(text.refusal) if text.refusal else _read(text) for digest, text in kept.items()}


def _written(document: Document) -> str:
    return json.dumps({**document_record(document), "format": document.format}, ensure_ascii=False)


@lru_cache(maxsize=_KEPT)
def _read(text: StoredText) -> ReadDocument:
    record = json.loads(text.text)
    format: DocumentFormat = record["format"]
    return ReadDocument(text.digest, document_of_record(record, format))


def elements_of_code(served: AskedEdition) -> tuple[QuestionElement, ...]:
    """What an edition asks of the text of a code, element by element, in its language."""
    return _elements(served)


def suggested_passages(
    read: ReadDocument, said_language: str, served: Callable[[], AskedEdition]
) -> Sequence[Suggestions]:
    """For each element, what is suggested in a document, in whose own language the elements are compared.

    `said_language`: of the document, as somebody said, or "". `served`: the edition, in the language in which it is
    called.
    """
    said = said_language or read.document.language
    if said not in LANGUAGES:
        return _suggestions(read, served())
    with in_language(said):
        return _suggestions(read, served())


@lru_cache(maxsize=64)
def _elements(served: AskedEdition) -> tuple[QuestionElement, ...]:
    return code_elements(served.edition)


@lru_cache(maxsize=_KEPT)
def _suggestions(read: ReadDocument, served: AskedEdition) -> Sequence[Suggestions]:
    elements = _elements(served)
    return tuple(zip(elements, read.index.suggest(elements, MOST_SUGGESTED, by="words"), strict=True))


# ── Places in a document


def quoted_words(passage: Passage) -> str:
    """The words of a passage; of an item of a list, with what it goes on from."""
    words = f"{passage.lead_in} {passage.text}" if passage.lead_in else passage.text
    return words if len(words) <= MOST_QUOTED else f"{words[: MOST_QUOTED - 1]}…"


def paragraph_of(anchor: str) -> str:
    """The anchor of the paragraph: of 7.3.2 it is 7.3, of s4.2.1 it is s4.2."""
    return ".".join(anchor.split(".")[:2])


def place_words(page: str, anchor: str) -> str:
    """A place in a document: the page where it has pages, and the anchor."""
    return comma_list(part for part in (_("page %(page)s", page=page) if page else "", anchor) if part)

"""The texts of documents: kept by the digest of their file, searched, and with suggestions.

A document is read once, even if several companies have it. Suggestions by words are computed once in a process. With
the extra `semantic`, a job computes suggestions by meaning and keeps them. Pages use those, or else words.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol, TypeAlias

from compliance.documents.document import (
    TEXT_FORMAT,
    Document,
    DocumentRefused,
    Refusal,
    document_of_text,
    document_text,
)
from compliance.documents.extraction import extract
from compliance.documents.passages import (
    Passage,
    PassageFinder,
    document_passages,
    passage_at,
    searchable_passages,
)
from compliance.documents.suggestions import (
    PassageIndex,
    QuestionElement,
    Suggestion,
    code_elements,
    encoder_name,
)
from compliance.documents.versions import ComparedVersions, compare_documents
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGES, current_language, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.phrasings import phrasings_digest
from compliance.questionnaire.search import asked_words, excerpt
from compliance.store.document_passages import (
    StoredText,
    document_texts,
    keep_document_text,
    kept_suggestions,
)
from compliance.web.database import db, now
from compliance.web.files import files

#: How many passages of a document are suggested for each element.
MOST_SUGGESTED = 5
#: The most characters of a paragraph that are quoted.
MOST_QUOTED = 2_000
#: How many documents each process keeps as read.
_KEPT = 64


class AskedEdition(Hashable, Protocol):
    """An edition as served, with the questions that are asked of a code."""

    @property
    def edition(self) -> Edition:
        """The edition in its language."""


#: An element, and the suggestions for it.
Suggestions: TypeAlias = tuple[QuestionElement, Sequence[Suggestion]]


@dataclass(frozen=True, eq=False)  # one object for each text, so that results for it can be cached
class ReadDocument:
    """A document as read."""

    digest: str
    document: Document

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its sentences."""
        return document_passages(self.document)

    @cached_property
    def by_anchor(self) -> Mapping[str, Passage]:
        """Its sentences, by anchor."""
        return {each.anchor: each for each in self.passages}

    @cached_property
    def by_meaning(self) -> dict[tuple[str, str, str], Mapping[tuple[str, str], Sequence[Suggestion]]]:
        """The suggestions of a job, by edition, language and model, and by element, if a page has looked them up."""
        return {}

    @cached_property
    def index(self) -> PassageIndex:
        """The index of its sentences, for search by words."""
        return PassageIndex(self.passages)

    def passage(self, anchor: str) -> Passage | None:
        """Return the sentence or paragraph at an anchor, or None."""
        return passage_at(self.document, anchor)

    @cached_property
    def finder(self) -> PassageFinder:
        """The index of its sentences and headings, for search by the words as typed."""
        return PassageFinder(searchable_passages(self.document))


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that was found."""

    document: int  # its position among those searched
    passage: Passage
    words: str  # an excerpt around the words


@dataclass(frozen=True, slots=True)
class FoundPassages:
    """The passages found in documents.

    `total`: how many have the words as typed. None: `places` has passages with similar words, the most similar first.
    """

    places: Sequence[FoundPassage]  # the first ones
    total: int


def found_passages(texts: Sequence[ReadDocument], wanted: str, most: int) -> FoundPassages:
    """Return the passages with these words, in the order of the texts, or else those with similar words."""
    found = [(number, each) for number, text in enumerate(texts) for each in text.finder.find(wanted)]
    total = len(found)
    if not found:
        element = [QuestionElement("", "", wanted)]
        some = ((number, text.index.suggest(element, most, by="words")[0]) for number, text in enumerate(texts))
        alike = [(number, each) for number, suggested in some for each in suggested]
        found = [(number, each.passage) for number, each in sorted(alike, key=lambda one: -one[1].score)]
    words = asked_words(wanted)
    return FoundPassages([FoundPassage(n, each, excerpt(each.text, words)) for n, each in found[:most]], total)


def passages_with(texts: Sequence[ReadDocument], words: Iterable[str]) -> dict[str, int]:
    """Return how many passages of these texts have each word or phrase, also as the beginning of a longer word."""
    return {word: sum(len(text.finder.find(f'"{word}"')) for text in texts) for word in words}


def keep_text(digest: str, media_type: str) -> Refusal | None:
    """Read a file of the storage, unless it was read before. Return why it cannot be read, or None.

    It is read before anything is written to the database, because that takes a second, in which others would wait.
    Raise FileStorageFailed.
    """
    if known := document_texts(db(), [digest], format=TEXT_FORMAT).get(digest):
        return Refusal(known.refusal) if known.refusal else None
    refusal, text = None, ""
    try:
        text = document_text(extract(files().get(digest), media_type))
    except DocumentRefused as refused:
        refusal = refused.refusal
    keep_document_text(db(), digest, format=TEXT_FORMAT, refusal=refusal or "", text=text, at=now())
    return refusal


def texts_of(digests: Collection[str]) -> Mapping[str, ReadDocument | Refusal]:
    """Return the texts of these files, or why each cannot be read, by digest, without files that were not read yet."""
    kept = document_texts(db(), set(digests) - {""}, format=TEXT_FORMAT)
    return {digest: Refusal(text.refusal) if text.refusal else _read(text) for digest, text in kept.items()}


@lru_cache(maxsize=_KEPT)
def _read(text: StoredText) -> ReadDocument:
    return ReadDocument(text.digest, document_of_text(text.text))


# ── Suggestions


@lru_cache(maxsize=_KEPT)
def compared_texts(old: ReadDocument, new: ReadDocument) -> ComparedVersions:
    """Compare two versions of a document, once in a process."""
    return compare_documents(old.document, new.document)


def suggestion_model(served: AskedEdition) -> str:
    """Return the name by which suggestions by meaning are kept: that of the encoder, and of an edition's phrasings."""
    encoder, mark = encoder_name(), _phrasings_mark(served)
    return f"{encoder}, {mark}" if encoder and mark else encoder


@lru_cache(maxsize=64)
def _phrasings_mark(served: AskedEdition) -> str:
    return phrasings_digest(served.edition.phrasings)[:8]


def elements_of_code(served: AskedEdition) -> tuple[QuestionElement, ...]:
    """Return the elements that an edition asks of the text of a code, in its language."""
    return _elements(served)


def suggested_in_all(
    texts: Sequence[tuple[ReadDocument, str]], served: Callable[[], AskedEdition]
) -> list[Sequence[Suggestions]]:
    """Return the suggestions for each document and element, comparing elements in the document's own language.

    `texts`: documents, each with the language that somebody gave, or "". `served`: returns the edition in the language
    in which it is called.
    """
    asked = [_asked_in(read, said_language, served) for read, said_language in texts]
    if encoder_name():
        _look_up([(read, *where) for (read, _said), where in zip(texts, asked, strict=True)])
    return [
        _suggestions_of(read, edition, language)
        for (read, _said), (edition, language) in zip(texts, asked, strict=True)
    ]


def suggested_for(
    texts: Sequence[tuple[ReadDocument, str]], served: Callable[[], AskedEdition], questions: Collection[str]
) -> Mapping[tuple[str, str], Sequence[tuple[int, Suggestion]]]:
    """Return the suggestions for each element of these questions, by question and option, the best first.

    `texts` and `served`: see `suggested_in_all`. Each suggestion has the position of its document among the texts.
    Scores of several documents are compared if all were ranked by words alone. Otherwise the first of each come first.
    """
    found: defaultdict[tuple[str, str], list[tuple[int, int, Suggestion]]] = defaultdict(list)
    for number, in_this_one in enumerate(suggested_in_all(texts, served)):
        for element, suggestions in in_this_one:
            if element.question in questions:
                found[element.question, element.option] += [
                    (rank, number, each) for rank, each in enumerate(suggestions)
                ]
    by_meaning = any(each.by_meaning for few in found.values() for _rank, _number, each in few)
    return {
        where: [one[1:] for one in sorted(few, key=lambda one: (by_meaning and one[0], -one[-1].score))]
        for where, few in found.items()
    }


def known_by_meaning(texts: Sequence[tuple[ReadDocument, str]], served: Callable[[], AskedEdition]) -> tuple[bool, ...]:
    """Return for each document whether a job has made suggestions for it, which change what is suggested there."""
    if not encoder_name():
        return ()
    asked = [(read, *_asked_in(read, said_language, served)) for read, said_language in texts]
    _look_up(asked)
    models = (
        (read, (edition.edition.digest, language, suggestion_model(edition))) for read, edition, language in asked
    )
    return tuple(where in read.by_meaning for read, where in models)


def _asked_in(read: ReadDocument, said_language: str, served: Callable[[], AskedEdition]) -> tuple[AskedEdition, str]:
    language = language_of(read, said_language) or current_language()
    with in_language(language):
        return served(), language


def language_of(read: ReadDocument, said_language: str) -> str:
    """Return the language of a document, or "" if no editions are offered in it."""
    said = said_language or read.document.language
    return said if said in LANGUAGES else ""


def _suggestions_of(read: ReadDocument, served: AskedEdition, language: str) -> Sequence[Suggestions]:
    kept = read.by_meaning.get((served.edition.digest, language, suggestion_model(served)))
    if kept is None:
        return _by_words(read, served)
    return tuple((each, kept.get((each.question, each.option), ())) for each in _elements(served))


@lru_cache(maxsize=64)
def _elements(served: AskedEdition) -> tuple[QuestionElement, ...]:
    return code_elements(served.edition)


@lru_cache(maxsize=_KEPT)
def _by_words(read: ReadDocument, served: AskedEdition) -> Sequence[Suggestions]:
    elements = _elements(served)
    return tuple(zip(elements, read.index.suggest(elements, MOST_SUGGESTED, by="words"), strict=True))


def _look_up(wanted: Sequence[tuple[ReadDocument, AskedEdition, str]]) -> None:
    """Load with one query the kept suggestions of each document that are not loaded yet."""
    keys = [(read, (served.edition.digest, language, suggestion_model(served))) for read, served, language in wanted]
    missing = {read.digest: read for read, key in keys if key not in read.by_meaning}
    if missing:
        edition, model = wanted[0][1].edition.digest, suggestion_model(wanted[0][1])
        for kept in kept_suggestions(db(), missing, edition=edition, model=model, format=TEXT_FORMAT):
            read = missing[kept.digest]
            read.by_meaning[kept.edition, kept.language, kept.model] = {
                (question, option): tuple(
                    Suggestion(read.by_anchor[anchor], score, tuple(words), by_meaning, said)
                    for anchor, score, words, by_meaning, said in some
                )
                for question, option, some in json.loads(kept.suggestions)
            }


# ── Places in a document


def quoted_words(passage: Passage) -> str:
    """Return the words of a passage as they are quoted: a long one is cut."""
    words = whole_words(passage)
    return words if len(words) <= MOST_QUOTED else f"{words[: MOST_QUOTED - 1]}…"


def whole_words(passage: Passage) -> str:
    """Return the words of a passage, and, for a list item, the words that introduce the list."""
    return f"{passage.lead_in} {passage.text}" if passage.lead_in else passage.text


def paragraph_of(anchor: str) -> str:
    """Return the anchor of a passage's paragraph: 7.3 for 7.3.2, and s4.2 for s4.2.1."""
    return ".".join(anchor.split(".")[:2])


def place_words(page: str, anchor: str) -> str:
    """Return a place in a document in words: its page, if the document has pages, and its anchor."""
    return comma_list(part for part in (_("page %(page)s", page=page) if page else "", anchor) if part)

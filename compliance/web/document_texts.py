"""The texts of documents as they are read: kept by the digest of their file, found again, with suggestions.

A document is read once, whoever has it. What is suggested in it by words is worked out once a process. With the extra
`semantic`, a job works out what is near in meaning too and keeps it; pages use what is kept, else words.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from compliance.documents.document import (
    TEXT_FORMAT,
    Document,
    DocumentRefused,
    Refusal,
    document_of_text,
    document_text,
)
from compliance.documents.extraction import extract
from compliance.documents.passages import Passage, document_passages, passage_at
from compliance.documents.suggestions import (
    PassageIndex,
    QuestionElement,
    Ranking,
    Suggestion,
    code_elements,
    encoder_name,
    installed_encoder,
)
from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGES, current_language, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import queue_job
from compliance.store.document_passages import (
    KeptSuggestions,
    StoredText,
    document_texts,
    keep_document_text,
    keep_suggestions,
    kept_suggestions,
    texts_without_suggestions,
)
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, editions
from compliance.web.files import files
from compliance.web.jobs import RunningJob, job_kind

#: For each element, so many passages are suggested in a document.
MOST_SUGGESTED = 5
#: The job that works out what is suggested in a text by meaning.
SUGGEST = "suggest-passages"
#: In its subject: a document whose language is not known, or none of ours.
_UNKNOWN, _FOREIGN = "unknown", "foreign"
#: So many documents are kept as they were read, by each process.
_KEPT = 64
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
    def by_anchor(self) -> Mapping[str, Passage]:
        """Its sentences by their anchors."""
        return {each.anchor: each for each in self.passages}

    @cached_property
    def by_meaning(self) -> dict[tuple[str, str, str], Mapping[tuple[str, str], Sequence[Suggestion]]]:
        """What a job suggested in it, by edition, language and model, and by element; as far as a page looked it up."""
        return {}

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


def keep_text(digest: str, media_type: str, said_language: str = "") -> Refusal | None:
    """Read a file of the storage, unless that was done; why it cannot be read, if it cannot.

    `said_language`: of the document, as somebody said, or "". It is read before anything is written to the database:
    that takes a second, and others would wait. Raise FileStorageFailed.
    """
    if known := document_texts(db(), [digest], format=TEXT_FORMAT).get(digest):
        if not known.refusal:
            _queue_suggesting(digest, said_language)
        return Refusal(known.refusal) if known.refusal else None
    refusal, text = None, ""
    try:
        text = document_text(extract(files().get(digest), media_type))
    except DocumentRefused as refused:
        refusal = refused.refusal
    keep_document_text(db(), digest, format=TEXT_FORMAT, refusal=refusal or "", text=text, at=now())
    if refusal is None:
        _queue_suggesting(digest, said_language)
    return refusal


def texts_of(digests: Collection[str]) -> Mapping[str, ReadDocument | Refusal]:
    """What was read of these files, by digest; nothing of what was not read yet."""
    kept = document_texts(db(), set(digests) - {""}, format=TEXT_FORMAT)
    return {digest: Refusal(text.refusal) if text.refusal else _read(text) for digest, text in kept.items()}


@lru_cache(maxsize=_KEPT)
def _read(text: StoredText) -> ReadDocument:
    return ReadDocument(text.digest, document_of_text(text.text))


# ── Suggestions


def elements_of_code(served: ServedEdition) -> tuple[QuestionElement, ...]:
    """What an edition asks of the text of a code, element by element, in its language."""
    return _elements(served)


def suggested_in_all(
    texts: Sequence[tuple[ReadDocument, str]], served: Callable[[], ServedEdition]
) -> list[Sequence[Suggestions]]:
    """For each document and element, what is suggested, the elements compared in the document's own language.

    `texts`: each with the language that somebody gave, or "". `served`: the edition, in the language in which it is
    called.
    """
    asked = [_asked_in(read, said_language, served) for read, said_language in texts]
    if encoder_name():
        _look_up([(read, *where) for (read, _said), where in zip(texts, asked, strict=True)])
    return [
        _suggestions_of(read, edition, language)
        for (read, _said), (edition, language) in zip(texts, asked, strict=True)
    ]


def suggested_for(
    texts: Sequence[tuple[ReadDocument, str]], served: Callable[[], ServedEdition], questions: Collection[str]
) -> Mapping[tuple[str, str], Sequence[tuple[int, Suggestion]]]:
    """For each element of these questions, by question and option, what is suggested in any document, the best first.

    `texts` and `served`: as above. Each suggestion stands with the number of its document among the texts. Scores of
    several documents are compared where all were ranked by words alone; else what is first in each comes first.
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


def _asked_in(read: ReadDocument, said_language: str, served: Callable[[], ServedEdition]) -> tuple[ServedEdition, str]:
    language = _language_of(read, said_language) or current_language()
    with in_language(language):
        return served(), language


def _language_of(read: ReadDocument, said_language: str) -> str:
    """The language of a document, if it is one that editions are in."""
    said = said_language or read.document.language
    return said if said in LANGUAGES else ""


def _suggestions_of(read: ReadDocument, served: ServedEdition, language: str) -> Sequence[Suggestions]:
    kept = read.by_meaning.get((served.edition.digest, language, encoder_name()))
    if kept is None:
        return _by_words(read, served)
    return tuple((each, kept.get((each.question, each.option), ())) for each in _elements(served))


@lru_cache(maxsize=64)
def _elements(served: ServedEdition) -> tuple[QuestionElement, ...]:
    return code_elements(served.edition)


@lru_cache(maxsize=_KEPT)
def _by_words(read: ReadDocument, served: ServedEdition) -> Sequence[Suggestions]:
    elements = _elements(served)
    return tuple(zip(elements, read.index.suggest(elements, MOST_SUGGESTED, by="words"), strict=True))


# ── Suggestions by meaning, which a job works out


def queue_missing_suggestions() -> None:
    """Queue the jobs of texts in which this encoder suggested nothing yet: it was installed after they were read."""
    if model := encoder_name():
        for digest in texts_without_suggestions(db(), model=model, format=TEXT_FORMAT):
            _queue_suggesting(digest, "")
        db().commit()


def _queue_suggesting(digest: str, said_language: str) -> None:
    """Queue the job in the transaction of the page, unless there is no encoder or nothing left to do."""
    read = texts_of([digest]).get(digest) if encoder_name() else None
    if isinstance(read, ReadDocument):
        written = said_language or read.document.language or _UNKNOWN
        language = written if written in (*LANGUAGES, _UNKNOWN) else _FOREIGN
        if any(_to_suggest(digest, language)):
            queue_job(db(), SUGGEST, f"text/{digest}/{language}", by=None, at=now())


def _to_suggest(digest: str, language: str) -> Iterator[tuple[str, str]]:
    """The editions about a code, by id, and the languages to compare in, of which nothing is kept yet."""
    languages = [language] if language in LANGUAGES else LANGUAGES
    for edition_id, served in editions().items():
        if code_elements(served.complete):
            there = {each.language for each in _kept_in([digest], served.edition.digest)}
            yield from ((edition_id, each) for each in languages if each not in there)


def _kept_in(digests: Collection[str], edition: str) -> Sequence[KeptSuggestions]:
    return kept_suggestions(db(), digests, edition=edition, model=encoder_name(), format=TEXT_FORMAT)


@job_kind(SUGGEST, after_failure=lambda status: None)  # pages go by words
def suggest_by_meaning(job: RunningJob) -> None:
    """Work out what is suggested in a text, by words and meaning, for each edition that asks what a code says."""
    _text, digest, language = job.status.subject.split("/")
    read, encoder = texts_of([digest]).get(digest), installed_encoder()
    if encoder is None or not isinstance(read, ReadDocument):
        return
    index = PassageIndex(read.passages, encoder)
    by: Ranking = "meaning" if language == _FOREIGN else "both"  # words of another language mislead
    found = []
    for edition_id, spoken in [*_to_suggest(digest, language)]:
        with in_language(spoken):
            asked = editions()[edition_id].complete
        elements = code_elements(asked)
        suggested = zip(elements, index.suggest(elements, MOST_SUGGESTED, by=by), strict=True)
        found.append(KeptSuggestions(digest, asked.digest, spoken, encoder_name(), _record(suggested)))
    for kept in found:
        keep_suggestions(db(), kept, format=TEXT_FORMAT, at=now())


def _record(found: Iterable[Suggestions]) -> str:
    said = [
        (element.question, element.option, [(s.passage.anchor, s.score, s.words, s.by_meaning) for s in some])
        for element, some in found
    ]
    return json.dumps(said, ensure_ascii=False)


def _look_up(wanted: Sequence[tuple[ReadDocument, ServedEdition, str]]) -> None:
    """Remember with each document what is kept of it, unless that was done: one question to the database."""
    keys = [(read, (served.edition.digest, language, encoder_name())) for read, served, language in wanted]
    missing = {read.digest: read for read, key in keys if key not in read.by_meaning}
    if missing:
        for kept in _kept_in(missing, wanted[0][1].edition.digest):
            read = missing[kept.digest]
            read.by_meaning[kept.edition, kept.language, kept.model] = {
                (question, option): tuple(
                    Suggestion(read.by_anchor[anchor], score, tuple(words), by_meaning)
                    for anchor, score, words, by_meaning in some
                )
                for question, option, some in json.loads(kept.suggestions)
            }


# ── Places in a document


def paragraph_of(anchor: str) -> str:
    """The anchor of the paragraph: of 7.3.2 it is 7.3, of s4.2.1 it is s4.2."""
    return ".".join(anchor.split(".")[:2])


def place_words(page: str, anchor: str) -> str:
    """A place in a document: the page where it has pages, and the anchor."""
    return comma_list(part for part in (_("page %(page)s", page=page) if page else "", anchor) if part)

"""Documents of the library whose text is read: kept when a file comes in, found again for pages, with suggestions.

A document is read once, whoever has it, by the digest of its file. What is suggested is worked out once a process.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from flask import get_template_attribute, url_for
from markupsafe import Markup

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
from compliance.narrative.document_wording import refusal_words
from compliance.questionnaire.routing import YES
from compliance.store import AssessmentSummary
from compliance.store.document_passages import (
    PassageMark,
    StoredText,
    document_texts,
    keep_document_text,
    passage_marks,
)
from compliance.store.evidence_library import ItemDetails, ItemVersion, LibraryItem, StoredFile
from compliance.web.assessment_context import AssessmentContext
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_by_id
from compliance.web.files import files
from compliance.web.presenters.evidence import hidden_from_me

#: For each element, so many passages are suggested in a document.
MOST_SUGGESTED = 5
#: So many documents are kept as they were read, by each process.
_KEPT = 64
#: Of a paragraph, so many characters are quoted at most.
MOST_QUOTED = 2_000
#: Of a passage under a question, so many characters.
MOST_SHORT = 60
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


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage of a document, with where it is read; what it is marked by, or why it is suggested."""

    words: str
    title: str  # of the document
    place: str
    url: str
    version: int
    anchor: str
    language: str
    mark: int = 0  # its id
    question: str = ""
    says: str = ""
    why: str = ""


# ── Keeping and finding texts


def keep_text(details: ItemDetails, file: StoredFile | ItemVersion) -> Refusal | None:
    """Read a file that is a text that sets rules, unless that was done; why it cannot be read, if it cannot.

    It is read before anything is written to the database: that takes a second, and others would wait. Raise
    FileStorageFailed.
    """
    if not details.rule_text or not file.digest:
        return None
    if known := document_texts(db(), [file.digest], format=TEXT_FORMAT).get(file.digest):
        return Refusal(known.refusal) if known.refusal else None
    refusal, text = None, ""
    try:
        text = _written(extract(files().get(file.digest), file.media_type))
    except DocumentRefused as refused:
        refusal = refused.refusal
    keep_document_text(db(), file.digest, format=TEXT_FORMAT, refusal=refusal or "", text=text, at=now())
    return refusal


def unread_sentence(refusal: Refusal) -> str:
    """That a file was kept and cannot be read, why, and what to do."""
    return _("%(why)s The file stays in the library as it is.", why=refusal_words(refusal))


def texts_of(versions: Iterable[ItemVersion]) -> Mapping[str, ReadDocument | Refusal]:
    """What was read of these versions, by digest; nothing of what was not read yet."""
    kept = document_texts(db(), {each.digest for each in versions if each.digest}, format=TEXT_FORMAT)
    return {digest: Refusal(text.refusal) if text.refusal else _read(text) for digest, text in kept.items()}


def readable(items: Iterable[LibraryItem]) -> list[tuple[LibraryItem, ReadDocument]]:
    """The texts that set rules among items that whoever is signed in may see, as far as they were read."""
    hidden = hidden_from_me()
    texts = [item for item in items if item.details.rule_text and item.withdrawn_at is None and item.id not in hidden]
    found = texts_of(item.latest for item in texts)
    read = ((item, found.get(item.latest.digest)) for item in texts)
    return [(item, text) for item, text in read if isinstance(text, ReadDocument)]


def _written(document: Document) -> str:
    return json.dumps({**document_record(document), "format": document.format}, ensure_ascii=False)


@lru_cache(maxsize=_KEPT)
def _read(text: StoredText) -> ReadDocument:
    record = json.loads(text.text)
    format: DocumentFormat = record["format"]
    return ReadDocument(text.digest, document_of_record(record, format))


# ── What a code is asked, and what is suggested for it


def code_questions(here: AssessmentContext) -> Mapping[str, Sequence[QuestionElement]]:
    """The questions about what the code says that are asked now, each with its elements, in the order of the form."""
    found: dict[str, list[QuestionElement]] = {}
    for element in _elements(here.served_edition):
        if here.routes[element.question].asked == YES:
            found.setdefault(element.question, []).append(element)
    return found


def suggestions_in(read: ReadDocument, item: LibraryItem, assessed: AssessmentSummary) -> Sequence[Suggestions]:
    """For each element, what is suggested in a document, in whose own language the elements are compared."""
    said = item.details.language or read.document.language
    if said not in LANGUAGES:
        return _suggestions(read, _served(assessed))
    with in_language(said):
        return _suggestions(read, _served(assessed))


def _served(assessed: AssessmentSummary) -> ServedEdition:
    return edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)


@lru_cache(maxsize=64)
def _elements(served: ServedEdition) -> tuple[QuestionElement, ...]:
    return code_elements(served.edition)


@lru_cache(maxsize=_KEPT)
def _suggestions(read: ReadDocument, served: ServedEdition) -> Sequence[Suggestions]:
    elements = _elements(served)
    return tuple(zip(elements, read.index.suggest(elements, MOST_SUGGESTED, by="words"), strict=True))


# ── Places in words


def reading_url(organisation_id: int, item: int, anchor: str, *, number: int | None = None) -> str:
    """Where a passage is read. `number`: of the version, if it is not the latest."""
    where: dict[str, Any] = {"organisation_id": organisation_id, "item_id": item, "at": anchor, "version": number}
    return url_for("company.read_document", **where, _anchor=f"p-{paragraph_of(anchor)}")


def paragraph_of(anchor: str) -> str:
    """The anchor of the paragraph: of 7.3.2 it is 7.3, of s4.2.1 it is s4.2."""
    return ".".join(anchor.split(".")[:2])


def place_words(page: str, anchor: str) -> str:
    """A place in a document: the page where it has pages, and the anchor."""
    return comma_list(part for part in (_("page %(page)s", page=page) if page else "", anchor) if part)


def shown_marks(marks: Iterable[PassageMark]) -> list[PassageMark]:
    """The marks among these that whoever is signed in may read, of documents that were not withdrawn."""
    hidden = hidden_from_me()
    return [mark for mark in marks if mark.fits and mark.item not in hidden and not mark.withdrawn]


def mark_place(here: AssessmentContext, mark: PassageMark) -> PassagePlace:
    """A marked passage with its place."""
    place = place_words(mark.page, mark.anchor)
    url = reading_url(here.assessment.held_by, mark.item, mark.anchor, number=mark.number)
    question = here.edition.questions.get(mark.question)
    option = question.option(mark.option) if question else None
    says = option.text if option else mark.option
    return PassagePlace(
        mark.words, mark.title, place, url, mark.version, mark.anchor, mark.language, mark.id, mark.question, says
    )


def passages_beside(here: AssessmentContext, shown: Iterable[str]) -> Mapping[str, Markup]:
    """Below each question of a page that is about the code: what is marked for its elements, and where to find more."""
    asked = code_questions(here)
    wanted = [question for question in shown if question in asked]
    if not wanted:
        return {}
    marks = shown_marks(passage_marks(db(), here.assessment.id))
    macro = get_template_attribute("company/passage_parts.html", "beside")
    found = {}
    for question in wanted:
        places = [mark_place(here, each) for each in marks if each.question == question]
        found[question] = Markup(macro(places, passages_url(here, question), MOST_SHORT))  # noqa: S704  # escaped by the template
    return found


def passages_url(here: AssessmentContext, question: str) -> str:
    """Where the passages of a question are."""
    return url_for("company.passages", assessment_id=here.assessment.id, question=question)

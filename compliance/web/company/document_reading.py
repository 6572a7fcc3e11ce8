"""Documents of a company's library whose text is read, beside its answers: what is marked, suggested, and where."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from markupsafe import Markup

from compliance.documents.document import Refusal
from compliance.documents.passages import Passage
from compliance.documents.suggestions import QuestionElement, Suggestion
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.document_wording import refusal_words, suggestion_sentence
from compliance.narrative.mirror_wording import PassagePlace
from compliance.questionnaire.routing import YES
from compliance.store import AssessmentSummary
from compliance.store.document_passages import PassageMark, passage_marks
from compliance.store.evidence_library import ItemDetails, ItemVersion, LibraryItem, StoredFile
from compliance.web.assessment_context import AssessmentContext
from compliance.web.database import db
from compliance.web.document_texts import (
    ReadDocument,
    Suggestions,
    elements_of_code,
    keep_text,
    paragraph_of,
    place_words,
    quoted_words,
    suggested_for,
    suggested_in_all,
    texts_of,
)
from compliance.web.drawn_parts import macro_once
from compliance.web.edition_registry import ServedEdition, edition_by_id
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.suggesting import queue_suggesting

#: Of a passage under a question, so many characters.
MOST_SHORT = 60


# ── Keeping and finding texts


def keep_rule_text(details: ItemDetails, file: StoredFile | ItemVersion) -> Refusal | None:
    """Read a file that is a text that sets rules; why it cannot be read, if it cannot. Raise FileStorageFailed."""
    if not details.rule_text or not file.digest:
        return None
    refusal = keep_text(file.digest, file.media_type)
    queue_suggesting(file.digest, details.language or "")
    return refusal


def unread_sentence(refusal: Refusal) -> str:
    """That a file was kept and cannot be read, why, and what to do."""
    return _("%(why)s The file stays in the library as it is.", why=refusal_words(refusal))


def readable(items: Iterable[LibraryItem]) -> list[tuple[LibraryItem, ReadDocument]]:
    """The texts that set rules among items that whoever is signed in may see, as far as they were read."""
    hidden = hidden_from_me()
    texts = [item for item in items if item.details.rule_text and item.withdrawn_at is None and item.id not in hidden]
    found = texts_of({item.latest.digest for item in texts})
    read = ((item, found.get(item.latest.digest)) for item in texts)
    return [(item, text) for item, text in read if isinstance(text, ReadDocument)]


# ── What a code is asked, and what is suggested for it


def code_questions(here: AssessmentContext) -> Mapping[str, Sequence[QuestionElement]]:
    """The questions about what the code says that are asked now, each with its elements, in the order of the form."""
    found: dict[str, list[QuestionElement]] = {}
    for element in elements_of_code(here.served_edition):
        if here.routes[element.question].asked == YES:
            found.setdefault(element.question, []).append(element)
    return found


def suggestions_in(item: LibraryItem, read: ReadDocument, assessed: AssessmentSummary) -> Sequence[Suggestions]:
    """For each element, what is suggested in a document; the elements are compared in the document's own language."""
    (found,) = suggested_in_all([(read, item.details.language or "")], _served(assessed))
    return found


def suggested_passages(
    texts: Sequence[tuple[LibraryItem, ReadDocument]], assessed: AssessmentSummary, questions: Collection[str]
) -> Mapping[tuple[str, str], Sequence[tuple[LibraryItem, ReadDocument, Suggestion]]]:
    """For each element of these questions, by question and option, what is suggested anywhere, the best first."""
    spoken = [(read, item.details.language or "") for item, read in texts]
    found = suggested_for(spoken, _served(assessed), questions)
    return {where: [(*texts[number], each) for number, each in few] for where, few in found.items()}


def _served(assessed: AssessmentSummary) -> Callable[[], ServedEdition]:
    return lambda: edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)


# ── Places in words


def reading_url(organisation_id: int, item: int, anchor: str, *, number: int | None = None) -> str:
    """Where a passage is read. `number`: of the version, if it is not the latest."""
    where: dict[str, Any] = {"organisation_id": organisation_id, "item_id": item, "at": anchor, "version": number}
    return url_for("company.read_document", **where, _anchor=f"p-{paragraph_of(anchor)}")


def shown_marks(marks: Iterable[PassageMark]) -> list[PassageMark]:
    """The marks among these that whoever is signed in may read, of documents that were not withdrawn."""
    hidden = hidden_from_me()
    return [mark for mark in marks if mark.fits and mark.item not in hidden and not mark.withdrawn]


def passage_place(item: LibraryItem, text: ReadDocument, passage: Passage, why: str = "") -> PassagePlace:
    """A passage of the latest version of a document, with its place."""
    place = place_words(str(passage.page or ""), passage.anchor)
    url = reading_url(item.organisation_id, item.id, passage.anchor)
    language, latest = item.details.language or text.document.language, item.latest
    said: dict[str, Any] = {"why": why, "number": latest.number}
    words = quoted_words(passage)
    return PassagePlace(words, item.details.title, place, url, latest.id, passage.anchor, language, **said)


def suggested_place(item: LibraryItem, text: ReadDocument, suggested: Suggestion) -> PassagePlace:
    """A passage that is suggested, with its place, and why."""
    why = suggestion_sentence(suggested.words, by_meaning=suggested.by_meaning)
    return passage_place(item, text, suggested.passage, why)


def mark_place(here: AssessmentContext, mark: PassageMark, checked: str = "") -> PassagePlace:
    """A marked passage with its place, and what an auditor signed of it."""
    place = place_words(mark.page, mark.anchor)
    url = reading_url(here.assessment.held_by, mark.item, mark.anchor, number=mark.number)
    question = here.edition.questions.get(mark.question)
    option = question.option(mark.option) if question else None
    says = option.text if option else mark.option
    beside: dict[str, Any] = {"mark": mark.id, "question": mark.question, "says": says, "number": mark.number}
    beside["checked"] = checked
    return PassagePlace(mark.words, mark.title, place, url, mark.version, mark.anchor, mark.language, **beside)


def passages_beside(here: AssessmentContext, shown: Iterable[str]) -> Mapping[str, Markup]:
    """Below each question of a page that is about the code: what is marked for its elements, and where to find more."""
    asked = code_questions(here)
    wanted = [question for question in shown if question in asked]
    if not wanted:
        return {}
    marks = shown_marks(passage_marks(db(), here.assessment.id))
    found = {}
    for question in wanted:
        places = tuple(mark_place(here, each) for each in marks if each.question == question)
        url = passages_url(here, question)
        found[question] = macro_once("company/passage_parts.html", "beside", places, url, MOST_SHORT)
    return found


def passages_url(here: AssessmentContext, question: str) -> str:
    """Where the passages of a question are."""
    return url_for("company.passages", assessment_id=here.assessment.id, question=question)

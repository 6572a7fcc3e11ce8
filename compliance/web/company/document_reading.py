"""Documents of a company's library whose text is read, beside its answers: what is marked, suggested, and where."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from flask import get_template_attribute, url_for
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
    suggested_in_all,
    texts_of,
)
from compliance.web.edition_registry import edition_by_id
from compliance.web.presenters.evidence import hidden_from_me

#: Of a paragraph, so many characters are quoted at most.
MOST_QUOTED = 2_000
#: Of a passage under a question, so many characters.
MOST_SHORT = 60


# ── Keeping and finding texts


def keep_rule_text(details: ItemDetails, file: StoredFile | ItemVersion) -> Refusal | None:
    """Read a file that is a text that sets rules; why it cannot be read, if it cannot. Raise FileStorageFailed."""
    if not details.rule_text or not file.digest:
        return None
    return keep_text(file.digest, file.media_type, details.language or "")


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


def suggestions_in(
    texts: Sequence[tuple[LibraryItem, ReadDocument]], assessed: AssessmentSummary
) -> list[Sequence[Suggestions]]:
    """For each document and element, what is suggested; the elements are compared in the document's own language."""
    return suggested_in_all(
        [(read, item.details.language or "") for item, read in texts],
        lambda: edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions),
    )


def suggested_for(
    texts: Sequence[tuple[LibraryItem, ReadDocument]], assessed: AssessmentSummary, questions: Collection[str]
) -> Mapping[tuple[str, str], Sequence[tuple[LibraryItem, ReadDocument, Suggestion]]]:
    """For each element of these questions, by question and option, what is suggested in any document, the best first.

    Scores of several documents are compared where all were ranked by words alone; else what is first in each comes
    first.
    """
    found: defaultdict[tuple[str, str], list[tuple[int, LibraryItem, ReadDocument, Suggestion]]] = defaultdict(list)
    by_meaning = False
    for (item, text), in_this_one in zip(texts, suggestions_in(texts, assessed), strict=True):
        for element, suggestions in in_this_one:
            if element.question in questions:
                for rank, each in enumerate(suggestions):
                    found[element.question, element.option].append((rank, item, text, each))
                    by_meaning = by_meaning or each.by_meaning
    return {
        where: [one[1:] for one in sorted(few, key=lambda one: (by_meaning and one[0], -one[-1].score))]
        for where, few in found.items()
    }


# ── Places in words


def reading_url(organisation_id: int, item: int, anchor: str, *, number: int | None = None) -> str:
    """Where a passage is read. `number`: of the version, if it is not the latest."""
    where: dict[str, Any] = {"organisation_id": organisation_id, "item_id": item, "at": anchor, "version": number}
    return url_for("company.read_document", **where, _anchor=f"p-{paragraph_of(anchor)}")


def shown_marks(marks: Iterable[PassageMark]) -> list[PassageMark]:
    """The marks among these that whoever is signed in may read, of documents that were not withdrawn."""
    hidden = hidden_from_me()
    return [mark for mark in marks if mark.fits and mark.item not in hidden and not mark.withdrawn]


def quoted_words(passage: Passage) -> str:
    """The words of a passage; of an item of a list, with what it goes on from."""
    words = f"{passage.lead_in} {passage.text}" if passage.lead_in else passage.text
    return words if len(words) <= MOST_QUOTED else f"{words[: MOST_QUOTED - 1]}…"


def passage_place(item: LibraryItem, text: ReadDocument, passage: Passage, why: str = "") -> PassagePlace:
    """A passage of the latest version of a document, with its place."""
    place = place_words(str(passage.page or ""), passage.anchor)
    url = reading_url(item.organisation_id, item.id, passage.anchor)
    language, latest = item.details.language or text.document.language, item.latest
    return PassagePlace(
        quoted_words(passage),
        item.details.title,
        place,
        url,
        latest.id,
        passage.anchor,
        language,
        why=why,
        number=latest.number,
    )


def suggested_place(item: LibraryItem, text: ReadDocument, suggested: Suggestion) -> PassagePlace:
    """A passage that is suggested, with its place, and why."""
    why = suggestion_sentence(suggested.words, by_meaning=suggested.by_meaning)
    return passage_place(item, text, suggested.passage, why)


def mark_place(here: AssessmentContext, mark: PassageMark) -> PassagePlace:
    """A marked passage with its place."""
    place = place_words(mark.page, mark.anchor)
    url = reading_url(here.assessment.held_by, mark.item, mark.anchor, number=mark.number)
    question = here.edition.questions.get(mark.question)
    option = question.option(mark.option) if question else None
    says = option.text if option else mark.option
    return PassagePlace(
        mark.words,
        mark.title,
        place,
        url,
        mark.version,
        mark.anchor,
        mark.language,
        mark.id,
        mark.question,
        says,
        number=mark.number,
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

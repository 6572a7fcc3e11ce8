"""Texts with rules in a company's library, next to its answers: marks, suggestions and their places."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from flask import request, url_for
from markupsafe import Markup

from compliance.documents.document import Refusal
from compliance.documents.passages import Passage
from compliance.documents.suggestions import QuestionElement, Suggestion
from compliance.documents.versions import PassageMatch, word_changes
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.document_wording import changed_sentence, refusal_words, suggestion_sentence
from compliance.narrative.mirror_wording import PassagePlace, SecondLook
from compliance.questionnaire.routing import YES
from compliance.store import AssessmentSummary, NotFound, assessments_of
from compliance.store.evidence_library import ItemDetails, ItemVersion, LibraryItem, StoredFile, item_versions
from compliance.store.passage_marks import LaterPassage, PassageMark, passage_marks
from compliance.store.passage_outcomes import MarkToFind, keep_outcomes, marks_to_find
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_macro
from compliance.web.company.blueprint import open_assessment
from compliance.web.database import db
from compliance.web.document_texts import (
    ReadDocument,
    Suggestions,
    compared_texts,
    elements_of_code,
    keep_text,
    known_by_meaning,
    paragraph_of,
    place_words,
    quoted_words,
    suggested_for,
    suggested_in_all,
    texts_of,
)
from compliance.web.edition_registry import ServedEdition, edition_by_id
from compliance.web.forms import small_number
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.suggesting import queue_suggesting

#: Most characters of a passage that are shown below a question.
MOST_SHORT = 60


# ── Keeping and finding texts


def keep_rule_text(details: ItemDetails, file: StoredFile | ItemVersion) -> Refusal | None:
    """Read and store the text of a file, if it is a text with rules. Return the refusal if it cannot be read.

    Raise FileStorageFailed.
    """
    if not details.rule_text or not file.digest:
        return None
    refusal = keep_text(file.digest, file.media_type)
    queue_suggesting(file.digest, details.language or "")
    return refusal


def unread_sentence(refusal: Refusal) -> str:
    """Return a message: a file was kept but cannot be read, why, and what to do."""
    return _("%(why)s The file stays in the library as it is.", why=refusal_words(refusal))


def readable(items: Iterable[LibraryItem]) -> list[tuple[LibraryItem, ReadDocument]]:
    """Return the texts with rules that have been read, among items that the person signed in may see."""
    hidden = hidden_from_me()
    texts = [item for item in items if item.details.rule_text and item.withdrawn_at is None and item.id not in hidden]
    found = texts_of({item.latest.digest for item in texts})
    read = ((item, found.get(item.latest.digest)) for item in texts)
    return [(item, text) for item, text in read if isinstance(text, ReadDocument)]


def version_asked_for(item: LibraryItem, default: int | None = None) -> ItemVersion:
    """Return the version whose number the address gives, or else number `default`, or the latest. Raise NotFound."""
    number = small_number(request.args.get("version")) or default or item.latest.number
    if number == item.latest.number:
        return item.latest
    found = (version for version in item_versions(db(), item.id) if version.number == number)
    if (version := next(found, None)) is None:
        raise NotFound(f"no version {number} of item {item.id}")
    return version


# ── Finding marked passages again in a new version


def compare_ahead(item: LibraryItem, digest: str) -> None:
    """Compare a document's marks with the file that is to replace it, before a transaction makes others wait."""
    _matches(marks_to_find(db(), item.id), digest)


def find_again(item: LibraryItem) -> int:
    """Find the marks of a document's old versions in its latest one, and store the outcomes. Return how many."""
    marks = [mark for mark in marks_to_find(db(), item.id) if mark.number < item.latest.number]
    found = _matches(marks, item.latest.digest)
    keep_outcomes(db(), {mark: _later(match, item.latest) for mark, match in found.items()})
    return len(found)


def _matches(marks: Sequence[MarkToFind], digest: str) -> Mapping[int, PassageMatch | None]:
    """Return the match of each mark's passage in a file (None: gone), by mark id, without texts that were not read."""
    texts = texts_of({digest, *(mark.digest for mark in marks)}) if marks else {}
    new = texts.get(digest)
    if not isinstance(new, ReadDocument):
        return {}
    olds = ((mark, texts.get(mark.digest)) for mark in marks)
    return {
        mark.id: compared_texts(old, new).outcomes.get(mark.anchor)
        for mark, old in olds
        if isinstance(old, ReadDocument)
    }


def _later(match: PassageMatch | None, version: ItemVersion) -> LaterPassage:
    if match is None or match.new is None:
        return LaterPassage(version.id, version.number, "gone", "", "", "")
    new = match.new
    return LaterPassage(version.id, version.number, match.state, new.anchor, str(new.page or ""), quoted_words(new))


# ── Questions about a code, and suggestions for them


def assessment_to_mark(organisation_id: int) -> AssessmentContext | None:
    """Return the assessment to mark passages for: the one in the address, or else the latest open one.

    Without an open one, a closed one is taken; at most three are tried. None: none of them asks about a code.
    """
    wanted = small_number(request.values.get("assessment"))
    own = [one for one in assessments_of(db(), organisation_id) if one.voice == "self"]
    chosen = [one for one in own if one.id == wanted] or sorted(own, key=lambda one: (not one.closed, one.year, one.id))
    for one in reversed(chosen[-3:]):
        here = open_assessment(one.id)
        if code_questions(here):
            return here
    return None


def code_questions(here: AssessmentContext) -> Mapping[str, Sequence[QuestionElement]]:
    """Return the questions on what the code says that are asked now, each with its elements, in the form's order."""
    found: dict[str, list[QuestionElement]] = {}
    for element in elements_of_code(here.served_edition):
        if here.routes[element.question].asked == YES:
            found.setdefault(element.question, []).append(element)
    return found


def suggestions_in(item: LibraryItem, read: ReadDocument, assessed: AssessmentSummary) -> Sequence[Suggestions]:
    """Return the suggestions in a document for each element. Elements are compared in the document's language."""
    (found,) = suggested_in_all([(read, item.details.language or "")], _served(assessed))
    return found


def suggested_passages(
    texts: Sequence[tuple[LibraryItem, ReadDocument]], assessed: AssessmentSummary, questions: Collection[str]
) -> Mapping[tuple[str, str], Sequence[tuple[LibraryItem, ReadDocument, Suggestion]]]:
    """Return the suggestions in all texts for the elements of these questions, by question and option, best first."""
    spoken = [(read, item.details.language or "") for item, read in texts]
    found = suggested_for(spoken, _served(assessed), questions)
    return {where: [(*texts[number], each) for number, each in few] for where, few in found.items()}


def suggested_by_meaning(
    texts: Sequence[tuple[LibraryItem, ReadDocument]], assessed: AssessmentSummary
) -> tuple[bool, ...]:
    """Tell for each document whether a job has already computed suggestions by meaning in it."""
    return known_by_meaning([(read, item.details.language or "") for item, read in texts], _served(assessed))


def _served(assessed: AssessmentSummary) -> Callable[[], ServedEdition]:
    return lambda: edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)


# ── Places in words


def reading_url(organisation_id: int, item: int, anchor: str, *, number: int | None = None) -> str:
    """Return the address of a passage in its document. `number`: of the version, if it is not the latest."""
    where: dict[str, Any] = {"organisation_id": organisation_id, "item_id": item, "at": anchor, "version": number}
    return url_for("company.read_document", **where, _anchor=f"p-{paragraph_of(anchor)}")


def shown_marks(marks: Iterable[PassageMark]) -> list[PassageMark]:
    """Return the marks on which answers rest, without documents that the person signed in may not read."""
    hidden = hidden_from_me()
    current = (mark for mark in marks if mark.fits and mark.is_current and not mark.withdrawn)
    return [mark for mark in current if mark.item not in hidden]


def judged_places(mark: PassageMark) -> list[tuple[int, str]]:
    """Return the places (version, anchor) of a mark, old and found again, where its element needs no suggestion."""
    again = mark.later if mark.is_current and mark.later and mark.later.anchor else None
    return [(mark.version, mark.anchor), *([(again.version, again.anchor)] if again else [])]


def second_looks(here: AssessmentContext) -> Mapping[str, Sequence[PassageMark]]:
    """Return the marks of answered questions whose words are changed or gone in a later version, by question.

    Marks in documents that the person signed in may not read are included. Nothing is returned for a closed year.
    """
    asked = code_questions(here)
    if not asked or here.assessment.closed:
        return {}
    found: dict[str, list[PassageMark]] = {}
    for mark in passage_marks(db(), here.assessment.id):
        if mark.needs_look and mark.question in asked and mark.question in here.answered:
            found.setdefault(mark.question, []).append(mark)
    return {question: found[question] for question in asked if question in found}


def look_url(here: AssessmentContext, marks: Sequence[PassageMark]) -> str:
    """Return where to decide about the marks of an answer: at the comparison of the document's versions, or, if the
    person signed in may not read the document, at the answer."""
    shown = [mark for mark in marks if mark.item not in hidden_from_me()]
    return comparison_url(here, shown[0]) if shown else here.address_of(marks[0].question)


def comparison_url(here: AssessmentContext, mark: PassageMark) -> str:
    """Return the address of the comparison of versions, where a mark is kept or removed."""
    where: dict[str, Any] = {"organisation_id": here.assessment.held_by, "item_id": mark.item, "version": mark.number}
    return url_for("company.compare_versions", **where, assessment=here.assessment.id, _anchor=f"m-{mark.anchor}")


def _second_look(here: AssessmentContext, mark: PassageMark) -> SecondLook | None:
    """Return the outcome of a mark in the latest version, if somebody has to look at it."""
    if not mark.needs_look or mark.later is None or here.assessment.closed:
        return None
    later = mark.later
    changes = word_changes(mark.words, later.words) if later.words else ()
    return SecondLook(changed_sentence(later.state, later.number), changes, comparison_url(here, mark))


def passage_place(item: LibraryItem, text: ReadDocument, passage: Passage, why: str = "") -> PassagePlace:
    """Return a passage of the latest version of a document, with its place."""
    place = place_words(str(passage.page or ""), passage.anchor)
    url = reading_url(item.organisation_id, item.id, passage.anchor)
    language, latest = item.details.language or text.document.language, item.latest
    said: dict[str, Any] = {"why": why, "number": latest.number}
    words = quoted_words(passage)
    return PassagePlace(words, item.details.title, place, url, latest.id, passage.anchor, language, **said)


def suggested_place(item: LibraryItem, text: ReadDocument, suggested: Suggestion) -> PassagePlace:
    """Return a suggested passage, with its place and the reason."""
    why = suggestion_sentence(suggested.words, by_meaning=suggested.by_meaning, said=suggested.said)
    return passage_place(item, text, suggested.passage, why)


def mark_place(here: AssessmentContext, mark: PassageMark, checked: str = "") -> PassagePlace:
    """Return a marked passage with its place. `checked`: the signed finding of an auditor, as a sentence."""
    place = place_words(mark.page, mark.anchor)
    url = reading_url(here.assessment.held_by, mark.item, mark.anchor, number=mark.number)
    question = here.edition.questions.get(mark.question)
    option = question.option(mark.option) if question else None
    says = option.text if option else mark.option
    beside: dict[str, Any] = {"mark": mark.id, "question": mark.question, "says": says, "number": mark.number}
    beside["checked"] = checked
    beside["second_look"] = _second_look(here, mark)
    return PassagePlace(mark.words, mark.title, place, url, mark.version, mark.anchor, mark.language, **beside)


def passages_beside(here: AssessmentContext, shown: Iterable[str]) -> Mapping[str, Markup]:
    """Return HTML to show below questions about the code, by id: marked passages, and a link to find more."""
    asked = code_questions(here)
    wanted = [question for question in shown if question in asked]
    if not wanted:
        return {}
    marks = shown_marks(passage_marks(db(), here.assessment.id))
    found = {}
    for question in wanted:
        places = tuple(mark_place(here, each) for each in marks if each.question == question)
        url = passages_url(here, question)
        found[question] = cached_macro("company/passage_parts.html", "beside", places, url, MOST_SHORT)
    return found


def passages_url(here: AssessmentContext, question: str) -> str:
    """Return the address of the page with a question's passages."""
    return url_for("company.passages", assessment_id=here.assessment.id, question=question)

"""Desk readings on pages: the questions asked, states and answers in words, and passages with places."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from flask import url_for

from compliance.documents.suggestions import CODE_ASPECT
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import Labels
from compliance.questionnaire.answers import ELSEWHERE
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage, KindQuestions, found_nothing, kind_questions
from compliance.questionnaire.edition import ASPECT_LENS, NONE_OF_THESE, Edition
from compliance.questionnaire.routing import option_points
from compliance.store.desk_readings import DeskReading
from compliance.store.reading_documents import ReadingDocument
from compliance.web.document_texts import paragraph_of, place_words
from compliance.web.edition_registry import ServedEdition, edition_by_id, editions

#: The states of a reading.
READING_STATES: Labels = {
    "reading": N_("being read"),
    "deciding": N_("being decided"),
    "hearing": N_("open for reply"),
    "published": N_("published"),
    "stopped": N_("abandoned"),
}
#: The roles in a reading.
READER_PLACES: Labels = {"first": N_("First reader"), "second": N_("Second reader"), "third": N_("Who decides")}
#: What a text says about a question.
Said: TypeAlias = Literal["said", "in-part", "elsewhere", "not"]
SAID_WORDS: Labels = {
    "said": N_("Said"),
    "in-part": N_("Said in part"),
    "elsewhere": N_("Referred to another document"),
    "not": N_("Not in this text"),
}


@dataclass(frozen=True, slots=True)
class DeskPassageView:
    """A passage on which an answer rests, with the address where it is read."""

    id: int
    says: str  # text of the option; "": the words refer to another text
    words: str
    title: str  # of the document
    place: str
    url: str
    language: str


@dataclass(frozen=True, slots=True)
class DeskAnswerView:
    """A reader's answer in words."""

    said: Said
    state: str
    options: Sequence[str]  # texts of the options chosen
    title: str  # of the text referred to
    searched: str
    sure: int | None
    note: str
    passages: Sequence[DeskPassageView]


def desk_edition() -> ServedEdition | None:
    """Return the edition for reading published texts: the latest that only asks about texts; None if there is none."""
    found = [each for each in editions().values() if each.edition.documents and _is_about_texts(each.complete)]
    return max(found, key=lambda each: each.edition.id, default=None)


def _is_about_texts(edition: Edition) -> bool:
    return all(each.lenses.get(ASPECT_LENS) == CODE_ASPECT for each in edition.questions.values() if each.scored)


def asked_in(reading: DeskReading, kinds: Iterable[str]) -> Mapping[str, KindQuestions]:
    """Return the questions of a reading for each kind of document. Raise NotFound if its edition is not installed."""
    served = edition_by_id(reading.edition_id)
    return {kind: _asked(served, kind, reading.size, reading.company.sector) for kind in dict.fromkeys(kinds)}


@lru_cache(maxsize=256)
def _asked(served: ServedEdition, kind: str, size: str, sector: str) -> KindQuestions:
    return kind_questions(served.complete, kind, size=size, sector=sector)


def kind_title(reading: DeskReading, kind: str) -> str:
    """Return the title of a kind of document."""
    return edition_by_id(reading.edition_id).complete.document_titles.get(kind, kind)


def said_in_text(asked: KindQuestions, given: DeskAnswer) -> Said:
    """Return what an answer says about the text."""
    if not given.value:
        return "elsewhere"
    if found_nothing(asked, given):
        return "not"
    question, answer = asked.edition.questions[given.question], asked.answer_of(given)
    points = option_points(question, answer) if isinstance(answer, str | tuple) else None
    return "said" if points is not None and points >= question.full else "in-part"


def answer_view(
    asked: KindQuestions, given: DeskAnswer, passages: Iterable[DeskPassage], documents: Collection[ReadingDocument]
) -> DeskAnswerView:
    """Return an answer in words, with the passages of its question."""
    said = said_in_text(asked, given)
    question = asked.edition.questions[given.question]
    chosen = [question.option(each) for each in given.value.split("|") if each not in ("", NONE_OF_THESE)]
    return DeskAnswerView(
        said,
        _(SAID_WORDS[said]),
        [each.text for each in chosen if each is not None],
        given.elsewhere,
        given.searched,
        given.sure,
        given.note,
        passage_views(asked, given.question, passages, documents),
    )


def passage_views(
    asked: KindQuestions, question: str, passages: Iterable[DeskPassage], documents: Collection[ReadingDocument]
) -> list[DeskPassageView]:
    """Return the passages of a question in these documents, each with the address where it is read."""
    of = {each.id: each for each in documents}
    about = [each for each in passages if (each.kind, each.question) == (asked.kind, question)]
    return [_passage_view(asked, each, of[each.document]) for each in about if each.document in of]


def _passage_view(asked: KindQuestions, passage: DeskPassage, document: ReadingDocument) -> DeskPassageView:
    option = asked.edition.questions[passage.question].option(passage.option)
    says = option.text if option is not None and passage.option != ELSEWHERE else ""
    return DeskPassageView(
        passage.id,
        says,
        passage.words,
        document.said.title,
        place_words(passage.page, passage.anchor),
        document_url(document, passage.anchor),
        document.said.language,
    )


def document_url(document: ReadingDocument, anchor: str = "") -> str:
    """Return the address of a document, at a passage if `anchor` is given."""
    return url_for(
        "desk.read_document",
        reading_id=document.reading_id,
        document_id=document.id,
        at=anchor or None,
        _anchor=f"p-{paragraph_of(anchor)}" if anchor else None,
    )


def minutes_words(seconds: int) -> str:
    """Return a duration in whole minutes, at least one."""
    return ngettext("one minute", "%(num)s minutes", max(1, round(seconds / 60)))

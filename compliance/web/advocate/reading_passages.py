"""Picking passages for one question: suggested, found by words, or from the page of a document."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.documents.passages import Passage
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.document_wording import suggestion_sentence
from compliance.questionnaire.answers import ELSEWHERE
from compliance.questionnaire.desk_reading import BOTH, DeskPassage, KindQuestions, differences
from compliance.store import NotFound
from compliance.store.desk_answers import DeskPages, add_desk_passage, all_desk_pages, desk_pages, remove_desk_passage
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.reading_documents import ReadingDocument
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.blueprint import OpenedReading, bp, open_reading, texts_in
from compliance.web.database import db, now
from compliance.web.document_texts import (
    FoundPassage,
    ReadDocument,
    found_passages,
    place_words,
    quoted_words,
    suggested_for,
)
from compliance.web.edition_registry import edition_by_id
from compliance.web.forms import small_number
from compliance.web.presenters.desk_views import (
    DeskAnswerView,
    DeskPassageView,
    answer_view,
    document_url,
    kind_title,
    passage_views,
)

#: How many passages are suggested for each option.
_MOST_SUGGESTED = 3
_MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class OfferedPassage:
    """A passage that can be picked."""

    words: str
    title: str  # of the document
    place: str
    url: str
    document: int
    anchor: str
    language: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class PassageChoice:
    """What a passage can support: an option, or a reference to another text."""

    id: str
    text: str
    is_chosen: bool  # in the user's answer
    passages: Sequence[DeskPassageView]
    suggested: Sequence[OfferedPassage]


@dataclass(frozen=True, slots=True)
class PickedWords:
    """A paragraph that was picked, or a sentence of it."""

    document: int
    title: str
    place: str
    url: str
    anchor: str
    words: Sequence[tuple[str, str]]  # anchor and words: of the paragraph, and of its sentences if there are several
    options: frozenset[str]  # those that it supports already


@bp.get("/desk/readings/<int:reading_id>/kinds/<kind>/questions/<question>")
@readers("advocate")
def passages(reading_id: int, kind: str, question: str) -> str:
    """Show the passages of a question. `document` and `anchor`: a passage to pick; `find`: words to search.

    Raise NotFound, also for people who do not answer the question, or NotIndependent.
    """
    here, asked, pages = _opened(reading_id, kind, question)
    texts = texts_in([each for each in here.documents if each.said.kind == kind])
    wanted = request.args.get("find", "")[:200].strip()
    found = found_passages([text for _document, text in texts], wanted, _MOST_FOUND) if wanted else None
    given = pages.answers.get(kind, {}).get(question)
    was_picked = bool(small_number(request.args.get("picked")))
    picked = _picked(here, pages, question, texts)
    return render_template(
        "desk/passages.html",
        here=here,
        kind=kind,
        kind_title=kind_title(here.reading, kind),
        edition=asked.edition,
        question=asked.edition.questions[question],
        theme=_theme_of(asked, question),
        answer=_answer(here, asked, pages, question) if given else None,
        choices=_choices(here, asked, pages, question, texts),
        picked=None if was_picked else picked,
        just_picked=picked if was_picked else None,
        wanted=wanted,
        found=[_found_view(*texts[each.document], each) for each in found.places] if found else [],
        found_number=found,
    )


@bp.get("/desk/readings/<int:reading_id>/kinds/<kind>/questions")
@readers("advocate")
def choose_question(reading_id: int, kind: str) -> str:
    """Show a choice of questions for the passage at `document` and `anchor`. Raise NotFound or NotIndependent."""
    here = open_reading(reading_id)
    asked = here.kind(kind)
    if not here.reads or not here.writes:
        raise NotFound("no such page for this person")
    document = here.document(small_number(request.args.get("document")) or 0)
    ((_document, text),) = texts_in([document])
    found = text.passage(request.args.get("anchor", ""))
    if found is None or document.said.kind != kind:
        raise NotFound("no such passage")
    where: dict[str, Any] = {"kind": kind, "document": document.id, "anchor": found.anchor}
    where["reading_id"] = reading_id
    questions = asked.asked({})
    themes = []
    for theme in asked.edition.themes:
        of_theme = {each.id for each in theme.questions()}
        links = [(q.ask, url_for("desk.passages", question=q.id, **where)) for q in questions if q.id in of_theme]
        themes.append((theme.title or theme.id, links))
    return render_template(
        "desk/choose_question.html",
        here=here,
        edition=asked.edition,
        passage=_view(document, text, found),
        themes=themes,
    )


@bp.post("/desk/readings/<int:reading_id>/kinds/<kind>/questions/<question>")
@readers("advocate")
def pick(reading_id: int, kind: str, question: str) -> BaseResponse:
    """Pick a passage for options, or remove one. Answers do not change. Raise BadRequest, NotFound or NotIndependent.

    `do`: pick (these options too), set (these options and no others), remove.
    """
    here, asked, pages = _opened(reading_id, kind, question)
    do, kept = request.form.get("do", ""), None
    if do not in ("pick", "set", "remove"):
        raise BadRequest
    try:
        if do == "remove":
            remove_desk_passage(db(), reading_id, small_number(request.form.get("id")) or 0, by=me().id, at=now())
        else:
            kept = _keep(here, asked, pages, question, alone=do == "set")
    except ReadingMovedOn:
        db().rollback()
        flash(_("You have finished this reading: your answers stay as they are."))
    db().commit()
    at: dict[str, Any] = {} if kept is None else {"document": kept[0].id, "anchor": kept[1], "picked": kept[2] or None}
    return redirect(url_for("desk.passages", reading_id=reading_id, kind=kind, question=question, **at))


def _opened(reading_id: int, kind: str, question: str) -> tuple[OpenedReading, KindQuestions, DeskPages]:
    """Return the user's reading, questions and answers: readers answer every question, a third only differences."""
    here = open_reading(reading_id)
    asked = here.kind(kind)
    if here.place is None or question not in asked.edition.questions:
        raise NotFound("no such page for this person")
    if here.place != "third":
        return here, asked, desk_pages(db(), reading_id, here.place)
    pages = all_desk_pages(db(), reading_id)
    first, second = (pages[place].answers.get(kind, {}) for place in BOTH)
    if not here.compares or question not in differences(asked, first, second):
        raise NotFound("no such page for this person")
    return here, asked, pages[here.place]


def _keep(
    here: OpenedReading, asked: KindQuestions, pages: DeskPages, question: str, *, alone: bool
) -> tuple[ReadingDocument, str, int]:
    """Save the posted passage. Return its document and anchor, and the number of options posted."""
    document = here.document(small_number(request.form.get("document")) or 0)
    ((_document, text),) = texts_in([document])
    found = text.passage(request.form.get("anchor", ""))
    if found is None or document.said.kind != asked.kind:
        raise NotFound("no such passage")
    known = {each.id for each in asked.edition.questions[question].options} | {ELSEWHERE}
    options = [each for each in request.form.getlist("option") if each in known]
    page = str(found.page) if found.page else ""
    for option in options:
        new = DeskPassage(0, "", asked.kind, question, option, document.id, found.anchor, page, quoted_words(found))
        add_desk_passage(db(), here.reading.id, new, by=me().id, at=now())
    if alone:
        for each in pages.passages:
            same = (each.question, each.document, each.anchor) == (question, document.id, found.anchor)
            if same and each.option not in options:
                remove_desk_passage(db(), here.reading.id, each.id, by=me().id, at=now())
    if not options:
        flash(_("Choose what the passage says."))
    return document, found.anchor, len(options)


def _theme_of(asked: KindQuestions, question: str) -> str:
    return next((t.id for t in asked.edition.themes if any(q.id == question for q in t.questions())), "")


def _answer(here: OpenedReading, asked: KindQuestions, pages: DeskPages, question: str) -> DeskAnswerView:
    return answer_view(asked, pages.answers[asked.kind][question], pages.passages, here.documents)


def _choices(
    here: OpenedReading,
    asked: KindQuestions,
    pages: DeskPages,
    question: str,
    texts: Iterable[tuple[ReadingDocument, ReadDocument]],
) -> list[PassageChoice]:
    given = pages.answers.get(asked.kind, {}).get(question)
    own = [each for each in pages.passages if (each.kind, each.question) == (asked.kind, question)]
    suggested = _suggested(here, question, texts, own) if here.writes else {}
    said = given.said if given else frozenset()
    options = [(o.id, o.text, o.id in said) for o in asked.edition.questions[question].options if o.points > 0]
    options.append((ELSEWHERE, "", bool(given and not given.value)))
    return [
        PassageChoice(
            option,
            text,
            is_chosen,
            passage_views(asked, question, [each for each in own if each.option == option], here.documents),
            suggested.get(option, []),
        )
        for option, text, is_chosen in options
    ]


def _suggested(
    here: OpenedReading,
    question: str,
    texts: Iterable[tuple[ReadingDocument, ReadDocument]],
    own: Iterable[DeskPassage],
) -> Mapping[str, list[OfferedPassage]]:
    """Return the most likely passages by option, without those picked already."""
    judged = {(each.option, each.document, each.anchor) for each in own}
    documents = list(texts)
    suggested = suggested_for(
        [(text, document.said.language) for document, text in documents],
        lambda: edition_by_id(here.reading.edition_id),
        [question],
    )
    best: defaultdict[str, list[OfferedPassage]] = defaultdict(list)
    for (_question, option), found in suggested.items():
        for number, each in found:
            document, text = documents[number]
            where = (option, document.id)
            if not judged & {(*where, each.passage.anchor), (*where, each.passage.paragraph)}:
                why = suggestion_sentence(each.words, by_meaning=each.by_meaning, said=each.said)
                best[option].append(_view(document, text, each.passage, why))
    return {option: views[:_MOST_SUGGESTED] for option, views in best.items()}


def _found_view(document: ReadingDocument, text: ReadDocument, found: FoundPassage) -> OfferedPassage:
    return replace(_view(document, text, found.passage), words=found.words)


def _picked(
    here: OpenedReading,
    pages: DeskPages,
    question: str,
    texts: Iterable[tuple[ReadingDocument, ReadDocument]],
) -> PickedWords | None:
    """Return the passage that is to be picked, or None. Raise NotFound."""
    anchor, number = request.args.get("anchor", ""), small_number(request.args.get("document"))
    if not anchor or not here.writes:
        return None
    for document, text in texts:
        found = text.passage(anchor) if document.id == number else None
        if found is None:
            continue
        paragraph = text.passage(found.paragraph)
        assert paragraph is not None
        sentences = [each for each in text.passages if each.paragraph == found.paragraph]
        words = [(paragraph.anchor, quoted_words(paragraph))]
        if len(sentences) > 1:
            words += [(each.anchor, quoted_words(each)) for each in sentences]
        chosen = anchor if len(words) > 1 else paragraph.anchor
        there = {
            each.option
            for each in pages.passages
            if (each.question, each.document, each.anchor) == (question, document.id, chosen)
        }
        place = place_words(str(found.page or ""), found.paragraph)
        url = document_url(document, found.anchor)
        return PickedWords(document.id, document.said.title, place, url, chosen, words, frozenset(there))
    raise NotFound(f"no passage {anchor}")


def _view(document: ReadingDocument, text: ReadDocument, passage: Passage, why: str = "") -> OfferedPassage:
    place = place_words(str(passage.page or ""), passage.anchor)
    url = document_url(document, passage.anchor)
    language = document.said.language or text.document.language
    return OfferedPassage(
        quoted_words(passage), document.said.title, place, url, document.id, passage.anchor, language, why
    )

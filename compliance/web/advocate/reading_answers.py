"""The answers of one reader to a theme, for documents of one kind: as posted and as saved, with their passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.questionnaire.answers import ELSEWHERE
from compliance.questionnaire.desk_reading import (
    DeskAnswer,
    DeskPassage,
    KindQuestions,
    counted_words,
    found_nothing,
    open_points,
    recounted,
    searched_note,
    words_to_search,
)
from compliance.questionnaire.edition import Question
from compliance.store import NotFound
from compliance.store.desk_answers import DeskConflict, DeskPages, desk_pages, save_desk_answers
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.reading_documents import ReadingDocument
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.answer_form import MISSING_WORDS, PostedDesk, desk_question_view, posted_answers
from compliance.web.advocate.blueprint import OpenedReading, bp, open_reading, texts_in
from compliance.web.database import db, now
from compliance.web.document_texts import passages_with
from compliance.web.forms import NextForm
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.desk_views import DeskAnswerView, DeskPassageView, answer_view, kind_title, passage_views
from compliance.web.presenters.question_views import QuestionView


@dataclass(frozen=True, slots=True)
class DeskQuestion:
    """A question with the answer of one reader."""

    view: QuestionView
    version: int
    searched: str
    sure: str
    note: str
    kept: DeskAnswerView | None  # as saved, in words
    other: DeskAnswerView | None  # as saved from another tab, if that prevented saving
    passages: Sequence[DeskPassageView]
    passages_url: str
    missing: str
    unchosen: Sequence[DeskPassageView]  # picked for options that are not ticked
    resting: int  # how many of the `ticked` options have a passage
    ticked: int
    hits: Sequence[tuple[str, int, str]]  # each word found, its number of passages, and the search's address


@bp.get("/desk/readings/<int:reading_id>/kinds/<kind>/themes/<theme>")
@readers("advocate")
def answers(reading_id: int, kind: str, theme: str) -> str:
    """Show the reader's own answers to a theme. Raise NotFound, also for other people, or NotIndependent."""
    return _page(*_opened(reading_id, kind, theme), theme, {}, ())


@bp.post("/desk/readings/<int:reading_id>/kinds/<kind>/themes/<theme>")
@readers("advocate")
def save_answers(reading_id: int, kind: str, theme: str) -> str | BaseResponse:
    """Save valid answers, and show the others as typed, with their errors. Raise NotFound or NotIndependent."""
    here, asked, pages = _opened(reading_id, kind, theme)
    posted = posted_answers(asked, _questions(asked, pages, theme), request.form)
    good = [each.answer for each in posted.values() if not each.errors]
    good = _with_true_numbers(here, asked, good)
    silent = [each for each in good if found_nothing(asked, each) and not each.searched]
    searches = bool(silent) and request.form.get("usual") == "yes"
    if searches:
        note = _searched(here, asked, pages, theme)
        good = [replace(each, searched=note) if each in silent else each for each in good]
    try:
        conflicts = save_desk_answers(db(), reading_id, good, by=me().id, at=now())
    except ReadingMovedOn:
        db().rollback()
        flash(_("You have finished this reading: your answers stay as they are."))
        return redirect(url_for("desk.reading", reading_id=reading_id))
    db().commit()
    faulty = {name: each for name, each in posted.items() if each.errors}
    if faulty or conflicts:
        pages = desk_pages(db(), reading_id, pages.place)
        return _page(here, asked, pages, theme, faulty, conflicts)
    flash(_saved(here, asked, theme))
    if searches:
        flash(_("The documents were searched. Look at what was found, below each answer, before you go on."))
        return redirect(url_for("desk.answers", reading_id=reading_id, kind=kind, theme=theme))
    return redirect(_next_url(here, asked, pages, theme))


def _opened(reading_id: int, kind: str, theme: str) -> tuple[OpenedReading, KindQuestions, DeskPages]:
    here = open_reading(reading_id)
    asked = here.kind(kind)
    if not here.reads or here.place is None or theme not in {each.id for each in asked.edition.themes}:
        raise NotFound("no such page for this person")
    return here, asked, desk_pages(db(), reading_id, here.place)


def _usual_words(here: OpenedReading, asked: KindQuestions, pages: DeskPages, theme: str) -> tuple[str, ...]:
    """Return the words offered for search: the usual ones, and those that the reader noted on this theme."""
    given = pages.answers.get(asked.kind, {})
    own = [given[each.id] for each in _questions(asked, pages, theme) if each.id in given]
    languages = {each.said.language for each in _documents(here, asked)}
    return words_to_search(theme, own, english=bool(languages & {"", "en"}))


def _searched(here: OpenedReading, asked: KindQuestions, pages: DeskPages, theme: str) -> str:
    """Search these words in every document of the kind, and return a note of how many passages have each."""
    texts = [text for _document, text in texts_in(_documents(here, asked))]
    return searched_note(passages_with(texts, _usual_words(here, asked, pages, theme)))


def _with_true_numbers(here: OpenedReading, asked: KindQuestions, answers: list[DeskAnswer]) -> list[DeskAnswer]:
    """Return answers with the counts in their search notes updated, as documents may have been added since."""
    words = {word for each in answers for word, _count in counted_words(each.searched)}
    if not words:
        return answers
    counted = passages_with([text for _document, text in texts_in(_documents(here, asked))], words)
    return [replace(each, searched=recounted(each.searched, counted)) for each in answers]


def _documents(here: OpenedReading, asked: KindQuestions) -> list[ReadingDocument]:
    return [each for each in here.documents if each.said.kind == asked.kind]


def _saved(here: OpenedReading, asked: KindQuestions, theme: str) -> str:
    """Return the sentence that answers are saved, and how many in the theme are complete."""
    assert here.place is not None
    pages = desk_pages(db(), here.reading.id, here.place)
    missing = {each.question for each in open_points(asked, pages.answers.get(asked.kind, {}), pages.passages)}
    points = _questions(asked, pages, theme)
    done = sum(each.id not in missing for each in points)
    return ngettext(
        "Saved. %(done)s of one point of this theme is complete.",
        "Saved. %(done)s of %(num)s points of this theme are complete.",
        len(points),
        done=done,
    )


def _questions(asked: KindQuestions, pages: DeskPages, theme: str) -> list[Question]:
    of_theme = {question.id for question in asked.edition.nodes[theme].questions()}
    return [question for question in asked.asked(pages.answers.get(asked.kind, {})) if question.id in of_theme]


def _next_url(here: OpenedReading, asked: KindQuestions, pages: DeskPages, theme: str) -> str:
    """Return the address of the next theme with questions, or of the reading if there is none or the reader stops."""
    themes = [each.id for each in asked.edition.themes if _questions(asked, pages, each.id)]
    after = themes[themes.index(theme) + 1 :] if theme in themes else []
    if NextForm().stops or not after:
        return url_for("desk.reading", reading_id=here.reading.id)
    return url_for("desk.answers", reading_id=here.reading.id, kind=asked.kind, theme=after[0])


def _page(
    here: OpenedReading,
    asked: KindQuestions,
    pages: DeskPages,
    theme: str,
    faulty: Mapping[str, PostedDesk],
    conflicts: Sequence[DeskConflict],
) -> str:
    kept = pages.answers.get(asked.kind, {})
    clashing = {each.wanted.question: each for each in conflicts}
    missing = {each.question: each.missing for each in open_points(asked, kept, pages.passages)}
    shown = []
    for question in _questions(asked, pages, theme):
        name = question.id
        own = [each for each in pages.passages if (each.kind, each.question) == (asked.kind, name)]
        said = kept[name].said if name in kept else frozenset()
        if ELSEWHERE in {each.option for each in own} and name in kept and not kept[name].value:
            said |= {ELSEWHERE}
        mending, clash = faulty.get(name), clashing.get(name)
        given = mending.answer if mending else clash.wanted if clash else kept.get(name)
        sure = mending.sure if mending else "" if given is None or given.sure is None else str(given.sure)
        shown.append(
            DeskQuestion(
                desk_question_view(asked, question, given, mending.errors if mending else None),
                mending.answer.version if mending else kept[name].version if name in kept else 0,
                given.searched if given else "",
                sure,
                given.note if given else "",
                _in_words(here, asked, kept.get(name), pages.passages),
                _in_words(here, asked, clash.kept, pages.passages) if clash else None,
                passage_views(asked, name, pages.passages, here.documents),
                url_for("desk.passages", reading_id=here.reading.id, kind=asked.kind, question=name),
                _(MISSING_WORDS[missing[name]]) if name in missing else "",
                passage_views(asked, name, [each for each in own if each.option not in said], here.documents),
                len({each.option for each in own} & said),
                len(said) if question.is_multiple_choice and kept.get(name) and kept[name].value else 0,
                _hits(here, asked, kept.get(name)),
            )
        )
    errors = [
        ErrorLink(f"q-{name}" if part == "value" else f"q-{name}-{part}", text)
        for name, each in faulty.items()
        for part, text in each.errors.items()
    ]
    errors += [
        ErrorLink(f"at-{name}", _("You have saved a different answer in another tab. Choose one.")) for name in clashing
    ]
    return render_template(
        "desk/answers.html",
        here=here,
        kind=asked.kind,
        kind_title=kind_title(here.reading, asked.kind),
        documents=_documents(here, asked),
        usual=_usual_words(here, asked, pages, theme),
        edition=asked.edition,
        theme=asked.edition.nodes[theme],
        questions=shown,
        errors=errors,
    )


def _hits(here: OpenedReading, asked: KindQuestions, given: DeskAnswer | None) -> list[tuple[str, int, str]]:
    """Return the words found by the search, each with its number of passages and the address that shows them."""
    if given is None or not found_nothing(asked, given):
        return []
    where: dict[str, Any] = {
        "reading_id": here.reading.id,
        "kind": asked.kind,
        "question": given.question,
        "_anchor": "search",
    }
    counted = counted_words(given.searched)
    return [(word, n, url_for("desk.passages", find=f'"{word}"', **where)) for word, n in counted if n]


def _in_words(
    here: OpenedReading, asked: KindQuestions, given: DeskAnswer | None, passages: Sequence[DeskPassage]
) -> DeskAnswerView | None:
    return answer_view(asked, given, passages, here.documents) if given is not None else None

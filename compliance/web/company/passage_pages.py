"""The passages for a question, in all documents: marks, suggestions and search, marking and dismissing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.narrative.mirror_wording import PassagePlace
from compliance.store import NotFound
from compliance.store.document_passages import (
    PassageMark,
    QuotedPassage,
    dismiss_passage,
    mark_passage,
    passage_marks,
    unmark_passages,
)
from compliance.store.evidence_library import ItemVersion, LibraryItem, item_of_version, rule_texts_of
from compliance.web.access_control import readers
from compliance.web.accounts import may, me, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.document_reading import (
    code_questions,
    find_again,
    judged_places,
    mark_place,
    passage_place,
    passages_url,
    readable,
    reading_url,
    shown_marks,
    suggested_passages,
    suggested_place,
)
from compliance.web.database import db, now
from compliance.web.document_texts import (
    MOST_SUGGESTED,
    FoundPassage,
    ReadDocument,
    found_passages,
    place_words,
    quoted_words,
    texts_of,
)
from compliance.web.forms import small_number
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.presenters.marked_passages import signed_checks
from compliance.web.urls import is_local

_MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class ElementView:
    """An element: an option of a question, and the passages for it."""

    id: str
    text: str
    is_ticked: bool
    marks: Sequence[PassagePlace]
    suggested: Sequence[PassagePlace]
    chosen: bool = False  # whether the picked passage is marked for it


@dataclass(frozen=True, slots=True)
class PickedPassage:
    """A passage that was picked in a document: a paragraph, or a sentence of one."""

    anchor: str
    version: int
    title: str  # of the document
    place: str
    url: str
    choices: Sequence[tuple[str, str]]  # anchor and words of the paragraph and, if it has several, its sentences


@bp.get("/assessments/<int:assessment_id>/passages")
@readers("company")
def passages(assessment_id: int) -> str:
    """Show the passages for a `question`, or, without one, the list of questions. Raise NotFound.

    `version` and `anchor`: a passage that was picked. `find`: words to search for in all documents.
    """
    here = open_assessment(assessment_id)
    asked = code_questions(here)
    marks = shown_marks(every := passage_marks(db(), assessment_id))
    question = request.args.get("question", "")
    if not question:
        counts = {i: len({(m.version, m.anchor) for m in marks if m.question == i}) for i in asked}
        rows = [(here.edition.questions[i].ask, passages_url(here, i), counts[i]) for i in asked]
        return render_template("company/passage_questions.html", here=here, rows=rows)
    if question not in asked:
        raise NotFound(f"no question {question} about what the code says")
    texts = readable(rule_texts_of(db(), here.assessment.held_by))
    judged = {(m.option, *where) for m in every if m.question == question for where in judged_places(m)}
    picked = _picked(here)
    wanted = request.args.get("find", "")[:200].strip()
    found = found_passages([text for _item, text in texts], wanted, _MOST_FOUND) if wanted else None
    return render_template(
        "company/passages.html",
        here=here,
        question=here.edition.questions[question],
        requirement=here.edition.requirement_of(question),
        elements=_elements(here, question, marks, judged, texts, picked),
        picked=picked,
        sources=len(texts),
        wanted=wanted,
        found=[_found_place(*texts[each.document], each) for each in found.places] if found else [],
        found_number=found,
        answer_url=here.address_of(question),
        fixed=here.assessment.closed or not may("answer", here.assessment.held_by),
        back=passages_url(here, question),
    )


@bp.post("/assessments/<int:assessment_id>/passages")
@readers("company")
def mark(assessment_id: int) -> BaseResponse:
    """Mark a passage for elements of a question, dismiss a suggestion, or remove a mark. Raise NotFound, NotAllowed.

    `do`: mark, set (for these elements and no others), dismiss, remove. Answers do not change.
    """
    here = open_assessment(assessment_id)
    require("answer", here.assessment.held_by)
    do, question = request.form.get("do", ""), request.form.get("question", "")
    asked = code_questions(here)
    if question not in asked or do not in ("mark", "set", "dismiss", "remove"):
        raise BadRequest
    known = [element.option for element in asked[question]]
    options = [option for option in request.form.getlist("option") if option in known]
    by, at = me().id, now()
    if do == "remove":
        number = small_number(request.form.get("id"))
        unmark_passages(db(), assessment_id, [number] if number else [], by=by, at=at)
    else:
        item, passage = _posted_passage(here)
        if do == "dismiss":
            for option in options:
                dismiss_passage(db(), assessment_id, passage, question, option, by=by, at=at)
        else:
            new = mark_passage(db(), assessment_id, item, passage, question, options, by=by, at=at)
            if do == "set":
                _unmark_others(assessment_id, passage, question, options)
            _say(new, options)
            if passage.version != item.latest.id:
                find_again(item)
    db().commit()
    back = request.form.get("back", "")
    anchor = request.form.get("anchor", "")
    where = f"#p-{'.'.join(anchor.split('.')[:2])}" if anchor and "/read" in back else ""
    return redirect((back if is_local(back) else passages_url(here, question)) + where)


def _say(new: int, options: Sequence[str]) -> None:
    if new:
        flash(
            _("Marked: the passage is evidence of this question now. Your answer is as it was; you tick it yourself.")
        )
    elif not options:
        flash(_("This passage is marked for nothing here."))


def _unmark_others(assessment_id: int, passage: QuotedPassage, question: str, options: Sequence[str]) -> None:
    others = [
        each.id
        for each in passage_marks(db(), assessment_id)
        if each.fits
        and (each.question, each.version, each.anchor) == (question, passage.version, passage.anchor)
        and each.option not in options
    ]
    if others:
        unmark_passages(db(), assessment_id, others, by=me().id, at=now())


def _posted_passage(here: AssessmentContext) -> tuple[LibraryItem, QuotedPassage]:
    """Return the posted passage, with its words from the document. Raise NotFound, also if the item is withdrawn."""
    item, version, text = _document(here, small_number(request.form.get("version")))
    found = text.passage(request.form.get("anchor", ""))
    if found is None or item.withdrawn_at is not None:
        raise NotFound("no such passage")
    page = str(found.page) if found.page else ""
    return item, QuotedPassage(version.id, found.anchor, page, quoted_words(found), version.dated)


def _document(here: AssessmentContext, number: int | None) -> tuple[LibraryItem, ItemVersion, ReadDocument]:
    """Return an item and version of the company's library that the person signed in may see, and its text.

    Raise NotFound, also if the text was not read.
    """
    item, version = item_of_version(db(), number or 0)
    text = texts_of([version.digest]).get(version.digest)
    own = item.organisation_id == here.assessment.held_by and item.id not in hidden_from_me()
    if not own or not isinstance(text, ReadDocument):
        raise NotFound(f"no text of version {number}")
    return item, version, text


def _picked(here: AssessmentContext) -> PickedPassage | None:
    """Return the passage picked by the address, if any. Raise NotFound."""
    anchor = request.args.get("anchor", "")
    if not anchor:
        return None
    item, version, text = _document(here, small_number(request.args.get("version")))
    found = text.passage(anchor)
    if found is None:
        raise NotFound(f"no passage {anchor}")
    paragraph = text.passage(found.paragraph)
    assert paragraph is not None
    sentences = [each for each in text.passages if each.paragraph == found.paragraph]
    choices = [(paragraph.anchor, quoted_words(paragraph))]
    if len(sentences) > 1:
        choices += [(each.anchor, quoted_words(each)) for each in sentences]
    chosen = anchor if len(choices) > 1 else paragraph.anchor
    place = place_words(str(found.page or ""), found.paragraph)
    number = version.number if version.number != item.latest.number else None
    url = reading_url(item.organisation_id, item.id, found.anchor, number=number)
    return PickedPassage(chosen, version.id, item.details.title, place, url, choices)


def _elements(
    here: AssessmentContext,
    question: str,
    marks: Sequence[PassageMark],
    judged: set[tuple[str, int, str]],
    texts: Sequence[tuple[LibraryItem, ReadDocument]],
    picked: PickedPassage | None,
) -> list[ElementView]:
    """Return the elements of a question, with marks and suggestions. `judged`: places that need no suggestion."""
    ticked = here.saved_texts.get(question, "").split("|")
    suggested = suggested_passages(texts, here.assessment, [question])
    checks = signed_checks(here.assessment.id) if marks else {}
    at_picked = {m.option for m in marks if picked and (m.version, m.anchor) == (picked.version, picked.anchor)}
    return [
        ElementView(
            option.id,
            option.text,
            option.id in ticked,
            [
                mark_place(here, m, checks.get(m.key, ""))
                for m in marks
                if (m.question, m.option) == (question, option.id)
            ],
            [
                suggested_place(item, text, each)
                for item, text, each in suggested.get((question, option.id), ())
                if not judged
                & {(option.id, item.latest.id, where) for where in (each.passage.anchor, each.passage.paragraph)}
            ][:MOST_SUGGESTED],
            option.id in at_picked,
        )
        for option in here.edition.questions[question].options
        if option.points > 0
    ]


def _found_place(item: LibraryItem, text: ReadDocument, found: FoundPassage) -> PassagePlace:
    return replace(passage_place(item, text, found.passage), words=found.words)

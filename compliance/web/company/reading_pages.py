"""A document of the library, a few pages at a time, with marks and suggestions next to each paragraph."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.documents.document import Paragraph, Refusal
from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.document_wording import refusal_words, suggestion_sentence
from compliance.store.document_passages import PassageMark, passage_marks
from compliance.store.evidence_library import LibraryItem
from compliance.web.access_control import readers
from compliance.web.accounts import may, require
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp
from compliance.web.company.document_reading import (
    assessment_to_mark,
    code_questions,
    find_again,
    judged_places,
    keep_rule_text,
    suggestions_in,
    version_asked_for,
)
from compliance.web.company.evidence_forms import seen_item
from compliance.web.database import db
from compliance.web.document_texts import ReadDocument, found_passages, paragraph_of, texts_of
from compliance.web.presenters.document_pages import (
    first_of_those_before,
    first_shown,
    last_shown,
    leaves_of,
    marked_sentences,
)
from compliance.web.presenters.marked_passages import signed_checks

_MOST_FOUND = 12
#: Most suggestions shown next to a paragraph; most suggestions of an element that are shown here.
_MOST_BESIDE, _FIRST_SUGGESTED = 2, 2


@dataclass(frozen=True, slots=True)
class MarkView:
    """A mark: a passage, and the option that it supports."""

    id: int
    question: str
    ask: str
    says: str  # text of the option
    url: str  # of the question
    by: str
    day: str
    checked: str  # what an auditor signed about it, as a sentence, or ""


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """A sentence that is suggested for an element."""

    question: str
    option: str
    says: str
    anchor: str
    why: str


@dataclass(frozen=True, slots=True)
class ParagraphView:
    """A paragraph with its marks and suggestions."""

    anchor: str
    level: int
    sentences: Sequence[tuple[str, bool]]  # text, and whether it is marked
    marks: Sequence[MarkView]
    suggested: Sequence[SuggestionView]


@dataclass(frozen=True, slots=True)
class LeafView:
    """A page of a document, or, if it has no pages, a part of similar length."""

    number: int
    paragraphs: Sequence[ParagraphView]


@bp.get("/companies/<int:organisation_id>/evidence/<int:item_id>/read")
@readers("company")
def read_document(organisation_id: int, item_id: int) -> str:
    """Show a `page` of a document, or the page with the passage `at`. `find`: words to search for. Raise NotFound."""
    item = seen_item(organisation_id, item_id)
    version = version_asked_for(item)
    text = texts_of([version.digest]).get(version.digest)
    frame = {"item": item, "version": version, "organisation_id": organisation_id}
    if not isinstance(text, ReadDocument):
        why = refusal_words(text) if isinstance(text, Refusal) else ""
        return render_template("company/unread.html", **frame, why=why)
    here = assessment_to_mark(organisation_id)
    every = passage_marks(db(), here.assessment.id) if here else ()
    marks = [mark for mark in every if mark.version == version.id]
    leaves = leaves_of(text.document)
    first = first_shown(leaves)
    last = last_shown(leaves, first)
    wanted = request.args.get("find", "")[:200].strip()
    return render_template(
        "company/reading.html",
        **frame,
        document=replace(text.document, language=item.details.language or text.document.language),
        here=here,
        fixed=here is None or here.assessment.closed or not may("answer", here.assessment.held_by),
        pages=_page_links(leaves, marks),
        shown=range(first, last + 1),
        previous=first_of_those_before(leaves, first),
        following=last + 1 if last < len(leaves) else None,
        leaves=list(_leaf_views(item, version.id, text, here, every, leaves, first, last)),
        questions=_questions_by_requirement(here) if here else {},
        wanted=wanted,
        found=found_passages([text], wanted, _MOST_FOUND) if wanted else None,
        marked=sum(m.fits for m in marks),
        waiting=len({(m.version, m.anchor) for m in every if m.item == item_id and m.is_current and m.later}),
        leaf_of={p.anchor: number for number, leaf in enumerate(leaves, 1) for p in leaf},
    )


@bp.post("/companies/<int:organisation_id>/evidence/<int:item_id>/read")
@readers("company")
def read_file(organisation_id: int, item_id: int) -> BaseResponse:
    """Read the file of an item, if that was not done when it was added. Raise NotFound or NotAllowed."""
    item = seen_item(organisation_id, item_id)
    require("answer", organisation_id)
    if keep_rule_text(item.details, item.latest) is None and not item.details.rule_text:
        flash(_("Only texts that set rules are read here. Say first what kind of text it is."))
    find_again(item)
    db().commit()
    return redirect(url_for("company.read_document", organisation_id=organisation_id, item_id=item_id))


# ── Pages


def _page_links(leaves: Sequence[Sequence[Paragraph]], marks: Iterable[PassageMark]) -> list[tuple[int, int]]:
    """Return the number of each page, and of the passages marked on it."""
    counts = Counter(paragraph_of(anchor) for anchor in {mark.anchor for mark in marks if mark.fits})
    return [(number, sum(counts[each.anchor] for each in leaf)) for number, leaf in enumerate(leaves, 1)]


# ── Paragraphs


def _leaf_views(
    item: LibraryItem,
    version: int,
    text: ReadDocument,
    here: AssessmentContext | None,
    every: Sequence[PassageMark],
    leaves: Sequence[Sequence[Paragraph]],
    first: int,
    last: int,
) -> Iterator[LeafView]:
    marked: defaultdict[str, list[PassageMark]] = defaultdict(list)
    for mark in every:
        if mark.fits and mark.version == version:
            marked[paragraph_of(mark.anchor)].append(mark)
    suggested = _suggested(item, version, text, here, every) if here else {}
    checks = signed_checks(here.assessment.id) if here and marked else {}
    for number in range(first, last + 1):
        views = [
            ParagraphView(
                each.anchor,
                each.level,
                marked_sentences(each, {mark.anchor for mark in marked[each.anchor]}),
                [mark_view(here, mark, checks.get(mark.key, "")) for mark in marked[each.anchor]] if here else [],
                suggested.get(each.anchor, [])[:_MOST_BESIDE],
            )
            for each in leaves[number - 1]
        ]
        yield LeafView(number, views)


def mark_view(here: AssessmentContext, mark: PassageMark, checked: str = "") -> MarkView:
    """Return the view of a mark. `checked`: what an auditor signed about it, as a sentence."""
    question = here.edition.questions.get(mark.question)
    option = question.option(mark.option) if question else None
    return MarkView(
        mark.id,
        mark.question,
        question.ask if question else mark.question,
        option.text if option else mark.option,
        url_for("company.passages", assessment_id=here.assessment.id, question=mark.question),
        mark.by,
        long_date(mark.at),
        checked,
    )


def _suggested(
    item: LibraryItem, version: int, text: ReadDocument, here: AssessmentContext, every: Iterable[PassageMark]
) -> Mapping[str, list[SuggestionView]]:
    """Return the suggestions by paragraph, best first, without elements that are marked or dismissed there."""
    judged = {
        (mark.question, mark.option, paragraph_of(anchor))
        for mark in every
        for there, anchor in judged_places(mark)
        if there == version
    }
    asked = code_questions(here)
    found: defaultdict[str, list[tuple[int, float, SuggestionView]]] = defaultdict(list)
    for element, suggestions in suggestions_in(item, text, here.assessment):
        if element.question not in asked:
            continue
        for rank, each in enumerate(suggestions[:_FIRST_SUGGESTED]):
            where = each.passage.paragraph
            if (element.question, element.option, where) not in judged:
                says = _option_text(here, element.question, element.option)
                why = suggestion_sentence(each.words, by_meaning=each.by_meaning, said=each.said)
                view = SuggestionView(element.question, element.option, says, each.passage.anchor, why)
                found[where].append((rank, -each.score, view))
    return {where: [view for *_order, view in sorted(few, key=lambda one: one[:2])] for where, few in found.items()}


def _option_text(here: AssessmentContext, question: str, option: str) -> str:
    return next((o.text for o in here.edition.questions[question].options if o.id == option), option)


def _questions_by_requirement(here: AssessmentContext) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the questions that a passage can be marked for, by title of their requirement, each with its words."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for question in code_questions(here):
        requirement = here.edition.requirement_of(question)
        found[requirement.title if requirement else ""].append((question, here.edition.questions[question].ask))
    return found

"""A document used as evidence in a submission, as its auditor reads it, with the marked passages in context."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from compliance.documents.document import Paragraph
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.themes import theme_of
from compliance.store import NotFound, submitted_answers
from compliance.store.evidence import KeptFile
from compliance.store.evidence_library import item_of_version
from compliance.store.passage_marks import SubmittedPassage, submitted_passages
from compliance.web.access_control import readers
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.database import db
from compliance.web.document_texts import ReadDocument, paragraph_of, texts_of
from compliance.web.edition_registry import edition_by_digest
from compliance.web.presenters.document_pages import (
    first_of_those_before,
    first_shown,
    last_shown,
    leaves_of,
    marked_sentences,
)
from compliance.web.presenters.marked_passages import option_words


@dataclass(frozen=True, slots=True)
class MarkedForView:
    """What a passage was marked for, and where that is judged."""

    says: str
    ask: str
    url: str


@dataclass(frozen=True, slots=True)
class AuditedParagraph:
    """A paragraph with its marks."""

    anchor: str
    level: int
    sentences: Sequence[tuple[str, bool]]  # each with whether it is marked
    marks: Sequence[MarkedForView]


@bp.get("/audit/<int:assessment_id>/documents/<int:version_id>")
@readers("auditor")
def read_document(assessment_id: int, version_id: int) -> str:
    """Show a version of a document, from page `page` or at the passage `at`.

    Raise NotFound unless an answer in an assigned submission uses it as evidence, and its text was read.
    """
    submitted = assigned_review(assessment_id)
    marked = [one for one in submitted_passages(submitted.sheet) if one.file == version_id]
    pieces = (piece for kept in submitted_answers(submitted).values() for piece in kept.evidence)
    if not marked and all(piece.version != version_id or not isinstance(piece.rests_on, KeptFile) for piece in pieces):
        raise NotFound(f"no answer of assessment {assessment_id} rests on version {version_id}")
    item, version = item_of_version(db(), version_id)
    text = texts_of([version.digest]).get(version.digest)
    if not isinstance(text, ReadDocument):
        raise NotFound(f"no text of version {version_id}")
    edition, leaves = edition_by_digest(submitted.edition_digest).edition, leaves_of(text.document)
    first = first_shown(leaves)
    last = last_shown(leaves, first)
    marks = _marks(assessment_id, edition, marked)
    return render_template(
        "audit/reading.html",
        submitted=submitted,
        title=item.details.title,
        version=version,
        document=text.document,
        shown=range(first, last + 1),
        pages=[(number, _marked_on(leaf, marks)) for number, leaf in enumerate(leaves, 1)],
        previous=first_of_those_before(leaves, first),
        following=last + 1 if last < len(leaves) else None,
        leaves=[
            (number, [_paragraph(each, marked, marks) for each in leaves[number - 1]])
            for number in range(first, last + 1)
        ],
    )


def _marked_on(leaf: Sequence[Paragraph], marks: Mapping[str, Sequence[MarkedForView]]) -> int:
    return sum(len(marks.get(paragraph.anchor, ())) for paragraph in leaf)


def _paragraph(
    paragraph: Paragraph, marked: Sequence[SubmittedPassage], marks: Mapping[str, Sequence[MarkedForView]]
) -> AuditedParagraph:
    anchors = {one.key.anchor for one in marked if paragraph_of(one.key.anchor) == paragraph.anchor}
    sentences = marked_sentences(paragraph, anchors)
    return AuditedParagraph(paragraph.anchor, paragraph.level, sentences, marks.get(paragraph.anchor, ()))


def _marks(
    assessment_id: int, edition: Edition, marked: Sequence[SubmittedPassage]
) -> Mapping[str, Sequence[MarkedForView]]:
    """Return the marks by paragraph, each with the address where it is judged."""
    found: defaultdict[str, list[MarkedForView]] = defaultdict(list)
    for one in marked:
        question = edition.questions.get(one.key.question)
        if question is None:
            continue
        theme = theme_of(edition, question.id).id
        url = url_for("audit.theme", assessment_id=assessment_id, theme=theme, _anchor=question.id)
        found[paragraph_of(one.key.anchor)].append(MarkedForView(option_words(edition, one.key), question.ask, url))
    return found

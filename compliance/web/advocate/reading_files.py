"""The documents of a reading: adding one, with its file and source, and reading it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.documents.document import Paragraph
from compliance.languages.interface_messages import LANGUAGE_NAMES, LANGUAGES
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.document_wording import refusal_words
from compliance.questionnaire.desk_reading import DeskPassage
from compliance.store import AlreadyExists, FileStorageFailed
from compliance.store.desk_answers import desk_pages
from compliance.store.exceptions import ReadingMovedOn
from compliance.store.reading_documents import PublishedDocument, ReadingDocument, add_reading_document
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import me
from compliance.web.advocate.blueprint import OpenedReading, bp, open_reading, texts_in
from compliance.web.answer_forms import EARLIEST, IN_THE_FUTURE, TOO_EARLY, short_enough, web_address
from compliance.web.database import db, now
from compliance.web.document_texts import found_passages, keep_text, paragraph_of
from compliance.web.edition_registry import edition_by_id
from compliance.web.files import files
from compliance.web.forms import DayField, TickField
from compliance.web.logs import note_event
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.desk_views import DeskPassageView, kind_title, passage_views
from compliance.web.presenters.document_pages import (
    first_of_those_before,
    first_shown,
    last_shown,
    leaves_of,
    marked_sentences,
)
from compliance.web.suggesting import queue_suggesting
from compliance.workbook.document_checks import MOST_BYTES, PROBLEMS, EvidenceFileRefused, check_document

_MOST_FOUND = 12
_ALLOWANCE = timedelta(days=1)


class DocumentForm(FlaskForm):
    """A published document, without its file."""

    kind = StringField()
    title = StringField(validators=[short_enough])
    url = StringField(validators=[short_enough, web_address])
    dated = DayField()
    accessed = DayField()
    language = StringField()
    is_extract = TickField()

    def said(self, name: str) -> str:
        """Return the text typed into a field, on one line."""
        return " ".join((self[name].data or "").split())


@dataclass(frozen=True, slots=True)
class QuotedParagraph:
    """A paragraph of a document, with the reader's own passages in it."""

    anchor: str
    level: int
    sentences: Sequence[tuple[str, bool]]  # each with whether an answer uses it as a passage
    passages: Sequence[tuple[str, DeskPassageView]]  # each with the question's address


@bp.get("/desk/readings/<int:reading_id>/documents/add")
@readers("advocate")
def document_form(reading_id: int) -> str:
    """Show the form for a document. Raise NotFound or NotIndependent."""
    return _form_page(open_reading(reading_id), DocumentForm(), {})


@bp.post("/desk/readings/<int:reading_id>/documents/add")
@readers("advocate")
@takes_file(MOST_BYTES)
def add_document(reading_id: int) -> str | BaseResponse:
    """Add a document, or refuse one whose text cannot be read. Raise NotFound or NotIndependent."""
    here, form = open_reading(reading_id), DocumentForm()
    form.validate()
    faults = _faults(here, form)
    document = _posted(form, faults)
    if document is None:
        return _form_page(here, form, faults)
    try:
        add_reading_document(db(), reading_id, document, by=me().id, at=now())
    except AlreadyExists:
        db().rollback()
        return _form_page(here, form, {"file": _("This file is already a document of this reading.")})
    except ReadingMovedOn:
        db().rollback()
        flash(_("The reading has moved on, so this can no longer be done."))
        return redirect(url_for("desk.reading", reading_id=reading_id))
    db().commit()
    flash(_("“%(title)s” was added.", title=document.title))
    return redirect(url_for("desk.reading", reading_id=reading_id))


def _faults(here: OpenedReading, form: DocumentForm) -> dict[str, str]:
    faults = {name: str(told[0]) for name, told in form.errors.items() if name and name != "csrf_token"}
    today = now().date()
    if form.said("kind") not in edition_by_id(here.reading.edition_id).complete.documents:
        faults.setdefault("kind", _("Say which kind of document it is."))
    if not form.said("title"):
        faults.setdefault("title", _("Enter the title of the document."))
    if not form.said("url"):
        faults.setdefault("url", _("Enter the address at which it is published."))
    if form.accessed.day is None:
        faults.setdefault("accessed", _("Enter the day on which you downloaded it."))
    for name in ("dated", "accessed"):
        day = form[name].day
        if day is not None and not EARLIEST <= day <= today + _ALLOWANCE:
            faults.setdefault(name, _(IN_THE_FUTURE if day > today else TOO_EARLY))
    return faults


def _posted(form: DocumentForm, faults: dict[str, str]) -> PublishedDocument | None:
    """Return the posted document, with its file stored and its text read, or None with the errors in `faults`."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        faults.setdefault("file", _("Choose a file."))
        return None
    with sent.stream:
        content = sent.read(MOST_BYTES + 1)
    try:
        checked = check_document(content, sent.filename, sets_rules=True)
        if faults:
            return None
        digest = files().put(content)
        if refusal := keep_text(digest, checked.media_type):
            faults["file"] = refusal_words(refusal)
            return None
        queue_suggesting(digest, form.said("language"))
    except EvidenceFileRefused as refused:
        note_event("file", "refused")
        faults["file"] = _(PROBLEMS[refused.problem])
        return None
    except FileStorageFailed:
        faults["file"] = _(
            "The file could not be kept: this site has no room left, or cannot reach its files. Try later."
        )
        return None
    assert form.accessed.day is not None
    return PublishedDocument(
        kind=form.said("kind"),
        title=form.said("title"),
        url=form.said("url"),
        accessed=form.accessed.day,
        digest=digest,
        file_name=checked.file_name,
        media_type=checked.media_type,
        size=len(content),
        dated=form.dated.day,
        language=form.said("language") if form.said("language") in LANGUAGES else "",
        is_extract=bool(form.is_extract.data),
    )


def _form_page(here: OpenedReading, form: DocumentForm, faults: Mapping[str, str]) -> str:
    edition = edition_by_id(here.reading.edition_id).complete
    kinds = [
        {"value": kind, "label": kind_title(here.reading, kind), "selected": form.kind.data == kind}
        for kind in edition.documents
    ]
    languages = [
        {"value": code, "label": LANGUAGE_NAMES[code], "own": True, "selected": form.language.data == code}
        for code in LANGUAGES
    ]
    return render_template(
        "desk/document_add.html",
        here=here,
        form=form,
        faults=faults,
        errors=[ErrorLink(f"f-{name}", text) for name, text in faults.items()],
        kinds=kinds,
        languages_of_texts=languages,
        edition=edition,
    )


# ── Reading it


@bp.get("/desk/readings/<int:reading_id>/documents/<int:document_id>")
@readers("advocate")
def read_document(reading_id: int, document_id: int) -> str:
    """Show a document, from page `page` or at the passage `at`, searched for the words `find`.

    Readers see which of their own answers use it, but nobody else's. Raise NotFound, or NotIndependent.
    """
    here = open_reading(reading_id)
    document = here.document(document_id)
    ((_document, text),) = texts_in([document])
    passages: Sequence[DeskPassage] = ()
    if here.place is not None:
        own = desk_pages(db(), reading_id, here.place).passages
        passages = [each for each in own if each.document == document_id]
    leaves = leaves_of(text.document)
    first = first_shown(leaves)
    last = last_shown(leaves, first)
    wanted = request.args.get("find", "")[:200].strip()
    asked = here.asked[document.said.kind]
    marked = {paragraph_of(each.anchor) for each in passages}
    return render_template(
        "desk/document.html",
        here=here,
        published=document.said,
        about=kind_title(here.reading, document.said.kind),
        document=replace(text.document, language=document.said.language or text.document.language),
        document_id=document_id,
        edition=asked.edition,
        pages=[(number, sum(each.anchor in marked for each in leaf)) for number, leaf in enumerate(leaves, 1)],
        shown=range(first, last + 1),
        previous=first_of_those_before(leaves, first),
        following=last + 1 if last < len(leaves) else None,
        leaves=list(_leaf_views(here, document, leaves[first - 1 : last], first, passages)),
        picks=here.reads and here.writes,
        wanted=wanted,
        found=found_passages([text], wanted, _MOST_FOUND) if wanted else None,
        leaf_of={p.anchor: number for number, leaf in enumerate(leaves, 1) for p in leaf},
    )


def _leaf_views(
    here: OpenedReading,
    document: ReadingDocument,
    leaves: Sequence[Sequence[Paragraph]],
    first: int,
    passages: Sequence[DeskPassage],
) -> Iterator[tuple[int, Sequence[QuotedParagraph]]]:
    asked = here.asked[document.said.kind]
    for number, leaf in enumerate(leaves, first):
        views = []
        for each in leaf:
            own = [passage for passage in passages if paragraph_of(passage.anchor) == each.anchor]
            sentences = marked_sentences(each, {passage.anchor for passage in own})
            shown = [
                (
                    url_for("desk.passages", reading_id=here.reading.id, kind=asked.kind, question=passage.question),
                    view,
                )
                for passage in own
                for view in passage_views(asked, passage.question, [passage], here.documents)
            ]
            views.append(QuotedParagraph(each.anchor, each.level, sentences, shown))
        yield number, views

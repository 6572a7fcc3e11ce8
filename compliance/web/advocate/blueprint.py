"""The desk: the blueprint of the pages where published texts are read, and the only access to a reading.

Readers see only their own answers until both have finished. People tied to the company see none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from compliance.documents.document import Refusal
from compliance.questionnaire.desk_reading import KindQuestions, ReaderPlace
from compliance.store import NotFound
from compliance.store.desk_answers import note_reading_time
from compliance.store.desk_readings import DeskReading, desk_reading
from compliance.store.independence import NotIndependent, ties_of
from compliance.store.reading_documents import (
    DeskReader,
    ReadingDocument,
    readers_of_reading,
    reading_documents,
)
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.document_texts import ReadDocument, keep_text, texts_of
from compliance.web.presenters.desk_views import asked_in
from compliance.web.presenters.sign_offs import tie_words

bp = Blueprint("desk", __name__)


@dataclass(frozen=True, eq=False)
class OpenedReading:
    """A reading as one person opens it."""

    reading: DeskReading
    readers: Mapping[ReaderPlace, DeskReader]
    documents: tuple[ReadingDocument, ...]
    asked: Mapping[str, KindQuestions]  # by kind of its documents
    place: ReaderPlace | None  # of this person; None: has no part in the reading

    @property
    def reads(self) -> bool:
        """Whether this person answers all questions."""
        return self.place in ("first", "second")

    @property
    def writes(self) -> bool:
        """Whether this person can change their answers, or decide."""
        if self.place is None or self.place == "third":
            return self.place == "third" and self.reading.state in ("deciding", "hearing")
        return self.reading.state == "reading" and self.readers[self.place].finished_at is None

    @property
    def may_tell(self) -> bool:
        """Whether this person may tell the company and publish, which readers may not."""
        return not self.reads

    @property
    def compares(self) -> bool:
        """Whether this person sees the answers of both readers."""
        return self.place is not None and self.reading.state not in ("reading", "stopped")

    def kind(self, kind: str) -> KindQuestions:
        """Return the questions for a kind of document. Raise NotFound if there is no such document."""
        if kind not in self.asked:
            raise NotFound(f"no document of the kind {kind}")
        return self.asked[kind]

    def document(self, document_id: int) -> ReadingDocument:
        """Return one of its documents. Raise NotFound."""
        for each in self.documents:
            if each.id == document_id:
                return each
        raise NotFound(f"no document {document_id}")


def open_reading(reading_id: int) -> OpenedReading:
    """Return a reading, and record the time of its reader. Raise NotFound or NotIndependent."""
    reading = desk_reading(db(), reading_id)
    refuse_if_tied(reading)
    note_reading_time(db(), reading_id, me().id, at=now())
    db().commit()
    readers, documents = readers_of_reading(db(), reading_id), reading_documents(db(), reading_id)
    place = next((each.place for each in readers.values() if each.person_id == me().id), None)
    return OpenedReading(reading, readers, documents, asked_in(reading, (d.said.kind for d in documents)), place)


def refuse_if_tied(reading: DeskReading) -> None:
    """Raise NotIndependent if the person signed in is tied to the company of a reading."""
    organisation = reading.company.organisation_id
    if organisation is not None and (tie := ties_of(db(), me().id).get(organisation)) is not None:
        raise NotIndependent(tie)


def texts_in(documents: Sequence[ReadingDocument]) -> list[tuple[ReadingDocument, ReadDocument]]:
    """Return documents with their texts, which were read when they were added. Raise NotFound."""
    digests = {each.said.digest for each in documents}
    found = texts_of(digests)
    if again := digests - found.keys():  # the format of kept texts has changed since
        for each in documents:
            if each.said.digest in again:
                keep_text(each.said.digest, each.said.media_type)
        db().commit()
        found = texts_of(digests)
    texts = []
    for each in documents:
        text = found.get(each.said.digest)
        if text is None or isinstance(text, Refusal):
            raise NotFound(f"the text of document {each.id} cannot be read")
        texts.append((each, text))
    return texts


@bp.errorhandler(NotIndependent)
def refused(fault: NotIndependent) -> tuple[str, int]:
    """Show why a person may not read about a company."""
    db().rollback()
    return render_template("desk/tied.html", why=tie_words(fault.tie)), 403
